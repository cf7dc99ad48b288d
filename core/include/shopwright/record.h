/* shopwright/record.h: one descriptor table a record; stored bytes, JSON, forms, Lua, templates, OpenAPI and CSV come from it.
 *
 * A record is a C struct and a table beside it:
 *
 *     struct note { struct sw_head head; uint64_t task; int32_t kind; struct sw_str text; };
 *     static const struct sw_field note_fields[] = {
 *         SW_F_REF(struct note, task, 1, "workorder.task"),
 *         SW_F_ENUM(struct note, kind, 2, &note_kinds, .audience = SW_FOR_CUSTOMER),
 *         SW_F_TEXT(struct note, text, 3, .max = 4000, .flags = SW_REQUIRED, .label = N_("Note"), .audience = SW_FOR_CUSTOMER),
 *     };
 *     const struct sw_record note_record = {
 *         SW_RECORD(struct note, "workorder.note", note_fields), .audience = SW_FOR_CUSTOMER, .owner = SW_OWNER_PARENT, .owner_field = "task" };
 *
 * A member whose C type does not fit its macro does not compile. Three sorts of records share the machinery: stored records
 * (start with struct sw_head), form records (what a request may say; never a stored struct), and views (what a page shows and its
 * JSON says). Sub-records in lists of stored records start with `struct sw_str rest;`, which keeps tags this code does not know. What a struct
 * starts with is seen from its lowest described field: at 48 bytes or more it is a struct sw_head, at 16 or more a rest; so describe a struct's first member.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_RECORD_H
#define SHOPWRIGHT_RECORD_H

#include <shopwright/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sw_kind {
    SW_KIND_BOOL = 1, /* bool */
    SW_KIND_INT,      /* int64_t */
    SW_KIND_MONEY,    /* int64_t minor units; JSON: integer */
    SW_KIND_QTY,      /* int64_t thousandths (quantities, hours); JSON: integer */
    SW_KIND_TIME,     /* int64_t ms UTC; JSON: "2026-11-19T18:42:00.000Z" or null */
    SW_KIND_SPAN,     /* int64_t ms; JSON: integer */
    SW_KIND_REF,      /* uint64_t id of another record; 0 none; JSON: integer or null */
    SW_KIND_ENUM,     /* int32_t with names; JSON: its word */
    SW_KIND_FLAGS,    /* uint32_t set of an enum's values as bits 1<<value; JSON: array of words; form: repeated field */
    SW_KIND_TEXT,     /* struct sw_str, UTF-8, trimmed in forms */
    SW_KIND_EMAIL,    /* struct sw_str, checked and lower-cased in forms */
    SW_KIND_PHONE,    /* struct sw_str, E.164 after the form */
    SW_KIND_BYTES,    /* struct sw_str, raw; JSON: base64; secret hashes, signature strokes */
    SW_KIND_SUB,      /* pointer to a sub-record or NULL */
    SW_KIND_LIST,     /* SW_LIST_OF(struct sub) */
    SW_KIND_STRS,     /* SW_LIST_OF(struct sw_str) */
};

/* Who may see a record or field. Every codec obeys. What states nothing is for staff. */
enum sw_audience {
    SW_FOR_STAFF = 0,
    SW_FOR_CUSTOMER,        /* the customer who owns it, and staff */
    SW_FOR_CUSTOMER_PRICED, /* the customer only after sw_reveal_prices() in this request; staff always (B6) */
};

enum sw_field_flags {
    SW_REQUIRED = 1 << 0, /* forms: may not be empty */
    SW_SECRET = 1 << 1,   /* neither JSON, Lua nor templates nor CSV */
    SW_MULTILINE = 1 << 2, /* forms: textarea */
    SW_PASSWORD = 1 << 3,  /* forms: type=password; never refilled, implies SW_SECRET */
    SW_NEGATIVE = 1 << 4,  /* money, quantities, integers: below zero is allowed */
    SW_UPPER = 1 << 5,     /* forms: upper-cased, inner white space dropped (plates, VIN) */
    SW_HIDDEN = 1 << 6,    /* forms: type=hidden in {{field}} */
};

