/* web/fcgi.c: one worker's loop. The only file that knows libfcgi, and the two members of FCGX_Request below its "don't use" (configure tests for them):
 * ipcFd is set to a connection that epoll found readable, and keepConnection to 1, or FCGX_Accept_r would close it before it reads. */
#include "web/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "web/http.h"
#include "web/socket.h"

enum { EVENTS_MAX = 64, IO_SECONDS = 10, UPKEEP_MS = 60 * 1000, NOTES_MS = 1000, LAST_MS = 2000 };

struct conn {
    FCGX_Request fcgi;
    size_t at;         /* its place in server.conns */
    bool busy;         /* a request of it waits in the batch */
    struct conn *dead; /* next in server.dead */
};
struct slot {
    struct conn *conn;
    struct sw_arena *arena;
    struct sw_http_in in;
    struct sw_web_write *write;
    bool committed;
};
struct server {
    const struct sw_fcgi *f;
    int epoll;
    struct conn *conns[SW_CONNS_MAX];
    size_t n_conns;
    struct conn *dead; /* ended while events in hand may still name them; freed after the wake */
    bool full;         /* the listener is out of epoll until a connection ends */
    bool flushed;      /* a batch was committed in this wake */
    struct slot slots[SW_BATCH_MAX];
    size_t n; /* requests in the batch */
    struct sw_arena *notes_arena;
    int notes_fd;
    int64_t notes_at, upkeep_at;
    bool served; /* since the last look for notes */
    uint64_t next_id;
};

static volatile sig_atomic_t stop_signal;

static void on_stop(int signo)
{
    stop_signal = signo;
    FCGX_ShutdownPending();
}

int64_t sw_fcgi_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void stop_set(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGUSR2);
}

void sw_fcgi_signals(void)
{
    struct sigaction act = {.sa_handler = on_stop}; /* no SA_RESTART: the wait must end */
    sigset_t set;
    stop_set(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGUSR2, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    stop_signal = 0;
}

/* ---- Telling the supervisor what is in hand */

static void beat(const struct server *s, struct sw_str id)
{
    struct sw_beat *b = s->f->beat;
    if (!b)
        return;
    size_t n = id.n < sizeof(b->id) - 1 ? id.n : sizeof(b->id) - 1;
    memcpy(b->id, id.n ? id.p : "", n);
    b->id[n] = '\0';
    atomic_store_explicit(&b->since, sw_fcgi_ms(), memory_order_release);
}

static void rest(const struct server *s)
{
    if (s->f->beat)
        atomic_store_explicit(&s->f->beat->since, 0, memory_order_release);
}

/* ---- Connections */

static void watch_listener(struct server *s, bool on)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL};
    struct epoll_event take = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = s};
    epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->f->listener, &ev);
    if (s->f->take >= 0)
        epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->f->take, &take);
    s->full = !on;
}

static bool add_conn(struct server *s, int fd)
{
    struct conn *c = calloc(1, sizeof(*c));
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    if (!c || FCGX_InitRequest(&c->fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0 ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        sw_log("fcgi.connection_refused", "errno=%d", errno);
        free(c);
        close(fd);
        return false;
    }
    /* nginx sends a request in one piece and reads answers at once; a peer that does neither must not hold the worker. */
    struct timeval limit = {.tv_sec = IO_SECONDS};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    c->fcgi.ipcFd = fd;
    c->at = s->n_conns;
    s->conns[s->n_conns++] = c;
    if (s->n_conns == SW_CONNS_MAX)
        watch_listener(s, false);
    return true;
}

static void drop_conn(struct server *s, struct conn *c)
{
    FCGX_Free(&c->fcgi, 0);
    if (c->fcgi.ipcFd >= 0)
        close(c->fcgi.ipcFd);
    c->fcgi.ipcFd = -1;
    c->busy = true; /* an event that still names it is passed over */
    s->conns[c->at] = s->conns[--s->n_conns];
    s->conns[c->at]->at = c->at;
    c->dead = s->dead;
    s->dead = c;
    if (s->full && stop_signal == 0)
        watch_listener(s, true);
}

static void free_dead(struct server *s)
{
    for (struct conn *next, *c = s->dead; c; c = next) {
        next = c->dead;
        free(c);
    }
    s->dead = NULL;
}

/* The read pool takes one connection a wake, so that they spread over its workers; the write pool all, because its batch gains from each. */
static void accept_some(struct server *s)
{
    size_t burst = s->f->batch > 1 ? SW_CONNS_MAX : 1;
    for (size_t i = 0; i < burst && s->n_conns < SW_CONNS_MAX; i++) {
        int fd = accept4(s->f->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            /* Out of descriptors or memory: the listener stays readable, so look away until a connection ends or the next upkeep. */
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                sw_log("fcgi.accept_failed", "errno=%d connections=%zu", errno, s->n_conns);
                watch_listener(s, false);
            }
            return;
        }
        if (!add_conn(s, fd))
            return;
    }
}

