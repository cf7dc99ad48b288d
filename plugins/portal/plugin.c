/* plugin.c: the table of the plugin "portal". */
#include "views.h"

const struct customers_interface *customers;
const struct workorder_interface *workorder;

static int start(struct sw_err *err)
{
    customers = sw_interface("customers", CUSTOMERS_INTERFACE);
    workorder = sw_interface("workorder", WORKORDER_INTERFACE);
    if (!customers || !workorder) {
        return sw_fail(err, SW_EFAIL, "", "portal: customers or workorder has another version than the one this was built for.");
    }
    return SW_OK;
}

static const struct sw_route routes[] = {
    {.method = "GET", .path = "/portal", .who = SW_PORTAL, .flags = SW_LIVE, .form = &portal_jobs_form_record,
     .view = &portal_jobs_view_record, .page = "jobs.html", .handle = portal_jobs_page, .summary = "The customer's jobs"},
    {.method = "GET", .path = "/portal/jobs/{job:workorder.job}", .who = SW_PORTAL, .flags = SW_LIVE | SW_TICKING,
     .view = &portal_job_view_record, .page = "job.html", .handle = portal_job_page, .summary = "A job with its tasks, notes, photos and parts"},
    {.path = NULL},
};

static const struct sw_place places[] = {
    {"/portal", N_("Jobs"), "wrench", SW_PORTAL, 10},
    {0},
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "portal",
    .version = "1.0",
    .summary = "What customers see: their jobs, tasks, notes, photos",
    .needs = (const char *const[]){"customers", "workorder", "authorization", NULL},
    .routes = routes,
    .places = places,
    .start = start,
};
