/* web/request.c: one request as handlers see it: its parts, its fields, the records of its path. */
#include "web/request.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>


void sw_hex(char *out, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

/* Fast key erasure: the process's key makes the next key, this request's seed and its nonce; none of them says anything about another. */
void sw_req_draw(struct sw_req *r)
{
    static const unsigned char zero[crypto_stream_chacha20_NONCEBYTES];
    unsigned char block[32 + 32 + 16];
    crypto_stream_chacha20(block, sizeof(block), zero, r->web->stream_key);
    memcpy(r->web->stream_key, block, 32);
    memcpy(r->run.seed, block + 32, 32);
    sw_hex(r->nonce_out, block + 64, 16);
    sodium_memzero(block, sizeof(block));
    r->run.now = sw_clock();
}

static bool has_word(struct sw_str header, const char *word)
{
    return header.n && memmem(header.p, header.n, word, strlen(word)) != NULL;
}

static void read_cookies(struct sw_req *r)
{
    struct sw_str c = r->in->cookie;
    size_t skip = r->in->secure ? sizeof("__Host-") - 1 : 0;
    while (c.n) {
        const char *semi = memchr(c.p, ';', c.n);
        struct sw_str one = {c.p, semi ? (size_t)(semi - c.p) : c.n};
        c.n -= semi ? one.n + 1 : one.n;
        c.p += semi ? one.n + 1 : one.n;
        one = sw_str_trim(one);
        const char *eq = one.n ? memchr(one.p, '=', one.n) : NULL;
        if (!eq)
            continue;
        struct sw_str name = {one.p, (size_t)(eq - one.p)};
        struct sw_str value = {eq + 1, one.n - name.n - 1};
        if (skip) {
            if (name.n <= skip || memcmp(name.p, "__Host-", skip) != 0)
                continue;
            name.p += skip;
            name.n -= skip;
        }
        if (sw_str_is(name, "sw"))
            r->c_session = value;
        else if (sw_str_is(name, "sw_guest"))
            r->c_guest = value;
        else if (sw_str_is(name, "sw_pre"))
            r->c_pre = value;
        else if (sw_str_is(name, "sw_flash"))
            r->c_flash = value;
    }
}

struct sw_req *sw_req_new(struct sw_web *w, const struct sw_http_in *in)
{
    struct sw_req *r = SW_NEW(in->arena, struct sw_req);
    r->web = w;
    r->in = in;
    r->arena = in->arena;
    r->method = sw_method_of(in->method);
    r->head = sw_str_is(in->method, "HEAD");
    r->path = in->path;
    r->query = in->query;
    bool html = has_word(in->accept, "text/html");
    r->enough_json_body = has_word(in->content_type, "application/json");
    r->json = !html && (has_word(in->accept, "application/json") || r->enough_json_body || in->authorization.n);
    r->run.arena = in->arena;
    r->run.system = true;
    r->run.req = r;
    if (in->cookie.n && in->cookie.n <= SW_COOKIES_MAX)
        read_cookies(r);
    sw_req_draw(r);
    return r;
}

struct sw_str sw_pair_of(const struct sw_pair *pairs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (sw_str_is(pairs[i].name, name))
            return pairs[i].value;
    return (struct sw_str){NULL, 0};
}

struct sw_reader sw_req_reader(const struct sw_req *r)
{
    return (struct sw_reader){.customer = !(r->viewer.licences & SW_STAFF), .priced = r->priced};
}

/* ---- What the body says */

static int json_body(struct sw_req *r, struct sw_err *err)
{
    if (r->in->body_file.n)
        return sw_fail(err, SW_ETOOLARGE, "", _("This address takes JSON of at most %d kB."), SW_BODY_MAX / 1024);
    return SW_OK;
}

int sw_req_parse_body(struct sw_req *r, struct sw_err *err)
{
    const struct sw_http_in *in = r->in;
    const struct sw_route *route = r->match.routed->route;
    r->pairs_read = true;
    if (r->method == SW_M_PUT && (route->flags & SW_UPLOAD) && !has_word(in->content_type, "multipart/form-data")) {
        if (r->enough_json_body)
            return json_body(r, err);
        return sw_multipart_parse(r, err);
    }
    if (r->enough_json_body)
        return json_body(r, err);
    if (has_word(in->content_type, "multipart/form-data")) {
        if (!(route->flags & SW_UPLOAD))
            return sw_fail(err, SW_EMALFORMED, "", "%s", _("This address takes no files."));
        return sw_multipart_parse(r, err);
    }
    if (in->body.n == 0 && in->body_file.n == 0)
        return SW_OK;
    if (has_word(in->content_type, "application/x-www-form-urlencoded")) {
        if (in->body.n > SW_BODY_MAX || in->body_file.n)
            return sw_fail(err, SW_ETOOLARGE, "", _("A form may hold at most %d kB."), SW_BODY_MAX / 1024);
        return sw_form_split(r->arena, in->body, &r->pairs, &r->n_pairs, SW_FORM_FIELDS_MAX, err);
    }
    if (!route->form)
        return SW_OK; /* webhooks read their own bytes */
    return sw_fail(err, SW_EMALFORMED, "", "%s", _("This address takes a form or JSON."));
}

static int read_query(struct sw_req *r, struct sw_err *err)
{
    if (r->query_read)
        return SW_OK;
    r->query_read = true;
    if (r->query.n > SW_QUERY_MAX)
        return sw_fail(err, SW_EMALFORMED, "", _("The part of the address after ? may be at most %d bytes long."), SW_QUERY_MAX);
    if (!r->query.n)
        return SW_OK;
    return sw_form_split(r->arena, r->query, &r->query_pairs, &r->n_query_pairs, SW_FORM_FIELDS_MAX, err);
}

/* Browsers send more than a form's own fields (the button pressed, the token, an address with a campaign's mark): those are left out. A JSON
 * client's unknown name is a mistake and is told. */
static size_t known_only(struct sw_req *r, const struct sw_record *form, const struct sw_pair *pairs, size_t n, const struct sw_pair **out)
{
    struct sw_pair *to = SW_NEW_N(r->arena, struct sw_pair, n ? n : 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const char *dot = pairs[i].name.n ? memchr(pairs[i].name.p, '.', pairs[i].name.n) : NULL;
        struct sw_str top = {pairs[i].name.p, dot ? (size_t)(dot - pairs[i].name.p) : pairs[i].name.n};
        if (sw_field_find(form, top))
            to[k++] = pairs[i];
    }
    *out = to;
    return k;
}

int sw_req_parse_form(struct sw_req *r, struct sw_err *err)
{
    const struct sw_record *form = r->match.routed->route->form;
    if (!form)
        return r->method == SW_M_GET ? read_query(r, err) : SW_OK;
    r->form = sw_alloc(r->arena, form->size);
    r->seen = SW_NEW_N(r->arena, bool, form->n_fields ? form->n_fields : 1);
    r->errs.v = SW_NEW_N(r->arena, struct sw_err, SW_FIELD_ERRORS_MAX);
    r->errs.max = SW_FIELD_ERRORS_MAX;
    r->errs.n = 0;
    int code;
    if (r->method != SW_M_GET && r->enough_json_body) {
        struct sw_str body = sw_str_trim(r->in->body);
        code = sw_json_decode(r->arena, form, body.n ? body : SW_STR("{}"), r->form, r->seen, &r->errs);
    } else {
        const struct sw_pair *pairs = r->pairs;
        size_t n = r->n_pairs;
        if (r->method == SW_M_GET || r->method == SW_M_PUT) {
            if ((code = read_query(r, err)) != SW_OK)
                return code;
            if (r->method == SW_M_GET || n == 0) {
                pairs = r->query_pairs;
                n = r->n_query_pairs;
            }
        }
        n = known_only(r, form, pairs, n, &pairs);
        code = sw_form_decode(r->arena, form, pairs, n, r->form, r->seen, &r->errs);
    }
    if (code == SW_OK && r->errs.n == 0)
        return SW_OK;
    if (r->errs.n && err)
        *err = r->errs.v[0];
    if (code == SW_OK)
        code = r->errs.n && r->errs.v[0].code ? (int)r->errs.v[0].code : SW_EINVALID;
    if (!r->errs.n)
        sw_fail(err, (enum sw_code)code, "", "%s", _("The form can't be read."));
    if (err)
        err->code = (enum sw_code)code;
    return code;
}

/* ---- The records of the path */

static bool is_child(const struct sw_req *r, size_t i)
{
    const struct sw_routed_param *p = &r->match.routed->params[i];
    if (p->up < 0)
        return true;
    const void *rec = r->records[i];
    if (*(const uint64_t *)sw_field_ptr(p->up_id, rec) != r->match.ids[p->up])
        return false;
    if (!p->up_type)
        return true;
    struct sw_str type = *(const struct sw_str *)sw_field_ptr(p->up_type, rec);
    return sw_str_is(type, r->match.routed->params[p->up].type->name);
}

int sw_req_load_records(struct sw_req *r, struct sw_err *err)
{
    const struct sw_routed *routed = r->match.routed;
    for (size_t i = 0; i < routed->n_params; i++) {
        const struct sw_record *type = routed->params[i].type;
        if (!type)
            continue;
        if (!r->records[i])
            r->records[i] = sw_alloc(r->arena, type->size);
        else
            memset(r->records[i], 0, type->size);
        int code = sw_get(r->tx, type, r->match.ids[i], r->records[i], err);
        if (code == SW_OK && !is_child(r, i))
            code = SW_ENOTFOUND;
        if (code == SW_OK && r->is_guest &&
            !sw_req_within(r, type, r->records[i], r->guest->only_type, r->guest->only_id))
            code = SW_ENOTFOUND;
        if (code == SW_ENOTFOUND) /* the same words whichever it was */
            return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is nothing at this address, or it isn't yours to see."));
        if (code)
            return code;
    }
    return SW_OK;
}

/* ---- What handlers ask */

struct sw_tx *sw_req_tx(struct sw_req *r)
{
    return r->tx;
}

struct sw_arena *sw_req_arena(struct sw_req *r)
{
    return r->arena;
}

const struct sw_route *sw_req_route(const struct sw_req *r)
{
    return r->match.routed->route;
}

const void *sw_req_form(const struct sw_req *r)
{
    return r->form;
}

bool sw_req_has(const struct sw_req *r, const char *field)
{
    const struct sw_record *form = r->match.routed->route->form;
    const struct sw_field *f = form && r->seen ? sw_field_find(form, sw_str_of(field)) : NULL;
    return f && r->seen[f - form->fields];
}

static int param_at(const struct sw_req *r, const char *name)
{
    for (size_t i = 0; i < r->match.routed->n_params; i++)
        if (sw_str_is(r->match.routed->params[i].name, name))
            return (int)i;
    return -1;
}

const void *sw_req_record(const struct sw_req *r, const char *name)
{
    int i = param_at(r, name);
    return i < 0 ? NULL : r->records[i];
}

uint64_t sw_req_id(const struct sw_req *r, const char *name)
{
    int i = param_at(r, name);
    return i < 0 ? 0 : r->match.ids[i];
}

struct sw_str sw_req_param(const struct sw_req *r, const char *name)
{
    int i = param_at(r, name);
    return i < 0 ? (struct sw_str){NULL, 0} : r->match.values[i];
}

struct sw_str sw_req_query(const struct sw_req *r, const char *name)
{
    /* Reading it is a convenience of a const request: the first call splits it. */
    struct sw_req *w = (struct sw_req *)(uintptr_t)r;
    if (read_query(w, NULL) != SW_OK)
        return (struct sw_str){NULL, 0};
    return sw_pair_of(r->query_pairs, r->n_query_pairs, name);
}

struct sw_str sw_req_header(const struct sw_req *r, const char *name)
{
    char param[80] = "HTTP_";
    size_t n = 5;
    for (; *name && n < sizeof(param) - 1; name++)
        param[n++] = *name == '-' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    for (size_t i = 0; i < r->in->n_params; i++)
        if (r->in->params[i].name.n == n && memcmp(r->in->params[i].name.p, param, n) == 0)
            return r->in->params[i].value;
    return (struct sw_str){NULL, 0};
}

struct sw_str sw_req_address(const struct sw_req *r)
{
    return r->in->address;
}

struct sw_str sw_req_host(const struct sw_req *r)
{
    return r->in->host;
}

struct sw_str sw_req_path(const struct sw_req *r)
{
    return r->path;
}

bool sw_req_wants_json(const struct sw_req *r)
{
    return r->json;
}

bool sw_req_secure(const struct sw_req *r)
{
    return r->in->secure;
}

bool sw_req_is_guest(const struct sw_req *r)
{
    return r->is_guest;
}

void sw_req_keep(struct sw_req *r, void *what)
{
    r->kept = what;
}

void *sw_req_kept(const struct sw_req *r)
{
    return r->kept;
}

size_t sw_req_uploads(const struct sw_req *r, const struct sw_upload **out)
{
    *out = r->uploads;
    return r->n_uploads;
}

struct sw_str sw_req_typed(const struct sw_req *r, const char *field)
{
    if (!r->refill)
        return (struct sw_str){NULL, 0};
    const struct sw_field *f = r->refill->form ? sw_field_find(r->refill->form, sw_str_of(field)) : NULL;
    if (!f || (f->flags & (SW_SECRET | SW_PASSWORD)))
        return (struct sw_str){NULL, 0};
    return sw_pair_of(r->refill->pairs, r->refill->n, field);
}

void sw_reveal_prices(struct sw_req *r)
{
    r->priced = true;
}

void sw_touch(struct sw_req *r, const struct sw_record *type, uint64_t id, const char *field)
{
    struct sw_web *w = r->web;
    const struct sw_field *f = sw_field_find(type, sw_str_of(field));
    if (!f || (f->kind != SW_KIND_TIME && f->kind != SW_KIND_BOOL))
        return;
    for (size_t i = 0; i < w->n_touches; i++)
        if (w->touches[i].id == id && w->touches[i].type == type && w->touches[i].field == f && w->touches[i].shop == r->shop)
            return;
    if (w->n_touches < SW_TOUCHES_MAX)
        w->touches[w->n_touches++] = (struct sw_touch_note){r->shop, type, id, f, r->run.now};
}
