/* web/template_parse.c: tags, literal text, names and values of templates; what stands where in the HTML is followed so that a value can never
 * leave its place. */
#include "web/template_int.h"
#include "base/texts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tpl_fail(const struct tpl_compiler *c, const struct tpl_source *s, const char *at, const char *fmt, ...)
{
    char why[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    int line = 1;
    for (const char *p = s->p; p < at; p++)
        line += *p == '\n';
    return sw_fail(c->err, SW_EINVALID, "", "%s:%d: %s", s->file, line, why);
}

int tpl_full(const struct tpl_compiler *c, const struct tpl_source *s)
{
    return tpl_fail(c, s, s->at, _("The template is too large; at most %d instructions and %d bytes of text are allowed."),
                    TPL_CODE_MAX, TPL_TEXT_MAX);
}

struct tpl_ins *tpl_emit(struct tpl_compiler *c, enum tpl_op op)
{
    /* One place beyond the maximum lets callers write; the block's end then refuses. */
    if (c->n >= TPL_CODE_MAX)
        c->n = TPL_CODE_MAX - 1;
    if (c->n == c->cap) {
        c->cap = c->cap != 0 ? c->cap * 2 : 256;
        struct tpl_ins *more = realloc(c->code, c->cap * sizeof *more);
        if (more == NULL)
            abort();
        c->code = more;
    }
    struct tpl_ins *i = &c->code[c->n++];
    *i = (struct tpl_ins){.op = (uint8_t)op};
    return i;
}

uint32_t tpl_here(struct tpl_compiler *c)
{
    c->barrier = c->n;
    return (uint32_t)c->n;
}

struct sw_str tpl_escape(struct sw_arena *a, struct sw_str s)
{
    struct sw_buf b;
    sw_buf_init(&b, a, s.n + 16, TPL_SOURCE_MAX * 6);
    sw_buf_html(&b, s);
    return sw_copy(a, sw_buf_str(&b));
}

const char *tpl_say(const struct tpl_compiler *c, const char *owner, const char *text)
{
    if (text == NULL || *text == '\0')
        return "";
    char domain[40] = "";
    if (owner != NULL) {
        size_t n = strcspn(owner, ".");
        if (n < sizeof domain) {
            memcpy(domain, owner, n);
            domain[n] = '\0';
        }
    }
    const char *tries[] = {domain, c->domain, "shopwright"};
    for (size_t i = 0; i < 3; i++) {
        if (tries[i] == NULL || tries[i][0] == '\0')
            continue;
        const char *said = sw_text_in(c->language, tries[i], text);
        if (strcmp(said, text) != 0)
            return said;
    }
    return text;
}

/* ---- Where in the HTML ----------------------------------------------------------------------------------- */

static bool in_list(const char *s, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
}

static void tag_ends(struct tpl_html_state *h)
{
    static const char *const raws[] = {"script", "style", "textarea", "title", NULL};
    bool raw = !h->closing && in_list(h->tag, raws) && (h->tag[0] == 's');
    h->at = raw ? H_RAW : H_TEXT;
}

static void value_begins(struct tpl_html_state *h, char quote)
{
    static const char *const urls[] = {"href", "src", "action", "formaction", "poster", "data-href", NULL};
    h->at = quote == '"' ? H_DQ : H_SQ;
    h->url_start = in_list(h->attr, urls);
}

static void follow(struct tpl_html_state *h, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char ch = p[i];
        bool space = ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r';
        switch (h->at) {
        case H_TEXT:
        case H_RAW:
            if (ch != '<' || (h->at == H_RAW && (i + 1 >= n || p[i + 1] != '/')))
                break;
            if (n - i >= 4 && memcmp(p + i, "<!--", 4) == 0) {
                h->at = H_COMMENT;
                h->dashes = 0;
                i += 3;
                break;
            }
            h->closing = i + 1 < n && p[i + 1] == '/';
            if (h->closing)
                i++;
            h->at = H_NAME;
            h->n_tag = 0;
            h->tag[0] = '\0';
            break;
        case H_COMMENT:
            if (ch == '>' && h->dashes >= 2)
                h->at = H_TEXT;
            h->dashes = ch == '-' ? (uint8_t)(h->dashes < 2 ? h->dashes + 1 : 2) : 0;
            break;
        case H_NAME: /* of the element */
            if (ch == '>') {
                tag_ends(h);
            } else if (space) {
                h->at = H_TAG;
                h->n_attr = 0;
            } else if (h->n_tag + 1u < sizeof h->tag) {
                h->tag[h->n_tag++] = (char)tolower((unsigned char)ch);
                h->tag[h->n_tag] = '\0';
            }
            break;
        case H_TAG: /* between attributes, or in the name of one */
            if (ch == '>') {
                tag_ends(h);
            } else if (ch == '=') {
                h->at = H_EQ;
            } else if (space) {
                h->n_attr = 0;
            } else if (h->n_attr + 1u < sizeof h->attr) {
                h->attr[h->n_attr++] = (char)tolower((unsigned char)ch);
                h->attr[h->n_attr] = '\0';
            }
            break;
        case H_EQ:
            if (ch == '"' || ch == '\'')
                value_begins(h, ch);
            else if (ch == '>')
                tag_ends(h);
            else if (!space)
                h->at = H_VALUE;
            break;
        case H_VALUE:
            if (ch == '>')
                tag_ends(h);
            else if (space) {
                h->at = H_TAG;
                h->n_attr = 0;
            }
            break;
        case H_DQ:
        case H_SQ:
            h->url_start = false;
            if (ch == (h->at == H_DQ ? '"' : '\'')) {
                h->at = H_TAG;
                h->n_attr = 0;
            }
            break;
        }
    }
}

