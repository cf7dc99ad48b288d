/* customer.c: a customer's page, the new one, the edit. */
#include "records.h"

#include <inttypes.h>
#include <string.h>

static bool may_edit(struct sw_tx *tx)
{
    return (sw_tx_viewer(tx)->licences & (SW_ADVISOR | SW_ADMIN)) != 0;
}

/* Copies what both customer forms have in common. `named` says which fields the request named: a JSON client that leaves one out changes
 * nothing. Consent is stamped when its words change; taking the words away takes the consent away. */
#define TAKE(field)                                                                                \
    if (all || sw_req_has(r, #field))                                                              \
    c->field = f->field
#define CUSTOMER_TAKE(type)                                                                        \
    static int take_##type(struct sw_req *r, struct customer *c, const struct type *f, bool all, struct sw_err *err) \
    {                                                                                              \
        struct sw_str consent = c->consent_how;                                                    \
        TAKE(first);                                                                               \
        TAKE(last);                                                                                \
        TAKE(company);                                                                             \
        TAKE(phone);                                                                               \
        TAKE(phone2);                                                                              \
        TAKE(email);                                                                               \
        TAKE(street);                                                                              \
        TAKE(city);                                                                                \
        TAKE(region);                                                                              \
        TAKE(postal);                                                                              \
        TAKE(language);                                                                            \
        TAKE(reach_text);                                                                          \
        TAKE(reach_mail);                                                                          \
        TAKE(consent_how);                                                                         \
        TAKE(authorize_invoice);                                                                   \
        TAKE(note);                                                                                \
        return settle(sw_req_tx(r), c, consent, err);                                              \
    }

static int settle(struct sw_tx *tx, struct customer *c, struct sw_str consent_before, struct sw_err *err)
{
    if (c->last.n == 0)
        return sw_fail(err, SW_EINVALID, "last", "%s", _("Enter the last name, or the company’s name."));
    if (c->language.n > 0 && !sw_str_is(c->language, "en") && !sw_str_is(c->language, "es"))
        return sw_fail(err, SW_EINVALID, "language", "%s", _("The language is en or es."));
    if (c->reach_text && c->phone.n == 0)
        return sw_fail(err, SW_EINVALID, "phone", "%s", _("To reach this customer by text, enter a mobile phone."));
    if (c->reach_text && c->consent_how.n == 0)
        return sw_fail(err, SW_EINVALID, "consent_how", "%s",
                       _("Texts need the customer’s consent: ask, then record how it was given."));
    if (c->reach_mail && c->email.n == 0)
        return sw_fail(err, SW_EINVALID, "email", "%s", _("To reach this customer by e-mail, enter an e-mail address."));
    if (c->consent_how.n == 0)
        c->consent_at = 0;
    else if (!sw_str_eq(c->consent_how, consent_before))
        c->consent_at = sw_now(tx);
    return SW_OK;
}

CUSTOMER_TAKE(customer_new_form)
CUSTOMER_TAKE(customer_form)

/* A known number is said before a second customer gets it; a family or a company may share one, knowingly. */
static int check_phones(struct sw_tx *tx, const struct customer *c, bool knowingly, struct sw_err *err)
{
    const struct sw_str phones[] = {c->phone, c->phone2};
    static const char *const fields[] = {"phone", "phone2"};
    for (size_t i = 0; i < 2 && !knowingly; i++) {
        struct customer *known;
        size_t n;
        int rc = customers_by_phone(tx, phones[i], c->head.id, 1, &known, &n, err);
        if (rc != SW_OK)
            return rc;
        if (n > 0)
            return sw_fail(err, SW_EINVALID, fields[i],
                           _("This phone number belongs to " SW_STR_FMT " (customer %" PRIu64
                             "). Open that record, or tick “Add a second customer with this number”."),
                           SW_STR_ARG(customers_name(sw_tx_arena(tx), &known[0])), known[0].head.id);
    }
    return SW_OK;
}

static int add_known(struct sw_tx *tx, struct sw_list *rows, const struct customer *c, const char *why, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct customer_row *v = rows->v;
    for (size_t i = 0; i < rows->n; i++)
        if (v[i].id == c->head.id)
            return SW_OK;
    if (rows->n >= CUSTOMERS_KNOWN_MAX)
        return SW_OK;
    rows->v = sw_list_grow_(a, rows->v, rows->n, sizeof *v);
    v = rows->v;
    struct customer_row *row = &v[rows->n++];
    customers_row_fill(a, row, c);
    row->why = sw_str_of(why);
    struct sw_list units = {NULL, 0};
    int rc = customers_units_of(tx, c->head.id, &units, err);
    row->units.v = units.v;
    row->units.n = units.n;
    return rc;
}

/* Who looks like the one that was typed: same phone first, then e-mail, plate, name. `but` is the record being edited. */
static int find_known(struct sw_req *r, uint64_t but, struct sw_list *rows, bool *second, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    static const char *const phone_fields[] = {"phone", "phone2"};
    int rc;
    for (size_t i = 0; i < 2; i++) {
        struct sw_str e164 = {NULL, 0};
        struct customer *known;
        size_t n;
        struct sw_str typed = sw_str_trim(sw_req_typed(r, phone_fields[i]));
        if (typed.n == 0 || sw_phone_parse(a, typed, &e164) != SW_OK)
            continue;
        if ((rc = customers_by_phone(tx, e164, but, CUSTOMERS_KNOWN_MAX, &known, &n, err)) != SW_OK)
            return rc;
        *second = *second || n > 0;
        for (size_t k = 0; k < n; k++)
            if ((rc = add_known(tx, rows, &known[k], _("same phone"), err)) != SW_OK)
                return rc;
    }
    struct sw_err none;
    struct customer one;
    if (customers_by_email(tx, customers_fold(a, sw_str_trim(sw_req_typed(r, "email"))), &one, &none) == SW_OK &&
        one.head.id != but && (rc = add_known(tx, rows, &one, _("same e-mail"), err)) != SW_OK)
        return rc;

    struct sw_str last = sw_str_trim(sw_req_typed(r, "last"));
    if (last.n > 0) {
        struct sw_scan scan = {.type = &customers_customer_record, .index = "name", .equal = {SW_K_STR(last)},
                               .limit = CUSTOMERS_KNOWN_MAX};
        struct sw_found found;
        if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK)
            return rc;
        const struct customer *all = found.v;
        for (size_t i = 0; i < found.n; i++)
            if (all[i].merged_into == 0 && all[i].head.id != but &&
                (rc = add_known(tx, rows, &all[i], _("same name"), err)) != SW_OK)
                return rc;
    }
    return SW_OK;
}

int customers_new_page(struct sw_req *r, struct sw_err *err)
{
    struct customer_new_view *v = SW_NEW(sw_req_arena(r), struct customer_new_view);
    struct sw_list known = {NULL, 0};
    int rc = find_known(r, 0, &known, &v->second, err);
    if (rc != SW_OK)
        return rc;
    v->known.v = known.v;
    v->known.n = known.n;
    v->asked = sw_req_typed(r, "last").n > 0 || sw_req_typed(r, "phone").n > 0;
    return sw_show(r, v);
}

int customers_new_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct customer_new_form *f = sw_req_form(r);
    struct customer c;
    memset(&c, 0, sizeof c);
    int rc = take_customer_new_form(r, &c, f, true, err);
    if (rc == SW_OK)
        rc = check_phones(tx, &c, f->second, err);
    if (rc == SW_OK)
        rc = sw_put(tx, &customers_customer_record, &c, NULL, err);
    if (rc != SW_OK)
        return rc;

    const struct unit_form uf = {.year = f->year, .make = f->make, .model = f->model, .submodel = f->submodel,
                                 .engine = f->engine, .color = f->color, .plate = f->plate, .plate_region = f->plate_region,
                                 .vin = f->vin, .unit_number = f->unit_number, .serial = f->serial, .usage = f->usage};
    if (uf.year != 0 || uf.make.n + uf.model.n + uf.submodel.n + uf.engine.n + uf.color.n + uf.plate.n + uf.vin.n +
                                uf.unit_number.n > 0) {
        struct unit u;
        memset(&u, 0, sizeof u);
        u.customer = c.head.id;
        if ((rc = customers_unit_take(&u, &uf, err)) != SW_OK ||
            (rc = sw_put(tx, &customers_unit_record, &u, NULL, err)) != SW_OK)
            return rc;
        const char *warning = u.serial ? NULL : customers_vin_warning(u.vin);
        sw_flash(r, warning != NULL ? warning : _("Customer and unit saved."));
    } else {
        sw_flash(r, _("Customer saved."));
    }
    return sw_done(r, c.head.id, "/customers/%" PRIu64, c.head.id);
}

