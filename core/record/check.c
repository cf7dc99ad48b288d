/* record/check.c: the limits of fields, with a sentence for each that is crossed. */
#include "record/codec.h"
#include "base/texts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STRS_TEXT_MAX = 1000, EMAIL_MAX = 254 };
#define NUMBER_MAX INT64_C(1000000000000)
#define TIME_MAX INT64_C(253402300799999) /* the end of year 9999 */

const char *sw_field_label(const struct sw_field *f)
{
    return f->label == NULL ? f->name : sw_text_any(f->label);
}

int sw_errors_add(struct sw_errors *errs, enum sw_code code, const char *prefix, const char *field, const char *fmt, ...)
{
    struct sw_err e;
    char name[SW_ERR_FIELD_MAX], text[SW_ERR_MESSAGE_MAX];
    if (errs->n >= errs->max)
        return code;
    snprintf(name, sizeof name, "%s%s", prefix, field);
    for (size_t i = 0; i < errs->n; i++)
        if (name[0] != '\0' && strcmp(errs->v[i].field, name) == 0)
            return code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sw_fail(&e, code, name, "%s", text);
    errs->v[errs->n++] = e;
    return code;
}

static const char *plain_number(char *out, size_t size, unsigned kind, int64_t v)
{
    if (kind == SW_KIND_MONEY)
        snprintf(out, size, "%s%" PRId64 ".%02d", v < 0 ? "-" : "", v < 0 ? -(v / 100) : v / 100, (int)(v < 0 ? -(v % 100) : v % 100));
    else if (kind == SW_KIND_QTY && v % 1000 != 0)
        snprintf(out, size, "%s%" PRId64 ".%03d", v < 0 ? "-" : "", v < 0 ? -(v / 1000) : v / 1000,
                 (int)(v < 0 ? -(v % 1000) : v % 1000));
    else if (kind == SW_KIND_QTY)
        snprintf(out, size, "%" PRId64, v / 1000);
    else
        snprintf(out, size, "%" PRId64, v);
    return out;
}

static size_t check_number(const struct sw_field *f, int64_t v, const char *prefix, struct sw_errors *errs)
{
    char low[32], high[32];
    if (v == 0 && (f->flags & SW_REQUIRED) == 0)
        return 0; /* none */
    if (f->kind == SW_KIND_TIME || f->kind == SW_KIND_SPAN) {
        int64_t hi = f->hi != 0 ? f->hi : TIME_MAX;
        int64_t lo = f->hi != 0 ? f->lo : (f->flags & SW_NEGATIVE) != 0 ? -TIME_MAX : 0;
        if (v >= lo && v <= hi)
            return 0;
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is out of range."), sw_field_label(f));
        return 1;
    }
    int64_t hi = f->hi != 0 ? f->hi : NUMBER_MAX;
    int64_t lo = f->hi != 0 ? f->lo : (f->flags & SW_NEGATIVE) != 0 ? -NUMBER_MAX : 0;
    if (v >= lo && v <= hi)
        return 0;
    if (v < lo && lo == 0)
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s can't be below zero."), sw_field_label(f));
    else
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s must be from %s to %s."), sw_field_label(f),
                      plain_number(low, sizeof low, f->kind, lo), plain_number(high, sizeof high, f->kind, hi));
    return 1;
}

static bool email_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

/* name@host.tld: what mail servers take without quoting. No white space, no header can hide in it. */
static bool is_email(struct sw_str s)
{
    const char *at = s.n == 0 || s.n > EMAIL_MAX ? NULL : memchr(s.p, '@', s.n);
    if (at == NULL || at == s.p || at - s.p > 64)
        return false;
    const char *end = s.p + s.n;
    for (const char *p = s.p; p < at; p++)
        if (!email_char(*p) && (*p != '.' || p == s.p || p[1] == '.' || p + 1 == at))
            return false;
    size_t label = 0, dots = 0;
    for (const char *p = at + 1; p < end; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (*p == '.') {
            if (label == 0 || p[-1] == '-')
                return false;
            label = 0;
            dots++;
        } else if (word || (*p == '-' && label > 0)) {
            if (++label > 63)
                return false;
        } else {
            return false;
        }
    }
    return label >= 2 && dots > 0 && end[-1] != '-';
}

