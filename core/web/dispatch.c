/* web/dispatch.c: the way of a request, from its bytes to its answer. It reads from top to bottom: sw_web_read for what only looks, and
 * prepare → run → answer for what changes data. */
#include "web/request.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SW_VERSION
#define SW_VERSION "0"
#endif

/* ---- The process's tables */

/* ETags must differ between builds: the program's own bytes are part of them, by size and time of the files that run. */
static void read_build(struct sw_web *w)
{
    crypto_generichash_state st;
    unsigned char hash[32];
    char exe[4096], hex[17];
    crypto_generichash_init(&st, NULL, 0, sizeof(hash));
    crypto_generichash_update(&st, (const unsigned char *)SW_VERSION, sizeof(SW_VERSION));
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    int fd = n > 0 ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) { /* the build id is in the first page; the whole is not read */
        ssize_t got = read(fd, exe, sizeof(exe));
        off_t size = lseek(fd, 0, SEEK_END);
        if (got > 0)
            crypto_generichash_update(&st, (const unsigned char *)exe, (unsigned long long)got);
        crypto_generichash_update(&st, (const unsigned char *)&size, sizeof(size));
        close(fd);
    }
    const struct sw_loaded *loaded;
    size_t n_loaded = sw_host_plugins(&loaded);
    for (size_t i = 0; i < n_loaded; i++) {
        crypto_generichash_update(&st, (const unsigned char *)loaded[i].plugin->name, strlen(loaded[i].plugin->name) + 1);
        if (loaded[i].plugin->version)
            crypto_generichash_update(&st, (const unsigned char *)loaded[i].plugin->version, strlen(loaded[i].plugin->version) + 1);
    }
    struct sw_str css = sw_str_of(sw_static_url("shop.css"));
    crypto_generichash_update(&st, (const unsigned char *)(css.n ? css.p : ""), css.n);
    crypto_generichash_final(&st, hash, sizeof(hash));
    sw_hex(hex, hash, 8);
    w->build = sw_copy(w->arena, sw_str_of(hex));
    memcpy(w->etag_key, hash + 8, sizeof(w->etag_key));
}

static int by_order(const void *a, const void *b)
{
    const struct sw_place *x = ((const struct sw_place_at *)a)->place, *y = ((const struct sw_place_at *)b)->place;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->path, y->path);
}

static void read_places(struct sw_web *w)
{
    const struct sw_loaded *loaded;
    size_t n_loaded = sw_host_plugins(&loaded), n = 0;
    for (size_t i = 0; i < n_loaded; i++)
        for (const struct sw_place *p = loaded[i].plugin->places; p && p->path; p++)
            n++;
    w->places = SW_NEW_N(w->arena, struct sw_place_at, n ? n : 1);
    for (size_t i = 0; i < n_loaded; i++)
        for (const struct sw_place *p = loaded[i].plugin->places; p && p->path; p++)
            w->places[w->n_places++] =
                (struct sw_place_at){p, loaded[i].plugin == &sw_core_plugin ? "shopwright" : loaded[i].plugin->name};
    qsort(w->places, w->n_places, sizeof(w->places[0]), by_order);
}

static int load_pages(struct sw_web *w, struct sw_err *err)
{
    struct sw_routed *all;
    size_t n = sw_router_all(w->router, &all);
    for (size_t i = 0; i < n; i++) {
        const struct sw_route *t = all[i].route;
        if (!t->page || (t->flags & SW_JSON_ONLY))
            continue;
        if (!t->view)
            return sw_fail(err, SW_EFAIL, "", "Route %s %s states a page but no view.", t->method, t->path);
        int code = sw_page_load(w, all[i].from, t->view, t->page, all[i].page, err);
        if (code)
            return code;
    }
    const struct sw_loaded *loaded;
    size_t n_loaded = sw_host_plugins(&loaded);
    for (size_t i = 0; i < n_loaded; i++)
        if (loaded[i].plugin == &sw_core_plugin)
            return sw_page_load(w, &loaded[i], &sw_error_view_record, "error.html", w->error_page, err);
    return SW_OK;
}

