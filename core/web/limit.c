/* web/limit.c: tries counted per subject in a window of time. A refused request takes its writes back; the count of the try stays all the same, because
 * dispatch counts it again by itself (sw_limit_again). */
#include "web/request.h"

#include <sodium.h>
#include <string.h>

struct count {
    struct sw_head head;
    struct sw_str hash;
    int64_t from, until, n;
};
static const struct sw_field count_fields[] = {
    SW_F_BYTES(struct count, hash, 1, .max = 32),
    SW_F_TIME(struct count, from, 2),
    SW_F_TIME(struct count, until, 3),
    SW_F_INT(struct count, n, 4),
};
static const struct sw_index count_indexes[] = {{.name = "until", .fields = {"until"}}, {.name = NULL}};
const struct sw_record sw_limit_record = {SW_RECORD(struct count, "core.limit", count_fields), .owner = SW_OWNER_SHOP,
                                          .indexes = count_indexes, .flags = SW_TECHNICAL};

/* The subject is stored as a hash: it may be an e-mail address. */
static int load(struct sw_tx *tx, struct sw_str what, int64_t window, struct count *c, unsigned char hash[32], struct sw_err *err)
{
    crypto_hash_sha256(hash, (const unsigned char *)(what.n ? what.p : ""), what.n);
    memset(c, 0, sizeof(*c));
    int code = sw_get(tx, &sw_limit_record, sw_hash_id(hash), c, err);
    if (code != SW_OK && code != SW_ENOTFOUND)
        return code;
    if (c->until <= sw_now(tx)) {
        c->n = 0;
        c->from = sw_now(tx);
        c->until = c->from + window;
    }
    return SW_OK;
}

static int add(struct sw_tx *tx, struct count *c, const unsigned char hash[32], struct sw_err *err)
{
    c->n++;
    if (c->head.id)
        return sw_put(tx, &sw_limit_record, c, NULL, err);
    c->hash = (struct sw_str){(const char *)hash, 32};
    return sw_put_at(tx, &sw_limit_record, sw_hash_id(hash), c, NULL, err);
}

int sw_limit(struct sw_tx *tx, struct sw_str what, size_t limit, int64_t window, struct sw_err *err)
{
    struct count c;
    unsigned char hash[32];
    int code = load(tx, what, window, &c, hash, err);
    if (code)
        return code;
    if (c.n >= (int64_t)limit) {
        int64_t minutes = (c.until - sw_now(tx) + SW_MINUTE - 1) / SW_MINUTE;
        return sw_fail(err, SW_ETOOMANY, "",
                       sw_text_n(SW_TEXT_DOMAIN, "Too many tries. Please wait a minute, then try again.",
                                 "Too many tries. Please wait %lld minutes, then try again.", (uint64_t)minutes),
                       (long long)minutes);
    }
    if (!sw_tx_writes(tx)) /* in prepare: only a look */
        return SW_OK;
    struct sw_req *r = sw_tx_req(tx);
    if (r && r->n_limits < SW_LIMITS_MAX)
        r->limits[r->n_limits++] = (struct sw_limit_try){sw_copy(r->arena, what), window};
    return add(tx, &c, hash, err);
}

int sw_limit_again(struct sw_req *r, struct sw_tx *tx, struct sw_err *err)
{
    for (size_t i = 0; i < r->n_limits; i++) {
        struct count c;
        unsigned char hash[32];
        int code = load(tx, r->limits[i].what, r->limits[i].window, &c, hash, err);
        if (code == SW_OK)
            code = add(tx, &c, hash, err);
        if (code)
            return code;
    }
    return SW_OK;
}
