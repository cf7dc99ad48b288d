/* people.c: users and members: finding them, and what a password and a set of licences must be. */
#include "records.h"

#include <string.h>

const struct customers_interface *accounts_customers;

int accounts_start(struct sw_err *err)
{
    accounts_customers = sw_interface("customers", CUSTOMERS_INTERFACE);
    if (accounts_customers == NULL)
        return sw_fail(err, SW_EFAIL, "", "The plugin accounts needs version %d of the interface of customers.", CUSTOMERS_INTERFACE);
    return SW_OK;
}

struct sw_str accounts_lower(struct sw_arena *a, struct sw_str s)
{
    s = sw_str_trim(s);
    char *p = sw_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (struct sw_str){p, s.n};
}

int accounts_user_by_login(struct sw_tx *tx, struct sw_str login, struct sw_user *out, struct sw_err *err)
{
    struct sw_scan scan = {.type = &sw_user_record, .index = "login", .equal = {SW_K_STR(login)}, .limit = 10};
    struct sw_found found = {NULL, 0, {NULL, 0}};
    if (login.n == 0)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such user."));
    sw_as_shop(tx); /* nobody is signed in yet, and users are nobody's records */
    int rc = sw_scan(tx, &scan, &found, err);
    sw_as_viewer(tx);
    if (rc != SW_OK)
        return rc;
    const struct sw_user *users = found.v;
    for (size_t i = 0; i < found.n; i++) { /* index keys are cut: compare all of it */
        if (sw_str_eq(users[i].login, login)) {
            *out = users[i];
            return SW_OK;
        }
    }
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such user."));
}

int accounts_member_of_user(struct sw_tx *tx, uint64_t user, struct sw_member *out, struct sw_err *err)
{
    struct sw_scan scan = {.type = &sw_member_record, .index = "user", .equal = {SW_K_INT(user)}, .limit = 1};
    struct sw_found found = {NULL, 0, {NULL, 0}};
    sw_as_shop(tx); /* the member's own record, before there is a viewer */
    int rc = sw_scan(tx, &scan, &found, err);
    sw_as_viewer(tx);
    if (rc != SW_OK)
        return rc;
    if (found.n == 0)
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is no such user in this shop."));
    *out = *(const struct sw_member *)found.v;
    return SW_OK;
}

int accounts_password_check(struct sw_str password, struct sw_str login, const char *field, struct sw_err *err)
{
    size_t characters = 0;
    bool same = password.n == login.n;
    for (size_t i = 0; i < password.n; i++) {
        characters += ((unsigned char)password.p[i] & 0xC0) != 0x80;
        if (same) {
            char c = password.p[i];
            same = (c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) == login.p[i];
        }
    }
    if (characters < ACCOUNTS_PASSWORD_MIN)
        return sw_fail(err, SW_EINVALID, field, _("The password has %zu characters; it needs at least %d."), characters,
                       ACCOUNTS_PASSWORD_MIN);
    if (password.n > ACCOUNTS_PASSWORD_MAX)
        return sw_fail(err, SW_EINVALID, field, _("The password is longer than %d bytes."), ACCOUNTS_PASSWORD_MAX);
    if (same)
        return sw_fail(err, SW_EINVALID, field, "%s", _("The password may not be the e-mail or the sign-in name."));
    return SW_OK;
}

int accounts_licences_check(struct sw_tx *tx, uint32_t licences, uint64_t customer, struct sw_err *err)
{
    if (licences == 0)
        return sw_fail(err, SW_EINVALID, "licences", "%s", _("Choose at least one software package."));
    if ((licences & SW_PORTAL) != 0 && licences != SW_PORTAL)
        return sw_fail(err, SW_EINVALID, "licences", "%s",
                       _("The portal can’t be combined with another software package: a portal user sees one customer’s jobs only."));
    if (licences == SW_PORTAL) {
        struct customer c;
        struct sw_err none;
        if (customer == 0)
            return sw_fail(err, SW_EINVALID, "customer", "%s", _("A portal user needs a customer: enter the customer’s number."));
        int rc = sw_get(tx, accounts_customers->customer, customer, &c, &none);
        if (rc == SW_ENOTFOUND)
            return sw_fail(err, SW_EINVALID, "customer", "%s", _("There is no customer with this number."));
        if (rc != SW_OK)
            return sw_fail(err, (enum sw_code)rc, "", "%s", none.message);
        if (c.merged_into != 0)
            return sw_fail(err, SW_EINVALID, "customer", "%s", _("This customer was merged into another one: use that number."));
        return SW_OK;
    }
    if (customer != 0)
        return sw_fail(err, SW_EINVALID, "customer", "%s", _("Only a portal user is tied to a customer: leave this empty."));
    return SW_OK;
}

const char *accounts_home(uint32_t licences)
{
    return (licences & SW_PORTAL) != 0 ? "/portal" : "/board";
}
