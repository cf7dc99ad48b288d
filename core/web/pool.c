/* web/pool.c: the supervisor. It loads no plugin and opens no store: what can crash does so in a child. All it knows of its children stands in a memory
 * file, which a reload hands to the next generation together with the sockets. */
#include "web/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/fcgi.h"

enum kind { READ, WRITE, SLOW, COURIER, KINDS, POOLS = COURIER };
static const char *const kind_names[KINDS] = {"read", "write", "slow", "courier"};

enum {
    LAYOUT =
        1, /* of struct board: raised with every change, so that a reload into another layout is refused, not misread */
    READ_MAX = 24,
    SLOW_MAX = 4,
    TICK_MS = 250,
    SHORT_LIFE_MS = 2000,
    BACKOFF_FIRST_MS = 50,
    BACKOFF_MAX_MS = 5000,
    GRACE_SECONDS = 5,
    EXIT_BOOT = 3,
};
#define BOARD_ENV  "SHOPWRIGHT_POOL"
#define LAYOUT_ENV "SHOPWRIGHT_POOL_LAYOUT"

enum state { STARTING, SERVING, ENDING };
struct worker {
    pid_t pid; /* 0: free */
    int32_t kind;
    uint32_t generation;
    _Atomic int32_t state;
    int64_t started, kill_at; /* monotonic ms; kill_at 0: not asked to end */
    struct sw_beat beat;
};
struct board {
    uint32_t layout, generation;
    int32_t memory, lock, listener[POOLS], give[POOLS], take[POOLS];
    struct worker workers[SW_WORKERS_MAX];
};
struct pool {
    const struct sw_pool_options *o;
    struct board *board;
    int ready[2], signals;
    int want[KINDS];
    int64_t start_at[KINDS];
    int fails[KINDS];
    bool stopping, failed, announced, ever_ready, reload_asked;
    pid_t check;
};

/* ---- Small things */

static const char *run_path(const struct pool *p, const char *name, char *out, size_t n)
{
    snprintf(out, n, "%s/run/%s", p->o->config->home, name);
    return out;
}

static void set_cloexec(int fd, bool on)
{
    fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

static void inherit(struct board *b, bool on)
{
    set_cloexec(b->memory, !on);
    set_cloexec(b->lock, !on);
    for (int k = 0; k < POOLS; k++) {
        set_cloexec(b->listener[k], !on);
        set_cloexec(b->give[k], !on);
        set_cloexec(b->take[k], !on);
    }
}

static bool fail(const char *what, const char *path)
{
    sw_log("pool.refused", "what=\"%s\" path=\"%s\" errno=%d reason=\"%s\"", what, path, errno,
           strerror(errno));
    return false;
}

/* ---- Setting up */

/* A worker holds up to SW_CONNS_MAX connections; the usual soft limit of 1024 descriptors is too near. */
static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= 4 * SW_CONNS_MAX)
        return;
    r.rlim_cur = r.rlim_max < 4 * SW_CONNS_MAX ? r.rlim_max : 4 * SW_CONNS_MAX;
    setrlimit(RLIMIT_NOFILE, &r);
}

static bool bind_socket(struct pool *p, int kind)
{
    char path[PATH_MAX], name[32];
    snprintf(name, sizeof(name), "%s.sock", kind_names[kind]);
    run_path(p, name, path, sizeof(path));
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(at.sun_path)) {
        sw_log("pool.refused",
               "what=\"The home directory's path is too long: a socket's path may have at most %zu "
               "bytes.\" path=\"%s\"",
               sizeof(at.sun_path) - 1, path);
        return false;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(path); /* stale: the lock says that nobody serves it */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
        chmod(path, 0660) != 0 || listen(fd, 1024) != 0)
        return fail("A socket can't be made.", path);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fail("A socket can't be made.", path);
    p->board->listener[kind] = fd;
    p->board->give[kind] = pair[0];
    p->board->take[kind] = pair[1];
    return true;
}

static bool take_lock(struct pool *p)
{
    char path[PATH_MAX];
    mkdir(run_path(p, "", path, sizeof(path)), 0750);
    run_path(p, "lock", path, sizeof(path));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail("The lock can't be made.", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        sw_log("pool.refused", "what=\"Another Shopwright already serves this home.\" path=\"%s\"",
               path);
        close(fd);
        return false;
    }
    p->board->lock = fd;
    return true;
}

