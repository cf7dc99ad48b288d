/* staff.c: the advisor's page: ask, see the answer, see which lines changed since, record paper and phone. */
#include "records.h"

static int fill_history(struct sw_req *r, struct staff_view *v, const struct authorization *list, size_t n, struct sw_err *err)
{
    struct sw_arena *a = sw_req_arena(r);
    for (size_t i = 0; i < n; i++) {
        const struct authorization *x = &list[i];
        struct history_row *row = SW_PUSH(a, v->history);
        *row = (struct history_row){.id = x->head.id, .state = x->state, .how = x->how, .asked_at = x->asked_at,
            .answered_at = x->answered_at, .total = x->priced ? x->priced->total : 0, .asked_by = x->asked_by_name, .message = x->message,
            .name = x->name, .reason = x->reason, .proof = x->proof, .address = x->address, .browser = x->browser,
            .called = x->phone_called, .note = x->phone_note, .signed_ = x->chain_hash.n > 0, .drawn = x->strokes.n > 0};
        if (x->document.n) {
            row->document_path = sw_printf(a, "/jobs/%llu/authorizations/%llu/document", (unsigned long long)x->job,
                                           (unsigned long long)x->head.id);
        }
        if (x->how == AUTH_PAPER) {
            struct sw_list files = {0};
            int rc = sw_files_of(sw_req_tx(r), &authorization_record, x->head.id, &files, err);
            if (rc != SW_OK) {
                return rc;
            }
            row->files.v = files.v;
            row->files.n = files.n;
        }
    }
    return SW_OK;
}

int staff_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    const struct job *j = sw_req_record(r, "job");
    sw_depends(r, workorder->job, j->head.id);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct staff_view *v = SW_NEW(a, struct staff_view);
    *v = (struct staff_view){.job = j->head.id, .title = j->title, .customer_name = j->customer_name, .unit_name = j->unit_name,
        .plate = j->plate, .authorization = j->authorization, .pending = j->authorization == JOB_AUTH_PENDING && j->state < JOB_SUBMITTED,
        .asks_again = j->authorization == JOB_AUTH_SUPERSEDED, .open = j->state < JOB_SUBMITTED, .now = sw_now(tx)};
    struct customer c;
    struct sw_found found;
    int rc = sw_get(tx, customers->customer, j->customer, &c, err);
    if (rc != SW_OK || (rc = authorization_list(tx, j->head.id, &found, err)) != SW_OK) {
        return rc;
    }
    v->email = c.email;
    v->phone = c.phone;
    const struct authorization *list = found.v;
    if ((rc = fill_history(r, v, list, found.n, err)) != SW_OK) {
        return rc;
    }
    struct sw_err rule = {0};
    struct priced p;
    rc = workorder->price(tx, j, &p, &rule);
    if (rc == SW_ERULE) {
        v->rule_error = sw_copy(a, sw_str_of(rule.message));
    } else if (rc != SW_OK) {
        return sw_fail(err, rule.code, rule.field, "%s", rule.message);
    } else {
        v->total = p.total;
        v->has_lines = p.lines.n > 0;
    }
    if (found.n && list[0].priced) {
        v->hash = authorization_shown(a, &list[0]);
        v->asked_total = list[0].priced->total;
    }
    if (v->asks_again && rc == SW_OK) {
        struct job_changes *since = SW_NEW(a, struct job_changes);
        if ((rc = changes_since(tx, j, since, err)) != SW_OK) {
            return rc;
        }
        v->since_signed = since->was_signed;
        v->since_who = since->who;
        v->since_at = since->at;
        v->since_total = since->total;
        v->changes.v = since->rows.v;
        v->changes.n = since->rows.n;
    }
    return sw_show(r, v);
}
