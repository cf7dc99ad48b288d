/* Strings, arena, buffers, money, time zones, phone numbers, formats, log. */
#include "base/log.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static int arena_setup(void **state)
{
    *state = sw_arena_new(0);
    return 0;
}

static int arena_teardown(void **state)
{
    sw_arena_free(*state);
    return 0;
}

static void use_locale(const char *language, const char *region, const char *currency)
{
    struct sw_locale l = {.zone = "America/Los_Angeles"};
    snprintf(l.language, sizeof l.language, "%s", language);
    snprintf(l.region, sizeof l.region, "%s", region);
    snprintf(l.currency, sizeof l.currency, "%s", currency);
    sw_locale_set(&l);
}

static void test_strings(void **state)
{
    (void)state;
    assert_true(sw_str_eq(SW_STR(""), sw_str_of(NULL)));
    assert_true(sw_str_is(SW_STR("abc"), "abc"));
    assert_false(sw_str_is(SW_STR("abc"), "ab"));
    assert_true(sw_str_cmp(SW_STR("ab"), SW_STR("abc")) < 0);
    assert_true(sw_str_cmp(SW_STR("b"), SW_STR("abc")) > 0);
    assert_int_equal(sw_str_cmp(SW_STR("b"), SW_STR("b")), 0);
    assert_true(sw_str_is(sw_str_trim(SW_STR(" \t\xC2\xA0 a b\r\n\xC2\xA0")), "a b"));
    assert_int_equal(sw_str_trim(SW_STR("  ")).n, 0);
    assert_int_equal(sw_str_trim(sw_str_of(NULL)).n, 0);
}

static void test_text_is_checked(void **state)
{
    (void)state;
    assert_true(sw_str_is_text(SW_STR("Jos\xC3\xA9 \xF0\x9F\x9A\x97\t\r\n")));
    const struct sw_str bad[] = {SW_STR("a\0b"),         SW_STR("\x01"),         SW_STR("\x7F"),     SW_STR("\xC2\x85"),
                                 SW_STR("\xC0\xAF"),     SW_STR("\xED\xA0\x80"), SW_STR("\xE2\x82"), SW_STR("\xF4\x90\x80\x80"),
                                 SW_STR("\xF0\x80\x80\x80"), SW_STR("\xFF")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(sw_str_is_text(bad[i]));
}

static void test_fail_fills_and_cuts_on_a_character(void **state)
{
    (void)state;
    struct sw_err err;
    assert_int_equal(sw_fail(&err, SW_EINVALID, "lines.2.price", "%s is missing.", "Price"), SW_EINVALID);
    assert_string_equal(err.field, "lines.2.price");
    assert_string_equal(err.message, "Price is missing.");
    assert_int_equal(sw_fail(NULL, SW_ESTATE, NULL, "nobody asked"), SW_ESTATE);
    char text[SW_ERR_MESSAGE_MAX + 10];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "\xC3\xA9\0", 3);
        sw_fail(&err, SW_EFAIL, "", "%s", text);
        assert_true(sw_str_is_text(sw_str_of(err.message)));
        assert_true(strlen(err.message) >= SW_ERR_MESSAGE_MAX - 2);
    }
}

static void test_arena(void **state)
{
    struct sw_arena *a = *state;
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 5000; n += 7) {
            unsigned char *p = sw_alloc(a, n);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, n);
        }
        sw_arena_reset(a);
    }
    assert_string_equal(sw_cstr(a, (struct sw_str){"abcdef", 3}), "abc");
    struct sw_str long_one = sw_printf(a, "%0600d|%s", 1, "x");
    assert_int_equal(long_one.n, 602);
    assert_int_equal(long_one.p[602], '\0');
}

