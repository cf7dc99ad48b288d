/* Forms and CSV: what browsers send, what a person is told. */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct sw_arena *arena;
static struct sw_err list[20];
static struct sw_errors errs;
static bool seen[64];
static struct sample out;

static int setup(void **state)
{
    (void)state;
    struct sw_locale l = {"en", "US", "USD", "America/Los_Angeles"};
    sw_locale_set(&l);
    arena = sw_arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sw_arena_free(arena);
    return 0;
}

static int decode(const char *body)
{
    struct sw_pair *pairs;
    struct sw_err err;
    size_t n;
    errs = (struct sw_errors){list, 0, sizeof list / sizeof list[0]};
    memset(&out, 0xAA, sizeof out);
    assert_int_equal(sw_form_split(arena, sw_str_of(body), &pairs, &n, 100, &err), SW_OK);
    return sw_form_decode(arena, &sample_record, pairs, n, &out, seen, &errs);
}

static const char *message(const char *field)
{
    for (size_t i = 0; i < errs.n; i++)
        if (strcmp(errs.v[i].field, field) == 0)
            return errs.v[i].message;
    return "";
}

static void test_split(void **state)
{
    (void)state;
    struct sw_pair *p;
    struct sw_err err;
    size_t n;
    assert_int_equal(sw_form_split(arena, SW_STR("a=1+2&b=%C3%a9%3D&c&&=x"), &p, &n, 10, &err), SW_OK);
    assert_int_equal(n, 4);
    assert_true(sw_str_is(p[0].value, "1 2"));
    assert_true(sw_str_is(p[1].value, "\xC3\xA9="));
    assert_true(sw_str_is(p[2].name, "c"));
    assert_int_equal(p[2].value.n, 0);
    assert_true(sw_str_is(p[3].value, "x"));
    assert_int_equal(sw_form_split(arena, SW_STR(""), &p, &n, 10, &err), SW_OK);
    assert_int_equal(n, 0);
    static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "%4=x", "a=%4g"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(sw_form_split(arena, sw_str_of(bad[i]), &p, &n, 10, &err), SW_EMALFORMED);
    assert_int_equal(sw_form_split(arena, SW_STR("a&a&a&a"), &p, &n, 3, &err), SW_ETOOLARGE);
    assert_string_equal(err.message, "The form has more than 3 fields.");
}

static void test_fields(void **state)
{
    (void)state;
    assert_int_equal(decode("csrf=x&nonce=y&last=+Marquez%0D%0A+&email=ANA@Mail.test&phone=(310)+555-0142&plate=7abc+123&company=0&company=on"
                            "&year=2016&total=1,526.46&delta=-3&hours=1.5&opened=2026-11-19T10:42&span=1:30&state=completed&reach=text&reach=mail"
                            "&note=a%0D%0Ab&customer=12&password=+p+&words=x&words=&words=y&lines.0.text=A&lines.0.price=.50&lines.2.text=C"
                            "&place.street=1st&place.next.street=2nd&strokes=YWJj"),
                     SW_OK);
    assert_true(sw_str_is(out.last, "Marquez"));
    assert_true(sw_str_is(out.email, "ana@mail.test"));
    assert_true(sw_str_is(out.phone, "+13105550142"));
    assert_true(sw_str_is(out.plate, "7ABC123"));
    assert_true(out.company);
    assert_int_equal(out.year, 2016);
    assert_int_equal(out.total, 152646);
    assert_int_equal(out.delta, -300);
    assert_int_equal(out.hours, 1500);
    assert_int_equal(out.opened, INT64_C(1795113720000));
    assert_int_equal(out.span, 90 * SW_MINUTE);
    assert_int_equal(out.state, 5);
    assert_int_equal(out.reach, 9);
    assert_true(sw_str_is(out.note, "a\nb"));
    assert_int_equal(out.customer, 12);
    assert_true(sw_str_is(out.password, " p "));
    assert_int_equal(out.words.n, 2);
    assert_int_equal(out.lines.n, 2); /* the hole closed */
    assert_int_equal(out.lines.v[0].price, 50);
    assert_true(sw_str_is(out.lines.v[1].text, "C"));
    assert_true(sw_str_is(out.place->next->street, "2nd"));
    assert_true(sw_str_is(out.strokes, "abc"));
    assert_true(seen[1]);
    assert_true(seen[19]);
    assert_false(seen[6]);
}

