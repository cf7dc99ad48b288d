/* shopwright/machine.h: a state machine is one table; checks, buttons, refusals and the diagram come from it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_MACHINE_H
#define SHOPWRIGHT_MACHINE_H

#include <shopwright/store.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SW_ANY_STATE = -1 };

/* One allowed step. `who`: licence bits (SW_PORTAL means the owner). `reason`: a reason must be given.
 * Ends with action NULL. */
struct sw_step {
    int32_t from;       /* or SW_ANY_STATE */
    const char *action; /* machine word: "clock_on" */
    uint32_t who;
    int32_t to;
    bool reason;
    const char *label; /* the button: N_("Clock on") */
    const char *tone;  /* "primary", "danger" or NULL */
    /* Runs in the transaction after the state was set, before the put. May refuse. May be NULL. */
    int (*effect)(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err);
};

struct sw_machine {
    const char *name; /* "workorder.task" */
    const struct sw_record *type;
    const char *field; /* the SW_KIND_ENUM field that holds the state */
    const struct sw_step *steps;
};

/* Do `action` on a record that was read in this transaction: checks table and viewer, sets the field, runs the effect, notes "action=… from=…
 * to=…" and puts the record. Refused: SW_ESTATE with a sentence ("A completed task can't be …"), nothing changed. SW_EDENIED: the step is
 * somebody else's (another licence, another customer's record); SW_EINVALID on "reason": it is missing. */
SW_API int sw_machine_do(struct sw_tx *tx, const struct sw_machine *m, void *record, const char *action, struct sw_str reason,
                         struct sw_err *err);
/* Whether the viewer could do it now. */
SW_API bool sw_machine_can(struct sw_tx *tx, const struct sw_machine *m, const void *record, const char *action);

/* What a page offers: one entry a button. A view may hold SW_LIST_OF(struct sw_action). */
struct sw_action {
    struct sw_str rest;
    struct sw_str action, label, tone;
    bool reason;
};
extern SW_API const struct sw_record sw_action_view;
SW_API int sw_machine_offers(struct sw_tx *tx, const struct sw_machine *m, const void *record, struct sw_list *actions);

#ifdef __cplusplus
}
#endif
#endif
