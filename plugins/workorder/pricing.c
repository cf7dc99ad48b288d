/* pricing.c: what a job costs now. The lines as written up go through the shop's rules: price() of "pricing", then tax() of "tax". */
#define WORKORDER_PRICED_TABLES
#include "records.h"

#include <sodium.h>

/* ---- What the rules get and give back. */

/* A line without what the rule is to find: total, estimated_total, over. */
static const struct sw_field line_in_fields[] = {
    SW_F_ENUM(struct priced_line, kind, 1, &line_kinds),
    SW_F_REF(struct priced_line, id, 2, "workorder.task"),
    SW_F_REF(struct priced_line, task, 3, "workorder.task"),
    SW_F_TEXT(struct priced_line, description, 4, .max = 250),
    SW_F_BOOL(struct priced_line, hourly, 5),
    SW_F_BOOL(struct priced_line, taxed, 6),
    SW_F_QTY(struct priced_line, quantity, 7),
    SW_F_MONEY(struct priced_line, price, 8),
    SW_F_QTY(struct priced_line, estimated, 9),
};
static const struct sw_record line_in_record = {SW_RECORD(struct priced_line, "workorder.line_in", line_in_fields)};

struct pricing_in {
    struct sw_str currency, level;
    int64_t labor_rate, tax_rate, job;
    SW_LIST_OF(struct priced_line) lines;
};
static const struct sw_field pricing_in_fields[] = {
    SW_F_TEXT(struct pricing_in, currency, 1, .max = 3),
    SW_F_TEXT(struct pricing_in, level, 2, .max = 60),
    SW_F_MONEY(struct pricing_in, labor_rate, 3),
    SW_F_INT(struct pricing_in, tax_rate, 4),
    SW_F_INT(struct pricing_in, job, 5),
    SW_F_LIST(struct pricing_in, lines, 6, struct priced_line, &line_in_record, .max = PRICED_LINES_MAX),
};
static const struct sw_record pricing_in_record = {SW_RECORD(struct pricing_in, "workorder.pricing_in", pricing_in_fields)};

struct pricing_out {
    SW_LIST_OF(struct priced_line) lines;
};
static const struct sw_field pricing_out_fields[] = {
    SW_F_LIST(struct pricing_out, lines, 1, struct priced_line, &priced_line_record, .max = PRICED_LINES_MAX),
};
static const struct sw_record pricing_out_record = {SW_RECORD(struct pricing_out, "workorder.pricing_out", pricing_out_fields)};

struct tax_in {
    int64_t rate;
    SW_LIST_OF(struct priced_line) lines;
};
static const struct sw_field tax_in_fields[] = {
    SW_F_INT(struct tax_in, rate, 1),
    SW_F_LIST(struct tax_in, lines, 2, struct priced_line, &priced_line_record, .max = PRICED_LINES_MAX),
};
static const struct sw_record tax_in_record = {SW_RECORD(struct tax_in, "workorder.tax_in", tax_in_fields)};

struct tax_out {
    SW_LIST_OF(struct tax_line) taxes;
    int64_t tax;
};
static const struct sw_field tax_out_fields[] = {
    SW_F_LIST(struct tax_out, taxes, 1, struct tax_line, &tax_line_record, .max = PRICED_TAXES_MAX),
    SW_F_MONEY(struct tax_out, tax, 2, .flags = SW_NEGATIVE),
};
static const struct sw_record tax_out_record = {SW_RECORD(struct tax_out, "workorder.tax_out", tax_out_fields)};

/* ---- The lines as they are written up. Work that the customer declined, and its parts, cost nothing. */

static const struct task *task_of(const struct job_all *all, uint64_t id)
{
    for (size_t i = 0; i < all->n_tasks; i++) {
        if (all->tasks[i].head.id == id) {
            return &all->tasks[i];
        }
    }
    return NULL;
}

