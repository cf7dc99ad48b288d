/* views.c: what the staff's pages show, and their JSON says. Staff only: nothing here is marked for customers. */
#define WORKORDER_PRICED_TABLES
#include "records.h"

static const struct sw_field person_fields[] = {
    SW_F_REF(struct person_row, id, 1, "core.member"),
    SW_F_TEXT(struct person_row, name, 2),
    SW_F_BOOL(struct person_row, chosen, 3),
};
static const struct sw_record person_row_record = {SW_RECORD(struct person_row, "workorder.person_row", person_fields)};

static const struct sw_field note_row_fields[] = {
    SW_F_REF(struct note_row, id, 1, "workorder.note"), SW_F_REF(struct note_row, task, 2, "workorder.task"),
    SW_F_TIME(struct note_row, at, 3),                  SW_F_TEXT(struct note_row, who, 4),
    SW_F_TEXT(struct note_row, text, 5, .max = 4000),   SW_F_BOOL(struct note_row, internal, 6),
};
static const struct sw_record note_row_record = {SW_RECORD(struct note_row, "workorder.note_row", note_row_fields)};

static const struct sw_field part_row_fields[] = {
    SW_F_REF(struct part_row, id, 1, "workorder.part"), SW_F_REF(struct part_row, task, 2, "workorder.task"),
    SW_F_TEXT(struct part_row, description, 3),         SW_F_TEXT(struct part_row, number, 4),
    SW_F_QTY(struct part_row, quantity, 5),             SW_F_MONEY(struct part_row, price, 6),
    SW_F_MONEY(struct part_row, total, 7, .flags = SW_NEGATIVE),
    SW_F_BOOL(struct part_row, taxed, 8),               SW_F_BOOL(struct part_row, customers_own, 9),
};
static const struct sw_record part_row_record = {SW_RECORD(struct part_row, "workorder.part_row", part_row_fields)};

static const struct sw_field fee_row_fields[] = {
    SW_F_REF(struct fee_row, id, 1, "workorder.fee"), SW_F_TEXT(struct fee_row, description, 2),
    SW_F_MONEY(struct fee_row, amount, 3),            SW_F_BOOL(struct fee_row, taxed, 4),
};
static const struct sw_record fee_row_record = {SW_RECORD(struct fee_row, "workorder.fee_row", fee_row_fields)};

static const struct sw_field time_row_fields[] = {
    SW_F_REF(struct time_row, id, 1, "workorder.time"), SW_F_TEXT(struct time_row, who, 2), SW_F_TEXT(struct time_row, reason, 3, .max = 1000),
    SW_F_TIME(struct time_row, start, 4),               SW_F_TIME(struct time_row, end, 5), SW_F_SPAN(struct time_row, span, 6),
};
static const struct sw_record time_row_record = {SW_RECORD(struct time_row, "workorder.time_row", time_row_fields)};

static const struct sw_field event_row_fields[] = {
    SW_F_TIME(struct event_row, at, 1), SW_F_TEXT(struct event_row, who, 2), SW_F_TEXT(struct event_row, what, 3)};
static const struct sw_record event_row_record = {SW_RECORD(struct event_row, "workorder.event_row", event_row_fields)};

