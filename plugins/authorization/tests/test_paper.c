/* test_paper.c: the signed document. The same record gives the same bytes; qpdf and poppler find it in order; nothing of the record is missing.
 * With a folder as argument the documents are kept there, for looking at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../records.h"

/* The tables name what the plugin's other files set when it is loaded. */
const struct customers_interface *customers;
const struct workorder_interface *workorder;

static const char *folder;
static char made[64];
static struct sw_arena *arena;
static const char head_bytes[33] = "\x9f\x12\xab\x01\x02\x03\x04\x05\x06\x07\x08\x09\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29";

static const char *money(int64_t v)
{
    struct sw_buf b;
    sw_buf_init(&b, arena, 40, 40);
    sw_format_int(&b, SW_FMT_MONEY, v, 0);
    return sw_cstr(arena, sw_buf_str(&b));
}

static struct sw_shop shop_of(const char *region)
{
    return (struct sw_shop){.name = SW_STR("Harbor Street Repair"), .address = SW_STR("1420 Harbor Street\nLos Angeles, CA 90015"),
        .phone = SW_STR("+13105550100"), .email = SW_STR("hello@harborstreet.test"), .region = sw_str_of(region),
        .registration = SW_STR("ARD00283417")};
}

static void line(struct priced *p, enum line_kind kind, const char *text, int64_t quantity, int64_t price, bool taxed)
{
    struct priced_line *l = SW_PUSH(arena, p->lines);
    *l = (struct priced_line){.kind = (int32_t)kind, .id = p->lines.n, .description = sw_str_of(text), .quantity = quantity, .price = price, .taxed = taxed};
    assert_int_equal(sw_money_times(price, quantity, &l->total), SW_OK);
    l->estimated_total = l->total;
}

static void hourly(struct priced *p, const char *text, int64_t hours, int64_t estimated, int64_t rate)
{
    line(p, LINE_LABOR, text, hours, rate, false);
    struct priced_line *l = &p->lines.v[p->lines.n - 1];
    l->hourly = true;
    l->estimated = estimated;
    l->over = hours > estimated;
    assert_int_equal(sw_money_times(rate, estimated, &l->estimated_total), SW_OK);
}

static void sum_up(struct priced *p)
{
    struct tax_line *t = SW_PUSH(arena, p->taxes);
    *t = (struct tax_line){.label = SW_STR("Los Angeles sales tax"), .rate = 9500};
    for (size_t i = 0; i < p->lines.n; i++) {
        const struct priced_line *l = &p->lines.v[i];
        *(l->kind == LINE_LABOR ? &p->labor : l->kind == LINE_PART ? &p->parts : &p->fees) += l->total;
        t->base += l->taxed ? l->total : 0;
    }
    assert_int_equal(sw_money_times(t->base, 95, &t->amount), SW_OK);
    p->tax = t->amount;
    p->total = p->labor + p->parts + p->fees + p->tax;
}

static struct sw_str drawn(void)
{
    struct sw_buf b;
    sw_buf_init(&b, arena, 4096, STROKES_MAX);
    sw_buf_adds(&b, "[{\"points\":[");
    for (int i = 0; i < 120; i++) {
        sw_buf_addf(&b, "%s{\"x\":%d,\"y\":%d}", i ? "," : "", 20 + i * 3, 60 + (int)(30 * sin(i / 5.0) * exp(-i / 90.0)));
    }
    sw_buf_adds(&b, "]},{\"points\":[{\"x\":30,\"y\":110},{\"x\":330,\"y\":98}]}]");
    assert_false(b.full);
    return sw_buf_str(&b);
}

static struct authorization signed_one(void)
{
    struct priced *p = SW_NEW(arena, struct priced);
    hourly(p, "Find the coolant leak", 1900, 1500, 14500);
    line(p, LINE_LABOR, "Replace the radiator and both hoses, bleed the system, road test", 1000, 38000, false);
    line(p, LINE_PART, "Radiator", 1000, 31240, true);
    line(p, LINE_PART, "Coolant, long life, gallon", 2000, 2495, true);
    line(p, LINE_LABOR, "Front brake pads and rotors", 1000, 23200, false);
    line(p, LINE_PART, "Brake rotor, front", 2000, 8130, true);
    line(p, LINE_PART, "Brake pads, set", 1000, 6890, true);
    line(p, LINE_FEE, "Hazardous waste", 1000, 650, false);
    sum_up(p);
    struct sw_str hash = {head_bytes, 32};
    return (struct authorization){.head = {.id = 12}, .job = 1042, .state = AUTH_AUTHORIZED, .how = AUTH_PORTAL, .priced = p, .snapshot = hash,
        .consent = SW_STR("I authorize the work listed above, with the parts and materials it needs, up to the total shown. Work beyond it needs my "
                          "authorization first. My signature, drawn or typed, has the force of one on paper."),
        .consent_version = SW_STR("2026-03"), .terms = SW_STR("Parts are new unless said otherwise. Replaced parts are kept for you to see until you pick "
                                                               "up.\nStorage is free for three days after the work is done.\nGuarantee: 12 months or "
                                                               "12,000 miles on parts and labor, whichever comes first."),
        .customer_name = SW_STR("Elena Marquez"), .unit_name = SW_STR("2016 Subaru Outback 2.5i"), .plate = SW_STR("7KRD482"),
        .asked_at = INT64_C(1795216320000), .asked_by_name = SW_STR("Dana Whitfield"),
        .message = SW_STR("The radiator itself leaks at the seam. With the brakes this is the whole of it."), .former_total = 45500,
        .former_at = INT64_C(1795129920000), .answered_at = INT64_C(1795219999000), .name = SW_STR("Elena Marquez"), .strokes = drawn(),
        .address = SW_STR("203.0.113.44"), .proof = SW_STR("mailed link, last four digits of the phone"),
        .browser = SW_STR("Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Mobile/15E148 "
                          "Safari/604.1"),
        .chain_seq = 2817, .chain_hash = hash};
}

