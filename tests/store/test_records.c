/* Records: put, get, delete, versions, indexes, pages, limits. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void put_get_delete(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Elena Marquez", "17");
    struct person p;
    struct sw_tx *tx = begin(true, 1, NULL);
    ok(sw_get(tx, &person_record, id, &p, &err));
    assert_str(p.name, "Elena Marquez");
    assert_int_equal(p.head.version, 1);
    assert_int_equal(p.head.created, 1000000);
    p.name = S("Elena Ruiz");
    ok(sw_put(tx, &person_record, &p, NULL, &err));
    assert_int_equal(p.head.version, 2);
    commit(tx);

    tx = begin(false, 1, NULL);
    ok(sw_get(tx, &person_record, id, &p, &err));
    assert_str(p.name, "Elena Ruiz");
    struct person was;
    ok(sw_get_version(tx, &person_record, id, 1, &was, &err));
    assert_str(was.name, "Elena Marquez");
    ok(sw_get_version(tx, &person_record, id, 2, &was, &err));
    assert_int_equal(sw_get_version(tx, &person_record, id, 3, &was, &err), SW_ENOTFOUND);
    assert_int_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_EFAIL); /* it only reads */
    commit(tx);

    tx = begin(true, 1, NULL);
    ok(sw_delete(tx, &person_record, id, NULL, &err));
    assert_int_equal(sw_get(tx, &person_record, id, &p, &err), SW_ENOTFOUND);
    assert_int_equal(sw_delete(tx, &person_record, id, NULL, &err), SW_ENOTFOUND);
    ok(sw_get_version(tx, &person_record, id, 2, &was, &err));
    commit(tx);
    assert_int_not_equal(add_person(1, "Another", ""), id); /* ids are never given twice */
}

static void stale_is_refused(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Elena", "");
    struct person a, b;
    struct sw_tx *tx = begin(true, 1, NULL);
    ok(sw_get(tx, &person_record, id, &a, &err));
    b = a;
    a.name = S("First");
    ok(sw_put(tx, &person_record, &a, NULL, &err));
    b.name = S("Second");
    assert_int_equal(sw_put(tx, &person_record, &b, NULL, &err), SW_ESTALE);
    assert_int_equal(b.head.version, 1);
    commit(tx);
    tx = begin(false, 1, NULL);
    ok(sw_get(tx, &person_record, id, &a, &err));
    assert_str(a.name, "First");
    commit(tx);
}

static void put_at_an_id(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct desk d = {.text = S("one")}, again = {.text = S("two")}, got;
    ok(sw_put_at(tx, &desk_record, 40, &d, NULL, &err));
    assert_int_equal(d.head.id, 40);
    assert_int_equal(sw_put_at(tx, &desk_record, 40, &again, NULL, &err), SW_ESTALE);
    ok(sw_put(tx, &desk_record, &again, NULL, &err));
    assert_int_equal(again.head.id, 41);
    ok(sw_delete(tx, &desk_record, 40, NULL, &err));
    d.head = (struct sw_head){0};
    ok(sw_put_at(tx, &desk_record, 40, &d, NULL, &err));
    assert_int_equal(d.head.version, 2); /* goes on counting: version 1 is history */
    ok(sw_get(tx, &desk_record, 40, &got, &err));
    commit(tx);
}

static void limits_are_named(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct person p = {.name = S("")};
    assert_int_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_EINVALID);
    assert_string_equal(err.field, "name");
    static char big[150000];
    memset(big, 'x', sizeof big);
    p = (struct person){.name = S("Elena"), .number = S("5"), .note = {big, sizeof big}};
    assert_int_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_ETOOLARGE);
    assert_non_null(strstr(err.message, "100000"));
    assert_int_equal(p.head.id, 0);
    p.note.n = 99000;
    ok(sw_put(tx, &person_record, &p, NULL, &err));
    assert_int_equal(p.head.id, 1); /* the refused ones took no id */
    commit(tx);
}

