/* store/verify.c: is everything as the log says? Walks a shop's chain, then its records, then its indexes. */
#include "store/internal.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_EVERY = 256 }; /* entries between two resets of the walk's arena */

struct walk {
    struct sw_tx *tx;
    uint32_t shop;
    void (*bad)(void *arg, const struct sw_verify_fault *f);
    void *arg;
    uint64_t faults, events, passed;
};

static void fault(struct walk *w, uint64_t seq, struct sw_str type, uint64_t id, uint64_t version, const char *fmt, ...)
    SW_PRINTF(6, 7);
static void fault(struct walk *w, uint64_t seq, struct sw_str type, uint64_t id, uint64_t version, const char *fmt, ...)
{
    char what[SW_ERR_MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    struct sw_verify_fault f = {seq, type, id, version, what};
    w->faults++;
    if (w->bad)
        w->bad(w->arg, &f);
}

static int get(struct walk *w, const struct sw_kb *k, struct sw_str *value)
{
    return w->tx->s->ops->get(w->tx->e, sw_kb_str(k), value);
}

static void tick(struct walk *w)
{
    if (++w->passed % ARENA_EVERY == 0)
        sw_arena_reset(w->tx->arena);
}

static bool hash_is(struct sw_str bytes, struct sw_str want)
{
    unsigned char h[SW_HASH];
    crypto_hash_sha256(h, (const unsigned char *)bytes.p, bytes.n);
    return want.n == SW_HASH && memcmp(h, want.p, SW_HASH) == 0;
}

#define WHO_FMT SW_STR_FMT " %llu"
#define WHO(e) SW_STR_ARG((e)->type), (unsigned long long)(e)->id

/* The bytes of the record version that an event speaks of: the record as it stands, else the former version. */
static void check_version(struct walk *w, const struct sw_event *e)
{
    struct sw_kb k;
    struct sw_str value;
    if (!e->record_hash.n)
        return; /* a delete */
    sw_kb_start(&k, w->shop, 'R');
    sw_kb_add(&k, e->type.p, e->type.n);
    sw_kb_add(&k, "", 1);
    sw_kb_u64(&k, e->id);
    bool current = get(w, &k, &value) == SW_OK && value.n >= SW_VALUE_HEAD && sw_u64_get(value.p + SW_SALT) == e->version;
    if (!current) {
        k.b[4] = 'V';
        sw_kb_u64(&k, e->version);
        if (get(w, &k, &value) != SW_OK) {
            fault(w, e->seq, e->type, e->id, e->version, _("Version %llu of " WHO_FMT ", stored by event %llu, is missing."),
                  (unsigned long long)e->version, WHO(e), (unsigned long long)e->seq);
            return;
        }
    }
    if (!hash_is(value, e->record_hash))
        fault(w, e->seq, e->type, e->id, e->version,
              _("The bytes of " WHO_FMT ", version %llu, are not those that event %llu recorded."), WHO(e),
              (unsigned long long)e->version, (unsigned long long)e->seq);
}

static void check_head(struct walk *w, uint64_t seq, const unsigned char *hash)
{
    static const struct sw_str none = {NULL, 0};
    struct sw_kb k;
    struct sw_str head, sig, public_key;
    unsigned char message[64];
    sw_kb_start(&k, w->shop, 'K');
    sw_kb_add(&k, "head", 4);
    int rc = get(w, &k, &head);
    if (rc == SW_ENOTFOUND && seq == 0)
        return;
    if (rc || head.n != 8 + SW_HASH || sw_u64_get(head.p) != seq || memcmp(head.p + 8, hash, SW_HASH) != 0) {
        fault(w, seq, none, 0, 0, _("The chain of shop %u ends at event %llu, but its head says otherwise: events are missing or were added."),
              w->shop, (unsigned long long)seq);
        return;
    }
    k.n = 5;
    sw_kb_add(&k, "sig", 3);
    rc = get(w, &k, &sig);
    k.n = 5;
    sw_kb_add(&k, "public", 6);
    if (rc || get(w, &k, &public_key) || sig.n != 8 + SW_HASH + crypto_sign_BYTES || public_key.n != 32 ||
        memcmp(sig.p, head.p, 8 + SW_HASH) != 0) {
        fault(w, seq, none, 0, 0, _("The head of shop %u's chain is not signed."), w->shop);
        return;
    }
    struct sw_str m = sw_chain_message(message, w->shop, head);
    if (crypto_sign_verify_detached((const unsigned char *)sig.p + 8 + SW_HASH, (const unsigned char *)m.p, m.n,
                                    (const unsigned char *)public_key.p) != 0)
        fault(w, seq, none, 0, 0, _("The signature of shop %u's chain is wrong."), w->shop);
}

/* Everything of one kind in the shop. */
static int range(struct walk *w, char kind, struct sw_engine_range **r)
{
    struct sw_kb from, to;
    sw_kb_start(&from, w->shop, kind);
    to = from;
    sw_kb_past(&to);
    return w->tx->s->ops->range(w->tx->e, sw_kb_str(&from), sw_kb_str(&to), false, r);
}

static int walk_events(struct walk *w, struct sw_err *err)
{
    struct sw_engine_range *r;
    struct sw_str key, value;
    unsigned char prev[SW_HASH] = {0};
    int rc = range(w, 'E', &r);
    if (rc)
        return rc;
    while ((rc = w->tx->s->ops->next(r, &key, &value)) == SW_OK) {
        struct sw_event e;
        uint64_t seq = sw_u64_get(key.p + key.n - 8), want = w->events + 1;
        static const struct sw_str none = {NULL, 0};
        tick(w);
        if (seq != want)
            fault(w, want, none, 0, 0, _("Event %llu is missing."), (unsigned long long)want);
        w->events = seq;
        if (sw_event_decode(w->tx, value, &e, NULL) != SW_OK) {
            fault(w, seq, none, 0, 0, _("Event %llu can't be read."), (unsigned long long)seq);
            memset(prev, 0, sizeof prev);
            continue;
        }
        if (!hash_is((struct sw_str){value.p + SW_HASH, value.n - SW_HASH}, e.hash) || e.seq != seq)
            fault(w, seq, e.type, e.id, e.version, _("Event %llu, about " WHO_FMT ", was changed: its hash does not fit."),
                  (unsigned long long)seq, WHO(&e));
        if (e.prev.n != SW_HASH || memcmp(e.prev.p, prev, SW_HASH) != 0)
            fault(w, seq, e.type, e.id, e.version, _("Event %llu, about " WHO_FMT ", does not follow the one before it."),
                  (unsigned long long)seq, WHO(&e));
        memcpy(prev, e.hash.p, SW_HASH);
        check_version(w, &e);
    }
    w->tx->s->ops->range_end(r);
    if (rc != SW_ENOTFOUND)
        return sw_fail(err, rc, "", _("The store can't be read."));
    check_head(w, w->events, prev);
    return SW_OK;
}

/* The newest event about exactly this record; false when there is none. */
static bool newest_about(struct walk *w, const struct sw_type *t, uint64_t id, struct sw_event *e)
{
    struct sw_kb from, to, k;
    struct sw_engine_range *r;
    struct sw_str key, value;
    bool found = false;
    sw_kb_start(&from, w->shop, 'H');
    sw_kb_add(&from, t->key, t->key_n);
    sw_kb_u64(&from, id);
    to = from;
    sw_kb_past(&to);
    if (w->tx->s->ops->range(w->tx->e, sw_kb_str(&from), sw_kb_str(&to), true, &r) != SW_OK)
        return false;
    while (!found && w->tx->s->ops->next(r, &key, &value) == SW_OK) {
        sw_kb_start(&k, w->shop, 'E');
        sw_kb_add(&k, key.p + key.n - 8, 8);
        found = get(w, &k, &value) == SW_OK && sw_event_decode(w->tx, value, e, NULL) == SW_OK && e->id == id &&
                sw_str_is(e->type, t->d->name);
    }
    w->tx->s->ops->range_end(r);
    return found;
}

static void check_entries(struct walk *w, const struct sw_type *t, uint64_t id, struct sw_str value)
{
    struct sw_str name = sw_str_of(t->d->name);
    uint64_t version = sw_u64_get(value.p + SW_SALT);
    void *rec = sw_alloc(w->tx->arena, t->d->size);
    struct sw_keys *keys = SW_NEW(w->tx->arena, struct sw_keys);
    if (sw_value_decode(w->tx, t, id, value, rec, NULL) != SW_OK) {
        fault(w, 0, name, id, version, _("%s %llu can't be read."), t->d->name, (unsigned long long)id);
        return;
    }
    for (size_t i = 0; i < t->n_ix; i++) {
        struct sw_str copy;
        if (sw_index_keys(w->tx, &t->ix[i], w->shop, rec, id, keys, NULL) != SW_OK)
            continue;
        for (size_t j = 0; j < keys->n; j++) {
            int rc = w->tx->s->ops->get(w->tx->e, keys->v[j], &copy);
            if (rc != SW_OK)
                fault(w, 0, name, id, version, _("%s %llu is missing in the index %s."), t->d->name,
                      (unsigned long long)id, t->ix[i].d->name);
            else if ((t->ix[i].d->flags & SW_COVERING) && !sw_str_eq(copy, value))
                fault(w, 0, name, id, version, _("The copy of %s %llu in the index %s differs from the record."),
                      t->d->name, (unsigned long long)id, t->ix[i].d->name);
        }
    }
}

static int walk_records(struct walk *w, struct sw_err *err)
{
    struct sw_engine_range *r;
    struct sw_str key, value;
    int rc = range(w, 'R', &r);
    if (rc)
        return rc;
    while ((rc = w->tx->s->ops->next(r, &key, &value)) == SW_OK) {
        struct sw_event e;
        tick(w);
        if (key.n < 5 + 1 + 8)
            continue;
        struct sw_str name = {key.p + 5, key.n - 5 - 9};
        uint64_t id = sw_u64_get(key.p + key.n - 8);
        const struct sw_type *t = sw_type_named(w->tx->s, name);
        if (!t)
            continue; /* of a plugin that is not loaded: the walk of the events has seen its bytes */
        if (value.n < SW_VALUE_HEAD) {
            fault(w, 0, name, id, 0, _("%s %llu can't be read."), t->d->name, (unsigned long long)id);
            continue;
        }
        uint64_t version = sw_u64_get(value.p + SW_SALT);
        if (!(t->d->flags & SW_TECHNICAL)) {
            if (!newest_about(w, t, id, &e))
                fault(w, 0, name, id, version, _("No event tells of %s %llu."), t->d->name, (unsigned long long)id);
            else if (e.version != version || !e.record_hash.n)
                fault(w, e.seq, name, id, version, _("%s %llu stands at version %llu, but event %llu says %llu."), t->d->name,
                      (unsigned long long)id, (unsigned long long)version, (unsigned long long)e.seq,
                      (unsigned long long)e.version);
        }
        check_entries(w, t, id, value);
    }
    w->tx->s->ops->range_end(r);
    return rc == SW_ENOTFOUND ? SW_OK : sw_fail(err, rc, "", _("The store can't be read."));
}

/* Entries whose record is gone would show what was deleted. */
static int walk_indexes(struct walk *w, struct sw_err *err)
{
    struct sw_engine_range *r;
    struct sw_str key, value, rec;
    int rc = range(w, 'X', &r);
    if (rc)
        return rc;
    while ((rc = w->tx->s->ops->next(r, &key, &value)) == SW_OK) {
        const char *end = memchr(key.p + 5, 0, key.n - 5);
        struct sw_kb k;
        if (!end || key.n < 5 + 8)
            continue;
        struct sw_str name = {key.p + 5, (size_t)(end - key.p) - 5};
        uint64_t id = sw_u64_get(key.p + key.n - 8);
        sw_kb_start(&k, w->shop, 'R');
        sw_kb_add(&k, name.p, name.n + 1);
        sw_kb_u64(&k, id);
        if (get(w, &k, &rec) != SW_OK)
            fault(w, 0, name, id, 0, _("An index still names " SW_STR_FMT " %llu, which is gone."), SW_STR_ARG(name),
                  (unsigned long long)id);
        else if (value.n && !sw_str_eq(value, rec))
            fault(w, 0, name, id, 0, _("A copy of " SW_STR_FMT " %llu in an index differs from the record."),
                  SW_STR_ARG(name), (unsigned long long)id);
    }
    w->tx->s->ops->range_end(r);
    return rc == SW_ENOTFOUND ? SW_OK : sw_fail(err, rc, "", _("The store can't be read."));
}

int sw_store_verify(struct sw_store *s, uint32_t shop, void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg,
                    uint64_t *n, struct sw_err *err)
{
    struct sw_run run = {.shop = shop, .system = true};
    struct walk w = {.shop = shop, .bad = bad, .arg = arg};
    *n = 0;
    int rc = sw_store_snapshot(s, &run, &w.tx, err);
    if (rc)
        return rc;
    rc = walk_events(&w, err);
    if (rc == SW_OK)
        rc = walk_records(&w, err);
    if (rc == SW_OK)
        rc = walk_indexes(&w, err);
    sw_store_snapshot_end(w.tx);
    *n = w.events;
    if (rc)
        return rc;
    if (w.faults)
        return sw_fail(err, SW_EFAIL, "", _("The store is not as its log says: %llu faults in shop %u."),
                       (unsigned long long)w.faults, shop);
    return SW_OK;
}
