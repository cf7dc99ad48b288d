/* unit.c: a unit's page, the new one, the edit. */
#include "records.h"

#include <inttypes.h>
#include <string.h>

int customers_unit_take(struct unit *u, const struct unit_form *f, struct sw_err *err)
{
    u->year = f->year;
    u->make = f->make;
    u->model = f->model;
    u->submodel = f->submodel;
    u->engine = f->engine;
    u->color = f->color;
    u->plate = f->plate;
    u->plate_region = f->plate_region;
    u->vin = f->vin;
    u->unit_number = f->unit_number;
    u->serial = f->serial;
    u->usage = f->usage;
    if (u->make.n + u->model.n + u->plate.n + u->vin.n + u->unit_number.n == 0)
        return sw_fail(err, SW_EINVALID, "make", "%s", _("Enter a make, model, plate, VIN or unit number, so that the unit can be found."));
    if (u->year != 0 && u->year < 1885)
        return sw_fail(err, SW_EINVALID, "year", "%s", _("The year has four digits and is 1885 or later."));
    return customers_vin_check(u->vin, u->serial, err);
}

static int unit_view_of(struct sw_req *r, const struct unit *u, struct unit_view *v, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    struct customer c;
    int rc = sw_get(tx, &customers_customer_record, u->customer, &c, err);
    if (rc != SW_OK)
        return rc;
    v->id = u->head.id;
    v->version = (int64_t)u->head.version;
    v->customer = c.head.id;
    v->customer_name = customers_name(a, &c);
    v->name = customers_unit_name(a, u);
    v->year = u->year;
    v->make = u->make;
    v->model = u->model;
    v->submodel = u->submodel;
    v->engine = u->engine;
    v->color = u->color;
    v->plate = u->plate;
    v->plate_region = u->plate_region;
    v->vin = u->vin;
    v->unit_number = u->unit_number;
    v->serial = u->serial;
    v->usage = u->usage;
    v->vin_warning = sw_str_of(u->serial ? NULL : customers_vin_warning(u->vin));
    v->editable = (sw_tx_viewer(tx)->licences & (SW_ADVISOR | SW_ADMIN)) != 0;
    return SW_OK;
}

int customers_unit_new_page(struct sw_req *r, struct sw_err *err)
{
    struct unit_view *v = SW_NEW(sw_req_arena(r), struct unit_view);
    const struct customer *c = sw_req_record(r, "customer");
    (void)err;
    v->customer = c->head.id;
    v->customer_name = customers_name(sw_req_arena(r), c);
    v->editable = true;
    return sw_show(r, v);
}

int customers_unit_new_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct unit u;
    memset(&u, 0, sizeof u);
    u.customer = sw_req_id(r, "customer");
    int rc = customers_unit_take(&u, sw_req_form(r), err);
    if (rc == SW_OK)
        rc = sw_put(tx, &customers_unit_record, &u, NULL, err);
    if (rc != SW_OK)
        return rc;
    const char *warning = u.serial ? NULL : customers_vin_warning(u.vin);
    sw_flash(r, warning != NULL ? warning : _("Unit saved."));
    return sw_done(r, u.head.id, "/units/%" PRIu64, u.head.id);
}

int customers_unit_page(struct sw_req *r, struct sw_err *err)
{
    struct unit_view *v = SW_NEW(sw_req_arena(r), struct unit_view);
    int rc = unit_view_of(r, sw_req_record(r, "unit"), v, err);
    return rc == SW_OK ? sw_show(r, v) : rc;
}

int customers_unit_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct unit_form *sent = sw_req_form(r);
    struct unit u = *(const struct unit *)sw_req_record(r, "unit");
    struct unit_form f = *sent;
    if (sw_req_wants_json(r)) { /* what a JSON client leaves out stays */
#define KEEP(field)                                                                                \
    if (!sw_req_has(r, #field))                                                                    \
    f.field = u.field
        KEEP(year);
        KEEP(make);
        KEEP(model);
        KEEP(submodel);
        KEEP(engine);
        KEEP(color);
        KEEP(plate);
        KEEP(plate_region);
        KEEP(vin);
        KEEP(unit_number);
        KEEP(serial);
        KEEP(usage);
#undef KEEP
    }
    if (sw_req_has(r, "version"))
        u.head.version = (uint64_t)f.version;
    int rc = customers_unit_take(&u, &f, err);
    if (rc == SW_OK)
        rc = sw_put(tx, &customers_unit_record, &u, NULL, err);
    if (rc != SW_OK)
        return rc;
    const char *warning = u.serial ? NULL : customers_vin_warning(u.vin);
    sw_flash(r, warning != NULL ? warning : _("Unit saved."));
    return sw_done(r, 0, "/units/%" PRIu64, u.head.id);
}