static void unique_is_refused(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Elena", "A-1");
    add_person(1, "No number", "");
    add_person(1, "No number", "");
    add_person(2, "Other shop", "A-1");
    struct sw_tx *tx = begin(true, 1, NULL);
    struct person p = {.name = S("Second"), .number = S("a-1")};
    assert_int_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_EINVALID);
    assert_string_equal(err.field, "number");
    assert_int_equal(p.head.id, 0);
    ok(sw_get(tx, &person_record, id, &p, &err));
    p.name = S("Elena again");
    ok(sw_put(tx, &person_record, &p, NULL, &err)); /* its own number does not stand in its way */
    commit(tx);
}

static void long_texts_stay_apart(void **state)
{
    (void)state;
    char a[121], b[121];
    memset(a, 'a', 120);
    memcpy(b, a, sizeof b);
    a[120] = b[120] = 0;
    b[119] = 'b';
    add_person(1, "One", a);
    add_person(1, "Two", b);
    struct sw_tx *tx = begin(false, 1, NULL);
    struct sw_scan what = {.type = &person_record, .index = "number", .equal = {SW_K_STR(S(b))}};
    struct sw_found f;
    ok(sw_scan(tx, &what, &f, &err));
    assert_int_equal(f.n, 1);
    assert_str(((struct person *)f.v)->name, "Two");
    commit(tx);
}

static size_t count(struct sw_tx *tx, struct sw_scan what)
{
    struct sw_found f;
    size_t n;
    ok(sw_scan(tx, &what, &f, &err));
    ok(sw_count(tx, &what, 500, &n, &err));
    assert_int_equal(n, f.n);
    return n;
}

static void indexes_find(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Élena Marquez", "1");
    add_person(1, "Elias Stone", "2");
    add_person(1, "Bob Marquez", "3");
    struct sw_tx *tx = begin(true, 1, NULL);
    struct sw_scan s = {.type = &person_record, .index = "search", .equal = {SW_K_PREFIX(S("marq"))}};
    assert_int_equal(count(tx, s), 2);
    s.equal[0] = SW_K_PREFIX(S("ÉL"));
    assert_int_equal(count(tx, s), 1);
    s.equal[0] = SW_K_STR(S("marq"));
    assert_int_equal(count(tx, s), 0);
    s.index = "name";
    s.equal[0] = SW_K_PREFIX(S("eli"));
    assert_int_equal(count(tx, s), 1);
    s.equal[0] = (struct sw_key){0, 0, {NULL, 0}};
    s.from = SW_K_STR(S("c"));
    s.to = SW_K_STR(S("f"));
    assert_int_equal(count(tx, s), 1);
    struct person p;
    ok(sw_get(tx, &person_record, id, &p, &err));
    p.name = S("Nobody");
    ok(sw_put(tx, &person_record, &p, NULL, &err));
    s = (struct sw_scan){.type = &person_record, .index = "search", .equal = {SW_K_STR(S("marquez"))}};
    assert_int_equal(count(tx, s), 1);
    ok(sw_delete(tx, &person_record, id, NULL, &err));
    s.equal[0] = SW_K_STR(S("nobody"));
    assert_int_equal(count(tx, s), 0);
    s.equal[0] = SW_K_INT(3); /* a number does not fit a text */
    struct sw_found f;
    assert_int_equal(sw_scan(tx, &s, &f, &err), SW_EFAIL);
    s.index = "none";
    assert_int_equal(sw_scan(tx, &s, &f, &err), SW_EFAIL);
    commit(tx);
}

static void numbers_sort(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    for (int i = -3; i <= 3; i++) {
        struct job j = {.state = i % 2 ? JOB_RUNNING : JOB_NEW, .due = i * 1000};
        ok(sw_put(tx, &job_record, &j, NULL, &err));
    }
    struct sw_scan s = {.type = &job_record, .index = "board", .equal = {SW_K_INT(JOB_RUNNING)}};
    struct sw_found f;
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(((struct job *)f.v)[i].due, (int64_t)i * 2000 - 3000);
    s.from = SW_K_INT(-1000);
    s.to = SW_K_INT(1000);
    s.descending = true;
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 2);
    assert_int_equal(((struct job *)f.v)[0].due, 1000);
    commit(tx);
}

