/* The supervisor, executed as itself (a reload executes it again) and watched through its log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi_stub.h"
#include "web/pool.h"
#include "web/socket.h"

static struct sw_arena *arena;
static char home[64], self[512];
static FILE *log_lines;
static pid_t supervisor;

static const char *in_home(const char *name)
{
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", home, name);
    return path[turn];
}

/* ---- The supervisor's side: this program, executed with --pool HOME */

static int boot(const struct sw_config *c, struct sw_store **store, struct sw_web **web,
                struct sw_err *err)
{
    static char path[128];
    (void)store;
    snprintf(path, sizeof(path), "%s/committed", c->home);
    stub_file = path;
    if (access(in_home("broken"), F_OK) == 0)
        return sw_fail(err, SW_EFAIL, "", "A plugin is broken.");
    return sw_web_new(NULL, web, err);
}

static int courier(const struct sw_config *c)
{
    (void)c;
    sw_log("courier.up", "pid=%d", (int)getpid());
    pause();
    return 0;
}

static int run_pool(const char *argv0, const char *dir)
{
    snprintf(home, sizeof(home), "%s", dir);
    const struct sw_config config = {
        .home = home, .read_workers = 2, .slow_workers = 1, .request_seconds = 1};
    char program[512], pool[] = "--pool", check[] = "--check";
    snprintf(program, sizeof(program), "%s", argv0);
    struct sw_pool_options o = {.config = &config,
                                .boot = boot,
                                .courier = courier,
                                .argv = (char *const[]){program, pool, home, NULL},
                                .check = (char *const[]){program, check, home, NULL}};
    return sw_pool_run(&o);
}

static int run_check(const char *dir)
{
    snprintf(home, sizeof(home), "%s", dir);
    return access(in_home("broken"), F_OK) == 0 || !sw_pool_layout_fits();
}

/* ---- The test's side */

static pid_t spawn(FILE **lines)
{
    int pipe_[2];
    assert_int_equal(pipe(pipe_), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipe_[1], 2);
        close(pipe_[0]);
        close(pipe_[1]);
        execl(self, self, "--pool", home, (char *)NULL);
        _exit(127);
    }
    close(pipe_[1]);
    *lines = fdopen(pipe_[0], "r");
    return pid;
}

/* Read the log until a line has all words (NULL: any); the line. */
static const char *wait_log(FILE *lines, const char *a, const char *b)
{
    static char line[2048];
    while (fgets(line, sizeof(line), lines))
        if (strstr(line, a) && (!b || strstr(line, b)))
            return line;
    fail_msg("the log ended before %s %s", a, b ? b : "");
    return NULL;
}

