/* web/template_control.c: forms and their controls as the look wants them, refilled after a refusal; the error summary; photos. */
#include "web/template_int.h"

#include <stdio.h>
#include <string.h>

static void add(struct sw_buf *b, struct sw_str s)
{
    if (s.n != 0)
        sw_buf_add(b, s.p, s.n);
}

#define ADD(b, literal) sw_buf_add((b), literal, sizeof(literal) - 1)

/* ---- The form -------------------------------------------------------------------------------------------------- */

static bool is_refused(const struct tpl_state *st, struct sw_str action)
{
    const struct sw_refill *f = st->r->refill;
    if (f == NULL || f->form != st->form->record)
        return false;
    if (f->action.n == 0)
        return true;
    /* The action was written escaped. */
    struct sw_buf b;
    sw_buf_init(&b, st->r->arena, f->action.n + 16, SW_PATH_MAX * 6);
    sw_buf_html(&b, f->action);
    return sw_str_eq(sw_buf_str(&b), action);
}

void tpl_form_open(struct tpl_state *st)
{
    const struct tpl_form *f = st->form;
    const struct sw_page *page = st->base[0];
    struct sw_buf *b = st->b;
    struct sw_str action = st->label;
    st->form_no++;
    ADD(b, "<form");
    if (f->has_id) {
        ADD(b, " id=\"");
        add(b, st->prefix);
        ADD(b, "\"");
    }
    add(b, f->attrs);
    ADD(b, " action=\"");
    add(b, action);
    if (f->get)
        ADD(b, "\" method=\"get\" role=\"search\">");
    else if (f->upload) {
        ADD(b, "\" method=\"post\" enctype=\"multipart/form-data\" data-upload data-broken=\"");
        add(b, st->t->t_resume);
        ADD(b, "\" novalidate>");
    } else
        ADD(b, "\" method=\"post\" novalidate>");
    if (!f->get) {
        ADD(b, "<input type=\"hidden\" name=\"csrf\" value=\"");
        sw_buf_html(b, page->csrf);
        ADD(b, "\"><input type=\"hidden\" name=\"nonce\" value=\"");
        sw_buf_html(b, page->nonce);
        ADD(b, "\">");
    }
    if (!f->has_id)
        st->prefix = st->t->one_form ? (struct sw_str){0} : sw_printf(st->r->arena, "f%u", st->form_no);
    st->refilled = is_refused(st, action);
    if (st->refilled && !st->known) {
        st->known = true;
        st->refused_prefix = st->prefix;
    }
}

/* ---- Names, values, errors of a control ------------------------------------------------------------------------- */

static struct sw_str name_of(struct tpl_state *st, const struct tpl_control *c)
{
    if (c->list.n == 0)
        return c->name;
    uint64_t n = c->at_number;
    if (c->at == AT_ROUND) {
        n = st->rounds[c->at_slot].i;
    } else if (c->at == AT_REF) {
        const void *p = tpl_get(st, &c->at_ref);
        n = p == NULL ? 0
            : c->at_ref.f->kind == SW_KIND_INT ? (uint64_t) * (const int64_t *)p
                                               : ((const struct sw_list *)p)->n;
    }
    return sw_printf(st->r->arena, "%s.%llu.%s", c->list.p, (unsigned long long)n, c->name.p);
}

static struct sw_str id_of(struct tpl_state *st, struct sw_str prefix, struct sw_str name)
{
    if (prefix.n == 0)
        return name;
    return sw_printf(st->r->arena, SW_STR_FMT "-" SW_STR_FMT, SW_STR_ARG(prefix), SW_STR_ARG(name));
}

/* What was sent for the control; p NULL: nothing. The last one counts (a tick's hidden "0" comes first). */
static struct sw_str sent(const struct tpl_state *st, struct sw_str name)
{
    const struct sw_refill *r = st->r->refill;
    struct sw_str found = {0};
    for (size_t i = 0; st->refilled && i < r->n; i++)
        if (sw_str_eq(r->pairs[i].name, name))
            found = (struct sw_str){r->pairs[i].value.p != NULL ? r->pairs[i].value.p : "", r->pairs[i].value.n};
    return found;
}

static bool sent_among(const struct tpl_state *st, struct sw_str name, struct sw_str word)
{
    const struct sw_refill *r = st->r->refill;
    for (size_t i = 0; i < r->n; i++)
        if (sw_str_eq(r->pairs[i].name, name) && sw_str_eq(r->pairs[i].value, word))
            return true;
    return false;
}

