/* Which route a path names, and what is refused when the tables are read. */
#include "shed.h"

#include <string.h>

static struct shed *shed;

static int setup(void **state)
{
    *state = shed = shed_open();
    return 0;
}

static int teardown(void **state)
{
    shed_close(*state);
    return 0;
}

static const char *path_of(const char *method, const char *path, struct sw_match *m)
{
    int code = sw_router_find(shed->web->router, shed->arena, sw_method_of(sw_str_of(method)), sw_str_of(path), m);
    return code == SW_OK ? m->routed->route->path : code == SW_ENOTFOUND ? (m->allowed ? "405" : "404") : "400";
}

static void paths(void **state)
{
    struct sw_match m;
    (void)state;
    assert_string_equal(path_of("GET", "/t/plain", &m), "/t/plain");
    assert_string_equal(path_of("HEAD", "/t/plain", &m), "/t/plain");
    assert_string_equal(path_of("POST", "/t/plain", &m), "405");
    assert_int_equal(m.allowed, 1 << SW_M_GET);
    assert_string_equal(path_of("PATCH", "/t/plain", &m), "405");
    assert_string_equal(path_of("GET", "/t/jobs/new", &m), "/t/jobs/new"); /* words before parameters */
    assert_string_equal(path_of("GET", "/t/jobs/77", &m), "/t/jobs/{job:shed.job}");
    assert_int_equal(m.ids[0], 77);
    assert_string_equal(path_of("GET", "/t/jobs/77/notes/8", &m), "/t/jobs/{job:shed.job}/notes/{note:shed.note}");
    assert_int_equal(m.ids[1], 8);
    static const char *const none[] = {"/",          "/t",           "/t/plain/",          "/t//plain",  "/t/jobs/0",
                                       "/t/jobs/07", "/t/jobs/7x",   "/t/jobs/-1",         "/t/jobs/",   "/t/jobs/9223372036854775808",
                                       "/t/Plain",   "/t/plain/a/b", "/t/jobs/77/notes/x", "/t/words/x", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_string_equal(path_of("GET", none[i], &m), "404");
    assert_string_equal(path_of("GET", "/t/words/a%20b%C3%A9/end", &m), "/t/words/{word}/end");
    assert_true(sw_str_is(m.values[0], "a bé"));
    static const char *const bad[] = {"", "t/plain", "/t/words/%zz/end", "/t/words/%2/end", "/t/words/%00/end", "/t/words/%ff/end"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(path_of("GET", bad[i], &m), "400");
}

static int nothing(struct sw_req *r, struct sw_err *err)
{
    (void)r, (void)err;
    return SW_OK;
}

/* Each table that is refused, and a word of the reason. */
static void tables_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct sw_route route;
        const char *why;
    } bad[] = {
        {{.method = "GET", .path = "/x", .handle = nothing}, "nobody"},
        {{.method = "PATCH", .path = "/x", .who = SW_ANYONE, .handle = nothing}, "PATCH"},
        {{.method = "GET", .path = "/x", .who = SW_ANYONE}, "handler"},
        {{.method = "GET", .path = "/x//y", .who = SW_ANYONE, .handle = nothing}, "empty segment"},
        {{.method = "GET", .path = "/x/{a", .who = SW_ANYONE, .handle = nothing}, "braces"},
        {{.method = "GET", .path = "/x/{a:no.such}", .who = SW_STAFF, .handle = nothing}, "no.such"},
        {{.method = "GET", .path = "/x/{a:shed.job}", .who = SW_ANYONE, .handle = nothing}, "for anyone"},
        {{.method = "GET", .path = "/x/{a:shed.note}/{b:shed.job}", .who = SW_STAFF, .handle = nothing}, "refers to shed.note"},
        {{.method = "GET", .path = "/x/{a}/{b}/{c}/{d}/{e}", .who = SW_STAFF, .handle = nothing}, "more than 4"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sw_route routes[2] = {bad[i].route, {.path = NULL}};
        struct sw_plugin p = {SW_PLUGIN_HEAD, .name = "bad", .routes = routes};
        struct sw_router *router;
        struct sw_err err = {.code = SW_OK};
        sw_host_add(&p, "/tmp");
        assert_int_not_equal(sw_router_new(shed->arena, &router, &err), SW_OK);
        if (!strstr(err.message, bad[i].why))
            fail_msg("%s: %s", bad[i].why, err.message);
        sw_host_unload();
        sw_host_add(&shed_plugin, "/tmp");
        assert_int_equal(sw_host_load(sw_config(), &err), SW_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(paths, setup, teardown),
                                       cmocka_unit_test_setup_teardown(tables_that_are_refused, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