static const struct sw_field task_row_fields[] = {
    SW_F_REF(struct task_row, id, 1, "workorder.task"),
    SW_F_REF(struct task_row, job, 2, "workorder.job"),
    SW_F_INT(struct task_row, place, 3),
    SW_F_INT(struct task_row, version, 4),
    SW_F_TEXT(struct task_row, title, 5),
    SW_F_TEXT(struct task_row, description, 6, .max = 4000),
    SW_F_ENUM(struct task_row, kind, 7, &task_kinds),
    SW_F_ENUM(struct task_row, state, 8, &task_states),
    SW_F_MONEY(struct task_row, price, 9),
    SW_F_QTY(struct task_row, quantity, 10),
    SW_F_QTY(struct task_row, estimated, 11),
    SW_F_QTY(struct task_row, hours, 12),
    SW_F_MONEY(struct task_row, total, 13, .flags = SW_NEGATIVE),
    SW_F_MONEY(struct task_row, estimated_total, 14, .flags = SW_NEGATIVE),
    SW_F_BOOL(struct task_row, hourly, 15),
    SW_F_BOOL(struct task_row, taxed, 16),
    SW_F_BOOL(struct task_row, over, 17),
    SW_F_BOOL(struct task_row, done, 18),
    SW_F_BOOL(struct task_row, mine, 19),
    SW_F_BOOL(struct task_row, running_here, 20),
    SW_F_REF(struct task_row, technician, 21, "core.member"),
    SW_F_TEXT(struct task_row, technician_name, 22),
    SW_F_INT(struct task_row, priority, 23),
    SW_F_TIME(struct task_row, running, 24),
    SW_F_SPAN(struct task_row, worked, 25),
    SW_F_TIME(struct task_row, completed, 26),
    SW_F_SPAN(struct task_row, over_ms, 27),
    SW_F_SPAN(struct task_row, estimated_ms, 28),
    SW_F_TEXT(struct task_row, unit_name, 29),
    SW_F_TEXT(struct task_row, plate, 30),
    SW_F_TEXT(struct task_row, customer_name, 31),
    SW_F_TIME(struct task_row, due, 32),
    SW_F_INT(struct task_row, ro_number, 33),
    SW_F_ENUM(struct task_row, authorization, 34, &job_authorizations),
    SW_F_BOOL(struct task_row, waits, 35),
    SW_F_LIST(struct task_row, parts, 36, struct part_row, &part_row_record),
    SW_F_LIST(struct task_row, notes, 37, struct note_row, &note_row_record, .max = JOB_NOTES_MAX),
    SW_F_LIST(struct task_row, files, 38, struct sw_file_view, &sw_file_view_record),
    SW_F_LIST(struct task_row, actions, 39, struct sw_action, &sw_action_view),
    SW_F_SPAN(struct task_row, before, 41),
    SW_F_LIST(struct task_row, times, 40, struct time_row, &time_row_record, .max = TASK_TIMES_MAX),
};
const struct sw_record task_row_record = {SW_RECORD(struct task_row, "workorder.task_row", task_row_fields)};

static const struct sw_field job_row_fields[] = {
    SW_F_REF(struct job_row, id, 1, "workorder.job"),
    SW_F_TEXT(struct job_row, title, 2),
    SW_F_TEXT(struct job_row, customer_name, 3),
    SW_F_TEXT(struct job_row, unit_name, 4),
    SW_F_TEXT(struct job_row, plate, 5),
    SW_F_TEXT(struct job_row, advisor_name, 6),
    SW_F_ENUM(struct job_row, state, 7, &job_states),
    SW_F_ENUM(struct job_row, authorization, 8, &job_authorizations),
    SW_F_TIME(struct job_row, opened, 9),
    SW_F_TIME(struct job_row, due, 10),
    SW_F_INT(struct job_row, tasks, 11),
    SW_F_INT(struct job_row, tasks_done, 12),
    SW_F_INT(struct job_row, ro_number, 13),
    SW_F_BOOL(struct job_row, late, 14),
};
static const struct sw_record job_row_record = {SW_RECORD(struct job_row, "workorder.job_row", job_row_fields)};

static const struct sw_field tab_row_fields[] = {
    SW_F_TEXT(struct tab_row, path, 1), SW_F_TEXT(struct tab_row, label, 2), SW_F_INT(struct tab_row, total, 3),
    SW_F_BOOL(struct tab_row, current, 4)};
static const struct sw_record tab_row_record = {SW_RECORD(struct tab_row, "workorder.tab_row", tab_row_fields)};