static bool new_board(struct pool *p)
{
    int fd = memfd_create("shopwright-pool", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, sizeof(struct board)) != 0)
        return fail("Shared memory can't be made.", "memfd");
    p->board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p->board == MAP_FAILED)
        return fail("Shared memory can't be mapped.", "memfd");
    p->board->layout = LAYOUT;
    p->board->memory = fd;
    p->board->generation = 1;
    if (!take_lock(p))
        return false;
    for (int k = 0; k < POOLS; k++)
        if (!bind_socket(p, k))
            return false;
    return true;
}

/* After a reload: the same process, children and sockets; what they serve is the former generation. */
static bool adopt_board(struct pool *p, const char *number)
{
    int fd = atoi(number);
    struct stat st;
    unsetenv(BOARD_ENV);
    if (fstat(fd, &st) != 0 || st.st_size != (off_t)sizeof(struct board))
        return fail("The former generation's memory is of another size.", "memfd");
    p->board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p->board == MAP_FAILED)
        return fail("Shared memory can't be mapped.", "memfd");
    p->board->generation++;
    inherit(p->board, false);
    return true;
}

static void stamp(const struct pool *p, const char *name)
{
    char path[PATH_MAX];
    FILE *f = fopen(run_path(p, name, path, sizeof(path)), "we");
    if (f) {
        fprintf(f, "%d\n", (int)getpid());
        fclose(f);
    }
}

/* ---- Children */

static void child_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGHUP, SIG_IGN); /* a reload is the supervisor's business */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_courier(struct pool *p)
{
    char path[PATH_MAX];
    run_path(p, "courier.lock", path, sizeof(path));
    child_signals();
    /* One courier at a time, also when the former supervisor was killed and its courier still sends. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        exit(1);
    exit(p->o->courier(p->o->config));
}

static _Noreturn void run_worker(struct pool *p, struct worker *w)
{
    const struct board *b = p->board;
    struct sw_err err = {.code = SW_OK};
    struct sw_store *store = NULL;
    struct sw_web *web = NULL;
    char notes[PATH_MAX];
    sw_fcgi_signals();
    sigset_t others;
    sigemptyset(&others);
    sigaddset(&others, SIGCHLD);
    sigaddset(&others, SIGHUP);
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &others, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_NAME, kind_names[w->kind]);
    int rc = p->o->boot(p->o->config, &store, &web, &err);
    if (rc != SW_OK) {
        sw_log("worker.refused", "pool=%s code=%d reason=\"%s\"", kind_names[w->kind], rc,
               err.message);
        exit(EXIT_BOOT);
    }
    sw_store_reader_check(store); /* of whom this one replaces */
    struct sw_fcgi f = {.listener = b->listener[w->kind],
                        .give = b->give[w->kind],
                        .take = b->take[w->kind],
                        .batch = w->kind == WRITE ? SW_BATCH_MAX : 1,
                        .notes = w->kind == READ ? run_path(p, "write.sock", notes, sizeof(notes))
                                                 : NULL,
                        .store = store,
                        .web = web,
                        .beat = &w->beat};
    atomic_store(&w->beat.since, 0);
    atomic_store(&w->state, SERVING);
    if (write(p->ready[1], "r", 1) != 1)
        exit(1); /* the supervisor is gone */
    enum sw_fcgi_end end = sw_fcgi_serve(&f);
    sw_web_free(web);
    sw_store_close(store);
    exit(end == SW_FCGI_BROKEN ? 1 : 0);
}

static void start(struct pool *p, int kind)
{
    struct board *b = p->board;
    struct worker *w = NULL;
    for (size_t i = 0; !w && i < SW_WORKERS_MAX; i++)
        if (b->workers[i].pid == 0)
            w = &b->workers[i];
    if (!w)
        return;
    memset(w, 0, sizeof(*w));
    w->kind = kind;
    w->generation = b->generation;
    w->started = sw_fcgi_ms();
    if (kind != COURIER) { /* a start that never ends is ended like a request */
        strcpy(w->beat.id, "starting");
        atomic_store(&w->beat.since, w->started);
    }
    pid_t supervisor = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        p->start_at[kind] = sw_fcgi_ms() + BACKOFF_MAX_MS;
        fail("A worker can't be started.", kind_names[kind]);
        return;
    }
    if (pid == 0) {
        close(b->lock); /* so that the home is free again as soon as the supervisor is gone */
        close(b->memory);
        close(p->signals);
        close(p->ready[0]);
        for (int k = 0; k < POOLS; k++) {
            if (k == kind)
                continue;
            close(b->listener[k]);
            close(b->give[k]);
            close(b->take[k]);
        }
        if (getppid() != supervisor)
            exit(0);
        if (kind == COURIER)
            run_courier(p);
        run_worker(p, w);
    }
    w->pid = pid;
    sw_log("worker.started", "pool=%s pid=%d generation=%" PRIu32, kind_names[kind], (int)pid,
           b->generation);
}

