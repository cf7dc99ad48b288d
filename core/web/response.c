/* web/response.c: what a handler hands over becomes a page or JSON, and headers. */
#include "web/request.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* ---- What handlers call */

int sw_show_as(struct sw_req *r, const struct sw_record *view_type, const void *view, const char *page)
{
    struct sw_answer *x = &r->answer;
    x->kind = SW_ANSWER_VIEW;
    x->view_type = view_type;
    x->view = view;
    x->page = NULL;
    if (!page || r->json)
        return SW_OK;
    return sw_page_find(r, view_type, page, &x->page, &r->err);
}

int sw_show(struct sw_req *r, const void *view)
{
    struct sw_answer *x = &r->answer;
    x->kind = SW_ANSWER_VIEW;
    x->view_type = r->match.routed->route->view;
    x->view = view;
    x->page = r->match.routed->page[r->lang];
    return SW_OK;
}

int sw_done(struct sw_req *r, uint64_t id, const char *path_fmt, ...)
{
    char path[SW_PATH_MAX + 1];
    va_list ap;
    va_start(ap, path_fmt);
    int n = vsnprintf(path, sizeof(path), path_fmt, ap);
    va_end(ap);
    if (n < 0 || n >= (int)sizeof(path))
        return sw_fail(&r->err, SW_EFAIL, "", "The next page's address is longer than %d bytes.", SW_PATH_MAX);
    /* Our own site only: "//host" and "/\host" are other sites to a browser. Control characters would end the header. */
    bool own = path[0] == '/' && path[1] != '/' && path[1] != '\\';
    for (int i = 0; i < n; i++)
        own = own && (unsigned char)path[i] > ' ' && path[i] != 127;
    r->answer.kind = SW_ANSWER_DONE;
    r->answer.id = id;
    r->answer.location = own ? sw_copy(r->arena, (struct sw_str){path, (size_t)n}) : SW_STR("/");
    return SW_OK;
}

void sw_flash(struct sw_req *r, const char *message)
{
    r->answer.flash = sw_copy(r->arena, sw_str_of(message));
    if (r->answer.flash.n > SW_ERR_MESSAGE_MAX)
        r->answer.flash.n = 0;
}

int sw_refuse(struct sw_req *r, enum sw_code code, const char *field, const char *message)
{
    sw_fail(&r->err, code, field, "%s", message);
    r->answer.refused = true;
    return SW_OK;
}

int sw_send(struct sw_req *r, const char *mime, struct sw_str bytes)
{
    r->answer.kind = SW_ANSWER_BYTES;
    r->answer.mime = sw_copy(r->arena, sw_str_of(mime));
    r->answer.body = sw_copy(r->arena, bytes); /* it may point into the snapshot */
    return SW_OK;
}

/* RFC 6266: an ASCII name for old readers, the real one percent-encoded. */
static struct sw_str disposition(struct sw_arena *a, struct sw_str name, bool inline_)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 200, 2000);
    sw_buf_adds(&b, inline_ ? "inline" : "attachment");
    if (!name.n)
        return sw_buf_str(&b);
    sw_buf_adds(&b, "; filename=\"");
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool plain = c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '%' && c != '/';
        sw_buf_add(&b, plain ? &c : "_", 1);
    }
    sw_buf_adds(&b, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
        if (plain)
            sw_buf_add(&b, &c, 1);
        else
            sw_buf_addf(&b, "%%%02X", c);
    }
    return sw_buf_str(&b);
}