static void pages_are_stable(void **state)
{
    (void)state;
    for (int down = 0; down < 2; down++) {
        uint32_t shop = down ? 2 : 1;
        struct sw_tx *tx = begin(true, shop, NULL);
        for (int i = 0; i < 25; i++) {
            struct job j = {.person = 5, .due = i / 10, .title = S("x")}; /* many with the same key */
            ok(sw_put(tx, &job_record, &j, NULL, &err));
        }
        commit(tx);
        bool seen[30] = {false};
        struct sw_scan s = {.type = &job_record, .index = "board", .equal = {SW_K_INT(0)}, .limit = 10, .descending = down};
        size_t n = 0, pages = 0;
        char place[800] = "";
        do {
            tx = begin(true, shop, NULL);
            struct sw_found f;
            s.after = S(place);
            ok(sw_scan(tx, &s, &f, &err));
            for (size_t i = 0; i < f.n; i++) {
                uint64_t id = ((struct job *)f.v)[i].head.id;
                assert_false(seen[id]);
                seen[id] = true;
            }
            n += f.n;
            pages++;
            snprintf(place, sizeof place, SW_STR_FMT, SW_STR_ARG(f.next));
            for (const char *c = place; *c; c++)
                assert_true(strchr("+/=&? ", *c) == NULL);
            if (pages == 1) { /* one that was shown goes away meanwhile */
                struct job *last = &((struct job *)f.v)[f.n - 1];
                ok(sw_delete(tx, &job_record, last->head.id, NULL, &err));
            }
            commit(tx);
        } while (place[0]);
        assert_int_equal(n, 25);
        assert_int_equal(pages, 3);
    }
    struct sw_tx *tx = begin(false, 1, NULL);
    struct sw_scan s = {.type = &job_record, .index = "board", .after = S("not a place!")};
    struct sw_found f;
    assert_int_equal(sw_scan(tx, &s, &f, &err), SW_EMALFORMED);
    s = (struct sw_scan){.type = &job_record, .limit = 5};
    ok(sw_scan(tx, &s, &f, &err)); /* by id */
    assert_int_equal(f.n, 5);
    assert_int_equal(((struct job *)f.v)[0].head.id, 1);
    commit(tx);
}

static void shops_are_apart(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Elena", "1");
    struct sw_tx *tx = begin(false, 2, NULL);
    struct person p;
    assert_int_equal(sw_get(tx, &person_record, id, &p, &err), SW_ENOTFOUND);
    struct sw_scan s = {.type = &person_record, .index = "name"};
    assert_int_equal(count(tx, s), 0);
    s.index = NULL;
    assert_int_equal(count(tx, s), 0);
    assert_int_equal(sw_newest(tx, &person_record, id), 0);
    commit(tx);
    assert_int_equal(add_person(2, "Other", "1"), 1); /* its own ids, its own chain */
}

static void users_belong_to_the_installation(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct sw_user u = {.login = S("ana@test.test")};
    ok(sw_put(tx, &sw_user_record, &u, NULL, &err));
    commit(tx);
    tx = begin(false, 2, NULL);
    struct sw_user got;
    ok(sw_get(tx, &sw_user_record, u.head.id, &got, &err));
    assert_str(got.login, "ana@test.test");
    commit(tx);
}

/* The same record as an older program knows it. */
static const struct sw_field old_fields[] = {SW_F_TEXT(struct desk, text, 1)};
static const struct sw_record old_person = {SW_RECORD(struct desk, "t.person", old_fields)};