static int wait_exit(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* 0 when the connection ended without an answer. */
static int call(const char *pool, const char *method, const char *uri, const char *body)
{
    char name[64];
    snprintf(name, sizeof(name), "run/%s.sock", pool);
    const struct sw_pair params[] = {{SW_STR("REQUEST_METHOD"), sw_str_of(method)},
                                     {SW_STR("REQUEST_URI"), sw_str_of(uri)},
                                     {SW_STR("REQUEST_ID"), SW_STR("req-1")}};
    struct sw_str out;
    if (sw_socket_call(arena, in_home(name), params, 3, sw_str_of(body), &out) != SW_OK)
        return 0;
    return atoi(sw_cstr(arena, out) + strlen("Status: "));
}

static bool is_committed(const char *what)
{
    char line[256];
    FILE *f = fopen(in_home("committed"), "r");
    if (!f)
        return false;
    bool found = false;
    while (!found && fgets(line, sizeof(line), f))
        found = strstr(line, what) != NULL;
    fclose(f);
    return found;
}

static int set_up(void **state)
{
    (void)state;
    arena = sw_arena_new(0);
    strcpy(home, "/tmp/sw-pool-XXXXXX");
    assert_non_null(mkdtemp(home));
    return 0;
}

static int set_up_running(void **state)
{
    set_up(state);
    supervisor = spawn(&log_lines);
    wait_log(log_lines, "event=pool.ready", "generation=1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"run/lock",      "run/courier.lock", "run/ready",
                                        "run/pid",       "run/read.sock",    "run/write.sock",
                                        "run/slow.sock", "committed",        "broken"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(in_home(files[i]));
    rmdir(in_home("run"));
    rmdir(home);
    sw_arena_free(arena);
    return 0;
}

static int tear_down_running(void **state)
{
    kill(supervisor, SIGTERM);
    int code = wait_exit(supervisor);
    fclose(log_lines);
    tear_down(state);
    return code;
}

static void serves_and_stops(void **state)
{
    (void)state;
    struct stat st;
    supervisor = spawn(&log_lines);
    wait_log(log_lines, "event=pool.ready", "workers=4");
    assert_int_equal(stat(in_home("run/write.sock"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(access(in_home("run/ready"), F_OK), 0);
    assert_int_equal(call("read", "GET", "/hello", ""), 200);
    assert_int_equal(call("write", "POST", "/add", "one"), 200);
    assert_int_equal(call("slow", "POST", "/add", "two"), 200);
    assert_int_equal(call("slow", "GET", "/hello", ""), 200);
    assert_true(is_committed("one 1\n"));
    kill(supervisor, SIGTERM);
    wait_log(log_lines, "event=pool.stopped", NULL);
    assert_int_equal(wait_exit(supervisor), 0);
    assert_int_not_equal(access(in_home("run/read.sock"), F_OK), 0);
    assert_int_not_equal(access(in_home("run/ready"), F_OK), 0);
    assert_int_equal(call("read", "GET", "/hello", ""), 0);
    fclose(log_lines);
}

static void a_second_supervisor_refuses(void **state)
{
    (void)state;
    FILE *lines;
    pid_t second = spawn(&lines);
    wait_log(lines, "event=pool.refused", "Another Shopwright");
    assert_int_equal(wait_exit(second), 1);
    fclose(lines);
    assert_int_equal(call("read", "GET", "/hello", ""), 200);
}

static void a_broken_start_ends(void **state)
{
    (void)state;
    fclose(fopen(in_home("broken"), "w"));
    supervisor = spawn(&log_lines);
    wait_log(log_lines, "event=worker.refused", "A plugin is broken.");
    wait_log(log_lines, "event=pool.stopped", "failed=1");
    assert_int_equal(wait_exit(supervisor), 1);
    fclose(log_lines);
}

static void a_crashed_worker_is_replaced(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call("write", "POST", "/crash", ""), 0);
        assert_non_null(
            strstr(wait_log(log_lines, "event=worker.died", "pool=write"), "request=req-1"));
        assert_int_equal(call("write", "POST", "/add", "after"), 200);
    }
}

static void a_stuck_worker_is_ended(void **state)
{
    (void)state;
    assert_int_equal(call("write", "POST", "/stuck", ""), 0);
    assert_non_null(
        strstr(wait_log(log_lines, "event=worker.stuck", "pool=write"), "request=req-1"));
    assert_int_equal(call("write", "POST", "/add", "after"), 200);
}

/* A client that keeps its connection, or not, and asks until it is told to end; exit code 0 when each was answered. */
static volatile sig_atomic_t enough;
static void on_enough(int signo)
{
    enough = signo;
}

static pid_t client(const char *pool, const char *method, bool keep)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    struct sigaction act = {.sa_handler = on_enough, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &act, NULL);
    char name[64];
    snprintf(name, sizeof(name), "run/%s.sock", pool);
    const struct sw_pair params[] = {
        {SW_STR("REQUEST_METHOD"), sw_str_of(method)},
        {SW_STR("REQUEST_URI"), sw_str_of(method[0] == 'G' ? "/hello" : "/add")}};
    int fd = -1;
    long n = 0;
    while (!enough || n == 0) {
        struct sw_str out;
        struct sw_buf b;
        if (fd < 0)
            fd = sw_socket_connect(in_home(name), false);
        sw_buf_init(&b, arena, 1024, 4096);
        sw_socket_request(&b, params, 2, SW_STR("c"), keep);
        if (fd < 0 || send(fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n ||
            sw_socket_answer(arena, fd, &out) != SW_OK || memcmp(out.p, "Status: 200", 11) != 0)
            _exit(1);
        if (!keep) {
            close(fd);
            fd = -1;
        }
        n++;
        sw_arena_reset(arena);
    }
    _exit(0);
}

static void a_reload_loses_no_request(void **state)
{
    (void)state;
    pid_t clients[] = {client("read", "GET", true), client("read", "GET", false),
                       client("write", "POST", true), client("write", "POST", false),
                       client("slow", "POST", true)};
    for (int generation = 2; generation <= 5; generation++) {
        char words[32];
        snprintf(words, sizeof(words), "generation=%d", generation);
        kill(supervisor, SIGHUP);
        wait_log(log_lines, "event=pool.ready", words);
        assert_int_equal(call("write", "POST", "/add", words), 200);
    }
    for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
        kill(clients[i], SIGUSR1);
        assert_int_equal(wait_exit(clients[i]), 0);
    }
    assert_true(is_committed("generation=5"));
}

static void a_reload_that_would_not_start_is_refused(void **state)
{
    (void)state;
    fclose(fopen(in_home("broken"), "w"));
    kill(supervisor, SIGHUP);
    wait_log(log_lines, "event=reload.refused", NULL);
    assert_int_equal(call("read", "GET", "/hello", ""), 200);
    unlink(in_home("broken"));
    kill(supervisor, SIGHUP);
    wait_log(log_lines, "event=pool.ready", "generation=2");
    assert_int_equal(call("read", "GET", "/hello", ""), 200);
}

static void workers_end_with_their_supervisor(void **state)
{
    (void)state;
    int kept = sw_socket_connect(in_home("run/read.sock"), false);
    char c;
    kill(supervisor, SIGKILL);
    assert_int_equal(wait_exit(supervisor), -SIGKILL);
    while (fgetc(log_lines) != EOF)
        ; /* the last process that held the log is gone */
    assert_int_equal(read(kept, &c, 1), 0);
    close(kept);
    fclose(log_lines);
    supervisor = spawn(&log_lines); /* over the stale sockets */
    wait_log(log_lines, "event=pool.ready", "generation=1");
    assert_int_equal(call("write", "POST", "/add", "again"), 200);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--pool") == 0)
        return run_pool(argv[0], argv[2]);
    if (argc == 3 && strcmp(argv[1], "--check") == 0)
        return run_check(argv[2]);
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(serves_and_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_supervisor_refuses, set_up_running,
                                        tear_down_running),
        cmocka_unit_test_setup_teardown(a_broken_start_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crashed_worker_is_replaced, set_up_running,
                                        tear_down_running),
        cmocka_unit_test_setup_teardown(a_stuck_worker_is_ended, set_up_running, tear_down_running),
        cmocka_unit_test_setup_teardown(a_reload_loses_no_request, set_up_running,
                                        tear_down_running),
        cmocka_unit_test_setup_teardown(a_reload_that_would_not_start_is_refused, set_up_running,
                                        tear_down_running),
        cmocka_unit_test_setup_teardown(workers_end_with_their_supervisor, set_up_running,
                                        tear_down_running),
    };
    alarm(90);
    return cmocka_run_group_tests_name("fcgi_pool", tests, NULL, NULL);
}
