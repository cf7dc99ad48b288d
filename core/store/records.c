/* store/records.c: get, put, delete, former versions. */
#include "store/internal.h"

#include <sodium.h>
#include <string.h>

void sw_key_record(struct sw_kb *k, uint32_t shop, const struct sw_type *t, uint64_t id)
{
    sw_kb_start(k, shop, 'R');
    sw_kb_add(k, t->key, t->key_n);
    sw_kb_u64(k, id);
}

static void key_version(struct sw_kb *k, uint32_t shop, const struct sw_type *t, uint64_t id, uint64_t version)
{
    sw_kb_start(k, shop, 'V');
    sw_kb_add(k, t->key, t->key_n);
    sw_kb_u64(k, id);
    sw_kb_u64(k, version);
}

static struct sw_head *head_of(void *rec)
{
    return rec;
}

int sw_value_decode(struct sw_tx *tx, const struct sw_type *t, uint64_t id, struct sw_str value, void *out,
                    struct sw_err *err)
{
    if (value.n < SW_VALUE_HEAD)
        return sw_fail(err, SW_EFAIL, "", _("The stored record %s %llu is damaged."), t->d->name, (unsigned long long)id);
    struct sw_str bytes = {value.p + SW_VALUE_HEAD, value.n - SW_VALUE_HEAD};
    int rc = sw_stored_decode(tx->arena, t->d, sw_tx_keep(tx, bytes), out, err);
    if (rc)
        return rc;
    struct sw_head *h = head_of(out);
    h->id = id;
    h->version = sw_u64_get(value.p + SW_SALT);
    h->created = (int64_t)sw_u64_get(value.p + SW_SALT + 8);
    h->changed = (int64_t)sw_u64_get(value.p + SW_SALT + 16);
    return SW_OK;
}

int sw_load(struct sw_tx *tx, const struct sw_type *t, uint64_t id, void *out, struct sw_str *value, struct sw_err *err)
{
    struct sw_kb k;
    struct sw_str found;
    sw_key_record(&k, sw_shop_of(tx, t->d), t, id);
    int rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &found);
    if (rc == SW_ENOTFOUND)
        return sw_fail(err, SW_ENOTFOUND, "", _("This is not there (any more)."));
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    rc = sw_value_decode(tx, t, id, found, out, err);
    if (value)
        *value = found;
    return rc;
}

int sw_get(struct sw_tx *tx, const struct sw_record *type, uint64_t id, void *out, struct sw_err *err)
{
    const struct sw_type *t = sw_type_of(tx->s, type);
    bool mine;
    if (!t)
        return sw_type_missing(type, err);
    int rc = sw_load(tx, t, id, out, NULL, err);
    if (rc == SW_OK)
        rc = sw_may_see(tx, t, out, &mine, err);
    if (rc == SW_OK && !mine) {
        memset(out, 0, type->size);
        return sw_fail(err, SW_ENOTFOUND, "", _("This is not there (any more)."));
    }
    if (rc == SW_OK)
        sw_owner_keep(tx, t, out);
    return rc;
}

enum { BATCH = 64 };

int sw_get_many(struct sw_tx *tx, const struct sw_record *type, const uint64_t *ids, size_t n, void *out,
                struct sw_err *err)
{
    const struct sw_type *t = sw_type_of(tx->s, type);
    if (!t)
        return sw_type_missing(type, err);
    uint32_t shop = sw_shop_of(tx, type);
    memset(out, 0, n * type->size);
    for (size_t from = 0; from < n; from += BATCH) {
        size_t some = n - from < BATCH ? n - from : BATCH;
        struct sw_str keys[BATCH], values[BATCH];
        char room[BATCH][72]; /* shop, kind, name, id: at most 5 + 49 + 8 */
        for (size_t i = 0; i < some; i++) {
            struct sw_kb k;
            sw_key_record(&k, shop, t, ids[from + i]);
            memcpy(room[i], k.b, k.n);
            keys[i] = (struct sw_str){room[i], k.n};
        }
        int rc = tx->s->ops->get_batch(tx->e, keys, some, values);
        if (rc)
            return sw_fail(err, rc, "", _("The store can't be read."));
        for (size_t i = 0; i < some; i++) {
            char *rec = (char *)out + (from + i) * type->size;
            bool mine;
            if (!values[i].p)
                continue;
            rc = sw_value_decode(tx, t, ids[from + i], values[i], rec, err);
            if (rc == SW_OK)
                rc = sw_may_see(tx, t, rec, &mine, err);
            if (rc)
                return rc;
            if (!mine)
                memset(rec, 0, type->size);
        }
    }
    return SW_OK;
}

