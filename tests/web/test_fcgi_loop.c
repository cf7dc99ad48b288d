/* The worker's loop, in a child, through its socket: what one FastCGI peer may do, and how requests share a commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi_stub.h"
#include "web/http.h"
#include "web/socket.h"

static struct sw_arena *arena;
static char folder[64], file[96];
static rlim_t descriptors; /* the next worker may have; 0: no matter */

struct worker {
    pid_t pid;
    char path[96];
    int listener, pair[2];
};

static void fork_worker(struct worker *w, size_t batch, const char *notes)
{
    w->pid = fork();
    assert_true(w->pid >= 0);
    if (w->pid)
        return;
    struct sw_fcgi f = {.listener = w->listener,
                        .give = w->pair[0],
                        .take = w->pair[1],
                        .batch = batch,
                        .notes = notes};
    struct sw_err err;
    if (descriptors)
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){descriptors, descriptors});
    sw_fcgi_signals();
    sw_web_new(NULL, &f.web, &err);
    _exit((int)sw_fcgi_serve(&f));
}

static struct worker start(const char *name, size_t batch, const char *notes)
{
    struct worker w = {.pid = 0};
    snprintf(w.path, sizeof(w.path), "%s/%s", folder, name);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", w.path);
    w.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(w.listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(w.listener, 128), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, w.pair), 0);
    fork_worker(&w, batch, notes);
    return w;
}

static int wait_end(struct worker *w)
{
    int status;
    assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void forget(struct worker *w)
{
    close(w->listener);
    close(w->pair[0]);
    close(w->pair[1]);
    unlink(w->path);
}

static void stop(struct worker *w)
{
    kill(w->pid, SIGTERM);
    assert_int_equal(wait_end(w), SW_FCGI_STOPPED);
    forget(w);
}

/* Nothing that is sent from now on is seen before resume(). */
static void halt(const struct worker *w)
{
    int status;
    kill(w->pid, SIGSTOP);
    assert_int_equal(waitpid(w->pid, &status, WUNTRACED), w->pid);
}

static void resume(const struct worker *w)
{
    kill(w->pid, SIGCONT);
}

static int connect_to(const struct worker *w)
{
    int fd = sw_socket_connect(w->path, false);
    assert_true(fd >= 0);
    return fd;
}

static void send_raw(int fd, struct sw_str s)
{
    assert_int_equal(send(fd, s.p, s.n, MSG_NOSIGNAL), s.n);
}

static void ask(int fd, const char *method, const char *uri, struct sw_str body, const char *length,
                bool keep)
{
    const struct sw_pair params[] = {{SW_STR("REQUEST_METHOD"), sw_str_of(method)},
                                     {SW_STR("REQUEST_URI"), sw_str_of(uri)},
                                     {SW_STR("CONTENT_LENGTH"), sw_str_of(length)}};
    struct sw_buf b;
    sw_buf_init(&b, arena, 1024, 1 << 20);
    sw_socket_request(&b, params, 3, body, keep);
    send_raw(fd, sw_buf_str(&b));
}

static void post(int fd, const char *uri, const char *body, bool keep)
{
    ask(fd, "POST", uri, sw_str_of(body), sw_printf(arena, "%zu", strlen(body)).p, keep);
}

static const char *answer_of(int fd)
{
    struct sw_str out;
    assert_int_equal(sw_socket_answer(arena, fd, &out), SW_OK);
    return sw_cstr(arena, out);
}

static const char *get(int fd, const char *uri)
{
    ask(fd, "GET", uri, (struct sw_str){NULL, 0}, "", true);
    return answer_of(fd);
}

static void assert_answer(const char *answer, int status, const char *end)
{
    char first[32];
    snprintf(first, sizeof(first), "Status: %d ", status);
    assert_memory_equal(answer, first, strlen(first));
    const char *body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    assert_non_null(strstr(body, end));
}

static const char *committed(void)
{
    FILE *f = fopen(stub_file, "r");
    if (!f)
        return "";
    char *all = sw_alloc(arena, 65536);
    size_t n = fread(all, 1, 65535, f);
    all[n] = '\0';
    fclose(f);
    return all;
}

static bool ended(int fd)
{
    char c;
    return read(fd, &c, 1) == 0;
}

static int set_up(void **state)
{
    (void)state;
    arena = sw_arena_new(0);
    strcpy(folder, "/tmp/sw-fcgi-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/committed", folder);
    stub_file = file;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(stub_file);
    rmdir(folder);
    sw_arena_free(arena);
    return 0;
}

/* ---- One connection */

static void answers_and_keeps(void **state)
{
    (void)state;
    struct worker w = start("read", 1, NULL);
    int fd = connect_to(&w);
    for (int i = 0; i < 3; i++)
        assert_answer(get(fd, "/hello"), 200, "hello");
    const char *big = get(fd, "/bytes?300000");
    assert_int_equal(strlen(strstr(big, "\r\n\r\n") + 4), 300000);
    assert_answer(get(fd, "/hello"), 200, "hello");
    const char *lines = get(fd, "/echo?a=1");
    assert_non_null(strstr(lines, "path=/echo\nquery=a=1\n"));
    assert_null(strstr(lines, "id=\n")); /* one is made up when nginx gave none */
    assert_null(strstr(get(fd, "/split"), "X-"));
    close(fd);
    fd = connect_to(&w);
    ask(fd, "GET", "/hello", (struct sw_str){NULL, 0}, "", false);
    assert_answer(answer_of(fd), 200, "hello");
    assert_true(ended(fd));
    close(fd);
    stop(&w);
}

static void many_connections_take_turns(void **state)
{
    (void)state;
    struct worker w = start("read", 1, NULL);
    int fds[100];
    for (int i = 0; i < 100; i++)
        fds[i] = connect_to(&w);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            ask(fds[i], "GET", "/hello", (struct sw_str){NULL, 0}, "", true);
        for (int i = 0; i < 100; i++)
            assert_answer(answer_of(fds[i]), 200, "hello");
    }
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    stop(&w);
}

