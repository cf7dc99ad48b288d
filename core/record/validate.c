/* record/validate.c: is a descriptor table itself right; and what all codecs ask of a field. */
#include "record/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct sw_field *sw_field_find(const struct sw_record *d, struct sw_str name)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const char *n = d->fields[i].name;
        if (name.n > 0 && n[0] == name.p[0] && strlen(n) == name.n && memcmp(n, name.p, name.n) == 0)
            return &d->fields[i];
    }
    return NULL;
}

const struct sw_word *sw_enum_word(const struct sw_enum *e, int32_t value)
{
    for (const struct sw_word *w = e->words; w->word != NULL; w++)
        if (w->value == value)
            return w;
    return NULL;
}

static bool is_secret(const struct sw_field *f)
{
    return (f->flags & (SW_SECRET | SW_PASSWORD)) != 0;
}

bool sw_field_visible(const struct sw_field *f, struct sw_reader who)
{
    if (is_secret(f))
        return false;
    if (!who.customer)
        return true;
    return f->audience == SW_FOR_CUSTOMER || (f->audience == SW_FOR_CUSTOMER_PRICED && who.priced);
}

bool sw_record_visible(const struct sw_record *d, struct sw_reader who)
{
    return !who.customer || d->audience == SW_FOR_CUSTOMER || (d->audience == SW_FOR_CUSTOMER_PRICED && who.priced);
}

enum sw_lead sw_record_lead(const struct sw_record *d)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].offset < least)
            least = d->fields[i].offset;
    return d->size < sizeof(struct sw_str) || least < sizeof(struct sw_str) ? SW_LEAD_NONE
           : least < sizeof(struct sw_head)                                  ? SW_LEAD_REST
           : d->size >= sizeof(struct sw_head)                               ? SW_LEAD_HEAD
                                                                             : SW_LEAD_NONE;
}

bool sw_field_empty(const struct sw_field *f, const void *rec)
{
    const void *at = sw_field_ptr(f, rec);
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        return !*(const bool *)at;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        return *(const int64_t *)at == 0;
    case SW_KIND_REF:
        return *(const uint64_t *)at == 0;
    case SW_KIND_ENUM:
        return *(const int32_t *)at == 0;
    case SW_KIND_FLAGS:
        return *(const uint32_t *)at == 0;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES:
        return ((const struct sw_str *)at)->n == 0;
    case SW_KIND_SUB:
        return *(const void *const *)at == NULL;
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        return ((const struct sw_list *)at)->n == 0;
    }
    return true;
}

/* Bytes that a member of the kind takes; 0: no such kind. */
static size_t kind_size(unsigned kind)
{
    switch ((enum sw_kind)kind) {
    case SW_KIND_BOOL:
        return sizeof(bool);
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
    case SW_KIND_REF:
        return sizeof(int64_t);
    case SW_KIND_ENUM:
    case SW_KIND_FLAGS:
        return sizeof(int32_t);
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES:
        return sizeof(struct sw_str);
    case SW_KIND_SUB:
        return sizeof(void *);
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        return sizeof(struct sw_list);
    }
    return 0;
}

static int bad(struct sw_err *err, const struct sw_record *d, const struct sw_field *f, const char *what)
{
    return sw_fail(err, SW_EINVALID, f == NULL ? "" : f->name, _("The record table %s is wrong%s%s: %s."), d->name,
                   f == NULL ? "" : _(" at the field "), f == NULL ? "" : f->name, what);
}

static bool word_is_sane(const char *s, const char *more, size_t max)
{
    size_t n = strnlen(s, max + 1);
    if (n == 0 || n > max)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || strchr(more, s[i]) != NULL))
            return false;
    return true;
}

static int validate_words(const struct sw_record *d, const struct sw_field *f, struct sw_err *err)
{
    if (f->words == NULL || f->words->words == NULL || f->words->words[0].word == NULL)
        return bad(err, d, f, _("it has no words"));
    for (const struct sw_word *w = f->words->words; w->word != NULL; w++) {
        if (f->kind == SW_KIND_FLAGS && (w->value < 0 || w->value > 31))
            return bad(err, d, f, _("a value of a set must be 0 to 31"));
        for (const struct sw_word *x = f->words->words; x < w; x++)
            if (x->value == w->value || strcmp(x->word, w->word) == 0)
                return bad(err, d, f, _("two of its words are the same"));
    }
    return SW_OK;
}

