/* cli/init.c: makes an instance. Nothing that exists is ever written over. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "host/migrate.h"

static const char usage[] =
    "Usage: shopwright init [--home DIR] [--name SHOP] [--email ADMINISTRATOR] [OPTION…]\n"
    "Makes an instance: its folder, configuration and store, the first shop, and the first administrator, for whom it\n"
    "prints a one-time link.\n"
    "  --name TEXT       the shop's name (default: My repair shop)\n"
    "  --email EMAIL     who administrates it (default: owner@localhost)\n"
    "  --base-url URL    where customers reach it, for mailed links (default: http://localhost:PORT)\n"
    "  --port N          where nginx listens on 127.0.0.1 (default: 8080)\n"
    "  --zone ZONE       the shop's time zone (default: America/Los_Angeles)\n"
    "  --plugins LIST    which plugins, with spaces between (default: all of Shopwright's own)\n"
    "  --plugin-path DIR where plugins of others lie, as DIR/NAME/NAME.so; several with ':' between\n"
    "  --demo            a demo: four users with a known password; mail goes to files; says so on every page\n"
    "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

#define DEMO_PASSWORD "demo-shop-please-change"

enum { OPT_NAME = 1, OPT_EMAIL, OPT_URL, OPT_PORT, OPT_ZONE, OPT_PLUGINS, OPT_PATH, OPT_DEMO };

static const struct option options[] = {
    {"name", required_argument, NULL, OPT_NAME}, {"email", required_argument, NULL, OPT_EMAIL}, {"base-url", required_argument, NULL, OPT_URL},
    {"port", required_argument, NULL, OPT_PORT}, {"zone", required_argument, NULL, OPT_ZONE},   {"demo", no_argument, NULL, OPT_DEMO},
    {"plugins", required_argument, NULL, OPT_PLUGINS}, {"plugin-path", required_argument, NULL, OPT_PATH},
    {0},
};

struct init {
    const char *name, *zone, *base_url, *plugins, *path;
    long port;
    bool demo;
    struct sw_cli_person *people;
    size_t n_people;
    uint32_t shop;
};

static int make_dir(const char *home, const char *name, mode_t mode, struct sw_err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s%s%s", home, name[0] != '\0' ? "/" : "", name);
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return sw_fail(err, SW_EFAIL, "", _("The folder %s can't be made: %s."), path, strerror(errno));
    return SW_OK;
}

static int write_conf(const char *home, const struct init *in, struct sw_err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/shopwright.conf", home);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640); /* it may come to hold the mail server's password */
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return errno == EEXIST ? sw_fail(err, SW_ESTATE, "", _("There is an instance at %s already; nothing was changed."), home)
                               : sw_fail(err, SW_EFAIL, "", _("%s can't be written: %s."), path, strerror(errno));
    fprintf(f,
            "; Settings of this Shopwright instance; `shopwright check-config` reads them like the server does.\n"
            "; What a shop itself decides (name, rates, texts) is set on its pages.\n\n"
            "[core]\ndemo = %s\n\n"
            "[web]\n; nginx listens here; see nginx/nginx.conf for TLS\nlisten = 127.0.0.1\nport = %ld\n\n"
            "[pool]\nrequest_seconds = 30\n\n"
            "[plugins]\nnames = %s\n",
            in->demo ? "yes" : "no", in->port, in->plugins);
    if (in->path != NULL)
        fprintf(f, "path = %s\n", in->path);
    if (!in->demo && strstr(in->plugins, "smtp") != NULL)
        fputs("\n[smtp]\n; where mail leaves; plugins/smtp/README.md has all keys. Until host is set, mail waits.\n; host = localhost\n; port = 25\n; tls = none\n", f);
    if (fclose(f) != 0)
        return sw_fail(err, SW_EFAIL, "", _("%s can't be written: %s."), path, strerror(errno));
    return SW_OK;
}

static int make_shop(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    const struct init *in = arg;
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_shop shop = {
        .name = sw_str_of(in->name),
        .language = SW_STR("en"),
        .region = SW_STR("US"),
        .currency = SW_STR("USD"),
        .zone = sw_str_of(in->zone),
        .base_url = sw_str_of(in->base_url),
        .consent = sw_printf(a, "I have read the lines and the total above, I agree to them, and I ask %s to do this work.", in->name),
        .consent_version = SW_STR("1"),
        .terms = SW_STR("We do no work beyond what you authorize here. If more turns out to be needed, we ask you first. Parts that we take out "
                        "can be had back when you ask for them before the work starts."),
        .labor_rate = 14500,
        .tax_rate = 9500,
        .demo = in->demo,
    };
    if (in->demo) {
        shop.address = SW_STR("1420 Alder Street\nLos Angeles, CA 90015");
        shop.phone = SW_STR("+13105550100");
        shop.email = shop.reply_to = SW_STR("desk@demo.test");
        shop.opening = SW_STR("Monday to Friday, 8 AM to 6 PM");
        shop.registration = SW_STR("Demo registration ARD-000000");
    }
    return sw_store_shop_new(tx, &shop, &((struct init *)arg)->shop, err);
}

