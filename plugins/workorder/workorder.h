/* workorder.h: work orders ("jobs"), tasks, parts, fees, notes, time; as other plugins may use them. Through sw_interface("workorder", 1) only. */
#ifndef SHOPWRIGHT_WORKORDER_H
#define SHOPWRIGHT_WORKORDER_H

#include <shopwright/plugin.h>

enum job_state { JOB_WORK_REQUIRED, JOB_IN_PROGRESS, JOB_UNIT_READY, JOB_READY_TO_SUBMIT, JOB_SUBMITTED, JOB_INVOICED, JOB_CANCELLED };
enum task_state { TASK_NEW, TASK_IN_PROGRESS, TASK_COMPLETED, TASK_DECLINED };
enum task_kind { TASK_FLAT, TASK_HOURLY };
enum job_authorization { JOB_AUTH_NONE, JOB_AUTH_PENDING, JOB_AUTH_AUTHORIZED, JOB_AUTH_DECLINED, JOB_AUTH_SUPERSEDED };

/* workorder.job. Owner: customer. Covering index "customer" (customer, opened); "state" (state, opened). Audience customer, prices aside. */
struct job {
    struct sw_head head; /* head.id is the job's number */
    uint64_t customer, unit;
    int32_t state;         /* enum job_state */
    int32_t authorization; /* enum job_authorization; set through the interface */
    uint64_t authorization_id; /* the newest one asked; 0 none */
    int64_t ro_number;     /* given by the first clock-on; 0 before */
    struct sw_str title, complaint;
    uint64_t advisor; /* core.member */
    struct sw_str advisor_name;
    int64_t opened, scheduled, due, completed;
    int64_t closed; /* when it was invoiced or cancelled; 0 while it is open. Index "closed" (customer, closed) */
    int64_t usage_in;
    int64_t tasks, tasks_done; /* kept by the task's puts: lists need no second read */
    struct sw_str customer_name, unit_name, plate; /* as of the last put: boards need no join */
    bool wants_estimate;
    struct sw_str cancel_reason;
};
/* workorder.task. Owner: parent job. Covering index "job" (job, place). "technician" (technician, state, priority). */
struct task {
    struct sw_head head;
    uint64_t job;
    int64_t place; /* order within the job */
    struct sw_str title, description;
    int32_t kind, state;
    int64_t price;              /* flat: for the whole; hourly: per hour. Staff, or priced */
    int64_t quantity;           /* flat: thousandths; default 1000 */
    int64_t estimated;          /* hourly: thousandths of hours */
    bool taxed;
    uint64_t technician;        /* core.member; 0 unassigned */
    struct sw_str technician_name;
    int64_t priority;           /* 1 first; 0 none */
    int64_t clocked;            /* ms of finished time entries */
    int64_t running;            /* since when a clock runs (the earliest running one); 0 none */
    int64_t started, completed;
    int64_t clocks, clocks_from; /* how many clocks run now, and the sum of their starts: hours need no second read */
};
/* The time spent on a task until now, in ms: finished entries and running clocks. */
static inline int64_t task_worked(const struct task *t, int64_t now)
{
    int64_t ms = t->clocked + t->clocks * now - t->clocks_from;
    return ms > 0 ? ms : 0;
}
/* workorder.part. Owner: parent job. Covering index "job". Without a task: of the whole job. */
struct part {
    struct sw_head head;
    uint64_t job, task;
    struct sw_str description, number;
    int64_t quantity, price;
    bool taxed, customers_own;
};
/* workorder.fee. Owner: parent job. Covering index "job". */
struct fee {
    struct sw_head head;
    uint64_t job;
    struct sw_str description;
    int64_t amount;
    bool taxed;
};
/* workorder.note. Owner: parent job. Covering index "job" (job, at). */
struct note {
    struct sw_head head;
    uint64_t job, task;
    int64_t at;
    uint64_t member;
    struct sw_str member_name, text;
    bool internal; /* staff only: never leaves for a customer */
};
/* workorder.time. Staff only. Index "task" (task, start); "running" (running) of the running ones, unique: one clock a technician. */
struct time_entry {
    struct sw_head head;
    uint64_t job, task, member;
    struct sw_str member_name;
    int64_t start, end;      /* end 0: running */
    uint64_t running;        /* the member while the clock runs, else 0 */
    struct sw_str reason;    /* of a correction by an advisor; the former version keeps the old times */
};

/* ---- What a job costs now, by the shop's rules (L1, L2). Also frozen into authorizations. */
enum line_kind { LINE_LABOR, LINE_PART, LINE_FEE };
struct priced_line {
    struct sw_str rest;
    int32_t kind;
    uint64_t id, task; /* of the task, part or fee; 0 for a line that a rule added */
    struct sw_str description;
    bool hourly, taxed, over; /* over: actual hours above the estimate */
    int64_t quantity, price, total;          /* hourly: actual hours */
    int64_t estimated, estimated_total;      /* hourly: hours and sum as estimated */
};
struct tax_line {
    struct sw_str rest;
    struct sw_str label;
    int64_t rate, base, amount; /* rate: thousandths of a percent */
};
struct priced {
    struct sw_head head; /* unused: a view */
    SW_LIST_OF(struct priced_line) lines;
    SW_LIST_OF(struct tax_line) taxes;
    int64_t labor, parts, fees, tax, total;
    int64_t estimated_total; /* the total if every hourly line took its estimate */
    struct sw_str currency, rules; /* rules: their version */
};

