/* store/access.c: whose a record is. The reads of everybody who is not of the staff pass here. */
#include "store/internal.h"

#include <string.h>

void sw_as_shop(struct sw_tx *tx)
{
    tx->as_shop = true;
}

void sw_as_viewer(struct sw_tx *tx)
{
    tx->as_shop = false;
}

bool sw_tx_as_shop(struct sw_tx *tx, bool on)
{
    bool was = tx->as_shop;
    tx->as_shop = on;
    return was;
}

bool sw_restricted(const struct sw_tx *tx)
{
    return !tx->run.system && !tx->as_shop && !(tx->run.viewer.licences & SW_STAFF);
}

void sw_owners_forget(struct sw_tx *tx)
{
    memset(tx->owners, 0, sizeof tx->owners);
}

static struct sw_owner_slot *slot(struct sw_tx *tx, const struct sw_type *t, uint64_t id)
{
    return &tx->owners[(id ^ (uintptr_t)t >> 6) & (SW_OWNERS_CACHED - 1)];
}

static uint64_t ref(const struct sw_field *f, const void *rec)
{
    return *(const uint64_t *)sw_field_ptr(f, rec);
}

/* Scratch for one parent on the way up. */
static int load_parent(struct sw_tx *tx, const struct sw_type *t, uint64_t id, void **rec, struct sw_err *err)
{
    *rec = sw_alloc(tx->arena, t->d->size);
    return sw_load(tx, t, id, *rec, NULL, err);
}

int sw_canonical(struct sw_tx *tx, uint64_t customer, uint64_t *out, struct sw_err *err)
{
    const struct sw_type *t = tx->s->alias;
    *out = customer;
    if (!t || !customer)
        return SW_OK;
    struct sw_owner_slot *c = slot(tx, t, customer);
    if (c->type == t && c->id == customer) {
        *out = c->customer;
        return SW_OK;
    }
    uint64_t id = customer;
    for (int depth = 0;; depth++) {
        void *rec;
        if (depth > SW_CHAIN_DEPTH)
            return sw_fail(err, SW_EFAIL, "", _("Customer %llu was merged in a circle."), (unsigned long long)customer);
        int rc = load_parent(tx, t, id, &rec, NULL);
        if (rc == SW_ENOTFOUND)
            break;
        if (rc)
            return sw_fail(err, rc, "", _("Customer %llu can't be read."), (unsigned long long)id);
        uint64_t into = ref(tx->s->alias_field, rec);
        if (!into)
            break;
        id = into;
    }
    *c = (struct sw_owner_slot){t, customer, id, false};
    *out = id;
    return SW_OK;
}

/* The parent that a record names; NULL type when it names none. */
static const struct sw_type *parent_of(struct sw_tx *tx, const struct sw_type *t, const void *rec, uint64_t *id)
{
    if (t->d->owner == SW_OWNER_PARENT) {
        *id = ref(t->owner, rec);
        return *id ? t->parent : NULL;
    }
    *id = ref(t->owner_id, rec);
    return *id ? sw_type_named(tx->s, *(const struct sw_str *)sw_field_ptr(t->owner, rec)) : NULL;
}

static int owner(struct sw_tx *tx, const struct sw_type *t, const void *rec, int depth, uint64_t *customer,
                 bool *everybody, struct sw_err *err)
{
    *customer = 0;
    *everybody = false;
    switch (t->d->owner) {
    case SW_OWNER_SHOP:
        *everybody = true;
        return SW_OK;
    case SW_OWNER_SELF:
        return sw_canonical(tx, ((const struct sw_head *)rec)->id, customer, err);
    case SW_OWNER_FIELD:
        return sw_canonical(tx, ref(t->owner, rec), customer, err);
    case SW_OWNER_PARENT:
    case SW_OWNER_ANY_PARENT:
        break;
    default:
        return SW_OK;
    }
    uint64_t id;
    const struct sw_type *p = parent_of(tx, t, rec, &id);
    if (!p || depth >= SW_CHAIN_DEPTH)
        return SW_OK;
    if (p->d->owner == SW_OWNER_SELF)
        return sw_canonical(tx, id, customer, err);
    struct sw_owner_slot *c = slot(tx, p, id);
    if (c->type == p && c->id == id) {
        *customer = c->customer;
        *everybody = c->everybody;
        return SW_OK;
    }
    void *up;
    int rc = load_parent(tx, p, id, &up, err);
    if (rc == SW_ENOTFOUND)
        return SW_OK;
    if (rc == SW_OK)
        rc = owner(tx, p, up, depth + 1, customer, everybody, err);
    if (rc == SW_OK)
        *slot(tx, p, id) = (struct sw_owner_slot){p, id, *customer, *everybody};
    return rc;
}

void sw_owner_keep(struct sw_tx *tx, const struct sw_type *t, const void *stored)
{
    uint64_t id = ((const struct sw_head *)stored)->id, customer;
    bool everybody;
    if (sw_restricted(tx) && t->d->owner == SW_OWNER_FIELD && owner(tx, t, stored, 0, &customer, &everybody, NULL) == SW_OK)
        *slot(tx, t, id) = (struct sw_owner_slot){t, id, customer, everybody};
}

int sw_may_see(struct sw_tx *tx, const struct sw_type *t, const void *rec, bool *yes, struct sw_err *err)
{
    uint64_t customer, mine;
    bool everybody;
    *yes = true;
    if (!sw_restricted(tx))
        return SW_OK;
    int rc = owner(tx, t, rec, 0, &customer, &everybody, err);
    if (rc == SW_OK)
        rc = sw_canonical(tx, tx->run.viewer.customer, &mine, err);
    if (rc)
        return rc;
    *yes = everybody || (customer && customer == mine);
    if (t->d == &sw_file_record && ((const struct sw_file *)rec)->internal)
        *yes = false;
    return SW_OK;
}

int sw_owner_of(struct sw_tx *tx, const struct sw_record *type, const void *record, uint64_t *customer, struct sw_err *err)
{
    const struct sw_type *t = sw_type_of(tx->s, type);
    bool everybody;
    *customer = 0;
    return t ? owner(tx, t, record, 0, customer, &everybody, err) : sw_type_missing(type, err);
}

int sw_owner_chain(struct sw_tx *tx, const struct sw_type *t, const void *rec,
                   void (*add)(void *arg, struct sw_str type, uint64_t id), void *arg, struct sw_err *err)
{
    for (int depth = 0; depth < SW_CHAIN_DEPTH; depth++) {
        uint64_t id = 0;
        if (t->d->owner == SW_OWNER_FIELD || t->d->owner == SW_OWNER_SELF) {
            id = t->owner ? ref(t->owner, rec) : ((const struct sw_head *)rec)->id;
            struct sw_str type = sw_str_of(t->owner ? t->owner->refers : t->d->name);
            uint64_t canonical;
            int rc = sw_canonical(tx, id, &canonical, err);
            if (rc || !id)
                return rc;
            if (type.n)
                add(arg, type, id);
            if (canonical != id)
                add(arg, sw_str_of(tx->s->alias->d->name), canonical);
            return SW_OK;
        }
        if (t->d->owner != SW_OWNER_PARENT && t->d->owner != SW_OWNER_ANY_PARENT)
            return SW_OK;
        const struct sw_type *p = parent_of(tx, t, rec, &id);
        if (!p)
            return SW_OK;
        add(arg, sw_str_of(p->d->name), id);
        void *up;
        int rc = load_parent(tx, p, id, &up, err);
        if (rc)
            return rc == SW_ENOTFOUND ? SW_OK : rc;
        t = p;
        rec = up;
    }
    return SW_OK;
}
