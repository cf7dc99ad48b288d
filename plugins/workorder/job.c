/* job.c: the work order: written up, shown, edited, moved on. */
#include "records.h"

int job_all_read(struct sw_tx *tx, const struct job *job, struct job_all *out, struct sw_err *err)
{
    *out = (struct job_all){.job = job};
    struct sw_found found;
    struct sw_scan scan = {.type = &task_record, .index = "job", .equal = {SW_K_INT(job->head.id)}, .limit = JOB_TASKS_MAX};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    out->tasks = found.v;
    out->n_tasks = found.n;
    scan.type = &part_record;
    scan.limit = JOB_PARTS_MAX;
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK) {
        return rc;
    }
    out->parts = found.v;
    out->n_parts = found.n;
    scan.type = &fee_record;
    scan.limit = JOB_FEES_MAX;
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK) {
        return rc;
    }
    out->fees = found.v;
    out->n_fees = found.n;
    return SW_OK;
}

int job_must_be_open(const struct job *job, struct sw_err *err)
{
    switch (job->state) {
    case JOB_SUBMITTED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job waits for the customer. Take it back before you change it."));
    case JOB_INVOICED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job is invoiced and can't be changed any more."));
    case JOB_CANCELLED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job is cancelled and can't be changed any more."));
    default:
        return SW_OK;
    }
}

int job_refresh(struct sw_tx *tx, struct job *job, const char *verb, struct sw_err *err)
{
    struct job_all all;
    int rc = job_all_read(tx, job, &all, err);
    if (rc != SW_OK) {
        return rc;
    }
    job->tasks = job->tasks_done = 0;
    for (size_t i = 0; i < all.n_tasks; i++) {
        job->tasks += all.tasks[i].state != TASK_DECLINED;
        job->tasks_done += all.tasks[i].state == TASK_COMPLETED;
    }
    return sw_put(tx, &job_record, job, verb, err);
}

int job_name(struct sw_tx *tx, struct job *job, struct sw_err *err)
{
    struct customer c;
    struct unit u;
    int rc = sw_get(tx, customers->customer, job->customer, &c, err);
    if (rc != SW_OK || (rc = sw_get(tx, customers->unit, job->unit, &u, err)) != SW_OK) {
        return rc;
    }
    job->customer_name = customers->name(sw_tx_arena(tx), &c);
    job->unit_name = customers->unit_name(sw_tx_arena(tx), &u);
    job->plate = u.plate;
    return SW_OK;
}

int stale_unless(int64_t shown, const struct sw_head *head, const struct sw_req *r, struct sw_err *err)
{
    if (sw_req_has(r, "version") && shown && (uint64_t)shown != head->version) {
        return sw_fail(err, SW_ESTALE, "", "%s", _("Somebody changed this while you looked at it. Look at the new values, then change them again."));
    }
    return SW_OK;
}

int member_options(struct sw_tx *tx, uint32_t licences, uint64_t chosen, struct sw_list *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_member_record, .index = "name", .limit = SW_SCAN_MAX};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct sw_member *m = found.v;
    struct person_row *v = SW_NEW_N(sw_tx_arena(tx), struct person_row, found.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++) {
        if ((m[i].licences & licences) && (!m[i].disabled || m[i].head.id == chosen)) {
            v[n++] = (struct person_row){.id = m[i].head.id, .name = m[i].name, .chosen = m[i].head.id == chosen};
        }
    }
    *out = (struct sw_list){v, n};
    return SW_OK;
}

int member_named(struct sw_tx *tx, uint64_t id, uint32_t licences, const char *field, struct sw_str *name, struct sw_err *err)
{
    *name = (struct sw_str){0};
    if (!id) {
        return SW_OK;
    }
    struct sw_member m;
    if (sw_get(tx, &sw_member_record, id, &m, NULL) != SW_OK || m.disabled || !(m.licences & licences)) {
        return sw_fail(err, SW_EINVALID, field, "%s", _("Choose a person of this shop who has the licence for it."));
    }
    *name = m.name;
    return SW_OK;
}

/* ---- New */

