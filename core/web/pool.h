/* web/pool.h: the supervisor: binds the sockets, starts the workers of the three pools and the courier, replaces the dead, ends the stuck, reloads. Core only. */
#ifndef SW_WEB_POOL_H
#define SW_WEB_POOL_H

#include "host/host.h"
#include "store/store.h"
#include "web/dispatch.h"

enum {
    SW_WORKERS_MAX = 64
}; /* processes of one supervisor, the outgoing ones of a reload included */

struct sw_pool_options {
    const struct sw_config *config;
    /* In the worker, after the fork: plugins, store, web. A failure is logged and ends the worker; before the pool was ever ready it ends the pool. */
    int (*boot)(const struct sw_config *c, struct sw_store **store, struct sw_web **web,
                struct sw_err *err);
    /* The courier's process: returns its exit code. NULL: no courier. */
    int (*courier)(const struct sw_config *c);
    /* How SIGHUP starts the next generation: the program itself is executed again with argv, in the same process, and takes over the sockets. Before that `check`
     * is run as a child; it must exit 0, or the reload is refused and nothing changes. argv[0] is the executable's path. */
    char *const *argv, *const *check;
};

/* Runs until SIGTERM or SIGINT; 0, or 1 when it could not start (a sentence was logged). HOME/run must be writable; made when missing.
 *   HOME/run/{read,write,slow}.sock   0660; stale ones are replaced
 *   HOME/run/lock                     a second supervisor of the same home refuses
 *   HOME/run/ready                    touched whenever all workers of a generation are ready; HOME/run/pid holds the supervisor's id */
int sw_pool_run(const struct sw_pool_options *o);

/* For the check before a reload: whether this program can take over from the one that started the check. */
bool sw_pool_layout_fits(void);

#endif
