/* users.c: the administrator's list of users: new, licences, disable, invite (A4, A6). */
#include "records.h"

#include <inttypes.h>
#include <string.h>

static int32_t state_of(const struct sw_member *m, const struct sw_user *u)
{
    if (m->disabled || u->disabled)
        return USER_DISABLED;
    return u->password.n == 0 ? USER_INVITED : USER_ACTIVE;
}

int accounts_users_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    struct users_view *v = SW_NEW(a, struct users_view);
    struct sw_scan scan = {.type = &sw_member_record, .index = "name", .limit = ACCOUNTS_USERS_PAGE,
                           .after = sw_req_query(r, "after")};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    const struct sw_member *members = found.v;
    uint64_t *user_ids = SW_NEW_N(a, uint64_t, found.n + 1), *customer_ids = SW_NEW_N(a, uint64_t, found.n + 1);
    struct sw_user *users = SW_NEW_N(a, struct sw_user, found.n + 1);
    struct customer *customers = SW_NEW_N(a, struct customer, found.n + 1);
    for (size_t i = 0; i < found.n; i++) {
        user_ids[i] = members[i].user;
        customer_ids[i] = members[i].customer;
    }
    if (found.n > 0) {
        rc = sw_get_many(tx, &sw_user_record, user_ids, found.n, users, err);
        if (rc == SW_OK)
            rc = sw_get_many(tx, accounts_customers->customer, customer_ids, found.n, customers, err);
        if (rc != SW_OK)
            return rc;
    }
    for (size_t i = 0; i < found.n; i++) {
        struct user_row *row = SW_PUSH(a, v->users);
        row->id = members[i].head.id;
        row->name = members[i].name;
        row->login = users[i].login;
        row->email = users[i].email;
        row->licences = members[i].licences;
        row->state = state_of(&members[i], &users[i]);
        row->customer = members[i].customer;
        if (customers[i].head.id != 0)
            row->customer_name = accounts_customers->name(a, &customers[i]);
    }
    if (found.next.n > 0)
        v->next_href = sw_printf(a, "/admin/users?after=" SW_STR_FMT, SW_STR_ARG(found.next));
    return sw_show(r, v);
}

int accounts_user_new_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct user_query *q = sw_req_form(r);
    struct user_new_view *v = SW_NEW(sw_tx_arena(tx), struct user_new_view);
    struct customer c;
    if (q != NULL && q->customer != 0) {
        int rc = sw_get(tx, accounts_customers->customer, (uint64_t)q->customer, &c, err);
        if (rc != SW_OK)
            return rc;
        v->customer = (int64_t)c.head.id;
        v->customer_name = accounts_customers->name(sw_tx_arena(tx), &c);
        v->name = v->customer_name;
        v->email = c.email;
        v->licences = SW_PORTAL;
    }
    return sw_show(r, v);
}

static int mail_invite(struct sw_tx *tx, const struct sw_member *m, const struct sw_user *u, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_str token;
    int rc = sw_link_make_to(tx, "invite", m->head.id, u->email, ACCOUNTS_INVITE_LIFE, &token, err);
    if (rc != SW_OK)
        return rc;
    /* Not in the administrator's: in the user's own, or the shop's. */
    struct sw_locale was = sw_locale_speak(u->language, sw_shop(tx)->language);
    const struct accounts_letter l = {
        .to = u->email,
        .to_name = m->name,
        .subject = sw_printf(a, _("Your account at " SW_STR_FMT), SW_STR_ARG(sw_shop(tx)->name)).p,
        .text = _("An account was made for you. With this link you choose your password. It works once, for seven days."),
        .button = _("Activate my account"),
        .path = sw_printf(a, "/activate/" SW_STR_FMT, SW_STR_ARG(token)),
    };
    rc = accounts_mail(tx, &l, err);
    sw_locale_set(&was);
    return rc;
}

int accounts_user_new_prepare(struct sw_req *r, struct sw_err *err)
{
    const struct user_new_form *f = sw_req_form(r);
    struct sw_arena *a = sw_req_arena(r);
    struct sw_str *hash = SW_NEW(a, struct sw_str);
    sw_req_keep(r, hash);
    if (f->password.n == 0)
        return SW_OK;
    if (f->email.n > 0) /* nobody else ever knows the password of somebody with an e-mail, and the mailbox is proven */
        return sw_fail(err, SW_EINVALID, "password", "%s", _("With an e-mail, leave this empty: the person chooses the password by a mailed link."));
    int rc = accounts_password_check(f->password, f->login.n > 0 ? accounts_lower(a, f->login) : f->email, "password", err);
    return rc == SW_OK ? sw_password_hash(a, f->password, hash, err) : rc;
}