int sw_get_version(struct sw_tx *tx, const struct sw_record *type, uint64_t id, uint64_t version, void *out,
                   struct sw_err *err)
{
    const struct sw_type *t = sw_type_of(tx->s, type);
    struct sw_kb k;
    struct sw_str value;
    bool mine;
    if (!t)
        return sw_type_missing(type, err);
    int rc = sw_load(tx, t, id, out, NULL, err);
    if (rc != SW_OK || head_of(out)->version != version) {
        key_version(&k, sw_shop_of(tx, type), t, id, version);
        rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &value);
        if (rc == SW_OK)
            rc = sw_value_decode(tx, t, id, value, out, err);
    }
    if (rc == SW_OK)
        rc = sw_may_see(tx, t, out, &mine, err);
    if (rc == SW_OK && mine)
        return SW_OK;
    memset(out, 0, type->size);
    if (rc && rc != SW_ENOTFOUND)
        return rc;
    return sw_fail(err, SW_ENOTFOUND, "", _("This version is not there (any more)."));
}

/* ---- Writing */

/* What one put or delete holds while it works. */
struct writing {
    struct sw_tx *tx;
    const struct sw_type *t;
    struct sw_pending pending;
    struct sw_head was; /* the caller's head, given back when the put is refused */
    void *before;
    struct sw_str before_value;
};

static int enter(struct writing *w, struct sw_tx *tx, const struct sw_record *type, struct sw_err *err)
{
    w->tx = tx;
    w->t = sw_type_of(tx->s, type);
    w->before = NULL;
    w->before_value = (struct sw_str){NULL, 0};
    if (!w->t)
        return sw_type_missing(type, err);
    if (!tx->write)
        return sw_fail(err, SW_EFAIL, "", "This transaction only reads.");
    if (tx->broken)
        return sw_tx_broken(tx, err);
    if (tx->depth == SW_PUT_DEPTH)
        return sw_fail(err, SW_EFAIL, "", "Hooks put records more than %d deep.", SW_PUT_DEPTH);
    w->pending = tx->pending;
    tx->pending.note_n = tx->pending.n = 0;
    tx->depth++;
    return SW_OK;
}

static int leave(struct writing *w, int rc)
{
    w->tx->depth--;
    w->tx->pending.note_n = w->tx->pending.n = 0;
    return rc;
}

static int load_before(struct writing *w, uint64_t id, struct sw_err *err)
{
    void *rec = sw_alloc(w->tx->arena, w->t->d->size);
    int rc = sw_load(w->tx, w->t, id, rec, &w->before_value, err);
    if (rc == SW_OK) {
        w->before = rec;
        w->before_value = sw_tx_keep(w->tx, w->before_value);
    }
    return rc;
}

/* A customer changes only what is the customer's, and leaves it so. Types without an owner rule are core's and plugins' own business. */
static int refuse_others(struct writing *w, const void *rec, struct sw_err *err)
{
    bool mine = true;
    uint8_t rule = w->t->d->owner;
    if (rule == SW_OWNER_NONE || rule == SW_OWNER_SHOP)
        return SW_OK;
    int rc = sw_may_see(w->tx, w->t, rec, &mine, err);
    if (rc == SW_OK && !mine)
        return sw_fail(err, SW_ENOTFOUND, "", _("This is not there (any more)."));
    return rc;
}

static int run_hooks(struct writing *w, void *after, struct sw_err *err)
{
    for (size_t i = 0; i < w->t->n_hooks; i++) {
        int rc = w->t->hooks[i]->before_put(w->tx, w->t->d, w->before, after, err);
        if (rc)
            return rc;
    }
    /* What a hook noted joins what the caller did. */
    struct sw_pending *p = &w->tx->pending;
    if (p->note_n && w->pending.note_n && w->pending.note_n < SW_NOTE_MAX)
        w->pending.note[w->pending.note_n++] = ' ';
    size_t room = SW_NOTE_MAX - w->pending.note_n, n = p->note_n < room ? p->note_n : room;
    memcpy(w->pending.note + w->pending.note_n, p->note, n);
    w->pending.note_n += n;
    for (size_t i = 0; i < p->n && w->pending.n < SW_CONCERNS_MAX; i++)
        w->pending.concerns[w->pending.n++] = p->concerns[i];
    return SW_OK;
}

static int check(const struct sw_type *t, const void *rec, struct sw_err *err)
{
    struct sw_err first = {SW_OK, "", ""};
    struct sw_errors errs = {&first, 0, 1};
    if (!sw_record_check(t->d, rec, &errs))
        return SW_OK;
    if (err)
        *err = first;
    return first.code ? (int)first.code : SW_EINVALID;
}

static void key_counter(struct sw_kb *k, uint32_t shop, const struct sw_type *t)
{
    sw_kb_start(k, shop, 'C');
    sw_kb_add(k, t->key, t->key_n);
}

