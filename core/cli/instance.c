/* cli/instance.c: opens configuration, plugins and store for a subcommand. */
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "host/migrate.h"

enum { PATH_SIZE = PATH_MAX + 32 };

static int open_store(struct sw_cli_instance *in, enum sw_cli_open how, struct sw_err *err)
{
    char dir[PATH_SIZE], blobs[PATH_SIZE];
    snprintf(dir, sizeof(dir), "%s/store", in->config->home);
    snprintf(blobs, sizeof(blobs), "%s/blobs", in->config->home);
    struct sw_store_options o = {
        .dir = dir,
        .blobs = blobs,
        .map_size = sw_config_map_size(),
        .create = how == CLI_CREATE,
        .read_only = how == CLI_READ,
        .types = sw_host_records(),
    };
    o.hooks = sw_host_hooks(&o.n_hooks);
    int rc = sw_store_open(&o, &in->store, err);
    if (rc == SW_OK && how == CLI_WRITE)
        rc = sw_migrations_current(in->store, err);
    return rc;
}

int sw_cli_open(const char *home, enum sw_cli_open how, struct sw_cli_instance *in, struct sw_err *err)
{
    char folder[PATH_SIZE];
    *in = (struct sw_cli_instance){0};
    int rc = sw_config_load(home, &in->config, err);
    if (rc == SW_OK) {
        in->arena = sw_arena_new(0);
        snprintf(folder, sizeof(folder), "%s/core", in->config->prefix);
        sw_host_add(&sw_core_plugin, folder);
        rc = sw_host_load(in->config, err);
    }
    if (rc == SW_OK && how != CLI_CONFIG)
        rc = open_store(in, how, err);
    if (rc == SW_OK)
        rc = sw_host_start(err);
    if (rc != SW_OK)
        sw_cli_close(in);
    return rc;
}

void sw_cli_close(struct sw_cli_instance *in)
{
    if (in->store != NULL)
        sw_store_close(in->store);
    if (in->arena != NULL)
        sw_arena_free(in->arena);
    sw_host_unload();
    sw_config_free(in->config);
    *in = (struct sw_cli_instance){0};
}

static struct sw_run run_of(struct sw_cli_instance *in, uint32_t shop)
{
    struct sw_run run = {.shop = shop, .system = true, .arena = in->arena};
    randombytes_buf(run.seed, sizeof(run.seed));
    return run;
}

int sw_cli_read(struct sw_cli_instance *in, uint32_t shop, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_run run = run_of(in, shop);
    return sw_store_read(in->store, &run, fn, arg, err);
}

int sw_cli_write(struct sw_cli_instance *in, uint32_t shop, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_run run = run_of(in, shop);
    return sw_store_write(in->store, &run, fn, arg, err);
}

struct shops {
    uint32_t **shops;
    size_t *n;
    struct sw_arena *arena;
};

static int list_shops(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shops *s = arg;
    uint32_t *found;
    int rc = sw_store_shops(tx, &found, s->n, err);
    if (rc != SW_OK)
        return rc;
    *s->shops = SW_NEW_N(s->arena, uint32_t, *s->n + 1);
    if (*s->n > 0)
        memcpy(*s->shops, found, *s->n * sizeof(*found));
    return SW_OK;
}

int sw_cli_shops(struct sw_cli_instance *in, uint32_t **shops, size_t *n, struct sw_err *err)
{
    struct shops s = {shops, n, in->arena};
    return sw_cli_read(in, 0, list_shops, &s, err);
}