static const struct sw_field board_view_fields[] = {
    SW_F_LIST(struct board_view, tabs, 1, struct tab_row, &tab_row_record),
    SW_F_LIST(struct board_view, jobs, 2, struct job_row, &job_row_record, .max = SW_SCAN_MAX),
    SW_F_TEXT(struct board_view, state, 3),
    SW_F_TEXT(struct board_view, next, 4),
};
const struct sw_record board_view_record = {SW_RECORD(struct board_view, "workorder.board_view", board_view_fields)};

static const struct sw_field change_fields[] = {SW_F_TEXT(struct job_change, description, 1), SW_F_TEXT(struct job_change, what, 2)};
static const struct sw_record change_record = {SW_RECORD(struct job_change, "workorder.job_change", change_fields)};
static const struct sw_field changes_fields[] = {
    SW_F_BOOL(struct job_changes, was_signed, 1),
    SW_F_TEXT(struct job_changes, who, 2),
    SW_F_TIME(struct job_changes, at, 3),
    SW_F_MONEY(struct job_changes, total, 4, .flags = SW_NEGATIVE),
    SW_F_LIST(struct job_changes, rows, 5, struct job_change, &change_record, .max = PRICED_LINES_MAX * 4),
};
static const struct sw_record changes_record = {SW_RECORD(struct job_changes, "workorder.job_changes", changes_fields)};

static const struct sw_field job_view_fields[] = {
    SW_F_REF(struct job_view, id, 1, "workorder.job"),
    SW_F_REF(struct job_view, customer, 2, "customers.customer"),
    SW_F_REF(struct job_view, unit, 3, "customers.unit"),
    SW_F_REF(struct job_view, advisor, 4, "core.member"),
    SW_F_INT(struct job_view, version, 5),
    SW_F_TEXT(struct job_view, title, 6),
    SW_F_TEXT(struct job_view, complaint, 7, .max = 4000),
    SW_F_TEXT(struct job_view, customer_name, 8),
    SW_F_TEXT(struct job_view, unit_name, 9),
    SW_F_TEXT(struct job_view, plate, 10),
    SW_F_TEXT(struct job_view, vin, 11),
    SW_F_PHONE(struct job_view, customer_phone, 12),
    SW_F_TEXT(struct job_view, advisor_name, 13),
    SW_F_TEXT(struct job_view, cancel_reason, 14, .max = 1000),
    SW_F_ENUM(struct job_view, state, 15, &job_states),
    SW_F_ENUM(struct job_view, authorization, 16, &job_authorizations),
    SW_F_INT(struct job_view, ro_number, 17),
    SW_F_TIME(struct job_view, opened, 18),
    SW_F_TIME(struct job_view, scheduled, 19),
    SW_F_TIME(struct job_view, due, 20),
    SW_F_TIME(struct job_view, completed, 21),
    SW_F_INT(struct job_view, usage_in, 22),
    SW_F_INT(struct job_view, tasks_total, 23),
    SW_F_INT(struct job_view, tasks_done, 24),
    SW_F_MONEY(struct job_view, labor_rate, 25),
    SW_F_BOOL(struct job_view, wants_estimate, 26),
    SW_F_BOOL(struct job_view, open, 27),
    SW_F_BOOL(struct job_view, can_authorize, 28),
    SW_F_BOOL(struct job_view, asks_again, 29),
    SW_F_BOOL(struct job_view, advising, 30),
    SW_F_LIST(struct job_view, tasks, 31, struct task_row, &task_row_record),
    SW_F_LIST(struct job_view, parts, 32, struct part_row, &part_row_record),
    SW_F_LIST(struct job_view, fees, 33, struct fee_row, &fee_row_record),
    SW_F_LIST(struct job_view, notes, 34, struct note_row, &note_row_record, .max = JOB_NOTES_MAX),
    SW_F_LIST(struct job_view, files, 35, struct sw_file_view, &sw_file_view_record),
    SW_F_LIST(struct job_view, actions, 36, struct sw_action, &sw_action_view),
    SW_F_LIST(struct job_view, events, 37, struct event_row, &event_row_record),
    SW_F_LIST(struct job_view, technicians, 38, struct person_row, &person_row_record, .max = SW_SCAN_MAX),
    SW_F_SUB(struct job_view, priced, 39, struct priced, &priced_record),
    SW_F_TEXT(struct job_view, rule_error, 40, .max = 1000),
    SW_F_LIST(struct job_view, tasks_for_parts, 41, struct person_row, &person_row_record),
    SW_F_SUB(struct job_view, changes, 42, struct job_changes, &changes_record),
};
const struct sw_record job_view_record = {SW_RECORD(struct job_view, "workorder.job_view", job_view_fields)};

