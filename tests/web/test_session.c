/* Sessions, tokens, guests of mailed links, links, passwords. */
#include "shed.h"

#include <stdio.h>
#include <string.h>

static int setup(void **state)
{
    *state = shed_open();
    return 0;
}

static int teardown(void **state)
{
    shed_close(*state);
    return 0;
}

static const char *at(struct shed *s, const char *fmt, uint64_t id)
{
    char text[200];
    snprintf(text, sizeof(text), fmt, (unsigned long long)id);
    return sw_cstr(s->arena, sw_str_of(text));
}

static void a_session_ends(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    const char *path = at(s, "/t/jobs/%llu", s->job);
    shed_get(s, path);
    assert_int_equal(s->out.status, 200);
    const char *form = shed_form(s, "a=b");
    shed_start(s, "GET", path);
    struct sw_str old = s->in.cookie;
    shed_post(s, "/t/logout", form);
    assert_int_equal(s->out.status, 303);
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "sw=; Path=/; Max-Age=0"));
    shed_start(s, "GET", path);
    s->in.cookie = old; /* the cookie itself is worth nothing any more */
    shed_run(s);
    assert_int_equal(s->out.status, 303);
}

static void a_wrong_cookie_is_nobody(void **state)
{
    struct shed *s = *state;
    static const char *const bad[] = {"sw=", "sw=x", "sw=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "sw", ";;=;sw=%00", "other=1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
        s->in.cookie = sw_str_of(bad[i]);
        shed_run(s);
        assert_int_equal(s->out.status, 303);
    }
}

static void signing_in_needs_our_page(void **state)
{
    struct shed *s = *state;
    shed_forget();
    shed_post(s, "/t/login", at(s, "id=%llu", s->u_ana));
    assert_int_equal(s->out.status, 403);
    shed_get(s, "/t/plain");
    const char *csrf = shed_csrf(s); /* the cookie that goes with it is not kept */
    shed_post(s, "/t/login", sw_printf(s->arena, "id=%llu&csrf=%s", (unsigned long long)s->u_ana, csrf).p);
    assert_int_equal(s->out.status, 403);
}

static void signing_in_again_ends_the_former_session(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    const char *path = at(s, "/t/jobs/%llu", s->job);
    shed_start(s, "GET", path);
    struct sw_str old = s->in.cookie;
    shed_post(s, "/t/login", shed_form(s, at(s, "id=%llu", s->u_staff)));
    assert_int_equal(s->out.status, 303);
    shed_start(s, "GET", path);
    s->in.cookie = old;
    shed_run(s);
    assert_int_equal(s->out.status, 303);
    shed_cookies(s);
}

static int disable_ana(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shed *s = arg;
    struct sw_member m = {.head.id = 0};
    int code = sw_get(tx, &sw_member_record, 1, &m, err);
    assert_int_equal(m.user, s->u_ana);
    m.disabled = true;
    return code ? code : sw_put(tx, &sw_member_record, &m, NULL, err);
}

static void a_disabled_member_is_nobody(void **state)
{
    struct shed *s = *state;
    const char *token = shed_token(s, s->u_ana), *path = at(s, "/t/jobs/%llu", s->job);
    shed_sign_in(s, s->u_ana);
    assert_int_equal(shed_write(s, disable_ana, s), SW_OK);
    shed_get(s, path);
    assert_int_equal(s->out.status, 303);
    shed_forget();
    shed_start(s, "GET", path);
    s->in.authorization = sw_str_of(token);
    shed_run(s);
    assert_int_equal(s->out.status, 401);
}

static int end_all(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shed *s = arg;
    return sw_session_end_all(tx, s->u_ana, err);
}

