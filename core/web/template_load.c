/* web/template_load.c: reads the files of a template, puts the page into its layout, and keeps what the compiler made. */
#include "web/template_int.h"
#include "base/texts.h"
#include "host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sw_field place_fields[] = {
    SW_F_TEXT(struct sw_page_place, path, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_page_place, label, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_page_place, icon, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_page_place, current, 4, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record place_record = {SW_RECORD(struct sw_page_place, "core.page_place", place_fields),
                                              .audience = SW_FOR_CUSTOMER};
static const struct sw_field error_fields[] = {
    SW_F_TEXT(struct sw_page_error, field, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_page_error, message, 2, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record error_record = {SW_RECORD(struct sw_page_error, "core.page_error", error_fields),
                                              .audience = SW_FOR_CUSTOMER};
#define PAGE_TEXT(m, t) SW_F_TEXT(struct sw_page, m, t, .audience = SW_FOR_CUSTOMER)
#define PAGE_BOOL(m, t) SW_F_BOOL(struct sw_page, m, t, .audience = SW_FOR_CUSTOMER)
static const struct sw_field page_fields[] = {
    PAGE_TEXT(lang, 1), PAGE_TEXT(title_shop, 2), PAGE_TEXT(shop_phone, 3), PAGE_TEXT(shop_phone_href, 4),
    PAGE_TEXT(shop_email, 5), PAGE_TEXT(shop_address, 6), PAGE_TEXT(shop_opening, 7), PAGE_TEXT(path, 8),
    PAGE_TEXT(user_name, 9),
    /* Forms write these two by themselves. */
    SW_F_TEXT(struct sw_page, csrf, 10, .flags = SW_SECRET), SW_F_TEXT(struct sw_page, nonce, 11, .flags = SW_SECRET),
    PAGE_TEXT(flash, 12), PAGE_TEXT(build, 13), PAGE_TEXT(area, 14), PAGE_BOOL(demo, 15), PAGE_BOOL(signed_in, 16),
    PAGE_BOOL(live, 17), PAGE_TEXT(live_at, 18),
    SW_F_LIST(struct sw_page, places, 19, struct sw_page_place, &place_record, .audience = SW_FOR_CUSTOMER),
    SW_F_LIST(struct sw_page, errors, 20, struct sw_page_error, &error_record, .audience = SW_FOR_CUSTOMER),
    PAGE_TEXT(notice, 21),
};
const struct sw_record sw_page_view = {SW_RECORD(struct sw_page, "core.page", page_fields), .audience = SW_FOR_CUSTOMER};

static char *own_prefix;

void sw_template_prefix(const char *prefix)
{
    tpl_static_forget();
    free(own_prefix);
    own_prefix = prefix != NULL ? strdup(prefix) : NULL;
}

const char *tpl_prefix(void)
{
    if (own_prefix != NULL)
        return own_prefix;
    const struct sw_config *c = sw_config();
    return c != NULL && c->prefix != NULL ? c->prefix : ".";
}

/* The whole file in the arena; {NULL, 0} when it cannot be read or is larger than max. */
static struct sw_str read_file(struct sw_arena *a, const char *path, size_t max)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return (struct sw_str){0};
    char *p = sw_alloc(a, max + 1);
    size_t n = fread(p, 1, max + 1, f);
    bool fine = ferror(f) == 0 && n <= max;
    fclose(f);
    return fine ? (struct sw_str){p, n} : (struct sw_str){0};
}

int tpl_file(struct tpl_compiler *c, const char *folder, const char *name, struct tpl_source *s)
{
    struct sw_str path = sw_printf(c->a, "%s/templates/%s", folder, name);
    if (++c->files > TPL_INCLUDES_MAX)
        return sw_fail(c->err, SW_ETOOLARGE, "", _("%s: a template consists of at most %d files."), path.p, TPL_INCLUDES_MAX);
    /* Read into a passing arena: the file's own maximum is far larger than most files. */
    struct sw_arena *passing = sw_arena_new(0);
    struct sw_str bytes = read_file(passing, path.p, TPL_SOURCE_MAX);
    if (bytes.p == NULL) {
        sw_arena_free(passing);
        return sw_fail(c->err, SW_ENOTFOUND, "", _("%s cannot be read, or is larger than %d bytes."), path.p, TPL_SOURCE_MAX);
    }
    bytes = sw_copy(c->a, bytes);
    sw_arena_free(passing);
    *s = (struct tpl_source){.folder = folder, .file = path.p, .p = bytes.p, .end = bytes.p + bytes.n, .at = bytes.p};
    s->pre = memmem(bytes.p, bytes.n, "<pre", 4) != NULL || memmem(bytes.p, bytes.n, "<textarea", 9) != NULL;
    return SW_OK;
}

static const char *find(const char *p, const char *end, const char *what)
{
    return p < end ? memmem(p, (size_t)(end - p), what, strlen(what)) : NULL;
}

bool tpl_range(const struct tpl_source *s, const char *block, struct tpl_source *part)
{
    char open[24], close[24];
    snprintf(open, sizeof open, "{{#%s}}", block);
    snprintf(close, sizeof close, "{{/%s}}", block);
    const char *from = find(s->at, s->end, open);
    const char *to = from != NULL ? find(from, s->end, close) : NULL;
    if (to == NULL)
        return false;
    *part = *s;
    part->at = from + strlen(open);
    part->end = to;
    return true;
}

int tpl_content(struct tpl_compiler *c, struct tpl_source *part)
{
    struct tpl_tag *tag = SW_NEW(c->a, struct tpl_tag);
    const char *domain = c->domain;
    c->domain = c->page_domain;
    c->in_layout = false;
    c->scopes[c->n_scopes++] = (struct tpl_scope){.d = c->view, .slot = 1, .audience = SW_FOR_CUSTOMER};
    int rc = tpl_block(c, part, NULL, tag);
    c->n_scopes--;
    c->in_layout = true;
    c->domain = domain;
    return rc;
}

/* {{layout NAME}} in the first line: the layout's file. */
static int layout_of(struct tpl_compiler *c, struct tpl_source *page, struct tpl_source *layout, bool *has)
{
    static const char lead[] = "{{layout ";
    const char *p = page->at, *end;
    *has = false;
    while (p < page->end && (*p == ' ' || *p == '\n'))
        p++;
    if ((size_t)(page->end - p) < sizeof lead || memcmp(p, lead, sizeof lead - 1) != 0)
        return SW_OK;
    p += sizeof lead - 1;
    end = find(p, page->end, "}}");
    struct sw_str name = {p, end != NULL ? (size_t)(end - p) : 0};
    name = sw_str_trim(name);
    bool fine = name.n > 0 && name.n <= 32;
    for (size_t i = 0; i < name.n && fine; i++)
        fine = (name.p[i] >= 'a' && name.p[i] <= 'z') || name.p[i] == '-';
    struct sw_str file = sw_printf(c->a, "layout-" SW_STR_FMT ".html", SW_STR_ARG(name));
    if (!fine || tpl_file(c, c->core_folder, file.p, layout) != SW_OK)
        return tpl_fail(c, page, p, _("There is no layout \"%.*s\"."), (int)(name.n < 40 ? name.n : 40), name.p);
    page->at = end + 2;
    *has = true;
    return SW_OK;
}

static struct sw_str said(struct tpl_compiler *c, const char *text)
{
    return tpl_escape(c->a, sw_str_of(sw_text_in(c->language, "shopwright", text)));
}

static void texts(struct tpl_compiler *c)
{
    struct sw_template *t = c->t;
    static const char *const names[] = {"alert", "camera", "play", "file", "lock"};
    struct sw_str *icons[] = {&t->icon_alert, &t->icon_camera, &t->icon_play, &t->icon_file, &t->icon_lock};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        *icons[i] = sw_printf(c->a, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"%s#%s\"/></svg>",
                              sw_static_url("icons.svg"), names[i]);
    t->t_photos = said(c, N_("Photos + Files"));
    t->t_items = said(c, N_("items"));
    t->t_internal = said(c, N_("Internal"));
    t->t_one_error = said(c, N_("One answer needs a correction"));
    t->t_errors = said(c, N_("answers need a correction"));
    t->t_nothing = said(c, N_("Nothing was saved. What you typed is still here."));
    t->t_error = said(c, N_("Error:"));
    t->t_broken = said(c, N_("Can't be shown: the file is damaged, cut off or far too large."));
    t->t_resume = said(c, N_("The connection broke. It goes on by itself."));
    t->t_video = said(c, N_("Video"));
}

static int compile(struct tpl_compiler *c, const char *file)
{
    struct tpl_source page, layout;
    struct tpl_tag *tag = SW_NEW(c->a, struct tpl_tag);
    bool has_layout;
    TPL_TRY(tpl_file(c, c->folder, file, &page));
    TPL_TRY(layout_of(c, &page, &layout, &has_layout));
    c->own_errors = find(page.at, page.end, "{{errors}}") != NULL;
    c->page = &page;
    if (!has_layout)
        return tpl_content(c, &page);
    c->in_layout = true;
    c->domain = "shopwright";
    TPL_TRY(tpl_block(c, &layout, NULL, tag));
    if (!c->seen_content)
        return tpl_fail(c, &layout, layout.p, _("The layout has no {{content}}."));
    if (c->html.at != H_TEXT)
        return tpl_fail(c, &page, page.end, _("The page ends inside of a tag."));
    return SW_OK;
}

int sw_template_load(const char *folder, const char *file, const struct sw_record *view,
                     const struct sw_record *(*find_form)(struct sw_str name), const char *domain, const char *language,
                     struct sw_template **out, struct sw_err *err)
{
    struct sw_arena *a = sw_arena_new(0);
    struct sw_template *t = SW_NEW(a, struct sw_template);
    t->arena = a;
    struct sw_err own = {0};
    struct tpl_compiler c = {.t = t, .a = a, .folder = folder, .view = view, .find_form = find_form, .domain = domain,
                             .page_domain = domain, .language = language != NULL ? language : "en",
                             .err = err != NULL ? err : &own, .slots = 2};
    c.core_folder = sw_printf(a, "%s/core", tpl_prefix()).p;
    /* Plurals are chosen by the language in hand. */
    struct sw_locale was = *sw_locale(), now = was;
    snprintf(now.language, sizeof now.language, "%s", c.language);
    sw_locale_set(&now);
    struct sw_arena *passing = sw_arena_new(0);
    c.sprite = read_file(passing, sw_printf(passing, "%s/static/icons.svg", tpl_prefix()).p, 128 * 1024);
    texts(&c);
    int rc = compile(&c, file);
    sw_arena_free(passing);
    sw_locale_set(&was);
    if (rc == SW_OK) {
        tpl_emit(&c, OP_END);
        t->n_code = c.n;
        t->code = SW_NEW_N(a, struct tpl_ins, c.n);
        memcpy(t->code, c.code, c.n * sizeof *c.code);
        t->n_text = c.text_n;
        t->text = SW_NEW_N(a, char, c.text_n + 1);
        if (c.text_n != 0)
            memcpy(t->text, c.text, c.text_n);
        t->one_form = c.forms < 2 && !c.form_in_each;
    }
    free(c.code);
    free(c.text);
    if (rc != SW_OK) {
        sw_arena_free(a);
        return rc;
    }
    *out = t;
    return SW_OK;
}

void sw_template_free(struct sw_template *t)
{
    if (t != NULL)
        sw_arena_free(t->arena);
}
