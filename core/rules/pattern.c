/* rules/pattern.c: string.find, match, gmatch, gsub with PCRE2 patterns. Lua's own can run for minutes where no hook stops them; these
 * stop at a match limit. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/rules.h"

#include <lua.h>
#include <lauxlib.h>
#include <pcre2.h>
#include <string.h>

enum { PATTERN_MAX = 500, SUBJECT_MAX = 65536, MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000, CAPTURES_MAX = 20, REPLACEMENTS_MAX = 10000 };

#define PATTERN_META "shopwright.pattern"

/* A compiled pattern lives in a full userdata, so that Lua's own collector frees it whatever error passes by. */
struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static int pattern_free(lua_State *L)
{
    struct pattern *p = lua_touserdata(L, 1);

    pcre2_match_context_free(p->limits);
    pcre2_match_data_free(p->data);
    pcre2_code_free(p->code);
    memset(p, 0, sizeof(*p));
    return 0;
}

static struct pattern *compile(lua_State *L, int idx)
{
    size_t n;
    const char *text = luaL_checklstring(L, idx, &n);
    int code = 0;
    PCRE2_SIZE at = 0;

    luaL_argcheck(L, n <= PATTERN_MAX, idx, "the pattern is over 500 bytes");
    struct pattern *p = lua_newuserdatauv(L, sizeof(*p), 0);
    memset(p, 0, sizeof(*p));
    luaL_setmetatable(L, PATTERN_META);
    p->code = pcre2_compile((PCRE2_SPTR)text, n, PCRE2_UTF, &code, &at, NULL);
    if (p->code == NULL) {
        char why[120];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
        luaL_error(L, "the pattern is wrong at character %d: %s", (int)at + 1, why);
    }
    p->data = pcre2_match_data_create(CAPTURES_MAX + 1, NULL);
    p->limits = pcre2_match_context_create(NULL);
    if (p->data == NULL || p->limits == NULL)
        luaL_error(L, "no memory for the pattern");
    pcre2_set_match_limit(p->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
    return p;
}

static const char *subject(lua_State *L, int idx, size_t *n)
{
    const char *s = luaL_checklstring(L, idx, n);

    luaL_argcheck(L, *n <= SUBJECT_MAX, idx, "the text is over 64 KiB");
    return s;
}

/* Number of captures (≥ 1 with the whole), 0 when nothing matched. */
static int run(lua_State *L, const struct pattern *p, const char *s, size_t n, size_t from)
{
    int rc = pcre2_match(p->code, (PCRE2_SPTR)s, n, from, 0, p->data, p->limits);

    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT)
        return luaL_error(L, "the pattern takes too long on this text");
    if (rc < 0)
        return luaL_error(L, "the text is no valid UTF-8");
    return rc > 0 ? rc : CAPTURES_MAX + 1;
}

static void push_capture(lua_State *L, const struct pattern *p, const char *s, int i)
{
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);

    if (v[2 * i] == PCRE2_UNSET)
        lua_pushnil(L);
    else
        lua_pushlstring(L, s + v[2 * i], v[2 * i + 1] - v[2 * i]);
}

static int push_captures(lua_State *L, const struct pattern *p, const char *s, int found)
{
    luaL_checkstack(L, found + 2, NULL);
    if (found == 1) {
        push_capture(L, p, s, 0);
        return 1;
    }
    for (int i = 1; i < found; i++)
        push_capture(L, p, s, i);
    return found - 1;
}

static int text_match(lua_State *L)
{
    size_t n;
    const char *s = subject(L, 1, &n);
    const struct pattern *p = compile(L, 2);
    int found = run(L, p, s, n, 0);

    if (found > 0)
        return push_captures(L, p, s, found);
    lua_pushnil(L);
    return 1;
}