static void all_sessions_end_at_once(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    assert_int_equal(shed_write(s, end_all, s), SW_OK);
    shed_get(s, at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(s->out.status, 303);
}

static void a_token_has_the_users_licences(void **state)
{
    struct shed *s = *state;
    const char *token = shed_token(s, s->u_ana);
    shed_forget();
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    s->in.accept = SW_STR("*/*");
    s->in.authorization = sw_str_of(token);
    shed_run(s);
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "{\"id\":"));
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->other_job));
    s->in.authorization = sw_str_of(token);
    shed_run(s);
    assert_int_equal(s->out.status, 404);
    shed_start(s, "GET", "/t/jobs/new");
    s->in.authorization = sw_str_of(token);
    shed_run(s);
    assert_int_equal(s->out.status, 403);
    static const char *const bad[] = {"Bearer", "Basic abc", "Bearer swt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Bearer swt_"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        shed_start(s, "GET", "/t/plain");
        s->in.accept = SW_STR("*/*");
        s->in.authorization = sw_str_of(bad[i]);
        shed_run(s);
        assert_int_equal(s->out.status, 401);
        assert_true(shed_says(s, "\"code\":\"not_signed_in\""));
    }
}

static void a_guest_sees_one_record(void **state)
{
    struct shed *s = *state;
    shed_forget();
    shed_post(s, "/t/guest", shed_form(s, at(s, "id=%llu", s->job)));
    assert_int_equal(s->out.status, 303);
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "sw_guest="));
    shed_cookies(s);
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    shed_run(s);
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "Brakes"));
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    s->in.accept = SW_STR("application/json");
    shed_run(s);
    assert_true(shed_says(s, "\"guest\":true"));
    /* below it: yes; beside it: no; a page without a record: as nobody */
    shed_get(s, sw_printf(s->arena, "/t/jobs/%llu/notes/%llu", (unsigned long long)s->job, (unsigned long long)s->note).p);
    assert_int_equal(s->out.status, 200);
    shed_get(s, at(s, "/t/jobs/%llu", s->other_job));
    assert_int_equal(s->out.status, 404);
    shed_post(s, "/t/away", shed_form(s, "a=b"));
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), "/login");
    /* a form of the record's page works, with the guest's own token */
    shed_handled = 0;
    shed_post(s, at(s, "/t/jobs/%llu/notes", s->job), shed_form(s, "text=by+mail"));
    assert_int_equal(s->out.status, 303);
    assert_int_equal(shed_handled, 1);
    /* the guest's cookie is no sign-in */
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    const char *g = strstr(sw_cstr(s->arena, s->in.cookie), "sw_guest=");
    s->in.cookie = sw_printf(s->arena, "sw=%.43s", g + 9);
    shed_run(s);
    assert_int_equal(s->out.status, 303);
}

struct list_arg {
    struct shed *s;
    struct sw_list list;
    struct sw_str key;
    int code;
};
static int list_and_end(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct list_arg *l = arg;
    struct sw_req *r = SW_NEW(sw_tx_arena(tx), struct sw_req);
    r->tx = tx;
    r->arena = sw_tx_arena(tx);
    if (l->key.n)
        l->code = sw_session_end_one(r, l->s->u_ana, l->key, err);
    int code = sw_sessions_of(r, l->s->u_ana, &l->list, err);
    for (size_t i = 0; code == SW_OK && i < l->list.n; i++) {
        struct sw_session_view *v = (struct sw_session_view *)l->list.v + i;
        v->browser = sw_copy(l->s->arena, v->browser);
    }
    return code;
}

static void sessions_are_listed_and_ended_one_by_one(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    shed_sign_in(s, s->u_ana);
    struct list_arg l = {.s = s};
    assert_int_equal(shed_write(s, list_and_end, &l), SW_OK);
    assert_int_equal(l.list.n, 2);
    const struct sw_session_view *v = l.list.v;
    assert_true(sw_str_is(v[0].browser, "cmocka"));
    assert_int_equal(v[0].key.n, 16);
    l.key = sw_copy(s->arena, v[1].key);
    assert_int_equal(shed_write(s, list_and_end, &l), SW_OK);
    assert_int_equal(l.code, SW_OK);
    assert_int_equal(l.list.n, 1);
    assert_int_equal(shed_write(s, list_and_end, &l), SW_OK);
    assert_int_equal(l.code, SW_ENOTFOUND);
}

struct link_arg {
    struct sw_str token;
    uint64_t subject;
    int code;
    int64_t lifetime;
    const char *purpose;
};
static int link_make(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct link_arg *l = arg;
    return sw_link_make(tx, "reset", 42, l->lifetime, &l->token, err);
}
static int link_use(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct link_arg *l = arg;
    l->code = sw_link_look(tx, l->purpose, l->token, &l->subject, err);
    if (l->code == SW_OK)
        l->code = sw_link_use(tx, l->purpose, l->token, &l->subject, err);
    return SW_OK;
}

