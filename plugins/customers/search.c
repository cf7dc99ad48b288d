/* search.c: finding customers and units from the first letters on. Each search is a few short index scans; none depends on how
 * many customers there are. */
#include "records.h"

#include <string.h>

void customers_unit_row_fill(struct sw_arena *a, struct unit_row *row, const struct unit *u)
{
    row->id = u->head.id;
    row->name = customers_unit_name(a, u);
    row->plate = u->plate;
    row->plate_region = u->plate_region;
    row->vin = u->vin;
    row->unit_number = u->unit_number;
    row->color = u->color;
    row->usage = u->usage;
}

void customers_row_fill(struct sw_arena *a, struct customer_row *row, const struct customer *c)
{
    row->id = c->head.id;
    row->name = customers_name(a, c);
    row->phone = c->phone;
    row->email = c->email;
    row->city = c->city;
}

int customers_units_of(struct sw_tx *tx, uint64_t customer, struct sw_list *rows, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_scan scan = {.type = &customers_unit_record, .index = "customer", .equal = {SW_K_INT(customer)},
                           .limit = CUSTOMERS_UNITS_MAX};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct unit *units = found.v;
    struct unit_row *v = SW_NEW_N(a, struct unit_row, found.n);
    for (size_t i = 0; i < found.n; i++)
        customers_unit_row_fill(a, &v[i], &units[i]);
    rows->v = v;
    rows->n = found.n;
    return SW_OK;
}

int customers_by_phone(struct sw_tx *tx, struct sw_str e164, uint64_t but, size_t limit, struct customer **out, size_t *n,
                       struct sw_err *err)
{
    struct sw_scan scan = {.type = &customers_customer_record, .index = "phone", .equal = {SW_K_STR(e164)}, .limit = 50};
    struct sw_found found = {NULL, 0, {NULL, 0}};
    *out = NULL;
    *n = 0;
    if (e164.n == 0)
        return SW_OK;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct customer *all = found.v;
    *out = SW_NEW_N(sw_tx_arena(tx), struct customer, limit);
    for (size_t i = 0; i < found.n && *n < limit; i++)
        if (all[i].merged_into == 0 && all[i].head.id != but)
            (*out)[(*n)++] = all[i];
    return SW_OK;
}

int customers_by_email(struct sw_tx *tx, struct sw_str email, struct customer *out, struct sw_err *err)
{
    struct sw_scan scan = {.type = &customers_customer_record, .index = "email", .equal = {SW_K_STR(email)}, .limit = 50};
    struct sw_found found;
    if (email.n == 0)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such customer."));
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct customer *all = found.v;
    for (size_t i = 0; i < found.n; i++) {
        /* Index keys are cut at 80 bytes: compare the whole address. */
        if (all[i].merged_into == 0 && sw_str_eq(all[i].email, email)) {
            *out = all[i];
            return SW_OK;
        }
    }
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such customer."));
}

/* ---- The list ---- */

/* What a person typed, ready to be looked up. */
struct query {
    struct sw_str words[CUSTOMERS_WORDS_MAX];
    size_t n;
    struct sw_str joined; /* all words without what is between them: plates and phones are typed in many ways */
    bool number;          /* digits and signs only: a phone, or a plate or unit number of digits */
};

static void query_read(struct sw_arena *a, struct sw_str typed, struct query *q)
{
    struct sw_str folded = customers_fold(a, typed), rest = folded;
    struct sw_buf joined;
    sw_buf_init(&joined, a, 32, 128);
    memset(q, 0, sizeof *q);
    q->number = true;
    if (memchr(folded.p != NULL ? folded.p : "", '@', folded.n) != NULL) { /* an e-mail is one word of the index */
        q->words[q->n++] = sw_str_trim(folded);
        q->number = false;
        q->joined = q->words[0];
        return;
    }
    for (struct sw_str w = customers_word(&rest); w.n > 0; w = customers_word(&rest)) {
        if (q->n < CUSTOMERS_WORDS_MAX)
            q->words[q->n++] = w;
        sw_buf_add(&joined, w.p, w.n);
        for (size_t i = 0; i < w.n; i++)
            q->number = q->number && w.p[i] >= '0' && w.p[i] <= '9';
    }
    q->joined = sw_buf_str(&joined);
    q->number = q->number && q->n > 0;
    if (q->number) { /* "(310) 555-01…" is one prefix of the number */
        q->words[0] = q->joined;
        q->n = 1;
    }
}

struct any_match {
    struct sw_str prefix;
    bool yes;
};
static void match_key(void *sink, struct sw_str key)
{
    struct any_match *m = sink;
    m->yes = m->yes || (key.n >= m->prefix.n && memcmp(key.p, m->prefix.p, m->prefix.n) == 0);
}

