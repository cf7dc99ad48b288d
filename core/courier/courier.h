/* courier/courier.h: the process that empties the outbox, runs subscribers and timers, and makes thumbnails. Core only. */
#ifndef SW_COURIER_COURIER_H
#define SW_COURIER_COURIER_H

#include "host/host.h"

/* The courier's whole life, in a process of its own that the supervisor forked: loads plugins, opens the store, works until SIGTERM. Returns the exit code. */
int sw_courier_main(const struct sw_config *c);

#endif
