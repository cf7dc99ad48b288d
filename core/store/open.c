/* store/open.c: opening and closing; each record type's owners, indexes and hooks are looked up here once. */
#include "store/internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct sw_store *current;

struct sw_store *sw_store_current(void)
{
    return current;
}

static size_t slot_of(const struct sw_store *s, const struct sw_record *d)
{
    return (size_t)(((uintptr_t)d >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 40) & (s->n_slots - 1);
}

const struct sw_type *sw_type_of(const struct sw_store *s, const struct sw_record *d)
{
    for (size_t i = slot_of(s, d); s->slots[i]; i = (i + 1) & (s->n_slots - 1))
        if (s->types[s->slots[i] - 1].d == d)
            return &s->types[s->slots[i] - 1];
    return NULL;
}

const struct sw_type *sw_type_named(const struct sw_store *s, struct sw_str name)
{
    for (size_t i = 0; i < s->n_types; i++)
        if (s->types[i].key_n == name.n + 1 && memcmp(s->types[i].key, name.p, name.n) == 0)
            return &s->types[i];
    return NULL;
}

static int resolve_indexes(struct sw_type *t, struct sw_err *err)
{
    const struct sw_record *d = t->d;
    while (d->indexes && d->indexes[t->n_ix].name)
        t->n_ix++;
    t->ix = calloc(t->n_ix + 1, sizeof *t->ix);
    if (!t->ix)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    for (size_t i = 0; i < t->n_ix; i++) {
        struct sw_ix *x = &t->ix[i];
        x->d = &d->indexes[i];
        size_t n = strlen(x->d->name) + 1;
        if (t->key_n + n > sizeof x->head)
            return sw_fail(err, SW_EFAIL, "", "The name of index %s.%s is too long.", d->name, x->d->name);
        memcpy(x->head, t->key, t->key_n);
        memcpy(x->head + t->key_n, x->d->name, n);
        x->head_n = t->key_n + n;
        for (; !x->d->emit && x->n < 4 && x->d->fields[x->n]; x->n++) {
            x->fields[x->n] = sw_field_find(d, sw_str_of(x->d->fields[x->n]));
            if (!x->fields[x->n])
                return sw_fail(err, SW_EFAIL, "", "Index %s.%s names the field %s, which is not there.", d->name,
                               x->d->name, x->d->fields[x->n]);
        }
        if (!x->d->emit && x->n == 0)
            return sw_fail(err, SW_EFAIL, "", "Index %s.%s has no field.", d->name, x->d->name);
    }
    return SW_OK;
}

static int resolve_owner(struct sw_store *s, struct sw_type *t, struct sw_err *err)
{
    const struct sw_record *d = t->d;
    if (d->owner == SW_OWNER_FIELD || d->owner == SW_OWNER_PARENT || d->owner == SW_OWNER_ANY_PARENT) {
        t->owner = sw_field_find(d, sw_str_of(d->owner_field));
        uint8_t want = d->owner == SW_OWNER_ANY_PARENT ? SW_KIND_TEXT : SW_KIND_REF;
        if (!t->owner || t->owner->kind != want)
            return sw_fail(err, SW_EFAIL, "", "%s names no fit field as its owner.", d->name);
        if (want == SW_KIND_REF && t->owner->refers)
            t->parent = sw_type_named(s, sw_str_of(t->owner->refers));
    }
    if (d->owner == SW_OWNER_ANY_PARENT) {
        t->owner_id = sw_field_find(d, sw_str_of(d->owner_id_field));
        if (!t->owner_id || (t->owner_id->kind != SW_KIND_REF && t->owner_id->kind != SW_KIND_INT))
            return sw_fail(err, SW_EFAIL, "", "%s names no fit field as its owner's id.", d->name);
    }
    const struct sw_field *merged = sw_field_find(d, SW_STR("merged_into"));
    if (d->owner == SW_OWNER_SELF && merged && merged->kind == SW_KIND_REF) {
        s->alias = t;
        s->alias_field = merged;
    }
    return SW_OK;
}

static int resolve_hooks(struct sw_type *t, const struct sw_store_options *o, struct sw_err *err)
{
    if (!o->n_hooks)
        return SW_OK;
    t->hooks = calloc(o->n_hooks, sizeof(const struct sw_hook *));
    if (!t->hooks)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    for (size_t i = 0; i < o->n_hooks; i++)
        if (!o->hooks[i].type || strcmp(o->hooks[i].type, t->d->name) == 0)
            t->hooks[t->n_hooks++] = &o->hooks[i];
    return SW_OK;
}

static int add_types(struct sw_store *s, const struct sw_store_options *o, struct sw_err *err)
{
    while (o->types && o->types[s->n_types])
        s->n_types++;
    s->n_slots = 64;
    while (s->n_slots < s->n_types * 4)
        s->n_slots *= 2;
    if (s->n_types > 4096)
        return sw_fail(err, SW_EFAIL, "", "There are more than %d record types.", 4096);
    s->types = calloc(s->n_types + 1, sizeof *s->types);
    s->slots = calloc(s->n_slots, sizeof *s->slots);
    if (!s->types || !s->slots)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    for (size_t i = 0; i < s->n_types; i++) {
        struct sw_type *t = &s->types[i];
        t->d = o->types[i];
        t->key_n = strlen(t->d->name) + 1;
        if (t->key_n > 49)
            return sw_fail(err, SW_EFAIL, "", "The name %s is longer than %d bytes.", t->d->name, 48);
        memcpy(t->key, t->d->name, t->key_n);
        if (sw_type_of(s, t->d))
            return sw_fail(err, SW_EFAIL, "", "The record type %s is there twice.", t->d->name);
        size_t at = slot_of(s, t->d);
        while (s->slots[at])
            at = (at + 1) & (s->n_slots - 1);
        s->slots[at] = (uint16_t)(i + 1);
    }
    for (size_t i = 0; i < s->n_types; i++) {
        struct sw_type *t = &s->types[i];
        int rc = resolve_indexes(t, err);
        if (rc == SW_OK)
            rc = resolve_owner(s, t, err);
        if (rc == SW_OK)
            rc = resolve_hooks(t, o, err);
        if (rc)
            return rc;
    }
    return SW_OK;
}

int sw_store_open(const struct sw_store_options *o, struct sw_store **out, struct sw_err *err)
{
    if (sodium_init() < 0)
        return sw_fail(err, SW_EFAIL, "", _("The cryptographic library can't start."));
    struct sw_store *s = calloc(1, sizeof *s);
    if (!s)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    s->ops = &sw_engine_lmdb;
    s->read_only = o->read_only;
    s->dir = strdup(o->dir);
    s->blobs = o->blobs ? strdup(o->blobs) : NULL;
    int rc = s->dir && (s->blobs || !o->blobs) ? SW_OK : sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    if (rc == SW_OK)
        rc = add_types(s, o, err);
    if (rc == SW_OK && o->create && !o->read_only)
        rc = sw_dir_make(s->dir, err);
    if (rc == SW_OK)
        rc = s->ops->open(s->dir, o->map_size, o->create, o->read_only, &s->engine, err);
    if (rc) {
        sw_store_close(s);
        return rc;
    }
    current = s;
    *out = s;
    return SW_OK;
}

void sw_store_close(struct sw_store *s)
{
    if (!s)
        return;
    if (s->batch)
        sw_store_batch_abort(s);
    if (s->engine)
        s->ops->close(s->engine);
    while (s->settings) {
        struct sw_settings *x = s->settings;
        s->settings = x->next;
        sw_arena_free(x->arena);
        free(x);
    }
    for (size_t i = 0; s->types && i < s->n_types; i++) {
        free(s->types[i].ix);
        free(s->types[i].hooks);
    }
    free(s->types);
    free(s->slots);
    free(s->dirty);
    free(s->dir);
    free(s->blobs);
    if (current == s)
        current = NULL;
    free(s);
}

int sw_store_reader_check(struct sw_store *s)
{
    return s->ops->reader_check(s->engine);
}

void sw_store_health(struct sw_store *s, struct sw_store_health *out)
{
    s->ops->health(s->engine, &out->map_size, &out->used, &out->readers, &out->last_tx);
}
