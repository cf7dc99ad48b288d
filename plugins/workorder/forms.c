/* forms.c: what requests may say. Never the stored records: nobody sets a state or a total by a form. */
#include "records.h"

static const struct sw_word note_back_words[] = {
    {BACK_JOB, "job", N_("The job"), NULL, NULL},
    {BACK_TASK, "task", N_("The task"), NULL, NULL},
    {BACK_TECH, "tech", N_("My work"), NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum note_backs = {"workorder.back", note_back_words};

#define JOB_FIELDS                                                                                                                        \
    SW_F_TEXT(struct job_form, title, 3, .max = 120, .flags = SW_REQUIRED, .label = N_("Title"),                                          \
              .hint = N_("What the customer reads first: “Coolant leak and front brakes”")),                                              \
        SW_F_TEXT(struct job_form, complaint, 4, .max = 4000, .flags = SW_MULTILINE, .label = N_("What is wrong, in the customer's words")), \
        SW_F_REF(struct job_form, advisor, 5, "core.member", .label = N_("Advisor")),                                                     \
        SW_F_TIME(struct job_form, scheduled, 6, .label = N_("Comes in")), SW_F_TIME(struct job_form, due, 7, .label = N_("Promised for")), \
        SW_F_INT(struct job_form, usage_in, 8, .hi = 10000000, .label = N_("Miles or hours at arrival")),                                 \
        SW_F_BOOL(struct job_form, wants_estimate, 9, .label = N_("The customer requests a written estimate"))

static const struct sw_field job_form_fields[] = {
    SW_F_REF(struct job_form, customer, 1, "customers.customer", .flags = SW_REQUIRED, .label = N_("Customer")),
    SW_F_REF(struct job_form, unit, 2, "customers.unit", .flags = SW_REQUIRED, .label = N_("Unit")),
    JOB_FIELDS,
};
const struct sw_record job_form_record = {SW_RECORD(struct job_form, "workorder.job_form", job_form_fields)};

static const struct sw_field job_edit_form_fields[] = {JOB_FIELDS, SW_F_INT(struct job_form, version, 10, .flags = SW_HIDDEN)};
const struct sw_record job_edit_form_record = {
    SW_RECORD(struct job_form, "workorder.job_edit_form", job_edit_form_fields), .flags = SW_PARTIAL};

static const struct sw_field task_form_fields[] = {
    SW_F_TEXT(struct task_form, title, 1, .max = 120, .flags = SW_REQUIRED, .label = N_("Task")),
    SW_F_TEXT(struct task_form, description, 2, .max = 4000, .flags = SW_MULTILINE, .label = N_("Description for the customer")),
    SW_F_ENUM(struct task_form, kind, 3, &task_kinds, .label = N_("Charged")),
    SW_F_MONEY(struct task_form, price, 4, .hi = 100000000, .label = N_("Price, or rate an hour"),
               .hint = N_("Hourly and empty: the shop's labor rate")),
    SW_F_QTY(struct task_form, quantity, 5, .hi = 10000000, .label = N_("Quantity"), .hint = N_("Flat only; empty is 1")),
    SW_F_QTY(struct task_form, estimated, 6, .hi = 10000000, .label = N_("Estimated hours"), .hint = N_("Hourly only")),
    SW_F_BOOL(struct task_form, taxed, 7, .label = N_("Taxed")),
    SW_F_REF(struct task_form, technician, 8, "core.member", .label = N_("Technician")),
    SW_F_INT(struct task_form, priority, 9, .hi = 99, .label = N_("Technician's priority"), .hint = N_("1 is first; empty: none")),
    SW_F_INT(struct task_form, place, 10, .hi = 100000, .label = N_("Place in the list")),
    SW_F_INT(struct task_form, version, 11, .flags = SW_HIDDEN),
};
const struct sw_record task_form_record = {SW_RECORD(struct task_form, "workorder.task_form", task_form_fields)};
const struct sw_record task_edit_form_record = {
    SW_RECORD(struct task_form, "workorder.task_edit_form", task_form_fields), .flags = SW_PARTIAL};

static const struct sw_field part_form_fields[] = {
    SW_F_TEXT(struct part_form, description, 1, .max = 200, .flags = SW_REQUIRED, .label = N_("Part")),
    SW_F_TEXT(struct part_form, number, 2, .max = 60, .label = N_("Part number"), .hint = N_("Staff only")),
    SW_F_REF(struct part_form, task, 3, "workorder.task", .label = N_("For the task")),
    SW_F_QTY(struct part_form, quantity, 4, .hi = 10000000, .label = N_("Quantity"), .hint = N_("Empty is 1")),
    SW_F_MONEY(struct part_form, price, 5, .hi = 100000000, .label = N_("Price each")),
    SW_F_BOOL(struct part_form, taxed, 6, .label = N_("Taxed")),
    SW_F_BOOL(struct part_form, customers_own, 7, .label = N_("The customer brings it (not charged)")),
    SW_F_INT(struct part_form, version, 8, .flags = SW_HIDDEN),
};
const struct sw_record part_form_record = {SW_RECORD(struct part_form, "workorder.part_form", part_form_fields)};
const struct sw_record part_edit_form_record = {
    SW_RECORD(struct part_form, "workorder.part_edit_form", part_form_fields), .flags = SW_PARTIAL};

static const struct sw_field fee_form_fields[] = {
    SW_F_TEXT(struct fee_form, description, 1, .max = 200, .flags = SW_REQUIRED, .label = N_("Fee")),
    SW_F_MONEY(struct fee_form, amount, 2, .hi = 100000000, .flags = SW_REQUIRED, .label = N_("Amount")),
    SW_F_BOOL(struct fee_form, taxed, 3, .label = N_("Taxed")),
    SW_F_INT(struct fee_form, version, 4, .flags = SW_HIDDEN),
};
const struct sw_record fee_form_record = {SW_RECORD(struct fee_form, "workorder.fee_form", fee_form_fields)};
const struct sw_record fee_edit_form_record = {
    SW_RECORD(struct fee_form, "workorder.fee_edit_form", fee_form_fields), .flags = SW_PARTIAL};

static const struct sw_field do_form_fields[] = {
    SW_F_TEXT(struct do_form, action, 1, .max = 40, .flags = SW_REQUIRED, .label = N_("Action")),
    SW_F_TEXT(struct do_form, reason, 2, .max = 1000, .flags = SW_MULTILINE, .label = N_("Reason")),
    SW_F_BOOL(struct do_form, switch_over, 3, .label = N_("Switch here from the task where your clock runs")),
    SW_F_ENUM(struct do_form, back, 4, &note_backs),
};
const struct sw_record do_form_record = {SW_RECORD(struct do_form, "workorder.do_form", do_form_fields)};

static const struct sw_field note_form_fields[] = {
    SW_F_TEXT(struct note_form, text, 1, .max = 4000, .flags = SW_REQUIRED | SW_MULTILINE, .label = N_("Note")),
    SW_F_BOOL(struct note_form, internal, 2, .label = N_("Only for staff")),
    SW_F_ENUM(struct note_form, back, 3, &note_backs),
};
const struct sw_record note_form_record = {SW_RECORD(struct note_form, "workorder.note_form", note_form_fields)};

static const struct sw_field upload_form_fields[] = {
    SW_F_BOOL(struct upload_form, internal, 1, .label = N_("Only for staff")),
    SW_F_ENUM(struct upload_form, back, 2, &note_backs),
};
const struct sw_record upload_form_record = {SW_RECORD(struct upload_form, "workorder.upload_form", upload_form_fields)};

static const struct sw_field time_form_fields[] = {
    SW_F_TIME(struct time_form, start, 1, .flags = SW_REQUIRED, .label = N_("Clocked on")),
    SW_F_TIME(struct time_form, end, 2, .label = N_("Clocked off")),
    SW_F_TEXT(struct time_form, reason, 3, .max = 1000, .flags = SW_REQUIRED, .label = N_("Reason of the correction")),
};
const struct sw_record time_form_record = {SW_RECORD(struct time_form, "workorder.time_form", time_form_fields)};

static const struct sw_field board_form_fields[] = {
    SW_F_TEXT(struct board_form, state, 1, .max = 20),
    SW_F_TEXT(struct board_form, after, 2, .max = 200),
};
const struct sw_record board_form_record = {SW_RECORD(struct board_form, "workorder.board_form", board_form_fields)};

static const struct sw_field tech_form_fields[] = {SW_F_REF(struct tech_form, task, 1, "workorder.task")};
const struct sw_record tech_form_record = {SW_RECORD(struct tech_form, "workorder.tech_form", tech_form_fields)};

static const struct sw_field new_form_fields[] = {
    SW_F_REF(struct new_form, customer, 1, "customers.customer"),
    SW_F_REF(struct new_form, unit, 2, "customers.unit"),
};
const struct sw_record new_form_record = {SW_RECORD(struct new_form, "workorder.new_form", new_form_fields)};

/* Removing a line says nothing more. */
static const struct sw_field delete_form_fields[] = {SW_F_INT(struct fee_form, version, 1, .flags = SW_HIDDEN)};
const struct sw_record delete_form_record = {SW_RECORD(struct fee_form, "workorder.delete_form", delete_form_fields)};