static int login_check(struct sw_str login, struct sw_str email, struct sw_err *err)
{
    if (sw_str_eq(login, email))
        return SW_OK;
    bool good = login.n >= 2;
    for (size_t i = 0; i < login.n; i++) {
        char c = login.p[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_');
    }
    if (!good)
        return sw_fail(err, SW_EINVALID, "login", "%s",
                       _("A sign-in name has at least 2 letters, digits, dots or dashes. An e-mail goes into the field E-mail."));
    return SW_OK;
}

int accounts_user_new_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    const struct user_new_form *f = sw_req_form(r);
    const struct sw_str *hash = sw_req_kept(r);
    struct sw_str login = f->login.n > 0 ? accounts_lower(a, f->login) : f->email;
    struct sw_user u;
    struct sw_member m;
    memset(&m, 0, sizeof m);
    if (login.n == 0)
        return sw_fail(err, SW_EINVALID, "email", "%s", _("Enter an e-mail, or a sign-in name and a first password."));
    int rc = login_check(login, f->email, err);
    if (rc == SW_OK)
        rc = accounts_licences_check(tx, f->licences, (uint64_t)f->customer, err);
    if (rc != SW_OK)
        return rc;
    rc = accounts_user_by_login(tx, login, &u, err);
    if (rc == SW_OK) { /* somebody of another shop joins this one, with the password they have */
        rc = accounts_member_of_user(tx, u.head.id, &m, err);
        if (rc == SW_OK)
            return sw_fail(err, SW_EINVALID, f->login.n > 0 ? "login" : "email", _("There is a user with this sign-in name already: %s."),
                           sw_cstr(a, m.name));
        if (rc != SW_ENOTFOUND)
            return rc;
        if (f->login.n > 0)
            return sw_fail(err, SW_EINVALID, "login", "%s", _("This sign-in name is taken. Choose another one."));
    } else if (rc == SW_ENOTFOUND) {
        memset(&u, 0, sizeof u);
        u.login = login;
        u.email = f->email;
        u.password = *hash;
        if (u.password.n == 0 && u.email.n == 0)
            return sw_fail(err, SW_EINVALID, "password", "%s", _("Without an e-mail, enter a first password to hand over."));
        if ((rc = sw_put(tx, &sw_user_record, &u, NULL, err)) != SW_OK)
            return rc;
    } else {
        return rc;
    }
    memset(&m, 0, sizeof m);
    m.user = u.head.id;
    m.name = f->name;
    m.licences = f->licences;
    m.customer = (uint64_t)f->customer;
    if ((rc = sw_put(tx, &sw_member_record, &m, NULL, err)) != SW_OK)
        return rc;
    if (u.password.n == 0 && (rc = mail_invite(tx, &m, &u, err)) != SW_OK)
        return rc;
    sw_flash(r, u.password.n == 0 ? _("User saved. The activation link is on its way.") : _("User saved."));
    return sw_done(r, m.head.id, "/admin/users/%" PRIu64, m.head.id);
}

/* The member of the path and its user. */
static int both(struct sw_req *r, struct sw_member *m, struct sw_user *u, struct sw_err *err)
{
    *m = *(const struct sw_member *)sw_req_record(r, "member");
    return sw_get(sw_req_tx(r), &sw_user_record, m->user, u, err);
}

int accounts_user_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct user_view *v = SW_NEW(sw_tx_arena(tx), struct user_view);
    struct sw_member m;
    struct sw_user u;
    struct customer c;
    int rc = both(r, &m, &u, err);
    if (rc != SW_OK)
        return rc;
    v->id = m.head.id;
    v->version = (int64_t)m.head.version;
    v->name = m.name;
    v->login = u.login;
    v->email = u.email;
    v->licences = m.licences;
    v->customer = (int64_t)m.customer;
    v->state = state_of(&m, &u);
    v->self = m.head.id == sw_tx_viewer(tx)->member;
    v->mailable = u.email.n > 0;
    if (m.customer != 0 && sw_get(tx, accounts_customers->customer, m.customer, &c, err) == SW_OK)
        v->customer_name = accounts_customers->name(sw_tx_arena(tx), &c);
    return sw_show(r, v);
}

