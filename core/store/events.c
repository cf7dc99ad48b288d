/* store/events.c: the log of facts: one chain a shop, what concerns whom, the signed head. */
#include "store/internal.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sw_field subject_fields[] = {
    SW_F_TEXT(struct sw_subject, type, 1, .max = 48),
    SW_F_REF(struct sw_subject, id, 2, "*"),
};
static const struct sw_record subject_record = {SW_RECORD(struct sw_subject, "core.subject", subject_fields)};

static const struct sw_field event_fields[] = {
    SW_F_REF(struct sw_event, seq, 1, "core.event"),
    SW_F_TIME(struct sw_event, at, 2),
    SW_F_REF(struct sw_event, user, 3, "core.user"),
    SW_F_TEXT(struct sw_event, user_name, 4),
    SW_F_TEXT(struct sw_event, kind, 5),
    SW_F_TEXT(struct sw_event, type, 6),
    SW_F_REF(struct sw_event, id, 7, "*"),
    SW_F_REF(struct sw_event, version, 8, "*"),
    SW_F_BYTES(struct sw_event, record_hash, 9, .max = 32),
    SW_F_TEXT(struct sw_event, note, 10, .max = SW_NOTE_MAX),
    SW_F_LIST(struct sw_event, subjects, 11, struct sw_subject, &subject_record, .max = SW_SUBJECTS_MAX),
    SW_F_BYTES(struct sw_event, prev, 12, .max = 32),
};
const struct sw_record sw_event_record = {SW_RECORD(struct sw_event, "core.event", event_fields),
                                          .flags = SW_TECHNICAL};

void sw_note(struct sw_tx *tx, const char *fmt, ...)
{
    struct sw_pending *p = &tx->pending;
    char text[SW_NOTE_MAX + 1];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n <= 0)
        return;
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    if (p->note_n && p->note_n < SW_NOTE_MAX)
        p->note[p->note_n++] = ' ';
    if (len > SW_NOTE_MAX - p->note_n)
        len = SW_NOTE_MAX - p->note_n;
    memcpy(p->note + p->note_n, text, len);
    p->note_n += len;
}

void sw_concerns(struct sw_tx *tx, const struct sw_record *type, uint64_t id)
{
    if (tx->pending.n < SW_CONCERNS_MAX)
        tx->pending.concerns[tx->pending.n++] = (struct sw_subject){{NULL, 0}, sw_str_of(type->name), id};
}

/* ---- Keys */

static void key_chain(struct sw_kb *k, uint32_t shop, const char *word)
{
    sw_kb_start(k, shop, 'K');
    sw_kb_add(k, word, strlen(word));
}

static void key_event(struct sw_kb *k, uint32_t shop, uint64_t seq)
{
    sw_kb_start(k, shop, 'E');
    sw_kb_u64(k, seq);
}

static void key_subject(struct sw_kb *k, uint32_t shop, char kind, struct sw_str type, uint64_t id)
{
    sw_kb_start(k, shop, kind);
    sw_kb_add(k, type.p, type.n);
    sw_kb_add(k, "", 1);
    sw_kb_u64(k, id);
}

/* ---- Appending */

struct gathering {
    struct sw_subject v[SW_SUBJECTS_MAX];
    size_t n;
};

static void gather(void *arg, struct sw_str type, uint64_t id)
{
    struct gathering *g = arg;
    for (size_t i = 0; i < g->n; i++)
        if (g->v[i].id == id && sw_str_eq(g->v[i].type, type))
            return;
    if (g->n < SW_SUBJECTS_MAX)
        g->v[g->n++] = (struct sw_subject){{NULL, 0}, type, id};
}

static int subjects_of(struct sw_tx *tx, const struct sw_fact *f, struct gathering *g, struct sw_err *err)
{
    struct sw_str type = sw_str_of(f->type->d->name);
    gather(g, type, f->id);
    if (f->type->d->flags & SW_TYPE_SUBJECT)
        gather(g, type, 0);
    int rc = f->after ? sw_owner_chain(tx, f->type, f->after, gather, g, err) : SW_OK;
    if (rc == SW_OK && f->before) /* whom it left must notice too */
        rc = sw_owner_chain(tx, f->type, f->before, gather, g, err);
    for (size_t i = 0; i < f->pending->n; i++)
        gather(g, f->pending->concerns[i].type, f->pending->concerns[i].id);
    return rc;
}

