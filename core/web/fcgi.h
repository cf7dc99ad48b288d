/* web/fcgi.h: the loop of one worker: epoll waits, libfcgi parses, web/dispatch.h answers. One thread, one process. Core only. */
#ifndef SW_WEB_FCGI_H
#define SW_WEB_FCGI_H

#include <stdatomic.h>

#include "web/dispatch.h"

enum {
    SW_BATCH_MAX = 64, /* requests that share one commit */
    SW_CONNS_MAX =
        1000 /* open connections of one worker; further ones wait in the listening socket's queue */
};

/* What a worker says about itself, in memory that the supervisor sees too. since: monotonic ms when the step in hand began (0: idle).
 * id is written before since, and only read to be logged. */
struct sw_beat {
    _Atomic int64_t since;
    char id[48];
    _Atomic uint64_t served;
};

struct sw_fcgi {
    int listener; /* listening socket, non-blocking, shared by the workers of a pool */
    int give,
        take; /* the two ends of the pool's hand-over (SOCK_SEQPACKET): a worker that is replaced gives its open connections
                                away, so that a request on its way in one is answered by the next worker. -1: none */
    size_t batch;      /* write pool SW_BATCH_MAX, others 1 */
    const char *notes; /* the write pool's socket path, for touch notes; NULL: leave none */
    struct sw_store *store;
    struct sw_web *web;
    struct sw_beat *beat; /* NULL: nobody watches */
};

enum sw_fcgi_end {
    SW_FCGI_STOPPED, /* SIGTERM, SIGINT: what had arrived was answered */
    SW_FCGI_DRAINED, /* SIGUSR2: connections were given away */
    SW_FCGI_BROKEN   /* epoll or the listener failed; logged */
};
/* Blocks SIGTERM, SIGINT and SIGUSR2 outside of its wait, so that no system call of a handler is interrupted. Call early in a worker: a signal that comes while
 * it still loads is then kept until the loop looks. */
void sw_fcgi_signals(void);
/* Serve until a signal says stop. */
enum sw_fcgi_end sw_fcgi_serve(const struct sw_fcgi *f);

/* Monotonic milliseconds, the same in all processes. */
int64_t sw_fcgi_ms(void);

#endif
