/* record/stored.c: records as MessagePack maps of integer tag → value.
 *
 * Written with libmsgpack's packer, so the bytes are its shortest forms and two encodings of a record are equal. Read by a reader of our
 * own: libmsgpack's reserves memory for whatever length an array claims, and builds a tree that would be walked once and thrown away. */
#include "record/codec.h"

#include <endian.h>
#include <msgpack/pack.h>
#include <string.h>

enum { STORED_MAX = 1 << 20, MEMORY_MAX = 16 << 20 };

/* ---- Encode */

struct writer {
    struct sw_buf buf;
    msgpack_packer pk;
    bool deep;
};

static int write_bytes(void *data, const char *p, size_t n)
{
    struct sw_buf *b = data;
    sw_buf_add(b, p, n);
    return 0;
}

static size_t rest_count(struct sw_str rest);

static void write_text(struct writer *w, struct sw_str s)
{
    msgpack_pack_str(&w->pk, s.n);
    sw_buf_add(&w->buf, s.p, s.n);
}

static void write_record(struct writer *w, const struct sw_record *d, const void *rec, int depth);

/* Tag and value; false when the value is the default, which is not written. */
static bool write_field(struct writer *w, const struct sw_field *f, const void *rec, int depth)
{
    const void *at = sw_field_ptr(f, rec);
    msgpack_packer *pk = &w->pk;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        if (!*(const bool *)at)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_true(pk);
        return true;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        if (*(const int64_t *)at == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_int64(pk, *(const int64_t *)at);
        return true;
    case SW_KIND_REF:
        if (*(const uint64_t *)at == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_uint64(pk, *(const uint64_t *)at);
        return true;
    case SW_KIND_ENUM:
        if (*(const int32_t *)at == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_int32(pk, *(const int32_t *)at);
        return true;
    case SW_KIND_FLAGS:
        if (*(const uint32_t *)at == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_uint32(pk, *(const uint32_t *)at);
        return true;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
        if (((const struct sw_str *)at)->n == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        write_text(w, *(const struct sw_str *)at);
        return true;
    case SW_KIND_BYTES:
        if (((const struct sw_str *)at)->n == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_bin(pk, ((const struct sw_str *)at)->n);
        sw_buf_add(&w->buf, ((const struct sw_str *)at)->p, ((const struct sw_str *)at)->n);
        return true;
    case SW_KIND_SUB:
        if (*(const void *const *)at == NULL)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        write_record(w, f->sub, *(const void *const *)at, depth + 1);
        return true;
    case SW_KIND_LIST: {
        const struct sw_list *l = at;
        if (l->n == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_array(pk, l->n);
        for (size_t i = 0; i < l->n; i++)
            write_record(w, f->sub, (const char *)l->v + i * f->sub->size, depth + 1);
        return true;
    }
    case SW_KIND_STRS: {
        const struct sw_list *l = at;
        if (l->n == 0)
            return false;
        msgpack_pack_uint16(pk, f->tag);
        msgpack_pack_array(pk, l->n);
        for (size_t i = 0; i < l->n; i++)
            write_text(w, ((const struct sw_str *)l->v)[i]);
        return true;
    }
    }
    return false;
}

static struct sw_str *rest_of(enum sw_lead lead, void *rec)
{
    switch (lead) {
    case SW_LEAD_HEAD:
        return &((struct sw_head *)rec)->rest;
    case SW_LEAD_REST:
        return rec;
    case SW_LEAD_NONE:
        break;
    }
    return NULL;
}

static void write_record(struct writer *w, const struct sw_record *d, const void *rec, int depth)
{
    if (depth >= SW_RECORD_DEPTH_MAX) {
        w->deep = true;
        return;
    }
    size_t start = w->buf.n;
    char one = 0;
    sw_buf_add(&w->buf, &one, 1); /* the map's head, as most maps have it; known at the end */
    size_t n = 0;
    if (d->version > 1) {
        msgpack_pack_uint8(&w->pk, 0);
        msgpack_pack_uint16(&w->pk, d->version);
        n++;
    }
    for (size_t i = 0; i < d->n_fields; i++)
        n += write_field(w, &d->fields[i], rec, depth);
    const struct sw_str *rest = rest_of(sw_record_lead(d), (void *)(uintptr_t)rec);
    if (rest != NULL && rest->n > 0) {
        n += rest_count(*rest);
        sw_buf_add(&w->buf, rest->p, rest->n);
    }
    if (w->buf.full)
        return;
    if (n <= 15) {
        w->buf.p[start] = (char)(0x80 | n);
        return;
    }
    sw_buf_add(&w->buf, "\0\0", 2); /* a longer head: the body moves by two */
    if (w->buf.full)
        return;
    memmove(w->buf.p + start + 3, w->buf.p + start + 1, w->buf.n - start - 3);
    w->buf.p[start] = (char)0xDE;
    w->buf.p[start + 1] = (char)(n >> 8);
    w->buf.p[start + 2] = (char)n;
}

int sw_stored_encode(struct sw_arena *a, const struct sw_record *d, const void *rec, struct sw_str *out, struct sw_err *err)
{
    struct writer w = {.deep = false};
    sw_buf_init(&w.buf, a, d->size + 256, STORED_MAX);
    msgpack_packer_init(&w.pk, &w.buf, write_bytes);
    write_record(&w, d, rec, 0);
    if (w.buf.full)
        return sw_fail(err, SW_ETOOLARGE, "", _("%s is larger than %d bytes."), d->name, STORED_MAX);
    if (w.deep)
        return sw_fail(err, SW_ETOOLARGE, "", _("%s is nested deeper than %d."), d->name, SW_RECORD_DEPTH_MAX);
    *out = sw_buf_str(&w.buf);
    return SW_OK;
}

/* ---- Decode */

struct reader {
    const unsigned char *p, *end, *start;
    struct sw_arena *arena;
    size_t memory; /* what lists and subs may still take */
    const struct sw_record *top;
    struct sw_err *err;
};

static int damaged(struct reader *r, const char *what)
{
    return sw_fail(r->err, SW_EMALFORMED, "", _("The stored bytes of %s are damaged at byte %zu: %s."), r->top->name,
                   (size_t)(r->p - r->start), what);
}

static inline size_t left(const struct reader *r)
{
    return (size_t)(r->end - r->p);
}

/* n is 1, 2, 4 or 8: what MessagePack writes. */
static inline uint64_t big(const unsigned char *p, size_t n)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (n) {
    case 1:
        return *p;
    case 2:
        memcpy(&two, p, sizeof two);
        return be16toh(two);
    case 4:
        memcpy(&four, p, sizeof four);
        return be32toh(four);
    default:
        memcpy(&eight, p, sizeof eight);
        return be64toh(eight);
    }
}

/* An integer of either sign; *negative tells a value below zero, which is then in *v as int64_t. */
static inline bool read_number(struct reader *r, uint64_t *v, bool *negative)
{
    if (r->p == r->end)
        return false;
    unsigned c = *r->p;
    *negative = false;
    if (c < 0x80) {
        *v = c;
        r->p++;
        return true;
    }
    if (c >= 0xE0) {
        *v = (uint64_t)(int64_t)(int8_t)c;
        *negative = true;
        r->p++;
        return true;
    }
    if (c < 0xCC || c > 0xD3)
        return false;
    size_t n = (size_t)1 << (c & 3);
    if (n >= left(r))
        return false;
    *v = big(r->p + 1, n);
    if (c >= 0xD0) {
        unsigned shift = (unsigned)(64 - n * 8);
        *v = (uint64_t)((int64_t)(*v << shift) >> shift);
        *negative = (int64_t)*v < 0;
    }
    r->p += 1 + n;
    return true;
}

/* The length of a text or of bytes, the reader after its head; false when it is neither or longer than what is left. */
static inline bool read_length(struct reader *r, bool text, size_t *n)
{
    if (r->p == r->end)
        return false;
    unsigned c = *r->p;
    size_t head;
    if (text && (c & 0xE0) == 0xA0) {
        *n = c & 0x1F;
        head = 0;
    } else {
        unsigned first = text ? 0xD9 : 0xC4;
        if (c < first || c > first + 2)
            return false;
        head = (size_t)1 << (c - first);
        if (head >= left(r))
            return false;
        *n = (size_t)big(r->p + 1, head);
    }
    if (*n > left(r) - 1 - head)
        return false;
    r->p += 1 + head;
    return true;
}

/* The size of an array or map; each element takes at least `least` bytes, so a size beyond what is left is a lie. */
static inline bool read_count(struct reader *r, unsigned fix, unsigned big16, size_t least, size_t *n)
{
    if (r->p == r->end)
        return false;
    unsigned c = *r->p;
    size_t head = 0;
    if ((c & 0xF0) == fix)
        *n = c & 0x0F;
    else if (c == big16 || c == big16 + 1) {
        head = c == big16 ? 2 : 4;
        if (head >= left(r))
            return false;
        *n = (size_t)big(r->p + 1, head);
    } else {
        return false;
    }
    r->p += 1 + head;
    return *n <= left(r) / least;
}

/* Past one value of any kind, without recursion: `due` counts the values that are still to come. */
static bool skip(struct reader *r)
{
    for (uint64_t due = 1; due > 0; due--) {
        if (due > left(r))
            return false;
        unsigned c = *r->p++;
        size_t n = 0, head = 0;
        if (c < 0x80 || c >= 0xE0 || c == 0xC0 || c == 0xC2 || c == 0xC3)
            continue;
        if (c <= 0x8F) {
            due += 2 * (uint64_t)(c & 0x0F);
            continue;
        }
        if (c <= 0x9F) {
            due += c & 0x0F;
            continue;
        }
        if (c <= 0xBF) {
            n = c & 0x1F;
        } else if ((c >= 0xC4 && c <= 0xC6) || (c >= 0xD9 && c <= 0xDB) || c >= 0xDC) {
            head = c >= 0xDE ? (size_t)2 << (c - 0xDE)
                   : c >= 0xDC ? (size_t)2 << (c - 0xDC)
                               : (size_t)1 << (c - (c >= 0xD9 ? 0xD9u : 0xC4u));
            if (head > left(r))
                return false;
            uint64_t count = big(r->p, head);
            r->p += head;
            if (c >= 0xDC) {
                due += c >= 0xDE ? 2 * count : count;
                continue;
            }
            n = (size_t)count;
        } else if (c >= 0xCC && c <= 0xD3) {
            n = (size_t)1 << (c & 3);
        } else {
            return false; /* floats, extensions and 0xC1 are never written */
        }
        if (n > left(r))
            return false;
        r->p += n;
    }
    return true;
}

static size_t rest_count(struct sw_str rest)
{
    const unsigned char *p = (const unsigned char *)rest.p;
    struct reader r = {.p = p, .end = p + rest.n};
    size_t n = 0;
    while (r.p < r.end && skip(&r) && skip(&r))
        n++;
    return n;
}

static int read_record(struct reader *r, const struct sw_record *d, void *out, int depth);

static int take_memory(struct reader *r, size_t n, size_t size, void **out)
{
    if (n > r->memory / size)
        return damaged(r, "it holds more elements than fit");
    r->memory -= n * size;
    *out = sw_alloc(r->arena, n * size);
    return SW_OK;
}

static int read_value(struct reader *r, const struct sw_field *f, void *rec, int depth)
{
    void *at = sw_field_ptr(f, rec);
    uint64_t v;
    bool negative;
    size_t n;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        if (r->p == r->end || (*r->p != 0xC2 && *r->p != 0xC3))
            return damaged(r, "a yes or no was expected");
        *(bool *)at = *r->p++ == 0xC3;
        return SW_OK;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        if (!read_number(r, &v, &negative) || (!negative && v > INT64_MAX))
            return damaged(r, "a number was expected");
        *(int64_t *)at = (int64_t)v;
        return SW_OK;
    case SW_KIND_REF:
        if (!read_number(r, &v, &negative) || negative)
            return damaged(r, "an id was expected");
        *(uint64_t *)at = v;
        return SW_OK;
    case SW_KIND_ENUM:
        if (!read_number(r, &v, &negative) || (int64_t)v > INT32_MAX || (int64_t)v < INT32_MIN || (!negative && v > INT32_MAX))
            return damaged(r, "a small number was expected");
        *(int32_t *)at = (int32_t)(int64_t)v;
        return SW_OK;
    case SW_KIND_FLAGS:
        if (!read_number(r, &v, &negative) || negative || v > UINT32_MAX)
            return damaged(r, "a set was expected");
        *(uint32_t *)at = (uint32_t)v;
        return SW_OK;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES:
        if (!read_length(r, f->kind != SW_KIND_BYTES, &n))
            return damaged(r, "a text was expected");
        *(struct sw_str *)at = (struct sw_str){(const char *)r->p, n};
        r->p += n;
        return SW_OK;
    case SW_KIND_SUB: {
        void *sub = NULL;
        int rc = take_memory(r, 1, f->sub->size, &sub);
        if (rc == SW_OK)
            rc = read_record(r, f->sub, sub, depth + 1);
        *(void **)at = rc == SW_OK ? sub : NULL; /* never half of one */
        return rc;
    }
    case SW_KIND_LIST: {
        struct sw_list *l = at;
        if (!read_count(r, 0x90, 0xDC, 1, &n))
            return damaged(r, "a list was expected");
        int rc = n == 0 ? SW_OK : take_memory(r, n, f->sub->size, &l->v);
        for (size_t i = 0; rc == SW_OK && i < n; i++)
            rc = read_record(r, f->sub, (char *)l->v + i * f->sub->size, depth + 1);
        l->n = rc == SW_OK ? n : 0;
        return rc;
    }
    case SW_KIND_STRS: {
        struct sw_list *l = at;
        if (!read_count(r, 0x90, 0xDC, 1, &n))
            return damaged(r, "a list was expected");
        int rc = n == 0 ? SW_OK : take_memory(r, n, sizeof(struct sw_str), &l->v);
        for (size_t i = 0; rc == SW_OK && i < n; i++) {
            size_t len;
            if (!read_length(r, true, &len)) {
                rc = damaged(r, "a text was expected");
                break;
            }
            ((struct sw_str *)l->v)[i] = (struct sw_str){(const char *)r->p, len};
            r->p += len;
        }
        l->n = rc == SW_OK ? n : 0;
        return rc;
    }
    }
    return damaged(r, "its field is of no known kind");
}

/* Keep a pair that this code does not know. Neighbors stay in one run, which needs no copy. */
static void keep(struct reader *r, struct sw_str *rest, const unsigned char *from)
{
    size_t n = (size_t)(r->p - from);
    if (rest->n == 0) {
        *rest = (struct sw_str){(const char *)from, n};
    } else if ((const unsigned char *)rest->p + rest->n == from) {
        rest->n += n;
    } else {
        struct sw_buf b;
        sw_buf_init(&b, r->arena, rest->n + n, rest->n + n);
        sw_buf_add(&b, rest->p, rest->n);
        sw_buf_add(&b, from, n);
        *rest = sw_buf_str(&b);
    }
}

static int read_record(struct reader *r, const struct sw_record *d, void *out, int depth)
{
    size_t n;
    if (depth >= SW_RECORD_DEPTH_MAX)
        return damaged(r, "it is nested too deeply");
    if (!read_count(r, 0x80, 0xDE, 2, &n))
        return damaged(r, "a record was expected");
    uint64_t seen[SW_FIELDS_MAX / 64] = {0};
    uint16_t version = 1, today = d->version == 0 ? 1 : d->version;
    size_t next = 0, unknown = 0;
    const struct sw_field *const fields = d->fields;
    const size_t n_fields = d->n_fields < SW_FIELDS_MAX ? d->n_fields : SW_FIELDS_MAX;
    for (; n > 0; n--) {
        const unsigned char *from = r->p;
        uint64_t tag;
        bool negative;
        if (!read_number(r, &tag, &negative) || negative || tag > UINT16_MAX)
            return damaged(r, "a tag was expected");
        if (tag == 0) {
            uint64_t v;
            if (!read_number(r, &v, &negative) || negative || v == 0 || v > UINT16_MAX)
                return damaged(r, "a layout's version was expected");
            version = (uint16_t)v;
            continue;
        }
        /* Fields were written in the table's order, so the next one is mostly the one after the last. */
        size_t i = next;
        while (i < n_fields && fields[i].tag != tag)
            i++;
        bool known = i < n_fields;
        if (!known) {
            for (i = 0; i < next && fields[i].tag != tag; i++)
                ;
            known = i < next;
        }
        if (known) {
            uint64_t *word = &seen[i / 64], bit = UINT64_C(1) << (i % 64);
            if ((*word & bit) != 0)
                return damaged(r, "a tag came twice");
            *word |= bit;
            int rc = read_value(r, &fields[i], out, depth);
            if (rc != SW_OK)
                return rc;
            next = i + 1;
            continue;
        }
        if (++unknown > 1000)
            return damaged(r, "it holds more tags than a record may have");
        if (!skip(r))
            return damaged(r, "a value was expected");
        struct sw_str *rest = rest_of(sw_record_lead(d), out);
        if (rest != NULL)
            keep(r, rest, from);
    }
    if (version > today)
        return sw_fail(r->err, SW_EBUSY, "", _("%s was written by a newer version of the program. Try again in a moment."), d->name);
    if (version < today) {
        if (d->upgrade == NULL)
            return sw_fail(r->err, SW_EFAIL, "", _("%s of version %u can't be read any more."), d->name, version);
        return d->upgrade(out, version, r->arena, r->err);
    }
    return SW_OK;
}

int sw_stored_decode(struct sw_arena *a, const struct sw_record *d, struct sw_str bytes, void *out, struct sw_err *err)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    struct reader r = {.p = p, .start = p, .end = p + bytes.n, .arena = a, .memory = MEMORY_MAX, .top = d, .err = err};
    if (sw_record_lead(d) == SW_LEAD_HEAD) {
        ((struct sw_head *)out)->rest = (struct sw_str){NULL, 0};
        memset((char *)out + sizeof(struct sw_head), 0, d->size - sizeof(struct sw_head));
    } else {
        memset(out, 0, d->size);
    }
    if (bytes.n > STORED_MAX)
        return damaged(&r, "it is larger than a record may be");
    int rc = read_record(&r, d, out, 0);
    if (rc == SW_OK && r.p != r.end)
        return damaged(&r, "there is more after its end");
    return rc;
}