int accounts_user_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct user_form *f = sw_req_form(r);
    struct sw_member m = *(const struct sw_member *)sw_req_record(r, "member");
    bool page = !sw_req_wants_json(r); /* a browser leaves out what is not ticked; a JSON client leaves out what stays */
    if (sw_req_has(r, "version"))
        m.head.version = (uint64_t)f->version;
    uint32_t before = m.licences;
    uint64_t customer_before = m.customer;
    m.name = f->name;
    if (page || sw_req_has(r, "licences"))
        m.licences = f->licences;
    if (page || sw_req_has(r, "customer"))
        m.customer = (uint64_t)f->customer;
    int rc = accounts_licences_check(tx, m.licences, m.customer, err);
    if (rc != SW_OK)
        return rc;
    if (m.head.id == sw_tx_viewer(tx)->member && (m.licences & SW_ADMIN) == 0)
        return sw_fail(err, SW_EINVALID, "licences", "%s", _("You can’t take the package “admin” from yourself."));
    rc = sw_put(tx, &sw_member_record, &m, NULL, err);
    /* Another right or another customer: nobody goes on with a page of the former one. One's own web session stays. */
    if (rc == SW_OK && (before != m.licences || customer_before != m.customer) && m.head.id != sw_tx_viewer(tx)->member)
        rc = sw_session_end_all(tx, m.user, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, _("User saved."));
    return sw_done(r, 0, "/admin/users/%" PRIu64, m.head.id);
}

static int set_disabled(struct sw_req *r, bool disabled, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_member m = *(const struct sw_member *)sw_req_record(r, "member");
    if (disabled && m.head.id == sw_tx_viewer(tx)->member)
        return sw_fail(err, SW_ESTATE, "", "%s", _("You can’t disable yourself. Another administrator can."));
    if (m.disabled == disabled)
        return sw_fail(err, SW_ESTATE, "", "%s", disabled ? _("This user is disabled already.") : _("This user is not disabled."));
    m.disabled = disabled;
    int rc = sw_put(tx, &sw_member_record, &m, disabled ? "disabled" : "enabled", err);
    if (rc == SW_OK && disabled)
        rc = sw_session_end_all(tx, m.user, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, disabled ? _("User disabled and signed out.") : _("User enabled."));
    return sw_done(r, 0, "/admin/users/%" PRIu64, m.head.id);
}

int accounts_user_disable(struct sw_req *r, struct sw_err *err) { return set_disabled(r, true, err); }
int accounts_user_enable(struct sw_req *r, struct sw_err *err) { return set_disabled(r, false, err); }

int accounts_user_invite(struct sw_req *r, struct sw_err *err)
{
    struct sw_member m;
    struct sw_user u;
    int rc = both(r, &m, &u, err);
    if (rc != SW_OK)
        return rc;
    if (state_of(&m, &u) != USER_INVITED)
        return sw_fail(err, SW_ESTATE, "", "%s", _("Only a user who has no password yet can be invited."));
    if (u.email.n == 0)
        return sw_fail(err, SW_ESTATE, "", "%s", _("This user has no e-mail: set a first password and hand it over."));
    if ((rc = mail_invite(sw_req_tx(r), &m, &u, err)) != SW_OK)
        return rc;
    sw_flash(r, _("The activation link is on its way."));
    return sw_done(r, 0, "/admin/users/%" PRIu64, m.head.id);
}

int accounts_user_password_prepare(struct sw_req *r, struct sw_err *err)
{
    const struct password_form *f = sw_req_form(r);
    struct sw_str *hash = SW_NEW(sw_req_arena(r), struct sw_str);
    struct sw_member m;
    struct sw_user u;
    sw_req_keep(r, hash);
    int rc = both(r, &m, &u, err);
    if (rc == SW_OK && u.email.n > 0) /* nobody else ever knows the password of somebody with an e-mail */
        return sw_fail(err, SW_ESTATE, "", "%s", _("This user has an e-mail and chooses the password by a mailed link."));
    if (rc == SW_OK)
        rc = accounts_password_check(f->password, u.login, "password", err);
    return rc == SW_OK ? sw_password_hash(sw_req_arena(r), f->password, hash, err) : rc;
}

int accounts_user_password_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct sw_str *hash = sw_req_kept(r);
    struct sw_member m;
    struct sw_user u;
    int rc = both(r, &m, &u, err);
    if (rc != SW_OK)
        return rc;
    u.password = *hash;
    u.failed = 0;
    u.failed_at = 0;
    rc = sw_put(tx, &sw_user_record, &u, "password_set", err);
    if (rc == SW_OK)
        rc = sw_session_end_all(tx, u.head.id, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, _("The first password is set. Hand it over in person."));
    return sw_done(r, 0, "/admin/users/%" PRIu64, m.head.id);
}