int sw_web_new(struct sw_store *store, struct sw_web **out, struct sw_err *err)
{
    if (sodium_init() < 0)
        return sw_fail(err, SW_EFAIL, "", "libsodium can't start: no randomness.");
    struct sw_arena *a = sw_arena_new(0);
    struct sw_web *w = SW_NEW(a, struct sw_web);
    w->arena = a;
    w->store = store;
    randombytes_buf(w->stream_key, sizeof(w->stream_key));
    const struct sw_loaded *loaded;
    size_t n_loaded = sw_host_plugins(&loaded);
    for (size_t i = 0; i < n_loaded; i++) {
        int code = sw_texts_load(loaded[i].folder, loaded[i].plugin == &sw_core_plugin ? "shopwright" : loaded[i].plugin->name, err);
        if (code) {
            sw_web_free(w);
            return code;
        }
    }
    const struct sw_record *const *types = sw_host_records();
    for (; types && *types; types++)
        if ((*types)->owner == SW_OWNER_SELF)
            w->customer = *types;
    int code = sw_router_new(a, &w->router, err);
    if (code == SW_OK) {
        read_build(w);
        read_places(w);
        code = load_pages(w, err);
    }
    if (code) {
        sw_web_free(w);
        return code;
    }
    *out = w;
    return SW_OK;
}

void sw_web_free(struct sw_web *w)
{
    if (!w)
        return;
    for (struct sw_shown_page *p = w->shown; p; p = p->next)
        for (int i = 0; i < SW_LANGS; i++)
            sw_template_free(p->page[i]);
    for (size_t i = 0; i < sizeof(w->faces) / sizeof(w->faces[0]); i++)
        if (w->faces[i].arena)
            sw_arena_free(w->faces[i].arena);
    sw_arena_free(w->arena);
}

size_t sw_web_touches(struct sw_web *w, struct sw_arena *a, struct sw_str *body)
{
    size_t n = w->n_touches;
    struct sw_buf b;
    if (!n)
        return 0;
    sw_buf_init(&b, a, 4096, SW_BODY_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct sw_touch_note *t = &w->touches[i];
        sw_buf_addf(&b, "%u %s %llu %s %lld\n", t->shop, t->type->name, (unsigned long long)t->id, t->field->name, (long long)t->at);
    }
    w->n_touches = 0;
    *body = sw_buf_str(&b);
    return n;
}

/* ---- Who may, and on what */

static int check_access(struct sw_req *r, struct sw_err *err)
{
    uint32_t who = r->match.routed->route->who;
    if ((who & SW_ANYONE) || (r->viewer.licences & who))
        return SW_OK;
    if (sw_session_try_guest(r))
        return SW_OK;
    return sw_fail(err, r->viewer.licences ? SW_EDENIED : SW_EUNAUTH, "", "%s",
                   r->viewer.licences ? _("Your account may not do this. An administrator can change that.") : _("Please sign in first."));
}

static int find_route(struct sw_req *r, struct sw_err *err)
{
    int code = sw_router_find(r->web->router, r->arena, r->method, r->path, &r->match);
    if (code == SW_EMALFORMED)
        return sw_fail(err, SW_EMALFORMED, "", _("This address can't be read, or is longer than %d bytes."), SW_PATH_MAX);
    if (code)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is nothing at this address, or it isn't yours to see."));
    if (r->match.routed->route->flags & SW_JSON_ONLY)
        r->json = true;
    return SW_OK;
}

static int broken(const struct sw_http_in *in, struct sw_err *err)
{
    return in->broken ? sw_fail(err, in->broken, "", "%s", in->broken_why ? in->broken_why : "") : SW_OK;
}

/* The cookies' size is looked at here because a person can mend it only when told. */
static int check_cookies(const struct sw_http_in *in, struct sw_err *err)
{
    return in->cookie.n <= SW_COOKIES_MAX
               ? SW_OK
               : sw_fail(err, SW_EMALFORMED, "", _("Your browser sends more than %d bytes of cookies for this site. Please delete them."),
                         SW_COOKIES_MAX);
}