static int text_find(lua_State *L)
{
    size_t n, m;
    const char *s = subject(L, 1, &n);

    if (lua_toboolean(L, 4)) { /* plain */
        const char *what = luaL_checklstring(L, 2, &m);
        const char *at = m <= n ? memmem(s, n, what, m) : NULL;
        if (at == NULL) {
            lua_pushnil(L);
            return 1;
        }
        lua_pushinteger(L, at - s + 1);
        lua_pushinteger(L, at - s + (lua_Integer)m);
        return 2;
    }
    const struct pattern *p = compile(L, 2);
    int found = run(L, p, s, n, 0);
    if (found == 0) {
        lua_pushnil(L);
        return 1;
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);
    lua_pushinteger(L, (lua_Integer)v[0] + 1);
    lua_pushinteger(L, (lua_Integer)v[1]);
    return found > 1 ? 2 + push_captures(L, p, s, found) : 2;
}

/* Where to go on after a match at [from, to): an empty one steps over a whole character. */
static size_t step(const char *s, size_t n, size_t from, size_t to)
{
    if (to > from)
        return to;
    to++;
    while (to < n && ((unsigned char)s[to] & 0xC0) == 0x80)
        to++;
    return to;
}

static int next_match(lua_State *L)
{
    size_t n;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &n);
    const struct pattern *p = lua_touserdata(L, lua_upvalueindex(2));
    size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(3));

    if (from > n)
        return 0;
    int found = run(L, p, s, n, from);
    if (found == 0)
        return 0;
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);
    lua_pushinteger(L, (lua_Integer)step(s, n, v[0], v[1]));
    lua_replace(L, lua_upvalueindex(3));
    return push_captures(L, p, s, found);
}

static int text_gmatch(lua_State *L)
{
    size_t n;

    subject(L, 1, &n);
    lua_settop(L, 2);
    compile(L, 2);
    lua_remove(L, 2);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

/* The replacement of one match: a text with $0…$9, a table's entry, or a function's result; nil and false keep the match. */
static void add_replacement(lua_State *L, luaL_Buffer *b, const struct pattern *p, const char *s, int found)
{
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);
    size_t from = v[0], to = v[1];

    if (lua_type(L, 3) == LUA_TSTRING) {
        size_t n;
        const char *r = lua_tolstring(L, 3, &n);
        for (size_t i = 0; i < n; i++) {
            if (r[i] == '$' && i + 1 < n && r[i + 1] >= '0' && r[i + 1] <= '9') {
                int k = r[++i] - '0';
                if (k < found && v[2 * k] != PCRE2_UNSET)
                    luaL_addlstring(b, s + v[2 * k], v[2 * k + 1] - v[2 * k]);
            } else {
                luaL_addchar(b, r[i]);
            }
        }
        return;
    }
    if (lua_type(L, 3) == LUA_TTABLE) {
        push_capture(L, p, s, found > 1 ? 1 : 0);
        lua_rawget(L, 3);
    } else {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(L, p, s, found), 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        lua_pushlstring(L, s + from, to - from);
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "the replacement is no text");
    }
    luaL_addvalue(b);
}

static int text_gsub(lua_State *L)
{
    size_t n, at = 0, copied = 0;
    const char *s = subject(L, 1, &n);
    int type = lua_type(L, 3);
    lua_Integer limit = luaL_optinteger(L, 4, REPLACEMENTS_MAX), done = 0;
    luaL_Buffer b;

    luaL_argcheck(L, type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION, 3, "a text, table or function");
    luaL_argcheck(L, limit <= REPLACEMENTS_MAX, 4, "at most 10000 replacements");
    lua_settop(L, 4);
    const struct pattern *p = compile(L, 2);
    luaL_buffinit(L, &b);
    while (done < limit && at <= n) {
        int found = run(L, p, s, n, at);
        if (found == 0)
            break;
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);
        size_t from = v[0], to = v[1];
        luaL_addlstring(&b, s + copied, from - copied);
        add_replacement(L, &b, p, s, found);
        copied = to;
        at = step(s, n, from, to);
        done++;
    }
    luaL_addlstring(&b, s + copied, n - copied);
    luaL_pushresult(&b);
    lua_pushinteger(L, done);
    return 2;
}

void sw_rules_add_patterns(lua_State *L)
{
    static const luaL_Reg functions[] = {{"find", text_find}, {"gmatch", text_gmatch}, {"gsub", text_gsub}, {"match", text_match}, {NULL, NULL}};

    luaL_newmetatable(L, PATTERN_META);
    lua_pushcfunction(L, pattern_free);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
