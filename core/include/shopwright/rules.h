/* shopwright/rules.h: calling a shop's Lua rules.
 *
 * A rule set is a Lua file, rules/SHOP/NAME.lua of the instance, else the default that the installation brings. It defines one global function
 * per rule. Input and result are records: `in` becomes a table (fields by name; money, quantities, times integers), the returned table is
 * checked against `out` (integers only for money). Time (2 M instructions) and memory (16 MiB) are capped.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_RULES_H
#define SHOPWRIGHT_RULES_H

#include <shopwright/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Call rule `name` of set `set` ("pricing", "tax"). SW_ERULE with "tax.lua:12: …" when it fails; nothing is written to *out then. SW_ENOTFOUND when
 * the set has no such function (the caller decides whether that is an error). */
SW_API int sw_rule_call(struct sw_tx *tx, const char *set, const char *name, const struct sw_record *in_type, const void *in,
                        const struct sw_record *out_type, void *out, struct sw_err *err);
/* SHA-256 of the rule files in force, as 64 hex digits: frozen into signed snapshots. */
SW_API struct sw_str sw_rules_version(struct sw_tx *tx);

#ifdef __cplusplus
}
#endif
#endif