int sw_send_blob(struct sw_req *r, struct sw_str hash, const char *mime, struct sw_str name, bool inline_)
{
    struct sw_str path;
    int code = sw_blob_path(r->arena, r->shop, hash, &path);
    if (code)
        return sw_fail(&r->err, SW_ENOTFOUND, "", "%s", _("This file is not there."));
    /* nginx serves HOME/blobs under an address that only X-Accel-Redirect reaches. */
    static const char folder[] = "/blobs/";
    const char *at = NULL, *end = path.p + path.n;
    for (const char *p = path.p; p < end && (p = memmem(p, (size_t)(end - p), folder, sizeof(folder) - 1)); p++)
        at = p + sizeof(folder) - 1;
    if (!at)
        return sw_fail(&r->err, SW_EFAIL, "", "A blob's path is outside of the instance's blobs.");
    struct sw_answer *x = &r->answer;
    x->kind = SW_ANSWER_BLOB;
    x->accel = sw_printf(r->arena, "/protected/%.*s", (int)(end - at), at);
    x->mime = sw_copy(r->arena, sw_str_of(mime));
    x->disposition = disposition(r->arena, name, inline_);
    return SW_OK;
}

void sw_set_status(struct sw_req *r, int status)
{
    r->answer.status = status;
}

void sw_set_header(struct sw_req *r, const char *name, struct sw_str value)
{
    struct sw_answer *x = &r->answer;
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == '\r' || value.p[i] == '\n' || value.p[i] == '\0')
            return;
    if (x->n_extra < SW_EXTRA_HEADERS_MAX)
        x->extra[x->n_extra++] = (struct sw_http_header){sw_copy(r->arena, sw_str_of(name)), sw_copy(r->arena, value)};
}

/* ---- Pages */

static const char *const lang_names[SW_LANGS] = {"en", "es"};

static const struct sw_record *find_form(struct sw_str name)
{
    const struct sw_loaded *loaded;
    size_t n = sw_host_plugins(&loaded);
    for (size_t i = 0; i < n; i++)
        for (const struct sw_route *t = loaded[i].plugin->routes; t && t->path; t++)
            if (t->form && sw_str_is(name, t->form->name))
                return t->form;
    return NULL;
}

static const char *domain_of(const struct sw_loaded *from)
{
    return from->plugin == &sw_core_plugin ? "shopwright" : from->plugin->name;
}

/* Pages of tables are found at load; those of sw_show_as once a process. */
static int page_load(struct sw_web *w, const struct sw_loaded *from, const struct sw_record *view, const char *file,
                     struct sw_shown_page **out, struct sw_err *err)
{
    for (struct sw_shown_page *p = w->shown; p; p = p->next)
        if (p->view == view && p->from == from && strcmp(p->file, file) == 0) {
            *out = p;
            return SW_OK;
        }
    struct sw_shown_page *p = SW_NEW(w->arena, struct sw_shown_page);
    p->view = view;
    p->file = file;
    p->from = from;
    for (int i = 0; i < SW_LANGS; i++) {
        int code = sw_template_load(from->folder, file, view, find_form, domain_of(from), lang_names[i], &p->page[i], err);
        if (code) {
            while (i-- > 0)
                sw_template_free(p->page[i]);
            return code;
        }
    }
    p->next = w->shown;
    w->shown = p;
    *out = p;
    return SW_OK;
}

int sw_page_load(struct sw_web *w, const struct sw_loaded *from, const struct sw_record *view, const char *file,
                 struct sw_template *out[SW_LANGS], struct sw_err *err)
{
    struct sw_shown_page *p;
    int code = page_load(w, from, view, file, &p, err);
    if (code == SW_OK)
        memcpy(out, p->page, sizeof(p->page));
    return code;
}

int sw_page_find(struct sw_req *r, const struct sw_record *view, const char *file, struct sw_template **out, struct sw_err *err)
{
    struct sw_shown_page *p;
    int code = page_load(r->web, r->match.routed->from, view, file, &p, err);
    if (code == SW_OK)
        *out = p->page[r->lang];
    return code;
}

/* "+13105550142" as its country writes it. */
static struct sw_str phone_text(struct sw_arena *a, struct sw_str p)
{
    if (p.n == 12 && memcmp(p.p, "+1", 2) == 0)
        return sw_printf(a, "(%.3s) %.3s-%.4s", p.p + 2, p.p + 5, p.p + 8);
    return sw_copy(a, p);
}