static void add_part(struct sw_tx *tx, struct priced *out, const struct part *p)
{
    struct priced_line *l = SW_PUSH(sw_tx_arena(tx), out->lines);
    *l = (struct priced_line){.kind = LINE_PART, .id = p->head.id, .task = p->task, .description = p->description, .taxed = p->taxed,
                              .quantity = p->quantity, .price = p->customers_own ? 0 : p->price};
}

/* now 0: without the time on the clock. */
static int write_up(struct sw_tx *tx, const struct job *job, int64_t now, struct priced *out, struct sw_err *err)
{
    struct job_all all;
    int rc = job_all_read(tx, job, &all, err);
    if (rc != SW_OK) {
        return rc;
    }
    *out = (struct priced){.currency = sw_shop(tx)->currency};
    for (size_t i = 0; i < all.n_tasks; i++) {
        const struct task *t = &all.tasks[i];
        if (t->state == TASK_DECLINED) {
            continue;
        }
        struct priced_line *l = SW_PUSH(sw_tx_arena(tx), out->lines);
        bool hourly = t->kind == TASK_HOURLY;
        *l = (struct priced_line){.kind = LINE_LABOR, .id = t->head.id, .task = t->head.id, .description = t->title, .hourly = hourly,
                                  .taxed = t->taxed, .price = t->price, .quantity = t->quantity, .estimated = t->estimated};
        if (hourly) {
            l->quantity = now ? sw_hours_of(task_worked(t, now)) : 0;
        }
        for (size_t k = 0; k < all.n_parts; k++) {
            if (all.parts[k].task == t->head.id) {
                add_part(tx, out, &all.parts[k]);
            }
        }
    }
    for (size_t k = 0; k < all.n_parts; k++) {
        if (!all.parts[k].task || !task_of(&all, all.parts[k].task)) {
            add_part(tx, out, &all.parts[k]);
        }
    }
    for (size_t i = 0; i < all.n_fees; i++) {
        const struct fee *f = &all.fees[i];
        struct priced_line *l = SW_PUSH(sw_tx_arena(tx), out->lines);
        *l = (struct priced_line){.kind = LINE_FEE, .id = f->head.id, .description = f->description, .taxed = f->taxed, .quantity = 1000,
                                  .price = f->amount};
    }
    return SW_OK;
}

int lines_of_job(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err)
{
    return write_up(tx, job, 0, out, err);
}

static void hash_int(crypto_hash_sha256_state *h, int64_t v)
{
    unsigned char b[8];
    for (int i = 0; i < 8; i++) {
        b[i] = (unsigned char)((uint64_t)v >> (8 * i));
    }
    crypto_hash_sha256_update(h, b, sizeof b);
}

int fingerprint_job(struct sw_tx *tx, const struct job *job, unsigned char out[32], struct sw_err *err)
{
    struct priced p;
    int rc = write_up(tx, job, 0, &p, err);
    if (rc != SW_OK) {
        return rc;
    }
    crypto_hash_sha256_state h;
    crypto_hash_sha256_init(&h);
    for (size_t i = 0; i < p.lines.n; i++) {
        const struct priced_line *l = &p.lines.v[i];
        hash_int(&h, l->kind);
        hash_int(&h, (int64_t)l->id);
        hash_int(&h, (l->hourly ? 1 : 0) | (l->taxed ? 2 : 0));
        hash_int(&h, l->quantity);
        hash_int(&h, l->price);
        hash_int(&h, l->estimated);
        hash_int(&h, (int64_t)l->description.n);
        crypto_hash_sha256_update(&h, (const unsigned char *)l->description.p, l->description.n);
    }
    crypto_hash_sha256_final(&h, out);
    return SW_OK;
}

/* ---- The rules */

