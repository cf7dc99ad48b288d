/* paper.h: how the signed document is put on paper. Private to paper*.c. Floating point here is places on paper, never money. */
#ifndef AUTHORIZATION_PAPER_H
#define AUTHORIZATION_PAPER_H

#include "records.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#define PAPER_MARGIN 50.0
#define PAPER_FOOT 34.0 /* kept free above the lower margin, for the foot of each page */

enum paper_ink { INK, INK_SOFT, INK_ACCENT, INK_STOP, INK_LINE, INK_WASH };
enum paper_weight { PLAIN, BOLD, SLANTED, MONO };

struct paper {
    cairo_t *cr;
    PangoLayout *layout;
    struct sw_arena *arena;
    double width, height, y;
    int page, pages;               /* pages: 0 while they are counted */
    struct sw_str running, hash;   /* what each page says of itself, at its foot */
    struct sw_str title;           /* repeated on top of the second page and on */
};

static inline double paper_inner(const struct paper *p)
{
    return p->width - 2 * PAPER_MARGIN;
}

void paper_font(struct paper *p, enum paper_weight weight, double points);
void paper_ink(struct paper *p, enum paper_ink ink);
double paper_measure(struct paper *p, struct sw_str s, double width, PangoAlignment align);
/* A text at a place; its height. Tagged, unless tag is NULL (what stands on every page). */
double paper_put(struct paper *p, const char *tag, struct sw_str s, double x, double y, double width, PangoAlignment align);
/* A text in the flow, at the left margin; goes on over as many pages as it needs, split between lines. */
void paper_flow(struct paper *p, const char *tag, struct sw_str s, double after);
/* A new page, unless so much room is left. True: a new one was begun. */
bool paper_room(struct paper *p, double h);
void paper_rule(struct paper *p, enum paper_ink ink, double thick);
void paper_foot(struct paper *p);

struct sw_str paper_format(struct paper *p, enum sw_format f, int64_t v);
struct sw_str paper_moment(struct paper *p, int64_t at); /* with the zone */

/* paper_lines.c: the lines, taxes and total. */
void paper_lines(struct paper *p, const struct priced *priced);

/* paper_tags.c: what cairo can't say: the language, the title as metadata, what a drawing shows, heads of columns. */
struct paper_about {
    struct sw_str title, author, language, created; /* created: ISO 8601 */
    struct sw_str figure;                           /* what the drawn signature is */
};
int paper_finish(struct sw_arena *a, const struct paper_about *about, struct sw_str in, struct sw_str *out, struct sw_err *err);

#endif
