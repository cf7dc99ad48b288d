/* Plugins: sorted by need, and refused with a sentence when something does not fit. The samples are built from host/sample.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

static char home[PATH_MAX];

static const char *build_dir(void)
{
    const char *dir = getenv("SW_BUILDDIR");
    return dir != NULL ? dir : ".";
}

static int make_home(void **state)
{
    (void)state;
    snprintf(home, sizeof(home), "/tmp/sw-host-XXXXXX");
    return mkdtemp(home) == NULL ? -1 : 0;
}

static int drop_home(void **state)
{
    char path[PATH_MAX + 32];
    (void)state;
    snprintf(path, sizeof(path), "%s/shopwright.conf", home);
    unlink(path);
    return rmdir(home);
}

/* Load the named samples; the code, and the sentence in err. */
static int load(const char *names, struct sw_err *err)
{
    char path[PATH_MAX + 32];
    struct sw_config *c;
    memset(err, 0, sizeof(*err));
    snprintf(path, sizeof(path), "%s/shopwright.conf", home);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[core]\nprefix = %s\n[plugins]\nnames = %s\npath = /nowhere:%s/tests/host/samples\n", build_dir(), names, build_dir());
    fclose(f);
    assert_int_equal(sw_config_load(home, &c, err), SW_OK);
    int rc = sw_host_load(c, err);
    sw_config_free(c);
    return rc;
}

static void refused(const char *names, const char *sentence)
{
    struct sw_err err;
    const struct sw_loaded *all;
    assert_int_not_equal(load(names, &err), SW_OK);
    if (strstr(err.message, sentence) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, sentence);
    assert_int_equal(sw_host_plugins(&all), 0); /* nothing half-loaded stays */
    sw_host_unload();
}

static void test_sorted(void **state)
{
    struct sw_err err;
    const struct sw_loaded *all;
    (void)state;
    /* c needs b, b needs a; the configuration names them the other way round */
    assert_int_equal(load("needs_b needs_a plain_a", &err), SW_OK);
    assert_int_equal(sw_host_plugins(&all), 3);
    assert_string_equal(all[0].plugin->name, "plain_a");
    assert_string_equal(all[1].plugin->name, "needs_a");
    assert_string_equal(all[2].plugin->name, "needs_b");
    assert_non_null(strstr(all[0].folder, "tests/host/samples/plain_a"));
    assert_int_equal(sw_host_start(&err), SW_OK);
    sw_host_unload();
}

static void test_interface(void **state)
{
    struct sw_err err;
    (void)state;
    assert_int_equal(load("plain_a", &err), SW_OK);
    assert_int_equal(*(const int *)sw_interface("plain_a", 3), 42);
    assert_null(sw_interface("plain_a", 4));
    assert_null(sw_interface("nobody", 3));
    assert_non_null(sw_host_record(SW_STR("plain_a.sample")));
    assert_null(sw_host_record(SW_STR("plain_a.other")));
    assert_non_null(sw_host_record(SW_STR("core.user"))); /* core's own are there too */
    sw_host_unload();
}

static void test_refusals(void **state)
{
    (void)state;
    refused("nobody", "There is no plugin nobody");
    refused("../plain_a", "is no plugin name");
    refused("a_name_that_is_far_longer_than_any_plugin_has", "is longer than 32 bytes");
    refused("no_table", "exports no table called sw_plugin");
    refused("wrong_abi", "was built for version 99 of the plugin interface, this program has version 1");
    refused("wrong_name", "calls itself other_name");
    refused("plain_a plain_a", "Two plugins are called plain_a");
    refused("needs_a", "needs the plugin plain_a, which is not loaded");
    refused("ring_a ring_b ring_c", "in a circle: ring_a → ring_b → ring_c → ring_a");
    refused("plain_a same_route", "both answer GET /plain_a");
    refused("nobody_may", "does not state who may call it");
    refused("other_record", "must start with \"other_record.\"");
    refused("open_brace", "must start with '/', close its braces");
    refused("strange_param", "names the record type nothing.here, which no plugin brings");
}

static void test_linked(void **state)
{
    static const struct sw_plugin linked = {SW_PLUGIN_HEAD, .name = "linked", .version = "1", .summary = "Linked in"};
    struct sw_err err;
    const struct sw_loaded *all;
    (void)state;
    sw_host_add(&linked, "/somewhere");
    sw_host_add(&linked, "/somewhere"); /* twice is once */
    assert_int_equal(load("linked plain_a", &err), SW_OK);
    assert_int_equal(sw_host_plugins(&all), 2);
    assert_string_equal(all[0].folder, "/somewhere");
    sw_host_unload();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_interface),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_linked),
    };
    return cmocka_run_group_tests(tests, make_home, drop_home);
}
