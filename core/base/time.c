/* base/time.c: the clock, and wall clocks of zones from the system's zoneinfo files (TZif, RFC 8536).
 *
 * Why not localtime_r: it knows one zone a process, and changing TZ reads a file. Here each zone is read once; the span between two
 * changes of the offset that was used last is kept, so a page full of times costs a comparison and some divisions each. */
#include <shopwright/base.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ZONES_MAX = 64, FILE_MAX = 256 * 1024, TYPES_MAX = 256, NAME_MAX_BYTES = 48 };

struct type {
    int32_t offset;
    bool dst;
    char abbr[8];
};

/* One rule of the footer: the day a year's change falls on. */
struct change {
    int kind; /* 'M' month, week, weekday; 'J' day 1…365 without Feb 29; 'D' day 0…365 */
    int month, week, day;
    int32_t at; /* seconds of the wall clock after midnight */
};

struct zone {
    char name[NAME_MAX_BYTES];
    size_t n, n_types;
    int64_t *when; /* seconds UTC, ascending */
    uint8_t *which;
    struct type types[TYPES_MAX];
    uint8_t first; /* type before when[0] */
    bool footer, footer_dst;
    struct type std, dst;
    struct change to_dst, to_std;
    /* The span used last: from ≤ t < to. */
    int64_t from, to;
    struct type now;
};

static struct zone *zones[ZONES_MAX];
static size_t n_zones;
static unsigned next_out;

int64_t sw_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Days. Years are counted from March, so that the leap day is the last of its year. */

static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_of(int64_t days, struct sw_civil *c)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = (int)(yoe + era * 400 + (c->month <= 2));
    int64_t w = (days + 4) % 7;
    c->weekday = (int)(w < 0 ? w + 7 : w);
}

/* ---- The footer: "PST8PDT,M3.2.0,M11.1.0" rules for all times after the table. */

static bool number(const char **p, int max, int *out)
{
    int v = 0, digits = 0;
    for (; **p >= '0' && **p <= '9' && digits < 4; (*p)++, digits++)
        v = v * 10 + (**p - '0');
    *out = v;
    return digits > 0 && v <= max;
}

static bool clock_time(const char **p, int32_t *seconds)
{
    int sign = 1, h, m = 0, s = 0;
    if (**p == '-' || **p == '+')
        sign = *(*p)++ == '-' ? -1 : 1;
    if (!number(p, 167, &h))
        return false;
    if (**p == ':' && (++*p, !number(p, 59, &m)))
        return false;
    if (**p == ':' && (++*p, !number(p, 59, &s)))
        return false;
    *seconds = sign * (h * 3600 + m * 60 + s);
    return true;
}

static bool zone_word(const char **p, struct type *t)
{
    char end = '\0';
    size_t n = 0;
    if (**p == '<') {
        end = '>';
        (*p)++;
    }
    for (; **p != '\0' && **p != end; (*p)++) {
        char c = **p;
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (end == '\0' && !letter)
            break;
        if (n < sizeof t->abbr - 1)
            t->abbr[n++] = c;
    }
    if (end != '\0' && *(*p)++ != '>')
        return false;
    t->abbr[n] = '\0';
    return n > 0;
}

static bool change_rule(const char **p, struct change *c)
{
    if (*(*p)++ != ',')
        return false;
    c->at = 2 * 3600;
    if (**p == 'M') {
        (*p)++;
        c->kind = 'M';
        if (!number(p, 12, &c->month) || c->month < 1 || *(*p)++ != '.' || !number(p, 5, &c->week) || c->week < 1 ||
            *(*p)++ != '.' || !number(p, 6, &c->day))
            return false;
    } else {
        c->kind = **p == 'J' ? 'J' : 'D';
        if (**p == 'J')
            (*p)++;
        if (!number(p, 365, &c->day))
            return false;
    }
    if (**p == '/')
        return (*p)++, clock_time(p, &c->at);
    return true;
}

static bool footer_read(struct zone *z, const char *p)
{
    if (!zone_word(&p, &z->std) || !clock_time(&p, &z->std.offset))
        return false;
    z->std.offset = -z->std.offset; /* POSIX counts west of UTC */
    z->footer = true;
    if (*p == '\0')
        return true;
    if (!zone_word(&p, &z->dst))
        return false;
    z->dst.offset = z->std.offset + 3600;
    z->dst.dst = true;
    if (*p != ',') {
        if (!clock_time(&p, &z->dst.offset))
            return false;
        z->dst.offset = -z->dst.offset;
    }
    z->footer_dst = true;
    return change_rule(&p, &z->to_dst) && change_rule(&p, &z->to_std) && *p == '\0';
}

