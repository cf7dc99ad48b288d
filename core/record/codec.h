/* record/codec.h: what turns records into bytes and back; one file a codec, all driven by struct sw_record. Core only. */
#ifndef SW_RECORD_CODEC_H
#define SW_RECORD_CODEC_H

#include <shopwright/record.h>

struct lua_State;

/* Who reads what a codec writes. */
struct sw_reader {
    bool customer; /* else staff */
    bool priced;   /* SW_FOR_CUSTOMER_PRICED fields too */
};
/* Whether the reader may see the field (secret: never). */
bool sw_field_visible(const struct sw_field *f, struct sw_reader who);
bool sw_record_visible(const struct sw_record *d, struct sw_reader who);

/* Is the table itself right: tags unique and in range, struct_size, kinds with sub/words/refers, owner_field of the right kind, index fields exist.
 * Called at load; the message names record and field. */
int sw_record_validate(const struct sw_record *d, struct sw_err *err);

/* How a struct begins, seen from its lowest described field: at 48 or more, a struct sw_head; at 16 or more, a `struct sw_str rest`; else neither (forms, plain
 * views: nothing is kept for tags that are not known). */
enum sw_lead { SW_LEAD_NONE, SW_LEAD_REST, SW_LEAD_HEAD };
enum sw_lead sw_record_lead(const struct sw_record *d);

/* ---- stored.c: MessagePack map of integer tag → value; tag 0 is the layout's version. Defaults (0, "", empty list) are not written. */
int sw_stored_encode(struct sw_arena *a, const struct sw_record *d, const void *rec, struct sw_str *out, struct sw_err *err);
/* Texts point into `bytes`. Input is hostile: depth, lengths and counts are checked before memory is reserved. head.* but rest is left alone. */
int sw_stored_decode(struct sw_arena *a, const struct sw_record *d, struct sw_str bytes, void *out, struct sw_err *err);

/* ---- Field errors, many at once (a form shows all of them). */
struct sw_errors {
    struct sw_err *v;
    size_t n, max; /* n may be larger than max is never: further ones are dropped */
};
/* Limits of each field and d->check, on a filled struct; adds to errs; number of errors added. */
size_t sw_record_check(const struct sw_record *d, const void *rec, struct sw_errors *errs);

/* ---- json.c: yajl. `seen` (may be NULL) gets one bool a field of d: named by the input. Unknown names, duplicate names, NUL, depth, numbers with fraction
 * or exponent where integers are due are refused. */
void sw_json_encode(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who);
int sw_json_decode(struct sw_arena *a, const struct sw_record *d, struct sw_str bytes, void *out, bool *seen, struct sw_errors *errs);
void sw_json_text(struct sw_buf *b, struct sw_str s); /* quoted, / and < escaped */
/* JSON Schema of the record, for OpenAPI. form: what may be sent; else what comes back. */
void sw_json_schema(struct sw_buf *b, const struct sw_record *d, bool form);

/* ---- form.c: names and values as they came, percent-decoded. Lists: "lines.0.price"; repeated names for flags and strs. */
struct sw_pair {
    struct sw_str name, value;
};
int sw_form_decode(struct sw_arena *a, const struct sw_record *d, const struct sw_pair *pairs, size_t n, void *out, bool *seen,
                   struct sw_errors *errs);
/* Percent-decoding of application/x-www-form-urlencoded. SW_EMALFORMED, SW_ETOOLARGE (more than max pairs). */
int sw_form_split(struct sw_arena *a, struct sw_str body, struct sw_pair **pairs, size_t *n, size_t max, struct sw_err *err);

/* ---- lua.c */
void sw_lua_push(struct lua_State *L, const struct sw_record *d, const void *rec, struct sw_reader who);
/* Read the table at idx; integers only where the kind says so; unknown names are refused. Texts are copied to the arena. */
int sw_lua_read(struct lua_State *L, int idx, struct sw_arena *a, const struct sw_record *d, void *out, struct sw_err *err);

/* ---- csv.c: RFC 4180; lists and subs are left out. Cells that a spreadsheet would run (=, +, -, @ first) get a ' before. */
void sw_csv_header(struct sw_buf *b, const struct sw_record *d, struct sw_reader who);
void sw_csv_row(struct sw_buf *b, const struct sw_record *d, const void *rec, struct sw_reader who);

/* ---- Small things all codecs share. */
enum { SW_RECORD_DEPTH_MAX = 8, SW_TEXT_MAX_DEFAULT = 250, SW_LIST_MAX_DEFAULT = 200, SW_FIELDS_MAX = 128 };
/* How a person knows the field: its label translated, else its name. */
const char *sw_field_label(const struct sw_field *f);
/* The value as a form field wants it: 1526.46, 1.5, an enum's word, 2026-11-19T10:42 on the shop's wall clock. Lists and subs: nothing. Not escaped. */
void sw_field_plain(struct sw_buf *b, const struct sw_field *f, const void *rec);
/* Add one message to errs (dropped when full, or when the field has one already); prefix: "lines.2." or "". */
int sw_errors_add(struct sw_errors *errs, enum sw_code code, const char *prefix, const char *field, const char *fmt, ...) SW_PRINTF(5, 6);
/* The limits of one field's value, with its message on prefix + name; 0 or 1 messages added. */
size_t sw_field_check(const struct sw_field *f, const void *rec, const char *prefix, struct sw_errors *errs);
/* Put what a person or a JSON client wrote as text into the field: trimmed, put into its kind's form (e-mail lower-cased, phone to E.164, …), with a message on
 * prefix + name when it is no such thing. Empty text is the default value. For each kind but SUB, LIST, STRS. `zoned`: a time must name its zone. */
int sw_field_take(struct sw_arena *a, const struct sw_field *f, void *rec, struct sw_str typed, bool zoned, const char *prefix,
                  struct sw_errors *errs);
/* A line or paragraph as it is kept: trimmed, line ends \n, none in a single line. SW_EINVALID when it is no text. */
int sw_text_tidy(struct sw_arena *a, struct sw_str typed, bool multiline, struct sw_str *out);
/* The messages for required fields that `given` (one bit a field, as many as fields) lacks; of a SW_PARTIAL record only those that were named (`seen`). */
size_t sw_fields_missing(const struct sw_record *d, const uint64_t *given, const uint64_t *seen, const char *prefix, struct sw_errors *errs);
/* sw_record_check without d->check: number of messages added. `skip_required`: do not ask for what is missing. */
size_t sw_fields_check(const struct sw_record *d, const void *rec, const char *prefix, bool skip_required, struct sw_errors *errs);
static inline void *sw_field_ptr(const struct sw_field *f, const void *rec) { return (char *)(uintptr_t)rec + f->offset; }
bool sw_field_empty(const struct sw_field *f, const void *rec);

#endif
