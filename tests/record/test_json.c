/* JSON: what comes out for whom, what goes in, what is refused. */
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
    arena = sw_arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sw_arena_free(arena);
    return 0;
}

static int decode(struct sw_str json)
{
    errs = (struct sw_errors){list, 0, sizeof list / sizeof list[0]};
    memset(&out, 0xAA, sizeof out);
    return sw_json_decode(arena, &sample_record, json, &out, seen, &errs);
}

static const char *encode(const struct sw_record *d, const void *rec, struct sw_reader who)
{
    struct sw_buf b;
    sw_buf_init(&b, arena, 100, 100000);
    sw_json_encode(&b, d, rec, who);
    assert_false(b.full);
    return sw_cstr(arena, sw_buf_str(&b));
}

static const char *message(const char *field)
{
    for (size_t i = 0; i < errs.n; i++)
        if (strcmp(errs.v[i].field, field) == 0)
            return errs.v[i].message;
    return "";
}

static void test_encode(void **state)
{
    (void)state;
    struct sample_line line = {.text = SW_STR("</script>\"\\\n\x01 \xC3\xA9 \xFF"), .quantity = 1500, .price = -7};
    struct sample_place place = {.street = SW_STR("1st")};
    struct sample s = {.head = {.id = 4, .version = 2}, .customer = 12,       .last = SW_STR("M"),      .secret = SW_STR("hidden"),
                       .password = SW_STR("hidden"),    .opened = INT64_C(1795113720123), .state = 1,   .reach = 9,
                       .strokes = SW_STR("abc\xFF"),    .lines = {&line, 1}, .place = &place};
    const char *json = encode(&sample_record, &s, (struct sw_reader){false, true});
    assert_string_equal(json, "{\"id\":4,\"version\":2,\"customer\":12,\"last\":\"M\",\"email\":\"\",\"phone\":\"\",\"plate\":\"\",\"note\":\"\","
                              "\"strokes\":\"YWJj\\/w==\",\"company\":false,\"year\":0,\"total\":0,\"hours\":0,"
                              "\"opened\":\"2026-11-19T18:42:00.123Z\",\"span\":0,\"delta\":0,\"state\":\"in_progress\","
                              "\"reach\":[\"text\",\"mail\"],\"place\":{\"street\":\"1st\",\"next\":null},"
                              "\"lines\":[{\"text\":\"\\u003c\\/script>\\\"\\\\\\n\\u0001 \xC3\xA9 \\ufffd\",\"quantity\":1500,"
                              "\"price\":-7,\"taxed\":false}],\"words\":[]}");
}

static void test_customers_see_less(void **state)
{
    (void)state;
    struct sample_line line = {.text = SW_STR("Pads"), .price = 5};
    struct sample s = {.customer = 1, .last = SW_STR("M"), .total = 3, .lines = {&line, 1}};
    assert_string_equal(encode(&sample_record, &s, (struct sw_reader){true, false}),
                        "{\"customer\":1,\"last\":\"M\",\"lines\":[{\"text\":\"Pads\",\"quantity\":0}]}");
    assert_string_equal(encode(&sample_record, &s, (struct sw_reader){true, true}),
                        "{\"customer\":1,\"last\":\"M\",\"total\":3,\"lines\":[{\"text\":\"Pads\",\"quantity\":0,\"price\":5}]}");
}

