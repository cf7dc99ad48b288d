/* host/host.h: loads plugins, sorts them by need, checks them, and gives the rest of core one view of all tables. Core only. */
#ifndef SW_HOST_HOST_H
#define SW_HOST_HOST_H

#include <shopwright/plugin.h>

/* An instance's configuration, read from HOME/shopwright.conf (inih) with defaults. */
struct sw_config {
    const char *home;      /* absolute */
    const char *prefix;    /* where plugins, templates, static parts, default rules, migrations lie (installed or build tree) */
    int port;              /* nginx listens here, on 127.0.0.1 unless [web] listen says otherwise */
    int read_workers, slow_workers;
    int request_seconds;   /* a worker stuck longer in one request is ended; default 30 */
    bool demo;
    bool courier;          /* serve starts one; "no" where `shopwright courier` runs by itself */
    const char *plugins;   /* space-separated names; default all six */
};
int sw_config_load(const char *home, struct sw_config **out, struct sw_err *err); /* names file, line and key when wrong */
/* Bytes that the store reserves: [store] map_gib, or 0 for the store's own default. */
size_t sw_config_map_size(void);
void sw_config_free(struct sw_config *pub);
const struct sw_config *sw_config(void); /* the process's one */

struct sw_loaded {
    const struct sw_plugin *plugin;
    const char *folder; /* its templates/, locale/, lua/ lie here */
    void *handle;
};
/* Load the named plugins (and only these) from PREFIX/plugins/NAME/NAME.so (or [plugins] path=dir:dir); refuse with a sentence: not there, no
 * table, wrong ABI, a need that is missing, a cycle (names it), two of the same name, a record type or route twice, a route
 * that states nobody, a record refused by sw_record_validate. Result is sorted by need. */
int sw_host_load(const struct sw_config *c, struct sw_err *err);
/* Register tables that are linked in (tests, core's own routes); before sw_host_load. */
void sw_host_add(const struct sw_plugin *p, const char *folder);
size_t sw_host_plugins(const struct sw_loaded **out);
int sw_host_start(struct sw_err *err); /* each plugin's start() */
const struct sw_record *const *sw_host_records(void); /* core's and plugins' stored types, NULL-terminated */
const struct sw_record *sw_host_record(struct sw_str name);
const struct sw_hook *sw_host_hooks(size_t *n);
void sw_host_unload(void); /* tests only: forgets; never dlcloses */

/* Core itself is a plugin table named "core": routes /health /metrics /openapi.json /files/{file:core.file} /demo/outbox, its records, its senders. */
extern const struct sw_plugin sw_core_plugin;

#endif
