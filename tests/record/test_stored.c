/* Stored bytes: nothing is lost, other ages are read, hostile bytes are refused. */
#include "sample.h"
#include "../golden/fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

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

static struct sw_str encode(const struct sw_record *d, const void *rec)
{
    struct sw_str out;
    struct sw_err err = {.message = ""};
    if (sw_stored_encode(arena, d, rec, &out, &err) != SW_OK)
        fail_msg("%s", err.message);
    return out;
}

static void decode(const struct sw_record *d, struct sw_str bytes, void *out)
{
    struct sw_err err = {.message = ""};
    if (sw_stored_decode(arena, d, bytes, out, &err) != SW_OK)
        fail_msg("%s", err.message);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct sample s = {.year = -1}, t;
    golden_fill(arena, &sample_record, &s, 0);
    struct sw_str bytes = encode(&sample_record, &s);
    memset(&t, 0xAA, sizeof t); /* what is not in the bytes must not stay */
    t.head.id = 9;
    decode(&sample_record, bytes, &t);
    assert_int_equal(t.head.id, 9);
    assert_int_equal(t.head.rest.n, 0);
    assert_true(sw_str_eq(s.last, t.last));
    assert_true(sw_str_eq(s.strokes, t.strokes));
    assert_int_equal(s.total, t.total);
    assert_int_equal(t.state, 5);
    assert_int_equal(t.reach, 9);
    assert_true(t.company);
    assert_int_equal(t.lines.n, 2);
    assert_int_equal(t.lines.v[1].price, s.lines.v[1].price);
    assert_int_equal(t.words.n, 2);
    assert_true(sw_str_is(t.words.v[1], "word 1"));
    assert_true(sw_str_eq(t.place->next->street, s.place->next->street));
    assert_true(sw_str_eq(encode(&sample_record, &t), bytes));
}

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t numbers[] = {1, 127, 128, 255, 256, 65535, 65536, INT64_C(4294967295), INT64_C(4294967296), INT64_MAX, -1, -32, -33,
                                      -128, -129, -32768, -32769, INT64_C(-2147483648), INT64_C(-2147483649), INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sample s = {.delta = numbers[i], .customer = (uint64_t)numbers[i]}, t;
        decode(&sample_record, encode(&sample_record, &s), &t);
        assert_int_equal(t.delta, numbers[i]);
        assert_int_equal(t.customer, (uint64_t)numbers[i]);
    }
}

static void test_text_lengths(void **state)
{
    (void)state;
    char *text = malloc(100000);
    memset(text, 'x', 100000);
    static const size_t sizes[] = {1, 31, 32, 255, 256, 65535, 65536, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sample s = {.note = {text, sizes[i]}, .strokes = {text, sizes[i]}}, t;
        decode(&sample_record, encode(&sample_record, &s), &t);
        assert_int_equal(t.note.n, sizes[i]);
        assert_int_equal(t.strokes.n, sizes[i]);
    }
    free(text);
}

static void test_defaults_are_not_written(void **state)
{
    (void)state;
    struct sample_v1 s = {.head = {.id = 7, .version = 3}};
    struct sw_str bytes = encode(&sample_v1_record, &s);
    assert_int_equal(bytes.n, 1);
    assert_int_equal((unsigned char)bytes.p[0], 0x80);
}

/* An old program reads what a new one wrote, changes one field, and writes: the new program finds all the rest. */
static void test_unknown_tags_survive(void **state)
{
    (void)state;
    struct sample s = {0}, t;
    struct sample_v1 old;
    golden_fill(arena, &sample_record, &s, 0);
    decode(&sample_old_record, encode(&sample_record, &s), &old);
    assert_true(sw_str_eq(old.name, s.last));
    assert_int_equal(old.lines.n, 2);
    assert_true(old.head.rest.n > 0);
    assert_true(old.lines.v[0].rest.n > 0); /* taxed */
    old.name = SW_STR("Changed");
    old.lines.v[1].price = 1;
    decode(&sample_record, encode(&sample_old_record, &old), &t);
    assert_true(sw_str_is(t.last, "Changed"));
    assert_int_equal(t.lines.v[1].price, 1);
    assert_true(t.lines.v[0].taxed && t.lines.v[1].taxed);
    assert_true(sw_str_eq(t.email, s.email));
    assert_true(sw_str_eq(t.strokes, s.strokes));
    assert_true(sw_str_eq(t.place->next->street, s.place->next->street));
    assert_int_equal(t.words.n, 2);
    assert_int_equal(t.head.rest.n, 0);
    /* A second rewrite loses nothing either. */
    struct sw_str once = encode(&sample_old_record, &old);
    decode(&sample_old_record, once, &old);
    assert_true(sw_str_eq(encode(&sample_old_record, &old), once));
}