static int make_people(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct init *in = arg;
    int rc = SW_OK;
    for (size_t i = 0; rc == SW_OK && i < in->n_people; i++)
        rc = sw_cli_person_put(tx, &in->people[i], err);
    return rc;
}

static int fill(const char *home, struct init *in, struct sw_err *err)
{
    struct sw_cli_instance instance;
    size_t steps;
    int rc = sw_cli_open(home, CLI_CREATE, &instance, err);
    if (rc != SW_OK)
        return rc;
    rc = sw_migrate(instance.store, false, NULL, NULL, &steps, err);
    for (size_t i = 0; rc == SW_OK && i < in->n_people; i++)
        rc = sw_cli_person_prepare(instance.arena, &in->people[i], err);
    if (rc == SW_OK)
        rc = sw_cli_write(&instance, 0, make_shop, in, err);
    if (rc == SW_OK)
        rc = sw_cli_write(&instance, in->shop, make_people, in, err);
    if (rc == SW_OK)
        rc = sw_cli_write_nginx(instance.config, 0, err);
    if (rc == SW_OK) {
        printf("Made the instance %s.\n", instance.config->home);
        for (size_t i = 0; i < in->n_people; i++)
            if (in->people[i].link.n > 0)
                printf("The administrator sets a password here, within 7 days:\n" SW_STR_FMT "\n", SW_STR_ARG(in->people[i].link));
            else
                printf("%s may sign in with the password %s\n", in->people[i].login, in->people[i].password);
    }
    sw_cli_close(&instance);
    return rc;
}

int sw_cli_init(int argc, char **argv)
{
    static const struct {
        const char *name;
        mode_t mode;
    } dirs[] = {{"", 0750}, {"store", 0750}, {"blobs", 0750}, {"rules", 0750}, {"run", 0750}, {"nginx", 0750}, {"outbox", 0750}};
    struct sw_cli_args args = {.usage = usage, .long_ = options};
    struct init in = {.name = "My repair shop",
                      .zone = "America/Los_Angeles",
                      .port = 8080,
                      .plugins = "accounts customers workorder portal authorization smtp"};
    const char *email = "owner@localhost";
    char url[64];
    struct sw_err err = {0};
    bool named = false;

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;) {
        struct sw_civil civil;
        switch (c) {
        case OPT_NAME:
            in.name = optarg;
            named = true;
            break;
        case OPT_EMAIL:
            email = optarg;
            break;
        case OPT_URL:
            in.base_url = optarg;
            if (strncmp(optarg, "http://", 7) != 0 && strncmp(optarg, "https://", 8) != 0)
                return sw_cli_usage(&args, "--base-url must start with http:// or https://");
            break;
        case OPT_PORT:
            if (!sw_cli_number(optarg, 1, 65535, &in.port))
                return sw_cli_usage(&args, "--port must be a number from 1 to 65535");
            break;
        case OPT_ZONE:
            in.zone = optarg;
            if (!sw_zone_local(optarg, sw_clock(), &civil))
                return sw_cli_usage(&args, "the zone %s is not known; an example is America/Los_Angeles", optarg);
            break;
        case OPT_PLUGINS:
        case OPT_PATH:
            if (strpbrk(optarg, "\r\n;#") != NULL)
                return sw_cli_usage(&args, "--plugins and --plugin-path take one line without ; and #");
            *(c == OPT_PATH ? &in.path : &in.plugins) = optarg;
            break;
        case OPT_DEMO:
            in.demo = true;
            break;
        default:
            return args.status;
        }
    }
    if (optind != argc)
        return sw_cli_usage(&args, "%s is too much", argv[optind]);
    if (in.demo && !named)
        in.name = "Alder Street Auto Repair";
    snprintf(url, sizeof(url), "http://localhost:%ld", in.port);
    if (in.base_url == NULL)
        in.base_url = url;

    struct sw_cli_person demo[] = {
        {.login = "owner@demo.test", .name = "Olivia Park", .password = DEMO_PASSWORD, .licences = SW_ADMIN | SW_ADVISOR},
        {.login = "advisor@demo.test", .name = "Dana Whitfield", .password = DEMO_PASSWORD, .licences = SW_ADVISOR},
        {.login = "tech@demo.test", .name = "Marco Reyes", .password = DEMO_PASSWORD, .licences = SW_TECHNICIAN},
    };
    struct sw_cli_person admin = {.login = email, .name = "Administrator", .licences = SW_ADMIN | SW_ADVISOR, .want_link = true};
    in.people = in.demo ? demo : &admin;
    in.n_people = in.demo ? sizeof(demo) / sizeof(demo[0]) : 1;

    int rc = SW_OK;
    for (size_t i = 0; rc == SW_OK && i < sizeof(dirs) / sizeof(dirs[0]); i++)
        rc = make_dir(args.home, dirs[i].name, dirs[i].mode, &err);
    if (rc == SW_OK)
        rc = write_conf(args.home, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = fill(args.home, &in, &err);
    if (rc != SW_OK) { /* so that the next try is not told that there is an instance */
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/shopwright.conf", args.home);
        unlink(path);
        return sw_cli_fail(&err);
    }
    return CLI_OK;
}
