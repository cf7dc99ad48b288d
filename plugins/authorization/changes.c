/* changes.c: which lines were edited since the customer signed (or, when nothing was signed yet, since he was asked): old → new. */
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

static void change(struct sw_arena *a, struct job_changes *out, struct sw_str description, struct sw_str what)
{
    struct job_change *row = SW_PUSH(a, out->rows);
    *row = (struct job_change){.description = description, .what = what};
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
static void fill_changes(struct sw_arena *a, struct job_changes *out, const struct priced *asked, const struct priced *now)
{
    for (size_t i = 0; i < asked->lines.n; i++) {
        const struct priced_line *was = &asked->lines.v[i], *is = line_of(now, was);
        if (!is) {
            change(a, out, was->description, sw_str_of(_("removed")));
            continue;
        }
        if (!sw_str_eq(was->description, is->description)) {
            change(a, out, was->description, sw_printf(a, _("now called “" SW_STR_FMT "”"), SW_STR_ARG(is->description)));
        }
        if (was->price != is->price) {
            change(a, out, is->description, moved(a, _("price"), was->price, is->price, SW_FMT_MONEY));
        }
        if (was->hourly != is->hourly) {
            change(a, out, is->description, sw_str_of(is->hourly ? _("now by the hour") : _("now flat")));
        } else if (!is->hourly && was->quantity != is->quantity) {
            change(a, out, is->description, moved(a, _("quantity"), was->quantity, is->quantity, SW_FMT_QTY));
        } else if (is->hourly && was->estimated != is->estimated) {
            change(a, out, is->description, moved(a, _("estimated hours"), was->estimated, is->estimated, SW_FMT_HOURS));
        }
        if (was->taxed != is->taxed) {
            change(a, out, is->description, sw_str_of(is->taxed ? _("now taxed") : _("no longer taxed")));
        }
    }
    for (size_t i = 0; i < now->lines.n; i++) {
        if (!line_of(asked, &now->lines.v[i])) {
            struct sw_buf b;
            sw_buf_init(&b, a, 64, 200);
            sw_buf_addf(&b, "%s ", _("added for"));
            add_money(&b, now->lines.v[i].total);
            change(a, out, now->lines.v[i].description, sw_buf_str(&b));
        }
    }
}

int changes_since(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err)
{
    struct sw_found found;
    *out = (struct job_changes){0};
    int rc = authorization_list(tx, job->head.id, &found, err);
    if (rc != SW_OK || !found.n) {
        return rc;
    }
    const struct authorization *list = found.v, *since = &list[0];
    for (size_t i = 0; i < found.n; i++) {
        if (list[i].chain_hash.n) { /* the newest that was signed */
            since = &list[i];
            break;
        }
    }
    out->was_signed = since->chain_hash.n > 0;
    out->who = out->was_signed ? since->name : since->customer_name;
    out->at = out->was_signed ? since->answered_at : since->asked_at;
    out->total = since->priced ? since->priced->total : 0;
    struct priced now;
    if (since->priced && workorder->price(tx, job, &now, NULL) == SW_OK) { /* a failing rule is told elsewhere on the page */
        fill_changes(sw_tx_arena(tx), out, since->priced, &now);
    }
    return SW_OK;
}
