/* record/json.c: records as JSON. Read by yajl, as it streams, straight into the struct; what yajl lets pass is refused here: the same name
 * twice, \u0000, and numbers that are not integers. */
#include "record/codec.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { JSON_MAX = 1 << 20, NAME_SHOWN = 40 };

/* ---- Encode */

void sw_json_text(struct sw_buf *b, struct sw_str s)
{
    /* 1: as \X, 2: as \u00XX, 3: the start of a longer character */
    static const unsigned char special[256] = {
        [0 ... 0x1F] = 2, ['"'] = 1, ['\\'] = 1, ['/'] = 1, ['<'] = 2, [0x7F] = 2, [0x80 ... 0xFF] = 3,
    };
    const unsigned char *p = (const unsigned char *)s.p;
    size_t from = 0, i = 0;
    sw_buf_add(b, "\"", 1);
    while (i < s.n) {
        unsigned which = special[p[i]];
        if (__builtin_expect(which == 0, 1)) {
            i++;
            continue;
        }
        size_t len = which == 3 ? sw_utf8_at(p + i, s.n - i) : 0;
        if (len > 0) {
            i += len;
            continue;
        }
        sw_buf_add(b, s.p + from, i - from);
        char escape[6] = {'\\', (char)p[i]};
        if (which == 3) {
            sw_buf_adds(b, "\\ufffd");
        } else if (which == 1) {
            sw_buf_add(b, escape, 2);
        } else if (p[i] == '\n') {
            sw_buf_add(b, "\\n", 2);
        } else {
            memcpy(escape, "\\u00", 4);
            escape[4] = "0123456789abcdef"[p[i] >> 4];
            escape[5] = "0123456789abcdef"[p[i] & 15];
            sw_buf_add(b, escape, 6);
        }
        from = ++i;
    }
    if (s.n > from)
        sw_buf_add(b, s.p + from, s.n - from);
    sw_buf_add(b, "\"", 1);
}

static void add_u64(struct sw_buf *b, uint64_t v)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    sw_buf_add(b, text + at, sizeof text - at);
}