/* A rule may add lines, never lose one: a price that silently misses a line is worse than none. */
static int same_lines(const struct pricing_in *in, const struct pricing_out *out, struct sw_err *err)
{
    for (size_t i = 0; i < in->lines.n; i++) {
        const struct priced_line *a = &in->lines.v[i];
        bool there = false;
        for (size_t k = 0; k < out->lines.n && !there; k++) {
            there = out->lines.v[k].kind == a->kind && out->lines.v[k].id == a->id;
        }
        if (!there) {
            return sw_fail(err, SW_ERULE, "", _("pricing.lua: price() returned no line for “" SW_STR_FMT "”."), SW_STR_ARG(a->description));
        }
    }
    return SW_OK;
}

static int tax_of(struct sw_tx *tx, const struct priced *p, bool estimated, struct tax_out *out, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct tax_in in = {.rate = sw_shop(tx)->tax_rate};
    in.lines.n = p->lines.n;
    in.lines.v = p->lines.v;
    if (estimated) {
        in.lines.v = SW_NEW_N(a, struct priced_line, p->lines.n);
        for (size_t i = 0; i < p->lines.n; i++) {
            in.lines.v[i] = p->lines.v[i];
            in.lines.v[i].total = p->lines.v[i].estimated_total;
        }
    }
    *out = (struct tax_out){0};
    int rc = sw_rule_call(tx, "tax", "tax", &tax_in_record, &in, &tax_out_record, out, err);
    if (rc == SW_ENOTFOUND) {
        return sw_fail(err, SW_ERULE, "", "%s", _("tax.lua: there is no function tax()."));
    }
    int64_t sum = 0;
    for (size_t i = 0; rc == SW_OK && i < out->taxes.n; i++) {
        sum += out->taxes.v[i].amount;
    }
    if (rc == SW_OK && sum != out->tax) {
        return sw_fail(err, SW_ERULE, "", "%s", _("tax.lua: the tax is not the sum of its lines."));
    }
    return rc;
}

int price_job(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err)
{
    struct priced p;
    int rc = write_up(tx, job, sw_now(tx), &p, err);
    if (rc != SW_OK) {
        return rc;
    }
    const struct sw_shop *shop = sw_shop(tx);
    struct pricing_in in = {.currency = shop->currency, .labor_rate = shop->labor_rate, .tax_rate = shop->tax_rate,
                            .job = (int64_t)job->head.id};
    in.lines.v = p.lines.v;
    in.lines.n = p.lines.n;
    struct pricing_out got = {0};
    rc = sw_rule_call(tx, "pricing", "price", &pricing_in_record, &in, &pricing_out_record, &got, err);
    if (rc == SW_ENOTFOUND) {
        return sw_fail(err, SW_ERULE, "", "%s", _("pricing.lua: there is no function price()."));
    }
    if (rc != SW_OK || (rc = same_lines(&in, &got, err)) != SW_OK) {
        return rc;
    }
    p.lines.v = got.lines.v;
    p.lines.n = got.lines.n;
    bool as_estimated = true;
    int64_t estimated = 0;
    for (size_t i = 0; i < p.lines.n; i++) {
        const struct priced_line *l = &p.lines.v[i];
        int64_t *sum = l->kind == LINE_LABOR ? &p.labor : l->kind == LINE_PART ? &p.parts : &p.fees;
        *sum += l->total;
        estimated += l->estimated_total;
        as_estimated = as_estimated && l->total == l->estimated_total;
    }
    struct tax_out tax;
    if ((rc = tax_of(tx, &p, false, &tax, err)) != SW_OK) {
        return rc;
    }
    p.taxes.v = tax.taxes.v;
    p.taxes.n = tax.taxes.n;
    p.tax = tax.tax;
    p.total = p.labor + p.parts + p.fees + p.tax;
    p.estimated_total = p.total;
    if (!as_estimated) {
        if ((rc = tax_of(tx, &p, true, &tax, err)) != SW_OK) {
            return rc;
        }
        p.estimated_total = estimated + tax.tax;
    }
    p.rules = sw_rules_version(tx);
    *out = p;
    return SW_OK;
}