/* The canonical customer: an old link leads to who it became. */
static int canonical(struct sw_req *r, struct customer *c, struct sw_err *err)
{
    *c = *(const struct customer *)sw_req_record(r, "customer");
    for (int i = 0; i < 8 && c->merged_into != 0; i++) {
        int rc = sw_get(sw_req_tx(r), &customers_customer_record, c->merged_into, c, err);
        if (rc != SW_OK)
            return rc;
    }
    return SW_OK;
}

static int customer_view_of(struct sw_req *r, struct customer_view *v, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    struct customer c;
    int rc = canonical(r, &c, err);
    if (rc != SW_OK)
        return rc;
    v->id = c.head.id;
    v->version = (int64_t)c.head.version;
    v->name = customers_name(a, &c);
    v->first = c.first;
    v->last = c.last;
    v->company = c.company;
    v->phone = c.phone;
    v->phone2 = c.phone2;
    v->phone_href = c.phone.n > 0 ? sw_printf(a, "tel:" SW_STR_FMT, SW_STR_ARG(c.phone)) : (struct sw_str){NULL, 0};
    v->email = c.email;
    v->street = c.street;
    v->city = c.city;
    v->region = c.region;
    v->postal = c.postal;
    v->language = c.language;
    v->reach_text = c.reach_text;
    v->reach_mail = c.reach_mail;
    v->consent_how = c.consent_how;
    v->consent_at = c.consent_at;
    v->authorize_invoice = c.authorize_invoice;
    v->note = c.note;
    v->editable = may_edit(tx);
    struct sw_list units = {NULL, 0};
    rc = customers_units_of(tx, c.head.id, &units, err);
    v->units.v = units.v;
    v->units.n = units.n;
    return rc;
}

