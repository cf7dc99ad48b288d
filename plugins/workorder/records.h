/* records.h: the plugin's stored types, forms and views, and what its files share. Private to the plugin. */
#ifndef WORKORDER_RECORDS_H
#define WORKORDER_RECORDS_H

#include "workorder.h"

#include "../customers/customers.h"

enum { /* of one job; each refusal names its limit */
    JOB_TASKS_MAX = 100,
    JOB_PARTS_MAX = 200,
    JOB_FEES_MAX = 50,
    JOB_NOTES_MAX = 400,
    TASK_TIMES_MAX = 300,
};

extern const struct sw_enum job_states, job_authorizations, task_states, task_kinds, note_backs;
extern const struct sw_record job_record, task_record, part_record, fee_record, note_record, time_record, counter_record;
extern const struct sw_record *const workorder_records[];
extern const struct sw_machine job_machine, task_machine;
extern const struct sw_machine *const workorder_machines[];
extern const struct sw_route workorder_routes[];
extern const struct workorder_interface workorder_interface_table;

/* Of the plugins this one needs; set by workorder_start(). */
extern const struct customers_interface *customers;
/* Of the plugin that authorizes, when there is one (interface: explain). */
extern int (*job_explain)(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err);
int workorder_start(struct sw_err *err);

/* ---- Forms: what a request may say. */
struct job_form {
    uint64_t customer, unit, advisor;
    struct sw_str title, complaint;
    int64_t scheduled, due, usage_in, version;
    bool wants_estimate;
};
struct task_form {
    struct sw_str title, description;
    int32_t kind;
    int64_t price, quantity, estimated, priority, place, version;
    bool taxed;
    uint64_t technician;
};
struct part_form {
    uint64_t task;
    struct sw_str description, number;
    int64_t quantity, price, version;
    bool taxed, customers_own;
};
struct fee_form {
    struct sw_str description;
    int64_t amount, version;
    bool taxed;
};
enum note_back { BACK_JOB, BACK_TASK, BACK_TECH };
struct do_form {
    struct sw_str action, reason;
    bool switch_over; /* clock on here, off where the clock runs */
    int32_t back;
};
struct note_form {
    struct sw_str text;
    bool internal;
    int32_t back;
};
struct upload_form {
    bool internal;
    int32_t back;
};
struct time_form {
    int64_t start, end;
    struct sw_str reason;
};
struct board_form {
    struct sw_str state, after;
};
struct tech_form {
    uint64_t task;
};
struct new_form {
    uint64_t customer, unit;
};
extern const struct sw_record job_form_record, job_edit_form_record, task_form_record, task_edit_form_record, part_form_record,
    part_edit_form_record, fee_form_record, fee_edit_form_record, do_form_record, note_form_record, upload_form_record,
    time_form_record, board_form_record, tech_form_record, new_form_record, delete_form_record;

/* ---- Views. */
struct person_row {
    struct sw_str rest;
    uint64_t id;
    struct sw_str name;
    bool chosen;
};
struct note_row {
    struct sw_str rest;
    uint64_t id, task;
    int64_t at;
    struct sw_str who, text;
    bool internal;
};
struct part_row {
    struct sw_str rest;
    uint64_t id, task;
    struct sw_str description, number;
    int64_t quantity, price, total;
    bool taxed, customers_own;
};
struct fee_row {
    struct sw_str rest;
    uint64_t id;
    struct sw_str description;
    int64_t amount;
    bool taxed;
};
struct time_row {
    struct sw_str rest;
    uint64_t id;
    struct sw_str who, reason;
    int64_t start, end, span;
};
struct event_row {
    struct sw_str rest;
    int64_t at;
    struct sw_str who, what;
};
struct task_row {
    struct sw_str rest;
    uint64_t id, job;
    int64_t place, version;
    struct sw_str title, description;
    int32_t kind, state;
    int64_t price, quantity, estimated, hours, total, estimated_total;
    bool hourly, taxed, over, done, mine, running_here;
    uint64_t technician;
    struct sw_str technician_name;
    int64_t priority, running, before, worked, completed, over_ms, estimated_ms; /* before: worked, without the time since `running` */
    /* What a technician's list shows of the job. */
    struct sw_str unit_name, plate, customer_name;
    int64_t due, ro_number;
    int32_t authorization;
    bool waits; /* the customer is asked and has not signed */
    SW_LIST_OF(struct part_row) parts;
    SW_LIST_OF(struct note_row) notes;
    SW_LIST_OF(struct sw_file_view) files;
    SW_LIST_OF(struct sw_action) actions;
    SW_LIST_OF(struct time_row) times;
};
struct job_row {
    struct sw_str rest;
    uint64_t id;
    struct sw_str title, customer_name, unit_name, plate, advisor_name;
    int32_t state, authorization;
    int64_t opened, due, tasks, tasks_done, ro_number;
    bool late;
};
struct tab_row {
    struct sw_str rest;
    struct sw_str path, label;
    int64_t total;
    bool current;
};
struct board_view {
    SW_LIST_OF(struct tab_row) tabs;
    SW_LIST_OF(struct job_row) jobs;
    struct sw_str state, next;
};
struct job_view {
    uint64_t id, customer, unit, advisor;
    int64_t version;
    struct sw_str title, complaint, customer_name, unit_name, plate, vin, customer_phone, advisor_name, cancel_reason;
    int32_t state, authorization;
    int64_t ro_number, opened, scheduled, due, completed, usage_in, tasks_total, tasks_done, labor_rate;
    bool wants_estimate, open, can_authorize, asks_again, advising;
    SW_LIST_OF(struct task_row) tasks;
    SW_LIST_OF(struct part_row) parts; /* of no task */
    SW_LIST_OF(struct fee_row) fees;
    SW_LIST_OF(struct note_row) notes; /* of no task */
    SW_LIST_OF(struct sw_file_view) files;
    SW_LIST_OF(struct sw_action) actions;
    SW_LIST_OF(struct event_row) events;
    SW_LIST_OF(struct person_row) technicians, tasks_for_parts;
    struct priced *priced; /* NULL: a rule failed */
    struct sw_str rule_error;
    struct job_changes *changes; /* NULL: none to tell */
};
struct task_view {
    uint64_t job;
    struct sw_str job_title, unit_name, plate;
    struct task_row *task;
    SW_LIST_OF(struct person_row) technicians;
    bool advising, open, elsewhere; /* elsewhere: the viewer's clock runs on another task */
};
struct line_view {
    uint64_t job;
    struct sw_str job_title, unit_name, plate;
    struct part_row *part;
    struct fee_row *fee;
    int64_t version;
    bool open;
    SW_LIST_OF(struct person_row) tasks;
};
struct time_view {
    uint64_t job, task, id;
    struct sw_str title, who, reason;
    int64_t start, end;
};
struct new_view {
    uint64_t customer, unit; /* unit: the one asked for, or the only one */
    struct sw_str customer_name;
    SW_LIST_OF(struct person_row) units;
};
struct tech_view {
    struct sw_str name;
    struct task_row *current; /* where the clock runs, or the one that was picked */
    struct task_row *elsewhere; /* where the clock runs when another was picked */
    SW_LIST_OF(struct task_row) next;
    SW_LIST_OF(struct task_row) free_tasks; /* of nobody yet */
};
extern const struct sw_record job_view_record, board_view_record, task_view_record, line_view_record, time_view_record, new_view_record,
    tech_view_record, task_row_record;

