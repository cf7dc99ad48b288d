/* The way of a request: who may, on what, forms and their refusals, double submits, live pages, errors. */
#include "shed.h"

#include <stdio.h>
#include <stdlib.h>
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

static void nobody_is_sent_to_the_sign_in_page(void **state)
{
    struct shed *s = *state;
    shed_get(s, at(s, "/t/jobs/%llu?prices=1", s->job));
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), "/login?r=/t/jobs/1%3Fprices%3D1");
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    shed_as_json(s);
    shed_run(s);
    assert_int_equal(s->out.status, 401);
    assert_true(shed_says(s, "\"code\":\"not_signed_in\""));
}

static void a_customer_sees_the_own_job_only(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    shed_get(s, at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "Brakes &lt;all&gt;"));
    assert_false(shed_says(s, "shop only"));
    assert_false(shed_says(s, "123.45"));
    shed_get(s, at(s, "/t/jobs/%llu?prices=1", s->job));
    assert_true(shed_says(s, "123.45"));
    shed_get(s, at(s, "/t/jobs/%llu", s->other_job));
    assert_int_equal(s->out.status, 404);
    shed_get(s, "/t/jobs/999");
    assert_int_equal(s->out.status, 404);
    shed_get(s, "/t/jobs/new");
    assert_int_equal(s->out.status, 403);
    shed_start(s, "GET", at(s, "/t/jobs/%llu", s->job));
    shed_as_json(s);
    shed_run(s);
    assert_true(shed_says(s, "\"title\":\"Brakes "));
    assert_false(shed_says(s, "price"));
    assert_false(shed_says(s, "secret"));
}

static void the_child_must_be_of_the_parent(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    shed_get(s, sw_printf(s->arena, "/t/jobs/%llu/notes/%llu", (unsigned long long)s->job, (unsigned long long)s->note).p);
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "first note"));
    shed_get(s, sw_printf(s->arena, "/t/jobs/%llu/notes/%llu", (unsigned long long)s->other_job, (unsigned long long)s->note).p);
    assert_int_equal(s->out.status, 404);
}

static void headers_of_a_page(void **state)
{
    struct shed *s = *state;
    shed_get(s, "/t/plain");
    assert_int_equal(s->out.status, 200);
    assert_non_null(strstr(shed_header(s, "Content-Security-Policy"), "default-src 'none'"));
    assert_string_equal(shed_header(s, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(shed_header(s, "Cache-Control"), "private, no-cache");
    assert_string_equal(shed_header(s, "Referrer-Policy"), "same-origin");
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "sw_pre="));
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "HttpOnly; SameSite=Lax"));
    shed_start(s, "GET", "/t/plain");
    s->in.secure = true;
    shed_run(s);
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "__Host-sw_pre="));
    assert_non_null(strstr(shed_header(s, "Set-Cookie"), "; Secure"));
    shed_start(s, "HEAD", "/t/plain");
    shed_run(s);
    assert_int_equal(s->out.status, 200);
    assert_int_equal(s->out.body.n, 0);
}

static void places_follow_the_licence(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    shed_get(s, "/t/plain");
    assert_true(shed_says(s, "<b>First</b>"));
    assert_false(shed_says(s, "<b>Second</b>"));
    shed_sign_in(s, s->u_staff);
    shed_get(s, "/t/plain");
    assert_true(shed_says(s, "<b>First</b><b>Second</b>"));
    shed_get(s, "/");
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), "/t/jobs");
}

static void another_method_is_405(void **state)
{
    struct shed *s = *state;
    shed_start(s, "DELETE", "/t/plain");
    shed_run(s);
    assert_int_equal(s->out.status, 405);
    assert_string_equal(shed_header(s, "Allow"), "GET, HEAD");
}

static void a_form_needs_its_token(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    const char *path = at(s, "/t/jobs/%llu/notes", s->job);
    shed_handled = 0;
    shed_post(s, path, "text=hello");
    assert_int_equal(s->out.status, 403);
    shed_post(s, path, "text=hello&csrf=00000000000000000000000000000000");
    assert_int_equal(s->out.status, 403);
    assert_int_equal(shed_handled, 0);
    shed_post(s, path, shed_form(s, "text=hello&button=x"));
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(shed_handled, 1);
    shed_cookies(s);
    shed_get(s, "/t/plain");
    assert_true(shed_says(s, "<u>Saved.</u>"));
    shed_cookies(s);
    shed_get(s, "/t/plain");
    assert_true(shed_says(s, "<u></u>"));
}

