/* web/template_tags.c: the tags of templates that are no form: conditions, lists, texts, chips, icons, parts of a page. */
#include "web/template_int.h"
#include "base/texts.h"

#include <string.h>

enum { TESTS_MAX = 8, BRANCHES_MAX = 32 };

static struct sw_str word_at(const struct tpl_tag *tag, size_t i)
{
    return i < tag->n && tag->tok[i].kind == TOK_WORD ? tag->tok[i].s : (struct sw_str){0};
}

const struct tpl_words *tpl_words(struct tpl_compiler *c, const struct sw_enum *e)
{
    for (struct tpl_words *w = c->t->words; w != NULL; w = w->next)
        if (w->e == e)
            return w;
    struct tpl_words *w = SW_NEW(c->a, struct tpl_words);
    w->e = e;
    size_t n = 0;
    while (e != NULL && e->words[n].word != NULL)
        n++;
    w->v = SW_NEW_N(c->a, struct tpl_word, n + 1);
    w->n = n;
    for (size_t i = 0; i < n; i++) {
        const struct sw_word *from = &e->words[i];
        struct tpl_word *to = &w->v[i];
        const char *label = from->label != NULL ? tpl_say(c, e->name, from->label) : from->word;
        to->value = from->value;
        to->label = tpl_escape(c->a, sw_str_of(label));
        to->word = tpl_escape(c->a, sw_str_of(from->word));
        to->tone = tpl_escape(c->a, sw_str_of(from->tone));
        to->icon = tpl_escape(c->a, sw_str_of(from->icon));
        if (to->icon.n != 0)
            to->svg = sw_printf(c->a, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"%s#%s\"/></svg>",
                                sw_static_url("icons.svg"), to->icon.p);
        to->chip = sw_printf(c->a, "<span class=\"chip%s%s\">%s%s</span>", to->tone.n != 0 ? " " : "", to->tone.p,
                             to->svg.n != 0 ? to->svg.p : "", to->label.p);
    }
    w->next = c->t->words;
    c->t->words = w;
    return w;
}

int tpl_icon(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str name, struct sw_str *svg)
{
    struct sw_str mark = sw_printf(c->a, "id=\"" SW_STR_FMT "\"", SW_STR_ARG(name));
    if (name.n == 0 || memchr(name.p, '"', name.n) != NULL)
        return tpl_fail(c, s, at, _("The name of the icon is missing."));
    if (c->sprite.n != 0 && memmem(c->sprite.p, c->sprite.n, mark.p, mark.n) == NULL)
        return tpl_fail(c, s, at, _("There is no icon \"%.*s\" in icons.svg."), SW_STR_ARG(name));
    *svg = sw_printf(c->a, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"%s#" SW_STR_FMT "\"/></svg>",
                     sw_static_url("icons.svg"), SW_STR_ARG(name));
    return SW_OK;
}

/* ---- Conditions -------------------------------------------------------------------------------------------- */

static bool number_kind(uint8_t k)
{
    return k == SW_KIND_INT || k == SW_KIND_MONEY || k == SW_KIND_QTY || k == SW_KIND_TIME || k == SW_KIND_SPAN ||
           k == SW_KIND_REF;
}

static bool text_kind(uint8_t k) { return k == SW_KIND_TEXT || k == SW_KIND_EMAIL || k == SW_KIND_PHONE; }

static bool whole_number(struct sw_str s, int64_t *out)
{
    size_t i = s.n > 0 && s.p[0] == '-' ? 1 : 0;
    if (i == s.n || s.n > 16)
        return false;
    int64_t v = 0;
    for (size_t k = i; k < s.n; k++) {
        if (s.p[k] < '0' || s.p[k] > '9')
            return false;
        v = v * 10 + (s.p[k] - '0');
    }
    *out = i != 0 ? -v : v;
    return true;
}