static const char *error_of(const struct tpl_state *st, struct sw_str name)
{
    const struct sw_errors *e = st->refilled ? st->r->refill->errs : NULL;
    for (size_t i = 0; e != NULL && i < e->n; i++)
        if (sw_str_is(name, e->v[i].field))
            return e->v[i].message;
    return NULL;
}

/* The value of the view field (or the fixed one) as a form writes it. */
static struct sw_str own_value(struct tpl_state *st, const struct tpl_control *c)
{
    if (c->fixed)
        return c->literal;
    const void *p = c->has_value ? tpl_get(st, &c->value) : NULL;
    if (p == NULL)
        return (struct sw_str){0};
    const struct sw_field *f = c->value.f;
    if (c->date) {
        struct sw_civil t;
        if (*(const int64_t *)p == 0)
            return (struct sw_str){0};
        sw_zone_local(sw_locale()->zone, *(const int64_t *)p, &t);
        return sw_printf(st->r->arena, "%04d-%02d-%02d", t.year, t.month, t.day);
    }
    if (f->kind == SW_KIND_TEXT || f->kind == SW_KIND_EMAIL || (f->kind == SW_KIND_PHONE && c->how == HOW_HIDDEN))
        return *(const struct sw_str *)p;
    struct sw_buf b;
    sw_buf_init(&b, st->r->arena, 32, SW_PAGE_MAX);
    sw_field_plain(&b, f, (const char *)p - f->offset);
    return sw_buf_str(&b);
}

static struct sw_str value_for(struct tpl_state *st, const struct tpl_control *c, struct sw_str name)
{
    if (c->password)
        return (struct sw_str){0};
    struct sw_str typed = sent(st, name);
    return typed.p != NULL ? typed : own_value(st, c);
}

void tpl_hidden_input(struct tpl_state *st, const struct tpl_control *c)
{
    struct sw_str name = name_of(st, c), value;
    /* Only while fields are refused: a stale page must come back with the version of today. */
    bool keep = st->refilled && st->r->refill->errs != NULL && st->r->refill->errs->n > 0;
    value = keep && sent(st, name).p != NULL ? sent(st, name) : own_value(st, c);
    if (c->f->kind == SW_KIND_FLAGS && c->has_value) {
        const uint32_t *bits = tpl_get(st, &c->value);
        for (size_t k = 0; bits != NULL && k < c->words->n; k++) {
            const struct tpl_word *w = &c->words->v[k];
            if (w->value >= 0 && w->value < 32 && (*bits >> w->value & 1u) != 0) {
                ADD(st->b, "<input type=\"hidden\" name=\"");
                add(st->b, name);
                ADD(st->b, "\" value=\"");
                add(st->b, w->word);
                ADD(st->b, "\">");
            }
        }
        return;
    }
    ADD(st->b, "<input type=\"hidden\" name=\"");
    add(st->b, name);
    ADD(st->b, "\" value=\"");
    sw_buf_html(st->b, value);
    ADD(st->b, "\">");
}

/* ---- Controls ------------------------------------------------------------------------------------------------- */

struct shown {
    struct sw_str name, id, value;
    const char *error;
    bool typed; /* the form was refused: what was sent counts, even nothing */
};

static void hint_and_error(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    if (c->hint.n != 0 && !c->bare) {
        ADD(b, "<p class=\"hint\" id=\"");
        add(b, x->id);
        ADD(b, "-hint\">");
        add(b, c->hint);
        ADD(b, "</p>");
    }
    if (x->error != NULL) {
        ADD(b, "<p class=\"error\" id=\"");
        add(b, x->id);
        ADD(b, "-error\">");
        add(b, st->t->icon_alert);
        ADD(b, "<span><span class=\"vh\">");
        add(b, c->error_lead);
        ADD(b, " </span>");
        sw_buf_html(b, sw_str_of(x->error));
        ADD(b, "</span></p>");
    }
}

static void described(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    bool hint = c->hint.n != 0 && !c->bare;
    if (x->error != NULL)
        ADD(b, " aria-invalid=\"true\"");
    if (!hint && x->error == NULL)
        return;
    ADD(b, " aria-describedby=\"");
    if (hint) {
        add(b, x->id);
        ADD(b, "-hint");
    }
    if (x->error != NULL) {
        if (hint)
            ADD(b, " ");
        add(b, x->id);
        ADD(b, "-error");
    }
    ADD(b, "\"");
}

