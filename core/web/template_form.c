/* web/template_form.c: forms, fields and buttons of templates, resolved against a form's descriptor. */
#include "web/template_int.h"
#include "base/texts.h"

#include <string.h>

static struct sw_str word_at(const struct tpl_tag *tag, size_t i)
{
    return i < tag->n && tag->tok[i].kind == TOK_WORD ? tag->tok[i].s : (struct sw_str){0};
}

static bool op_at(const struct tpl_tag *tag, size_t i, const char *op)
{
    return i < tag->n && tag->tok[i].kind == TOK_OP && sw_str_is(tag->tok[i].s, op);
}

/* The next word of a tag from *i on: a flag, or key=value (value: its token). False at the end. */
static bool option(const struct tpl_tag *tag, size_t *i, struct sw_str *key, const struct tpl_token **value)
{
    if (*i >= tag->n)
        return false;
    *key = tag->tok[*i].s;
    *value = NULL;
    ++*i;
    if (op_at(tag, *i, "=") && *i + 1 < tag->n) {
        *value = &tag->tok[*i + 1];
        *i += 2;
    }
    return true;
}

static int unknown_option(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str key)
{
    return tpl_fail(c, s, tag->at, _("{{%.*s}} knows no \"%.*s\"."), SW_STR_ARG(tag->tok[0].s), SW_STR_ARG(key));
}

static struct sw_str translated(struct tpl_compiler *c, struct sw_str text)
{
    return sw_str_of(tpl_say(c, NULL, sw_cstr(c->a, text)));
}

/* Compile a text of an attribute whose quotes the renderer writes. */
static int attribute(struct tpl_compiler *c, struct tpl_source *s, const char *at, struct sw_str text, const char *name)
{
    struct tpl_html_state was = c->html;
    c->html = (struct tpl_html_state){.at = H_DQ, .url_start = strcmp(name, "action") == 0};
    strncpy(c->html.attr, name, sizeof c->html.attr - 1);
    tpl_here(c);
    int rc = tpl_filled(c, s, at, text, NULL);
    tpl_here(c);
    c->html = was;
    return rc;
}

int tpl_form_block(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    const char *at = tag->at;
    if (c->form != NULL)
        return tpl_fail(c, s, at, _("A form may not stand inside of another one."));
    TPL_TRY(tpl_place(c, s, at, true));
    struct sw_str name = word_at(tag, 1);
    if (name.n == 0 || tag->n < 3 || tag->tok[2].kind != TOK_STRING)
        return tpl_fail(c, s, at, _("It is written {{#form record \"/path\"}}."));
    struct tpl_form *f = SW_NEW(c->a, struct tpl_form);
    f->record = c->find_form != NULL ? c->find_form(name) : NULL;
    if (f->record == NULL)
        return tpl_fail(c, s, at, _("There is no form \"%.*s\"."), SW_STR_ARG(name));
    struct sw_str action = sw_copy(c->a, tag->tok[2].s), id = {0}, cls = SW_STR("stack"), label = {0}, key;
    const struct tpl_token *value;
    for (size_t i = 3; option(tag, &i, &key, &value);) {
        if (value == NULL && sw_str_is(key, "upload"))
            f->upload = true;
        else if (value == NULL && sw_str_is(key, "get"))
            f->get = true;
        else if (value != NULL && sw_str_is(key, "id"))
            id = sw_copy(c->a, value->s);
        else if (value != NULL && sw_str_is(key, "class"))
            cls = sw_copy(c->a, value->s);
        else if (value != NULL && sw_str_is(key, "label"))
            label = translated(c, value->s);
        else
            return unknown_option(c, s, tag, key);
    }
    struct sw_buf b;
    sw_buf_init(&b, c->a, 128, TPL_TAG_MAX * 6);
    if (cls.n != 0) {
        sw_buf_adds(&b, " class=\"");
        sw_buf_html(&b, cls);
        sw_buf_adds(&b, "\"");
    }
    if (label.n != 0) {
        sw_buf_adds(&b, " aria-label=\"");
        sw_buf_html(&b, label);
        sw_buf_adds(&b, "\"");
    }
    f->attrs = sw_buf_str(&b);
    f->has_id = id.n != 0;
    c->forms++;
    for (size_t i = 0; i < c->n_scopes; i++)
        c->form_in_each = c->form_in_each || c->scopes[i].each;
    tpl_emit(c, OP_FORM)->p = f;
    TPL_TRY(attribute(c, s, at, id, "id"));
    tpl_emit(c, OP_ACTION);
    TPL_TRY(attribute(c, s, at, action, "action"));
    tpl_emit(c, OP_READY);
    c->form = f;
    struct tpl_html_state start = c->html;
    TPL_TRY(tpl_block(c, s, "form", tag));
    c->form = NULL;
    if (c->html.at != start.at)
        return tpl_fail(c, s, at, _("The form leaves a tag or a quote open."));
    tpl_emit(c, OP_UNFORM);
    tpl_text(c, SW_STR("</form>"));
    return SW_OK;
}

