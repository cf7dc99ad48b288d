/* web/template_render.c: runs a template's instructions over a view, in one pass into one buffer. */
#include "web/template_int.h"

#include <inttypes.h>
#include <string.h>

/* sw_buf_add for what fits, which is nearly all: a page is some hundred small pieces. */
static inline void put(struct sw_buf *b, const char *p, size_t n)
{
    if (__builtin_expect(n > b->cap - b->n || b->full, 0)) {
        sw_buf_add(b, p, n);
        return;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline const void *get(const struct tpl_state *st, const struct tpl_ref *ref)
{
    const char *p = st->base[ref->slot];
    if (p == NULL || !st->ok[ref->audience])
        return NULL;
    for (unsigned i = 0; i + 1u < ref->n; i++) {
        p = *(const char *const *)(p + ref->off[i]);
        if (p == NULL)
            return NULL;
    }
    return p + ref->off[ref->n - 1];
}

const void *tpl_get(const struct tpl_state *st, const struct tpl_ref *ref)
{
    return get(st, ref);
}

static int64_t number(uint8_t kind, const void *p)
{
    if (kind == SW_KIND_REF)
        return (int64_t) * (const uint64_t *)p;
    if (kind == SW_KIND_ENUM)
        return *(const int32_t *)p;
    return *(const int64_t *)p;
}

static bool truth(uint8_t kind, const void *p)
{
    switch ((enum sw_kind)kind) {
    case SW_KIND_BOOL: return *(const bool *)p;
    case SW_KIND_INT:
    case SW_KIND_MONEY:
    case SW_KIND_QTY:
    case SW_KIND_TIME:
    case SW_KIND_SPAN: return *(const int64_t *)p != 0;
    case SW_KIND_REF: return *(const uint64_t *)p != 0;
    case SW_KIND_ENUM: return *(const int32_t *)p != 0;
    case SW_KIND_FLAGS: return *(const uint32_t *)p != 0;
    case SW_KIND_TEXT:
    case SW_KIND_EMAIL:
    case SW_KIND_PHONE:
    case SW_KIND_BYTES: return ((const struct sw_str *)p)->n != 0;
    case SW_KIND_SUB: return *(const void *const *)p != NULL;
    case SW_KIND_LIST:
    case SW_KIND_STRS: return ((const struct sw_list *)p)->n != 0;
    }
    return false;
}

static bool order(enum tpl_cmp cmp, int64_t a, int64_t b)
{
    switch (cmp) {
    case CMP_EQ: return a == b;
    case CMP_NE: return a != b;
    case CMP_LT: return a < b;
    case CMP_LE: return a <= b;
    case CMP_GT: return a > b;
    default: return a >= b;
    }
}

static bool compare(const struct tpl_state *st, const struct tpl_ins *i)
{
    if (i->sub == CMP_FIRST)
        return st->rounds[i->slot].i == 0;
    if (i->sub == CMP_LAST)
        return st->rounds[i->slot].i + 1 == st->rounds[i->slot].n;
    const void *p = get(st, &i->ref);
    if (p == NULL)
        return false; /* not there, or not for this reader: nothing is true of it */
    uint8_t kind = i->ref.f->kind;
    if (i->sub == CMP_TRUE)
        return truth(kind, p);
    const struct tpl_right *right = i->p;
    const void *q = right->is_ref ? get(st, &right->ref) : NULL;
    if (right->is_ref && q == NULL)
        return false;
    if (kind == SW_KIND_TEXT || kind == SW_KIND_EMAIL || kind == SW_KIND_PHONE)
        return sw_str_eq(*(const struct sw_str *)p, q != NULL ? *(const struct sw_str *)q : right->text) ==
               (i->sub == CMP_EQ);
    int64_t b = q != NULL ? number(right->ref.f->kind, q) : right->number;
    if (kind == SW_KIND_FLAGS)
        return (b >= 0 && b < 32 && (*(const uint32_t *)p >> b & 1u) != 0) == (i->sub == CMP_EQ);
    return order((enum tpl_cmp)i->sub, number(kind, p), b);
}

/* ---- Values ------------------------------------------------------------------------------------------------ */

static void add(struct sw_buf *b, struct sw_str s)
{
    if (s.n != 0)
        put(b, s.p, s.n);
}

static void decimal(struct sw_buf *b, uint64_t v)
{
    char text[24], *p = text + sizeof text;
    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    put(b, p, (size_t)(text + sizeof text - p));
}

void tpl_phone(struct tpl_state *st, struct sw_str s)
{
    struct sw_buf b;
    sw_buf_init(&b, st->r->arena, 32, 256);
    sw_format_phone(&b, s);
    sw_buf_html(st->b, sw_buf_str(&b));
}

/* An address from a field: of our own site, or with one of the few schemes that do no harm. */
static bool harmless(struct sw_str s)
{
    static const char *const schemes[] = {"https:", "http:", "mailto:", "tel:", "sms:"};
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (ch == '/' || ch == '?' || ch == '#')
            return true;
        if (ch != ':' && (unsigned char)ch > ' ')
            continue;
        for (size_t k = 0; k < sizeof schemes / sizeof schemes[0] && ch == ':'; k++)
            if (strlen(schemes[k]) == i + 1 && strncasecmp(schemes[k], s.p, i + 1) == 0)
                return true;
        return false;
    }
    return true;
}

static void integer(struct tpl_state *st, const struct tpl_ins *i, const void *p)
{
    int64_t v = *(const int64_t *)p;
    uint8_t kind = i->ref.f->kind;
    if (kind == SW_KIND_TIME && v == 0)
        return;
    if (i->fmt == SW_FMT_DEFAULT && v >= 0) {
        decimal(st->b, (uint64_t)v);
        return;
    }
    if (i->fmt == TPL_FMT_GROUPED) {
        sw_format_int(st->b, SW_FMT_QTY, v > INT64_MAX / 1000 || v < INT64_MIN / 1000 ? 0 : v * 1000, st->r->now);
        return;
    }
    if (kind == SW_KIND_SPAN && i->fmt == SW_FMT_HOURS)
        v = sw_hours_of(v);
    sw_format_int(st->b, (enum sw_format)i->fmt, v, st->r->now);
}

static void word(struct tpl_state *st, const struct tpl_words *w, int32_t value, uint8_t part)
{
    for (size_t k = 0; k < w->n; k++) {
        if (w->v[k].value != value)
            continue;
        const struct sw_str parts[] = {w->v[k].label, w->v[k].word, w->v[k].tone, w->v[k].icon, w->v[k].svg, w->v[k].chip};
        add(st->b, parts[part]);
        return;
    }
}

static void flags(struct tpl_state *st, const struct tpl_words *w, uint32_t bits, uint8_t part)
{
    bool more = false;
    for (size_t k = 0; k < w->n; k++) {
        if (w->v[k].value < 0 || w->v[k].value > 31 || (bits >> w->v[k].value & 1u) == 0)
            continue;
        if (more)
            sw_buf_add(st->b, part == PART_WORD ? " " : ", ", part == PART_WORD ? 1 : 2);
        word(st, w, w->v[k].value, part);
        more = true;
    }
}

static void strings(struct tpl_state *st, const struct sw_list *l)
{
    const struct sw_str *v = l->v;
    for (size_t k = 0; k < l->n; k++) {
        if (k > 0)
            sw_buf_add(st->b, ", ", 2);
        sw_buf_html(st->b, v[k]);
    }
}

static void value(struct tpl_state *st, const struct tpl_ins *i)
{
    const void *p = get(st, &i->ref);
    if (p == NULL)
        return;
    switch ((enum tpl_op)i->op) {
    case OP_STR:
        sw_buf_html(st->b, *(const struct sw_str *)p);
        break;
    case OP_URL:
        if (harmless(*(const struct sw_str *)p))
            sw_buf_html(st->b, *(const struct sw_str *)p);
        break;
    case OP_PHONE:
        tpl_phone(st, *(const struct sw_str *)p);
        break;
    case OP_INT:
        integer(st, i, p);
        break;
    case OP_ID:
        decimal(st->b, *(const uint64_t *)p);
        break;
    case OP_BOOL:
        add(st->b, ((const struct sw_str *)i->p)[*(const bool *)p]);
        break;
    case OP_WORD:
        word(st, i->p, *(const int32_t *)p, i->sub);
        break;
    case OP_FLAGS:
        flags(st, i->p, *(const uint32_t *)p, i->sub);
        break;
    case OP_STRS:
        strings(st, p);
        break;
    case OP_COUNT:
        decimal(st->b, ((const struct sw_list *)p)->n);
        break;
    default:
        break;
    }
}

/* ---- Jumps -------------------------------------------------------------------------------------------------- */

static uint32_t plural(const struct tpl_state *st, const struct tpl_ins *i, uint32_t next)
{
    const void *p = get(st, &i->ref);
    int64_t n = p == NULL ? 0 : i->ref.f->kind == SW_KIND_INT ? *(const int64_t *)p : (int64_t)((const struct sw_list *)p)->n;
    return n == 1 ? i->a : n == 0 ? i->b : next;
}

static bool each(struct tpl_state *st, const struct tpl_ins *i)
{
    const struct sw_list *l = get(st, &i->ref);
    if (l == NULL || l->n == 0)
        return false;
    st->rounds[i->slot] = (struct tpl_round){l->v, l->n, 0, i->b};
    st->base[i->slot] = l->v;
    return true;
}

static bool again(struct tpl_state *st, const struct tpl_ins *i)
{
    struct tpl_round *r = &st->rounds[i->slot];
    if (++r->i >= r->n)
        return false;
    st->base[i->slot] = r->v + r->i * r->size;
    return true;
}

static bool with(struct tpl_state *st, const struct tpl_ins *i)
{
    const void *const *p = get(st, &i->ref);
    st->base[i->slot] = p != NULL ? *p : NULL;
    return st->base[i->slot] != NULL;
}

/* What was written since the mark, taken out of the page again. */
static struct sw_str taken(struct tpl_state *st)
{
    struct sw_buf *b = st->b;
    struct sw_str s = {0};
    if (b->n > st->mark)
        s = sw_copy(st->r->arena, (struct sw_str){b->p + st->mark, b->n - st->mark});
    b->n = st->mark;
    return s;
}

static void run(struct tpl_state *st)
{
    const struct sw_template *t = st->t;
    struct sw_buf *b = st->b;
    for (uint32_t at = 0;;) {
        const struct tpl_ins *i = &t->code[at++];
        switch ((enum tpl_op)i->op) {
        case OP_END:
            return;
        case OP_TEXT:
            put(b, t->text + i->a, i->b);
            break;
        case OP_ELEM:
            sw_buf_html(b, *(const struct sw_str *)st->base[i->slot]);
            break;
        case OP_NUMBER:
            decimal(b, st->rounds[i->slot].i + i->b);
            break;
        case OP_TEST:
            if (compare(st, i) == i->flag)
                at = i->a;
            break;
        case OP_JUMP:
            at = i->a;
            break;
        case OP_EACH:
            if (!each(st, i))
                at = i->a;
            break;
        case OP_NEXT:
            if (again(st, i))
                at = i->a;
            break;
        case OP_WITH:
            if (!with(st, i))
                at = i->a;
            break;
        case OP_PLURAL:
            at = plural(st, i, at);
            break;
        case OP_FORM:
            st->form = i->p;
            st->mark = b->n;
            break;
        case OP_ACTION:
            st->prefix = taken(st);
            break;
        case OP_READY:
            st->label = taken(st);
            tpl_form_open(st);
            break;
        case OP_UNFORM:
            st->form = NULL;
            st->refilled = false;
            break;
        case OP_MARK:
            st->mark = b->n;
            break;
        case OP_CONTROL: {
            const struct tpl_control *c = i->p;
            st->label = c->marked ? taken(st) : c->label;
            tpl_control(st, c);
            break;
        }
        case OP_HIDDEN: {
            const struct tpl_control *c = i->p;
            if (c->marked)
                taken(st);
            tpl_hidden_input(st, c);
            break;
        }
        case OP_PHOTOS:
            tpl_photos(st, &i->ref, i->flag);
            break;
        case OP_ERRORS:
            tpl_errors(st);
            break;
        default:
            value(st, i);
            break;
        }
    }
}

void sw_template_render(const struct sw_template *t, const struct sw_render *r, struct sw_buf *b)
{
    static const struct sw_page nothing;
    struct tpl_state st = {.t = t, .r = r, .b = b};
    st.base[0] = r->page != NULL ? r->page : &nothing;
    st.base[1] = r->view;
    for (int a = SW_FOR_STAFF; a <= SW_FOR_CUSTOMER_PRICED; a++)
        st.ok[a] = sw_field_visible(&(struct sw_field){.name = "", .kind = SW_KIND_BOOL, .audience = (uint8_t)a}, r->who);
    st.ok[SW_FOR_CUSTOMER] = true; /* the page itself is for everybody who may call the route */
    struct tpl_state fresh = st;
    if (r->refill != NULL) {
        /* The summary of errors stands above the form it links into: a first pass learns which of the page's forms it was. */
        struct sw_buf unused;
        sw_buf_init(&unused, r->arena, 16 * 1024, SW_PAGE_MAX);
        struct sw_str *controls = SW_NEW_N(r->arena, struct sw_str, TPL_CONTROLS_MAX);
        st.b = &unused;
        st.learn = true;
        st.controls = controls;
        run(&st);
        fresh.known = st.known;
        fresh.refused_prefix = st.refused_prefix;
        fresh.controls = controls;
        fresh.n_controls = st.n_controls;
    }
    run(&fresh);
}