static void name_and_id(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    ADD(b, " id=\"");
    add(b, x->id);
    ADD(b, "\" name=\"");
    add(b, x->name);
    ADD(b, "\"");
    if (c->bare && c->how < HOW_RADIO) {
        ADD(b, " aria-label=\"");
        add(b, st->label);
        ADD(b, "\"");
    }
}

/* One choice: of a select, or a radio button. n counts them, for ids. */
static void choice(struct tpl_state *st, const struct tpl_control *c, const struct shown *x, struct sw_str value,
                   struct sw_str label, struct sw_str tone, bool escaped, unsigned n)
{
    struct sw_buf *b = st->b;
    bool chosen = sw_str_eq(value, x->value);
    if (c->how == HOW_RADIO) {
        ADD(b, "<label class=\"tick");
        if (tone.n != 0) {
            ADD(b, " ");
            add(b, tone);
        }
        ADD(b, "\"><input type=\"radio\" id=\"");
        add(b, x->id);
        if (n > 0)
            sw_buf_addf(b, "-%u", n);
        ADD(b, "\" name=\"");
        add(b, x->name);
        ADD(b, "\" value=\"");
    } else {
        ADD(b, "<option value=\"");
    }
    sw_buf_html(b, value);
    ADD(b, "\"");
    if (chosen && c->how == HOW_RADIO)
        ADD(b, " checked");
    else if (chosen)
        ADD(b, " selected");
    ADD(b, ">");
    if (escaped)
        add(b, label);
    else
        sw_buf_html(b, label);
    if (c->how == HOW_RADIO)
        ADD(b, "</label>");
    else
        ADD(b, "</option>");
}

/* The text of an element's id or value. */
static struct sw_str option_text(struct tpl_state *st, const struct sw_field *f, const void *p)
{
    if (f->kind == SW_KIND_REF || f->kind == SW_KIND_INT)
        return sw_printf(st->r->arena, "%llu", (unsigned long long)*(const uint64_t *)p);
    return *(const struct sw_str *)p;
}

static void choices(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    unsigned n = 0;
    if (!c->has_options) {
        bool zero = false;
        for (size_t k = 0; k < c->words->n; k++)
            zero = zero || c->words->v[k].value == 0;
        if (!zero && c->how == HOW_SELECT)
            choice(st, c, x, SW_STR(""), c->empty, SW_STR(""), true, n++);
        for (size_t k = 0; k < c->words->n; k++)
            choice(st, c, x, c->words->v[k].word, c->words->v[k].label, c->words->v[k].tone, true, n++);
        return;
    }
    if (c->how == HOW_SELECT && ((c->f->flags & SW_REQUIRED) == 0 || x->value.n == 0))
        choice(st, c, x, SW_STR(""), c->empty, SW_STR(""), true, n++);
    const struct sw_list *l = tpl_get(st, &c->options);
    if (l == NULL)
        return;
    if (c->options.f->kind == SW_KIND_STRS) {
        const struct sw_str *v = l->v;
        for (size_t k = 0; k < l->n; k++)
            choice(st, c, x, v[k], v[k], SW_STR(""), false, n++);
        return;
    }
    if (!st->ok[c->option_id.audience] || !st->ok[c->option_label.audience])
        return;
    const char *v = l->v;
    for (size_t k = 0; k < l->n; k++, v += c->options.f->sub->size)
        choice(st, c, x, option_text(st, c->option_id.f, v + c->option_id.off[0]),
               *(const struct sw_str *)(v + c->option_label.off[0]), SW_STR(""), false, n++);
}

static void tick(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    bool on = x->value.n != 0 && !sw_str_is(x->value, "0");
    bool boxed = c->cls.n != 0 || x->error != NULL || c->hint.n != 0;
    if (boxed) {
        ADD(b, "<div class=\"field");
        if (c->cls.n != 0)
            ADD(b, " ");
        add(b, c->cls);
        if (x->error != NULL)
            ADD(b, " invalid");
        ADD(b, "\">");
    }
    /* The hidden 0 says that the box was on the page: without it an untouched field and an unticked one look the same. */
    ADD(b, "<input type=\"hidden\" name=\"");
    add(b, x->name);
    ADD(b, "\" value=\"0\"><label class=\"tick\"><input type=\"checkbox\" value=\"1\"");
    name_and_id(st, c, x);
    described(st, c, x);
    if (on)
        ADD(b, " checked");
    add(b, c->attrs);
    ADD(b, ">");
    if (c->bare)
        ADD(b, "<span class=\"vh\">");
    add(b, st->label);
    if (c->bare)
        ADD(b, "</span>");
    ADD(b, "</label>");
    hint_and_error(st, c, x);
    if (boxed)
        ADD(b, "</div>");
}