/* ---- Fields ------------------------------------------------------------------------------------------------- */

static int in_form(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    if (c->form == NULL)
        return tpl_fail(c, s, tag->at, _("{{%.*s}} stands only inside of {{#form}}."), SW_STR_ARG(tag->tok[0].s));
    return tpl_place(c, s, tag->at, true);
}

/* "price", or "lines.price" of a list in the form. */
static int form_field(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str name,
                      struct tpl_control *k)
{
    const struct sw_record *d = c->form->record;
    const char *dot = name.n != 0 ? memchr(name.p, '.', name.n) : NULL;
    struct sw_str leaf = name;
    if (dot != NULL) {
        struct sw_str list = {name.p, (size_t)(dot - name.p)};
        const struct sw_field *l = sw_field_find(d, list);
        if (l == NULL || (l->kind != SW_KIND_LIST && l->kind != SW_KIND_SUB))
            return tpl_fail(c, s, tag->at, _("The form %s has no list \"%.*s\"."), d->name, SW_STR_ARG(list));
        if (l->kind == SW_KIND_LIST)
            k->list = sw_copy(c->a, list);
        leaf = (struct sw_str){dot + 1, name.n - list.n - 1};
        d = l->sub;
    }
    k->f = leaf.n != 0 ? sw_field_find(d, leaf) : NULL;
    if (k->f == NULL)
        return tpl_fail(c, s, tag->at, _("The form %s has no field \"%.*s\"."), c->form->record->name, SW_STR_ARG(name));
    /* A part of a sub-record is named whole: "unit.plate". */
    k->name = sw_copy(c->a, k->list.n != 0 ? leaf : name);
    if (k->list.n == 0)
        return SW_OK;
    k->at = AT_ROUND;
    for (size_t i = c->n_scopes; i > 0; i--)
        if (c->scopes[i - 1].each) {
            k->at_slot = c->scopes[i - 1].slot;
            return SW_OK;
        }
    k->at = AT_NONE; /* at= must say */
    return SW_OK;
}

static bool numeric(uint8_t k)
{
    return k == SW_KIND_INT || k == SW_KIND_MONEY || k == SW_KIND_QTY || k == SW_KIND_TIME || k == SW_KIND_SPAN;
}

static bool textual(uint8_t k) { return k == SW_KIND_TEXT || k == SW_KIND_EMAIL || k == SW_KIND_PHONE; }

static int value_of(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, const struct tpl_token *t,
                    struct tpl_control *k)
{
    const struct sw_field *f = k->f;
    if ((f->flags & SW_PASSWORD) != 0)
        return tpl_fail(c, s, tag->at, _("A password is never filled in."));
    if (t->kind == TOK_STRING) {
        k->fixed = true;
        k->literal = sw_copy(c->a, t->s);
        bool known = f->kind != SW_KIND_ENUM;
        for (const struct sw_word *w = known ? NULL : f->words->words; w != NULL && w->word != NULL; w++)
            known = known || sw_str_is(t->s, w->word);
        if (!known)
            return tpl_fail(c, s, tag->at, _("\"%.*s\" is no word of \"%s\"."), SW_STR_ARG(t->s), f->name);
        return SW_OK;
    }
    k->has_value = true;
    TPL_TRY(tpl_resolve(c, s, tag->at, t->s, &k->value));
    uint8_t a = f->kind, b = k->value.f->kind;
    bool fits = a == b || (textual(a) && textual(b)) ||
                ((a == SW_KIND_INT || a == SW_KIND_REF || a == SW_KIND_SPAN) &&
                 (b == SW_KIND_INT || b == SW_KIND_REF || b == SW_KIND_SPAN)) ||
                (textual(a) && (numeric(b) || b == SW_KIND_REF));
    if ((a == SW_KIND_ENUM || a == SW_KIND_FLAGS) && f->words != k->value.f->words)
        fits = false;
    if (!fits || b == SW_KIND_LIST || b == SW_KIND_SUB)
        return tpl_fail(c, s, tag->at, _("\"%s\" cannot be filled from \"%s\": they are of different kinds."), f->name,
                        k->value.f->name);
    return SW_OK;
}

