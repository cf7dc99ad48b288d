/* paper.c: puts texts on pages, and makes the PDF from them. Same record, same bytes: every date in it comes from the record. */
#include "paper.h"

#include <string.h>

enum { PDF_MAX = 8 * 1024 * 1024 };

void paper_font(struct paper *p, enum paper_weight weight, double points)
{
    PangoFontDescription *f = pango_font_description_new();
    pango_font_description_set_family_static(f, weight == MONO ? "DejaVu Sans Mono, Noto Sans Mono, monospace"
                                                               : "Noto Sans, DejaVu Sans, sans-serif");
    pango_font_description_set_absolute_size(f, points * PANGO_SCALE);
    pango_font_description_set_weight(f, weight == BOLD ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(f, weight == SLANTED ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_layout_set_font_description(p->layout, f);
    pango_font_description_free(f);
}

void paper_ink(struct paper *p, enum paper_ink ink)
{
    static const struct {
        double r, g, b;
    } colors[] = {{.10, .12, .14}, {.36, .39, .43}, {.04, .39, .30}, {.69, .12, .10}, {.78, .80, .82}, {.945, .955, .95}};
    cairo_set_source_rgb(p->cr, colors[ink].r, colors[ink].g, colors[ink].b);
}

double paper_measure(struct paper *p, struct sw_str s, double width, PangoAlignment align)
{
    pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(p->layout, align);
    pango_layout_set_text(p->layout, s.n ? s.p : "", (int)s.n);
    PangoRectangle r;
    pango_layout_get_extents(p->layout, NULL, &r); /* units of 1/PANGO_SCALE */
    return (double)r.height / PANGO_SCALE;
}

double paper_put(struct paper *p, const char *tag, struct sw_str s, double x, double y, double width, PangoAlignment align)
{
    double h = paper_measure(p, s, width, align);
    if (!s.n) {
        return 0;
    }
    if (tag) {
        cairo_tag_begin(p->cr, tag, NULL);
    }
    cairo_move_to(p->cr, x, y);
    pango_cairo_show_layout(p->cr, p->layout);
    if (tag) {
        cairo_tag_end(p->cr, tag);
    }
    return h;
}

void paper_rule(struct paper *p, enum paper_ink ink, double thick)
{
    paper_ink(p, ink);
    cairo_set_line_width(p->cr, thick);
    cairo_move_to(p->cr, PAPER_MARGIN, p->y);
    cairo_line_to(p->cr, p->width - PAPER_MARGIN, p->y);
    cairo_stroke(p->cr);
    paper_ink(p, INK);
}

void paper_foot(struct paper *p)
{
    PangoFontDescription *font = pango_font_description_copy(pango_layout_get_font_description(p->layout));
    double y = p->y;
    p->y = p->height - PAPER_MARGIN - PAPER_FOOT + 12;
    paper_rule(p, INK_LINE, 0.5);
    paper_ink(p, INK_SOFT);
    paper_font(p, PLAIN, 7.5);
    double h = paper_put(p, NULL, p->running, PAPER_MARGIN, p->y + 4, paper_inner(p) - 80, PANGO_ALIGN_LEFT);
    struct sw_str number = sw_printf(p->arena, _("Page %d of %d"), p->page, p->pages ? p->pages : p->page);
    paper_put(p, NULL, number, p->width - PAPER_MARGIN - 76, p->y + 4, 76, PANGO_ALIGN_RIGHT);
    paper_font(p, MONO, 6);
    paper_put(p, NULL, p->hash, PAPER_MARGIN, p->y + 4 + h, paper_inner(p), PANGO_ALIGN_LEFT);
    paper_ink(p, INK);
    p->y = y;
    pango_layout_set_font_description(p->layout, font);
    pango_font_description_free(font);
}

static void turn(struct paper *p)
{
    paper_foot(p);
    cairo_show_page(p->cr);
    p->page++;
    PangoFontDescription *font = pango_font_description_copy(pango_layout_get_font_description(p->layout));
    paper_font(p, PLAIN, 7.5);
    paper_ink(p, INK_SOFT);
    p->y = PAPER_MARGIN;
    p->y += paper_put(p, NULL, sw_printf(p->arena, _(SW_STR_FMT " (continued)"), SW_STR_ARG(p->title)), PAPER_MARGIN, p->y, paper_inner(p),
                      PANGO_ALIGN_LEFT) + 3;
    paper_rule(p, INK_LINE, 0.5);
    p->y += 8;
    pango_layout_set_font_description(p->layout, font);
    pango_font_description_free(font);
}

bool paper_room(struct paper *p, double h)
{
    if (p->y + h <= p->height - PAPER_MARGIN - PAPER_FOOT) {
        return false;
    }
    turn(p);
    return true;
}

void paper_flow(struct paper *p, const char *tag, struct sw_str s, double after)
{
    while (s.n) {
        double left = p->height - PAPER_MARGIN - PAPER_FOOT - p->y;
        if (paper_measure(p, s, paper_inner(p), PANGO_ALIGN_LEFT) <= left) {
            p->y += paper_put(p, tag, s, PAPER_MARGIN, p->y, paper_inner(p), PANGO_ALIGN_LEFT);
            break;
        }
        /* The lines that fit on this page; never fewer than two of a paragraph alone at its end. */
        int n = pango_layout_get_line_count(p->layout), fit = 0;
        double h = 0;
        for (int i = 0; i < n; i++) {
            PangoRectangle r;
            pango_layout_line_get_extents(pango_layout_get_line_readonly(p->layout, i), NULL, &r);
            h += (double)r.height / PANGO_SCALE;
            if (h > left) {
                break;
            }
            fit++;
        }
        if (fit >= 2) {
            size_t at = (size_t)pango_layout_get_line_readonly(p->layout, fit)->start_index;
            paper_put(p, tag, (struct sw_str){s.p, at}, PAPER_MARGIN, p->y, paper_inner(p), PANGO_ALIGN_LEFT);
            s = (struct sw_str){s.p + at, s.n - at};
        }
        turn(p);
    }
    p->y += after;
}

struct sw_str paper_format(struct paper *p, enum sw_format f, int64_t v)
{
    struct sw_buf b;
    sw_buf_init(&b, p->arena, 32, 120);
    sw_format_int(&b, f, v, 0);
    return sw_buf_str(&b);
}

struct sw_str paper_moment(struct paper *p, int64_t at)
{
    struct sw_civil c;
    sw_zone_local(sw_locale()->zone, at, &c);
    struct sw_str day = paper_format(p, SW_FMT_DATE, at), time = paper_format(p, SW_FMT_TIME, at);
    return sw_printf(p->arena, SW_STR_FMT ", " SW_STR_FMT " %s", SW_STR_ARG(day), SW_STR_ARG(time), c.abbr);
}

/* ---- The signature, scaled into its field */

enum { SIGN_WIDTH = 230, SIGN_HEIGHT = 70 };

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

static bool strokes(struct paper *p, const struct authorization *auth)
{
    struct pen pen = {.cr = p->cr, .measuring = true};
    size_t points;
    if (!auth->strokes.n || !strokes_read(auth->strokes, pen_point, &pen, &points) || !pen.any) {
        return false;
    }
    double w = pen.max_x - pen.min_x, h = pen.max_y - pen.min_y;
    double sx = w > 1 ? SIGN_WIDTH / w : 1, sy = h > 1 ? SIGN_HEIGHT / h : 1;
    pen.scale = sx < sy ? sx : sy;
    pen.scale = pen.scale > 2 ? 2 : pen.scale; /* a dot stays a dot */
    pen.x = PAPER_MARGIN + 8;
    pen.y = p->y + SIGN_HEIGHT - h * pen.scale;
    pen.measuring = pen.any = false;
    cairo_tag_begin(p->cr, "Figure", NULL);
    paper_ink(p, INK);
    cairo_set_line_width(p->cr, 1.3);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(p->cr, CAIRO_LINE_JOIN_ROUND);
    strokes_read(auth->strokes, pen_point, &pen, &points);
    cairo_stroke(p->cr);
    cairo_tag_end(p->cr, "Figure");
    p->y += SIGN_HEIGHT + 4;
    return true;
}

/* ---- The parts of the document, from top to bottom */

struct fact {
    const char *label;
    struct sw_str value;
};

/* Label over value, two beside each other. Facts without a value are left out. */
static void facts(struct paper *p, const struct fact *f, size_t n)
{
    double half = paper_inner(p) / 2, tallest = 0;
    bool right = false;
    for (size_t i = 0; i < n; i++) {
        if (!f[i].value.n) {
            continue;
        }
        double x = PAPER_MARGIN + (right ? half : 0);
        paper_font(p, PLAIN, 9.5);
        double h = paper_measure(p, f[i].value, half - 14, PANGO_ALIGN_LEFT) + 12;
        if (!right) {
            paper_room(p, h + 6);
            tallest = 0;
        }
        paper_font(p, PLAIN, 7.5);
        paper_ink(p, INK_SOFT);
        double label = paper_put(p, "P", sw_str_of(f[i].label), x, p->y, half - 14, PANGO_ALIGN_LEFT);
        paper_font(p, PLAIN, 9.5);
        paper_ink(p, INK);
        h = label + paper_put(p, "P", f[i].value, x, p->y + label, half - 14, PANGO_ALIGN_LEFT);
        tallest = h > tallest ? h : tallest;
        if (right) {
            p->y += tallest + 6;
        }
        right = !right;
    }
    if (right) {
        p->y += tallest + 6;
    }
}

static void heading(struct paper *p, const char *text, double with)
{
    paper_room(p, 24 + with); /* never alone at the end of a page */
    paper_font(p, BOLD, 11.5);
    paper_ink(p, INK_ACCENT);
    p->y += paper_put(p, "H2", sw_str_of(text), PAPER_MARGIN, p->y, paper_inner(p), PANGO_ALIGN_LEFT) + 4;
    paper_ink(p, INK);
}

static void letterhead(struct paper *p, const struct sw_shop *shop)
{
    double half = paper_inner(p) / 2, left = p->y, right = p->y;
    paper_font(p, BOLD, 17);
    paper_ink(p, INK_ACCENT);
    left += paper_put(p, "P", shop->name, PAPER_MARGIN, left, half, PANGO_ALIGN_LEFT);
    paper_font(p, PLAIN, 8);
    paper_ink(p, INK_SOFT);
    if (shop->registration.n) {
        left += paper_put(p, "P", sw_printf(p->arena, _("Registration " SW_STR_FMT), SW_STR_ARG(shop->registration)), PAPER_MARGIN, left, half,
                          PANGO_ALIGN_LEFT);
    }
    const struct sw_str rows[] = {shop->address, phone_text(p->arena, shop->phone), shop->email};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        right += paper_put(p, "P", rows[i], PAPER_MARGIN + half, right, half, PANGO_ALIGN_RIGHT);
    }
    p->y = (left > right ? left : right) + 6;
    paper_rule(p, INK_ACCENT, 2);
    p->y += 12;
}

/* "7KRD482" in a frame, as it stands on the car. */
static void plate(struct paper *p, struct sw_str text, double right, double y)
{
    paper_font(p, BOLD, 13);
    paper_measure(p, text, 300, PANGO_ALIGN_LEFT);
    PangoRectangle r;
    pango_layout_get_extents(p->layout, NULL, &r);
    double w = (double)r.width / PANGO_SCALE + 16, h = (double)r.height / PANGO_SCALE + 4, x = right - w, c = 4;
    const double turn_by = 1.5707963267948966;
    cairo_new_sub_path(p->cr);
    cairo_arc(p->cr, x + w - c, y + c, c, -turn_by, 0);
    cairo_arc(p->cr, x + w - c, y + h - c, c, 0, turn_by);
    cairo_arc(p->cr, x + c, y + h - c, c, turn_by, 2 * turn_by);
    cairo_arc(p->cr, x + c, y + c, c, 2 * turn_by, 3 * turn_by);
    cairo_close_path(p->cr);
    paper_ink(p, INK);
    cairo_set_line_width(p->cr, 1.2);
    cairo_stroke(p->cr);
    paper_put(p, "P", text, x + 8, y + 2, w, PANGO_ALIGN_LEFT);
}

static void opening(struct paper *p, const struct authorization *auth, struct sw_str vin)
{
    double top = p->y;
    paper_font(p, BOLD, 20);
    p->y += paper_put(p, "H1", sw_str_of(auth->how == AUTH_PHONE ? _("Authorization by phone") : _("Signed authorization")), PAPER_MARGIN, p->y, paper_inner(p) - 130, PANGO_ALIGN_LEFT);
    paper_font(p, PLAIN, 10);
    p->y += paper_put(p, "P", auth->unit_name, PAPER_MARGIN, p->y, paper_inner(p) - 130, PANGO_ALIGN_LEFT) + 10;
    if (auth->plate.n) {
        plate(p, auth->plate, p->width - PAPER_MARGIN, top + 6);
    }
    const struct fact known[] = {
        {_("Customer"), auth->customer_name},
        {_("Job"), sw_printf(p->arena, _("%llu, authorization %llu"), (unsigned long long)auth->job, (unsigned long long)auth->head.id)},
        {_("Asked"), sw_printf(p->arena, _(SW_STR_FMT "\nby " SW_STR_FMT), SW_STR_ARG(paper_moment(p, auth->asked_at)),
                               SW_STR_ARG(auth->asked_by_name))},
        {_("Authorized"), sw_printf(p->arena, _(SW_STR_FMT "\nby " SW_STR_FMT), SW_STR_ARG(paper_moment(p, auth->answered_at)),
                                    SW_STR_ARG(auth->name))},
        {_("VIN or serial number"), vin},
        {_("Total with tax"), auth->priced ? paper_format(p, SW_FMT_MONEY, auth->priced->total) : (struct sw_str){0}},
    };
    facts(p, known, sizeof known / sizeof known[0]);
    if (auth->message.n) {
        paper_font(p, SLANTED, 9.5);
        paper_flow(p, "P", sw_printf(p->arena, _("“" SW_STR_FMT "”"), SW_STR_ARG(auth->message)), 6);
    }
    if (auth->former_at && auth->priced) {
        int64_t added = auth->priced->total - auth->former_total;
        struct sw_str former = paper_format(p, SW_FMT_MONEY, auth->former_total), day = paper_format(p, SW_FMT_DATE, auth->former_at);
        paper_font(p, BOLD, 9.5);
        paper_flow(p, "P", added >= 0 ? sw_printf(p->arena, _("You authorized " SW_STR_FMT " on " SW_STR_FMT ". This adds " SW_STR_FMT "."),
                                                  SW_STR_ARG(former), SW_STR_ARG(day), SW_STR_ARG(paper_format(p, SW_FMT_MONEY, added)))
                                      : sw_printf(p->arena, _("You authorized " SW_STR_FMT " on " SW_STR_FMT ". This is " SW_STR_FMT " less."),
                                                  SW_STR_ARG(former), SW_STR_ARG(day), SW_STR_ARG(paper_format(p, SW_FMT_MONEY, -added))), 6);
    }
    p->y += 6;
}

static void terms(struct paper *p, const struct authorization *auth)
{
    heading(p, _("Terms"), 40);
    paper_font(p, PLAIN, 8.5);
    paper_flow(p, "P", auth->terms, 5);
    paper_flow(p, "P", auth->consent, 3);
    if (auth->consent_version.n) {
        paper_ink(p, INK_SOFT);
        paper_font(p, PLAIN, 7.5);
        paper_flow(p, "P", sw_printf(p->arena, _("Terms, version " SW_STR_FMT), SW_STR_ARG(auth->consent_version)), 0);
        paper_ink(p, INK);
    }
    p->y += 12;
}

/* By phone nothing is signed: the document says who approved, and draws no signature. */
static void signature(struct paper *p, const struct authorization *auth)
{
    bool spoken = auth->how == AUTH_PHONE, elsewhere = auth->how == AUTH_PAPER;
    paper_room(p, SIGN_HEIGHT + 70); /* the signature and whose it is stay together */
    heading(p, spoken ? _("Approved by phone") : elsewhere ? _("Signed on paper") : _("Signature"), 0);
    if (spoken || elsewhere) {
        paper_font(p, BOLD, 9.5);
        paper_flow(p, "P", auth->name, 0);
        paper_font(p, PLAIN, 9.5);
        paper_flow(p, "P", paper_moment(p, auth->answered_at), 12);
        return;
    }
    if (!strokes(p, auth)) {
        paper_font(p, SLANTED, 22);
        double h = paper_measure(p, auth->name, paper_inner(p) - 16, PANGO_ALIGN_LEFT);
        paper_room(p, h + 30);
        p->y += paper_put(p, "P", auth->name, PAPER_MARGIN + 8, p->y, paper_inner(p) - 16, PANGO_ALIGN_LEFT) + 2;
    }
    paper_ink(p, INK);
    cairo_set_line_width(p->cr, 0.8);
    cairo_move_to(p->cr, PAPER_MARGIN, p->y);
    cairo_line_to(p->cr, PAPER_MARGIN + SIGN_WIDTH + 30, p->y);
    cairo_stroke(p->cr);
    p->y += 3;
    paper_font(p, BOLD, 9.5);
    paper_flow(p, "P", auth->name, 0);
    paper_font(p, PLAIN, 9.5);
    paper_flow(p, "P", paper_moment(p, auth->answered_at), 12);
}

static void record(struct paper *p, const struct authorization *auth)
{
    const char *given = auth->strokes.n ? _("drawn signature") : auth->how == AUTH_PAPER ? _("signed print, its photo is kept by the shop")
                        : auth->how == AUTH_PHONE ? _("spoken, recorded by the shop") : _("typed name");
    const struct sw_word *how = sw_enum_word(&authorization_hows, auth->how);
    bool recorded = auth->how == AUTH_PHONE || auth->how == AUTH_PAPER; /* address and browser are the shop's own */
    heading(p, recorded ? _("How it was recorded") : _("How it was signed"), 60);
    const struct fact known[] = {
        {_("Given"), sw_printf(p->arena, "%s; %s", sw_text(SW_TEXT_DOMAIN, how->label), given)},
        {_("Proof of the person"), auth->proof},
        {_("Number called"), auth->phone_called.n ? phone_text(p->arena, auth->phone_called) : auth->phone_called},
        {_("Total that was told"), auth->phone_called.n && auth->priced ? paper_format(p, SW_FMT_MONEY, auth->priced->total) : (struct sw_str){0}},
        {recorded ? _("Recorded from the network address") : _("Network address"), auth->address},
        {recorded ? _("Recorded with the browser") : _("Browser"), auth->browser},
    };
    facts(p, known, sizeof known / sizeof known[0]);
    if (auth->phone_note.n) {
        paper_font(p, PLAIN, 7.5);
        paper_ink(p, INK_SOFT);
        paper_flow(p, "P", sw_str_of(_("The added work, as it was told")), 0);
        paper_ink(p, INK);
        paper_font(p, PLAIN, 9.5);
        paper_flow(p, "P", auth->phone_note, 6);
    }
    paper_room(p, 60);
    p->y += 4;
    paper_font(p, PLAIN, 7.5);
    paper_ink(p, INK_SOFT);
    paper_flow(p, "P", sw_str_of(_("What was shown and signed (SHA-256 of the lines, totals and rules):")), 0);
    paper_font(p, MONO, 7.5);
    paper_flow(p, "P", hex_of(p->arena, auth->snapshot), 4);
    paper_font(p, PLAIN, 7.5);
    paper_flow(p, "P", sw_printf(p->arena, _("The shop's event log when it was signed, entry %llu:"), (unsigned long long)auth->chain_seq), 0);
    paper_font(p, MONO, 7.5);
    paper_flow(p, "P", hex_of(p->arena, auth->chain_hash), 0);
    paper_ink(p, INK);
}

/* ---- The PDF */

static cairo_status_t collect(void *closure, const unsigned char *data, unsigned int n)
{
    struct sw_buf *b = closure;
    if (!b) {
        return CAIRO_STATUS_SUCCESS; /* only counting pages */
    }
    sw_buf_add(b, data, n);
    return b->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

struct sheet {
    const struct authorization *auth;
    const struct sw_shop *shop;
    struct sw_str vin;
    const struct paper_about *about;
};

/* Draws it all; `pages`: how many there are, 0 when that is the question. */
static cairo_status_t draw(struct paper *p, const struct sheet *s, int pages, struct sw_buf *out)
{
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(collect, out, p->width, p->height);
    const char *iso = sw_cstr(p->arena, s->about->created);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, sw_cstr(p->arena, s->about->title));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, sw_cstr(p->arena, s->about->author));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Shopwright");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, iso);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, iso);
    p->cr = cairo_create(surface);
    p->layout = pango_cairo_create_layout(p->cr);
    cairo_font_options_t *exact = cairo_font_options_create(); /* paper has no pixels to fit letters to */
    cairo_font_options_set_hint_style(exact, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(exact, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_layout_get_context(p->layout), exact);
    pango_context_set_round_glyph_positions(pango_layout_get_context(p->layout), FALSE);
    cairo_font_options_destroy(exact);
    p->y = PAPER_MARGIN;
    p->page = 1;
    p->pages = pages;
    cairo_tag_begin(p->cr, "Document", NULL);
    letterhead(p, s->shop);
    opening(p, s->auth, s->vin);
    if (s->auth->priced) {
        heading(p, _("What was authorized"), 60);
        paper_lines(p, s->auth->priced);
    }
    terms(p, s->auth);
    signature(p, s->auth);
    record(p, s->auth);
    cairo_tag_end(p->cr, "Document");
    paper_foot(p);
    g_object_unref(p->layout);
    cairo_status_t drawn = cairo_status(p->cr);
    cairo_destroy(p->cr);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return drawn != CAIRO_STATUS_SUCCESS ? drawn : status;
}

int paper_render(struct sw_arena *a, const struct authorization *auth, const struct sw_shop *shop, struct sw_str vin, struct sw_str *pdf,
                 struct sw_err *err)
{
    struct paper p = {.arena = a, .width = 595, .height = 842}; /* A4; letter where people use it */
    if (sw_str_is(shop->region, "US") || sw_str_is(shop->region, "CA") || sw_str_is(shop->region, "MX")) {
        p.width = 612;
        p.height = 792;
    }
    unsigned long long job = (unsigned long long)auth->job;
    p.title = sw_printf(a, auth->how == AUTH_PHONE ? _("Authorization by phone, job %llu") : _("Signed authorization, job %llu"), job);
    p.running = sw_printf(a, SW_STR_FMT " · " SW_STR_FMT, SW_STR_ARG(shop->name), SW_STR_ARG(p.title));
    p.hash = sw_printf(a, "SHA-256 " SW_STR_FMT, SW_STR_ARG(hex_of(a, auth->snapshot)));
    const struct sw_locale *l = sw_locale();
    struct paper_about about = {.title = sw_printf(a, SW_STR_FMT ", " SW_STR_FMT, SW_STR_ARG(p.title), SW_STR_ARG(auth->customer_name)),
        .author = shop->name, .language = l->region[0] ? sw_printf(a, "%s-%s", l->language, l->region) : sw_str_of(l->language),
        .created = paper_format(&p, SW_FMT_ISO, auth->answered_at),
        .figure = sw_printf(a, _("Signature of " SW_STR_FMT ", drawn"), SW_STR_ARG(auth->name))};
    struct sheet s = {auth, shop, vin, &about};
    struct sw_buf out;
    sw_buf_init(&out, a, 64 * 1024, PDF_MAX);
    cairo_status_t status = draw(&p, &s, 0, NULL);
    if (status == CAIRO_STATUS_SUCCESS) {
        status = draw(&p, &s, p.page, &out);
    }
    if (status != CAIRO_STATUS_SUCCESS || out.full) {
        return sw_fail(err, SW_EFAIL, "", _("The signed document could not be drawn: %s."),
                       out.full ? _("it is over 8 MB") : cairo_status_to_string(status));
    }
    return paper_finish(a, &about, sw_buf_str(&out), pdf, err);
}