static int compared(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, size_t at, enum tpl_cmp cmp,
                    const struct sw_field *left, const struct tpl_right **out)
{
    struct tpl_right *right = SW_NEW(c->a, struct tpl_right);
    *out = right;
    if (at >= tag->n || tag->tok[at].kind == TOK_OP)
        return tpl_fail(c, s, tag->at, _("After the comparison a word, number or field is missing."));
    struct sw_str w = tag->tok[at].s;
    bool quoted = tag->tok[at].kind == TOK_STRING;
    if (cmp > CMP_NE && !number_kind(left->kind))
        return tpl_fail(c, s, tag->at, _("\"%s\" is no number; it can only be equal or not."), left->name);
    if (text_kind(left->kind)) {
        right->text = sw_copy(c->a, w);
        if (quoted)
            return SW_OK;
        /* A bare word is a field when there is one of this name, else itself. */
        struct sw_err none, *err = c->err;
        c->err = &none;
        right->is_ref = tpl_resolve(c, s, tag->at, w, &right->ref) == SW_OK && text_kind(right->ref.f->kind);
        c->err = err;
        return SW_OK;
    }
    if (left->kind == SW_KIND_ENUM || left->kind == SW_KIND_FLAGS) {
        for (const struct sw_word *x = left->words->words; x->word != NULL; x++)
            if (sw_str_is(w, x->word)) {
                right->number = x->value;
                return SW_OK;
            }
    } else if (number_kind(left->kind)) {
        if (whole_number(w, &right->number))
            return SW_OK;
    } else {
        return tpl_fail(c, s, tag->at, _("\"%s\" cannot be compared."), left->name);
    }
    if (quoted || tpl_resolve(c, s, tag->at, w, &right->ref) != SW_OK)
        return tpl_fail(c, s, tag->at, _("\"%.*s\" is neither a value of \"%s\" nor a field."), SW_STR_ARG(w), left->name);
    const struct sw_field *rf = right->ref.f;
    right->is_ref = true;
    bool fits = left->kind == SW_KIND_ENUM ? rf->kind == SW_KIND_ENUM && rf->words == left->words
                : left->kind == SW_KIND_FLAGS ? rf->kind == SW_KIND_ENUM && rf->words == left->words
                                              : number_kind(rf->kind);
    if (!fits)
        return tpl_fail(c, s, tag->at, _("\"%s\" and \"%s\" are of different kinds."), left->name, rf->name);
    return SW_OK;
}

/* One condition from token *at on; leaves an OP_TEST whose target the caller sets. */
static int test(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, size_t *at, bool jump_when)
{
    while (sw_str_is(word_at(tag, *at), "not")) {
        jump_when = !jump_when;
        ++*at;
    }
    struct sw_str name = word_at(tag, *at);
    if (name.n == 0)
        return tpl_fail(c, s, tag->at, _("The condition of {{#if}} is missing."));
    ++*at;
    struct tpl_ins *i;
    if (name.p[0] == '@') {
        const struct tpl_scope *round = NULL;
        for (size_t k = c->n_scopes; k > 0 && round == NULL; k--)
            if (c->scopes[k - 1].each)
                round = &c->scopes[k - 1];
        if (round == NULL || (!sw_str_is(name, "@first") && !sw_str_is(name, "@last")))
            return tpl_fail(c, s, tag->at, _("There is no \"%.*s\" here."), SW_STR_ARG(name));
        i = tpl_emit(c, OP_TEST);
        i->slot = round->slot;
        i->sub = sw_str_is(name, "@first") ? CMP_FIRST : CMP_LAST;
        i->flag = jump_when;
        return SW_OK;
    }
    struct tpl_ref ref;
    TPL_TRY(tpl_resolve(c, s, tag->at, name, &ref));
    enum tpl_cmp cmp = CMP_TRUE;
    const struct tpl_right *right = NULL;
    if (*at < tag->n && tag->tok[*at].kind == TOK_OP) {
        static const struct {
            const char *op;
            enum tpl_cmp cmp;
        } ops[] = {{"=", CMP_EQ}, {"!=", CMP_NE}, {"<", CMP_LT}, {"<=", CMP_LE}, {">", CMP_GT}, {">=", CMP_GE}};
        for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++)
            if (sw_str_is(tag->tok[*at].s, ops[k].op))
                cmp = ops[k].cmp;
        TPL_TRY(compared(c, s, tag, *at + 1, cmp, ref.f, &right));
        *at += 2;
    }
    i = tpl_emit(c, OP_TEST);
    i->ref = ref;
    i->sub = (uint8_t)cmp;
    i->flag = jump_when;
    i->p = right;
    return SW_OK;
}

