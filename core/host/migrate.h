/* host/migrate.h: numbered steps of core and plugins, and the ledger in the store that says which were taken. Core only. */
#ifndef SW_HOST_MIGRATE_H
#define SW_HOST_MIGRATE_H

#include "host/host.h"
#include "store/store.h"

/* Told for each step that is (or, in a dry run, would be) taken, before it runs. */
typedef void sw_migrate_told(void *arg, const char *plugin, uint32_t number, const char *summary);

/* Take every step that the ledger lacks, in the plugins' order, each in all shops; all in one transaction with the ledger. A step that fails leaves the store as it
 * was. dry_run does the same and throws it away. *n: steps taken. */
int sw_migrate(struct sw_store *s, bool dry_run, sw_migrate_told *told, void *arg, size_t *n, struct sw_err *err);

/* Whether the store stands where this program does: SW_ESTATE when steps are missing (`shopwright migrate` takes them), or when the ledger names a step that
 * this program does not know: then it is older than its store, and must not touch it. */
int sw_migrations_current(struct sw_store *s, struct sw_err *err);

#endif
