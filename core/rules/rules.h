/* rules/rules.h: the Lua sandbox as core drives it. Plugins see <shopwright/rules.h>. */
#ifndef SW_RULES_RULES_H
#define SW_RULES_RULES_H

#include <shopwright/rules.h>

struct lua_State;

enum {
    SW_RULE_FILE_MAX = 256 * 1024,        /* bytes of one rule file */
    SW_RULE_MEMORY_MAX = 16 * 1024 * 1024, /* of one shop's Lua state */
    SW_RULE_INSTRUCTIONS_MAX = 2000000,   /* of one evaluation, main chunk included */
    SW_RULE_SETS_MAX = 32,                /* rule sets of one shop */
    SW_RULE_LIST_MAX = 100000,            /* elements that table.* functions work on */
};

/* Where rule files lie: DIR/SHOP/NAME.lua first, then DEFAULTS/NAME.lua. Without this call both come from sw_config(). Copies. */
void sw_rules_configure(const char *rules_dir, const char *defaults_dir);
/* Forget every state and compiled rule (tests). Files are noticed by themselves when they change. */
void sw_rules_reset(void);

/* Parse the set and run its main chunk; for `shopwright rules check`. SW_ENOTFOUND when there is no such file. */
int sw_rules_check(uint32_t shop, const char *set, struct sw_err *err);
/* Run the functions test_… of `file`, which sees the globals of rule set `set` and assert_equal(got, want). `each` is told every result. */
int sw_rules_test(uint32_t shop, const char *set, const char *file, void (*each)(void *arg, const char *test, const char *failure),
                  void *arg, struct sw_err *err);

/* ---- sandbox.c: one state with its caps and only what a rule may use. */
struct sw_sandbox;
struct sw_sandbox *sw_sandbox_new(void);
void sw_sandbox_free(struct sw_sandbox *s);
struct lua_State *sw_sandbox_lua(struct sw_sandbox *s);
/* Compile text (no bytecode) and leave nothing on the stack; *ref is a registry reference to the chunk. */
int sw_sandbox_compile(struct sw_sandbox *s, const char *text, size_t n, const char *name, int *ref, struct sw_err *err);
void sw_sandbox_forget(struct sw_sandbox *s, int ref);
/* The one way into Lua: fn runs protected with a fresh instruction budget. It may raise Lua errors and must own no C memory but the arena's.
 * SW_ERULE with the message otherwise; `spent` (may be NULL) tells that the state's memory is used up and it is to be thrown away. */
int sw_sandbox_enter(struct sw_sandbox *s, int (*fn)(struct lua_State *L, void *arg), void *arg, bool *spent, struct sw_err *err);
/* For fn: push a new environment and the chunk's globals into it; the environment stays on the stack's top. */
void sw_sandbox_run_chunk(struct lua_State *L, int ref);

/* ---- pattern.c: string.find, match, gmatch and gsub over PCRE2 with a match limit. Adds them to the table on the stack's top. */
void sw_rules_add_patterns(struct lua_State *L);

#endif