static int head_read(struct sw_tx *tx, uint32_t shop, uint64_t *seq, unsigned char hash[SW_HASH])
{
    struct sw_kb k;
    struct sw_str v;
    key_chain(&k, shop, "head");
    int rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &v);
    *seq = 0;
    memset(hash, 0, SW_HASH);
    if (rc == SW_OK && v.n == 8 + SW_HASH) {
        *seq = sw_u64_get(v.p);
        memcpy(hash, v.p + 8, SW_HASH);
    }
    return rc == SW_ENOTFOUND ? SW_OK : rc;
}

static int mark_dirty(struct sw_store *s, uint32_t shop, struct sw_err *err)
{
    for (size_t i = 0; i < s->n_dirty; i++)
        if (s->dirty[i] == shop)
            return SW_OK;
    if (s->n_dirty == s->max_dirty) {
        size_t max = s->max_dirty ? s->max_dirty * 2 : 16;
        uint32_t *v = realloc(s->dirty, max * sizeof *v);
        if (!v)
            return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
        s->dirty = v;
        s->max_dirty = max;
    }
    s->dirty[s->n_dirty++] = shop;
    return SW_OK;
}

int sw_chain_keys(struct sw_tx *tx, uint32_t shop, struct sw_err *err)
{
    struct sw_kb k;
    struct sw_str v;
    unsigned char seed[crypto_sign_SEEDBYTES], pk[crypto_sign_PUBLICKEYBYTES], sk[crypto_sign_SECRETKEYBYTES];
    key_chain(&k, shop, "public");
    int rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &v);
    if (rc != SW_ENOTFOUND)
        return rc ? sw_fail(err, rc, "", _("The store can't be read.")) : SW_OK;
    sw_salt(tx, seed, sizeof seed);
    crypto_sign_seed_keypair(pk, sk, seed);
    rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)pk, sizeof pk}, err);
    key_chain(&k, shop, "secret");
    if (rc == SW_OK)
        rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)sk, sizeof sk}, err);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(sk, sizeof sk);
    return rc;
}

static int index_subjects(struct sw_tx *tx, uint32_t shop, uint64_t seq, const struct gathering *g, struct sw_err *err)
{
    unsigned char be[8];
    sw_u64_put(be, seq);
    int rc = SW_OK;
    for (size_t i = 0; i < g->n && rc == SW_OK; i++) {
        struct sw_kb k;
        key_subject(&k, shop, 'S', g->v[i].type, g->v[i].id);
        rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)be, 8}, err);
        k.b[4] = 'H';
        sw_kb_u64(&k, seq);
        if (rc == SW_OK)
            rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){NULL, 0}, err);
    }
    return rc;
}

int sw_event_append(struct sw_tx *tx, const struct sw_fact *f, struct sw_err *err)
{
    uint32_t shop = sw_shop_of(tx, f->type->d);
    struct gathering g = {.n = 0};
    unsigned char prev[SW_HASH];
    struct sw_kb k;
    struct sw_event e = {.at = sw_now(tx),
                         .user = tx->run.viewer.user,
                         .user_name = tx->run.viewer.name,
                         .type = sw_str_of(f->type->d->name),
                         .id = f->id,
                         .version = f->version,
                         .record_hash = f->hash,
                         .note = {f->pending->note, f->pending->note_n}};
    if (e.user_name.n > 250)
        e.user_name.n = 250;
    int rc = subjects_of(tx, f, &g, err);
    if (rc == SW_OK && (rc = head_read(tx, shop, &e.seq, prev)))
        sw_fail(err, rc, "", _("The store can't be read."));
    if (rc == SW_OK && e.seq == 0)
        rc = sw_chain_keys(tx, shop, err);
    if (rc)
        return rc;
    e.seq++;
    e.kind = sw_printf(tx->arena, "%s.%s", f->type->d->name, f->verb);
    e.subjects.v = g.v;
    e.subjects.n = g.n;
    e.prev = (struct sw_str){(char *)prev, SW_HASH};
    struct sw_str bytes;
    rc = sw_stored_encode(tx->arena, &sw_event_record, &e, &bytes, err);
    if (rc)
        return rc;
    unsigned char *value = sw_alloc(tx->arena, SW_HASH + bytes.n), head[8 + SW_HASH];
    crypto_hash_sha256(value, (const unsigned char *)bytes.p, bytes.n);
    memcpy(value + SW_HASH, bytes.p, bytes.n);
    key_event(&k, shop, e.seq);
    rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)value, SW_HASH + bytes.n}, err);
    sw_u64_put(head, e.seq);
    memcpy(head + 8, value, SW_HASH);
    key_chain(&k, shop, "head");
    if (rc == SW_OK)
        rc = sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)head, sizeof head}, err);
    if (rc == SW_OK)
        rc = index_subjects(tx, shop, e.seq, &g, err);
    return rc ? rc : mark_dirty(tx->s, shop, err);
}