/* ---- What the files share. */

/* Everything of a job, read once: covering scans by job. */
struct job_all {
    const struct job *job;
    const struct task *tasks;
    const struct part *parts;
    const struct fee *fees;
    size_t n_tasks, n_parts, n_fees;
};
int job_all_read(struct sw_tx *tx, const struct job *job, struct job_all *out, struct sw_err *err);

/* Refuses (SW_ESTATE) when the job is submitted, invoiced or cancelled: its lines can't be edited any more. */
int job_must_be_open(const struct job *job, struct sw_err *err);
/* After any change of lines or tasks: counts again, puts the job with `verb`; hooks on workorder.job see the new lines. */
int job_refresh(struct sw_tx *tx, struct job *job, const char *verb, struct sw_err *err);
/* Name, unit and plate as of now. */
int job_name(struct sw_tx *tx, struct job *job, struct sw_err *err);
int stale_unless(int64_t shown, const struct sw_head *head, const struct sw_req *r, struct sw_err *err);
int member_options(struct sw_tx *tx, uint32_t licences, uint64_t chosen, struct sw_list *out, struct sw_err *err);
int member_named(struct sw_tx *tx, uint64_t id, uint32_t licences, const char *field, struct sw_str *name, struct sw_err *err);

int price_job(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err);
int lines_of_job(struct sw_tx *tx, const struct job *job, struct priced *out, struct sw_err *err);
int fingerprint_job(struct sw_tx *tx, const struct job *job, unsigned char out[32], struct sw_err *err);

/* Clocks. `job` and `task` were read in this transaction and are put. */
int clock_on(struct sw_tx *tx, struct job *job, struct task *task, bool switch_over, struct sw_err *err);
int clock_off(struct sw_tx *tx, struct task *task, struct sw_err *err);
/* Stop every clock of the task, at now; task is changed, not put. */
int clocks_stop(struct sw_tx *tx, struct task *task, struct sw_err *err);
int clock_of(struct sw_tx *tx, uint64_t member, struct time_entry *out, struct sw_err *err); /* SW_ENOTFOUND: none runs */
int ro_number_next(struct sw_tx *tx, int64_t *out, struct sw_err *err);

void task_fill(struct sw_tx *tx, struct task_row *row, const struct task *t);
int task_actions(struct sw_tx *tx, const struct job *job, const struct task *t, bool running_here, struct sw_list *actions);

/* Handlers. */
int board_page(struct sw_req *r, struct sw_err *err);
int job_new_page(struct sw_req *r, struct sw_err *err);
int job_create(struct sw_req *r, struct sw_err *err);
int job_page(struct sw_req *r, struct sw_err *err);
int job_edit_page(struct sw_req *r, struct sw_err *err);
int job_edit(struct sw_req *r, struct sw_err *err);
int job_do(struct sw_req *r, struct sw_err *err);
int task_add(struct sw_req *r, struct sw_err *err);
int task_page(struct sw_req *r, struct sw_err *err);
int task_edit(struct sw_req *r, struct sw_err *err);
int task_remove(struct sw_req *r, struct sw_err *err);
int task_do(struct sw_req *r, struct sw_err *err);
int part_add(struct sw_req *r, struct sw_err *err);
int part_page(struct sw_req *r, struct sw_err *err);
int part_edit(struct sw_req *r, struct sw_err *err);
int part_remove(struct sw_req *r, struct sw_err *err);
int fee_add(struct sw_req *r, struct sw_err *err);
int fee_page(struct sw_req *r, struct sw_err *err);
int fee_edit(struct sw_req *r, struct sw_err *err);
int fee_remove(struct sw_req *r, struct sw_err *err);
int note_add(struct sw_req *r, struct sw_err *err);
int file_add(struct sw_req *r, struct sw_err *err);
int time_page(struct sw_req *r, struct sw_err *err);
int time_correct(struct sw_req *r, struct sw_err *err);
int tech_page(struct sw_req *r, struct sw_err *err);

#endif