/* The words of an enum. word goes into JSON and forms, label to people (N_()), tone and icon into chips. Values are small and are stored:
 * never renumber. Ends with a NULL word. */
struct sw_word {
    int32_t value;
    const char *word, *label, *tone, *icon;
};
struct sw_enum {
    const char *name;
    const struct sw_word *words;
};
SW_API const struct sw_word *sw_enum_word(const struct sw_enum *e, int32_t value); /* NULL when unknown */

struct sw_record;

struct sw_field {
    const char *name;
    uint16_t tag; /* in stored bytes; 1…999; never reused or retyped. Views and forms number too (order only) */
    uint8_t kind, audience;
    uint32_t flags, offset;
    uint32_t max;   /* longest text in bytes, most elements of a list; 0: 250 bytes, 200 elements */
    int64_t lo, hi; /* numbers: allowed range when hi != 0. Without: 0…10^12, or −10^12… with SW_NEGATIVE. 0 is
                     * "none" and always allowed unless SW_REQUIRED */
    const char *label, *hint; /* forms: N_() texts; without a label the name is used */
    const struct sw_enum *words;
    const struct sw_record *sub;
    const char *refers;       /* SW_KIND_REF: record name */
    const char *autocomplete; /* forms: the HTML attribute */
};

/* What field macros check: the member's type, at compile time. */
#define SW_FIELD_(T, m, t, k, want, ...)                                                                           \
    {                                                                                                              \
        .name = #m, .tag = (t), .kind = (k), .offset = (uint32_t)(offsetof(T, m) + _Generic(((T *)0)->m, want: 0u)), \
        __VA_ARGS__                                                                                                \
    }
#define SW_F_BOOL(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_BOOL, bool, __VA_ARGS__)
#define SW_F_INT(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_INT, int64_t, __VA_ARGS__)
#define SW_F_MONEY(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_MONEY, int64_t, __VA_ARGS__)
#define SW_F_QTY(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_QTY, int64_t, __VA_ARGS__)
#define SW_F_TIME(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_TIME, int64_t, __VA_ARGS__)
#define SW_F_SPAN(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_SPAN, int64_t, __VA_ARGS__)
#define SW_F_REF(T, m, tag, rec, ...) SW_FIELD_(T, m, tag, SW_KIND_REF, uint64_t, .refers = (rec), __VA_ARGS__)
#define SW_F_ENUM(T, m, tag, e, ...) SW_FIELD_(T, m, tag, SW_KIND_ENUM, int32_t, .words = (e), __VA_ARGS__)
#define SW_F_FLAGS(T, m, tag, e, ...) SW_FIELD_(T, m, tag, SW_KIND_FLAGS, uint32_t, .words = (e), __VA_ARGS__)
#define SW_F_TEXT(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_TEXT, struct sw_str, __VA_ARGS__)
#define SW_F_EMAIL(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_EMAIL, struct sw_str, __VA_ARGS__)
#define SW_F_PHONE(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_PHONE, struct sw_str, __VA_ARGS__)
#define SW_F_BYTES(T, m, tag, ...) SW_FIELD_(T, m, tag, SW_KIND_BYTES, struct sw_str, __VA_ARGS__)
#define SW_F_SUB(T, m, tag, S, desc, ...) SW_FIELD_(T, m, tag, SW_KIND_SUB, S *, .sub = (desc), __VA_ARGS__)
#define SW_F_LIST(T, m, t, S, desc, ...)                                                                           \
    {                                                                                                              \
        .name = #m, .tag = (t), .kind = SW_KIND_LIST,                                                              \
        .offset = (uint32_t)(offsetof(T, m) + _Generic(((T *)0)->m.v, S *: 0u)), .sub = (desc), __VA_ARGS__        \
    }
#define SW_F_STRS(T, m, t, ...)                                                                                    \
    {                                                                                                              \
        .name = #m, .tag = (t), .kind = SW_KIND_STRS,                                                              \
        .offset = (uint32_t)(offsetof(T, m) + _Generic(((T *)0)->m.v, struct sw_str *: 0u)), __VA_ARGS__           \
    }

