/* Message catalogs: what is read, what is refused. */
#include "base/texts.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/shopwright-texts-XXXXXX";

struct pair {
    const char *id, *said;
    size_t id_n, said_n;
};
#define PAIR(id, said) {id, said, sizeof(id) - 1, sizeof(said) - 1}

static void put32(FILE *f, size_t v)
{
    uint32_t w = (uint32_t)v;
    fwrite(&w, 4, 1, f);
}

/* A catalog as msgfmt writes it. */
static void write_mo(const char *name, const struct pair *pairs, size_t n)
{
    char path[200];
    snprintf(path, sizeof path, "%s/locale/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    put32(f, 0x950412de);
    put32(f, 0);
    put32(f, n);
    put32(f, 28);
    put32(f, 28 + n * 8);
    put32(f, 0);
    put32(f, 0);
    size_t at = 28 + n * 16;
    for (size_t i = 0; i < n; at += pairs[i].id_n + 1, i++) {
        put32(f, pairs[i].id_n);
        put32(f, at);
    }
    for (size_t i = 0; i < n; at += pairs[i].said_n + 1, i++) {
        put32(f, pairs[i].said_n);
        put32(f, at);
    }
    for (size_t i = 0; i < n; i++)
        fwrite(pairs[i].id, 1, pairs[i].id_n + 1, f);
    for (size_t i = 0; i < n; i++)
        fwrite(pairs[i].said, 1, pairs[i].said_n + 1, f);
    assert_int_equal(fclose(f), 0);
}

static void speak(const char *language)
{
    struct sw_locale l = *sw_locale();
    snprintf(l.language, sizeof l.language, "%s", language);
    sw_locale_set(&l);
}

static int setup(void **state)
{
    (void)state;
    char path[200];
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/locale", folder);
    if (mkdir(path, 0700) != 0)
        return 1;
    snprintf(path, sizeof path, "%s/locale/pt", folder);
    return mkdir(path, 0700);
}

static int teardown(void **state)
{
    (void)state;
    char command[200];
    speak("en");
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void test_translates(void **state)
{
    (void)state;
    static const struct pair es[] = {
        PAIR("", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"),
        PAIR("%s is missing.", "Falta %s."),
        PAIR("Sign", "Firmar"),
        PAIR("one task\0%u tasks", "una tarea\0%u tareas"),
    };
    static const struct pair pt[] = {PAIR("Sign", "Assinar")};
    struct sw_err err;
    write_mo("es.mo", es, 4);
    write_mo("pt/test.mo", pt, 1);
    assert_int_equal(sw_texts_load(folder, "test", &err), SW_OK);
    speak("es");
    assert_string_equal(sw_text("test", "Sign"), "Firmar");
    assert_string_equal(sw_text("other", "Sign"), "Sign");
    assert_string_equal(sw_text("test", "Not there"), "Not there");
    assert_string_equal(sw_text("test", ""), "");
    assert_string_equal(sw_text_any("Sign"), "Firmar");
    assert_string_equal(sw_text_n("test", "one task", "%u tasks", 1), "una tarea");
    assert_string_equal(sw_text_n("test", "one task", "%u tasks", 0), "%u tareas");
    assert_string_equal(sw_text_in("pt", "test", "Sign"), "Assinar");
    speak("en");
    assert_string_equal(sw_text("test", "Sign"), "Sign");
    assert_string_equal(sw_text_n("test", "one task", "%u tasks", 2), "%u tasks");
    assert_string_equal(sw_text_languages()[0], "en");
    assert_non_null(sw_text_languages()[2]);
    assert_null(sw_text_languages()[3]);
    /* Loading again replaces. */
    static const struct pair newer[] = {PAIR("Sign", "Firme")};
    write_mo("es.mo", newer, 1);
    assert_int_equal(sw_texts_load(folder, "test", &err), SW_OK);
    assert_string_equal(sw_text_in("es", "test", "Sign"), "Firme");
}

static void test_refuses_other_conversions(void **state)
{
    (void)state;
    static const struct pair bad[] = {PAIR("%s is missing.", "Falta %n.")};
    struct sw_err err;
    write_mo("xx.mo", bad, 1);
    assert_int_equal(sw_texts_load(folder, "bad", &err), SW_EMALFORMED);
    assert_non_null(strstr(err.message, "xx.mo"));
}

static void test_refuses_unknown_plurals(void **state)
{
    (void)state;
    static const struct pair bad[] = {PAIR("", "Plural-Forms: nplurals=3; plural=n%10;\n"), PAIR("a", "b")};
    struct sw_err err;
    write_mo("xx.mo", bad, 2);
    assert_int_equal(sw_texts_load(folder, "bad", &err), SW_EMALFORMED);
}

static void test_refuses_damage(void **state)
{
    (void)state;
    char path[200], bytes[300] = {0};
    struct sw_err err;
    static const struct pair good[] = {PAIR("a", "b"), PAIR("c", "d")};
    write_mo("xx.mo", good, 2);
    snprintf(path, sizeof path, "%s/locale/xx.mo", folder);
    FILE *f = fopen(path, "rb");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    for (size_t cut = 0; cut < n; cut++) { /* each shorter file is refused, none is read beyond its end */
        f = fopen(path, "wb");
        fwrite(bytes, 1, cut, f);
        fclose(f);
        assert_int_not_equal(sw_texts_load(folder, "bad", &err), SW_OK);
    }
    unlink(path);
    assert_int_equal(sw_texts_load("/nowhere", "bad", &err), SW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translates),
        cmocka_unit_test(test_refuses_other_conversions),
        cmocka_unit_test(test_refuses_unknown_plurals),
        cmocka_unit_test(test_refuses_damage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
