/* authorization.h: signed authorizations, as other plugins may use them. Through sw_interface("authorization", 1) only. */
#ifndef SHOPWRIGHT_AUTHORIZATION_H
#define SHOPWRIGHT_AUTHORIZATION_H

#include <shopwright/plugin.h>
#include "../workorder/workorder.h"

enum authorization_state { AUTH_PENDING, AUTH_AUTHORIZED, AUTH_DECLINED, AUTH_SUPERSEDED };
enum authorization_how { AUTH_PORTAL, AUTH_COUNTER, AUTH_PAPER, AUTH_PHONE };

/* authorization.authorization. Owner: parent job. Index "job" (job). A signed one never changes but for `document`. */
struct authorization {
    struct sw_head head;
    uint64_t job;
    int32_t state, how;
    struct priced *priced;          /* frozen when it was asked */
    struct sw_str snapshot;         /* SHA-256 (32 bytes) of `priced`, field by field; printed in the document */
    struct sw_str fingerprint;      /* workorder's; differs: superseded */
    struct sw_str consent, consent_version, terms;
    struct sw_str customer_name, unit_name, plate;
    int64_t asked_at;
    uint64_t asked_by;
    struct sw_str asked_by_name, message;
    int64_t former_total, former_at; /* what was authorized before; 0 nothing */
    /* The answer */
    int64_t answered_at;
    struct sw_str name;             /* typed, or of the signed-in person */
    struct sw_str strokes;          /* drawn signature: the strokes as JSON points; empty when typed */
    bool typed;
    struct sw_str address, browser, proof, reason;
    struct sw_str phone_called, phone_note; /* F7 */
    struct sw_str document;         /* blob of the signed PDF; empty until rendered */
    uint64_t chain_seq;             /* the chain's head when it was signed, printed in the document */
    struct sw_str chain_hash;
};

struct authorization_interface {
    const struct sw_record *authorization;
    const struct sw_enum *states;
    /* The newest of a job; SW_ENOTFOUND when none was asked. */
    int (*newest)(struct sw_tx *tx, uint64_t job, struct authorization *out, struct sw_err *err);
};
enum { AUTHORIZATION_INTERFACE = 1 };
#endif