static int options_of(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str name,
                      struct tpl_control *k)
{
    if (k->f->kind != SW_KIND_REF && k->f->kind != SW_KIND_TEXT && k->f->kind != SW_KIND_INT)
        return tpl_fail(c, s, tag->at, _("\"%s\" takes no options=."), k->f->name);
    TPL_TRY(tpl_resolve(c, s, tag->at, name, &k->options));
    k->has_options = true;
    const struct sw_field *l = k->options.f, *id = NULL, *label = NULL;
    if (l->kind == SW_KIND_STRS)
        return SW_OK;
    if (l->kind == SW_KIND_LIST) {
        id = sw_field_find(l->sub, SW_STR("id"));
        id = id != NULL ? id : sw_field_find(l->sub, SW_STR("value"));
        label = sw_field_find(l->sub, SW_STR("label"));
        label = label != NULL ? label : sw_field_find(l->sub, SW_STR("name"));
    }
    if (id == NULL || label == NULL || !textual(label->kind) ||
        !(textual(id->kind) || id->kind == SW_KIND_REF || id->kind == SW_KIND_INT) ||
        ((id->flags | label->flags) & (SW_SECRET | SW_PASSWORD)) != 0)
        return tpl_fail(c, s, tag->at, _("The elements of \"%s\" need id (or value) and label (or name)."), l->name);
    k->option_id = (struct tpl_ref){.n = 1, .audience = id->audience, .off = {id->offset}, .f = id};
    k->option_label = (struct tpl_ref){.n = 1, .audience = label->audience, .off = {label->offset}, .f = label};
    return SW_OK;
}

static int index_of(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str w, struct tpl_control *k)
{
    k->at = AT_NUMBER;
    k->at_number = 0;
    bool digits = w.n > 0 && w.n < 5;
    for (size_t i = 0; i < w.n && digits; i++) {
        digits = w.p[i] >= '0' && w.p[i] <= '9';
        k->at_number = k->at_number * 10 + (uint32_t)(w.p[i] - '0');
    }
    if (digits)
        return SW_OK;
    k->at = AT_REF;
    TPL_TRY(tpl_resolve(c, s, tag->at, w, &k->at_ref));
    if (k->at_ref.f->kind != SW_KIND_INT && k->at_ref.f->kind != SW_KIND_LIST)
        return tpl_fail(c, s, tag->at, _("\"%s\" is neither a whole number nor a list."), k->at_ref.f->name);
    return SW_OK;
}

static void add_attr(struct sw_buf *b, const char *name, struct sw_str value)
{
    sw_buf_adds(b, " ");
    sw_buf_adds(b, name);
    sw_buf_adds(b, "=\"");
    sw_buf_html(b, value);
    sw_buf_adds(b, "\"");
}

