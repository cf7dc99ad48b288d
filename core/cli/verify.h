/* cli/verify.h: one shop's chain, for verify and restore. */
#ifndef SW_CLI_VERIFY_H
#define SW_CLI_VERIFY_H

#include "cli/cli.h"

/* Prints a line a fault. SW_OK when there was none. */
int sw_cli_verify_shop(struct sw_cli_instance *in, uint32_t shop, uint64_t *events, size_t *n_faults);

#endif
