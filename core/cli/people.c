/* cli/people.c: users and their membership of a shop, as init and user make them. */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"

bool sw_cli_licences(const char *words, uint32_t *out, const char **why)
{
    *out = 0;
    for (const char *p = words; *p != '\0';) {
        size_t n = strcspn(p, ",");
        const struct sw_word *w = sw_licence_words.words;
        while (w->word != NULL && (strlen(w->word) != n || memcmp(w->word, p, n) != 0))
            w++;
        if (w->word == NULL) {
            *why = "the licences are portal, advisor, technician and admin, with commas between";
            return false;
        }
        *out |= 1u << w->value;
        p += n + (p[n] == ',');
    }
    if (*out == 0) {
        *why = "at least one licence is needed";
        return false;
    }
    if ((*out & SW_PORTAL) != 0 && *out != SW_PORTAL) {
        *why = "portal can't be combined with another licence";
        return false;
    }
    return true;
}

int sw_cli_person_prepare(struct sw_arena *a, struct sw_cli_person *p, struct sw_err *err)
{
    if (p->password == NULL)
        return SW_OK;
    size_t n = strlen(p->password);
    if (n < 10 || n > 200)
        return sw_fail(err, SW_EINVALID, "password", _("The password must have 10 to 200 characters."));
    return sw_password_hash(a, sw_str_of(p->password), &p->hash, err);
}

static int find_user(struct sw_tx *tx, struct sw_str login, struct sw_user *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_user_record, .index = "login", .equal = {SW_K_STR(login)}, .limit = 1};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    if (found.n == 0)
        return SW_ENOTFOUND;
    *out = *(struct sw_user *)found.v;
    return SW_OK;
}

static int find_member(struct sw_tx *tx, uint64_t user, struct sw_member *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_member_record, .index = "user", .equal = {SW_K_INT(user)}, .limit = 1};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc == SW_OK && found.n > 0)
        *out = *(struct sw_member *)found.v;
    return rc;
}

int sw_cli_person_put(struct sw_tx *tx, struct sw_cli_person *p, struct sw_err *err)
{
    struct sw_user user = {0};
    struct sw_member member = {0};
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_str login = sw_copy(a, sw_str_of(p->login));
    for (char *c = (char *)(uintptr_t)login.p; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);

    int rc = find_user(tx, login, &user, err);
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    if (rc == SW_ENOTFOUND || p->password != NULL) {
        user.login = login;
        if (memchr(login.p, '@', login.n) != NULL)
            user.email = login;
        if (p->password != NULL)
            user.password = p->hash;
        if (user.language.n == 0)
            user.language = SW_STR("en");
        rc = sw_put(tx, &sw_user_record, &user, NULL, err);
        if (rc != SW_OK)
            return rc;
    }
    p->user = user.head.id;

    rc = find_member(tx, user.head.id, &member, err);
    if (rc != SW_OK)
        return rc;
    member.user = user.head.id;
    member.name = sw_str_of(p->name);
    member.licences = p->licences;
    member.customer = p->customer;
    member.disabled = false;
    rc = sw_put(tx, &sw_member_record, &member, NULL, err);
    return rc == SW_OK && p->want_link ? sw_cli_person_link(tx, &user, &member, &p->link, err) : rc;
}

/* The plugin accounts answers both pages; an invitation is for somebody without a password, and lives longer. */
int sw_cli_person_link(struct sw_tx *tx, const struct sw_user *user, const struct sw_member *member, struct sw_str *link, struct sw_err *err)
{
    struct sw_str token;
    bool first = user->password.n == 0;
    int rc = first ? sw_link_make(tx, "invite", member->head.id, 7 * SW_DAY, &token, err)
                   : sw_link_make(tx, "reset", user->head.id, SW_HOUR, &token, err);
    if (rc == SW_OK)
        *link = sw_printf(sw_tx_arena(tx), SW_STR_FMT "/%s/" SW_STR_FMT, SW_STR_ARG(sw_shop(tx)->base_url), first ? "activate" : "reset",
                          SW_STR_ARG(token));
    return rc;
}