/* The static attributes of the control, and which element it is. */
static int shape(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct tpl_control *k, struct sw_str type,
                 struct sw_str rows, struct sw_str autocomplete, bool radio, bool autofocus)
{
    const struct sw_field *f = k->f;
    struct sw_buf b;
    sw_buf_init(&b, c->a, 64, TPL_TAG_MAX * 6);
    struct sw_str own = {0}, mode = {0};
    k->how = HOW_INPUT;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_TEXT:
        own = SW_STR("text");
        if ((f->flags & SW_MULTILINE) != 0 || rows.n != 0)
            k->how = HOW_TEXTAREA;
        break;
    case SW_KIND_EMAIL:
        own = SW_STR("email");
        break;
    case SW_KIND_PHONE:
        own = SW_STR("tel");
        break;
    case SW_KIND_INT:
    case SW_KIND_SPAN:
        mode = (f->flags & SW_NEGATIVE) != 0 ? (struct sw_str){0} : SW_STR("numeric");
        break;
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
        mode = (f->flags & SW_NEGATIVE) != 0 ? (struct sw_str){0} : SW_STR("decimal");
        break;
    case SW_KIND_TIME:
        own = SW_STR("datetime-local");
        break;
    case SW_KIND_ENUM:
        k->how = radio ? HOW_RADIO : HOW_SELECT;
        k->words = tpl_words(c, f->words);
        break;
    case SW_KIND_FLAGS:
        k->how = HOW_TICKS;
        k->words = tpl_words(c, f->words);
        break;
    case SW_KIND_BOOL:
        k->how = HOW_TICK;
        break;
    case SW_KIND_REF: /* without options=, its number */
        mode = SW_STR("numeric");
        break;
    case SW_KIND_BYTES:
        if ((f->flags & SW_HIDDEN) == 0)
            return tpl_fail(c, s, tag->at, _("\"%s\" is raw bytes; it has no control."), f->name);
        break;
    default:
        return tpl_fail(c, s, tag->at, _("\"%s\" has no control of its own; name a field of its elements."), f->name);
    }
    if (k->has_options)
        k->how = radio ? HOW_RADIO : HOW_SELECT;
    else if (radio && k->how != HOW_RADIO)
        return tpl_fail(c, s, tag->at, _("\"%s\" has nothing to choose from."), f->name);
    if ((f->flags & SW_HIDDEN) != 0 && type.n == 0)
        k->how = HOW_HIDDEN;
    if ((f->flags & SW_PASSWORD) != 0) {
        k->password = true;
        own = SW_STR("password");
    }
    if (k->how == HOW_INPUT) {
        k->local_time = f->kind == SW_KIND_TIME;
        k->date = k->local_time && sw_str_is(type, "date");
        if (type.n != 0 || own.n != 0)
            add_attr(&b, "type", type.n != 0 ? type : own);
        if (mode.n != 0)
            add_attr(&b, "inputmode", mode);
    }
    if (k->how == HOW_TEXTAREA)
        add_attr(&b, "rows", rows.n != 0 ? rows : SW_STR("4"));
    if (k->how != HOW_RADIO && k->how != HOW_TICKS) {
        struct sw_str ac = autocomplete.n != 0 ? autocomplete : sw_str_of(f->autocomplete);
        if (ac.n != 0)
            add_attr(&b, "autocomplete", ac);
        if ((f->flags & SW_REQUIRED) != 0)
            sw_buf_adds(&b, " required");
        if (autofocus)
            sw_buf_adds(&b, " autofocus");
    }
    k->attrs = sw_buf_str(&b);
    return SW_OK;
}

static bool has_zero_word(const struct sw_enum *e)
{
    for (const struct sw_word *w = e->words; w->word != NULL; w++)
        if (w->value == 0)
            return true;
    return false;
}

int tpl_field(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    TPL_TRY(in_form(c, s, tag));
    struct tpl_control *k = SW_NEW(c->a, struct tpl_control);
    struct sw_str key, type = {0}, rows = {0}, autocomplete = {0}, label = {0}, hint = {0}, empty = {0};
    const struct tpl_token *value;
    bool radio = false, autofocus = false;
    size_t i = 1;
    if (word_at(tag, 1).n == 0)
        return tpl_fail(c, s, tag->at, _("The name of the field is missing."));
    option(tag, &i, &key, &value);
    TPL_TRY(form_field(c, s, tag, key, k));
    if (value != NULL)
        TPL_TRY(value_of(c, s, tag, value, k));
    const char *owner = c->form->record->name;
    while (option(tag, &i, &key, &value)) {
        if (value == NULL && sw_str_is(key, "radio"))
            radio = true;
        else if (value == NULL && sw_str_is(key, "bare"))
            k->bare = true;
        else if (value == NULL && sw_str_is(key, "autofocus"))
            autofocus = true;
        else if (value == NULL)
            return unknown_option(c, s, tag, key);
        else if (sw_str_is(key, "options"))
            TPL_TRY(options_of(c, s, tag, value->s, k));
        else if (sw_str_is(key, "at"))
            TPL_TRY(index_of(c, s, tag, value->s, k));
        else if (sw_str_is(key, "type"))
            type = value->s;
        else if (sw_str_is(key, "rows"))
            rows = value->s;
        else if (sw_str_is(key, "autocomplete"))
            autocomplete = value->s;
        else if (sw_str_is(key, "class"))
            k->cls = tpl_escape(c->a, value->s);
        else if (sw_str_is(key, "label"))
            label = translated(c, value->s);
        else if (sw_str_is(key, "hint"))
            hint = translated(c, value->s);
        else if (sw_str_is(key, "empty"))
            empty = translated(c, value->s);
        else
            return unknown_option(c, s, tag, key);
    }
    if (k->list.n != 0 && k->at == AT_NONE)
        return tpl_fail(c, s, tag->at, _("Outside of {{#each}} a field of a list needs at=."));
    TPL_TRY(shape(c, s, tag, k, type, rows, autocomplete, radio, autofocus));
    if (label.n == 0)
        label = sw_str_of(k->f->label != NULL ? tpl_say(c, owner, k->f->label) : k->f->name);
    if (hint.n == 0 && k->f->hint != NULL)
        hint = sw_str_of(tpl_say(c, owner, k->f->hint));
    k->hint = tpl_escape(c->a, hint);
    k->empty = tpl_escape(c->a, empty);
    k->error_lead = c->t->t_error;
    bool chosen = k->words != NULL && has_zero_word(k->words->e);
    if ((k->f->flags & SW_REQUIRED) == 0 && !c->form->get && !chosen && k->how < HOW_TICK)
        k->optional = sw_printf(c->a, " <span class=\"hush\">%s</span>",
                                tpl_escape(c->a, sw_str_of(sw_text_in(c->language, "shopwright", N_("(optional)")))).p);
    k->sets = SW_STR("row");
    if (sw_str_is(k->cls, "answers")) {
        k->sets = k->cls;
        k->cls = (struct sw_str){0};
    }
    k->marked = tpl_has_fields(label);
    if (k->marked) {
        tpl_emit(c, OP_MARK);
        tpl_here(c);
        TPL_TRY(tpl_filled(c, s, tag->at, label, NULL));
        tpl_here(c);
    } else {
        k->label = tpl_escape(c->a, label);
    }
    tpl_emit(c, k->how == HOW_HIDDEN ? OP_HIDDEN : OP_CONTROL)->p = k;
    return SW_OK;
}

