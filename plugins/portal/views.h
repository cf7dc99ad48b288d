/* views.h: what a customer's pages show. Every field says who sees it; what says nothing never leaves for a customer. Private to the plugin. */
#ifndef PORTAL_VIEWS_H
#define PORTAL_VIEWS_H

#include <shopwright/plugin.h>

#include "../customers/customers.h"
#include "../workorder/workorder.h"

enum { PORTAL_OPEN_MAX = 100, PORTAL_DONE_PAGE = 10, PORTAL_TASKS_MAX = 100, PORTAL_PARTS_MAX = 200, PORTAL_NOTES_MAX = 400 };

/* How a job stands, in the customer's words. */
enum portal_status { PORTAL_SCHEDULED, PORTAL_WAITING, PORTAL_IN_PROGRESS, PORTAL_READY, PORTAL_COMPLETED, PORTAL_CANCELLED };
/* How a task stands: New, In progress, Completed; declined work stays on the page, gray. */
enum portal_task_status { PORTAL_TASK_NEW, PORTAL_TASK_IN_PROGRESS, PORTAL_TASK_COMPLETED, PORTAL_TASK_DECLINED };
enum portal_ask { PORTAL_ASK_NONE, PORTAL_ASK_REQUIRED };

struct portal_job_row {
    struct sw_str rest;
    uint64_t id;
    struct sw_str title, unit_name, plate;
    int32_t status, ask;
    int64_t opened, scheduled, closed, tasks, tasks_done;
};
struct portal_jobs_view {
    SW_LIST_OF(struct portal_job_row) waiting, now, done;
    struct sw_str next; /* the page of done jobs after this one */
    bool later;         /* not the first page of done jobs */
    int64_t history_from;
};
struct portal_note {
    struct sw_str rest;
    int64_t at;
    struct sw_str who, text;
};
struct portal_task {
    struct sw_str rest;
    uint64_t id;
    struct sw_str title, description, technician;
    int32_t status;
    bool done, hourly, held; /* held: not begun, the authorization is awaited */
    int64_t worked, running, before, completed; /* before: worked, without the time since `running` */
    SW_LIST_OF(struct portal_note) notes;
    SW_LIST_OF(struct sw_file_view) files;
};
struct portal_part {
    struct sw_str rest;
    struct sw_str description;
    int64_t quantity;
    bool own;
};
struct portal_job_view {
    uint64_t id;
    struct sw_str title, unit_name, plate, plate_region, vin, unit_number, advisor, complaint;
    int32_t status, ask;
    int64_t opened, scheduled, due, completed, usage, tasks_total, tasks_done;
    bool guest, authorized;
    SW_LIST_OF(struct portal_task) tasks;
    SW_LIST_OF(struct portal_part) parts;
    SW_LIST_OF(struct portal_note) notes; /* of the whole job */
    SW_LIST_OF(struct sw_file_view) files;
};
struct portal_jobs_form {
    struct sw_str after;
};

extern const struct sw_record portal_jobs_view_record, portal_job_view_record, portal_jobs_form_record;
extern const struct customers_interface *customers;
extern const struct workorder_interface *workorder;

int32_t portal_ask_of(const struct job *j);
int32_t portal_status_of(const struct job *j);
int portal_jobs_page(struct sw_req *r, struct sw_err *err);
int portal_job_page(struct sw_req *r, struct sw_err *err);

#endif