/* The conditions of one {{#if}} or {{elseif}}; outs: the instructions that jump behind the branch. */
static int conditions(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, size_t at, size_t *outs, size_t *n_outs)
{
    size_t ins[TESTS_MAX], n_ins = 0;
    bool any = false, all = false;
    *n_outs = 0;
    for (size_t k = at; k < tag->n; k++) {
        any = any || sw_str_is(word_at(tag, k), "or");
        all = all || sw_str_is(word_at(tag, k), "and");
    }
    if (any && all)
        return tpl_fail(c, s, tag->at, _("\"and\" and \"or\" may not be mixed; nest two {{#if}} instead."));
    for (;;) {
        if (n_ins + *n_outs == TESTS_MAX)
            return tpl_fail(c, s, tag->at, _("Too many conditions; at most %d are allowed."), TESTS_MAX);
        TPL_TRY(test(c, s, tag, &at, any));
        if (any)
            ins[n_ins++] = c->n - 1;
        else
            outs[(*n_outs)++] = c->n - 1;
        if (at == tag->n)
            break;
        if (!sw_str_is(word_at(tag, at), "and") && !sw_str_is(word_at(tag, at), "or"))
            return tpl_fail(c, s, tag->at, _("\"%.*s\" is not expected here."), SW_STR_ARG(tag->tok[at].s));
        at++;
    }
    if (any) {
        tpl_emit(c, OP_JUMP);
        outs[(*n_outs)++] = c->n - 1;
        uint32_t body = tpl_here(c);
        for (size_t k = 0; k < n_ins; k++)
            c->code[ins[k]].a = body;
    } else {
        tpl_here(c);
    }
    return SW_OK;
}

static void land(struct tpl_compiler *c, const size_t *from, size_t n)
{
    uint32_t here = tpl_here(c);
    for (size_t k = 0; k < n; k++)
        c->code[from[k]].a = here;
}

static int same_place(struct tpl_compiler *c, struct tpl_source *s, const char *at, const struct tpl_html_state *a)
{
    /* <a{{#if x}} class="y"{{/if}}>: whether the element's name has ended makes no difference. */
    enum tpl_html now = c->html.at == H_NAME ? H_TAG : c->html.at, then = a->at == H_NAME ? H_TAG : a->at;
    if (now != then)
        return tpl_fail(c, s, at, _("The branches of this block leave a tag or a quote open differently."));
    return SW_OK;
}

int tpl_if(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    const char *at = tag->at;
    struct tpl_html_state start = c->html, first = start;
    size_t ends[BRANCHES_MAX], n_ends = 0, outs[TESTS_MAX + 1], n_outs;
    bool has_else = false, has_first = false;
    TPL_TRY(conditions(c, s, tag, 1, outs, &n_outs));
    for (;;) {
        TPL_TRY(tpl_block(c, s, "if", tag));
        if (!has_first)
            first = c->html;
        has_first = true;
        TPL_TRY(same_place(c, s, at, &first));
        struct sw_str w = word_at(tag, 0);
        if (w.p[0] == '/')
            break;
        if (has_else || n_ends == BRANCHES_MAX)
            return tpl_fail(c, s, tag->at, _("There are too many branches in this {{#if}}."));
        tpl_emit(c, OP_JUMP);
        ends[n_ends++] = c->n - 1;
        land(c, outs, n_outs);
        n_outs = 0;
        c->html = start;
        size_t cond = sw_str_is(w, "elseif") ? 1 : sw_str_is(word_at(tag, 1), "if") ? 2 : 0;
        if (cond != 0)
            TPL_TRY(conditions(c, s, tag, cond, outs, &n_outs));
        else if (tag->n > 1)
            return tpl_fail(c, s, tag->at, _("After {{else}} nothing may stand."));
        else
            has_else = true;
    }
    if (!has_else)
        TPL_TRY(same_place(c, s, at, &start));
    land(c, outs, n_outs);
    land(c, ends, n_ends);
    return SW_OK;
}

