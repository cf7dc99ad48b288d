/* board.c: the shop's open work by state, and the technician's own page. */
#include "records.h"

#include <stdlib.h>

enum { BOARD_PAGE = 100, TECH_TASKS_MAX = 60 };

/* ---- /board/work */

static int board_tab(struct sw_req *r, struct board_view *v, int32_t state, bool current, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    size_t n = 0;
    struct sw_scan scan = {.type = &job_record, .index = "state", .equal = {SW_K_INT(state)}};
    int rc = sw_count(tx, &scan, 999, &n, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct sw_word *w = sw_enum_word(&job_states, state);
    struct tab_row *t = SW_PUSH(sw_req_arena(r), v->tabs);
    *t = (struct tab_row){.path = sw_printf(sw_req_arena(r), "/board/work?state=%s", w->word),
                          .label = sw_str_of(sw_text(SW_TEXT_DOMAIN, w->label)), .total = (int64_t)n, .current = current};
    return SW_OK;
}

int board_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct board_form *f = sw_req_form(r);
    sw_depends(r, &job_record, 0);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    int32_t state = JOB_IN_PROGRESS;
    for (const struct sw_word *w = job_states.words; f->state.n && w->word; w++) {
        if (sw_str_is(f->state, w->word)) {
            state = w->value;
        }
    }
    struct board_view *v = SW_NEW(sw_req_arena(r), struct board_view);
    v->state = sw_str_of(sw_enum_word(&job_states, state)->word);
    for (int32_t s = JOB_WORK_REQUIRED; s <= JOB_CANCELLED; s++) {
        int rc = board_tab(r, v, s, s == state, err);
        if (rc != SW_OK) {
            return rc;
        }
    }
    struct sw_found found;
    struct sw_scan scan = {.type = &job_record, .index = "state", .equal = {SW_K_INT(state)}, .descending = true, .limit = BOARD_PAGE,
                           .after = f->after};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct job *j = found.v;
    for (size_t i = 0; i < found.n; i++) {
        struct job_row *row = SW_PUSH(sw_req_arena(r), v->jobs);
        *row = (struct job_row){.id = j[i].head.id, .title = j[i].title, .customer_name = j[i].customer_name, .unit_name = j[i].unit_name,
            .plate = j[i].plate, .advisor_name = j[i].advisor_name, .state = j[i].state, .authorization = j[i].authorization,
            .opened = j[i].opened, .due = j[i].due, .tasks = j[i].tasks, .tasks_done = j[i].tasks_done, .ro_number = j[i].ro_number,
            .late = j[i].due && j[i].due < sw_now(tx) && j[i].state <= JOB_IN_PROGRESS};
    }
    v->next = found.next;
    return sw_show(r, v);
}

/* ---- /tech */

/* What a task's row shows of its job; false: the job is not being worked on. */
static bool of_job(struct sw_tx *tx, struct task_row *row)
{
    struct job j;
    if (sw_get(tx, &job_record, row->job, &j, NULL) != SW_OK || j.state > JOB_IN_PROGRESS) {
        return false;
    }
    row->unit_name = j.unit_name;
    row->plate = j.plate;
    row->customer_name = j.customer_name;
    row->due = j.due;
    row->ro_number = j.ro_number;
    row->authorization = j.authorization;
    row->waits = j.authorization == JOB_AUTH_PENDING || j.authorization == JOB_AUTH_SUPERSEDED;
    return true;
}

static int by_priority(const void *a, const void *b)
{
    const struct task_row *x = a, *y = b;
    int64_t px = x->priority ? x->priority : 1000, py = y->priority ? y->priority : 1000;
    if (px != py) {
        return px < py ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static int tasks_of(struct sw_tx *tx, uint64_t technician, int32_t state, struct sw_list *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &task_record, .index = "technician", .equal = {SW_K_INT(technician), SW_K_INT(state)},
                           .limit = TECH_TASKS_MAX};
    int rc = sw_scan(tx, &scan, &found, err);
    const struct task *t = rc == SW_OK ? found.v : NULL;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++) {
        struct task_row row;
        task_fill(tx, &row, &t[i]);
        if (of_job(tx, &row)) {
            out->v = sw_list_grow_(sw_tx_arena(tx), out->v, out->n, sizeof row);
            ((struct task_row *)out->v)[out->n++] = row;
        }
    }
    return rc;
}