static const struct sw_page *face_of(struct sw_req *r)
{
    static const struct sw_page none;
    if (!r->shop)
        return &none;
    struct sw_web *w = r->web;
    const struct sw_shop *s = sw_shop(r->tx);
    struct sw_shop_face *f = &w->faces[r->shop % (sizeof(w->faces) / sizeof(w->faces[0]))];
    if (f->arena && f->shop == r->shop && f->version == s->head.version)
        return &f->page;
    if (f->arena)
        sw_arena_reset(f->arena);
    else
        f->arena = sw_arena_new(0);
    f->shop = r->shop;
    f->version = s->head.version;
    memset(&f->page, 0, sizeof(f->page));
    f->page.title_shop = sw_copy(f->arena, s->name);
    f->page.shop_phone = phone_text(f->arena, s->phone);
    f->page.shop_phone_href = s->phone.n ? sw_printf(f->arena, "tel:" SW_STR_FMT, SW_STR_ARG(s->phone)) : s->phone;
    f->page.shop_email = sw_copy(f->arena, s->email);
    f->page.shop_address = sw_copy(f->arena, s->address);
    f->page.shop_opening = sw_copy(f->arena, s->opening);
    f->page.demo = s->demo;
    return &f->page;
}

static bool place_holds(const struct sw_place *p, struct sw_str path)
{
    size_t n = strlen(p->path);
    return path.n >= n && memcmp(path.p, p->path, n) == 0 && (path.n == n || path.p[n] == '/' || (n > 0 && p->path[n - 1] == '/'));
}

struct sw_str sw_home_of(struct sw_req *r)
{
    const struct sw_web *w = r->web;
    for (size_t i = 0; i < w->n_places; i++)
        if (!r->is_guest && (w->places[i].place->who & r->viewer.licences))
            return sw_str_of(w->places[i].place->path);
    return SW_STR("/login");
}

/* The message that the page before left, in a cookie that only this session's pages can have made. */
static void flash_mac(struct sw_req *r, struct sw_str message, char hex[33])
{
    unsigned char mac[16];
    sw_session_csrf(r);
    crypto_generichash(mac, sizeof(mac), (const unsigned char *)message.p, message.n, (const unsigned char *)r->csrf.p, r->csrf.n);
    sw_hex(hex, mac, sizeof(mac));
}