static struct sw_str file_read(const char *name)
{
    char path[1024];
    const char *top = getenv("SW_SRCDIR");
    snprintf(path, sizeof path, "%s/tests/golden/%s", top == NULL ? "." : top, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is not there", path);
    char *p = SW_NEW_N(arena, char, 65536);
    size_t n = fread(p, 1, 65536, f);
    fclose(f);
    return (struct sw_str){p, n};
}

static void test_golden_version_1_is_read_and_upgraded(void **state)
{
    (void)state;
    struct sample s;
    decode(&sample_record, file_read("test.sample.v1.bin"), &s);
    assert_true(sw_str_is(s.last, "Marquez & Hijos"));
    assert_int_equal(s.customer, 12);
    assert_int_equal(s.hours, 1500); /* 90 minutes */
    assert_int_equal(s.lines.n, 2);
    assert_true(sw_str_is(s.lines.v[1].text, "Brake pads"));
    assert_int_equal(s.lines.v[1].price, 8950);
    /* And the code of version 1 would still write these very bytes. */
    struct sample_v1_line lines[] = {{.text = SW_STR("Labor"), .quantity = 1500, .price = 14500},
                                     {.text = SW_STR("Brake pads"), .quantity = 2000, .price = 8950}};
    struct sample_v1 v1 = {.customer = 12, .name = SW_STR("Marquez & Hijos"), .minutes = 90, .lines = {lines, 2}};
    assert_true(sw_str_eq(encode(&sample_v1_record, &v1), file_read("test.sample.v1.bin")));
}

static void test_golden_version_2(void **state)
{
    (void)state;
    struct sample s = {0}, t;
    golden_fill(arena, &sample_record, &s, 0);
    assert_true(sw_str_eq(encode(&sample_record, &s), file_read("test.sample.v2.bin")));
    decode(&sample_record, file_read("test.sample.v2.bin"), &t);
    assert_int_equal(t.hours, s.hours);
}

static void test_newer_version_is_not_touched(void **state)
{
    (void)state;
    struct sample s = {.customer = 1};
    struct sample_v1 old;
    struct sw_err err;
    struct sw_str bytes = encode(&sample_record, &s);
    assert_int_equal(sw_stored_decode(arena, &sample_v1_record, bytes, &old, &err), SW_EBUSY);
    assert_non_null(strstr(err.message, "newer version"));
}

static void test_hostile_bytes(void **state)
{
    (void)state;
    static const struct sw_str bad[] = {
        SW_STR(""),
        SW_STR("\x81"),                                 /* a pair is missing */
        SW_STR("\x80\x80"),                             /* more after the end */
        SW_STR("\x90"),                                 /* no map */
        SW_STR("\xC0"),
        SW_STR("\xDF\xFF\xFF\xFF\xFF"),                 /* 4 billion pairs */
        SW_STR("\xDE\xFF\xFF\x01\x01"),
        SW_STR("\x81\x14\xDD\xFF\xFF\xFF\xFF\x80"),     /* a list of 4 billion */
        SW_STR("\x81\x14\xDD\x00\x00\x00\x02\x80"),
        SW_STR("\x81\x02\xDB\xFF\xFF\xFF\xFFx"),        /* a text of 4 GB */
        SW_STR("\x81\x02\xA2x"),
        SW_STR("\x81\x02\x05"),                         /* a number where a text is due */
        SW_STR("\x81\x01\xFF"),                         /* a reference below zero */
        SW_STR("\x81\x0C\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), /* beyond int64 */
        SW_STR("\x81\x11\xCE\xFF\xFF\xFF\xFF"),         /* beyond int32 */
        SW_STR("\x81\x0A\x01"),                         /* 1 is not true */
        SW_STR("\x81\xA1x\x01"),                        /* a tag that is no number */
        SW_STR("\x81\xFF\x01"),
        SW_STR("\x82\x01\x01\x01\x01"),                 /* a tag twice */
        SW_STR("\x81\xCD\x03\xE7\xC1"),                 /* unknown tag, impossible value */
        SW_STR("\x81\xCD\x03\xE7\xDF\xFF\xFF\xFF\xFF"), /* unknown tag, false size */
        SW_STR("\x81\x00\x00"),                         /* version 0 */
        SW_STR("\x81\x13\x81\x02\x81\x02\x81\x02\x81\x02\x81\x02\x81\x02\x81\x02\x81\x02\x80"), /* places in places */
        SW_STR("\x81\x15\x91\x05"),
    };
    struct sw_err err;
    struct sample s;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sw_stored_decode(arena, &sample_record, bad[i], &s, &err) != SW_EMALFORMED)
            fail_msg("number %zu was taken", i);
}

static void test_each_cut_and_each_changed_byte(void **state)
{
    (void)state;
    struct sample s = {0}, t;
    struct sw_err err;
    golden_fill(arena, &sample_record, &s, 0);
    struct sw_str bytes = encode(&sample_record, &s);
    for (size_t n = 0; n < bytes.n; n++) {
        char *cut = malloc(n + 1); /* its own memory, so that a sanitizer sees one byte too far */
        memcpy(cut, bytes.p, n);
        assert_int_not_equal(sw_stored_decode(arena, &sample_record, (struct sw_str){cut, n}, &t, &err), SW_OK);
        free(cut);
    }
    char *changed = malloc(bytes.n);
    for (size_t n = 0; n < bytes.n; n++)
        for (int v = 0; v < 256; v++) {
            memcpy(changed, bytes.p, bytes.n);
            changed[n] = (char)v;
            if (sw_stored_decode(arena, &sample_record, (struct sw_str){changed, bytes.n}, &t, &err) == SW_OK)
                encode(&sample_record, &t);
            if (v % 32 == 0) {
                struct sw_str keep = sw_copy(arena, bytes);
                char *p = malloc(keep.n);
                memcpy(p, keep.p, keep.n);
                sw_arena_reset(arena);
                bytes = sw_copy(arena, (struct sw_str){p, keep.n});
                free(p);
            }
        }
    free(changed);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    /* 400,000 empty lines in 400 kB of bytes would be 24 MB of structs. */
    size_t n = 400000;
    char *bytes = malloc(n + 7);
    memcpy(bytes, "\x81\x14\xDD", 3);
    bytes[3] = 0;
    bytes[4] = (char)(n >> 16);
    bytes[5] = (char)(n >> 8);
    bytes[6] = (char)n;
    memset(bytes + 7, 0x80, n);
    struct sample s;
    struct sw_err err;
    assert_int_equal(sw_stored_decode(arena, &sample_record, (struct sw_str){bytes, n + 7}, &s, &err), SW_EMALFORMED);
    assert_non_null(strstr(err.message, "more elements"));
    free(bytes);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) { /* how the two golden files came to be */
        struct sample s = {0};
        arena = sw_arena_new(0);
        golden_fill(arena, &sample_record, &s, 0);
        struct sw_str bytes = encode(&sample_record, &s);
        FILE *f = fopen(argv[2], "wbx");
        return f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_text_lengths),
        cmocka_unit_test(test_defaults_are_not_written),
        cmocka_unit_test(test_unknown_tags_survive),
        cmocka_unit_test(test_golden_version_1_is_read_and_upgraded),
        cmocka_unit_test(test_golden_version_2),
        cmocka_unit_test(test_newer_version_is_not_touched),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_each_cut_and_each_changed_byte),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
