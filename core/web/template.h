/* web/template.h: our own small templates. Parsed once, names resolved to descriptor offsets at load, escaped by default; an unknown name is refused at
 * load with file:line. One compiled form a language: texts are translated at load. Core only; the syntax is in web/TEMPLATES.md. The views of core's own
 * pages (error.html, outbox.html, mail.html) are in web/pages.h. */
#ifndef SW_WEB_TEMPLATE_H
#define SW_WEB_TEMPLATE_H

#include "record/codec.h"

struct sw_template;

/* What every page may name beside its view, as {{page.…}}. */
struct sw_page {
    struct sw_str lang, title_shop, shop_phone, shop_phone_href, shop_email, shop_address, shop_opening;
    struct sw_str path, user_name, csrf, nonce, flash, build, area; /* area: "portal", "staff", "public" */
    bool demo, signed_in, live;
    struct sw_str live_at; /* "10:42 AM" */
    SW_LIST_OF(struct sw_page_place) places;
    SW_LIST_OF(struct sw_page_error) errors; /* for the error summary */
    struct sw_str notice; /* a refusal that concerns no field */
};
struct sw_page_place {
    struct sw_str path, label, icon;
    bool current;
};
struct sw_page_error {
    struct sw_str field, message;
};
extern const struct sw_record sw_page_view;

/* What a form is refilled with after a refusal. */
struct sw_refill {
    const struct sw_record *form;
    const struct sw_pair *pairs;
    size_t n;
    const struct sw_errors *errs;
    struct sw_str action; /* the path that was posted to: tells several forms of one type apart. Empty: each form of the type is refilled */
};

struct sw_render {
    struct sw_arena *arena;
    struct sw_reader who;
    int64_t now;
    const void *view;
    const struct sw_page *page;
    const struct sw_refill *refill; /* NULL: none */
};

/* Parse `file` of `folder`/templates against the view (and layouts of core's templates). find_form: a form record by the name of {{#form …}}. */
int sw_template_load(const char *folder, const char *file, const struct sw_record *view,
                     const struct sw_record *(*find_form)(struct sw_str name), const char *domain, const char *language,
                     struct sw_template **out, struct sw_err *err);
void sw_template_free(struct sw_template *t);
void sw_template_render(const struct sw_template *t, const struct sw_render *r, struct sw_buf *b);
/* The URL of a static part, with its content's hash: "/static/shop.css?v=0f3a…". The file is read once from PREFIX/static; without it the
 * URL carries no hash. The string lives until sw_template_prefix(). */
const char *sw_static_url(const char *name);
/* PREFIX for layouts (PREFIX/core/templates) and static parts. Unset, sw_config()->prefix is used. For tests. */
void sw_template_prefix(const char *prefix);
/* All of the web's compiled texts: read .mo files of a folder for a domain. */
int sw_texts_load(const char *folder, const char *domain, struct sw_err *err);

#endif
