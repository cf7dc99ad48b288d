/* The API's description: JSON, and every address in it. */
#include "shed.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static void every_route_is_described(void **state)
{
    (void)state;
    struct shed *s = shed_open();
    char why[300];
    shed_get(s, "/openapi.json");
    assert_int_equal(s->out.status, 200);
    assert_string_equal(shed_header(s, "Content-Type"), "application/json");
    yajl_val v = yajl_tree_parse(sw_cstr(s->arena, s->out.body), why, sizeof(why));
    if (!v)
        fail_msg("%s", why);
    struct sw_routed *all;
    size_t n = sw_router_all(s->web->router, &all), seen = 0;
    for (size_t i = 0; i < n; i++) {
        char path[200] = "";
        size_t k = 0;
        for (const char *p = all[i].route->path; *p; p++) {
            if (*p == ':')
                p += strcspn(p, "}");
            path[k++] = *p;
        }
        char method[8] = "";
        for (size_t m = 0; all[i].route->method[m]; m++)
            method[m] = (char)(all[i].route->method[m] | 32);
        const char *where[] = {"paths", path, method, NULL};
        if (strncmp(path, "/internal/", 10) == 0) {
            assert_null(yajl_tree_get(v, where, yajl_t_object));
            continue;
        }
        if (!yajl_tree_get(v, where, yajl_t_object))
            fail_msg("%s %s is not described", method, path);
        seen++;
    }
    assert_true(seen > 10);
    const char *schema[] = {"components", "schemas", "shed.note_form.sent", NULL};
    assert_non_null(yajl_tree_get(v, schema, yajl_t_object));
    assert_false(shed_says(s, "shed.session"));
    yajl_tree_free(v);
    shed_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_route_is_described)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
