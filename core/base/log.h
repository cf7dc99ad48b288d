/* base/log.h: what the core adds to each log line. Core only. */
#ifndef SW_BASE_LOG_H
#define SW_BASE_LOG_H

#include <shopwright/base.h>

/* The request in hand and its shop, for every sw_log() until the next call; copied, cut at 40 bytes. An empty id and shop 0 clear them. */
void sw_log_context(struct sw_str request, uint32_t shop);

#endif