static void flash_take(struct sw_req *r, struct sw_page *p)
{
    unsigned char text[SW_ERR_MESSAGE_MAX];
    char hex[33];
    size_t n = 0;
    sw_cookie_set(r, "sw_flash", SW_STR(""), 0);
    if (r->c_flash.n < 34 || r->c_flash.p[32] != '.' ||
        sodium_base642bin(text, sizeof(text), r->c_flash.p + 33, r->c_flash.n - 33, NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return;
    struct sw_str message = {(const char *)text, n};
    flash_mac(r, message, hex);
    if (sodium_memcmp(hex, r->c_flash.p, 32) == 0 && sw_str_is_text(message))
        p->flash = sw_copy(r->arena, message);
}

static void flash_leave(struct sw_req *r)
{
    char hex[33], text[SW_ERR_MESSAGE_MAX * 2];
    struct sw_str m = r->answer.flash;
    flash_mac(r, m, hex);
    sodium_bin2base64(text, sizeof(text), (const unsigned char *)m.p, m.n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sw_cookie_set(r, "sw_flash", sw_printf(r->arena, "%s.%s", hex, text), 60);
}

void sw_page_fill(struct sw_req *r, struct sw_page *p)
{
    struct sw_web *w = r->web;
    const struct sw_route *route = r->match.routed ? r->match.routed->route : NULL;
    *p = *face_of(r);
    p->lang = sw_str_of(lang_names[r->lang]);
    p->path = r->path;
    p->user_name = r->viewer.name;
    sw_session_csrf(r);
    p->csrf = r->csrf;
    p->nonce = (struct sw_str){r->nonce_out, 32};
    p->build = w->build;
    p->signed_in = r->viewer.user != 0;
    p->area = r->viewer.licences & SW_STAFF ? SW_STR("staff") : r->viewer.licences & SW_PORTAL ? SW_STR("portal") : SW_STR("public");
    p->live = route && (route->flags & SW_LIVE);
    if (p->live) {
        struct sw_buf b;
        sw_buf_init(&b, r->arena, 24, 64);
        sw_format_int(&b, SW_FMT_TIME, r->run.now, r->run.now);
        p->live_at = sw_buf_str(&b);
    }
    if (r->pre_is_new)
        sw_cookie_set(r, "sw_pre", r->c_pre, 12 * 3600);
    if (r->c_flash.n)
        flash_take(r, p);
    p->notice = r->notice;
    if (r->refill && r->refill->errs && r->refill->errs->n) {
        p->errors.v = SW_NEW_N(r->arena, struct sw_page_error, r->refill->errs->n);
        for (size_t i = 0; i < r->refill->errs->n; i++) {
            const struct sw_err *e = &r->refill->errs->v[i];
            if (e->field[0])
                p->errors.v[p->errors.n++] = (struct sw_page_error){sw_str_of(e->field), sw_str_of(e->message)};
        }
    }
    if (!w->n_places || r->is_guest || !r->viewer.licences)
        return;
    p->places.v = SW_NEW_N(r->arena, struct sw_page_place, w->n_places);
    struct sw_page_place *current = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < w->n_places; i++) {
        const struct sw_place *at = w->places[i].place;
        if (!(at->who & r->viewer.licences))
            continue;
        struct sw_page_place *to = &p->places.v[p->places.n++];
        *to = (struct sw_page_place){sw_str_of(at->path), sw_str_of(sw_text(w->places[i].domain, at->label)), sw_str_of(at->icon), false};
        if (place_holds(at, r->path) && to->path.n > longest) {
            longest = to->path.n;
            current = to;
        }
    }
    if (current)
        current->current = true;
}

/* ---- Making the body, inside the transaction */

static int finish_view(struct sw_req *r, struct sw_err *err)
{
    struct sw_answer *x = &r->answer;
    struct sw_buf b;
    if (!x->view_type)
        return sw_fail(err, SW_EFAIL, "", "Route %s shows a view but states none.", r->match.routed->route->path);
    if (r->json || !x->page) {
        sw_buf_init(&b, r->arena, 4096, SW_PAGE_MAX);
        sw_json_encode(&b, x->view_type, x->view, sw_req_reader(r));
        x->mime = SW_STR("application/json");
    } else {
        struct sw_page page;
        sw_page_fill(r, &page);
        struct sw_render render = {.arena = r->arena, .who = sw_req_reader(r), .now = r->run.now, .view = x->view, .page = &page,
                                   .refill = r->refill};
        sw_buf_init(&b, r->arena, 20000, SW_PAGE_MAX);
        sw_template_render(x->page, &render, &b);
        x->mime = SW_STR("text/html; charset=utf-8");
        x->html = true;
    }
    if (b.full)
        return sw_fail(err, SW_EFAIL, "", "The page is larger than %d kB.", SW_PAGE_MAX / 1024);
    x->body = sw_buf_str(&b);
    return SW_OK;
}

int sw_answer_finish(struct sw_req *r, struct sw_err *err)
{
    struct sw_answer *x = &r->answer;
    if (r->err.code && !x->refused) { /* sw_show_as, sw_done or sw_send_blob failed and the handler went on */
        *err = r->err;
        return (int)r->err.code;
    }
    switch (x->kind) {
    case SW_ANSWER_NONE:
        return sw_fail(err, SW_EFAIL, "", "Route %s %s gave no answer.", r->match.routed->route->method, r->match.routed->route->path);
    case SW_ANSWER_VIEW:
        /* The ETag first: whoever has this page already needs none made. */
        if (r->method == SW_M_GET && (!x->status || x->status == 200) && !x->etag.n && sw_etag_holds(r)) {
            x->kind = SW_ANSWER_UNCHANGED;
            return SW_OK;
        }
        if (!x->status)
            x->status = 200;
        return finish_view(r, err);
    case SW_ANSWER_DONE:
        if (x->flash.n && !r->json)
            flash_leave(r);
        if (r->json) {
            struct sw_buf b;
            sw_buf_init(&b, r->arena, 200, 8192);
            sw_buf_adds(&b, "{");
            if (x->id)
                sw_buf_addf(&b, "\"id\":%llu,", (unsigned long long)x->id);
            sw_buf_adds(&b, "\"location\":");
            sw_json_text(&b, x->location);
            sw_buf_adds(&b, "}");
            x->body = sw_buf_str(&b);
            x->mime = SW_STR("application/json");
        }
        if (!x->status)
            x->status = !r->json ? 303 : x->id ? 201 : 200;
        return SW_OK;
    case SW_ANSWER_BYTES:
    case SW_ANSWER_BLOB:
        if (!x->status)
            x->status = 200;
        return SW_OK;
    case SW_ANSWER_UNCHANGED:
        return SW_OK;
    }
    return SW_OK;
}

/* ---- Headers */

#define CSP                                                                                                                      \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; " \
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

static void put(struct sw_http_out *out, struct sw_str name, struct sw_str value)
{
    if (value.n && out->n_headers < sizeof(out->headers) / sizeof(out->headers[0]))
        out->headers[out->n_headers++] = (struct sw_http_header){name, value};
}

static bool has_extra(const struct sw_answer *x, const char *name)
{
    for (size_t i = 0; i < x->n_extra; i++)
        if (sw_str_is(x->extra[i].name, name))
            return true;
    return false;
}

void sw_answer_send(struct sw_req *r, struct sw_http_out *out)
{
    const struct sw_answer *x = &r->answer;
    const struct sw_route *route = r->match.routed ? r->match.routed->route : NULL;
    out->n_headers = 0;
    out->body = (struct sw_str){NULL, 0};
    out->status = x->kind == SW_ANSWER_UNCHANGED ? 304 : x->status ? x->status : 200;
    bool body = x->kind != SW_ANSWER_UNCHANGED && x->status != 303;
    if (body && (x->body.n || x->kind == SW_ANSWER_BLOB))
        put(out, SW_STR("Content-Type"), x->mime);
    put(out, SW_STR("Content-Security-Policy"), SW_STR(CSP));
    put(out, SW_STR("X-Content-Type-Options"), SW_STR("nosniff"));
    put(out, SW_STR("Referrer-Policy"),
        route && (route->flags & SW_SECRET_PATH) ? SW_STR("no-referrer") : SW_STR("same-origin"));
    if (!has_extra(x, "Cache-Control"))
        put(out, SW_STR("Cache-Control"), SW_STR("private, no-cache"));
    put(out, SW_STR("Vary"), SW_STR("Accept, Cookie, Accept-Language"));
    put(out, SW_STR("ETag"), out->status == 200 || out->status == 304 ? x->etag : (struct sw_str){NULL, 0});
    put(out, SW_STR("Location"), x->location);
    put(out, SW_STR("X-Accel-Redirect"), x->accel);
    put(out, SW_STR("Content-Disposition"), x->disposition);
    put(out, SW_STR("Allow"), sw_str_of(x->allow));
    put(out, SW_STR("Retry-After"), sw_str_of(x->retry));
    for (size_t i = 0; i < x->n_extra; i++)
        put(out, x->extra[i].name, x->extra[i].value);
    for (size_t i = 0; i < x->n_cookies; i++)
        put(out, SW_STR("Set-Cookie"), x->cookies[i]);
    if (body && !r->head)
        out->body = x->body;
}