/* ---- Lists, sub-records ------------------------------------------------------------------------------------- */

static int push_scope(struct tpl_compiler *c, struct tpl_source *s, const char *at, const struct sw_record *d,
                      uint8_t audience, bool each, uint8_t *slot)
{
    if (c->n_scopes == TPL_SLOTS || c->slots >= TPL_SLOTS)
        return tpl_fail(c, s, at, _("Blocks are nested too deep; at most %d are allowed."), TPL_DEPTH_MAX);
    *slot = c->slots++;
    c->scopes[c->n_scopes++] = (struct tpl_scope){.d = d, .slot = *slot, .audience = audience, .each = each};
    return SW_OK;
}

/* The optional {{else}} of each and with, up to the end; jump: the instruction that goes there. */
static int other_branch(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, const char *name, size_t jump,
                        const struct tpl_html_state *start)
{
    const char *at = tag->at;
    TPL_TRY(same_place(c, s, at, start));
    if (word_at(tag, 0).p[0] == '/') {
        c->code[jump].a = tpl_here(c);
        return SW_OK;
    }
    tpl_emit(c, OP_JUMP);
    size_t end = c->n - 1;
    c->code[jump].a = tpl_here(c);
    TPL_TRY(tpl_block(c, s, name, tag));
    if (word_at(tag, 0).p[0] != '/')
        return tpl_fail(c, s, tag->at, _("There is more than one {{else}}."));
    TPL_TRY(same_place(c, s, at, start));
    c->code[end].a = tpl_here(c);
    return SW_OK;
}

int tpl_each(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_ref ref;
    struct tpl_html_state start = c->html;
    uint8_t slot;
    TPL_TRY(tpl_resolve(c, s, tag->at, word_at(tag, 1), &ref));
    if (ref.f->kind != SW_KIND_LIST && ref.f->kind != SW_KIND_STRS)
        return tpl_fail(c, s, tag->at, _("\"%s\" is no list."), ref.f->name);
    const struct sw_record *d = ref.f->kind == SW_KIND_LIST ? ref.f->sub : NULL;
    struct tpl_ins *i = tpl_emit(c, OP_EACH);
    size_t head = c->n - 1;
    i->ref = ref;
    i->b = (uint32_t)(d != NULL ? d->size : sizeof(struct sw_str));
    TPL_TRY(push_scope(c, s, tag->at, d, ref.audience, true, &slot));
    c->code[head].slot = slot;
    uint32_t body = tpl_here(c);
    TPL_TRY(tpl_block(c, s, "each", tag));
    i = tpl_emit(c, OP_NEXT);
    i->slot = slot;
    i->a = body;
    c->n_scopes--;
    c->slots--;
    tpl_here(c);
    return other_branch(c, s, tag, "each", head, &start);
}

int tpl_with(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_ref ref;
    struct tpl_html_state start = c->html;
    uint8_t slot;
    TPL_TRY(tpl_resolve(c, s, tag->at, word_at(tag, 1), &ref));
    if (ref.f->kind != SW_KIND_SUB)
        return tpl_fail(c, s, tag->at, _("\"%s\" is no record with parts."), ref.f->name);
    struct tpl_ins *i = tpl_emit(c, OP_WITH);
    size_t head = c->n - 1;
    i->ref = ref;
    TPL_TRY(push_scope(c, s, tag->at, ref.f->sub, ref.audience, false, &slot));
    c->code[head].slot = slot;
    TPL_TRY(tpl_block(c, s, "with", tag));
    c->n_scopes--;
    c->slots--;
    return other_branch(c, s, tag, "with", head, &start);
}

