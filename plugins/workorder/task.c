/* task.c: the tasks of a work order. */
#include "records.h"

void task_fill(struct sw_tx *tx, struct task_row *row, const struct task *t)
{
    int64_t now = sw_now(tx);
    *row = (struct task_row){.id = t->head.id, .job = t->job, .place = t->place, .version = (int64_t)t->head.version, .title = t->title,
        .description = t->description, .kind = t->kind, .state = t->state, .price = t->price, .quantity = t->quantity,
        .estimated = t->estimated, .hourly = t->kind == TASK_HOURLY, .taxed = t->taxed,
        .done = t->state == TASK_COMPLETED || t->state == TASK_DECLINED, .technician = t->technician,
        .technician_name = t->technician_name, .priority = t->priority, .running = t->running, .completed = t->completed,
        .worked = task_worked(t, now), .mine = t->technician && t->technician == sw_tx_viewer(tx)->member};
    row->hours = sw_hours_of(row->worked);
    row->before = t->running ? row->worked - (now - t->running) : row->worked;
    row->estimated_ms = t->estimated * (SW_HOUR / 1000);
    if (row->hourly && row->estimated_ms && row->worked > row->estimated_ms) {
        row->over_ms = row->worked - row->estimated_ms;
    }
}

int task_actions(struct sw_tx *tx, const struct job *job, const struct task *t, bool running_here, struct sw_list *actions)
{
    struct sw_list all = {0};
    int rc = sw_machine_offers(tx, &task_machine, t, &all);
    if (rc != SW_OK) {
        return rc;
    }
    /* The table knows states, not whose clock runs: of the two clock steps one makes sense. */
    const struct sw_action *from = all.v;
    struct sw_action *to = SW_NEW_N(sw_tx_arena(tx), struct sw_action, all.n + 1);
    size_t n = 0;
    bool workable = job->state == JOB_WORK_REQUIRED || job->state == JOB_IN_PROGRESS;
    for (size_t i = 0; i < all.n; i++) {
        if ((sw_str_is(from[i].action, "clock_on") && (running_here || !workable)) ||
            (sw_str_is(from[i].action, "clock_off") && !running_here)) {
            continue;
        }
        to[n++] = from[i];
    }
    *actions = (struct sw_list){to, n};
    return SW_OK;
}

static int form_take(struct sw_req *r, const struct task_form *f, struct task *t, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    bool page = !sw_req_wants_json(r);
    if (sw_req_has(r, "title")) {
        t->title = f->title;
    }
    if (sw_req_has(r, "description")) {
        t->description = f->description;
    }
    if (sw_req_has(r, "kind")) {
        t->kind = f->kind;
    }
    if (sw_req_has(r, "price")) {
        t->price = f->price;
    }
    if (sw_req_has(r, "quantity")) {
        t->quantity = f->quantity;
    }
    if (sw_req_has(r, "estimated")) {
        t->estimated = f->estimated;
    }
    if (page || sw_req_has(r, "taxed")) {
        t->taxed = f->taxed;
    }
    if (sw_req_has(r, "priority")) {
        t->priority = f->priority;
    }
    if (sw_req_has(r, "place") && f->place) {
        t->place = f->place;
    }
    if (t->kind == TASK_HOURLY && !t->price) {
        t->price = sw_shop(tx)->labor_rate;
    }
    if (!t->quantity) {
        t->quantity = 1000;
    }
    if (t->kind == TASK_FLAT) {
        t->estimated = 0;
    } else if (!t->estimated) {
        return sw_fail(err, SW_EINVALID, "estimated", "%s", _("Say how many hours are estimated; the customer sees them beside the actual ones."));
    }
    if (sw_req_has(r, "technician") && f->technician != t->technician) {
        t->technician = f->technician;
        return member_named(tx, f->technician, SW_TECHNICIAN, "technician", &t->technician_name, err);
    }
    return SW_OK;
}

