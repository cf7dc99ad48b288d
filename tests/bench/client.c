/* The bench's client for what wrk can't do: forms with their own token, nonce and hash, each sent once and looked after; and the disk's own measure.
 *
 *     client ask PORT CLIENTS TOKEN < LIST     the shop asks for authorization of each "sign JOB COOKIE" line, by the JSON API
 *     client sign PORT CLIENTS < LIST          the customers sign: prints "signed=N lost=N odd=N seconds=S"
 *     client etags PORT CLIENTS < LIST         prints each "page JOB COOKIE" line with the page's ETag
 *     client get PORT SECONDS < LIST           waits for the first line's page to answer 200: prints "ms=T"
 *     client flush FILE SECONDS                4 KB write + fdatasync, again and again: prints "flushes=N seconds=S"
 *
 * `sign` opens each page first, as a browser does; only the POSTs are timed; afterwards each acknowledged one is asked for again. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 256 * 1024, REQUEST_MAX = 8192, CLIENTS_MAX = 256, LINES_MAX = 1 << 20 };

struct item {
    unsigned long long job;
    char cookie[64], csrf[48], nonce[48], hash[72], etag[64];
    int status;
    bool kept;
};
static struct item *items;
static size_t n_items;
static const char *token;

struct conn {
    int fd;
    size_t item, n, sent, out_n;
    char out[REQUEST_MAX], in[ANSWER_MAX + 1];
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void read_items(const char *kind)
{
    char line[256], word[8];
    items = calloc(LINES_MAX, sizeof(*items));
    if (!items)
        die("memory");
    while (n_items < LINES_MAX && fgets(line, sizeof(line), stdin)) {
        struct item *x = &items[n_items];
        if (sscanf(line, "%7s %llu %63s", word, &x->job, x->cookie) == 3 && strcmp(word, kind) == 0)
            n_items++;
    }
}

/* ---- One request after the other on each of some connections */

typedef size_t make_fn(const struct item *x, char *out);
typedef void took_fn(struct item *x, int status, const char *head, const char *body);

static int dial(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* The body's place once the whole answer is in; NULL before. */
static char *whole(struct conn *c)
{
    c->in[c->n] = '\0';
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end)
        return NULL;
    char *body = end + 4;
    size_t have = c->n - (size_t)(body - c->in);
    *end = '\0';
    const char *length = strcasestr(c->in, "\r\nContent-Length:");
    bool chunked = strcasestr(c->in, "\r\nTransfer-Encoding: chunked") != NULL;
    int status = atoi(c->in + 9);
    *end = '\r';
    bool done = length ? have >= strtoul(length + 17, NULL, 10)
                       : chunked ? have >= 5 && memcmp(c->in + c->n - 5, "0\r\n\r\n", 5) == 0 : status == 304 || status == 204;
    if (!done)
        return NULL;
    *end = '\0';
    return body;
}

static void send_some(struct conn *c)
{
    ssize_t n = write(c->fd, c->out + c->sent, c->out_n - c->sent);
    if (n > 0)
        c->sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN)
        die("write");
}

static bool start(struct conn *c, size_t *next, make_fn *make)
{
    while (*next < n_items) {
        c->item = (*next)++;
        c->out_n = make(&items[c->item], c->out);
        if (!c->out_n)
            continue;
        c->n = c->sent = 0;
        send_some(c);
        return true;
    }
    return false;
}

