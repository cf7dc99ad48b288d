/* web/session.c: who sends this request: the shop by its host, the web session or token by its hash, the viewer by membership. */
#include "base/log.h"
#include "web/request.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SESSION_TIME (30 * SW_DAY)  /* a sign-in lasts at most */
#define SESSION_IDLE (14 * SW_DAY)  /* … and this long unused */
#define SEEN_EVERY (10 * SW_MINUTE)
#define GUEST_TIME (12 * SW_HOUR)
enum { TOKEN_TEXT = 43, MEMBERS_AT_ONCE = 8 };

static const struct sw_field session_fields[] = {
    SW_F_BYTES(struct sw_session, hash, 1, .max = 32, .flags = SW_SECRET),
    SW_F_REF(struct sw_session, user, 2, "core.user"),
    SW_F_INT(struct sw_session, shop, 3),
    SW_F_REF(struct sw_session, member, 4, "core.member"),
    SW_F_TIME(struct sw_session, seen, 5),
    SW_F_TIME(struct sw_session, until, 6),
    SW_F_TEXT(struct sw_session, csrf, 7, .flags = SW_SECRET),
    SW_F_TEXT(struct sw_session, language, 8),
    SW_F_TEXT(struct sw_session, browser, 9, .max = 400),
    SW_F_TEXT(struct sw_session, address, 10),
    SW_F_TEXT(struct sw_session, only_type, 11),
    SW_F_REF(struct sw_session, only_id, 12, "*"),
    SW_F_REF(struct sw_session, customer, 13, "*"),
};
static const struct sw_index session_indexes[] = {
    {.name = "user", .fields = {"user"}, .flags = SW_SKIP_EMPTY},
    {.name = "until", .fields = {"until"}},
    {.name = NULL},
};
/* Owner: everybody, because these are found by their secret alone, by whoever has it. No route names the types. */
const struct sw_record sw_session_record = {
    SW_RECORD(struct sw_session, "core.session", session_fields), .owner = SW_OWNER_SHOP, .indexes = session_indexes,
    .flags = SW_TECHNICAL | SW_INSTALLATION};

struct token {
    struct sw_head head;
    struct sw_str hash, name;
    uint64_t user, member;
    int64_t shop, used;
};
static const struct sw_field token_fields[] = {
    SW_F_BYTES(struct token, hash, 1, .max = 32, .flags = SW_SECRET),
    SW_F_TEXT(struct token, name, 2, .max = 120),
    SW_F_REF(struct token, user, 3, "core.user"),
    SW_F_REF(struct token, member, 4, "core.member"),
    SW_F_INT(struct token, shop, 5),
    SW_F_TIME(struct token, used, 6),
};
static const struct sw_index token_indexes[] = {{.name = "user", .fields = {"user"}}, {.name = NULL}};
const struct sw_record sw_token_record = {SW_RECORD(struct token, "core.token", token_fields), .owner = SW_OWNER_SHOP,
                                          .indexes = token_indexes, .flags = SW_TECHNICAL | SW_INSTALLATION};

