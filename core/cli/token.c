/* cli/token.c: `shopwright token EMAIL`. */
#include "cli/cli.h"
#include "web/session.h"

static const char usage[] = "Usage: shopwright token EMAIL [--shop N] [--name TEXT] [--home DIR]\n"
                            "Prints a new API token that may do what the user may. It is shown this once; the store keeps only its hash.\n"
                            "  --shop N      the shop's number (default: 1)\n"
                            "  --name TEXT   what it is for, as the list of tokens shows it (default: command line)\n"
                            "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

enum { OPT_SHOP = 1, OPT_NAME };
static const struct option options[] = {{"shop", required_argument, NULL, OPT_SHOP}, {"name", required_argument, NULL, OPT_NAME}, {0}};

struct making {
    const char *login, *name;
    struct sw_str token;
};

static int make(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct making *m = arg;
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_user_record, .index = "login", .equal = {SW_K_STR(sw_str_of(m->login))}, .limit = 1};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    if (found.n == 0)
        return sw_fail(err, SW_ENOTFOUND, "", _("Nobody signs in as %s."), m->login);
    const struct sw_user *u = found.v;
    return sw_token_make(tx, u->head.id, sw_str_of(m->name), &m->token, err);
}

int sw_cli_token(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = usage, .long_ = options};
    struct making m = {.name = "command line"};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    long shop = 1;

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;)
        if (c == OPT_NAME)
            m.name = optarg;
        else if (c != OPT_SHOP)
            return args.status;
        else if (!sw_cli_number(optarg, 1, UINT16_MAX, &shop))
            return sw_cli_usage(&args, "--shop must be a shop's number");
    if (optind + 1 != argc)
        return sw_cli_usage(&args, "say whose token, by the e-mail");
    m.login = argv[optind];
    int rc = sw_cli_open(args.home, CLI_WRITE, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = sw_cli_write(&in, (uint32_t)shop, make, &m, &err);
    if (rc == SW_OK)
        printf(SW_STR_FMT "\n", SW_STR_ARG(m.token));
    sw_cli_close(&in);
    return rc == SW_OK ? CLI_OK : sw_cli_fail(&err);
}