static void garbage_ends_only_its_connection(void **state)
{
    (void)state;
    struct worker w = start("read", 1, NULL);
    int good = connect_to(&w), bad = connect_to(&w);
    assert_answer(get(good, "/hello"), 200, "hello");
    send_raw(bad, SW_STR("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"));
    assert_true(ended(bad));
    close(bad);
    bad = connect_to(&w); /* cut off in the middle of a record */
    send_raw(bad, SW_STR("\1\1\0\1\0\10\0\0\0\1"));
    shutdown(bad, SHUT_WR);
    assert_true(ended(bad));
    assert_answer(get(good, "/hello"), 200, "hello");
    close(bad);
    close(good);
    stop(&w);
}

static void connections_over_the_limit_wait(void **state)
{
    (void)state;
    descriptors = 40;
    struct worker w = start("read", 1, NULL);
    descriptors = 0;
    int fds[60];
    for (int i = 0; i < 60; i++) {
        fds[i] = connect_to(&w);
        ask(fds[i], "GET", "/hello", (struct sw_str){NULL, 0}, "", true);
    }
    for (int i = 0; i < 60;
         i++) { /* the first to come are served first; each that goes makes room */
        assert_answer(answer_of(fds[i]), 200, "hello");
        close(fds[i]);
    }
    stop(&w);
}

/* ---- Bodies */

