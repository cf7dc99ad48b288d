/* cli/verify.c: proves the chain of every shop. */
#include <inttypes.h>

#include "cli/cli.h"

static const char usage[] = "Usage: shopwright verify [--shop N] [--home DIR]\n"
                            "Walks each shop's event log: every event's hash and the one before, every version of every record against its event, and\n"
                            "the signed head. Prints a line for each fault, with the record it concerns.\n"
                            "  --shop N   only this shop; 0 is the installation (users, shops)\n"
                            "Exit status: 0 when there was no fault, 1 when there was one, 2 when it was called wrongly.\n";

enum { OPT_SHOP = 1 };
static const struct option options[] = {{"shop", required_argument, NULL, OPT_SHOP}, {0}};

struct faults {
    uint32_t shop;
    size_t n;
};

static void fault(void *arg, const struct sw_verify_fault *f)
{
    struct faults *faults = arg;
    faults->n++;
    printf("shop %" PRIu32 ", event %" PRIu64, faults->shop, f->seq);
    if (f->type.n > 0)
        printf(", " SW_STR_FMT " %" PRIu64 " version %" PRIu64, SW_STR_ARG(f->type), f->id, f->version);
    printf(": %s\n", f->what);
}

static size_t verify_shop(struct sw_cli_instance *in, uint32_t shop)
{
    struct faults faults = {.shop = shop};
    struct sw_err err = {0};
    uint64_t events = 0;
    if (sw_store_verify(in->store, shop, fault, &faults, &events, &err) != SW_OK && faults.n == 0) {
        printf("shop %" PRIu32 ": %s\n", shop, err.message);
        return 1;
    }
    if (faults.n == 0)
        printf("shop %" PRIu32 ": %" PRIu64 " events, no fault\n", shop, events);
    else
        printf("shop %" PRIu32 ": %" PRIu64 " events, %zu %s\n", shop, events, faults.n, faults.n == 1 ? "fault" : "faults");
    return faults.n;
}

int sw_cli_verify(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = usage, .long_ = options};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    long only = -1;
    uint32_t *shops = NULL;
    size_t n = 0, bad = 0, walked = 0;

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;)
        if (c != OPT_SHOP)
            return args.status;
        else if (!sw_cli_number(optarg, 0, UINT16_MAX, &only))
            return sw_cli_usage(&args, "--shop must be a shop's number");
    if (optind != argc)
        return sw_cli_usage(&args, "%s is too much", argv[optind]);
    int rc = sw_cli_open(args.home, CLI_READ, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = sw_cli_shops(&in, &shops, &n, &err);
    for (size_t i = 0; rc == SW_OK && i <= n; i++) { /* the installation, whose number is 0, then the shops */
        uint32_t shop = i == 0 ? 0 : shops[i - 1];
        if (only >= 0 && shop != (uint32_t)only)
            continue;
        bad += verify_shop(&in, shop);
        walked++;
    }
    sw_cli_close(&in);
    if (rc == SW_OK && walked == 0)
        rc = sw_fail(&err, SW_ENOTFOUND, "", _("There is no such shop."));
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    return bad == 0 ? CLI_OK : CLI_FAILED;
}
