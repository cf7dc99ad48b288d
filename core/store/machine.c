/* store/machine.c: state machines from their tables. */
#include "store/internal.h"

#include <string.h>

static const struct sw_field action_fields[] = {
    SW_F_TEXT(struct sw_action, action, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_action, label, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_action, tone, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_action, reason, 4, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_action_view = {SW_RECORD(struct sw_action, "core.action", action_fields),
                                         .audience = SW_FOR_CUSTOMER};

enum { REASON_MAX = 2000 };

static int32_t *state_of(const struct sw_machine *m, const void *record)
{
    const struct sw_field *f = sw_field_find(m->type, sw_str_of(m->field));
    return f && f->kind == SW_KIND_ENUM ? sw_field_ptr(f, record) : NULL;
}

static const char *state_label(const struct sw_machine *m, int32_t state)
{
    const struct sw_field *f = sw_field_find(m->type, sw_str_of(m->field));
    const struct sw_word *w = f && f->words ? sw_enum_word(f->words, state) : NULL;
    return !w ? "?" : w->label ? sw_text_any(w->label) : w->word;
}

static const char *state_word(const struct sw_machine *m, int32_t state)
{
    const struct sw_field *f = sw_field_find(m->type, sw_str_of(m->field));
    const struct sw_word *w = f && f->words ? sw_enum_word(f->words, state) : NULL;
    return w ? w->word : "?";
}

/* Whether the viewer is one of `who`. A customer is, as the owner, for SW_PORTAL. */
static int viewer_may(struct sw_tx *tx, const struct sw_machine *m, const void *record, uint32_t who, bool *yes,
                      struct sw_err *err)
{
    const struct sw_viewer *v = &tx->run.viewer;
    const struct sw_type *t = sw_type_of(tx->s, m->type);
    *yes = true;
    if (tx->run.system || (v->licences & who & SW_STAFF))
        return SW_OK;
    *yes = false;
    if (!(v->licences & who & SW_PORTAL) || !t)
        return SW_OK;
    bool as_shop = tx->as_shop;
    tx->as_shop = false; /* who acts is the customer, whatever the handler may read */
    int rc = sw_may_see(tx, t, record, yes, err);
    tx->as_shop = as_shop;
    return rc;
}

/* The step for an action in the state it has; NULL with the reason in err. */
static const struct sw_step *step_of(struct sw_tx *tx, const struct sw_machine *m, const void *record, const char *action,
                                     struct sw_err *err)
{
    const int32_t *state = state_of(m, record);
    const struct sw_step *other = NULL, *denied = NULL;
    if (!state) {
        sw_fail(err, SW_EFAIL, "", "The machine %s has no field %s that holds its state.", m->name, m->field);
        return NULL;
    }
    for (const struct sw_step *s = m->steps; s->action; s++) {
        bool yes;
        if (strcmp(s->action, action) != 0)
            continue;
        other = s;
        if (s->from != SW_ANY_STATE && s->from != *state)
            continue;
        if (viewer_may(tx, m, record, s->who, &yes, err) != SW_OK)
            return NULL;
        if (yes)
            return s;
        denied = s;
    }
    const char *label = other && other->label ? sw_text_any(other->label) : action;
    if (denied)
        sw_fail(err, SW_EDENIED, "", _("“%s” is not for you to do."), label);
    else if (other)
        sw_fail(err, SW_ESTATE, "", _("“%s” can't be done now: the state is “%s”."), label, state_label(m, *state));
    else
        sw_fail(err, SW_ESTATE, "", _("There is no such step here."));
    return NULL;
}

bool sw_machine_can(struct sw_tx *tx, const struct sw_machine *m, const void *record, const char *action)
{
    return step_of(tx, m, record, action, NULL) != NULL;
}

int sw_machine_do(struct sw_tx *tx, const struct sw_machine *m, void *record, const char *action, struct sw_str reason,
                  struct sw_err *err)
{
    struct sw_err why = {SW_EFAIL, "", ""};
    const struct sw_step *s = step_of(tx, m, record, action, &why);
    reason = sw_str_trim(reason);
    if (!s) {
        if (err)
            *err = why;
        return why.code;
    }
    if (s->reason && !reason.n)
        return sw_fail(err, SW_EINVALID, "reason", _("Please give a reason."));
    if (reason.n > REASON_MAX)
        return sw_fail(err, SW_EINVALID, "reason", _("The reason is longer than %d characters."), REASON_MAX);
    void *was = sw_alloc(tx->arena, m->type->size);
    memcpy(was, record, m->type->size);
    int32_t *state = state_of(m, record), from = *state;
    *state = s->to;
    /* Notes that the caller left are for this record's event, not for what the effect puts. */
    struct sw_pending pending = tx->pending;
    tx->pending.note_n = tx->pending.n = 0;
    int rc = s->effect ? s->effect(tx, record, reason, err) : SW_OK;
    tx->pending = pending;
    if (rc == SW_OK) {
        sw_note(tx, "action=%s from=%s to=%s", action, state_word(m, from), state_word(m, s->to));
        rc = sw_put(tx, m->type, record, action, err);
    }
    if (rc) {
        memcpy(record, was, m->type->size);
        tx->pending.note_n = tx->pending.n = 0;
    }
    return rc;
}

int sw_machine_offers(struct sw_tx *tx, const struct sw_machine *m, const void *record, struct sw_list *actions)
{
    const int32_t *state = state_of(m, record);
    if (!state)
        return SW_EFAIL;
    for (const struct sw_step *s = m->steps; s->action; s++) {
        bool yes;
        if (!s->label || (s->from != SW_ANY_STATE && s->from != *state))
            continue;
        int rc = viewer_may(tx, m, record, s->who, &yes, NULL);
        if (rc)
            return rc;
        if (!yes)
            continue;
        actions->v = sw_list_grow_(tx->arena, actions->v, actions->n, sizeof(struct sw_action));
        struct sw_action *a = (struct sw_action *)actions->v + actions->n++;
        a->action = sw_str_of(s->action);
        a->label = sw_str_of(sw_text_any(s->label));
        a->tone = sw_str_of(s->tone);
        a->reason = s->reason;
    }
    return SW_OK;
}