static int call(struct sw_req *r, struct sw_err *err)
{
    int code = r->match.routed->route->handle(r, err);
    if (code && r->err.code && !(err && err->code)) /* sw_done and the like have no err to fill */
        *err = r->err;
    return code;
}

/* Look up, check, handle, render: a GET in its snapshot. */
static int run_get(struct sw_req *r, struct sw_err *err)
{
    int code = check_access(r, err);
    if (code == SW_OK)
        code = sw_req_load_records(r, err);
    if (code == SW_OK && !r->refill)
        code = sw_req_parse_form(r, err);
    else if (code == SW_OK && r->match.routed->route->form) /* shown again after a refusal: the page's own fields are empty */
        r->form = sw_alloc(r->arena, r->match.routed->route->form->size);
    const struct sw_route *route = r->match.routed->route;
    if (code == SW_OK && route->prepare)
        code = route->prepare(r, err);
    if (code == SW_OK)
        code = call(r, err);
    if (code == SW_OK && r->answer.refused) {
        *err = r->err;
        code = (int)r->err.code;
    }
    if (code == SW_OK)
        code = sw_answer_finish(r, err);
    return code;
}

void sw_web_read(struct sw_web *w, const struct sw_http_in *in, struct sw_http_out *out)
{
    struct sw_err err = {.code = SW_OK};
    struct sw_req *r = sw_req_new(w, in);
    w->requests++;
    int code = sw_store_snapshot(w->store, &r->run, &r->tx, &err);
    if (code == SW_OK) {
        int shop = sw_session_resolve(r, &err);
        code = broken(in, &err);
        if (code == SW_OK)
            code = check_cookies(in, &err);
        if (code == SW_OK) {
            struct sw_err route_err = {.code = SW_OK};
            code = find_route(r, &route_err);
            if (code == SW_OK && (code = shop) != SW_OK && (r->match.routed->route->who & SW_ANYONE) &&
                r->match.routed->from->plugin == &sw_core_plugin)
                code = SW_OK; /* health and metrics answer whatever the host or token is */
            else if (code && code != shop)
                err = route_err;
        }
        if (code == SW_ENOTFOUND && !r->match.routed && in->path.n == 1 && in->path.p[0] == '/' && shop == SW_OK && r->method == SW_M_GET) {
            r->answer = (struct sw_answer){.kind = SW_ANSWER_DONE, .status = 303, .location = sw_home_of(r)};
            code = SW_OK;
        } else if (code == SW_OK) {
            code = run_get(r, &err);
        }
    }
    if (code)
        sw_error_answer(r, code, &err);
    sw_answer_send(r, out);
    if (r->tx)
        sw_store_snapshot_end(r->tx);
    r->tx = NULL;
}

/* ---- What changes data */

struct sw_web_write {
    struct sw_req *r;
    bool final;   /* answered or refused without a transaction */
    int code;     /* of the refusal; 0 none */
    struct sw_err err;
    struct sw_answer fresh; /* the answer as it was before the handler: for another run */
};

static int prepare(struct sw_req *r, bool *answered, struct sw_err *err)
{
    int code = sw_store_snapshot(r->web->store, &r->run, &r->tx, err);
    if (code)
        return code;
    int shop = sw_session_resolve(r, err);
    if ((code = broken(r->in, err)) != SW_OK || (code = check_cookies(r->in, err)) != SW_OK)
        return code;
    bool touch = r->in->address.n == 0 && sw_str_is(r->path, "/internal/touch");
    if (shop != SW_OK && !touch)
        return shop;
    if ((code = find_route(r, err)) != SW_OK)
        return code;
    if (r->method == SW_M_GET)
        return sw_fail(err, SW_EFAIL, "", "A GET came to the write pool.");
    if ((code = check_access(r, err)) != SW_OK || (code = sw_req_parse_body(r, err)) != SW_OK || (code = sw_csrf_check(r, err)) != SW_OK)
        return code;
    if ((code = sw_once_find(r, answered, err)) != SW_OK || *answered)
        return code;
    const struct sw_route *route = r->match.routed->route;
    /* The form's errors are told before the records are looked for only when both are right to tell: a stranger learns nothing. */
    if ((code = sw_req_load_records(r, err)) != SW_OK || (code = sw_req_parse_form(r, err)) != SW_OK)
        return code;
    return route->prepare ? route->prepare(r, err) : SW_OK;
}

