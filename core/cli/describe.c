/* cli/describe.c: the tables as JSON, for tests that walk them and for people who look for an address. */
#include <string.h>

#include "cli/cli.h"
#include "record/codec.h"

static const char usage[] = "Usage: shopwright describe routes|records [--home DIR]\n"
                            "Prints the tables of core and plugins as JSON: an array, one object a route or record type.\n"
                            "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

enum { DESCRIBE_MAX = 16 * 1024 * 1024 };

static void text(struct sw_buf *b, const char *name, const char *value)
{
    sw_buf_addf(b, ",\"%s\":", name);
    if (value != NULL)
        sw_json_text(b, sw_str_of(value));
    else
        sw_buf_adds(b, "null");
}

struct bit {
    uint32_t bit;
    const char *word;
};

static void bits(struct sw_buf *b, const char *name, uint32_t value, const struct bit *words, size_t n)
{
    const char *sep = "";
    sw_buf_addf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++)
        if ((value & words[i].bit) != 0) {
            sw_buf_addf(b, "%s\"%s\"", sep, words[i].word);
            sep = ",";
        }
    sw_buf_adds(b, "]");
}
#define BITS(b, name, value, words) bits((b), (name), (value), (words), sizeof(words) / sizeof((words)[0]))

static const struct bit who_words[] = {
    {SW_PORTAL, "portal"}, {SW_ADVISOR, "advisor"}, {SW_TECHNICIAN, "technician"}, {SW_ADMIN, "admin"}, {SW_ANYONE, "anyone"}};
static const struct bit route_words[] = {{SW_SLOW, "slow"},       {SW_UPLOAD, "upload"},   {SW_NO_CSRF, "no_csrf"},
                                         {SW_LIVE, "live"},       {SW_TICKING, "ticking"}, {SW_SECRET_PATH, "secret_path"},
                                         {SW_JSON_ONLY, "json_only"}};
static const struct bit record_words[] = {
    {SW_TECHNICAL, "technical"}, {SW_INSTALLATION, "installation"}, {SW_TYPE_SUBJECT, "type_subject"}};
static const struct bit field_words[] = {{SW_REQUIRED, "required"}, {SW_SECRET, "secret"},     {SW_MULTILINE, "multiline"},
                                         {SW_PASSWORD, "password"}, {SW_NEGATIVE, "negative"}, {SW_UPPER, "upper"},
                                         {SW_HIDDEN, "hidden"}};
static const char *const kinds[] = {"",     "bool",  "int",  "money", "qty",   "time",  "span", "ref", "enum",
                                    "flags", "text", "email", "phone", "bytes", "sub", "list", "strs"};
static const char *const audiences[] = {"staff", "customer", "customer_priced"};
static const char *const owners[] = {"none", "self", "field", "parent", "any_parent", "shop"};

static void routes(struct sw_buf *b)
{
    const struct sw_loaded *all;
    size_t n = sw_host_plugins(&all);
    const char *sep = "";
    for (size_t i = 0; i < n; i++)
        for (const struct sw_route *r = all[i].plugin->routes; r != NULL && r->path != NULL; r++) {
            sw_buf_addf(b, "%s\n{\"plugin\":\"%s\"", sep, all[i].plugin->name);
            text(b, "method", r->method);
            text(b, "path", r->path);
            BITS(b, "who", r->who, who_words);
            BITS(b, "flags", r->flags, route_words);
            text(b, "form", r->form != NULL ? r->form->name : NULL);
            text(b, "view", r->view != NULL ? r->view->name : NULL);
            text(b, "page", r->page);
            text(b, "summary", r->summary);
            sw_buf_adds(b, "}");
            sep = ",";
        }
}

static void fields(struct sw_buf *b, const struct sw_record *r)
{
    sw_buf_adds(b, ",\"fields\":[");
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct sw_field *f = &r->fields[i];
        sw_buf_addf(b, "%s{\"name\":\"%s\",\"tag\":%u", i > 0 ? "," : "", f->name, (unsigned)f->tag);
        text(b, "kind", kinds[f->kind]);
        text(b, "audience", audiences[f->audience]);
        BITS(b, "flags", f->flags, field_words);
        if (f->refers != NULL)
            text(b, "refers", f->refers);
        sw_buf_adds(b, "}");
    }
    sw_buf_adds(b, "]");
}

static void records(struct sw_buf *b)
{
    const struct sw_record *const *all = sw_host_records();
    for (size_t i = 0; all[i] != NULL; i++) {
        const struct sw_record *r = all[i];
        sw_buf_addf(b, "%s\n{\"name\":\"%s\",\"version\":%u", i > 0 ? "," : "", r->name, r->version > 0 ? (unsigned)r->version : 1u);
        text(b, "audience", audiences[r->audience]);
        text(b, "owner", owners[r->owner]);
        text(b, "owner_field", r->owner_field);
        BITS(b, "flags", r->flags, record_words);
        fields(b, r);
        sw_buf_adds(b, "}");
    }
}

int sw_cli_describe(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = usage};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    struct sw_buf b;

    if (sw_cli_option(&args, argc, argv) != -1)
        return args.status;
    bool is_routes = optind < argc && strcmp(argv[optind], "routes") == 0;
    if (optind + 1 != argc || (!is_routes && strcmp(argv[optind], "records") != 0))
        return sw_cli_usage(&args, "say routes or records");
    if (sw_cli_open(args.home, CLI_CONFIG, &in, &err) != SW_OK)
        return sw_cli_fail(&err);
    sw_buf_init(&b, in.arena, 65536, DESCRIBE_MAX);
    sw_buf_adds(&b, "[");
    if (is_routes)
        routes(&b);
    else
        records(&b);
    sw_buf_adds(&b, "\n]\n");
    bool full = b.full;
    if (!full)
        fwrite(b.p, 1, b.n, stdout);
    sw_cli_close(&in);
    if (full)
        sw_fail(&err, SW_ETOOLARGE, "", _("The description is longer than %d bytes."), DESCRIBE_MAX);
    return full ? sw_cli_fail(&err) : CLI_OK;
}
