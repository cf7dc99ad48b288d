/* Migrations: each step once, all or nothing; a dry run changes nothing; a program older than its store refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/migrate.h"

static char home[64];
static struct sw_store *store;
static int ran[10];
static bool fail_second;

static int step1(struct sw_tx *tx, struct sw_err *err)
{
    (void)err;
    ran[1] += (int)sw_tx_shop(tx); /* shops 1 and 2: 3 in all */
    return SW_OK;
}
static int step2(struct sw_tx *tx, struct sw_err *err)
{
    (void)tx;
    if (fail_second)
        return sw_fail(err, SW_EINVALID, "", "there is a bad record");
    ran[2]++;
    return SW_OK;
}

static const struct sw_migration one[] = {{1, "First", step1}, {0, NULL, NULL}};
static const struct sw_migration two[] = {{1, "First", step1}, {5, "Second", step2}, {0, NULL, NULL}};
static const struct sw_plugin none_plugin = {SW_PLUGIN_HEAD, .name = "moving", .version = "1", .summary = "x"};
static const struct sw_plugin one_plugin = {SW_PLUGIN_HEAD, .name = "moving", .version = "1", .summary = "x", .migrations = one};
static const struct sw_plugin two_plugin = {SW_PLUGIN_HEAD, .name = "moving", .version = "2", .summary = "x", .migrations = two};

static void be(const struct sw_plugin *p)
{
    sw_host_unload();
    sw_host_add(p, "/nowhere");
    memset(ran, 0, sizeof(ran));
}

static int add_shop(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    uint32_t shop;
    struct sw_shop s = {.name = SW_STR("A shop"), .language = SW_STR("en"), .region = SW_STR("US"), .currency = SW_STR("USD"),
                        .zone = SW_STR("America/Los_Angeles"), .host = sw_str_of(arg)};
    return sw_store_shop_new(tx, &s, &shop, err);
}

static int begin(void **state)
{
    static char first[] = "one.test", second[] = "two.test";
    char dir[80], blobs[80];
    struct sw_err err = {0};
    (void)state;
    snprintf(home, sizeof(home), "/tmp/sw-migrate-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    snprintf(dir, sizeof(dir), "%s/store", home);
    snprintf(blobs, sizeof(blobs), "%s/blobs", home);
    struct sw_store_options o = {.dir = dir, .blobs = blobs, .map_size = 64 << 20, .create = true, .types = sw_core_records};
    if (sw_store_open(&o, &store, &err) != SW_OK) {
        print_message("%s\n", err.message);
        return -1;
    }
    struct sw_arena *a = sw_arena_new(0);
    struct sw_run run = {.system = true, .arena = a, .seed = {1}};
    int rc = sw_store_write(store, &run, add_shop, first, &err);
    run.seed[0] = 2;
    if (rc == SW_OK)
        rc = sw_store_write(store, &run, add_shop, second, &err);
    if (rc != SW_OK)
        print_message("%s\n", err.message);
    sw_arena_free(a);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    sw_host_unload();
    sw_store_close(store);
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void told(void *arg, const char *plugin, uint32_t number, const char *summary)
{
    char *text = arg;
    snprintf(text + strlen(text), 200 - strlen(text), "%s %u %s;", plugin, (unsigned)number, summary);
}

static void test_life(void **state)
{
    struct sw_err err = {0};
    char heard[200] = "";
    size_t n = 99;
    (void)state;

    be(&one_plugin);
    assert_int_equal(sw_migrations_current(store, &err), SW_ESTATE);
    assert_non_null(strstr(err.message, "lacks migration 1 of moving (First)"));

    assert_int_equal(sw_migrate(store, true, told, heard, &n, &err), SW_OK); /* dry */
    assert_int_equal(n, 1);
    assert_string_equal(heard, "moving 1 First;");
    assert_int_equal(ran[1], 3);
    assert_int_equal(sw_migrations_current(store, &err), SW_ESTATE);

    be(&one_plugin);
    assert_int_equal(sw_migrate(store, false, NULL, NULL, &n, &err), SW_OK);
    assert_int_equal(n, 1);
    assert_int_equal(ran[1], 3);
    assert_int_equal(sw_migrations_current(store, &err), SW_OK);
    assert_int_equal(sw_migrate(store, false, NULL, NULL, &n, &err), SW_OK); /* once is enough */
    assert_int_equal(n, 0);

    be(&two_plugin);
    fail_second = true;
    assert_int_equal(sw_migrate(store, false, NULL, NULL, &n, &err), SW_EINVALID);
    assert_non_null(strstr(err.message, "Migration 5 of moving (Second) failed in shop 1: there is a bad record"));
    assert_int_equal(sw_migrate(store, true, NULL, NULL, &n, &err), SW_EINVALID); /* a dry run says so too */
    assert_int_equal(sw_migrations_current(store, &err), SW_ESTATE);
    fail_second = false;
    assert_int_equal(sw_migrate(store, false, NULL, NULL, &n, &err), SW_OK);
    assert_int_equal(n, 1);
    assert_int_equal(ran[1], 0);
    assert_int_equal(ran[2], 2);
    assert_int_equal(sw_migrations_current(store, &err), SW_OK);

    be(&one_plugin); /* an older program */
    assert_int_equal(sw_migrations_current(store, &err), SW_ESTATE);
    assert_non_null(strstr(err.message, "brought to migration 5 of moving by a newer program"));
    assert_int_equal(sw_migrate(store, false, NULL, NULL, &n, &err), SW_ESTATE);
    be(&none_plugin);
    assert_int_equal(sw_migrations_current(store, &err), SW_ESTATE);

    sw_host_unload(); /* a plugin that was switched off is no newer program */
    assert_int_equal(sw_migrations_current(store, &err), SW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_life)};
    return cmocka_run_group_tests(tests, begin, end);
}
