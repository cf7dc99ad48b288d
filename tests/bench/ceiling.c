/* The bench's ceiling: the worker's own loop (core/web/fcgi.c), answering the bytes of a recorded page from memory. What a real page costs is the
 * distance to it.
 *
 *     ceiling SOCKET WORKERS PAGE
 *
 * PAGE is an answer as `curl -si` writes it. A request with If-None-Match gets the same headers with 304. Ends with SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/fcgi.h"

enum { PAGE_MAX = 4 << 20, WORKERS_MAX = 64 };

static struct sw_http_out page, unchanged;

/* ---- In place of router and store */

int sw_store_batch_begin(struct sw_store *s, struct sw_err *err)
{
    (void)s;
    return sw_fail(err, SW_EFAIL, "", "The ceiling only answers GET.");
}
int sw_store_batch_commit(struct sw_store *s, struct sw_err *err)
{
    return sw_store_batch_begin(s, err);
}
void sw_store_batch_abort(struct sw_store *s)
{
    (void)s;
}
int sw_store_reader_check(struct sw_store *s)
{
    (void)s;
    return 0;
}

void sw_web_read(struct sw_web *w, const struct sw_http_in *in, struct sw_http_out *out)
{
    (void)w;
    *out = in->if_none_match.n ? unchanged : page;
}

struct sw_web_write *sw_web_prepare(struct sw_web *w, const struct sw_http_in *in)
{
    (void)w;
    return sw_alloc(in->arena, 1);
}
bool sw_web_is_final(const struct sw_web_write *x)
{
    (void)x;
    return true;
}
int sw_web_run(struct sw_web *w, struct sw_web_write *x)
{
    (void)w;
    (void)x;
    return SW_EFAIL;
}
void sw_web_answer(struct sw_web *w, struct sw_web_write *x, bool committed,
                   struct sw_http_out *out)
{
    (void)w;
    (void)x;
    (void)committed;
    *out = page;
}
size_t sw_web_touches(struct sw_web *w, struct sw_arena *a, struct sw_str *body)
{
    (void)w;
    (void)a;
    (void)body;
    return 0;
}

/* ---- The page */

static bool is_nginx_own(struct sw_str name)
{
    static const char *const own[] = {"server", "date", "connection", "keep-alive",
                                      "transfer-encoding"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strlen(own[i]) == name.n && strncasecmp(own[i], name.p, name.n) == 0)
            return true;
    return false;
}

static bool is_length(struct sw_str name)
{
    return name.n == 14 && strncasecmp(name.p, "content-length", 14) == 0;
}

static bool read_page(const char *path)
{
    static char bytes[PAGE_MAX + 1];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(bytes, 1, PAGE_MAX, f) : 0;
    if (f)
        fclose(f);
    bytes[n] = '\0';
    char *at = strchr(bytes, '\n'), *status = strchr(bytes, ' ');
    if (!at || !status || status > at)
        return false;
    page.status = atoi(status);
    unchanged.status = 304;
    for (at++; *at && *at != '\r' && *at != '\n'; at++) {
        size_t line = strcspn(at, "\r\n");
        char *colon = memchr(at, ':', line);
        if (!colon || page.n_headers == sizeof(page.headers) / sizeof(page.headers[0]))
            return false;
        struct sw_http_header h = {
            {at, (size_t)(colon - at)},
            sw_str_trim((struct sw_str){colon + 1, line - (size_t)(colon + 1 - at)})};
        if (!is_nginx_own(h.name)) {
            page.headers[page.n_headers++] = h;
            if (!is_length(h.name))
                unchanged.headers[unchanged.n_headers++] = h;
        }
        at = strchr(at, '\n');
        if (!at)
            return false;
    }
    at += strspn(at, "\r") + 1;
    page.body = (struct sw_str){at, n - (size_t)(at - bytes)};
    return page.status >= 200;
}

static int listen_on(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof(at.sun_path))
        return -1;
    strcpy(at.sun_path, path);
    unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 1024) != 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    int workers = argc == 4 ? atoi(argv[2]) : 0;
    if (workers < 1 || workers > WORKERS_MAX) {
        fprintf(stderr, "Usage: ceiling SOCKET WORKERS PAGE\n");
        return 2;
    }
    if (!read_page(argv[3])) {
        fprintf(stderr, "ceiling: %s is no answer as curl -si writes it.\n", argv[3]);
        return 1;
    }
    struct sw_fcgi f = {.listener = listen_on(argv[1]), .give = -1, .take = -1, .batch = 1};
    if (f.listener < 0) {
        perror(argv[1]);
        return 1;
    }
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
            sw_fcgi_signals();
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            _exit(sw_fcgi_serve(&f) == SW_FCGI_BROKEN);
        }
    int bad = 0;
    for (int status; wait(&status) > 0;)
        bad |= status;
    return bad ? 1 : 0;
}