static void ticks(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    const uint32_t *bits = c->has_value ? tpl_get(st, &c->value) : NULL;
    ADD(b, "<input type=\"hidden\" name=\"");
    add(b, x->name);
    ADD(b, "\" value=\"\">");
    for (size_t k = 0; k < c->words->n; k++) {
        const struct tpl_word *w = &c->words->v[k];
        bool on = x->typed ? sent_among(st, x->name, w->word)
                           : bits != NULL && w->value >= 0 && w->value < 32 && (*bits >> w->value & 1u) != 0;
        ADD(b, "<label class=\"tick\"><input type=\"checkbox\" id=\"");
        add(b, x->id);
        if (k > 0)
            sw_buf_addf(b, "-%zu", k);
        ADD(b, "\" name=\"");
        add(b, x->name);
        ADD(b, "\" value=\"");
        add(b, w->word);
        ADD(b, "\"");
        if (on)
            ADD(b, " checked");
        ADD(b, ">");
        add(b, w->label);
        ADD(b, "</label>");
    }
}

static void open_field(struct tpl_state *st, const struct tpl_control *c, const struct shown *x, bool set)
{
    struct sw_buf *b = st->b;
    if (set)
        ADD(b, "<fieldset class=\"field");
    else
        ADD(b, "<div class=\"field");
    if (c->cls.n != 0) {
        ADD(b, " ");
        add(b, c->cls);
    }
    if (x->error != NULL)
        ADD(b, " invalid");
    ADD(b, "\"");
    if (set)
        described(st, c, x);
    if (!set) {
        ADD(b, "><label for=\"");
        add(b, x->id);
        ADD(b, "\">");
    } else if (c->bare) {
        ADD(b, "><legend class=\"vh\">");
    } else {
        ADD(b, "><legend>");
    }
    add(b, st->label);
    add(b, c->optional);
    if (set)
        ADD(b, "</legend>");
    else
        ADD(b, "</label>");
    hint_and_error(st, c, x);
}

static void element(struct tpl_state *st, const struct tpl_control *c, const struct shown *x)
{
    struct sw_buf *b = st->b;
    if (c->how == HOW_SELECT)
        ADD(b, "<select");
    else if (c->how == HOW_TEXTAREA)
        ADD(b, "<textarea");
    else
        ADD(b, "<input");
    name_and_id(st, c, x);
    add(b, c->attrs);
    described(st, c, x);
    if (c->how == HOW_SELECT) {
        ADD(b, ">");
        choices(st, c, x);
        ADD(b, "</select>");
    } else if (c->how == HOW_TEXTAREA) {
        ADD(b, ">\n"); /* the first line's end of a textarea is not part of its text */
        sw_buf_html(b, x->value);
        ADD(b, "</textarea>");
    } else {
        if (x->value.n != 0) {
            ADD(b, " value=\"");
            sw_buf_html(b, x->value);
            ADD(b, "\"");
        }
        ADD(b, ">");
    }
}

void tpl_control(struct tpl_state *st, const struct tpl_control *c)
{
    struct shown x = {.name = name_of(st, c), .typed = st->refilled};
    x.id = id_of(st, st->prefix, x.name);
    x.value = value_for(st, c, x.name);
    x.error = error_of(st, x.name);
    if (st->learn && st->refilled && st->n_controls < TPL_CONTROLS_MAX)
        st->controls[st->n_controls++] = x.name;
    switch ((enum tpl_how)c->how) {
    case HOW_TICK:
        tick(st, c, &x);
        return;
    case HOW_RADIO:
    case HOW_TICKS:
        open_field(st, c, &x, true);
        ADD(st->b, "<div class=\"");
        add(st->b, c->sets);
        ADD(st->b, "\">");
        if (c->how == HOW_RADIO)
            choices(st, c, &x);
        else
            ticks(st, c, &x);
        ADD(st->b, "</div></fieldset>");
        return;
    default:
        break;
    }
    if (c->bare) {
        element(st, c, &x);
        hint_and_error(st, c, &x);
        return;
    }
    open_field(st, c, &x, false);
    element(st, c, &x);
    ADD(st->b, "</div>");
}

/* ---- The error summary ----------------------------------------------------------------------------------------- */

static bool on_page(const struct tpl_state *st, struct sw_str name)
{
    for (size_t i = 0; st->known && i < st->n_controls; i++)
        if (sw_str_eq(st->controls[i], name))
            return true;
    return false;
}

