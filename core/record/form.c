/* record/form.c: forms as browsers send them. */
#include "record/codec.h"

#include <stdio.h>
#include <string.h>

/* ---- a=b&c=d */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(struct sw_arena *a, struct sw_str s, struct sw_str *out)
{
    *out = s;
    if (s.n == 0 || (memchr(s.p, '%', s.n) == NULL && memchr(s.p, '+', s.n) == NULL))
        return true;
    char *p = SW_NEW_N(a, char, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        p[n++] = c;
    }
    *out = (struct sw_str){p, n};
    return true;
}

int sw_form_split(struct sw_arena *a, struct sw_str body, struct sw_pair **pairs, size_t *n, size_t max, struct sw_err *err)
{
    size_t count = body.n > 0;
    for (size_t i = 0; i < body.n; i++)
        count += body.p[i] == '&';
    *n = 0;
    *pairs = NULL;
    if (count > max)
        return sw_fail(err, SW_ETOOLARGE, "", _("The form has more than %zu fields."), max);
    *pairs = SW_NEW_N(a, struct sw_pair, count + 1);
    for (const char *p = body.p, *end = body.p + body.n; p < end;) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        const char *stop = amp == NULL ? end : amp;
        if (stop > p) {
            const char *eq = memchr(p, '=', (size_t)(stop - p));
            struct sw_str name = {p, (size_t)((eq == NULL ? stop : eq) - p)}, value = {NULL, 0};
            if (eq != NULL)
                value = (struct sw_str){eq + 1, (size_t)(stop - eq - 1)};
            struct sw_pair *pair = &(*pairs)[*n];
            if (!decode(a, name, &pair->name) || !decode(a, value, &pair->value))
                return sw_fail(err, SW_EMALFORMED, "", _("The form's encoding is broken: a %% must be followed by two hex digits."));
            ++*n;
        }
        p = stop + 1;
    }
    return SW_OK;
}

/* ---- Pairs into a record */

/* A record that is being filled: the form itself, a sub, or an element of a list. */
struct part {
    const struct sw_record *d;
    void *rec;
    uint64_t seen[SW_FIELDS_MAX / 64], given[SW_FIELDS_MAX / 64];
    struct sub {
        struct part **v; /* by element; a sub has one */
        size_t n;
    } * subs; /* by field, made when the first one comes */
};

struct form {
    struct sw_arena *arena;
    struct sw_errors *errs;
    size_t failed;
};

static struct part *part_new(struct form *m, const struct sw_record *d, void *rec)
{
    struct part *p = SW_NEW(m->arena, struct part);
    p->d = d;
    p->rec = rec;
    return p;
}

static int unknown(struct form *m, struct sw_str name)
{
    char shown[SW_ERR_FIELD_MAX];
    snprintf(shown, sizeof shown, "%.*s", (int)(name.n < 40 ? name.n : 40), name.n > 0 ? name.p : "");
    for (char *c = shown; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7F || *c == '<' || *c == '"')
            *c = '?';
    m->failed++;
    return sw_errors_add(m->errs, SW_EINVALID, "", shown, _("This form has no field named “%s”."), shown);
}

/* text has one %s, for the label. */
static int refuse(struct form *m, const struct sw_field *f, const char *prefix, const char *text)
{
    m->failed++;
    return sw_errors_add(m->errs, SW_EINVALID, prefix, f->name, text, sw_field_label(f));
}

static bool element(struct sw_str *rest, size_t *index)
{
    size_t i = 0, v = 0;
    for (; i < rest->n && i < 6 && rest->p[i] >= '0' && rest->p[i] <= '9'; i++)
        v = v * 10 + (size_t)(rest->p[i] - '0');
    if (i == 0 || i >= rest->n || rest->p[i] != '.')
        return false;
    *rest = (struct sw_str){rest->p + i + 1, rest->n - i - 1};
    *index = v;
    return true;
}

static int take(struct form *m, struct part *p, struct sw_str name, struct sw_str whole, struct sw_str value, const char *prefix, int depth,
                size_t *top);

static int take_deeper(struct form *m, struct part *p, size_t i, struct sw_str rest, struct sw_str whole, struct sw_str value,
                       const char *prefix, int depth)
{
    const struct sw_field *f = &p->d->fields[i];
    size_t index = 0, max = f->kind == SW_KIND_SUB ? 1 : f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT;
    char deeper[SW_ERR_FIELD_MAX];
    if ((f->kind != SW_KIND_SUB && f->kind != SW_KIND_LIST) || depth + 1 >= SW_RECORD_DEPTH_MAX ||
        (f->kind == SW_KIND_LIST && !element(&rest, &index)))
        return unknown(m, whole);
    if (index >= max)
        return refuse(m, f, prefix, _("%s has too many entries."));
    if (p->subs == NULL)
        p->subs = SW_NEW_N(m->arena, struct sub, p->d->n_fields);
    struct sub *s = &p->subs[i];
    if (s->v == NULL)
        s->v = SW_NEW_N(m->arena, struct part *, max);
    if (s->v[index] == NULL)
        s->v[index] = part_new(m, f->sub, sw_alloc(m->arena, f->sub->size));
    if (index >= s->n)
        s->n = index + 1;
    p->seen[i / 64] |= UINT64_C(1) << (i % 64);
    p->given[i / 64] |= UINT64_C(1) << (i % 64);
    if (f->kind == SW_KIND_SUB)
        snprintf(deeper, sizeof deeper, "%s%s.", prefix, f->name);
    else
        snprintf(deeper, sizeof deeper, "%s%s.%zu.", prefix, f->name, index);
    return take(m, s->v[index], rest, whole, value, deeper, depth + 1, NULL);
}