int task_add(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct job_all all;
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK || (rc = job_all_read(tx, &j, &all, err)) != SW_OK) {
        return rc;
    }
    if (all.n_tasks >= JOB_TASKS_MAX) {
        return sw_fail(err, SW_ETOOLARGE, "title", _("A job can have at most %d tasks."), JOB_TASKS_MAX);
    }
    struct task t = {.job = j.head.id, .state = TASK_NEW};
    t.place = all.n_tasks ? all.tasks[all.n_tasks - 1].place + 10 : 10;
    if ((rc = form_take(r, sw_req_form(r), &t, err)) != SW_OK || (rc = sw_put(tx, &task_record, &t, NULL, err)) != SW_OK ||
        (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    return sw_done(r, t.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

int task_edit(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct task_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct task t = *(const struct task *)sw_req_record(r, "task");
    int rc = stale_unless(f->version, &t.head, r, err);
    if (rc != SW_OK || (rc = job_must_be_open(&j, err)) != SW_OK || (rc = form_take(r, f, &t, err)) != SW_OK ||
        (rc = sw_put(tx, &task_record, &t, NULL, err)) != SW_OK || (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Saved."));
    return sw_done(r, t.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

int task_remove(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    const struct task *t = sw_req_record(r, "task");
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (t->state != TASK_NEW || t->clocked || t->clocks) {
        return sw_fail(err, SW_ESTATE, "", _("Work on “" SW_STR_FMT "” has begun: decline it with a reason instead of removing it."),
                       SW_STR_ARG(t->title));
    }
    struct job_all all;
    if ((rc = job_all_read(tx, &j, &all, err)) != SW_OK) {
        return rc;
    }
    for (size_t i = 0; i < all.n_parts; i++) {
        if (all.parts[i].task == t->head.id) {
            return sw_fail(err, SW_ESTATE, "", _("“" SW_STR_FMT "” has parts. Remove them, or give them to another task, first."),
                           SW_STR_ARG(t->title));
        }
    }
    if ((rc = sw_delete(tx, &task_record, t->head.id, "deleted", err)) != SW_OK ||
        (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Removed."));
    return sw_done(r, 0, "/jobs/%llu", (unsigned long long)j.head.id);
}

/* ---- What a technician does */

static int take(struct sw_req *r, struct task *t, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct sw_viewer *who = sw_tx_viewer(tx);
    if (!who->member || !(who->licences & SW_TECHNICIAN)) {
        return sw_fail(err, SW_EDENIED, "", "%s", _("Only a technician takes tasks."));
    }
    if (t->technician == who->member) {
        return SW_OK;
    }
    if (t->technician) {
        return sw_fail(err, SW_ESTATE, "", _("“" SW_STR_FMT "” is assigned to " SW_STR_FMT " already."), SW_STR_ARG(t->title),
                       SW_STR_ARG(t->technician_name));
    }
    t->technician = who->member;
    t->technician_name = who->name;
    return sw_put(tx, &task_record, t, "taken", err);
}

static int go_back(struct sw_req *r, int32_t back, uint64_t job, uint64_t task)
{
    switch (back) {
    case BACK_TASK:
        return sw_done(r, task, "/jobs/%llu/tasks/%llu", (unsigned long long)job, (unsigned long long)task);
    case BACK_TECH:
        return sw_done(r, task, "/tech");
    default:
        return sw_done(r, task, "/jobs/%llu", (unsigned long long)job);
    }
}

int task_do(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct do_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct task t = *(const struct task *)sw_req_record(r, "task");
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (sw_str_is(f->action, "clock_on")) {
        rc = clock_on(tx, &j, &t, f->switch_over, err);
    } else if (sw_str_is(f->action, "clock_off")) {
        rc = clock_off(tx, &t, err);
    } else if (sw_str_is(f->action, "take")) {
        rc = take(r, &t, err);
    } else {
        rc = sw_machine_do(tx, &task_machine, &t, sw_cstr(sw_req_arena(r), f->action), f->reason, err);
        if (rc == SW_OK) {
            rc = job_refresh(tx, &j, "lines_changed", err);
        }
    }
    return rc != SW_OK ? rc : go_back(r, f->back, j.head.id, t.head.id);
}

/* ---- Notes and files, of a task or of the whole job */

static uint64_t task_in_path(struct sw_req *r)
{
    return sw_req_param(r, "task").n ? sw_req_id(r, "task") : 0;
}

int note_add(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct note_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    const struct sw_viewer *who = sw_tx_viewer(tx);
    size_t n = 0;
    struct sw_scan scan = {.type = &note_record, .index = "job", .equal = {SW_K_INT(j->head.id)}};
    int rc = sw_count(tx, &scan, JOB_NOTES_MAX, &n, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (n >= JOB_NOTES_MAX) {
        return sw_fail(err, SW_ETOOLARGE, "text", _("A job can have at most %d notes."), JOB_NOTES_MAX);
    }
    struct note note = {.job = j->head.id, .task = task_in_path(r), .at = sw_now(tx), .member = who->member, .member_name = who->name,
                        .text = f->text, .internal = f->internal};
    if ((rc = sw_put(tx, &note_record, &note, NULL, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, note.internal ? _("Note saved for staff only.") : _("Note saved. The customer sees it on the portal."));
    return go_back(r, note.task || f->back == BACK_TECH ? f->back : BACK_JOB, j->head.id, note.task);
}

int file_add(struct sw_req *r, struct sw_err *err)
{
    const struct upload_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    uint64_t task = task_in_path(r);
    size_t n = 0;
    int rc = sw_files_keep(r, task ? &task_record : &job_record, task ? task : j->head.id, &job_record, j->head.id, f->internal, &n, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!n) {
        return sw_fail(err, SW_EINVALID, "files", "%s", _("Choose at least one photo, video or PDF."));
    }
    return go_back(r, task || f->back == BACK_TECH ? f->back : BACK_JOB, j->head.id, task);
}

/* ---- The page of one task */

static int fill_times(struct sw_tx *tx, struct task_row *row, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &time_record, .index = "task", .equal = {SW_K_INT(row->id)}, .limit = TASK_TIMES_MAX};
    int rc = sw_scan(tx, &scan, &found, err);
    const struct time_entry *e = rc == SW_OK ? found.v : NULL;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++) {
        struct time_row *t = SW_PUSH(sw_tx_arena(tx), row->times);
        *t = (struct time_row){.id = e[i].head.id, .who = e[i].member_name, .reason = e[i].reason, .start = e[i].start, .end = e[i].end,
                               .span = (e[i].end ? e[i].end : sw_now(tx)) - e[i].start};
        row->running_here = row->running_here || (e[i].running && e[i].running == sw_tx_viewer(tx)->member);
    }
    return rc;
}

int task_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    const struct job *j = sw_req_record(r, "job");
    const struct task *t = sw_req_record(r, "task");
    struct task_view *v = SW_NEW(a, struct task_view);
    *v = (struct task_view){.job = j->head.id, .job_title = j->title, .unit_name = j->unit_name, .plate = j->plate,
                            .open = job_must_be_open(j, NULL) == SW_OK,
                            .advising = (sw_tx_viewer(tx)->licences & (SW_ADVISOR | SW_ADMIN)) != 0};
    v->task = SW_NEW(a, struct task_row);
    task_fill(tx, v->task, t);
    struct sw_list list = {0};
    struct time_entry clock;
    v->elsewhere = sw_tx_viewer(tx)->member && clock_of(tx, sw_tx_viewer(tx)->member, &clock, err) == SW_OK && clock.task != t->head.id;
    int rc = fill_times(tx, v->task, err);
    if (rc != SW_OK || (v->open && (rc = task_actions(tx, j, t, v->task->running_here, &list)) != SW_OK)) {
        return rc;
    }
    v->task->actions.v = list.v;
    v->task->actions.n = list.n;
    if ((rc = member_options(tx, SW_TECHNICIAN, t->technician, &list, err)) != SW_OK) {
        return rc;
    }
    v->technicians.v = list.v;
    v->technicians.n = list.n;
    struct sw_found found;
    struct sw_scan scan = {.type = &note_record, .index = "job", .equal = {SW_K_INT(j->head.id)}, .limit = JOB_NOTES_MAX};
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK || (rc = sw_files_of(tx, &job_record, j->head.id, &list, err)) != SW_OK) {
        return rc;
    }
    const struct note *notes = found.v;
    for (size_t i = 0; i < found.n; i++) {
        if (notes[i].task == t->head.id) {
            struct note_row *row = SW_PUSH(a, v->task->notes);
            *row = (struct note_row){.id = notes[i].head.id, .task = notes[i].task, .at = notes[i].at, .who = notes[i].member_name,
                                     .text = notes[i].text, .internal = notes[i].internal};
        }
    }
    const struct sw_file_view *f = list.v;
    for (size_t i = 0; i < list.n; i++) {
        if (f[i].parent == t->head.id) {
            *SW_PUSH(a, v->task->files) = f[i];
        }
    }
    return sw_show(r, v);
}