static void take_some(struct server *s)
{
    while (s->n_conns < SW_CONNS_MAX) {
        char byte;
        union {
            char room[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control;
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr m = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};
        if (recvmsg(s->f->take, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
            return;
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        if (!h || h->cmsg_type != SCM_RIGHTS)
            continue;
        int fd;
        memcpy(&fd, CMSG_DATA(h), sizeof(fd));
        add_conn(s, fd);
    }
}

static bool give_one(struct server *s, struct conn *c)
{
    char byte = 'c';
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof(control));
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &c->fcgi.ipcFd, sizeof(int));
    return sendmsg(s->f->give, &m, MSG_NOSIGNAL) == 1;
}

/* ---- One request */

/* Read what is left of the body, so that the peer gets to reading our answer, and so that nothing of this request is taken for the next one. */
static void throw_away(struct conn *c)
{
    char trash[8192];
    size_t total = 0;
    for (int n; total < SW_DRAIN_MAX && (n = FCGX_GetStr(trash, sizeof(trash), c->fcgi.in)) > 0;)
        total += (size_t)n;
    if (total >= SW_DRAIN_MAX)
        c->fcgi.keepConnection = 0;
}

static void read_body(struct slot *x)
{
    struct sw_http_in *in = &x->in;
    int64_t length = sw_http_length(in);
    if (in->broken != SW_OK || in->body_file.n) {
        throw_away(x->conn);
        return;
    }
    /* nginx names no length for a chunked body, nor for none: then the stream's end does. Most have none, so the room for all is made when there is one. */
    size_t room = length >= 0 ? (size_t)length : SW_BODY_MAX;
    char first = 0;
    if (length < 0 && FCGX_GetStr(&first, 1, x->conn->fcgi.in) != 1)
        return;
    size_t had = length < 0;
    char *p = sw_alloc(in->arena, room + 1);
    p[0] = first;
    /* One byte more than allowed is asked for, to see that there is one. */
    int n = FCGX_GetStr(p + had, (int)(room + 1 - had), x->conn->fcgi.in);
    size_t got = had + (n > 0 ? (size_t)n : 0);
    if (got > room && length < 0)
        sw_http_break(in, SW_ETOOLARGE, _("A form may be at most 256 KB long."));
    else if (length >= 0 && got != room)
        sw_http_break(in, SW_EMALFORMED, _("The request's body is not as long as it says."));
    else
        in->body = (struct sw_str){p, got};
    if (in->broken != SW_OK)
        throw_away(x->conn);
}

/* Parse the request that made the connection readable into the slot. False: the peer closed it, or what it sent is no FastCGI. */
static bool read_request(struct server *s, struct conn *c, struct slot *x)
{
    c->fcgi.keepConnection = 1;
    if (FCGX_Accept_r(&c->fcgi) != 0) {
        drop_conn(s, c);
        return false;
    }
    x->conn = c;
    x->write = NULL;
    x->committed = false;
    x->in = (struct sw_http_in){.arena = x->arena};
    sw_http_params(&x->in, c->fcgi.envp);
    if (x->in.id.n == 0)
        x->in.id = sw_printf(x->arena, "%d-%" PRIu64, (int)getpid(), ++s->next_id);
    read_body(x);
    return true;
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].status == status)
            return known[i].words;
    return "Other";
}

