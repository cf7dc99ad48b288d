/* Tables that are wrong are refused with their name; the stored check names each crossed limit. */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct thing {
    struct sw_head head;
    struct sw_str name;
    int64_t size;
    uint64_t parent;
    int32_t state;
};
enum { FIELDS = 4 };

static struct sw_field fields[FIELDS];
static struct sw_record record;

static void fresh(void)
{
    const struct sw_field good[FIELDS] = {
        SW_F_TEXT(struct thing, name, 1),
        SW_F_INT(struct thing, size, 2),
        SW_F_REF(struct thing, parent, 3, "test.parent"),
        SW_F_ENUM(struct thing, state, 4, &sample_states),
    };
    memcpy(fields, good, sizeof good);
    record = (struct sw_record){SW_RECORD(struct thing, "test.thing", fields), .owner = SW_OWNER_PARENT, .owner_field = "parent"};
}

static void refused(const char *what)
{
    struct sw_err err = {.message = ""};
    assert_int_equal(sw_record_validate(&record, &err), SW_EINVALID);
    if (strstr(err.message, what) == NULL)
        fail_msg("“%s” does not say “%s”", err.message, what);
    fresh();
}

static void test_good(void **state)
{
    (void)state;
    struct sw_err err = {.message = ""};
    fresh();
    assert_int_equal(sw_record_validate(&record, &err), SW_OK);
    if (sw_record_validate(&sample_record, &err) != SW_OK)
        fail_msg("%s", err.message);
    assert_int_equal(sw_record_lead(&sample_record), SW_LEAD_HEAD);
    assert_int_equal(sw_record_lead(sw_field_find(&sample_record, SW_STR("lines"))->sub), SW_LEAD_REST);
    assert_null(sw_field_find(&sample_record, SW_STR("line")));
    assert_null(sw_field_find(&sample_record, SW_STR("")));
    assert_null(sw_field_find(&sample_record, SW_STR("liness")));
    assert_null(sw_field_find(&sample_record, SW_STR("lines\0\0.text")));
}

static void test_wrong_tables(void **state)
{
    (void)state;
    static const struct sw_index unknown_field[] = {{.name = "x", .fields = {"color"}}, {.name = NULL}};
    static const struct sw_index no_field[] = {{.name = "x"}, {.name = NULL}};
    static const struct sw_index twice[] = {{.name = "x", .fields = {"name"}}, {.name = "x", .fields = {"size"}}, {.name = NULL}};
    const struct sw_enum empty = {"empty", (const struct sw_word[]){{0, NULL, NULL, NULL, NULL}}};
    const struct sw_enum same = {"same", (const struct sw_word[]){{1, "a", "A", NULL, NULL}, {1, "b", "B", NULL, NULL}, {0, NULL, NULL, NULL, NULL}}};
    fresh();
    record.struct_size = 8, refused("another version of the header");
    record.name = "Test.Thing", refused("lower-case");
    fields[1].tag = 1, refused("test.thing is wrong at the field size: another field has its tag");
    fields[1].tag = 0, refused("1 to 999");
    fields[1].tag = 1000, refused("1 to 999");
    fields[1].name = "name", refused("another field has its name");
    fields[1].name = "Size", refused("lower-case letter");
    fields[1].kind = 99, refused("kind is unknown");
    fields[1].offset = sizeof(struct thing) - 4, refused("outside of the struct");
    fields[1].audience = 9, refused("audience is unknown");
    fields[1].hi = 1, fields[1].lo = 2, refused("above its highest");
    fields[2].refers = NULL, refused("refers to");
    fields[3].words = NULL, refused("no words");
    fields[3].words = &empty, refused("no words");
    fields[3].words = &same, refused("are the same");
    fields[1].kind = SW_KIND_LIST, refused("no record of its own");
    record.owner_field = "size", refused("must name a reference");
    record.owner_field = NULL, refused("must name a reference");
    record.owner = SW_OWNER_ANY_PARENT, record.owner_field = "name", refused("owner_id_field");
    record.owner = 77, refused("owner rule is unknown");
    record.version = 2, refused("needs an upgrade");
    record.indexes = unknown_field, refused("not there");
    record.indexes = no_field, refused("one to four");
    record.indexes = twice, refused("one name");
    record.size = 0, refused("no struct");
    record.audience = 5, refused("audience is unknown");
}

static void test_stored_check(void **state)
{
    (void)state;
    struct sw_err list[8];
    struct sw_errors errs = {list, 0, 8};
    struct sample_line lines[6] = {{.text = SW_STR("x")}, {.text = SW_STR("x")}, {.price = -1}};
    struct sample s = {.last = SW_STR("M"), .year = 2016};
    assert_int_equal(sw_record_check(&sample_record, &s, &errs), 0);
    s.lines.v = lines;
    s.lines.n = 3;
    assert_int_equal(sw_record_check(&sample_record, &s, &errs), 2);
    assert_string_equal(errs.v[0].field, "lines.2.text");
    assert_string_equal(errs.v[1].field, "lines.2.price");
    errs.n = 0;
    s.lines.n = 6;
    assert_int_equal(sw_record_check(&sample_record, &s, &errs), 1);
    assert_string_equal(errs.v[0].message, "Lines has more than 5 entries.");
    errs.n = 0;
    s = (struct sample){.state = 3, .reach = 2, .phone = SW_STR("310"), .total = INT64_C(1000000000001)};
    assert_int_equal(sw_record_check(&sample_record, &s, &errs), 5);
    assert_string_equal(errs.v[0].message, "Last name or company is missing.");
    errs.n = 0;
    s = (struct sample){.last = SW_STR("M"), .company = true, .total = 13};
    assert_int_equal(sw_record_check(&sample_record, &s, &errs), 1);
    assert_string_equal(errs.v[0].field, "total");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_wrong_tables),
        cmocka_unit_test(test_stored_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
