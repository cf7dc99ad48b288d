/* host/check.h: refusals of a plugin's tables, each a sentence that its author understands. For host/load.c. */
#ifndef SW_HOST_CHECK_H
#define SW_HOST_CHECK_H

#include "host/host.h"

/* ABI, size and name; reads nothing else of the table, which may be of another layout. */
int sw_check_head(const struct sw_plugin *p, const char *name, struct sw_err *err);
/* One route; `records`: all stored types, NULL-terminated. */
int sw_check_route(const struct sw_plugin *p, const struct sw_route *r, const struct sw_record *const *records, struct sw_err *err);
/* Whether both answer the same addresses: "/jobs/{a}" and "/jobs/{b:…}" do. */
bool sw_check_same_route(const struct sw_route *a, const struct sw_route *b);
/* Senders, migrations, timers and subscribers of all[at], against those before it. */
int sw_check_tables(const struct sw_loaded *all, size_t at, struct sw_err *err);

#endif
