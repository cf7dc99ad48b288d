/* routes.c: the addresses of work orders. Advisors write up; technicians work, note and photograph. */
#include "records.h"

#define OFFICE (SW_ADVISOR | SW_ADMIN)
#define JOB "/jobs/{job:workorder.job}"
#define TASK JOB "/tasks/{task:workorder.task}"
#define PART JOB "/parts/{part:workorder.part}"
#define FEE JOB "/fees/{fee:workorder.fee}"
#define TIME TASK "/times/{time:workorder.time}"

const struct sw_route workorder_routes[] = {
    {.method = "GET", .path = "/board", .who = SW_STAFF, .flags = SW_LIVE, .form = &board_form_record, .view = &board_view_record,
     .page = "board.html", .handle = board_page, .summary = "The board: work by state"},
    {.method = "GET", .path = "/board/work", .who = SW_STAFF, .flags = SW_LIVE, .form = &board_form_record, .view = &board_view_record,
     .page = "board.html", .handle = board_page, .summary = "Work orders by state"},
    {.method = "GET", .path = "/tech", .who = SW_STAFF, .flags = SW_LIVE | SW_TICKING, .form = &tech_form_record,
     .view = &tech_view_record, .page = "tech.html", .handle = tech_page, .summary = "A technician's own tasks by priority"},

    {.method = "GET", .path = "/jobs/new", .who = OFFICE, .form = &new_form_record, .view = &new_view_record, .page = "new.html",
     .handle = job_new_page, .summary = "What a new work order of a customer needs"},
    {.method = "POST", .path = "/jobs", .who = OFFICE, .form = &job_form_record, .again = "/jobs/new", .handle = job_create,
     .summary = "Write up a work order"},
    {.method = "GET", .path = JOB, .who = SW_STAFF, .flags = SW_LIVE | SW_TICKING, .view = &job_view_record, .page = "job.html",
     .handle = job_page, .summary = "A work order with its tasks, parts, fees, notes, files and totals"},
    {.method = "GET", .path = JOB "/edit", .who = OFFICE, .view = &job_view_record, .page = "edit.html", .handle = job_edit_page,
     .summary = "A work order's own fields"},
    {.method = "POST", .path = JOB "/edit", .who = OFFICE, .form = &job_edit_form_record, .again = "/jobs/{job}/edit", .handle = job_edit,
     .summary = "Change a work order's own fields"},
    {.method = "POST", .path = JOB "/do", .who = SW_STAFF, .form = &do_form_record, .again = "/jobs/{job}", .handle = job_do,
     .summary = "Take a step: start, ready, more_work, complete, back, submit, withdraw, invoice, cancel"},

    {.method = "POST", .path = JOB "/tasks", .who = OFFICE, .form = &task_form_record, .again = "/jobs/{job}", .handle = task_add,
     .summary = "Add a task"},
    {.method = "GET", .path = TASK, .who = SW_STAFF, .view = &task_view_record, .page = "task.html", .handle = task_page,
     .summary = "A task with its time, notes and files"},
    {.method = "POST", .path = TASK "/edit", .who = OFFICE, .form = &task_edit_form_record, .again = "/jobs/{job}/tasks/{task}",
     .handle = task_edit, .summary = "Change a task"},
    {.method = "POST", .path = TASK "/delete", .who = OFFICE, .form = &delete_form_record, .again = "/jobs/{job}/tasks/{task}",
     .handle = task_remove, .summary = "Remove a task that was not begun"},
    {.method = "POST", .path = TASK "/do", .who = SW_STAFF, .form = &do_form_record, .again = "/jobs/{job}/tasks/{task}", .handle = task_do,
     .summary = "Take a step: clock_on, clock_off, take, complete, reopen, decline"},
    {.method = "POST", .path = TASK "/notes", .who = SW_STAFF, .form = &note_form_record, .again = "/jobs/{job}/tasks/{task}",
     .handle = note_add, .summary = "Write a note on a task"},
    {.method = "POST", .path = TASK "/files", .who = SW_STAFF, .flags = SW_UPLOAD, .form = &upload_form_record,
     .again = "/jobs/{job}/tasks/{task}", .prepare = sw_files_prepare, .handle = file_add, .summary = "Add photos, videos or documents to a task"},
    {.method = "GET", .path = TIME, .who = OFFICE, .view = &time_view_record, .page = "time.html", .handle = time_page,
     .summary = "A time entry"},
    {.method = "POST", .path = TIME, .who = OFFICE, .form = &time_form_record, .again = "/jobs/{job}/tasks/{task}/times/{time}",
     .handle = time_correct, .summary = "Correct a time entry, with a reason"},
    {.method = "POST", .path = JOB "/notes", .who = SW_STAFF, .form = &note_form_record, .again = "/jobs/{job}", .handle = note_add,
     .summary = "Write a note on the work order"},
    {.method = "POST", .path = JOB "/files", .who = SW_STAFF, .flags = SW_UPLOAD, .form = &upload_form_record, .again = "/jobs/{job}",
     .prepare = sw_files_prepare, .handle = file_add, .summary = "Add photos, videos or documents to the work order"},

    {.method = "POST", .path = JOB "/parts", .who = OFFICE, .form = &part_form_record, .again = "/jobs/{job}", .handle = part_add,
     .summary = "Add a part"},
    {.method = "GET", .path = PART, .who = SW_STAFF, .view = &line_view_record, .page = "part.html", .handle = part_page,
     .summary = "A part"},
    {.method = "POST", .path = PART "/edit", .who = OFFICE, .form = &part_edit_form_record, .again = "/jobs/{job}/parts/{part}",
     .handle = part_edit, .summary = "Change a part"},
    {.method = "POST", .path = PART "/delete", .who = OFFICE, .form = &delete_form_record, .again = "/jobs/{job}/parts/{part}",
     .handle = part_remove, .summary = "Remove a part"},
    {.method = "POST", .path = JOB "/fees", .who = OFFICE, .form = &fee_form_record, .again = "/jobs/{job}", .handle = fee_add,
     .summary = "Add a fee"},
    {.method = "GET", .path = FEE, .who = SW_STAFF, .view = &line_view_record, .page = "fee.html", .handle = fee_page, .summary = "A fee"},
    {.method = "POST", .path = FEE "/edit", .who = OFFICE, .form = &fee_edit_form_record, .again = "/jobs/{job}/fees/{fee}", .handle = fee_edit,
     .summary = "Change a fee"},
    {.method = "POST", .path = FEE "/delete", .who = OFFICE, .form = &delete_form_record, .again = "/jobs/{job}/fees/{fee}",
     .handle = fee_remove, .summary = "Remove a fee"},
    {.path = NULL},
};
