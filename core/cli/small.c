/* cli/small.c: the subcommands that are hardly more than one call: courier, check-config, migrate, plugin. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "courier/courier.h"
#include "host/migrate.h"
#include "web/dispatch.h"

static int no_more(struct sw_cli_args *args, int argc, char **argv)
{
    if (sw_cli_option(args, argc, argv) != -1)
        return args->status;
    return optind == argc ? -1 : sw_cli_usage(args, "%s is too much", argv[optind]);
}

int sw_cli_courier(int argc, char **argv)
{
    struct sw_cli_args args = {
        .usage = "Usage: shopwright courier [--home DIR]\n"
                 "Sends what the outbox holds, runs timers, makes thumbnails and playable video; in the foreground, until SIGTERM.\n"
                 "`shopwright serve` starts one by itself; this is for running it alone.\n"
                 "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n"};
    struct sw_config *config;
    struct sw_err err = {0};
    int status = no_more(&args, argc, argv);
    if (status != -1)
        return status;
    if (sw_config_load(args.home, &config, &err) != SW_OK)
        return sw_cli_fail(&err);
    status = sw_courier_main(config);
    sw_config_free(config);
    return status == 0 ? CLI_OK : CLI_FAILED;
}

int sw_cli_check_config(int argc, char **argv)
{
    struct sw_cli_args args = {
        .usage = "Usage: shopwright check-config [--home DIR]\n"
                 "Reads shopwright.conf, loads the plugins and their tables, opens the store and parses every template, like a worker does.\n"
                 "Exit status: 0 when a worker would start, 1 when it would not, 2 when it was called wrongly.\n"};
    struct sw_cli_instance in;
    struct sw_web *web;
    struct sw_err err = {0};
    int status = no_more(&args, argc, argv);
    if (status != -1)
        return status;
    int rc = sw_cli_open(args.home, CLI_READ, &in, &err);
    if (rc == SW_OK) {
        rc = sw_migrations_current(in.store, &err);
        if (rc == SW_OK)
            rc = sw_web_new(in.store, &web, &err);
        if (rc == SW_OK) {
            printf("%s is right: plugins %s, port %d\n", in.config->home, in.config->plugins, in.config->port);
            sw_web_free(web);
        }
        sw_cli_close(&in);
    }
    return rc == SW_OK ? CLI_OK : sw_cli_fail(&err);
}

static void told(void *arg, const char *plugin, uint32_t number, const char *summary)
{
    printf("%s%s %u: %s\n", (const char *)arg, plugin, (unsigned)number, summary);
}

int sw_cli_migrate(int argc, char **argv)
{
    enum { OPT_DRY = 1 };
    static const struct option options[] = {{"dry-run", no_argument, NULL, OPT_DRY}, {0}};
    struct sw_cli_args args = {
        .usage = "Usage: shopwright migrate [--dry-run] [--home DIR]\n"
                 "Takes the numbered steps that bring the store to this program's version, all in one transaction. Make a backup first.\n"
                 "  --dry-run   take them, say which, and throw the result away\n"
                 "Exit status: 0, 1 when a step failed (nothing was changed then), 2 when it was called wrongly.\n",
        .long_ = options};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    bool dry = false;
    char before[] = "would take ";
    size_t n = 0;

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;)
        if (c != OPT_DRY)
            return args.status;
        else
            dry = true;
    if (optind != argc)
        return sw_cli_usage(&args, "%s is too much", argv[optind]);
    int rc = sw_cli_open(args.home, CLI_MIGRATE, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = sw_migrate(in.store, dry, told, dry ? before : before + sizeof(before) - 1, &n, &err);
    if (rc == SW_OK)
        printf(n == 0 ? "The store is up to date.\n" : dry ? "%zu to take; nothing was changed.\n" : "%zu taken.\n", n);
    sw_cli_close(&in);
    return rc == SW_OK ? CLI_OK : sw_cli_fail(&err);
}

int sw_cli_plugin(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = "Usage: shopwright plugin list [--home DIR]\n"
                                        "Lists the plugins of the instance in the order in which they are loaded: name, version, what it needs, what it does.\n"
                                        "Exit status: 0, 1 when one can't be loaded (it says why), 2 when it was called wrongly.\n"};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    const struct sw_loaded *all;

    if (sw_cli_option(&args, argc, argv) != -1)
        return args.status;
    if (optind + 1 != argc || strcmp(argv[optind], "list") != 0)
        return sw_cli_usage(&args, "say list");
    if (sw_cli_open(args.home, CLI_CONFIG, &in, &err) != SW_OK)
        return sw_cli_fail(&err);
    size_t n = sw_host_plugins(&all);
    for (size_t i = 0; i < n; i++) {
        const struct sw_plugin *p = all[i].plugin;
        printf("%s\t%s\t", p->name, p->version != NULL ? p->version : "");
        for (size_t k = 0; p->needs != NULL && p->needs[k] != NULL; k++)
            printf("%s%s", k > 0 ? "," : "", p->needs[k]);
        printf("\t%s\n", p->summary != NULL ? p->summary : "");
    }
    sw_cli_close(&in);
    return CLI_OK;
}