int tpl_place(struct tpl_compiler *c, const struct tpl_source *s, const char *at, bool markup)
{
    const struct tpl_html_state *h = &c->html;
    if (h->at == H_TEXT)
        return SW_OK;
    if (h->at == H_DQ && !markup) {
        if (strncmp(h->attr, "on", 2) == 0 || strcmp(h->attr, "style") == 0)
            return tpl_fail(c, s, at, _("A value may not stand in the attribute %s."), h->attr);
        return SW_OK;
    }
    if (h->at == H_RAW || h->at == H_COMMENT)
        return tpl_fail(c, s, at, _("A value may not stand in a script, style or comment."));
    if (markup)
        return tpl_fail(c, s, at, _("This makes elements; it may not stand inside of a tag."));
    return tpl_fail(c, s, at, _("A value inside of a tag must stand in double quotes."));
}

void tpl_text(struct tpl_compiler *c, struct sw_str s)
{
    if (s.n == 0)
        return;
    follow(&c->html, s.p, s.n);
    if (c->text_n + s.n > TPL_TEXT_MAX) {
        c->n = TPL_CODE_MAX; /* refused at the end of the block */
        return;
    }
    if (c->text_n + s.n > c->text_cap) {
        c->text_cap = (c->text_n + s.n) * 2;
        char *more = realloc(c->text, c->text_cap);
        if (more == NULL)
            abort();
        c->text = more;
    }
    struct tpl_ins *last = c->n > 0 && c->n != c->barrier ? &c->code[c->n - 1] : NULL;
    if (last == NULL || last->op != OP_TEXT) {
        last = tpl_emit(c, OP_TEXT);
        last->a = (uint32_t)c->text_n;
    }
    memcpy(c->text + c->text_n, s.p, s.n);
    c->text_n += s.n;
    last->b += (uint32_t)s.n;
}

void tpl_text_html(struct tpl_compiler *c, struct sw_str s)
{
    tpl_text(c, tpl_escape(c->a, s));
}

/* Literal text of a file: runs of white space with a line's end in them become that one line's end. */
static void literal(struct tpl_compiler *c, const struct tpl_source *s, const char *p, const char *end)
{
    if (s->pre) {
        tpl_text(c, (struct sw_str){p, (size_t)(end - p)});
        return;
    }
    char *out = sw_alloc(c->a, (size_t)(end - p) + 1);
    size_t n = 0;
    while (p < end) {
        const char *q = p;
        bool line = false;
        while (q < end && isspace((unsigned char)*q))
            line = *q++ == '\n' || line;
        if (q == p) {
            out[n++] = *p++;
        } else if (line) {
            bool again = n == 0 && c->n > 0 && c->n != c->barrier && c->code[c->n - 1].op == OP_TEXT &&
                         c->text[c->text_n - 1] == '\n';
            if (!again)
                out[n++] = '\n';
            p = q;
        } else {
            while (p < q)
                out[n++] = *p++;
        }
    }
    tpl_text(c, (struct sw_str){out, n});
}

