/* host/load.c: finds, loads and sorts plugins, and joins their tables into one view. Nothing is ever dlclosed: a reload replaces the process. */
#include "host/host.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/check.h"
#include "record/codec.h"
#include "store/store.h"

enum {
    HOST_PLUGINS_MAX = 64,
    HOST_RECORDS_MAX = 1000,
    HOST_HOOKS_MAX = 200,
    HOST_ROUTES_MAX = 2000,
    HOST_WORD_MAX = 32,
};

static struct {
    struct sw_loaded loaded[HOST_PLUGINS_MAX];
    bool linked[HOST_PLUGINS_MAX]; /* came through sw_host_add */
    size_t n;
    const struct sw_record *records[HOST_RECORDS_MAX + 1];
    size_t n_records;
    struct sw_hook hooks[HOST_HOOKS_MAX];
    size_t n_hooks;
} host;

static int add(const struct sw_plugin *p, const char *folder, void *handle, bool linked, struct sw_err *err)
{
    for (size_t i = 0; i < host.n; i++)
        if (strcmp(host.loaded[i].plugin->name, p->name) == 0)
            return sw_fail(err, SW_EFAIL, "", _("Two plugins are called %s: in %s and in %s."), p->name, host.loaded[i].folder, folder);
    if (host.n == HOST_PLUGINS_MAX)
        return sw_fail(err, SW_EFAIL, "", _("More than %d plugins can't be loaded."), HOST_PLUGINS_MAX);
    char *copy = strdup(folder);
    if (copy == NULL)
        abort();
    host.loaded[host.n] = (struct sw_loaded){p, copy, handle};
    host.linked[host.n++] = linked;
    return SW_OK;
}

void sw_host_add(const struct sw_plugin *p, const char *folder)
{
    for (size_t i = 0; i < host.n; i++)
        if (host.loaded[i].plugin == p)
            return;
    struct sw_err err = {0};
    if (add(p, folder, NULL, true, &err) != SW_OK) { /* linked in twice: a mistake in the program itself */
        sw_log("host.add", "plugin=%s why=\"%s\"", p->name, err.message);
        abort();
    }
}

/* ---- Finding and loading */

static int load_file(const char *name, const char *folder, const char *file, struct sw_err *err)
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *why = dlerror();
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s can't be loaded: %s"), name, why != NULL ? why : "?");
    }
    const struct sw_plugin *p = dlsym(handle, "sw_plugin");
    if (p == NULL)
        return sw_fail(err, SW_EFAIL, "", _("%s is no plugin: it exports no table called sw_plugin."), file);
    int rc = sw_check_head(p, name, err);
    return rc != SW_OK ? rc : add(p, folder, handle, false, err);
}

/* Looks in the folders of [plugins] path first, so that a shop's own build of a plugin wins. */
static int load_named(const struct sw_config *c, const char *name, struct sw_err *err)
{
    char folder[PATH_MAX], file[PATH_MAX + HOST_WORD_MAX + 8];
    const char *path = sw_setting("plugins", "path");
    for (;;) {
        size_t n = strcspn(path, ":");
        int len = n > 0 ? snprintf(folder, sizeof(folder), "%.*s/%s", (int)n, path, name)
                        : snprintf(folder, sizeof(folder), "%s/plugins/%s", c->prefix, name);
        if (len < 0 || len >= (int)sizeof(folder))
            return sw_fail(err, SW_ETOOLARGE, "", _("The folder of plugin %s has a path longer than %d bytes."), name, PATH_MAX);
        snprintf(file, sizeof(file), "%s/%s.so", folder, name);
        if (access(file, F_OK) == 0)
            return load_file(name, folder, file, err);
        if (n == 0) /* the installation's own folder was the last */
            return sw_fail(err, SW_ENOTFOUND, "", _("There is no plugin %s: %s was not found."), name, file);
        path += n;
        path += *path == ':';
    }
}

/* ---- Sorting by need */

static size_t index_of(const char *name)
{
    size_t i = 0;
    while (i < host.n && strcmp(host.loaded[i].plugin->name, name) != 0)
        i++;
    return i;
}

