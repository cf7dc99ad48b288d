/* paper_lines.c: the table of what was authorized. Its head is repeated on each page; the sums stay together, with a line above them. */
#include "paper.h"

enum { COLUMNS = 5 };
static const double GAP = 5, SUM_LABEL = 300, SUM_WIDTH = 90, TOTAL_WIDTH = 240;

struct column {
    double x, width;
    PangoAlignment align;
};
struct cell {
    struct sw_str text, small;
    bool red;
};

static double cell_height(struct paper *p, const struct column *c, const struct cell *cell)
{
    paper_font(p, PLAIN, 9);
    double h = cell->text.n ? paper_measure(p, cell->text, c->width, c->align) : 0;
    if (cell->small.n) {
        paper_font(p, PLAIN, 7.5);
        h += paper_measure(p, cell->small, c->width, c->align);
    }
    return h;
}

static double row_height(struct paper *p, const struct column *c, const struct cell *cells)
{
    double h = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        double one = cell_height(p, &c[i], &cells[i]);
        h = one > h ? one : h;
    }
    return h + 2 * GAP - 3;
}

static void head(struct paper *p, const struct column *c)
{
    const char *const names[COLUMNS] = {_("Line"), _("Quantity or hours"), _("Price"), _("Taxed"), _("Total")};
    paper_font(p, BOLD, 7.5);
    paper_ink(p, INK_WASH);
    cairo_rectangle(p->cr, PAPER_MARGIN, p->y, paper_inner(p), 17);
    cairo_fill(p->cr);
    paper_ink(p, INK_SOFT);
    cairo_tag_begin(p->cr, "TR", NULL);
    for (size_t i = 0; i < COLUMNS; i++) {
        paper_put(p, "TH", sw_str_of(names[i]), c[i].x, p->y + 3, c[i].width, c[i].align);
    }
    cairo_tag_end(p->cr, "TR");
    paper_ink(p, INK);
    p->y += 17;
}

static void row(struct paper *p, const struct column *c, const struct cell *cells, double h)
{
    double top = p->y + GAP - 2;
    cairo_tag_begin(p->cr, "TR", NULL);
    for (size_t i = 0; i < COLUMNS; i++) {
        cairo_tag_begin(p->cr, "TD", NULL);
        paper_font(p, cells[i].red ? BOLD : PLAIN, 9);
        paper_ink(p, cells[i].red ? INK_STOP : INK);
        double y = top + paper_put(p, "P", cells[i].text, c[i].x, top, c[i].width, c[i].align);
        paper_font(p, PLAIN, 7.5);
        paper_ink(p, INK_SOFT);
        paper_put(p, "P", cells[i].small, c[i].x, y, c[i].width, c[i].align);
        cairo_tag_end(p->cr, "TD");
    }
    cairo_tag_end(p->cr, "TR");
    p->y += h;
    paper_rule(p, INK_LINE, 0.4);
}

static void cells_of(struct paper *p, const struct priced_line *l, struct cell *cells)
{
    struct sw_arena *a = p->arena;
    const char *kind = l->kind == LINE_LABOR ? (l->hourly ? _("Labor by the hour") : _("Labor, flat"))
                       : l->kind == LINE_PART ? _("Part") : _("Fee");
    struct sw_str price = paper_format(p, SW_FMT_MONEY, l->price);
    cells[0] = (struct cell){.text = l->description, .small = sw_str_of(kind)};
    cells[1] = (struct cell){.text = paper_format(p, SW_FMT_QTY, l->quantity)};
    cells[2] = (struct cell){.text = price};
    cells[3] = (struct cell){.text = sw_str_of(l->taxed ? _("Y") : _("N"))};
    cells[4] = (struct cell){.text = paper_format(p, SW_FMT_MONEY, l->total)};
    if (l->hourly) {
        struct sw_str hours = paper_format(p, SW_FMT_HOURS, l->quantity), est = paper_format(p, SW_FMT_HOURS, l->estimated);
        struct sw_str sum = paper_format(p, SW_FMT_MONEY, l->estimated_total);
        cells[1] = (struct cell){.text = sw_printf(a, _(SW_STR_FMT " of hours"), SW_STR_ARG(hours)), .red = l->over,
                                 .small = sw_printf(a, _("/ " SW_STR_FMT " estimated"), SW_STR_ARG(est))};
        cells[2].small = sw_str_of(_("an hour"));
        cells[4].red = l->over;
        cells[4].small = sw_printf(a, _("/ " SW_STR_FMT " estimated"), SW_STR_ARG(sum));
    }
}

