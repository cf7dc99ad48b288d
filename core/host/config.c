/* host/config.c: HOME/shopwright.conf. Every value has a default; a key nobody knows is refused, because a misspelt one that is silently ignored
 * costs its owner a day. */
#include "host/host.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONF_SETTINGS_MAX = 500, /* keys in the file */
    CONF_VALUE_MAX = 1000,   /* bytes of one value */
    CONF_WORKERS_MAX = 256,
};

#ifndef SW_PKGLIBDIR
#define SW_PKGLIBDIR "/usr/local/lib/shopwright"
#endif

struct setting {
    char *section, *key, *value;
    int line;
};

struct conf {
    struct sw_config pub; /* first: the public part is the whole to others */
    struct setting *settings;
    size_t n;
};

static struct conf *current;

/* What core itself reads. A section of a plugin takes any key: the plugin knows them. */
static const struct {
    const char *section, *key;
} known[] = {
    {"core", "demo"},        {"core", "prefix"},        {"core", "home"},       {"web", "port"},
    {"web", "listen"},       {"pool", "read_workers"},  {"pool", "slow_workers"}, {"pool", "request_seconds"},
    {"pool", "courier"},
    {"plugins", "names"},    {"plugins", "path"},       {"store", "map_gib"},   {"nginx", "program"},
    {"nginx", "server_name"}, {"nginx", "user"},        {"nginx", "staff_rate"}, {"nginx", "login_rate"},
};
/* Sections of core whose keys belong to one module (the courier reads its own). */
static const char *const open_sections[] = {"courier", "media"};

static const char default_plugins[] = "accounts customers workorder portal authorization smtp";

struct reading {
    struct conf *conf;
    const char *path;
    FILE *file;
    int line;
    struct sw_err *err;
    int code; /* what was found wrong, once */
};

static void *must(void *p)
{
    if (p == NULL)
        abort(); /* a few hundred bytes at start: nothing sensible is left to do */
    return p;
}

/* inih's reader, which also counts: its handler is not told the line. */
static char *read_line(char *buf, int size, void *arg)
{
    struct reading *r = arg;
    if (r->code != SW_OK || fgets(buf, size, r->file) == NULL)
        return NULL;
    r->line++;
    size_t n = strlen(buf);
    if (n > 0 && buf[n - 1] != '\n' && !feof(r->file)) {
        r->code = sw_fail(r->err, SW_EINVALID, "", _("%s:%d: the line is longer than %d bytes."), r->path, r->line, size - 2);
        return NULL;
    }
    return buf;
}

static int on_setting(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *r = arg;
    struct conf *c = r->conf;
    if (r->code != SW_OK)
        return 0;
    if (section[0] == '\0') {
        r->code = sw_fail(r->err, SW_EINVALID, "", _("%s:%d: %s stands before the first [section]."), r->path, r->line, key);
        return 0;
    }
    if (strlen(value) > CONF_VALUE_MAX) {
        r->code = sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] %s is longer than %d bytes."), r->path, r->line, section, key,
                          CONF_VALUE_MAX);
        return 0;
    }
    if (c->n == CONF_SETTINGS_MAX) {
        r->code = sw_fail(r->err, SW_EINVALID, "", _("%s:%d: there are more than %d settings."), r->path, r->line,
                          CONF_SETTINGS_MAX);
        return 0;
    }
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->settings[i].section, section) == 0 && strcmp(c->settings[i].key, key) == 0) {
            r->code = sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] %s was already set in line %d."), r->path, r->line, section, key,
                              c->settings[i].line);
            return 0;
        }
    c->settings[c->n++] = (struct setting){must(strdup(section)), must(strdup(key)), must(strdup(value)), r->line};
    return 1;
}

static const struct setting *find(const struct conf *c, const char *section, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->settings[i].section, section) == 0 && strcmp(c->settings[i].key, key) == 0)
            return &c->settings[i];
    return NULL;
}

