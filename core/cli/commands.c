/* cli/commands.c: the table of subcommands, and how each reads its options. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct sw_cli_command commands[] = {
    {"init", sw_cli_init, "make an instance: store, configuration, first shop, first administrator"},
    {"serve", sw_cli_serve, "run the pools that answer behind nginx, in the foreground"},
    {"courier", sw_cli_courier, "run the process that sends mail and makes thumbnails, in the foreground"},
    {"check-config", sw_cli_check_config, "check configuration, plugins and templates"},
    {"nginx-config", sw_cli_nginx_config, "write the instance's nginx configuration"},
    {"user", sw_cli_user, "list, add, change or disable users"},
    {"token", sw_cli_token, "print a new API token of a user"},
    {"backup", sw_cli_backup, "make a hot, compact copy of the instance"},
    {"restore", sw_cli_restore, "make an instance from a backup, proving it by its chain"},
    {"migrate", sw_cli_migrate, "bring the store up to this program's version"},
    {"rules", sw_cli_rules, "check and test the shop's Lua rules"},
    {"plugin", sw_cli_plugin, "list the plugins of the instance"},
    {"describe", sw_cli_describe, "print routes or records as JSON"},
    {"verify", sw_cli_verify, "prove the event chain and every record against it"},
    {"doctor", sw_cli_doctor, "look for what is wrong with the machine or the instance"},
    {NULL, NULL, NULL},
};

const struct sw_cli_command *sw_cli_commands(void) { return commands; }

enum { OPT_HOME = 1000, OPT_HELP, OPTIONS_MAX = 24 };

int sw_cli_option(struct sw_cli_args *args, int argc, char **argv)
{
    struct option all[OPTIONS_MAX + 3];
    size_t n = 0;
    while (args->long_ != NULL && args->long_[n].name != NULL && n < OPTIONS_MAX) {
        all[n] = args->long_[n];
        n++;
    }
    all[n++] = (struct option){"home", required_argument, NULL, OPT_HOME};
    all[n++] = (struct option){"help", no_argument, NULL, OPT_HELP};
    all[n] = (struct option){0};

    if (args->home == NULL) {
        const char *env = getenv("SHOPWRIGHT_HOME");
        args->home = env != NULL && env[0] != '\0' ? env : "instance";
    }
    opterr = 0;
    for (;;) {
        int c = getopt_long(argc, argv, "", all, NULL);
        switch (c) {
        case OPT_HOME:
            args->home = optarg;
            continue;
        case OPT_HELP:
            fputs(args->usage, stdout);
            args->status = CLI_OK;
            return -2;
        case '?':
            args->status = sw_cli_usage(args, "%s is no option of it, or lacks its value", argv[optind - 1]);
            return -2;
        default:
            return c;
        }
    }
}

int sw_cli_usage(const struct sw_cli_args *args, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("shopwright: ", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, ".\n%.*s\n", (int)strcspn(args->usage, "\n"), args->usage);
    return CLI_USAGE;
}

int sw_cli_fail(const struct sw_err *err)
{
    fprintf(stderr, "shopwright: %s\n", err->message);
    return CLI_FAILED;
}

bool sw_cli_number(const char *text, long lo, long hi, long *out)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || v < lo || v > hi)
        return false;
    *out = v;
    return true;
}