static void test_messages(void **state)
{
    (void)state;
    assert_int_equal(decode("last=++&email=ana@&phone=555-0142&year=2016.5&total=12,34&hours=x&opened=tomorrow&span=1:75&state=gone&reach=fax"
                            "&customer=me&company=maybe&note=%01&strokes=*&lines.0.price=1&delta=99999999999999"),
                     SW_EINVALID);
    assert_string_equal(message("last"), "Last name or company is missing.");
    assert_string_equal(message("email"), "E-mail is not an e-mail address. Example: name@mail.test");
    assert_string_equal(message("phone"), "Phone is not a phone number. Example: (310) 555-0142");
    assert_string_equal(message("year"), "Year is not a whole number. Example: 12");
    assert_string_equal(message("total"), "Total is not an amount. Example: 1526.46");
    assert_string_equal(message("hours"), "Hours is not a number. Example: 1.5");
    assert_string_equal(message("opened"), "Opened is not a date and time. Example: 2026-11-19T10:42");
    assert_string_equal(message("span"), "Span is not a time span. Example: 1:30");
    assert_string_equal(message("state"), "State must be one of the choices.");
    assert_string_equal(message("reach"), "Reach by must be one of the choices.");
    assert_string_equal(message("customer"), "customer must be chosen from the list.");
    assert_string_equal(message("company"), "Company must be on or off.");
    assert_string_equal(message("note"), "Note holds characters that are not text.");
    assert_string_equal(message("strokes"), "Signature is not base64.");
    assert_string_equal(message("lines.0.text"), "Text is missing.");
    assert_string_equal(message("delta"), "Difference is not an amount. Example: 1526.46");
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"last=M&owner=1", "owner"},           {"last=M&last=N", "last"},
        {"last=M&lines.5.text=x", "lines"},    {"last=M&lines.x.text=x", "lines.x.text"},
        {"last=M&lines.0=x", "lines.0"},       {"last=M&lines=x", "lines"},
        {"last=M&place=x", "place"},           {"last=M&place.city=x", "place.city"},
        {"last=M&last.x=1", "last.x"},         {"last=M&words=a&words=b&words=c&words=d", "words"},
        {"last=M&lines.0000000001.text=x", "lines.0000000001.text"},
        {"last=M&place.next.next.next.next.next.next.next.next.street=x", "place.next.next.next.next.next.next.nex"},
        {"last=M&company=on&total=.13", "total"},
        {"last=M&opened=2026-02-30", "opened"}, {"last=M&total=-1", "total"}, {"last=M&email=a%0Ab@c.de", "email"},
        {"last=M&email=.a@c.de", "email"}, {"last=M&email=a@b@c.de", "email"}, {"last=M&email=a@c-.de", "email"}, {"last=M&email=a@c", "email"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool found = false;
        int rc = decode(bad[i][0]);
        for (size_t k = 0; k < errs.n; k++)
            found = found || strncmp(errs.v[k].field, bad[i][1], strlen(bad[i][1])) == 0;
        if (rc != SW_EINVALID || !found)
            fail_msg("number %zu: code %d, field %s: %s", i, rc, errs.n > 0 ? errs.v[0].field : "", errs.n > 0 ? errs.v[0].message : "");
    }
}

static void test_plain_values_come_back(void **state)
{
    (void)state;
    struct sample s = {.last = SW_STR("M"), .total = 152646, .hours = 1500, .opened = INT64_C(1795113720000), .span = 90 * SW_MINUTE,
                       .state = 5, .reach = 9, .phone = SW_STR("+13105550142"), .year = 2016, .delta = -5};
    static const char *const want[][2] = {{"total", "1526.46"}, {"hours", "1.5"}, {"opened", "2026-11-19T10:42"}, {"span", "1:30"},
                                          {"state", "completed"}, {"reach", "text mail"}, {"phone", "(310) 555-0142"}, {"year", "2016"},
                                          {"delta", "-0.05"}, {"customer", ""}, {"lines", ""}, {"company", ""}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct sw_buf b;
        sw_buf_init(&b, arena, 0, 1000);
        sw_field_plain(&b, sw_field_find(&sample_record, sw_str_of(want[i][0])), &s);
        assert_string_equal(sw_cstr(arena, sw_buf_str(&b)), want[i][1]);
    }
}

static void test_csv(void **state)
{
    (void)state;
    struct sample s = {.head = {.id = 3}, .customer = 1, .last = SW_STR("=HYPERLINK(\"x\")"), .note = SW_STR("a,b\nc"), .total = 5, .delta = -100};
    struct sw_buf b;
    sw_buf_init(&b, arena, 0, 10000);
    sw_csv_header(&b, &sample_record, (struct sw_reader){true, false});
    sw_csv_row(&b, &sample_record, &s, (struct sw_reader){true, false});
    assert_string_equal(sw_cstr(arena, sw_buf_str(&b)), "id,customer,last\r\n3,1,\"'=HYPERLINK(\"\"x\"\")\"\r\n");
    sw_buf_init(&b, arena, 0, 10000);
    sw_csv_row(&b, &sample_record, &s, (struct sw_reader){false, true});
    const char *row = sw_cstr(arena, sw_buf_str(&b));
    assert_non_null(strstr(row, ",\"a,b\nc\","));
    assert_non_null(strstr(row, ",-1.00,")); /* a number below zero stays one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),    cmocka_unit_test(test_fields),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_plain_values_come_back), cmocka_unit_test(test_csv),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