static struct sw_str render(const struct authorization *auth, const char *region)
{
    struct sw_shop shop = shop_of(region);
    struct sw_str pdf;
    struct sw_err err = {0};
    int rc = paper_render(arena, auth, &shop, SW_STR("4S4BSACC6G3204871"), &pdf, &err);
    if (rc != SW_OK) {
        fail_msg("%s", err.message);
    }
    return pdf;
}

static const char *save(struct sw_str pdf, const char *name)
{
    const char *path = sw_printf(arena, "%s/%s.pdf", folder, name).p;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(pdf.p, 1, pdf.n, f), pdf.n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* What a program says about the file, white space as one blank: where lines break depends on the fonts. It must be installed (autogen.sh check sees to it) and content. */
static const char *ask(const char *program, const char *path, const char *after)
{
    const char *command = sw_printf(arena, "%s '%s' %s 2>&1", program, path, after).p;
    FILE *f = popen(command, "r");
    assert_non_null(f);
    enum { ROOM = 400000 };
    char *text = sw_alloc(arena, ROOM);
    size_t n = fread(text, 1, ROOM - 1, f);
    text[n] = '\0';
    if (pclose(f) != 0) {
        fail_msg("%s: %s", command, text);
    }
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        bool blank = text[i] == ' ' || text[i] == '\n' || text[i] == '\f';
        if (!blank || to == 0 || text[to - 1] != ' ') {
            text[to++] = blank ? ' ' : text[i];
        }
    }
    text[to] = '\0';
    return text;
}

static void says(const char *text, const char *what)
{
    if (!strstr(text, what)) {
        fail_msg("“%s” is missing in:\n%s", what, text);
    }
}

static int pages_of(const char *path)
{
    const char *at = strstr(ask("pdfinfo", path, ""), "Pages:");
    assert_non_null(at);
    return atoi(at + 6);
}

static void same_record_same_bytes(void **state)
{
    (void)state;
    struct authorization a = signed_one();
    struct sw_str one = render(&a, "US"), two = render(&a, "US");
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.p, two.p, one.n);
    a.name = SW_STR("Elena Marques");
    struct sw_str other = render(&a, "US");
    assert_true(other.n != one.n || memcmp(other.p, one.p, one.n) != 0);
}

static void in_order(void **state)
{
    (void)state;
    struct authorization a = signed_one();
    const char *path = save(render(&a, "US"), "letter");
    says(ask("qpdf --check", path, ""), "No syntax or stream encoding errors found");
    const char *info = ask("pdfinfo", path, "");
    says(info, "Tagged: yes");
    says(info, "Metadata Stream: yes");
    says(info, "Title: Signed authorization, job 1042, Elena Marquez");
    says(info, "letter");
    const char *meta = ask("pdfinfo -meta", path, "");
    says(meta, "<rdf:li xml:lang=\"x-default\">Signed authorization, job 1042, Elena Marquez</rdf:li>");
    says(meta, "<rdf:li>en-US</rdf:li>");
    says(ask("qpdf --json --json-key=qpdf", path, ""), "\"/Lang\": \"u:en-US\"");
    const char *tags = ask("pdfinfo -struct", path, "");
    says(tags, "Table");
    says(tags, "Figure");
    says(tags, "H1");
    says(ask("qpdf --qdf --object-streams=disable", path, "- | strings"), "/Alt (Signature of Elena Marquez, drawn)");
}

/* Everything that the record keeps can be read in the document. */
static void complete(void **state)
{
    (void)state;
    struct authorization a = signed_one();
    const char *text = ask("pdftotext -raw", save(render(&a, "US"), "complete"), "-");
    const char *const want[] = {"Harbor Street Repair", "1420 Harbor Street", "(310) 555-0100", "ARD00283417", "Elena Marquez", "2016 Subaru Outback",
        "7KRD482", "4S4BSACC6G3204871", "1042", "Dana Whitfield", "1.90 of hours", "/ 1.50 estimated", "$275.50", "/ $217.50 estimated", "$162.60",
        "Los Angeles sales tax 9.5 %", "Hazardous waste", "Parts are new unless said otherwise", "I authorize the work listed above", "2026-03",
        "mailed link, last four digits of the phone", "203.0.113.44", "iPhone", "On the portal; drawn signature", "2817",
        "9f12ab0102030405060708091011121314151617181920212223242526272829", "You authorized $455.00", "This adds", "PST", "Page 1 of"};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        says(text, want[i]);
    }
}

