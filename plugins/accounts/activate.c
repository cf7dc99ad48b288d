/* activate.c: mailed links: making an account, an administrator's invitation, a forgotten password.
 *
 * A link is only used up by the POST on its page: mail scanners open links. */
#include "records.h"

#include <inttypes.h>
#include <string.h>

static const char activate_purpose[] = "activate"; /* subject: customer */
static const char invite_purpose[] = "invite";     /* subject: member */
static const char reset_purpose[] = "reset";       /* subject: user */

int accounts_plain_page(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    return sw_show(r, SW_NEW(sw_req_arena(r), struct plain_view));
}

/* ---- Asking for a link: /register and /forgot do the same, because people take the one for the other. */

static int mail_reset(struct sw_tx *tx, const struct sw_user *u, const struct sw_member *m, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_str token;
    int rc = sw_link_make_to(tx, reset_purpose, u->head.id, u->email, ACCOUNTS_RESET_LIFE, &token, err);
    if (rc != SW_OK)
        return rc;
    struct sw_locale was = sw_locale_speak(u->language, (struct sw_str){NULL, 0});
    const struct accounts_letter l = {
        .to = u->email,
        .to_name = m->name,
        .subject = sw_printf(a, _("Your password at " SW_STR_FMT), SW_STR_ARG(sw_shop(tx)->name)).p,
        .text = _("You have an account already. With this link you choose a new password. It works once, for one hour."),
        .button = _("Choose a new password"),
        .after = _("If you didn’t ask for it, do nothing: your password stays as it is."),
        .path = sw_printf(a, "/reset/" SW_STR_FMT, SW_STR_ARG(token)),
    };
    rc = accounts_mail(tx, &l, err);
    sw_locale_set(&was);
    return rc;
}

static int mail_activation(struct sw_tx *tx, const struct customer *c, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_str token;
    int rc = sw_link_make_to(tx, activate_purpose, c->head.id, c->email, ACCOUNTS_LINK_LIFE, &token, err);
    if (rc != SW_OK)
        return rc;
    struct sw_locale was = sw_locale_speak(c->language, (struct sw_str){NULL, 0});
    const struct accounts_letter l = {
        .to = c->email,
        .to_name = accounts_customers->name(a, c),
        .subject = sw_printf(a, _("Your account at " SW_STR_FMT), SW_STR_ARG(sw_shop(tx)->name)).p,
        .text = _("Your account is ready. With this link you choose your password. It works once, for two days."),
        .button = _("Activate my account"),
        .after = _("If you didn’t ask for it, do nothing."),
        .path = sw_printf(a, "/activate/" SW_STR_FMT, SW_STR_ARG(token)),
    };
    rc = accounts_mail(tx, &l, err);
    sw_locale_set(&was);
    return rc;
}

int accounts_link_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    const struct email_form *f = sw_req_form(r);
    bool forgot = sw_str_is(sw_req_path(r), "/forgot");
    struct sw_user u;
    struct sw_member m;
    struct customer c;
    int rc;
    if ((rc = sw_limit(tx, sw_printf(a, "link:" SW_STR_FMT, SW_STR_ARG(f->email)), ACCOUNTS_MAILS, SW_HOUR, err)) != SW_OK ||
        (rc = sw_limit(tx, sw_printf(a, "link-from:" SW_STR_FMT, SW_STR_ARG(sw_req_address(r))), ACCOUNTS_ADDRESS_MAILS, SW_HOUR,
                       err)) != SW_OK)
        return rc;
    rc = accounts_user_by_login(tx, f->email, &u, err);
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    bool user = rc == SW_OK;
    rc = user ? accounts_member_of_user(tx, u.head.id, &m, err) : SW_ENOTFOUND;
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    bool member = rc == SW_OK;
    rc = SW_OK;
    if (member) { /* somebody disabled gets no mail */
        if (!m.disabled && !u.disabled && u.email.n > 0)
            rc = mail_reset(tx, &u, &m, err);
    } else if (!(user && u.disabled)) {
        sw_as_shop(tx); /* whose address it is, before anybody is signed in */
        rc = accounts_customers->by_email(tx, f->email, &c, err);
        sw_as_viewer(tx);
        rc = rc == SW_OK ? mail_activation(tx, &c, err) : rc == SW_ENOTFOUND ? SW_OK : rc;
    }
    if (rc != SW_OK)
        return rc;
    return sw_done(r, 0, "%s", forgot ? "/forgot/sent" : "/register/sent");
}

/* ---- The link's page */

/* Whom a link is for. One of the three: a customer without a user, an invited member, a user with a password to choose anew. */
struct linked {
    const char *purpose;
    uint64_t subject;
    struct customer customer;
    struct sw_member member;
    struct sw_user user;
    bool has_member, has_user;
    struct sw_str name, login;
};

static int gone(struct sw_err *err)
{
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("This link was used already, or it is too old. Ask for a new one."));
}