struct sw_web_write *sw_web_prepare(struct sw_web *w, const struct sw_http_in *in)
{
    struct sw_web_write *x = SW_NEW(in->arena, struct sw_web_write);
    struct sw_req *r = x->r = sw_req_new(w, in);
    bool answered = false;
    w->requests++;
    x->code = prepare(r, &answered, &x->err);
    if (x->code == SW_OK && r->answer.refused) { /* sw_refuse in prepare: nothing was written that could stay */
        x->err = r->err;
        x->code = (int)r->err.code;
        r->answer.refused = false;
    }
    x->final = x->code != SW_OK || answered;
    x->fresh = r->answer;
    if (r->tx)
        sw_store_snapshot_end(r->tx);
    r->tx = NULL;
    sw_uploads_drop(r);
    return x;
}

bool sw_web_is_final(const struct sw_web_write *x)
{
    return x->final;
}

static int run_write(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_web_write *x = arg;
    struct sw_req *r = x->r;
    bool answered = false;
    r->tx = tx;
    r->answer = x->fresh;
    r->err.code = SW_OK;
    r->n_limits = 0;
    r->priced = false;
    /* Anew, in this transaction: a session that another request of the batch ended is over. */
    int code = sw_session_resolve(r, err);
    if (code && r->in->address.n == 0 && r->match.routed->from->plugin == &sw_core_plugin)
        code = SW_OK;
    if (code == SW_OK)
        code = check_access(r, err);
    if (code == SW_OK)
        code = sw_once_find(r, &answered, err);
    if (code || answered)
        return code;
    if ((code = sw_req_load_records(r, err)) != SW_OK || (code = call(r, err)) != SW_OK)
        return code;
    if (r->answer.refused)
        return SW_OK; /* what was written stays; the answer is made later */
    if ((code = sw_answer_finish(r, err)) != SW_OK)
        return code;
    return sw_once_keep(r, err);
}

static int count_limits(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    return sw_limit_again(arg, tx, err);
}

int sw_web_run(struct sw_web *w, struct sw_web_write *x)
{
    struct sw_req *r = x->r;
    x->code = SW_OK;
    memset(&x->err, 0, sizeof(x->err));
    int code = sw_store_batch_run(w->store, &r->run, run_write, x, &x->err);
    r->tx = NULL;
    if (code == SW_EAGAIN)
        return code;
    x->code = code;
    if (code == SW_OK && r->answer.refused) {
        x->err = r->err;
        x->code = (int)r->err.code;
    } else if (code && r->n_limits) {
        struct sw_run run = r->run;
        struct sw_err err;
        run.shop = r->shop;
        if (sw_store_batch_run(w->store, &run, count_limits, r, &err) != SW_OK)
            sw_log("limit.lost", "code=%d", err.code);
    }
    return SW_OK;
}

/* ---- A refused form is shown again */

/* "/jobs/{job}" with this request's own values. */
static bool again_path(struct sw_req *r, struct sw_str *out)
{
    const struct sw_routed *routed = r->match.routed;
    struct sw_buf b;
    sw_buf_init(&b, r->arena, 128, SW_PATH_MAX);
    for (const char *p = routed->route->again; *p;) {
        if (*p != '{') {
            sw_buf_add(&b, p++, 1);
            continue;
        }
        size_t n = strcspn(p + 1, ":}");
        struct sw_str name = {p + 1, n};
        size_t i = 0;
        while (i < routed->n_params && !sw_str_eq(routed->params[i].name, name))
            i++;
        if (i == routed->n_params)
            return false;
        struct sw_str value = r->match.values[i];
        for (size_t k = 0; k < value.n; k++) {
            unsigned char c = (unsigned char)value.p[k];
            bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
            if (plain)
                sw_buf_add(&b, &c, 1);
            else
                sw_buf_addf(&b, "%%%02X", c);
        }
        p += n + 1;
        p += strcspn(p, "}");
        p += *p == '}';
    }
    *out = sw_buf_str(&b);
    return !b.full;
}

