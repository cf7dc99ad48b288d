/* What customers and units are called and found by, and the VIN's check digit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../records.h"

static struct sw_arena *arena;

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

#define S(text) sw_str_of(text)
#define assert_str(a, text) assert_true(sw_str_is((a), (text)))

static void test_names(void **state)
{
    struct customer c = {.first = S("Elena"), .last = S("Marquez")}, inc = {.last = S("Northgate Inc")};
    struct unit u = {.year = 2016, .make = S("Subaru"), .model = S("Outback"), .submodel = S("2.5i")};
    struct unit trailer = {.unit_number = S("R-17"), .plate = S("4NR7719")}, plate = {.plate = S("4NR7719")}, none = {.year = 0};
    (void)state;
    assert_str(customers_name(arena, &c), "Elena Marquez");
    assert_str(customers_name(arena, &inc), "Northgate Inc");
    assert_str(customers_unit_name(arena, &u), "2016 Subaru Outback 2.5i");
    assert_str(customers_unit_name(arena, &trailer), "Unit R-17");
    assert_str(customers_unit_name(arena, &plate), "4NR7719");
    assert_str(customers_unit_name(arena, &none), "Unit");
}

static void test_fold(void **state)
{
    (void)state;
    assert_str(customers_fold(arena, S("MÁRQUEZ Ñandú Łódź Çelik ş ž Ÿ")), "marquez nandu lodz celik s z y");
    assert_str(customers_fold(arena, S("Æ 車 ß")), "Æ 車 ß"); /* no one plain letter: as it is */
    assert_str(customers_fold(arena, S("cut\xC3")), "cut\xC3"); /* a torn character is not read beyond */
    assert_str(customers_fold(arena, (struct sw_str){NULL, 0}), "");
}

struct keys {
    char text[400];
};
static void note(void *sink, struct sw_str key)
{
    struct keys *k = sink;
    strncat(k->text, "|", sizeof k->text - strlen(k->text) - 1);
    strncat(k->text, sw_cstr(arena, key), sizeof k->text - strlen(k->text) - 1);
}

static void test_words(void **state)
{
    struct customer c = {.first = S("Ana-Sofía"), .last = S("de la Cruz"), .phone = S("+13105550187"), .email = S("Ana@mail.test")};
    struct unit u = {.plate = S("7KRD 482"), .vin = S("4S4BSANC5G3204418"), .unit_number = S("R-17")};
    struct keys k = {""};
    (void)state;
    customers_customer_words(&c, arena, note, &k);
    assert_string_equal(k.text, "|de|la|cruz|ana|sofia|13105550187|3105550187|5550187|0187|ana@mail.test");
    c.merged_into = 5;
    k.text[0] = '\0';
    customers_customer_words(&c, arena, note, &k);
    assert_string_equal(k.text, "");
    customers_unit_words(&u, arena, note, &k);
    assert_string_equal(k.text, "|7krd482|4s4bsanc5g3204418|204418|r17");
}

static void test_vin(void **state)
{
    struct sw_err err;
    (void)state;
    assert_null(customers_vin_warning(S("1M8GDM9AXKP042788"))); /* check digit X */
    assert_null(customers_vin_warning(S("11111111111111111")));
    assert_non_null(customers_vin_warning(S("1M8GDM9A0KP042788")));
    assert_non_null(customers_vin_warning(S("1M8GDM9AXKP04278O"))); /* the letter O */
    assert_null(customers_vin_warning(S("")));
    assert_int_equal(customers_vin_check(S(""), false, &err), SW_OK);
    assert_int_equal(customers_vin_check(S("TRL-1"), true, &err), SW_OK);
    assert_int_equal(customers_vin_check(S("1M8GDM9A0KP042788"), false, &err), SW_OK);
    assert_int_equal(customers_vin_check(S("1M8GDM9AXKP04278"), false, &err), SW_EINVALID);
    assert_string_equal(err.field, "vin");
    assert_non_null(strstr(err.message, "16 characters; it needs 17"));
    assert_int_equal(customers_vin_check(S("1M8GDM9AXKP0427880"), false, &err), SW_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_fold), cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_vin)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
