/* web/socket.c: the client's half of FastCGI, as much of it as one POST needs. */
#include "web/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BEGIN = 1,
    END = 3,
    PARAMS = 4,
    INPUT = 5,
    OUTPUT = 6,
    RECORD_MAX = 32768,
    ANSWER_MAX = 16 << 20
};

static void add_record(struct sw_buf *b, int type, const void *p, size_t n)
{
    unsigned char head[8] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)(n & 0xff), 0, 0};
    sw_buf_add(b, head, sizeof(head));
    sw_buf_add(b, p, n);
}

static void add_stream(struct sw_buf *b, int type, struct sw_str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t n = s.n - at < RECORD_MAX ? s.n - at : RECORD_MAX;
        add_record(b, type, s.p + at, n);
        at += n;
    }
    add_record(b, type, "", 0);
}

static void add_length(struct sw_buf *b, size_t n)
{
    unsigned char four[4] = {(unsigned char)((n >> 24) | 0x80), (unsigned char)((n >> 16) & 0xff),
                             (unsigned char)((n >> 8) & 0xff), (unsigned char)(n & 0xff)};
    if (n < 128)
        sw_buf_add(b, &four[3], 1);
    else
        sw_buf_add(b, four, 4);
}

void sw_socket_request(struct sw_buf *b, const struct sw_pair *params, size_t n, struct sw_str body,
                       bool keep)
{
    const unsigned char begin[8] = {0, 1, keep ? 1 : 0, 0, 0, 0, 0, 0}; /* responder */
    add_record(b, BEGIN, begin, sizeof(begin));
    struct sw_buf p;
    sw_buf_init(&p, b->arena, 1024, 4u << 20);
    for (size_t i = 0; i < n; i++) {
        add_length(&p, params[i].name.n);
        add_length(&p, params[i].value.n);
        sw_buf_add(&p, params[i].name.p, params[i].name.n);
        sw_buf_add(&p, params[i].value.p, params[i].value.n);
    }
    add_stream(b, PARAMS, sw_buf_str(&p));
    add_stream(b, INPUT, body);
}

int sw_socket_connect(const char *path, bool nonblock)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(at.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0), 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int sw_socket_post(const char *path, struct sw_str request)
{
    int fd = sw_socket_connect(path, true);
    if (fd < 0)
        return -1;
    if (send(fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool read_all(int fd, void *p, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t r = read(fd, (char *)p + got, n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        got += (size_t)r;
    }
    return true;
}

int sw_socket_answer(struct sw_arena *a, int fd, struct sw_str *out)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 16384, ANSWER_MAX);
    unsigned char head[8];
    static char content[65535 + 255];
    while (read_all(fd, head, sizeof(head))) {
        size_t n = (size_t)(head[4] << 8 | head[5]);
        if (!read_all(fd, content, n + head[6]))
            return SW_EFAIL;
        if (head[1] == OUTPUT)
            sw_buf_add(&b, content, n);
        if (b.full)
            return SW_ETOOLARGE;
        if (head[1] == END) {
            *out = sw_buf_str(&b);
            return SW_OK;
        }
    }
    return SW_EFAIL;
}

static bool write_all(int fd, struct sw_str s)
{
    while (s.n) {
        ssize_t r = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        s = (struct sw_str){s.p + r, s.n - (size_t)r};
    }
    return true;
}

int sw_socket_call(struct sw_arena *a, const char *path, const struct sw_pair *params, size_t n,
                   struct sw_str body, struct sw_str *out)
{
    int fd = sw_socket_connect(path, false);
    if (fd < 0)
        return SW_EFAIL;
    struct sw_buf b;
    sw_buf_init(&b, a, 4096, 64u << 20);
    sw_socket_request(&b, params, n, body, false);
    int rc = write_all(fd, sw_buf_str(&b)) ? sw_socket_answer(a, fd, out) : SW_EFAIL;
    close(fd);
    return rc;
}
