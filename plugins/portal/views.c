/* views.c: the tables of what customers see. No field here holds a price: there is nothing to leak (B6). */
#include "views.h"

static const struct sw_word status_words[] = {
    {PORTAL_SCHEDULED, "scheduled", N_("Scheduled"), NULL, "calendar"},
    {PORTAL_WAITING, "waiting", N_("Not started yet"), NULL, "circle"},
    {PORTAL_IN_PROGRESS, "in_progress", N_("In progress"), "busy", "half"},
    {PORTAL_READY, "ready", N_("Ready"), "good", "check"},
    {PORTAL_COMPLETED, "completed", N_("Completed"), "good", "check"},
    {PORTAL_CANCELLED, "cancelled", N_("Cancelled"), NULL, "cross"},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum statuses = {"portal.status", status_words};

static const struct sw_word task_words[] = {
    {PORTAL_TASK_NEW, "new", N_("New"), NULL, "circle"},
    {PORTAL_TASK_IN_PROGRESS, "in_progress", N_("In progress"), "busy", "half"},
    {PORTAL_TASK_COMPLETED, "completed", N_("Completed"), "good", "check"},
    {PORTAL_TASK_DECLINED, "declined", N_("Not done: declined"), NULL, "cross"},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum task_statuses = {"portal.task_status", task_words};

static const struct sw_word ask_words[] = {
    {PORTAL_ASK_NONE, "none", N_("Nothing to authorize"), NULL, NULL},
    {PORTAL_ASK_REQUIRED, "required", N_("Authorization required"), "stop", "pen"},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum asks = {"portal.ask", ask_words};

#define OWN .audience = SW_FOR_CUSTOMER

static const struct sw_field row_fields[] = {
    SW_F_REF(struct portal_job_row, id, 1, "workorder.job", OWN),
    SW_F_TEXT(struct portal_job_row, title, 2, OWN),
    SW_F_TEXT(struct portal_job_row, unit_name, 3, OWN),
    SW_F_TEXT(struct portal_job_row, plate, 4, OWN),
    SW_F_ENUM(struct portal_job_row, status, 5, &statuses, OWN),
    SW_F_ENUM(struct portal_job_row, ask, 6, &asks, OWN),
    SW_F_TIME(struct portal_job_row, opened, 7, OWN),
    SW_F_TIME(struct portal_job_row, scheduled, 8, OWN),
    SW_F_TIME(struct portal_job_row, closed, 9, OWN),
    SW_F_INT(struct portal_job_row, tasks, 10, OWN),
    SW_F_INT(struct portal_job_row, tasks_done, 11, OWN),
};
static const struct sw_record row_record = {SW_RECORD(struct portal_job_row, "portal.job_row", row_fields), OWN};

static const struct sw_field jobs_fields[] = {
    SW_F_LIST(struct portal_jobs_view, waiting, 1, struct portal_job_row, &row_record, OWN),
    SW_F_LIST(struct portal_jobs_view, now, 2, struct portal_job_row, &row_record, OWN),
    SW_F_LIST(struct portal_jobs_view, done, 3, struct portal_job_row, &row_record, OWN),
    SW_F_TEXT(struct portal_jobs_view, next, 4, OWN),
    SW_F_BOOL(struct portal_jobs_view, later, 5, OWN),
    SW_F_TIME(struct portal_jobs_view, history_from, 6, OWN),
};
const struct sw_record portal_jobs_view_record = {SW_RECORD(struct portal_jobs_view, "portal.jobs", jobs_fields), OWN};

static const struct sw_field note_fields[] = {
    SW_F_TIME(struct portal_note, at, 1, OWN),
    SW_F_TEXT(struct portal_note, who, 2, OWN),
    SW_F_TEXT(struct portal_note, text, 3, .max = 4000, OWN),
};
static const struct sw_record note_record = {SW_RECORD(struct portal_note, "portal.note", note_fields), OWN};

static const struct sw_field task_fields[] = {
    SW_F_REF(struct portal_task, id, 1, "workorder.task", OWN),
    SW_F_TEXT(struct portal_task, title, 2, OWN),
    SW_F_TEXT(struct portal_task, description, 3, .max = 4000, OWN),
    SW_F_TEXT(struct portal_task, technician, 4, OWN),
    SW_F_ENUM(struct portal_task, status, 5, &task_statuses, OWN),
    SW_F_BOOL(struct portal_task, done, 6, OWN),
    SW_F_BOOL(struct portal_task, hourly, 7, OWN),
    SW_F_BOOL(struct portal_task, held, 8, OWN),
    SW_F_SPAN(struct portal_task, worked, 9, OWN),
    SW_F_TIME(struct portal_task, running, 10, OWN),
    SW_F_TIME(struct portal_task, completed, 11, OWN),
    SW_F_SPAN(struct portal_task, before, 14, OWN),
    SW_F_LIST(struct portal_task, notes, 12, struct portal_note, &note_record, .max = PORTAL_NOTES_MAX, OWN),
    SW_F_LIST(struct portal_task, files, 13, struct sw_file_view, &sw_file_view_record, OWN),
};
static const struct sw_record task_record = {SW_RECORD(struct portal_task, "portal.task", task_fields), OWN};

static const struct sw_field part_fields[] = {
    SW_F_TEXT(struct portal_part, description, 1, OWN),
    SW_F_QTY(struct portal_part, quantity, 2, OWN),
    SW_F_BOOL(struct portal_part, own, 3, OWN),
};
static const struct sw_record part_record = {SW_RECORD(struct portal_part, "portal.part", part_fields), OWN};

static const struct sw_field job_fields[] = {
    SW_F_REF(struct portal_job_view, id, 1, "workorder.job", OWN),
    SW_F_TEXT(struct portal_job_view, title, 2, OWN),
    SW_F_TEXT(struct portal_job_view, unit_name, 3, OWN),
    SW_F_TEXT(struct portal_job_view, plate, 4, OWN),
    SW_F_TEXT(struct portal_job_view, plate_region, 5, OWN),
    SW_F_TEXT(struct portal_job_view, vin, 6, OWN),
    SW_F_TEXT(struct portal_job_view, unit_number, 7, OWN),
    SW_F_TEXT(struct portal_job_view, advisor, 8, OWN),
    SW_F_TEXT(struct portal_job_view, complaint, 9, .max = 4000, OWN),
    SW_F_ENUM(struct portal_job_view, status, 10, &statuses, OWN),
    SW_F_ENUM(struct portal_job_view, ask, 11, &asks, OWN),
    SW_F_TIME(struct portal_job_view, opened, 12, OWN),
    SW_F_TIME(struct portal_job_view, scheduled, 13, OWN),
    SW_F_TIME(struct portal_job_view, due, 14, OWN),
    SW_F_TIME(struct portal_job_view, completed, 15, OWN),
    SW_F_INT(struct portal_job_view, usage, 16, OWN),
    SW_F_INT(struct portal_job_view, tasks_total, 17, OWN),
    SW_F_INT(struct portal_job_view, tasks_done, 18, OWN),
    SW_F_BOOL(struct portal_job_view, guest, 20, OWN),
    SW_F_BOOL(struct portal_job_view, authorized, 21, OWN),
    SW_F_LIST(struct portal_job_view, tasks, 22, struct portal_task, &task_record, OWN),
    SW_F_LIST(struct portal_job_view, parts, 23, struct portal_part, &part_record, OWN),
    SW_F_LIST(struct portal_job_view, notes, 24, struct portal_note, &note_record, .max = PORTAL_NOTES_MAX, OWN),
    SW_F_LIST(struct portal_job_view, files, 25, struct sw_file_view, &sw_file_view_record, OWN),
};
const struct sw_record portal_job_view_record = {SW_RECORD(struct portal_job_view, "portal.job", job_fields), OWN};

static const struct sw_field form_fields[] = {SW_F_TEXT(struct portal_jobs_form, after, 1, .max = 200)};
const struct sw_record portal_jobs_form_record = {SW_RECORD(struct portal_jobs_form, "portal.jobs_form", form_fields)};
