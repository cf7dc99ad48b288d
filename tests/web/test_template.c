/* Templates: what each tag gives, who sees what, refilled forms, and each refusal at load with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <shopwright/web.h>
#include "web/pages.h"
#include "web/template.h"

/* ---- Records like those of a plugin --------------------------------------------------------------------------- */

static const struct sw_enum status_enum = {
    "test.status", (const struct sw_word[]){{0, "new", N_("New"), NULL, "circle"},
                                            {1, "progress", N_("In progress"), "busy", "half"},
                                            {2, "completed", N_("Completed"), "good", "check"},
                                            {0, NULL, NULL, NULL, NULL}}};
static const struct sw_enum kind_enum = {
    "test.kind",
    (const struct sw_word[]){{1, "flat", N_("Flat"), NULL, NULL}, {2, "hourly", N_("Hourly"), NULL, NULL}, {0, NULL, NULL, NULL, NULL}}};

struct tech {
    struct sw_str rest;
    uint64_t id;
    struct sw_str name;
};
static const struct sw_field tech_fields[] = {
    SW_F_REF(struct tech, id, 1, "test.tech", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct tech, name, 2, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record tech_record = {SW_RECORD(struct tech, "test.tech", tech_fields)};

struct task {
    struct sw_str rest;
    uint64_t id;
    struct sw_str title, note;
    int32_t status;
    int64_t price;
};
static const struct sw_field task_fields[] = {
    SW_F_REF(struct task, id, 1, "test.task", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct task, title, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_ENUM(struct task, status, 3, &status_enum, .audience = SW_FOR_CUSTOMER),
    SW_F_MONEY(struct task, price, 4, .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_TEXT(struct task, note, 5),
};
static const struct sw_record task_record = {SW_RECORD(struct task, "test.task", task_fields)};

struct unit {
    struct sw_str rest, plate, name;
};
static const struct sw_field unit_fields[] = {
    SW_F_TEXT(struct unit, plate, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct unit, name, 2, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record unit_record = {SW_RECORD(struct unit, "test.unit", unit_fields)};

struct job {
    uint64_t id;
    int64_t version, total, hours, started, spent, miles;
    struct sw_str title, link, secret, phone, email;
    bool open;
    int32_t status;
    uint32_t seen;
    struct unit *unit;
    uint64_t tech;
    SW_LIST_OF(struct task) tasks;
    SW_LIST_OF(struct tech) techs;
    SW_LIST_OF(struct sw_str) tags;
    SW_LIST_OF(struct sw_file_view) files;
};
#define C .audience = SW_FOR_CUSTOMER
static const struct sw_field job_fields[] = {
    SW_F_REF(struct job, id, 1, "test.job", C),
    SW_F_INT(struct job, version, 2, C),
    SW_F_MONEY(struct job, total, 3, .audience = SW_FOR_CUSTOMER_PRICED),
    SW_F_QTY(struct job, hours, 4, C),
    SW_F_TIME(struct job, started, 5, C),
    SW_F_SPAN(struct job, spent, 6, C),
    SW_F_INT(struct job, miles, 7, C),
    SW_F_TEXT(struct job, title, 8, C),
    SW_F_TEXT(struct job, link, 9, C),
    SW_F_TEXT(struct job, secret, 10, .flags = SW_SECRET),
    SW_F_PHONE(struct job, phone, 11, C),
    SW_F_BOOL(struct job, open, 12, C),
    SW_F_ENUM(struct job, status, 13, &status_enum, C),
    SW_F_FLAGS(struct job, seen, 14, &status_enum, C),
    SW_F_SUB(struct job, unit, 15, struct unit, &unit_record, C),
    SW_F_REF(struct job, tech, 16, "test.tech", C),
    SW_F_LIST(struct job, tasks, 17, struct task, &task_record, C),
    SW_F_LIST(struct job, techs, 18, struct tech, &tech_record, C),
    SW_F_STRS(struct job, tags, 19, C),
    SW_F_LIST(struct job, files, 20, struct sw_file_view, &sw_file_view_record, C),
    SW_F_EMAIL(struct job, email, 21, C),
};
static const struct sw_record job_view = {SW_RECORD(struct job, "test.job_view", job_fields)};

struct line {
    struct sw_str rest, name;
    int64_t price;
};
static const struct sw_field line_fields[] = {
    SW_F_TEXT(struct line, name, 1, .label = N_("Name")),
    SW_F_MONEY(struct line, price, 2, .label = N_("Price")),
};
static const struct sw_record line_record = {SW_RECORD(struct line, "test.line", line_fields)};

struct form {
    struct sw_str title, note, password, email, phone, strokes;
    int64_t price, version;
    bool urgent;
    int32_t kind, status;
    uint32_t seen;
    uint64_t tech;
    SW_LIST_OF(struct line) lines;
};
static const struct sw_field form_fields[] = {
    SW_F_TEXT(struct form, title, 1, .flags = SW_REQUIRED, .label = N_("Title"), .hint = N_("As on the paper")),
    SW_F_TEXT(struct form, note, 2, .flags = SW_MULTILINE, .label = N_("Note")),
    SW_F_TEXT(struct form, password, 3, .flags = SW_PASSWORD | SW_REQUIRED, .label = N_("Password"), .autocomplete = "current-password"),
    SW_F_EMAIL(struct form, email, 4, .label = N_("E-mail")),
    SW_F_PHONE(struct form, phone, 5, .label = N_("Phone")),
    SW_F_MONEY(struct form, price, 6, .label = N_("Price")),
    SW_F_INT(struct form, version, 7),
    SW_F_BOOL(struct form, urgent, 8, .label = N_("Urgent")),
    SW_F_ENUM(struct form, kind, 9, &kind_enum, .flags = SW_REQUIRED, .label = N_("Kind")),
    SW_F_ENUM(struct form, status, 10, &status_enum, .label = N_("Status")),
    SW_F_FLAGS(struct form, seen, 11, &status_enum, .label = N_("Seen")),
    SW_F_REF(struct form, tech, 12, "test.tech", .label = N_("Technician")),
    SW_F_LIST(struct form, lines, 13, struct line, &line_record),
    SW_F_TEXT(struct form, strokes, 14, .max = 200000),
};
static const struct sw_record form_record = {SW_RECORD(struct form, "test.form", form_fields)};

static const struct sw_record *find_form(struct sw_str name)
{
    return sw_str_is(name, "test.form") ? &form_record : NULL;
}

/* ---- Helpers ----------------------------------------------------------------------------------------------------- */

static char root[64];

static void write_file(const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int load(const char *text, struct sw_template **t, struct sw_err *err)
{
    char folder[100];
    snprintf(folder, sizeof folder, "%s/plug", root);
    write_file("plug/templates/page.html", text);
    return sw_template_load(folder, "page.html", &job_view, find_form, "test", "en", t, err);
}

static struct job sample(void)
{
    static struct task tasks[] = {
        {.id = 1, .title = {"Find <leak>", 11}, .status = 1, .price = 27550, .note = {"inner", 5}},
        {.id = 2, .title = {"Brakes & pads", 13}, .status = 2, .price = 34800},
    };
    static struct tech techs[] = {{.id = 4, .name = {"Priya", 5}}, {.id = 7, .name = {"Marcus", 6}}};
    static struct sw_str tags[] = {{"a<b", 3}, {"c", 1}};
    static struct unit unit = {.plate = {"7KRD482", 7}, .name = {"Outback", 7}};
    static struct sw_file_view files[] = {
        {.id = 1, .name = {"one.jpg", 7}, .alt = {"Radiator", 8}, .href = {"/files/1", 8}, .thumb = {"/files/1?as=thumb", 17}},
        {.id = 2, .name = {"two.pdf", 7}, .href = {"/files/2", 8}, .kind = 2, .internal = true},
    };
    return (struct job){.id = 2481, .version = 3, .total = 152646, .hours = 1900, .started = 1795201320000, .spent = 114 * SW_MINUTE,
                        .miles = 118204, .title = SW_STR("Leak & \"brakes\""), .link = SW_STR("/jobs/2481"), .phone = SW_STR("+13105550142"),
                        .open = true, .status = 1, .seen = 5, .unit = &unit, .tech = 7, .tasks = {tasks, 2}, .techs = {techs, 2},
                        .tags = {tags, 2}, .files = {files, 2}, .email = SW_STR("a@b.test")};
}

static struct sw_arena *arena;
static struct sw_reader reader; /* staff */
static struct sw_page page;
static const struct sw_refill *refill;

static const char *render(const char *text, const void *view)
{
    struct sw_template *t;
    struct sw_err err = {0};
    if (load(text, &t, &err) != SW_OK)
        fail_msg("%s", err.message);
    struct sw_buf b;
    sw_buf_init(&b, arena, 1024, 1024 * 1024);
    struct sw_render r = {.arena = arena, .who = reader, .now = 1795201320000, .view = view, .page = &page, .refill = refill};
    sw_template_render(t, &r, &b);
    sw_template_free(t);
    return sw_cstr(arena, sw_buf_str(&b));
}

static void gives(const char *text, const char *want)
{
    struct job job = sample();
    assert_string_equal(render(text, &job), want);
}

static void refuses(const char *text, int line, const char *why)
{
    struct sw_template *t = NULL;
    struct sw_err err = {0};
    char at[32];
    snprintf(at, sizeof at, "page.html:%d: ", line);
    if (load(text, &t, &err) == SW_OK)
        fail_msg("accepted: %s", text);
    if (strstr(err.message, at) == NULL || strstr(err.message, why) == NULL)
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", err.message, at, why);
    assert_null(t);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sw-template-XXXXXX");
    assert_non_null(mkdtemp(root));
    static const char *const folders[] = {"plug", "plug/templates", "core", "core/templates"};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    write_file("core/templates/layout-plain.html", "<title>{{title}}</title>{{errors}}<main>{{content}}</main>{{page.flash}}");
    sw_template_prefix(root);
    struct sw_locale l = {"en", "US", "USD", "America/Los_Angeles"};
    sw_locale_set(&l);
    arena = sw_arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sw_arena_free(arena);
    sw_template_prefix(NULL);
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static int fresh(void **state)
{
    (void)state;
    reader = (struct sw_reader){0};
    page = (struct sw_page){.csrf = SW_STR("c<1"), .nonce = SW_STR("n1"), .lang = SW_STR("en")};
    refill = NULL;
    return 0;
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static void test_values(void **state)
{
    (void)state;
    gives("{{title}}", "Leak &amp; &quot;brakes&quot;");
    gives("{{total}} {{total|plain}}", "$1,526.46 1526.46");
    gives("{{hours}} {{hours|hours}} {{spent}} {{spent|hours}} {{spent|plain}}", "1.9 1.90 1 h 54 min 1.90 6840000");
    gives("{{started|iso}} {{started|time}}", "2026-11-20T19:02:00Z 11:02 AM");
    gives("{{unit.plate}} {{phone}} {{phone|plain}}", "7KRD482 (310) 555-0142 +13105550142");
    gives("{{status}} {{status|word}} {{status|tone}} {{status|icon}}", "In progress progress busy half");
    gives("{{seen}} {{miles}} {{miles|grouped}}", "New, Completed 118204 118,204");
    gives("{{tags}} {{open}} {{id}} {{count tasks}}", "a&lt;b, c Yes 2481 2");
    gives("<a href=\"{{link}}\" data-n=\"{{miles}}\">", "<a href=\"/jobs/2481\" data-n=\"118204\">");
    gives("{{! a remark with }\" }}x", "x");
    gives("a\n\n   b  c\n", "a\nb  c\n");
}

static void test_chip_icon(void **state)
{
    (void)state;
    gives("{{icon check}}", "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"/static/icons.svg#check\"/></svg>");
    gives("{{chip status}}", "<span class=\"chip busy\"><svg class=\"icon\" aria-hidden=\"true\">"
                             "<use href=\"/static/icons.svg#half\"/></svg>In progress</span>");
}

static void test_harmful_address(void **state)
{
    (void)state;
    struct job job = sample();
    static const char *const bad[] = {"javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", " javascript:x", "java\tscript:x", NULL};
    for (size_t i = 0; bad[i] != NULL; i++) {
        job.link = sw_str_of(bad[i]);
        assert_string_equal(render("<a href=\"{{link}}\">", &job), "<a href=\"\">");
    }
    job.link = SW_STR("mailto:x@y.test");
    assert_string_equal(render("<a href=\"{{link}}\">", &job), "<a href=\"mailto:x@y.test\">");
    job.link = SW_STR("/a?b=c:d");
    assert_string_equal(render("<a href=\"{{link}}\">", &job), "<a href=\"/a?b=c:d\">");
}

/* ---- Blocks ------------------------------------------------------------------------------------------------------ */

static void test_if(void **state)
{
    (void)state;
    gives("{{#if open}}a{{else}}b{{/if}}{{#if not open}}a{{else}}b{{/if}}", "ab");
    gives("{{#if status=progress}}y{{/if}}{{#if status!=progress}}n{{/if}}{{#if status=completed}}n{{/if}}", "y");
    gives("{{#if tech=7}}y{{/if}}{{#if total>152645}}y{{/if}}{{#if total<=152645}}n{{/if}}", "yy");
    gives("{{#if title=\"x\"}}a{{elseif miles=1}}b{{else if open}}c{{else}}d{{/if}}", "c");
    gives("{{#if open and tech=7 and not tags}}a{{else}}b{{/if}}{{#if miles=1 or open}}c{{/if}}", "bc");
    gives("{{#if miles=1 or miles=2 or not open}}c{{else}}d{{/if}}", "d");
    gives("{{#if seen=completed}}y{{/if}}{{#if seen=progress}}n{{/if}}", "y");
    gives("{{#each techs}}{{#if id=tech}}{{name}}{{/if}}{{/each}}", "Marcus");
    gives("{{#if unit}}y{{/if}}{{#if tasks}}y{{/if}}{{#if unit.plate=\"7KRD482\"}}y{{/if}}", "yyy");
    gives("<a{{#if open}} class=\"x\"{{/if}}>", "<a class=\"x\">");
}

static void test_each_with(void **state)
{
    (void)state;
    gives("{{#each tasks}}{{@n}}/{{@i}} {{title}} of {{view.title}}{{#if not @last}}; {{/if}}{{/each}}",
          "1/0 Find &lt;leak&gt; of Leak &amp; &quot;brakes&quot;; 2/1 Brakes &amp; pads of Leak &amp; &quot;brakes&quot;");
    gives("{{#each tags}}[{{@text}}]{{/each}}", "[a&lt;b][c]");
    gives("{{#with unit}}{{plate}} {{id}}{{else}}none{{/with}}", "7KRD482 2481");
    gives("{{#each tasks}}{{#each techs}}{{@n}}{{/each}}{{@n}};{{/each}}", "121;122;");
    struct job empty = {0};
    assert_string_equal(render("{{#each tasks}}x{{else}}none{{/each}}{{#with unit}}x{{else}}no unit{{/with}}{{unit.plate}}{{started}}", &empty),
                        "noneno unit");
}

static void test_texts(void **state)
{
    (void)state;
    gives("{{_ \"Job {id} & {unit.plate}, {total|plain}\"}}", "Job 2481 &amp; 7KRD482, 1526.46");
    gives("{{n_ tasks \"one task\" \"{#} tasks\"}} {{n_ version \"one\" \"{version} many\"}}", "2 tasks 3 many");
    gives("<p title=\"{{_ \"say {title}\"}}\">", "<p title=\"say Leak &amp; &quot;brakes&quot;\">");
}

static void test_audience(void **state)
{
    (void)state;
    const char *text = "{{total}}|{{#if total}}y{{/if}}|{{#each tasks}}{{price}}{{note}},{{/each}}|{{title}}";
    reader = (struct sw_reader){.customer = true};
    gives(text, "||,,|Leak &amp; &quot;brakes&quot;");
    reader.priced = true;
    gives(text, "$1,526.46|y|$275.50,$348.00,|Leak &amp; &quot;brakes&quot;");
    reader = (struct sw_reader){0};
    gives(text, "$1,526.46|y|$275.50inner,$348.00,|Leak &amp; &quot;brakes&quot;");
}

static void test_layout(void **state)
{
    (void)state;
    page.flash = SW_STR("Saved <1>");
    gives("{{layout plain}}\n{{#title}}{{title}}!{{/title}}\nBody",
          "<title>Leak &amp; &quot;brakes&quot;!</title><main>\nBody</main>Saved &lt;1&gt;");
    write_file("plug/templates/inner.html", "[{{title}}]");
    gives("{{#each tasks}}{{include \"inner.html\"}}{{/each}}", "[Find &lt;leak&gt;][Brakes &amp; pads]");
}

static void test_photos(void **state)
{
    (void)state;
    struct job job = sample();
    const char *html = render("{{photos files open}}", &job);
    assert_non_null(strstr(html, "<details class=\"stack\" open>"));
    assert_non_null(strstr(html, ">2<span class=\"vh\"> items"));
    assert_non_null(strstr(html, "<a href=\"/files/1\" data-kind=\"picture\"><img src=\"/files/1?as=thumb\" alt=\"Radiator\""));
    assert_non_null(strstr(html, "Internal"));
    reader.customer = true;
    html = render("{{photos files}}", &job);
    assert_null(strstr(html, "Internal"));
    assert_null(strstr(html, "two.pdf"));
    assert_non_null(strstr(html, ">1<span"));
    job.files.n = 0;
    assert_string_equal(render("{{photos files}}", &job), "");
}

/* ---- Forms ------------------------------------------------------------------------------------------------------- */

#define OPEN "<form class=\"stack\" action=\"/jobs/2481\" method=\"post\" novalidate>" \
    "<input type=\"hidden\" name=\"csrf\" value=\"c&lt;1\"><input type=\"hidden\" name=\"nonce\" value=\"n1\">"
#define FORM(inner) "{{#form test.form \"/jobs/{id}\"}}" inner "{{/form}}"

static void test_fields(void **state)
{
    (void)state;
    gives(FORM("{{field title=title}}"),
          OPEN "<div class=\"field\"><label for=\"title\">Title</label><p class=\"hint\" id=\"title-hint\">As on the paper</p>"
               "<input id=\"title\" name=\"title\" type=\"text\" required aria-describedby=\"title-hint\" value=\"Leak &amp; &quot;brakes&quot;\"></div></form>");
    gives(FORM("{{field price=total}}"),
          OPEN "<div class=\"field\"><label for=\"price\">Price <span class=\"hush\">(optional)</span></label>"
               "<input id=\"price\" name=\"price\" inputmode=\"decimal\" value=\"1526.46\"></div></form>");
    gives(FORM("{{field note=title rows=2 label=\"Say {id}\"}}"),
          OPEN "<div class=\"field\"><label for=\"note\">Say 2481 <span class=\"hush\">(optional)</span></label>"
               "<textarea id=\"note\" name=\"note\" rows=\"2\">\nLeak &amp; &quot;brakes&quot;</textarea></div></form>");
    gives(FORM("{{field password}}"),
          OPEN "<div class=\"field\"><label for=\"password\">Password</label><input id=\"password\" name=\"password\" type=\"password\""
               " autocomplete=\"current-password\" required></div></form>");
    gives(FORM("{{field urgent=open}}"),
          OPEN "<input type=\"hidden\" name=\"urgent\" value=\"0\"><label class=\"tick\"><input type=\"checkbox\" value=\"1\" id=\"urgent\""
               " name=\"urgent\" checked>Urgent</label></form>");
    gives(FORM("{{field phone=phone}}{{hidden version=version}}{{hidden kind=\"flat\"}}"),
          OPEN "<div class=\"field\"><label for=\"phone\">Phone <span class=\"hush\">(optional)</span></label><input id=\"phone\" name=\"phone\""
               " type=\"tel\" value=\"(310) 555-0142\"></div><input type=\"hidden\" name=\"version\" value=\"3\">"
               "<input type=\"hidden\" name=\"kind\" value=\"flat\"></form>");
}

static void test_choices(void **state)
{
    (void)state;
    gives(FORM("{{field kind}}"),
          OPEN "<div class=\"field\"><label for=\"kind\">Kind</label><select id=\"kind\" name=\"kind\" required><option value=\"\" selected></option>"
               "<option value=\"flat\">Flat</option><option value=\"hourly\">Hourly</option></select></div></form>");
    gives(FORM("{{field status=status}}"),
          OPEN "<div class=\"field\"><label for=\"status\">Status</label><select id=\"status\" name=\"status\"><option value=\"new\">New</option>"
               "<option value=\"progress\" selected>In progress</option><option value=\"completed\">Completed</option></select></div></form>");
    gives(FORM("{{field tech=tech options=techs empty=\"Nobody\"}}"),
          OPEN "<div class=\"field\"><label for=\"tech\">Technician <span class=\"hush\">(optional)</span></label><select id=\"tech\" name=\"tech\">"
               "<option value=\"\">Nobody</option><option value=\"4\">Priya</option><option value=\"7\" selected>Marcus</option></select></div></form>");
    gives(FORM("{{field tech=tech bare}}"), OPEN "<input id=\"tech\" name=\"tech\" aria-label=\"Technician\" inputmode=\"numeric\" value=\"7\"></form>");
    gives(FORM("{{field kind=\"hourly\" radio class=\"answers\"}}"),
          OPEN "<fieldset class=\"field\"><legend>Kind</legend><div class=\"answers\"><label class=\"tick\"><input type=\"radio\" id=\"kind\""
               " name=\"kind\" value=\"flat\">Flat</label><label class=\"tick\"><input type=\"radio\" id=\"kind-1\" name=\"kind\""
               " value=\"hourly\" checked>Hourly</label></div></fieldset></form>");
    gives(FORM("{{field seen=seen}}"),
          OPEN "<fieldset class=\"field\"><legend>Seen</legend><div class=\"row\"><input type=\"hidden\" name=\"seen\" value=\"\">"
               "<label class=\"tick\"><input type=\"checkbox\" id=\"seen\" name=\"seen\" value=\"new\" checked>New</label>"
               "<label class=\"tick\"><input type=\"checkbox\" id=\"seen-1\" name=\"seen\" value=\"progress\">In progress</label>"
               "<label class=\"tick\"><input type=\"checkbox\" id=\"seen-2\" name=\"seen\" value=\"completed\" checked>Completed</label></div></fieldset></form>");
}

static void test_list_fields(void **state)
{
    (void)state;
    gives(FORM("{{#each tasks}}{{field lines.price=price bare label=\"Price of {title}\"}}{{/each}}{{field lines.name at=tasks bare}}"),
          OPEN "<input id=\"lines.0.price\" name=\"lines.0.price\" aria-label=\"Price of Find &lt;leak&gt;\" inputmode=\"decimal\" value=\"275.50\">"
               "<input id=\"lines.1.price\" name=\"lines.1.price\" aria-label=\"Price of Brakes &amp; pads\" inputmode=\"decimal\" value=\"348.00\">"
               "<input id=\"lines.2.name\" name=\"lines.2.name\" aria-label=\"Name\" type=\"text\"></form>");
}

static void test_form_kinds(void **state)
{
    (void)state;
    struct job job = sample();
    const char *html = render("{{#form test.form \"/search\" get class=\"row\" label=\"Find\"}}{{field title type=search}}{{/form}}", &job);
    assert_non_null(strstr(html, "<form class=\"row\" aria-label=\"Find\" action=\"/search\" method=\"get\" role=\"search\">"));
    assert_null(strstr(html, "csrf"));
    assert_non_null(strstr(html, "type=\"search\""));
    html = render("{{#form test.form \"/up\" upload}}{{files \"Add\"}}{{submit \"Go {id}\" primary big icon=check name=kind value=flat}}{{/form}}", &job);
    assert_non_null(strstr(html, "enctype=\"multipart/form-data\""));
    assert_non_null(strstr(html, "type=\"file\" name=\"files\" multiple"));
    assert_non_null(strstr(html, "<button class=\"button primary big\" type=\"submit\" name=\"kind\" value=\"flat\"><svg"));
    assert_non_null(strstr(html, "Go 2481</button>"));
    html = render(FORM("{{sign}}"), &job);
    assert_non_null(strstr(html, "<canvas role=\"img\""));
    assert_non_null(strstr(html, "name=\"strokes\" value=\"\""));
}

static void test_ids_of_many_forms(void **state)
{
    (void)state;
    struct job job = sample();
    const char *html = render("{{#each tasks}}{{#form test.form \"/t/{id}\"}}{{field title}}{{/form}}"
                              "{{#form test.form \"/u/{id}\" id=\"u{id}\"}}{{field title}}{{/form}}{{/each}}", &job);
    static const char *const want[] = {"id=\"f1-title\"", "<form id=\"u1\"", "id=\"u1-title\"", "id=\"f3-title\"", "id=\"u2-title\"", "for=\"u2-title\"", NULL};
    for (size_t i = 0; want[i] != NULL; i++)
        assert_non_null(strstr(html, want[i]));
}

static void test_refill(void **state)
{
    (void)state;
    struct job job = sample();
    struct sw_pair pairs[] = {
        {SW_STR("title"), SW_STR("<b>")}, {SW_STR("password"), SW_STR("hidden")}, {SW_STR("urgent"), SW_STR("0")},
        {SW_STR("kind"), SW_STR("hourly")}, {SW_STR("seen"), SW_STR("progress")}, {SW_STR("version"), SW_STR("2")},
        {SW_STR("price"), SW_STR("")},
    };
    struct sw_err errs[] = {{.code = SW_EINVALID, .field = "title", .message = "The title is too short."}};
    struct sw_errors all = {errs, 1, 1};
    struct sw_refill again = {.form = &form_record, .pairs = pairs, .n = sizeof pairs / sizeof pairs[0], .errs = &all, .action = SW_STR("/t/2")};
    struct sw_page_error shown[] = {{SW_STR("title"), SW_STR("The title is too short.")}, {SW_STR("other"), SW_STR("Other.")}};
    refill = &again;
    page.errors.v = shown;
    page.errors.n = 2;
    const char *html = render("{{layout plain}}{{#each tasks}}{{#form test.form \"/t/{id}\"}}{{field title=title}}{{field password}}"
                              "{{field urgent=open}}{{field kind=\"flat\"}}{{field seen=seen}}{{field price=price}}{{hidden version=version}}{{/form}}{{/each}}", &job);
    /* The summary links to the second form, the one that was sent. */
    assert_non_null(strstr(html, "<li><a href=\"#f2-title\">The title is too short.</a></li><li>Other.</li>"));
    assert_non_null(strstr(html, "2 answers need a correction"));
    const char *second = strstr(html, "action=\"/t/2\"");
    assert_non_null(second);
    assert_true(strstr(html, "value=\"Find &lt;leak&gt;\"") < second);
    assert_non_null(strstr(second, "<div class=\"field invalid\"><label for=\"f2-title\">"));
    assert_non_null(strstr(second, "<p class=\"error\" id=\"f2-title-error\">"));
    assert_non_null(strstr(second, "aria-invalid=\"true\" aria-describedby=\"f2-title-hint f2-title-error\" value=\"&lt;b&gt;\""));
    assert_null(strstr(second, "hidden\" value=\"hidden"));
    assert_null(strstr(second, "value=\"hidden\""));
    assert_non_null(strstr(second, "name=\"urgent\">Urgent"));
    assert_non_null(strstr(second, "<option value=\"hourly\" selected>"));
    assert_non_null(strstr(second, "value=\"progress\" checked>"));
    assert_non_null(strstr(second, "value=\"new\">"));
    assert_non_null(strstr(second, "name=\"price\" inputmode=\"decimal\">"));
    assert_non_null(strstr(second, "name=\"version\" value=\"2\""));
    /* Refused as stale, without a wrong field: the version of today comes back, so that the person can decide. */
    all.n = 0;
    html = render("{{#form test.form \"/t/2\"}}{{field title}}{{hidden version=version}}{{/form}}", &job);
    assert_non_null(strstr(html, "name=\"version\" value=\"3\""));
    assert_non_null(strstr(html, "value=\"&lt;b&gt;\""));
}

/* ---- Refusals ------------------------------------------------------------------------------------------------------ */

static void test_refusals(void **state)
{
    (void)state;
    refuses("a\nb {{nothing}}", 2, "no field \"nothing\"");
    refuses("{{unit.nothing}}", 1, "no field \"unit.nothing\"");
    refuses("{{title.x}}", 1, "has no parts");
    refuses("\n\n{{secret}}", 3, "is secret");
    refuses("{{page.csrf}}", 1, "is secret");
    refuses("{{total|wrong}}", 1, "no format \"wrong\"");
    refuses("{{total|date}}", 1, "does not fit");
    refuses("{{status|money}}", 1, "label, word, tone and icon");
    refuses("{{tasks}}", 1, "no single value");
    refuses("{{#if open}}x", 1, "{{#if}} is not closed");
    refuses("{{#if open}}x{{/each}}", 1, "closes nothing");
    refuses("x{{/if}}", 1, "closes nothing");
    refuses("x{{else}}", 1, "closes nothing");
    refuses("{{#if open and tech or open}}x{{/if}}", 1, "may not be mixed");
    refuses("{{#if status=wrong}}x{{/if}}", 1, "neither a value");
    refuses("{{#if status=tech}}x{{/if}}", 1, "different kinds");
    refuses("{{#if title>x}}x{{/if}}", 1, "is no number");
    refuses("{{#each title}}x{{/each}}", 1, "is no list");
    refuses("{{#with title}}x{{/with}}", 1, "no record with parts");
    refuses("{{@n}}", 1, "only inside of {{#each}}");
    refuses("{{#wrong x}}", 1, "no tag {{#wrong}}");
    refuses("{{title", 1, "not followed by }}");
    refuses("{{_ \"open}}", 1, "not followed by }}");
    refuses("{{}}", 1, "is missing");
    refuses("{{title ?}}", 1, "has no meaning");
    refuses("{{_ \"a {title\"}}", 1, "{ is not followed by }");
    refuses("{{layout none}}", 1, "no layout \"none\"");
    refuses("{{layout ../x}}", 1, "no layout");
    refuses("x{{layout plain}}", 1, "first line");
    refuses("{{include \"../x\"}}", 1, "same folder");
    refuses("{{include \"missing.html\"}}", 1, "cannot be read");
    refuses("{{include \"page.html\"}}", 1, "nested too deep");
    refuses("{{photos tasks}}", 1, "no list of core.file_view");
    refuses("{{chip title}}", 1, "is no enum");
    refuses("{{n_ title \"a\" \"b\"}}", 1, "neither a whole number nor a list");
}

static void test_refusals_of_places(void **state)
{
    (void)state;
    refuses("<p class={{title}}>", 1, "double quotes");
    refuses("<p class='{{title}}'>", 1, "double quotes");
    refuses("<p {{title}}>", 1, "double quotes");
    refuses("<{{title}}>", 1, "double quotes");
    refuses("<p onclick=\"{{title}}\">", 1, "attribute onclick");
    refuses("<p style=\"{{title}}\">", 1, "attribute style");
    refuses("<script>{{title}}</script>", 1, "script, style or comment");
    refuses("<!-- {{title}} -->", 1, "script, style or comment");
    refuses("<p {{icon check}}>", 1, "may not stand inside of a tag");
    refuses("<p title=\"{{chip status}}\">", 1, "may not stand inside of a tag");
    refuses("<p {{#if open}}title=\"{{/if}}>", 1, "open differently");
    refuses("{{#each tasks}}<p {{/each}}>", 1, "open differently");
    gives("<!-- x --><style>p{}</style><p title=\"{{version}}\">", "<!-- x --><style>p{}</style><p title=\"3\">");
}

static void test_refusals_of_forms(void **state)
{
    (void)state;
    refuses("{{#form test.none \"/x\"}}{{/form}}", 1, "no form \"test.none\"");
    refuses("{{#form test.form}}{{/form}}", 1, "is written");
    refuses("{{#form test.form \"/x\" wrong}}{{/form}}", 1, "knows no \"wrong\"");
    refuses(FORM("{{#form test.form \"/x\"}}{{/form}}"), 1, "inside of another");
    refuses("{{field title}}", 1, "only inside of {{#form}}");
    refuses(FORM("{{field none}}"), 1, "has no field \"none\"");
    refuses(FORM("{{field title=none}}"), 1, "no field \"none\"");
    refuses(FORM("{{field title wrong=1}}"), 1, "knows no \"wrong\"");
    refuses(FORM("{{field title radio}}"), 1, "nothing to choose from");
    refuses(FORM("{{field price=title}}"), 1, "different kinds");
    refuses(FORM("{{field kind=status}}"), 1, "different kinds");
    refuses(FORM("{{field kind=\"none\"}}"), 1, "no word of");
    refuses(FORM("{{field password=title}}"), 1, "never filled");
    refuses(FORM("{{field tech options=tags2}}"), 1, "no field");
    refuses(FORM("{{field tech options=tasks}}"), 1, "need id");
    refuses(FORM("{{field lines.price}}"), 1, "needs at=");
    refuses(FORM("{{field lines}}"), 1, "no control of its own");
    refuses(FORM("{{files \"x\"}}"), 1, "says upload");
    refuses(FORM("{{submit \"x\" name=none}}"), 1, "has no field \"none\"");
    refuses("{{#form test.form \"/x\"}}<p {{/form}}", 1, "open");
}

static void test_limits(void **state)
{
    (void)state;
    char text[4096];
    strcpy(text, "{{");
    memset(text + 2, 'a', 2100);
    strcpy(text + 2102, "}}");
    refuses(text, 1, "at most 2000 bytes");
    text[0] = '\0';
    for (int i = 0; i < 20; i++)
        strcat(text, "{{#if open}}");
    refuses(text, 1, "nested too deep");
    struct sw_buf b;
    sw_buf_init(&b, arena, 1024, 4 * 1024 * 1024);
    for (int i = 0; i < 15000; i++)
        sw_buf_adds(&b, "{{id}}-");
    sw_buf_add(&b, "", 1);
    refuses(b.p, 1, "too large");
    b.n = 0;
    for (int i = 0; i < 30000; i++)
        sw_buf_adds(&b, "0123456789");
    sw_buf_add(&b, "", 1);
    struct sw_template *t = NULL;
    struct sw_err err = {0};
    assert_int_not_equal(load(b.p, &t, &err), SW_OK);
    assert_non_null(strstr(err.message, "larger than"));
    assert_int_equal(sw_template_load(root, "none.html", &job_view, find_form, "test", "en", &t, &err), SW_ENOTFOUND);
}

/* The real layouts and core's own pages, from the build tree. */
static void test_real_pages(void **state)
{
    (void)state;
    const char *built = getenv("SW_BUILDDIR");
    char folder[512];
    if (built == NULL)
        skip();
    snprintf(folder, sizeof folder, "%s/core", built);
    sw_template_prefix(built);
    static const struct {
        const char *file;
        const struct sw_record *view;
    } pages[] = {{"error.html", &sw_error_view_record}, {"outbox.html", &sw_outbox_view_record}, {"mail.html", &sw_mail_view_record}};
    for (size_t i = 0; i < 3; i++) {
        struct sw_template *t = NULL;
        struct sw_err err = {0};
        if (sw_template_load(folder, pages[i].file, pages[i].view, NULL, "shopwright", "en", &t, &err) != SW_OK)
            fail_msg("%s", err.message);
        sw_template_free(t);
    }
    static const char *const layouts[] = {"portal", "portal-wide", "staff", "tech", "public"};
    for (size_t i = 0; i < 5; i++) {
        char text[200];
        snprintf(text, sizeof text, "{{layout %s}}\n{{#title}}T{{/title}}{{#deck}}D{{/deck}}<h1>x</h1>{{live}}", layouts[i]);
        struct job job = sample();
        const char *html = render(text, &job);
        assert_non_null(strstr(html, "<html lang=\"en\">"));
        assert_non_null(strstr(html, "/static/shop.css?v="));
        assert_non_null(strstr(html, "<div class=\"toast\" role=\"status\"></div>"));
        assert_true((strstr(html, ">D</section>") != NULL) == (strcmp(layouts[i], "tech") == 0));
    }
    refuses("{{icon nothing}}", 1, "no icon \"nothing\"");
    refuses("<p title=\"{{static \"nothing.js\"}}\">", 1, "no static part");
    sw_template_prefix(root);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(test_##name, fresh)
    const struct CMUnitTest tests[] = {
        T(values), T(chip_icon), T(harmful_address), T(if), T(each_with), T(texts), T(audience), T(layout), T(photos), T(fields),
        T(choices), T(list_fields), T(form_kinds), T(ids_of_many_forms), T(refill), T(refusals), T(refusals_of_places),
        T(refusals_of_forms), T(limits), T(real_pages),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
