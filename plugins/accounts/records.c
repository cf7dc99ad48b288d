/* records.c: the tables of forms and views. */
#include "records.h"

/* ---- Forms */

static const struct sw_field login_query_fields[] = {SW_F_TEXT(struct login_query, r, 1, .max = 1000)};
const struct sw_record accounts_login_query = {SW_RECORD(struct login_query, "accounts.login_query", login_query_fields)};

static const struct sw_field login_form_fields[] = {
    SW_F_TEXT(struct login_form, login, 1, .max = 200, .flags = SW_REQUIRED, .label = N_("E-mail"),
              .hint = N_("The address that the shop has on file, or your sign-in name"), .autocomplete = "username"),
    SW_F_TEXT(struct login_form, password, 2, .max = ACCOUNTS_PASSWORD_MAX, .flags = SW_REQUIRED | SW_PASSWORD,
              .label = N_("Password"), .autocomplete = "current-password"),
    SW_F_TEXT(struct login_form, r, 3, .max = 1000, .flags = SW_HIDDEN),
};
const struct sw_record accounts_login_form = {SW_RECORD(struct login_form, "accounts.login_form", login_form_fields)};

static const struct sw_field email_form_fields[] = {
    SW_F_EMAIL(struct email_form, email, 1, .max = 200, .flags = SW_REQUIRED, .label = N_("E-mail"),
               .hint = N_("The address that you gave the shop"), .autocomplete = "email"),
};
const struct sw_record accounts_email_form = {SW_RECORD(struct email_form, "accounts.email_form", email_form_fields)};

static const struct sw_field password_form_fields[] = {
    SW_F_TEXT(struct password_form, password, 1, .max = ACCOUNTS_PASSWORD_MAX, .flags = SW_REQUIRED | SW_PASSWORD,
              .label = N_("New password"), .hint = N_("At least 10 characters. A few words are a good password."),
              .autocomplete = "new-password"),
};
const struct sw_record accounts_password_form = {
    SW_RECORD(struct password_form, "accounts.password_form", password_form_fields)};

static const struct sw_field change_form_fields[] = {
    SW_F_TEXT(struct change_form, current, 1, .max = ACCOUNTS_PASSWORD_MAX, .flags = SW_REQUIRED | SW_PASSWORD,
              .label = N_("Current password"), .autocomplete = "current-password"),
    SW_F_TEXT(struct change_form, password, 2, .max = ACCOUNTS_PASSWORD_MAX, .flags = SW_REQUIRED | SW_PASSWORD,
              .label = N_("New password"), .hint = N_("At least 10 characters. A few words are a good password."),
              .autocomplete = "new-password"),
};
const struct sw_record accounts_change_form = {SW_RECORD(struct change_form, "accounts.change_form", change_form_fields)};

