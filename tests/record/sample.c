#include "sample.h"

#include <string.h>

const struct sw_enum sample_states = {"state", (const struct sw_word[]){{0, "new", N_("New"), "plain", "dot"},
                                                                        {1, "in_progress", N_("In progress"), "blue", "clock"},
                                                                        {5, "completed", N_("Completed"), "green", "check"},
                                                                        {0, NULL, NULL, NULL, NULL}}};
const struct sw_enum sample_reach = {
    "reach",
    (const struct sw_word[]){{0, "text", N_("Text"), NULL, NULL}, {3, "mail", N_("E-mail"), NULL, NULL}, {0, NULL, NULL, NULL, NULL}}};

static const struct sw_field line_fields[] = {
    SW_F_TEXT(struct sample_line, text, 1, .flags = SW_REQUIRED, .label = N_("Text"), .audience = SW_FOR_CUSTOMER),
    SW_F_QTY(struct sample_line, quantity, 2, .label = N_("Quantity"), .audience = SW_FOR_CUSTOMER),
    SW_F_MONEY(struct sample_line, price, 3, .label = N_("Price"), .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_BOOL(struct sample_line, taxed, 4, .label = N_("Taxed")),
};
static const struct sw_record line_record = {SW_RECORD(struct sample_line, "test.line", line_fields), .audience = SW_FOR_CUSTOMER};

static const struct sw_record place_record;
static const struct sw_field place_fields[] = {
    SW_F_TEXT(struct sample_place, street, 1, .max = 80, .label = N_("Street")),
    SW_F_SUB(struct sample_place, next, 2, struct sample_place, &place_record),
};
static const struct sw_record place_record = {SW_RECORD(struct sample_place, "test.place", place_fields)};

static const struct sw_field sample_fields[] = {
    SW_F_REF(struct sample, customer, 1, "test.customer", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sample, last, 2, .max = 40, .flags = SW_REQUIRED, .label = N_("Last name or company"), .audience = SW_FOR_CUSTOMER),
    SW_F_EMAIL(struct sample, email, 3, .label = N_("E-mail")),
    SW_F_PHONE(struct sample, phone, 4, .label = N_("Phone")),
    SW_F_TEXT(struct sample, plate, 5, .flags = SW_UPPER, .label = N_("Plate")),
    SW_F_TEXT(struct sample, note, 6, .max = 4000, .flags = SW_MULTILINE, .label = N_("Note")),
    SW_F_TEXT(struct sample, secret, 7, .flags = SW_SECRET),
    SW_F_TEXT(struct sample, password, 8, .flags = SW_PASSWORD, .label = N_("Password")),
    SW_F_BYTES(struct sample, strokes, 9, .max = 1000, .label = N_("Signature")),
    SW_F_BOOL(struct sample, company, 10, .label = N_("Company")),
    SW_F_INT(struct sample, year, 11, .lo = 1900, .hi = 2100, .label = N_("Year")),
    SW_F_MONEY(struct sample, total, 12, .label = N_("Total"), .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_QTY(struct sample, hours, 13, .label = N_("Hours")),
    SW_F_TIME(struct sample, opened, 14, .label = N_("Opened")),
    SW_F_SPAN(struct sample, span, 15, .label = N_("Span")),
    SW_F_MONEY(struct sample, delta, 16, .flags = SW_NEGATIVE, .label = N_("Difference")),
    SW_F_ENUM(struct sample, state, 17, &sample_states, .label = N_("State")),
    SW_F_FLAGS(struct sample, reach, 18, &sample_reach, .label = N_("Reach by")),
    SW_F_SUB(struct sample, place, 19, struct sample_place, &place_record, .label = N_("Place")),
    SW_F_LIST(struct sample, lines, 20, struct sample_line, &line_record, .max = 5, .label = N_("Lines"), .audience = SW_FOR_CUSTOMER),
    SW_F_STRS(struct sample, words, 21, .max = 3, .label = N_("Words")),
};

static int upgrade(void *record, uint16_t from, struct sw_arena *a, struct sw_err *err)
{
    (void)a;
    struct sample *s = record;
    if (s->hours < 0 || s->hours > 1000000)
        return sw_fail(err, SW_EMALFORMED, "hours", "%s", "no such minutes");
    if (from < 2)
        s->hours = s->hours * 1000 / 60; /* version 1 kept minutes under this tag */
    return SW_OK;
}

static int check(const void *record, struct sw_err *err)
{
    const struct sample *s = record;
    if (s->company && s->total == 13)
        return sw_fail(err, SW_EINVALID, "total", _("A company never owes 13."));
    return SW_OK;
}

static const struct sw_index sample_indexes[] = {{.name = "customer", .fields = {"customer", "opened"}}, {.name = NULL}};

const struct sw_record sample_record = {
    SW_RECORD(struct sample, "test.sample", sample_fields),
    .version = 2,
    .upgrade = upgrade,
    .check = check,
    .audience = SW_FOR_CUSTOMER,
    .owner = SW_OWNER_FIELD,
    .owner_field = "customer",
    .indexes = sample_indexes,
};

static const struct sw_field v1_line_fields[] = {
    SW_F_TEXT(struct sample_v1_line, text, 1),
    SW_F_QTY(struct sample_v1_line, quantity, 2),
    SW_F_MONEY(struct sample_v1_line, price, 3),
};
static const struct sw_record v1_line_record = {SW_RECORD(struct sample_v1_line, "test.line", v1_line_fields)};

static const struct sw_field v1_fields[] = {
    SW_F_REF(struct sample_v1, customer, 1, "test.customer"),
    SW_F_TEXT(struct sample_v1, name, 2),
    SW_F_INT(struct sample_v1, minutes, 13),
    SW_F_LIST(struct sample_v1, lines, 20, struct sample_v1_line, &v1_line_record),
};
const struct sw_record sample_v1_record = {SW_RECORD(struct sample_v1, "test.sample", v1_fields)};

static int no_upgrade(void *record, uint16_t from, struct sw_arena *a, struct sw_err *err)
{
    (void)record;
    (void)a;
    return sw_fail(err, SW_EFAIL, "", "from %u", from);
}
const struct sw_record sample_old_record = {SW_RECORD(struct sample_v1, "test.sample", v1_fields), .version = 2, .upgrade = no_upgrade};
