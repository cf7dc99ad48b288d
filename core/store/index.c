/* store/index.c: secondary indexes: which keys a record has, and what a put changes of them. */
#include "store/internal.h"

#include <string.h>

struct sw_index_change {
    size_t n_del, n_add, n_again;
    struct sw_str *del, *add, *again; /* add: empty entries; again: entries that hold the record */
};

static void key_start(struct sw_kb *k, const struct sw_ix *ix, uint32_t shop)
{
    sw_kb_start(k, shop, 'X');
    sw_kb_add(k, ix->head, ix->head_n);
}

static void add_field(struct sw_kb *k, const struct sw_field *f, const void *rec)
{
    const void *p = sw_field_ptr(f, rec);
    switch (f->kind) {
    case SW_KIND_BOOL:
        sw_kb_int(k, *(const bool *)p);
        break;
    case SW_KIND_REF:
        sw_kb_int(k, (int64_t) * (const uint64_t *)p);
        break;
    case SW_KIND_ENUM:
        sw_kb_int(k, *(const int32_t *)p);
        break;
    case SW_KIND_FLAGS:
        sw_kb_int(k, *(const uint32_t *)p);
        break;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES:
        sw_kb_text(k, *(const struct sw_str *)p, f->kind != SW_KIND_BYTES, false);
        break;
    default:
        sw_kb_int(k, *(const int64_t *)p);
    }
}

static struct sw_str keep(struct sw_arena *a, const struct sw_kb *k)
{
    char *p = sw_alloc(a, k->n);
    memcpy(p, k->b, k->n);
    return (struct sw_str){p, k->n};
}

static bool has(const struct sw_keys *keys, struct sw_str key)
{
    for (size_t i = 0; i < keys->n; i++)
        if (sw_str_eq(keys->v[i], key))
            return true;
    return false;
}

struct emitting {
    struct sw_tx *tx;
    const struct sw_ix *ix;
    uint32_t shop;
    uint64_t id;
    struct sw_keys *out;
};

static void emitted(void *sink, struct sw_str text)
{
    struct emitting *e = sink;
    struct sw_kb k;
    if (e->out->n == SW_EMIT_MAX || !text.n)
        return;
    key_start(&k, e->ix, e->shop);
    sw_kb_text(&k, text, true, false);
    sw_kb_u64(&k, e->id);
    if (!has(e->out, sw_kb_str(&k)))
        e->out->v[e->out->n++] = keep(e->tx->arena, &k);
}

int sw_index_keys(struct sw_tx *tx, const struct sw_ix *ix, uint32_t shop, const void *rec, uint64_t id,
                  struct sw_keys *out, struct sw_err *err)
{
    out->n = 0;
    if (ix->d->emit) {
        struct emitting e = {tx, ix, shop, id, out};
        ix->d->emit(rec, tx->arena, emitted, &e);
        return SW_OK;
    }
    if ((ix->d->flags & SW_SKIP_EMPTY) && sw_field_empty(ix->fields[0], rec))
        return SW_OK;
    struct sw_kb k;
    key_start(&k, ix, shop);
    for (size_t i = 0; i < ix->n; i++)
        add_field(&k, ix->fields[i], rec);
    sw_kb_u64(&k, id);
    if (k.over)
        return sw_fail(err, SW_EINVALID, ix->fields[0]->name, _("This is too long to be sorted by."));
    out->v[out->n++] = keep(tx->arena, &k);
    return SW_OK;
}

static int refuse_second(struct sw_tx *tx, const struct sw_ix *ix, struct sw_str key, struct sw_err *err)
{
    struct sw_kb past = {.n = key.n - 8};
    struct sw_engine_range *r;
    struct sw_str other, value;
    memcpy(past.b, key.p, past.n);
    sw_kb_past(&past);
    int rc = tx->s->ops->range(tx->e, (struct sw_str){key.p, key.n - 8}, sw_kb_str(&past), false, &r);
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    while ((rc = tx->s->ops->next(r, &other, &value)) == SW_OK)
        if (other.n == key.n && memcmp(other.p + other.n - 8, key.p + key.n - 8, 8) != 0)
            break;
    tx->s->ops->range_end(r);
    if (rc == SW_ENOTFOUND)
        return SW_OK;
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    const struct sw_field *f = ix->n ? ix->fields[0] : NULL;
    const char *label = f && f->label ? sw_text_any(f->label) : f ? f->name : ix->d->name;
    return sw_fail(err, SW_EINVALID, f ? f->name : "", _("%s: another one has this already."), label);
}

int sw_index_plan(struct sw_tx *tx, const struct sw_type *t, const void *before, const void *after, uint64_t id,
                  struct sw_index_change **out, struct sw_err *err)
{
    uint32_t shop = sw_shop_of(tx, t->d);
    struct sw_index_change *c = SW_NEW(tx->arena, struct sw_index_change);
    struct sw_keys *was = SW_NEW_N(tx->arena, struct sw_keys, 2), *is = was + 1;
    size_t max = 0;
    *out = c;
    for (size_t i = 0; i < t->n_ix; i++)
        max += t->ix[i].d->emit ? SW_EMIT_MAX : 1;
    if (!max)
        return SW_OK;
    c->del = SW_NEW_N(tx->arena, struct sw_str, max * 3);
    c->add = c->del + max;
    c->again = c->add + max;
    for (size_t i = 0; i < t->n_ix; i++) {
        const struct sw_ix *ix = &t->ix[i];
        was->n = is->n = 0;
        int rc = before ? sw_index_keys(tx, ix, shop, before, id, was, err) : SW_OK;
        if (rc == SW_OK && after)
            rc = sw_index_keys(tx, ix, shop, after, id, is, err);
        if (rc)
            return rc;
        for (size_t j = 0; j < was->n; j++)
            if (!has(is, was->v[j]))
                c->del[c->n_del++] = was->v[j];
        for (size_t j = 0; j < is->n; j++) {
            bool fresh = !has(was, is->v[j]);
            if (fresh && (ix->d->flags & SW_UNIQUE) && (rc = refuse_second(tx, ix, is->v[j], err)))
                return rc;
            if (ix->d->flags & SW_COVERING)
                c->again[c->n_again++] = is->v[j];
            else if (fresh)
                c->add[c->n_add++] = is->v[j];
        }
    }
    return SW_OK;
}

int sw_index_apply(struct sw_tx *tx, const struct sw_index_change *c, struct sw_str value, struct sw_err *err)
{
    int rc = SW_OK;
    for (size_t i = 0; i < c->n_del && (rc == SW_OK || rc == SW_ENOTFOUND); i++)
        rc = sw_tx_del(tx, c->del[i], err);
    if (rc == SW_ENOTFOUND)
        rc = SW_OK;
    for (size_t i = 0; i < c->n_add && rc == SW_OK; i++)
        rc = sw_tx_put(tx, c->add[i], (struct sw_str){NULL, 0}, err);
    for (size_t i = 0; i < c->n_again && rc == SW_OK; i++)
        rc = sw_tx_put(tx, c->again[i], value, err);
    return rc;
}
