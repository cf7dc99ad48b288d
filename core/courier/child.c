/* courier/child.c: a process with limits for what reads strangers' files: a crash, an endless loop or a memory bomb ends there. */
#include "courier/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { LOOK_MS = 20, FILE_MB = 1024, OPEN_FILES = 256 };

static void limit(int what, int64_t value)
{
    struct rlimit l = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};
    setrlimit((__rlimit_resource_t)what, &l);
}

static _Noreturn void inside(const struct sw_child *child, pid_t parent)
{
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (getppid() != parent)
        _exit(126);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int out = child->output != NULL ? open(child->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : null;
    if (null < 0 || out < 0)
        _exit(126);
    dup2(null, 0);
    dup2(out, 1);
    dup2(null, 2); /* what they complain about has customers' file names in it */
    limit(RLIMIT_CPU, child->seconds * 2);
    limit(RLIMIT_FSIZE, (int64_t)FILE_MB << 20);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, OPEN_FILES);
#ifndef SANITIZED
    /* Not RLIMIT_AS: the store's map, inherited and unused, is larger than any limit. The sanitizer's shadow would count here. */
    limit(RLIMIT_DATA, child->megabytes << 20);
#endif
    if (child->run != NULL)
        _exit(child->run(child->arg));
    execv(child->argv[0], (char *const *)(uintptr_t)child->argv);
    _exit(127);
}

enum sw_child_end sw_child_run(const struct sw_child *child)
{
    pid_t parent = getpid();
    struct timespec begin, at;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t pid = fork();
    if (pid < 0)
        return SW_CHILD_NOT_STARTED;
    if (pid == 0)
        inside(child, parent);
    setpgid(pid, pid); /* both sides: whoever is first */
    for (;;) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            break;
        clock_gettime(CLOCK_MONOTONIC, &at);
        bool late = at.tv_sec - begin.tv_sec > child->seconds;
        if (late || sw_courier_stopping() || (got < 0 && errno != EINTR)) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return late ? SW_CHILD_TIMEOUT : SW_CHILD_STOPPED;
        }
        poll(NULL, 0, LOOK_MS);
    }
    kill(-pid, SIGKILL); /* whatever it left behind */
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
        return SW_CHILD_NOT_STARTED;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? SW_CHILD_OK : SW_CHILD_FAILED;
}