static void unknown_tags_survive(void **state)
{
    (void)state;
    uint64_t id = add_person(1, "Elena", "77");
    char dir[96];
    sw_store_close(store);
    snprintf(dir, sizeof dir, "%s/store", home);
    const struct sw_record *types[] = {&sw_shop_record, &old_person, NULL};
    struct sw_store_options o = {.dir = dir, .map_size = 64 << 20, .types = types};
    ok(sw_store_open(&o, &store, &err));
    struct sw_tx *tx = begin(true, 1, NULL);
    struct desk d;
    ok(sw_get(tx, &old_person, id, &d, &err));
    d.text = S("Helena");
    ok(sw_put(tx, &old_person, &d, NULL, &err));
    commit(tx);
    store_reopen();
    tx = begin(false, 1, NULL);
    struct person p;
    ok(sw_get(tx, &person_record, id, &p, &err));
    assert_str(p.name, "Helena");
    assert_str(p.number, "77");
    commit(tx);
}

static void many_at_once(void **state)
{
    (void)state;
    uint64_t ids[100];
    struct person got[100];
    for (int i = 0; i < 100; i++)
        ids[i] = (uint64_t)i + 1;
    struct sw_tx *tx = begin(true, 1, NULL);
    for (int i = 0; i < 90; i++) {
        struct person p = {.name = S("n")};
        ok(sw_put(tx, &person_record, &p, NULL, &err));
    }
    commit(tx);
    tx = begin(false, 1, NULL);
    ok(sw_get_many(tx, &person_record, ids, 100, got, &err));
    assert_int_equal(got[89].head.id, 90);
    assert_int_equal(got[90].head.id, 0);
    commit(tx);
}

static int derive(struct sw_tx *tx, const struct sw_record *type, const void *before, void *after, struct sw_err *e)
{
    (void)tx, (void)type;
    struct job *j = after;
    if (!after)
        return sw_fail(e, SW_ESTATE, "", "Jobs stay.");
    if (before && ((const struct job *)before)->state == JOB_DONE)
        return sw_fail(e, SW_ESTATE, "", "It is done.");
    j->due = j->due ? j->due : 42;
    return SW_OK;
}

static void hooks_derive_and_refuse(void **state)
{
    (void)state;
    static const struct sw_hook own[] = {{"t.job", derive}, {NULL, NULL}};
    hooks = own;
    store_reopen();
    struct sw_tx *tx = begin(true, 1, NULL);
    struct job j = {.person = 1};
    ok(sw_put(tx, &job_record, &j, NULL, &err));
    assert_int_equal(j.due, 42);
    j.state = JOB_DONE;
    ok(sw_put(tx, &job_record, &j, NULL, &err));
    assert_int_equal(sw_put(tx, &job_record, &j, NULL, &err), SW_ESTATE);
    assert_int_equal(sw_delete(tx, &job_record, j.head.id, NULL, &err), SW_ESTATE);
    struct desk d = {.text = S("untouched")};
    ok(sw_put(tx, &desk_record, &d, NULL, &err));
    commit(tx);
}

static void raw_keys(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct sw_str v;
    ok(sw_raw_put(tx, 1, S("cursor/a"), S("12"), &err));
    ok(sw_raw_get(tx, 1, S("cursor/a"), &v));
    assert_str(v, "12");
    assert_int_equal(sw_raw_get(tx, 2, S("cursor/a"), &v), SW_ENOTFOUND);
    ok(sw_raw_delete(tx, 1, S("cursor/a")));
    assert_int_equal(sw_raw_get(tx, 1, S("cursor/a"), &v), SW_ENOTFOUND);
    char long_key[600];
    memset(long_key, 'k', sizeof long_key);
    assert_int_equal(sw_raw_put(tx, 1, (struct sw_str){long_key, sizeof long_key}, S("x"), &err), SW_ETOOLARGE);
    commit(tx);
}