static void a_link_is_used_once_for_its_purpose(void **state)
{
    struct shed *s = *state;
    struct link_arg l = {.lifetime = SW_HOUR, .purpose = "activate"};
    assert_int_equal(shed_write(s, link_make, &l), SW_OK);
    assert_int_equal(l.token.n, 43);
    assert_int_equal(shed_write(s, link_use, &l), SW_OK);
    assert_int_equal(l.code, SW_ENOTFOUND);
    l.purpose = "reset";
    assert_int_equal(shed_write(s, link_use, &l), SW_OK);
    assert_int_equal(l.code, SW_OK);
    assert_int_equal(l.subject, 42);
    assert_int_equal(shed_write(s, link_use, &l), SW_OK);
    assert_int_equal(l.code, SW_ENOTFOUND);
    l.lifetime = -1;
    assert_int_equal(shed_write(s, link_make, &l), SW_OK);
    assert_int_equal(shed_write(s, link_use, &l), SW_OK);
    assert_int_equal(l.code, SW_ENOTFOUND);
}

static int sweep(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_link_record};
    int code = sw_session_sweep(tx, err);
    code = code ? code : sw_scan(tx, &scan, &found, err);
    *(size_t *)arg = found.n;
    return code;
}

static void what_is_over_is_swept(void **state)
{
    struct shed *s = *state;
    struct link_arg l = {.lifetime = -1};
    size_t n = 9;
    assert_int_equal(shed_write(s, link_make, &l), SW_OK);
    l.lifetime = SW_HOUR;
    assert_int_equal(shed_write(s, link_make, &l), SW_OK);
    assert_int_equal(shed_write(s, sweep, &n), SW_OK);
    assert_int_equal(n, 1);
}

static void passwords(void **state)
{
    struct shed *s = *state;
    struct sw_err err;
    struct sw_str hash;
    assert_int_equal(sw_password_hash(s->arena, SW_STR("correct horse"), &hash, &err), SW_OK);
    assert_non_null(strstr(hash.p, "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_true(sw_password_fits(hash, SW_STR("correct horse")));
    assert_false(sw_password_fits(hash, SW_STR("correct hors")));
    assert_false(sw_password_fits((struct sw_str){NULL, 0}, SW_STR("")));
    char *big = sw_alloc(s->arena, 1002);
    memset(big, 'x', 1001);
    assert_int_equal(sw_password_hash(s->arena, sw_str_of(big), &hash, &err), SW_EINVALID);
}

static int second_shop(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_shop shop = {.host = SW_STR("other.test"), .name = SW_STR("Other"), .language = SW_STR("es"), .region = SW_STR("US"),
                           .currency = SW_STR("USD"), .zone = SW_STR("UTC")};
    return sw_store_shop_new(tx, &shop, arg, err);
}

static void a_session_is_of_one_shop(void **state)
{
    struct shed *s = *state;
    uint32_t other;
    shed_sign_in(s, s->u_ana);
    assert_int_equal(shed_write(s, second_shop, &other), SW_OK);
    s->web->shops_read = 0;
    shed_get(s, at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(s->out.status, 200);
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    s->in.host = SW_STR("Other.test:8080");
    shed_run(s);
    assert_int_equal(s->out.status, 303);
    shed_start(s, "GET", "/t/plain");
    s->in.host = SW_STR("other.test");
    shed_run(s);
    assert_string_equal(sw_locale()->language, "es");
    /* a host that no shop names is the one's that names none */
    shed_start(s, "GET", "/t/plain");
    s->in.host = SW_STR("elsewhere.test");
    shed_run(s);
    assert_string_equal(sw_locale()->language, "en");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_session_ends), T(a_wrong_cookie_is_nobody), T(signing_in_needs_our_page), T(signing_in_again_ends_the_former_session),
        T(a_disabled_member_is_nobody), T(all_sessions_end_at_once), T(sessions_are_listed_and_ended_one_by_one),
        T(a_token_has_the_users_licences), T(a_guest_sees_one_record),
        T(a_link_is_used_once_for_its_purpose), T(what_is_over_is_swept), T(passwords), T(a_session_is_of_one_shop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
