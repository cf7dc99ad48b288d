/* job.c: /portal/jobs/N. The page customers look at most: four covering scans by job and one read of the unit, nothing more. */
#include "views.h"

static const int32_t task_status[] = {
    [TASK_NEW] = PORTAL_TASK_NEW,
    [TASK_IN_PROGRESS] = PORTAL_TASK_IN_PROGRESS,
    [TASK_COMPLETED] = PORTAL_TASK_COMPLETED,
    [TASK_DECLINED] = PORTAL_TASK_DECLINED,
};

static struct portal_task *task_of(struct portal_job_view *v, uint64_t id)
{
    for (size_t i = 0; id && i < v->tasks.n; i++) {
        if (v->tasks.v[i].id == id) {
            return &v->tasks.v[i];
        }
    }
    return NULL;
}

static int scan_of(struct sw_tx *tx, const struct sw_record *type, uint64_t job, size_t limit, struct sw_found *found, struct sw_err *err)
{
    struct sw_scan scan = {.type = type, .index = "job", .equal = {SW_K_INT(job)}, .limit = limit};
    return sw_scan(tx, &scan, found, err);
}

static int fill_tasks(struct sw_tx *tx, struct portal_job_view *v, bool held, struct sw_err *err)
{
    struct sw_found found;
    int rc = scan_of(tx, workorder->task, v->id, PORTAL_TASKS_MAX, &found, err);
    if (rc != SW_OK || !found.n) {
        return rc;
    }
    const struct task *t = found.v;
    v->tasks.v = SW_NEW_N(sw_tx_arena(tx), struct portal_task, found.n);
    v->tasks.n = found.n;
    for (size_t i = 0; i < found.n; i++) {
        struct portal_task *o = &v->tasks.v[i];
        o->id = t[i].head.id;
        o->title = t[i].title;
        o->description = t[i].description;
        o->technician = t[i].technician_name;
        o->status = task_status[t[i].state];
        o->done = t[i].state == TASK_COMPLETED || t[i].state == TASK_DECLINED;
        o->completed = t[i].completed;
        o->held = held && t[i].state == TASK_NEW;
        if (t[i].kind == TASK_HOURLY) { /* flat-rate tasks never show hours (B5) */
            o->hourly = true;
            o->worked = task_worked(&t[i], sw_now(tx));
            o->running = t[i].running;
            o->before = o->running ? o->worked - (sw_now(tx) - o->running) : o->worked;
        }
    }
    return SW_OK;
}

static int fill_parts(struct sw_tx *tx, struct portal_job_view *v, struct sw_err *err)
{
    struct sw_found found;
    int rc = scan_of(tx, workorder->part, v->id, PORTAL_PARTS_MAX, &found, err);
    if (rc != SW_OK || !found.n) {
        return rc;
    }
    const struct part *p = found.v;
    v->parts.v = SW_NEW_N(sw_tx_arena(tx), struct portal_part, found.n);
    v->parts.n = found.n;
    for (size_t i = 0; i < found.n; i++) {
        v->parts.v[i] = (struct portal_part){.description = p[i].description, .quantity = p[i].quantity, .own = p[i].customers_own};
    }
    return SW_OK;
}

static int fill_notes(struct sw_tx *tx, struct portal_job_view *v, struct sw_err *err)
{
    struct sw_found found;
    int rc = scan_of(tx, workorder->note, v->id, PORTAL_NOTES_MAX, &found, err);
    const struct note *n = rc == SW_OK ? found.v : NULL;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++) {
        if (n[i].internal) { /* staff's own notes never reach a customer's view */
            continue;
        }
        struct portal_task *t = task_of(v, n[i].task);
        struct portal_note *o = t ? SW_PUSH(sw_tx_arena(tx), t->notes) : SW_PUSH(sw_tx_arena(tx), v->notes);
        *o = (struct portal_note){.at = n[i].at, .who = n[i].member_name, .text = n[i].text};
    }
    return rc;
}

static int fill_files(struct sw_tx *tx, struct portal_job_view *v, struct sw_err *err)
{
    struct sw_list files = {0};
    int rc = sw_files_of(tx, workorder->job, v->id, &files, err);
    const struct sw_file_view *f = files.v;
    for (size_t i = 0; rc == SW_OK && i < files.n; i++) {
        if (!f[i].internal) {
            struct portal_task *t = task_of(v, f[i].parent);
            *(t ? SW_PUSH(sw_tx_arena(tx), t->files) : SW_PUSH(sw_tx_arena(tx), v->files)) = f[i];
        }
    }
    return rc;
}

int portal_job_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job *j = sw_req_record(r, "job");
    sw_depends(r, workorder->job, j->head.id);
    sw_depends(r, customers->unit, j->unit);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct portal_job_view *v = SW_NEW(sw_req_arena(r), struct portal_job_view);
    *v = (struct portal_job_view){.id = j->head.id, .title = j->title, .unit_name = j->unit_name, .plate = j->plate,
        .advisor = j->advisor_name, .complaint = j->complaint, .status = portal_status_of(j),
        .ask = portal_ask_of(j), .opened = j->opened,
        .scheduled = j->scheduled, .due = j->due, .completed = j->completed, .usage = j->usage_in, .tasks_total = j->tasks,
        .tasks_done = j->tasks_done, .guest = sw_req_is_guest(r), .authorized = j->authorization == JOB_AUTH_AUTHORIZED};
    if (v->guest) { /* signing by the mailed link asks for the plate: the link alone must not tell it */
        v->plate = (struct sw_str){0};
    }
    struct unit u;
    /* The unit as it is known today; a sold one keeps its name on the job and shows no more (ownership follows the job's customer). */
    if (sw_get(tx, customers->unit, j->unit, &u, NULL) == SW_OK) {
        v->vin = u.vin;
        v->plate_region = v->guest ? (struct sw_str){0} : u.plate_region;
        v->unit_number = u.unit_number;
    }
    int rc = fill_tasks(tx, v, v->ask == PORTAL_ASK_REQUIRED, err);
    if (rc != SW_OK || (rc = fill_parts(tx, v, err)) != SW_OK || (rc = fill_notes(tx, v, err)) != SW_OK ||
        (rc = fill_files(tx, v, err)) != SW_OK) {
        return rc;
    }
    return sw_show(r, v);
}