void tpl_errors(struct tpl_state *st)
{
    const struct sw_page *page = st->base[0];
    struct sw_buf *b = st->b;
    if (page->errors.n == 0)
        return;
    ADD(b, "<div class=\"errors stack tight\" role=\"alert\" tabindex=\"-1\" aria-labelledby=\"errors-title\">"
           "<h2 id=\"errors-title\">");
    if (page->errors.n == 1) {
        add(b, st->t->t_one_error);
    } else {
        sw_buf_addf(b, "%zu ", page->errors.n);
        add(b, st->t->t_errors);
    }
    ADD(b, "</h2><p>");
    add(b, st->t->t_nothing);
    ADD(b, "</p><ul class=\"stack tight\">");
    for (size_t i = 0; i < page->errors.n; i++) {
        const struct sw_page_error *e = &page->errors.v[i];
        bool linked = on_page(st, e->field);
        ADD(b, "<li>");
        if (linked) {
            ADD(b, "<a href=\"#");
            sw_buf_html(b, id_of(st, st->refused_prefix, e->field));
            ADD(b, "\">");
        }
        sw_buf_html(b, e->message);
        if (linked)
            ADD(b, "</a>");
        ADD(b, "</li>");
    }
    ADD(b, "</ul></div>");
}

/* ---- Photos + Files --------------------------------------------------------------------------------------------- */

static void one_file(struct tpl_state *st, const struct sw_file_view *f)
{
    struct sw_buf *b = st->b;
    struct sw_str alt = f->alt.n != 0 ? f->alt : f->name;
    ADD(b, "<li><a href=\"");
    sw_buf_html(b, f->kind == 1 && f->play.n != 0 ? f->play : f->href);
    ADD(b, "\" data-kind=\"");
    if (f->kind == 0)
        ADD(b, "picture\">");
    else if (f->kind == 1)
        ADD(b, "video\">");
    else
        ADD(b, "document\">");
    if (f->thumb.n != 0) {
        ADD(b, "<img src=\"");
        sw_buf_html(b, f->thumb);
        ADD(b, "\" alt=\"");
        if (f->kind == 1) {
            add(b, st->t->t_video);
            ADD(b, ": ");
        }
        sw_buf_html(b, alt);
        ADD(b, "\" width=\"400\" height=\"400\" loading=\"lazy\">");
    } else {
        ADD(b, "<span class=\"tile\">");
        add(b, f->kind == 0 ? st->t->icon_camera : f->kind == 1 ? st->t->icon_play : st->t->icon_file);
        ADD(b, "<span>");
        sw_buf_html(b, alt);
        if (f->broken) {
            ADD(b, ". ");
            add(b, st->t->t_broken);
        }
        ADD(b, "</span></span>");
    }
    if (f->kind == 1) {
        ADD(b, "<span class=\"chip\" aria-hidden=\"true\">");
        add(b, st->t->icon_play);
        if (f->seconds > 0)
            sw_buf_addf(b, "%lld:%02lld", (long long)(f->seconds / 60), (long long)(f->seconds % 60));
        ADD(b, "</span>");
    }
    if (f->internal) {
        ADD(b, "<span class=\"chip wait\">");
        add(b, st->t->icon_lock);
        add(b, st->t->t_internal);
        ADD(b, "</span>");
    }
    ADD(b, "</a></li>");
}

void tpl_photos(struct tpl_state *st, const struct tpl_ref *ref, bool open)
{
    const struct sw_list *l = tpl_get(st, ref);
    struct sw_buf *b = st->b;
    const struct sw_file_view *v = l != NULL ? l->v : NULL;
    /* Shop-internal files never reach a customer, whoever filled the list. */
    bool customer = st->r->who.customer;
    size_t n = 0;
    for (size_t i = 0; v != NULL && i < l->n; i++)
        n += !customer || !v[i].internal;
    if (n == 0)
        return;
    ADD(b, "<details class=\"stack\"");
    if (open)
        ADD(b, " open");
    ADD(b, "><summary class=\"button\">");
    add(b, st->t->icon_camera);
    add(b, st->t->t_photos);
    sw_buf_addf(b, " <span class=\"count good\">%zu<span class=\"vh\"> ", n);
    add(b, st->t->t_items);
    ADD(b, "</span></span></summary><ul class=\"photos\">");
    for (size_t i = 0; i < l->n; i++)
        if (!customer || !v[i].internal)
            one_file(st, &v[i]);
    ADD(b, "</ul></details>");
}
