/* cli/serve.c: shopwright serve: the supervisor in the foreground. What a worker opens, it opens after the fork. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "courier/courier.h"
#include "web/dispatch.h"
#include "web/pool.h"

static int boot(const struct sw_config *c, struct sw_store **store, struct sw_web **web,
                struct sw_err *err)
{
    static struct sw_cli_instance instance; /* the worker's one; lives as long as it */
    int rc = sw_cli_open(c->home, CLI_WRITE, &instance, err);
    if (rc == SW_OK) {
        *store = instance.store;
        rc = sw_web_new(instance.store, web, err);
    }
    return rc;
}

/* Would a worker of this program start? Asked of the new program before a reload. */
static int check(const char *home)
{
    struct sw_cli_instance instance;
    struct sw_web *web;
    struct sw_err err = {.code = SW_OK};
    if (!sw_pool_layout_fits())
        sw_fail(
            &err, SW_EFAIL, "",
            _("This version can't take over from the one that runs: stop it and start it again."));
    else if (sw_cli_open(home, CLI_WRITE, &instance, &err) == SW_OK &&
             sw_web_new(instance.store, &web, &err) == SW_OK) {
        sw_web_free(web);
        sw_cli_close(&instance);
        return CLI_OK;
    }
    return sw_cli_fail(&err);
}

int sw_cli_serve(int argc, char **argv)
{
    static const struct option own[] = {{"check", no_argument, NULL, 'c'}, {0}};
    struct sw_cli_args args = {
        .usage = "Usage: shopwright serve [--home DIR] [--check]\n"
                 "Serve the instance in the foreground: the workers of the three pools and the "
                 "courier.\n\n"
                 "  --home DIR  the instance's folder\n"
                 "  --check     only see whether a worker would start\n\n"
                 "SIGTERM stops when the requests in hand are answered; SIGHUP reloads program, "
                 "plugins, templates and\n"
                 "settings without losing one. nginx talks to DIR/run/*.sock; DIR/run/ready is "
                 "there once all workers serve.\n",
        .long_ = own,
    };
    bool only_check = false;
    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;) {
        if (c == -2)
            return args.status;
        only_check = true;
    }
    if (optind < argc)
        return sw_cli_usage(&args, "unexpected operand %s", argv[optind]);
    if (only_check)
        return check(args.home);

    struct sw_config *config;
    struct sw_err err = {.code = SW_OK};
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (n <= 0)
        return sw_cli_fail(
            (sw_fail(&err, SW_EFAIL, "", _("The program's own path can't be read from /proc.")),
             &err));
    program[n] = '\0';
    if (sw_config_load(args.home, &config, &err) != SW_OK)
        return sw_cli_fail(&err);
    char serve[] = "serve", home_option[] = "--home", check_option[] = "--check", home[PATH_MAX];
    snprintf(home, sizeof(home), "%s", config->home);
    struct sw_pool_options o = {
        .config = config,
        .boot = boot,
        .courier = config->courier ? sw_courier_main : NULL,
        .argv = (char *const[]){program, serve, home_option, home, NULL},
        .check = (char *const[]){program, serve, home_option, home, check_option, NULL},
    };
    int status = sw_pool_run(&o);
    sw_config_free(config);
    return status == 0 ? CLI_OK : CLI_FAILED;
}
