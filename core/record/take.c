/* record/take.c: what a person typed into a field, and the field as a person would type it. */
#include "record/codec.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { TYPED_MAX = 256 * 1024 };

int sw_text_tidy(struct sw_arena *a, struct sw_str typed, bool multiline, struct sw_str *out)
{
    struct sw_str s = sw_str_trim(typed);
    *out = s;
    if (!sw_str_is_text(s))
        return SW_EINVALID;
    size_t i = 0;
    while (i < s.n && s.p[i] != '\r' && (multiline || (s.p[i] != '\n' && s.p[i] != '\t')))
        i++;
    if (i == s.n)
        return SW_OK;
    char *p = SW_NEW_N(a, char, s.n);
    size_t n = 0;
    for (i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            continue;
        if (c == '\r')
            c = '\n';
        p[n++] = !multiline && (c == '\n' || c == '\t') ? ' ' : c;
    }
    *out = (struct sw_str){p, n};
    return SW_OK;
}

static struct sw_str lower(struct sw_arena *a, struct sw_str s)
{
    char *p = SW_NEW_N(a, char, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (struct sw_str){p, s.n};
}

static struct sw_str upper_dense(struct sw_arena *a, struct sw_str s)
{
    char *p = SW_NEW_N(a, char, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ')
            p[n++] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
    return (struct sw_str){p, n};
}

/* Digits with an optional sign; false beyond 18 digits. */
static bool whole(struct sw_str s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
    if (i == s.n || s.n - i > 18)
        return false;
    int64_t v = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = negative ? -v : v;
    return true;
}

/* Exactly n digits. */
static bool digits(struct sw_str s, size_t at, size_t n, int *out)
{
    int v = 0;
    if (at + n > s.n)
        return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

static bool sane_date(const struct sw_civil *c)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->year < 1900 || c->month < 1 || c->month > 12 || c->day < 1 || c->day > days[c->month - 1])
        return false;
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    return c->month != 2 || c->day < 29 || leap;
}

/* 2026-11-19, 2026-11-19T10:42, …:00, …:00.000, then Z or +02:00 or nothing (the shop's zone). */
static bool take_time(struct sw_str s, bool zoned, int64_t *out)
{
    struct sw_civil c = {0};
    int ms = 0, zh, zm;
    size_t at = 10;
    bool utc = false;
    int64_t east = 0;
    if (!digits(s, 0, 4, &c.year) || !digits(s, 5, 2, &c.month) || !digits(s, 8, 2, &c.day) || s.p[4] != '-' || s.p[7] != '-' ||
        !sane_date(&c))
        return false;
    if (at < s.n && (s.p[at] == 'T' || s.p[at] == ' ')) {
        if (!digits(s, 11, 2, &c.hour) || !digits(s, 14, 2, &c.minute) || s.p[13] != ':' || c.hour > 23 || c.minute > 59)
            return false;
        at = 16;
        if (at < s.n && s.p[at] == ':') {
            if (!digits(s, 17, 2, &c.second) || c.second > 59)
                return false;
            at = 19;
            if (at < s.n && s.p[at] == '.') {
                if (!digits(s, 20, 3, &ms))
                    return false;
                at = 23;
            }
        }
        if (at < s.n && s.p[at] == 'Z') {
            utc = true;
            at++;
        } else if (at < s.n && (s.p[at] == '+' || s.p[at] == '-')) {
            if (!digits(s, at + 1, 2, &zh) || !digits(s, at + 4, 2, &zm) || s.p[at + 3] != ':' || zh > 18 || zm > 59)
                return false;
            utc = true;
            east = (s.p[at] == '-' ? -1 : 1) * (zh * SW_HOUR + zm * SW_MINUTE);
            at += 6;
        }
    }
    if (at != s.n || (zoned && !utc))
        return false;
    sw_zone_utc(utc ? "UTC" : sw_locale()->zone, &c, out);
    *out += ms - east;
    return true;
}

/* "90" minutes, "1:30". */
static bool take_span(struct sw_str s, int64_t *out)
{
    const char *colon = s.n == 0 ? NULL : memchr(s.p, ':', s.n);
    int64_t hours = 0, minutes;
    if (colon != NULL) {
        size_t n = (size_t)(colon - s.p);
        if (n > 6 || !whole((struct sw_str){s.p, n}, &hours) || hours < 0 || s.n - n != 3)
            return false;
        s = (struct sw_str){colon + 1, s.n - n - 1};
    }
    if (s.n > 9 || !whole(s, &minutes) || (colon != NULL && (minutes < 0 || minutes > 59)))
        return false;
    *out = hours * SW_HOUR + minutes * SW_MINUTE;
    return true;
}

static bool take_bool(struct sw_str s, bool *out)
{
    *out = sw_str_is(s, "on") || sw_str_is(s, "1") || sw_str_is(s, "true") || sw_str_is(s, "yes");
    return *out || s.n == 0 || sw_str_is(s, "off") || sw_str_is(s, "0") || sw_str_is(s, "false") || sw_str_is(s, "no");
}

static const struct sw_word *word_find(const struct sw_enum *e, struct sw_str s)
{
    const struct sw_word *w = e->words;
    while (w->word != NULL && !sw_str_is(s, w->word))
        w++;
    return w->word == NULL ? NULL : w;
}

static bool take_bytes(struct sw_arena *a, struct sw_str s, struct sw_str *out)
{
    char *p = SW_NEW_N(a, char, s.n);
    size_t n;
    if (s.n > 0 &&
        sodium_base642bin((unsigned char *)p, s.n, s.p, s.n, " \n", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *out = (struct sw_str){p, s.n == 0 ? 0 : n};
    return true;
}

#define REFUSE(text) return sw_errors_add(errs, SW_EINVALID, prefix, f->name, text, sw_field_label(f))

static int take_text(struct sw_arena *a, const struct sw_field *f, struct sw_str *at, struct sw_str typed, const char *prefix,
                     struct sw_errors *errs)
{
    if (typed.n > TYPED_MAX)
        return sw_errors_add(errs, SW_EINVALID, prefix, f->name, _("%s is longer than %d characters."), sw_field_label(f), TYPED_MAX);
    if ((f->flags & SW_PASSWORD) != 0) { /* white space is part of a password */
        *at = typed;
        if (!sw_str_is_text(typed))
            REFUSE(_("%s holds characters that are not text."));
        return SW_OK;
    }
    if (sw_text_tidy(a, typed, (f->flags & SW_MULTILINE) != 0, at) != SW_OK) {
        *at = (struct sw_str){NULL, 0};
        REFUSE(_("%s holds characters that are not text."));
    }
    if ((f->flags & SW_UPPER) != 0)
        *at = upper_dense(a, *at);
    if (f->kind == SW_KIND_EMAIL)
        *at = lower(a, *at);
    if (f->kind == SW_KIND_PHONE && at->n > 0 && sw_phone_parse(a, *at, at) != SW_OK)
        REFUSE(_("%s is not a phone number. Example: (310) 555-0142"));
    return SW_OK;
}

int sw_field_take(struct sw_arena *a, const struct sw_field *f, void *rec, struct sw_str typed, bool zoned, const char *prefix,
                  struct sw_errors *errs)
{
    void *at = sw_field_ptr(f, rec);
    struct sw_str s = sw_str_trim(typed);
    const struct sw_word *w;
    int64_t number = 0;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
        return take_text(a, f, at, typed, prefix, errs);
    case SW_KIND_BYTES:
        if (!take_bytes(a, s, at))
            REFUSE(_("%s is not base64."));
        return SW_OK;
    case SW_KIND_BOOL:
        if (!take_bool(s, at))
            REFUSE(_("%s must be on or off."));
        return SW_OK;
    case SW_KIND_INT:
        if (s.n > 0 && !whole(s, &number))
            REFUSE(_("%s is not a whole number. Example: 12"));
        *(int64_t *)at = number;
        return SW_OK;
    case SW_KIND_MONEY:
        if (s.n > 0 && sw_money_parse(s, &number) != SW_OK)
            REFUSE(_("%s is not an amount. Example: 1526.46"));
        *(int64_t *)at = number;
        return SW_OK;
    case SW_KIND_QTY:
        if (s.n > 0 && sw_qty_parse(s, &number) != SW_OK)
            REFUSE(_("%s is not a number. Example: 1.5"));
        *(int64_t *)at = number;
        return SW_OK;
    case SW_KIND_TIME:
        if (s.n > 0 && !take_time(s, zoned, &number))
            REFUSE(_("%s is not a date and time. Example: 2026-11-19T10:42"));
        *(int64_t *)at = number;
        return SW_OK;
    case SW_KIND_SPAN:
        if (s.n > 0 && !take_span(s, &number))
            REFUSE(_("%s is not a time span. Example: 1:30"));
        *(int64_t *)at = number;
        return SW_OK;
    case SW_KIND_REF:
        if (s.n > 0 && (!whole(s, &number) || number < 0))
            REFUSE(_("%s must be chosen from the list."));
        *(uint64_t *)at = (uint64_t)number;
        return SW_OK;
    case SW_KIND_ENUM:
        *(int32_t *)at = 0;
        if (s.n == 0)
            return SW_OK;
        if ((w = word_find(f->words, s)) == NULL)
            REFUSE(_("%s must be one of the choices."));
        *(int32_t *)at = w->value;
        return SW_OK;
    case SW_KIND_FLAGS: /* one word a call: they add up */
        if (s.n == 0)
            return SW_OK;
        if ((w = word_find(f->words, s)) == NULL)
            REFUSE(_("%s must be one of the choices."));
        *(uint32_t *)at |= UINT32_C(1) << (w->value & 31);
        return SW_OK;
    case SW_KIND_SUB:
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        break;
    }
    REFUSE(_("%s can't be a single value."));
}

/* ---- The other way */

static void plain_words(struct sw_buf *b, const struct sw_enum *e, uint32_t bits)
{
    const char *between = "";
    for (const struct sw_word *w = e->words; w->word != NULL; w++) {
        if ((bits >> (w->value & 31) & 1) == 0)
            continue;
        sw_buf_adds(b, between);
        sw_buf_adds(b, w->word);
        between = " ";
    }
}

static void plain_base64(struct sw_buf *b, struct sw_str s)
{
    size_t n = sodium_base64_ENCODED_LEN(s.n, sodium_base64_VARIANT_ORIGINAL);
    char *p = SW_NEW_N(b->arena, char, n);
    sodium_bin2base64(p, n, (const unsigned char *)s.p, s.n, sodium_base64_VARIANT_ORIGINAL);
    sw_buf_add(b, p, n - 1);
}

void sw_field_plain(struct sw_buf *b, const struct sw_field *f, const void *rec)
{
    const void *at = sw_field_ptr(f, rec);
    const struct sw_word *w;
    struct sw_civil c;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        if (*(const bool *)at)
            sw_buf_add(b, "1", 1);
        return;
    case SW_KIND_INT:
        sw_format_int(b, SW_FMT_DEFAULT, *(const int64_t *)at, 0);
        return;
    case SW_KIND_MONEY:
        sw_format_int(b, SW_FMT_PLAIN, *(const int64_t *)at, 0);
        return;
    case SW_KIND_QTY:
        sw_format_int(b, SW_FMT_PLAIN_QTY, *(const int64_t *)at, 0);
        return;
    case SW_KIND_TIME:
        if (*(const int64_t *)at == 0)
            return;
        sw_zone_local(sw_locale()->zone, *(const int64_t *)at, &c);
        sw_buf_addf(b, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
        return;
    case SW_KIND_SPAN: {
        int64_t minutes = *(const int64_t *)at / SW_MINUTE;
        sw_buf_addf(b, "%" PRId64 ":%02d", minutes / 60, (int)(minutes < 0 ? -(minutes % 60) : minutes % 60));
        return;
    }
    case SW_KIND_REF:
        if (*(const uint64_t *)at != 0)
            sw_buf_addf(b, "%" PRIu64, *(const uint64_t *)at);
        return;
    case SW_KIND_ENUM:
        w = sw_enum_word(f->words, *(const int32_t *)at);
        sw_buf_adds(b, w == NULL ? "" : w->word);
        return;
    case SW_KIND_FLAGS:
        plain_words(b, f->words, *(const uint32_t *)at);
        return;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
        sw_buf_add(b, ((const struct sw_str *)at)->p, ((const struct sw_str *)at)->n);
        return;
    case SW_KIND_PHONE:
        sw_format_phone(b, *(const struct sw_str *)at);
        return;
    case SW_KIND_BYTES:
        plain_base64(b, *(const struct sw_str *)at);
        return;
    case SW_KIND_SUB:
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        return;
    }
}
