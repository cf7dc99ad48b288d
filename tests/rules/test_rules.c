/* The sandbox and the calls of rules: what a rule may do, what it may not, and what its author reads when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/rules.h"
#include "store/store.h"

struct line {
    struct sw_str rest;
    struct sw_str name;
    int64_t price, quantity, total;
    bool taxed;
};
static const struct sw_field line_fields[] = {
    SW_F_TEXT(struct line, name, 1),
    SW_F_MONEY(struct line, price, 2),
    SW_F_QTY(struct line, quantity, 3),
    SW_F_MONEY(struct line, total, 4),
    SW_F_BOOL(struct line, taxed, 5),
};
static const struct sw_record line_record = {SW_RECORD(struct line, "test.line", line_fields)};

struct sheet {
    struct sw_str rest;
    SW_LIST_OF(struct line) lines;
    int64_t sum;
    struct sw_str word;
    struct sw_str secret;
};
static const struct sw_field sheet_fields[] = {
    SW_F_LIST(struct sheet, lines, 1, struct line, &line_record, .max = 3),
    SW_F_MONEY(struct sheet, sum, 2),
    SW_F_TEXT(struct sheet, word, 3),
    SW_F_TEXT(struct sheet, secret, 4, .flags = SW_SECRET),
};
static const struct sw_record sheet_record = {SW_RECORD(struct sheet, "test.sheet", sheet_fields)};

static char home[64];
static struct sw_store *store;

static void write_rule(const char *folder, const char *name, const char *text)
{
    char dir[128], path[192], part[200];

    snprintf(dir, sizeof(dir), "%s/%s", home, folder);
    mkdir(dir, 0700);
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    snprintf(part, sizeof(part), "%s.part", path);
    FILE *f = fopen(part, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(part, path), 0); /* another inode: noticed whatever the clock's grain */
}

struct asked {
    const char *name;
    struct sheet in, out;
    int rc;
    struct sw_err err;
    char word[64];
};

static int ask_in_tx(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct asked *a = arg;

    (void)err;
    a->rc = sw_rule_call(tx, "rules", a->name, &sheet_record, &a->in, &sheet_record, &a->out, &a->err);
    snprintf(a->word, sizeof(a->word), SW_STR_FMT, SW_STR_ARG(a->out.word));
    return SW_OK;
}

static void ask_shop(struct asked *a, uint32_t shop)
{
    struct sw_arena *arena = sw_arena_new(0);
    struct sw_run run = {.shop = shop, .system = true, .arena = arena};
    struct sw_err err = {0};

    assert_int_equal(sw_store_read(store, &run, ask_in_tx, a, &err), SW_OK);
    sw_arena_free(arena);
}

/* Run `text` as the shop's rules and call f with one line of 3 × 1.50. */
static struct asked ask(const char *text)
{
    static struct line line;
    line = (struct line){.name = SW_STR("belt"), .price = 150, .quantity = 3000, .taxed = true};
    struct asked a = {.name = "f", .in = {.lines = {&line, 1}, .secret = SW_STR("hidden")}};

    write_rule("rules/1", "rules.lua", text);
    ask_shop(&a, 1);
    return a;
}

static void refused(const char *text, const char *because)
{
    struct asked a = ask(text);

    assert_int_equal(a.rc, SW_ERULE);
    if (strstr(a.err.message, because) == NULL)
        fail_msg("“%s” does not say “%s”", a.err.message, because);
    assert_int_equal(a.out.sum, 0);
    assert_int_equal(a.out.lines.n, 0);
}

static void gives(const char *text, const char *word)
{
    struct asked a = ask(text);

    if (a.rc != SW_OK)
        fail_msg("%s", a.err.message);
    assert_string_equal(a.word, word);
}

static void a_rule_gets_and_returns_records(void **state)
{
    (void)state;
    struct asked a = ask("function f(s) local l = s.lines[1]\n"
                         "return {sum = money.times(l.price, l.quantity), word = l.name .. tostring(l.taxed)} end");
    assert_int_equal(a.rc, SW_OK);
    assert_int_equal(a.out.sum, 450);
    assert_string_equal(a.word, "belttrue");
}

static void money_rounds_half_away_from_zero(void **state)
{
    (void)state;
    gives("function f() return {word = money.times(1, 500) .. ' ' .. money.times(-1, 500) .. ' ' .. money.percent(59585, 9500)} end", "1 -1 5661");
    refused("function f() return {sum = money.times(1000000000000, 1000000)} end", "10,000,000,000.00");
}