/* The scan went by one word; the record must have all of them. */
static bool matches(struct sw_arena *a, const struct customer *c, const struct query *q)
{
    for (size_t i = 0; i < q->n; i++) {
        struct any_match m = {q->words[i], false};
        customers_customer_words(c, a, match_key, &m);
        if (!m.yes)
            return false;
    }
    return true;
}

static bool listed(const struct customer_list_view *v, uint64_t id)
{
    for (size_t i = 0; i < v->customers.n; i++)
        if (v->customers.v[i].id == id)
            return true;
    return false;
}

/* Units whose plate, VIN or number begins so, with their customers. Only on the first page, at most CUSTOMERS_PAGE. */
static int add_by_unit(struct sw_tx *tx, struct customer_list_view *v, const struct query *q, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_scan scan = {.type = &customers_unit_record, .index = "search", .equal = {SW_K_PREFIX(q->joined)},
                           .limit = CUSTOMERS_PAGE};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct unit *units = found.v;
    uint64_t *ids = SW_NEW_N(a, uint64_t, found.n);
    for (size_t i = 0; i < found.n; i++)
        ids[i] = units[i].customer;
    struct customer *owners = SW_NEW_N(a, struct customer, found.n);
    if (found.n > 0 && (rc = sw_get_many(tx, &customers_customer_record, ids, found.n, owners, err)) != SW_OK)
        return rc;
    for (size_t i = 0; i < found.n; i++) {
        if (owners[i].head.id == 0 || listed(v, owners[i].head.id))
            continue;
        struct customer_row *row = SW_PUSH(a, v->customers);
        customers_row_fill(a, row, &owners[i]);
    }
    return SW_OK;
}

static int add_by_word(struct sw_tx *tx, struct customer_list_view *v, const struct query *q, struct sw_str after,
                       struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_str by = q->words[0];
    for (size_t i = 1; i < q->n; i++) /* the longest word finds the fewest */
        if (q->words[i].n > by.n)
            by = q->words[i];
    struct sw_scan scan = {.type = &customers_customer_record, .index = "search", .equal = {SW_K_PREFIX(by)},
                           .limit = CUSTOMERS_PAGE, .after = after};
    /* Several words may leave little of a scan: go on a few rounds, so that a page is rarely empty. */
    for (int round = 0; round < 10 && v->customers.n < CUSTOMERS_PAGE; round++) {
        struct sw_found found;
        int rc = sw_scan(tx, &scan, &found, err);
        if (rc != SW_OK)
            return rc;
        const struct customer *all = found.v;
        for (size_t i = 0; i < found.n; i++) {
            if (listed(v, all[i].head.id) || !matches(a, &all[i], q))
                continue;
            struct customer_row *row = SW_PUSH(a, v->customers);
            customers_row_fill(a, row, &all[i]);
        }
        scan.after = v->next = found.next;
        if (found.next.n == 0)
            break;
    }
    return SW_OK;
}

static int add_by_name(struct sw_tx *tx, struct customer_list_view *v, struct sw_str after, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_scan scan = {.type = &customers_customer_record, .index = "name", .limit = CUSTOMERS_PAGE, .after = after};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct customer *all = found.v;
    for (size_t i = 0; i < found.n; i++) {
        if (all[i].merged_into != 0)
            continue;
        struct customer_row *row = SW_PUSH(a, v->customers);
        customers_row_fill(a, row, &all[i]);
    }
    v->next = found.next;
    return SW_OK;
}

static void percent(struct sw_buf *b, struct sw_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.')
            sw_buf_add(b, &s.p[i], 1);
        else
            sw_buf_addf(b, "%%%02X", c);
    }
}

static struct sw_str next_address(struct sw_arena *a, const struct customer_list_view *v)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 128, 2048);
    if (v->next.n == 0)
        return (struct sw_str){NULL, 0};
    sw_buf_adds(&b, "/customers?q=");
    percent(&b, v->q);
    sw_buf_adds(&b, "&after=");
    percent(&b, v->next);
    return sw_buf_str(&b);
}

int customers_list_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    const struct customer_search_form *f = sw_req_form(r);
    struct customer_list_view *v = SW_NEW(a, struct customer_list_view);
    struct query q;
    int rc = SW_OK;
    v->q = f->q;
    query_read(a, f->q, &q);
    if (q.n == 0) {
        rc = add_by_name(tx, v, f->after, err);
    } else {
        if (f->after.n == 0 && q.joined.n >= 2)
            rc = add_by_unit(tx, v, &q, err);
        if (rc == SW_OK)
            rc = add_by_word(tx, v, &q, f->after, err);
    }
    for (size_t i = 0; rc == SW_OK && i < v->customers.n; i++) {
        struct sw_list units = {NULL, 0};
        rc = customers_units_of(tx, v->customers.v[i].id, &units, err);
        v->customers.v[i].units.v = units.v;
        v->customers.v[i].units.n = units.n;
    }
    v->next_href = next_address(a, v);
    return rc == SW_OK ? sw_show(r, v) : rc;
}