static void bodies_have_limits(void **state)
{
    (void)state;
    struct worker w = start("write", SW_BATCH_MAX, NULL);
    int fd = connect_to(&w);
    struct sw_str most = {sw_alloc(arena, SW_BODY_MAX + 1), SW_BODY_MAX},
                  more = {most.p, SW_BODY_MAX + 1};
    memset((char *)(uintptr_t)most.p, 'b', more.n);
    ask(fd, "POST", "/add", most, "262144", true);
    assert_answer(answer_of(fd), 200, "added bbb");
    ask(fd, "POST", "/add", more, "262145", true);
    assert_answer(answer_of(fd), 413, "broken -7");
    ask(fd, "POST", "/add", more, "", true); /* chunked: nginx names no length */
    assert_answer(answer_of(fd), 413, "256 KB");
    ask(fd, "POST", "/add", SW_STR("piece"), "", true);
    assert_answer(answer_of(fd), 200, "added piece");
    ask(fd, "POST", "/add", SW_STR("short"), "9", true);
    assert_answer(answer_of(fd), 400, "not as long");
    ask(fd, "POST", "/add", SW_STR("too long"), "3", true);
    assert_answer(answer_of(fd), 400, "not as long");
    ask(fd, "POST", "/add", SW_STR("x"), "1e3", true);
    assert_answer(answer_of(fd), 400, "malformed");
    ask(fd, "POST", "/add", SW_STR("after"), "5",
        true); /* nothing of the refused ones is left in the stream */
    assert_answer(answer_of(fd), 200, "added after");
    close(fd);
    stop(&w);
}

static void a_spooled_body_stays_in_its_file(void **state)
{
    (void)state;
    struct worker w = start("write", SW_BATCH_MAX, NULL);
    int fd = connect_to(&w);
    const struct sw_pair params[] = {{SW_STR("REQUEST_METHOD"), SW_STR("GET")},
                                     {SW_STR("REQUEST_URI"), SW_STR("/echo")},
                                     {SW_STR("REQUEST_BODY_FILE"), SW_STR("/spool/7")},
                                     {SW_STR("CONTENT_LENGTH"), SW_STR("30000000")}};
    struct sw_buf b;
    sw_buf_init(&b, arena, 1024, 1 << 20);
    sw_socket_request(&b, params, 4, (struct sw_str){NULL, 0}, true);
    send_raw(fd, sw_buf_str(&b));
    assert_answer(answer_of(fd), 200, "file=/spool/7");
    close(fd);
    stop(&w);
}

/* ---- The batch */

static void one_wake_is_one_commit(void **state)
{
    (void)state;
    struct worker w = start("write", SW_BATCH_MAX, NULL);
    int fds[20];
    fds[0] = connect_to(&w);
    post(fds[0], "/add", "first", true);
    assert_answer(answer_of(fds[0]), 200, "added first");
    halt(&w);
    for (int i = 1; i < 20; i++)
        fds[i] = connect_to(&w);
    for (int i = 0; i < 20; i++)
        post(fds[i], i == 7 ? "/refused" : "/add", sw_printf(arena, "n%d", i).p, true);
    resume(&w);
    for (int i = 0; i < 20; i++)
        assert_answer(answer_of(fds[i]), i == 7 ? 403 : 200,
                      i == 7 ? "refused" : sw_printf(arena, "added n%d", i).p);
    for (int i = 0; i < 20; i++) {
        const char *line = sw_printf(arena, "n%d 19\n", i).p;
        if (i == 7)
            assert_null(strstr(committed(), "n7 "));
        else
            assert_non_null(strstr(committed(), line));
        close(fds[i]);
    }
    stop(&w);
}

static void more_than_a_batch_is_all_answered(void **state)
{
    (void)state;
    struct worker w = start("write", SW_BATCH_MAX, NULL);
    int fds[150];
    int warm = connect_to(&w);
    assert_answer(get(warm, "/hello"), 200, "hello");
    halt(&w);
    for (int i = 0; i < 100; i++) {
        fds[i] = connect_to(&w);
        post(fds[i], "/add", sw_printf(arena, "m%d", i).p, i % 2);
    }
    close(fds[3]); /* gives up before it is answered */
    resume(&w);
    for (int i = 0; i < 100; i++)
        if (i != 3)
            assert_answer(answer_of(fds[i]), 200, sw_printf(arena, "added m%d", i).p);
    assert_non_null(strstr(committed(), " 64\n"));
    assert_non_null(strstr(committed(), "m3 "));
    for (int i = 0; i < 100; i++)
        if (i != 3)
            close(fds[i]);
    assert_answer(get(warm, "/hello"), 200, "hello");
    close(warm);
    stop(&w);
}