static void a_result_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    refused("function f() return {sum = 1.5} end", "the number 1.5 in “sum”");
    refused("function f() return {sum = 4 / 2} end", "integer");
    refused("function f() return {sum = '1'} end", "“sum”");
    refused("function f() return {lines = {{total = 'x'}}} end", "lines[1].total");
    refused("function f() return {lines = {{}, {}, {}, {}}} end", "at most 3");
    refused("function f() return {unknown = 1} end", "unknown");
    refused("function f() return {secret = 'x'} end", "secret");
    refused("function f() return 7 end", "instead of a table");
    refused("function f() return {sum = -1} end", "sum");
}

static void a_failure_names_file_and_line(void **state)
{
    (void)state;
    refused("function f(s)\n  return s.nothing.at_all\nend", "rules.lua:2:");
    refused("function f(\n", "rules.lua:");
    refused("error('closed on Sundays')", "rules.lua:1: closed on Sundays");
}

static void a_missing_function_is_told_apart(void **state)
{
    (void)state;
    struct asked a = ask("function g() end");
    assert_int_equal(a.rc, SW_ENOTFOUND);
}

static void endless_rules_are_stopped(void **state)
{
    (void)state;
    refused("function f() while true do end end", "too long");
    refused("function f() while true do pcall(function() while true do end end) end end", "too long");
    refused("function f() pcall(function() while true do end end) return {sum = 1} end", "too long");
    refused("while true do end", "too long");
    refused("function f() return {word = string.match(string.rep('a', 5000) .. 'b', '^(a+)+$')} end", "takes too long");
    refused("function f() local t = setmetatable({}, {__len = function() return 1 << 60 end}) table.insert(t, 1, 1) end", "metatable");
    gives("function f() return {word = 'still here'} end", "still here");
}

static void greedy_rules_are_stopped(void **state)
{
    (void)state;
    refused("function f() local t = {} for i = 1, 1e7 do t[i] = {i} end end", "memory");
    refused("function f() local s = 'x' while true do s = s .. s end end", "memory");
    refused("function f() local ok = pcall(function() local s = 'x' while true do s = s .. s end end) return {sum = 1} end", "memory");
    refused("function f() return {word = string.rep('x', 1 << 40)} end", "1 MiB");
    refused("local function deep(n) return 1 + deep(n + 1) end function f() return {sum = deep(1)} end", "");
    gives("function f() return {word = 'still here'} end", "still here");
}

static void nothing_outside_is_in_reach(void **state)
{
    static const char *const names[] = {"io", "os", "package", "require", "debug", "coroutine", "load", "loadstring", "loadfile", "dofile",
                                        "collectgarbage", "rawset", "getmetatable", "print", "warn", "string.dump", "math.random", "table.move",
                                        "_G"};
    char text[160];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), "function f() return {word = type(%s)} end", names[i]);
        gives(text, "nil");
    }
    refused("\x1bLua", "binary");
}

static void shared_things_are_locked(void **state)
{
    (void)state;
    refused("string.format = nil", "shared");
    refused("function f() math.floor = function() return 0 end end", "shared");
    refused("function f() setmetatable(string, {}) end", "locked");
    refused("function f() setmetatable({}, {__gc = function() end}) end", "__gc");
    gives("function f() return {word = ('x'):upper() .. ('a'):rep(2)} end", "Xaa");
}

static void no_global_survives_a_call(void **state)
{
    (void)state;
    struct asked a = ask("function f() counter = (counter or 0) + 1 return {sum = counter} end");
    assert_int_equal(a.rc, SW_OK);
    assert_int_equal(a.out.sum, 1);
    ask_shop(&a, 1);
    assert_int_equal(a.out.sum, 1);
}

static void secret_fields_stay_out(void **state)
{
    (void)state;
    gives("function f(s) return {word = type(s.secret)} end", "nil");
}

