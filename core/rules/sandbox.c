/* rules/sandbox.c: a Lua state that can't reach files, network, clock or chance, can't run on, and can't grow.
 *
 * What is left out or replaced, and why: load, dofile, require, collectgarbage, coroutine (would escape the hook's budget), debug, io, os, package,
 * string.dump, rawset (would change shared tables), Lua's own patterns (the hook can't stop one), table.move and unchecked ranges (a C loop that no
 * hook stops), math.random (two runs of a rule must agree), __gc (runs outside the protected call). Library tables are read-only faces. */
#include "rules/rules.h"

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

struct sw_sandbox {
    lua_State *L;
    size_t used;
    int64_t budget; /* instructions left */
    bool stopped;   /* sticky until the evaluation ends: pcall can't swallow it */
    bool spent;     /* memory refused once */
    int base;       /* registry reference of the globals that all environments inherit */
};

enum { HOOK_EVERY = 1000 };

static struct sw_sandbox *sandbox_of(lua_State *L) { return *(struct sw_sandbox **)lua_getextraspace(L); }

static void *allocate(void *ud, void *p, size_t old, size_t size)
{
    struct sw_sandbox *s = ud;

    if (p == NULL)
        old = 0;
    if (size == 0) {
        free(p);
        s->used -= old;
        return NULL;
    }
    if (size > old && s->used + (size - old) > SW_RULE_MEMORY_MAX) {
        s->spent = s->stopped = true;
        return NULL;
    }
    void *q = realloc(p, size);
    if (q != NULL)
        s->used += size - old;
    return q;
}

static void on_count(lua_State *L, lua_Debug *ar)
{
    struct sw_sandbox *s = sandbox_of(L);

    (void)ar;
    s->budget -= HOOK_EVERY;
    if (s->budget > 0 && !s->stopped)
        return;
    s->stopped = true;
    luaL_error(L, "the rule ran too long (more than %d instructions)", SW_RULE_INSTRUCTIONS_MAX);
}

/* pcall and xpcall pass a stop on: otherwise `while true do pcall(f) end` would run for ever. */
static int checked_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (sandbox_of(L)->stopped)
        return lua_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

static int checked_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "__gc is not allowed in a rule");
        lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "this table is locked");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* Without addresses: two runs of a rule must say the same. */
static int plain_tostring(lua_State *L)
{
    int type = lua_type(L, 1);

    luaL_checkany(L, 1);
    if (type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN || type == LUA_TNIL)
        luaL_tolstring(L, 1, NULL);
    else
        lua_pushstring(L, lua_typename(L, type));
    return 1;
}

/* The length of a plain list. table.* functions take only tables without metatables, and no range beyond what is in them. */
static lua_Integer plain_list(lua_State *L, int idx)
{
    luaL_checktype(L, idx, LUA_TTABLE);
    if (lua_getmetatable(L, idx))
        luaL_error(L, "the table functions take no tables with a metatable");
    lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
    if (n > SW_RULE_LIST_MAX)
        luaL_error(L, "the list has more than %d elements", SW_RULE_LIST_MAX);
    return n;
}

static int list_insert(lua_State *L)
{
    lua_Integer n = plain_list(L, 1), at = n + 1;

    if (lua_gettop(L) == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "position out of bounds");
        for (lua_Integer i = n; i >= at; i--) {
            lua_rawgeti(L, 1, i);
            lua_rawseti(L, 1, i + 1);
        }
    } else {
        luaL_argcheck(L, lua_gettop(L) == 2, 2, "insert takes a list, a position and a value");
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int list_remove(lua_State *L)
{
    lua_Integer n = plain_list(L, 1);
    lua_Integer at = luaL_optinteger(L, 2, n);

    if (n == 0)
        return 0;
    luaL_argcheck(L, at >= 1 && at <= n, 2, "position out of bounds");
    lua_rawgeti(L, 1, at);
    for (lua_Integer i = at; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 1, i);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, n);
    return 1;
}

static int list_concat(lua_State *L)
{
    lua_Integer n = plain_list(L, 1);
    const char *between = luaL_optstring(L, 2, "");
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addstring(&b, between);
        lua_rawgeti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "element %d of the list is no text or number", (int)i);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