int tpl_hidden(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    TPL_TRY(in_form(c, s, tag));
    struct tpl_control *k = SW_NEW(c->a, struct tpl_control);
    struct sw_str key;
    const struct tpl_token *value;
    size_t i = 1;
    if (!option(tag, &i, &key, &value) || value == NULL)
        return tpl_fail(c, s, tag->at, _("It is written {{hidden name=field}} or {{hidden name=\"value\"}}."));
    TPL_TRY(form_field(c, s, tag, key, k));
    TPL_TRY(value_of(c, s, tag, value, k));
    while (option(tag, &i, &key, &value)) {
        if (value == NULL || !sw_str_is(key, "at"))
            return unknown_option(c, s, tag, key);
        TPL_TRY(index_of(c, s, tag, value->s, k));
    }
    if (k->list.n != 0 && k->at == AT_NONE)
        return tpl_fail(c, s, tag->at, _("Outside of {{#each}} a field of a list needs at=."));
    k->how = HOW_HIDDEN;
    k->words = k->f->words != NULL ? tpl_words(c, k->f->words) : NULL;
    tpl_emit(c, OP_HIDDEN)->p = k;
    return SW_OK;
}

/* ---- Buttons, files, signature ------------------------------------------------------------------------------- */

int tpl_submit(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    static const char *const variants[] = {"primary", "danger", "quiet", "full", "big", "reach"};
    TPL_TRY(in_form(c, s, tag));
    if (tag->tok[1].kind != TOK_STRING)
        return tpl_fail(c, s, tag->at, _("It is written {{submit \"Text\"}}."));
    struct sw_str key, svg = {0}, name = {0};
    const struct tpl_token *value, *sent = NULL;
    struct sw_buf cls;
    sw_buf_init(&cls, c->a, 64, TPL_TAG_MAX * 6);
    sw_buf_adds(&cls, "button");
    for (size_t i = 2; option(tag, &i, &key, &value);) {
        bool known = false;
        for (size_t v = 0; v < sizeof variants / sizeof variants[0] && value == NULL; v++)
            known = known || sw_str_is(key, variants[v]);
        if (known || (value != NULL && sw_str_is(key, "class"))) {
            sw_buf_adds(&cls, " ");
            sw_buf_html(&cls, known ? key : value->s);
        } else if (value != NULL && sw_str_is(key, "icon")) {
            TPL_TRY(tpl_icon(c, s, tag->at, value->s, &svg));
        } else if (value != NULL && sw_str_is(key, "name")) {
            name = value->s;
        } else if (value != NULL && sw_str_is(key, "value")) {
            sent = value;
        } else {
            return unknown_option(c, s, tag, key);
        }
    }
    tpl_text(c, SW_STR("<button class=\""));
    tpl_text(c, sw_buf_str(&cls));
    tpl_text(c, SW_STR("\" type=\"submit\""));
    if (name.n != 0) {
        if (sw_field_find(c->form->record, name) == NULL)
            return tpl_fail(c, s, tag->at, _("The form %s has no field \"%.*s\"."), c->form->record->name, SW_STR_ARG(name));
        tpl_text(c, SW_STR(" name=\""));
        tpl_text_html(c, name);
        tpl_text(c, SW_STR("\" value=\""));
        if (sent != NULL)
            tpl_text_html(c, sent->s);
        tpl_text(c, SW_STR("\""));
    }
    tpl_text(c, SW_STR(">"));
    tpl_text(c, svg);
    TPL_TRY(tpl_filled(c, s, tag->at, translated(c, tag->tok[1].s), NULL));
    tpl_text(c, SW_STR("</button>"));
    return SW_OK;
}