static void a_nonce_makes_two_submits_one(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    const char *path = at(s, "/t/jobs/%llu/notes", s->job), *form = shed_form(s, "text=twice&nonce=abc123");
    shed_handled = 0;
    shed_start(s, "POST", path);
    shed_post(s, path, form);
    assert_int_equal(s->out.status, 303);
    shed_post(s, path, form);
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(shed_handled, 1);
    /* Back in the browser's history, another text, sent with the spent nonce: that is no second submit of the first. */
    shed_post(s, path, shed_form(s, "text=another&nonce=abc123"));
    assert_int_equal(s->out.status, 303);
    assert_int_equal(shed_handled, 2);
    shed_handled = 1;
    /* JSON clients say it in a header. */
    static const struct sw_pair key[] = {{{"HTTP_IDEMPOTENCY_KEY", 20}, {"k1", 2}}};
    const char *token = shed_token(s, s->u_staff);
    struct sw_str first = {NULL, 0};
    for (int i = 0; i < 2; i++) {
        shed_forget();
        shed_start(s, "POST", path);
        shed_as_json(s);
        s->in.authorization = sw_str_of(token);
        s->in.params = key;
        s->in.n_params = 1;
        s->in.body = SW_STR("{\"text\":\"by token\"}");
        shed_run(s);
        assert_int_equal(s->out.status, 201);
        if (i)
            assert_true(sw_str_eq(first, s->out.body));
        first = sw_copy(s->arena, s->out.body);
    }
    assert_int_equal(shed_handled, 2);
}

static void wrong_fields_show_the_page_again(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    const char *path = at(s, "/t/jobs/%llu/notes", s->job);
    shed_post(s, path, shed_form(s, "text=&hours=many"));
    assert_int_equal(s->out.status, 422);
    assert_true(shed_says(s, "Brakes"));
    assert_true(shed_says(s, "<b>text: "));
    assert_true(shed_says(s, "<b>hours: "));
    shed_post(s, path, shed_form(s, "text=bad"));
    assert_int_equal(s->out.status, 422);
    assert_true(shed_says(s, "<b>text: That word is not allowed.</b>"));
    assert_true(shed_says(s, "<q>bad</q>"));
    shed_post(s, path, shed_form(s, "text=x&fail=1"));
    assert_int_equal(s->out.status, 409);
    assert_true(shed_says(s, "<s>The job is closed.</s>"));
    shed_start(s, "POST", path);
    shed_as_json(s);
    s->in.cookie = (struct sw_str){NULL, 0};
    s->in.authorization = sw_str_of(shed_token(s, s->u_staff));
    s->in.body = SW_STR("{\"text\":\"\",\"colour\":1}");
    shed_run(s);
    assert_true(s->out.status == 422 || s->out.status == 400);
    assert_true(shed_says(s, "\"fields\":{"));
    assert_true(shed_says(s, "colour"));
}

static void a_failure_tells_no_cause(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    shed_post(s, at(s, "/t/jobs/%llu/notes", s->job), shed_form(s, "text=boom"));
    assert_int_equal(s->out.status, 500);
    assert_false(shed_says(s, "secret cause"));
    assert_true(shed_says(s, "req-1"));
}

static void an_uncommitted_answer_is_503(void **state)
{
    struct shed *s = *state;
    struct sw_err err;
    shed_sign_in(s, s->u_staff);
    const char *form = shed_form(s, "text=lost");
    shed_start(s, "POST", at(s, "/t/jobs/%llu/notes", s->job));
    s->in.content_type = SW_STR("application/x-www-form-urlencoded");
    s->in.body = sw_str_of(form);
    struct sw_web_write *x = sw_web_prepare(s->web, &s->in);
    assert_false(sw_web_is_final(x));
    assert_int_equal(sw_store_batch_begin(s->store, &err), SW_OK);
    assert_int_equal(sw_web_run(s->web, x), SW_OK);
    sw_store_batch_abort(s->store);
    /* run again, alone: the same answer */
    assert_int_equal(sw_store_batch_begin(s->store, &err), SW_OK);
    assert_int_equal(sw_web_run(s->web, x), SW_OK);
    sw_store_batch_abort(s->store);
    sw_web_answer(s->web, x, false, &s->out);
    assert_int_equal(s->out.status, 503);
    assert_string_equal(shed_header(s, "Retry-After"), "2");
    assert_null(shed_header(s, "Location"));
}

