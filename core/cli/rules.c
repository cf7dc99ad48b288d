/* cli/rules.c: `shopwright rules`: check and test the shop's Lua rules. */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "rules/rules.h"

int sw_cli_rules(int argc, char **argv);

static void usage(FILE *f)
{
    fputs("Usage: shopwright rules check|test [--home DIR] [--shop N]\n"
          "check: parse every rule file of the shop (and the defaults) and run its main part.\n"
          "test:  run the functions test_… of every tests/SET_test.lua, each with fresh globals.\n",
          f);
}

struct tally {
    const char *file;
    size_t passed, failed;
};

static void told(void *arg, const char *test, const char *failure)
{
    struct tally *t = arg;

    if (failure == NULL) {
        t->passed++;
        return;
    }
    t->failed++;
    printf("%s: %s: %s\n", t->file, test, failure);
}

/* For each file of the folder whose name ends in suffix: the name before it. */
static int each_file(const char *dir, const char *suffix, int (*fn)(void *arg, const char *set, const char *path), void *arg)
{
    struct dirent **list;
    int n = scandir(dir, &list, NULL, alphasort), bad = 0;

    for (int i = 0; i < n; i++) {
        size_t len = strlen(list[i]->d_name), tail = strlen(suffix);
        if (len > tail && strcmp(list[i]->d_name + len - tail, suffix) == 0) {
            char path[2048], set[256];
            snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
            snprintf(set, sizeof(set), "%.*s", (int)(len - tail), list[i]->d_name);
            bad |= fn(arg, set, path);
        }
        free(list[i]);
    }
    if (n >= 0)
        free(list);
    return bad;
}

struct job {
    uint32_t shop;
    struct tally tally;
};

static int check_one(void *arg, const char *set, const char *path)
{
    const struct job *j = arg;
    struct sw_err err = {0};

    if (sw_rules_check(j->shop, set, &err) == SW_OK) {
        printf("%s: right\n", path);
        return 0;
    }
    printf("%s: %s\n", path, err.message);
    return 1;
}

static int test_one(void *arg, const char *set, const char *path)
{
    struct job *j = arg;
    struct sw_err err = {0};

    j->tally.file = path;
    if (sw_rules_test(j->shop, set, path, told, &j->tally, &err) == SW_OK)
        return 0;
    if (err.code != SW_ERULE || j->tally.failed == 0)
        printf("%s: %s\n", path, err.message);
    return 1;
}

int sw_cli_rules(int argc, char **argv)
{
    static const struct option options[] = {
        {"home", required_argument, NULL, 'H'}, {"shop", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *home = getenv("SHOPWRIGHT_HOME");
    struct job job = {.shop = 1};
    struct sw_config *config = NULL;
    struct sw_err err = {0};
    char dir[1200];
    int c, bad = 0;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'H') {
            home = optarg;
        } else if (c == 's') {
            job.shop = (uint32_t)strtoul(optarg, NULL, 10);
        } else {
            usage(c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : 2;
        }
    }
    bool test = optind < argc && strcmp(argv[optind], "test") == 0;
    if (optind != argc - 1 || (!test && strcmp(argv[optind], "check") != 0)) {
        usage(stderr);
        return 2;
    }
    if (sw_config_load(home, &config, &err) != SW_OK) {
        fprintf(stderr, "shopwright rules: %s\n", err.message);
        return 1;
    }
    snprintf(dir, sizeof(dir), test ? "%s/lua/tests" : "%s/lua", config->prefix);
    bad |= each_file(dir, test ? "_test.lua" : ".lua", test ? test_one : check_one, &job);
    snprintf(dir, sizeof(dir), test ? "%s/rules/%" PRIu32 "/tests" : "%s/rules/%" PRIu32, config->home, job.shop);
    bad |= each_file(dir, test ? "_test.lua" : ".lua", test ? test_one : check_one, &job);
    if (test)
        printf("%zu passed, %zu failed\n", job.tally.passed, job.tally.failed);
    sw_config_free(config);
    return bad != 0 ? 1 : 0;
}
