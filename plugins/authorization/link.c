/* link.c: the mailed link. Opening shows a page; its POST uses the link up and starts a guest's session, good for that one job. */
#include "records.h"

static int job_of_link(struct sw_req *r, bool use, struct job *job, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    uint64_t id;
    struct sw_str token = sw_req_param(r, "token");
    int rc = use ? sw_link_use(tx, "authorization", token, &id, NULL) : sw_link_look(tx, "authorization", token, &id, NULL);
    if (rc == SW_OK) {
        sw_as_shop(tx); /* the token names the job; nobody is signed in */
        rc = sw_get(tx, workorder->job, id, job, NULL);
        sw_as_viewer(tx);
    }
    if (rc != SW_OK) {
        return sw_fail(err, SW_ENOTFOUND, "", "%s",
                       _("This link was used already or is too old. Sign in to your portal to review the work, or ask us for a new link."));
    }
    return SW_OK;
}

int link_page(struct sw_req *r, struct sw_err *err)
{
    struct job j;
    int rc = job_of_link(r, false, &j, err);
    if (rc != SW_OK) {
        return rc;
    }
    struct link_view *v = SW_NEW(sw_req_arena(r), struct link_view);
    *v = (struct link_view){.token = sw_req_param(r, "token"), .unit_name = j.unit_name, .title = j.title};
    return sw_show(r, v);
}

int link_open(struct sw_req *r, struct sw_err *err)
{
    struct job j;
    int rc = job_of_link(r, true, &j, err);
    if (rc != SW_OK || (rc = sw_session_guest(r, workorder->job, j.head.id, j.customer, err)) != SW_OK) {
        return rc;
    }
    return sw_done(r, 0, "/portal/jobs/%llu/authorize", (unsigned long long)j.head.id);
}
