/* account.c: one's own account: the password, and where one is signed in (A7). */
#include "records.h"

#include <string.h>

static int own_user(struct sw_req *r, struct sw_user *u, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    sw_as_shop(tx); /* a portal user's own user record belongs to no customer */
    int rc = sw_get(tx, &sw_user_record, sw_tx_viewer(tx)->user, u, err);
    sw_as_viewer(tx);
    return rc;
}

static bool has(struct sw_str s, const char *word)
{
    return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

/* "Chrome on Android": what a person knows the device by. Browsers name their kin too, so the order matters. */
static struct sw_str browser_name(struct sw_arena *a, struct sw_str agent)
{
    static const char *const browsers[][2] = {{"Edg", "Edge"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"},
                                              {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}};
    static const char *const systems[][2] = {{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
                                             {"Mac OS", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}};
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; i < sizeof browsers / sizeof browsers[0] && browser == NULL; i++)
        browser = has(agent, browsers[i][0]) ? browsers[i][1] : NULL;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0] && system == NULL; i++)
        system = has(agent, systems[i][0]) ? systems[i][1] : NULL;
    if (browser != NULL && system != NULL)
        return sw_printf(a, _("%s on %s"), browser, system);
    if (browser != NULL || system != NULL)
        return sw_str_of(browser != NULL ? browser : system);
    return agent.n > 0 ? agent : sw_str_of(_("Unknown browser"));
}

int accounts_account_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct sw_viewer *viewer = sw_tx_viewer(tx);
    struct account_view *v = SW_NEW(sw_tx_arena(tx), struct account_view);
    struct sw_user u;
    struct sw_list sessions = {NULL, 0};
    int rc = own_user(r, &u, err);
    if (rc == SW_OK)
        rc = sw_sessions_of(r, u.head.id, &sessions, err);
    if (rc != SW_OK)
        return rc;
    v->name = viewer->name;
    v->login = u.login;
    v->email = u.email;
    v->language = sw_str_is(u.language, "es") ? LANGUAGE_ES : sw_str_is(u.language, "en") ? LANGUAGE_EN : LANGUAGE_ANY;
    v->sessions.v = sessions.v;
    v->sessions.n = sessions.n;
    for (size_t i = 0; i < v->sessions.n; i++) {
        v->others = v->others || !v->sessions.v[i].current;
        v->sessions.v[i].browser = browser_name(sw_tx_arena(tx), v->sessions.v[i].browser);
    }
    return sw_show_as(r, &accounts_account_view, v, (viewer->licences & SW_PORTAL) != 0 ? "account-portal.html" : "account.html");
}

static struct sw_str change_limit(struct sw_arena *a, uint64_t user)
{
    return sw_printf(a, "change:%llu", (unsigned long long)user);
}

struct change_try {
    struct sw_str against, fresh;
    bool fits;
};

int accounts_change_prepare(struct sw_req *r, struct sw_err *err)
{
    const struct change_form *f = sw_req_form(r);
    struct sw_arena *a = sw_req_arena(r);
    struct change_try *t = SW_NEW(a, struct change_try);
    struct sw_user u;
    int rc = own_user(r, &u, err);
    if (rc == SW_OK) /* before it is looked at: a right guess after too many is refused like a wrong one. Here it only looks. */
        rc = sw_limit(sw_req_tx(r), change_limit(a, u.head.id), ACCOUNTS_TRIES, ACCOUNTS_REST, err);
    if (rc == SW_OK)
        rc = accounts_password_check(f->password, u.login, "password", err);
    if (rc != SW_OK)
        return rc;
    t->against = sw_copy(a, u.password);
    t->fits = sw_password_fits(t->against, f->current);
    if (t->fits)
        rc = sw_password_hash(a, f->password, &t->fresh, err);
    sw_req_keep(r, t);
    return rc;
}

int accounts_change_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct change_try *t = sw_req_kept(r);
    struct sw_user u;
    int rc = own_user(r, &u, err);
    if (rc != SW_OK)
        return rc;
    if (!t->fits || !sw_str_eq(t->against, u.password)) {
        rc = sw_limit(tx, change_limit(sw_tx_arena(tx), u.head.id), ACCOUNTS_TRIES, ACCOUNTS_REST, err);
        return rc == SW_OK ? sw_refuse(r, SW_EINVALID, "current", _("The current password is not right.")) : rc;
    }
    u.password = t->fresh;
    rc = sw_put(tx, &sw_user_record, &u, "password_changed", err);
    if (rc == SW_OK)
        rc = sw_session_end_one(r, u.head.id, (struct sw_str){NULL, 0}, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, _("Your password is changed. You were signed out everywhere else."));
    return sw_done(r, 0, "/account");
}

int accounts_language_post(struct sw_req *r, struct sw_err *err)
{
    const struct language_form *f = sw_req_form(r);
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_str language = f->language == LANGUAGE_ES ? SW_STR("es") : f->language == LANGUAGE_EN ? SW_STR("en") : SW_STR("");
    struct sw_user u;
    int rc = own_user(r, &u, err);
    if (rc != SW_OK)
        return rc;
    u.language = language;
    if ((rc = sw_put(tx, &sw_user_record, &u, NULL, err)) != SW_OK || (rc = sw_session_speak(r, language, err)) != SW_OK)
        return rc;
    sw_flash(r, _("Saved."));
    return sw_done(r, 0, "/account");
}

int accounts_sessions_post(struct sw_req *r, struct sw_err *err)
{
    const struct key_form *f = sw_req_form(r);
    int rc = sw_session_end_one(r, sw_tx_viewer(sw_req_tx(r))->user, f->key, err);
    if (rc != SW_OK)
        return rc;
    sw_flash(r, f->key.n > 0 ? _("Signed out there.") : _("Signed out everywhere else."));
    return sw_done(r, 0, "/account");
}
