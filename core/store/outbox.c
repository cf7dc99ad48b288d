/* store/outbox.c: effects that wait for the courier. */
#include "store/internal.h"

static const struct sw_word state_words[] = {
    {SW_OUTBOX_WAITING, "waiting", N_("Waiting"), "wait", NULL},
    {SW_OUTBOX_SENT, "sent", N_("Sent"), "ok", NULL},
    {SW_OUTBOX_DEAD, "dead", N_("Given up"), "bad", NULL},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum states = {"outbox_state", state_words};

static const struct sw_field fields[] = {
    SW_F_TEXT(struct sw_outbox_entry, kind, 1, .max = 48, .flags = SW_REQUIRED),
    SW_F_TEXT(struct sw_outbox_entry, key, 2, .max = 200),
    SW_F_TEXT(struct sw_outbox_entry, type, 3, .max = 48),
    SW_F_BYTES(struct sw_outbox_entry, payload, 4, .max = 98000, .flags = SW_SECRET),
    SW_F_ENUM(struct sw_outbox_entry, state, 5, &states),
    SW_F_TIME(struct sw_outbox_entry, due, 6),
    SW_F_INT(struct sw_outbox_entry, attempts, 7),
    SW_F_TIME(struct sw_outbox_entry, sent, 8),
    SW_F_TEXT(struct sw_outbox_entry, error, 9, .max = 400),
};
static const struct sw_index indexes[] = {
    {.name = "due", .fields = {"state", "due"}},
    {.name = "key", .fields = {"key", "kind"}, .flags = SW_UNIQUE | SW_SKIP_EMPTY},
    {.name = NULL},
};
const struct sw_record sw_outbox_record = {SW_RECORD(struct sw_outbox_entry, "core.outbox", fields),
                                           .indexes = indexes, .flags = SW_TECHNICAL};

int sw_leave(struct sw_tx *tx, const char *kind, struct sw_str key, const struct sw_record *type, const void *payload,
             int64_t due, struct sw_err *err)
{
    struct sw_outbox_entry e = {
        .kind = sw_str_of(kind), .key = key, .type = sw_str_of(type->name), .due = due ? due : sw_now(tx)};
    if (key.n) {
        struct sw_scan what = {
            .type = &sw_outbox_record, .index = "key", .equal = {SW_K_STR(key), SW_K_STR(e.kind)}};
        size_t there;
        int rc = sw_count(tx, &what, 1, &there, err);
        if (rc || there)
            return rc;
    }
    int rc = sw_stored_encode(tx->arena, type, payload, &e.payload, err);
    /* The note that the caller left is for its own next put. */
    struct sw_pending pending = tx->pending;
    if (rc == SW_OK)
        rc = sw_put(tx, &sw_outbox_record, &e, NULL, err);
    tx->pending = pending;
    return rc;
}
