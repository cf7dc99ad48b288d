/* routes.c: the addresses of authorizations: the customer's, the counter's, the mailed link's. */
#include "records.h"

#define OFFICE (SW_ADVISOR | SW_ADMIN)
#define JOB "/jobs/{job:workorder.job}"
#define ONE "/authorizations/{authorization:authorization.authorization}"

const struct sw_route authorization_routes[] = {
    {.method = "GET", .path = "/portal" JOB "/authorize", .who = SW_PORTAL, .view = &review_view_record, .page = "review.html",
     .handle = portal_page, .summary = "What the shop asks to authorize: total, lines, terms"},
    {.method = "POST", .path = "/portal" JOB "/authorize", .who = SW_PORTAL, .form = &sign_form_record, .again = "/portal/jobs/{job}/authorize",
     .handle = portal_sign, .summary = "Sign what was shown; carries its hash"},
    {.method = "POST", .path = "/portal" JOB "/authorize/guest", .who = SW_PORTAL, .form = &guest_form_record,
     .again = "/portal/jobs/{job}/authorize", .handle = portal_sign, .summary = "Sign by the mailed link, with one more proof"},
    {.method = "POST", .path = "/portal" JOB "/decline", .who = SW_PORTAL, .form = &decline_form_record,
     .again = "/portal/jobs/{job}/authorize", .handle = portal_decline, .summary = "Decline what was shown, with a reason"},
    {.method = "GET", .path = "/portal" JOB ONE "/document", .who = SW_PORTAL, .handle = portal_document, .summary = "The signed document"},

    {.method = "GET", .path = JOB "/authorization", .who = OFFICE, .flags = SW_LIVE, .view = &staff_view_record, .page = "staff.html",
     .handle = staff_page, .summary = "Authorizations of a work order, and what changed since"},
    {.method = "POST", .path = JOB "/authorization/request", .who = OFFICE, .form = &ask_form_record, .again = "/jobs/{job}/authorization",
     .handle = staff_ask, .summary = "Ask the customer to authorize the current price"},
    {.method = "GET", .path = JOB "/authorization/sign", .who = OFFICE, .view = &review_view_record, .page = "review.html",
     .handle = counter_page, .summary = "The page to sign at the counter, on the shop's tablet"},
    {.method = "POST", .path = JOB "/authorization/sign", .who = OFFICE, .form = &sign_form_record, .again = "/jobs/{job}/authorization/sign",
     .handle = counter_sign, .summary = "Sign at the counter"},
    {.method = "POST", .path = JOB "/authorization/decline", .who = OFFICE, .form = &decline_form_record,
     .again = "/jobs/{job}/authorization/sign", .handle = counter_decline, .summary = "Decline at the counter, with a reason"},
    {.method = "POST", .path = JOB "/authorization/paper", .who = OFFICE, .flags = SW_UPLOAD, .form = &paper_form_record,
     .again = "/jobs/{job}/authorization", .prepare = sw_files_prepare, .handle = paper_sign, .summary = "Record a signed print by its photo"},
    {.method = "POST", .path = JOB "/authorization/phone", .who = OFFICE, .form = &phone_form_record, .again = "/jobs/{job}/authorization",
     .handle = phone_sign, .summary = "Record an approval by phone"},
    {.method = "GET", .path = JOB ONE "/document", .who = SW_STAFF, .handle = staff_document, .summary = "The signed document"},

    {.method = "GET", .path = "/a/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH, .view = &link_view_record, .page = "link.html",
     .handle = link_page, .summary = "The mailed link: what it is about"},
    {.method = "POST", .path = "/a/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH, .form = &open_form_record, .handle = link_open,
     .summary = "Use the mailed link: a guest's session for its one job"},
    {.path = NULL},
};
