/* record/schema.c: JSON Schema of a record, for OpenAPI. English: it is read by programs and their authors. */
#include "record/codec.h"

#include <inttypes.h>

#define NUMBER_MAX INT64_C(1000000000000)

static void add_words(struct sw_buf *b, const struct sw_enum *e)
{
    const char *between = "";
    sw_buf_adds(b, ",\"enum\":[");
    for (const struct sw_word *w = e->words; w->word != NULL; w++) {
        sw_buf_adds(b, between);
        sw_json_text(b, sw_str_of(w->word));
        between = ",";
    }
    sw_buf_adds(b, "]");
}

static void add_range(struct sw_buf *b, const struct sw_field *f)
{
    int64_t lo = f->hi != 0 ? f->lo : (f->flags & SW_NEGATIVE) != 0 ? -NUMBER_MAX : 0;
    int64_t hi = f->hi != 0 ? f->hi : NUMBER_MAX;
    sw_buf_addf(b, ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64, lo, hi);
}

static void add_schema(struct sw_buf *b, const struct sw_record *d, bool form, int depth);

static void add_type(struct sw_buf *b, const struct sw_field *f, bool form, int depth)
{
    uint32_t text = f->max != 0 ? f->max : SW_TEXT_MAX_DEFAULT, list = f->max != 0 ? f->max : SW_LIST_MAX_DEFAULT;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        sw_buf_adds(b, "\"type\":\"boolean\"");
        return;
    case SW_KIND_INT:
        sw_buf_adds(b, "\"type\":\"integer\",\"format\":\"int64\"");
        break;
    case SW_KIND_MONEY:
        sw_buf_adds(b, "\"type\":\"integer\",\"format\":\"int64\",\"description\":\"minor units of the shop's currency (cents)\"");
        break;
    case SW_KIND_QTY:
        sw_buf_adds(b, "\"type\":\"integer\",\"format\":\"int64\",\"description\":\"thousandths\"");
        break;
    case SW_KIND_SPAN:
        sw_buf_adds(b, "\"type\":\"integer\",\"format\":\"int64\",\"description\":\"milliseconds\"");
        return;
    case SW_KIND_TIME:
        sw_buf_adds(b, "\"type\":\"string\",\"format\":\"date-time\",\"nullable\":true");
        return;
    case SW_KIND_REF:
        sw_buf_adds(b, "\"type\":\"integer\",\"format\":\"int64\",\"nullable\":true,\"description\":");
        sw_json_text(b, sw_printf(b->arena, "id of a %s", f->refers));
        return;
    case SW_KIND_ENUM:
        sw_buf_adds(b, "\"type\":\"string\",\"nullable\":true");
        add_words(b, f->words);
        return;
    case SW_KIND_FLAGS:
        sw_buf_adds(b, "\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\"");
        add_words(b, f->words);
        sw_buf_adds(b, "}");
        return;
    case SW_KIND_TEXT:
        sw_buf_addf(b, "\"type\":\"string\",\"maxLength\":%u", text);
        if ((f->flags & SW_PASSWORD) != 0)
            sw_buf_adds(b, ",\"format\":\"password\",\"writeOnly\":true");
        return;
    case SW_KIND_EMAIL:
        sw_buf_addf(b, "\"type\":\"string\",\"format\":\"email\",\"maxLength\":%u", text);
        return;
    case SW_KIND_PHONE:
        sw_buf_addf(b, "\"type\":\"string\",\"description\":\"phone number, E.164\",\"maxLength\":%u", text);
        return;
    case SW_KIND_BYTES:
        sw_buf_adds(b, "\"type\":\"string\",\"format\":\"byte\"");
        return;
    case SW_KIND_SUB:
        sw_buf_adds(b, "\"nullable\":true,\"allOf\":[");
        add_schema(b, f->sub, form, depth + 1);
        sw_buf_adds(b, "]");
        return;
    case SW_KIND_LIST:
        sw_buf_addf(b, "\"type\":\"array\",\"maxItems\":%u,\"items\":", list);
        add_schema(b, f->sub, form, depth + 1);
        return;
    case SW_KIND_STRS:
        sw_buf_addf(b, "\"type\":\"array\",\"maxItems\":%u,\"items\":{\"type\":\"string\"}", list);
        return;
    }
    if (form)
        add_range(b, f);
}

static bool shown(const struct sw_field *f, bool form)
{
    return form || (f->flags & (SW_SECRET | SW_PASSWORD)) == 0;
}

static void add_schema(struct sw_buf *b, const struct sw_record *d, bool form, int depth)
{
    const char *between = "";
    if (depth >= SW_RECORD_DEPTH_MAX) {
        sw_buf_adds(b, "{\"type\":\"object\"}");
        return;
    }
    sw_buf_adds(b, "{\"type\":\"object\",\"properties\":{");
    if (!form && sw_record_lead(d) == SW_LEAD_HEAD && sw_field_find(d, SW_STR("id")) == NULL &&
        sw_field_find(d, SW_STR("version")) == NULL) {
        sw_buf_adds(b, "\"id\":{\"type\":\"integer\",\"format\":\"int64\"},\"version\":{\"type\":\"integer\",\"format\":\"int64\"}");
        between = ",";
    }
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (!shown(f, form))
            continue;
        sw_buf_adds(b, between);
        between = ",";
        sw_json_text(b, sw_str_of(f->name));
        sw_buf_adds(b, ":{");
        if (f->label != NULL) {
            sw_buf_adds(b, "\"title\":");
            sw_json_text(b, sw_str_of(f->label));
            sw_buf_adds(b, ",");
        }
        add_type(b, f, form, depth);
        sw_buf_adds(b, "}");
    }
    sw_buf_adds(b, "}");
    between = ",\"required\":[";
    for (size_t i = 0; form && i < d->n_fields; i++) {
        if ((d->fields[i].flags & SW_REQUIRED) == 0 || (d->flags & SW_PARTIAL) != 0)
            continue;
        sw_buf_adds(b, between);
        sw_json_text(b, sw_str_of(d->fields[i].name));
        between = ",";
    }
    if (between[1] == '\0')
        sw_buf_adds(b, "]");
    if (form)
        sw_buf_adds(b, ",\"additionalProperties\":false");
    sw_buf_adds(b, "}");
}

void sw_json_schema(struct sw_buf *b, const struct sw_record *d, bool form)
{
    add_schema(b, d, form, 0);
}