static int follow(struct sw_tx *tx, const char *purpose, uint64_t subject, struct linked *l, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    int rc = SW_OK;
    memset(l, 0, sizeof *l);
    l->purpose = purpose;
    l->subject = subject;
    sw_as_shop(tx); /* the link says who it is; nobody is signed in */
    if (purpose == activate_purpose) {
        rc = sw_get(tx, accounts_customers->customer, subject, &l->customer, err);
        if (rc == SW_OK) {
            l->login = l->customer.email;
            l->name = accounts_customers->name(a, &l->customer);
            l->has_user = accounts_user_by_login(tx, l->login, &l->user, err) == SW_OK;
            l->has_member = l->has_user && accounts_member_of_user(tx, l->user.head.id, &l->member, err) == SW_OK;
        }
    } else {
        if (purpose == invite_purpose) {
            rc = sw_get(tx, &sw_member_record, subject, &l->member, err);
            l->has_member = rc == SW_OK;
        }
        if (rc == SW_OK)
            rc = sw_get(tx, &sw_user_record, purpose == invite_purpose ? l->member.user : subject, &l->user, err);
        l->has_user = rc == SW_OK;
        if (l->has_user && !l->has_member)
            rc = accounts_member_of_user(tx, l->user.head.id, &l->member, err);
        l->has_member = rc == SW_OK;
        l->login = l->user.login;
        l->name = l->member.name;
    }
    sw_as_viewer(tx);
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    bool dead = rc == SW_ENOTFOUND || l->login.n == 0 || (l->has_user && l->user.disabled) || (l->has_member && l->member.disabled) ||
                (purpose == activate_purpose && (l->customer.merged_into != 0 || (l->has_member && l->user.password.n > 0)));
    return dead ? gone(err) : SW_OK;
}

static int look(struct sw_req *r, bool reset, bool use, struct linked *l, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const char *const purposes[] = {reset ? reset_purpose : activate_purpose, reset ? NULL : invite_purpose};
    for (size_t i = 0; i < 2 && purposes[i] != NULL; i++) {
        uint64_t subject = 0;
        struct sw_str token = sw_req_param(r, "token");
        int rc = sw_link_look(tx, purposes[i], token, &subject, err);
        if (rc == SW_ENOTFOUND)
            continue;
        if (rc == SW_OK)
            rc = follow(tx, purposes[i], subject, l, err);
        /* Who reads a mailbox that the file no longer names is a stranger: a corrected e-mail, a former employee's. */
        if (rc == SW_OK && !sw_link_sent_to(tx, purposes[i], token, purposes[i] == activate_purpose ? l->customer.email : l->user.email))
            rc = gone(err);
        if (rc == SW_OK && use)
            rc = sw_link_use(tx, purposes[i], token, &subject, err);
        return rc;
    }
    return gone(err);
}

static int page(struct sw_req *r, bool reset, struct sw_err *err)
{
    struct linked l;
    int rc = look(r, reset, false, &l, err);
    if (rc == SW_ENOTFOUND) {
        struct plain_view *v = SW_NEW(sw_req_arena(r), struct plain_view);
        v->message = sw_str_of(_("This link was used already, or it is too old. Ask for a new one."));
        sw_set_status(r, 404);
        return sw_show_as(r, &accounts_plain_view, v, "dead-link.html");
    }
    if (rc != SW_OK)
        return rc;
    struct activate_view *v = SW_NEW(sw_req_arena(r), struct activate_view);
    v->token = sw_req_param(r, "token");
    v->name = l.name;
    v->login = l.login;
    return sw_show(r, v);
}

/* Before a costly hash: is the link good, and the password one? */
static int prepare(struct sw_req *r, bool reset, struct sw_err *err)
{
    const struct password_form *f = sw_req_form(r);
    struct linked l;
    struct sw_str *hash = SW_NEW(sw_req_arena(r), struct sw_str);
    int rc = look(r, reset, false, &l, err);
    if (rc == SW_OK)
        rc = accounts_password_check(f->password, l.login, "password", err);
    if (rc == SW_OK)
        rc = sw_password_hash(sw_req_arena(r), f->password, hash, err);
    sw_req_keep(r, hash);
    return rc;
}

static int sign_in(struct sw_req *r, uint64_t user, uint32_t licences, struct sw_err *err)
{
    int rc = sw_session_end_all(sw_req_tx(r), user, err);
    if (rc == SW_OK)
        rc = sw_session_start(r, user, err);
    return rc == SW_OK ? sw_done(r, 0, "%s", accounts_home(licences)) : rc;
}

int accounts_activate_page(struct sw_req *r, struct sw_err *err) { return page(r, false, err); }
int accounts_activate_prepare(struct sw_req *r, struct sw_err *err) { return prepare(r, false, err); }
int accounts_reset_page(struct sw_req *r, struct sw_err *err) { return page(r, true, err); }
int accounts_reset_prepare(struct sw_req *r, struct sw_err *err) { return prepare(r, true, err); }

int accounts_activate_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct sw_str *hash = sw_req_kept(r);
    struct linked l;
    int rc = look(r, false, true, &l, err);
    if (rc != SW_OK)
        return rc;
    if (!l.has_user) {
        l.user.login = l.login;
        l.user.email = l.customer.email;
        l.user.language = l.customer.language;
    }
    l.user.password = *hash;
    l.user.failed = 0;
    l.user.failed_at = 0;
    if ((rc = sw_put(tx, &sw_user_record, &l.user, "activated", err)) != SW_OK)
        return rc;
    if (!l.has_member) {
        l.member.user = l.user.head.id;
        l.member.name = l.name;
        l.member.licences = SW_PORTAL;
        l.member.customer = l.customer.head.id;
        if ((rc = sw_put(tx, &sw_member_record, &l.member, NULL, err)) != SW_OK)
            return rc;
    }
    sw_flash(r, _("Your account is active."));
    return sign_in(r, l.user.head.id, l.member.licences, err);
}

int accounts_reset_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct sw_str *hash = sw_req_kept(r);
    struct linked l;
    int rc = look(r, true, true, &l, err);
    if (rc != SW_OK)
        return rc;
    l.user.password = *hash;
    l.user.failed = 0;
    l.user.failed_at = 0;
    if ((rc = sw_put(tx, &sw_user_record, &l.user, "password_reset", err)) != SW_OK)
        return rc;
    sw_flash(r, _("Your new password is set. You were signed out everywhere else."));
    return sign_in(r, l.user.head.id, l.member.licences, err);
}