int job_new_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct new_form *f = sw_req_form(r);
    struct new_view *v = SW_NEW(sw_req_arena(r), struct new_view);
    v->customer = f->customer;
    if (!v->customer) { /* a refused form is shown again without the query */
        struct sw_str typed = sw_req_typed(r, "customer");
        for (size_t i = 0; i < typed.n && i < 18 && typed.p[i] >= '0' && typed.p[i] <= '9'; i++) {
            v->customer = v->customer * 10 + (uint64_t)(typed.p[i] - '0');
        }
    }
    struct unit asked;
    if (!v->customer && f->unit && sw_get(tx, customers->unit, f->unit, &asked, NULL) == SW_OK) {
        v->customer = asked.customer;
    }
    if (!v->customer) {
        return sw_show(r, v);
    }
    struct customer c;
    int rc = sw_get(tx, customers->customer, v->customer, &c, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (c.merged_into) {
        v->customer = c.merged_into;
    }
    v->customer_name = customers->name(sw_req_arena(r), &c);
    struct sw_found found;
    struct sw_scan scan = {.type = customers->unit, .index = "customer", .equal = {SW_K_INT(v->customer)}, .limit = SW_SCAN_MAX};
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK) {
        return rc;
    }
    const struct unit *u = found.v;
    for (size_t i = 0; i < found.n; i++) {
        struct person_row *o = SW_PUSH(sw_req_arena(r), v->units);
        struct sw_str name = customers->unit_name(sw_req_arena(r), &u[i]);
        o->id = u[i].head.id;
        o->name = u[i].plate.n ? sw_printf(sw_req_arena(r), SW_STR_FMT ", " SW_STR_FMT, SW_STR_ARG(name), SW_STR_ARG(u[i].plate)) : name;
        o->chosen = found.n == 1 || o->id == f->unit;
        if (o->chosen) {
            v->unit = o->id;
        }
    }
    return sw_show(r, v);
}

static int form_take(struct sw_req *r, const struct job_form *f, struct job *j, struct sw_err *err)
{
    bool page = !sw_req_wants_json(r);
    if (sw_req_has(r, "title")) {
        j->title = f->title;
    }
    if (sw_req_has(r, "complaint")) {
        j->complaint = f->complaint;
    }
    if (sw_req_has(r, "scheduled")) {
        j->scheduled = f->scheduled;
    }
    if (sw_req_has(r, "due")) {
        j->due = f->due;
    }
    if (sw_req_has(r, "usage_in")) {
        j->usage_in = f->usage_in;
    }
    if (page || sw_req_has(r, "wants_estimate")) { /* a tick that is off sends nothing */
        j->wants_estimate = f->wants_estimate;
    }
    if (sw_req_has(r, "advisor") && f->advisor != j->advisor) {
        j->advisor = f->advisor;
        return member_named(sw_req_tx(r), f->advisor, SW_ADVISOR | SW_ADMIN, "advisor", &j->advisor_name, err);
    }
    return SW_OK;
}

