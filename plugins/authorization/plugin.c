/* plugin.c: the table of the plugin "authorization". */
#include "records.h"

const struct customers_interface *customers;
const struct workorder_interface *workorder;

int authorization_start(struct sw_err *err)
{
    customers = sw_interface("customers", CUSTOMERS_INTERFACE);
    workorder = sw_interface("workorder", WORKORDER_INTERFACE);
    if (!customers || !workorder) {
        return sw_fail(err, SW_EFAIL, "", "authorization: customers or workorder has another version than the one this was built for.");
    }
    workorder->explain(changes_since);
    return SW_OK;
}

const struct authorization_interface authorization_interface_table = {
    .authorization = &authorization_record, .states = &authorization_states, .newest = authorization_newest};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "authorization",
    .version = "1.0",
    .summary = "Customers authorize the work: asked, reviewed, signed, kept",
    .needs = (const char *const[]){"customers", "workorder", NULL},
    .records = authorization_records,
    .machines = authorization_machines,
    .routes = authorization_routes,
    .hooks = authorization_hooks,
    .senders = authorization_senders,
    .interface = &authorization_interface_table,
    .interface_version = AUTHORIZATION_INTERFACE,
    .start = authorization_start,
};