static void end(struct pool *p, struct worker *w, int signo)
{
    if (w->kill_at)
        return;
    int seconds = p->o->config->request_seconds + GRACE_SECONDS;
    w->kill_at = sw_fcgi_ms() + seconds * INT64_C(1000);
    atomic_store(&w->state, ENDING);
    kill(w->pid, signo);
}

static void buried(struct pool *p, struct worker *w, int status)
{
    int64_t now = sw_fcgi_ms(), lived = now - w->started;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int kind = w->kind;
    bool asked = w->kill_at != 0;
    sw_log(asked || (code == 0 && signo == 0) ? "worker.ended" : "worker.died",
           "pool=%s pid=%d exit=%d signal=%d served=%" PRIu64 " lived_ms=%" PRId64 " request=%s",
           kind_names[kind], (int)w->pid, code, signo, atomic_load(&w->beat.served), lived,
           atomic_load(&w->beat.since) ? w->beat.id : "");
    w->pid = 0;
    if (asked)
        return;
    if (code == EXIT_BOOT && !p->ever_ready && p->board->generation == 1) {
        p->failed = p->stopping = true;
        return;
    }
    /* Back off from those that never get to work; one that served was needed, and is missed. */
    bool idle = lived < SHORT_LIFE_MS && atomic_load(&w->beat.served) == 0;
    p->fails[kind] = idle ? p->fails[kind] + 1 : 0;
    int64_t delay = 0;
    if (p->fails[kind] > 1) {
        int steps = p->fails[kind] - 2;
        delay = steps > 6 ? BACKOFF_MAX_MS : (int64_t)BACKOFF_FIRST_MS << steps;
    }
    p->start_at[kind] = now + delay;
}

/* ---- Reload */

static void ask_check(struct pool *p)
{
    p->reload_asked = false;
    sw_log("pool.reload", "generation=%" PRIu32, p->board->generation + 1);
    p->check = fork();
    if (p->check != 0)
        return;
    char layout[16];
    snprintf(layout, sizeof(layout), "%d", LAYOUT);
    child_signals();
    setenv(LAYOUT_ENV, layout, 1);
    execv(p->o->check[0], p->o->check);
    _exit(127);
}

static void next_generation(struct pool *p)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", p->board->memory);
    setenv(BOARD_ENV, number, 1);
    inherit(p->board, true);
    execv(p->o->argv[0], p->o->argv);
    inherit(p->board, false);
    unsetenv(BOARD_ENV);
    fail("The program can't be started again; everything goes on as it was.", p->o->argv[0]);
}

static void checked(struct pool *p, int status)
{
    p->check = 0;
    if (p->stopping)
        return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        next_generation(p);
    else
        sw_log("reload.refused",
               "reason=\"The new program, plugins or settings do not start; everything goes on as "
               "it was.\" exit=%d",
               WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

bool sw_pool_layout_fits(void)
{
    const char *layout = getenv(LAYOUT_ENV);
    return !layout || atoi(layout) == LAYOUT;
}

/* ---- The loop */

static void reap(struct pool *p)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == p->check) {
            checked(p, status);
            continue;
        }
        for (size_t i = 0; i < SW_WORKERS_MAX; i++)
            if (p->board->workers[i].pid == pid)
                buried(p, &p->board->workers[i], status);
    }
}

static void fill(struct pool *p)
{
    int have[KINDS] = {0};
    bool old_courier = false;
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        const struct worker *w = &p->board->workers[i];
        if (w->pid && w->generation == p->board->generation && !w->kill_at)
            have[w->kind]++;
        old_courier |= w->pid && w->kind == COURIER && w->kill_at;
    }
    for (int k = 0; k < KINDS; k++)
        while (have[k] < p->want[k] && sw_fcgi_ms() >= p->start_at[k] &&
               !(k == COURIER && old_courier)) {
            start(p, k);
            have[k]++;
        }
}

/* All workers of this generation serve: say so once, and send the former one home. */
static void announce(struct pool *p)
{
    int serving = 0;
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        const struct worker *w = &p->board->workers[i];
        serving += w->pid && w->generation == p->board->generation && w->kind != COURIER &&
                   atomic_load(&w->state) == SERVING;
    }
    if (p->announced || serving < p->want[READ] + p->want[WRITE] + p->want[SLOW])
        return;
    p->announced = p->ever_ready = true;
    stamp(p, "ready");
    sw_log("pool.ready", "generation=%" PRIu32 " workers=%d", p->board->generation, serving);
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        struct worker *w = &p->board->workers[i];
        if (w->pid && w->generation != p->board->generation)
            end(p, w, SIGUSR2);
    }
}