static bool is_e164(struct sw_str s)
{
    if (s.n < 9 || s.n > 16 || s.p[0] != '+' || s.p[1] == '0')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static size_t check_text(const struct sw_field *f, struct sw_str s, const char *prefix, struct sw_errors *errs)
{
    uint32_t max = f->max != 0 ? f->max : SW_TEXT_MAX_DEFAULT;
    if (s.n > max) {
        if (f->kind == SW_KIND_BYTES)
            sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is larger than %u bytes."), sw_field_label(f), max);
        else
            sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is longer than %u characters."), sw_field_label(f), max);
        return 1;
    }
    if (f->kind == SW_KIND_BYTES || s.n == 0)
        return 0;
    if (!sw_str_is_text(s)) {
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s holds characters that are not text."), sw_field_label(f));
        return 1;
    }
    if (f->kind == SW_KIND_EMAIL && !is_email(s)) {
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is not an e-mail address. Example: name@mail.test"), sw_field_label(f));
        return 1;
    }
    if (f->kind == SW_KIND_PHONE && !is_e164(s)) {
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is not a phone number. Example: (310) 555-0142"), sw_field_label(f));
        return 1;
    }
    return 0;
}

static uint32_t known_bits(const struct sw_enum *e)
{
    uint32_t bits = 0;
    for (const struct sw_word *w = e->words; w->word != NULL; w++)
        bits |= UINT32_C(1) << (w->value & 31);
    return bits;
}

static size_t check_words(const struct sw_field *f, const void *at, const char *prefix, struct sw_errors *errs)
{
    bool known = f->kind == SW_KIND_FLAGS ? (*(const uint32_t *)at & ~known_bits(f->words)) == 0
                                          : *(const int32_t *)at == 0 || sw_enum_word(f->words, *(const int32_t *)at) != NULL;
    if (known)
        return 0;
    sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s must be one of the choices."), sw_field_label(f));
    return 1;
}

static size_t missing(const struct sw_field *f, const char *prefix, struct sw_errors *errs)
{
    if (f->kind == SW_KIND_BOOL)
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s must be ticked."), sw_field_label(f));
    else
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is missing."), sw_field_label(f));
    return 1;
}

static size_t check_sub(const struct sw_record *d, const void *rec, const char *prefix, bool skip_required, struct sw_errors *errs)
{
    size_t n = sw_fields_check(d, rec, prefix, skip_required, errs);
    struct sw_err e = {.code = SW_OK};
    if (n > 0 || d->check == NULL || d->check(rec, &e) == SW_OK)
        return n;
    sw_errors_add(errs, e.code, e.field[0] == '\0' ? "" : prefix, e.field, "%s", e.message);
    return 1;
}

static size_t check_list(const struct sw_field *f, const struct sw_list *l, const char *prefix, bool skip_required,
                         struct sw_errors *errs)
{
    uint32_t max = f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT;
    if (l->n > max) {
        sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s has more than %u entries."), sw_field_label(f), max);
        return 1;
    }
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (f->kind == SW_KIND_STRS) {
            struct sw_str s = ((const struct sw_str *)l->v)[i];
            if (s.n <= STRS_TEXT_MAX && sw_str_is_text(s))
                continue;
            sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("An entry of %s is longer than %d characters or not text."),
                          sw_field_label(f), STRS_TEXT_MAX);
            return 1;
        }
        char deeper[SW_ERR_FIELD_MAX];
        snprintf(deeper, sizeof deeper, "%s%s.%zu.", prefix, f->name, i);
        n += check_sub(f->sub, (const char *)l->v + i * f->sub->size, deeper, skip_required, errs);
    }
    return n;
}

static size_t check_one(const struct sw_field *f, const void *rec, const char *prefix, bool skip_required, struct sw_errors *errs)
{
    const void *at = sw_field_ptr(f, rec);
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
    case SW_KIND_REF:
        return 0;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        return check_number(f, *(const int64_t *)at, prefix, errs);
    case SW_KIND_ENUM:
    case SW_KIND_FLAGS:
        return check_words(f, at, prefix, errs);
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES:
        return check_text(f, *(const struct sw_str *)at, prefix, errs);
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        return check_list(f, at, prefix, skip_required, errs);
    case SW_KIND_SUB:
        break;
    }
    if (*(const void *const *)at == NULL)
        return 0;
    char deeper[SW_ERR_FIELD_MAX];
    snprintf(deeper, sizeof deeper, "%s%s.", prefix, f->name);
    return check_sub(f->sub, *(const void *const *)at, deeper, skip_required, errs);
}

size_t sw_field_check(const struct sw_field *f, const void *rec, const char *prefix, struct sw_errors *errs)
{
    return check_one(f, rec, prefix, false, errs);
}

/* Whether an empty value shows that nothing was given. 0 is a price like any other; of an enum it is one when it has a word. */
static bool empty_is_missing(const struct sw_field *f)
{
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_SPAN:
        return false;
    case SW_KIND_ENUM:
        return sw_enum_word(f->words, 0) == NULL;
    default:
        return true;
    }
}

size_t sw_fields_check(const struct sw_record *d, const void *rec, const char *prefix, bool skip_required, struct sw_errors *errs)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (!skip_required && (f->flags & SW_REQUIRED) != 0 && empty_is_missing(f) && sw_field_empty(f, rec))
            n += missing(f, prefix, errs);
        else
            n += check_one(f, rec, prefix, skip_required, errs);
    }
    return n;
}

size_t sw_fields_missing(const struct sw_record *d, const uint64_t *given, const uint64_t *seen, const char *prefix, struct sw_errors *errs)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_fields && i < SW_FIELDS_MAX; i++)
        if ((d->fields[i].flags & SW_REQUIRED) != 0 && (given[i / 64] >> (i % 64) & 1) == 0 &&
            ((d->flags & SW_PARTIAL) == 0 || (seen[i / 64] >> (i % 64) & 1) != 0))
            n += missing(&d->fields[i], prefix, errs);
    return n;
}

size_t sw_record_check(const struct sw_record *d, const void *rec, struct sw_errors *errs)
{
    return check_sub(d, rec, "", false, errs);
}