static void test_decode(void **state)
{
    (void)state;
    assert_int_equal(decode(SW_STR("{\"last\":\" Marquez \",\"email\":\"ANA@Mail.Test\",\"phone\":\"310 555 0142\",\"plate\":\"7abc 123\","
                                   "\"company\":true,\"year\":2016,\"total\":152646,\"delta\":-5,\"customer\":7,\"opened\":\"2026-11-19T18:42:00Z\","
                                   "\"state\":\"completed\",\"reach\":[\"mail\"],\"strokes\":\"YWJj\",\"note\":\"a\\r\\nb\",\"place\":{\"street\":\"1st\"},"
                                   "\"lines\":[{\"text\":\"A\",\"price\":1},{\"text\":\"B\",\"taxed\":true}],\"words\":[\"x\",\"y\"]}")),
                     SW_OK);
    assert_true(sw_str_is(out.last, "Marquez"));
    assert_true(sw_str_is(out.email, "ana@mail.test"));
    assert_true(sw_str_is(out.phone, "+13105550142"));
    assert_true(sw_str_is(out.plate, "7ABC123"));
    assert_true(sw_str_is(out.note, "a\nb"));
    assert_true(sw_str_is(out.strokes, "abc"));
    assert_int_equal(out.total, 152646);
    assert_int_equal(out.delta, -5);
    assert_int_equal(out.customer, 7);
    assert_int_equal(out.opened, INT64_C(1795113720000));
    assert_int_equal(out.state, 5);
    assert_int_equal(out.reach, 8);
    assert_int_equal(out.lines.n, 2);
    assert_true(out.lines.v[1].taxed);
    assert_int_equal(out.lines.v[0].price, 1);
    assert_int_equal(out.words.n, 2);
    assert_true(sw_str_is(out.place->street, "1st"));
    assert_true(seen[1]);
    assert_false(seen[6]);
    assert_int_equal(out.span, 0);
}

static void test_null_is_the_default(void **state)
{
    (void)state;
    assert_int_equal(decode(SW_STR("{\"last\":\"M\",\"customer\":null,\"opened\":null,\"place\":null,\"lines\":null,\"state\":null}")), SW_OK);
    assert_int_equal(out.lines.n, 0);
    assert_true(seen[0]);
}

static void test_what_was_written_is_read(void **state)
{
    (void)state;
    struct sample_line line = {.text = SW_STR("\xC3\xA9</"), .quantity = 1};
    struct sample s = {.customer = 12, .last = SW_STR("M"), .year = 1999, .opened = INT64_C(1795113720123), .lines = {&line, 1}};
    assert_int_equal(decode(sw_str_of(encode(&sample_record, &s, (struct sw_reader){false, true}))), SW_OK);
    assert_int_equal(out.opened, s.opened);
    assert_true(sw_str_eq(out.lines.v[0].text, line.text));
}

