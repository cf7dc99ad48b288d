/* hello.c: a whole plugin: it keeps greetings, and shows them. Built out of tree, against the installed header alone; see Makefile. */
#define SW_TEXT_DOMAIN "hello"
#include <shopwright/plugin.h>

struct greeting {
    struct sw_head head;
    struct sw_str text;
};
static const struct sw_field greeting_fields[] = {
    SW_F_TEXT(struct greeting, text, 1, .max = 60, .flags = SW_REQUIRED, .label = N_("Greeting"), .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record greeting_record = {
    SW_RECORD(struct greeting, "hello.greeting", greeting_fields), .audience = SW_FOR_CUSTOMER, .owner = SW_OWNER_SHOP};

struct greeting_form {
    struct sw_str text;
};
static const struct sw_field form_fields[] = {
    SW_F_TEXT(struct greeting_form, text, 1, .max = 60, .flags = SW_REQUIRED, .label = N_("Greeting")),
};
static const struct sw_record form_record = {SW_RECORD(struct greeting_form, "hello.form", form_fields)};

struct greeting_view {
    uint64_t id;
    struct sw_str text;
    bool writes;
};
static const struct sw_field view_fields[] = {
    SW_F_REF(struct greeting_view, id, 1, "hello.greeting", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct greeting_view, text, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct greeting_view, writes, 3, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record view_record = {SW_RECORD(struct greeting_view, "hello.view", view_fields), .audience = SW_FOR_CUSTOMER};

static int say(struct sw_req *r, struct sw_err *err)
{
    const struct greeting_form *f = sw_req_form(r);
    struct greeting g = {.text = f->text};
    int rc = sw_put(sw_req_tx(r), &greeting_record, &g, NULL, err);
    return rc == SW_OK ? sw_done(r, g.head.id, "/hello/%llu", (unsigned long long)g.head.id) : rc;
}

static int show(struct sw_req *r, struct sw_err *err)
{
    const struct greeting *g = sw_req_record(r, "greeting");
    struct greeting_view *v = SW_NEW(sw_req_arena(r), struct greeting_view);
    (void)err;
    v->id = g->head.id;
    v->text = g->text;
    v->writes = sw_tx_writes(sw_req_tx(r));
    return sw_show(r, v);
}

static int plain(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    return sw_send(r, "text/plain; charset=utf-8", SW_STR("hello from another folder\n"));
}

static const struct sw_record *const records[] = {&greeting_record, NULL};
static const struct sw_route routes[] = {
    {.method = "GET", .path = "/hello", .who = SW_ANYONE, .handle = plain, .summary = "Says hello"},
    {.method = "POST", .path = "/hello", .who = SW_STAFF, .flags = SW_JSON_ONLY, .form = &form_record, .handle = say, .summary = "Keep a greeting"},
    {.method = "GET", .path = "/hello/{greeting:hello.greeting}", .who = SW_SIGNED_IN, .view = &view_record, .page = "greeting.html",
     .handle = show, .summary = "A greeting that was kept"},
    {.path = NULL},
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD, .name = "hello", .version = "1.0", .summary = "Says hello", .records = records, .routes = routes,
};
