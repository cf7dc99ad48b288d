/* store/scan.c: reading along an index, page by page. */
#include "store/internal.h"

#include <sodium.h>
#include <string.h>

enum {
    SCAN_DEFAULT = 100,
    LOOKED_AT_MAX = 2000, /* entries one scan passes for a customer, most of them somebody else's, before it hands out a place to go on */
};

struct walk {
    const struct sw_type *t;
    const struct sw_ix *ix; /* NULL: by id */
    struct sw_kb from, to;
    size_t base; /* bytes of a key before what the cursor holds */
};

static int wrong(const struct sw_scan *what, struct sw_err *err)
{
    return sw_fail(err, SW_EFAIL, "", "A scan of %s%s%s has values that do not fit.", what->type->name,
                   what->index ? "." : "", what->index ? what->index : "");
}

/* One value as the index holds it. */
static bool add_value(const struct walk *w, struct sw_kb *k, const struct sw_key *v, size_t at)
{
    if (!w->ix) {
        if (at || v->kind != 1)
            return false;
        sw_kb_u64(k, (uint64_t)v->i);
        return true;
    }
    bool text = true, fold = true;
    if (!w->ix->d->emit) {
        if (at >= w->ix->n)
            return false;
        uint8_t kind = w->ix->fields[at]->kind;
        text = kind == SW_KIND_TEXT || kind == SW_KIND_EMAIL || kind == SW_KIND_PHONE || kind == SW_KIND_BYTES;
        fold = kind != SW_KIND_BYTES;
    } else if (at) {
        return false;
    }
    if (text != (v->kind == 2 || v->kind == 3))
        return false;
    if (text)
        sw_kb_text(k, v->s, fold, v->kind == 3);
    else
        sw_kb_int(k, v->i);
    return true;
}

