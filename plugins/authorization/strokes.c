/* strokes.c: reads a drawn signature. It comes from a browser: hostile until read. A list of strokes; a stroke holds points, either {"x": 1, "y": 2, …}
 * or [1, 2, …], at any depth below it. Numbers are for drawing only. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 6 };

struct reader {
    const char *p, *end;
    void (*point)(void *arg, size_t stroke, double x, double y);
    void *arg;
    size_t stroke, points;
};

static void space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) {
        r->p++;
    }
}

static bool take(struct reader *r, char c)
{
    space(r);
    if (r->p < r->end && *r->p == c) {
        r->p++;
        return true;
    }
    return false;
}

/* Plain text without escapes is all that names and colors need. */
static bool text(struct reader *r, struct sw_str *out)
{
    if (!take(r, '"')) {
        return false;
    }
    const char *from = r->p;
    while (r->p < r->end && *r->p != '"') {
        if (*r->p == '\\' || (unsigned char)*r->p < 0x20) {
            return false;
        }
        r->p++;
    }
    *out = (struct sw_str){from, (size_t)(r->p - from)};
    return r->p < r->end && *r->p++ == '"';
}

static bool number(struct reader *r, double *out)
{
    char b[40];
    size_t n = 0;
    while (r->p < r->end && n < sizeof b - 1 && *r->p && strchr("+-.0123456789eE", *r->p)) {
        b[n++] = *r->p++;
    }
    b[n] = '\0';
    char *end;
    *out = strtod(b, &end);
    return n > 0 && *end == '\0' && *out > -1e13 && *out < 1e13; /* times in ms stand beside the points */
}

static bool add(struct reader *r, double x, double y)
{
    if (++r->points > STROKE_POINTS_MAX || x < -20000 || x > 20000 || y < -20000 || y > 20000) {
        return false;
    }
    if (r->point) {
        r->point(r->arg, r->stroke, x, y);
    }
    return true;
}

static bool value(struct reader *r, int depth, bool *is_number, double *num);

static bool object(struct reader *r, int depth)
{
    bool has_x = false, has_y = false;
    double x = 0, y = 0;
    if (take(r, '}')) {
        return true;
    }
    do {
        struct sw_str name;
        bool is_number;
        double n;
        if (!text(r, &name) || !take(r, ':') || !value(r, depth + 1, &is_number, &n)) {
            return false;
        }
        if (is_number && sw_str_is(name, "x")) {
            has_x = true;
            x = n;
        } else if (is_number && sw_str_is(name, "y")) {
            has_y = true;
            y = n;
        }
    } while (take(r, ','));
    return take(r, '}') && (!has_x || !has_y || add(r, x, y));
}

static bool array(struct reader *r, int depth)
{
    double xy[2] = {0, 0};
    size_t n = 0, numbers = 0;
    if (take(r, ']')) {
        return true;
    }
    do {
        bool is_number;
        double v;
        if (!value(r, depth + 1, &is_number, &v)) {
            return false;
        }
        if (is_number && numbers < 2) {
            xy[numbers++] = v;
        }
        n++;
        if (depth == 0) {
            r->stroke++;
        }
    } while (take(r, ','));
    return take(r, ']') && (depth < 2 || numbers < 2 || n > 4 || add(r, xy[0], xy[1]));
}

static bool value(struct reader *r, int depth, bool *is_number, double *num)
{
    struct sw_str s;
    *is_number = false;
    if (depth > DEPTH_MAX) {
        return false;
    }
    space(r);
    if (r->p >= r->end) {
        return false;
    }
    switch (*r->p) {
    case '{':
        r->p++;
        return object(r, depth);
    case '[':
        r->p++;
        return array(r, depth);
    case '"':
        return text(r, &s);
    case 't':
    case 'n':
    case 'f': {
        const char *const words[] = {"true", "null", "false"};
        for (size_t i = 0; i < 3; i++) {
            size_t n = strlen(words[i]);
            if ((size_t)(r->end - r->p) >= n && memcmp(r->p, words[i], n) == 0) {
                r->p += n;
                return true;
            }
        }
        return false;
    }
    default:
        *is_number = true;
        return number(r, num);
    }
}

bool strokes_read(struct sw_str json, void (*point)(void *arg, size_t stroke, double x, double y), void *arg, size_t *points)
{
    struct reader r = {json.p, json.p + json.n, point, arg, 0, 0};
    bool is_number;
    double n;
    space(&r);
    if (json.n > STROKES_MAX || r.p >= r.end || *r.p != '[' || !value(&r, 0, &is_number, &n)) {
        return false;
    }
    space(&r);
    *points = r.points;
    return r.p == r.end;
}
