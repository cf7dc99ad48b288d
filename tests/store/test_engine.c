/* The engine and its transactions: batches, a full map, ranges, refusals that leave nothing. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int put_person(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct person p = {.name = S(arg)};
    return sw_put(tx, &person_record, &p, NULL, e);
}

static int put_and_refuse(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    int rc = put_person(tx, arg, e);
    return rc ? rc : sw_fail(e, SW_ESTATE, "", "No.");
}

static size_t people(uint32_t shop)
{
    struct sw_tx *tx = begin(false, shop, NULL);
    struct sw_scan s = {.type = &person_record};
    size_t n;
    ok(sw_count(tx, &s, 100000, &n, &err));
    commit(tx);
    return n;
}

static const struct sw_run system_run = {.shop = 1, .system = true};

static void one_refusal_leaves_the_others(void **state)
{
    (void)state;
    struct sw_run other = {.shop = 2, .system = true};
    ok(sw_store_batch_begin(store, &err));
    for (int i = 0; i < 64; i++) {
        int rc = sw_store_batch_run(store, i % 4 == 3 ? &other : &system_run, i % 2 ? put_person : put_and_refuse, "P", &err);
        assert_int_equal(rc, i % 2 ? SW_OK : SW_ESTATE);
    }
    assert_int_equal(sw_store_write(store, &system_run, put_person, "Q", &err), SW_EFAIL); /* it would wait for itself */
    assert_int_equal(people(1), 0); /* not before the commit */
    ok(sw_store_batch_commit(store, &err));
    assert_int_equal(people(1), 16);
    assert_int_equal(people(2), 16);
    uint64_t n;
    ok(sw_store_verify(store, 1, NULL, NULL, &n, &err));
    assert_int_equal(n, 16);
    ok(sw_store_verify(store, 2, NULL, NULL, &n, &err));
    store_reopen();
    assert_int_equal(people(1), 16);
    ok(sw_store_verify(store, 1, NULL, NULL, &n, &err));
}

static struct sw_str name_seen(struct sw_tx *tx)
{
    static struct person p;
    return sw_get(tx, &person_record, 1, &p, NULL) == SW_OK ? p.name : SW_STR("nobody");
}

static int rename_first(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct person p;
    int rc = sw_get(tx, &person_record, 1, &p, e);
    p.name = S(arg);
    return rc ? rc : sw_put(tx, &person_record, &p, NULL, e);
}

static int delete_first(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    (void)arg;
    return sw_delete(tx, &person_record, 1, NULL, e);
}

/* The engine remembers where it found a key, by snapshot: neither may an old one see what is new, nor a new one what is old. */
static void each_snapshot_sees_its_own(void **state)
{
    (void)state;
    ok(sw_store_write(store, &system_run, put_person, "One", &err));
    struct sw_tx *first = begin(false, 1, NULL);
    for (int i = 0; i < 3; i++)
        assert_true(sw_str_is(name_seen(first), "One"));
    ok(sw_store_write(store, &system_run, rename_first, "Two", &err));
    struct sw_tx *second = begin(false, 1, NULL);
    for (int i = 0; i < 3; i++) {
        assert_true(sw_str_is(name_seen(second), "Two"));
        assert_true(sw_str_is(name_seen(first), "One"));
    }
    ok(sw_store_write(store, &system_run, delete_first, NULL, &err));
    struct sw_tx *third = begin(false, 1, NULL);
    for (int i = 0; i < 3; i++) {
        assert_true(sw_str_is(name_seen(third), "nobody"));
        assert_true(sw_str_is(name_seen(second), "Two"));
        assert_true(sw_str_is(name_seen(first), "One"));
    }
    commit(first);
    commit(second);
    commit(third);
}

static void a_batch_can_be_given_up(void **state)
{
    (void)state;
    ok(sw_store_batch_begin(store, &err));
    ok(sw_store_batch_run(store, &system_run, put_person, "P", &err));
    sw_store_batch_abort(store);
    assert_int_equal(people(1), 0);
    assert_int_equal(sw_store_batch_run(store, &system_run, put_person, "P", &err), SW_EFAIL);
    assert_int_equal(sw_store_batch_commit(store, &err), SW_EFAIL);
    ok(sw_store_write(store, &system_run, put_person, "P", &err));
    assert_int_equal(sw_store_write(store, &system_run, put_and_refuse, "P", &err), SW_ESTATE);
    assert_int_equal(people(1), 1);
}

/* A handler that goes on after the store said it is full. */
static int careless(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    static char big[90000];
    memset(big, 'x', sizeof big);
    for (int i = 0; i < 100; i++) {
        struct person p = {.name = S(arg), .note = {big, sizeof big}};
        (void)sw_put(tx, &person_record, &p, NULL, e);
    }
    return SW_OK;
}