/* ---- Tags ------------------------------------------------------------------------------------------------- */

static bool word_char(char ch)
{
    return isalnum((unsigned char)ch) || (ch != '\0' && strchr("_.@|/#-:+,", ch) != NULL) || (unsigned char)ch >= 0x80;
}

static int tokens(struct tpl_compiler *c, const struct tpl_source *s, struct tpl_tag *tag)
{
    const char *p = tag->body.p, *end = p + tag->body.n;
    tag->n = 0;
    while (p < end) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (tag->n == TPL_TOKENS_MAX)
            return tpl_fail(c, s, tag->at, _("Too many words between {{ and }}; at most %d are allowed."), TPL_TOKENS_MAX);
        struct tpl_token *t = &tag->tok[tag->n++];
        const char *q = p;
        if (*p == '"') {
            for (q = p + 1; q < end && *q != '"'; q++)
                ;
            if (q == end)
                return tpl_fail(c, s, tag->at, _("A quoted text between {{ and }} does not end."));
            *t = (struct tpl_token){TOK_STRING, {p + 1, (size_t)(q - p - 1)}};
            p = q + 1;
        } else if (*p == '=' || *p == '<' || *p == '>' || (*p == '!' && p + 1 < end && p[1] == '=')) {
            size_t n = (*p != '=' && p + 1 < end && p[1] == '=') ? 2 : 1;
            *t = (struct tpl_token){TOK_OP, {p, n}};
            p += n;
        } else if (word_char(*p)) {
            while (q < end && word_char(*q))
                q++;
            *t = (struct tpl_token){TOK_WORD, {p, (size_t)(q - p)}};
            p = q;
        } else {
            return tpl_fail(c, s, tag->at, _("The character \"%c\" has no meaning between {{ and }}."), *p);
        }
    }
    if (tag->n == 0 || tag->tok[0].kind != TOK_WORD)
        return tpl_fail(c, s, tag->at, _("Between {{ and }} a name or a word is missing."));
    return SW_OK;
}

int tpl_next_tag(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, bool *found)
{
    for (;;) {
        const char *open = s->end - s->at >= 2 ? memmem(s->at, (size_t)(s->end - s->at), "{{", 2) : NULL;
        if (open == NULL) {
            literal(c, s, s->at, s->end);
            s->at = s->end;
            *found = false;
            return SW_OK;
        }
        literal(c, s, s->at, open);
        tag->at = open;
        const char *p = open + 2;
        bool remark = p < s->end && *p == '!', quoted = false;
        while (p + 1 < s->end && (quoted || p[0] != '}' || p[1] != '}')) {
            if (!remark && *p == '"')
                quoted = !quoted;
            p++;
        }
        if (p + 1 >= s->end)
            return tpl_fail(c, s, open, _("{{ is not followed by }}."));
        tag->body = (struct sw_str){open + 2, (size_t)(p - open - 2)};
        s->at = p + 2;
        if (remark)
            continue;
        if (tag->body.n > TPL_TAG_MAX)
            return tpl_fail(c, s, open, _("Too much between {{ and }}; at most %d bytes are allowed."), TPL_TAG_MAX);
        *found = true;
        return tokens(c, s, tag);
    }
}

/* ---- Names ------------------------------------------------------------------------------------------------- */

static uint8_t stricter(uint8_t a, uint8_t b)
{
    if (a == SW_FOR_STAFF || b == SW_FOR_STAFF)
        return SW_FOR_STAFF;
    return a > b ? a : b;
}

