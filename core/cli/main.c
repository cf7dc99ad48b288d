/* cli/main.c: shopwright SUBCOMMAND. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#ifndef SW_VERSION
#define SW_VERSION "0"
#endif

static void help(FILE *f)
{
    fputs("Usage: shopwright SUBCOMMAND [OPTION…]\n\nSubcommands:\n", f);
    for (const struct sw_cli_command *c = sw_cli_commands(); c->name != NULL; c++)
        fprintf(f, "  %-13s %s\n", c->name, c->summary);
    fputs("\nEach has --help and a manual page, shopwright-SUBCOMMAND(1).\n"
          "The instance is --home DIR, else $SHOPWRIGHT_HOME, else ./instance.\n"
          "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n",
          f);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return CLI_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("shopwright " SW_VERSION);
        return CLI_OK;
    }
    for (const struct sw_cli_command *c = sw_cli_commands(); c->name != NULL; c++)
        if (strcmp(c->name, argv[1]) == 0) {
            int status = c->run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("shopwright: standard output");
                return CLI_FAILED;
            }
            return status;
        }
    fprintf(stderr, "shopwright: there is no subcommand %s; see `shopwright --help`.\n", argv[1]);
    return CLI_USAGE;
}
