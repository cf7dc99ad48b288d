/* rules/rules.c: a shop's rule sets: which file is in force, compiled once, called with records. */
#include "rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <lua.h>
#include <lauxlib.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "record/codec.h"

enum { SHOPS_MAX = 64, NAME_MAX_BYTES = 32, RULE_PATH_MAX = 1024 };

/* One rule set of one shop, as last read. */
struct set {
    char name[NAME_MAX_BYTES + 1];
    struct stat seen; /* of the file in force; noticed anew when it differs */
    bool there;
    int ref; /* LUA_NOREF until compiled */
    unsigned char sha256[32];
    struct sw_err broken; /* a file that does not compile says so at each call */
};
struct shop_rules {
    uint32_t shop;
    struct sw_sandbox *sandbox;
    struct set sets[SW_RULE_SETS_MAX];
    size_t n;
    uint64_t used; /* for eviction */
};

static struct shop_rules *shops[SHOPS_MAX];
static size_t n_shops;
static uint64_t calls;
static char rules_dir[RULE_PATH_MAX], defaults_dir[RULE_PATH_MAX];

void sw_rules_configure(const char *rules, const char *defaults)
{
    snprintf(rules_dir, sizeof(rules_dir), "%s", rules);
    snprintf(defaults_dir, sizeof(defaults_dir), "%s", defaults);
}

static void shop_free(struct shop_rules *r)
{
    sw_sandbox_free(r->sandbox);
    free(r);
}

void sw_rules_reset(void)
{
    for (size_t i = 0; i < n_shops; i++)
        shop_free(shops[i]);
    n_shops = 0;
}

static void find_folders(void)
{
    const struct sw_config *c = sw_config();

    if (rules_dir[0] != 0 || c == NULL)
        return;
    snprintf(rules_dir, sizeof(rules_dir), "%s/rules", c->home);
    snprintf(defaults_dir, sizeof(defaults_dir), "%s/lua", c->prefix);
}

static struct shop_rules *shop_of(uint32_t shop)
{
    size_t oldest = 0;

    find_folders();
    for (size_t i = 0; i < n_shops; i++) {
        if (shops[i]->shop == shop) {
            shops[i]->used = ++calls;
            return shops[i];
        }
        if (shops[i]->used < shops[oldest]->used)
            oldest = i;
    }
    struct shop_rules *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    r->shop = shop;
    r->used = ++calls;
    r->sandbox = sw_sandbox_new();
    if (n_shops < SHOPS_MAX) {
        shops[n_shops++] = r;
    } else { /* more shops than one worker holds states for: the longest unused goes */
        shop_free(shops[oldest]);
        shops[oldest] = r;
    }
    return r;
}

/* A state whose memory was used up is thrown away; its rules are compiled anew. */
static void renew(struct shop_rules *r)
{
    sw_sandbox_free(r->sandbox);
    r->sandbox = sw_sandbox_new();
    r->n = 0;
}

