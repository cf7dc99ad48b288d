/* store/keys.c: keys whose bytewise order is the order of what they stand for. */
#include "store/internal.h"

#include <sodium.h>
#include <string.h>

enum {
    TEXT_MAX = 80,  /* bytes of a text in a key … */
    TEXT_HEAD = 64, /* … of a longer one these, then 16 bytes of its hash: equal texts stay equal, others apart */
    TEXT_HASH = 16,
};

void sw_u64_put(unsigned char *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, 8);
}

uint64_t sw_u64_get(const void *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

uint32_t sw_u32_get(const void *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

void sw_kb_start(struct sw_kb *k, uint32_t shop, char kind)
{
    uint32_t be = __builtin_bswap32(shop);
    memcpy(k->b, &be, 4);
    k->b[4] = (unsigned char)kind;
    k->n = 5;
    k->over = false;
}

void sw_kb_add(struct sw_kb *k, const void *p, size_t n)
{
    if (n > SW_KEY_MAX - k->n) {
        k->over = true;
        return;
    }
    if (n)
        memcpy(k->b + k->n, p, n);
    k->n += n;
}

void sw_kb_u64(struct sw_kb *k, uint64_t v)
{
    unsigned char b[8];
    sw_u64_put(b, v);
    sw_kb_add(k, b, 8);
}

void sw_kb_int(struct sw_kb *k, int64_t v)
{
    sw_kb_u64(k, (uint64_t)v ^ (UINT64_C(1) << 63));
}

/* Lower case of the two-byte characters of European names; the same in every locale, for ever: keys are stored. */
static unsigned fold(unsigned c)
{
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) ||
        (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if (c == 0x178)
        return 0xFF;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return c & 1 ? c + 1 : c;
    if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138)
        return c | 1;
    return c;
}

static size_t fold_text(struct sw_str s, size_t *at, unsigned char *out, size_t max)
{
    size_t n = 0, i = *at;
    while (i < s.n && n + 2 <= max) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 'A' && c <= 'Z') {
            out[n++] = (unsigned char)(c + 32);
            i++;
        } else if (c >= 0xC2 && c <= 0xDF && i + 1 < s.n && ((unsigned char)s.p[i + 1] & 0xC0) == 0x80) {
            unsigned u = fold((c & 0x1Fu) << 6 | ((unsigned char)s.p[i + 1] & 0x3Fu));
            out[n++] = (unsigned char)(0xC0 | u >> 6);
            out[n++] = (unsigned char)(0x80 | (u & 0x3F));
            i += 2;
        } else {
            out[n++] = c;
            i++;
        }
    }
    *at = i;
    return n;
}

static void add_escaped(struct sw_kb *k, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] <= 1) /* 0 ends a text, so it may not stand in one */
            sw_kb_add(k, p[i] ? "\1\2" : "\1\1", 2);
        else
            sw_kb_add(k, p + i, 1);
    }
}

void sw_kb_text(struct sw_kb *k, struct sw_str s, bool folded, bool prefix)
{
    unsigned char b[256];
    size_t at = 0, n;
    if (folded) {
        n = fold_text(s, &at, b, TEXT_MAX + 2);
    } else {
        n = s.n < TEXT_MAX + 1 ? s.n : TEXT_MAX + 1;
        if (n)
            memcpy(b, s.p, n);
    }
    if (n <= TEXT_MAX || prefix) {
        add_escaped(k, b, n <= TEXT_MAX ? n : TEXT_HEAD);
    } else {
        unsigned char hash[32];
        add_escaped(k, b, TEXT_HEAD);
        if (folded) {
            crypto_hash_sha256_state st;
            crypto_hash_sha256_init(&st);
            at = 0;
            while ((n = fold_text(s, &at, b, sizeof b)) > 0)
                crypto_hash_sha256_update(&st, b, n);
            crypto_hash_sha256_final(&st, hash);
        } else {
            crypto_hash_sha256(hash, (const unsigned char *)s.p, s.n);
        }
        add_escaped(k, hash, TEXT_HASH);
    }
    if (!prefix)
        sw_kb_add(k, "", 1);
}

bool sw_kb_past(struct sw_kb *k)
{
    while (k->n > 0) {
        if (k->b[k->n - 1] != 0xFF) {
            k->b[k->n - 1]++;
            return true;
        }
        k->n--;
    }
    return false;
}