static void test_field_messages(void **state)
{
    (void)state;
    assert_int_equal(decode(SW_STR("{\"email\":\"no\",\"phone\":\"12\",\"year\":1800,\"total\":-1,\"state\":\"gone\",\"hours\":1.5,"
                                   "\"opened\":\"2026-11-19T18:42\",\"company\":\"yes\",\"plate\":5,\"lines\":[{\"text\":\"ok\"},{\"price\":-1}]}")),
                     SW_EINVALID);
    assert_string_equal(message("last"), "Last name or company is missing.");
    assert_string_equal(message("email"), "E-mail is not an e-mail address. Example: name@mail.test");
    assert_string_equal(message("phone"), "Phone is not a phone number. Example: (310) 555-0142");
    assert_string_equal(message("year"), "Year must be from 1900 to 2100.");
    assert_string_equal(message("total"), "Total can't be below zero.");
    assert_string_equal(message("state"), "State must be one of the choices.");
    assert_string_equal(message("hours"), "Hours must be a whole number, without fraction or exponent.");
    assert_string_equal(message("opened"), "Opened is not a date and time. Example: 2026-11-19T10:42");
    assert_string_equal(message("company"), "Company can't be a text.");
    assert_string_equal(message("plate"), "Plate can't be a number.");
    assert_string_equal(message("lines.1.text"), "Text is missing.");
    assert_string_equal(message("lines.1.price"), "Price can't be below zero.");
    assert_int_equal(decode(SW_STR("{\"last\":\"12345678901234567890123456789012345678901\"}")), SW_EINVALID);
    assert_string_equal(message("last"), "Last name or company is longer than 40 characters.");
    assert_int_equal(decode(SW_STR("{\"last\":\"M\",\"company\":true,\"total\":13}")), SW_EINVALID);
    assert_string_equal(message("total"), "A company never owes 13.");
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        struct sw_str json;
        int code;
        const char *field;
    } bad[] = {
        {SW_STR(""), SW_EMALFORMED, ""},
        {SW_STR("{"), SW_EMALFORMED, ""},
        {SW_STR("[]"), SW_EMALFORMED, ""},
        {SW_STR("5"), SW_EMALFORMED, ""},
        {SW_STR("null"), SW_EMALFORMED, ""},
        {SW_STR("{} {}"), SW_EMALFORMED, ""},
        {SW_STR("{\"last\":\"M\",}"), SW_EMALFORMED, ""},
        {SW_STR("{\"last\":\"\xFF\"}"), SW_EMALFORMED, ""},
        {SW_STR("{\"last\":\"M\",\"last\":\"N\"}"), SW_EINVALID, "last"},
        {SW_STR("{\"last\":\"a\\u0000b\"}"), SW_EINVALID, "last"},
        {SW_STR("{\"last\":\"a\\u0001b\"}"), SW_EINVALID, "last"},
        {SW_STR("{\"owner\":1}"), SW_EINVALID, "owner"},
        {SW_STR("{\"la\\u0000st\":1}"), SW_EINVALID, "la?st"},
        {SW_STR("{\"<b>\":1}"), SW_EINVALID, "?b>"},
        {SW_STR("{\"place\":{\"city\":1}}"), SW_EINVALID, "place.city"},
        {SW_STR("{\"total\":1e3}"), SW_EINVALID, "total"},
        {SW_STR("{\"total\":99999999999999999999}"), SW_EINVALID, "total"},
        {SW_STR("{\"customer\":-1}"), SW_EINVALID, "customer"},
        {SW_STR("{\"last\":{}}"), SW_EINVALID, "last"},
        {SW_STR("{\"last\":[\"M\"]}"), SW_EINVALID, "last"},
        {SW_STR("{\"lines\":[[]]}"), SW_EINVALID, "lines"},
        {SW_STR("{\"lines\":[null]}"), SW_EINVALID, "lines"},
        {SW_STR("{\"lines\":[{},{},{},{},{},{}]}"), SW_EINVALID, "lines"},
        {SW_STR("{\"words\":[\"a\",\"b\",\"c\",\"d\"]}"), SW_EINVALID, "words"},
        {SW_STR("{\"reach\":\"mail\"}"), SW_EINVALID, "reach"},
        {SW_STR("{\"strokes\":\"*\"}"), SW_EINVALID, "strokes"},
        {SW_STR("{\"place\":{\"next\":{\"next\":{\"next\":{\"next\":{\"next\":{\"next\":{\"next\":{\"next\":{}}}}}}}}}}"), SW_EMALFORMED, ""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int rc = decode(bad[i].json);
        if (rc != bad[i].code || errs.n == 0 || message(bad[i].field)[0] == '\0')
            fail_msg("number %zu: code %d, field %s: %s", i, rc, errs.n > 0 ? errs.v[0].field : "", errs.n > 0 ? errs.v[0].message : "");
    }
}

static void test_errors_have_a_maximum(void **state)
{
    (void)state;
    struct sw_err one[1];
    struct sw_errors few = {one, 0, 1};
    assert_int_equal(sw_json_decode(arena, &sample_record, SW_STR("{\"total\":-1,\"year\":1}"), &out, NULL, &few), SW_EINVALID);
    assert_int_equal(few.n, 1);
}

static void test_schema_is_json(void **state)
{
    (void)state;
    struct sw_buf b;
    sw_buf_init(&b, arena, 0, 100000);
    sw_json_schema(&b, &sample_record, true);
    const char *form = sw_cstr(arena, sw_buf_str(&b));
    assert_non_null(strstr(form, "\"password\":{\"title\":\"Password\",\"type\":\"string\",\"maxLength\":250,\"format\":\"password\""));
    assert_non_null(strstr(form, "\"required\":[\"last\"],\"additionalProperties\":false}"));
    assert_non_null(strstr(form, "\"minimum\":1900,\"maximum\":2100"));
    sw_buf_init(&b, arena, 0, 100000);
    sw_json_schema(&b, &sample_record, false);
    const char *back = sw_cstr(arena, sw_buf_str(&b));
    assert_null(strstr(back, "password"));
    assert_null(strstr(back, "secret"));
    assert_non_null(strstr(back, "\"id\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_customers_see_less),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_null_is_the_default),
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_field_messages),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_errors_have_a_maximum),
        cmocka_unit_test(test_schema_is_json),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
