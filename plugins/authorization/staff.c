/* staff.c: the advisor's page: ask, see the answer, see which lines changed since, record paper and phone. */
#include "records.h"

static void add_money(struct sw_buf *b, int64_t v)
{
    sw_format_int(b, SW_FMT_MONEY, v, 0);
}

static struct sw_str moved(struct sw_arena *a, const char *what, int64_t from, int64_t to, enum sw_format f)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 64, 200);
    sw_buf_addf(&b, "%s ", what);
    sw_format_int(&b, f, from, 0);
    sw_buf_adds(&b, " → ");
    sw_format_int(&b, f, to, 0);
    return sw_buf_str(&b);
}

static void change(struct sw_arena *a, struct staff_view *v, struct sw_str description, struct sw_str what)
{
    struct change_row *row = SW_PUSH(a, v->changes);
    *row = (struct change_row){.description = description, .what = what};
}

static const struct priced_line *line_of(const struct priced *p, const struct priced_line *l)
{
    for (size_t i = 0; i < p->lines.n; i++) {
        if (p->lines.v[i].kind == l->kind && p->lines.v[i].id == l->id) {
            return &p->lines.v[i];
        }
    }
    return NULL;
}

/* Which lines differ between what was asked and what is written up now. Time on the clock is no edit. */
static void fill_changes(struct sw_arena *a, struct staff_view *v, const struct priced *asked, const struct priced *now)
{
    for (size_t i = 0; i < asked->lines.n; i++) {
        const struct priced_line *was = &asked->lines.v[i], *is = line_of(now, was);
        if (!is) {
            change(a, v, was->description, sw_str_of(_("removed")));
            continue;
        }
        if (!sw_str_eq(was->description, is->description)) {
            change(a, v, was->description, sw_printf(a, _("now called “" SW_STR_FMT "”"), SW_STR_ARG(is->description)));
        }
        if (was->price != is->price) {
            change(a, v, is->description, moved(a, _("price"), was->price, is->price, SW_FMT_MONEY));
        }
        if (was->hourly != is->hourly) {
            change(a, v, is->description, sw_str_of(is->hourly ? _("now by the hour") : _("now flat")));
        } else if (!is->hourly && was->quantity != is->quantity) {
            change(a, v, is->description, moved(a, _("quantity"), was->quantity, is->quantity, SW_FMT_QTY));
        } else if (is->hourly && was->estimated != is->estimated) {
            change(a, v, is->description, moved(a, _("estimated hours"), was->estimated, is->estimated, SW_FMT_HOURS));
        }
        if (was->taxed != is->taxed) {
            change(a, v, is->description, sw_str_of(is->taxed ? _("now taxed") : _("no longer taxed")));
        }
    }
    for (size_t i = 0; i < now->lines.n; i++) {
        if (!line_of(asked, &now->lines.v[i])) {
            struct sw_buf b;
            sw_buf_init(&b, a, 64, 200);
            sw_buf_addf(&b, "%s ", _("added for"));
            add_money(&b, now->lines.v[i].total);
            change(a, v, now->lines.v[i].description, sw_buf_str(&b));
        }
    }
}

static int fill_history(struct sw_req *r, struct staff_view *v, const struct authorization *list, size_t n, struct sw_err *err)
{
    struct sw_arena *a = sw_req_arena(r);
    for (size_t i = 0; i < n; i++) {
        const struct authorization *x = &list[i];
        struct history_row *row = SW_PUSH(a, v->history);
        *row = (struct history_row){.id = x->head.id, .state = x->state, .how = x->how, .asked_at = x->asked_at,
            .answered_at = x->answered_at, .total = x->priced ? x->priced->total : 0, .asked_by = x->asked_by_name, .message = x->message,
            .name = x->name, .reason = x->reason, .proof = x->proof, .address = x->address, .browser = x->browser,
            .called = x->phone_called, .note = x->phone_note, .signed_ = x->chain_hash.n > 0, .drawn = x->strokes.n > 0};
        if (x->document.n) {
            row->document_path = sw_printf(a, "/jobs/%llu/authorizations/%llu/document", (unsigned long long)x->job,
                                           (unsigned long long)x->head.id);
        }
        if (x->how == AUTH_PAPER) {
            struct sw_list files = {0};
            int rc = sw_files_of(sw_req_tx(r), &authorization_record, x->head.id, &files, err);
            if (rc != SW_OK) {
                return rc;
            }
            row->files.v = files.v;
            row->files.n = files.n;
        }
    }
    return SW_OK;
}

int staff_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    const struct job *j = sw_req_record(r, "job");
    sw_depends(r, workorder->job, j->head.id);
    if (sw_unchanged(r)) {
        return SW_OK;
    }
    struct staff_view *v = SW_NEW(a, struct staff_view);
    *v = (struct staff_view){.job = j->head.id, .title = j->title, .customer_name = j->customer_name, .unit_name = j->unit_name,
        .plate = j->plate, .authorization = j->authorization, .pending = j->authorization == JOB_AUTH_PENDING && j->state < JOB_SUBMITTED,
        .asks_again = j->authorization == JOB_AUTH_SUPERSEDED, .open = j->state < JOB_SUBMITTED, .now = sw_now(tx)};
    struct customer c;
    struct sw_found found;
    int rc = sw_get(tx, customers->customer, j->customer, &c, err);
    if (rc != SW_OK || (rc = authorization_list(tx, j->head.id, &found, err)) != SW_OK) {
        return rc;
    }
    v->email = c.email;
    v->phone = c.phone;
    const struct authorization *list = found.v;
    if ((rc = fill_history(r, v, list, found.n, err)) != SW_OK) {
        return rc;
    }
    struct sw_err rule = {0};
    struct priced p;
    rc = workorder->price(tx, j, &p, &rule);
    if (rc == SW_ERULE) {
        v->rule_error = sw_copy(a, sw_str_of(rule.message));
    } else if (rc != SW_OK) {
        return sw_fail(err, rule.code, rule.field, "%s", rule.message);
    } else {
        v->total = p.total;
        v->has_lines = p.lines.n > 0;
    }
    if (found.n && list[0].priced) {
        v->hash = authorization_shown(a, &list[0]);
        v->asked_total = list[0].priced->total;
        if (v->asks_again && rc == SW_OK) {
            fill_changes(a, v, list[0].priced, &p);
        }
    }
    return sw_show(r, v);
}
