/* snapshot.c: digests and copies of records by their tables. */
#include "records.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Thousands of small pieces make a digest: they are gathered, then hashed by blocks. */
struct digest {
    crypto_hash_sha256_state hash;
    size_t n;
    char block[1024];
};

static void add_bytes(struct digest *h, const char *p, size_t n)
{
    while (n) {
        size_t some = sizeof h->block - h->n < n ? sizeof h->block - h->n : n;
        memcpy(h->block + h->n, p, some);
        h->n += some;
        p += some;
        n -= some;
        if (h->n == sizeof h->block) {
            crypto_hash_sha256_update(&h->hash, (const unsigned char *)h->block, h->n);
            h->n = 0;
        }
    }
}

/* v in decimal at the end of `end`; where it begins. */
static char *decimal(char *end, uint64_t v)
{
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    return end;
}

static void add_text(struct digest *h, struct sw_str s)
{
    char len[24];
    len[sizeof len - 1] = ':';
    char *p = decimal(len + sizeof len - 1, s.n);
    add_bytes(h, p, (size_t)(len + sizeof len - p));
    if (s.n) {
        add_bytes(h, s.p, s.n);
    }
}

static void add_int(struct digest *h, int64_t v)
{
    char text[24];
    char *p = decimal(text + sizeof text, v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v);
    if (v < 0) {
        *--p = '-';
    }
    add_text(h, (struct sw_str){p, (size_t)(text + sizeof text - p)});
}

static bool skipped(const char *name, const char *const *skip)
{
    for (; skip && *skip; skip++) {
        if (strcmp(*skip, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_record(struct digest *h, const struct sw_record *d, const char *rec, const char *const *skip)
{
    add_text(h, sw_str_of(d->name));
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        const char *p = rec + f->offset;
        if (skipped(f->name, skip)) {
            continue;
        }
        add_text(h, sw_str_of(f->name));
        switch (f->kind) {
        case SW_KIND_BOOL:
            add_int(h, *(const bool *)p);
            break;
        case SW_KIND_ENUM:
        case SW_KIND_FLAGS: {
            int32_t v;
            memcpy(&v, p, sizeof v);
            add_int(h, v);
            break;
        }
        case SW_KIND_TEXT:
        case SW_KIND_EMAIL:
        case SW_KIND_PHONE:
        case SW_KIND_BYTES: {
            struct sw_str s;
            memcpy(&s, p, sizeof s);
            add_text(h, s);
            break;
        }
        case SW_KIND_SUB: {
            const char *sub;
            memcpy(&sub, p, sizeof sub);
            add_int(h, sub != NULL);
            if (sub) {
                add_record(h, f->sub, sub, NULL);
            }
            break;
        }
        case SW_KIND_LIST: {
            struct sw_list l;
            memcpy(&l, p, sizeof l);
            add_int(h, (int64_t)l.n);
            for (size_t k = 0; k < l.n; k++) {
                add_record(h, f->sub, (const char *)l.v + k * f->sub->size, NULL);
            }
            break;
        }
        case SW_KIND_STRS: {
            struct sw_list l;
            memcpy(&l, p, sizeof l);
            add_int(h, (int64_t)l.n);
            for (size_t k = 0; k < l.n; k++) {
                add_text(h, ((const struct sw_str *)l.v)[k]);
            }
            break;
        }
        default: { /* the eight-byte numbers */
            int64_t v;
            memcpy(&v, p, sizeof v);
            add_int(h, v);
        }
        }
    }
}

void record_digest(const struct sw_record *d, const void *rec, const char *const *skip, unsigned char out[32])
{
    struct digest h;
    crypto_hash_sha256_init(&h.hash);
    h.n = 0;
    add_record(&h, d, rec, skip);
    crypto_hash_sha256_update(&h.hash, (const unsigned char *)h.block, h.n);
    crypto_hash_sha256_final(&h.hash, out);
}

/* Whatever is frozen when it is asked; not what the answer adds. */
struct sw_str authorization_shown(struct sw_arena *a, const struct authorization *auth)
{
    static const char *const answer[] = {"state",   "how",    "answered_at",  "name",       "strokes",  "typed",     "address",   "browser",
                                         "proof",   "reason", "phone_called", "phone_note", "document", "chain_seq", "chain_hash", NULL};
    unsigned char hash[32];
    record_digest(&authorization_record, auth, answer, hash);
    return hex_of(a, (struct sw_str){(const char *)hash, sizeof hash});
}

void record_keep(struct sw_arena *a, const struct sw_record *d, void *rec)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        char *p = (char *)rec + f->offset;
        if (f->kind == SW_KIND_TEXT || f->kind == SW_KIND_EMAIL || f->kind == SW_KIND_PHONE || f->kind == SW_KIND_BYTES) {
            struct sw_str s;
            memcpy(&s, p, sizeof s);
            s = sw_copy(a, s);
            memcpy(p, &s, sizeof s);
        } else if (f->kind == SW_KIND_SUB) {
            void *sub;
            memcpy(&sub, p, sizeof sub);
            if (sub) {
                void *copy = sw_alloc(a, f->sub->size);
                memcpy(copy, sub, f->sub->size);
                record_keep(a, f->sub, copy);
                memcpy(p, &copy, sizeof copy);
            }
        } else if (f->kind == SW_KIND_LIST) {
            struct sw_list l;
            memcpy(&l, p, sizeof l);
            if (l.n) {
                void *copy = sw_alloc(a, l.n * f->sub->size);
                memcpy(copy, l.v, l.n * f->sub->size);
                l.v = copy;
                for (size_t k = 0; k < l.n; k++) {
                    record_keep(a, f->sub, (char *)l.v + k * f->sub->size);
                }
                memcpy(p, &l, sizeof l);
            }
        }
    }
}

struct sw_str hex_of(struct sw_arena *a, struct sw_str bytes)
{
    char *p = sw_alloc(a, bytes.n * 2 + 1);
    sodium_bin2hex(p, bytes.n * 2 + 1, (const unsigned char *)bytes.p, bytes.n);
    return (struct sw_str){p, bytes.n * 2};
}

struct sw_str phone_text(struct sw_arena *a, struct sw_str e164)
{
    if (e164.n != 12 || memcmp(e164.p, "+1", 2) != 0) {
        return e164;
    }
    return sw_printf(a, "(%.3s) %.3s-%.4s", e164.p + 2, e164.p + 5, e164.p + 8);
}

struct sw_str rate_text(struct sw_arena *a, int64_t rate)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 24, 24);
    sw_buf_addf(&b, "%lld", (long long)(rate / 1000));
    int64_t rest = rate % 1000;
    if (rest) {
        char digits[8];
        int n = 0;
        digits[n++] = (char)('0' + rest / 100);
        digits[n++] = (char)('0' + rest / 10 % 10);
        digits[n++] = (char)('0' + rest % 10);
        while (digits[n - 1] == '0') {
            n--;
        }
        sw_buf_adds(&b, ".");
        sw_buf_add(&b, digits, (size_t)n);
    }
    return sw_buf_str(&b);
}