static const struct sw_field task_view_fields[] = {
    SW_F_REF(struct task_view, job, 1, "workorder.job"),
    SW_F_TEXT(struct task_view, job_title, 2),
    SW_F_TEXT(struct task_view, unit_name, 3),
    SW_F_TEXT(struct task_view, plate, 4),
    SW_F_SUB(struct task_view, task, 5, struct task_row, &task_row_record),
    SW_F_LIST(struct task_view, technicians, 6, struct person_row, &person_row_record, .max = SW_SCAN_MAX),
    SW_F_BOOL(struct task_view, advising, 7),
    SW_F_BOOL(struct task_view, open, 8),
    SW_F_BOOL(struct task_view, elsewhere, 9),
};
const struct sw_record task_view_record = {SW_RECORD(struct task_view, "workorder.task_view", task_view_fields)};

static const struct sw_field line_view_fields[] = {
    SW_F_REF(struct line_view, job, 1, "workorder.job"),
    SW_F_INT(struct line_view, version, 2),
    SW_F_TEXT(struct line_view, job_title, 3),
    SW_F_TEXT(struct line_view, unit_name, 4),
    SW_F_TEXT(struct line_view, plate, 5),
    SW_F_SUB(struct line_view, part, 6, struct part_row, &part_row_record),
    SW_F_SUB(struct line_view, fee, 7, struct fee_row, &fee_row_record),
    SW_F_BOOL(struct line_view, open, 8),
    SW_F_LIST(struct line_view, tasks, 9, struct person_row, &person_row_record),
};
const struct sw_record line_view_record = {SW_RECORD(struct line_view, "workorder.line_view", line_view_fields)};

static const struct sw_field time_view_fields[] = {
    SW_F_REF(struct time_view, job, 1, "workorder.job"), SW_F_REF(struct time_view, task, 2, "workorder.task"),
    SW_F_REF(struct time_view, id, 3, "workorder.time"), SW_F_TEXT(struct time_view, title, 4),
    SW_F_TEXT(struct time_view, who, 5),                 SW_F_TEXT(struct time_view, reason, 6, .max = 1000),
    SW_F_TIME(struct time_view, start, 7),               SW_F_TIME(struct time_view, end, 8),
};
const struct sw_record time_view_record = {SW_RECORD(struct time_view, "workorder.time_view", time_view_fields)};

static const struct sw_field new_view_fields[] = {
    SW_F_REF(struct new_view, customer, 1, "customers.customer"),
    SW_F_TEXT(struct new_view, customer_name, 2),
    SW_F_LIST(struct new_view, units, 3, struct person_row, &person_row_record, .max = SW_SCAN_MAX),
    SW_F_REF(struct new_view, unit, 4, "customers.unit"),
};
const struct sw_record new_view_record = {SW_RECORD(struct new_view, "workorder.new_view", new_view_fields)};

static const struct sw_field tech_view_fields[] = {
    SW_F_TEXT(struct tech_view, name, 1),
    SW_F_SUB(struct tech_view, current, 2, struct task_row, &task_row_record),
    SW_F_SUB(struct tech_view, elsewhere, 3, struct task_row, &task_row_record),
    SW_F_LIST(struct tech_view, next, 4, struct task_row, &task_row_record),
    SW_F_LIST(struct tech_view, free_tasks, 5, struct task_row, &task_row_record),
};
const struct sw_record tech_view_record = {SW_RECORD(struct tech_view, "workorder.tech_view", tech_view_fields)};