/* ---- The head's signature */

struct sw_str sw_chain_message(unsigned char out[64], uint32_t shop, struct sw_str head)
{
    static const char tag[] = "shopwright chain\n";
    size_t n = sizeof tag - 1;
    memcpy(out, tag, n);
    for (int i = 0; i < 4; i++)
        out[n++] = (unsigned char)(shop >> (24 - 8 * i));
    memcpy(out + n, head.p, 8 + SW_HASH);
    return (struct sw_str){(char *)out, n + 8 + SW_HASH};
}

int sw_chain_sign(struct sw_store *s, struct sw_engine_tx *outer, struct sw_err *err)
{
    for (size_t i = 0; i < s->n_dirty; i++) {
        struct sw_kb k;
        struct sw_str head, secret;
        unsigned char value[8 + SW_HASH + crypto_sign_BYTES], message[64];
        key_chain(&k, s->dirty[i], "head");
        int rc = s->ops->get(outer, sw_kb_str(&k), &head);
        key_chain(&k, s->dirty[i], "secret");
        if (rc == SW_OK)
            rc = s->ops->get(outer, sw_kb_str(&k), &secret);
        if (rc == SW_ENOTFOUND)
            continue; /* the nested transaction that began this chain was refused */
        if (rc || head.n != 8 + SW_HASH || secret.n != crypto_sign_SECRETKEYBYTES)
            return sw_fail(err, rc ? rc : SW_EFAIL, "", _("The chain of shop %u can't be signed."), s->dirty[i]);
        struct sw_str m = sw_chain_message(message, s->dirty[i], head);
        memcpy(value, head.p, 8 + SW_HASH);
        crypto_sign_detached(value + 8 + SW_HASH, NULL, (const unsigned char *)m.p, m.n,
                             (const unsigned char *)secret.p);
        key_chain(&k, s->dirty[i], "sig");
        rc = s->ops->put(outer, sw_kb_str(&k), (struct sw_str){(char *)value, sizeof value}, err);
        if (rc)
            return rc;
    }
    s->n_dirty = 0;
    return SW_OK;
}

int sw_chain_head(struct sw_tx *tx, uint64_t *seq, unsigned char hash[32], unsigned char public_key[32])
{
    struct sw_kb k;
    struct sw_str v;
    int rc = head_read(tx, tx->shop, seq, hash);
    memset(public_key, 0, 32);
    if (rc)
        return rc;
    key_chain(&k, tx->shop, "public");
    rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &v);
    if (rc == SW_OK && v.n == 32)
        memcpy(public_key, v.p, 32);
    return rc == SW_ENOTFOUND ? SW_OK : rc;
}

/* ---- Reading */

int sw_event_decode(struct sw_tx *tx, struct sw_str value, struct sw_event *out, struct sw_err *err)
{
    memset(out, 0, sizeof *out);
    if (value.n < SW_HASH)
        return sw_fail(err, SW_EFAIL, "", _("A stored event is damaged."));
    value = sw_tx_keep(tx, value);
    int rc = sw_stored_decode(tx->arena, &sw_event_record, (struct sw_str){value.p + SW_HASH, value.n - SW_HASH}, out, err);
    out->hash = (struct sw_str){value.p, SW_HASH};
    return rc;
}