static void a_failed_batch_runs_each_alone(void **state)
{
    (void)state;
    static const char *const uris[] = {"/poison", "/wrong"};
    for (int kind = 0; kind < 2; kind++) {
        struct worker w = start("write", SW_BATCH_MAX, NULL);
        int fds[5];
        fds[0] = connect_to(&w);
        assert_answer(get(fds[0], "/hello"), 200, "hello");
        halt(&w);
        for (int i = 0; i < 5; i++) {
            if (i)
                fds[i] = connect_to(&w);
            post(fds[i], i == 2 ? uris[kind] : "/add", sw_printf(arena, "p%d%d", kind, i).p, true);
        }
        resume(&w);
        for (int i = 0; i < 5; i++) {
            assert_answer(answer_of(fds[i]), i == 2 ? 503 : 200,
                          i == 2 ? "not committed" : "added");
            const char *line = sw_printf(arena, "p%d%d 1\n", kind, i).p;
            if (i == 2)
                assert_null(strstr(committed(), line));
            else
                assert_non_null(strstr(committed(), line));
            close(fds[i]);
        }
        stop(&w);
    }
}

/* ---- Stopping, handing over */

static void stop_answers_what_arrived(void **state)
{
    (void)state;
    struct worker w = start("write", SW_BATCH_MAX, NULL);
    int kept = connect_to(&w);
    assert_answer(get(kept, "/hello"), 200, "hello");
    halt(&w);
    int fresh = connect_to(&w);
    post(kept, "/add", "last1", true);
    post(fresh, "/add", "last2", true);
    kill(w.pid, SIGTERM);
    resume(&w);
    assert_answer(answer_of(kept), 200, "added last1");
    assert_answer(answer_of(fresh), 200, "added last2");
    assert_int_equal(wait_end(&w), SW_FCGI_STOPPED);
    assert_true(ended(kept));
    close(kept);
    close(fresh);
    forget(&w);
}

static void connections_are_handed_over(void **state)
{
    (void)state;
    struct worker w = start("read", 1, NULL);
    int a = connect_to(&w), b = connect_to(&w);
    assert_answer(get(a, "/hello"), 200, "hello");
    assert_answer(get(b, "/hello"), 200, "hello");
    kill(w.pid, SIGUSR2);
    assert_int_equal(wait_end(&w), SW_FCGI_DRAINED);
    int c = connect_to(&w);
    ask(a, "GET", "/hello", (struct sw_str){NULL, 0}, "",
        true); /* nobody is there; nothing is lost */
    ask(c, "GET", "/hello", (struct sw_str){NULL, 0}, "", true);
    fork_worker(&w, 1, NULL);
    assert_answer(answer_of(a), 200, "hello");
    assert_answer(answer_of(c), 200, "hello");
    assert_answer(get(b, "/hello"), 200, "hello");
    close(a);
    close(b);
    close(c);
    stop(&w);
}

/* ---- Touch notes */

static void notes_reach_the_write_pool(void **state)
{
    (void)state;
    struct worker writer = start("write", SW_BATCH_MAX, NULL);
    struct worker reader = start("read", 1, writer.path);
    int fd = connect_to(&reader), to_writer = connect_to(&writer);
    /* At most once a second, so keep asking until a commit shows it; each answer is waited for. */
    for (int i = 0; i < 2000000 && !strstr(committed(), "touch:"); i++) {
        assert_answer(get(fd, "/seen"), 200, "seen");
        sw_arena_reset(arena);
    }
    assert_non_null(strstr(committed(), "touch:"));
    post(to_writer, "/internal/touch", "forged", true);
    assert_answer(answer_of(to_writer), 404, "broken -4");
    close(fd);
    close(to_writer);
    stop(&reader);
    stop(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_and_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_connections_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_ends_only_its_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connections_over_the_limit_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_have_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_spooled_body_stays_in_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_wake_is_one_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_a_batch_is_all_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_batch_runs_each_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stop_answers_what_arrived, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connections_are_handed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notes_reach_the_write_pool, set_up, tear_down),
    };
    alarm(60); /* a worker that hangs fails the test instead of the build */
    return cmocka_run_group_tests_name("fcgi_loop", tests, NULL, NULL);
}
