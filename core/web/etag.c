/* web/etag.c: what a live page depends on, as one ETag. Nothing is rendered to make it. */
#include "web/request.h"

#include <sodium.h>
#include <string.h>

void sw_depends(struct sw_req *r, const struct sw_record *type, uint64_t id)
{
    if (r->n_depends + 3 > sizeof(r->depends) / sizeof(r->depends[0])) {
        sw_log("page.depends", "route=%s at_most=%d", r->match.routed->route->path, SW_DEPENDS_MAX);
        r->n_depends = SIZE_MAX; /* never a 304 rather than a stale one */
        return;
    }
    if (r->n_depends == SIZE_MAX)
        return;
    r->depends[r->n_depends++] = (uint64_t)(uintptr_t)type;
    r->depends[r->n_depends++] = id;
    r->depends[r->n_depends++] = sw_newest(r->tx, type, id);
}

static struct sw_str rules_version(struct sw_req *r)
{
    struct sw_web *w = r->web;
    struct sw_rules_seen *k = &w->rules[r->shop % (sizeof(w->rules) / sizeof(w->rules[0]))];
    int64_t now = sw_coarse_ms();
    if (!k->at || k->shop != r->shop || now - k->at > 1000) {
        struct sw_str v = sw_rules_version(r->tx);
        k->shop = r->shop;
        k->at = now;
        k->n = v.n < sizeof(k->version) ? v.n : sizeof(k->version);
        memcpy(k->version, v.n ? v.p : "", k->n);
    }
    return (struct sw_str){k->version, k->n};
}

bool sw_etag_holds(struct sw_req *r)
{
    const struct sw_route *route = r->match.routed->route;
    if (!(route->flags & SW_LIVE) || r->refill || r->notice.n || r->c_flash.n || r->n_depends == SIZE_MAX)
        return false;
    /* Descriptors' addresses differ between processes: their place in the words is enough, the handler names them in a fixed order. */
    uint64_t words[10 + SW_DEPENDS_MAX * 2];
    size_t n = 0;
    words[n++] = r->session ? r->session->head.id : r->is_guest ? r->guest->head.id : r->token;
    words[n++] = r->viewer.member;
    words[n++] = r->member_version;
    words[n++] = r->shop;
    words[n++] = sw_shop(r->tx)->head.version;
    words[n++] = (uint64_t)r->lang << 1 | r->json;
    words[n++] = route->flags & SW_TICKING ? (uint64_t)(r->run.now / SW_MINUTE) : 0;
    for (size_t i = 0; i < r->n_depends; i += 3) {
        words[n++] = r->depends[i + 1];
        words[n++] = r->depends[i + 2];
    }
    struct sw_str rules = rules_version(r);
    unsigned char bytes[sizeof(words) + 128], hash[16];
    memcpy(bytes, words, n * sizeof(words[0]));
    size_t at = n * sizeof(words[0]), rules_n = rules.n;
    memcpy(bytes + at, rules.n ? rules.p : "", rules_n);
    /* The build is in the key. */
    crypto_shorthash_siphashx24(hash, bytes, at + rules_n, r->web->etag_key);
    char *tag = sw_alloc(r->arena, 40);
    memcpy(tag, "W/\"", 3);
    sw_hex(tag + 3, hash, sizeof(hash));
    memcpy(tag + 35, "\"", 2);
    r->answer.etag = (struct sw_str){tag, 36};
    struct sw_str asked = r->in->if_none_match;
    return asked.n && memmem(asked.p, asked.n, tag + 2, 34) != NULL;
}

bool sw_unchanged(struct sw_req *r)
{
    if (!sw_etag_holds(r))
        return false;
    r->answer.kind = SW_ANSWER_UNCHANGED;
    return true;
}