static void a_full_map_is_a_clear_refusal(void **state)
{
    (void)state;
    uint64_t n;
    sw_store_close(store);
    store_open(1 << 20);
    ok(sw_store_write(store, &system_run, put_person, "Before", &err));
    assert_int_equal(sw_store_write(store, &system_run, careless, "Big", &err), SW_EFULL);
    assert_non_null(strstr(err.message, "full"));
    assert_int_equal(people(1), 1);
    ok(sw_store_verify(store, 1, NULL, NULL, &n, &err));
    /* In a batch the one that did not fit is gone, the others stay. */
    ok(sw_store_batch_begin(store, &err));
    ok(sw_store_batch_run(store, &system_run, put_person, "First", &err));
    assert_int_equal(sw_store_batch_run(store, &system_run, careless, "Big", &err), SW_EFULL);
    ok(sw_store_batch_run(store, &system_run, put_person, "Last", &err));
    ok(sw_store_batch_commit(store, &err));
    assert_int_equal(people(1), 3);
    ok(sw_store_verify(store, 1, NULL, NULL, &n, &err));
    assert_int_equal(n, 3);
    struct sw_store_health h;
    sw_store_health(store, &h);
    assert_true(h.map_size == 1 << 20 && h.used <= h.map_size && h.last_tx > 0);
}

/* The file may not grow any more, as on a full disk: the commit fails, not the put. */
static void a_full_disk_is_a_clear_refusal(void **state)
{
    (void)state;
    char path[96];
    struct stat st;
    struct rlimit was, now;
    uint64_t n;
    ok(sw_store_write(store, &system_run, put_person, "Before", &err));
    snprintf(path, sizeof path, "%s/store/data.mdb", home);
    assert_int_equal(stat(path, &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    now = was;
    now.rlim_cur = (rlim_t)st.st_size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
    int rc = sw_store_write(store, &system_run, careless, "Big", &err);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_int_equal(rc, SW_EFULL);
    assert_non_null(strstr(err.message, "nothing was saved"));
    assert_int_equal(people(1), 1);
    ok(sw_store_write(store, &system_run, put_person, "After", &err));
    ok(sw_store_verify(store, 1, NULL, NULL, &n, &err));
    assert_int_equal(n, 2);
}

static void ranges_go_both_ways(void **state)
{
    (void)state;
    struct sw_engine_tx *e;
    struct sw_engine_range *r;
    struct sw_str key, value;
    ok(store->ops->begin(store->engine, NULL, true, &e, &err));
    for (char c = 'a'; c <= 'e'; c++) {
        char k[3] = {'\xff', c, 0};
        ok(store->ops->put(e, (struct sw_str){k, 2}, S(k + 1), &err));
    }
    ok(store->ops->range(e, S("\xff" "b"), S("\xff" "d"), false, &r));
    ok(store->ops->next(r, &key, &value));
    assert_str(value, "b");
    ok(store->ops->next(r, &key, &value));
    assert_str(value, "c");
    assert_int_equal(store->ops->next(r, &key, &value), SW_ENOTFOUND);
    store->ops->range_end(r);
    ok(store->ops->range(e, S("\xff" "b"), S("\xff" "z"), true, &r));
    for (char c = 'e'; c >= 'b'; c--) {
        ok(store->ops->next(r, &key, &value));
        assert_int_equal(value.p[0], c);
    }
    assert_int_equal(store->ops->next(r, &key, &value), SW_ENOTFOUND);
    store->ops->range_end(r);
    static char big[SW_ENGINE_VALUE_MAX + 1];
    assert_int_equal(store->ops->put(e, S("k"), (struct sw_str){big, sizeof big}, &err), SW_ETOOLARGE);
    assert_int_equal(store->ops->put(e, (struct sw_str){big, SW_KEY_MAX + 1}, S("v"), &err), SW_ETOOLARGE);
    assert_int_equal(store->ops->del(e, S("nothing"), &err), SW_ENOTFOUND);
    store->ops->abort(e);
}

static void what_is_no_store_is_refused(void **state)
{
    (void)state;
    char dir[96], path[128];
    struct sw_store *s;
    snprintf(dir, sizeof dir, "%s/other", home);
    struct sw_store_options o = {.dir = dir, .types = sw_core_records};
    assert_int_equal(sw_store_open(&o, &s, &err), SW_EFAIL);
    assert_non_null(strstr(err.message, "There is no store in"));
    ok(sw_dir_make(dir, &err));
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is not a store ", f);
    fclose(f);
    assert_int_equal(sw_store_open(&o, &s, &err), SW_EFAIL);
    assert_non_null(strstr(err.message, "no store of this program"));
    const struct sw_record *twice[] = {&person_record, &person_record, NULL};
    o.types = twice;
    assert_int_equal(sw_store_open(&o, &s, &err), SW_EFAIL);
    assert_non_null(strstr(err.message, "twice"));
}

static void readers_come_back(void **state)
{
    (void)state;
    struct sw_tx *tx[20];
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 20; i++)
            tx[i] = begin(false, 1, NULL);
        for (int i = 0; i < 20; i++)
            commit(tx[i]);
    }
    assert_int_equal(sw_store_reader_check(store), 0);
    struct sw_store_health h;
    sw_store_health(store, &h);
    assert_true(h.readers <= 20);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_refusal_leaves_the_others), T(each_snapshot_sees_its_own), T(a_batch_can_be_given_up), T(a_full_map_is_a_clear_refusal), T(a_full_disk_is_a_clear_refusal),
        T(ranges_go_both_ways), T(what_is_no_store_is_refused), T(readers_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
