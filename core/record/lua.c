/* record/lua.c: records as Lua tables. Called only inside the rules' protected call: every lua_* function here may raise. */
#include "record/codec.h"

#include <inttypes.h>
#include <lua.h>
#include <lauxlib.h>
#include <string.h>

enum { LUA_DEPTH_MAX = 8, LIST_MAX_DEFAULT = 200 };

static void push_words(lua_State *L, const struct sw_enum *e, uint32_t bits)
{
    lua_newtable(L);
    for (const struct sw_word *w = e->words; w->word != NULL; w++) {
        if (w->value >= 0 && w->value < 32 && (bits >> w->value & 1u) != 0) {
            lua_pushboolean(L, 1);
            lua_setfield(L, -2, w->word);
        }
    }
}

static void push_field(lua_State *L, const struct sw_field *f, const void *at, struct sw_reader who)
{
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        lua_pushboolean(L, *(const bool *)at);
        break;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        lua_pushinteger(L, *(const int64_t *)at);
        break;
    case SW_KIND_REF:
        lua_pushinteger(L, (lua_Integer) * (const uint64_t *)at);
        break;
    case SW_KIND_ENUM: {
        const struct sw_word *w = sw_enum_word(f->words, *(const int32_t *)at);
        if (w != NULL)
            lua_pushstring(L, w->word);
        else
            lua_pushnil(L);
        break;
    }
    case SW_KIND_FLAGS:
        push_words(L, f->words, *(const uint32_t *)at);
        break;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES: {
        const struct sw_str *s = at;
        lua_pushlstring(L, s->p != NULL ? s->p : "", s->n);
        break;
    }
    case SW_KIND_SUB: {
        const void *sub = *(const void *const *)at;
        if (sub != NULL)
            sw_lua_push(L, f->sub, sub, who);
        else
            lua_pushnil(L);
        break;
    }
    case SW_KIND_LIST: {
        const struct sw_list *list = at;
        lua_createtable(L, (int)list->n, 0);
        for (size_t i = 0; i < list->n; i++) {
            sw_lua_push(L, f->sub, (const char *)list->v + i * f->sub->size, who);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    }
    case SW_KIND_STRS: {
        const struct sw_list *list = at;
        const struct sw_str *v = list->v;
        lua_createtable(L, (int)list->n, 0);
        for (size_t i = 0; i < list->n; i++) {
            lua_pushlstring(L, v[i].p != NULL ? v[i].p : "", v[i].n);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    }
    }
}

void sw_lua_push(lua_State *L, const struct sw_record *d, const void *rec, struct sw_reader who)
{
    luaL_checkstack(L, 8, "a record is nested too deeply");
    lua_createtable(L, 0, (int)d->n_fields);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (!sw_field_visible(f, who))
            continue;
        push_field(L, f, sw_field_ptr(f, rec), who);
        lua_setfield(L, -2, f->name);
    }
}

/* Where a value stands in the result, for messages: "lines[3].total". */
struct place {
    const struct place *up;
    const char *name;
    size_t index; /* 1…; 0: a field */
};

static void place_text(const struct place *p, char *out, size_t size)
{
    const struct place *chain[LUA_DEPTH_MAX * 2 + 1] = {NULL};
    size_t n = 0, used = 0;

    out[0] = 0;
    for (; p != NULL && n < sizeof(chain) / sizeof(chain[0]); p = p->up)
        chain[n++] = p;
    while (n-- > 0) {
        char piece[64];
        if (chain[n]->index != 0)
            snprintf(piece, sizeof(piece), "%s%s[%zu]", used > 0 ? "." : "", chain[n]->name, chain[n]->index);
        else
            snprintf(piece, sizeof(piece), "%s%s", used > 0 ? "." : "", chain[n]->name);
        size_t len = strlen(piece);
        if (used + len + 1 > size)
            return;
        memcpy(out + used, piece, len + 1);
        used += len;
    }
}

static int wrong(struct sw_err *err, const struct place *p, lua_State *L, int idx, const char *want)
{
    char where[SW_ERR_FIELD_MAX];
    char got[48];

    place_text(p, where, sizeof(where));
    if (lua_type(L, idx) == LUA_TNUMBER)
        snprintf(got, sizeof(got), "the number %.14g", lua_tonumber(L, idx));
    else
        snprintf(got, sizeof(got), "%s", luaL_typename(L, idx));
    return sw_fail(err, SW_ERULE, where, "The rule's result has %s in “%s”, which must be %s.", got, where, want);
}

static int read_record(lua_State *L, int idx, struct sw_arena *a, const struct sw_record *d, void *out, const struct place *up, int depth,
                       struct sw_err *err);

static int read_list(lua_State *L, int idx, struct sw_arena *a, const struct sw_field *f, struct sw_list *list, const struct place *at,
                     int depth, struct sw_err *err)
{
    size_t max = f->max != 0 ? f->max : LIST_MAX_DEFAULT;
    size_t n = (size_t)lua_rawlen(L, idx);
    bool strs = f->kind == SW_KIND_STRS;
    size_t size = strs ? sizeof(struct sw_str) : f->sub->size;

    if (n > max)
        return sw_fail(err, SW_ERULE, f->name, "The rule's result has %zu entries in “%s”; at most %zu are allowed.", n, f->name, max);
    list->v = n > 0 ? sw_alloc(a, n * size) : NULL;
    list->n = n;
    for (size_t i = 0; i < n; i++) {
        struct place p = {at, f->name, i + 1};
        int rc = SW_OK;
        lua_rawgeti(L, idx, (lua_Integer)i + 1);
        if (strs) {
            size_t len = 0;
            if (lua_type(L, -1) != LUA_TSTRING)
                return wrong(err, &p, L, -1, "a text");
            const char *s = lua_tolstring(L, -1, &len);
            ((struct sw_str *)list->v)[i] = sw_copy(a, (struct sw_str){s, len});
        } else if (lua_type(L, -1) != LUA_TTABLE) {
            return wrong(err, &p, L, -1, "a table");
        } else {
            rc = read_record(L, lua_gettop(L), a, f->sub, (char *)list->v + i * size, &p, depth + 1, err);
        }
        lua_pop(L, 1);
        if (rc != SW_OK)
            return rc;
    }
    return SW_OK;
}

