/* confirm.c: the shop changed the e-mail on file: the account follows once the new address is confirmed (A1). */
#include "records.h"

#include <inttypes.h>
#include <string.h>

/* The link is good for one address only: when the shop changes it again, the former link is for a purpose that nobody asks for any more. */
static const char *purpose_for(struct sw_arena *a, struct sw_str email)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < email.n; i++)
        h = (h ^ (unsigned char)email.p[i]) * UINT64_C(1099511628211);
    return sw_printf(a, "email-%016" PRIx64, h).p;
}

int accounts_follow_email(struct sw_tx *tx, const struct sw_event *event, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct customer now, before = {0};
    int rc = sw_get(tx, accounts_customers->customer, event->id, &now, err);
    if (rc == SW_OK && event->version > 1)
        rc = sw_get_version(tx, accounts_customers->customer, event->id, event->version - 1, &before, err);
    else if (rc == SW_OK)
        return SW_OK;
    if (rc == SW_ENOTFOUND)
        return SW_OK; /* erased since */
    if (rc != SW_OK)
        return rc;
    if (now.head.version != event->version || before.email.n == 0 || now.email.n == 0 || sw_str_eq(before.email, now.email))
        return SW_OK;
    struct sw_scan scan = {.type = &sw_member_record, .index = "customer", .equal = {SW_K_INT(now.head.id)}, .limit = 50};
    struct sw_found found;
    if ((rc = sw_scan(tx, &scan, &found, err)) != SW_OK)
        return rc;
    const struct sw_member *members = found.v;
    for (size_t i = 0; i < found.n; i++) {
        struct sw_user u;
        rc = sw_get(tx, &sw_user_record, members[i].user, &u, err);
        if (rc == SW_ENOTFOUND)
            continue;
        if (rc != SW_OK)
            return rc;
        if (members[i].disabled || u.disabled || !sw_str_eq(u.email, before.email))
            continue; /* a colleague with an address of his own */
        struct sw_str token;
        if ((rc = sw_link_make(tx, purpose_for(a, now.email), members[i].head.id, ACCOUNTS_LINK_LIFE, &token, err)) != SW_OK)
            return rc;
        struct sw_locale was = sw_locale_speak(u.language, now.language);
        const struct accounts_letter l = {
            .to = now.email,
            .to_name = members[i].name,
            .subject = sw_printf(a, _("Confirm your new e-mail at " SW_STR_FMT), SW_STR_ARG(sw_shop(tx)->name)).p,
            .text = _("The shop has this e-mail for you now. Confirm it, and you sign in with it from then on."),
            .button = _("Confirm this e-mail"),
            .after = _("Until then you sign in with the former one."),
            .path = sw_printf(a, "/confirm/%" PRIu64 "/" SW_STR_FMT, members[i].head.id, SW_STR_ARG(token)),
        };
        rc = accounts_mail(tx, &l, err);
        sw_locale_set(&was);
        if (rc != SW_OK)
            return rc;
    }
    return SW_OK;
}

static int gone(struct sw_err *err)
{
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This link was used already, or it is too old."));
}

static int look(struct sw_req *r, bool use, struct sw_member *m, struct customer *c, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_str text = sw_req_param(r, "member"), token = sw_req_param(r, "token");
    uint64_t id = 0, subject = 0;
    if (text.n == 0 || text.n > 18)
        return gone(err);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return gone(err);
        id = id * 10 + (uint64_t)(text.p[i] - '0');
    }
    sw_as_shop(tx); /* the link says who it is */
    int rc = sw_get(tx, &sw_member_record, id, m, err);
    if (rc == SW_OK)
        rc = sw_get(tx, accounts_customers->customer, m->customer, c, err);
    sw_as_viewer(tx);
    if (rc == SW_OK) {
        const char *purpose = purpose_for(sw_tx_arena(tx), c->email);
        rc = use ? sw_link_use(tx, purpose, token, &subject, err) : sw_link_look(tx, purpose, token, &subject, err);
    }
    if (rc == SW_ENOTFOUND || (rc == SW_OK && (subject != id || m->disabled)))
        return gone(err);
    return rc;
}

int accounts_confirm_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_member m;
    struct customer c;
    int rc = look(r, false, &m, &c, err);
    if (rc == SW_ENOTFOUND) {
        struct plain_view *plain = SW_NEW(sw_req_arena(r), struct plain_view);
        plain->message = sw_str_of(_("This link was used already, or it is too old."));
        sw_set_status(r, 404);
        return sw_show_as(r, &accounts_plain_view, plain, "dead-link.html");
    }
    if (rc != SW_OK)
        return rc;
    struct confirm_view *v = SW_NEW(sw_req_arena(r), struct confirm_view);
    v->token = sw_req_param(r, "token");
    v->member = m.head.id;
    v->email = c.email;
    return sw_show(r, v);
}

int accounts_confirm_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_member m;
    struct customer c;
    struct sw_user u, other;
    int rc = look(r, true, &m, &c, err);
    if (rc != SW_OK)
        return rc;
    sw_as_shop(tx); /* users are nobody's records */
    rc = sw_get(tx, &sw_user_record, m.user, &u, err);
    sw_as_viewer(tx);
    if (rc != SW_OK)
        return rc;
    rc = accounts_user_by_login(tx, c.email, &other, err);
    if (rc == SW_OK && other.head.id != u.head.id)
        return sw_fail(err, SW_ESTATE, "", "%s", _("Another account signs in with this e-mail already. Ask the shop."));
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    if (sw_str_eq(u.login, u.email))
        u.login = c.email; /* who has a sign-in name keeps it */
    u.email = c.email;
    if ((rc = sw_put(tx, &sw_user_record, &u, "email_confirmed", err)) != SW_OK)
        return rc;
    sw_flash(r, _("Your new e-mail is confirmed. Sign in with it."));
    return sw_done(r, 0, "/login");
}
