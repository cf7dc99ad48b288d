/* plugin.c: the table of the plugin "workorder". */
#include "records.h"

static const struct sw_place places[] = {
    {"/board/work", N_("Board"), "board", SW_STAFF, 10},
    {"/tech", N_("Tech"), "wrench", SW_TECHNICIAN | SW_ADMIN, 20},
    {0},
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "workorder",
    .version = "1.0",
    .summary = "Work orders, tasks, parts, fees, notes, and the technicians' clocks",
    .needs = (const char *const[]){"customers", NULL},
    .records = workorder_records,
    .machines = workorder_machines,
    .routes = workorder_routes,
    .places = places,
    .interface = &workorder_interface_table,
    .interface_version = WORKORDER_INTERFACE,
    .start = workorder_start,
};