static int read_words(lua_State *L, int idx, const struct sw_field *f, uint32_t *bits, const struct place *p, struct sw_err *err)
{
    *bits = 0;
    for (lua_pushnil(L); lua_next(L, idx) != 0; lua_pop(L, 1)) {
        const char *word = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        const struct sw_word *w = f->words->words;
        while (w->word != NULL && strcmp(w->word, word) != 0)
            w++;
        if (w->word == NULL || w->value < 0 || w->value > 31)
            return wrong(err, p, L, -2, "a set of known words");
        if (lua_toboolean(L, -1))
            *bits |= 1u << w->value;
    }
    return SW_OK;
}

static int read_value(lua_State *L, int idx, struct sw_arena *a, const struct sw_field *f, void *at, const struct place *p, int depth,
                      struct sw_err *err)
{
    int type = lua_type(L, idx);

    switch ((enum sw_kind)f->kind) {
    case SW_KIND_BOOL:
        if (type != LUA_TBOOLEAN)
            return wrong(err, p, L, idx, "true or false");
        *(bool *)at = lua_toboolean(L, idx) != 0;
        return SW_OK;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        if (!lua_isinteger(L, idx))
            return wrong(err, p, L, idx, "an integer (cents, thousandths); use // and the money functions");
        *(int64_t *)at = lua_tointeger(L, idx);
        return SW_OK;
    case SW_KIND_REF:
        if (!lua_isinteger(L, idx) || lua_tointeger(L, idx) < 0)
            return wrong(err, p, L, idx, "the number of a record");
        *(uint64_t *)at = (uint64_t)lua_tointeger(L, idx);
        return SW_OK;
    case SW_KIND_ENUM: {
        const char *word = type == LUA_TSTRING ? lua_tostring(L, idx) : "";
        for (const struct sw_word *w = f->words->words; w->word != NULL; w++) {
            if (strcmp(w->word, word) == 0) {
                *(int32_t *)at = w->value;
                return SW_OK;
            }
        }
        return wrong(err, p, L, idx, "one of the known words");
    }
    case SW_KIND_FLAGS:
        if (type != LUA_TTABLE)
            return wrong(err, p, L, idx, "a table of words");
        return read_words(L, idx, f, at, p, err);
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES: {
        size_t n = 0;
        if (type != LUA_TSTRING)
            return wrong(err, p, L, idx, "a text");
        const char *s = lua_tolstring(L, idx, &n);
        *(struct sw_str *)at = sw_copy(a, (struct sw_str){s, n});
        return SW_OK;
    }
    case SW_KIND_SUB: {
        void *sub = sw_alloc(a, f->sub->size);
        if (type != LUA_TTABLE)
            return wrong(err, p, L, idx, "a table");
        *(void **)at = sub;
        return read_record(L, idx, a, f->sub, sub, p, depth + 1, err);
    }
    case SW_KIND_LIST:
    case SW_KIND_STRS:
        if (type != LUA_TTABLE)
            return wrong(err, p, L, idx, "a list");
        return read_list(L, idx, a, f, at, p->up, depth, err);
    }
    return SW_OK;
}

static int read_record(lua_State *L, int idx, struct sw_arena *a, const struct sw_record *d, void *out, const struct place *up, int depth,
                       struct sw_err *err)
{
    if (depth > LUA_DEPTH_MAX)
        return sw_fail(err, SW_ERULE, "", "The rule's result is nested too deeply.");
    luaL_checkstack(L, 8, "the result is nested too deeply");
    for (lua_pushnil(L); lua_next(L, idx) != 0; lua_pop(L, 1)) {
        size_t n = 0;
        if (lua_type(L, -2) != LUA_TSTRING)
            return sw_fail(err, SW_ERULE, "", "The rule's result has an entry without a name.");
        const char *name = lua_tolstring(L, -2, &n);
        const struct sw_field *f = sw_field_find(d, (struct sw_str){name, n});
        struct place p = {up, name, 0};
        if (f == NULL || (f->flags & SW_SECRET) != 0) {
            char where[SW_ERR_FIELD_MAX];
            place_text(&p, where, sizeof(where));
            return sw_fail(err, SW_ERULE, where, "The rule's result has “%s”, which is no field of it.", where);
        }
        int rc = read_value(L, lua_gettop(L), a, f, sw_field_ptr(f, out), &p, depth, err);
        if (rc != SW_OK)
            return rc;
    }
    return SW_OK;
}

int sw_lua_read(lua_State *L, int idx, struct sw_arena *a, const struct sw_record *d, void *out, struct sw_err *err)
{
    idx = lua_absindex(L, idx);
    memset(out, 0, d->size);
    if (lua_type(L, idx) != LUA_TTABLE)
        return sw_fail(err, SW_ERULE, "", "The rule returned %s instead of a table.", luaL_typename(L, idx));
    return read_record(L, idx, a, d, out, NULL, 0, err);
}
