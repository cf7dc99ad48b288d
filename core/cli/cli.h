/* cli/cli.h: what the subcommands share. Exit statuses: 0, 1 (it failed), 2 (wrong usage). */
#ifndef SW_CLI_CLI_H
#define SW_CLI_CLI_H

#include <getopt.h>
#include <stdio.h>

#include "host/host.h"
#include "store/store.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct sw_cli_command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand */
    const char *summary;               /* one line for `shopwright --help` */
};
const struct sw_cli_command *sw_cli_commands(void); /* ends with a NULL name */

/* ---- Options. Every subcommand knows --home DIR and --help; sw_cli_option() hands out the others. */
struct sw_cli_args {
    const char *home;           /* --home, else $SHOPWRIGHT_HOME, else "instance" */
    const char *usage;          /* text of --help; its first line is "Usage: shopwright …" */
    const struct option *long_; /* the subcommand's own; ends with {0}; `val` is what sw_cli_option returns */
    int status;                 /* set when sw_cli_option returned -2 */
};
/* The next option's `val`; -1 when all are read (operands start at optind), -2 when the subcommand is to return args->status. */
int sw_cli_option(struct sw_cli_args *args, int argc, char **argv);
/* Print why and how to find help; returns CLI_USAGE. */
int sw_cli_usage(const struct sw_cli_args *args, const char *fmt, ...) SW_PRINTF(2, 3);
/* Print err's sentence; returns CLI_FAILED. */
int sw_cli_fail(const struct sw_err *err);
/* A whole number within lo…hi: false otherwise. */
bool sw_cli_number(const char *text, long lo, long hi, long *out);

/* ---- The instance */
enum sw_cli_open {
    CLI_CONFIG,    /* configuration and plugins; no store */
    CLI_READ,      /* the store too, read only, whatever migrations it needs */
    CLI_WRITE,     /* the store, whose migrations must be this program's */
    CLI_MIGRATE,   /* to write, whatever migrations it needs */
    CLI_CREATE,    /* a new store */
};
struct sw_cli_instance {
    struct sw_config *config;
    struct sw_store *store; /* NULL for CLI_CONFIG */
    struct sw_arena *arena;
};
int sw_cli_open(const char *home, enum sw_cli_open how, struct sw_cli_instance *in, struct sw_err *err);
void sw_cli_close(struct sw_cli_instance *in);
/* Runs of the system in a shop (0: the installation). */
int sw_cli_read(struct sw_cli_instance *in, uint32_t shop, sw_tx_fn *fn, void *arg, struct sw_err *err);
int sw_cli_write(struct sw_cli_instance *in, uint32_t shop, sw_tx_fn *fn, void *arg, struct sw_err *err);
/* Every shop's number, in in->arena. */
int sw_cli_shops(struct sw_cli_instance *in, uint32_t **shops, size_t *n, struct sw_err *err);

/* ---- Shared by init and user: users, members, links (people.c) */
struct sw_cli_person {
    const char *login, *name, *password; /* password NULL: none yet; a link activates the account */
    uint32_t licences;
    uint64_t customer;
    struct sw_str hash; /* of the password; filled by sw_cli_person_prepare */
    uint64_t user;      /* filled by sw_cli_person_put */
    struct sw_str link; /* one-time link that sets a password, when wanted */
    bool want_link;
};
/* "advisor,technician" → bits; false when a word is unknown or portal is combined. */
bool sw_cli_licences(const char *words, uint32_t *out, const char **why);
int sw_cli_person_prepare(struct sw_arena *a, struct sw_cli_person *p, struct sw_err *err);
/* Makes or updates the user and the member of the transaction's shop. */
int sw_cli_person_put(struct sw_tx *tx, struct sw_cli_person *p, struct sw_err *err);
int sw_cli_person_link(struct sw_tx *tx, const struct sw_user *user, const struct sw_member *member, struct sw_str *link,
                       struct sw_err *err);

/* Writes HOME/nginx/nginx.conf from PREFIX/nginx/shopwright.conf.in and the loaded routes. port 0: the configuration's. */
int sw_cli_write_nginx(const struct sw_config *c, int port, struct sw_err *err);

/* ---- The subcommands */
int sw_cli_init(int argc, char **argv);
int sw_cli_serve(int argc, char **argv);
int sw_cli_courier(int argc, char **argv);
int sw_cli_check_config(int argc, char **argv);
int sw_cli_nginx_config(int argc, char **argv);
int sw_cli_user(int argc, char **argv);
int sw_cli_token(int argc, char **argv);
int sw_cli_backup(int argc, char **argv);
int sw_cli_restore(int argc, char **argv);
int sw_cli_migrate(int argc, char **argv);
int sw_cli_rules(int argc, char **argv);
int sw_cli_plugin(int argc, char **argv);
int sw_cli_describe(int argc, char **argv);
int sw_cli_verify(int argc, char **argv);
int sw_cli_doctor(int argc, char **argv);

#endif