static void add_i64(struct sw_buf *b, int64_t v)
{
    if (v < 0)
        sw_buf_add(b, "-", 1);
    add_u64(b, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
}

static void digits(char *p, int n, int v)
{
    while (n-- > 0) {
        p[n] = (char)('0' + v % 10);
        v /= 10;
    }
}

static void add_time(struct sw_buf *b, int64_t v)
{
    struct sw_civil t;
    char text[] = "\"0000-00-00T00:00:00.000Z\"";
    sw_zone_local("UTC", v, &t);
    int64_t ms = v % 1000;
    if (t.year < 0 || t.year > 9999) { /* no such time is stored; a damaged one must not break the JSON */
        sw_buf_add(b, "null", 4);
        return;
    }
    digits(text + 1, 4, t.year);
    digits(text + 6, 2, t.month);
    digits(text + 9, 2, t.day);
    digits(text + 12, 2, t.hour);
    digits(text + 15, 2, t.minute);
    digits(text + 18, 2, t.second);
    digits(text + 21, 3, (int)(ms < 0 ? ms + 1000 : ms));
    sw_buf_add(b, text, sizeof text - 1);
}

static void add_base64(struct sw_buf *b, struct sw_str s)
{
    size_t n = sodium_base64_ENCODED_LEN(s.n, sodium_base64_VARIANT_ORIGINAL);
    char *p = SW_NEW_N(b->arena, char, n);
    sodium_bin2base64(p, n, (const unsigned char *)s.p, s.n, sodium_base64_VARIANT_ORIGINAL);
    sw_json_text(b, (struct sw_str){p, n - 1});
}

static void add_flags(struct sw_buf *b, const struct sw_enum *e, uint32_t bits)
{
    const char *between = "";
    sw_buf_add(b, "[", 1);
    for (const struct sw_word *w = e->words; w->word != NULL; w++) {
        if ((bits >> (w->value & 31) & 1) == 0)
            continue;
        sw_buf_adds(b, between);
        sw_json_text(b, sw_str_of(w->word));
        between = ",";
    }
    sw_buf_add(b, "]", 1);
}

static void add_record(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who, int depth);

static void add_value(struct sw_buf *b, const struct sw_field *f, const void *at, struct sw_reader who, int depth)
{
    const struct sw_word *w;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        sw_buf_adds(b, *(const bool *)at ? "true" : "false");
        return;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_SPAN:
        add_i64(b, *(const int64_t *)at);
        return;
    case SW_KIND_TIME:
        if (*(const int64_t *)at == 0)
            sw_buf_add(b, "null", 4);
        else
            add_time(b, *(const int64_t *)at);
        return;
    case SW_KIND_REF:
        if (*(const uint64_t *)at == 0)
            sw_buf_add(b, "null", 4);
        else
            add_u64(b, *(const uint64_t *)at);
        return;
    case SW_KIND_ENUM:
        w = sw_enum_word(f->words, *(const int32_t *)at);
        if (w == NULL)
            sw_buf_add(b, "null", 4);
        else
            sw_json_text(b, sw_str_of(w->word));
        return;
    case SW_KIND_FLAGS:
        add_flags(b, f->words, *(const uint32_t *)at);
        return;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
        sw_json_text(b, *(const struct sw_str *)at);
        return;
    case SW_KIND_BYTES:
        add_base64(b, *(const struct sw_str *)at);
        return;
    case SW_KIND_SUB:
        if (*(const void *const *)at == NULL || depth + 1 >= SW_RECORD_DEPTH_MAX || !sw_record_visible(f->sub, who))
            sw_buf_add(b, "null", 4);
        else
            add_record(b, f->sub, *(const void *const *)at, who, depth + 1);
        return;
    case SW_KIND_LIST: {
        const struct sw_list *l = at;
        sw_buf_add(b, "[", 1);
        for (size_t i = 0; i < l->n && depth + 1 < SW_RECORD_DEPTH_MAX && sw_record_visible(f->sub, who); i++) {
            if (i > 0)
                sw_buf_add(b, ",", 1);
            add_record(b, f->sub, (const char *)l->v + i * f->sub->size, who, depth + 1);
        }
        sw_buf_add(b, "]", 1);
        return;
    }
    case SW_KIND_STRS: {
        const struct sw_list *l = at;
        sw_buf_add(b, "[", 1);
        for (size_t i = 0; i < l->n; i++) {
            if (i > 0)
                sw_buf_add(b, ",", 1);
            sw_json_text(b, ((const struct sw_str *)l->v)[i]);
        }
        sw_buf_add(b, "]", 1);
        return;
    }
    }
}

static void add_record(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who, int depth)
{
    bool first = true;
    sw_buf_add(b, "{", 1);
    if (sw_record_lead(d) == SW_LEAD_HEAD && ((const struct sw_head *)rec)->id != 0) {
        /* A stored record tells its id and its stamp, which an edit sends back; unless it has fields of these names. */
        const struct sw_head *h = rec;
        if (sw_field_find(d, SW_STR("id")) == NULL) {
            sw_buf_adds(b, "\"id\":");
            add_u64(b, h->id);
            first = false;
        }
        if (sw_field_find(d, SW_STR("version")) == NULL) {
            sw_buf_adds(b, first ? "\"version\":" : ",\"version\":");
            add_u64(b, h->version);
            first = false;
        }
    }
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (!sw_field_visible(f, who))
            continue;
        sw_buf_add(b, ",\"", 2);
        if (first && !b->full) {
            b->p[b->n - 2] = '"';
            b->n--;
        }
        first = false;
        sw_buf_adds(b, f->name);
        sw_buf_add(b, "\":", 2);
        add_value(b, f, sw_field_ptr(f, rec), who, depth);
    }
    sw_buf_add(b, "}", 1);
}