/* At most one a tick, the one that began first: others may only be waiting for the writer's lock that it holds. */
static void end_stuck(struct pool *p)
{
    int64_t now = sw_fcgi_ms(), oldest = now - p->o->config->request_seconds * INT64_C(1000);
    struct worker *stuck = NULL;
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        struct worker *w = &p->board->workers[i];
        if (!w->pid)
            continue;
        int64_t since = atomic_load_explicit(&w->beat.since, memory_order_acquire);
        if (since && since < oldest) {
            oldest = since;
            stuck = w;
        }
        if (w->kill_at && now > w->kill_at) {
            sw_log("worker.killed", "pool=%s pid=%d reason=\"It did not end in time.\"",
                   kind_names[w->kind], (int)w->pid);
            kill(w->pid, SIGKILL);
            w->kill_at = now + 1000;
        }
    }
    if (!stuck)
        return;
    sw_log("worker.stuck", "pool=%s pid=%d request=%s seconds=%" PRId64 " limit=%d",
           kind_names[stuck->kind], (int)stuck->pid, stuck->beat.id, (now - oldest) / 1000,
           p->o->config->request_seconds);
    kill(stuck->pid, SIGKILL);
    atomic_store(&stuck->beat.since, now); /* once, until it is buried */
}

static bool anybody(const struct pool *p, bool former)
{
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        const struct worker *w = &p->board->workers[i];
        if (w->pid && (!former || w->generation != p->board->generation))
            return true;
    }
    return false;
}

static void end_all(struct pool *p)
{
    for (size_t i = 0; i < SW_WORKERS_MAX; i++)
        if (p->board->workers[i].pid)
            end(p, &p->board->workers[i], SIGTERM);
}

static void wait_something(struct pool *p)
{
    struct pollfd fds[2] = {{.fd = p->signals, .events = POLLIN},
                            {.fd = p->ready[0], .events = POLLIN}};
    poll(fds, 2, TICK_MS);
    struct signalfd_siginfo si;
    while (read(p->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
        if (si.ssi_signo == SIGHUP)
            p->reload_asked = true;
        else if (si.ssi_signo != SIGCHLD)
            p->stopping = true;
    }
    char bytes[SW_WORKERS_MAX];
    if (fds[1].revents & POLLIN && read(p->ready[0], bytes, sizeof(bytes)) < 0)
        fail("The workers' pipe can't be read.", "pipe");
}

static bool set_up(struct pool *p)
{
    const struct sw_config *c = p->o->config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int readers = c->read_workers > 0 ? c->read_workers : (int)(cores > 0 ? cores : 1);
    int slow = c->slow_workers > 0 ? c->slow_workers : 1;
    p->want[READ] = readers < READ_MAX ? readers : READ_MAX;
    p->want[WRITE] = 1;
    p->want[SLOW] = slow < SLOW_MAX ? slow : SLOW_MAX;
    p->want[COURIER] = p->o->courier ? 1 : 0;
    raise_descriptors();
    const char *number = getenv(BOARD_ENV);
    if (!(number ? adopt_board(p, number) : new_board(p)))
        return false;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    p->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (p->signals < 0 || pipe2(p->ready, O_CLOEXEC) != 0)
        return fail("Signals or a pipe can't be had.", "signalfd");
    return true;
}

int sw_pool_run(const struct sw_pool_options *o)
{
    struct pool p = {.o = o};
    if (!set_up(&p))
        return 1;
    stamp(&p, "pid");
    for (size_t i = 0; i < SW_WORKERS_MAX; i++) {
        struct worker *w = &p.board->workers[i];
        if (w->pid && w->kind == COURIER && w->generation != p.board->generation)
            end(&p, w, SIGTERM);
    }
    while (!p.stopping) {
        reap(&p);
        if (p.stopping)
            break;
        fill(&p);
        announce(&p);
        end_stuck(&p);
        if (p.reload_asked && !p.check && p.announced && !anybody(&p, true))
            ask_check(&p);
        wait_something(&p);
    }
    sw_log("pool.stopping", "generation=%" PRIu32, p.board->generation);
    while (end_all(&p), anybody(&p, false)) {
        wait_something(&p);
        reap(&p);
        end_stuck(&p);
    }
    char path[PATH_MAX];
    const char *const leftovers[] = {"read.sock", "write.sock", "slow.sock", "ready", "pid"};
    for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++)
        unlink(run_path(&p, leftovers[i], path, sizeof(path)));
    close(p.board->lock);
    sw_log("pool.stopped", "failed=%d", p.failed);
    return p.failed ? 1 : 0;
}
