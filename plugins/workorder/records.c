/* records.c: the stored types and their words. */
#include "records.h"

static const struct sw_word job_state_words[] = {
    {JOB_WORK_REQUIRED, "work_required", N_("Work required"), NULL, "circle"},
    {JOB_IN_PROGRESS, "in_progress", N_("In progress"), "busy", "half"},
    {JOB_UNIT_READY, "unit_ready", N_("Unit ready"), "good", "check"},
    {JOB_READY_TO_SUBMIT, "ready_to_submit", N_("Ready to submit"), "good", "checks"},
    {JOB_SUBMITTED, "submitted", N_("Submitted"), "wait", "clock"},
    {JOB_INVOICED, "invoiced", N_("Invoiced"), "good", "file"},
    {JOB_CANCELLED, "cancelled", N_("Cancelled"), NULL, "cross"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum job_states = {"workorder.job_state", job_state_words};

static const struct sw_word job_authorization_words[] = {
    {JOB_AUTH_NONE, "none", N_("Not asked"), NULL, "circle"},
    {JOB_AUTH_PENDING, "pending", N_("Authorization required"), "stop", "pen"},
    {JOB_AUTH_AUTHORIZED, "authorized", N_("Authorized"), "good", "check"},
    {JOB_AUTH_DECLINED, "declined", N_("Declined"), "stop", "cross"},
    {JOB_AUTH_SUPERSEDED, "superseded", N_("Changed: ask again"), "wait", "alert"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum job_authorizations = {"workorder.job_authorization", job_authorization_words};

static const struct sw_word task_state_words[] = {
    {TASK_NEW, "new", N_("New"), NULL, "circle"},
    {TASK_IN_PROGRESS, "in_progress", N_("In progress"), "busy", "half"},
    {TASK_COMPLETED, "completed", N_("Completed"), "good", "check"},
    {TASK_DECLINED, "declined", N_("Declined"), "stop", "cross"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum task_states = {"workorder.task_state", task_state_words};

static const struct sw_word task_kind_words[] = {
    {TASK_FLAT, "flat", N_("Flat"), NULL, NULL},
    {TASK_HOURLY, "hourly", N_("Hourly"), NULL, "clock"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum task_kinds = {"workorder.task_kind", task_kind_words};

/* ---- job */

#define OWN .audience = SW_FOR_CUSTOMER
#define PRICED .audience = SW_FOR_CUSTOMER_PRICED

static const struct sw_field job_fields[] = {
    SW_F_REF(struct job, customer, 1, "customers.customer", OWN),
    SW_F_REF(struct job, unit, 2, "customers.unit", OWN),
    SW_F_ENUM(struct job, state, 3, &job_states, OWN),
    SW_F_ENUM(struct job, authorization, 4, &job_authorizations, OWN),
    SW_F_REF(struct job, authorization_id, 5, "authorization.authorization", OWN),
    SW_F_INT(struct job, ro_number, 6, OWN),
    SW_F_TEXT(struct job, title, 7, .max = 120, OWN),
    SW_F_TEXT(struct job, complaint, 8, .max = 4000, OWN),
    SW_F_REF(struct job, advisor, 9, "core.member"),
    SW_F_TEXT(struct job, advisor_name, 10, .max = 120, OWN),
    SW_F_TIME(struct job, opened, 11, OWN),
    SW_F_TIME(struct job, scheduled, 12, OWN),
    SW_F_TIME(struct job, due, 13, OWN),
    SW_F_TIME(struct job, completed, 14, OWN),
    SW_F_INT(struct job, usage_in, 15, OWN),
    SW_F_INT(struct job, tasks, 16, OWN),
    SW_F_INT(struct job, tasks_done, 17, OWN),
    SW_F_TEXT(struct job, customer_name, 18, .max = 250, OWN),
    SW_F_TEXT(struct job, unit_name, 19, .max = 250, OWN),
    SW_F_TEXT(struct job, plate, 20, .max = 20, OWN),
    SW_F_BOOL(struct job, wants_estimate, 21, OWN),
    SW_F_TEXT(struct job, cancel_reason, 22, .max = 1000, OWN),
    SW_F_TIME(struct job, closed, 23, OWN),
};
static const struct sw_index job_indexes[] = {
    {.name = "customer", .fields = {"customer", "opened"}, .flags = SW_COVERING},
    {.name = "closed", .fields = {"customer", "closed"}},
    {.name = "state", .fields = {"state", "opened"}},
    {.name = NULL},
};
const struct sw_record job_record = {
    SW_RECORD(struct job, "workorder.job", job_fields), OWN, .owner = SW_OWNER_FIELD, .owner_field = "customer",
    .indexes = job_indexes, .flags = SW_TYPE_SUBJECT};

/* ---- task */

static const struct sw_field task_fields[] = {
    SW_F_REF(struct task, job, 1, "workorder.job", OWN),
    SW_F_INT(struct task, place, 2, OWN),
    SW_F_TEXT(struct task, title, 3, .max = 120, OWN),
    SW_F_TEXT(struct task, description, 4, .max = 4000, OWN),
    SW_F_ENUM(struct task, kind, 5, &task_kinds, OWN),
    SW_F_ENUM(struct task, state, 6, &task_states, OWN),
    SW_F_MONEY(struct task, price, 7, PRICED),
    SW_F_QTY(struct task, quantity, 8, PRICED),
    SW_F_QTY(struct task, estimated, 9, PRICED),
    SW_F_BOOL(struct task, taxed, 10, PRICED),
    SW_F_REF(struct task, technician, 11, "core.member"),
    SW_F_TEXT(struct task, technician_name, 12, .max = 120, OWN),
    SW_F_INT(struct task, priority, 13),
    SW_F_SPAN(struct task, clocked, 14, OWN),
    SW_F_TIME(struct task, running, 15, OWN),
    SW_F_TIME(struct task, started, 16, OWN),
    SW_F_TIME(struct task, completed, 17, OWN),
    SW_F_INT(struct task, clocks, 18, OWN),
    SW_F_INT(struct task, clocks_from, 19, .hi = INT64_C(4000000000000000), OWN),
};
static const struct sw_index task_indexes[] = {
    {.name = "job", .fields = {"job", "place"}, .flags = SW_COVERING},
    {.name = "technician", .fields = {"technician", "state", "priority"}},
    {.name = NULL},
};
const struct sw_record task_record = {
    SW_RECORD(struct task, "workorder.task", task_fields), OWN, .owner = SW_OWNER_PARENT, .owner_field = "job",
    .indexes = task_indexes, .flags = SW_TYPE_SUBJECT};

/* ---- part */

static const struct sw_field part_fields[] = {
    SW_F_REF(struct part, job, 1, "workorder.job", OWN),
    SW_F_REF(struct part, task, 2, "workorder.task", OWN),
    SW_F_TEXT(struct part, description, 3, .max = 200, OWN),
    SW_F_TEXT(struct part, number, 4, .max = 60),
    SW_F_QTY(struct part, quantity, 5, OWN),
    SW_F_MONEY(struct part, price, 6, PRICED),
    SW_F_BOOL(struct part, taxed, 7, PRICED),
    SW_F_BOOL(struct part, customers_own, 8, OWN),
};
static const struct sw_index by_job[] = {
    {.name = "job", .fields = {"job"}, .flags = SW_COVERING},
    {.name = NULL},
};
const struct sw_record part_record = {
    SW_RECORD(struct part, "workorder.part", part_fields), OWN, .owner = SW_OWNER_PARENT, .owner_field = "job", .indexes = by_job};

/* ---- fee */

static const struct sw_field fee_fields[] = {
    SW_F_REF(struct fee, job, 1, "workorder.job", OWN),
    SW_F_TEXT(struct fee, description, 2, .max = 200, PRICED),
    SW_F_MONEY(struct fee, amount, 3, PRICED),
    SW_F_BOOL(struct fee, taxed, 4, PRICED),
};
const struct sw_record fee_record = {
    SW_RECORD(struct fee, "workorder.fee", fee_fields), OWN, .owner = SW_OWNER_PARENT, .owner_field = "job", .indexes = by_job};

/* ---- note */

static const struct sw_field note_fields[] = {
    SW_F_REF(struct note, job, 1, "workorder.job", OWN),
    SW_F_REF(struct note, task, 2, "workorder.task", OWN),
    SW_F_TIME(struct note, at, 3, OWN),
    SW_F_REF(struct note, member, 4, "core.member"),
    SW_F_TEXT(struct note, member_name, 5, .max = 120, OWN),
    SW_F_TEXT(struct note, text, 6, .max = 4000, OWN),
    SW_F_BOOL(struct note, internal, 7),
};
static const struct sw_index note_indexes[] = {
    {.name = "job", .fields = {"job", "at"}, .flags = SW_COVERING},
    {.name = NULL},
};
const struct sw_record note_record = {
    SW_RECORD(struct note, "workorder.note", note_fields), OWN, .owner = SW_OWNER_PARENT, .owner_field = "job", .indexes = note_indexes};

/* ---- time entry */

static const struct sw_field time_fields[] = {
    SW_F_REF(struct time_entry, job, 1, "workorder.job"),
    SW_F_REF(struct time_entry, task, 2, "workorder.task"),
    SW_F_REF(struct time_entry, member, 3, "core.member"),
    SW_F_TEXT(struct time_entry, member_name, 4, .max = 120),
    SW_F_TIME(struct time_entry, start, 5),
    SW_F_TIME(struct time_entry, end, 6),
    SW_F_TEXT(struct time_entry, reason, 7, .max = 1000),
    SW_F_REF(struct time_entry, running, 8, "core.member"),
};
static const struct sw_index time_indexes[] = {
    {.name = "task", .fields = {"task", "start"}},
    {.name = "running", .fields = {"running"}, .flags = SW_UNIQUE | SW_SKIP_EMPTY},
    {.name = NULL},
};
const struct sw_record time_record = {
    SW_RECORD(struct time_entry, "workorder.time", time_fields), .owner = SW_OWNER_PARENT, .owner_field = "job", .indexes = time_indexes};

/* ---- counters: id 1 is the repair order's number. Technical: a number given is told by the job's event. */

struct counter {
    struct sw_head head;
    int64_t last;
};
static const struct sw_field counter_fields[] = {SW_F_INT(struct counter, last, 1)};
const struct sw_record counter_record = {
    SW_RECORD(struct counter, "workorder.counter", counter_fields), .flags = SW_TECHNICAL};

enum { COUNTER_RO = 1, RO_FIRST = 10001 };

int ro_number_next(struct sw_tx *tx, int64_t *out, struct sw_err *err)
{
    struct counter c = {0};
    int rc = sw_get(tx, &counter_record, COUNTER_RO, &c, NULL);
    if (rc == SW_ENOTFOUND) {
        c = (struct counter){.last = RO_FIRST};
        rc = sw_put_at(tx, &counter_record, COUNTER_RO, &c, NULL, err);
    } else if (rc == SW_OK) {
        c.last++;
        rc = sw_put(tx, &counter_record, &c, NULL, err);
    } else {
        return sw_fail(err, (enum sw_code)rc, "", "%s", _("The next repair order number could not be read."));
    }
    *out = c.last;
    return rc;
}

const struct sw_record *const workorder_records[] = {
    &job_record, &task_record, &part_record, &fee_record, &note_record, &time_record, &counter_record, NULL,
};
