/* records.h: forms and views of the plugin, and what its files share. It stores nothing of its own: users and members are core's. */
#ifndef ACCOUNTS_RECORDS_H
#define ACCOUNTS_RECORDS_H

#ifndef SW_TEXT_DOMAIN
#define SW_TEXT_DOMAIN "accounts"
#endif
#include <shopwright/plugin.h>
#include "../customers/customers.h"

enum {
    ACCOUNTS_PASSWORD_MIN = 10,  /* characters */
    ACCOUNTS_PASSWORD_MAX = 200, /* bytes */
    ACCOUNTS_TRIES = 5,          /* wrong passwords in a row before the account rests */
    ACCOUNTS_ADDRESS_TRIES = 50, /* wrong passwords from one address */
    ACCOUNTS_MAILS = 5,          /* links asked for one e-mail in an hour */
    ACCOUNTS_ADDRESS_MAILS = 30, /* … and from one address */
    ACCOUNTS_USERS_PAGE = 200,
};
#define ACCOUNTS_REST (15 * SW_MINUTE) /* how long it rests */
#define ACCOUNTS_LINK_LIFE (2 * SW_DAY)
#define ACCOUNTS_INVITE_LIFE (7 * SW_DAY)
#define ACCOUNTS_RESET_LIFE (1 * SW_HOUR)

/* Set by accounts_start(). */
extern const struct customers_interface *accounts_customers;
int accounts_start(struct sw_err *err);

/* ---- Forms */

struct login_query {
    struct sw_str r;
};
struct login_form {
    struct sw_str login, password, r;
};
struct email_form {
    struct sw_str email;
};
struct password_form {
    struct sw_str password;
};
struct change_form {
    struct sw_str current, password;
};
struct key_form {
    struct sw_str key;
};
struct version_form {
    int64_t version;
};
struct user_query {
    int64_t customer;
};
struct language_form {
    int32_t language; /* enum account_language */
};
enum account_language { LANGUAGE_ANY, LANGUAGE_EN, LANGUAGE_ES };
struct user_new_form {
    struct sw_str name, email, login, password;
    uint32_t licences;
    int64_t customer; /* a number that a person types, so no reference to choose from a list */
};
struct user_form {
    struct sw_str name;
    uint32_t licences;
    int64_t customer;
    int64_t version;
};
struct shop_form {
    struct sw_str name, address, phone, email, reply_to, opening, language, zone, currency, base_url;
    struct sw_str consent, terms, registration;
    int64_t history_from, labor_rate, tax_rate;
    int64_t version;
};
extern const struct sw_record accounts_login_query, accounts_login_form, accounts_email_form, accounts_password_form,
    accounts_change_form, accounts_language_form, accounts_key_form, accounts_version_form, accounts_user_query, accounts_user_new_form,
    accounts_user_form, accounts_shop_form;

/* ---- Views */

struct login_view {
    struct sw_str r;
};
/* Pages that only say something. */
struct plain_view {
    struct sw_str message;
};
struct activate_view {
    struct sw_str token, name, login;
};
struct confirm_view {
    struct sw_str token, email;
    uint64_t member;
};
struct account_view {
    int32_t language; /* enum account_language */
    struct sw_str name, login, email;
    bool others; /* there is another web session */
    SW_LIST_OF(struct sw_session_view) sessions;
};
enum user_state { USER_ACTIVE, USER_INVITED, USER_DISABLED };
struct user_row {
    uint64_t id;
    struct sw_str name, login, email;
    uint32_t licences;
    int32_t state;
    uint64_t customer;
    struct sw_str customer_name;
};
struct users_view {
    struct sw_str next_href;
    SW_LIST_OF(struct user_row) users;
};
struct user_view {
    uint64_t id;
    int64_t customer, version;
    struct sw_str name, login, email, customer_name;
    uint32_t licences;
    int32_t state;
    bool self, mailable;
};
struct user_new_view {
    int64_t customer;
    struct sw_str customer_name, email, name;
    uint32_t licences;
};
extern const struct sw_enum accounts_user_states;
extern const struct sw_record accounts_login_view, accounts_plain_view, accounts_activate_view, accounts_confirm_view,
    accounts_account_view, accounts_user_row, accounts_users_view, accounts_user_view, accounts_user_new_view,
    accounts_shop_view;

