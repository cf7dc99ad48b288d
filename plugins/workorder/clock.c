/* clock.c: time on tasks. One running clock a technician; an advisor corrects an entry with a reason, and its history keeps both. */
#include "records.h"

int clock_of(struct sw_tx *tx, uint64_t member, struct time_entry *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &time_record, .index = "running", .equal = {SW_K_INT(member)}, .limit = 1};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!found.n) {
        return SW_ENOTFOUND;
    }
    *out = ((const struct time_entry *)found.v)[0];
    return SW_OK;
}

static int entries_of(struct sw_tx *tx, uint64_t task, struct sw_found *found, struct sw_err *err)
{
    struct sw_scan scan = {.type = &time_record, .index = "task", .equal = {SW_K_INT(task)}, .limit = TASK_TIMES_MAX};
    return sw_scan(tx, &scan, found, err);
}

/* The task's sums, from its entries: always right, whatever was corrected. */
static int task_sum(struct sw_tx *tx, struct task *t, struct sw_err *err)
{
    struct sw_found found;
    int rc = entries_of(tx, t->head.id, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct time_entry *e = found.v;
    t->clocked = t->clocks = t->clocks_from = t->running = 0;
    for (size_t i = 0; i < found.n; i++) {
        if (e[i].end) {
            t->clocked += e[i].end - e[i].start;
            continue;
        }
        t->clocks++;
        t->clocks_from += e[i].start;
        if (!t->running || e[i].start < t->running) {
            t->running = e[i].start;
        }
    }
    return SW_OK;
}

static int entry_end(struct sw_tx *tx, struct time_entry *e, struct sw_err *err)
{
    e->end = sw_now(tx) > e->start ? sw_now(tx) : e->start + 1;
    e->running = 0;
    return sw_put(tx, &time_record, e, "stopped", err);
}

int clocks_stop(struct sw_tx *tx, struct task *task, struct sw_err *err)
{
    struct sw_found found;
    int rc = task->clocks ? entries_of(tx, task->head.id, &found, err) : SW_OK;
    if (rc != SW_OK || !task->clocks) {
        return rc;
    }
    struct time_entry *e = found.v;
    for (size_t i = 0; i < found.n; i++) {
        if (!e[i].end && (rc = entry_end(tx, &e[i], err)) != SW_OK) {
            return rc;
        }
    }
    return task_sum(tx, task, err);
}

int clock_off(struct sw_tx *tx, struct task *task, struct sw_err *err)
{
    struct time_entry e;
    int rc = clock_of(tx, sw_tx_viewer(tx)->member, &e, err);
    if (rc == SW_ENOTFOUND || (rc == SW_OK && e.task != task->head.id)) {
        return sw_fail(err, SW_ESTATE, "", _("You are not clocked on to “" SW_STR_FMT "”."), SW_STR_ARG(task->title));
    }
    if (rc != SW_OK || (rc = entry_end(tx, &e, err)) != SW_OK || (rc = task_sum(tx, task, err)) != SW_OK) {
        return rc;
    }
    return sw_machine_do(tx, &task_machine, task, "clock_off", (struct sw_str){0}, err);
}

/* The clock that runs elsewhere: stopped when the person said so, else the refusal names it. */
static int clock_elsewhere(struct sw_tx *tx, struct time_entry *e, const struct task *wanted, bool switch_over, struct sw_err *err)
{
    struct task other;
    int rc = sw_get(tx, &task_record, e->task, &other, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (other.head.id == wanted->head.id) {
        return sw_fail(err, SW_ESTATE, "", _("You are already clocked on to “" SW_STR_FMT "”."), SW_STR_ARG(other.title));
    }
    if (!switch_over) {
        return sw_fail(err, SW_ESTATE, "", _("Your clock runs on “" SW_STR_FMT "” of job %llu. Clock off there first, or choose “Switch here”."),
                       SW_STR_ARG(other.title), (unsigned long long)other.job);
    }
    return clock_off(tx, &other, err);
}

int clock_on(struct sw_tx *tx, struct job *job, struct task *task, bool switch_over, struct sw_err *err)
{
    const struct sw_viewer *who = sw_tx_viewer(tx);
    if (!who->member) {
        return sw_fail(err, SW_EDENIED, "", "%s", _("Only a person of this shop can clock on."));
    }
    if (job->state != JOB_WORK_REQUIRED && job->state != JOB_IN_PROGRESS) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job is not being worked on. Take it back to “In progress” first."));
    }
    struct time_entry e;
    int rc = clock_of(tx, who->member, &e, err);
    if (rc == SW_OK) {
        rc = clock_elsewhere(tx, &e, task, switch_over, err);
    } else if (rc == SW_ENOTFOUND) {
        rc = SW_OK;
    }
    if (rc != SW_OK) {
        return rc;
    }
    e = (struct time_entry){.job = job->head.id, .task = task->head.id, .member = who->member, .member_name = who->name,
                            .start = sw_now(tx), .running = who->member};
    if ((rc = sw_put(tx, &time_record, &e, "started", err)) != SW_OK) {
        return rc;
    }
    if (!task->technician) {
        task->technician = who->member;
        task->technician_name = who->name;
    }
    if ((rc = task_sum(tx, task, err)) != SW_OK ||
        (rc = sw_machine_do(tx, &task_machine, task, "clock_on", (struct sw_str){0}, err)) != SW_OK) {
        return rc;
    }
    if (job->state == JOB_WORK_REQUIRED) {
        return sw_machine_do(tx, &job_machine, job, "start", (struct sw_str){0}, err);
    }
    return SW_OK;
}

/* ---- Correction */

static int time_in_path(struct sw_req *r, const struct time_entry **e, struct sw_err *err)
{
    *e = sw_req_record(r, "time");
    if ((*e)->task != sw_req_id(r, "task")) {
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such time entry on this task."));
    }
    return SW_OK;
}

int time_page(struct sw_req *r, struct sw_err *err)
{
    const struct time_entry *e;
    int rc = time_in_path(r, &e, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct task *t = sw_req_record(r, "task");
    struct time_view *v = SW_NEW(sw_req_arena(r), struct time_view);
    *v = (struct time_view){.job = e->job, .task = e->task, .id = e->head.id, .title = t->title, .who = e->member_name, .reason = e->reason,
                            .start = e->start, .end = e->end};
    return sw_show(r, v);
}

int time_correct(struct sw_req *r, struct sw_err *err)
{
    const struct time_entry *stored;
    int rc = time_in_path(r, &stored, err);
    if (rc != SW_OK) {
        return rc;
    }
    struct sw_tx *tx = sw_req_tx(r);
    const struct time_form *f = sw_req_form(r);
    struct task t = *(const struct task *)sw_req_record(r, "task");
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct time_entry e = *stored;
    if ((rc = job_must_be_open(&j, err)) != SW_OK) {
        return rc;
    }
    if (!f->start || f->start > sw_now(tx)) {
        return sw_fail(err, SW_EINVALID, "start", "%s", _("The start must be a time in the past."));
    }
    bool runs = !e.end; /* then only its start is corrected */
    int64_t end = runs ? sw_now(tx) : f->end;
    if (!runs && (end <= f->start || end > sw_now(tx))) {
        return sw_fail(err, SW_EINVALID, "end", "%s", _("The end must be after the start and not in the future."));
    }
    if (end - f->start > 7 * SW_DAY) {
        return sw_fail(err, SW_EINVALID, runs ? "start" : "end", "%s", _("One entry can't be longer than seven days."));
    }
    e.start = f->start;
    e.end = runs ? 0 : end;
    e.reason = f->reason;
    if ((rc = sw_put(tx, &time_record, &e, "corrected", err)) != SW_OK || (rc = task_sum(tx, &t, err)) != SW_OK ||
        (rc = sw_put(tx, &task_record, &t, "time_corrected", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Time corrected. The history keeps the former times."));
    return sw_done(r, t.head.id, "/jobs/%llu/tasks/%llu", (unsigned long long)j.head.id, (unsigned long long)t.head.id);
}