static int validate_field(const struct sw_record *d, size_t i, struct sw_err *err)
{
    const struct sw_field *f = &d->fields[i];
    if (f->name == NULL || !word_is_sane(f->name, "_", SW_ERR_FIELD_MAX - 20))
        return bad(err, d, f->name == NULL ? NULL : f, _("a name is a lower-case letter, digits and _, at most 44 bytes"));
    size_t size = kind_size(f->kind);
    if (size == 0)
        return bad(err, d, f, _("its kind is unknown"));
    if (f->tag < 1 || f->tag > 999)
        return bad(err, d, f, _("a tag is 1 to 999"));
    if (f->offset > d->size || size > d->size - f->offset)
        return bad(err, d, f, _("it lies outside of the struct"));
    if (f->audience > SW_FOR_CUSTOMER_PRICED)
        return bad(err, d, f, _("its audience is unknown"));
    if (f->hi != 0 && f->lo > f->hi)
        return bad(err, d, f, _("its lowest value is above its highest"));
    for (size_t k = 0; k < i; k++) {
        if (d->fields[k].tag == f->tag)
            return bad(err, d, f, _("another field has its tag"));
        if (strcmp(d->fields[k].name, f->name) == 0)
            return bad(err, d, f, _("another field has its name"));
    }
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_ENUM:
    case SW_KIND_FLAGS:
        return validate_words(d, f, err);
    case SW_KIND_SUB:
    case SW_KIND_LIST:
        if (f->sub == NULL || f->sub->struct_size != sizeof(struct sw_record) || f->sub->size == 0)
            return bad(err, d, f, _("it names no record of its own"));
        break;
    case SW_KIND_REF:
        if (f->refers == NULL)
            return bad(err, d, f, _("it does not say what it refers to"));
        break;
    default:
        break;
    }
    return SW_OK;
}

static const struct sw_field *named(const struct sw_record *d, const char *name)
{
    return name == NULL ? NULL : sw_field_find(d, sw_str_of(name));
}

static int validate_owner(const struct sw_record *d, struct sw_err *err)
{
    const struct sw_field *f = named(d, d->owner_field), *id = named(d, d->owner_id_field);
    switch ((enum sw_owner)d->owner) {
    case SW_OWNER_NONE:
    case SW_OWNER_SELF:
    case SW_OWNER_SHOP:
        return SW_OK;
    case SW_OWNER_FIELD:
    case SW_OWNER_PARENT:
        if (f == NULL || f->kind != SW_KIND_REF)
            return bad(err, d, f, _("its owner_field must name a reference"));
        return SW_OK;
    case SW_OWNER_ANY_PARENT:
        if (f == NULL || f->kind != SW_KIND_TEXT || id == NULL || (id->kind != SW_KIND_REF && id->kind != SW_KIND_INT))
            return bad(err, d, f, _("its owner_field must name a text and its owner_id_field an id"));
        return SW_OK;
    }
    return bad(err, d, NULL, _("its owner rule is unknown"));
}

static int validate_indexes(const struct sw_record *d, struct sw_err *err)
{
    for (const struct sw_index *x = d->indexes; x != NULL && x->name != NULL; x++) {
        for (const struct sw_index *y = d->indexes; y < x; y++)
            if (strcmp(x->name, y->name) == 0)
                return bad(err, d, NULL, _("two indexes have one name"));
        if (x->emit != NULL)
            continue;
        size_t n = 0;
        for (; n < 5 && x->fields[n] != NULL; n++) {
            const struct sw_field *f = named(d, x->fields[n]);
            if (f == NULL)
                return bad(err, d, NULL, _("an index names a field that is not there"));
            if (f->kind == SW_KIND_SUB || f->kind == SW_KIND_LIST || f->kind == SW_KIND_STRS || f->kind == SW_KIND_BYTES)
                return bad(err, d, f, _("an index can't hold its kind"));
        }
        if (n < 1 || n > 4)
            return bad(err, d, NULL, _("an index has one to four fields"));
    }
    return SW_OK;
}

static int validate(const struct sw_record *d, int depth, struct sw_err *err)
{
    if (d == NULL || d->struct_size != sizeof(struct sw_record))
        return sw_fail(err, SW_EINVALID, "", _("A record table was built against another version of the header."));
    if (d->name == NULL || !word_is_sane(d->name, "_.", 48))
        return sw_fail(err, SW_EINVALID, "", _("A record table has no name, or one that is not lower-case \"plugin.noun\" of at most 48 bytes."));
    if (depth >= SW_RECORD_DEPTH_MAX)
        return bad(err, d, NULL, _("records are nested too deeply"));
    if (d->n_fields > SW_FIELDS_MAX)
        return bad(err, d, NULL, _("it has more than 128 fields"));
    if (d->size == 0 || (d->fields == NULL && d->n_fields > 0))
        return bad(err, d, NULL, _("it has no struct or no fields"));
    if (d->audience > SW_FOR_CUSTOMER_PRICED)
        return bad(err, d, NULL, _("its audience is unknown"));
    if (d->version > 1 && d->upgrade == NULL)
        return bad(err, d, NULL, _("a version above 1 needs an upgrade"));
    int rc = SW_OK;
    for (size_t i = 0; rc == SW_OK && i < d->n_fields; i++) {
        rc = validate_field(d, i, err);
        if (rc == SW_OK && d->fields[i].sub != NULL && d->fields[i].sub != d)
            rc = validate(d->fields[i].sub, depth + 1, err);
    }
    if (rc == SW_OK)
        rc = validate_owner(d, err);
    return rc == SW_OK ? validate_indexes(d, err) : rc;
}

int sw_record_validate(const struct sw_record *d, struct sw_err *err)
{
    return validate(d, 0, err);
}
