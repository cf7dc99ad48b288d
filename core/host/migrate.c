/* host/migrate.c: takes the steps and keeps the ledger. */
#include "host/migrate.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* The ledger: one raw key a plugin, "ledger/NAME" → the numbers taken, in ASCII with a space after each ("1 2 5 "); and "ledger" → the names, likewise. A plugin's
 * steps are at most some hundreds in its life. */
enum { LEDGER_MAX = 8000, KEY_MAX = 64 };

struct ledger {
    char text[LEDGER_MAX];
    size_t n;
};

static int read_ledger(struct sw_tx *tx, const char *key, struct ledger *l)
{
    struct sw_str v;
    l->n = 0;
    int rc = sw_raw_get(tx, 0, sw_str_of(key), &v);
    if (rc == SW_ENOTFOUND)
        rc = SW_OK;
    else if (rc == SW_OK && v.n < sizeof(l->text)) {
        memcpy(l->text, v.p, v.n);
        l->n = v.n;
    } else if (rc == SW_OK)
        rc = SW_ETOOLARGE;
    l->text[l->n] = '\0';
    return rc;
}

static bool has_word(const struct ledger *l, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = l->text; *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, word, n) == 0)
            return true;
        p += len + (p[len] == ' ');
    }
    return false;
}

static int add_word(struct sw_tx *tx, const char *key, struct ledger *l, const char *word, struct sw_err *err)
{
    if (has_word(l, word))
        return SW_OK;
    int len = snprintf(l->text + l->n, sizeof(l->text) - l->n, "%s ", word);
    if (len < 0 || (size_t)len >= sizeof(l->text) - l->n)
        return sw_fail(err, SW_ETOOLARGE, "", _("The ledger of migrations is longer than %d bytes."), LEDGER_MAX);
    l->n += (size_t)len;
    return sw_raw_put(tx, 0, sw_str_of(key), (struct sw_str){l->text, l->n}, err);
}

static void key_of(const char *plugin, char key[KEY_MAX]) { snprintf(key, KEY_MAX, "ledger/%.32s", plugin); }

struct taking {
    bool dry_run;
    sw_migrate_told *told;
    void *arg;
    size_t n;
};

static int in_all_shops(struct sw_tx *tx, const struct sw_plugin *p, const struct sw_migration *m, struct sw_err *err)
{
    static const struct sw_viewer system = {0};
    uint32_t *shops;
    size_t n;
    int rc = sw_store_shops(tx, &shops, &n, err);
    for (size_t i = 0; rc == SW_OK && i < n; i++) {
        struct sw_err why = {0};
        sw_tx_set_viewer(tx, shops[i], &system, true);
        rc = m->run(tx, &why);
        if (rc == SW_EAGAIN)
            break;
        if (rc != SW_OK)
            sw_fail(err, (enum sw_code)rc, "", _("Migration %u of %s (%s) failed in shop %u: %s"), (unsigned)m->number, p->name, m->summary,
                    (unsigned)shops[i], why.message);
    }
    sw_tx_set_viewer(tx, 0, &system, true);
    return rc;
}

static const struct sw_plugin *plugin_named(const char *name, size_t n)
{
    const struct sw_loaded *all;
    size_t n_all = sw_host_plugins(&all);
    for (size_t i = 0; i < n_all; i++)
        if (strlen(all[i].plugin->name) == n && memcmp(all[i].plugin->name, name, n) == 0)
            return all[i].plugin;
    return NULL;
}

