/* web/openapi.c: the description of every address, from the tables alone. */
#include "web/request.h"

#include <ctype.h>
#include <string.h>

enum { OPENAPI_MAX = 4 * 1024 * 1024, SCHEMAS_MAX = 1000 };

struct seen {
    const struct sw_record *d[SCHEMAS_MAX];
    bool form[SCHEMAS_MAX];
    size_t n;
};

static void want(struct seen *s, const struct sw_record *d, bool form)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->d[i] == d && s->form[i] == form)
            return;
    if (s->n < SCHEMAS_MAX) {
        s->d[s->n] = d;
        s->form[s->n++] = form;
    }
}

static void schema_ref(struct sw_buf *b, struct seen *s, const struct sw_record *d, bool form)
{
    want(s, d, form);
    sw_buf_addf(b, "{\"$ref\":\"#/components/schemas/%s%s\"}", d->name, form ? ".sent" : "");
}

/* "/jobs/{job:workorder.job}" → "/jobs/{job}" */
static void path_text(struct sw_buf *b, const char *path)
{
    for (const char *p = path; *p; p++) {
        if (*p == ':') {
            p += strcspn(p, "}");
            if (!*p)
                return;
        }
        sw_buf_add(b, p, 1);
    }
}

static void who_text(struct sw_buf *b, uint32_t who)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{SW_ANYONE, "anyone"}, {SW_PORTAL, "customers"}, {SW_ADVISOR, "advisors"}, {SW_TECHNICIAN, "technicians"}, {SW_ADMIN, "administrators"}};
    const char *comma = "For ";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (who & names[i].bit) {
            sw_buf_adds(b, comma);
            sw_buf_adds(b, names[i].name);
            comma = ", ";
        }
    sw_buf_adds(b, ".");
}

static void query_parameters(struct sw_buf *b, const struct sw_record *form)
{
    static const char *const types[] = {[SW_KIND_BOOL] = "boolean", [SW_KIND_INT] = "integer", [SW_KIND_REF] = "integer"};
    for (size_t i = 0; i < form->n_fields; i++) {
        const struct sw_field *f = &form->fields[i];
        if (f->kind == SW_KIND_SUB || f->kind == SW_KIND_LIST)
            continue;
        const char *type = f->kind < sizeof(types) / sizeof(types[0]) && types[f->kind] ? types[f->kind] : "string";
        sw_buf_addf(b, ",{\"name\":\"%s\",\"in\":\"query\",\"required\":%s,\"schema\":{\"type\":\"%s\"}}", f->name,
                    f->flags & SW_REQUIRED ? "true" : "false", type);
    }
}

static void operation(struct sw_buf *b, struct seen *s, const struct sw_routed *r)
{
    const struct sw_route *t = r->route;
    bool get = strcmp(t->method, "GET") == 0;
    char method[8];
    size_t n = 0;
    for (; n < sizeof(method) - 1 && t->method[n]; n++)
        method[n] = (char)tolower((unsigned char)t->method[n]);
    method[n] = '\0';
    sw_buf_addf(b, "\"%s\":{\"tags\":[\"%s\"],\"summary\":", method, r->from->plugin->name);
    sw_json_text(b, sw_str_of(t->summary));
    sw_buf_adds(b, ",\"description\":\"");
    who_text(b, t->who);
    sw_buf_adds(b, "\",\"parameters\":[{\"name\":\"Accept\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"enum\":[\"application/json\"]}}");
    for (size_t i = 0; i < r->n_params; i++)
        sw_buf_addf(b, ",{\"name\":\"" SW_STR_FMT "\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"%s\"}}",
                    SW_STR_ARG(r->params[i].name), r->params[i].type ? "integer" : "string");
    if (get && t->form)
        query_parameters(b, t->form);
    sw_buf_adds(b, "]");
    if (!get && t->form) {
        sw_buf_adds(b, ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":");
        schema_ref(b, s, t->form, true);
        sw_buf_adds(b, "}");
        if (t->flags & SW_UPLOAD)
            sw_buf_adds(b, ",\"multipart/form-data\":{\"schema\":{\"type\":\"object\"}}");
        sw_buf_adds(b, "}}");
    }
    sw_buf_adds(b, ",\"responses\":{\"200\":{\"description\":\"OK\"");
    if (t->view) {
        sw_buf_adds(b, ",\"content\":{\"application/json\":{\"schema\":");
        schema_ref(b, s, t->view, false);
        sw_buf_adds(b, "}}");
    } else if (!get) {
        sw_buf_adds(b, ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/done\"}}}");
    }
    sw_buf_adds(b, "},\"default\":{\"description\":\"A refusal\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/error\"}}}}}");
    if (!(t->who & SW_ANYONE))
        sw_buf_adds(b, ",\"security\":[{\"token\":[]}]");
    sw_buf_adds(b, "}");
}

struct sw_str sw_openapi(struct sw_web *w)
{
    if (w->openapi.n)
        return w->openapi;
    struct sw_arena *a = sw_arena_new(0);
    struct seen *s = SW_NEW(a, struct seen);
    struct sw_routed *all;
    size_t n = sw_router_all(w->router, &all);
    struct sw_buf b;
    sw_buf_init(&b, a, 65536, OPENAPI_MAX);
    sw_buf_adds(&b, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Shopwright\",\"version\":");
    sw_json_text(&b, w->build);
    sw_buf_adds(&b, "},\"paths\":{");
    bool *done = SW_NEW_N(a, bool, n ? n : 1), first = true;
    for (size_t i = 0; i < n; i++) {
        if (done[i] || strncmp(all[i].route->path, "/internal/", 10) == 0)
            continue;
        struct sw_buf path, other;
        sw_buf_init(&path, a, 128, 2048);
        path_text(&path, all[i].route->path);
        if (!first)
            sw_buf_adds(&b, ",");
        first = false;
        sw_json_text(&b, sw_buf_str(&path));
        sw_buf_adds(&b, ":{");
        bool first_method = true;
        for (size_t k = i; k < n; k++) { /* all methods of this path stand together */
            if (done[k])
                continue;
            sw_buf_init(&other, a, 128, 2048);
            path_text(&other, all[k].route->path);
            if (!sw_str_eq(sw_buf_str(&path), sw_buf_str(&other)))
                continue;
            done[k] = true;
            if (!first_method)
                sw_buf_adds(&b, ",");
            first_method = false;
            operation(&b, s, &all[k]);
        }
        sw_buf_adds(&b, "}");
    }
    sw_buf_adds(&b, "},\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{"
                    "\"done\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},\"location\":{\"type\":\"string\"}}},"
                    "\"error\":{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},"
                    "\"message\":{\"type\":\"string\"},\"fields\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}}}}}");
    for (size_t i = 0; i < s->n; i++) {
        sw_buf_addf(&b, ",\"%s%s\":", s->d[i]->name, s->form[i] ? ".sent" : "");
        sw_json_schema(&b, s->d[i], s->form[i]);
    }
    sw_buf_adds(&b, "}}}");
    if (!b.full)
        w->openapi = sw_copy(w->arena, sw_buf_str(&b));
    sw_arena_free(a);
    return w->openapi;
}