/* When the change falls in a year, in seconds UTC, the offset before it given. */
static int64_t change_at(const struct change *c, int64_t year, int32_t offset_before)
{
    int64_t day;
    if (c->kind == 'M') {
        int64_t first = days_of(year, c->month, 1);
        int64_t next = c->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, c->month + 1, 1);
        int64_t w = (first + 4) % 7;
        w = w < 0 ? w + 7 : w;
        day = first + (c->day - w + 7) % 7 + 7 * (c->week - 1);
        while (day >= next)
            day -= 7;
    } else {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int64_t n = c->kind == 'J' ? c->day - 1 + (leap && c->day >= 60) : c->day;
        day = days_of(year, 1, 1) + n;
    }
    return day * 86400 + c->at - offset_before;
}

static void footer_span(struct zone *z, int64_t t, int64_t from)
{
    z->from = from;
    z->to = INT64_MAX;
    z->now = z->std;
    if (!z->footer_dst)
        return;
    struct sw_civil c;
    int64_t days = t / 86400 - (t % 86400 < 0);
    civil_of(days, &c);
    /* Five changes around t: it lies between two of them. */
    for (int64_t y = c.year - 1; y <= c.year + 1; y++) {
        int64_t on = change_at(&z->to_dst, y, z->std.offset), off = change_at(&z->to_std, y, z->dst.offset);
        bool on_first = on < off;
        int64_t a = on_first ? on : off, b = on_first ? off : on;
        const struct type *after_a = on_first ? &z->dst : &z->std, *after_b = on_first ? &z->std : &z->dst;
        if (a <= t) {
            z->from = a > from ? a : from;
            z->now = *after_a;
        } else if (a < z->to) {
            z->to = a;
        }
        if (b <= t) {
            z->from = b > from ? b : from;
            z->now = *after_b;
        } else if (b < z->to) {
            z->to = b;
        }
    }
}

/* ---- TZif */

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct counts {
    size_t utc, std, leap, time, type, chars;
};

static bool header_read(const unsigned char *p, size_t n, struct counts *c)
{
    if (n < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    c->utc = be32(p + 20);
    c->std = be32(p + 24);
    c->leap = be32(p + 28);
    c->time = be32(p + 32);
    c->type = be32(p + 36);
    c->chars = be32(p + 40);
    return c->utc < 1000 && c->std < 1000 && c->leap < 1000 && c->time < 10000 && c->type > 0 && c->type <= TYPES_MAX &&
           c->chars < 1000;
}

static bool tzif_read(struct zone *z, const unsigned char *p, size_t n)
{
    struct counts c;
    if (!header_read(p, n, &c)) /* the old block with 32-bit times comes first */
        return false;
    size_t skip = 44 + c.time * 5 + c.type * 6 + c.chars + c.leap * 8 + c.std + c.utc;
    if (skip > n || !header_read(p + skip, n - skip, &c))
        return false;
    p += skip + 44;
    n -= skip + 44;
    size_t body = c.time * 9 + c.type * 6 + c.chars + c.leap * 12 + c.std + c.utc;
    if (body + 2 > n)
        return false;
    z->n = c.time;
    z->when = calloc(c.time + 1, sizeof *z->when);
    z->which = calloc(c.time + 1, 1);
    if (z->when == NULL || z->which == NULL)
        return false;
    for (size_t i = 0; i < c.time; i++) {
        z->when[i] = be64(p + i * 8);
        z->which[i] = p[c.time * 8 + i];
        if (z->which[i] >= c.type || (i > 0 && z->when[i] <= z->when[i - 1]))
            return false;
    }
    const unsigned char *types = p + c.time * 9;
    const char *chars = (const char *)types + c.type * 6;
    z->n_types = c.type;
    for (size_t i = 0; i < c.type; i++) {
        const unsigned char *t = types + i * 6;
        z->types[i].offset = (int32_t)be32(t);
        z->types[i].dst = t[4] != 0;
        if (t[5] >= c.chars || z->types[i].offset < -100000 || z->types[i].offset > 100000)
            return false;
        snprintf(z->types[i].abbr, sizeof z->types[i].abbr, "%.*s", (int)strnlen(chars + t[5], c.chars - t[5]), chars + t[5]);
    }
    const char *foot = (const char *)p + body;
    const char *end = memchr(foot + 1, '\n', n - body - 1);
    if (foot[0] != '\n' || end == NULL || end - foot > 100)
        return false;
    char rule[104];
    snprintf(rule, sizeof rule, "%.*s", (int)(end - foot - 1), foot + 1);
    return rule[0] == '\0' || footer_read(z, rule);
}

static bool name_is_sane(const char *name)
{
    size_t n = strnlen(name, NAME_MAX_BYTES);
    if (n == 0 || n == NAME_MAX_BYTES || name[0] == '/' || strstr(name, "..") != NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && strchr("_+-/", c) == NULL)
            return false;
    }
    return true;
}