/* ---- Texts -------------------------------------------------------------------------------------------------- */

int tpl_plural(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_ref ref;
    if (tag->n != 4 || tag->tok[2].kind != TOK_STRING || tag->tok[3].kind != TOK_STRING)
        return tpl_fail(c, s, tag->at, _("It is written {{n_ field \"one\" \"many\"}}."));
    TPL_TRY(tpl_resolve(c, s, tag->at, word_at(tag, 1), &ref));
    if (ref.f->kind != SW_KIND_INT && ref.f->kind != SW_KIND_LIST && ref.f->kind != SW_KIND_STRS)
        return tpl_fail(c, s, tag->at, _("\"%s\" is neither a whole number nor a list."), ref.f->name);
    TPL_TRY(tpl_place(c, s, tag->at, false));
    const char *one = sw_cstr(c->a, tag->tok[2].s), *many = sw_cstr(c->a, tag->tok[3].s);
    tpl_emit(c, OP_PLURAL)->ref = ref;
    size_t head = c->n - 1;
    /* Languages may have a form for 0 too: three texts are prepared, chosen by the catalog for 2 (many), 0 and 1. */
    static const uint64_t numbers[] = {2, 0, 1};
    size_t ends[3];
    for (size_t k = 0; k < 3; k++) {
        uint32_t here = tpl_here(c);
        if (k == 1)
            c->code[head].b = here;
        else if (k == 2)
            c->code[head].a = here;
        struct sw_str said = sw_str_of(sw_text_n(c->domain, one, many, numbers[k]));
        TPL_TRY(tpl_filled(c, s, tag->at, said, &ref));
        tpl_emit(c, OP_JUMP);
        ends[k] = c->n - 1;
    }
    land(c, ends, 3);
    return SW_OK;
}

static int chip(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str name, uint8_t part)
{
    struct tpl_ref ref;
    TPL_TRY(tpl_place(c, s, tag->at, true));
    TPL_TRY(tpl_resolve(c, s, tag->at, name, &ref));
    if (ref.f->kind != SW_KIND_ENUM)
        return tpl_fail(c, s, tag->at, _("\"%s\" is no enum."), ref.f->name);
    const struct tpl_words *w = tpl_words(c, ref.f->words);
    struct tpl_ins *i = tpl_emit(c, OP_WORD);
    i->ref = ref;
    i->sub = part;
    i->p = w;
    return SW_OK;
}

static int live(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_ref on;
    TPL_TRY(tpl_place(c, s, tag->at, true));
    TPL_TRY(tpl_resolve(c, s, tag->at, SW_STR("page.live"), &on));
    struct tpl_ins *i = tpl_emit(c, OP_TEST);
    size_t head = c->n - 1;
    i->ref = on;
    tpl_here(c);
    tpl_text(c, SW_STR("<span class=\"live\" role=\"status\" data-live-at>"));
    const char *said = sw_text_in(c->language, "shopwright", N_("Up to date, {page.live_at}"));
    TPL_TRY(tpl_filled(c, s, tag->at, sw_str_of(said), NULL));
    tpl_text(c, SW_STR("</span>"));
    c->code[head].a = tpl_here(c);
    return SW_OK;
}

static int photos(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_ref ref;
    TPL_TRY(tpl_place(c, s, tag->at, true));
    TPL_TRY(tpl_resolve(c, s, tag->at, word_at(tag, 1), &ref));
    if (ref.f->kind != SW_KIND_LIST || ref.f->sub != &sw_file_view_record)
        return tpl_fail(c, s, tag->at, _("\"%s\" is no list of core.file_view."), ref.f->name);
    struct tpl_ins *i = tpl_emit(c, OP_PHOTOS);
    i->ref = ref;
    i->flag = sw_str_is(word_at(tag, 2), "open");
    return SW_OK;
}