static void settings_follow_their_changes(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(false, 1, NULL);
    assert_str(sw_shop(tx)->name, "North");
    const struct sw_shop *first = sw_shop(tx);
    commit(tx);
    tx = begin(false, 1, NULL);
    assert_ptr_equal(sw_shop(tx), first); /* remembered */
    struct sw_tx *w = begin(true, 1, NULL);
    struct sw_shop s;
    ok(sw_get(w, &sw_shop_record, 1, &s, &err));
    s.name = S("Far North");
    ok(sw_put(w, &sw_shop_record, &s, NULL, &err));
    assert_str(sw_shop(w)->name, "Far North");
    commit(w);
    assert_str(sw_shop(tx)->name, "North"); /* its snapshot is older */
    commit(tx);
    tx = begin(false, 1, NULL);
    assert_str(sw_shop(tx)->name, "Far North");
    commit(tx);
    tx = begin(false, 9, NULL);
    assert_str(sw_shop(tx)->currency, "USD"); /* never NULL */
    commit(tx);
}

static void effects_are_left_once(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct sw_mail m = {.to = S("ana@test.test"), .subject = S("Hello"), .text = S("…")};
    ok(sw_leave(tx, "mail", S("job-1"), &sw_mail_record, &m, 0, &err));
    ok(sw_leave(tx, "mail", S("job-1"), &sw_mail_record, &m, 0, &err));
    ok(sw_leave(tx, "mail", S("job-2"), &sw_mail_record, &m, 5000000, &err));
    ok(sw_leave(tx, "text", S("job-1"), &sw_mail_record, &m, 0, &err));
    ok(sw_leave(tx, "mail", S(""), &sw_mail_record, &m, 0, &err));
    ok(sw_leave(tx, "mail", S(""), &sw_mail_record, &m, 0, &err));
    struct sw_scan s = {.type = &sw_outbox_record, .index = "due", .equal = {SW_K_INT(SW_OUTBOX_WAITING)},
                        .to = SW_K_INT(1000000)};
    struct sw_found f;
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 4);
    struct sw_outbox_entry *e = f.v;
    assert_str(e->kind, "mail");
    assert_str(e->type, "core.mail");
    struct sw_mail got = {.to = {NULL, 0}};
    ok(sw_stored_decode(sw_tx_arena(tx), &sw_mail_record, e->payload, &got, &err));
    assert_str(got.subject, "Hello");
    commit(tx);
}

static void the_same_seed_draws_the_same(void **state)
{
    (void)state;
    struct sw_run run = {.shop = 1, .system = true, .seed = "seed"};
    unsigned char a[100], b[100], c[100];
    struct sw_tx *tx;
    ok(sw_store_snapshot(store, &run, &tx, &err));
    sw_random(tx, a, sizeof a);
    sw_random(tx, c, sizeof c);
    sw_store_snapshot_end(tx);
    assert_memory_not_equal(a, c, sizeof a);
    ok(sw_store_snapshot(store, &run, &tx, &err));
    sw_random(tx, b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    sw_store_snapshot_end(tx);
    memset(run.seed, 0, sizeof run.seed); /* none given: never a known one */
    ok(sw_store_snapshot(store, &run, &tx, &err));
    sw_random(tx, a, sizeof a);
    sw_store_snapshot_end(tx);
    ok(sw_store_snapshot(store, &run, &tx, &err));
    sw_random(tx, b, sizeof b);
    sw_store_snapshot_end(tx);
    assert_memory_not_equal(a, b, sizeof a);
}

static void core_types_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; sw_core_records[i]; i++)
        if (sw_record_validate(sw_core_records[i], &err))
            fail_msg("%s: %s", sw_core_records[i]->name, err.message);
    ok(sw_record_validate(&sw_event_record, &err));
    ok(sw_record_validate(&sw_mail_record, &err));
    ok(sw_record_validate(&sw_action_view, &err));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(put_get_delete), T(stale_is_refused), T(put_at_an_id), T(limits_are_named), T(unique_is_refused),
        T(long_texts_stay_apart), T(indexes_find), T(numbers_sort), T(pages_are_stable), T(shops_are_apart),
        T(users_belong_to_the_installation), T(unknown_tags_survive), T(many_at_once), T(hooks_derive_and_refuse),
        T(raw_keys), T(settings_follow_their_changes), T(effects_are_left_once), T(the_same_seed_draws_the_same),
        T(core_types_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