static bool one_line(struct sw_str v)
{
    return v.n == 0 ||
           (!memchr(v.p, '\r', v.n) && !memchr(v.p, '\n', v.n) && !memchr(v.p, '\0', v.n));
}

static void send_answer(struct server *s, struct slot *x, const struct sw_http_out *out)
{
    FCGX_Stream *to = x->conn->fcgi.out;
    FCGX_FPrintF(to, "Status: %d %s\r\n", out->status, reason(out->status));
    for (size_t i = 0; i < out->n_headers; i++) {
        const struct sw_http_header *h = &out->headers[i];
        if (!one_line(h->name) || !one_line(h->value)) {
            sw_log("fcgi.header_left_out", "reason=control_character");
            continue;
        }
        FCGX_PutStr(h->name.p, (int)h->name.n, to);
        FCGX_PutStr(": ", 2, to);
        FCGX_PutStr(h->value.p, (int)h->value.n, to);
        FCGX_PutStr("\r\n", 2, to);
    }
    FCGX_PutStr("\r\n", 2, to);
    if (out->body.n)
        FCGX_PutStr(out->body.p, (int)out->body.n, to);
    FCGX_Finish_r(&x->conn->fcgi); /* flushes; closes unless the peer asked to keep it */
    x->conn->busy = false;
    if (x->conn->fcgi.ipcFd < 0)
        drop_conn(s, x->conn);
    x->conn = NULL;
    sw_arena_reset(x->arena);
    s->served = true;
    if (s->f->beat)
        atomic_fetch_add_explicit(&s->f->beat->served, 1, memory_order_relaxed);
}

static void answer_write(struct server *s, struct slot *x)
{
    struct sw_http_out out = {.status = 0};
    sw_log_context(x->in.id, 0);
    beat(s, x->in.id);
    sw_web_answer(s->f->web, x->write, x->committed, &out);
    send_answer(s, x, &out);
}

/* ---- The batch */

static void run_alone(struct server *s, struct slot *x)
{
    struct sw_err err = {.code = SW_OK};
    beat(s, x->in.id);
    sw_log_context(x->in.id, 0);
    if (sw_store_batch_begin(s->f->store, &err) == SW_OK) {
        if (sw_web_run(s->f->web, x->write) != SW_OK)
            sw_store_batch_abort(s->f->store);
        else if (sw_store_batch_commit(s->f->store, &err) == SW_OK)
            x->committed = true;
    }
    if (!x->committed)
        sw_log("write.failed", "code=%d", (int)err.code);
}

/* All in one commit. False: nothing of it is in the store. */
static bool run_together(struct server *s)
{
    struct sw_err err = {.code = SW_OK};
    beat(s, SW_STR("batch"));
    if (sw_store_batch_begin(s->f->store, &err) != SW_OK) {
        sw_log("batch.failed", "step=begin n=%zu code=%d", s->n, (int)err.code);
        return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        struct slot *x = &s->slots[i];
        beat(s, x->in.id);
        sw_log_context(x->in.id, 0);
        if (sw_web_run(s->f->web, x->write) != SW_OK) {
            sw_store_batch_abort(s->f->store);
            sw_log("batch.failed", "step=run n=%zu", s->n);
            return false;
        }
    }
    sw_log_context((struct sw_str){NULL, 0}, 0);
    beat(s, SW_STR("commit"));
    if (sw_store_batch_commit(s->f->store, &err) != SW_OK) {
        sw_log("batch.failed", "step=commit n=%zu code=%d", s->n, (int)err.code);
        return false;
    }
    for (size_t i = 0; i < s->n; i++)
        s->slots[i].committed = true;
    return true;
}