static void patterns_are_regular_expressions(void **state)
{
    (void)state;
    gives("function f() local y, m = string.match('2026-11-19', '(\\\\d{4})-(\\\\d{2})') return {word = y .. '/' .. m} end", "2026/11");
    gives("function f() return {word = (string.gsub('a1b22', '[0-9]+', '<$0>'))} end", "a<1>b<22>");
    gives("function f() return {word = (('abc'):gsub('[ac]', {a = 'X'}))} end", "Xbc");
    gives("function f() local n = 0 for w in string.gmatch('one two three', '[a-z]+') do n = n + #w end return {word = '' .. n} end", "11");
    gives("function f() local a, b = string.find('hello', 'l+') return {word = a .. '-' .. b} end", "3-4");
    gives("function f() local a, b = string.find('a.b', '.', 1, true) return {word = a .. '-' .. b} end", "2-2");
    refused("function f() string.match('x', '(') end", "pattern is wrong");
}

static void a_changed_file_is_in_force_at_once(void **state)
{
    (void)state;
    gives("function f() return {word = 'old'} end", "old");
    gives("function f() return {word = 'new'} end", "new");
}

static void each_shop_has_its_own_rules(void **state)
{
    struct asked a = {.name = "f"};

    (void)state;
    write_rule("defaults", "rules.lua", "function f() return {word = 'default'} end");
    write_rule("rules/1", "rules.lua", "function f() return {word = 'one'} end");
    ask_shop(&a, 1);
    assert_string_equal(a.word, "one");
    ask_shop(&a, 2);
    assert_string_equal(a.word, "default");
}

struct results {
    char text[512];
};

static void note_result(void *arg, const char *test, const char *failure)
{
    struct results *r = arg;
    size_t n = strlen(r->text);

    snprintf(r->text + n, sizeof(r->text) - n, "%s %s;", test, failure == NULL ? "passed" : failure);
}

static void rule_tests_run_one_by_one(void **state)
{
    struct results r = {""};
    struct sw_err err = {0};
    char path[128];

    (void)state;
    write_rule("rules/1", "rules.lua", "function double(n) return 2 * n end");
    write_rule("rules/1", "rules_test.lua",
               "function test_a() seen = true assert_equal(double(2), 4) end\n"
               "function test_b() assert_equal(seen, nil) assert_equal(double(2), 5) end\n"
               "function test_c() assert_equal({1, {x = 2}}, {1, {x = 2}}) end\n");
    snprintf(path, sizeof(path), "%s/rules/1/rules_test.lua", home);
    assert_int_equal(sw_rules_test(1, "rules", path, note_result, &r, &err), SW_ERULE);
    assert_string_equal(r.text, "test_a passed;test_b rules_test.lua:2: got 4, wanted 5;test_c passed;");
}

static int open_all(void **state)
{
    char dir[128], dir2[128];
    struct sw_err err = {0};

    (void)state;
    snprintf(home, sizeof(home), "/tmp/sw-rules-XXXXXX");
    if (mkdtemp(home) == NULL)
        return -1;
    snprintf(dir, sizeof(dir), "%s/rules", home);
    mkdir(dir, 0700);
    snprintf(dir2, sizeof(dir2), "%s/defaults", home);
    sw_rules_configure(dir, dir2);
    snprintf(dir, sizeof(dir), "%s/store", home);
    snprintf(dir2, sizeof(dir2), "%s/blobs", home);
    struct sw_store_options o = {.dir = dir, .blobs = dir2, .map_size = 16 << 20, .create = true, .types = sw_core_records};
    return sw_store_open(&o, &store, &err) == SW_OK ? 0 : -1;
}

static int close_all(void **state)
{
    char command[128];

    (void)state;
    sw_store_close(store);
    sw_rules_reset();
    snprintf(command, sizeof(command), "rm -r %s", home);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_gets_and_returns_records), cmocka_unit_test(money_rounds_half_away_from_zero),
        cmocka_unit_test(a_result_that_does_not_fit_is_refused), cmocka_unit_test(a_failure_names_file_and_line),
        cmocka_unit_test(a_missing_function_is_told_apart), cmocka_unit_test(endless_rules_are_stopped),
        cmocka_unit_test(greedy_rules_are_stopped), cmocka_unit_test(nothing_outside_is_in_reach),
        cmocka_unit_test(shared_things_are_locked), cmocka_unit_test(no_global_survives_a_call),
        cmocka_unit_test(secret_fields_stay_out), cmocka_unit_test(patterns_are_regular_expressions),
        cmocka_unit_test(a_changed_file_is_in_force_at_once), cmocka_unit_test(each_shop_has_its_own_rules),
        cmocka_unit_test(rule_tests_run_one_by_one),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