static void one_refusal_leaves_the_batch_alone(void **state)
{
    struct shed *s = *state;
    struct sw_err err;
    struct sw_web_write *x[3];
    struct sw_http_in in[3];
    shed_sign_in(s, s->u_staff);
    shed_handled = 0;
    for (int i = 0; i < 3; i++) {
        const char *form = shed_form(s, i == 1 ? "text=x&fail=1" : i ? "text=second" : "text=first");
        shed_start(s, "POST", at(s, "/t/jobs/%llu/notes", s->job));
        s->in.content_type = SW_STR("application/x-www-form-urlencoded");
        s->in.body = sw_str_of(form);
        in[i] = s->in;
        x[i] = sw_web_prepare(s->web, &in[i]);
    }
    assert_int_equal(sw_store_batch_begin(s->store, &err), SW_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sw_web_run(s->web, x[i]), SW_OK);
    assert_int_equal(sw_store_batch_commit(s->store, &err), SW_OK);
    static const int want[] = {303, 409, 303};
    for (int i = 0; i < 3; i++) {
        sw_web_answer(s->web, x[i], true, &s->out);
        assert_int_equal(s->out.status, want[i]);
    }
    assert_int_equal(shed_handled, 2);
}

static int change_title(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shed *s = arg;
    struct shed_job job = {.head.id = 0};
    int code = sw_get(tx, &shed_job_record, s->job, &job, err);
    job.title = SW_STR("Brakes done");
    return code ? code : sw_put(tx, &shed_job_record, &job, NULL, err);
}

static void a_live_page_is_304_until_something_happens(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_ana);
    const char *path = at(s, "/t/jobs/%llu", s->job);
    shed_get(s, path);
    const char *tag = shed_header(s, "ETag");
    assert_non_null(tag);
    shed_start(s, "GET", path);
    s->in.if_none_match = sw_str_of(tag);
    shed_run(s);
    assert_int_equal(s->out.status, 304);
    assert_int_equal(s->out.body.n, 0);
    assert_string_equal(shed_header(s, "ETag"), tag);
    assert_int_equal(shed_write(s, change_title, s), SW_OK);
    shed_start(s, "GET", path);
    s->in.if_none_match = sw_str_of(tag);
    shed_run(s);
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "Brakes done"));
    assert_string_not_equal(shed_header(s, "ETag"), tag);
    shed_sign_in(s, s->u_staff); /* another person has another page */
    shed_start(s, "GET", path);
    s->in.if_none_match = sw_str_of(tag);
    shed_run(s);
    assert_int_equal(s->out.status, 200);
}

static void touch_notes_arrive(void **state)
{
    struct shed *s = *state;
    struct sw_str body = {NULL, 0};
    shed_sign_in(s, s->u_ana);
    sw_web_touches(s->web, s->arena, &body);
    shed_get(s, at(s, "/t/jobs/%llu", s->job));
    shed_get(s, at(s, "/t/jobs/%llu", s->job));
    assert_int_equal(sw_web_touches(s->web, s->arena, &body), 1);
    assert_int_equal(sw_web_touches(s->web, s->arena, &body), 0);
    shed_forget();
    shed_start(s, "POST", "/internal/touch");
    s->in.body = body;
    shed_run(s);
    assert_int_equal(s->out.status, 404); /* from outside */
    s->in.address = (struct sw_str){NULL, 0};
    s->in.host = (struct sw_str){NULL, 0};
    s->in.content_type = SW_STR("application/json");
    shed_run(s);
    assert_int_equal(s->out.status, 200);
}

static void tries_are_counted_though_refused(void **state)
{
    struct shed *s = *state;
    for (int i = 0; i < 3; i++) {
        shed_post(s, "/t/limited", shed_form(s, i == 1 ? "what=keep" : "what=x"));
        assert_int_equal(s->out.status, 422);
    }
    shed_post(s, "/t/limited", shed_form(s, "what=x"));
    assert_int_equal(s->out.status, 429);
    assert_non_null(shed_header(s, "Retry-After"));
    struct sw_err err;
    struct sw_tx *tx;
    struct sw_run run = {.shop = s->shop, .system = true, .arena = s->arena};
    struct sw_scan scan = {.type = &shed_customer_record};
    struct sw_found found;
    assert_int_equal(sw_store_snapshot(s->store, &run, &tx, &err), SW_OK);
    assert_int_equal(sw_scan(tx, &scan, &found, &err), SW_OK);
    assert_int_equal(found.n, 3); /* what sw_refuse kept */
    sw_store_snapshot_end(tx);
}

static void never_to_another_site(void **state)
{
    struct shed *s = *state;
    shed_sign_in(s, s->u_staff);
    shed_post(s, "/t/away", shed_form(s, "a=b"));
    assert_int_equal(s->out.status, 303);
    assert_string_equal(shed_header(s, "Location"), "/");
}