int tpl_files(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    TPL_TRY(in_form(c, s, tag));
    if (tag->tok[1].kind != TOK_STRING || tag->n != 2)
        return tpl_fail(c, s, tag->at, _("It is written {{files \"Text\"}}."));
    if (!c->form->upload)
        return tpl_fail(c, s, tag->at, _("{{files}} needs a form that says upload."));
    struct sw_str svg;
    TPL_TRY(tpl_icon(c, s, tag->at, SW_STR("camera"), &svg));
    tpl_text(c, SW_STR("<div class=\"field pick-files\"><label>"));
    tpl_text(c, svg);
    tpl_text(c, SW_STR("<span>"));
    TPL_TRY(tpl_filled(c, s, tag->at, translated(c, tag->tok[1].s), NULL));
    tpl_text(c, SW_STR("</span><input type=\"file\" name=\"files\" multiple accept=\"image/*,video/*,application/pdf\">"
                       "</label><p class=\"hint\">"));
    tpl_text_html(c, sw_str_of(sw_text_in(c->language, "shopwright", N_("Together at most 32 MB"))));
    tpl_text(c, SW_STR("</p></div>"));
    return SW_OK;
}

int tpl_sign(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    TPL_TRY(in_form(c, s, tag));
    struct sw_str svg;
    TPL_TRY(tpl_icon(c, s, tag->at, SW_STR("cross"), &svg));
    if (sw_field_find(c->form->record, SW_STR("strokes")) == NULL)
        return tpl_fail(c, s, tag->at, _("{{sign}} needs the field \"strokes\" in the form %s."), c->form->record->name);
    const char *where = sw_text_in(c->language, "shopwright", N_("Sign with a finger, pen or mouse"));
    const char *clear = sw_text_in(c->language, "shopwright", N_("Clear"));
    const char *none = sw_text_in(c->language, "shopwright", N_("Drawing needs scripts; type your name instead."));
    /* Shown by the script alone: without it the typed name is the way. */
    tpl_text(c, SW_STR("<div class=\"stack tight\" data-sign hidden><div class=\"row apart\"><p class=\"hint\">"));
    tpl_text_html(c, sw_str_of(where));
    tpl_text(c, SW_STR("</p><button class=\"button quiet\" type=\"button\" data-sign-clear>"));
    tpl_text(c, svg);
    tpl_text_html(c, sw_str_of(clear));
    tpl_text(c, SW_STR("</button></div><div class=\"sign\"><canvas role=\"img\" aria-label=\""));
    tpl_text_html(c, sw_str_of(where));
    tpl_text(c, SW_STR("\"></canvas><p aria-hidden=\"true\">"));
    tpl_text_html(c, sw_str_of(sw_text_in(c->language, "shopwright", N_("Sign here"))));
    tpl_text(c, SW_STR("</p></div></div><noscript><p class=\"hint\">"));
    tpl_text_html(c, sw_str_of(none));
    tpl_text(c, SW_STR("</p></noscript>"));
    struct tpl_control *k = SW_NEW(c->a, struct tpl_control);
    k->f = sw_field_find(c->form->record, SW_STR("strokes"));
    k->name = sw_str_of(k->f->name);
    k->how = HOW_HIDDEN;
    tpl_emit(c, OP_HIDDEN)->p = k;
    return SW_OK;
}