/* Steps in the ledger that this program does not know. A plugin that is not loaded at all is no newer program: it was switched off. */
static int check_known(struct sw_tx *tx, struct sw_err *err)
{
    struct ledger names, steps;
    int rc = read_ledger(tx, "ledger", &names);
    for (const char *p = names.text; rc == SW_OK && *p != '\0';) {
        size_t n = strcspn(p, " ");
        const struct sw_plugin *plugin = plugin_named(p, n);
        p += n + (p[n] == ' ');
        if (plugin == NULL)
            continue;
        char key[KEY_MAX];
        key_of(plugin->name, key);
        rc = read_ledger(tx, key, &steps);
        for (const char *q = steps.text; rc == SW_OK && *q != '\0';) {
            unsigned number = 0;
            int len = 0;
            if (sscanf(q, "%u %n", &number, &len) != 1 || len == 0)
                return sw_fail(err, SW_EFAIL, "", _("The ledger of migrations of %s can't be read."), plugin->name);
            q += len;
            const struct sw_migration *m = plugin->migrations;
            while (m != NULL && m->number != 0 && m->number != number)
                m++;
            if (m == NULL || m->number == 0)
                return sw_fail(err, SW_ESTATE, "",
                               _("This store was brought to migration %u of %s by a newer program; this one is too old for it."), number,
                               plugin->name);
        }
    }
    return rc;
}

static int take(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct taking *t = arg;
    struct ledger names, steps;
    const struct sw_loaded *all;
    size_t n_all = sw_host_plugins(&all);

    t->n = 0;
    int rc = check_known(tx, err); /* an older program must not touch it, even with nothing to do */
    if (rc == SW_OK)
        rc = read_ledger(tx, "ledger", &names);
    for (size_t i = 0; rc == SW_OK && i < n_all; i++) {
        const struct sw_plugin *p = all[i].plugin;
        char key[KEY_MAX], word[16];
        key_of(p->name, key);
        rc = read_ledger(tx, key, &steps);
        for (const struct sw_migration *m = p->migrations; rc == SW_OK && m != NULL && m->number != 0; m++) {
            snprintf(word, sizeof(word), "%u", (unsigned)m->number);
            if (has_word(&steps, word))
                continue;
            if (t->told != NULL)
                t->told(t->arg, p->name, m->number, m->summary);
            rc = in_all_shops(tx, p, m, err);
            if (rc == SW_OK)
                rc = add_word(tx, key, &steps, word, err);
            if (rc == SW_OK)
                rc = add_word(tx, "ledger", &names, p->name, err);
            t->n++;
        }
    }
    return rc == SW_OK && t->dry_run ? SW_ESTATE : rc; /* anything but SW_OK leaves nothing */
}

static struct sw_run system_run(struct sw_arena *a)
{
    struct sw_run run = {.system = true, .arena = a};
    randombytes_buf(run.seed, sizeof(run.seed));
    return run;
}

int sw_migrate(struct sw_store *s, bool dry_run, sw_migrate_told *told, void *arg, size_t *n, struct sw_err *err)
{
    struct sw_err why = {0};
    struct sw_arena *a = sw_arena_new(0);
    struct sw_run run = system_run(a);
    struct taking t = {.dry_run = dry_run, .told = told, .arg = arg};
    int rc = sw_store_write(s, &run, take, &t, &why);
    if (rc != SW_OK && err != NULL)
        *err = why;
    if (rc == SW_ESTATE && dry_run && why.message[0] == '\0')
        rc = SW_OK;
    *n = t.n;
    sw_arena_free(a);
    return rc;
}

static int check(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    const struct sw_loaded *all;
    size_t n_all = sw_host_plugins(&all);
    (void)arg;
    int rc = check_known(tx, err);
    for (size_t i = 0; rc == SW_OK && i < n_all; i++) {
        const struct sw_plugin *p = all[i].plugin;
        struct ledger steps;
        char key[KEY_MAX], word[16];
        key_of(p->name, key);
        rc = read_ledger(tx, key, &steps);
        for (const struct sw_migration *m = p->migrations; rc == SW_OK && m != NULL && m->number != 0; m++) {
            snprintf(word, sizeof(word), "%u", (unsigned)m->number);
            if (!has_word(&steps, word))
                return sw_fail(err, SW_ESTATE, "", _("The store lacks migration %s of %s (%s). Make a backup, then run `shopwright migrate`."),
                               word, p->name, m->summary);
        }
    }
    return rc;
}

int sw_migrations_current(struct sw_store *s, struct sw_err *err)
{
    struct sw_arena *a = sw_arena_new(0);
    struct sw_run run = system_run(a);
    int rc = sw_store_read(s, &run, check, NULL, err);
    sw_arena_free(a);
    return rc;
}