static void test_arena_aborts_beyond_its_cap(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(3);
        signal(SIGABRT, SIG_DFL);
        struct sw_arena *a = sw_arena_new(1 << 20);
        for (int i = 0; i < 100; i++)
            sw_alloc(a, 100000);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void test_buf(void **state)
{
    struct sw_arena *a = *state;
    struct sw_buf b;
    sw_buf_init(&b, a, 0, 1000);
    sw_buf_adds(&b, "one");
    sw_buf_adds(&b, NULL);
    sw_buf_addf(&b, " %d", 22);
    sw_buf_html(&b, SW_STR("<a href=\"x\">'&'</a>"));
    assert_true(sw_str_is(sw_buf_str(&b), "one 22&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"));
    for (int i = 0; i < 400; i++)
        sw_buf_addf(&b, "%d,", i);
    assert_true(b.full);
    assert_true(b.n <= 1000);
    size_t n = b.n;
    sw_buf_add(&b, "x", 1);
    assert_int_equal(b.n, n);
    /* To the last byte of the maximum, by each way. */
    sw_buf_init(&b, a, 0, 10);
    sw_buf_addf(&b, "%s", "12345");
    sw_buf_addf(&b, "%s", "67890");
    assert_false(b.full);
    assert_true(sw_str_is(sw_buf_str(&b), "1234567890"));
    sw_buf_addf(&b, "%s", "");
    assert_false(b.full);
    sw_buf_addf(&b, "%s", "x");
    assert_true(b.full);
    assert_int_equal(b.n, 10);
}

static void test_two_bufs_grow_side_by_side(void **state)
{
    struct sw_buf b[2];
    sw_buf_init(&b[0], *state, 16, 1 << 20);
    sw_buf_init(&b[1], *state, 16, 1 << 20);
    for (int i = 0; i < 20000; i++) {
        sw_buf_add(&b[0], "a", 1);
        if (i % 3 == 0)
            sw_buf_add(&b[1], "bb", 2);
    }
    assert_int_equal(b[0].n, 20000);
    for (size_t i = 0; i < b[0].n; i++)
        assert_int_equal(b[0].p[i], 'a');
    for (size_t i = 0; i < b[1].n; i++)
        assert_int_equal(b[1].p[i], 'b');
}

static void test_lists_grow(void **state)
{
    struct sw_arena *a = *state;
    SW_LIST_OF(uint64_t) lists[40] = {{NULL, 0}};
    for (uint64_t i = 0; i < 300; i++)
        for (uint64_t k = 0; k < 40; k++)
            *SW_PUSH(a, lists[k]) = i * 40 + k;
    for (uint64_t k = 0; k < 40; k++)
        for (uint64_t i = 0; i < 300; i++)
            assert_int_equal(lists[k].v[i], i * 40 + k);
    /* A list that somebody else made, without room behind it. */
    uint64_t *tight = SW_NEW_N(a, uint64_t, 2), *next = SW_NEW(a, uint64_t);
    *next = 77;
    lists[0].v = tight;
    lists[0].n = 2;
    *SW_PUSH(a, lists[0]) = 5;
    assert_int_equal(*next, 77);
    assert_int_equal(lists[0].v[2], 5);
}

static void test_money(void **state)
{
    (void)state;
    int64_t v = -1;
    assert_int_equal(sw_money_times(1000, 1500, &v), SW_OK);
    assert_int_equal(v, 1500);
    assert_int_equal(sw_money_times(1, 500, &v), SW_OK);
    assert_int_equal(v, 1); /* half away from zero */
    assert_int_equal(sw_money_times(-1, 500, &v), SW_OK);
    assert_int_equal(v, -1);
    assert_int_equal(sw_money_times(1, 499, &v), SW_OK);
    assert_int_equal(v, 0);
    assert_int_equal(sw_money_times(INT64_MAX, INT64_MAX, &v), SW_EINVALID);
    assert_int_equal(sw_money_times(INT64_C(1000000000000), 1001, &v), SW_EINVALID);
    assert_int_equal(sw_hours_of(SW_HOUR), 1000);
    assert_int_equal(sw_hours_of(1), 1);
    assert_int_equal(sw_hours_of(3600), 1);
    assert_int_equal(sw_hours_of(3601), 2);
    assert_int_equal(sw_hours_of(0), 0);
}

static void test_money_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t cents;
    } good[] = {{"1,526.46", 152646}, {"1526.46", 152646}, {" $12 ", 1200},       {".5", 50},          {"0", 0},
                {"-3.10", -310},      {"7.", 700},         {"1,234,567", 123456700}, {"10000000000", INT64_C(1000000000000)}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t v = -1;
        assert_int_equal(sw_money_parse(sw_str_of(good[i].text), &v), SW_OK);
        assert_int_equal(v, good[i].cents);
    }
    static const char *const bad[] = {"", " ", ".", "-", "1.234", "1,5", "12,34.00", "1,2345", ",123", "1e3", "0x10", "10000000000.01",
                                      "99999999999999999999", "1 2", "--1", "$", "1.-2", "1,526,46"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t v = 42;
        assert_int_equal(sw_money_parse(sw_str_of(bad[i]), &v), SW_EINVALID);
        assert_int_equal(v, 42);
    }
    int64_t q;
    assert_int_equal(sw_qty_parse(SW_STR("1.5"), &q), SW_OK);
    assert_int_equal(q, 1500);
    assert_int_equal(sw_qty_parse(SW_STR("1.0005"), &q), SW_EINVALID);
}

