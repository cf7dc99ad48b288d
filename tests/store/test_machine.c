/* State machines: what the table does not allow is refused, and nothing changes. */
#include "fixture.h"

static int refuse(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *e)
{
    struct job *j = record;
    struct desk d = {.text = reason};
    j->title = S("spoilt");
    int rc = sw_put(tx, &desk_record, &d, NULL, e);
    return rc ? rc : sw_fail(e, SW_ESTATE, "", "The parts are missing.");
}

static int stamp(struct sw_tx *tx, void *record, struct sw_str reason, struct sw_err *e)
{
    (void)reason, (void)e;
    struct desk d = {.text = S("effect")};
    ((struct job *)record)->due = sw_now(tx);
    return sw_put(tx, &desk_record, &d, NULL, e);
}

static const struct sw_step steps[] = {
    {JOB_NEW, "start", SW_TECHNICIAN, JOB_RUNNING, false, "Start", "primary", stamp},
    {JOB_RUNNING, "finish", SW_TECHNICIAN | SW_ADVISOR, JOB_DONE, false, "Finish", NULL, NULL},
    {JOB_RUNNING, "block", SW_TECHNICIAN, JOB_NEW, false, "Block", NULL, refuse},
    {JOB_DONE, "reopen", SW_ADVISOR, JOB_RUNNING, true, "Reopen", NULL, NULL},
    {SW_ANY_STATE, "cancel", SW_PORTAL | SW_ADVISOR, JOB_CANCELLED, true, "Cancel", "danger", NULL},
    {0, NULL, 0, 0, false, NULL, NULL, NULL},
};
static const struct sw_machine machine = {"t.job", &job_record, "state", steps};

static const struct sw_viewer technician = {.user = 5, .licences = SW_TECHNICIAN, .member = 5};

static void the_table_rules(void **state)
{
    (void)state;
    uint64_t p = add_person(1, "Ana", "1"), id = add_job(1, p, "Brakes");
    struct sw_tx *tx = begin(true, 1, &technician);
    struct job j;
    ok(sw_get(tx, &job_record, id, &j, &err));
    struct job was = j;
    assert_int_equal(sw_machine_do(tx, &machine, &j, "finish", S(""), &err), SW_ESTATE);
    assert_string_equal(err.message, "“Finish” can't be done now: the state is “New”.");
    assert_memory_equal(&j, &was, sizeof j);
    assert_int_equal(sw_machine_do(tx, &machine, &j, "dance", S(""), &err), SW_ESTATE);
    assert_int_equal(sw_machine_do(tx, &machine, &j, "cancel", S("x"), &err), SW_EDENIED);
    assert_true(sw_machine_can(tx, &machine, &j, "start"));
    assert_false(sw_machine_can(tx, &machine, &j, "finish"));
    sw_note(tx, "by=hand");
    ok(sw_machine_do(tx, &machine, &j, "start", S(""), &err));
    assert_int_equal(j.state, JOB_RUNNING);
    assert_int_equal(j.due, 1000000);
    struct sw_event *e;
    size_t n;
    ok(sw_history(tx, &job_record, id, 1, &e, &n, &err));
    assert_str(e->kind, "t.job.start");
    assert_str(e->note, "by=hand action=start from=new to=running");
    was = j;
    uint64_t newest = sw_newest(tx, &job_record, id);
    assert_int_equal(sw_machine_do(tx, &machine, &j, "block", S("x"), &err), SW_ESTATE);
    assert_string_equal(err.message, "The parts are missing.");
    assert_memory_equal(&j, &was, sizeof j);
    assert_int_equal(sw_newest(tx, &job_record, id), newest);
    ok(sw_machine_do(tx, &machine, &j, "finish", S(""), &err));
    commit(tx);
    struct sw_viewer v = advisor();
    tx = begin(true, 1, &v);
    ok(sw_get(tx, &job_record, id, &j, &err)); /* texts end with their transaction */
    assert_int_equal(sw_machine_do(tx, &machine, &j, "reopen", S("  "), &err), SW_EINVALID);
    assert_string_equal(err.field, "reason");
    ok(sw_machine_do(tx, &machine, &j, "reopen", S("It leaks."), &err));
    j.head.version--; /* shown before somebody else's change */
    assert_int_equal(sw_machine_do(tx, &machine, &j, "finish", S(""), &err), SW_ESTALE);
    assert_int_equal(j.state, JOB_RUNNING);
    commit(tx);
}

static void offers_follow_the_viewer(void **state)
{
    (void)state;
    uint64_t ana = add_person(1, "Ana", "1"), bob = add_person(1, "Bob", "2"), id = add_job(1, ana, "Brakes");
    struct sw_viewer v[] = {technician, advisor(), customer(ana), customer(bob), {.licences = 0}};
    static const char *const want[] = {"start", "cancel", "cancel", NULL, NULL};
    for (size_t i = 0; i < 5; i++) {
        struct sw_tx *tx = begin(true, 1, &v[i]);
        struct job j;
        sw_as_shop(tx);
        ok(sw_get(tx, &job_record, id, &j, &err));
        struct sw_list actions = {NULL, 0};
        ok(sw_machine_offers(tx, &machine, &j, &actions));
        assert_int_equal(actions.n, want[i] ? 1 : 0);
        if (want[i]) {
            struct sw_action *a = actions.v;
            assert_str(a->action, want[i]);
            assert_int_equal(a->reason, strcmp(want[i], "cancel") == 0);
        }
        if (i == 3) /* another customer, even in a handler that reads as the shop */
            assert_int_equal(sw_machine_do(tx, &machine, &j, "cancel", S("x"), &err), SW_EDENIED);
        if (i == 2)
            ok(sw_machine_do(tx, &machine, &j, "cancel", S("Sold it."), &err));
        drop(tx);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {T(the_table_rules), T(offers_follow_the_viewer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
