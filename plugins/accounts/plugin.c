/* plugin.c: the table of the accounts plugin (A1 to A7 but TOTP). */
#include "records.h"

#define MEMBER "/admin/users/{member:core.member}"

static const struct sw_route routes[] = {
    {.method = "GET", .path = "/", .who = SW_ANYONE, .handle = accounts_root, .summary = "To where the person begins"},

    {.method = "GET", .path = "/login", .who = SW_ANYONE, .form = &accounts_login_query, .view = &accounts_login_view,
     .page = "login.html", .handle = accounts_login_page, .summary = "Form to sign in; r: where to go then"},
    {.method = "POST", .path = "/login", .who = SW_ANYONE, .flags = SW_SLOW, .form = &accounts_login_form, .again = "/login",
     .prepare = accounts_login_prepare, .handle = accounts_login_post, .summary = "Sign in"},
    {.method = "POST", .path = "/logout", .who = SW_ANYONE, .form = &accounts_version_form, .handle = accounts_logout_post, .summary = "Sign out"},

    {.method = "GET", .path = "/register", .who = SW_ANYONE, .view = &accounts_plain_view, .page = "register.html",
     .handle = accounts_plain_page, .summary = "Form to ask for an activation link"},
    {.method = "POST", .path = "/register", .who = SW_ANYONE, .form = &accounts_email_form, .again = "/register",
     .handle = accounts_link_post, .summary = "Mail an activation link, when the e-mail is on file"},
    {.method = "GET", .path = "/register/sent", .who = SW_ANYONE, .view = &accounts_plain_view, .page = "sent.html",
     .handle = accounts_plain_page, .summary = "What happens after asking for a link"},
    {.method = "GET", .path = "/activate/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH, .view = &accounts_activate_view,
     .page = "activate.html", .handle = accounts_activate_page, .summary = "Form to choose a password by a mailed link"},
    {.method = "POST", .path = "/activate/{token}", .who = SW_ANYONE, .flags = SW_SLOW | SW_SECRET_PATH,
     .form = &accounts_password_form, .again = "/activate/{token}", .prepare = accounts_activate_prepare,
     .handle = accounts_activate_post, .summary = "Use up the link, set the password, sign in"},

    {.method = "GET", .path = "/forgot", .who = SW_ANYONE, .view = &accounts_plain_view, .page = "forgot.html",
     .handle = accounts_plain_page, .summary = "Form to ask for a link to a new password"},
    {.method = "POST", .path = "/forgot", .who = SW_ANYONE, .form = &accounts_email_form, .again = "/forgot",
     .handle = accounts_link_post, .summary = "Mail a link to choose a new password"},
    {.method = "GET", .path = "/forgot/sent", .who = SW_ANYONE, .view = &accounts_plain_view, .page = "sent.html",
     .handle = accounts_plain_page, .summary = "What happens after asking for a link"},
    {.method = "GET", .path = "/reset/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH, .view = &accounts_activate_view,
     .page = "reset.html", .handle = accounts_reset_page, .summary = "Form to choose a new password by a mailed link"},
    {.method = "POST", .path = "/reset/{token}", .who = SW_ANYONE, .flags = SW_SLOW | SW_SECRET_PATH,
     .form = &accounts_password_form, .again = "/reset/{token}", .prepare = accounts_reset_prepare,
     .handle = accounts_reset_post, .summary = "Use up the link, set the new password, sign in"},

    {.method = "GET", .path = "/confirm/{member}/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH,
     .view = &accounts_confirm_view, .page = "confirm.html", .handle = accounts_confirm_page,
     .summary = "Form to confirm a new e-mail"},
    {.method = "POST", .path = "/confirm/{member}/{token}", .who = SW_ANYONE, .flags = SW_SECRET_PATH,
     .handle = accounts_confirm_post, .form = &accounts_version_form, .again = "/confirm/{member}/{token}",
     .summary = "Use up the link; the account signs in with the new e-mail"},

    {.method = "GET", .path = "/account", .who = SW_SIGNED_IN, .view = &accounts_account_view, .page = "account.html",
     .handle = accounts_account_page, .summary = "One’s own account and web sessions"},
    {.method = "POST", .path = "/account/password", .who = SW_SIGNED_IN, .flags = SW_SLOW, .form = &accounts_change_form,
     .again = "/account", .prepare = accounts_change_prepare, .handle = accounts_change_post, .summary = "Change one’s password"},
    {.method = "POST", .path = "/account/language", .who = SW_SIGNED_IN, .form = &accounts_language_form, .again = "/account",
     .handle = accounts_language_post, .summary = "Choose the language of one’s pages and mails"},
    {.method = "POST", .path = "/account/sessions/end", .who = SW_SIGNED_IN, .form = &accounts_key_form, .again = "/account",
     .handle = accounts_sessions_post, .summary = "End one of one’s web sessions; without a key, all others"},

    {.method = "GET", .path = "/admin/users", .who = SW_ADMIN, .view = &accounts_users_view, .page = "users.html",
     .handle = accounts_users_page, .summary = "Users: active, invited, disabled"},
    {.method = "GET", .path = "/admin/users/new", .who = SW_ADMIN, .form = &accounts_user_query, .view = &accounts_user_new_view,
     .page = "user-new.html", .handle = accounts_user_new_page, .summary = "Form for a new user"},
    {.method = "POST", .path = "/admin/users/new", .who = SW_ADMIN, .flags = SW_SLOW, .form = &accounts_user_new_form,
     .again = "/admin/users/new", .prepare = accounts_user_new_prepare, .handle = accounts_user_new_post,
     .summary = "New user: invited by mail, or with a sign-in name and a first password"},
    {.method = "GET", .path = MEMBER, .who = SW_ADMIN, .view = &accounts_user_view, .page = "user.html",
     .handle = accounts_user_page, .summary = "A user"},
    {.method = "POST", .path = MEMBER, .who = SW_ADMIN, .form = &accounts_user_form, .again = "/admin/users/{member}",
     .handle = accounts_user_post, .summary = "Change a user’s name, software packages, customer"},
    {.method = "POST", .path = MEMBER "/disable", .who = SW_ADMIN, .form = &accounts_version_form,
     .again = "/admin/users/{member}", .handle = accounts_user_disable, .summary = "Disable a user and end the web sessions"},
    {.method = "POST", .path = MEMBER "/enable", .who = SW_ADMIN, .form = &accounts_version_form,
     .again = "/admin/users/{member}", .handle = accounts_user_enable, .summary = "Enable a disabled user"},
    {.method = "POST", .path = MEMBER "/invite", .who = SW_ADMIN, .form = &accounts_version_form,
     .again = "/admin/users/{member}", .handle = accounts_user_invite, .summary = "Mail the activation link again"},
    {.method = "POST", .path = MEMBER "/password", .who = SW_ADMIN, .flags = SW_SLOW, .form = &accounts_password_form,
     .again = "/admin/users/{member}", .prepare = accounts_user_password_prepare, .handle = accounts_user_password_post,
     .summary = "Set the first password of a user without an e-mail"},

    {.method = "GET", .path = "/admin/shop", .who = SW_ADMIN, .view = &accounts_shop_view, .page = "shop.html",
     .handle = accounts_shop_page, .summary = "The shop’s settings"},
    {.method = "POST", .path = "/admin/shop", .who = SW_ADMIN, .form = &accounts_shop_form, .again = "/admin/shop",
     .handle = accounts_shop_post, .summary = "Change the shop’s settings"},
    {.path = NULL},
};

static const struct sw_subscriber subscribers[] = {
    {.name = "follow_email", .kind = "customers.customer.changed", .on_event = accounts_follow_email},
    {.name = NULL},
};

static const struct sw_place places[] = {
    {.path = "/admin/users", .label = N_("Setup"), .icon = "gear", .who = SW_ADMIN, .order = 90},
    {.path = "/account", .label = N_("Account"), .icon = "lock", .who = SW_PORTAL, .order = 90},
    {.path = NULL},
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "accounts",
    .version = "1.0",
    .summary = "Signing in, accounts by mailed link, users and licences, the shop's settings",
    .needs = (const char *const[]){"customers", NULL},
    .routes = routes,
    .subscribers = subscribers,
    .places = places,
    .start = accounts_start,
};