static int take_strs(struct form *m, const struct sw_field *f, struct sw_list *at, struct sw_str value, const char *prefix)
{
    struct sw_str text;
    if (sw_text_tidy(m->arena, value, false, &text) != SW_OK)
        return refuse(m, f, prefix, _("%s holds characters that are not text."));
    if (text.n == 0)
        return SW_OK;
    if (at->n >= (f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT))
        return refuse(m, f, prefix, _("%s has too many entries."));
    SW_LIST_OF(struct sw_str) list = {at->v, at->n};
    *SW_PUSH(m->arena, list) = text;
    *at = (struct sw_list){list.v, list.n};
    return SW_OK;
}

static int take(struct form *m, struct part *p, struct sw_str name, struct sw_str whole, struct sw_str value, const char *prefix, int depth,
                size_t *top)
{
    const char *dot = name.n == 0 ? NULL : memchr(name.p, '.', name.n);
    struct sw_str first = dot == NULL ? name : (struct sw_str){name.p, (size_t)(dot - name.p)};
    const struct sw_field *f = sw_field_find(p->d, first);
    if (f == NULL && depth == 0 && (sw_str_is(name, "csrf") || sw_str_is(name, "nonce")))
        return SW_OK; /* every form of ours carries these; the web layer has read them */
    if (f == NULL)
        return unknown(m, whole);
    size_t i = (size_t)(f - p->d->fields);
    if (top != NULL)
        *top = i;
    if (dot != NULL)
        return take_deeper(m, p, i, (struct sw_str){dot + 1, name.n - first.n - 1}, whole, value, prefix, depth);
    uint64_t bit = UINT64_C(1) << (i % 64);
    bool again = (p->seen[i / 64] & bit) != 0;
    p->seen[i / 64] |= bit;
    if (sw_str_trim(value).n > 0)
        p->given[i / 64] |= bit;
    if (f->kind == SW_KIND_STRS)
        return take_strs(m, f, sw_field_ptr(f, p->rec), value, prefix);
    /* A tick box is often preceded by a hidden "off" of the same name: the last one counts. */
    if (again && f->kind != SW_KIND_FLAGS && f->kind != SW_KIND_BOOL)
        return refuse(m, f, prefix, _("%s came twice."));
    int rc = sw_field_take(m->arena, f, p->rec, value, false, prefix, m->errs);
    m->failed += rc != SW_OK;
    return rc;
}

/* Elements that never came close ranks: a row removed in the browser leaves a hole in the numbers. */
static void finish(struct form *m, struct part *p, const char *prefix)
{
    for (size_t i = 0; i < p->d->n_fields; i++) {
        const struct sw_field *f = &p->d->fields[i];
        if (f->kind == SW_KIND_BOOL && (p->given[i / 64] >> (i % 64) & 1) != 0 && !*(bool *)sw_field_ptr(f, p->rec))
            p->given[i / 64] &= ~(UINT64_C(1) << (i % 64));
        if (p->subs == NULL || p->subs[i].n == 0)
            continue;
        struct sub *s = &p->subs[i];
        struct sw_list list = {NULL, 0};
        char deeper[SW_ERR_FIELD_MAX];
        if (f->kind == SW_KIND_LIST)
            list.v = sw_alloc(m->arena, s->n * f->sub->size);
        for (size_t k = 0; k < s->n; k++) {
            if (s->v[k] == NULL)
                continue;
            if (f->kind == SW_KIND_SUB)
                snprintf(deeper, sizeof deeper, "%s%s.", prefix, f->name);
            else
                snprintf(deeper, sizeof deeper, "%s%s.%zu.", prefix, f->name, k);
            finish(m, s->v[k], deeper);
            if (f->kind == SW_KIND_SUB)
                *(void **)sw_field_ptr(f, p->rec) = s->v[k]->rec;
            else
                memcpy((char *)list.v + list.n++ * f->sub->size, s->v[k]->rec, f->sub->size);
        }
        if (f->kind == SW_KIND_LIST)
            *(struct sw_list *)sw_field_ptr(f, p->rec) = list;
    }
    m->failed += sw_fields_missing(p->d, p->given, p->seen, prefix, m->errs);
}

int sw_form_decode(struct sw_arena *a, const struct sw_record *d, const struct sw_pair *pairs, size_t n, void *out, bool *seen,
                   struct sw_errors *errs)
{
    struct form m = {.arena = a, .errs = errs};
    memset(out, 0, d->size);
    if (seen != NULL)
        memset(seen, 0, d->n_fields * sizeof *seen);
    struct part *top = part_new(&m, d, out);
    for (size_t i = 0; i < n; i++) {
        size_t field = SIZE_MAX;
        take(&m, top, pairs[i].name, pairs[i].name, pairs[i].value, "", 0, &field);
        if (seen != NULL && field != SIZE_MAX)
            seen[field] = true;
    }
    finish(&m, top, "");
    m.failed += sw_fields_check(d, out, "", true, errs);
    if (m.failed == 0 && d->check != NULL) {
        struct sw_err e = {.code = SW_OK};
        if (d->check(out, &e) != SW_OK) {
            sw_errors_add(errs, e.code, "", e.field, "%s", e.message);
            m.failed++;
        }
    }
    return m.failed > 0 ? SW_EINVALID : SW_OK;
}