/* What every stored record begins with may be named too. */
static const struct sw_field head_fields[] = {
    {.name = "id", .kind = SW_KIND_REF, .audience = SW_FOR_CUSTOMER, .offset = offsetof(struct sw_head, id)},
    {.name = "version", .kind = SW_KIND_REF, .audience = SW_FOR_CUSTOMER, .offset = offsetof(struct sw_head, version)},
    {.name = "created", .kind = SW_KIND_TIME, .audience = SW_FOR_CUSTOMER, .offset = offsetof(struct sw_head, created)},
    {.name = "changed", .kind = SW_KIND_TIME, .audience = SW_FOR_CUSTOMER, .offset = offsetof(struct sw_head, changed)},
};

static const struct sw_field *field_of(const struct sw_record *d, struct sw_str name)
{
    const struct sw_field *f = d != NULL ? sw_field_find(d, name) : NULL;
    if (f != NULL || d == NULL || sw_record_lead(d) != SW_LEAD_HEAD)
        return f;
    for (size_t i = 0; i < sizeof head_fields / sizeof head_fields[0] && f == NULL; i++)
        if (sw_str_is(name, head_fields[i].name))
            f = &head_fields[i];
    return f;
}

static struct sw_str first_part(struct sw_str name, struct sw_str *rest)
{
    const char *dot = name.n != 0 ? memchr(name.p, '.', name.n) : NULL;
    if (dot == NULL) {
        *rest = (struct sw_str){0};
        return name;
    }
    size_t n = (size_t)(dot - name.p);
    *rest = (struct sw_str){dot + 1, name.n - n - 1};
    return (struct sw_str){name.p, n};
}

int tpl_resolve(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str name, struct tpl_ref *ref)
{
    struct sw_str rest, part = first_part(name, &rest);
    const struct sw_field *f = NULL;
    *ref = (struct tpl_ref){0};
    uint8_t audience = SW_FOR_CUSTOMER;
    if (rest.n != 0 && sw_str_is(part, "page")) {
        part = first_part(rest, &rest);
        f = field_of(&sw_page_view, part);
    } else if (rest.n != 0 && sw_str_is(part, "view") && c->n_scopes > 0) {
        part = first_part(rest, &rest);
        for (size_t i = 0; i < c->n_scopes; i++) {
            if (c->scopes[i].slot != 1)
                continue;
            f = field_of(c->scopes[i].d, part);
            ref->slot = 1;
            audience = c->scopes[i].audience;
        }
    } else {
        for (size_t i = c->n_scopes; i > 0 && f == NULL; i--) {
            f = field_of(c->scopes[i - 1].d, part);
            if (f != NULL) {
                ref->slot = c->scopes[i - 1].slot;
                audience = c->scopes[i - 1].audience;
            }
        }
    }
    for (;;) {
        if (f == NULL) {
            const struct sw_record *d = c->n_scopes > 0 ? c->scopes[c->n_scopes - 1].d : &sw_page_view;
            return tpl_fail(c, s, at, _("There is no field \"%.*s\" here (in %s)."), SW_STR_ARG(name),
                            d != NULL ? d->name : _("a list of texts"));
        }
        if ((f->flags & (SW_SECRET | SW_PASSWORD)) != 0)
            return tpl_fail(c, s, at, _("The field \"%.*s\" is secret; no page may name it."), SW_STR_ARG(name));
        audience = stricter(audience, f->audience);
        ref->off[ref->n++] = f->offset;
        if (rest.n == 0)
            break;
        if (f->kind != SW_KIND_SUB)
            return tpl_fail(c, s, at, _("\"%.*s\": \"%s\" has no parts."), SW_STR_ARG(name), f->name);
        if (ref->n == TPL_STEPS_MAX)
            return tpl_fail(c, s, at, _("\"%.*s\" is too deep; at most %d names are allowed."), SW_STR_ARG(name),
                            TPL_STEPS_MAX);
        part = first_part(rest, &rest);
        f = field_of(f->sub, part);
    }
    ref->f = f;
    ref->audience = ref->slot == 0 ? SW_FOR_CUSTOMER : audience;
    return SW_OK;
}