static void flush_batch(struct server *s)
{
    if (s->n == 0)
        return;
    if (s->n == 1 || !run_together(s))
        for (size_t i = 0; i < s->n; i++)
            run_alone(s, &s->slots[i]);
    for (size_t i = 0; i < s->n; i++)
        answer_write(s, &s->slots[i]);
    s->n = 0;
    s->flushed = true;
    sw_log_context((struct sw_str){NULL, 0}, 0);
    rest(s);
}

static void serve_conn(struct server *s, struct conn *c)
{
    struct slot *x = &s->slots[s->n];
    beat(s, SW_STR("reading"));
    if (!read_request(s, c, x)) {
        rest(s);
        return;
    }
    beat(s, x->in.id);
    sw_log_context(x->in.id, 0);
    if (sw_str_is(x->in.method, "GET") || sw_str_is(x->in.method, "HEAD")) {
        struct sw_http_out out = {.status = 0};
        sw_web_read(s->f->web, &x->in, &out);
        send_answer(s, x, &out);
    } else {
        x->write = sw_web_prepare(s->f->web, &x->in);
        if (sw_web_is_final(x->write)) {
            x->committed = true; /* nothing to commit: the refusal stands */
            answer_write(s, x);
        } else {
            c->busy = true;
            s->n++;
        }
    }
    sw_log_context((struct sw_str){NULL, 0}, 0);
    rest(s);
    if (s->n >= s->f->batch)
        flush_batch(s);
}

/* True when an event brought something new: another look may bring more for the batch. */
static bool handle(struct server *s, const struct epoll_event *events, int n)
{
    bool fresh = false;
    for (int i = 0; i < n; i++) {
        void *what = events[i].data.ptr;
        if (what == NULL) {
            accept_some(s);
            fresh = true;
        } else if (what == s) {
            take_some(s);
            fresh = true;
        } else if (what == &s->notes_fd) {
            char trash[4096];
            ssize_t r = read(s->notes_fd, trash, sizeof(trash));
            if (r > 0 || (r < 0 && errno == EAGAIN))
                continue;
            close(s->notes_fd);
            s->notes_fd = -1;
        } else if (!((struct conn *)what)->busy) {
            serve_conn(s, what);
            fresh = true;
        }
    }
    return fresh;
}

/* ---- Upkeep between requests */

/* At most once a second, never waiting, at most one on its way: losing notes is harmless, holding a page up for them is not. */
static void send_notes(struct server *s)
{
    struct sw_str body = {NULL, 0};
    s->notes_at = sw_fcgi_ms();
    s->served = false;
    if (s->notes_fd >= 0 || sw_web_touches(s->f->web, s->notes_arena, &body) == 0)
        return;
    const struct sw_pair params[] = {
        {SW_STR("REQUEST_METHOD"), SW_STR("POST")},
        {SW_STR("REQUEST_URI"), SW_STR("/internal/touch")},
        {SW_STR("CONTENT_TYPE"), SW_STR("text/plain")},
        {SW_STR("CONTENT_LENGTH"), sw_printf(s->notes_arena, "%zu", body.n)},
        {SW_STR(SW_HTTP_INTERNAL), SW_STR("1")},
    };
    struct sw_buf b;
    sw_buf_init(&b, s->notes_arena, body.n + 1024, SW_BODY_MAX + 65536);
    sw_socket_request(&b, params, sizeof(params) / sizeof(params[0]), body, false);
    if (!b.full && body.n <= SW_BODY_MAX)
        s->notes_fd = sw_socket_post(s->f->notes, sw_buf_str(&b));
    if (s->notes_fd >= 0) {
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &s->notes_fd};
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->notes_fd, &ev);
    }
    sw_arena_reset(s->notes_arena);
}

