/* The limits of a request, each crossed once, and what a good one fills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "web/http.h"

static struct sw_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = sw_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sw_arena_free(arena);
    return 0;
}

static struct sw_http_in parse(char *const *envp)
{
    struct sw_http_in in = {.arena = arena};
    sw_http_params(&in, envp);
    return in;
}

static struct sw_http_in parse_one(const char *param)
{
    return parse((char *[]){(char *)(uintptr_t)sw_cstr(arena, sw_str_of(param)), NULL});
}

/* NAME=prefix + n times c */
static char *long_param(const char *head, size_t n, char c)
{
    struct sw_buf b;
    sw_buf_init(&b, arena, n + 64, n + 64);
    sw_buf_adds(&b, head);
    for (size_t i = 0; i < n; i++)
        sw_buf_add(&b, &c, 1);
    sw_buf_add(&b, "", 1);
    return b.p;
}

#define assert_is(str, text)                                                                       \
    do {                                                                                           \
        assert_int_equal((str).n, strlen(text));                                                   \
        assert_memory_equal((str).p, text, (str).n);                                               \
    } while (0)
#define assert_broken(in, want, word)                                                              \
    do {                                                                                           \
        assert_int_equal((in).broken, want);                                                       \
        assert_non_null(strstr((in).broken_why, word));                                            \
    } while (0)

static void fills_everything(void **state)
{
    (void)state;
    struct sw_http_in in = parse((char *[]){
        "REQUEST_METHOD=POST", "REQUEST_URI=/portal/jobs/7?a=b&c", "HTTP_HOST=shop.test:8080",
        "HTTP_COOKIE=s=1", "HTTP_ACCEPT=application/json", "CONTENT_TYPE=text/plain",
        "HTTP_AUTHORIZATION=Bearer x", "HTTP_IF_NONE_MATCH=\"e\"", "HTTP_USER_AGENT=ua",
        "HTTP_ACCEPT_LANGUAGE=es", "HTTP_REFERER=/x", "REMOTE_ADDR=192.0.2.1", "HTTPS=on",
        "REQUEST_ID=abc", "REQUEST_BODY_FILE=/spool/1", "HTTP_X_OTHER=o=p", NULL});
    assert_int_equal(in.broken, SW_OK);
    assert_is(in.method, "POST");
    assert_is(in.path, "/portal/jobs/7");
    assert_is(in.query, "a=b&c");
    assert_is(in.host, "shop.test:8080");
    assert_is(in.cookie, "s=1");
    assert_is(in.accept, "application/json");
    assert_is(in.content_type, "text/plain");
    assert_is(in.authorization, "Bearer x");
    assert_is(in.if_none_match, "\"e\"");
    assert_is(in.user_agent, "ua");
    assert_is(in.accept_language, "es");
    assert_is(in.referer, "/x");
    assert_is(in.address, "192.0.2.1");
    assert_is(in.id, "abc");
    assert_is(in.body_file, "/spool/1");
    assert_true(in.secure);
    assert_int_equal(in.n_params, 16);
    assert_is(in.params[15].name, "HTTP_X_OTHER");
    assert_is(in.params[15].value, "o=p");
}

static void needs_nothing(void **state)
{
    (void)state;
    struct sw_http_in in = parse((char *[]){NULL});
    assert_int_equal(in.broken, SW_OK);
    assert_is(in.method, "GET");
    assert_is(in.path, "/");
    in = parse(NULL);
    assert_int_equal(in.n_params, 0);
    in = parse((char *[]){"HTTPS=off", "no equal sign", "=", NULL});
    assert_false(in.secure);
    assert_int_equal(in.n_params, 2);
}

static void limits_path_and_query(void **state)
{
    (void)state;
    assert_int_equal(parse_one(long_param("REQUEST_URI=/", SW_PATH_MAX - 1, 'a')).broken, SW_OK);
    struct sw_http_in in = parse_one(long_param("REQUEST_URI=/", SW_PATH_MAX, 'a'));
    assert_broken(in, SW_EMALFORMED, "1024");
    assert_is(in.path, "/");
    assert_int_equal(parse_one(long_param("REQUEST_URI=/?", SW_QUERY_MAX, 'a')).broken, SW_OK);
    in = parse_one(long_param("REQUEST_URI=/?", SW_QUERY_MAX + 1, 'a'));
    assert_broken(in, SW_EMALFORMED, "4096");
    assert_int_equal(in.query.n, 0);
}

static void refuses_odd_paths(void **state)
{
    (void)state;
    assert_broken(parse_one("REQUEST_URI="), SW_EMALFORMED, "slash");
    assert_broken(parse_one("REQUEST_URI=*"), SW_EMALFORMED, "slash");
    assert_broken(parse_one("REQUEST_URI=http://elsewhere/"), SW_EMALFORMED, "slash");
    assert_broken(parse_one("REQUEST_URI=/a b"), SW_EMALFORMED, "control");
    assert_broken(parse_one("REQUEST_URI=/a?\x7f"), SW_EMALFORMED, "control");
    assert_broken(parse_one("REQUEST_URI=/a\nb"), SW_EMALFORMED, "control");
}