void sw_json_encode(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who)
{
    add_record(b, d, rec, who, 0);
}

/* ---- Decode */

struct frame {
    const struct sw_record *d;
    void *rec;
    uint64_t seen[SW_FIELDS_MAX / 64], given[SW_FIELDS_MAX / 64];
    const struct sw_field *f; /* named last */
    bool in_list;
    size_t n; /* elements of the list so far */
};

struct input {
    struct sw_arena *arena;
    struct sw_errors *errs;
    const struct sw_record *top;
    void *out;
    bool *seen;
    struct frame frames[SW_RECORD_DEPTH_MAX];
    int depth; /* frames in use */
    size_t failed;
    bool done;
    int stop; /* the code that ended the parse early */
};

/* Where the top frame stands: "lines.2.". */
static const char *prefix_of(const struct input *in, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i + 1 < in->depth; i++) {
        const struct frame *f = &in->frames[i];
        int k = f->in_list ? snprintf(out + n, size - n, "%s.%zu.", f->f->name, f->n - 1) : snprintf(out + n, size - n, "%s.", f->f->name);
        n += k < 0 ? 0 : (size_t)k;
        if (n >= size)
            break;
    }
    return out;
}

/* text has one %s, for the label. 1 goes on with the parse, so that all wrong fields are told at once. */
static int refuse(struct input *in, const char *text, bool go_on)
{
    char prefix[SW_ERR_FIELD_MAX];
    const struct sw_field *f = in->frames[in->depth - 1].f;
    in->failed++;
    sw_errors_add(in->errs, SW_EINVALID, prefix_of(in, prefix, sizeof prefix), f->name, text, sw_field_label(f));
    if (!go_on)
        in->stop = SW_EINVALID;
    return go_on;
}

static int malformed(struct input *in, const char *text)
{
    in->failed++;
    in->stop = SW_EMALFORMED;
    sw_errors_add(in->errs, SW_EMALFORMED, "", "", "%s", text);
    return 0;
}

static struct frame *value_frame(struct input *in)
{
    if (in->depth > 0)
        return &in->frames[in->depth - 1];
    malformed(in, _("The request must be a JSON object."));
    return NULL;
}

static void given(struct frame *fr)
{
    size_t i = (size_t)(fr->f - fr->d->fields);
    fr->given[i / 64] |= UINT64_C(1) << (i % 64);
}

static int on_null(void *ctx)
{
    struct input *in = ctx;
    struct frame *fr = value_frame(in);
    if (fr == NULL)
        return 0;
    return fr->in_list ? refuse(in, _("%s can't hold null."), false) : 1;
}

static int on_bool(void *ctx, int value)
{
    struct input *in = ctx;
    struct frame *fr = value_frame(in);
    if (fr == NULL)
        return 0;
    if (fr->f->kind != SW_KIND_BOOL || fr->in_list)
        return refuse(in, _("%s can't be true or false."), true);
    *(bool *)sw_field_ptr(fr->f, fr->rec) = value != 0;
    if (value)
        given(fr);
    return 1;
}

static int on_number(void *ctx, const char *p, size_t n)
{
    struct input *in = ctx;
    struct frame *fr = value_frame(in);
    if (fr == NULL)
        return 0;
    void *at = sw_field_ptr(fr->f, fr->rec);
    bool number = fr->f->kind == SW_KIND_INT || fr->f->kind == SW_KIND_MONEY || fr->f->kind == SW_KIND_QTY ||
                  fr->f->kind == SW_KIND_SPAN;
    if ((!number && fr->f->kind != SW_KIND_REF) || fr->in_list)
        return refuse(in, _("%s can't be a number."), true);
    bool negative = p[0] == '-';
    size_t i = negative;
    int64_t v = 0;
    for (; i < n && i < 18 + (size_t)negative && p[i] >= '0' && p[i] <= '9'; i++)
        v = v * 10 + (p[i] - '0');
    if (i < n)
        return refuse(in, _("%s must be a whole number, without fraction or exponent."), true);
    if (number)
        *(int64_t *)at = negative ? -v : v;
    else if (negative)
        return refuse(in, _("%s can't be below zero."), true);
    else
        *(uint64_t *)at = (uint64_t)v;
    given(fr);
    return 1;
}