/* The task at the top of the page with all a technician needs: notes, photos, steps. */
static int current_fill(struct sw_tx *tx, uint64_t id, uint64_t running, struct task_row **out, struct sw_err *err)
{
    struct task t;
    struct job j;
    int rc = sw_get(tx, &task_record, id, &t, err);
    if (rc != SW_OK || (rc = sw_get(tx, &job_record, t.job, &j, err)) != SW_OK) {
        return rc;
    }
    struct sw_arena *a = sw_tx_arena(tx);
    struct task_row *row = SW_NEW(a, struct task_row);
    task_fill(tx, row, &t);
    of_job(tx, row);
    row->running_here = running == id;
    struct sw_list list;
    if ((rc = task_actions(tx, &j, &t, row->running_here, &list)) != SW_OK) {
        return rc;
    }
    row->actions.v = list.v;
    row->actions.n = list.n;
    struct sw_found found;
    struct sw_scan scan = {.type = &note_record, .index = "job", .equal = {SW_K_INT(t.job)}, .limit = JOB_NOTES_MAX};
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK || (rc = sw_files_of(tx, &job_record, t.job, &list, err)) != SW_OK) {
        return rc;
    }
    const struct note *n = found.v;
    for (size_t i = 0; i < found.n; i++) {
        if (n[i].task == id || !n[i].task) {
            struct note_row *note = SW_PUSH(a, row->notes);
            *note = (struct note_row){.id = n[i].head.id, .task = n[i].task, .at = n[i].at, .who = n[i].member_name, .text = n[i].text,
                                      .internal = n[i].internal};
        }
    }
    const struct sw_file_view *f = list.v;
    for (size_t i = 0; i < list.n; i++) {
        if (f[i].parent == id) {
            *SW_PUSH(a, row->files) = f[i];
        }
    }
    *out = row;
    return SW_OK;
}

int tech_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct tech_form *f = sw_req_form(r);
    const struct sw_viewer *who = sw_tx_viewer(tx);
    sw_depends(r, &task_record, 0);
    sw_depends(r, &job_record, 0);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct tech_view *v = SW_NEW(sw_req_arena(r), struct tech_view);
    v->name = who->name;
    struct time_entry clock = {0};
    int rc = who->member ? clock_of(tx, who->member, &clock, err) : SW_ENOTFOUND;
    if (rc != SW_OK && rc != SW_ENOTFOUND) {
        return rc;
    }
    struct sw_list mine = {0}, unassigned = {0};
    if (who->member) {
        if ((rc = tasks_of(tx, who->member, TASK_IN_PROGRESS, &mine, err)) != SW_OK ||
            (rc = tasks_of(tx, who->member, TASK_NEW, &mine, err)) != SW_OK) {
            return rc;
        }
        if (mine.n) {
            qsort(mine.v, mine.n, sizeof(struct task_row), by_priority);
        }
    }
    if ((rc = tasks_of(tx, 0, TASK_NEW, &unassigned, err)) != SW_OK || (rc = tasks_of(tx, 0, TASK_IN_PROGRESS, &unassigned, err)) != SW_OK) {
        return rc;
    }
    uint64_t top = f->task ? f->task : clock.task;
    if (!top && mine.n) {
        top = ((const struct task_row *)mine.v)[0].id;
    }
    if (top && (rc = current_fill(tx, top, clock.task, &v->current, err)) != SW_OK) {
        return rc;
    }
    if (clock.task && clock.task != top && (rc = current_fill(tx, clock.task, clock.task, &v->elsewhere, err)) != SW_OK) {
        return rc;
    }
    const struct task_row *m = mine.v;
    for (size_t i = 0; i < mine.n; i++) {
        if (m[i].id != top) {
            *SW_PUSH(sw_req_arena(r), v->next) = m[i];
        }
    }
    v->free_tasks.v = unassigned.v;
    v->free_tasks.n = unassigned.n;
    return sw_show(r, v);
}