static void upkeep(struct server *s)
{
    int64_t now = sw_fcgi_ms();
    if (s->f->notes && s->served && now - s->notes_at >= NOTES_MS)
        send_notes(s);
    if (now - s->upkeep_at >= UPKEEP_MS) {
        s->upkeep_at = now;
        if (s->full && s->n_conns < SW_CONNS_MAX)
            watch_listener(s, true);
        int cleared = sw_store_reader_check(s->f->store);
        if (cleared > 0)
            sw_log("store.readers_cleared", "n=%d", cleared);
    }
}

static int wait_ms(const struct server *s)
{
    return s->f->notes && s->served ? NOTES_MS : UPKEEP_MS;
}

/* One wake: everything that is ready goes into the batch (and while that was read, more came: look again, without waiting), then one commit. */
static void serve_ready(struct server *s, struct epoll_event *events, int n)
{
    s->flushed = false;
    while (n > 0) {
        bool fresh = handle(s, events, n);
        if (!fresh || s->flushed || s->f->batch == 1)
            break;
        n = epoll_wait(s->epoll, events, EVENTS_MAX, 0);
    }
    flush_batch(s);
    free_dead(s);
}

static void give_away(struct server *s)
{
    while (s->n_conns) {
        struct conn *c = s->conns[s->n_conns - 1];
        epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->fcgi.ipcFd, NULL);
        if (s->f->give >= 0 && !give_one(s, c))
            sw_log("fcgi.connection_lost", "errno=%d", errno);
        drop_conn(s, c);
    }
}

/* What has arrived is answered, then no more. */
static void serve_last(struct server *s)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t until = sw_fcgi_ms() + LAST_MS;
    for (int n; sw_fcgi_ms() < until && (n = epoll_wait(s->epoll, events, EVENTS_MAX, 0)) > 0;) {
        size_t before = s->n_conns;
        bool fresh = handle(s, events, n);
        flush_batch(s);
        if (!fresh && before == s->n_conns)
            break;
    }
}

static enum sw_fcgi_end end_server(struct server *s, enum sw_fcgi_end how)
{
    if (how == SW_FCGI_STOPPED)
        serve_last(s);
    else if (how == SW_FCGI_DRAINED) {
        if (!s->full)
            watch_listener(s, false);
        give_away(s);
    }
    while (s->n_conns)
        drop_conn(s, s->conns[s->n_conns - 1]);
    free_dead(s);
    if (s->notes_fd >= 0)
        close(s->notes_fd);
    close(s->epoll);
    for (size_t i = 0; i < s->f->batch; i++)
        sw_arena_free(s->slots[i].arena);
    sw_arena_free(s->notes_arena);
    free(s);
    return how;
}

enum sw_fcgi_end sw_fcgi_serve(const struct sw_fcgi *f)
{
    struct server *s = calloc(1, sizeof(*s));
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0",
           1); /* a close would wait 2 s for the peer, and everybody else with it */
    if (!s || FCGX_Init() != 0) {
        free(s);
        return SW_FCGI_BROKEN;
    }
    s->f = f;
    s->notes_fd = -1;
    s->upkeep_at = s->notes_at = sw_fcgi_ms();
    s->notes_arena = sw_arena_new(4u << 20);
    for (size_t i = 0; i < f->batch; i++)
        s->slots[i].arena = sw_arena_new(0);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch_listener(s, true);

    sigset_t inside;
    sigprocmask(SIG_BLOCK, NULL, &inside);
    sigdelset(&inside, SIGTERM);
    sigdelset(&inside, SIGINT);
    sigdelset(&inside, SIGUSR2);
    struct epoll_event events[EVENTS_MAX];
    while (stop_signal == 0) {
        int n = epoll_pwait(s->epoll, events, EVENTS_MAX, wait_ms(s), &inside);
        if (n < 0 && errno != EINTR) {
            sw_log("fcgi.wait_failed", "errno=%d", errno);
            return end_server(s, SW_FCGI_BROKEN);
        }
        serve_ready(s, events, n);
        upkeep(s);
    }
    return end_server(s, stop_signal == SIGUSR2 ? SW_FCGI_DRAINED : SW_FCGI_STOPPED);
}