static const struct sw_field session_view_fields[] = {
    SW_F_TEXT(struct sw_session_view, key, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_session_view, browser, 2, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_session_view, address, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_TIME(struct sw_session_view, started, 4, .audience = SW_FOR_CUSTOMER),
    SW_F_TIME(struct sw_session_view, seen, 5, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_session_view, current, 6, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_session_view_record = {
    SW_RECORD(struct sw_session_view, "core.session_view", session_view_fields), .audience = SW_FOR_CUSTOMER};

/* Secrets are looked up by their hash: the record's id is its first 63 bits, the rest is compared without telling time. */
uint64_t sw_hash_id(const unsigned char hash[32])
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++)
        id = id << 8 | hash[i];
    id &= INT64_MAX;
    return id ? id : 1;
}

static bool token_hash(struct sw_str text, unsigned char hash[32])
{
    unsigned char raw[32];
    size_t n;
    if (text.n != TOKEN_TEXT || sodium_base642bin(raw, sizeof(raw), text.p, text.n, NULL, &n, NULL,
                                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != sizeof(raw))
        return false;
    crypto_hash_sha256(hash, raw, sizeof(raw));
    return true;
}

static struct sw_str token_text(struct sw_arena *a, const unsigned char raw[32])
{
    char *p = sw_alloc(a, TOKEN_TEXT + 1);
    sodium_bin2base64(p, TOKEN_TEXT + 1, raw, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (struct sw_str){p, TOKEN_TEXT};
}

void sw_cookie_set(struct sw_req *r, const char *name, struct sw_str value, int64_t seconds)
{
    struct sw_answer *x = &r->answer;
    if (x->n_cookies == SW_COOKIES_OUT_MAX)
        return;
    x->cookies[x->n_cookies++] =
        sw_printf(r->arena, "%s%s=" SW_STR_FMT "; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", r->in->secure ? "__Host-" : "", name,
                  SW_STR_ARG(value), (long long)seconds, r->in->secure ? "; Secure" : "");
}

/* ---- The shop */

int64_t sw_coarse_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

static int directory_read(struct sw_req *r, struct sw_err *err)
{
    struct sw_web *w = r->web;
    uint32_t *shops;
    size_t n;
    int code = sw_store_shops(r->tx, &shops, &n, err);
    if (code)
        return code;
    w->n_shops = 0;
    for (size_t i = 0; i < n && w->n_shops < SW_SHOPS_MAX; i++) {
        struct sw_shop s = {.head.id = 0};
        if (sw_get(r->tx, &sw_shop_record, shops[i], &s, NULL) != SW_OK || s.host.n >= sizeof(w->shops[0].host))
            continue;
        struct sw_shop_entry *e = &w->shops[w->n_shops++];
        e->shop = shops[i];
        memcpy(e->host, s.host.n ? s.host.p : "", s.host.n);
        e->host[s.host.n] = '\0';
    }
    w->shops_read = sw_coarse_ms();
    return SW_OK;
}

static uint32_t directory_find(const struct sw_web *w, struct sw_str host)
{
    if (w->n_shops == 1)
        return w->shops[0].shop;
    const char *colon = host.n && host.p[0] != '[' ? memchr(host.p, ':', host.n) : NULL;
    if (colon)
        host.n = (size_t)(colon - host.p);
    uint32_t any = 0;
    for (size_t i = 0; i < w->n_shops; i++) {
        if (strlen(w->shops[i].host) == host.n && host.n && strncasecmp(w->shops[i].host, host.p, host.n) == 0)
            return w->shops[i].shop;
        if (!w->shops[i].host[0] && !any)
            any = w->shops[i].shop;
    }
    return any;
}

/* The directory is read again after a second, or at once for a host it does not know. */
static int find_shop(struct sw_req *r, struct sw_err *err)
{
    struct sw_web *w = r->web;
    bool fresh = w->shops_read && sw_coarse_ms() - w->shops_read < 1000;
    r->shop = fresh ? directory_find(w, r->in->host) : 0;
    if (!r->shop) {
        int code = directory_read(r, err);
        if (code)
            return code;
        r->shop = directory_find(w, r->in->host);
    }
    return r->shop ? SW_OK : sw_fail(err, SW_ENOTFOUND, "", "%s", _("No shop answers at this address."));
}

/* ---- The person */

/* A customer's identity after merges. The store remembers it for this transaction, so its own checks read nothing more. */
static uint64_t canonical(struct sw_req *r, uint64_t customer)
{
    struct sw_head head = {.id = customer}; /* all that is looked at of a customer */
    uint64_t to = 0;
    if (!r->web->customer || !customer || sw_owner_of(r->tx, r->web->customer, &head, &to, NULL) != SW_OK || !to)
        return customer;
    return to;
}

static bool become_member(struct sw_req *r, uint64_t member, uint64_t user)
{
    struct sw_member *m = SW_NEW(r->arena, struct sw_member);
    if (!member || sw_get(r->tx, &sw_member_record, member, m, NULL) != SW_OK || m->disabled || m->user != user)
        return false;
    uint32_t licences = m->licences & SW_SIGNED_IN;
    /* The portal is never combined with another package: such a member would be restricted in one place and not in another. */
    if (licences == 0 || ((licences & SW_PORTAL) && (licences & SW_STAFF)) || ((licences & SW_PORTAL) && !m->customer))
        return false;
    r->viewer = (struct sw_viewer){.user = user, .licences = licences, .member = member, .name = m->name};
    if (licences & SW_PORTAL)
        r->viewer.customer = canonical(r, m->customer);
    r->member_version = m->head.version;
    return true;
}

static struct sw_session *session_load(struct sw_req *r, struct sw_str cookie, bool guest)
{
    unsigned char hash[32];
    if (!token_hash(cookie, hash))
        return NULL;
    struct sw_session *s = SW_NEW(r->arena, struct sw_session);
    if (sw_get(r->tx, &sw_session_record, sw_hash_id(hash), s, NULL) != SW_OK || s->hash.n != 32 ||
        sodium_memcmp(s->hash.p, hash, 32) != 0)
        return NULL;
    if (s->until <= r->run.now || s->seen + SESSION_IDLE <= r->run.now || s->shop != (int64_t)r->shop || guest != (s->only_id != 0))
        return NULL;
    if (s->seen + SEEN_EVERY < r->run.now)
        sw_touch(r, &sw_session_record, s->head.id, "seen");
    return s;
}

static int bearer(struct sw_req *r, struct sw_err *err)
{
    static const char scheme[] = "Bearer swt_";
    struct sw_str h = r->in->authorization;
    unsigned char hash[32];
    struct token t = {.head.id = 0};
    r->bearer = true;
    if (h.n <= sizeof(scheme) - 1 || strncasecmp(h.p, scheme, sizeof(scheme) - 1) != 0)
        return sw_fail(err, SW_EUNAUTH, "", "%s", _("The Authorization header must be \"Bearer\" and an API token of this shop."));
    h.p += sizeof(scheme) - 1;
    h.n -= sizeof(scheme) - 1;
    if (!token_hash(h, hash) || sw_get(r->tx, &sw_token_record, sw_hash_id(hash), &t, NULL) != SW_OK || t.hash.n != 32 ||
        sodium_memcmp(t.hash.p, hash, 32) != 0 || t.shop != (int64_t)r->shop || !become_member(r, t.member, t.user))
        return sw_fail(err, SW_EUNAUTH, "", "%s", _("This API token is not known here, or no longer valid."));
    r->token = t.head.id;
    if (t.used + SW_HOUR < r->run.now)
        sw_touch(r, &sw_token_record, t.head.id, "used");
    return SW_OK;
}

static const char *const langs[SW_LANGS] = {"en", "es"};

static void locale_part(char *to, size_t size, struct sw_str from, struct sw_str otherwise)
{
    if (!from.n || from.n >= size)
        from = otherwise;
    memcpy(to, from.p, from.n); /* the rest is zero */
}

static int lang_of(struct sw_str word)
{
    for (int i = 0; i < SW_LANGS; i++)
        if (sw_str_is(word, langs[i]))
            return i;
    return -1;
}

/* The first language of "es-MX,es;q=0.9,en;q=0.8" that there are catalogs of: browsers send them in the person's order. */
static int lang_accepted(struct sw_str list)
{
    for (size_t at = 0; at < list.n;) {
        while (at < list.n && (list.p[at] == ' ' || list.p[at] == ','))
            at++;
        size_t end = at;
        while (end < list.n && list.p[end] != ',' && list.p[end] != ';' && list.p[end] != '-' && list.p[end] != ' ')
            end++;
        int pick = lang_of((struct sw_str){list.p + at, end - at});
        if (pick >= 0)
            return pick;
        while (end < list.n && list.p[end] != ',')
            end++;
        at = end;
    }
    return -1;
}

/* What the shop wrote down about the customer. The core knows the table of customers only as the one that owns itself. */
static struct sw_str customer_language(struct sw_req *r, uint64_t customer)
{
    const struct sw_record *type = r->web->customer;
    const struct sw_field *f = type ? sw_field_find(type, SW_STR("language")) : NULL;
    if (!f || f->kind != SW_KIND_TEXT)
        return (struct sw_str){NULL, 0};
    char *rec = sw_alloc(r->arena, type->size);
    bool was = sw_tx_as_shop(r->tx, true);
    int code = sw_get(r->tx, type, customer, rec, NULL);
    sw_tx_as_shop(r->tx, was);
    struct sw_str said = {NULL, 0};
    if (code == SW_OK)
        memcpy(&said, rec + f->offset, sizeof said);
    return said;
}

/* The person's own choice, else what the shop knows of the customer, else the browser's, else the shop's. */
static void set_locale(struct sw_req *r)
{
    const struct sw_shop *s = r->shop ? sw_shop(r->tx) : NULL;
    struct sw_locale *l = &r->locale;
    struct sw_str none = {NULL, 0};
    int pick = r->session ? lang_of(r->session->language) : -1;
    if (pick < 0 && r->viewer.customer)
        pick = lang_of(customer_language(r, r->viewer.customer));
    if (pick < 0)
        pick = lang_accepted(r->in->accept_language);
    if (pick < 0 && s)
        pick = lang_of(s->language);
    r->lang = pick < 0 ? 0 : pick;
    memset(l, 0, sizeof(*l));
    strcpy(l->language, langs[r->lang]);
    locale_part(l->region, sizeof(l->region), s ? s->region : none, SW_STR("US"));
    locale_part(l->currency, sizeof(l->currency), s ? s->currency : none, SW_STR("USD"));
    locale_part(l->zone, sizeof(l->zone), s ? s->zone : none, SW_STR("UTC"));
    sw_locale_set(l);
}

int sw_session_resolve(struct sw_req *r, struct sw_err *err)
{
    static const struct sw_viewer nobody;
    r->viewer = nobody;
    r->session = r->guest = NULL;
    r->guest_looked = r->is_guest = r->pre_is_new = false;
    r->csrf = (struct sw_str){NULL, 0};
    r->member_version = r->token = 0;
    sw_tx_set_viewer(r->tx, 0, &nobody, true);
    int code = find_shop(r, err);
    if (code == SW_OK) {
        sw_tx_set_viewer(r->tx, r->shop, &nobody, true);
        if (r->in->authorization.n)
            code = bearer(r, err);
        else if (r->c_session.n && (r->session = session_load(r, r->c_session, false)) &&
                 !become_member(r, r->session->member, r->session->user))
            r->session = NULL;
    }
    sw_log_context(r->in->id, r->shop);
    set_locale(r);
    sw_tx_set_viewer(r->tx, r->shop, &r->viewer, false);
    return code;
}

static struct sw_session *guest_of(struct sw_req *r)
{
    if (!r->guest_looked && r->shop && !r->bearer) {
        r->guest_looked = true;
        if (r->c_guest.n) {
            static const struct sw_viewer nobody;
            sw_tx_set_viewer(r->tx, r->shop, &nobody, true);
            r->guest = session_load(r, r->c_guest, true);
            if (r->guest)
                r->guest->customer = canonical(r, r->guest->customer);
            sw_tx_set_viewer(r->tx, r->shop, &r->viewer, false);
        }
    }
    return r->guest;
}

bool sw_session_try_guest(struct sw_req *r)
{
    bool names_record = false;
    for (size_t i = 0; i < r->match.routed->n_params; i++)
        names_record |= r->match.routed->params[i].type != NULL;
    if (!names_record || !(r->match.routed->route->who & SW_PORTAL) || !guest_of(r))
        return false;
    r->is_guest = true;
    r->viewer = (struct sw_viewer){.licences = SW_PORTAL, .customer = r->guest->customer, .name = sw_str_of(_("Mailed link"))};
    sw_tx_set_viewer(r->tx, r->shop, &r->viewer, false);
    set_locale(r);
    return true;
}

bool sw_session_any(struct sw_req *r)
{
    return r->viewer.licences || guest_of(r);
}

/* Whether the record is (only_type, only_id), or below it. */
bool sw_req_within(struct sw_req *r, const struct sw_record *type, const void *rec, struct sw_str only_type, uint64_t only_id)
{
    bool within = false;
    uint64_t id = ((const struct sw_head *)rec)->id;
    bool was = sw_tx_as_shop(r->tx, true);
    for (int depth = 0; depth < 8 && type; depth++) {
        if (id == only_id && sw_str_is(only_type, type->name)) {
            within = true;
            break;
        }
        const struct sw_field *f = type->owner_field ? sw_field_find(type, sw_str_of(type->owner_field)) : NULL;
        const struct sw_record *parent = NULL;
        if (f && type->owner == SW_OWNER_PARENT && f->refers) {
            parent = sw_host_record(sw_str_of(f->refers));
            id = *(const uint64_t *)sw_field_ptr(f, rec);
        } else if (f && type->owner == SW_OWNER_ANY_PARENT && type->owner_id_field) {
            const struct sw_field *i = sw_field_find(type, sw_str_of(type->owner_id_field));
            parent = sw_host_record(*(const struct sw_str *)sw_field_ptr(f, rec));
            id = i ? *(const uint64_t *)sw_field_ptr(i, rec) : 0;
        }
        if (!parent || !id)
            break;
        void *up = sw_alloc(r->arena, parent->size);
        if (sw_get(r->tx, parent, id, up, NULL) != SW_OK)
            break;
        type = parent;
        rec = up;
    }
    sw_tx_as_shop(r->tx, was);
    return within;
}

void sw_session_csrf(struct sw_req *r)
{
    if (r->csrf.n)
        return;
    if (r->session) {
        r->csrf = r->session->csrf;
        return;
    }
    if (guest_of(r)) {
        r->csrf = r->guest->csrf;
        return;
    }
    /* Somebody not signed in: the token hangs on a cookie that only we set. */
    unsigned char key[32], mac[16];
    if (!token_hash(r->c_pre, key)) {
        unsigned char raw[32];
        randombytes_buf(raw, sizeof(raw));
        r->c_pre = token_text(r->arena, raw);
        crypto_hash_sha256(key, raw, sizeof(raw));
        r->pre_is_new = true;
    }
    crypto_generichash(mac, sizeof(mac), (const unsigned char *)"sw-pre-csrf", 11, key, sizeof(key));
    char *hex = sw_alloc(r->arena, 33);
    sw_hex(hex, mac, sizeof(mac));
    r->csrf = (struct sw_str){hex, 32};
}

/* ---- Starting and ending */

static int member_of(struct sw_tx *tx, uint64_t user, struct sw_member **out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_member_record, .index = "user", .equal = {SW_K_INT(user)}, .limit = MEMBERS_AT_ONCE};
    bool was = sw_tx_as_shop(tx, true);
    int code = sw_scan(tx, &scan, &found, err);
    sw_tx_as_shop(tx, was);
    if (code)
        return code;
    struct sw_member *m = found.v;
    for (size_t i = 0; i < found.n; i++)
        if (!m[i].disabled) {
            *out = &m[i];
            return SW_OK;
        }
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This user has no access to this shop."));
}

static struct sw_str cut(struct sw_arena *a, struct sw_str s, size_t max)
{
    if (s.n > max)
        s.n = max;
    while (s.n && !sw_str_is_text(s))
        s.n--;
    return sw_copy(a, s);
}

static int session_make(struct sw_req *r, struct sw_session *s, const char *cookie, int64_t lifetime, struct sw_err *err)
{
    unsigned char raw[32], hash[32], mac[16];
    sw_random(r->tx, raw, sizeof(raw));
    crypto_hash_sha256(hash, raw, sizeof(raw));
    crypto_generichash(mac, sizeof(mac), (const unsigned char *)"sw-csrf", 7, raw, sizeof(raw));
    char *hex = sw_alloc(r->arena, 33);
    sw_hex(hex, mac, sizeof(mac));
    s->csrf = (struct sw_str){hex, 32};
    s->hash = sw_copy(r->arena, (struct sw_str){(const char *)hash, sizeof(hash)});
    s->shop = (int64_t)r->shop;
    s->seen = r->run.now;
    s->until = r->run.now + lifetime;
    s->browser = cut(r->arena, r->in->user_agent, 400);
    s->address = cut(r->arena, r->in->address, 100);
    int code = sw_put_at(r->tx, &sw_session_record, sw_hash_id(hash), s, NULL, err);
    if (code)
        return code;
    r->csrf = s->csrf;
    r->answer.session = true;
    sw_cookie_set(r, cookie, token_text(r->arena, raw), lifetime / SW_SECOND);
    return SW_OK;
}

int sw_session_start(struct sw_req *r, uint64_t user, struct sw_err *err)
{
    struct sw_member *m;
    int code = member_of(r->tx, user, &m, err);
    if (code)
        return code == SW_ENOTFOUND ? sw_fail(err, SW_EDENIED, "", "%s", _("This user has no access to this shop.")) : code;
    struct sw_user u = {.head.id = 0};
    bool was = sw_tx_as_shop(r->tx, true);
    code = sw_get(r->tx, &sw_user_record, user, &u, err);
    sw_tx_as_shop(r->tx, was);
    if (code)
        return code;
    if (r->session && (code = sw_delete(r->tx, &sw_session_record, r->session->head.id, NULL, err)) != SW_OK)
        return code;
    struct sw_session *s = SW_NEW(r->arena, struct sw_session);
    s->user = user;
    s->member = m->head.id;
    s->language = u.language;
    code = session_make(r, s, "sw", SESSION_TIME, err);
    if (code == SW_OK)
        r->session = s;
    return code;
}

int sw_session_speak(struct sw_req *r, struct sw_str language, struct sw_err *err)
{
    if (!r->session)
        return SW_OK;
    r->session->language = language;
    int code = sw_put(r->tx, &sw_session_record, r->session, NULL, err);
    if (code == SW_OK)
        set_locale(r);
    return code;
}

int sw_session_guest(struct sw_req *r, const struct sw_record *type, uint64_t id, uint64_t customer, struct sw_err *err)
{
    struct sw_session *s = SW_NEW(r->arena, struct sw_session);
    s->only_type = sw_str_of(type->name);
    s->only_id = id;
    s->customer = customer;
    struct sw_str csrf = r->csrf;
    int code = session_make(r, s, "sw_guest", GUEST_TIME, err);
    if (r->session) /* its pages go on with their own */
        r->csrf = csrf;
    return code;
}

int sw_session_end(struct sw_req *r, struct sw_err *err)
{
    int code = SW_OK;
    if (r->session)
        code = sw_delete(r->tx, &sw_session_record, r->session->head.id, NULL, err);
    if (code == SW_OK && guest_of(r)) {
        code = sw_delete(r->tx, &sw_session_record, r->guest->head.id, NULL, err);
        sw_cookie_set(r, "sw_guest", SW_STR(""), 0);
    }
    r->answer.session = true;
    sw_cookie_set(r, "sw", SW_STR(""), 0);
    r->session = r->guest = NULL;
    r->csrf = (struct sw_str){NULL, 0};
    return code;
}

static int sessions_scan(struct sw_tx *tx, uint64_t user, struct sw_found *found, struct sw_err *err)
{
    struct sw_scan scan = {.type = &sw_session_record, .index = "user", .equal = {SW_K_INT(user)}, .limit = SW_SCAN_MAX};
    bool was = sw_tx_as_shop(tx, true);
    int code = sw_scan(tx, &scan, found, err);
    sw_tx_as_shop(tx, was);
    return code;
}

int sw_session_end_all(struct sw_tx *tx, uint64_t user, struct sw_err *err)
{
    for (;;) {
        struct sw_found found;
        int code = sessions_scan(tx, user, &found, err);
        struct sw_session *s = found.v;
        for (size_t i = 0; code == SW_OK && i < found.n; i++)
            code = sw_delete(tx, &sw_session_record, s[i].head.id, NULL, err);
        if (code || found.n < SW_SCAN_MAX)
            return code;
    }
}

int sw_sessions_of(struct sw_req *r, uint64_t user, struct sw_list *sessions, struct sw_err *err)
{
    struct sw_found found;
    int code = sessions_scan(r->tx, user, &found, err);
    if (code)
        return code;
    struct sw_session *s = found.v;
    struct sw_session_view *v = SW_NEW_N(r->arena, struct sw_session_view, found.n ? found.n : 1);
    for (size_t i = 0; i < found.n; i++) {
        size_t at = i; /* newest first; they are few */
        for (; at > 0 && v[at - 1].started < s[i].head.created; at--)
            v[at] = v[at - 1];
        v[at] = (struct sw_session_view){
            .key = sw_printf(r->arena, "%016llx", (unsigned long long)s[i].head.id), .browser = s[i].browser, .address = s[i].address,
            .started = s[i].head.created, .seen = s[i].seen, .current = r->session && r->session->head.id == s[i].head.id};
    }
    sessions->v = v;
    sessions->n = found.n;
    return SW_OK;
}

int sw_session_end_one(struct sw_req *r, uint64_t user, struct sw_str key, struct sw_err *err)
{
    struct sw_found found;
    int code = sessions_scan(r->tx, user, &found, err);
    if (code)
        return code;
    const struct sw_session *s = found.v;
    bool any = false;
    for (size_t i = 0; i < found.n; i++) {
        char hex[17];
        snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)s[i].head.id);
        bool current = r->session && r->session->head.id == s[i].head.id;
        if (key.n ? !sw_str_is(key, hex) : current)
            continue;
        any = true;
        if ((code = sw_delete(r->tx, &sw_session_record, s[i].head.id, NULL, err)) != SW_OK)
            return code;
    }
    if (key.n && !any)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("That sign-in has already ended."));
    return SW_OK;
}