/* What every stored record begins with. The core fills it; handlers read it. */
struct sw_head {
    uint64_t id;      /* per shop and record type, from 1 on, rising; 0: not stored yet */
    uint64_t version; /* rises by one with each put; the optimistic stamp (409 on a stale edit) */
    int64_t created, changed;
    struct sw_str rest; /* tags that this code does not know; survive a rewrite */
};

/* Whose a record is, for customers. A stored type without a rule is refused to customers. */
enum sw_owner {
    SW_OWNER_NONE = 0, /* staff only */
    SW_OWNER_SELF,     /* the record is the customer (customers.customer) */
    SW_OWNER_FIELD,    /* owner_field (SW_KIND_REF) holds the customer's id */
    SW_OWNER_PARENT,   /* owner_field (SW_KIND_REF, refers to the parent's type) holds the parent's id: whoever owns that */
    SW_OWNER_ANY_PARENT, /* owner_field names a SW_KIND_TEXT field with the parent's type name; owner_id_field its id (files) */
    SW_OWNER_SHOP,     /* everybody of the shop may read it (shop settings, task catalog) */
};

/* A secondary index, kept by the record layer in the same transaction. Entries sort by the fields in order, then by id. Texts are
 * case-folded and cut at 80 bytes. At most four fields. With `emit`, the function names the keys itself instead (search words). */
struct sw_index {
    const char *name;
    const char *fields[5];
    uint32_t flags;
    void (*emit)(const void *record, struct sw_arena *a, void (*add)(void *sink, struct sw_str key), void *sink);
};
enum sw_index_flags {
    SW_UNIQUE = 1 << 0,     /* a second record with the same values: SW_EINVALID on the first field */
    SW_SKIP_EMPTY = 1 << 1, /* no entry when the first field is empty or 0 */
    SW_COVERING = 1 << 2,   /* entries hold the record's bytes too: a scan reads nothing else (children of a page), each put writes a second copy */
};

enum sw_record_flags {
    SW_TECHNICAL = 1 << 0,    /* web sessions, counters, cursors: no event, no former versions */
    SW_INSTALLATION = 1 << 1, /* lives under the installation's prefix, not the shop's (users, tokens) */
    SW_TYPE_SUBJECT = 1 << 2, /* a change also moves the subject (type, 0): pages that list names depend on it */
    SW_PARTIAL = 1 << 3,      /* a form that edits: what a request leaves out stays (sw_req_has), SW_REQUIRED holds for what it names */
};

/* The table's head. */
struct sw_record {
    uint32_t struct_size; /* sizeof(struct sw_record): set by SW_RECORD */
    const char *name;     /* "plugin.noun", at most 48 bytes */
    size_t size;
    const struct sw_field *fields;
    size_t n_fields;
    uint16_t version; /* of the stored layout; raised only by a break, with `upgrade`; 0 counts as 1 */
    uint8_t audience; /* enum sw_audience */
    uint8_t owner;    /* enum sw_owner */
    const char *owner_field, *owner_id_field;
    const struct sw_index *indexes; /* ends with a NULL name; may be NULL */
    uint32_t flags;
    /* Turns a record decoded from version `from` into today's. Called on read; the store is rewritten on the next put. */
    int (*upgrade)(void *record, uint16_t from, struct sw_arena *a, struct sw_err *err);
    /* Checks across fields, after each single field was checked: forms before the handler, stored records before put. May be NULL. */
    int (*check)(const void *record, struct sw_err *err);
};
#define SW_RECORD(T, record_name, table)                                                                           \
    .struct_size = (uint32_t)sizeof(struct sw_record), .name = (record_name), .size = sizeof(T), .fields = (table),  \
    .n_fields = sizeof(table) / sizeof((table)[0])

SW_API const struct sw_field *sw_field_find(const struct sw_record *d, struct sw_str name); /* NULL when there is none */

#ifdef __cplusplus
}
#endif
#endif