static size_t within(size_t limit)
{
    return limit && limit < SW_SCAN_MAX ? limit : SW_SCAN_MAX;
}

int sw_events_after(struct sw_tx *tx, uint64_t seq, size_t limit, struct sw_event **out, size_t *n, struct sw_err *err)
{
    struct sw_kb from, to;
    struct sw_engine_range *r;
    struct sw_str key, value;
    size_t room = 0;
    *out = NULL;
    *n = 0;
    if (seq == UINT64_MAX)
        return SW_OK;
    key_event(&from, tx->shop, seq + 1);
    key_event(&to, tx->shop, UINT64_MAX);
    int rc = tx->s->ops->range(tx->e, sw_kb_str(&from), sw_kb_str(&to), false, &r);
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    while (*n < within(limit) && (rc = tx->s->ops->next(r, &key, &value)) == SW_OK) {
        if (*n == room) {
            room = room ? room * 2 : 16;
            struct sw_event *v = SW_NEW_N(tx->arena, struct sw_event, room);
            if (*n)
                memcpy(v, *out, *n * sizeof *v);
            *out = v;
        }
        if ((rc = sw_event_decode(tx, value, &(*out)[*n], err)))
            break;
        ++*n;
    }
    tx->s->ops->range_end(r);
    return rc == SW_ENOTFOUND ? SW_OK : rc;
}

/* A customer reads the history of what is the customer's only. */
static int refuse_history(struct sw_tx *tx, const struct sw_type *t, uint64_t id, struct sw_err *err)
{
    if (!sw_restricted(tx))
        return SW_OK;
    return sw_get(tx, t->d, id, sw_alloc(tx->arena, t->d->size), err);
}

int sw_history(struct sw_tx *tx, const struct sw_record *type, uint64_t id, size_t limit, struct sw_event **out,
               size_t *n, struct sw_err *err)
{
    const struct sw_type *t = sw_type_of(tx->s, type);
    struct sw_kb from, to, k;
    struct sw_engine_range *r;
    struct sw_str key, value;
    *out = NULL;
    *n = 0;
    if (!t)
        return sw_type_missing(type, err);
    int rc = refuse_history(tx, t, id, err);
    if (rc)
        return rc;
    uint32_t shop = sw_shop_of(tx, type);
    key_subject(&from, shop, 'H', sw_str_of(type->name), id);
    to = from;
    sw_kb_past(&to);
    rc = tx->s->ops->range(tx->e, sw_kb_str(&from), sw_kb_str(&to), true, &r);
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    struct sw_list list = {NULL, 0};
    while (list.n < within(limit) && (rc = tx->s->ops->next(r, &key, &value)) == SW_OK) {
        key_event(&k, shop, sw_u64_get(key.p + key.n - 8));
        if ((rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &value))) {
            sw_fail(err, rc == SW_ENOTFOUND ? SW_EFAIL : rc, "", _("An event of the history is missing."));
            rc = rc == SW_ENOTFOUND ? SW_EFAIL : rc;
            break;
        }
        list.v = sw_list_grow_(tx->arena, list.v, list.n, sizeof(struct sw_event));
        if ((rc = sw_event_decode(tx, value, (struct sw_event *)list.v + list.n, err)))
            break;
        list.n++;
    }
    tx->s->ops->range_end(r);
    if (rc && rc != SW_ENOTFOUND)
        return rc;
    *out = list.v;
    *n = list.n;
    return SW_OK;
}

uint64_t sw_newest(struct sw_tx *tx, const struct sw_record *type, uint64_t id)
{
    struct sw_kb k;
    struct sw_str v;
    key_subject(&k, sw_shop_of(tx, type), 'S', sw_str_of(type->name), id);
    return tx->s->ops->get(tx->e, sw_kb_str(&k), &v) == SW_OK && v.n == 8 ? sw_u64_get(v.p) : 0;
}
