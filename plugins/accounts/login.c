/* login.c: signing in and out.
 *
 * Nothing tells whether an e-mail exists: the answer, the work (a password is always hashed) and the lock-out are the same for a known and an
 * unknown one. Tries are counted for the name (known or not) and for the address that they come from. */
#include "records.h"

#include <inttypes.h>
#include <string.h>

int accounts_root(struct sw_req *r, struct sw_err *err)
{
    uint32_t licences = sw_tx_viewer(sw_req_tx(r))->licences;
    (void)err;
    return sw_done(r, 0, "%s", licences == 0 ? "/login" : accounts_home(licences));
}

/* A path of this site: nothing that a browser could read as another one. */
static bool own_path(struct sw_str p)
{
    if (p.n < 2 || p.p[0] != '/' || p.p[1] == '/')
        return false;
    for (size_t i = 0; i < p.n; i++)
        if ((unsigned char)p.p[i] <= ' ' || (unsigned char)p.p[i] >= 0x7F || p.p[i] == '\\')
            return false;
    static const char *const never[] = {"/login", "/logout", "/register", "/activate", "/forgot", "/reset"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (p.n >= strlen(never[i]) && memcmp(p.p, never[i], strlen(never[i])) == 0)
            return false;
    return true;
}

int accounts_login_page(struct sw_req *r, struct sw_err *err)
{
    const struct login_query *q = sw_req_form(r);
    struct login_view *v = SW_NEW(sw_req_arena(r), struct login_view);
    (void)err;
    if (q != NULL && own_path(q->r))
        v->r = q->r;
    return sw_show(r, v);
}

/* Whether the account rests after too many wrong passwords. */
static bool resting(const struct sw_user *u, int64_t now)
{
    return u->failed >= ACCOUNTS_TRIES && now - u->failed_at < ACCOUNTS_REST;
}

static int too_many(struct sw_err *err)
{
    return sw_fail(err, SW_ETOOMANY, "", _("Too many wrong passwords. Wait %d minutes, or choose a new password by mail."),
                   (int)(ACCOUNTS_REST / SW_MINUTE));
}

static struct sw_str address_limit(struct sw_req *r)
{
    return sw_printf(sw_req_arena(r), "login-from:" SW_STR_FMT, SW_STR_ARG(sw_req_address(r)));
}

struct login_try {
    uint64_t user;
    struct sw_str hash; /* that the password was held against */
    bool fits;
};

int accounts_login_prepare(struct sw_req *r, struct sw_err *err)
{
    const struct login_form *f = sw_req_form(r);
    struct sw_arena *a = sw_req_arena(r);
    struct login_try *t = SW_NEW(a, struct login_try);
    struct sw_user u;
    /* Before the password is looked at, so that from an address that guesses a right one is refused like a wrong one. Here it only looks. */
    if (sw_limit(sw_req_tx(r), address_limit(r), ACCOUNTS_ADDRESS_TRIES, ACCOUNTS_REST, err) != SW_OK)
        return too_many(err);
    int rc = accounts_user_by_login(sw_req_tx(r), accounts_lower(a, f->login), &u, err);
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    if (rc == SW_OK) {
        t->user = u.head.id;
        t->hash = sw_copy(a, u.password);
    }
    t->fits = sw_password_fits(t->hash, f->password) && t->hash.n > 0;
    sw_req_keep(r, t);
    return SW_OK;
}

static int wrong(struct sw_req *r, struct sw_str login, struct sw_user *u, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    int64_t now = sw_now(tx);
    if (sw_limit(tx, sw_printf(a, "login:" SW_STR_FMT, SW_STR_ARG(login)), ACCOUNTS_TRIES, ACCOUNTS_REST, err) != SW_OK ||
        sw_limit(tx, address_limit(r), ACCOUNTS_ADDRESS_TRIES, ACCOUNTS_REST, err) != SW_OK)
        return too_many(err);
    if (u != NULL && u->failed < ACCOUNTS_TRIES) {
        u->failed++;
        u->failed_at = now;
        int rc = sw_put(tx, &sw_user_record, u, "sign_in_failed", err);
        if (rc != SW_OK)
            return rc;
    }
    return sw_refuse(r, SW_EINVALID, "password",
                     _("The e-mail or the password is not right. Try again, or use “Forgot password?”."));
}

int accounts_login_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct login_form *f = sw_req_form(r);
    const struct login_try *t = sw_req_kept(r);
    struct sw_str login = accounts_lower(sw_tx_arena(tx), f->login);
    struct sw_user u;
    struct sw_member m;
    int rc = accounts_user_by_login(tx, login, &u, err);
    if (rc == SW_ENOTFOUND)
        return wrong(r, login, NULL, err);
    if (rc != SW_OK)
        return rc;
    if (u.failed > 0 && sw_now(tx) - u.failed_at >= ACCOUNTS_REST)
        u.failed = 0;
    rc = accounts_member_of_user(tx, u.head.id, &m, err);
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    bool in = rc == SW_OK && !m.disabled && !u.disabled && t->fits && t->user == u.head.id && sw_str_eq(t->hash, u.password);
    if (!in)
        return wrong(r, login, &u, err);
    if (resting(&u, sw_now(tx)))
        return too_many(err);
    if (u.failed_at != 0) {
        u.failed = 0;
        u.failed_at = 0;
        if ((rc = sw_put(tx, &sw_user_record, &u, "signed_in", err)) != SW_OK)
            return rc;
    }
    if ((rc = sw_session_start(r, u.head.id, err)) != SW_OK)
        return rc;
    if (own_path(f->r))
        return sw_done(r, 0, SW_STR_FMT, SW_STR_ARG(f->r));
    return sw_done(r, 0, "%s", accounts_home(m.licences));
}

int accounts_logout_post(struct sw_req *r, struct sw_err *err)
{
    int rc = sw_session_end(r, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, _("You are signed out."));
    return sw_done(r, 0, "/login");
}
