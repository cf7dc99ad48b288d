/* review.c: the page where the price is reviewed and signed: total, lines, terms, signature. */
#include "records.h"

static void fill_lines(struct sw_arena *a, const struct priced *p, struct review_view *v)
{
    v->total = p->total;
    v->expected = p->estimated_total > p->total ? p->estimated_total : 0; /* the clock has not come to the estimate yet: no surprise later */
    v->labor = p->labor;
    v->parts = p->parts;
    v->fees = p->fees;
    for (size_t i = 0; i < p->lines.n; i++) {
        const struct priced_line *l = &p->lines.v[i];
        struct review_line *o = SW_PUSH(a, v->lines);
        *o = (struct review_line){.kind = l->kind, .description = l->description, .labor = l->kind == LINE_LABOR,
            .part = l->kind == LINE_PART, .fee = l->kind == LINE_FEE, .hourly = l->hourly, .taxed = l->taxed, .over = l->over,
            .quantity = l->quantity, .price = l->price, .total = l->total, .estimated = l->estimated,
            .estimated_total = l->estimated_total, .over_by = l->over ? l->total - l->estimated_total : 0};
    }
    for (size_t i = 0; i < p->taxes.n; i++) {
        struct review_tax *t = SW_PUSH(a, v->taxes);
        *t = (struct review_tax){.label = p->taxes.v[i].label, .rate = rate_text(a, p->taxes.v[i].rate), .base = p->taxes.v[i].base,
                                 .amount = p->taxes.v[i].amount};
    }
}

int review_fill(struct sw_req *r, const struct job *job, const struct authorization *auth, bool counter, struct review_view *v,
                struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_req_arena(r);
    struct customer c = {0};
    int rc = sw_get(tx, customers->customer, job->customer, &c, err);
    if (rc != SW_OK) {
        return rc;
    }
    const char *root = counter ? "/jobs" : "/portal/jobs";
    unsigned long long id = (unsigned long long)job->head.id;
    *v = (struct review_view){.job = job->head.id, .authorization = auth->head.id, .state = auth->state, .title = job->title,
        .unit_name = auth->unit_name, .plate = auth->plate, .customer_name = auth->customer_name, .hash = authorization_shown(a, auth),
        .message = auth->message, .asked_by = auth->asked_by_name, .terms = auth->terms, .consent = auth->consent,
        .consent_version = auth->consent_version, .copy_to = c.email, .name = auth->name, .former_total = auth->former_total,
        .former_at = auth->former_at, .asked_at = auth->asked_at, .answered_at = auth->answered_at, .today = sw_now(tx),
        .pending = auth->state == AUTH_PENDING && job->state < JOB_SUBMITTED, .authorized = auth->state == AUTH_AUTHORIZED, .declined = auth->state == AUTH_DECLINED,
        .superseded = auth->state == AUTH_SUPERSEDED, .guest = !counter && sw_req_is_guest(r), .counter = counter};
    if (v->guest) { /* it is a proof that only the file knows: the link alone must not tell it */
        v->plate = (struct sw_str){0};
    }
    v->back = sw_printf(a, counter ? "%s/%llu/authorization" : "%s/%llu", root, id);
    v->sign_path = sw_printf(a, counter ? "%s/%llu/authorization/sign" : "%s/%llu/authorize", root, id);
    if (v->guest) {
        v->sign_path = sw_printf(a, "%s/%llu/authorize/guest", root, id);
    }
    v->decline_path = sw_printf(a, counter ? "%s/%llu/authorization/decline" : "%s/%llu/decline", root, id);
    v->reveal = !v->superseded;
    if (auth->document.n) {
        v->document_path = sw_printf(a, "%s/%llu/authorizations/%llu/document", root, id, (unsigned long long)auth->head.id);
    }
    if (v->reveal && auth->priced) {
        fill_lines(a, auth->priced, v);
        v->added = v->total - v->former_total;
    }
    return SW_OK;
}

static int show(struct sw_req *r, bool counter, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job *j = sw_req_record(r, "job");
    struct authorization a;
    int rc = authorization_newest(tx, j->head.id, &a, err);
    if (rc != SW_OK) {
        return rc;
    }
    struct review_view *v = SW_NEW(sw_req_arena(r), struct review_view);
    if ((rc = review_fill(r, j, &a, counter, v, err)) != SW_OK) {
        return rc;
    }
    sw_reveal_prices(r);
    return sw_show(r, v);
}

int portal_page(struct sw_req *r, struct sw_err *err)
{
    return show(r, false, err);
}

int counter_page(struct sw_req *r, struct sw_err *err)
{
    return show(r, true, err);
}

static int document(struct sw_req *r, struct sw_err *err)
{
    const struct authorization *a = sw_req_record(r, "authorization");
    const struct job *j = sw_req_record(r, "job");
    if (sw_req_is_guest(r) && j->authorization == JOB_AUTH_PENDING) { /* it names the plate, which now counts as a proof */
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("Answer what is asked first, or sign in to your portal: the signed document is there."));
    }
    if (!a->document.n) {
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("The signed document is not ready yet. It is made within a minute of the signature."));
    }
    struct sw_str name = sw_printf(sw_req_arena(r), "authorization-%llu-%llu.pdf", (unsigned long long)a->job, (unsigned long long)a->head.id);
    return sw_send_blob(r, a->document, "application/pdf", name, true);
}

int portal_document(struct sw_req *r, struct sw_err *err)
{
    return document(r, err);
}

int staff_document(struct sw_req *r, struct sw_err *err)
{
    return document(r, err);
}