static int static_part(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    TPL_TRY(tpl_place(c, s, tag->at, false));
    if (tag->n != 2 || tag->tok[1].kind != TOK_STRING || tag->tok[1].s.n > 100)
        return tpl_fail(c, s, tag->at, _("It is written {{static \"name\"}}."));
    const char *url = sw_static_url(sw_cstr(c->a, tag->tok[1].s));
    /* Without any static folder (tests of plugins) nothing can be checked. */
    if (c->sprite.n != 0 && strchr(url, '?') == NULL)
        return tpl_fail(c, s, tag->at, _("There is no static part \"%.*s\"."), SW_STR_ARG(tag->tok[1].s));
    tpl_text_html(c, sw_str_of(url));
    return SW_OK;
}

static int include(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    struct tpl_source inner;
    if (tag->n != 2 || tag->tok[1].kind != TOK_STRING)
        return tpl_fail(c, s, tag->at, _("It is written {{include \"file.html\"}}."));
    const char *name = sw_cstr(c->a, tag->tok[1].s);
    if (strchr(name, '/') != NULL || name[0] == '.')
        return tpl_fail(c, s, tag->at, _("Only files of the same folder can be included."));
    if (tpl_file(c, s->folder, name, &inner) != SW_OK)
        return tpl_fail(c, s, tag->at, _("The file %s cannot be read."), name);
    return tpl_block(c, &inner, NULL, tag);
}

static int page_part(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, struct sw_str w)
{
    struct tpl_source part;
    if (!c->in_layout || c->page == NULL)
        return tpl_fail(c, s, tag->at, _("{{%.*s}} stands only in layouts."), SW_STR_ARG(w));
    if (sw_str_is(w, "content")) {
        c->seen_content = true;
        part = *c->page;
        return tpl_content(c, &part);
    }
    bool deck = sw_str_is(w, "deck");
    if (!tpl_range(c->page, deck ? "deck" : "title", &part))
        return SW_OK;
    if (deck) {
        tpl_text(c, SW_STR("<section class=\"deck\" aria-label=\""));
        tpl_text_html(c, sw_str_of(sw_text_in(c->language, "shopwright", N_("Next step"))));
        tpl_text(c, SW_STR("\">"));
    }
    TPL_TRY(tpl_content(c, &part));
    if (deck)
        tpl_text(c, SW_STR("</section>"));
    return SW_OK;
}

/* {{#title}} and {{#deck}} were taken where the layout wants them; here they are passed over. */
static int pass_over(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, const char *name)
{
    struct tpl_source part;
    struct tpl_source from = *s;
    from.at = tag->at;
    if (!tpl_range(&from, name, &part))
        return tpl_fail(c, s, tag->at, _("{{#%s}} is not closed."), name);
    s->at = part.end + strlen("{{/}}") + strlen(name);
    return SW_OK;
}

