/* names.c: how customers and units are called, and the words they are found by. */
#include "records.h"

#include <string.h>

static void add_word(struct sw_buf *b, struct sw_str word)
{
    if (word.n == 0)
        return;
    if (b->n > 0)
        sw_buf_adds(b, " ");
    sw_buf_add(b, word.p, word.n);
}

struct sw_str customers_name(struct sw_arena *a, const struct customer *c)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 64, 512);
    add_word(&b, c->first);
    add_word(&b, c->last);
    return sw_buf_str(&b);
}

/* "2016 Subaru Outback 2.5i"; a machine without make and model is called by what it has. */
struct sw_str customers_unit_name(struct sw_arena *a, const struct unit *u)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 64, 512);
    if (u->year != 0)
        sw_buf_addf(&b, "%lld", (long long)u->year);
    add_word(&b, u->make);
    add_word(&b, u->model);
    add_word(&b, u->submodel);
    if (u->make.n > 0 || u->model.n > 0)
        return sw_buf_str(&b);
    if (u->unit_number.n > 0)
        return sw_printf(a, _("Unit " SW_STR_FMT), SW_STR_ARG(u->unit_number));
    if (u->plate.n > 0)
        return sw_copy(a, u->plate);
    if (u->vin.n > 0)
        return sw_copy(a, u->vin);
    add_word(&b, u->color);
    return b.n > 0 ? sw_buf_str(&b) : sw_str_of(_("Unit"));
}

/* The plain letters of U+00C0…U+017F, in order; '?' keeps the letter as it is. */
static const char plain_letters[] = "aaaaaa?ceeeeiiiidnooooo?ouuuuy?" "?aaaaaa?ceeeeiiiidnooooo?ouuuuy?y" /* C0… */
                                    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii?" "?jjkk?llllll?" /* 100… */
                                    "?llnnnnnn?" "??oooooo?" "?rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"; /* 140… */

struct sw_str customers_fold(struct sw_arena *a, struct sw_str s)
{
    char *out = sw_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 'A' && c <= 'Z') {
            out[n++] = (char)(c + 32);
        } else if (c >= 0xC3 && c <= 0xC5 && i + 1 < s.n) {
            unsigned code = ((unsigned)(c & 0x1F) << 6) | ((unsigned char)s.p[i + 1] & 0x3F);
            char plain = '?';
            if (code - 0xC0 < sizeof(plain_letters) - 1)
                plain = plain_letters[code - 0xC0];
            if (plain != '?') {
                out[n++] = plain;
            } else {
                out[n++] = (char)c;
                out[n++] = s.p[i + 1];
            }
            i++;
        } else {
            out[n++] = (char)c;
        }
    }
    return (struct sw_str){out, n};
}

static bool in_word(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u >= 0x80;
}

struct sw_str customers_word(struct sw_str *rest)
{
    while (rest->n > 0 && !in_word(rest->p[0]))
        rest->p++, rest->n--;
    struct sw_str word = {rest->p, 0};
    while (rest->n > 0 && in_word(rest->p[0]))
        rest->p++, rest->n--, word.n++;
    return word;
}

struct sw_str customers_digits(struct sw_arena *a, struct sw_str s)
{
    char *out = sw_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            out[n++] = s.p[i];
    return (struct sw_str){out, n};
}

typedef void add_fn(void *sink, struct sw_str key);

/* Each distinct word once, at most CUSTOMERS_WORDS_MAX: two equal keys would be one entry anyway, and nobody searches by the ninth. */
static void add_words(struct sw_arena *a, struct sw_str text, add_fn *add, void *sink)
{
    struct sw_str rest = customers_fold(a, text);
    for (int i = 0; i < CUSTOMERS_WORDS_MAX; i++) {
        struct sw_str word = customers_word(&rest);
        if (word.n == 0)
            return;
        add(sink, word);
    }
}

/* A number is found as it is written with and without the country, by its last seven digits (without the area) and its last four. */
static void add_phone(struct sw_arena *a, struct sw_str e164, add_fn *add, void *sink)
{
    struct sw_str d = customers_digits(a, e164);
    if (d.n < 4)
        return;
    add(sink, d);
    if (d.n == 11 && d.p[0] == '1')
        add(sink, (struct sw_str){d.p + 1, d.n - 1});
    if (d.n > 7)
        add(sink, (struct sw_str){d.p + d.n - 7, 7});
    add(sink, (struct sw_str){d.p + d.n - 4, 4});
}

void customers_customer_words(const void *record, struct sw_arena *a, add_fn *add, void *sink)
{
    const struct customer *c = record;
    if (c->merged_into != 0)
        return;
    add_words(a, c->last, add, sink);
    add_words(a, c->first, add, sink);
    add_phone(a, c->phone, add, sink);
    add_phone(a, c->phone2, add, sink);
    if (c->email.n > 0)
        add(sink, customers_fold(a, c->email));
}

void customers_customer_phones(const void *record, struct sw_arena *a, add_fn *add, void *sink)
{
    const struct customer *c = record;
    (void)a;
    if (c->phone.n > 0)
        add(sink, c->phone);
    if (c->phone2.n > 0 && !sw_str_eq(c->phone, c->phone2))
        add(sink, c->phone2);
}

/* Plate, VIN and unit number without spaces and dashes; a VIN also by its last six, as it is written on keys and quotes. */
void customers_unit_words(const void *record, struct sw_arena *a, add_fn *add, void *sink)
{
    const struct unit *u = record;
    const struct sw_str texts[] = {u->plate, u->vin, u->unit_number};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct sw_str rest = customers_fold(a, texts[i]);
        struct sw_buf b;
        sw_buf_init(&b, a, 24, 128);
        for (struct sw_str word = customers_word(&rest); word.n > 0; word = customers_word(&rest))
            sw_buf_add(&b, word.p, word.n);
        if (b.n == 0)
            continue;
        add(sink, sw_buf_str(&b));
        if (i == 1 && b.n > 6)
            add(sink, (struct sw_str){b.p + b.n - 6, 6});
    }
}