/* 2026-11-19T18:42:00Z */
#define MOMENT INT64_C(1795113720000)

static void test_zone(void **state)
{
    (void)state;
    struct sw_civil c;
    assert_true(sw_zone_local("America/Los_Angeles", MOMENT, &c));
    assert_int_equal(c.year, 2026);
    assert_int_equal(c.month, 11);
    assert_int_equal(c.day, 19);
    assert_int_equal(c.hour, 10);
    assert_int_equal(c.minute, 42);
    assert_int_equal(c.weekday, 4);
    assert_int_equal(c.offset, -8 * 3600);
    assert_string_equal(c.abbr, "PST");
    assert_false(sw_zone_local("Mars/Olympus", MOMENT, &c));
    assert_int_equal(c.hour, 18);
    assert_false(sw_zone_local("../../etc/passwd", MOMENT, &c));
    assert_true(sw_zone_local("UTC", -1, &c));
    assert_int_equal(c.year, 1969);
    assert_int_equal(c.second, 59);
    assert_true(sw_zone_local("America/Los_Angeles", INT64_MAX, &c));
    assert_true(sw_zone_local("America/Los_Angeles", INT64_MIN, &c));
}

/* Every hour of 1990 to 2070 in some zones agrees with the C library. */
static void test_zone_agrees_with_libc(void **state)
{
    (void)state;
    static const char *const zones[] = {"America/Los_Angeles", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata",
                                        "America/Sao_Paulo", "Antarctica/Troll", "Etc/GMT+5"};
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        for (time_t t = 631152000; t < 3155760000; t += 3600 * 7 - 1) {
            struct tm tm;
            struct sw_civil c;
            localtime_r(&t, &tm);
            assert_true(sw_zone_local(zones[z], (int64_t)t * 1000, &c));
            if (c.offset != tm.tm_gmtoff || c.hour != tm.tm_hour || c.day != tm.tm_mday || c.month != tm.tm_mon + 1 ||
                c.year != tm.tm_year + 1900 || c.weekday != tm.tm_wday || strcmp(c.abbr, tm.tm_zone) != 0)
                fail_msg("%s at %lld: %d %s", zones[z], (long long)t, c.offset, c.abbr);
            int64_t back;
            assert_true(sw_zone_utc(zones[z], &c, &back));
            struct sw_civil again;
            sw_zone_local(zones[z], back, &again);
            assert_int_equal(again.hour * 3600 + again.minute * 60 + again.second, c.hour * 3600 + c.minute * 60 + c.second);
        }
    }
    unsetenv("TZ");
    tzset();
}

