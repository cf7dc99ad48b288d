/* Events, the chain, what verify finds, backup and restore. */
#include "fixture.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char faults[4000];
static struct sw_verify_fault last;

static void bad(void *arg, const struct sw_verify_fault *f)
{
    (void)arg;
    size_t n = strlen(faults);
    snprintf(faults + n, sizeof faults - n, "%s\n", f->what);
    last = *f;
    last.type.p = NULL;
}

static int verify(uint32_t shop, uint64_t *n)
{
    faults[0] = 0;
    return sw_store_verify(store, shop, bad, NULL, n, &err);
}

static void facts_are_told(void **state)
{
    (void)state;
    struct sw_viewer v = advisor();
    uint64_t p = add_person(1, "Ana", "1"), j = add_job(1, p, "Brakes"), t = add_task(1, j, "Front");
    struct sw_tx *tx = begin(true, 1, &v);
    struct task task;
    ok(sw_get(tx, &task_record, t, &task, &err));
    task.text = S("Rear");
    sw_note(tx, "action=%s", "retitle");
    sw_note(tx, "n=%d", 2);
    sw_concerns(tx, &desk_record, 77);
    ok(sw_put(tx, &task_record, &task, "retitled", &err));
    struct desk d = {.text = S("later")};
    ok(sw_put(tx, &desk_record, &d, NULL, &err)); /* the note was for the put before */
    commit(tx);

    tx = begin(false, 1, NULL);
    struct sw_event *e;
    size_t n;
    ok(sw_events_after(tx, 3, 10, &e, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(e[0].seq, 4);
    assert_str(e[0].kind, "t.task.retitled");
    assert_str(e[0].type, "t.task");
    assert_int_equal(e[0].id, t);
    assert_int_equal(e[0].version, 2);
    assert_int_equal(e[0].user, 7);
    assert_str(e[0].user_name, "Ad Visor");
    assert_str(e[0].note, "action=retitle n=2");
    assert_int_equal(e[0].record_hash.n, 32);
    assert_int_equal(e[0].hash.n, 32);
    static const char *const subjects[] = {"t.task", "t.task", "t.job", "t.person", "t.desk"};
    assert_int_equal(e[0].subjects.n, 5);
    for (size_t i = 0; i < 5; i++)
        assert_str(e[0].subjects.v[i].type, subjects[i]);
    assert_int_equal(e[0].subjects.v[1].id, 0);
    assert_true(sw_str_eq(e[1].prev, e[0].hash));
    assert_int_equal(e[1].note.n, 0);
    assert_int_equal(sw_newest(tx, &person_record, p), 4);
    assert_int_equal(sw_newest(tx, &task_record, 0), 4);
    assert_int_equal(sw_newest(tx, &desk_record, 77), 4);
    ok(sw_history(tx, &job_record, j, 2, &e, &n, &err));
    assert_int_equal(n, 2); /* newest first */
    assert_int_equal(e[0].seq, 4);
    assert_int_equal(e[1].seq, 3);
    uint64_t seq;
    unsigned char hash[32], key[32];
    ok(sw_chain_head(tx, &seq, hash, key));
    assert_int_equal(seq, 5);
    assert_false(sodium_is_zero(key, 32));
    commit(tx);
    ok(verify(1, &seq));
    assert_int_equal(seq, 5);
    ok(verify(0, &seq)); /* the shops' settings */
    assert_int_equal(seq, 2);
}

static void both_parents_notice_a_move(void **state)
{
    (void)state;
    uint64_t p = add_person(1, "Ana", "1"), a = add_job(1, p, "A"), b = add_job(1, p, "B"), t = add_task(1, a, "x");
    struct sw_tx *tx = begin(true, 1, NULL);
    struct task task;
    ok(sw_get(tx, &task_record, t, &task, &err));
    task.job = b;
    ok(sw_put(tx, &task_record, &task, NULL, &err));
    assert_int_equal(sw_newest(tx, &job_record, a), 5);
    assert_int_equal(sw_newest(tx, &job_record, b), 5);
    ok(sw_delete(tx, &task_record, t, "removed", &err));
    struct sw_event *e;
    size_t n;
    ok(sw_events_after(tx, 5, 1, &e, &n, &err));
    assert_str(e->kind, "t.task.removed");
    assert_int_equal(e->record_hash.n, 0);
    commit(tx);
    uint64_t seen;
    ok(verify(1, &seen));
}

static void technical_records_tell_nothing(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct desk d = {.text = S("1")};
    ok(sw_put(tx, &tick_record, &d, NULL, &err));
    ok(sw_put(tx, &tick_record, &d, NULL, &err));
    struct desk was;
    assert_int_equal(sw_get_version(tx, &tick_record, d.head.id, 1, &was, &err), SW_ENOTFOUND);
    uint64_t seq;
    unsigned char hash[32], key[32];
    ok(sw_chain_head(tx, &seq, hash, key));
    assert_int_equal(seq, 0);
    commit(tx);
}

/* Change the byte at `at` (from the end when below zero) of what stands under a key, past every check. */
static void tamper(struct sw_kb *k, long at)
{
    struct sw_engine_tx *e;
    struct sw_str v;
    char copy[2000];
    ok(store->ops->begin(store->engine, NULL, true, &e, &err));
    ok(store->ops->get(e, sw_kb_str(k), &v));
    memcpy(copy, v.p, v.n);
    copy[at < 0 ? (long)v.n + at : at] ^= 1;
    ok(store->ops->put(e, sw_kb_str(k), (struct sw_str){copy, v.n}, &err));
    ok(store->ops->commit(e, &err));
}

static void a_changed_byte_is_named(void **state)
{
    (void)state;
    uint64_t n, p = add_person(1, "Ana", "1"), j = add_job(1, p, "Brakes");
    struct sw_kb k;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct job job;
    ok(sw_get(tx, &job_record, j, &job, &err));
    job.title = S("Oil");
    ok(sw_put(tx, &job_record, &job, NULL, &err));
    commit(tx);
    ok(verify(1, &n));

    sw_key_record(&k, 1, sw_type_of(store, &person_record), p); /* a record */
    tamper(&k, -1);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "t.person 1, version 1, are not those that event 1 recorded"));
    assert_int_equal(last.id, p);
    tamper(&k, -1);
    ok(verify(1, &n));
    tamper(&k, 0); /* its salt */
    assert_int_equal(verify(1, &n), SW_EFAIL);
    tamper(&k, 0);
    tamper(&k, 23); /* its version */
    assert_int_equal(verify(1, &n), SW_EFAIL);
    tamper(&k, 23);

    sw_key_record(&k, 1, sw_type_of(store, &job_record), j); /* a former version */
    k.b[4] = 'V';
    sw_kb_u64(&k, 1);
    tamper(&k, -1);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "t.job 1, version 1"));
    tamper(&k, -1);

    sw_kb_start(&k, 1, 'X'); /* a covering copy */
    sw_kb_add(&k, "t.job\0person", 13);
    sw_kb_int(&k, (int64_t)p);
    sw_kb_u64(&k, j);
    tamper(&k, -1);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "The copy of t.job 1 in the index person"));
    tamper(&k, -1);

    sw_kb_start(&k, 1, 'E'); /* an event */
    sw_kb_u64(&k, 2);
    tamper(&k, 60);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    tamper(&k, 60);
    ok(verify(1, &n));

    sw_kb_start(&k, 1, 'K'); /* the head, its signature */
    sw_kb_add(&k, "head", 4);
    tamper(&k, 20);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    tamper(&k, 20);
    k.n = 5;
    sw_kb_add(&k, "sig", 3);
    tamper(&k, -1);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "signature"));
    tamper(&k, -1);
    ok(verify(1, &n));
}