/* Each language under its own name: it is looked for by who reads no other. */
static const struct sw_word language_words[] = {
    {LANGUAGE_ANY, "any", N_("As the shop or the browser"), NULL, NULL},
    {LANGUAGE_EN, "en", "English", NULL, NULL},
    {LANGUAGE_ES, "es", "Español", NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum languages = {"accounts.language", language_words};
static const struct sw_field language_form_fields[] = {
    SW_F_ENUM(struct language_form, language, 1, &languages, .label = N_("Language of these pages"))};
const struct sw_record accounts_language_form = {SW_RECORD(struct language_form, "accounts.language_form", language_form_fields)};

static const struct sw_field key_form_fields[] = {SW_F_TEXT(struct key_form, key, 1, .max = 64, .flags = SW_HIDDEN)};
const struct sw_record accounts_key_form = {SW_RECORD(struct key_form, "accounts.key_form", key_form_fields)};

static const struct sw_field version_form_fields[] = {SW_F_INT(struct version_form, version, 1, .flags = SW_HIDDEN)};
const struct sw_record accounts_version_form = {SW_RECORD(struct version_form, "accounts.version_form", version_form_fields)};

static const struct sw_field user_query_fields[] = {SW_F_INT(struct user_query, customer, 1)};
const struct sw_record accounts_user_query = {SW_RECORD(struct user_query, "accounts.user_query", user_query_fields)};

static const struct sw_field user_new_form_fields[] = {
    SW_F_TEXT(struct user_new_form, name, 1, .max = 120, .flags = SW_REQUIRED, .label = N_("Name"), .autocomplete = "off"),
    SW_F_EMAIL(struct user_new_form, email, 2, .max = 200, .label = N_("E-mail"),
               .hint = N_("We mail an activation link to it"), .autocomplete = "off"),
    SW_F_TEXT(struct user_new_form, login, 3, .max = 200, .label = N_("Sign-in name (without an e-mail)"), .autocomplete = "off"),
    SW_F_TEXT(struct user_new_form, password, 4, .max = ACCOUNTS_PASSWORD_MAX, .flags = SW_PASSWORD,
              .label = N_("First password (without an e-mail)"), .hint = N_("At least 10 characters. Hand it over in person."),
              .autocomplete = "new-password"),
    SW_F_FLAGS(struct user_new_form, licences, 5, &sw_licence_words, .label = N_("Software packages")),
    SW_F_INT(struct user_new_form, customer, 6, .label = N_("Customer number"),
             .hint = N_("For the portal: whose jobs this user sees")),
};
const struct sw_record accounts_user_new_form = {
    SW_RECORD(struct user_new_form, "accounts.user_new_form", user_new_form_fields)};

static const struct sw_field user_form_fields[] = {
    SW_F_TEXT(struct user_form, name, 1, .max = 120, .flags = SW_REQUIRED, .label = N_("Name"), .autocomplete = "off"),
    SW_F_FLAGS(struct user_form, licences, 2, &sw_licence_words, .label = N_("Software packages")),
    SW_F_INT(struct user_form, customer, 3, .label = N_("Customer number"),
             .hint = N_("For the portal: whose jobs this user sees")),
    SW_F_INT(struct user_form, version, 4, .flags = SW_HIDDEN),
};
const struct sw_record accounts_user_form = {SW_RECORD(struct user_form, "accounts.user_form", user_form_fields)};

static const struct sw_field shop_form_fields[] = {
    SW_F_TEXT(struct shop_form, name, 1, .max = 120, .flags = SW_REQUIRED, .label = N_("Name of the shop")),
    SW_F_TEXT(struct shop_form, address, 2, .max = 500, .flags = SW_MULTILINE, .label = N_("Address")),
    SW_F_PHONE(struct shop_form, phone, 3, .max = 40, .label = N_("Phone")),
    SW_F_EMAIL(struct shop_form, email, 4, .max = 200, .label = N_("E-mail")),
    SW_F_EMAIL(struct shop_form, reply_to, 5, .max = 200, .label = N_("Answers to our mails go to"),
               .hint = N_("Empty: to the e-mail above")),
    SW_F_TEXT(struct shop_form, opening, 6, .max = 500, .flags = SW_MULTILINE, .label = N_("Opening hours, in words")),
    SW_F_TEXT(struct shop_form, language, 7, .max = 7, .label = N_("Language"), .hint = N_("en or es")),
    SW_F_TEXT(struct shop_form, zone, 8, .max = 47, .flags = SW_REQUIRED, .label = N_("Time zone"),
              .hint = N_("For example America/Los_Angeles")),
    SW_F_TEXT(struct shop_form, currency, 9, .max = 3, .flags = SW_UPPER, .label = N_("Currency"), .hint = N_("Three letters: USD")),
    SW_F_TEXT(struct shop_form, base_url, 10, .max = 200, .label = N_("Address of this site"),
              .hint = N_("Links in mails begin with it, for example https://shop.example")),
    SW_F_TEXT(struct shop_form, consent, 11, .max = 4000, .flags = SW_MULTILINE, .label = N_("Consent text"),
              .hint = N_("What a customer agrees to when signing. Another text gets a new version number.")),
    SW_F_TEXT(struct shop_form, terms, 12, .max = 8000, .flags = SW_MULTILINE, .label = N_("Terms"),
              .hint = N_("Shown between the lines and the signature")),
    SW_F_TEXT(struct shop_form, registration, 13, .max = 120, .label = N_("Registration number, printed on documents")),
    SW_F_TIME(struct shop_form, history_from, 14, .label = N_("Show the work history from"),
              .hint = N_("Customers ask you about older work. Empty: all of it")),
    SW_F_MONEY(struct shop_form, labor_rate, 15, .label = N_("Labor rate per hour")),
    SW_F_QTY(struct shop_form, tax_rate, 16, .lo = 0, .hi = 100000, .label = N_("Sales tax in percent"), .hint = N_("For example 9.5")),
    SW_F_INT(struct shop_form, version, 17, .flags = SW_HIDDEN),
};
const struct sw_record accounts_shop_form = {SW_RECORD(struct shop_form, "accounts.shop_form", shop_form_fields)};

/* ---- Views. Those of the sign-in pages are for everybody, so for customers too. */

#define ALL_ .audience = SW_FOR_CUSTOMER

static const struct sw_field login_view_fields[] = {SW_F_TEXT(struct login_view, r, 1, .max = 1000, ALL_)};
const struct sw_record accounts_login_view = {SW_RECORD(struct login_view, "accounts.login_view", login_view_fields), ALL_};

static const struct sw_field plain_view_fields[] = {SW_F_TEXT(struct plain_view, message, 1, .max = 400, ALL_)};
const struct sw_record accounts_plain_view = {SW_RECORD(struct plain_view, "accounts.plain_view", plain_view_fields), ALL_};

/* The token is in the address of the page already; it is only in the form's action. */
static const struct sw_field activate_view_fields[] = {
    SW_F_TEXT(struct activate_view, token, 1, .max = 100, ALL_),
    SW_F_TEXT(struct activate_view, name, 2, ALL_),
    SW_F_TEXT(struct activate_view, login, 3, ALL_),
};
const struct sw_record accounts_activate_view = {
    SW_RECORD(struct activate_view, "accounts.activate_view", activate_view_fields), ALL_};

static const struct sw_field confirm_view_fields[] = {
    SW_F_TEXT(struct confirm_view, token, 1, .max = 100, ALL_),
    SW_F_EMAIL(struct confirm_view, email, 2, ALL_),
    SW_F_REF(struct confirm_view, member, 3, "core.member", ALL_),
};
const struct sw_record accounts_confirm_view = {
    SW_RECORD(struct confirm_view, "accounts.confirm_view", confirm_view_fields), ALL_};

static const struct sw_field account_view_fields[] = {
    SW_F_TEXT(struct account_view, name, 1, ALL_),
    SW_F_TEXT(struct account_view, login, 2, ALL_),
    SW_F_EMAIL(struct account_view, email, 3, ALL_),
    SW_F_BOOL(struct account_view, others, 4, ALL_),
    SW_F_ENUM(struct account_view, language, 6, &languages, ALL_),
    SW_F_LIST(struct account_view, sessions, 5, struct sw_session_view, &sw_session_view_record, ALL_),
};
const struct sw_record accounts_account_view = {
    SW_RECORD(struct account_view, "accounts.account_view", account_view_fields), ALL_};

static const struct sw_word user_state_words[] = {
    {USER_ACTIVE, "active", N_("Active"), "good", "check"},
    {USER_INVITED, "invited", N_("Invited"), "wait", "mail"},
    {USER_DISABLED, "disabled", N_("Disabled"), NULL, "cross"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum accounts_user_states = {"accounts.user_state", user_state_words};

static const struct sw_field user_row_fields[] = {
    SW_F_REF(struct user_row, id, 1, "core.member"),
    SW_F_TEXT(struct user_row, name, 2),
    SW_F_TEXT(struct user_row, login, 3),
    SW_F_EMAIL(struct user_row, email, 4),
    SW_F_FLAGS(struct user_row, licences, 5, &sw_licence_words),
    SW_F_ENUM(struct user_row, state, 6, &accounts_user_states),
    SW_F_REF(struct user_row, customer, 7, "customers.customer"),
    SW_F_TEXT(struct user_row, customer_name, 8),
};
const struct sw_record accounts_user_row = {SW_RECORD(struct user_row, "accounts.user_row", user_row_fields)};

static const struct sw_field users_view_fields[] = {
    SW_F_TEXT(struct users_view, next_href, 1, .max = 800),
    SW_F_LIST(struct users_view, users, 2, struct user_row, &accounts_user_row),
};
const struct sw_record accounts_users_view = {SW_RECORD(struct users_view, "accounts.users_view", users_view_fields)};

static const struct sw_field user_view_fields[] = {
    SW_F_REF(struct user_view, id, 1, "core.member"),
    SW_F_INT(struct user_view, customer, 2),
    SW_F_INT(struct user_view, version, 3),
    SW_F_TEXT(struct user_view, name, 4),
    SW_F_TEXT(struct user_view, login, 5),
    SW_F_EMAIL(struct user_view, email, 6),
    SW_F_TEXT(struct user_view, customer_name, 7),
    SW_F_FLAGS(struct user_view, licences, 8, &sw_licence_words),
    SW_F_ENUM(struct user_view, state, 9, &accounts_user_states),
    SW_F_BOOL(struct user_view, self, 10),
    SW_F_BOOL(struct user_view, mailable, 11),
};
const struct sw_record accounts_user_view = {SW_RECORD(struct user_view, "accounts.user_view", user_view_fields)};

static const struct sw_field user_new_view_fields[] = {
    SW_F_INT(struct user_new_view, customer, 1),
    SW_F_TEXT(struct user_new_view, customer_name, 2),
    SW_F_EMAIL(struct user_new_view, email, 3),
    SW_F_TEXT(struct user_new_view, name, 4),
    SW_F_FLAGS(struct user_new_view, licences, 5, &sw_licence_words),
};
const struct sw_record accounts_user_new_view = {
    SW_RECORD(struct user_new_view, "accounts.user_new_view", user_new_view_fields)};

/* The form as it stands now: the same fields, so the same table. */
const struct sw_record accounts_shop_view = {SW_RECORD(struct shop_form, "accounts.shop_view", shop_form_fields)};