static void test_summer_time_edges(void **state)
{
    (void)state;
    struct sw_civil c = {.year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30}, out;
    int64_t t;
    assert_true(sw_zone_utc("America/Los_Angeles", &c, &t)); /* skipped: an hour on */
    sw_zone_local("America/Los_Angeles", t, &out);
    assert_int_equal(out.hour, 3);
    assert_int_equal(out.minute, 30);
    c = (struct sw_civil){.year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30};
    assert_true(sw_zone_utc("America/Los_Angeles", &c, &t)); /* twice: the first */
    sw_zone_local("America/Los_Angeles", t, &out);
    assert_string_equal(out.abbr, "PDT");
    assert_int_equal(out.hour, 1);
    c = (struct sw_civil){.year = 2060, .month = 7, .day = 4, .hour = 12}; /* beyond the table: the rule */
    assert_true(sw_zone_utc("America/Los_Angeles", &c, &t));
    sw_zone_local("America/Los_Angeles", t, &out);
    assert_int_equal(out.offset, -7 * 3600);
}

static void check_format(struct sw_arena *a, enum sw_format f, int64_t v, int64_t now, const char *want)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 64, 256);
    sw_format_int(&b, f, v, now);
    assert_string_equal(sw_cstr(a, sw_buf_str(&b)), want);
}

static void test_formats(void **state)
{
    struct sw_arena *a = *state;
    use_locale("en", "US", "USD");
    check_format(a, SW_FMT_DATE, MOMENT, 0, "November 19, 2026");
    check_format(a, SW_FMT_DAY, MOMENT, 0, "Thu, Nov 19");
    check_format(a, SW_FMT_DAY, MOMENT, MOMENT - 366 * SW_DAY, "Thu, Nov 19, 2026");
    check_format(a, SW_FMT_TIME, MOMENT, 0, "10:42 AM");
    check_format(a, SW_FMT_TIME, MOMENT + 2 * SW_HOUR, 0, "12:42 PM");
    check_format(a, SW_FMT_TIME, MOMENT + 14 * SW_HOUR, 0, "12:42 AM");
    check_format(a, SW_FMT_DATETIME, MOMENT, 0, "Thu, Nov 19, 10:42 AM");
    check_format(a, SW_FMT_DATETIME, MOMENT, MOMENT + SW_HOUR, "today, 10:42 AM");
    check_format(a, SW_FMT_DATETIME, MOMENT, MOMENT + SW_DAY, "Thu, Nov 19, 10:42 AM");
    check_format(a, SW_FMT_ISO, MOMENT, 0, "2026-11-19T18:42:00Z");
    check_format(a, SW_FMT_DURATION, 114 * SW_MINUTE, 0, "1 h 54 min");
    check_format(a, SW_FMT_DURATION, 59 * SW_SECOND, 0, "0 min");
    check_format(a, SW_FMT_DURATION, 2 * SW_HOUR, 0, "2 h");
    check_format(a, SW_FMT_HOURS, 1900, 0, "1.90");
    check_format(a, SW_FMT_HOURS, 1905, 0, "1.905");
    check_format(a, SW_FMT_HOURS, 0, 0, "0.00");
    check_format(a, SW_FMT_QTY, 2000, 0, "2");
    check_format(a, SW_FMT_QTY, 1500, 0, "1.5");
    check_format(a, SW_FMT_MONEY, 152646, 0, "$1,526.46");
    check_format(a, SW_FMT_MONEY, 7, 0, "$0.07");
    check_format(a, SW_FMT_MONEY, -123456789, 0, "-$1,234,567.89");
    check_format(a, SW_FMT_MONEY, INT64_MIN, 0, "-$92,233,720,368,547,758.08");
    check_format(a, SW_FMT_PLAIN, 152646, 0, "1526.46");
    check_format(a, SW_FMT_PLAIN_QTY, 1500, 0, "1.5");
    check_format(a, SW_FMT_DEFAULT, 2016, 0, "2016");
    check_format(a, SW_FMT_SIZE, 2400000, 0, "2.4 MB");
    check_format(a, SW_FMT_SIZE, 640000, 0, "640 KB");
    check_format(a, SW_FMT_SIZE, 999, 0, "999 B");
    check_format(a, SW_FMT_SIZE, INT64_MAX, 0, "9223372 TB");
    check_format(a, SW_FMT_PHONE, INT64_C(13105550142), 0, "(310) 555-0142");
    use_locale("es", "US", "USD");
    check_format(a, SW_FMT_DATE, MOMENT, 0, "19 de noviembre de 2026");
    check_format(a, SW_FMT_DAY, MOMENT, 0, "jue, 19 nov");
    check_format(a, SW_FMT_DATETIME, MOMENT, MOMENT, "hoy, 10:42 a.m.");
    check_format(a, SW_FMT_MONEY, 152646, 0, "$1,526.46");
    use_locale("en", "CA", "USD");
    check_format(a, SW_FMT_MONEY, 100, 0, "US$1.00");
    use_locale("en", "US", "CHF");
    check_format(a, SW_FMT_MONEY, 100, 0, "CHF\xC2\xA0"
                                          "1.00");
    use_locale("en", "US", "USD");
}