/* The last id given to a type. */
static int counter(struct sw_tx *tx, const struct sw_type *t, uint64_t *last, struct sw_err *err)
{
    struct sw_kb k;
    struct sw_str v;
    key_counter(&k, sw_shop_of(tx, t->d), t);
    int rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &v);
    *last = rc == SW_OK && v.n == 8 ? sw_u64_get(v.p) : 0;
    return rc == SW_OK || rc == SW_ENOTFOUND ? SW_OK : sw_fail(err, rc, "", _("The store can't be read."));
}

static int counter_set(struct sw_tx *tx, const struct sw_type *t, uint64_t last, struct sw_err *err)
{
    struct sw_kb k;
    unsigned char b[8];
    sw_u64_put(b, last);
    key_counter(&k, sw_shop_of(tx, t->d), t);
    return sw_tx_put(tx, sw_kb_str(&k), (struct sw_str){(char *)b, 8}, err);
}

/* An id that was deleted and comes back goes on counting its versions. */
static int last_version(struct sw_tx *tx, const struct sw_type *t, uint64_t id, uint64_t *version, struct sw_err *err)
{
    struct sw_kb from, to;
    struct sw_engine_range *r;
    struct sw_str key, value;
    *version = 0;
    key_version(&from, sw_shop_of(tx, t->d), t, id, 0);
    key_version(&to, sw_shop_of(tx, t->d), t, id, UINT64_MAX);
    int rc = tx->s->ops->range(tx->e, sw_kb_str(&from), sw_kb_str(&to), true, &r);
    if (rc == SW_OK) {
        rc = tx->s->ops->next(r, &key, &value);
        if (rc == SW_OK)
            *version = sw_u64_get(key.p + key.n - 8);
        tx->s->ops->range_end(r);
    }
    return rc == SW_OK || rc == SW_ENOTFOUND ? SW_OK : sw_fail(err, rc, "", _("The store can't be read."));
}

static int keep_former(struct writing *w, uint64_t id, uint64_t version, struct sw_err *err)
{
    struct sw_kb k;
    if (w->t->d->flags & SW_TECHNICAL)
        return SW_OK;
    key_version(&k, sw_shop_of(w->tx, w->t->d), w->t, id, version);
    return sw_tx_put(w->tx, sw_kb_str(&k), w->before_value, err);
}

/* The record's value: salt, head, stored bytes. */
static int make_value(struct sw_tx *tx, const struct sw_type *t, const void *rec, struct sw_str *out, struct sw_err *err)
{
    const struct sw_head *h = rec;
    struct sw_str bytes;
    int rc = sw_stored_encode(tx->arena, t->d, rec, &bytes, err);
    if (rc)
        return rc;
    if (bytes.n > SW_VALUE_MAX)
        return sw_fail(err, SW_ETOOLARGE, "", _("This is larger than %d bytes; nothing was saved."), SW_VALUE_MAX);
    unsigned char *p = sw_alloc(tx->arena, SW_VALUE_HEAD + bytes.n);
    if (!(t->d->flags & SW_TECHNICAL))
        sw_salt(tx, p, SW_SALT);
    sw_u64_put(p + SW_SALT, h->version);
    sw_u64_put(p + SW_SALT + 8, (uint64_t)h->created);
    sw_u64_put(p + SW_SALT + 16, (uint64_t)h->changed);
    memcpy(p + SW_VALUE_HEAD, bytes.p, bytes.n);
    *out = (struct sw_str){(char *)p, SW_VALUE_HEAD + bytes.n};
    return SW_OK;
}

static int stamp(struct writing *w, uint64_t at, uint64_t last, struct sw_head *h, struct sw_err *err)
{
    uint64_t former = 0;
    h->changed = sw_now(w->tx);
    if (w->before) {
        h->version = head_of(w->before)->version + 1;
        h->created = head_of(w->before)->created;
        return SW_OK;
    }
    h->created = h->changed;
    h->id = at ? at : last + 1;
    int rc = at ? last_version(w->tx, w->t, at, &former, err) : SW_OK;
    h->version = former + 1;
    return rc;
}

