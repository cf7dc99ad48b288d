/* web/link.c: mailed links: a random token, stored as its hash, for one purpose and a time. */
#include "web/request.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_TEXT = 43, PURPOSE_MAX = 60 };

struct link {
    struct sw_head head;
    struct sw_str hash, purpose, to; /* to: SHA-256 of the address it was mailed to; empty: of no matter */
    uint64_t subject;
    int64_t until;
};
static const struct sw_field link_fields[] = {
    SW_F_BYTES(struct link, hash, 1, .max = 32, .flags = SW_SECRET),
    SW_F_TEXT(struct link, purpose, 2, .max = PURPOSE_MAX),
    SW_F_REF(struct link, subject, 3, "*"),
    SW_F_TIME(struct link, until, 4),
    SW_F_BYTES(struct link, to, 5, .max = 32),
};
static const struct sw_index link_indexes[] = {{.name = "until", .fields = {"until"}}, {.name = NULL}};
const struct sw_record sw_link_record = {SW_RECORD(struct link, "core.link", link_fields), .owner = SW_OWNER_SHOP,
                                         .indexes = link_indexes, .flags = SW_TECHNICAL};

/* The purpose is part of the hash: a token of one purpose is unknown to another. */
static bool hash_of(const char *purpose, struct sw_str token, unsigned char hash[32])
{
    unsigned char raw[32];
    size_t n;
    if (token.n != TOKEN_TEXT || sodium_base642bin(raw, sizeof(raw), token.p, token.n, NULL, &n, NULL,
                                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != sizeof(raw))
        return false;
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, (const unsigned char *)purpose, strlen(purpose) + 1);
    crypto_hash_sha256_update(&st, raw, sizeof(raw));
    crypto_hash_sha256_final(&st, hash);
    return true;
}

static int make(struct sw_tx *tx, const char *purpose, uint64_t subject, struct sw_str to, int64_t lifetime, struct sw_str *token, struct sw_err *err)
{
    unsigned char raw[32], hash[32];
    sw_random(tx, raw, sizeof(raw));
    char *text = sw_alloc(sw_tx_arena(tx), TOKEN_TEXT + 1);
    sodium_bin2base64(text, TOKEN_TEXT + 1, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    *token = (struct sw_str){text, TOKEN_TEXT};
    if (!hash_of(purpose, *token, hash))
        return sw_fail(err, SW_EFAIL, "", "A token that was just made can't be read.");
    struct link l = {.hash = {(const char *)hash, sizeof(hash)}, .purpose = sw_str_of(purpose), .subject = subject, .to = to,
                     .until = sw_now(tx) + lifetime};
    return sw_put_at(tx, &sw_link_record, sw_hash_id(hash), &l, NULL, err);
}

int sw_link_make(struct sw_tx *tx, const char *purpose, uint64_t subject, int64_t lifetime, struct sw_str *token, struct sw_err *err)
{
    return make(tx, purpose, subject, (struct sw_str){NULL, 0}, lifetime, token, err);
}

int sw_link_make_to(struct sw_tx *tx, const char *purpose, uint64_t subject, struct sw_str to, int64_t lifetime, struct sw_str *token,
                    struct sw_err *err)
{
    unsigned char hash[32];
    crypto_hash_sha256(hash, (const unsigned char *)(to.n ? to.p : ""), to.n);
    return make(tx, purpose, subject, (struct sw_str){(const char *)hash, sizeof(hash)}, lifetime, token, err);
}

static int look(struct sw_tx *tx, const char *purpose, struct sw_str token, struct link *l, struct sw_err *err)
{
    unsigned char hash[32];
    memset(l, 0, sizeof(*l));
    if (!hash_of(purpose, token, hash) || sw_get(tx, &sw_link_record, sw_hash_id(hash), l, NULL) != SW_OK || l->hash.n != 32 ||
        sodium_memcmp(l->hash.p, hash, 32) != 0 || l->until <= sw_now(tx))
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This link has been used or is too old. Please ask for a new one."));
    return SW_OK;
}

int sw_link_look(struct sw_tx *tx, const char *purpose, struct sw_str token, uint64_t *subject, struct sw_err *err)
{
    struct link l;
    int code = look(tx, purpose, token, &l, err);
    if (code == SW_OK)
        *subject = l.subject;
    return code;
}

bool sw_link_sent_to(struct sw_tx *tx, const char *purpose, struct sw_str token, struct sw_str to)
{
    struct link l;
    unsigned char hash[32];
    crypto_hash_sha256(hash, (const unsigned char *)(to.n ? to.p : ""), to.n);
    return look(tx, purpose, token, &l, NULL) == SW_OK && l.to.n == sizeof(hash) && memcmp(l.to.p, hash, sizeof(hash)) == 0;
}

int sw_link_use(struct sw_tx *tx, const char *purpose, struct sw_str token, uint64_t *subject, struct sw_err *err)
{
    struct link l;
    int code = look(tx, purpose, token, &l, err);
    if (code)
        return code;
    *subject = l.subject;
    return sw_delete(tx, &sw_link_record, l.head.id, NULL, err);
}