static int list_unpack(lua_State *L)
{
    lua_Integer n = plain_list(L, 1);

    luaL_argcheck(L, n <= 200, 1, "too many elements to unpack");
    luaL_checkstack(L, (int)n, "too many elements to unpack");
    for (lua_Integer i = 1; i <= n; i++)
        lua_rawgeti(L, 1, i);
    return (int)n;
}

/* table.sort itself is a C loop, but over a plain list and with a Lua comparator that the hook counts. */
static int list_sort(lua_State *L)
{
    plain_list(L, 1);
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 0);
    return 0;
}

/* string.rep in one go may take the whole memory cap at once; the cap answers. A negative or absurd size is refused here. */
static int text_rep(lua_State *L)
{
    size_t n;

    luaL_checklstring(L, 1, &n);
    lua_Integer times = luaL_checkinteger(L, 2);
    size_t between = 0;
    luaL_optlstring(L, 3, "", &between);
    luaL_argcheck(L, times <= SW_RULE_LIST_MAX && (n + between) * (size_t)(times > 0 ? times : 0) <= 1024 * 1024, 2,
                  "the result is over 1 MiB");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* ---- money: rounding done once and right, half away from zero. */

static int divide(lua_State *L, __int128 a, int64_t by)
{
    __int128 q = a >= 0 ? (a + by / 2) / by : -((-a + by / 2) / by);

    if (q > INT64_C(1000000000000) || q < -INT64_C(1000000000000))
        return luaL_error(L, "the amount is over 10,000,000,000.00");
    lua_pushinteger(L, (lua_Integer)q);
    return 1;
}

static int money_times(lua_State *L)
{
    return divide(L, (__int128)luaL_checkinteger(L, 1) * luaL_checkinteger(L, 2), 1000);
}

static int money_percent(lua_State *L)
{
    return divide(L, (__int128)luaL_checkinteger(L, 1) * luaL_checkinteger(L, 2), 100000);
}

static int refuse_write(lua_State *L)
{
    return luaL_error(L, "“%s” is shared and can't be changed by a rule", luaL_tolstring(L, 2, NULL));
}

/* Replace the table on the top by a face that shows it and can't be changed. */
static void make_face(lua_State *L)
{
    lua_newtable(L); /* face */
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* Copy the named functions of the library at `lib` into a new table on the top. */
static void pick(lua_State *L, const char *lib, const char *const *names)
{
    lua_getglobal(L, lib);
    lua_newtable(L);
    for (; *names != NULL; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
    lua_remove(L, -2);
}

static void wrap(lua_State *L, const char *lib, const char *name, lua_CFunction fn)
{
    lua_getglobal(L, lib);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    lua_pushcclosure(L, fn, 1);
    lua_setfield(L, -2, name);
}

static int build(lua_State *L)
{
    static const char *const base[] = {"assert", "error", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "select", "tonumber",
                                       "type", NULL};
    static const char *const text[] = {"byte", "char", "format", "len", "lower", "reverse", "sub", "upper", NULL};
    static const char *const number[] = {"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min", "mininteger", "modf", "pi", "sqrt",
                                         "tointeger", "type", "ult", NULL};
    static const char *const utf[] = {"char", "charpattern", "codepoint", "len", "offset", NULL};
    static const luaL_Reg lists[] = {{"concat", list_concat}, {"insert", list_insert}, {"remove", list_remove}, {"unpack", list_unpack},
                                     {NULL, NULL}};
    static const luaL_Reg money[] = {{"percent", money_percent}, {"times", money_times}, {NULL, NULL}};
    struct sw_sandbox *s = sandbox_of(L);

    luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
    luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
    lua_settop(L, 0);

    pick(L, LUA_GNAME, base); /* 1: what all environments inherit */
    lua_pushcfunction(L, checked_pcall);
    lua_setfield(L, 1, "pcall");
    lua_pushcfunction(L, checked_setmetatable);
    lua_setfield(L, 1, "setmetatable");
    lua_pushcfunction(L, plain_tostring);
    lua_setfield(L, 1, "tostring");

    pick(L, LUA_STRLIBNAME, text);
    wrap(L, LUA_STRLIBNAME, "rep", text_rep);
    sw_rules_add_patterns(L);
    make_face(L);
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2); /* a new metatable for texts, locked: ("x"):upper() works, getmetatable does not exist */
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    lua_setfield(L, 1, "string");

    luaL_newlib(L, lists);
    wrap(L, LUA_TABLIBNAME, "sort", list_sort);
    make_face(L);
    lua_setfield(L, 1, "table");
    pick(L, LUA_MATHLIBNAME, number);
    make_face(L);
    lua_setfield(L, 1, "math");
    pick(L, LUA_UTF8LIBNAME, utf);
    make_face(L);
    lua_setfield(L, 1, "utf8");
    luaL_newlib(L, money);
    make_face(L);
    lua_setfield(L, 1, "money");
    s->base = luaL_ref(L, LUA_REGISTRYINDEX);

    /* The real globals and the loaded table are emptied: no way back to what was left out. */
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    return 0;
}

struct sw_sandbox *sw_sandbox_new(void)
{
    struct sw_sandbox *s = calloc(1, sizeof(*s));

    if (s == NULL)
        abort();
    s->L = lua_newstate(allocate, s);
    if (s->L == NULL)
        abort();
    *(struct sw_sandbox **)lua_getextraspace(s->L) = s;
    lua_pushcfunction(s->L, build);
    if (lua_pcall(s->L, 0, 0, 0) != LUA_OK)
        abort(); /* a fresh state of a few kilobytes: only a broken program fails here */
    lua_gc(s->L, LUA_GCGEN, 0, 0);
    return s;
}

void sw_sandbox_free(struct sw_sandbox *s)
{
    if (s == NULL)
        return;
    lua_close(s->L);
    free(s);
}

lua_State *sw_sandbox_lua(struct sw_sandbox *s) { return s->L; }

/* Lua puts the chunk's name before the line: "tax.lua:12: …". */
static int failed(struct sw_sandbox *s, struct sw_err *err)
{
    const char *why = lua_tostring(s->L, -1);

    if (s->spent)
        why = "the rule used more than 16 MiB of memory";
    sw_fail(err, SW_ERULE, "", "%s", why != NULL ? why : "the rule failed without a message");
    lua_settop(s->L, 0);
    return SW_ERULE;
}

int sw_sandbox_compile(struct sw_sandbox *s, const char *text, size_t n, const char *name, int *ref, struct sw_err *err)
{
    char chunk[80];

    snprintf(chunk, sizeof(chunk), "@%s", name);
    s->stopped = s->spent = false;
    if (luaL_loadbufferx(s->L, text, n, chunk, "t") != LUA_OK)
        return failed(s, err);
    *ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
    return SW_OK;
}

void sw_sandbox_forget(struct sw_sandbox *s, int ref) { luaL_unref(s->L, LUA_REGISTRYINDEX, ref); }

void sw_sandbox_run_chunk(lua_State *L, int ref)
{
    luaL_checkstack(L, 8, NULL);
    lua_newtable(L); /* the environment: its own globals, then the shared ones */
    lua_createtable(L, 0, 2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->base);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    lua_pushvalue(L, -2);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
}

struct entry {
    int (*fn)(lua_State *L, void *arg);
    void *arg;
};

static int trampoline(lua_State *L)
{
    struct entry *e = lua_touserdata(L, 1);

    lua_settop(L, 0);
    e->fn(L, e->arg);
    return 0;
}

int sw_sandbox_enter(struct sw_sandbox *s, int (*fn)(lua_State *L, void *arg), void *arg, bool *spent, struct sw_err *err)
{
    struct entry e = {fn, arg};

    s->budget = SW_RULE_INSTRUCTIONS_MAX;
    s->stopped = s->spent = false;
    lua_settop(s->L, 0);
    lua_sethook(s->L, on_count, LUA_MASKCOUNT, HOOK_EVERY);
    lua_pushcfunction(s->L, trampoline);
    lua_pushlightuserdata(s->L, &e);
    int status = lua_pcall(s->L, 1, 0, 0);
    lua_sethook(s->L, NULL, 0, 0);
    int rc = status == LUA_OK ? SW_OK : failed(s, err);
    if (spent != NULL)
        *spent = s->spent;
    lua_settop(s->L, 0);
    return rc;
}
