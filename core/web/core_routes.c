/* web/core_routes.c: core as a plugin table: health, metrics, the API's description, files, touch notes. */
#include "web/request.h"
#include "web/outbox_pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 100000 };

struct health {
    bool ok, demo;
    int64_t outbox_waiting, outbox_dead;
};
static const struct sw_field health_fields[] = {
    SW_F_BOOL(struct health, ok, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct health, outbox_waiting, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct health, outbox_dead, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct health, demo, 4, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record health_view = {SW_RECORD(struct health, "core.health", health_fields), .audience = SW_FOR_CUSTOMER};

/* Of all shops: whoever watches the installation asks no single one. */
static int outbox_counts(struct sw_req *r, size_t *waiting, size_t *dead, size_t *n_shops, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    uint32_t *shops;
    static const struct sw_viewer nobody;
    *waiting = *dead = 0;
    int code = sw_store_shops(tx, &shops, n_shops, err);
    for (size_t i = 0; code == SW_OK && i < *n_shops; i++) {
        sw_tx_set_viewer(tx, shops[i], &nobody, true);
        struct sw_scan scan = {.type = &sw_outbox_record, .index = "due", .equal = {SW_K_INT(SW_OUTBOX_WAITING)}};
        size_t n = 0;
        code = sw_count(tx, &scan, COUNT_MAX, &n, err);
        *waiting += n;
        scan.equal[0] = SW_K_INT(SW_OUTBOX_DEAD);
        if (code == SW_OK)
            code = sw_count(tx, &scan, COUNT_MAX, &n, err);
        *dead += n;
    }
    sw_tx_set_viewer(tx, r->shop, &r->viewer, false);
    return code;
}

static int health(struct sw_req *r, struct sw_err *err)
{
    size_t waiting, dead, shops;
    int code = outbox_counts(r, &waiting, &dead, &shops, err);
    if (code)
        return code;
    struct health *v = SW_NEW(r->arena, struct health);
    const struct sw_config *c = sw_config();
    *v = (struct health){.ok = true, .demo = c && c->demo, .outbox_waiting = (int64_t)waiting, .outbox_dead = (int64_t)dead};
    if (!r->json)
        return sw_send(r, "text/plain; charset=utf-8",
                       sw_printf(r->arena, "ok\noutbox_waiting %zu\noutbox_dead %zu\n", waiting, dead));
    return sw_show(r, v);
}

static bool is_local(const struct sw_req *r)
{
    struct sw_str a = r->in->address;
    return a.n == 0 || sw_str_is(a, "::1") || sw_str_is(a, "::ffff:127.0.0.1") || (a.n > 4 && memcmp(a.p, "127.", 4) == 0);
}

static int nothing_here(struct sw_err *err)
{
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is nothing at this address, or it isn't yours to see."));
}

static int metrics(struct sw_req *r, struct sw_err *err)
{
    if (!is_local(r))
        return nothing_here(err);
    size_t waiting, dead, shops;
    int code = outbox_counts(r, &waiting, &dead, &shops, err);
    if (code)
        return code;
    struct sw_store_health h = {.used = 0};
    sw_store_health(r->web->store, &h);
    const struct sw_web *w = r->web;
    struct sw_buf b;
    sw_buf_init(&b, r->arena, 2048, 16384);
#define GAUGE(name, help, value) \
    sw_buf_addf(&b, "# HELP " name " " help "\n# TYPE " name " gauge\n" name " %" PRIu64 "\n", (uint64_t)(value))
#define COUNTER(name, help, value) \
    sw_buf_addf(&b, "# HELP " name " " help "\n# TYPE " name " counter\n" name " %" PRIu64 "\n", (uint64_t)(value))
    GAUGE("shopwright_shops", "Shops of the installation.", shops);
    GAUGE("shopwright_outbox_waiting", "Effects that wait to leave.", waiting);
    GAUGE("shopwright_outbox_dead", "Effects that could not be delivered.", dead);
    GAUGE("shopwright_store_bytes", "Bytes the store uses.", h.used);
    GAUGE("shopwright_store_map_bytes", "Bytes reserved for the store.", h.map_size);
    GAUGE("shopwright_store_readers", "Open readers of the store.", h.readers);
    COUNTER("shopwright_store_transactions_total", "The store's newest transaction.", h.last_tx);
    COUNTER("shopwright_worker_requests_total", "Requests that this worker answered.", w->requests);
    COUNTER("shopwright_worker_refused_total", "Requests that this worker refused.", w->refused);
    COUNTER("shopwright_worker_failed_total", "Requests that failed in this worker.", w->failed);
#undef GAUGE
#undef COUNTER
    return sw_send(r, "text/plain; version=0.0.4; charset=utf-8", sw_buf_str(&b));
}

static int openapi(struct sw_req *r, struct sw_err *err)
{
    struct sw_str text = sw_openapi(r->web);
    if (!text.n)
        return sw_fail(err, SW_EFAIL, "", "The API's description does not fit in its buffer.");
    return sw_send(r, "application/json", text);
}

static int file(struct sw_req *r, struct sw_err *err)
{
    const struct sw_file *f = sw_req_record(r, "file");
    struct sw_str as = sw_req_query(r, "as"), blob = f->blob, mime = f->mime;
    if (f->internal && !(r->viewer.licences & SW_STAFF))
        return nothing_here(err);
    bool picture = mime.n > 6 && memcmp(mime.p, "image/", 6) == 0, video = mime.n > 6 && memcmp(mime.p, "video/", 6) == 0;
    struct sw_str played = video ? SW_STR("video/mp4") : SW_STR("image/jpeg");
    if (as.n && !sw_str_is(as, "thumb") && !sw_str_is(as, "play"))
        return sw_fail(err, SW_EMALFORMED, "as", "%s", _("A file can be asked for as \"thumb\" or \"play\", or without either."));
    if (sw_str_is(as, "thumb")) {
        blob = f->thumb;
        mime = SW_STR("image/jpeg");
    } else if (as.n || ((picture || video) && !(r->viewer.licences & SW_STAFF))) {
        /* The camera wrote into the original where it was taken: a customer gets what we made of it. */
        blob = f->play;
        mime = played;
    }
    if (!blob.n && f->state == SW_FILE_NEW)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This file is still being prepared. Please look again in a minute."));
    if (!blob.n && f->state == SW_FILE_BROKEN)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This photo or video can't be shown: its file is damaged, cut off or far too large."));
    if (!blob.n)
        return nothing_here(err);
    /* Only what a browser shows without running anything is shown in place. */
    bool shown = (mime.n > 6 && (memcmp(mime.p, "image/", 6) == 0 || memcmp(mime.p, "video/", 6) == 0)) || sw_str_is(mime, "application/pdf");
    if (sw_str_is(mime, "image/svg+xml"))
        shown = false;
    sw_set_header(r, "Cache-Control", SW_STR("private, max-age=3600"));
    return sw_send_blob(r, blob, shown ? sw_cstr(r->arena, mime) : "application/octet-stream", f->name, shown);
}

static int signed_in(struct sw_req *r, struct sw_err *err)
{
    if (!sw_session_any(r))
        return sw_fail(err, SW_EUNAUTH, "", "%s", _("Please sign in first."));
    return sw_send(r, "text/plain", SW_STR("ok\n"));
}

/* One note a line: shop, type, id, field, time. From the read pool over the write pool's own socket, never through nginx. */
static int touch_one(struct sw_req *r, struct sw_str line, struct sw_err *err)
{
    char type_name[64], field_name[64];
    unsigned shop;
    unsigned long long id;
    long long at;
    if (line.n >= 200 || sscanf(sw_cstr(r->arena, line), "%u %63s %llu %63s %lld", &shop, type_name, &id, field_name, &at) != 5)
        return SW_OK;
    const struct sw_record *type = sw_host_record(sw_str_of(type_name));
    const struct sw_field *f = type ? sw_field_find(type, sw_str_of(field_name)) : NULL;
    if (!f)
        return SW_OK;
    static const struct sw_viewer nobody;
    sw_tx_set_viewer(r->tx, shop, &nobody, true);
    void *rec = sw_alloc(r->arena, type->size);
    int code = sw_get(r->tx, type, id, rec, err);
    if (code)
        return code == SW_ENOTFOUND ? SW_OK : code;
    void *p = sw_field_ptr(f, rec);
    if (f->kind == SW_KIND_BOOL) {
        if (*(bool *)p)
            return SW_OK;
        *(bool *)p = true;
    } else if (f->kind == SW_KIND_TIME) {
        if (*(int64_t *)p >= at)
            return SW_OK;
        *(int64_t *)p = at;
    } else {
        return SW_OK;
    }
    return sw_put(r->tx, type, rec, "seen", err);
}

static int touch(struct sw_req *r, struct sw_err *err)
{
    if (r->in->address.n) /* somebody from outside */
        return nothing_here(err);
    struct sw_str body = r->in->body;
    size_t n = 0;
    while (body.n && n++ < SW_TOUCHES_MAX) {
        const char *nl = memchr(body.p, '\n', body.n);
        struct sw_str line = {body.p, nl ? (size_t)(nl - body.p) : body.n};
        size_t step = line.n + (nl != NULL);
        body.p += step;
        body.n -= step;
        int code = touch_one(r, line, err);
        if (code)
            return code;
    }
    return sw_send(r, "text/plain", SW_STR("ok\n"));
}

static const struct sw_record *const records[] = {&sw_session_record, &sw_token_record, &sw_link_record,
                                                  &sw_once_record,    &sw_limit_record, NULL};

static const struct sw_route routes[] = {
    {.method = "GET", .path = "/health", .who = SW_ANYONE, .view = &health_view, .handle = health,
     .summary = "Whether the installation works"},
    {.method = "GET", .path = "/metrics", .who = SW_ANYONE, .handle = metrics, .summary = "Figures for Prometheus; local addresses only"},
    {.method = "GET", .path = "/openapi.json", .who = SW_ANYONE, .handle = openapi, .summary = "This description"},
    {.method = "GET", .path = "/files/{file:core.file}", .who = SW_SIGNED_IN, .handle = file,
     .summary = "A file; ?as=thumb its thumbnail, ?as=play a video that any browser plays"},
    {.method = "GET", .path = "/signed-in", .who = SW_ANYONE, .flags = SW_JSON_ONLY, .handle = signed_in, /* never a redirect */
     .summary = "Whether somebody is signed in; nginx asks it before it takes in a file"},
    {.method = "POST", .path = "/uploads", .who = SW_SIGNED_IN, .flags = SW_JSON_ONLY, .form = &sw_upload_begin_record,
     .view = &sw_upload_view_record, .prepare = sw_upload_begin_prepare, .handle = sw_upload_begin,
     .summary = "Begin a file in pieces; the form it belongs to then names it in its field upload"},
    {.method = "PUT", .path = "/uploads/{upload}", .who = SW_SIGNED_IN, .flags = SW_JSON_ONLY | SW_UPLOAD | SW_SLOW,
     .form = &sw_upload_piece_record, .view = &sw_upload_view_record, .prepare = sw_upload_piece_prepare, .handle = sw_upload_show,
     .summary = "The next piece of a file, at most 4 MB, at ?offset=N; the last one makes it whole"},
    {.method = "GET", .path = "/uploads/{upload}", .who = SW_SIGNED_IN, .flags = SW_JSON_ONLY, .view = &sw_upload_view_record,
     .handle = sw_upload_show, .summary = "How much of a file in pieces is here"},
    {.method = "GET", .path = "/demo/outbox", .who = SW_ANYONE, .view = &sw_outbox_view_record, .page = "outbox.html",
     .handle = sw_outbox_page, .summary = "The mails of a demo instance"},
    {.method = "GET", .path = "/demo/outbox/{name}", .who = SW_ANYONE, .view = &sw_mail_view_record, .page = "mail.html",
     .handle = sw_outbox_mail_page, .flags = SW_SECRET_PATH, .summary = "One mail of a demo instance"},
    {.method = "POST", .path = "/internal/touch", .who = SW_ANYONE, .flags = SW_NO_CSRF, .handle = touch,
     .summary = "Touch notes of the read pool"},
    {.path = NULL},
};

static const struct sw_timer timers[] = {
    {.name = "sweep", .every = 10 * SW_MINUTE, .run = sw_session_sweep},
    {.name = NULL},
};

const struct sw_plugin sw_core_plugin = {
    SW_PLUGIN_HEAD, .name = "core", .version = "1", .summary = "Health, files, sessions, and the API's description",
    .records = records, .routes = routes, .timers = timers,
};