/* ---- people.c: users and members */

/* ASCII lower case, trimmed: how sign-in names are kept. */
struct sw_str accounts_lower(struct sw_arena *a, struct sw_str s);
/* Reads as the shop: callers are nobody yet. SW_ENOTFOUND. */
int accounts_user_by_login(struct sw_tx *tx, struct sw_str login, struct sw_user *out, struct sw_err *err);
int accounts_member_of_user(struct sw_tx *tx, uint64_t user, struct sw_member *out, struct sw_err *err);
/* Ten characters, not the sign-in name or e-mail; err names `field`. */
int accounts_password_check(struct sw_str password, struct sw_str login, const char *field, struct sw_err *err);
/* Licences as they may be combined, with a customer exactly when there is `portal`. Reads the customer. */
int accounts_licences_check(struct sw_tx *tx, uint32_t licences, uint64_t customer, struct sw_err *err);
/* Where somebody with these licences begins. */
const char *accounts_home(uint32_t licences);

/* ---- mail.c */

struct accounts_letter {
    struct sw_str to, to_name;
    const char *subject, *text, *button, *after; /* sentences; `after` may be NULL */
    struct sw_str path;                          /* of our own site: "/activate/…" */
};
int accounts_mail(struct sw_tx *tx, const struct accounts_letter *l, struct sw_err *err);

/* ---- Handlers */

int accounts_root(struct sw_req *r, struct sw_err *err); /* login.c */
int accounts_login_page(struct sw_req *r, struct sw_err *err);
int accounts_login_prepare(struct sw_req *r, struct sw_err *err);
int accounts_login_post(struct sw_req *r, struct sw_err *err);
int accounts_logout_post(struct sw_req *r, struct sw_err *err);

int accounts_plain_page(struct sw_req *r, struct sw_err *err); /* activate.c */
int accounts_link_post(struct sw_req *r, struct sw_err *err);
int accounts_activate_page(struct sw_req *r, struct sw_err *err);
int accounts_activate_prepare(struct sw_req *r, struct sw_err *err);
int accounts_activate_post(struct sw_req *r, struct sw_err *err);
int accounts_reset_page(struct sw_req *r, struct sw_err *err);
int accounts_reset_prepare(struct sw_req *r, struct sw_err *err);
int accounts_reset_post(struct sw_req *r, struct sw_err *err);

int accounts_follow_email(struct sw_tx *tx, const struct sw_event *event, struct sw_err *err); /* confirm.c */
int accounts_confirm_page(struct sw_req *r, struct sw_err *err);
int accounts_confirm_post(struct sw_req *r, struct sw_err *err);

int accounts_account_page(struct sw_req *r, struct sw_err *err); /* account.c */
int accounts_change_prepare(struct sw_req *r, struct sw_err *err);
int accounts_language_post(struct sw_req *r, struct sw_err *err);
int accounts_change_post(struct sw_req *r, struct sw_err *err);
int accounts_sessions_post(struct sw_req *r, struct sw_err *err);

int accounts_users_page(struct sw_req *r, struct sw_err *err); /* users.c */
int accounts_user_new_page(struct sw_req *r, struct sw_err *err);
int accounts_user_new_prepare(struct sw_req *r, struct sw_err *err);
int accounts_user_new_post(struct sw_req *r, struct sw_err *err);
int accounts_user_page(struct sw_req *r, struct sw_err *err);
int accounts_user_post(struct sw_req *r, struct sw_err *err);
int accounts_user_disable(struct sw_req *r, struct sw_err *err);
int accounts_user_enable(struct sw_req *r, struct sw_err *err);
int accounts_user_invite(struct sw_req *r, struct sw_err *err);
int accounts_user_password_prepare(struct sw_req *r, struct sw_err *err);
int accounts_user_password_post(struct sw_req *r, struct sw_err *err);

int accounts_shop_page(struct sw_req *r, struct sw_err *err); /* shop.c */
int accounts_shop_post(struct sw_req *r, struct sw_err *err);

#endif
