#include "fcgi_stub.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *stub_file;

struct sw_web_write {
    const struct sw_http_in *in;
    bool final;
    int status;
};
static int placeholder;
static size_t notes;

/* ---- The store: what ran since begin, written by commit in one piece. */
static struct sw_str ran[SW_BATCH_MAX];
static size_t n_ran;
static bool poisoned;

int sw_store_batch_begin(struct sw_store *s, struct sw_err *err)
{
    (void)s;
    (void)err;
    n_ran = 0;
    poisoned = false;
    return SW_OK;
}

int sw_store_batch_commit(struct sw_store *s, struct sw_err *err)
{
    (void)s;
    if (poisoned)
        return sw_fail(err, SW_EFULL, "", "The disk is full.");
    struct sw_arena *a = sw_arena_new(0);
    struct sw_buf b;
    sw_buf_init(&b, a, 1024, 1 << 20);
    for (size_t i = 0; i < n_ran; i++)
        sw_buf_addf(&b, SW_STR_FMT " %zu\n", SW_STR_ARG(ran[i]), n_ran);
    int fd = open(stub_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, b.p, b.n) == (ssize_t)b.n;
    close(fd);
    sw_arena_free(a);
    return good ? SW_OK : SW_EFAIL;
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
void sw_store_close(struct sw_store *s)
{
    (void)s;
}

/* ---- The web */
int sw_web_new(struct sw_store *store, struct sw_web **out, struct sw_err *err)
{
    (void)store;
    (void)err;
    *out = (struct sw_web *)&placeholder;
    return SW_OK;
}

void sw_web_free(struct sw_web *w)
{
    (void)w;
}

static void answer(struct sw_http_out *out, int status, struct sw_str body)
{
    out->status = status;
    out->headers[out->n_headers++] =
        (struct sw_http_header){SW_STR("Content-Type"), SW_STR("text/plain")};
    out->body = body;
}

static void answer_broken(const struct sw_http_in *in, struct sw_http_out *out)
{
    int status = in->broken == SW_ETOOLARGE ? 413 : in->broken == SW_ENOTFOUND ? 404 : 400;
    answer(out, status, sw_printf(in->arena, "broken %d %s", (int)in->broken, in->broken_why));
}

static void echo(const struct sw_http_in *in, struct sw_http_out *out)
{
    struct sw_buf b;
    sw_buf_init(&b, in->arena, 1024, 65536);
    const struct {
        const char *name;
        struct sw_str v;
    } all[] = {{"method", in->method},
               {"path", in->path},
               {"query", in->query},
               {"host", in->host},
               {"cookie", in->cookie},
               {"accept", in->accept},
               {"agent", in->user_agent},
               {"language", in->accept_language},
               {"etag", in->if_none_match},
               {"address", in->address},
               {"id", in->id},
               {"file", in->body_file}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        sw_buf_addf(&b, "%s=" SW_STR_FMT "\n", all[i].name, SW_STR_ARG(all[i].v));
    sw_buf_addf(&b, "secure=%d\n", in->secure);
    answer(out, 200, sw_buf_str(&b));
}

void sw_web_read(struct sw_web *w, const struct sw_http_in *in, struct sw_http_out *out)
{
    (void)w;
    if (in->broken)
        answer_broken(in, out);
    else if (sw_str_is(in->path, "/hello"))
        answer(out, 200, SW_STR("hello"));
    else if (sw_str_is(in->path, "/echo"))
        echo(in, out);
    else if (sw_str_is(in->path, "/seen")) {
        notes++;
        answer(out, 200, SW_STR("seen"));
    } else if (sw_str_is(in->path, "/split")) {
        answer(out, 200, SW_STR("split"));
        out->headers[out->n_headers++] =
            (struct sw_http_header){SW_STR("X-Bad"), SW_STR("a\r\nX-Worse: b")};
    } else if (sw_str_is(in->path, "/bytes")) {
        size_t n = strtoul(sw_cstr(in->arena, in->query), NULL, 10);
        char *p = sw_alloc(in->arena, n);
        memset(p, 'x', n);
        answer(out, 200, (struct sw_str){p, n});
    } else
        answer(out, 404, SW_STR("none"));
}

struct sw_web_write *sw_web_prepare(struct sw_web *w, const struct sw_http_in *in)
{
    (void)w;
    struct sw_web_write *x = SW_NEW(in->arena, struct sw_web_write);
    x->in = in;
    if (in->broken)
        x->final = true;
    else if (sw_str_is(in->path, "/crash"))
        abort();
    else if (sw_str_is(in->path, "/stuck"))
        for (;;)
            pause();
    else if (sw_str_is(in->path, "/refused")) {
        x->final = true;
        x->status = 403;
    }
    return x;
}

bool sw_web_is_final(const struct sw_web_write *x)
{
    return x->final;
}

int sw_web_run(struct sw_web *w, struct sw_web_write *x)
{
    (void)w;
    if (sw_str_is(x->in->path, "/wrong"))
        return SW_EFAIL;
    poisoned |= sw_str_is(x->in->path, "/poison");
    struct sw_str what = x->in->body;
    if (sw_str_is(x->in->path, "/internal/touch"))
        what = sw_printf(x->in->arena, "touch:" SW_STR_FMT, SW_STR_ARG(what));
    ran[n_ran++] = what;
    return SW_OK;
}

void sw_web_answer(struct sw_web *w, struct sw_web_write *x, bool committed,
                   struct sw_http_out *out)
{
    (void)w;
    if (x->in->broken)
        answer_broken(x->in, out);
    else if (x->status)
        answer(out, x->status, SW_STR("refused"));
    else if (!committed)
        answer(out, 503, SW_STR("not committed"));
    else
        answer(out, 200, sw_printf(x->in->arena, "added " SW_STR_FMT, SW_STR_ARG(x->in->body)));
}

size_t sw_web_touches(struct sw_web *w, struct sw_arena *a, struct sw_str *body)
{
    (void)w;
    size_t n = notes;
    if (n)
        *body = sw_printf(a, "%zu", n);
    notes = 0;
    return n;
}