static double run(int port, size_t clients, make_fn *make, took_fn *took)
{
    struct conn *conns = calloc(clients, sizeof(*conns));
    int ep = epoll_create1(EPOLL_CLOEXEC);
    size_t next = 0, busy = 0;
    if (!conns || ep < 0)
        die("client");
    for (size_t i = 0; i < clients; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.u64 = i};
        if ((conns[i].fd = dial(port)) < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, &ev) != 0)
            die("connect");
    }
    double begin = seconds();
    for (size_t i = 0; i < clients; i++)
        busy += start(&conns[i], &next, make);
    while (busy) {
        struct epoll_event events[CLIENTS_MAX];
        int n = epoll_wait(ep, events, CLIENTS_MAX, 30000);
        if (n <= 0) {
            fprintf(stderr, "client: no answer in 30 s\n");
            exit(1);
        }
        for (int i = 0; i < n; i++) {
            struct conn *c = &conns[events[i].data.u64];
            if (c->sent < c->out_n)
                send_some(c);
            ssize_t got = read(c->fd, c->in + c->n, ANSWER_MAX - c->n);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0)
                die("nginx closed a connection");
            c->n += (size_t)got;
            char *body = whole(c);
            if (!body)
                continue;
            took(&items[c->item], atoi(c->in + 9), c->in, body);
            if (!start(c, &next, make))
                busy--;
        }
    }
    double took_s = seconds() - begin;
    for (size_t i = 0; i < clients; i++)
        close(conns[i].fd);
    close(ep);
    free(conns);
    return took_s;
}

/* ---- What is asked */

#define HEAD "Host: 127.0.0.1\r\nUser-Agent: bench\r\n"

static size_t make_ask(const struct item *x, char *out)
{
    return (size_t)sprintf(out, "POST /jobs/%llu/authorization/request HTTP/1.1\r\n" HEAD "Authorization: Bearer %s\r\nAccept: application/json\r\n"
                                "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"no_mail\":true}", x->job, token);
}

static void took_status(struct item *x, int status, const char *head, const char *body)
{
    (void)head;
    (void)body;
    x->status = status;
}

static size_t make_review(const struct item *x, char *out)
{
    return (size_t)sprintf(out, "GET /portal/jobs/%llu/authorize HTTP/1.1\r\n" HEAD "Accept: text/html\r\nCookie: sw=%s\r\n\r\n", x->job, x->cookie);
}

static void field(const char *body, const char *name, char *out, size_t size)
{
    char mark[40];
    snprintf(mark, sizeof(mark), "name=\"%s\" value=\"", name);
    const char *at = strstr(body, mark);
    out[0] = '\0';
    if (!at)
        return;
    at += strlen(mark);
    size_t n = strcspn(at, "\"");
    if (n < size) {
        memcpy(out, at, n);
        out[n] = '\0';
    }
}

static void took_review(struct item *x, int status, const char *head, const char *body)
{
    (void)head;
    x->status = status;
    field(body, "csrf", x->csrf, sizeof(x->csrf));
    field(body, "nonce", x->nonce, sizeof(x->nonce));
    field(body, "hash", x->hash, sizeof(x->hash));
}

