/* interface.c: what other plugins may call, and what this one asks of others. */
#define WORKORDER_PRICED_TABLES
#include "records.h"

const struct customers_interface *customers;

int workorder_start(struct sw_err *err)
{
    customers = sw_interface("customers", CUSTOMERS_INTERFACE);
    if (!customers) {
        return sw_fail(err, SW_EFAIL, "", "workorder: the plugin customers has another version than the one this was built for.");
    }
    return SW_OK;
}

static const char *authorization_verb(int32_t state)
{
    switch (state) {
    case JOB_AUTH_PENDING:
        return "authorization_asked";
    case JOB_AUTH_AUTHORIZED:
        return "authorization_signed";
    case JOB_AUTH_DECLINED:
        return "authorization_declined";
    default:
        return "authorization_superseded";
    }
}

static int set_authorization(struct sw_tx *tx, uint64_t job, int32_t state, uint64_t authorization, struct sw_err *err)
{
    struct job j;
    int rc = sw_get(tx, &job_record, job, &j, err);
    if (rc != SW_OK) {
        return rc;
    }
    j.authorization = state;
    j.authorization_id = authorization;
    return sw_put(tx, &job_record, &j, authorization_verb(state), err);
}

int (*job_explain)(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err);

static void explain(int (*changes)(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err))
{
    job_explain = changes;
}

const struct workorder_interface workorder_interface_table = {
    .job = &job_record, .task = &task_record, .part = &part_record, .fee = &fee_record, .note = &note_record, .time_entry = &time_record,
    .priced = &priced_record,
    .job_states = &job_states, .task_states = &task_states, .job_authorizations = &job_authorizations,
    .price = price_job, .fingerprint = fingerprint_job, .lines = lines_of_job, .set_authorization = set_authorization,
    .explain = explain,
};