/* ---- The sums */

static double sum_row(struct paper *p, struct sw_str label, int64_t v, bool total, bool draw)
{
    const struct column c[] = {{p->width - PAPER_MARGIN - SUM_WIDTH - SUM_LABEL - 6, SUM_LABEL, PANGO_ALIGN_RIGHT},
                               {p->width - PAPER_MARGIN - SUM_WIDTH - 4, SUM_WIDTH, PANGO_ALIGN_RIGHT}};
    double up = total ? 5 : 0;
    paper_font(p, total ? BOLD : PLAIN, total ? 13 : 9);
    double h = paper_measure(p, label, c[0].width, c[0].align) + 2 + 2 * up;
    if (draw) {
        if (total) {
            paper_ink(p, INK_WASH);
            cairo_rectangle(p->cr, p->width - PAPER_MARGIN - TOTAL_WIDTH, p->y, TOTAL_WIDTH, h);
            cairo_fill(p->cr);
            paper_ink(p, INK);
        }
        cairo_tag_begin(p->cr, "TR", NULL);
        paper_put(p, "TD", label, c[0].x, p->y + up, c[0].width, c[0].align);
        paper_put(p, "TD", paper_format(p, SW_FMT_MONEY, v), c[1].x, p->y + up, c[1].width, c[1].align);
        cairo_tag_end(p->cr, "TR");
        p->y += h;
    }
    return h;
}

static double sums(struct paper *p, const struct priced *priced, bool draw)
{
    double h = sum_row(p, sw_str_of(_("Labor")), priced->labor, false, draw);
    h += sum_row(p, sw_str_of(_("Parts")), priced->parts, false, draw);
    h += sum_row(p, sw_str_of(_("Fees")), priced->fees, false, draw);
    for (size_t i = 0; i < priced->taxes.n; i++) {
        const struct tax_line *t = &priced->taxes.v[i];
        struct sw_str rate = rate_text(p->arena, t->rate), base = paper_format(p, SW_FMT_MONEY, t->base);
        h += sum_row(p, sw_printf(p->arena, _(SW_STR_FMT " " SW_STR_FMT " %% on " SW_STR_FMT), SW_STR_ARG(t->label), SW_STR_ARG(rate), SW_STR_ARG(base)),
                     t->amount, false, draw);
    }
    return h + sum_row(p, sw_str_of(_("Total")), priced->total, true, draw);
}

void paper_lines(struct paper *p, const struct priced *priced)
{
    double right = p->width - PAPER_MARGIN - 4, inner = paper_inner(p);
    const struct column c[COLUMNS] = {
        {PAPER_MARGIN + 4, inner - 310, PANGO_ALIGN_LEFT}, {right - 294, 88, PANGO_ALIGN_RIGHT}, {right - 198, 70, PANGO_ALIGN_RIGHT},
        {right - 124, 34, PANGO_ALIGN_CENTER},             {right - 86, 86, PANGO_ALIGN_RIGHT},
    };
    double below = sums(p, priced, false) + 8;
    bool begun = false;
    cairo_tag_begin(p->cr, "Table", NULL);
    for (size_t i = 0; i < priced->lines.n; i++) {
        struct cell cells[COLUMNS];
        cells_of(p, &priced->lines.v[i], cells);
        double h = row_height(p, c, cells);
        bool last = i + 1 == priced->lines.n;
        if (paper_room(p, h + (begun ? 0 : 17) + (last ? below : 0)) || !begun) {
            head(p, c);
            begun = true;
        }
        row(p, c, cells, h);
    }
    cairo_tag_end(p->cr, "Table");
    p->y += 6;
    cairo_tag_begin(p->cr, "Table", NULL);
    sums(p, priced, true);
    cairo_tag_end(p->cr, "Table");
    p->y += 6;
    paper_font(p, PLAIN, 7.5);
    paper_ink(p, INK_SOFT);
    paper_flow(p, "P", sw_str_of(_("Y: the line is taxed. N: not taxed. Labor by the hour is charged for the time on the technician's clock.")), 12);
    paper_ink(p, INK);
}