static int place_decode(struct sw_str after, unsigned char *out, size_t max, size_t *n)
{
    if (after.n > max * 2 || sodium_base642bin(out, max, after.p, after.n, NULL, n, NULL,
                                               sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return SW_EMALFORMED;
    return SW_OK;
}

static int go_on(struct walk *w, const struct sw_scan *what, struct sw_err *err)
{
    struct sw_kb k = w->from;
    size_t n;
    k.n = w->base;
    if (place_decode(what->after, k.b + k.n, SW_KEY_MAX - k.n, &n))
        return sw_fail(err, SW_EMALFORMED, "", _("This place in the list is not one that was given out."));
    k.n += n;
    if (what->descending) {
        if (sw_str_cmp(sw_kb_str(&k), sw_kb_str(&w->to)) < 0)
            w->to = k;
    } else if (sw_str_cmp(sw_kb_str(&k), sw_kb_str(&w->from)) >= 0) {
        k.b[k.n++] = 0; /* the next key there can be; b has room for one more */
        w->from = k;
    }
    return SW_OK;
}

static int bounds(struct sw_tx *tx, const struct sw_scan *what, struct walk *w, struct sw_err *err)
{
    w->t = sw_type_of(tx->s, what->type);
    w->ix = NULL;
    if (!w->t)
        return sw_type_missing(what->type, err);
    for (size_t i = 0; what->index && i < w->t->n_ix; i++)
        if (strcmp(w->t->ix[i].d->name, what->index) == 0)
            w->ix = &w->t->ix[i];
    if (what->index && !w->ix)
        return sw_fail(err, SW_EFAIL, "", "%s has no index %s.", what->type->name, what->index);
    struct sw_kb *k = &w->from;
    sw_kb_start(k, sw_shop_of(tx, what->type), what->index ? 'X' : 'R');
    if (w->ix)
        sw_kb_add(k, w->ix->head, w->ix->head_n);
    else
        sw_kb_add(k, w->t->key, w->t->key_n);
    w->base = k->n;
    size_t at = 0;
    bool open = true; /* no prefix yet */
    for (; at < 4 && what->equal[at].kind; at++) {
        if (!open || !add_value(w, k, &what->equal[at], at))
            return wrong(what, err);
        open = what->equal[at].kind != 3;
    }
    if (!open && (what->from.kind || what->to.kind))
        return wrong(what, err);
    w->to = *k;
    if ((what->from.kind && !add_value(w, &w->from, &what->from, at)) ||
        (what->to.kind && !add_value(w, &w->to, &what->to, at)))
        return wrong(what, err);
    if (w->from.over || w->to.over)
        return wrong(what, err);
    sw_kb_past(&w->to);
    return what->after.n ? go_on(w, what, err) : SW_OK;
}

static struct sw_str place_of(struct sw_tx *tx, const struct walk *w, struct sw_str key)
{
    size_t n = sodium_base64_ENCODED_LEN(key.n - w->base, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *p = sw_alloc(tx->arena, n);
    sodium_bin2base64(p, n, (const unsigned char *)key.p + w->base, key.n - w->base,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (struct sw_str){p, n - 1};
}

static int read_entry(struct sw_tx *tx, const struct walk *w, struct sw_str key, struct sw_str value, void *rec,
                      bool *mine, struct sw_err *err)
{
    uint64_t id = sw_u64_get(key.p + key.n - 8);
    int rc;
    if (!w->ix || (w->ix->d->flags & SW_COVERING))
        rc = sw_value_decode(tx, w->t, id, value, rec, err);
    else
        rc = sw_load(tx, w->t, id, rec, NULL, err);
    return rc ? rc : sw_may_see(tx, w->t, rec, mine, err);
}

static int collect(struct sw_tx *tx, const struct sw_scan *what, const struct walk *w, struct sw_engine_range *r,
                   size_t limit, struct sw_found *out, struct sw_err *err)
{
    size_t size = what->type->size, room = 0, looked = 0;
    struct sw_str key, value, last = {NULL, 0};
    char last_bytes[SW_KEY_MAX];
    char *spare = NULL; /* for the one record past the page */
    int rc;
    while ((rc = tx->s->ops->next(r, &key, &value)) == SW_OK) {
        if (key.n < 8)
            return sw_fail(err, SW_EFAIL, "", _("The store is damaged."));
        bool mine = true, full = out->n == limit, restricted = sw_restricted(tx);
        if (full && !restricted)
            break; /* one more is there: so there is a next page */
        if (!full && out->n == room) {
            size_t more = room ? room * 2 : 16;
            more = more > limit ? limit : more;
            char *v = sw_alloc(tx->arena, more * size);
            if (out->n)
                memcpy(v, out->v, out->n * size);
            out->v = v;
            room = more;
        }
        if (full && !spare)
            spare = sw_alloc(tx->arena, size);
        char *rec = full ? spare : (char *)out->v + out->n * size;
        rc = read_entry(tx, w, key, value, rec, &mine, err);
        if (rc)
            return rc;
        looked++;
        if (full && (mine || looked >= LOOKED_AT_MAX))
            break;
        if (full)
            continue;
        if (mine)
            out->n++;
        else
            memset(rec, 0, size);
        memcpy(last_bytes, key.p, key.n);
        last = (struct sw_str){last_bytes, key.n};
        if (looked >= LOOKED_AT_MAX && restricted)
            break;
    }
    if (rc == SW_ENOTFOUND)
        return SW_OK;
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    out->next = place_of(tx, w, last);
    return SW_OK;
}

int sw_scan(struct sw_tx *tx, const struct sw_scan *what, struct sw_found *out, struct sw_err *err)
{
    struct walk w;
    struct sw_engine_range *r;
    size_t limit = what->limit ? what->limit : SCAN_DEFAULT;
    *out = (struct sw_found){NULL, 0, {NULL, 0}};
    if (limit > SW_SCAN_MAX)
        limit = SW_SCAN_MAX;
    int rc = bounds(tx, what, &w, err);
    if (rc)
        return rc;
    rc = tx->s->ops->range(tx->e, sw_kb_str(&w.from), sw_kb_str(&w.to), what->descending, &r);
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    rc = collect(tx, what, &w, r, limit, out, err);
    tx->s->ops->range_end(r);
    if (rc)
        *out = (struct sw_found){NULL, 0, {NULL, 0}};
    return rc;
}

int sw_count(struct sw_tx *tx, const struct sw_scan *what, size_t limit, size_t *out, struct sw_err *err)
{
    struct walk w;
    struct sw_engine_range *r;
    struct sw_str key, value;
    *out = 0;
    int rc = bounds(tx, what, &w, err);
    if (rc)
        return rc;
    rc = tx->s->ops->range(tx->e, sw_kb_str(&w.from), sw_kb_str(&w.to), what->descending, &r);
    if (rc)
        return sw_fail(err, rc, "", _("The store can't be read."));
    void *rec = sw_restricted(tx) ? sw_alloc(tx->arena, what->type->size) : NULL;
    for (size_t looked = 0; *out < limit && (rc = tx->s->ops->next(r, &key, &value)) == SW_OK; looked++) {
        bool mine = true;
        if (rec && (rc = read_entry(tx, &w, key, value, rec, &mine, err)))
            break;
        *out += mine;
        if (rec && looked >= LOOKED_AT_MAX)
            break;
    }
    tx->s->ops->range_end(r);
    return rc == SW_ENOTFOUND ? SW_OK : rc;
}
