/* cli/user.c: users from the command line: what an administrator does when no page can be reached. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static const char usage[] =
    "Usage: shopwright user list|add|link|disable|enable [EMAIL] [OPTION…]\n"
    "  list              all members of the shop\n"
    "  add EMAIL         make a user, or change name, licences or password of one\n"
    "      --name TEXT             the person's name (needed)\n"
    "      --licences A,B          portal, or any of advisor, technician, admin (needed)\n"
    "      --customer N            portal: the customer whose jobs it sees (needed then)\n"
    "      --password-stdin        read the password's line from standard input; without it a one-time link is printed\n"
    "  link EMAIL        print a one-time link that sets a password (7 days for a first one, else one hour)\n"
    "  disable EMAIL     the person can't sign in any more; sessions end\n"
    "  enable EMAIL      the person can sign in again\n"
    "  --home DIR        the instance\n"
    "  --shop N          the shop's number (default: 1)\n"
    "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

enum { OPT_NAME = 1, OPT_LICENCES, OPT_CUSTOMER, OPT_PASSWORD, OPT_SHOP };

static const struct option options[] = {
    {"name", required_argument, NULL, OPT_NAME},       {"licences", required_argument, NULL, OPT_LICENCES},
    {"customer", required_argument, NULL, OPT_CUSTOMER}, {"password-stdin", no_argument, NULL, OPT_PASSWORD},
    {"shop", required_argument, NULL, OPT_SHOP},       {0},
};

static void print_licences(uint32_t bits)
{
    const char *sep = "";
    for (const struct sw_word *w = sw_licence_words.words; w->word != NULL; w++)
        if ((bits & (1u << w->value)) != 0) {
            printf("%s%s", sep, w->word);
            sep = ",";
        }
}

static int list(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_scan scan = {.type = &sw_member_record, .index = "name", .limit = SW_SCAN_MAX};
    (void)arg;
    do {
        struct sw_found found;
        int rc = sw_scan(tx, &scan, &found, err);
        if (rc != SW_OK)
            return rc;
        const struct sw_member *m = found.v;
        for (size_t i = 0; i < found.n; i++) {
            struct sw_user u;
            rc = sw_get(tx, &sw_user_record, m[i].user, &u, err);
            if (rc != SW_OK)
                return rc;
            printf(SW_STR_FMT "\t" SW_STR_FMT "\t", SW_STR_ARG(u.login), SW_STR_ARG(m[i].name));
            print_licences(m[i].licences);
            printf("\t%s\n", m[i].disabled || u.disabled ? "disabled" : u.password.n > 0 ? "active" : "invited");
        }
        scan.after = found.next;
    } while (scan.after.n > 0);
    return SW_OK;
}

struct about {
    const char *login;
    bool disable;
    struct sw_str link;
};

static int find(struct sw_tx *tx, const char *login, struct sw_user *user, struct sw_member *member, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan by_login = {.type = &sw_user_record, .index = "login", .equal = {SW_K_STR(sw_str_of(login))}, .limit = 1};
    int rc = sw_scan(tx, &by_login, &found, err);
    if (rc != SW_OK)
        return rc;
    if (found.n > 0) {
        *user = *(struct sw_user *)found.v;
        struct sw_scan by_user = {.type = &sw_member_record, .index = "user", .equal = {SW_K_INT(user->head.id)}, .limit = 1};
        rc = sw_scan(tx, &by_user, &found, err);
        if (rc != SW_OK)
            return rc;
        if (found.n > 0) {
            *member = *(struct sw_member *)found.v;
            return SW_OK;
        }
    }
    return sw_fail(err, SW_ENOTFOUND, "", _("Nobody in this shop signs in as %s."), login);
}

static int link_of(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct about *a = arg;
    struct sw_user user;
    struct sw_member member;
    int rc = find(tx, a->login, &user, &member, err);
    return rc == SW_OK ? sw_cli_person_link(tx, &user, &member, &a->link, err) : rc;
}

static int set_disabled(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct about *a = arg;
    struct sw_user user;
    struct sw_member member;
    int rc = find(tx, a->login, &user, &member, err);
    if (rc != SW_OK)
        return rc;
    if (member.disabled == a->disable)
        return sw_fail(err, SW_ESTATE, "", a->disable ? _("%s is disabled already.") : _("%s is not disabled."), a->login);
    member.disabled = a->disable;
    rc = sw_put(tx, &sw_member_record, &member, a->disable ? "disabled" : "enabled", err);
    return rc == SW_OK && a->disable ? sw_session_end_all(tx, user.head.id, err) : rc;
}

static int add_person(struct sw_tx *tx, void *arg, struct sw_err *err) { return sw_cli_person_put(tx, arg, err); }

static bool read_password(char *out, int size)
{
    if (fgets(out, size, stdin) == NULL)
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] != '\0';
}

int sw_cli_user(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = usage, .long_ = options};
    struct sw_cli_person person = {0};
    const char *licences = NULL, *why = NULL;
    bool from_stdin = false;
    char password[256];
    long shop = 1, customer = 0;
    struct sw_err err = {0};

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;)
        switch (c) {
        case OPT_NAME:
            person.name = optarg;
            break;
        case OPT_LICENCES:
            licences = optarg;
            break;
        case OPT_CUSTOMER:
            if (!sw_cli_number(optarg, 1, INT32_MAX, &customer))
                return sw_cli_usage(&args, "--customer must be a customer's number");
            break;
        case OPT_PASSWORD:
            from_stdin = true;
            break;
        case OPT_SHOP:
            if (!sw_cli_number(optarg, 1, UINT16_MAX, &shop))
                return sw_cli_usage(&args, "--shop must be a shop's number");
            break;
        default:
            return args.status;
        }
    const char *what = optind < argc ? argv[optind] : "";
    const char *login = optind + 1 < argc ? argv[optind + 1] : NULL;
    bool is_list = strcmp(what, "list") == 0, is_add = strcmp(what, "add") == 0, is_link = strcmp(what, "link") == 0,
         is_disable = strcmp(what, "disable") == 0, is_enable = strcmp(what, "enable") == 0;
    if (!is_list && !is_add && !is_link && !is_disable && !is_enable)
        return sw_cli_usage(&args, "say list, add, link, disable or enable");
    if (is_list ? login != NULL : login == NULL || optind + 2 != argc)
        return sw_cli_usage(&args, is_list ? "list takes no e-mail" : "say whose account, by the e-mail");
    if (is_add) {
        if (person.name == NULL || licences == NULL)
            return sw_cli_usage(&args, "add needs --name and --licences");
        if (!sw_cli_licences(licences, &person.licences, &why))
            return sw_cli_usage(&args, "%s", why);
        if ((person.licences == SW_PORTAL) != (customer != 0))
            return sw_cli_usage(&args, "--customer goes with the licence portal, and only with it");
        if (from_stdin && !read_password(password, sizeof(password)))
            return sw_cli_usage(&args, "no password came from standard input");
        person.login = login;
        person.customer = (uint64_t)customer;
        person.password = from_stdin ? password : NULL;
        person.want_link = !from_stdin;
    }

    struct sw_cli_instance in;
    struct about about = {.login = login, .disable = is_disable};
    int rc = sw_cli_open(args.home, is_list ? CLI_READ : CLI_WRITE, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    if (is_list)
        rc = sw_cli_read(&in, (uint32_t)shop, list, NULL, &err);
    else if (is_add) {
        rc = sw_cli_person_prepare(in.arena, &person, &err);
        if (rc == SW_OK)
            rc = sw_cli_write(&in, (uint32_t)shop, add_person, &person, &err);
    } else
        rc = sw_cli_write(&in, (uint32_t)shop, is_link ? link_of : set_disabled, &about, &err);
    if (rc == SW_OK && person.link.n > 0)
        printf(SW_STR_FMT "\n", SW_STR_ARG(person.link));
    if (rc == SW_OK && about.link.n > 0)
        printf(SW_STR_FMT "\n", SW_STR_ARG(about.link));
    sw_cli_close(&in);
    return rc == SW_OK ? CLI_OK : sw_cli_fail(&err);
}