static void test_phone(void **state)
{
    struct sw_arena *a = *state;
    static const char *const good[][2] = {{"(310) 555-0142", "+13105550142"}, {"310.555.0142", "+13105550142"},
                                          {" 1 310 555 0142 ", "+13105550142"}, {"+1 (310) 555-0142", "+13105550142"},
                                          {"+34 600 123 456", "+34600123456"}, {"011 34 600 123 456", "+34600123456"}};
    use_locale("en", "US", "USD");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct sw_str s;
        assert_int_equal(sw_phone_parse(a, sw_str_of(good[i][0]), &s), SW_OK);
        assert_string_equal(s.p, good[i][1]);
    }
    static const char *const bad[] = {"", "555-0142", "(110) 555-0142", "(310) 155-0142", "310 555 014x", "+0 310 555 0142", "+123",
                                      "+1234567890123456", "12345678901234567890", "310 555 0142 ext 5", "+1 310 555 014"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sw_str s;
        assert_int_equal(sw_phone_parse(a, sw_str_of(bad[i]), &s), SW_EINVALID);
    }
    struct sw_buf b;
    sw_buf_init(&b, a, 0, 100);
    sw_format_phone(&b, SW_STR("+34600123456"));
    assert_true(sw_str_is(sw_buf_str(&b), "+34600123456"));
}

static void test_log_is_one_line(void **state)
{
    (void)state;
    int fds[2], old = dup(STDERR_FILENO);
    char line[4096];
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    sw_log_context(SW_STR("r\n1"), 3);
    sw_log("test.line", "id=%d what=%s", 5, "a\nb");
    sw_log_context(sw_str_of(NULL), 0);
    dup2(old, STDERR_FILENO);
    close(fds[1]);
    ssize_t n = read(fds[0], line, sizeof line - 1);
    close(fds[0]);
    close(old);
    assert_true(n > 0);
    line[n] = '\0';
    assert_non_null(strstr(line, " event=test.line request=r_1 shop=3 id=5 what=a b\n"));
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_text_is_checked),
        cmocka_unit_test(test_fail_fills_and_cuts_on_a_character),
        cmocka_unit_test_setup_teardown(test_arena, arena_setup, arena_teardown),
        cmocka_unit_test(test_arena_aborts_beyond_its_cap),
        cmocka_unit_test_setup_teardown(test_buf, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_two_bufs_grow_side_by_side, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_lists_grow, arena_setup, arena_teardown),
        cmocka_unit_test(test_money),
        cmocka_unit_test(test_money_parse),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_zone_agrees_with_libc),
        cmocka_unit_test(test_summer_time_edges),
        cmocka_unit_test_setup_teardown(test_formats, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_phone, arena_setup, arena_teardown),
        cmocka_unit_test(test_log_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
