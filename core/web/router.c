/* web/router.c: which route a path names. A tree of segments built once from all plugins' tables; a look-up touches no memory but the match. */
#include "web/request.h"

#include <stdlib.h>
#include <string.h>

struct node {
    struct sw_str literal;
    struct node *first, *next; /* literal children; sibling */
    struct node *id, *text;    /* the children that are a parameter */
    const struct sw_routed *by_method[SW_METHODS];
};
struct sw_router {
    struct node root;
    struct sw_routed *all;
    size_t n;
};

int sw_method_of(struct sw_str m)
{
    if (sw_str_is(m, "GET") || sw_str_is(m, "HEAD"))
        return SW_M_GET;
    if (sw_str_is(m, "POST"))
        return SW_M_POST;
    if (sw_str_is(m, "PUT"))
        return SW_M_PUT;
    if (sw_str_is(m, "DELETE"))
        return SW_M_DELETE;
    return -1;
}

/* Where the child says its parent: its owner field, a reference named like the parent's noun, or any reference to the type. */
static bool find_up(struct sw_routed_param *child, const struct sw_record *parent)
{
    const struct sw_record *t = child->type;
    if (t->owner == SW_OWNER_ANY_PARENT && t->owner_field && t->owner_id_field) {
        child->up_type = sw_field_find(t, sw_str_of(t->owner_field));
        child->up_id = sw_field_find(t, sw_str_of(t->owner_id_field));
        return child->up_type && child->up_id;
    }
    const char *dot = strrchr(parent->name, '.');
    struct sw_str noun = sw_str_of(dot ? dot + 1 : parent->name);
    const struct sw_field *named = NULL, *any = NULL;
    for (size_t i = 0; i < t->n_fields; i++) {
        const struct sw_field *f = &t->fields[i];
        if (f->kind != SW_KIND_REF || !f->refers || strcmp(f->refers, parent->name) != 0)
            continue;
        if (t->owner_field && strcmp(t->owner_field, f->name) == 0) {
            child->up_id = f;
            return true;
        }
        if (sw_str_is(noun, f->name))
            named = f;
        any = f;
    }
    child->up_id = named ? named : any;
    return child->up_id != NULL;
}

static int param_new(struct sw_routed *r, struct sw_str text, struct sw_err *err)
{
    const struct sw_route *route = r->route;
    if (r->n_params == SW_ROUTE_PARAMS_MAX)
        return sw_fail(err, SW_EFAIL, "", "Route %s has more than %d parameters.", route->path, SW_ROUTE_PARAMS_MAX);
    struct sw_routed_param *p = &r->params[r->n_params];
    const char *colon = memchr(text.p, ':', text.n);
    p->up = -1;
    p->name = (struct sw_str){text.p, colon ? (size_t)(colon - text.p) : text.n};
    if (colon) {
        struct sw_str type = {colon + 1, text.n - p->name.n - 1};
        p->type = sw_host_record(type);
        if (!p->type)
            return sw_fail(err, SW_EFAIL, "", "Route %s names the record type " SW_STR_FMT ", which no plugin brings.",
                           route->path, SW_STR_ARG(type));
        if ((route->who & SW_ANYONE) && p->type->owner != SW_OWNER_SHOP)
            return sw_fail(err, SW_EFAIL, "", "Route %s is for anyone but names %s records, which are not for everybody.",
                           route->path, p->type->name);
        for (int i = (int)r->n_params - 1; i >= 0; i--) {
            if (!r->params[i].type)
                continue;
            if (!find_up(p, r->params[i].type))
                return sw_fail(err, SW_EFAIL, "", "Route %s: %s has no field that refers to %s.", route->path, p->type->name,
                               r->params[i].type->name);
            p->up = i;
            break;
        }
    }
    r->n_params++;
    return SW_OK;
}

static struct node *child_for(struct sw_arena *a, struct node *at, struct sw_str segment, const struct sw_routed_param *param)
{
    if (param) {
        struct node **slot = param->type ? &at->id : &at->text;
        if (!*slot)
            *slot = SW_NEW(a, struct node);
        return *slot;
    }
    for (struct node *c = at->first; c; c = c->next)
        if (sw_str_eq(c->literal, segment))
            return c;
    struct node *c = SW_NEW(a, struct node);
    c->literal = segment;
    c->next = at->first;
    at->first = c;
    return c;
}

static int add(struct sw_arena *a, struct sw_router *router, struct sw_routed *r, struct sw_err *err)
{
    const struct sw_route *route = r->route;
    int method = sw_method_of(sw_str_of(route->method));
    if (method < 0 || strcmp(route->method, "HEAD") == 0)
        return sw_fail(err, SW_EFAIL, "", "Route %s: the method %s is not GET, POST, PUT or DELETE.", route->path, route->method);
    if (!(route->who & (SW_ANYONE | SW_SIGNED_IN)))
        return sw_fail(err, SW_EFAIL, "", "Route %s %s states nobody who may call it.", route->method, route->path);
    if (!route->handle || route->path[0] != '/')
        return sw_fail(err, SW_EFAIL, "", "Route %s %s needs a path that begins with / and a handler.", route->method, route->path);
    struct node *at = &router->root;
    size_t depth = 0;
    for (const char *p = route->path + 1; *p;) {
        size_t n = strcspn(p, "/");
        if (n == 0 || ++depth > SW_SEGMENTS_MAX)
            return sw_fail(err, SW_EFAIL, "", "Route %s has an empty segment, or more than %d.", route->path, SW_SEGMENTS_MAX);
        struct sw_str segment = {p, n};
        const struct sw_routed_param *param = NULL;
        if (p[0] == '{') {
            if (p[n - 1] != '}')
                return sw_fail(err, SW_EFAIL, "", "Route %s: a parameter is a whole segment in braces.", route->path);
            int code = param_new(r, (struct sw_str){p + 1, n - 2}, err);
            if (code)
                return code;
            param = &r->params[r->n_params - 1];
        }
        at = child_for(a, at, segment, param);
        p += n + (p[n] == '/');
    }
    if (at->by_method[method])
        return sw_fail(err, SW_EFAIL, "", "Route %s %s is stated twice, by %s and %s.", route->method, route->path,
                       at->by_method[method]->from->plugin->name, r->from->plugin->name);
    at->by_method[method] = r;
    return SW_OK;
}