struct sorting {
    size_t order[HOST_PLUGINS_MAX], n;
    size_t path[HOST_PLUGINS_MAX], depth; /* where the visit stands: names a cycle */
    unsigned char mark[HOST_PLUGINS_MAX]; /* 1 on the path, 2 done */
};

static int cycle(const struct sorting *s, size_t at, struct sw_err *err)
{
    char text[SW_ERR_MESSAGE_MAX / 2] = "";
    size_t n = 0, i = 0;
    while (s->path[i] != at)
        i++;
    for (; i < s->depth && n < sizeof(text) - HOST_WORD_MAX - 5; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s → ", host.loaded[s->path[i]].plugin->name);
    return sw_fail(err, SW_EFAIL, "", _("Plugins need each other in a circle: %s%s."), text, host.loaded[at].plugin->name);
}

static int visit(struct sorting *s, size_t at, struct sw_err *err)
{
    if (s->mark[at] == 2)
        return SW_OK;
    if (s->mark[at] == 1)
        return cycle(s, at, err);
    s->mark[at] = 1;
    s->path[s->depth++] = at;
    const struct sw_plugin *p = host.loaded[at].plugin;
    for (const char *const *need = p->needs; need != NULL && *need != NULL; need++) {
        size_t i = index_of(*need);
        if (i == host.n)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s needs the plugin %s, which is not loaded; add it to [plugins] names."), p->name,
                           *need);
        int rc = visit(s, i, err);
        if (rc != SW_OK)
            return rc;
    }
    s->depth--;
    s->mark[at] = 2;
    s->order[s->n++] = at;
    return SW_OK;
}

static int sort(struct sw_err *err)
{
    struct sorting s = {0};
    for (size_t i = 0; i < host.n; i++) {
        int rc = visit(&s, i, err);
        if (rc != SW_OK)
            return rc;
    }
    struct sw_loaded loaded[HOST_PLUGINS_MAX] = {{0}};
    bool linked[HOST_PLUGINS_MAX] = {false};
    for (size_t i = 0; i < s.n; i++) {
        loaded[i] = host.loaded[s.order[i]];
        linked[i] = host.linked[s.order[i]];
    }
    memcpy(host.loaded, loaded, s.n * sizeof(loaded[0]));
    memcpy(host.linked, linked, s.n * sizeof(linked[0]));
    return SW_OK;
}

/* ---- Joining the tables */

static int add_record(const char *whose, const struct sw_record *r, struct sw_err *err)
{
    struct sw_err why = {0};
    for (size_t i = 0; i < host.n_records; i++) {
        if (host.records[i] == r)
            return SW_OK; /* core's own types stand in its table too */
        if (strcmp(host.records[i]->name, r->name) == 0)
            return sw_fail(err, SW_EFAIL, "", _("Plugin %s brings the record type %s, which is already there."), whose, r->name);
    }
    if (host.n_records == HOST_RECORDS_MAX)
        return sw_fail(err, SW_EFAIL, "", _("More than %d record types can't be loaded."), HOST_RECORDS_MAX);
    if (r->struct_size != sizeof(struct sw_record))
        return sw_fail(err, SW_EFAIL, "", _("The table of the record type %s in plugin %s was built against another header."),
                       r->name != NULL ? r->name : "?", whose);
    if (sw_record_validate(r, &why) != SW_OK)
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s: %s"), whose, why.message);
    size_t n = strlen(whose);
    if (strncmp(r->name, whose, n) != 0 || r->name[n] != '.')
        return sw_fail(err, SW_EFAIL, "", _("Plugin %s brings the record type %s; its name must start with \"%s.\"."), whose, r->name,
                       whose);
    host.records[host.n_records++] = r;
    return SW_OK;
}

