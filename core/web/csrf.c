/* web/csrf.c: that a form came from our own page, and that it takes effect once. */
#include "web/request.h"

#include <sodium.h>
#include <string.h>

struct once {
    struct sw_head head;
    struct sw_str hash, location, mime, body;
    int64_t status, until;
    bool html;
};
static const struct sw_field once_fields[] = {
    SW_F_BYTES(struct once, hash, 1, .max = 32),
    SW_F_INT(struct once, status, 2),
    SW_F_TEXT(struct once, location, 3, .max = 2000),
    SW_F_TEXT(struct once, mime, 4),
    SW_F_BYTES(struct once, body, 5, .max = SW_ONCE_BODY_MAX),
    SW_F_TIME(struct once, until, 6),
    SW_F_BOOL(struct once, html, 7),
};
static const struct sw_index once_indexes[] = {{.name = "until", .fields = {"until"}}, {.name = NULL}};
const struct sw_record sw_once_record = {SW_RECORD(struct once, "core.once", once_fields), .owner = SW_OWNER_SHOP,
                                         .indexes = once_indexes, .flags = SW_TECHNICAL};

int sw_csrf_check(struct sw_req *r, struct sw_err *err)
{
    if (r->bearer || (r->match.routed->route->flags & SW_NO_CSRF))
        return SW_OK;
    sw_session_csrf(r);
    /* Another site can't send JSON without asking us first (and we never allow it); without a session there is nothing to ride on either. */
    if (r->enough_json_body && !r->session && !r->guest)
        return SW_OK;
    struct sw_str sent = sw_pair_of(r->pairs, r->n_pairs, "csrf");
    if (!sent.n)
        sent = sw_req_header(r, "X-CSRF");
    if (!r->pre_is_new && sent.n == r->csrf.n && sent.n && sodium_memcmp(sent.p, r->csrf.p, sent.n) == 0)
        return SW_OK;
    return sw_fail(err, SW_EDENIED, "", "%s", _("This page was open too long. Please check what you entered and send it once more."));
}

static void hash_text(crypto_hash_sha256_state *st, struct sw_str s)
{
    uint64_t n = s.n;
    crypto_hash_sha256_update(st, (const unsigned char *)&n, sizeof(n));
    crypto_hash_sha256_update(st, (const unsigned char *)(s.n ? s.p : ""), s.n);
}

/* A nonce counts for one person, one address, and what was sent with it: a page from the browser's history still carries a spent one, and what a person writes
 * into it is not the first submit again. */
static bool once_hash(struct sw_req *r, unsigned char hash[32])
{
    if (!r->nonce_in.n) {
        r->nonce_in = sw_pair_of(r->pairs, r->n_pairs, "nonce");
        if (!r->nonce_in.n)
            r->nonce_in = sw_req_header(r, "Idempotency-Key");
    }
    if (!r->nonce_in.n)
        return false;
    uint64_t who[4] = {r->viewer.user, r->session ? r->session->head.id : 0, r->is_guest ? r->guest->head.id : 0, r->token};
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, (const unsigned char *)who, sizeof(who));
    if (!r->session && !r->is_guest && !r->token)
        crypto_hash_sha256_update(&st, (const unsigned char *)(r->c_pre.n ? r->c_pre.p : ""), r->c_pre.n);
    crypto_hash_sha256_update(&st, (const unsigned char *)r->in->method.p, r->in->method.n);
    crypto_hash_sha256_update(&st, (const unsigned char *)" ", 1);
    crypto_hash_sha256_update(&st, (const unsigned char *)r->path.p, r->path.n);
    crypto_hash_sha256_update(&st, (const unsigned char *)" ", 1);
    hash_text(&st, r->nonce_in);
    hash_text(&st, r->query);
    if (r->enough_json_body)
        hash_text(&st, r->in->body);
    for (size_t i = 0; i < r->n_pairs; i++) {
        hash_text(&st, r->pairs[i].name);
        hash_text(&st, r->pairs[i].value);
    }
    for (size_t i = 0; i < r->n_uploads; i++) {
        hash_text(&st, r->uploads[i].name);
        crypto_hash_sha256_update(&st, (const unsigned char *)&r->uploads[i].size, sizeof(r->uploads[i].size));
    }
    crypto_hash_sha256_final(&st, hash);
    return true;
}

int sw_once_find(struct sw_req *r, bool *found, struct sw_err *err)
{
    unsigned char hash[32];
    struct once *o;
    *found = false;
    if (!once_hash(r, hash))
        return SW_OK;
    o = SW_NEW(r->arena, struct once);
    int code = sw_get(r->tx, &sw_once_record, sw_hash_id(hash), o, err);
    if (code == SW_ENOTFOUND)
        return SW_OK;
    if (code)
        return code;
    if (o->until <= r->run.now) /* the key is free again */
        return sw_tx_writes(r->tx) ? sw_delete(r->tx, &sw_once_record, o->head.id, NULL, err) : SW_OK;
    if (o->hash.n != 32 || memcmp(o->hash.p, hash, 32) != 0)
        return SW_OK;
    struct sw_answer *x = &r->answer;
    memset(x, 0, sizeof(*x));
    x->kind = o->location.n && !o->body.n ? SW_ANSWER_DONE : SW_ANSWER_BYTES;
    x->status = (int)o->status;
    x->location = sw_copy(r->arena, o->location);
    x->mime = sw_copy(r->arena, o->mime);
    x->body = sw_copy(r->arena, o->body);
    x->html = o->html;
    *found = true;
    return SW_OK;
}

int sw_once_keep(struct sw_req *r, struct sw_err *err)
{
    const struct sw_answer *x = &r->answer;
    unsigned char hash[32];
    /* An answer with a cookie of a new session is not for keeping: it would hold the secret, and such a form may run twice without harm. */
    if (x->session || x->kind == SW_ANSWER_BLOB || x->body.n > SW_ONCE_BODY_MAX || !once_hash(r, hash))
        return SW_OK;
    struct once o = {.hash = {(const char *)hash, 32}, .status = x->status, .location = x->location, .mime = x->mime, .body = x->body,
                     .until = r->run.now + SW_ONCE_TIME, .html = x->html};
    return sw_put_at(r->tx, &sw_once_record, sw_hash_id(hash), &o, NULL, err);
}