/* ---- Values ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int f; /* enum sw_format, or TPL_FMT_GROUPED */
    const char *kinds; /* letters: t time, s span, i integer, m money, q quantity, x text, p phone */
} formats[] = {
    {"date", SW_FMT_DATE, "t"},         {"day", SW_FMT_DAY, "t"},           {"time", SW_FMT_TIME, "t"},
    {"datetime", SW_FMT_DATETIME, "t"}, {"iso", SW_FMT_ISO, "t"},           {"duration", SW_FMT_DURATION, "si"},
    {"hours", SW_FMT_HOURS, "sqi"},     {"qty", SW_FMT_QTY, "qi"},          {"money", SW_FMT_MONEY, "mi"},
    {"plain", SW_FMT_PLAIN, "tsimqxp"}, {"phone", SW_FMT_PHONE, "xp"},      {"size", SW_FMT_SIZE, "i"},
    {"grouped", TPL_FMT_GROUPED, "i"},
};

static char kind_letter(uint8_t kind)
{
    switch (kind) {
    case SW_KIND_TIME: return 't';
    case SW_KIND_SPAN: return 's';
    case SW_KIND_INT: return 'i';
    case SW_KIND_MONEY: return 'm';
    case SW_KIND_QTY: return 'q';
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL: return 'x';
    case SW_KIND_PHONE: return 'p';
    default: return '?';
    }
}

enum sw_format tpl_plain(uint8_t kind)
{
    return kind == SW_KIND_MONEY ? SW_FMT_PLAIN : kind == SW_KIND_QTY ? SW_FMT_PLAIN_QTY : SW_FMT_DEFAULT;
}

static enum sw_format usual_format(uint8_t kind)
{
    switch (kind) {
    case SW_KIND_TIME: return SW_FMT_DATETIME;
    case SW_KIND_SPAN: return SW_FMT_DURATION;
    case SW_KIND_MONEY: return SW_FMT_MONEY;
    case SW_KIND_QTY: return SW_FMT_QTY;
    default: return SW_FMT_DEFAULT;
    }
}

static int format_of(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str fmt,
                     const struct sw_field *f, int *out)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (!sw_str_is(fmt, formats[i].name))
            continue;
        if (strchr(formats[i].kinds, kind_letter(f->kind)) == NULL)
            return tpl_fail(c, s, at, _("The format \"%s\" does not fit the field \"%s\"."), formats[i].name, f->name);
        *out = formats[i].f != SW_FMT_PLAIN ? formats[i].f : (int)tpl_plain(f->kind);
        return SW_OK;
    }
    return tpl_fail(c, s, at, _("There is no format \"%.*s\"."), SW_STR_ARG(fmt));
}

static int part_of(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str fmt, uint8_t *part)
{
    static const char *const names[] = {"label", "word", "tone", "icon"};
    *part = PART_LABEL;
    if (fmt.n == 0)
        return SW_OK;
    for (uint8_t i = 0; i < 4; i++)
        if (sw_str_is(fmt, names[i])) {
            *part = i;
            return SW_OK;
        }
    return tpl_fail(c, s, at, _("An enum has no format \"%.*s\"; there are label, word, tone and icon."), SW_STR_ARG(fmt));
}

/* The innermost each. */
static int round_of(struct tpl_compiler *c, const struct tpl_source *s, const char *at, const struct tpl_scope **out)
{
    for (size_t i = c->n_scopes; i > 0; i--)
        if (c->scopes[i - 1].each) {
            *out = &c->scopes[i - 1];
            return SW_OK;
        }
    return tpl_fail(c, s, at, _("This stands only inside of {{#each}}."));
}

static int special(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str name)
{
    const struct tpl_scope *round = NULL;
    TPL_TRY(round_of(c, s, at, &round));
    struct tpl_ins *i;
    if (sw_str_is(name, "@n") || sw_str_is(name, "@i")) {
        i = tpl_emit(c, OP_NUMBER);
        i->b = sw_str_is(name, "@n");
    } else if (sw_str_is(name, "@text") && round->d == NULL) {
        i = tpl_emit(c, OP_ELEM);
    } else {
        return tpl_fail(c, s, at, _("There is no \"%.*s\" here."), SW_STR_ARG(name));
    }
    i->slot = round->slot;
    return SW_OK;
}