static int join(struct sw_err *err)
{
    static const struct sw_route *routes[HOST_ROUTES_MAX];
    static const struct sw_plugin *whose[HOST_ROUTES_MAX];
    size_t n_routes = 0;
    int rc;

    host.n_records = host.n_hooks = 0;
    for (size_t i = 0; sw_core_records[i] != NULL; i++)
        if ((rc = add_record("core", sw_core_records[i], err)) != SW_OK)
            return rc;
    for (size_t i = 0; i < host.n; i++) {
        const struct sw_plugin *p = host.loaded[i].plugin;
        for (size_t k = 0; p->records != NULL && p->records[k] != NULL; k++)
            if ((rc = add_record(p->name, p->records[k], err)) != SW_OK)
                return rc;
        for (const struct sw_hook *h = p->hooks; h != NULL && h->before_put != NULL; h++) {
            if (host.n_hooks == HOST_HOOKS_MAX)
                return sw_fail(err, SW_EFAIL, "", _("More than %d hooks can't be loaded."), HOST_HOOKS_MAX);
            host.hooks[host.n_hooks++] = *h;
        }
        if ((rc = sw_check_tables(host.loaded, i, err)) != SW_OK)
            return rc;
    }
    host.records[host.n_records] = NULL;

    for (size_t i = 0; i < host.n; i++) {
        const struct sw_plugin *p = host.loaded[i].plugin;
        for (const struct sw_route *r = p->routes; r != NULL && r->path != NULL; r++) {
            if ((rc = sw_check_route(p, r, host.records, err)) != SW_OK)
                return rc;
            for (size_t k = 0; k < n_routes; k++)
                if (sw_check_same_route(routes[k], r))
                    return sw_fail(err, SW_EFAIL, "", _("Plugins %s and %s both answer %s %s."), whose[k]->name, p->name, r->method,
                                   r->path);
            if (n_routes == HOST_ROUTES_MAX)
                return sw_fail(err, SW_EFAIL, "", _("More than %d routes can't be loaded."), HOST_ROUTES_MAX);
            routes[n_routes] = r;
            whose[n_routes++] = p;
        }
    }
    return SW_OK;
}

/* What a failed load leaves must not answer anything. */
static int refuse(int rc)
{
    sw_host_unload();
    return rc;
}

int sw_host_load(const struct sw_config *c, struct sw_err *err)
{
    char name[HOST_WORD_MAX + 1];
    for (const char *p = c->plugins; *(p += strspn(p, " ")) != '\0';) {
        size_t n = strcspn(p, " ");
        if (n > HOST_WORD_MAX)
            return refuse(sw_fail(err, SW_EINVALID, "", _("The plugin name \"%.*s\" is longer than %d bytes."), (int)n, p, HOST_WORD_MAX));
        memcpy(name, p, n);
        name[n] = '\0';
        p += n;
        if (strchr(name, '/') != NULL || name[0] == '.')
            return refuse(sw_fail(err, SW_EINVALID, "", _("\"%s\" is no plugin name."), name));
        size_t at = index_of(name);
        if (at < host.n && host.linked[at])
            continue; /* a test brought its own */
        int rc = load_named(c, name, err);
        if (rc != SW_OK)
            return refuse(rc);
    }
    int rc = sort(err);
    if (rc == SW_OK)
        rc = join(err);
    return rc == SW_OK ? SW_OK : refuse(rc);
}

int sw_host_start(struct sw_err *err)
{
    for (size_t i = 0; i < host.n; i++) {
        const struct sw_plugin *p = host.loaded[i].plugin;
        struct sw_err why = {0};
        int rc = p->start != NULL ? p->start(&why) : SW_OK;
        if (rc != SW_OK)
            return sw_fail(err, (enum sw_code)rc, "", _("Plugin %s did not start: %s"), p->name, why.message);
    }
    return SW_OK;
}

void sw_host_unload(void)
{
    for (size_t i = 0; i < host.n; i++)
        free((void *)(uintptr_t)host.loaded[i].folder);
    memset(&host, 0, sizeof(host));
}

/* ---- Looking things up */

size_t sw_host_plugins(const struct sw_loaded **out)
{
    *out = host.loaded;
    return host.n;
}

const struct sw_record *const *sw_host_records(void) { return host.records; }

const struct sw_record *sw_host_record(struct sw_str name)
{
    for (size_t i = 0; i < host.n_records; i++)
        if (sw_str_is(name, host.records[i]->name))
            return host.records[i];
    return NULL;
}

const struct sw_hook *sw_host_hooks(size_t *n)
{
    *n = host.n_hooks;
    return host.hooks;
}

const void *sw_interface(const char *plugin, uint32_t version)
{
    size_t i = index_of(plugin);
    return i < host.n && host.loaded[i].plugin->interface_version == version ? host.loaded[i].plugin->interface : NULL;
}