static int on_string(void *ctx, const unsigned char *p, size_t n)
{
    struct input *in = ctx;
    struct frame *fr = value_frame(in);
    char prefix[SW_ERR_FIELD_MAX];
    if (fr == NULL)
        return 0;
    const struct sw_field *f = fr->f;
    struct sw_str s = {(const char *)p, n};
    if (n > 0 && memchr(p, '\0', n) != NULL)
        return refuse(in, _("%s holds a NUL character."), false);
    if (f->kind == SW_KIND_STRS && fr->in_list) {
        struct sw_list *at = sw_field_ptr(f, fr->rec);
        if (fr->n >= (f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT))
            return refuse(in, _("%s has too many entries."), false);
        SW_LIST_OF(struct sw_str) list = {at->v, at->n};
        struct sw_str *text = SW_PUSH(in->arena, list);
        *at = (struct sw_list){list.v, list.n};
        fr->n++;
        if (sw_text_tidy(in->arena, sw_copy(in->arena, s), false, text) != SW_OK)
            return refuse(in, _("%s holds characters that are not text."), true);
        return 1;
    }
    bool text = f->kind == SW_KIND_TEXT || f->kind == SW_KIND_EMAIL || f->kind == SW_KIND_PHONE || f->kind == SW_KIND_BYTES ||
                f->kind == SW_KIND_TIME || f->kind == SW_KIND_ENUM;
    if (f->kind == SW_KIND_FLAGS ? !fr->in_list : (!text || fr->in_list))
        return refuse(in, _("%s can't be a text."), true);
    if (sw_str_trim(s).n > 0)
        given(fr);
    int rc = sw_field_take(in->arena, f, fr->rec, sw_copy(in->arena, s), true, prefix_of(in, prefix, sizeof prefix), in->errs);
    in->failed += rc != SW_OK;
    return 1;
}

static int push(struct input *in, const struct sw_record *d, void *rec)
{
    if (in->depth == SW_RECORD_DEPTH_MAX)
        return malformed(in, _("The JSON is nested too deeply."));
    in->frames[in->depth++] = (struct frame){.d = d, .rec = rec};
    return 1;
}

static int on_start_map(void *ctx)
{
    struct input *in = ctx;
    if (in->depth == 0)
        return in->done ? malformed(in, _("The request must be one JSON object.")) : push(in, in->top, in->out);
    struct frame *fr = &in->frames[in->depth - 1];
    const struct sw_field *f = fr->f;
    if (f->kind == SW_KIND_SUB && !fr->in_list) {
        void *sub = sw_alloc(in->arena, f->sub->size);
        *(void **)sw_field_ptr(f, fr->rec) = sub;
        return push(in, f->sub, sub);
    }
    if (f->kind == SW_KIND_LIST && fr->in_list) {
        struct sw_list *l = sw_field_ptr(f, fr->rec);
        if (l->n >= (f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT))
            return refuse(in, _("%s has too many entries."), false);
        l->v = sw_list_grow_(in->arena, l->v, l->n, f->sub->size);
        l->n++;
        fr->n = l->n;
        return push(in, f->sub, (char *)l->v + (l->n - 1) * f->sub->size);
    }
    return refuse(in, _("%s can't be an object."), false);
}

