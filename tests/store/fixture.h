/* tests/store/fixture.h: a store in a folder of its own, some record types, short words for transactions. */
#ifndef SW_TESTS_STORE_FIXTURE_H
#define SW_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/internal.h"

struct person {
    struct sw_head head;
    struct sw_str name, number;
    uint64_t merged_into;
    struct sw_str note;
};
extern const struct sw_record person_record; /* "t.person": the customers; indexes name, number (unique), search (words) */

struct job {
    struct sw_head head;
    uint64_t person;
    int32_t state;
    int64_t due;
    struct sw_str title;
};
enum { JOB_NEW, JOB_RUNNING, JOB_DONE, JOB_CANCELLED };
extern const struct sw_record job_record; /* "t.job": of a person; indexes person (covering), board: state, due */
extern const struct sw_enum job_states;

struct task {
    struct sw_head head;
    uint64_t job;
    struct sw_str text;
};
extern const struct sw_record task_record; /* "t.task": of a job, a type subject; index job (covering) */

struct desk {
    struct sw_head head;
    struct sw_str text;
};
extern const struct sw_record desk_record; /* "t.desk": staff only */
extern const struct sw_record tick_record; /* "t.tick": the same struct, technical */

extern struct sw_store *store;
extern char home[64];
extern struct sw_err err;
extern const struct sw_hook *hooks; /* for the next store_open; ends with a NULL before_put */

int setup(void **state); /* a new store with shops 1 and 2 */
int teardown(void **state);
void store_open(size_t map_size);
void store_reopen(void);

struct sw_viewer customer(uint64_t id);
struct sw_viewer advisor(void);
/* A transaction of shop 1 (or another), as the system when v is NULL. */
struct sw_tx *begin(bool write, uint32_t shop, const struct sw_viewer *v);
void commit(struct sw_tx *tx); /* or the end of a read */
void drop(struct sw_tx *tx);

/* One write each, as the system. */
uint64_t add_person(uint32_t shop, const char *name, const char *number);
uint64_t add_job(uint32_t shop, uint64_t person, const char *title);
uint64_t add_task(uint32_t shop, uint64_t job, const char *text);

#define S(text) sw_str_of(text)
#define assert_str(a, text) assert_true(sw_str_is((a), (text)))
#define ok(call) assert_int_equal((call), SW_OK)
#endif
