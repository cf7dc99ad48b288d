/* hooks.c: two promises that hold whoever writes. A signed record never changes; a price that was edited after it was asked is asked again. */
#include "records.h"

#include <string.h>

/* Every edit of tasks, parts and fees ends with a put of the job in the same transaction: here the new lines are already to be seen. A running clock is not
 * in the fingerprint. */
static int job_put(struct sw_tx *tx, const struct sw_record *type, const void *before, void *after, struct sw_err *err)
{
    (void)type;
    struct job *j = after;
    if (!before || !j || !j->authorization_id || (j->authorization != JOB_AUTH_PENDING && j->authorization != JOB_AUTH_AUTHORIZED)) {
        return SW_OK;
    }
    struct authorization a;
    unsigned char now[32];
    int rc = sw_get(tx, &authorization_record, j->authorization_id, &a, err);
    if (rc != SW_OK || (rc = workorder->fingerprint(tx, j, now, err)) != SW_OK) {
        return rc;
    }
    if (a.fingerprint.n == sizeof now && memcmp(a.fingerprint.p, now, sizeof now) == 0) {
        return SW_OK;
    }
    if (a.state == AUTH_PENDING || a.state == AUTH_AUTHORIZED) {
        a.state = AUTH_SUPERSEDED;
        if ((rc = sw_put(tx, &authorization_record, &a, "superseded", err)) != SW_OK) {
            return rc;
        }
    }
    j->authorization = JOB_AUTH_SUPERSEDED;
    return SW_OK;
}

/* What may still change: an answer while it is pending; then the document once, and the state to superseded. */
static int authorization_put(struct sw_tx *tx, const struct sw_record *type, const void *before, void *after, struct sw_err *err)
{
    (void)tx;
    static const char *const may_change[] = {"document", "state", NULL};
    const struct authorization *was = before, *is = after;
    if (!was) {
        return SW_OK;
    }
    if (!is) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("An authorization is never deleted."));
    }
    if (!sw_str_eq(was->snapshot, is->snapshot) || was->job != is->job || was->asked_at != is->asked_at) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("What was asked can't be changed. Ask again instead."));
    }
    unsigned char a[32], b[32];
    record_digest(workorder->priced, is->priced ? is->priced : &(struct priced){0}, NULL, a);
    if (is->snapshot.n != sizeof a || memcmp(a, is->snapshot.p, sizeof a) != 0) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The lines of an authorization can't be changed. Ask again instead."));
    }
    if (was->state == AUTH_PENDING) {
        return SW_OK;
    }
    record_digest(type, was, may_change, a);
    record_digest(type, is, may_change, b);
    bool state_ok = is->state == was->state || (was->state == AUTH_AUTHORIZED && is->state == AUTH_SUPERSEDED);
    bool document_ok = sw_str_eq(is->document, was->document) || !was->document.n;
    if (memcmp(a, b, sizeof a) != 0 || !state_ok || !document_ok) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("An answered authorization can't be changed."));
    }
    return SW_OK;
}

const struct sw_hook authorization_hooks[] = {
    {"workorder.job", job_put},
    {"authorization.authorization", authorization_put},
    {NULL, NULL},
};
