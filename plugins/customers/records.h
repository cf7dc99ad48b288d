/* records.h: the stored records, forms and views of the plugin, and what its files share. */
#ifndef CUSTOMERS_RECORDS_H
#define CUSTOMERS_RECORDS_H

#ifndef SW_TEXT_DOMAIN
#define SW_TEXT_DOMAIN "customers"
#endif
#include "customers.h"

enum { CUSTOMERS_PAGE = 50, CUSTOMERS_UNITS_MAX = 200, CUSTOMERS_KNOWN_MAX = 5, CUSTOMERS_WORDS_MAX = 8 };

extern const struct sw_record customers_customer_record, customers_unit_record;

/* ---- Forms: what a request may say; never the stored records. */

/* The unit's part stands in two forms: on its own, and with a new customer. */
#define CUSTOMERS_UNIT_FIELDS                                                                      \
    int64_t year;                                                                                  \
    struct sw_str make, model, submodel, engine, color;                                            \
    struct sw_str plate, plate_region, vin, unit_number;                                           \
    bool serial;                                                                                   \
    int64_t usage;
#define CUSTOMERS_CUSTOMER_FIELDS                                                                  \
    struct sw_str first, last;                                                                     \
    bool company;                                                                                  \
    struct sw_str phone, phone2, email, street, city, region, postal, language;                    \
    bool reach_text, reach_mail;                                                                   \
    struct sw_str consent_how;                                                                     \
    bool authorize_invoice;                                                                        \
    struct sw_str note;                                                                            \
    bool second;

struct customer_form {
    CUSTOMERS_CUSTOMER_FIELDS
    int64_t version;
};
struct unit_form {
    CUSTOMERS_UNIT_FIELDS
    int64_t version;
};
struct customer_new_form {
    CUSTOMERS_CUSTOMER_FIELDS
    CUSTOMERS_UNIT_FIELDS
};
struct customer_search_form {
    struct sw_str q, after;
};
extern const struct sw_record customers_customer_form, customers_unit_form, customers_new_form, customers_search_form;

/* ---- Views */

struct unit_row {
    uint64_t id;
    struct sw_str name, plate, plate_region, vin, unit_number, color;
    int64_t usage;
};
struct customer_row {
    uint64_t id;
    struct sw_str name, phone, email, city, why;
    SW_LIST_OF(struct unit_row) units;
};
struct customer_list_view {
    struct sw_str q, next, next_href;
    SW_LIST_OF(struct customer_row) customers;
};
/* Also what the empty form shows: `known` are those that look like the one being typed. */
struct customer_new_view {
    bool asked; /* a form was refused, so the look-alikes were searched */
    bool second; /* one of them has the same phone number: the tick is offered */
    SW_LIST_OF(struct customer_row) known;
};
struct customer_view {
    uint64_t id;
    int64_t version;
    struct sw_str name, first, last;
    bool company;
    struct sw_str phone, phone2, email, phone_href, street, city, region, postal, language;
    bool reach_text, reach_mail;
    struct sw_str consent_how;
    int64_t consent_at;
    bool authorize_invoice, editable, second;
    struct sw_str note;
    SW_LIST_OF(struct unit_row) units;
    SW_LIST_OF(struct customer_row) known;
};
struct unit_view {
    uint64_t id, customer;
    int64_t version;
    struct sw_str customer_name, name;
    CUSTOMERS_UNIT_FIELDS
    struct sw_str vin_warning;
    bool editable;
};
extern const struct sw_record customers_unit_row, customers_customer_row, customers_list_view, customers_new_view, customers_customer_view,
    customers_unit_view;

/* ---- names.c: how customers and units are called, and the words they are found by */

struct sw_str customers_name(struct sw_arena *a, const struct customer *c);
struct sw_str customers_unit_name(struct sw_arena *a, const struct unit *u);
/* Lower case, accents dropped ("Márquez" is found as "marquez"), for index keys and for what is searched. */
struct sw_str customers_fold(struct sw_arena *a, struct sw_str s);
/* The next word of *rest (letters and digits), which moves on; empty at the end. */
struct sw_str customers_word(struct sw_str *rest);
/* Only the digits of s. */
struct sw_str customers_digits(struct sw_arena *a, struct sw_str s);
void customers_customer_words(const void *record, struct sw_arena *a, void (*add)(void *sink, struct sw_str key), void *sink);
void customers_customer_phones(const void *record, struct sw_arena *a, void (*add)(void *sink, struct sw_str key), void *sink);
void customers_unit_words(const void *record, struct sw_arena *a, void (*add)(void *sink, struct sw_str key), void *sink);

/* ---- vin.c */

enum { CUSTOMERS_VIN_LENGTH = 17 };
/* A sentence when the check digit (the ninth) does not fit or a letter can't be in a VIN; NULL when nothing is odd. `vin` has 17 characters. */
const char *customers_vin_warning(struct sw_str vin);
/* Refuses a VIN of another length. `vin` empty or a serial: fine. */
int customers_vin_check(struct sw_str vin, bool serial, struct sw_err *err);

/* ---- search.c */

/* Customers that carry this number, canonical ones, without `but` (0: none). */
int customers_by_phone(struct sw_tx *tx, struct sw_str e164, uint64_t but, size_t limit, struct customer **out, size_t *n,
                       struct sw_err *err);
int customers_by_email(struct sw_tx *tx, struct sw_str email, struct customer *out, struct sw_err *err);
int customers_units_of(struct sw_tx *tx, uint64_t customer, struct sw_list *rows, struct sw_err *err);
void customers_row_fill(struct sw_arena *a, struct customer_row *row, const struct customer *c);
void customers_unit_row_fill(struct sw_arena *a, struct unit_row *row, const struct unit *u);
int customers_list_page(struct sw_req *r, struct sw_err *err);

/* ---- customer.c, unit.c: the handlers */

int customers_new_page(struct sw_req *r, struct sw_err *err);
int customers_new_post(struct sw_req *r, struct sw_err *err);
int customers_customer_page(struct sw_req *r, struct sw_err *err);
int customers_edit_page(struct sw_req *r, struct sw_err *err);
int customers_edit_post(struct sw_req *r, struct sw_err *err);
int customers_unit_new_page(struct sw_req *r, struct sw_err *err);
int customers_unit_new_post(struct sw_req *r, struct sw_err *err);
int customers_unit_page(struct sw_req *r, struct sw_err *err);
int customers_unit_post(struct sw_req *r, struct sw_err *err);
/* From any of the unit forms into the record; refuses what can't be a unit. */
int customers_unit_take(struct unit *u, const struct unit_form *f, struct sw_err *err);

#endif