static bool name_ok(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= NAME_MAX_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

/* The path of the file in force, and its stat. The shop's own goes before the default. */
static bool find_file(uint32_t shop, const char *name, char path[RULE_PATH_MAX + 64], struct stat *st)
{
    snprintf(path, RULE_PATH_MAX + 64, "%s/%u/%s.lua", rules_dir, shop, name);
    if (stat(path, st) == 0 && S_ISREG(st->st_mode))
        return true;
    snprintf(path, RULE_PATH_MAX + 64, "%s/%s.lua", defaults_dir, name);
    return stat(path, st) == 0 && S_ISREG(st->st_mode);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole file, malloced. */
static char *read_whole(const char *path, size_t *n, struct sw_err *err)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;

    if (f == NULL) {
        sw_fail(err, SW_ERULE, "", _("The rule file %s can't be read: %s."), path, strerror(errno));
        return NULL;
    }
    text = malloc(SW_RULE_FILE_MAX + 1);
    if (text == NULL)
        abort();
    *n = fread(text, 1, SW_RULE_FILE_MAX + 1, f);
    fclose(f);
    if (*n > SW_RULE_FILE_MAX) {
        free(text);
        sw_fail(err, SW_ERULE, "", _("The rule file %s is over %d KiB."), path, SW_RULE_FILE_MAX / 1024);
        return NULL;
    }
    return text;
}

static void load(struct shop_rules *r, struct set *s, const char *path)
{
    char chunk[NAME_MAX_BYTES + 8];
    size_t n = 0;

    if (s->ref != LUA_NOREF)
        sw_sandbox_forget(r->sandbox, s->ref);
    s->ref = LUA_NOREF;
    memset(&s->broken, 0, sizeof(s->broken));
    memset(s->sha256, 0, sizeof(s->sha256));
    char *text = read_whole(path, &n, &s->broken);
    if (text == NULL)
        return;
    crypto_hash_sha256(s->sha256, (const unsigned char *)text, n);
    snprintf(chunk, sizeof(chunk), "%s.lua", s->name);
    if (sw_sandbox_compile(r->sandbox, text, n, chunk, &s->ref, &s->broken) != SW_OK)
        s->ref = LUA_NOREF;
    free(text);
}

/* The set, loaded anew when its file changed; NULL when the shop has none and there is no default, or the name is no name. */
static struct set *set_of(struct shop_rules *r, const char *name)
{
    char path[RULE_PATH_MAX + 64];
    struct stat st = {0};
    struct set *s = NULL;

    for (size_t i = 0; i < r->n && s == NULL; i++) {
        if (strcmp(r->sets[i].name, name) == 0)
            s = &r->sets[i];
    }
    if (s == NULL) {
        if (!name_ok(name) || r->n == SW_RULE_SETS_MAX)
            return NULL;
        s = &r->sets[r->n++];
        memset(s, 0, sizeof(*s));
        snprintf(s->name, sizeof(s->name), "%s", name);
        s->ref = LUA_NOREF;
    }
    bool there = find_file(r->shop, name, path, &st);
    if (there && (!s->there || !same_file(&st, &s->seen))) {
        s->seen = st;
        load(r, s, path);
    }
    s->there = there;
    return there ? s : NULL;
}

/* ---- Calling */

struct call {
    const struct set *set;
    const char *name;
    const struct sw_record *in_type, *out_type;
    const void *in;
    void *out;
    struct sw_arena *arena;
    struct sw_err err; /* a result that does not fit, or SW_ENOTFOUND */
};

static int call_rule(lua_State *L, void *arg)
{
    struct call *c = arg;

    sw_sandbox_run_chunk(L, c->set->ref);
    lua_pushstring(L, c->name);
    if (lua_rawget(L, -2) != LUA_TFUNCTION) {
        c->err.code = SW_ENOTFOUND;
        return 0;
    }
    sw_lua_push(L, c->in_type, c->in, (struct sw_reader){.customer = false, .priced = true});
    lua_call(L, 1, 1);
    sw_lua_read(L, -1, c->arena, c->out_type, c->out, &c->err);
    return 0;
}

int sw_rule_call(struct sw_tx *tx, const char *set, const char *name, const struct sw_record *in_type, const void *in,
                 const struct sw_record *out_type, void *out, struct sw_err *err)
{
    struct shop_rules *r = shop_of(sw_tx_shop(tx));
    struct set *s = set_of(r, set);
    struct call c = {.set = s, .name = name, .in_type = in_type, .out_type = out_type, .in = in, .out = out, .arena = sw_tx_arena(tx)};
    struct sw_err bad[1];
    struct sw_errors errs = {bad, 0, 1};
    bool spent = false;

    memset(out, 0, out_type->size);
    if (s == NULL)
        return sw_fail(err, SW_ENOTFOUND, "", _("This shop has no rules “%s”."), set);
    if (s->ref == LUA_NOREF)
        return sw_fail(err, SW_ERULE, "", "%s", s->broken.message);
    int rc = sw_sandbox_enter(r->sandbox, call_rule, &c, &spent, err);
    if (spent)
        renew(r);
    if (rc == SW_OK && c.err.code == SW_ENOTFOUND)
        rc = sw_fail(err, SW_ENOTFOUND, "", _("The rules in %s.lua have no function “%s”."), set, name);
    else if (rc == SW_OK && c.err.code != SW_OK)
        rc = sw_fail(err, SW_ERULE, c.err.field, "%s.lua, %s: %s", set, name, c.err.message);
    else if (rc == SW_OK && sw_record_check(out_type, out, &errs) > 0)
        rc = sw_fail(err, SW_ERULE, bad[0].field, "%s.lua, %s: %s", set, name, bad[0].message);
    if (rc != SW_OK)
        memset(out, 0, out_type->size);
    return rc;
}

struct sw_str sw_rules_version(struct sw_tx *tx)
{
    static const char *const priced_by[] = {"pricing", "tax"};
    struct shop_rules *r = shop_of(sw_tx_shop(tx));
    crypto_hash_sha256_state h;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char *hex = sw_alloc(sw_tx_arena(tx), 2 * sizeof(hash) + 1);

    crypto_hash_sha256_init(&h);
    for (size_t i = 0; i < sizeof(priced_by) / sizeof(priced_by[0]); i++) {
        const struct set *s = set_of(r, priced_by[i]);
        if (s != NULL)
            crypto_hash_sha256_update(&h, s->sha256, sizeof(s->sha256));
    }
    crypto_hash_sha256_final(&h, hash);
    sodium_bin2hex(hex, 2 * sizeof(hash) + 1, hash, sizeof(hash));
    return (struct sw_str){hex, 2 * sizeof(hash)};
}

/* ---- Checking and testing, for `shopwright rules` */

static int run_main(lua_State *L, void *arg)
{
    const int *ref = arg;

    sw_sandbox_run_chunk(L, *ref);
    return 0;
}

static int ready(struct shop_rules *r, const char *set, struct set **out, struct sw_err *err)
{
    *out = set_of(r, set);
    if (*out == NULL)
        return sw_fail(err, SW_ENOTFOUND, "", _("There are no rules “%s”."), set);
    if ((*out)->ref == LUA_NOREF)
        return sw_fail(err, SW_ERULE, "", "%s", (*out)->broken.message);
    return SW_OK;
}

int sw_rules_check(uint32_t shop, const char *set, struct sw_err *err)
{
    struct shop_rules *r = shop_of(shop);
    struct set *s;
    bool spent = false;
    int rc = ready(r, set, &s, err);

    if (rc != SW_OK)
        return rc;
    rc = sw_sandbox_enter(r->sandbox, run_main, &s->ref, &spent, err);
    if (spent)
        renew(r);
    return rc;
}

/* Equal by content; tables as deep as they go. On the stack: got, want. */
static bool same(lua_State *L, int a, int b, int depth)
{
    if (lua_type(L, a) != LUA_TTABLE || lua_type(L, b) != LUA_TTABLE)
        return lua_type(L, a) == lua_type(L, b) && lua_rawequal(L, a, b) && lua_isinteger(L, a) == lua_isinteger(L, b);
    if (depth > 16)
        return false;
    luaL_checkstack(L, 8, NULL);
    size_t n = 0, m = 0;
    for (lua_pushnil(L); lua_next(L, a) != 0; lua_pop(L, 1), n++) {
        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        bool equal = same(L, lua_gettop(L) - 1, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
        if (!equal) {
            lua_pop(L, 2);
            return false;
        }
    }
    for (lua_pushnil(L); lua_next(L, b) != 0; lua_pop(L, 1))
        m++;
    return n == m;
}

static int assert_equal(lua_State *L)
{
    luaL_checkany(L, 2);
    if (same(L, 1, 2, 0))
        return 0;
    const char *got = luaL_tolstring(L, 1, NULL);
    const char *want = luaL_tolstring(L, 2, NULL);
    return luaL_error(L, lua_istable(L, 1) ? "the two tables differ" : "got %s, wanted %s", got, want);
}

struct test_run {
    int set, file;
    size_t which; /* the which-th test function by name order; each runs in fresh globals */
    char name[120];
    bool found;
};

static int run_test(lua_State *L, void *arg)
{
    struct test_run *t = arg;
    char before[sizeof(t->name)];

    snprintf(before, sizeof(before), "%s", t->name);
    t->found = false;
    sw_sandbox_run_chunk(L, t->set);
    int rules = lua_gettop(L);
    lua_pushcfunction(L, assert_equal);
    lua_setfield(L, rules, "assert_equal");
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->file);
    lua_pushvalue(L, rules);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
    for (lua_pushnil(L); lua_next(L, rules) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TFUNCTION)
            continue;
        const char *name = lua_tostring(L, -2);
        if (strncmp(name, "test_", 5) == 0 && strlen(name) < sizeof(t->name) && strcmp(name, before) > 0 &&
            (!t->found || strcmp(name, t->name) < 0)) {
            snprintf(t->name, sizeof(t->name), "%s", name);
            t->found = true;
        }
    }
    if (t->found) {
        lua_getfield(L, rules, t->name);
        lua_call(L, 0, 0);
    }
    return 0;
}

