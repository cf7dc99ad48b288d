/* record/csv.c: records as rows for spreadsheets and accounting (RFC 4180). */
#include "record/codec.h"

#include <string.h>

static bool is_cell(const struct sw_field *f, struct sw_reader who)
{
    return sw_field_visible(f, who) && f->kind != SW_KIND_SUB && f->kind != SW_KIND_LIST && f->kind != SW_KIND_STRS &&
           f->kind != SW_KIND_BYTES;
}

static bool is_written(const struct sw_field *f)
{
    return f->kind == SW_KIND_TEXT || f->kind == SW_KIND_EMAIL || f->kind == SW_KIND_PHONE;
}

static void add_cell(struct sw_buf *b, struct sw_str s, bool written)
{
    /* What a person wrote must not run as a formula; a number that is below zero stays a number. */
    bool runs = written && s.n > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL;
    bool quoted = false;
    for (size_t i = 0; i < s.n && !quoted; i++)
        quoted = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
    if (quoted)
        sw_buf_add(b, "\"", 1);
    if (runs)
        sw_buf_add(b, "'", 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            sw_buf_add(b, "\"", 1);
        sw_buf_add(b, s.p + i, 1);
    }
    if (quoted)
        sw_buf_add(b, "\"", 1);
}

void sw_csv_header(struct sw_buf *b, const struct sw_record *d, struct sw_reader who)
{
    bool head = sw_record_lead(d) == SW_LEAD_HEAD && sw_field_find(d, SW_STR("id")) == NULL, first = !head;
    if (head)
        sw_buf_adds(b, "id");
    for (size_t i = 0; i < d->n_fields; i++) {
        if (!is_cell(&d->fields[i], who))
            continue;
        if (!first)
            sw_buf_add(b, ",", 1);
        first = false;
        add_cell(b, sw_str_of(d->fields[i].name), false);
    }
    sw_buf_add(b, "\r\n", 2);
}

void sw_csv_row(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who)
{
    bool head = sw_record_lead(d) == SW_LEAD_HEAD && sw_field_find(d, SW_STR("id")) == NULL, first = !head;
    struct sw_buf cell;
    sw_buf_init(&cell, b->arena, 64, 1 << 20);
    if (head)
        sw_buf_addf(b, "%llu", (unsigned long long)((const struct sw_head *)rec)->id);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (!is_cell(f, who))
            continue;
        if (!first)
            sw_buf_add(b, ",", 1);
        first = false;
        cell.n = 0;
        sw_field_plain(&cell, f, rec);
        add_cell(b, sw_buf_str(&cell), is_written(f));
    }
    sw_buf_add(b, "\r\n", 2);
}