static size_t make_sign(const struct item *x, char *out)
{
    char body[512];
    int n = sprintf(body, "csrf=%s&nonce=%s&hash=%s&name=Bench+Client+%llu", x->csrf, x->nonce, x->hash, x->job);
    return (size_t)sprintf(out, "POST /portal/jobs/%llu/authorize HTTP/1.1\r\n" HEAD "Accept: text/html\r\nCookie: sw=%s\r\n"
                                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", x->job, x->cookie, n, body);
}

static size_t make_look(const struct item *x, char *out)
{
    if (x->status != 303)
        return 0;
    return (size_t)sprintf(out, "GET /portal/jobs/%llu/authorize HTTP/1.1\r\n" HEAD "Accept: application/json\r\nCookie: sw=%s\r\n\r\n", x->job, x->cookie);
}

static void took_look(struct item *x, int status, const char *head, const char *body)
{
    char name[64];
    (void)head;
    sprintf(name, "\"name\":\"Bench Client %llu\"", x->job);
    x->kept = status == 200 && strstr(body, "\"state\":\"authorized\"") && strstr(body, name);
}

static size_t make_page(const struct item *x, char *out)
{
    return (size_t)sprintf(out, "GET /portal/jobs/%llu HTTP/1.1\r\n" HEAD "Accept: text/html\r\nCookie: sw=%s\r\n\r\n", x->job, x->cookie);
}

static void took_page(struct item *x, int status, const char *head, const char *body)
{
    (void)body;
    const char *at = strcasestr(head, "\r\nETag: ");
    x->status = status;
    if (at)
        snprintf(x->etag, sizeof(x->etag), "%.*s", (int)strcspn(at + 8, "\r"), at + 8);
}

/* ---- The commands */

static int ask(int port, size_t clients)
{
    read_items("sign");
    run(port, clients, make_ask, took_status);
    size_t odd = 0;
    for (size_t i = 0; i < n_items; i++)
        odd += items[i].status != 201 && items[i].status != 200;
    printf("asked=%zu odd=%zu\n", n_items, odd);
    return odd ? 1 : 0;
}

static int sign(int port, size_t clients)
{
    size_t acknowledged = 0, lost = 0;
    read_items("sign");
    run(port, clients < 8 ? 8 : clients, make_review, took_review);
    for (size_t i = 0; i < n_items; i++)
        if (items[i].status != 200 || !items[i].csrf[0] || !items[i].nonce[0] || !items[i].hash[0]) {
            fprintf(stderr, "client: the review page of job %llu is not as expected: %d\n", items[i].job, items[i].status);
            return 1;
        }
    double s = run(port, clients, make_sign, took_status);
    run(port, clients < 8 ? 8 : clients, make_look, took_look);
    for (size_t i = 0; i < n_items; i++) {
        acknowledged += items[i].status == 303;
        lost += items[i].status == 303 && !items[i].kept;
    }
    printf("signed=%zu lost=%zu odd=%zu seconds=%.4f\n", acknowledged, lost, n_items - acknowledged, s);
    return 0;
}

static int etags(int port, size_t clients)
{
    read_items("page");
    run(port, clients, make_page, took_page);
    for (size_t i = 0; i < n_items; i++) {
        if (items[i].status != 200 || !items[i].etag[0])
            return fprintf(stderr, "client: the page of job %llu has no ETag: %d\n", items[i].job, items[i].status), 1;
        printf("page %llu %s %s\n", items[i].job, items[i].cookie, items[i].etag);
    }
    return 0;
}

static int get(int port, double most)
{
    double begin = seconds();
    read_items("page");
    n_items = 1;
    while (seconds() - begin < most) {
        run(port, 1, make_page, took_page);
        if (items[0].status == 200) {
            printf("ms=%.1f\n", (seconds() - begin) * 1000);
            return 0;
        }
        usleep(1000);
    }
    fprintf(stderr, "client: no page in %.0f s\n", most);
    return 1;
}

static int flush(const char *path, double most)
{
    enum { SIZE = 4096, PLACES = 1024 };
    static char page[SIZE];
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    for (int i = 0; i < PLACES; i++) /* the file is there before: only data is flushed, no size */
        if (write(fd, page, SIZE) != SIZE)
            die(path);
    if (fsync(fd) != 0)
        die(path);
    double begin = seconds(), now = begin;
    unsigned long n = 0;
    for (; now - begin < most; now = seconds(), n++) {
        memset(page, (int)n, SIZE);
        if (pwrite(fd, page, SIZE, (off_t)(n % PLACES) * SIZE) != SIZE || fdatasync(fd) != 0)
            die(path);
    }
    printf("flushes=%lu seconds=%.4f\n", n, now - begin);
    close(fd);
    unlink(path);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[1] : "";
    int port = argc > 3 ? atoi(argv[2]) : 0, clients = argc > 3 ? atoi(argv[3]) : 0;
    bool ok = clients >= 1 && clients <= CLIENTS_MAX;
    token = argc > 4 ? argv[4] : NULL;
    if (strcmp(what, "ask") == 0 && ok && token)
        return ask(port, (size_t)clients);
    if (strcmp(what, "sign") == 0 && ok)
        return sign(port, (size_t)clients);
    if (strcmp(what, "etags") == 0 && ok)
        return etags(port, (size_t)clients);
    if (strcmp(what, "get") == 0)
        return get(port, atof(argv[3]));
    if (strcmp(what, "flush") == 0)
        return flush(argv[2], atof(argv[3]));
    fprintf(stderr, "Usage: client ask|sign|etags|get PORT … < LIST, client flush FILE SECONDS (see the top of client.c)\n");
    return 2;
}
