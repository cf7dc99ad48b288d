/* tests/web/shed.c: see shed.h. */
#include "shed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct sw_field customer_fields[] = {
    SW_F_TEXT(struct shed_customer, name, 1),
    SW_F_REF(struct shed_customer, merged_into, 2, "shed.customer"),
};
const struct sw_record shed_customer_record = {SW_RECORD(struct shed_customer, "shed.customer", customer_fields),
                                               .audience = SW_FOR_CUSTOMER, .owner = SW_OWNER_SELF};
static const struct sw_field job_fields[] = {
    SW_F_REF(struct shed_job, customer, 1, "shed.customer"),
    SW_F_TEXT(struct shed_job, title, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_MONEY(struct shed_job, price, 3, .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_TIME(struct shed_job, opened_at, 4),
};
const struct sw_record shed_job_record = {SW_RECORD(struct shed_job, "shed.job", job_fields), .audience = SW_FOR_CUSTOMER,
                                          .owner = SW_OWNER_FIELD, .owner_field = "customer"};
static const struct sw_field note_fields[] = {
    SW_F_REF(struct shed_note, job, 1, "shed.job"),
    SW_F_TEXT(struct shed_note, text, 2, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record shed_note_record = {SW_RECORD(struct shed_note, "shed.note", note_fields), .audience = SW_FOR_CUSTOMER,
                                           .owner = SW_OWNER_PARENT, .owner_field = "job"};

struct job_view {
    uint64_t id;
    struct sw_str title, typed, secret;
    int64_t price;
    bool guest;
};
static const struct sw_field job_view_fields[] = {
    SW_F_REF(struct job_view, id, 1, "shed.job", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct job_view, title, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_MONEY(struct job_view, price, 3, .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_TEXT(struct job_view, typed, 4, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct job_view, secret, 5),
    SW_F_BOOL(struct job_view, guest, 6, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record job_view_record = {SW_RECORD(struct job_view, "shed.job_view", job_view_fields),
                                                 .audience = SW_FOR_CUSTOMER};
struct note_form {
    struct sw_str text;
    int64_t hours;
    bool fail;
};
static const struct sw_field note_form_fields[] = {
    SW_F_TEXT(struct note_form, text, 1, .max = 40, .flags = SW_REQUIRED, .label = "Note", .audience = SW_FOR_CUSTOMER),
    SW_F_QTY(struct note_form, hours, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct note_form, fail, 3, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record note_form_record = {SW_RECORD(struct note_form, "shed.note_form", note_form_fields),
                                                  .audience = SW_FOR_CUSTOMER};
struct id_form {
    int64_t id;
    struct sw_str what;
};
static const struct sw_field id_form_fields[] = {
    SW_F_INT(struct id_form, id, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct id_form, what, 2, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record id_form_record = {SW_RECORD(struct id_form, "shed.id_form", id_form_fields), .audience = SW_FOR_CUSTOMER};

int shed_handled;

static int job_page(struct sw_req *r, struct sw_err *err)
{
    const struct shed_job *job = sw_req_record(r, "job");
    (void)err;
    sw_depends(r, &shed_job_record, job->head.id);
    sw_touch(r, &shed_job_record, job->head.id, "opened_at");
    if (sw_unchanged(r))
        return SW_OK;
    struct job_view *v = SW_NEW(sw_req_arena(r), struct job_view);
    *v = (struct job_view){job->head.id, job->title, sw_req_typed(r, "text"), SW_STR("shop only"), job->price, sw_req_is_guest(r)};
    if (sw_str_is(sw_req_query(r, "prices"), "1"))
        sw_reveal_prices(r);
    return sw_show(r, v);
}

static int note_post(struct sw_req *r, struct sw_err *err)
{
    const struct note_form *f = sw_req_form(r);
    const struct shed_job *job = sw_req_record(r, "job");
    struct shed_note n = {.job = job->head.id, .text = f->text};
    int code = sw_put(sw_req_tx(r), &shed_note_record, &n, NULL, err);
    if (code)
        return code;
    if (f->fail)
        return sw_fail(err, SW_ESTATE, "", "The job is closed.");
    if (sw_str_is(f->text, "boom"))
        return sw_fail(err, SW_EFAIL, "", "secret cause");
    if (sw_str_is(f->text, "bad"))
        return sw_fail(err, SW_EINVALID, "text", "That word is not allowed.");
    shed_handled++;
    sw_flash(r, "Saved.");
    return sw_done(r, n.head.id, "/t/jobs/%llu", (unsigned long long)job->head.id);
}

static int note_page(struct sw_req *r, struct sw_err *err)
{
    const struct shed_note *n = sw_req_record(r, "note");
    (void)err;
    return sw_send(r, "text/plain", n->text);
}

static int login(struct sw_req *r, struct sw_err *err)
{
    const struct id_form *f = sw_req_form(r);
    int code = sw_session_start(r, (uint64_t)f->id, err);
    return code ? code : sw_done(r, 0, "/t/plain");
}

static int logout(struct sw_req *r, struct sw_err *err)
{
    int code = sw_session_end(r, err);
    return code ? code : sw_done(r, 0, "/t/plain");
}

static int plain(struct sw_req *r, struct sw_err *err)
{
    struct job_view *v = SW_NEW(sw_req_arena(r), struct job_view);
    (void)err;
    v->title = SW_STR("plain");
    return sw_show(r, v);
}

static int guest(struct sw_req *r, struct sw_err *err)
{
    const struct id_form *f = sw_req_form(r);
    struct shed_job job = {.head.id = 0};
    sw_as_shop(sw_req_tx(r));
    int code = sw_get(sw_req_tx(r), &shed_job_record, (uint64_t)f->id, &job, err);
    if (code == SW_OK)
        code = sw_session_guest(r, &shed_job_record, (uint64_t)f->id, job.customer, err);
    return code ? code : sw_done(r, 0, "/t/jobs/%lld", (long long)f->id);
}

static int limited(struct sw_req *r, struct sw_err *err)
{
    const struct id_form *f = sw_req_form(r);
    int code = sw_limit(sw_req_tx(r), SW_STR("try:me"), 3, SW_HOUR, err);
    if (code)
        return code;
    if (sw_str_is(f->what, "keep")) {
        struct shed_customer c = {.name = SW_STR("kept")};
        sw_as_shop(sw_req_tx(r));
        if ((code = sw_put(sw_req_tx(r), &shed_customer_record, &c, NULL, err)) != SW_OK)
            return code;
        return sw_refuse(r, SW_EINVALID, "what", "Counted and refused.");
    }
    return sw_fail(err, SW_EINVALID, "what", "Never right.");
}

static int upload(struct sw_req *r, struct sw_err *err)
{
    size_t n;
    const struct shed_job *job = sw_req_record(r, "job");
    int code = sw_files_keep(r, &shed_job_record, job->head.id, &shed_job_record, job->head.id, false, &n, err);
    return code ? code : sw_done(r, n, "/t/jobs/%llu", (unsigned long long)job->head.id);
}

static int away(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    return sw_done(r, 0, "//evil.test/%d", 1);
}

static const struct sw_route routes[] = {
    {.method = "GET", .path = "/t/plain", .who = SW_ANYONE, .view = &job_view_record, .page = "plain.html", .handle = plain},
    {.method = "GET", .path = "/t/jobs/new", .who = SW_STAFF, .view = &job_view_record, .page = "plain.html", .handle = plain},
    {.method = "GET", .path = "/t/jobs/{job:shed.job}", .who = SW_SIGNED_IN, .flags = SW_LIVE, .view = &job_view_record,
     .page = "job.html", .handle = job_page, .summary = "A job"},
    {.method = "POST", .path = "/t/jobs/{job:shed.job}/notes", .who = SW_SIGNED_IN, .form = &note_form_record, .again = "/t/jobs/{job}",
     .handle = note_post, .summary = "Add a note"},
    {.method = "POST", .path = "/t/jobs/{job:shed.job}/files", .who = SW_SIGNED_IN, .flags = SW_UPLOAD, .form = &id_form_record,
     .prepare = sw_files_prepare, .handle = upload},
    {.method = "GET", .path = "/t/jobs/{job:shed.job}/notes/{note:shed.note}", .who = SW_SIGNED_IN, .handle = note_page},
    {.method = "POST", .path = "/t/login", .who = SW_ANYONE, .form = &id_form_record, .handle = login},
    {.method = "POST", .path = "/t/logout", .who = SW_SIGNED_IN, .handle = logout},
    {.method = "POST", .path = "/t/guest", .who = SW_ANYONE, .form = &id_form_record, .handle = guest},
    {.method = "POST", .path = "/t/limited", .who = SW_ANYONE, .form = &id_form_record, .handle = limited},
    {.method = "POST", .path = "/t/away", .who = SW_SIGNED_IN, .handle = away},
    {.method = "GET", .path = "/t/words/{word}/end", .who = SW_ANYONE, .view = &job_view_record, .handle = plain},
    {.path = NULL},
};
static const struct sw_place places[] = {
    {"/t/plain", "Second", "home", SW_STAFF, 2}, {"/t/jobs", "First", "list", SW_SIGNED_IN, 1}, {NULL, NULL, NULL, 0, 0}};
static const struct sw_record *const records[] = {&shed_customer_record, &shed_job_record, &shed_note_record, NULL};
const struct sw_plugin shed_plugin = {SW_PLUGIN_HEAD, .name = "shed", .version = "1", .summary = "For tests", .records = records,
                                      .routes = routes, .places = places};

/* ---- The instance */

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

int shed_write(struct shed *s, sw_tx_fn *fn, void *arg)
{
    struct sw_err err = {.code = SW_OK};
    struct sw_run run = {.shop = s->shop, .system = true, .arena = s->arena};
    FILE *f = fopen("/dev/urandom", "r");
    assert_int_equal(fread(run.seed, 1, sizeof(run.seed), f), sizeof(run.seed));
    fclose(f);
    int code = sw_store_write(s->store, &run, fn, arg, &err);
    if (code)
        print_error("%d %s: %s\n", code, err.field, err.message);
    return code;
}

static int make_shop(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shed *s = arg;
    struct sw_shop shop = {.name = SW_STR("Shed & Sons"), .phone = SW_STR("+13105550142"), .language = SW_STR("en"), .region = SW_STR("US"),
                           .currency = SW_STR("USD"), .zone = SW_STR("America/Los_Angeles"), .base_url = SW_STR("http://shed.test")};
    return sw_store_shop_new(tx, &shop, &s->shop, err);
}

static int make_people(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shed *s = arg;
    struct shed_customer ana = {.name = SW_STR("Ana")}, ben = {.name = SW_STR("Ben")};
    struct shed_job job = {.title = SW_STR("Brakes <all>"), .price = 12345}, other = {.title = SW_STR("Other")};
    struct sw_user ua = {.login = SW_STR("ana@shed.test")}, us = {.login = SW_STR("staff@shed.test")};
    struct shed_note note = {.text = SW_STR("first note")};
    struct sw_member ma = {.name = SW_STR("Ana"), .licences = SW_PORTAL}, ms = {.name = SW_STR("Stan"), .licences = SW_ADVISOR};
    int code = sw_put(tx, &shed_customer_record, &ana, NULL, err);
    code = code ? code : sw_put(tx, &shed_customer_record, &ben, NULL, err);
    job.customer = s->ana = ana.head.id;
    other.customer = s->ben = ben.head.id;
    code = code ? code : sw_put(tx, &shed_job_record, &job, NULL, err);
    code = code ? code : sw_put(tx, &shed_job_record, &other, NULL, err);
    s->job = note.job = job.head.id;
    s->other_job = other.head.id;
    code = code ? code : sw_put(tx, &shed_note_record, &note, NULL, err);
    s->note = note.head.id;
    code = code ? code : sw_put(tx, &sw_user_record, &ua, NULL, err);
    code = code ? code : sw_put(tx, &sw_user_record, &us, NULL, err);
    s->u_ana = ma.user = ua.head.id;
    ma.customer = ana.head.id;
    s->u_staff = ms.user = us.head.id;
    code = code ? code : sw_put(tx, &sw_member_record, &ma, NULL, err);
    return code ? code : sw_put(tx, &sw_member_record, &ms, NULL, err);
}

struct shed *shed_open(void)
{
    struct shed *s = calloc(1, sizeof(*s));
    struct sw_err err = {.code = SW_OK};
    struct sw_config *config;
    char path[300], text[600];
    const char *build = getenv("SW_BUILDDIR");
    strcpy(s->home, "/tmp/sw-shed-XXXXXX");
    assert_non_null(mkdtemp(s->home));
    snprintf(text, sizeof(text), "[core]\nprefix = %s\ndemo = yes\n[plugins]\nnames = shed\n", build ? build : ".");
    put_file(s->home, "shopwright.conf", text);
    snprintf(path, sizeof(path), "%s/shed", s->home);
    assert_int_equal(mkdir(path, 0700), 0);
    strcat(path, "/templates");
    assert_int_equal(mkdir(path, 0700), 0);
    put_file(path, "plain.html", "<p>{{title}}</p>{{#form shed.id_form \"/t/login\"}}{{/form}}<u>{{page.flash}}</u>{{#each page.places}}<b>{{label}}</b>{{/each}}\n");
    put_file(path, "job.html",
             "<p>{{title}} {{price}}{{secret}}</p><u>{{page.flash}}</u><s>{{page.notice}}</s><q>{{typed}}</q>"
             "{{#each page.errors}}<b>{{field}}: {{message}}</b>{{/each}}\n");
    if (sw_config_load(s->home, &config, &err) != SW_OK)
        fail_msg("%s", err.message);
    snprintf(path, sizeof(path), "%s/core", build ? build : ".");
    sw_host_add(&sw_core_plugin, path);
    snprintf(path, sizeof(path), "%s/shed", s->home);
    sw_host_add(&shed_plugin, path);
    if (sw_host_load(config, &err) != SW_OK)
        fail_msg("%s", err.message);
    char dir[100], blobs[100];
    snprintf(dir, sizeof(dir), "%s/store", s->home);
    snprintf(blobs, sizeof(blobs), "%s/blobs", s->home);
    struct sw_store_options o = {.dir = dir, .blobs = blobs, .map_size = 64 << 20, .create = true, .types = sw_host_records()};
    o.hooks = sw_host_hooks(&o.n_hooks);
    if (sw_store_open(&o, &s->store, &err) != SW_OK)
        fail_msg("%s", err.message);
    s->arena = sw_arena_new(0);
    assert_int_equal(shed_write(s, make_shop, s), SW_OK);
    assert_int_equal(shed_write(s, make_people, s), SW_OK);
    if (sw_web_new(s->store, &s->web, &err) != SW_OK)
        fail_msg("%s", err.message);
    shed_forget();
    return s;
}

void shed_close(struct shed *s)
{
    char command[200];
    sw_web_free(s->web);
    sw_store_close(s->store);
    sw_host_unload();
    sw_arena_free(s->arena);
    snprintf(command, sizeof(command), "rm -rf %s", s->home);
    assert_int_equal(system(command), 0);
    free(s);
}

/* ---- Requests */

static char jar[5][300]; /* "name=value" */

void shed_forget(void)
{
    memset(jar, 0, sizeof(jar));
}

void shed_cookies(struct shed *s)
{
    for (size_t i = 0; i < s->out.n_headers; i++) {
        if (!sw_str_is(s->out.headers[i].name, "Set-Cookie"))
            continue;
        const char *p = s->out.headers[i].value.p;
        size_t name = strcspn(p, "=") + 1, all = strcspn(p, ";");
        size_t k = 0;
        while (k < 4 && jar[k][0] && strncmp(jar[k], p, name) != 0)
            k++;
        snprintf(jar[k], sizeof(jar[k]), "%.*s", (int)all, p);
    }
}

void shed_start(struct shed *s, const char *method, const char *target)
{
    const char *question = strchr(target, '?');
    s->in = (struct sw_http_in){.arena = s->arena, .method = sw_str_of(method), .host = SW_STR("shed.test"), .accept = SW_STR("text/html,*/*"),
                                .address = SW_STR("127.0.0.1"), .id = SW_STR("req-1"), .user_agent = SW_STR("cmocka")};
    s->in.path = question ? (struct sw_str){target, (size_t)(question - target)} : sw_str_of(target);
    s->in.query = sw_str_of(question ? question + 1 : NULL);
    struct sw_buf b;
    sw_buf_init(&b, s->arena, 256, 5000);
    for (size_t i = 0; i < 5; i++)
        if (jar[i][0])
            sw_buf_addf(&b, "%s%s", b.n ? "; " : "", jar[i]);
    s->in.cookie = sw_buf_str(&b);
}

void shed_as_json(struct shed *s)
{
    s->in.accept = SW_STR("application/json");
    s->in.content_type = SW_STR("application/json");
}

void shed_run(struct shed *s)
{
    memset(&s->out, 0, sizeof(s->out));
    if (sw_str_is(s->in.method, "GET") || sw_str_is(s->in.method, "HEAD")) {
        sw_web_read(s->web, &s->in, &s->out);
        return;
    }
    struct sw_err err;
    struct sw_web_write *x = sw_web_prepare(s->web, &s->in);
    if (!sw_web_is_final(x)) {
        assert_int_equal(sw_store_batch_begin(s->store, &err), SW_OK);
        assert_int_equal(sw_web_run(s->web, x), SW_OK);
        assert_int_equal(sw_store_batch_commit(s->store, &err), SW_OK);
    }
    sw_web_answer(s->web, x, true, &s->out);
}

void shed_get(struct shed *s, const char *target)
{
    shed_start(s, "GET", target);
    shed_run(s);
}

void shed_post(struct shed *s, const char *target, const char *body)
{
    shed_start(s, "POST", target);
    s->in.content_type = SW_STR("application/x-www-form-urlencoded");
    s->in.body = sw_str_of(body);
    shed_run(s);
}

const char *shed_header(const struct shed *s, const char *name)
{
    for (size_t i = 0; i < s->out.n_headers; i++)
        if (sw_str_is(s->out.headers[i].name, name))
            return sw_cstr(s->arena, s->out.headers[i].value);
    return NULL;
}

bool shed_says(const struct shed *s, const char *text)
{
    return s->out.body.n && memmem(s->out.body.p, s->out.body.n, text, strlen(text)) != NULL;
}

const char *shed_csrf(struct shed *s)
{
    static const char mark[] = "name=\"csrf\" value=\"";
    const char *p = s->out.body.n ? memmem(s->out.body.p, s->out.body.n, mark, strlen(mark)) : NULL;
    assert_non_null(p);
    return sw_cstr(s->arena, (struct sw_str){p + strlen(mark), 32});
}

const char *shed_form(struct shed *s, const char *fields)
{
    shed_get(s, "/t/plain");
    shed_cookies(s);
    return sw_printf(s->arena, "%s&csrf=%s", fields, shed_csrf(s)).p;
}

void shed_sign_in(struct shed *s, uint64_t user)
{
    shed_forget();
    const char *form = shed_form(s, sw_printf(s->arena, "id=%llu", (unsigned long long)user).p);
    shed_post(s, "/t/login", form);
    assert_int_equal(s->out.status, 303);
    shed_cookies(s);
}

struct token_arg {
    uint64_t user;
    struct sw_str token;
};
static int make_token(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct token_arg *t = arg;
    return sw_token_make(tx, t->user, SW_STR("test"), &t->token, err);
}

const char *shed_token(struct shed *s, uint64_t user)
{
    struct token_arg t = {.user = user};
    assert_int_equal(shed_write(s, make_token, &t), SW_OK);
    return sw_printf(s->arena, "Bearer " SW_STR_FMT, SW_STR_ARG(t.token)).p;
}
