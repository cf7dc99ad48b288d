/* records.c: the tables. Field names on the left of a form and of the record are the same on purpose: JSON clients send back what they read. */
#include "records.h"

static const struct sw_field customer_fields[] = {
    SW_F_TEXT(struct customer, first, 1, .max = 100, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, last, 2, .max = 150, .flags = SW_REQUIRED, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct customer, company, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_PHONE(struct customer, phone, 4, .max = 32, .audience = SW_FOR_CUSTOMER),
    SW_F_PHONE(struct customer, phone2, 5, .max = 32, .audience = SW_FOR_CUSTOMER),
    SW_F_EMAIL(struct customer, email, 6, .max = 200, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, street, 7, .max = 200, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, city, 8, .max = 100, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, region, 9, .max = 50, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, postal, 10, .max = 20, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, language, 11, .max = 7, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct customer, reach_text, 12, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct customer, reach_mail, 13, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct customer, consent_how, 14, .max = 200),
    SW_F_TIME(struct customer, consent_at, 15),
    SW_F_BOOL(struct customer, authorize_invoice, 16),
    SW_F_TEXT(struct customer, note, 17, .max = 4000, .flags = SW_MULTILINE),
    SW_F_REF(struct customer, merged_into, 18, "customers.customer"),
};
static const struct sw_index customer_indexes[] = {
    {.name = "name", .fields = {"last", "first"}},
    {.name = "phone", .emit = customers_customer_phones},
    {.name = "email", .fields = {"email"}, .flags = SW_SKIP_EMPTY},
    {.name = "search", .emit = customers_customer_words},
    {.name = NULL},
};
const struct sw_record customers_customer_record = {
    SW_RECORD(struct customer, "customers.customer", customer_fields),
    .audience = SW_FOR_CUSTOMER,
    .owner = SW_OWNER_SELF,
    .indexes = customer_indexes,
    .flags = SW_TYPE_SUBJECT,
};

static const struct sw_field unit_fields[] = {
    SW_F_REF(struct unit, customer, 1, "customers.customer", .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct unit, year, 2, .lo = 0, .hi = 2100, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, make, 3, .max = 60, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, model, 4, .max = 60, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, submodel, 5, .max = 60, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, engine, 6, .max = 60, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, color, 7, .max = 40, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, plate, 8, .max = 20, .flags = SW_UPPER, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, plate_region, 9, .max = 20, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, vin, 10, .max = 40, .flags = SW_UPPER, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, unit_number, 11, .max = 40, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct unit, serial, 12, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct unit, usage, 13, .lo = 0, .hi = 100000000, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_index unit_indexes[] = {
    {.name = "customer", .fields = {"customer"}},
    {.name = "plate", .fields = {"plate"}, .flags = SW_SKIP_EMPTY},
    {.name = "vin", .fields = {"vin"}, .flags = SW_SKIP_EMPTY},
    {.name = "number", .fields = {"unit_number"}, .flags = SW_SKIP_EMPTY},
    {.name = "search", .emit = customers_unit_words},
    {.name = NULL},
};
const struct sw_record customers_unit_record = {
    SW_RECORD(struct unit, "customers.unit", unit_fields),
    .audience = SW_FOR_CUSTOMER,
    .owner = SW_OWNER_FIELD,
    .owner_field = "customer",
    .indexes = unit_indexes,
};

/* ---- Forms. The two groups are written once; The numbers of the second group start at 101. */

#define CUSTOMER_FORM_FIELDS(T)                                                                    \
    SW_F_TEXT(T, first, 1, .max = 100, .label = N_("First name"), .autocomplete = "off"),  \
        SW_F_TEXT(T, last, 2, .max = 150, .flags = SW_REQUIRED, .label = N_("Last name or company"),  \
                  .autocomplete = "off"),                                                          \
        SW_F_BOOL(T, company, 3, .label = N_("This is a company")),                                \
        SW_F_PHONE(T, phone, 4, .max = 40, .label = N_("Mobile phone"), .hint = N_("10 digits, for texts"), \
                   .autocomplete = "off"),                                                         \
        SW_F_PHONE(T, phone2, 5, .max = 40, .label = N_("Second phone"), .autocomplete = "off"), \
        SW_F_EMAIL(T, email, 6, .max = 200, .label = N_("E-mail"),                                 \
                   .hint = N_("The customer opens the portal account with this address"), .autocomplete = "off"), \
        SW_F_TEXT(T, street, 7, .max = 200, .label = N_("Street"), .autocomplete = "off"),         \
        SW_F_TEXT(T, city, 8, .max = 100, .label = N_("City"), .autocomplete = "off"),             \
        SW_F_TEXT(T, region, 9, .max = 50, .label = N_("State"), .autocomplete = "off"),           \
        SW_F_TEXT(T, postal, 10, .max = 20, .label = N_("ZIP code"), .autocomplete = "off"),       \
        SW_F_TEXT(T, language, 11, .max = 7, .label = N_("Language"),                              \
                  .hint = N_("en or es; empty: the shop’s language"), .autocomplete = "off"),      \
        SW_F_BOOL(T, reach_text, 12, .label = N_("Text")), SW_F_BOOL(T, reach_mail, 13, .label = N_("E-mail")), \
        SW_F_TEXT(T, consent_how, 14, .max = 200, .label = N_("Consent to texts: how it was given"), \
                  .hint = N_("Ask first. For example: said yes at the counter"), .autocomplete = "off"), \
        SW_F_BOOL(T, authorize_invoice, 15, .label = N_("Require authorization before invoicing")), \
        SW_F_TEXT(T, note, 16, .max = 4000, .flags = SW_MULTILINE, .label = N_("Note, only staff see it")), \
        SW_F_BOOL(T, second, 17, .label = N_("Add a second customer with this number"))

#define UNIT_FORM_FIELDS(T)                                                                        \
    SW_F_INT(T, year, 101, .lo = 0, .hi = 2100, .label = N_("Year")),                              \
        SW_F_TEXT(T, make, 102, .max = 60, .label = N_("Make"), .autocomplete = "off"),            \
        SW_F_TEXT(T, model, 103, .max = 60, .label = N_("Model"), .autocomplete = "off"),          \
        SW_F_TEXT(T, submodel, 104, .max = 60, .label = N_("Submodel"), .autocomplete = "off"), \
        SW_F_TEXT(T, engine, 105, .max = 60, .label = N_("Engine"), .autocomplete = "off"), \
        SW_F_TEXT(T, color, 106, .max = 40, .label = N_("Color"), .autocomplete = "off"), \
        SW_F_TEXT(T, plate, 107, .max = 20, .flags = SW_UPPER, .label = N_("Plate"), .autocomplete = "off"), \
        SW_F_TEXT(T, plate_region, 108, .max = 20, .label = N_("Plate’s state"), .autocomplete = "off"), \
        SW_F_TEXT(T, vin, 109, .max = 40, .flags = SW_UPPER, .label = N_("VIN"),                   \
                  .hint = N_("17 letters and digits, on the door frame or the windshield"), .autocomplete = "off"), \
        SW_F_TEXT(T, unit_number, 110, .max = 40, .label = N_("Unit number"), .autocomplete = "off"), \
        SW_F_BOOL(T, serial, 111, .label = N_("Other serial number (trailer, machine)")),          \
        SW_F_INT(T, usage, 112, .lo = 0, .hi = 100000000, .label = N_("Miles (or hours of a machine)"))

#define VERSION_FIELD(T) SW_F_INT(T, version, 200, .flags = SW_HIDDEN)

static const struct sw_field customer_form_fields[] = {
    CUSTOMER_FORM_FIELDS(struct customer_form),
    VERSION_FIELD(struct customer_form),
};
const struct sw_record customers_customer_form = {SW_RECORD(struct customer_form, "customers.customer_form", customer_form_fields)};

static int unit_form_check(const void *form, struct sw_err *err)
{
    const struct unit_form *f = form;
    return customers_vin_check(f->vin, f->serial, err);
}
static const struct sw_field unit_form_fields[] = {
    UNIT_FORM_FIELDS(struct unit_form),
    VERSION_FIELD(struct unit_form),
};
const struct sw_record customers_unit_form = {
    SW_RECORD(struct unit_form, "customers.unit_form", unit_form_fields),
    .check = unit_form_check,
};

static int new_form_check(const void *form, struct sw_err *err)
{
    const struct customer_new_form *f = form;
    return customers_vin_check(f->vin, f->serial, err);
}
static const struct sw_field new_form_fields[] = {
    CUSTOMER_FORM_FIELDS(struct customer_new_form),
    UNIT_FORM_FIELDS(struct customer_new_form),
};
const struct sw_record customers_new_form = {
    SW_RECORD(struct customer_new_form, "customers.new_form", new_form_fields),
    .check = new_form_check,
};

static const struct sw_field search_form_fields[] = {
    SW_F_TEXT(struct customer_search_form, q, 1, .max = 100, .label = N_("Name, phone, plate, VIN or unit number")),
    SW_F_TEXT(struct customer_search_form, after, 2, .max = 600),
};
const struct sw_record customers_search_form = {
    SW_RECORD(struct customer_search_form, "customers.search_form", search_form_fields)};

/* ---- Views */

static const struct sw_field unit_row_fields[] = {
    SW_F_REF(struct unit_row, id, 1, "customers.unit"),
    SW_F_TEXT(struct unit_row, name, 2),
    SW_F_TEXT(struct unit_row, plate, 3),
    SW_F_TEXT(struct unit_row, plate_region, 4),
    SW_F_TEXT(struct unit_row, vin, 5),
    SW_F_TEXT(struct unit_row, unit_number, 6),
    SW_F_TEXT(struct unit_row, color, 7),
    SW_F_INT(struct unit_row, usage, 8),
};
const struct sw_record customers_unit_row = {SW_RECORD(struct unit_row, "customers.unit_row", unit_row_fields)};

static const struct sw_field customer_row_fields[] = {
    SW_F_REF(struct customer_row, id, 1, "customers.customer"),
    SW_F_TEXT(struct customer_row, name, 2),
    SW_F_PHONE(struct customer_row, phone, 3),
    SW_F_EMAIL(struct customer_row, email, 4),
    SW_F_TEXT(struct customer_row, city, 5),
    SW_F_TEXT(struct customer_row, why, 6),
    SW_F_LIST(struct customer_row, units, 7, struct unit_row, &customers_unit_row),
};
const struct sw_record customers_customer_row = {SW_RECORD(struct customer_row, "customers.customer_row", customer_row_fields)};

static const struct sw_field list_view_fields[] = {
    SW_F_TEXT(struct customer_list_view, q, 1),
    SW_F_TEXT(struct customer_list_view, next, 2, .max = 600),
    SW_F_TEXT(struct customer_list_view, next_href, 4, .max = 1000),
    SW_F_LIST(struct customer_list_view, customers, 3, struct customer_row, &customers_customer_row),
};
const struct sw_record customers_list_view = {SW_RECORD(struct customer_list_view, "customers.list_view", list_view_fields)};

static const struct sw_field new_view_fields[] = {
    SW_F_BOOL(struct customer_new_view, asked, 1),
    SW_F_BOOL(struct customer_new_view, second, 2),
    SW_F_LIST(struct customer_new_view, known, 3, struct customer_row, &customers_customer_row),
};
const struct sw_record customers_new_view = {SW_RECORD(struct customer_new_view, "customers.new_view", new_view_fields)};

static const struct sw_field customer_view_fields[] = {
    SW_F_REF(struct customer_view, id, 1, "customers.customer"),
    SW_F_INT(struct customer_view, version, 2),
    SW_F_TEXT(struct customer_view, name, 3),
    SW_F_TEXT(struct customer_view, first, 4),
    SW_F_TEXT(struct customer_view, last, 5),
    SW_F_BOOL(struct customer_view, company, 6),
    SW_F_PHONE(struct customer_view, phone, 7),
    SW_F_PHONE(struct customer_view, phone2, 8),
    SW_F_EMAIL(struct customer_view, email, 9),
    SW_F_TEXT(struct customer_view, phone_href, 10),
    SW_F_TEXT(struct customer_view, street, 11),
    SW_F_TEXT(struct customer_view, city, 12),
    SW_F_TEXT(struct customer_view, region, 13),
    SW_F_TEXT(struct customer_view, postal, 14),
    SW_F_TEXT(struct customer_view, language, 15),
    SW_F_BOOL(struct customer_view, reach_text, 16),
    SW_F_BOOL(struct customer_view, reach_mail, 17),
    SW_F_TEXT(struct customer_view, consent_how, 18),
    SW_F_TIME(struct customer_view, consent_at, 19),
    SW_F_BOOL(struct customer_view, authorize_invoice, 20),
    SW_F_BOOL(struct customer_view, editable, 21),
    SW_F_BOOL(struct customer_view, second, 22),
    SW_F_TEXT(struct customer_view, note, 23, .max = 4000),
    SW_F_LIST(struct customer_view, units, 24, struct unit_row, &customers_unit_row),
    SW_F_LIST(struct customer_view, known, 25, struct customer_row, &customers_customer_row),
};
const struct sw_record customers_customer_view = {
    SW_RECORD(struct customer_view, "customers.customer_view", customer_view_fields)};

static const struct sw_field unit_view_fields[] = {
    SW_F_REF(struct unit_view, id, 1, "customers.unit"),
    SW_F_INT(struct unit_view, version, 2),
    SW_F_REF(struct unit_view, customer, 3, "customers.customer"),
    SW_F_TEXT(struct unit_view, customer_name, 4),
    SW_F_TEXT(struct unit_view, name, 5),
    SW_F_INT(struct unit_view, year, 6),
    SW_F_TEXT(struct unit_view, make, 7),
    SW_F_TEXT(struct unit_view, model, 8),
    SW_F_TEXT(struct unit_view, submodel, 9),
    SW_F_TEXT(struct unit_view, engine, 10),
    SW_F_TEXT(struct unit_view, color, 11),
    SW_F_TEXT(struct unit_view, plate, 12),
    SW_F_TEXT(struct unit_view, plate_region, 13),
    SW_F_TEXT(struct unit_view, vin, 14),
    SW_F_TEXT(struct unit_view, unit_number, 15),
    SW_F_BOOL(struct unit_view, serial, 16),
    SW_F_INT(struct unit_view, usage, 17),
    SW_F_TEXT(struct unit_view, vin_warning, 18),
    SW_F_BOOL(struct unit_view, editable, 19),
};
const struct sw_record customers_unit_view = {SW_RECORD(struct unit_view, "customers.unit_view", unit_view_fields)};
