/* paper.c: draws the signed authorization as a tagged PDF. Same record, same bytes: every date in it comes from the record. Floating point here is places on
 * paper, never money. */
#include "records.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { PDF_MAX = 8 * 1024 * 1024 };

static const double MARGIN = 54, SIGN_WIDTH = 220, SIGN_HEIGHT = 80;

struct page {
    cairo_t *cr;
    PangoLayout *layout;
    struct sw_arena *arena;
    double width, height, y;
};

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int n)
{
    struct sw_buf *b = closure;
    sw_buf_add(b, data, n);
    return b->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void font(struct page *p, const char *description)
{
    PangoFontDescription *f = pango_font_description_from_string(description);
    pango_layout_set_font_description(p->layout, f);
    pango_font_description_free(f);
}

static double measure(struct page *p, struct sw_str s, double width, PangoAlignment align)
{
    pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(p->layout, align);
    pango_layout_set_text(p->layout, s.n ? s.p : "", (int)s.n);
    PangoRectangle r;
    pango_layout_get_extents(p->layout, NULL, &r); /* units of 1/PANGO_SCALE */
    return (double)r.height / PANGO_SCALE;
}

static void room(struct page *p, double h)
{
    if (p->y + h > p->height - MARGIN) {
        cairo_show_page(p->cr);
        p->y = MARGIN;
    }
}

static double draw(struct page *p, const char *tag, struct sw_str s, double x, double y, double width, PangoAlignment align)
{
    double h = measure(p, s, width, align);
    cairo_tag_begin(p->cr, tag, NULL);
    cairo_move_to(p->cr, x, y);
    pango_cairo_show_layout(p->cr, p->layout);
    cairo_tag_end(p->cr, tag);
    return h;
}

/* A text in the flow: split at line ends of the text itself, so that terms of several pages flow on. */
static void flow(struct page *p, const char *tag, const char *face, struct sw_str s, double after)
{
    font(p, face);
    while (s.n) {
        const char *nl = memchr(s.p, '\n', s.n);
        struct sw_str line = {s.p, nl ? (size_t)(nl - s.p) : s.n};
        s = nl ? (struct sw_str){nl + 1, s.n - line.n - 1} : (struct sw_str){0};
        double h = measure(p, line.n ? line : SW_STR(" "), p->width - 2 * MARGIN, PANGO_ALIGN_LEFT);
        room(p, h);
        if (line.n) {
            draw(p, tag, line, MARGIN, p->y, p->width - 2 * MARGIN, PANGO_ALIGN_LEFT);
        }
        p->y += h;
    }
    p->y += after;
}

static struct sw_str formatted(struct page *p, enum sw_format f, int64_t v)
{
    struct sw_buf b;
    sw_buf_init(&b, p->arena, 32, 120);
    sw_format_int(&b, f, v, 0);
    return sw_buf_str(&b);
}

static void rule(struct page *p)
{
    cairo_set_line_width(p->cr, 0.5);
    cairo_move_to(p->cr, MARGIN, p->y);
    cairo_line_to(p->cr, p->width - MARGIN, p->y);
    cairo_stroke(p->cr);
    p->y += 4;
}

struct column {
    double x, width;
    PangoAlignment align;
};

static void row(struct page *p, const char *cell, const struct column *c, const struct sw_str *texts, size_t n)
{
    double h = 0;
    for (size_t i = 0; i < n; i++) {
        double one = measure(p, texts[i], c[i].width, c[i].align);
        h = one > h ? one : h;
    }
    room(p, h + 3);
    cairo_tag_begin(p->cr, "TR", NULL);
    for (size_t i = 0; i < n; i++) {
        draw(p, cell, texts[i], c[i].x, p->y, c[i].width, c[i].align);
    }
    cairo_tag_end(p->cr, "TR");
    p->y += h + 3;
}

static void lines(struct page *p, const struct priced *priced)
{
    double inner = p->width - 2 * MARGIN;
    const struct column c[] = {
        {MARGIN, inner - 290, PANGO_ALIGN_LEFT},
        {p->width - MARGIN - 280, 130, PANGO_ALIGN_RIGHT},
        {p->width - MARGIN - 140, 40, PANGO_ALIGN_CENTER},
        {p->width - MARGIN - 95, 95, PANGO_ALIGN_RIGHT},
    };
    cairo_tag_begin(p->cr, "Table", NULL);
    font(p, "Sans Bold 8.5");
    const struct sw_str heads[] = {sw_str_of(_("Line")), sw_str_of(_("Quantity")), sw_str_of(_("Taxed")), sw_str_of(_("Total"))};
    row(p, "TH", c, heads, 4);
    font(p, "Sans 8.5");
    for (size_t i = 0; i < priced->lines.n; i++) {
        const struct priced_line *l = &priced->lines.v[i];
        struct sw_str quantity, total = formatted(p, SW_FMT_MONEY, l->total);
        if (l->hourly) {
            struct sw_str hours = formatted(p, SW_FMT_HOURS, l->quantity), est = formatted(p, SW_FMT_HOURS, l->estimated);
            struct sw_str money = formatted(p, SW_FMT_MONEY, l->estimated_total);
            quantity = sw_printf(p->arena, _(SW_STR_FMT " of hours / " SW_STR_FMT " est."), SW_STR_ARG(hours), SW_STR_ARG(est));
            total = sw_printf(p->arena, _(SW_STR_FMT "\n/ " SW_STR_FMT " est."), SW_STR_ARG(total), SW_STR_ARG(money));
        } else {
            struct sw_str n = formatted(p, SW_FMT_QTY, l->quantity), each = formatted(p, SW_FMT_MONEY, l->price);
            quantity = sw_printf(p->arena, SW_STR_FMT " × " SW_STR_FMT, SW_STR_ARG(n), SW_STR_ARG(each));
        }
        const char *kind = l->kind == LINE_LABOR ? (l->hourly ? _("labor by the hour") : _("labor, flat")) : l->kind == LINE_PART ? _("part") : _("fee");
        const struct sw_str cells[] = {sw_printf(p->arena, SW_STR_FMT " (%s)", SW_STR_ARG(l->description), kind), quantity,
                                       sw_str_of(l->taxed ? _("Y") : _("N")), total};
        row(p, "TD", c, cells, 4);
    }
    cairo_tag_end(p->cr, "Table");
    rule(p);
    const struct column sums[] = {{p->width - MARGIN - 320, 220, PANGO_ALIGN_RIGHT}, {p->width - MARGIN - 95, 95, PANGO_ALIGN_RIGHT}};
    cairo_tag_begin(p->cr, "Table", NULL);
    struct {
        const char *name;
        int64_t v;
    } parts[] = {{_("Labor"), priced->labor}, {_("Parts"), priced->parts}, {_("Fees"), priced->fees}};
    for (size_t i = 0; i < 3; i++) {
        const struct sw_str cells[] = {sw_str_of(parts[i].name), formatted(p, SW_FMT_MONEY, parts[i].v)};
        row(p, "TD", sums, cells, 2);
    }
    for (size_t i = 0; i < priced->taxes.n; i++) {
        const struct sw_str cells[] = {priced->taxes.v[i].label, formatted(p, SW_FMT_MONEY, priced->taxes.v[i].amount)};
        row(p, "TD", sums, cells, 2);
    }
    font(p, "Sans Bold 10");
    const struct sw_str total[] = {sw_str_of(_("Total")), formatted(p, SW_FMT_MONEY, priced->total)};
    row(p, "TD", sums, total, 2);
    cairo_tag_end(p->cr, "Table");
    p->y += 8;
}

/* ---- The signature, scaled into its field */

struct pen {
    cairo_t *cr;
    double min_x, min_y, max_x, max_y, scale, x, y;
    size_t stroke;
    bool measuring, any;
};

static void pen_point(void *arg, size_t stroke, double x, double y)
{
    struct pen *p = arg;
    if (p->measuring) {
        p->min_x = !p->any || x < p->min_x ? x : p->min_x;
        p->max_x = !p->any || x > p->max_x ? x : p->max_x;
        p->min_y = !p->any || y < p->min_y ? y : p->min_y;
        p->max_y = !p->any || y > p->max_y ? y : p->max_y;
        p->any = true;
        return;
    }
    double px = p->x + (x - p->min_x) * p->scale, py = p->y + (y - p->min_y) * p->scale;
    if (!p->any || stroke != p->stroke) {
        cairo_move_to(p->cr, px, py);
        cairo_line_to(p->cr, px + 0.1, py);
    } else {
        cairo_line_to(p->cr, px, py);
    }
    p->any = true;
    p->stroke = stroke;
}

static void signature(struct page *p, const struct authorization *auth)
{
    if (!auth->strokes.n) {
        flow(p, "P", "Sans Italic 16", auth->name, 2);
        return;
    }
    struct pen pen = {.cr = p->cr, .measuring = true};
    size_t points;
    if (!strokes_read(auth->strokes, pen_point, &pen, &points) || !pen.any) {
        return;
    }
    room(p, SIGN_HEIGHT + 6);
    double w = pen.max_x - pen.min_x, h = pen.max_y - pen.min_y;
    double sx = w > 1 ? SIGN_WIDTH / w : 1, sy = h > 1 ? SIGN_HEIGHT / h : 1;
    pen.scale = sx < sy ? sx : sy;
    pen.x = MARGIN;
    pen.y = p->y;
    pen.measuring = pen.any = false;
    cairo_tag_begin(p->cr, "Figure", NULL);
    cairo_set_line_width(p->cr, 1.2);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    strokes_read(auth->strokes, pen_point, &pen, &points);
    cairo_stroke(p->cr);
    cairo_tag_end(p->cr, "Figure");
    p->y += SIGN_HEIGHT + 4;
    rule(p);
}

static struct sw_str moment(struct page *p, int64_t at)
{
    const char *zone = sw_locale()->zone;
    struct sw_civil c;
    sw_zone_local(zone, at, &c);
    struct sw_str day = formatted(p, SW_FMT_DATE, at), time = formatted(p, SW_FMT_TIME, at);
    return sw_printf(p->arena, SW_STR_FMT ", " SW_STR_FMT " %s", SW_STR_ARG(day), SW_STR_ARG(time), c.abbr);
}

static void content(struct page *p, const struct authorization *auth, const struct sw_shop *shop, struct sw_str vin)
{
    struct sw_arena *a = p->arena;
    flow(p, "H1", "Sans Bold 16", sw_str_of(_("Signed authorization")), 4);
    flow(p, "P", "Sans Bold 10", shop->name, 0);
    flow(p, "P", "Sans 9", shop->address, 0);
    flow(p, "P", "Sans 9", phone_text(a, shop->phone), 0);
    flow(p, "P", "Sans 9", shop->registration, 8);
    rule(p);
    flow(p, "P", "Sans 10", sw_printf(a, _("Customer: " SW_STR_FMT), SW_STR_ARG(auth->customer_name)), 0);
    flow(p, "P", "Sans 10", sw_printf(a, _("Unit: " SW_STR_FMT "  " SW_STR_FMT "  " SW_STR_FMT), SW_STR_ARG(auth->unit_name), SW_STR_ARG(auth->plate), SW_STR_ARG(vin)), 0);
    flow(p, "P", "Sans 10", sw_printf(a, _("Job %llu, asked on " SW_STR_FMT " by " SW_STR_FMT), (unsigned long long)auth->job,
                                      SW_STR_ARG(moment(p, auth->asked_at)), SW_STR_ARG(auth->asked_by_name)), 4);
    flow(p, "P", "Sans 9", auth->message, 8);
    if (auth->former_at) {
        flow(p, "P", "Sans 9", sw_printf(a, _("Authorized before: " SW_STR_FMT " on " SW_STR_FMT),
                                         SW_STR_ARG(formatted(p, SW_FMT_MONEY, auth->former_total)), SW_STR_ARG(moment(p, auth->former_at))), 8);
    }
    flow(p, "H2", "Sans Bold 11", sw_str_of(_("What was authorized")), 4);
    if (auth->priced) {
        lines(p, auth->priced);
    }
    flow(p, "H2", "Sans Bold 11", sw_str_of(_("Terms")), 2);
    flow(p, "P", "Sans 8.5", auth->terms, 4);
    flow(p, "P", "Sans 8.5", auth->consent, 2);
    flow(p, "P", "Sans 8.5", sw_printf(a, _("Version " SW_STR_FMT), SW_STR_ARG(auth->consent_version)), 10);
    room(p, SIGN_HEIGHT + 90);
    flow(p, "H2", "Sans Bold 11", sw_str_of(_("Signature")), 4);
    signature(p, auth);
    flow(p, "P", "Sans Bold 10", sw_printf(a, SW_STR_FMT ", " SW_STR_FMT, SW_STR_ARG(auth->name), SW_STR_ARG(moment(p, auth->answered_at))), 2);
    const struct sw_word *how = sw_enum_word(&authorization_hows, auth->how);
    flow(p, "P", "Sans 8.5", sw_printf(a, _("Given: %s (" SW_STR_FMT ")"), sw_text(SW_TEXT_DOMAIN, how->label), SW_STR_ARG(auth->proof)), 0);
    if (auth->phone_called.n) {
        flow(p, "P", "Sans 8.5", sw_printf(a, _("Number called: " SW_STR_FMT), SW_STR_ARG(phone_text(a, auth->phone_called))), 0);
        flow(p, "P", "Sans 8.5", auth->phone_note, 0);
    }
    flow(p, "P", "Sans 8.5", sw_printf(a, _("Address: " SW_STR_FMT), SW_STR_ARG(auth->address)), 0);
    flow(p, "P", "Sans 8.5", sw_printf(a, _("Browser: " SW_STR_FMT), SW_STR_ARG(auth->browser)), 6);
    struct sw_str head = hex_of(a, auth->chain_hash), snapshot = hex_of(a, auth->snapshot);
    flow(p, "P", "Monospace 7", sw_printf(a, _("Lines as shown (SHA-256): " SW_STR_FMT), SW_STR_ARG(snapshot)), 0);
    flow(p, "P", "Monospace 7", sw_printf(a, _("Event log when signed, %llu: " SW_STR_FMT), (unsigned long long)auth->chain_seq, SW_STR_ARG(head)), 0);
}

int paper_render(struct sw_arena *a, const struct authorization *auth, const struct sw_shop *shop, struct sw_str vin, struct sw_str *pdf,
                 struct sw_err *err)
{
    struct sw_buf out;
    sw_buf_init(&out, a, 64 * 1024, PDF_MAX);
    struct page p = {.arena = a, .width = 595, .height = 842, .y = MARGIN};
    if (sw_str_is(shop->region, "US") || sw_str_is(shop->region, "CA") || sw_str_is(shop->region, "MX")) {
        p.width = 612;
        p.height = 792;
    }
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(collect, &out, p.width, p.height);
    const char *iso = sw_cstr(a, formatted(&p, SW_FMT_ISO, auth->answered_at));
    const char *title = sw_cstr(a, sw_printf(a, _("Signed authorization, job %llu"), (unsigned long long)auth->job));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, sw_cstr(a, shop->name));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Shopwright");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, iso);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, iso);
    p.cr = cairo_create(surface);
    p.layout = pango_cairo_create_layout(p.cr);
    cairo_tag_begin(p.cr, "Document", NULL);
    content(&p, auth, shop, vin);
    cairo_tag_end(p.cr, "Document");
    g_object_unref(p.layout);
    cairo_status_t drawn = cairo_status(p.cr);
    cairo_destroy(p.cr);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn != CAIRO_STATUS_SUCCESS || status != CAIRO_STATUS_SUCCESS || out.full) {
        return sw_fail(err, SW_EFAIL, "", _("The signed document could not be drawn: %s."),
                       out.full ? _("it is over 8 MB") : cairo_status_to_string(drawn ? drawn : status));
    }
    *pdf = sw_buf_str(&out);
    return SW_OK;
}