static void remove_key(struct sw_kb *k)
{
    struct sw_engine_tx *e;
    ok(store->ops->begin(store->engine, NULL, true, &e, &err));
    ok(store->ops->del(e, sw_kb_str(k), &err));
    ok(store->ops->commit(e, &err));
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    uint64_t n, p = add_person(1, "Ana", "1");
    add_person(1, "Bob", "2");
    struct sw_kb k;
    sw_kb_start(&k, 1, 'X');
    sw_kb_add(&k, "t.person\0number", 16);
    sw_kb_text(&k, S("1"), true, false);
    sw_kb_u64(&k, p);
    remove_key(&k);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "t.person 1 is missing in the index number"));
    sw_key_record(&k, 1, sw_type_of(store, &person_record), p);
    remove_key(&k);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "Version 1 of t.person 1, stored by event 1, is missing"));
    assert_non_null(strstr(faults, "which is gone"));
    sw_kb_start(&k, 1, 'E');
    sw_kb_u64(&k, 2); /* the newest event: the chain is cut short */
    remove_key(&k);
    assert_int_equal(verify(1, &n), SW_EFAIL);
    assert_non_null(strstr(faults, "events are missing or were added"));
    assert_non_null(strstr(faults, "No event tells of t.person 2"));
}

static void blobs_are_kept_by_content(void **state)
{
    (void)state;
    struct sw_blob a, b;
    struct sw_arena *arena = sw_arena_new(0);
    struct sw_str path;
    struct stat st;
    char file[96];
    ok(sw_blob_add(1, "hello", 5, &a, &err));
    ok(sw_blob_add(1, "hello", 5, &b, &err));
    assert_memory_equal(a.sha256, b.sha256, 32);
    ok(sw_blob_path(arena, 1, (struct sw_str){(char *)a.sha256, 32}, &path));
    assert_non_null(strstr(path.p, "/blobs/1/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
    assert_int_equal(stat(path.p, &st), 0);
    assert_int_equal(st.st_size, 5);
    snprintf(file, sizeof file, "%s/upload", home);
    FILE *f = fopen(file, "w");
    fputs("photo", f);
    fclose(f);
    ok(sw_blob_add_file(1, file, &a, &err));
    assert_int_equal(a.size, 5);
    ok(sw_blob_add_file(1, file, &a, &err));
    ok(sw_blob_path(arena, 1, (struct sw_str){(char *)a.sha256, 32}, &path));
    assert_int_equal(stat(path.p, &st), 0);
    assert_int_equal(st.st_nlink, 2); /* no byte was copied */
    unlink(file);
    assert_int_equal(sw_blob_add_file(1, file, &a, &err), SW_EFAIL);
    assert_int_equal(sw_blob_path(arena, 1, S("short"), &path), SW_ENOTFOUND);
    sw_arena_free(arena);
}

static void a_backup_restores(void **state)
{
    (void)state;
    char to[96], at[96], blobs[96], path[200];
    struct sw_blob b;
    uint64_t n, p = add_person(1, "Ana", "1");
    add_person(2, "Sue", "1");
    ok(sw_blob_add(1, "hello", 5, &b, &err));
    snprintf(to, sizeof to, "%s/backup", home);
    snprintf(at, sizeof at, "%s/again/store", home);
    snprintf(blobs, sizeof blobs, "%s/again/blobs", home);
    ok(sw_store_backup(store, to, &err));
    assert_int_equal(sw_store_backup(store, to, &err), SW_EFAIL); /* not over another one */
    const struct sw_record *types[8] = {&sw_shop_record, &person_record, NULL};
    add_person(1, "After", "2");
    ok(sw_store_restore(to, at, blobs, types, bad, NULL, &n, &err));
    assert_int_equal(n, 4); /* two shops' settings, two people */
    assert_int_equal(sw_store_restore(to, at, blobs, types, bad, NULL, &n, &err), SW_EFAIL);
    snprintf(path, sizeof path, "%s/1/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", blobs);
    assert_int_equal(access(path, R_OK), 0);
    assert_int_equal(sw_store_restore(home, at, blobs, types, bad, NULL, &n, &err), SW_EFAIL);

    /* A blob whose bytes changed in the backup is noticed, and nothing is left. */
    snprintf(path, sizeof path, "%s/blobs/1/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", to);
    unlink(path);
    FILE *f = fopen(path, "w");
    fputs("hallo", f);
    fclose(f);
    snprintf(at, sizeof at, "%s/third/store", home);
    snprintf(blobs, sizeof blobs, "%s/third/blobs", home);
    assert_int_equal(sw_store_restore(to, at, blobs, types, bad, NULL, &n, &err), SW_EFAIL);
    assert_non_null(strstr(err.message, "do not fit its name"));
    assert_int_not_equal(access(at, F_OK), 0);

    /* So is a record that was changed before the backup. */
    struct sw_kb k;
    sw_key_record(&k, 1, sw_type_of(store, &person_record), p);
    tamper(&k, -1);
    snprintf(to, sizeof to, "%s/backup2", home);
    snprintf(at, sizeof at, "%s/fourth/store", home);
    snprintf(blobs, sizeof blobs, "%s/fourth/blobs", home);
    ok(sw_store_backup(store, to, &err));
    faults[0] = 0;
    assert_int_equal(sw_store_restore(to, at, blobs, types, bad, NULL, &n, &err), SW_EFAIL);
    assert_non_null(strstr(faults, "t.person 1, version 1"));
    assert_int_not_equal(access(at, F_OK), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(facts_are_told), T(both_parents_notice_a_move), T(technical_records_tell_nothing), T(a_changed_byte_is_named),
        T(what_is_missing_is_named), T(blobs_are_kept_by_content), T(a_backup_restores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