int sw_token_make(struct sw_tx *tx, uint64_t user, struct sw_str name, struct sw_str *out, struct sw_err *err)
{
    struct sw_member *m;
    int code = member_of(tx, user, &m, err);
    if (code)
        return code;
    struct sw_arena *a = sw_tx_arena(tx);
    unsigned char raw[32], hash[32];
    sw_random(tx, raw, sizeof(raw));
    crypto_hash_sha256(hash, raw, sizeof(raw));
    struct token t = {.hash = {(const char *)hash, sizeof(hash)}, .name = name, .user = user, .member = m->head.id,
                      .shop = (int64_t)sw_tx_shop(tx)};
    code = sw_put_at(tx, &sw_token_record, sw_hash_id(hash), &t, NULL, err);
    if (code == SW_OK)
        *out = sw_printf(a, "swt_" SW_STR_FMT, SW_STR_ARG(token_text(a, raw)));
    return code;
}

/* What is over, of each type that says until when it lasts. */
int sw_session_sweep(struct sw_tx *tx, struct sw_err *err)
{
    static const struct sw_record *const types[] = {&sw_session_record, &sw_link_record, &sw_once_record, &sw_limit_record};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct sw_found found;
        struct sw_scan scan = {.type = types[i], .index = "until", .to = SW_K_INT(sw_now(tx)), .limit = 200};
        int code = sw_scan(tx, &scan, &found, err);
        for (size_t k = 0; code == SW_OK && k < found.n; k++) {
            const struct sw_head *h = (const void *)((const char *)found.v + k * types[i]->size);
            code = sw_delete(tx, types[i], h->id, NULL, err);
        }
        if (code)
            return code;
    }
    return SW_OK;
}
