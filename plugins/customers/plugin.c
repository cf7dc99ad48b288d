/* plugin.c: the table of the customers plugin (J1, J2, part of J4). */
#include "records.h"

#define EDITORS (SW_ADVISOR | SW_ADMIN)

static const struct sw_route routes[] = {
    {.method = "GET", .path = "/customers", .who = SW_STAFF, .form = &customers_search_form, .view = &customers_list_view,
     .page = "list.html", .handle = customers_list_page, .summary = "Customers, searched from the first letters on"},
    {.method = "GET", .path = "/customers/new", .who = EDITORS, .view = &customers_new_view, .page = "new.html",
     .handle = customers_new_page, .summary = "Form for a new customer"},
    {.method = "POST", .path = "/customers/new", .who = EDITORS, .form = &customers_new_form, .again = "/customers/new",
     .handle = customers_new_post, .summary = "New customer, with the first unit when its fields are given"},
    {.method = "POST", .path = "/customers", .who = EDITORS, .form = &customers_new_form, .again = "/customers/new",
     .handle = customers_new_post, .summary = "New customer, the same as /customers/new"},
    {.method = "GET", .path = "/customers/{customer:customers.customer}", .who = SW_STAFF, .flags = SW_LIVE,
     .view = &customers_customer_view, .page = "customer.html", .handle = customers_customer_page, .summary = "A customer"},
    {.method = "GET", .path = "/customers/{customer:customers.customer}/edit", .who = EDITORS, .view = &customers_customer_view,
     .page = "customer-edit.html", .handle = customers_edit_page, .summary = "Form to change a customer"},
    {.method = "POST", .path = "/customers/{customer:customers.customer}", .who = EDITORS, .form = &customers_customer_form,
     .again = "/customers/{customer}/edit", .handle = customers_edit_post, .summary = "Change a customer"},
    {.method = "GET", .path = "/customers/{customer:customers.customer}/units/new", .who = EDITORS,
     .view = &customers_unit_view, .page = "unit-new.html", .handle = customers_unit_new_page,
     .summary = "Form for a new unit of a customer"},
    {.method = "POST", .path = "/customers/{customer:customers.customer}/units/new", .who = EDITORS,
     .form = &customers_unit_form, .again = "/customers/{customer}/units/new", .handle = customers_unit_new_post,
     .summary = "New unit of a customer"},
    {.method = "GET", .path = "/units/{unit:customers.unit}", .who = SW_STAFF, .view = &customers_unit_view,
     .page = "unit.html", .handle = customers_unit_page, .summary = "A unit"},
    {.method = "GET", .path = "/units/{unit:customers.unit}/edit", .who = EDITORS, .view = &customers_unit_view,
     .page = "unit-edit.html", .handle = customers_unit_page, .summary = "Form to change a unit"},
    {.method = "POST", .path = "/units/{unit:customers.unit}", .who = EDITORS, .form = &customers_unit_form,
     .again = "/units/{unit}/edit", .handle = customers_unit_post, .summary = "Change a unit"},
    {.path = NULL},
};

static const struct sw_record *const records[] = {&customers_customer_record, &customers_unit_record, NULL};

static const struct sw_place places[] = {
    {.path = "/customers", .label = N_("Customers"), .icon = "users", .who = SW_STAFF, .order = 30},
    {.path = NULL},
};

static const struct customers_interface interface = {
    .customer = &customers_customer_record,
    .unit = &customers_unit_record,
    .name = customers_name,
    .unit_name = customers_unit_name,
    .by_email = customers_by_email,
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "customers",
    .version = "1.0",
    .summary = "Customers and their units: search, new, change",
    .records = records,
    .routes = routes,
    .places = places,
    .interface = &interface,
    .interface_version = CUSTOMERS_INTERFACE,
};