/* What was edited since the customer signed (or was asked), for the job's page. */
struct job_change {
    struct sw_str rest;
    struct sw_str description, what; /* what: "price $81.30 → $91.30" */
};
struct job_changes {
    bool was_signed;
    struct sw_str who; /* who signed, else who was asked: the one to ask again */
    int64_t at, total; /* when that was, and for how much */
    SW_LIST_OF(struct job_change) rows;
};

struct workorder_interface {
    const struct sw_record *job, *task, *part, *fee, *note, *time_entry;
    const struct sw_record *priced; /* descriptor of struct priced; fields SW_FOR_CUSTOMER_PRICED */
    const struct sw_enum *job_states, *task_states, *job_authorizations;
    /* Price the job by the rules in force. SW_ERULE: a rule failed, no total. */
    int (*price)(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err);
    /* SHA-256 over what an authorization is about: the priced lines without running time (edited lines change it, a clock does not). */
    int (*fingerprint)(struct sw_tx *tx, const struct job *job, unsigned char out[32], struct sw_err *err);
    /* The lines as they are written up now, without rules and without totals; hourly quantity 0. What fingerprint() is made of. */
    int (*lines)(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err);
    /* Record where the authorization of a job stands. Verb e.g. "authorization_asked". */
    int (*set_authorization)(struct sw_tx *tx, uint64_t job, int32_t state, uint64_t authorization, struct sw_err *err);
    /* Called once, when the plugin that authorizes is started: how the job's page learns what was edited since. */
    void (*explain)(int (*changes)(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err));
};
enum { WORKORDER_INTERFACE = 1 };

/* The tables of struct priced, for a plugin that stores it inside its own record (tables must be complete when a plugin is loaded, so they can't
 * come through the interface): define WORKORDER_PRICED_TABLES before the include. */
#ifdef WORKORDER_PRICED_TABLES
static const struct sw_word line_kind_words[] = {
    {LINE_LABOR, "labor", N_("Labor"), NULL, NULL},
    {LINE_PART, "part", N_("Part"), NULL, NULL},
    {LINE_FEE, "fee", N_("Fee"), NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum line_kinds = {"workorder.line_kind", line_kind_words};

enum { PRICED_LINES_MAX = 400, PRICED_TAXES_MAX = 12 };
#define PRICED_ .audience = SW_FOR_CUSTOMER_PRICED
static const struct sw_field priced_line_fields[] = {
    SW_F_ENUM(struct priced_line, kind, 1, &line_kinds, PRICED_),
    SW_F_REF(struct priced_line, id, 2, "workorder.task", PRICED_),
    SW_F_REF(struct priced_line, task, 3, "workorder.task", PRICED_),
    SW_F_TEXT(struct priced_line, description, 4, .max = 250, PRICED_),
    SW_F_BOOL(struct priced_line, hourly, 5, PRICED_),
    SW_F_BOOL(struct priced_line, taxed, 6, PRICED_),
    SW_F_BOOL(struct priced_line, over, 7, PRICED_),
    SW_F_QTY(struct priced_line, quantity, 8, PRICED_),
    SW_F_MONEY(struct priced_line, price, 9, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced_line, total, 10, .flags = SW_NEGATIVE, PRICED_),
    SW_F_QTY(struct priced_line, estimated, 11, PRICED_),
    SW_F_MONEY(struct priced_line, estimated_total, 12, .flags = SW_NEGATIVE, PRICED_),
};
static const struct sw_record priced_line_record = {
    SW_RECORD(struct priced_line, "workorder.priced_line", priced_line_fields), PRICED_};
static const struct sw_field tax_line_fields[] = {
    SW_F_TEXT(struct tax_line, label, 1, .max = 100, PRICED_),
    SW_F_INT(struct tax_line, rate, 2, PRICED_),
    SW_F_MONEY(struct tax_line, base, 3, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct tax_line, amount, 4, .flags = SW_NEGATIVE, PRICED_),
};
static const struct sw_record tax_line_record = {SW_RECORD(struct tax_line, "workorder.tax_line", tax_line_fields), PRICED_};
static const struct sw_field priced_fields[] = {
    SW_F_LIST(struct priced, lines, 1, struct priced_line, &priced_line_record, .max = PRICED_LINES_MAX, PRICED_),
    SW_F_LIST(struct priced, taxes, 2, struct tax_line, &tax_line_record, .max = PRICED_TAXES_MAX, PRICED_),
    SW_F_MONEY(struct priced, labor, 3, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced, parts, 4, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced, fees, 5, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced, tax, 6, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced, total, 7, .flags = SW_NEGATIVE, PRICED_),
    SW_F_MONEY(struct priced, estimated_total, 8, .flags = SW_NEGATIVE, PRICED_),
    SW_F_TEXT(struct priced, currency, 9, .max = 3, PRICED_),
    SW_F_TEXT(struct priced, rules, 10, .max = 64, PRICED_),
};
static const struct sw_record priced_record = {SW_RECORD(struct priced, "workorder.priced", priced_fields), PRICED_};
#undef PRICED_
#endif
#endif
