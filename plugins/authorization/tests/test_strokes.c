/* test_strokes.c: a drawn signature comes from a browser; what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../records.h"

struct seen {
    size_t points, strokes;
    double last_x;
};

static void point(void *arg, size_t stroke, double x, double y)
{
    struct seen *s = arg;
    (void)y;
    s->points++;
    s->strokes = stroke + 1;
    s->last_x = x;
}

static bool reads(const char *json, struct seen *s)
{
    size_t n;
    *s = (struct seen){0};
    return strokes_read(sw_str_of(json), point, s, &n) && n == s->points;
}

static void test_takes_both_forms(void **state)
{
    (void)state;
    struct seen s;
    assert_true(reads("[[{\"x\":1,\"y\":2,\"time\":1763769600000},{\"x\":3.5,\"y\":4}],[{\"x\":5,\"y\":6}]]", &s));
    assert_int_equal(s.points, 3);
    assert_int_equal(s.strokes, 2);
    assert_true(reads(" [ {\"penColor\":\"black\",\"points\":[{\"x\":1,\"y\":2},{\"x\":7,\"y\":2}]} ] ", &s));
    assert_int_equal(s.points, 2);
    assert_true(s.last_x > 6.9);
    assert_true(reads("[[[1,2],[3,4,0.5]]]", &s));
    assert_int_equal(s.points, 2);
    assert_true(reads("[]", &s));
    assert_int_equal(s.points, 0);
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{}", "[", "[[{\"x\":1}", "[[{\"x\":99999,\"y\":1}]]", "[[{\"x\":1e400,\"y\":1}]]", "[1] x", "[\"\\u0000\"]",
        "[[[[[[[[[[1]]]]]]]]]]", "[nan]", "[[{\"x\" 1}]]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct seen s;
        assert_false(reads(bad[i], &s));
    }
}

static void test_limits(void **state)
{
    (void)state;
    static char many[STROKES_MAX * 2];
    size_t n = 0, points;
    many[n++] = '[';
    for (int i = 0; i < STROKE_POINTS_MAX + 1; i++) {
        n += (size_t)sprintf(many + n, "%s[[1,2]]", i ? "," : "");
    }
    many[n++] = ']';
    assert_false(strokes_read((struct sw_str){many, n}, NULL, NULL, &points)); /* over 60 kB */
    memset(many, ' ', sizeof many);
    assert_false(strokes_read((struct sw_str){many, STROKES_MAX + 1}, NULL, NULL, &points));
    n = 0;
    many[n++] = '[';
    many[n++] = '[';
    for (int i = 0; i < STROKE_POINTS_MAX + 1; i++) {
        n += (size_t)sprintf(many + n, "%s[1,2]", i ? "," : "");
    }
    many[n++] = ']';
    many[n++] = ']';
    assert_true(n < STROKES_MAX);
    assert_false(strokes_read((struct sw_str){many, n}, NULL, NULL, &points)); /* over 8,000 points */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_both_forms),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