int job_create(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job_form *f = sw_req_form(r);
    const struct sw_viewer *who = sw_tx_viewer(tx);
    struct customer c;
    struct unit u;
    if (sw_get(tx, customers->customer, f->customer, &c, NULL) != SW_OK) {
        return sw_fail(err, SW_EINVALID, "customer", "%s", _("There is no such customer."));
    }
    uint64_t customer = c.merged_into ? c.merged_into : c.head.id;
    if (sw_get(tx, customers->unit, f->unit, &u, NULL) != SW_OK || u.customer != customer) {
        return sw_fail(err, SW_EINVALID, "unit", "%s", _("Choose a unit of this customer."));
    }
    struct job j = {.customer = customer, .unit = u.head.id, .state = JOB_WORK_REQUIRED, .opened = sw_now(tx), .advisor = who->member,
                    .advisor_name = who->name};
    int rc = form_take(r, f, &j, err);
    if (rc != SW_OK || (rc = job_name(tx, &j, err)) != SW_OK || (rc = sw_put(tx, &job_record, &j, NULL, err)) != SW_OK) {
        return rc;
    }
    return sw_done(r, j.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

/* ---- Edit and move on */

int job_edit(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    int rc = stale_unless(f->version, &j.head, r, err);
    if (rc != SW_OK || (rc = job_must_be_open(&j, err)) != SW_OK || (rc = form_take(r, f, &j, err)) != SW_OK ||
        (rc = job_name(tx, &j, err)) != SW_OK || (rc = sw_put(tx, &job_record, &j, NULL, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Saved."));
    return sw_done(r, j.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

int job_do(struct sw_req *r, struct sw_err *err)
{
    const struct do_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    int rc = sw_machine_do(sw_req_tx(r), &job_machine, &j, sw_cstr(sw_req_arena(r), f->action), f->reason, err);
    if (rc != SW_OK) {
        return rc;
    }
    return sw_done(r, j.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

/* ---- The page */

enum { HISTORY_ROWS = 40 };

struct event_word {
    const char *kind, *text;
};
/* What the log's machine words say to a person. What is not here shows its own words; NULL is left out: it comes with another event that says it. */
static const struct event_word event_words[] = {
    {"workorder.job.created", N_("wrote up the job")},
    {"workorder.job.changed", N_("changed the job")},
    {"workorder.job.start", N_("started work")},
    {"workorder.job.ready", N_("unit ready")},
    {"workorder.job.more_work", N_("more work")},
    {"workorder.job.complete", N_("completed the job")},
    {"workorder.job.invoice", N_("invoiced the job")},
    {"workorder.job.cancel", N_("cancelled the job")},
    {"workorder.job.authorization_asked", NULL},
    {"workorder.job.authorization_signed", NULL},
    {"workorder.job.authorization_declined", NULL},
    {"workorder.job.authorization_superseded", NULL},
    {"workorder.job.lines_changed", NULL},
    {"workorder.task.created", N_("added a task")},
    {"workorder.task.changed", N_("changed a task")},
    {"workorder.task.deleted", N_("removed a task")},
    {"workorder.task.clock_on", N_("clocked on to a task")},
    {"workorder.task.clock_off", N_("clocked off a task")},
    {"workorder.task.complete", N_("completed a task")},
    {"workorder.task.reopen", N_("reopened a task")},
    {"workorder.task.decline", N_("marked a task as declined")},
    {"workorder.task.taken", N_("took a task")},
    {"workorder.task.time_corrected", N_("corrected the time of a task")},
    {"workorder.part.created", N_("added a part")},
    {"workorder.part.changed", N_("changed a part")},
    {"workorder.part.deleted", N_("removed a part")},
    {"workorder.fee.created", N_("added a fee")},
    {"workorder.fee.changed", N_("changed a fee")},
    {"workorder.fee.deleted", N_("removed a fee")},
    {"workorder.note.created", N_("wrote a note")},
    {"workorder.time.started", NULL},
    {"workorder.time.stopped", NULL},
    {"workorder.time.corrected", NULL},
    {"core.file.created", N_("added a file")},
    {"core.file.changed", NULL},
    {"core.file.previewed", NULL},
    {"authorization.authorization.asked", N_("asked for authorization")},
    {"authorization.authorization.signed", N_("authorized the work")},
    {"authorization.authorization.declined", N_("declined the work")},
    {"authorization.authorization.superseded", N_("a line was edited after the authorization")},
    {"authorization.authorization.document", N_("signed document made")},
};

static struct sw_str event_text(struct sw_arena *a, const struct sw_event *e)
{
    for (size_t i = 0; i < sizeof event_words / sizeof event_words[0]; i++) {
        if (sw_str_is(e->kind, event_words[i].kind)) {
            return event_words[i].text ? sw_str_of(sw_text(SW_TEXT_DOMAIN, event_words[i].text)) : (struct sw_str){0};
        }
    }
    return sw_printf(a, SW_STR_FMT " " SW_STR_FMT, SW_STR_ARG(e->kind), SW_STR_ARG(e->note));
}

static int fill_events(struct sw_req *r, struct job_view *v, struct sw_err *err)
{
    struct sw_event *e;
    size_t n;
    int rc = sw_history(sw_req_tx(r), &job_record, v->id, 120, &e, &n, err);
    for (size_t i = 0; rc == SW_OK && i < n && v->events.n < HISTORY_ROWS; i++) {
        struct sw_str what = event_text(sw_req_arena(r), &e[i]);
        if (!what.n) {
            continue;
        }
        struct event_row *row = SW_PUSH(sw_req_arena(r), v->events);
        *row = (struct event_row){.at = e[i].at, .who = e[i].user_name.n ? e[i].user_name : sw_str_of(_("Shopwright")),
                                  .what = what};
    }
    return rc;
}

static struct task_row *row_of(struct job_view *v, uint64_t task)
{
    for (size_t i = 0; task && i < v->tasks.n; i++) {
        if (v->tasks.v[i].id == task) {
            return &v->tasks.v[i];
        }
    }
    return NULL;
}

static void fill_totals(struct job_view *v)
{
    for (size_t i = 0; i < v->priced->lines.n; i++) {
        const struct priced_line *l = &v->priced->lines.v[i];
        struct task_row *t = row_of(v, l->task);
        if (l->kind == LINE_LABOR && t) {
            t->total = l->total;
            t->estimated_total = l->estimated_total;
            t->over = l->over;
        } else if (l->kind == LINE_PART) {
            struct part_row *p = t ? t->parts.v : v->parts.v;
            size_t n = t ? t->parts.n : v->parts.n;
            for (size_t k = 0; k < n; k++) {
                if (p[k].id == l->id) {
                    p[k].total = l->total;
                }
            }
        }
    }
}

static int fill_children(struct sw_req *r, struct job_view *v, const struct job *job, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    struct job_all all;
    struct time_entry mine = {0};
    int rc = job_all_read(tx, job, &all, err);
    if (rc == SW_OK && sw_tx_viewer(tx)->member) {
        int found = clock_of(tx, sw_tx_viewer(tx)->member, &mine, err);
        rc = found == SW_ENOTFOUND ? SW_OK : found;
    }
    for (size_t i = 0; rc == SW_OK && i < all.n_tasks; i++) {
        struct task_row *t = SW_PUSH(a, v->tasks);
        task_fill(tx, t, &all.tasks[i]);
        t->running_here = mine.task == t->id;
        struct sw_list actions = {0};
        if (v->open) {
            rc = task_actions(tx, job, &all.tasks[i], t->running_here, &actions);
        }
        t->actions.v = actions.v;
        t->actions.n = actions.n;
    }
    if (rc != SW_OK) {
        return rc;
    }
    for (size_t i = 0; i < all.n_parts; i++) {
        const struct part *p = &all.parts[i];
        struct task_row *t = row_of(v, p->task);
        struct part_row *row = t ? SW_PUSH(a, t->parts) : SW_PUSH(a, v->parts);
        *row = (struct part_row){.id = p->head.id, .task = p->task, .description = p->description, .number = p->number,
                                 .quantity = p->quantity, .price = p->price, .taxed = p->taxed, .customers_own = p->customers_own};
    }
    for (size_t i = 0; i < all.n_fees; i++) {
        struct fee_row *row = SW_PUSH(a, v->fees);
        *row = (struct fee_row){.id = all.fees[i].head.id, .description = all.fees[i].description, .amount = all.fees[i].amount,
                                .taxed = all.fees[i].taxed};
    }
    struct sw_found found;
    struct sw_scan scan = {.type = &note_record, .index = "job", .equal = {SW_K_INT(job->head.id)}, .limit = JOB_NOTES_MAX};
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK) {
        return rc;
    }
    const struct note *notes = found.v;
    for (size_t i = 0; i < found.n; i++) {
        struct task_row *t = row_of(v, notes[i].task);
        struct note_row *row = t ? SW_PUSH(a, t->notes) : SW_PUSH(a, v->notes);
        *row = (struct note_row){.id = notes[i].head.id, .task = notes[i].task, .at = notes[i].at, .who = notes[i].member_name,
                                 .text = notes[i].text, .internal = notes[i].internal};
    }
    struct sw_list files = {0};
    if ((rc = sw_files_of(tx, &job_record, job->head.id, &files, err)) != SW_OK) {
        return rc;
    }
    const struct sw_file_view *f = files.v;
    for (size_t i = 0; i < files.n; i++) {
        struct task_row *t = row_of(v, f[i].parent);
        *(t ? SW_PUSH(a, t->files) : SW_PUSH(a, v->files)) = f[i];
    }
    return SW_OK;
}

static struct job_view *view_of(struct sw_req *r, const struct job *j)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job_view *v = SW_NEW(sw_req_arena(r), struct job_view);
    *v = (struct job_view){.id = j->head.id, .customer = j->customer, .unit = j->unit, .advisor = j->advisor,
        .version = (int64_t)j->head.version, .title = j->title, .complaint = j->complaint, .customer_name = j->customer_name,
        .unit_name = j->unit_name, .plate = j->plate, .advisor_name = j->advisor_name, .cancel_reason = j->cancel_reason,
        .state = j->state, .authorization = j->authorization, .ro_number = j->ro_number, .opened = j->opened, .scheduled = j->scheduled,
        .due = j->due, .completed = j->completed, .usage_in = j->usage_in, .tasks_total = j->tasks, .tasks_done = j->tasks_done,
        .labor_rate = sw_shop(tx)->labor_rate, .wants_estimate = j->wants_estimate, .open = job_must_be_open(j, NULL) == SW_OK,
        .advising = (sw_tx_viewer(tx)->licences & (SW_ADVISOR | SW_ADMIN)) != 0,
        .asks_again = j->authorization == JOB_AUTH_SUPERSEDED,
        .can_authorize = sw_interface("authorization", 1) != NULL};
    return v;
}

int job_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job *j = sw_req_record(r, "job");
    sw_depends(r, &job_record, j->head.id);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct job_view *v = view_of(r, j);
    struct customer c;
    struct unit u;
    int rc = sw_get(tx, customers->customer, j->customer, &c, err);
    if (rc != SW_OK || (rc = sw_get(tx, customers->unit, j->unit, &u, err)) != SW_OK) {
        return rc;
    }
    v->customer_phone = c.phone;
    v->vin = u.vin;
    struct sw_list list = {0};
    if ((rc = fill_children(r, v, j, err)) != SW_OK || (rc = sw_machine_offers(tx, &job_machine, j, &list)) != SW_OK) {
        return rc;
    }
    v->actions.v = list.v;
    v->actions.n = list.n;
    if (v->advising && v->open) {
        if ((rc = member_options(tx, SW_TECHNICIAN, 0, &list, err)) != SW_OK) {
            return rc;
        }
        v->technicians.v = list.v;
        v->technicians.n = list.n;
        for (size_t i = 0; i < v->tasks.n; i++) {
            struct person_row *o = SW_PUSH(sw_req_arena(r), v->tasks_for_parts);
            *o = (struct person_row){.id = v->tasks.v[i].id, .name = v->tasks.v[i].title};
        }
    }
    struct sw_err rule = {0};
    v->priced = SW_NEW(sw_req_arena(r), struct priced);
    rc = price_job(tx, j, v->priced, &rule);
    if (rc == SW_ERULE) { /* the page stays whole: only the totals are missing, and it says why */
        v->priced = NULL;
        v->rule_error = sw_copy(sw_req_arena(r), sw_str_of(rule.message));
    } else if (rc != SW_OK) {
        return sw_fail(err, rule.code, rule.field, "%s", rule.message);
    } else {
        fill_totals(v);
    }
    if (v->asks_again && job_explain) {
        v->changes = SW_NEW(sw_req_arena(r), struct job_changes);
        if ((rc = job_explain(tx, j, v->changes, err)) != SW_OK) {
            return rc;
        }
    }
    if ((rc = fill_events(r, v, err)) != SW_OK) {
        return rc;
    }
    return sw_show(r, v);
}

int job_edit_page(struct sw_req *r, struct sw_err *err)
{
    const struct job *j = sw_req_record(r, "job");
    struct job_view *v = view_of(r, j);
    struct sw_list list;
    int rc = member_options(sw_req_tx(r), SW_ADVISOR | SW_ADMIN, j->advisor, &list, err);
    if (rc != SW_OK) {
        return rc;
    }
    v->technicians.v = list.v; /* here: who may be the advisor */
    v->technicians.n = list.n;
    return sw_show(r, v);
}