int sw_router_new(struct sw_arena *a, struct sw_router **out, struct sw_err *err)
{
    const struct sw_loaded *loaded;
    size_t n_loaded = sw_host_plugins(&loaded), n = 0;
    for (size_t i = 0; i < n_loaded; i++)
        for (const struct sw_route *t = loaded[i].plugin->routes; t && t->path; t++)
            n++;
    struct sw_router *router = SW_NEW(a, struct sw_router);
    router->all = SW_NEW_N(a, struct sw_routed, n ? n : 1);
    for (size_t i = 0; i < n_loaded; i++)
        for (const struct sw_route *t = loaded[i].plugin->routes; t && t->path; t++) {
            struct sw_routed *r = &router->all[router->n++];
            r->route = t;
            r->from = &loaded[i];
            int code = add(a, router, r, err);
            if (code)
                return code;
        }
    *out = router;
    return SW_OK;
}

size_t sw_router_all(const struct sw_router *r, struct sw_routed **out)
{
    *out = r->all;
    return r->n;
}

/* ---- Looking up */

struct look {
    struct sw_str segments[SW_SEGMENTS_MAX];
    size_t n;
    struct sw_str values[SW_ROUTE_PARAMS_MAX];
    uint64_t ids[SW_ROUTE_PARAMS_MAX];
    int method;
    uint32_t allowed;
};

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool decode(struct sw_arena *a, struct sw_str *s)
{
    if (!memchr(s->p, '%', s->n))
        return true;
    char *to = sw_alloc(a, s->n);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->p[i] != '%') {
            to[n++] = s->p[i];
            continue;
        }
        if (i + 2 >= s->n)
            return false;
        int hi = hex_of(s->p[i + 1]), lo = hex_of(s->p[i + 2]);
        if (hi < 0 || lo < 0)
            return false;
        to[n++] = (char)(hi * 16 + lo);
        i += 2;
    }
    s->p = to;
    s->n = n;
    return true;
}

/* An id as a path writes it: 1 … 2^63−1, no leading zero, so that one record has one address. */
static bool id_of(struct sw_str s, uint64_t *id)
{
    if (s.n == 0 || s.n > 19 || s.p[0] == '0')
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *id = v;
    return v <= INT64_MAX;
}

static const struct sw_routed *walk(const struct node *at, struct look *l, size_t i, size_t n_values)
{
    if (i == l->n) {
        for (int m = 0; m < SW_METHODS; m++)
            if (at->by_method[m])
                l->allowed |= 1u << m;
        return at->by_method[l->method];
    }
    struct sw_str s = l->segments[i];
    const struct sw_routed *found;
    for (const struct node *c = at->first; c; c = c->next)
        if (sw_str_eq(c->literal, s)) {
            if ((found = walk(c, l, i + 1, n_values)))
                return found;
            break;
        }
    if (n_values == SW_ROUTE_PARAMS_MAX)
        return NULL;
    if (at->id && id_of(s, &l->ids[n_values])) {
        l->values[n_values] = s;
        if ((found = walk(at->id, l, i + 1, n_values + 1)))
            return found;
    }
    if (at->text) {
        l->values[n_values] = s;
        l->ids[n_values] = 0;
        if ((found = walk(at->text, l, i + 1, n_values + 1)))
            return found;
    }
    return NULL;
}

int sw_router_find(const struct sw_router *r, struct sw_arena *a, int method, struct sw_str path, struct sw_match *m)
{
    struct look l;
    l.n = 0;
    l.allowed = 0;
    l.method = method < 0 ? 0 : method;
    m->routed = NULL;
    m->allowed = 0;
    if (path.n == 0 || path.p[0] != '/' || path.n > SW_PATH_MAX)
        return SW_EMALFORMED;
    for (size_t i = 1; i < path.n || (i == path.n && path.n > 1);) {
        const char *slash = i < path.n ? memchr(path.p + i, '/', path.n - i) : NULL;
        struct sw_str s = {path.p + i, slash ? (size_t)(slash - path.p) - i : path.n - i};
        if (s.n == 0)
            return SW_ENOTFOUND;
        if (!decode(a, &s) || !sw_str_is_text(s))
            return SW_EMALFORMED;
        if (l.n == SW_SEGMENTS_MAX)
            return SW_ENOTFOUND;
        l.segments[l.n++] = s;
        if (!slash)
            break;
        i = (size_t)(slash - path.p) + 1;
    }
    const struct sw_routed *found = walk(&r->root, &l, 0, 0);
    if (!found || method < 0) {
        m->allowed = l.allowed;
        return SW_ENOTFOUND;
    }
    m->routed = found;
    memcpy(m->values, l.values, sizeof(m->values[0]) * found->n_params);
    memcpy(m->ids, l.ids, sizeof(m->ids[0]) * found->n_params);
    return SW_OK;
}