int tpl_tag_part(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag)
{
    static const struct {
        const char *name;
        int (*run)(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
    } tags[] = {
        {"#if", tpl_if},         {"#each", tpl_each},     {"#with", tpl_with},  {"#form", tpl_form_block},
        {"n_", tpl_plural},      {"field", tpl_field},    {"hidden", tpl_hidden}, {"submit", tpl_submit},
        {"files", tpl_files},    {"sign", tpl_sign},      {"live", live},       {"photos", photos},
        {"static", static_part}, {"include", include},
    };
    struct sw_str w = tag->tok[0].s;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        /* A lone {{files}} is a field of this name; only live and sign are tags without a further word. */
        bool lone = tag->n == 1 && tags[i].run != live && tags[i].run != tpl_sign && w.p[0] != '#';
        if (!lone && sw_str_is(w, tags[i].name))
            return tags[i].run(c, s, tag);
    }
    if (sw_str_is(w, "#title"))
        return pass_over(c, s, tag, "title");
    if (sw_str_is(w, "#deck"))
        return pass_over(c, s, tag, "deck");
    if (sw_str_is(w, "content") || (c->in_layout && (sw_str_is(w, "title") || sw_str_is(w, "deck"))))
        return page_part(c, s, tag, w);
    if (sw_str_is(w, "layout"))
        return tpl_fail(c, s, tag->at, _("{{layout}} stands only in the first line of a page."));
    if (sw_str_is(w, "_")) {
        if (tag->n != 2 || tag->tok[1].kind != TOK_STRING)
            return tpl_fail(c, s, tag->at, _("It is written {{_ \"text\"}}."));
        const char *said = tpl_say(c, NULL, sw_cstr(c->a, tag->tok[1].s));
        return tpl_filled(c, s, tag->at, sw_str_of(said), NULL);
    }
    if (tag->n > 1 && sw_str_is(w, "icon")) {
        struct sw_str svg, name = word_at(tag, 1);
        if (name.n > 1 && name.p[0] == '@')
            return chip(c, s, tag, (struct sw_str){name.p + 1, name.n - 1}, PART_SVG);
        TPL_TRY(tpl_place(c, s, tag->at, true));
        TPL_TRY(tpl_icon(c, s, tag->at, name, &svg));
        tpl_text(c, svg);
        return SW_OK;
    }
    if (tag->n > 1 && sw_str_is(w, "chip"))
        return chip(c, s, tag, word_at(tag, 1), PART_CHIP);
    if (tag->n > 1 && sw_str_is(w, "count")) {
        struct tpl_ref ref;
        TPL_TRY(tpl_place(c, s, tag->at, false));
        TPL_TRY(tpl_resolve(c, s, tag->at, word_at(tag, 1), &ref));
        if (ref.f->kind != SW_KIND_LIST && ref.f->kind != SW_KIND_STRS)
            return tpl_fail(c, s, tag->at, _("\"%s\" is no list."), ref.f->name);
        tpl_emit(c, OP_COUNT)->ref = ref;
        return SW_OK;
    }
    if (sw_str_is(w, "errors")) {
        TPL_TRY(tpl_place(c, s, tag->at, true));
        if (!c->in_layout || !c->own_errors)
            tpl_emit(c, OP_ERRORS);
        return SW_OK;
    }
    if (w.p[0] == '#' || tag->n > 1)
        return tpl_fail(c, s, tag->at, _("There is no tag {{%.*s}}."), SW_STR_ARG(w));
    return tpl_value(c, s, tag->at, w);
}

int tpl_block(struct tpl_compiler *c, struct tpl_source *s, const char *until, struct tpl_tag *closer)
{
    struct tpl_tag *tag = closer;
    const char *opened = s->at;
    if (++c->depth > TPL_DEPTH_MAX)
        return tpl_fail(c, s, opened, _("Blocks are nested too deep; at most %d are allowed."), TPL_DEPTH_MAX);
    for (;;) {
        bool found;
        TPL_TRY(tpl_next_tag(c, s, tag, &found));
        if (c->n >= TPL_CODE_MAX - 64)
            return tpl_full(c, s);
        if (!found) {
            if (until != NULL)
                return tpl_fail(c, s, opened, _("{{#%s}} is not closed."), until);
            break;
        }
        struct sw_str w = tag->tok[0].s;
        bool branch = sw_str_is(w, "else") || sw_str_is(w, "elseif");
        if (w.p[0] == '/' || branch) {
            struct sw_str name = {w.p + 1, w.n - 1};
            bool fits = until != NULL && (branch ? strcmp(until, "form") != 0 : sw_str_is(name, until)) &&
                        (!branch || tag->n == 1 || strcmp(until, "if") == 0);
            if (!fits)
                return tpl_fail(c, s, tag->at, _("{{%.*s}} closes nothing that is open here."), SW_STR_ARG(w));
            break;
        }
        TPL_TRY(tpl_tag_part(c, s, tag));
    }
    c->depth--;
    return SW_OK;
}
