/* Whose a record is: nothing of somebody else's comes out of the store, by any way. */
#include "fixture.h"

static uint64_t ana, bob, ana_job, bob_job, ana_task, bob_task;

static int fill(void **state)
{
    setup(state);
    ana = add_person(1, "Ana", "1");
    bob = add_person(1, "Bob", "2");
    ana_job = add_job(1, ana, "Brakes");
    bob_job = add_job(1, bob, "Oil");
    ana_task = add_task(1, ana_job, "Front");
    bob_task = add_task(1, bob_job, "Drain");
    return 0;
}

static uint64_t add_file(const char *type, uint64_t parent, bool internal)
{
    struct sw_tx *tx = begin(true, 1, NULL);
    struct sw_file f = {.parent_type = S(type), .parent = parent, .name = S("p.jpg"), .internal = internal,
                        .top_type = S("t.job"), .top = ana_job};
    ok(sw_put(tx, &sw_file_record, &f, NULL, &err));
    commit(tx);
    return f.head.id;
}

static void gets_are_restricted(void **state)
{
    (void)state;
    struct sw_viewer v = customer(ana);
    struct sw_tx *tx = begin(false, 1, &v);
    struct person p;
    struct job j;
    struct task t;
    ok(sw_get(tx, &person_record, ana, &p, &err));
    ok(sw_get(tx, &job_record, ana_job, &j, &err));
    ok(sw_get(tx, &task_record, ana_task, &t, &err));
    assert_int_equal(sw_get(tx, &person_record, bob, &p, &err), SW_ENOTFOUND);
    assert_null(p.name.p); /* and nothing of it is left in what was handed over */
    assert_int_equal(sw_get(tx, &job_record, bob_job, &j, &err), SW_ENOTFOUND);
    assert_int_equal(sw_get(tx, &task_record, bob_task, &t, &err), SW_ENOTFOUND);
    char other[SW_ERR_MESSAGE_MAX];
    strcpy(other, err.message);
    assert_int_equal(sw_get(tx, &task_record, 999, &t, &err), SW_ENOTFOUND);
    assert_string_equal(err.message, other); /* the two are never told apart */
    struct job many[2];
    ok(sw_get_many(tx, &job_record, (uint64_t[]){bob_job, ana_job}, 2, many, &err));
    assert_int_equal(many[0].head.id, 0);
    assert_null(many[0].title.p);
    assert_int_equal(many[1].head.id, ana_job);
    assert_int_equal(sw_get_version(tx, &job_record, bob_job, 1, &j, &err), SW_ENOTFOUND);
    uint64_t owner;
    ok(sw_owner_of(tx, &task_record, &(struct task){.job = bob_job}, &owner, &err));
    assert_int_equal(owner, bob);
    commit(tx);
}

static void scans_are_restricted(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        add_job(1, i % 3 ? bob : ana, "More");
    struct sw_viewer v = customer(ana), staff = advisor();
    struct sw_tx *tx = begin(false, 1, &v);
    struct sw_scan s = {.type = &job_record, .index = "board", .limit = 4};
    struct sw_found f;
    size_t n = 0, pages = 0;
    do {
        ok(sw_scan(tx, &s, &f, &err));
        for (size_t i = 0; i < f.n; i++)
            assert_int_equal(((struct job *)f.v)[i].person, ana);
        n += f.n;
        pages++;
        s.after = f.next;
    } while (f.next.n);
    assert_int_equal(n, 11);
    assert_int_equal(pages, 3);
    s = (struct sw_scan){.type = &task_record, .index = "job", .equal = {SW_K_INT(bob_job)}};
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 0);
    ok(sw_count(tx, &s, 10, &n, &err));
    assert_int_equal(n, 0);
    sw_as_shop(tx);
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 1);
    sw_as_viewer(tx);
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 0);
    commit(tx);
    tx = begin(false, 1, &staff);
    ok(sw_scan(tx, &s, &f, &err));
    assert_int_equal(f.n, 1);
    commit(tx);
}