static int on_key(void *ctx, const unsigned char *p, size_t n)
{
    struct input *in = ctx;
    struct frame *fr = &in->frames[in->depth - 1];
    struct sw_str name = {(const char *)p, n};
    const struct sw_field *f = sw_field_find(fr->d, name);
    if (f == NULL || memchr(p, '\0', n) != NULL) {
        char shown[NAME_SHOWN + 1], prefix[SW_ERR_FIELD_MAX];
        size_t k = 0;
        for (; k < n && k < NAME_SHOWN; k++)
            shown[k] = p[k] > ' ' && p[k] < 0x7F && p[k] != '<' && p[k] != '"' ? (char)p[k] : '?';
        shown[k] = '\0';
        in->failed++;
        in->stop = SW_EINVALID;
        sw_errors_add(in->errs, SW_EINVALID, prefix_of(in, prefix, sizeof prefix), shown, _("There is no field named “%s” here."), shown);
        return 0;
    }
    size_t i = (size_t)(f - fr->d->fields);
    uint64_t bit = UINT64_C(1) << (i % 64);
    fr->f = f;
    fr->in_list = false;
    if ((fr->seen[i / 64] & bit) != 0)
        return refuse(in, _("%s came twice."), false);
    fr->seen[i / 64] |= bit;
    if (in->depth == 1 && in->seen != NULL)
        in->seen[i] = true;
    return 1;
}

static int on_end_map(void *ctx)
{
    struct input *in = ctx;
    char prefix[SW_ERR_FIELD_MAX];
    const struct frame *fr = &in->frames[in->depth - 1];
    in->failed += sw_fields_missing(fr->d, fr->given, fr->seen, prefix_of(in, prefix, sizeof prefix), in->errs);
    in->depth--;
    if (in->depth == 0)
        in->done = true;
    else if (!in->frames[in->depth - 1].in_list || in->frames[in->depth - 1].n == 1)
        given(&in->frames[in->depth - 1]);
    return 1;
}

static int on_start_array(void *ctx)
{
    struct input *in = ctx;
    struct frame *fr = value_frame(in);
    if (fr == NULL)
        return 0;
    if (fr->in_list || (fr->f->kind != SW_KIND_LIST && fr->f->kind != SW_KIND_STRS && fr->f->kind != SW_KIND_FLAGS))
        return refuse(in, _("%s can't be a list."), false);
    fr->in_list = true;
    fr->n = 0;
    return 1;
}

static int on_end_array(void *ctx)
{
    struct input *in = ctx;
    struct frame *fr = &in->frames[in->depth - 1];
    if (fr->n > 0)
        given(fr);
    fr->in_list = false;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

int sw_json_decode(struct sw_arena *a, const struct sw_record *d, struct sw_str bytes, void *out, bool *seen, struct sw_errors *errs)
{
    struct input *in = SW_NEW(a, struct input);
    *in = (struct input){.arena = a, .errs = errs, .top = d, .out = out, .seen = seen};
    memset(out, 0, d->size);
    if (seen != NULL)
        memset(seen, 0, d->n_fields * sizeof *seen);
    if (bytes.n > JSON_MAX)
        return sw_errors_add(errs, SW_ETOOLARGE, "", "", _("The JSON is larger than %d bytes."), JSON_MAX);
    yajl_handle h = yajl_alloc(&callbacks, NULL, in);
    if (h == NULL)
        return sw_errors_add(errs, SW_EFAIL, "", "", _("There is not enough memory."));
    yajl_status status = yajl_parse(h, (const unsigned char *)(bytes.n > 0 ? bytes.p : ""), bytes.n);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(h);
    if (in->stop == 0 && (status != yajl_status_ok || !in->done)) {
        in->stop = SW_EMALFORMED;
        sw_errors_add(errs, SW_EMALFORMED, "", "", _("The request is not well-formed JSON (byte %zu)."), yajl_get_bytes_consumed(h));
    }
    yajl_free(h);
    if (in->stop != 0)
        return in->stop;
    in->failed += sw_fields_check(d, out, "", true, errs);
    if (in->failed == 0 && d->check != NULL) {
        struct sw_err e = {.code = SW_OK};
        if (d->check(out, &e) != SW_OK) {
            sw_errors_add(errs, e.code, "", e.field, "%s", e.message);
            in->failed++;
        }
    }
    return in->failed > 0 ? SW_EINVALID : SW_OK;
}
