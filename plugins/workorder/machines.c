/* machines.c: what a work order and a task may do next. The tables are the rules; the effects keep the dates. */
#include "records.h"

static int start_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason;
    struct job *j = record;
    return j->ro_number ? SW_OK : ro_number_next(tx, &j->ro_number, err);
}

static int ready_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason;
    struct job *j = record;
    if (j->tasks_done < j->tasks) {
        return sw_fail(err, SW_ESTATE, "", _("The unit is not ready: %d of %d tasks are still open. Complete or decline them first."),
                       (int)(j->tasks - j->tasks_done), (int)j->tasks);
    }
    j->completed = sw_now(tx);
    return SW_OK;
}

static int more_work_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)tx, (void)reason, (void)err;
    ((struct job *)record)->completed = 0;
    return SW_OK;
}

/* Only a customer who finalizes invoices on the portal is asked; everybody else's job is invoiced at once. */
static int submit_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason;
    const struct job *j = record;
    struct customer c;
    int rc = sw_get(tx, customers->customer, j->customer, &c, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!c.authorize_invoice) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("This customer is not set to require authorization before invoicing; invoice the job instead."));
    }
    return SW_OK;
}

static int close_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason, (void)err;
    ((struct job *)record)->closed = sw_now(tx);
    return SW_OK;
}

static int cancel_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    struct job *j = record;
    struct job_all all;
    int rc = job_all_read(tx, j, &all, err);
    if (rc != SW_OK) {
        return rc;
    }
    for (size_t i = 0; i < all.n_tasks; i++) {
        if (all.tasks[i].clocks) {
            return sw_fail(err, SW_ESTATE, "", _("A clock is still running on “" SW_STR_FMT "”. Clock off before the job is cancelled."),
                           SW_STR_ARG(all.tasks[i].title));
        }
    }
    j->cancel_reason = reason;
    return close_effect(tx, record, reason, err);
}

#define WORKERS (SW_ADVISOR | SW_TECHNICIAN | SW_ADMIN)
#define OFFICE (SW_ADVISOR | SW_ADMIN)

static const struct sw_step job_steps[] = {
    {JOB_WORK_REQUIRED, "start", WORKERS, JOB_IN_PROGRESS, false, N_("Start work"), NULL, start_effect},
    {JOB_IN_PROGRESS, "ready", WORKERS, JOB_UNIT_READY, false, N_("Unit ready"), "primary", ready_effect},
    {JOB_UNIT_READY, "more_work", WORKERS, JOB_IN_PROGRESS, true, N_("More work"), NULL, more_work_effect},
    {JOB_UNIT_READY, "complete", OFFICE, JOB_READY_TO_SUBMIT, false, N_("Complete"), "primary", NULL},
    {JOB_READY_TO_SUBMIT, "back", OFFICE, JOB_UNIT_READY, true, N_("Back to unit ready"), NULL, NULL},
    {JOB_READY_TO_SUBMIT, "submit", OFFICE, JOB_SUBMITTED, false, N_("Submit to the customer"), NULL, submit_effect},
    {JOB_SUBMITTED, "send_back", SW_PORTAL, JOB_READY_TO_SUBMIT, true, N_("Send back"), NULL, NULL},
    {JOB_SUBMITTED, "withdraw", OFFICE, JOB_READY_TO_SUBMIT, true, N_("Take back"), NULL, NULL},
    {JOB_SUBMITTED, "finalize", SW_PORTAL, JOB_INVOICED, false, N_("Finalize"), "primary", close_effect},
    {JOB_READY_TO_SUBMIT, "invoice", OFFICE, JOB_INVOICED, false, N_("Invoiced"), "primary", close_effect},
    {JOB_WORK_REQUIRED, "cancel", OFFICE, JOB_CANCELLED, true, N_("Cancel job"), "danger", cancel_effect},
    {JOB_IN_PROGRESS, "cancel", OFFICE, JOB_CANCELLED, true, N_("Cancel job"), "danger", cancel_effect},
    {JOB_UNIT_READY, "cancel", OFFICE, JOB_CANCELLED, true, N_("Cancel job"), "danger", cancel_effect},
    {JOB_READY_TO_SUBMIT, "cancel", OFFICE, JOB_CANCELLED, true, N_("Cancel job"), "danger", cancel_effect},
    {0, NULL, 0, 0, false, NULL, NULL, NULL},
};
const struct sw_machine job_machine = {"workorder.job", &job_record, "state", job_steps};

static int started_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason, (void)err;
    struct task *t = record;
    if (!t->started) {
        t->started = sw_now(tx);
    }
    return SW_OK;
}

static int complete_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason;
    struct task *t = record;
    t->completed = sw_now(tx);
    return clocks_stop(tx, t, err);
}

static int reopen_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)tx, (void)reason, (void)err;
    ((struct task *)record)->completed = 0;
    return SW_OK;
}

static int decline_effect(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *err)
{
    (void)reason;
    return clocks_stop(tx, record, err);
}

static const struct sw_step task_steps[] = {
    {TASK_NEW, "clock_on", WORKERS, TASK_IN_PROGRESS, false, N_("Clock on"), NULL, started_effect},
    {TASK_IN_PROGRESS, "clock_on", WORKERS, TASK_IN_PROGRESS, false, N_("Clock on"), NULL, started_effect},
    {TASK_IN_PROGRESS, "clock_off", WORKERS, TASK_IN_PROGRESS, false, N_("Clock off"), NULL, NULL},
    {TASK_NEW, "complete", WORKERS, TASK_COMPLETED, false, N_("Done"), "primary", complete_effect},
    {TASK_IN_PROGRESS, "complete", WORKERS, TASK_COMPLETED, false, N_("Done"), "primary", complete_effect},
    {TASK_COMPLETED, "reopen", WORKERS, TASK_IN_PROGRESS, true, N_("Reopen"), NULL, reopen_effect},
    {TASK_DECLINED, "reopen", OFFICE, TASK_NEW, true, N_("Reopen"), NULL, reopen_effect},
    {TASK_NEW, "decline", OFFICE, TASK_DECLINED, true, N_("Decline"), "danger", decline_effect},
    {TASK_IN_PROGRESS, "decline", OFFICE, TASK_DECLINED, true, N_("Decline"), "danger", decline_effect},
    {0, NULL, 0, 0, false, NULL, NULL, NULL},
};
const struct sw_machine task_machine = {"workorder.task", &task_record, "state", task_steps};

const struct sw_machine *const workorder_machines[] = {&job_machine, &task_machine, NULL};