/* A whole number within lo…hi, or the default. */
static int number(const struct reading *r, const char *section, const char *key, int lo, int hi, int *value)
{
    const struct setting *s = find(r->conf, section, key);
    if (s == NULL)
        return SW_OK;
    char *end;
    errno = 0;
    long v = strtol(s->value, &end, 10);
    if (errno != 0 || end == s->value || *end != '\0' || v < lo || v > hi)
        return sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] %s must be a whole number from %d to %d, not \"%s\"."), r->path, s->line,
                       section, key, lo, hi, s->value);
    *value = (int)v;
    return SW_OK;
}

static int yes_no(const struct reading *r, const char *section, const char *key, bool *value)
{
    const struct setting *s = find(r->conf, section, key);
    if (s == NULL)
        return SW_OK;
    if (strcmp(s->value, "yes") == 0)
        *value = true;
    else if (strcmp(s->value, "no") == 0)
        *value = false;
    else
        return sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] %s must be \"yes\" or \"no\", not \"%s\"."), r->path, s->line, section,
                       key, s->value);
    return SW_OK;
}

static bool names_plugin(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; *p != '\0';) {
        p += strspn(p, " ");
        size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, name, n) == 0)
            return true;
        p += len;
    }
    return false;
}

static int check_known(const struct reading *r)
{
    for (size_t i = 0; i < r->conf->n; i++) {
        const struct setting *s = &r->conf->settings[i];
        bool section = names_plugin(r->conf->pub.plugins, s->section), key = section;
        for (size_t k = 0; k < sizeof(open_sections) / sizeof(open_sections[0]); k++)
            if (strcmp(open_sections[k], s->section) == 0)
                section = key = true;
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (strcmp(known[k].section, s->section) == 0) {
                section = true;
                key = key || strcmp(known[k].key, s->key) == 0;
            }
        if (!section)
            return sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] %s: no plugin of this instance is called %s (see [plugins] names)."),
                           r->path, s->line, s->section, s->key, s->section);
        if (!key)
            return sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [%s] has no setting called %s."), r->path, s->line, s->section, s->key);
    }
    return SW_OK;
}

static bool is_prefix(const char *dir)
{
    char path[PATH_MAX];
    struct stat st;
    if (snprintf(path, sizeof(path), "%s/static", dir) >= (int)sizeof(path) || stat(path, &st) != 0)
        return false;
    return snprintf(path, sizeof(path), "%s/plugins", dir) < (int)sizeof(path) && stat(path, &st) == 0;
}

/* The build tree when the program runs from it, the place beside an installed (or staged) program, else where it was configured for. */
static char *find_prefix(void)
{
    const char *env = getenv("SHOPWRIGHT_PREFIX");
    if (env != NULL && env[0] != '\0')
        return must(strdup(env));
    char exe[PATH_MAX], dir[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    if (n > 0) {
        exe[n] = '\0';
        char *slash = strrchr(exe, '/');
        if (slash != NULL)
            *slash = '\0';
        if (is_prefix(exe))
            return must(strdup(exe));
        if (snprintf(dir, sizeof(dir), "%s/../lib/shopwright", exe) < (int)sizeof(dir) && is_prefix(dir)) {
            char *real = realpath(dir, NULL);
            if (real != NULL)
                return real;
        }
    }
    return must(strdup(SW_PKGLIBDIR));
}

static int fill(const struct reading *r)
{
    struct sw_config *c = &r->conf->pub;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 1)
        cores = 1;
    if (cores > CONF_WORKERS_MAX)
        cores = CONF_WORKERS_MAX;
    c->port = 8080;
    c->read_workers = (int)cores;
    c->slow_workers = cores > 2 ? (int)cores / 2 : 1;
    c->request_seconds = 30;
    c->courier = true;

    const struct setting *names = find(r->conf, "plugins", "names");
    c->plugins = must(strdup(names != NULL ? names->value : default_plugins));
    const struct setting *prefix = find(r->conf, "core", "prefix");
    if (prefix != NULL && prefix->value[0] != '/')
        return sw_fail(r->err, SW_EINVALID, "", _("%s:%d: [core] prefix must be an absolute path."), r->path, prefix->line);
    c->prefix = prefix != NULL ? must(strdup(prefix->value)) : find_prefix();

    int rc = number(r, "web", "port", 1, 65535, &c->port);
    if (rc == SW_OK)
        rc = number(r, "pool", "read_workers", 1, CONF_WORKERS_MAX, &c->read_workers);
    if (rc == SW_OK)
        rc = number(r, "pool", "slow_workers", 1, CONF_WORKERS_MAX, &c->slow_workers);
    if (rc == SW_OK)
        rc = number(r, "pool", "request_seconds", 1, 3600, &c->request_seconds);
    if (rc == SW_OK) {
        int gib = 64;
        rc = number(r, "store", "map_gib", 1, 16384, &gib);
    }
    if (rc == SW_OK)
        rc = yes_no(r, "core", "demo", &c->demo);
    if (rc == SW_OK)
        rc = yes_no(r, "pool", "courier", &c->courier);
    return rc == SW_OK ? check_known(r) : rc;
}