static void limits_headers(void **state)
{
    (void)state;
    assert_int_equal(parse_one(long_param("HTTP_COOKIE=", SW_COOKIES_MAX, 'c')).broken, SW_OK);
    struct sw_http_in in = parse_one(long_param("HTTP_COOKIE=", SW_COOKIES_MAX + 1, 'c'));
    assert_broken(in, SW_EMALFORMED, "4096");
    assert_int_equal(in.cookie.n, 0);
    assert_int_equal(parse_one(long_param("HTTP_X=", SW_HEADER_MAX - 7, 'c')).broken, SW_OK);
    in = parse((char *[]){"REQUEST_URI=/first", long_param("HTTP_X=", SW_HEADER_MAX, 'c'),
                          "HTTP_Y=1", NULL});
    assert_broken(in, SW_EMALFORMED, "16 KB");
    assert_int_equal(in.n_params, 1);
    assert_is(in.path, "/first");
    char *many[SW_PARAMS_MAX + 2];
    for (size_t i = 0; i <= SW_PARAMS_MAX; i++)
        many[i] = "A=1";
    many[SW_PARAMS_MAX + 1] = NULL;
    assert_broken(parse(many), SW_EMALFORMED, "256");
    many[SW_PARAMS_MAX] = NULL;
    assert_int_equal(parse(many).broken, SW_OK);
}

static void refuses_odd_methods_and_hosts(void **state)
{
    (void)state;
    assert_broken(parse_one("REQUEST_METHOD="), SW_EMALFORMED, "method");
    assert_broken(parse_one("REQUEST_METHOD=get"), SW_EMALFORMED, "method");
    assert_broken(parse_one("REQUEST_METHOD=PROPFINDPROPFINDX"), SW_EMALFORMED, "method");
    assert_broken(parse_one("HTTP_HOST=shop/evil"), SW_EMALFORMED, "host");
    assert_broken(parse_one("HTTP_HOST=shop\"evil"), SW_EMALFORMED, "host");
    assert_broken(parse_one(long_param("HTTP_HOST=", SW_HOST_MAX + 1, 'h')), SW_EMALFORMED, "host");
    assert_int_equal(parse_one("HTTP_HOST=[::1]:8080").broken, SW_OK);
    assert_int_equal(parse_one(long_param("REQUEST_ID=", 100, 'i')).id.n, SW_REQUEST_ID_MAX);
}

static void keeps_internal_paths_inside(void **state)
{
    (void)state;
    assert_broken(parse_one("REQUEST_URI=/internal/touch"), SW_ENOTFOUND, "no such");
    assert_int_equal(parse_one("REQUEST_URI=/internals").broken, SW_OK);
    struct sw_http_in in =
        parse((char *[]){"REQUEST_URI=/internal/touch", "HTTP_SHOPWRIGHT_INTERNAL=1", NULL});
    assert_int_equal(in.broken, SW_ENOTFOUND);
    in = parse((char *[]){"REQUEST_URI=/internal/touch", "SHOPWRIGHT_INTERNAL=1", NULL});
    assert_int_equal(in.broken, SW_OK);
}

static void reads_the_length(void **state)
{
    (void)state;
    struct sw_http_in in = parse((char *[]){NULL});
    assert_int_equal(sw_http_length(&in), -1);
    in = parse_one("CONTENT_LENGTH=");
    assert_int_equal(sw_http_length(&in), -1);
    assert_int_equal(in.broken, SW_OK);
    in = parse_one("CONTENT_LENGTH=262144");
    assert_int_equal(sw_http_length(&in), 262144);
    assert_int_equal(in.broken, SW_OK);
    in = parse_one("CONTENT_LENGTH=262145");
    sw_http_length(&in);
    assert_broken(in, SW_ETOOLARGE, "256 KB");
    in = parse((char *[]){"CONTENT_LENGTH=999999999", "REQUEST_BODY_FILE=/spool/2", NULL});
    assert_int_equal(sw_http_length(&in), 999999999);
    assert_int_equal(in.broken, SW_OK);
    const char *const odd[] = {"CONTENT_LENGTH=-1", "CONTENT_LENGTH=1x", "CONTENT_LENGTH= 1",
                               "CONTENT_LENGTH=9999999999999999999"};
    for (size_t i = 0; i < 4; i++) {
        in = parse_one(odd[i]);
        assert_int_equal(sw_http_length(&in), -1);
        assert_broken(in, SW_EMALFORMED, "length");
    }
}

static void first_fault_wins(void **state)
{
    (void)state;
    struct sw_http_in in = parse((char *[]){"REQUEST_METHOD=x", "REQUEST_URI=nope", NULL});
    assert_broken(in, SW_EMALFORMED, "method");
    sw_http_break(&in, SW_ETOOLARGE, "later");
    assert_int_equal(in.broken, SW_EMALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_everything),
        cmocka_unit_test(needs_nothing),
        cmocka_unit_test(limits_path_and_query),
        cmocka_unit_test(refuses_odd_paths),
        cmocka_unit_test(limits_headers),
        cmocka_unit_test(refuses_odd_methods_and_hosts),
        cmocka_unit_test(keeps_internal_paths_inside),
        cmocka_unit_test(reads_the_length),
        cmocka_unit_test(first_fault_wins),
    };
    return cmocka_run_group_tests_name("fcgi_http", tests, set_up, tear_down);
}
