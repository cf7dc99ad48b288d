/* line.c: parts and fees of a work order. */
#include "records.h"

static int part_take(struct sw_req *r, const struct part_form *f, struct part *p, struct sw_err *err)
{
    bool page = !sw_req_wants_json(r);
    if (sw_req_has(r, "description")) {
        p->description = f->description;
    }
    if (sw_req_has(r, "number")) {
        p->number = f->number;
    }
    if (sw_req_has(r, "quantity")) {
        p->quantity = f->quantity;
    }
    if (sw_req_has(r, "price")) {
        p->price = f->price;
    }
    if (page || sw_req_has(r, "taxed")) {
        p->taxed = f->taxed;
    }
    if (page || sw_req_has(r, "customers_own")) {
        p->customers_own = f->customers_own;
    }
    if (!p->quantity) {
        p->quantity = 1000;
    }
    if (p->customers_own && p->price) {
        return sw_fail(err, SW_EINVALID, "price", "%s", _("A part that the customer brings has no price."));
    }
    if (sw_req_has(r, "task")) {
        struct task t;
        if (f->task && (sw_get(sw_req_tx(r), &task_record, f->task, &t, NULL) != SW_OK || t.job != p->job)) {
            return sw_fail(err, SW_EINVALID, "task", "%s", _("Choose a task of this job."));
        }
        p->task = f->task;
    }
    return SW_OK;
}

int part_add(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct job_all all;
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK || (rc = job_all_read(tx, &j, &all, err)) != SW_OK) {
        return rc;
    }
    if (all.n_parts >= JOB_PARTS_MAX) {
        return sw_fail(err, SW_ETOOLARGE, "description", _("A job can have at most %d parts."), JOB_PARTS_MAX);
    }
    struct part p = {.job = j.head.id};
    if ((rc = part_take(r, sw_req_form(r), &p, err)) != SW_OK || (rc = sw_put(tx, &part_record, &p, NULL, err)) != SW_OK ||
        (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    return sw_done(r, p.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

int part_edit(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct part_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct part p = *(const struct part *)sw_req_record(r, "part");
    int rc = stale_unless(f->version, &p.head, r, err);
    if (rc != SW_OK || (rc = job_must_be_open(&j, err)) != SW_OK || (rc = part_take(r, f, &p, err)) != SW_OK ||
        (rc = sw_put(tx, &part_record, &p, NULL, err)) != SW_OK || (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Saved."));
    return sw_done(r, p.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

static int remove_line(struct sw_req *r, const struct sw_record *type, const char *param, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK || (rc = sw_delete(tx, type, sw_req_id(r, param), "deleted", err)) != SW_OK ||
        (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Removed."));
    return sw_done(r, 0, "/jobs/%llu", (unsigned long long)j.head.id);
}

int part_remove(struct sw_req *r, struct sw_err *err)
{
    return remove_line(r, &part_record, "part", err);
}

int fee_remove(struct sw_req *r, struct sw_err *err)
{
    return remove_line(r, &fee_record, "fee", err);
}

static void fee_take(struct sw_req *r, const struct fee_form *f, struct fee *fee)
{
    if (sw_req_has(r, "description")) {
        fee->description = f->description;
    }
    if (sw_req_has(r, "amount")) {
        fee->amount = f->amount;
    }
    if (!sw_req_wants_json(r) || sw_req_has(r, "taxed")) {
        fee->taxed = f->taxed;
    }
}

int fee_add(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct job_all all;
    int rc = job_must_be_open(&j, err);
    if (rc != SW_OK || (rc = job_all_read(tx, &j, &all, err)) != SW_OK) {
        return rc;
    }
    if (all.n_fees >= JOB_FEES_MAX) {
        return sw_fail(err, SW_ETOOLARGE, "description", _("A job can have at most %d fees."), JOB_FEES_MAX);
    }
    struct fee fee = {.job = j.head.id};
    fee_take(r, sw_req_form(r), &fee);
    if ((rc = sw_put(tx, &fee_record, &fee, NULL, err)) != SW_OK || (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    return sw_done(r, fee.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

int fee_edit(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct fee_form *f = sw_req_form(r);
    struct job j = *(const struct job *)sw_req_record(r, "job");
    struct fee fee = *(const struct fee *)sw_req_record(r, "fee");
    int rc = stale_unless(f->version, &fee.head, r, err);
    if (rc != SW_OK || (rc = job_must_be_open(&j, err)) != SW_OK) {
        return rc;
    }
    fee_take(r, f, &fee);
    if ((rc = sw_put(tx, &fee_record, &fee, NULL, err)) != SW_OK || (rc = job_refresh(tx, &j, "lines_changed", err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Saved."));
    return sw_done(r, fee.head.id, "/jobs/%llu", (unsigned long long)j.head.id);
}

/* ---- Their pages: one form each */

static struct line_view *line_view_of(struct sw_req *r)
{
    const struct job *j = sw_req_record(r, "job");
    struct line_view *v = SW_NEW(sw_req_arena(r), struct line_view);
    *v = (struct line_view){.job = j->head.id, .job_title = j->title, .unit_name = j->unit_name, .plate = j->plate,
                            .open = job_must_be_open(j, NULL) == SW_OK};
    return v;
}

int part_page(struct sw_req *r, struct sw_err *err)
{
    const struct part *p = sw_req_record(r, "part");
    struct line_view *v = line_view_of(r);
    struct job_all all;
    int rc = job_all_read(sw_req_tx(r), sw_req_record(r, "job"), &all, err);
    if (rc != SW_OK) {
        return rc;
    }
    for (size_t i = 0; i < all.n_tasks; i++) {
        struct person_row *o = SW_PUSH(sw_req_arena(r), v->tasks);
        *o = (struct person_row){.id = all.tasks[i].head.id, .name = all.tasks[i].title, .chosen = all.tasks[i].head.id == p->task};
    }
    v->version = (int64_t)p->head.version;
    v->part = SW_NEW(sw_req_arena(r), struct part_row);
    *v->part = (struct part_row){.id = p->head.id, .task = p->task, .description = p->description, .number = p->number,
                                 .quantity = p->quantity, .price = p->price, .taxed = p->taxed, .customers_own = p->customers_own};
    return sw_show(r, v);
}

int fee_page(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    const struct fee *f = sw_req_record(r, "fee");
    struct line_view *v = line_view_of(r);
    v->version = (int64_t)f->head.version;
    v->fee = SW_NEW(sw_req_arena(r), struct fee_row);
    *v->fee = (struct fee_row){.id = f->head.id, .description = f->description, .amount = f->amount, .taxed = f->taxed};
    return sw_show(r, v);
}
