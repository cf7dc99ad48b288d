/* host/check.c: what a plugin's tables must satisfy before anything of it runs. */
#include "host/check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "record/codec.h"

enum { ROUTE_WHO = SW_PORTAL | SW_STAFF | SW_ANYONE };

static bool plugin_name_ok(const char *name)
{
    size_t n = name != NULL ? strlen(name) : 0;
    if (n == 0 || n > 32 || !islower((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
            return false;
    return true;
}

int sw_check_head(const struct sw_plugin *p, const char *name, struct sw_err *err)
{
    if (p->abi != SW_ABI)
        return sw_fail(err, SW_EFAIL, "",
                       _("Plugin %s was built for version %u of the plugin interface, this program has version %d; build it again "
                         "against the header that is installed now."),
                       name, (unsigned)p->abi, SW_ABI);
    if (p->struct_size != sizeof(struct sw_plugin))
        return sw_fail(err, SW_EFAIL, "",
                       _("The table of plugin %s is %u bytes long, this program expects %zu; build it again against the header that is "
                         "installed now."),
                       name, (unsigned)p->struct_size, sizeof(struct sw_plugin));
    if (!plugin_name_ok(p->name))
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s has no proper name: lower case letters, digits and '_', at most 32 bytes."),
                       name);
    if (strcmp(p->name, name) != 0)
        return sw_fail(err, SW_EFAIL, "", _("The plugin in the folder %s calls itself %s; the two must be the same."), name, p->name);
    return SW_OK;
}

/* "/jobs/{job:workorder.job}" → "/jobs/{}": two routes with the same shape answer the same addresses. */
static bool shape_of(const char *path, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = path; *p != '\0'; p++) {
        if (n + 3 > size)
            return false;
        if (*p == '{') {
            p = strchr(p, '}');
            if (p == NULL)
                return false;
            out[n++] = '{';
            out[n++] = '}';
        } else {
            out[n++] = *p;
        }
    }
    out[n] = '\0';
    return true;
}

static bool same_shape(const char *a, const char *b)
{
    char x[SW_PATH_MAX], y[SW_PATH_MAX];
    return shape_of(a, x, sizeof(x)) && shape_of(b, y, sizeof(y)) && strcmp(x, y) == 0;
}

static bool method_ok(const char *m)
{
    return m != NULL && (strcmp(m, "GET") == 0 || strcmp(m, "POST") == 0 || strcmp(m, "PUT") == 0 || strcmp(m, "DELETE") == 0);
}

/* The records that the path's parameters name must be stored types of somebody. */
static int check_params(const struct sw_plugin *p, const struct sw_route *r, const struct sw_record *const *records,
                        struct sw_err *err)
{
    for (const char *open = strchr(r->path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        const char *end = strchr(open, '}'), *colon = strchr(open, ':');
        if (colon == NULL || colon > end)
            continue;
        struct sw_str name = {colon + 1, (size_t)(end - colon - 1)};
        size_t i = 0;
        while (records[i] != NULL && !sw_str_is(name, records[i]->name))
            i++;
        if (records[i] == NULL)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s %s names the record type " SW_STR_FMT ", which no plugin brings."),
                           p->name, r->method, r->path, SW_STR_ARG(name));
    }
    return SW_OK;
}

int sw_check_route(const struct sw_plugin *p, const struct sw_route *r, const struct sw_record *const *records, struct sw_err *err)
{
    char shape[SW_PATH_MAX];
    if (!method_ok(r->method))
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s has the method \"%s\"; GET, POST, PUT and DELETE are known."), p->name,
                       r->path, r->method != NULL ? r->method : "");
    if (r->path[0] != '/' || !shape_of(r->path, shape, sizeof(shape)))
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the path \"%s\" must start with '/', close its braces, and be at most %d bytes."),
                       p->name, r->path, SW_PATH_MAX);
    if (r->who == 0 || (r->who & ~(uint32_t)ROUTE_WHO) != 0)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s %s does not state who may call it."), p->name, r->method, r->path);
    if (r->handle == NULL)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s %s has no handler."), p->name, r->method, r->path);
    if (r->page != NULL && r->view == NULL)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s %s has a page but no view."), p->name, r->method, r->path);
    if (strcmp(r->method, "GET") == 0 && (r->flags & SW_UPLOAD) != 0)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route GET %s can't take an upload."), p->name, r->path);
    if (strcmp(r->method, "GET") != 0 && (r->flags & (SW_LIVE | SW_TICKING)) != 0)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the route %s %s can't be live; only GET can."), p->name, r->method, r->path);
    struct sw_err why = {0};
    if ((r->form != NULL && sw_record_validate(r->form, &why) != SW_OK) || (r->view != NULL && sw_record_validate(r->view, &why) != SW_OK))
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s, route %s %s: %s"), p->name, r->method, r->path, why.message);
    return check_params(p, r, records, err);
}

bool sw_check_same_route(const struct sw_route *a, const struct sw_route *b)
{
    return strcmp(a->method, b->method) == 0 && same_shape(a->path, b->path);
}

/* Names that must be unique within all plugins: who has it already, or NULL. */
static const char *twice(const struct sw_loaded *all, size_t upto, const char *kind)
{
    for (size_t i = 0; i < upto; i++)
        for (const struct sw_sender *s = all[i].plugin->senders; s != NULL && s->kind != NULL; s++)
            if (strcmp(s->kind, kind) == 0)
                return all[i].plugin->name;
    return NULL;
}

int sw_check_tables(const struct sw_loaded *all, size_t at, struct sw_err *err)
{
    const struct sw_plugin *p = all[at].plugin;
    for (const struct sw_sender *s = p->senders; s != NULL && s->kind != NULL; s++) {
        const char *other = twice(all, at, s->kind);
        if (other != NULL)
            return sw_fail(err, SW_EFAIL, "", _("Plugins %s and %s both send \"%s\"; load only one of them."), other, p->name, s->kind);
        if (s->send == NULL || s->payload == NULL)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the sender of \"%s\" lacks its function or its payload."), p->name, s->kind);
    }
    uint32_t before = 0;
    for (const struct sw_migration *m = p->migrations; m != NULL && m->number != 0; m++) {
        if (m->number <= before || m->run == NULL || m->summary == NULL)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s: migration %u must have a higher number than %u, a summary and a function."),
                           p->name, (unsigned)m->number, (unsigned)before);
        before = m->number;
    }
    for (const struct sw_timer *t = p->timers; t != NULL && t->name != NULL; t++)
        if (t->run == NULL || t->every < SW_SECOND)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the timer %s needs a function and at least one second between runs."), p->name,
                           t->name);
    for (const struct sw_subscriber *s = p->subscribers; s != NULL && s->name != NULL; s++)
        if (s->kind == NULL || s->on_event == NULL)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s: the subscriber %s needs an event kind and a function."), p->name, s->name);
    return SW_OK;
}