int tpl_value(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str expr)
{
    TPL_TRY(tpl_place(c, s, at, false));
    const char *bar = expr.n != 0 ? memchr(expr.p, '|', expr.n) : NULL;
    struct sw_str name = expr, fmt = {0};
    if (bar != NULL) {
        name.n = (size_t)(bar - expr.p);
        fmt = (struct sw_str){bar + 1, expr.n - name.n - 1};
        if (fmt.n == 0)
            return tpl_fail(c, s, at, _("After | the format is missing."));
    }
    bool attribute = c->html.at == H_DQ, url = attribute && c->html.url_start;
    c->html.url_start = false;
    if (name.n > 0 && name.p[0] == '@')
        return special(c, s, at, name);
    struct tpl_ref ref;
    TPL_TRY(tpl_resolve(c, s, at, name, &ref));
    const struct sw_field *f = ref.f;
    int format = (int)usual_format(f->kind);
    uint8_t part = PART_LABEL;
    if (f->kind == SW_KIND_ENUM || f->kind == SW_KIND_FLAGS)
        TPL_TRY(part_of(c, s, at, fmt, &part));
    else if (fmt.n != 0)
        TPL_TRY(format_of(c, s, at, fmt, f, &format));
    struct tpl_ins *i;
    switch ((enum sw_kind)f->kind) {
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
        i = tpl_emit(c, url ? OP_URL : format == SW_FMT_PHONE ? OP_PHONE : OP_STR);
        break;
    case SW_KIND_PHONE:
        i = tpl_emit(c, format == SW_FMT_DEFAULT && fmt.n != 0 ? OP_STR : OP_PHONE);
        break;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN:
        i = tpl_emit(c, OP_INT);
        i->fmt = (uint8_t)format;
        break;
    case SW_KIND_REF:
        i = tpl_emit(c, OP_ID);
        break;
    case SW_KIND_BOOL: {
        struct sw_str *said = SW_NEW_N(c->a, struct sw_str, 2);
        said[0] = tpl_escape(c->a, sw_str_of(tpl_say(c, NULL, N_("No"))));
        said[1] = tpl_escape(c->a, sw_str_of(tpl_say(c, NULL, N_("Yes"))));
        i = tpl_emit(c, OP_BOOL);
        i->p = said;
        break;
    }
    case SW_KIND_ENUM:
    case SW_KIND_FLAGS: {
        const struct tpl_words *w = tpl_words(c, f->words);
        i = tpl_emit(c, f->kind == SW_KIND_ENUM ? OP_WORD : OP_FLAGS);
        i->p = w;
        i->sub = part;
        break;
    }
    case SW_KIND_STRS:
        i = tpl_emit(c, OP_STRS);
        break;
    default:
        return tpl_fail(c, s, at, _("The field \"%s\" is no single value; it cannot be printed."), f->name);
    }
    i->ref = ref;
    return SW_OK;
}

bool tpl_has_fields(struct sw_str text)
{
    return text.n != 0 && memchr(text.p, '{', text.n) != NULL;
}

int tpl_filled(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str text,
               const struct tpl_ref *n)
{
    TPL_TRY(tpl_place(c, s, at, false));
    while (text.n != 0) {
        const char *open = memchr(text.p, '{', text.n);
        size_t before = open != NULL ? (size_t)(open - text.p) : text.n;
        tpl_text_html(c, (struct sw_str){text.p, before});
        if (open == NULL)
            break;
        const char *close = memchr(open, '}', text.n - before);
        if (close == NULL)
            return tpl_fail(c, s, at, _("In a text { is not followed by }."));
        struct sw_str expr = {open + 1, (size_t)(close - open - 1)};
        if (n != NULL && sw_str_is(expr, "#")) {
            struct tpl_ins *i = tpl_emit(c, n->f->kind == SW_KIND_INT ? OP_INT : OP_COUNT);
            i->ref = *n;
        } else {
            TPL_TRY(tpl_value(c, s, at, expr));
        }
        text.n -= (size_t)(close + 1 - text.p);
        text.p = close + 1;
    }
    return SW_OK;
}