static bool may_show_again(int code)
{
    return code == SW_EINVALID || code == SW_ESTATE || code == SW_ESTALE || code == SW_ERULE || code == SW_ETOOMANY || code == SW_EDENIED;
}

/* The GET page of the form, filled as the person left it, with what was refused. False: it can't be shown, the error page will do. */
static bool show_again(struct sw_req *r, int code, const struct sw_err *refusal, struct sw_http_out *out)
{
    struct sw_req *g = sw_req_new(r->web, r->in);
    struct sw_err err = {.code = SW_OK};
    struct sw_refill refill = {
        .form = r->match.routed->route->form, .action = r->path, .pairs = r->pairs, .n = r->n_pairs, .errs = &r->errs};
    struct sw_str path;
    if (!again_path(r, &path))
        return false;
    const char *question = path.n ? memchr(path.p, '?', path.n) : NULL;
    g->method = SW_M_GET;
    g->path = question ? (struct sw_str){path.p, (size_t)(question - path.p)} : path;
    g->query = question ? (struct sw_str){question + 1, path.n - g->path.n - 1} : (struct sw_str){NULL, 0};
    g->json = false;
    if (!r->errs.n && refusal->field[0]) {
        r->errs.v = SW_NEW(r->arena, struct sw_err);
        r->errs.v[0] = *refusal;
        r->errs.n = r->errs.max = 1;
    }
    g->refill = &refill;
    struct sw_str notice = {NULL, 0};
    if (!r->errs.n)
        notice = code == SW_ERULE && !(r->viewer.licences & SW_STAFF)
                     ? sw_str_of(_("The shop's price rules need a correction first. Please call us."))
                     : sw_copy(r->arena, sw_str_of(refusal->message));
    g->notice = notice;
    bool shown = sw_store_snapshot(r->web->store, &g->run, &g->tx, &err) == SW_OK && sw_session_resolve(g, &err) == SW_OK &&
                 find_route(g, &err) == SW_OK;
    if (shown) {
        for (size_t i = 0; i < r->answer.n_cookies && r->answer.refused; i++)
            g->answer.cookies[g->answer.n_cookies++] = r->answer.cookies[i];
        shown = run_get(g, &err) == SW_OK && g->answer.html;
    }
    if (shown) {
        g->answer.status = sw_status_of(code);
        g->answer.etag = (struct sw_str){NULL, 0};
        if (code == SW_ETOOMANY)
            g->answer.retry = "60";
        sw_answer_send(g, out);
        r->web->refused++;
    }
    if (g->tx)
        sw_store_snapshot_end(g->tx);
    return shown;
}

void sw_web_answer(struct sw_web *w, struct sw_web_write *x, bool committed, struct sw_http_out *out)
{
    struct sw_req *r = x->r;
    int code = x->code;
    sw_locale_set(&r->locale);
    sw_log_context(r->in->id, r->shop);
    if (code == SW_OK && !x->final && !committed) {
        code = sw_fail(&x->err, SW_EBUSY, "", "%s", _("That could not be saved just now, and nothing was changed. Please try again in a moment."));
    }
    if (code && r->answer.refused && !committed)
        r->answer.refused = false;
    if (code) {
        bool page = !r->json && r->match.routed && r->match.routed->route->again && may_show_again(code);
        if (page && show_again(r, code, &x->err, out))
            return;
        struct sw_err err;
        if (!r->json && sw_store_snapshot(w->store, &r->run, &r->tx, &err) == SW_OK) {
            bool kept = r->answer.refused;
            if (sw_session_resolve(r, &err) != SW_OK)
                r->answer.refused = kept;
        }
        sw_error_answer(r, code, &x->err);
    }
    sw_answer_send(r, out);
    if (r->tx)
        sw_store_snapshot_end(r->tx);
    r->tx = NULL;
}