static void typed_and_phone(void **state)
{
    (void)state;
    struct authorization a = signed_one();
    a.strokes = (struct sw_str){0};
    a.typed = true;
    says(ask("pdftotext -raw", save(render(&a, "US"), "typed"), "-"), "typed name");
    a.how = AUTH_PHONE;
    a.phone_called = SW_STR("+13105550187");
    a.phone_note = SW_STR("Radiator instead of a hose, brakes all around.");
    a.proof = SW_STR("by phone, recorded by Dana Whitfield");
    const char *text = ask("pdftotext -raw", save(render(&a, "US"), "phone"), "-");
    says(text, "(310) 555-0187");
    says(text, "Radiator instead of a hose");
    says(text, "spoken, recorded by the shop");
    says(text, "Total that was told");
    says(text, "Authorization by phone");
    assert_null(strstr(text, "Signature"));
    a.how = AUTH_PAPER;
    says(ask("pdftotext -raw", save(render(&a, "US"), "paper"), "-"), "its photo is kept by the shop");
}

/* Many lines, terms of pages in one paragraph, letters beyond ASCII, A4: every page is numbered, the sums stand on one page. */
static void long_one(void **state)
{
    (void)state;
    struct authorization a = signed_one();
    struct priced *p = SW_NEW(arena, struct priced);
    for (int i = 0; i < 60; i++) {
        line(p, LINE_PART, sw_printf(arena, "Pieza número %d: tornillo de fijación, así como arandela y tuerca (ñ, ü, ¿?)", i + 1).p, 1000, 1000 + i, true);
    }
    hourly(p, "Revisión de los frenos 🚗 y del sistema eléctrico", 2250, 3000, 14500);
    sum_up(p);
    a.priced = p;
    a.customer_name = a.name = SW_STR("Íñigo Núñez Güiraldes");
    struct sw_buf terms;
    sw_buf_init(&terms, arena, 16000, 16000);
    for (int i = 0; i < 150; i++) {
        sw_buf_addf(&terms, "%d: the shop keeps what it replaced until you have seen it, unless the law wants it back. ", i);
    }
    a.terms = sw_buf_str(&terms);
    const char *path = save(render(&a, "ES"), "long");
    says(ask("qpdf --check", path, ""), "No syntax or stream encoding errors found");
    says(ask("pdfinfo", path, ""), "A4");
    int pages = pages_of(path);
    assert_true(pages >= 4);
    for (int i = 1; i <= pages; i++) {
        const char *one = ask(sw_printf(arena, "pdftotext -raw -f %d -l %d", i, i).p, path, "-");
        says(one, sw_printf(arena, "Page %d of %d", i, pages).p);
        if (strstr(one, "on $")) { /* the tax */
            says(one, "Labor ");
            says(one, "Fees ");
            says(one, money(p->total));
            says(one, "Revisión de los frenos"); /* with a line above them */
        }
        if (strstr(one, "Pieza")) {
            says(one, "Taxed"); /* the head of the table again */
        }
    }
    const char *all = ask("pdftotext -raw", path, "-");
    says(all, "Íñigo Núñez Güiraldes");
    says(all, "Pieza número 60");
    says(all, "149: the shop keeps");
    struct sw_str again = render(&a, "ES");
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *bytes = sw_alloc(arena, again.n + 1);
    assert_int_equal(fread(bytes, 1, again.n + 1, f), again.n);
    assert_memory_equal(bytes, again.p, again.n);
    fclose(f);
}

static int begin(void **state)
{
    (void)state;
    arena = sw_arena_new(0);
    sw_locale_set(&(struct sw_locale){"en", "US", "USD", "America/Los_Angeles"});
    return 0;
}

static int end(void **state)
{
    (void)state;
    sw_arena_free(arena);
    return 0;
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : NULL;
    if (!folder) {
        strcpy(made, "/tmp/sw-paper-XXXXXX");
        folder = mkdtemp(made);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(same_record_same_bytes, begin, end), cmocka_unit_test_setup_teardown(in_order, begin, end),
        cmocka_unit_test_setup_teardown(complete, begin, end),               cmocka_unit_test_setup_teardown(typed_and_phone, begin, end),
        cmocka_unit_test_setup_teardown(long_one, begin, end),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    if (made[0]) {
        const char *const names[] = {"letter", "complete", "typed", "phone", "paper", "long"};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char path[128];
            snprintf(path, sizeof path, "%s/%s.pdf", made, names[i]);
            unlink(path);
        }
        rmdir(made);
    }
    return rc;
}
