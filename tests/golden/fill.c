#include "fill.h"

#include <stdio.h>
#include <string.h>

/* A number within the field's range, another one for each tag. */
static int64_t number(const struct sw_field *f)
{
    int64_t v = f->tag * INT64_C(1237) + 41;
    if (f->hi == 0)
        return f->kind == SW_KIND_TIME ? INT64_C(1795113720000) + v * 1000 : v;
    return f->lo + v % (f->hi - f->lo + 1);
}

static struct sw_str text(struct sw_arena *a, const struct sw_field *f)
{
    size_t max = f->max != 0 ? f->max : SW_TEXT_MAX_DEFAULT;
    if (f->kind == SW_KIND_EMAIL)
        return sw_printf(a, "tag%u@mail.test", f->tag);
    if (f->kind == SW_KIND_PHONE)
        return sw_printf(a, "+1310555%04u", f->tag);
    if (f->kind == SW_KIND_BYTES)
        return sw_copy(a, (struct sw_str){"\x00\xFF\x80golden", max < 9 ? max : 9});
    struct sw_str s = sw_printf(a, "%u Jos\xC3\xA9 \xE2\x82\xAC", f->tag);
    return s.n <= max ? s : sw_copy(a, (struct sw_str){"ABCDEFGH", max < 8 ? max : 8});
}

static void strs(struct sw_arena *a, const struct sw_field *f, struct sw_list *l)
{
    size_t n = f->max == 1 ? 1 : 2;
    struct sw_str *v = SW_NEW_N(a, struct sw_str, n);
    for (size_t i = 0; i < n; i++)
        v[i] = sw_printf(a, "word %zu", i);
    *l = (struct sw_list){v, n};
}

void golden_fill(struct sw_arena *a, const struct sw_record *d, void *rec, int depth)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        void *at = sw_field_ptr(f, rec);
        switch ((enum sw_kind)f->kind) {
        case SW_KIND_BOOL:
            *(bool *)at = true;
            break;
        case SW_KIND_INT:
        case SW_KIND_MONEY:
        case SW_KIND_QTY:
        case SW_KIND_TIME:
        case SW_KIND_SPAN:
            *(int64_t *)at = number(f);
            break;
        case SW_KIND_REF:
            *(uint64_t *)at = UINT64_C(0x1122334455) + f->tag;
            break;
        case SW_KIND_ENUM: /* the last word: the first is often 0, which is not written */
            for (const struct sw_word *w = f->words->words; w->word != NULL; w++)
                *(int32_t *)at = w->value;
            break;
        case SW_KIND_FLAGS:
            for (const struct sw_word *w = f->words->words; w->word != NULL; w++)
                *(uint32_t *)at |= UINT32_C(1) << (w->value & 31);
            break;
        case SW_KIND_TEXT:
        case SW_KIND_EMAIL:
        case SW_KIND_PHONE:
        case SW_KIND_BYTES:
            *(struct sw_str *)at = text(a, f);
            break;
        case SW_KIND_SUB:
            if (depth < 3) {
                *(void **)at = sw_alloc(a, f->sub->size);
                golden_fill(a, f->sub, *(void **)at, depth + 1);
            }
            break;
        case SW_KIND_LIST:
            if (depth < 3) {
                size_t n = f->max == 1 ? 1 : 2;
                char *v = sw_alloc(a, n * f->sub->size);
                for (size_t k = 0; k < n; k++)
                    golden_fill(a, f->sub, v + k * f->sub->size, depth + 1);
                *(struct sw_list *)at = (struct sw_list){v, n};
            }
            break;
        case SW_KIND_STRS:
            strs(a, f, at);
            break;
        }
    }
}
