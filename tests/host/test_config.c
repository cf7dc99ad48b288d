/* shopwright.conf: defaults, and each refusal with file, line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

static char home[64], path[128];

static int make_home(void **state)
{
    (void)state;
    snprintf(home, sizeof(home), "/tmp/sw-conf-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/shopwright.conf", home);
    return 0;
}

static int drop_home(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(home);
}

static int load(const char *text, struct sw_config **c, struct sw_err *err)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    memset(err, 0, sizeof(*err));
    return sw_config_load(home, c, err);
}

static void refused(const char *text, const char *sentence)
{
    struct sw_config *c;
    struct sw_err err;
    assert_int_not_equal(load(text, &c, &err), SW_OK);
    assert_null(c);
    if (strstr(err.message, sentence) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, sentence);
    assert_null(sw_config());
}

static void test_defaults(void **state)
{
    struct sw_config *c;
    struct sw_err err;
    (void)state;
    assert_int_equal(load("", &c, &err), SW_OK);
    assert_ptr_equal(sw_config(), c);
    assert_string_equal(c->home, home);
    assert_int_equal(c->port, 8080);
    assert_int_equal(c->request_seconds, 30);
    assert_true(c->read_workers >= 1);
    assert_true(c->slow_workers >= 1);
    assert_false(c->demo);
    assert_string_equal(c->plugins, "accounts customers workorder portal authorization smtp");
    assert_int_equal(sw_config_map_size(), 0);
    assert_string_equal(sw_setting("smtp", "url"), "");
    sw_config_free(c);
    assert_null(sw_config());
    assert_string_equal(sw_setting("web", "port"), "");
}

static void test_values(void **state)
{
    struct sw_config *c;
    struct sw_err err;
    (void)state;
    assert_int_equal(load("; a comment\n[core]\ndemo = yes\nprefix = /opt/sw\n[web]\nport = 81\n[pool]\nread_workers=3\nslow_workers = 2\n"
                          "request_seconds = 5\n[store]\nmap_gib = 2\n[plugins]\nnames = smtp other\n[smtp]\nurl = smtp://mx.test:25\n",
                          &c, &err),
                     SW_OK);
    assert_int_equal(c->port, 81);
    assert_int_equal(c->read_workers, 3);
    assert_int_equal(c->slow_workers, 2);
    assert_int_equal(c->request_seconds, 5);
    assert_true(c->demo);
    assert_string_equal(c->prefix, "/opt/sw");
    assert_string_equal(c->plugins, "smtp other");
    assert_true(sw_config_map_size() == (size_t)2 << 30);
    assert_string_equal(sw_setting("smtp", "url"), "smtp://mx.test:25");
    sw_config_free(c);
}

static void test_refusals(void **state)
{
    char long_line[9000];
    struct sw_config *c;
    struct sw_err err = {0};
    (void)state;
    refused("[web]\nport = 0\n", "shopwright.conf:2: [web] port must be a whole number from 1 to 65535, not \"0\"");
    refused("[web]\nport = 80x\n", "not \"80x\"");
    refused("[web]\n\nport =\n", "shopwright.conf:3: [web] port");
    refused("[core]\ndemo = maybe\n", "must be \"yes\" or \"no\"");
    refused("[core]\nprefix = here\n", "must be an absolute path");
    refused("[web]\nprot = 80\n", "shopwright.conf:2: [web] has no setting called prot");
    refused("[smpt]\nurl = x\n", "no plugin of this instance is called smpt");
    refused("port = 80\n", "stands before the first [section]");
    refused("[web]\nport = 80\nport = 81\n", "shopwright.conf:3: [web] port was already set in line 2");
    refused("[web]\nnonsense\n", "shopwright.conf:2: expected");
    memset(long_line, 'x', sizeof(long_line));
    memcpy(long_line, "[web]\n", 6);
    long_line[sizeof(long_line) - 1] = '\0';
    refused(long_line, "the line is longer than");

    unlink(path);
    assert_int_equal(sw_config_load(home, &c, &err), SW_ENOTFOUND);
    assert_int_equal(sw_config_load("/nowhere/at/all", &c, &err), SW_ENOTFOUND);
    assert_non_null(strstr(err.message, "There is no instance at /nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_home, drop_home);
}