static int put_checked(struct writing *w, uint64_t at, void *rec, const char *verb, struct sw_err *err)
{
    struct sw_tx *tx = w->tx;
    const struct sw_type *t = w->t;
    struct sw_head *h = rec;
    struct sw_index_change *change;
    struct sw_str value;
    uint64_t last = 0;
    int rc = run_hooks(w, rec, err);
    if (rc == SW_OK)
        rc = check(t, rec, err);
    if (rc == SW_OK && !w->before)
        rc = counter(tx, t, &last, err);
    if (rc == SW_OK)
        rc = stamp(w, at, last, h, err);
    if (rc == SW_OK)
        rc = refuse_others(w, rec, err);
    if (rc == SW_OK)
        rc = make_value(tx, t, rec, &value, err);
    if (rc == SW_OK)
        rc = sw_index_plan(tx, t, w->before, rec, h->id, &change, err);
    if (rc)
        return rc;
    /* From here on nothing is refused; what fails now ends the transaction (tx->broken). */
    struct sw_kb k;
    if (!w->before && h->id > last)
        rc = counter_set(tx, t, h->id, err);
    if (rc == SW_OK && w->before)
        rc = keep_former(w, h->id, h->version - 1, err);
    if (rc == SW_OK) {
        sw_key_record(&k, sw_shop_of(tx, t->d), t, h->id);
        rc = sw_tx_put(tx, sw_kb_str(&k), value, err);
    }
    if (rc == SW_OK)
        rc = sw_index_apply(tx, change, value, err);
    sw_owners_forget(tx);
    if (t->d == &sw_shop_record)
        tx->settings = NULL;
    if (rc == SW_OK && !(t->d->flags & SW_TECHNICAL)) {
        unsigned char hash[SW_HASH];
        crypto_hash_sha256(hash, (const unsigned char *)value.p, value.n);
        struct sw_fact f = {t, verb ? verb : w->before ? "changed" : "created", h->id, h->version,
                            {(char *)hash, SW_HASH}, w->before, rec, &w->pending};
        rc = sw_event_append(tx, &f, err);
    }
    if (rc && !tx->broken)
        tx->broken = (enum sw_code)rc;
    return rc;
}

static int stale(struct sw_err *err)
{
    return sw_fail(err, SW_ESTALE, "", _("Somebody changed this since it was shown. Please look at it again, then repeat your change."));
}

int sw_put(struct sw_tx *tx, const struct sw_record *type, void *record, const char *verb, struct sw_err *err)
{
    struct writing w;
    struct sw_head *h = record;
    int rc = enter(&w, tx, type, err);
    if (rc)
        return rc;
    w.was = *h;
    if (h->id) {
        rc = load_before(&w, h->id, err);
        if (rc == SW_OK)
            rc = refuse_others(&w, w.before, err);
        if (rc == SW_OK && head_of(w.before)->version != h->version)
            rc = stale(err);
    }
    if (rc == SW_OK)
        rc = put_checked(&w, 0, record, verb, err);
    if (rc)
        *h = w.was;
    return leave(&w, rc);
}

int sw_put_at(struct sw_tx *tx, const struct sw_record *type, uint64_t id, void *record, const char *verb, struct sw_err *err)
{
    struct writing w;
    struct sw_head *h = record;
    struct sw_kb k;
    struct sw_str value;
    if (!id)
        return sw_fail(err, SW_EFAIL, "", "sw_put_at wants an id.");
    int rc = enter(&w, tx, type, err);
    if (rc)
        return rc;
    w.was = *h;
    sw_key_record(&k, sw_shop_of(tx, type), w.t, id);
    rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &value);
    if (rc == SW_OK) {
        rc = stale(err);
    } else if (rc == SW_ENOTFOUND) {
        h->id = id;
        rc = put_checked(&w, id, record, verb, err);
    } else {
        sw_fail(err, rc, "", _("The store can't be read."));
    }
    if (rc)
        *h = w.was;
    return leave(&w, rc);
}

static int delete_checked(struct writing *w, uint64_t id, const char *verb, struct sw_err *err)
{
    struct sw_tx *tx = w->tx;
    struct sw_index_change *change;
    struct sw_kb k;
    int rc = load_before(w, id, err);
    if (rc == SW_OK)
        rc = refuse_others(w, w->before, err);
    if (rc == SW_OK)
        rc = run_hooks(w, NULL, err);
    if (rc == SW_OK)
        rc = sw_index_plan(tx, w->t, w->before, NULL, id, &change, err);
    if (rc)
        return rc;
    uint64_t version = head_of(w->before)->version;
    rc = keep_former(w, id, version, err);
    if (rc == SW_OK) {
        sw_key_record(&k, sw_shop_of(tx, w->t->d), w->t, id);
        rc = sw_tx_del(tx, sw_kb_str(&k), err);
    }
    if (rc == SW_OK)
        rc = sw_index_apply(tx, change, (struct sw_str){NULL, 0}, err);
    sw_owners_forget(tx);
    if (rc == SW_OK && !(w->t->d->flags & SW_TECHNICAL)) {
        struct sw_fact f = {w->t, verb ? verb : "deleted", id, version, {NULL, 0}, w->before, NULL, &w->pending};
        rc = sw_event_append(tx, &f, err);
    }
    if (rc && !tx->broken)
        tx->broken = (enum sw_code)rc;
    return rc;
}

int sw_delete(struct sw_tx *tx, const struct sw_record *type, uint64_t id, const char *verb, struct sw_err *err)
{
    struct writing w;
    int rc = enter(&w, tx, type, err);
    return rc ? rc : leave(&w, delete_checked(&w, id, verb, err));
}