static bool file_read(const char *name, struct zone *z)
{
    const char *dir = getenv("TZDIR");
    char path[512];
    int len = snprintf(path, sizeof path, "%s/%s", dir == NULL ? "/usr/share/zoneinfo" : dir, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    unsigned char *bytes = malloc(FILE_MAX);
    size_t n = 0;
    ssize_t got = 0;
    while (bytes != NULL && n < FILE_MAX && (got = read(fd, bytes + n, FILE_MAX - n)) > 0)
        n += (size_t)got;
    close(fd);
    bool good = bytes != NULL && got == 0 && tzif_read(z, bytes, n);
    free(bytes);
    return good;
}

static void zone_free(struct zone *z)
{
    free(z->when);
    free(z->which);
    free(z);
}

static struct zone *zone_find(const char *name)
{
    static struct zone *last;
    if (last != NULL && strcmp(last->name, name) == 0)
        return last;
    for (size_t i = 0; i < n_zones; i++)
        if (strcmp(zones[i]->name, name) == 0)
            return last = zones[i];
    if (!name_is_sane(name))
        return NULL;
    struct zone *z = calloc(1, sizeof *z);
    if (z == NULL)
        return NULL;
    snprintf(z->name, sizeof z->name, "%s", name);
    if (!file_read(name, z)) {
        zone_free(z);
        return NULL;
    }
    size_t at = n_zones;
    if (n_zones == ZONES_MAX) {
        at = next_out++ % ZONES_MAX;
        zone_free(zones[at]);
    } else {
        n_zones++;
    }
    zones[at] = z;
    return last = z;
}

static void span_find(struct zone *z, int64_t t)
{
    if (z->n == 0 || t < z->when[0]) {
        if (z->n == 0 && z->footer) {
            footer_span(z, t, INT64_MIN);
            return;
        }
        z->from = INT64_MIN;
        z->to = z->n == 0 ? INT64_MAX : z->when[0];
        z->now = z->types[0];
        return;
    }
    if (t >= z->when[z->n - 1] && z->footer) {
        footer_span(z, t, z->when[z->n - 1]);
        return;
    }
    size_t lo = 0, hi = z->n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (z->when[mid] <= t)
            lo = mid;
        else
            hi = mid;
    }
    z->from = z->when[lo];
    z->to = hi < z->n ? z->when[hi] : INT64_MAX;
    z->now = z->types[z->which[lo]];
}

static bool is_utc(const char *zone)
{
    return zone == NULL || zone[0] == '\0' || strcmp(zone, "UTC") == 0;
}

static const struct type *offset_at(struct zone *z, int64_t t)
{
    if (t < z->from || t >= z->to)
        span_find(z, t);
    return &z->now;
}

bool sw_zone_local(const char *zone, int64_t utc, struct sw_civil *out)
{
    static const struct type utc_type = {.abbr = "UTC"};
    /* Years that a person writes; also keeps the sums below from overflowing. */
    const int64_t far = INT64_C(250000000000000);
    utc = utc > far ? far : utc < -far ? -far : utc;
    int64_t t = utc / 1000 - (utc % 1000 < 0);
    struct zone *z = is_utc(zone) ? NULL : zone_find(zone);
    const struct type *type = z == NULL ? &utc_type : offset_at(z, t);
    int64_t local = t + type->offset;
    int64_t days = local / 86400 - (local % 86400 < 0);
    int second = (int)(local - days * 86400);
    civil_of(days, out);
    out->hour = second / 3600;
    out->minute = second / 60 % 60;
    out->second = second % 60;
    out->offset = type->offset;
    memcpy(out->abbr, type->abbr, sizeof out->abbr);
    return z != NULL || is_utc(zone);
}

bool sw_zone_utc(const char *zone, const struct sw_civil *civil, int64_t *utc)
{
    int64_t wall = days_of(civil->year, civil->month, civil->day) * 86400 + civil->hour * INT64_C(3600) +
                   civil->minute * INT64_C(60) + civil->second;
    struct zone *z = is_utc(zone) ? NULL : zone_find(zone);
    if (z == NULL) {
        *utc = wall * 1000;
        return is_utc(zone);
    }
    /* No zone changes twice within two days: the offsets on both sides are the only candidates. */
    int32_t before = offset_at(z, wall - 86400)->offset, after = offset_at(z, wall + 86400)->offset;
    int64_t t = wall - before;
    if (offset_at(z, t)->offset != before) {
        int64_t second = wall - after;
        if (offset_at(z, second)->offset == after)
            t = second;
        /* else the wall clock skips this time: `before` moves it forward by the gap */
    }
    *utc = t * 1000;
    return true;
}
