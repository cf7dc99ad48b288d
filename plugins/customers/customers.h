/* customers.h: customers and their units, as other plugins may use them. Through sw_interface("customers", 1) only. */
#ifndef SHOPWRIGHT_CUSTOMERS_H
#define SHOPWRIGHT_CUSTOMERS_H

#include <shopwright/plugin.h>

/* customers.customer. Owner: itself. Indexes: "name" (last, first), "phone" (emits each number), "email", "search" (emits words of names, phones). */
struct customer {
    struct sw_head head;
    struct sw_str first, last; /* last: last name or company; first may be empty */
    bool company;
    struct sw_str phone, phone2, email; /* E.164; the e-mail on file */
    struct sw_str street, city, region, postal;
    struct sw_str language;
    bool reach_text, reach_mail;
    struct sw_str consent_how; /* consent to texts: how it was given; "" none */
    int64_t consent_at;
    bool authorize_invoice; /* G2 */
    struct sw_str note;     /* staff only */
    uint64_t merged_into;   /* alias: the canonical customer; 0 for a canonical one */
};
/* customers.unit. Owner: customer. Indexes: "customer", "plate", "vin", "number". */
struct unit {
    struct sw_head head;
    uint64_t customer;
    int64_t year;
    struct sw_str make, model, submodel, engine, color;
    struct sw_str plate, plate_region, vin, unit_number;
    bool serial; /* vin is another serial number (trailer, machine): no check digit */
    int64_t usage; /* miles (or hours of a machine) at the last visit */
};

struct customers_interface {
    const struct sw_record *customer, *unit;
    struct sw_str (*name)(struct sw_arena *a, const struct customer *c);    /* "Elena Marquez" */
    struct sw_str (*unit_name)(struct sw_arena *a, const struct unit *u);   /* "2016 Subaru Outback 2.5i" */
    int (*by_email)(struct sw_tx *tx, struct sw_str email, struct customer *out, struct sw_err *err); /* SW_ENOTFOUND; canonical only */
};
enum { CUSTOMERS_INTERFACE = 1 };
#endif