int sw_config_load(const char *home, struct sw_config **out, struct sw_err *err)
{
    *out = NULL;
    char *real = realpath(home, NULL);
    if (real == NULL)
        return sw_fail(err, SW_ENOTFOUND, "", _("There is no instance at %s: %s. `shopwright init` makes one."), home, strerror(errno));

    struct conf *c = must(calloc(1, sizeof(*c)));
    c->pub.home = real;
    c->settings = must(calloc(CONF_SETTINGS_MAX, sizeof(*c->settings)));

    char path[PATH_MAX];
    struct reading r = {.conf = c, .path = path, .err = err};
    if (snprintf(path, sizeof(path), "%s/shopwright.conf", real) >= (int)sizeof(path)) {
        sw_config_free(&c->pub);
        return sw_fail(err, SW_ETOOLARGE, "", _("The path of the instance is longer than %d bytes."), PATH_MAX);
    }
    r.file = fopen(path, "re");
    int rc = SW_OK;
    if (r.file == NULL) {
        rc = sw_fail(err, SW_ENOTFOUND, "", _("%s can't be read: %s. `shopwright init` makes an instance."), path, strerror(errno));
    } else {
        int line = ini_parse_stream(read_line, &r, on_setting, &r);
        fclose(r.file);
        if (r.code != SW_OK)
            rc = r.code;
        else if (line != 0)
            rc = sw_fail(err, SW_EINVALID, "", _("%s:%d: expected \"key = value\" or \"[section]\"."), path, line > 0 ? line : r.line);
        else
            rc = fill(&r);
    }
    if (rc != SW_OK) {
        sw_config_free(&c->pub);
        return rc;
    }
    current = c;
    *out = &c->pub;
    return SW_OK;
}

void sw_config_free(struct sw_config *pub)
{
    if (pub == NULL)
        return;
    struct conf *c = (struct conf *)pub;
    if (current == c)
        current = NULL;
    for (size_t i = 0; i < c->n; i++) {
        free(c->settings[i].section);
        free(c->settings[i].key);
        free(c->settings[i].value);
    }
    free(c->settings);
    free((void *)(uintptr_t)pub->home);
    free((void *)(uintptr_t)pub->prefix);
    free((void *)(uintptr_t)pub->plugins);
    free(c);
}

const struct sw_config *sw_config(void) { return current != NULL ? &current->pub : NULL; }

const char *sw_setting(const char *section, const char *key)
{
    if (current != NULL && strcmp(section, "core") == 0 && strcmp(key, "home") == 0)
        return current->pub.home; /* plugins that write files there (the demo's outbox) ask for it like for any setting */
    const struct setting *s = current != NULL ? find(current, section, key) : NULL;
    return s != NULL ? s->value : "";
}

size_t sw_config_map_size(void)
{
    return (size_t)strtoul(sw_setting("store", "map_gib"), NULL, 10) << 30; /* checked on load; unset gives 0 */
}