static void core_answers(void **state)
{
    struct shed *s = *state;
    shed_get(s, "/health");
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "ok\noutbox_waiting 0"));
    shed_start(s, "GET", "/health");
    shed_as_json(s);
    s->in.host = SW_STR("elsewhere");
    shed_run(s);
    assert_true(shed_says(s, "\"ok\":true"));
    shed_get(s, "/metrics");
    assert_true(shed_says(s, "shopwright_worker_requests_total "));
    shed_start(s, "GET", "/metrics");
    s->in.address = SW_STR("10.0.0.1");
    shed_run(s);
    assert_int_equal(s->out.status, 404);
    shed_get(s, "/demo/outbox");
    assert_int_equal(s->out.status, 200);
    shed_start(s, "GET", "/demo/outbox");
    s->in.address = SW_STR("10.0.0.1");
    shed_run(s);
    assert_int_equal(s->out.status, 404);
    shed_get(s, "/demo/outbox/..%2fshopwright.conf");
    assert_int_equal(s->out.status, 404);
}

static void a_demo_mail_is_shown_with_its_link(void **state)
{
    struct shed *s = *state;
    char path[300];
    snprintf(path, sizeof(path), "mkdir %s/outbox", s->home);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/outbox/0001.eml", s->home);
    FILE *f = fopen(path, "w");
    fputs("From: Shed <a@shed.test>\r\nTo: Ana <ana@shed.test>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n\r\nOpen http://shed.test/activate/abc now.\r\nOr http://evil.test/x <b>\r\n",
          f);
    fclose(f);
    shed_get(s, "/demo/outbox");
    assert_true(shed_says(s, "/demo/outbox/0001.eml"));
    assert_true(shed_says(s, "Café"));
    shed_get(s, "/demo/outbox/0001.eml");
    assert_int_equal(s->out.status, 200);
    assert_true(shed_says(s, "href=\"/activate/abc\""));
    assert_false(shed_says(s, "href=\"http://evil.test"));
    assert_true(shed_says(s, "&lt;b&gt;"));
}

static void limits_are_told(void **state)
{
    struct shed *s = *state;
    char *big = sw_alloc(s->arena, SW_BODY_MAX + 2);
    memset(big, 'a', SW_BODY_MAX + 1);
    shed_sign_in(s, s->u_staff);
    shed_post(s, at(s, "/t/jobs/%llu/notes", s->job), big);
    assert_int_equal(s->out.status, 413);
    assert_true(shed_says(s, "256 kB"));
    char *long_path = sw_alloc(s->arena, SW_PATH_MAX + 3);
    memset(long_path, '/', 1);
    memset(long_path + 1, 'a', SW_PATH_MAX);
    shed_get(s, long_path);
    assert_int_equal(s->out.status, 400);
    shed_start(s, "GET", "/t/plain");
    s->in.broken = SW_ETOOLARGE;
    s->in.broken_why = "The headers are too long.";
    shed_run(s);
    assert_int_equal(s->out.status, 413);
    assert_true(shed_says(s, "The headers are too long."));
    struct sw_buf many;
    sw_buf_init(&many, s->arena, 4096, 100000);
    for (int i = 0; i <= SW_FORM_FIELDS_MAX; i++)
        sw_buf_addf(&many, "f%d=1&", i);
    shed_post(s, at(s, "/t/jobs/%llu/notes", s->job), sw_cstr(s->arena, sw_buf_str(&many)));
    assert_int_equal(s->out.status, 413);
    shed_start(s, "GET", "/t/plain");
    char *cookie = sw_alloc(s->arena, SW_COOKIES_MAX + 2);
    memset(cookie, 'c', SW_COOKIES_MAX + 1);
    s->in.cookie = sw_str_of(cookie);
    shed_run(s);
    assert_int_equal(s->out.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(nobody_is_sent_to_the_sign_in_page), T(a_customer_sees_the_own_job_only), T(the_child_must_be_of_the_parent), T(headers_of_a_page),
        T(places_follow_the_licence), T(another_method_is_405), T(a_form_needs_its_token), T(a_nonce_makes_two_submits_one),
        T(wrong_fields_show_the_page_again), T(a_failure_tells_no_cause), T(an_uncommitted_answer_is_503),
        T(one_refusal_leaves_the_batch_alone), T(a_live_page_is_304_until_something_happens), T(touch_notes_arrive),
        T(tries_are_counted_though_refused), T(never_to_another_site), T(core_answers), T(a_demo_mail_is_shown_with_its_link),
        T(limits_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