int customers_customer_page(struct sw_req *r, struct sw_err *err)
{
    struct customer_view *v = SW_NEW(sw_req_arena(r), struct customer_view);
    sw_depends(r, &customers_customer_record, sw_req_id(r, "customer"));
    if (sw_unchanged(r))
        return SW_OK;
    int rc = customer_view_of(r, v, err);
    return rc == SW_OK ? sw_show(r, v) : rc;
}

int customers_edit_page(struct sw_req *r, struct sw_err *err)
{
    struct customer_view *v = SW_NEW(sw_req_arena(r), struct customer_view);
    int rc = customer_view_of(r, v, err);
    struct sw_list known = {NULL, 0};
    if (rc == SW_OK)
        rc = find_known(r, v->id, &known, &v->second, err);
    v->known.v = known.v;
    v->known.n = known.n;
    return rc == SW_OK ? sw_show(r, v) : rc;
}

int customers_edit_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct customer_form *f = sw_req_form(r);
    struct customer c;
    int rc = canonical(r, &c, err);
    if (rc != SW_OK)
        return rc;
    struct customer before = c;
    if (sw_req_has(r, "version"))
        c.head.version = (uint64_t)f->version;
    rc = take_customer_form(r, &c, f, !sw_req_wants_json(r), err);
    /* A number that stays is no news: whoever shares it was accepted before. */
    bool same = sw_str_eq(before.phone, c.phone) && sw_str_eq(before.phone2, c.phone2);
    if (rc == SW_OK)
        rc = check_phones(tx, &c, f->second || same, err);
    if (rc == SW_OK)
        rc = sw_put(tx, &customers_customer_record, &c, NULL, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, _("Customer saved."));
    return sw_done(r, 0, "/customers/%" PRIu64, c.head.id);
}