static void history_is_restricted(void **state)
{
    (void)state;
    struct sw_viewer v = customer(ana);
    struct sw_tx *tx = begin(false, 1, &v);
    struct sw_event *e;
    size_t n;
    ok(sw_history(tx, &job_record, ana_job, 10, &e, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(sw_history(tx, &job_record, bob_job, 10, &e, &n, &err), SW_ENOTFOUND);
    assert_int_equal(n, 0);
    commit(tx);
}

static void staff_records_stay_with_the_staff(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct desk d = {.text = S("internal")};
    struct sw_member m = {.user = 3, .name = S("Tech"), .licences = SW_TECHNICIAN};
    ok(sw_put(tx, &desk_record, &d, NULL, &err));
    ok(sw_put(tx, &sw_member_record, &m, NULL, &err));
    commit(tx);
    struct sw_viewer v = customer(ana);
    tx = begin(false, 1, &v);
    assert_int_equal(sw_get(tx, &desk_record, d.head.id, &d, &err), SW_ENOTFOUND);
    ok(sw_get(tx, &sw_member_record, m.head.id, &m, &err)); /* who works on the unit */
    assert_true(sw_field_visible(sw_field_find(&sw_member_record, S("name")), (struct sw_reader){.customer = true}));
    assert_false(sw_field_visible(sw_field_find(&sw_member_record, S("licences")), (struct sw_reader){.customer = true}));
    assert_false(sw_field_visible(sw_field_find(&sw_user_record, S("password")), (struct sw_reader){.customer = false}));
    commit(tx);
}

static void files_belong_to_their_parent(void **state)
{
    (void)state;
    uint64_t open = add_file("t.task", ana_task, false), secret = add_file("t.task", ana_task, true);
    uint64_t other = add_file("t.job", bob_job, false), lost = add_file("t.nothing", 1, false);
    struct sw_viewer v = customer(ana);
    struct sw_tx *tx = begin(false, 1, &v);
    struct sw_file f;
    ok(sw_get(tx, &sw_file_record, open, &f, &err));
    assert_int_equal(sw_get(tx, &sw_file_record, secret, &f, &err), SW_ENOTFOUND);
    assert_int_equal(sw_get(tx, &sw_file_record, other, &f, &err), SW_ENOTFOUND);
    assert_int_equal(sw_get(tx, &sw_file_record, lost, &f, &err), SW_ENOTFOUND);
    struct sw_scan s = {.type = &sw_file_record, .index = "top", .equal = {SW_K_STR(S("t.job")), SW_K_INT(ana_job)}};
    struct sw_found found;
    ok(sw_scan(tx, &s, &found, &err));
    assert_int_equal(found.n, 1);
    commit(tx);
}

static void merged_customers_are_one(void **state)
{
    (void)state;
    struct sw_tx *tx = begin(true, 1, NULL);
    struct person p;
    uint64_t owner;
    ok(sw_get(tx, &person_record, bob, &p, &err));
    ok(sw_owner_of(tx, &person_record, &p, &owner, &err));
    assert_int_equal(owner, bob);
    p.merged_into = ana;
    ok(sw_put(tx, &person_record, &p, "merged", &err));
    ok(sw_owner_of(tx, &person_record, &p, &owner, &err));
    assert_int_equal(owner, ana);
    commit(tx);
    for (int i = 0; i < 2; i++) { /* signed in as either */
        struct sw_viewer v = customer(i ? ana : bob);
        struct job j;
        tx = begin(false, 1, &v);
        ok(sw_get(tx, &job_record, bob_job, &j, &err));
        ok(sw_get(tx, &job_record, ana_job, &j, &err));
        commit(tx);
    }
    tx = begin(true, 1, NULL);
    ok(sw_get(tx, &person_record, ana, &p, &err));
    p.merged_into = bob; /* a circle is refused, not followed for ever */
    assert_int_not_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_OK);
    drop(tx);
}

static void customers_write_only_their_own(void **state)
{
    (void)state;
    struct sw_viewer v = customer(ana);
    struct sw_tx *tx = begin(true, 1, &v);
    struct task mine = {.job = ana_job, .text = S("Please")}, others = {.job = bob_job, .text = S("No")};
    ok(sw_put(tx, &task_record, &mine, NULL, &err));
    assert_int_equal(sw_put(tx, &task_record, &others, NULL, &err), SW_ENOTFOUND);
    mine.job = bob_job; /* moved to somebody else */
    assert_int_equal(sw_put(tx, &task_record, &mine, NULL, &err), SW_ENOTFOUND);
    assert_int_equal(sw_delete(tx, &task_record, bob_task, NULL, &err), SW_ENOTFOUND);
    others.head.id = bob_task;
    others.head.version = 1;
    others.job = ana_job; /* taken from somebody else */
    assert_int_equal(sw_put(tx, &task_record, &others, NULL, &err), SW_ENOTFOUND);
    commit(tx);
}

static void nobody_is_told_of_another_shop(void **state)
{
    (void)state;
    struct sw_viewer v = customer(ana);
    struct sw_tx *tx = begin(false, 2, &v);
    struct job j;
    assert_int_equal(sw_get(tx, &job_record, ana_job, &j, &err), SW_ENOTFOUND);
    sw_tx_set_viewer(tx, 1, &v, false);
    ok(sw_get(tx, &job_record, ana_job, &j, &err));
    v = customer(bob);
    sw_tx_set_viewer(tx, 1, &v, false);
    assert_int_equal(sw_get(tx, &job_record, ana_job, &j, &err), SW_ENOTFOUND);
    commit(tx);
}

static void nobody_sees_nothing(void **state)
{
    (void)state;
    struct sw_viewer v = {.user = 0};
    struct sw_tx *tx = begin(true, 1, &v);
    struct job j;
    struct person p = {.name = S("Own goal")};
    assert_int_equal(sw_get(tx, &job_record, ana_job, &j, &err), SW_ENOTFOUND);
    j = (struct job){.title = S("of no customer")};
    assert_int_equal(sw_put(tx, &job_record, &j, NULL, &err), SW_ENOTFOUND);
    assert_int_equal(sw_put(tx, &person_record, &p, NULL, &err), SW_ENOTFOUND);
    sw_as_shop(tx);
    ok(sw_put(tx, &person_record, &p, NULL, &err));
    ok(sw_get(tx, &job_record, ana_job, &j, &err));
    commit(tx);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fill, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(gets_are_restricted), T(scans_are_restricted), T(history_is_restricted), T(staff_records_stay_with_the_staff),
        T(files_belong_to_their_parent), T(merged_customers_are_one), T(customers_write_only_their_own),
        T(nobody_is_told_of_another_shop), T(nobody_sees_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
