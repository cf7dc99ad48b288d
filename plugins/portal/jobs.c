/* jobs.c: /portal: what waits for the customer, what runs, what is done. */
#include "views.h"

int32_t portal_status_of(const struct job *j)
{
    switch (j->state) {
    case JOB_WORK_REQUIRED:
        return j->scheduled ? PORTAL_SCHEDULED : PORTAL_WAITING;
    case JOB_IN_PROGRESS:
        return PORTAL_IN_PROGRESS;
    case JOB_INVOICED:
        return PORTAL_COMPLETED;
    case JOB_CANCELLED:
        return PORTAL_CANCELLED;
    default:
        return PORTAL_READY;
    }
}

/* What is asked of a job that was closed meanwhile can't be answered any more. */
int32_t portal_ask_of(const struct job *j)
{
    return j->authorization == JOB_AUTH_PENDING && j->state < JOB_SUBMITTED ? PORTAL_ASK_REQUIRED : PORTAL_ASK_NONE;
}

static struct portal_job_row row_of(const struct job *j)
{
    return (struct portal_job_row){.id = j->head.id, .title = j->title, .unit_name = j->unit_name, .plate = j->plate,
        .status = portal_status_of(j), .ask = portal_ask_of(j),
        .opened = j->opened, .scheduled = j->scheduled, .closed = j->closed, .tasks = j->tasks, .tasks_done = j->tasks_done};
}

int portal_jobs_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    const struct portal_jobs_form *f = sw_req_form(r);
    uint64_t customer = sw_tx_viewer(tx)->customer;
    int64_t from = sw_shop(tx)->history_from;
    sw_depends(r, customers->customer, customer);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct portal_jobs_view *v = SW_NEW(a, struct portal_jobs_view);
    v->history_from = from;
    v->later = f->after.n > 0;
    struct sw_found found;
    if (!v->later) {
        struct sw_scan open = {.type = workorder->job, .index = "closed", .equal = {SW_K_INT(customer), SW_K_INT(0)}, .descending = true,
                               .limit = PORTAL_OPEN_MAX};
        int rc = sw_scan(tx, &open, &found, err);
        if (rc != SW_OK) {
            return rc;
        }
        const struct job *j = found.v;
        for (size_t i = 0; i < found.n; i++) {
            *SW_PUSH(a, v->now) = row_of(&j[i]);
            if (portal_ask_of(&j[i]) == PORTAL_ASK_REQUIRED) {
                *SW_PUSH(a, v->waiting) = row_of(&j[i]);
            }
        }
    }
    /* Jobs that closed before the cut-off are on paper, and stay there (B1). */
    struct sw_scan done = {.type = workorder->job, .index = "closed", .equal = {SW_K_INT(customer)}, .from = SW_K_INT(from > 0 ? from : 1),
                           .descending = true, .limit = PORTAL_DONE_PAGE, .after = f->after};
    int rc = sw_scan(tx, &done, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct job *j = found.v;
    for (size_t i = 0; i < found.n; i++) {
        *SW_PUSH(a, v->done) = row_of(&j[i]);
    }
    v->next = found.next;
    return sw_show(r, v);
}