int sw_rules_test(uint32_t shop, const char *set, const char *file, void (*each)(void *arg, const char *test, const char *failure),
                  void *arg, struct sw_err *err)
{
    struct shop_rules *r = shop_of(shop);
    struct set *s;
    struct test_run t = {0};
    const char *base = strrchr(file, '/');
    size_t n;
    bool failed = false, spent = false;
    int rc = ready(r, set, &s, err);

    if (rc != SW_OK)
        return rc;
    char *text = read_whole(file, &n, err);
    if (text == NULL)
        return SW_ERULE;
    rc = sw_sandbox_compile(r->sandbox, text, n, base != NULL ? base + 1 : file, &t.file, err);
    free(text);
    if (rc != SW_OK)
        return rc;
    t.set = s->ref;
    do {
        struct sw_err why = {0};
        char last[sizeof(t.name)];
        snprintf(last, sizeof(last), "%s", t.name);
        rc = sw_sandbox_enter(r->sandbox, run_test, &t, &spent, &why);
        if (rc != SW_OK && (!t.found || strcmp(last, t.name) == 0)) { /* the file itself failed, no test ran */
            *err = why;
            break;
        }
        if (t.found)
            each(arg, t.name, rc == SW_OK ? NULL : why.message);
        failed = failed || rc != SW_OK;
        rc = SW_OK;
    } while (t.found && !spent);
    if (spent)
        renew(r);
    else
        sw_sandbox_forget(r->sandbox, t.file);
    if (rc == SW_OK && failed)
        rc = sw_fail(err, SW_ERULE, "", _("Some rule tests failed."));
    return rc;
}
