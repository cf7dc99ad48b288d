/* base/locale.c: the locale of the request in hand, and how it writes dates, times, money, numbers and phone numbers. */
#include <shopwright/base.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct sw_locale current = {.language = "en", .region = "US", .currency = "USD", .zone = "America/Los_Angeles"};

const struct sw_locale *sw_locale(void)
{
    return &current;
}

void sw_locale_set(const struct sw_locale *l)
{
    if (l != &current)
        current = *l;
    current.language[sizeof current.language - 1] = '\0';
    current.region[sizeof current.region - 1] = '\0';
    current.currency[sizeof current.currency - 1] = '\0';
    current.zone[sizeof current.zone - 1] = '\0';
}

/* The words of a language that dates need; not in the catalogs, because they follow grammar, not pages. */
struct words {
    const char *months[12], *months_short[12], *days[7], *am, *pm, *today;
};
static const struct words english = {
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"},
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    "AM",
    "PM",
    "today",
};
static const struct words spanish = {
    {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
     "diciembre"},
    {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
    {"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
    "a.m.",
    "p.m.",
    "hoy",
};

static bool is_spanish(void)
{
    return current.language[0] == 'e' && current.language[1] == 's';
}

/* ---- Numbers: written from the end into a small array. */

struct digits {
    char text[40];
    size_t at;
};

static void put(struct digits *d, char c)
{
    d->text[--d->at] = c;
}

static void put_number(struct digits *d, uint64_t v, int least, bool grouped)
{
    for (int n = 0; v > 0 || n < least; n++, v /= 10) {
        if (grouped && n > 0 && n % 3 == 0)
            put(d, ',');
        put(d, (char)('0' + v % 10));
    }
}

/* v / 10^decimals with at least `least` decimals; the others only when they are not 0. */
static void add_decimal(struct sw_buf *b, int64_t v, int decimals, int least, bool grouped, const char *before)
{
    struct digits d = {.at = sizeof d.text};
    uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
    while (decimals > least && u % 10 == 0) {
        u /= 10;
        decimals--;
    }
    uint64_t power = 1;
    for (int i = 0; i < decimals; i++)
        power *= 10;
    if (decimals > 0) {
        put_number(&d, u % power, decimals, false);
        put(&d, '.');
    }
    put_number(&d, u / power, 1, grouped);
    if (v < 0)
        sw_buf_add(b, "-", 1);
    sw_buf_adds(b, before);
    sw_buf_add(b, d.text + d.at, sizeof d.text - d.at);
}

static void add_small(struct sw_buf *b, int v, int least)
{
    struct digits d = {.at = sizeof d.text};
    if (v < 0)
        sw_buf_add(b, "-", 1);
    put_number(&d, (uint64_t)(v < 0 ? -(int64_t)v : v), least, false);
    sw_buf_add(b, d.text + d.at, sizeof d.text - d.at);
}

static const char *currency_sign(void)
{
    const char *c = current.currency;
    if (strcmp(c, "USD") == 0)
        return strcmp(current.region, "CA") == 0 ? "US$" : "$";
    if (strcmp(c, "CAD") == 0)
        return strcmp(current.region, "CA") == 0 ? "$" : "CA$";
    if (strcmp(c, "MXN") == 0)
        return strcmp(current.region, "MX") == 0 ? "$" : "MX$";
    if (strcmp(c, "EUR") == 0)
        return "€";
    if (strcmp(c, "GBP") == 0)
        return "£";
    static char word[8];
    snprintf(word, sizeof word, "%s\xC2\xA0", c);
    return word;
}

/* ---- Dates */

static void add_time(struct sw_buf *b, const struct words *w, const struct sw_civil *t)
{
    add_small(b, t->hour % 12 == 0 ? 12 : t->hour % 12, 1);
    sw_buf_add(b, ":", 1);
    add_small(b, t->minute, 2);
    sw_buf_add(b, " ", 1);
    sw_buf_adds(b, t->hour < 12 ? w->am : w->pm);
}

static void add_date(struct sw_buf *b, const struct words *w, const struct sw_civil *t)
{
    if (is_spanish()) {
        add_small(b, t->day, 1);
        sw_buf_adds(b, " de ");
        sw_buf_adds(b, w->months[t->month - 1]);
        sw_buf_adds(b, " de ");
    } else {
        sw_buf_adds(b, w->months[t->month - 1]);
        sw_buf_add(b, " ", 1);
        add_small(b, t->day, 1);
        sw_buf_adds(b, ", ");
    }
    add_small(b, t->year, 1);
}

static void add_day(struct sw_buf *b, const struct words *w, const struct sw_civil *t, bool year)
{
    sw_buf_adds(b, w->days[t->weekday]);
    sw_buf_adds(b, ", ");
    if (is_spanish()) {
        add_small(b, t->day, 1);
        sw_buf_add(b, " ", 1);
        sw_buf_adds(b, w->months_short[t->month - 1]);
    } else {
        sw_buf_adds(b, w->months_short[t->month - 1]);
        sw_buf_add(b, " ", 1);
        add_small(b, t->day, 1);
    }
    if (year) {
        sw_buf_adds(b, is_spanish() ? " " : ", ");
        add_small(b, t->year, 1);
    }
}

/* `now` on the zone's clock: a page asks for the same one with each of its dates. */
static const struct sw_civil *civil_now(int64_t now)
{
    static struct sw_civil civil;
    static char zone[sizeof current.zone];
    static int64_t at;
    if (at != now || strcmp(zone, current.zone) != 0) {
        sw_zone_local(current.zone, now, &civil);
        at = now;
        memcpy(zone, current.zone, sizeof zone);
    }
    return &civil;
}

static void add_moment(struct sw_buf *b, enum sw_format f, int64_t v, int64_t now)
{
    const struct words *w = is_spanish() ? &spanish : &english;
    struct sw_civil t, today = {0};
    if (f == SW_FMT_ISO) {
        sw_zone_local("UTC", v, &t);
        sw_buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute, t.second);
        return;
    }
    sw_zone_local(current.zone, v, &t);
    if (now != 0)
        today = *civil_now(now);
    bool year = now != 0 && today.year != t.year;
    switch (f) {
    case SW_FMT_DATE:
        add_date(b, w, &t);
        break;
    case SW_FMT_DAY:
        add_day(b, w, &t, year);
        break;
    case SW_FMT_TIME:
        add_time(b, w, &t);
        break;
    default:
        if (now != 0 && !year && today.month == t.month && today.day == t.day)
            sw_buf_adds(b, w->today);
        else
            add_day(b, w, &t, year);
        sw_buf_adds(b, ", ");
        add_time(b, w, &t);
        break;
    }
}

static void add_duration(struct sw_buf *b, int64_t v)
{
    uint64_t minutes = (v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v) / 60000;
    if (v < 0 && minutes > 0)
        sw_buf_add(b, "-", 1);
    if (minutes >= 60)
        sw_buf_addf(b, "%" PRIu64 " h", minutes / 60);
    if (minutes % 60 != 0 || minutes < 60)
        sw_buf_addf(b, "%s%" PRIu64 " min", minutes >= 60 ? " " : "", minutes % 60);
}

static void add_size(struct sw_buf *b, int64_t v)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    if (v < 1000) {
        sw_buf_addf(b, "%" PRId64 " B", v < 0 ? 0 : v);
        return;
    }
    size_t u = 1;
    int64_t tenths = v / 100 + (v % 100 >= 50);
    while (tenths >= 10000 && u < 4) {
        tenths = tenths / 1000 + (tenths % 1000 >= 500);
        u++;
    }
    if (tenths >= 100 || u == 1)
        sw_buf_addf(b, "%" PRId64 " %s", (tenths + 5) / 10, units[u]);
    else
        sw_buf_addf(b, "%" PRId64 ".%d %s", tenths / 10, (int)(tenths % 10), units[u]);
}

void sw_format_int(struct sw_buf *b, enum sw_format f, int64_t v, int64_t now)
{
    char number[24];
    switch (f) {
    case SW_FMT_DATE:
    case SW_FMT_DAY:
    case SW_FMT_TIME:
    case SW_FMT_DATETIME:
    case SW_FMT_ISO:
        add_moment(b, f, v, now);
        return;
    case SW_FMT_DURATION:
        add_duration(b, v);
        return;
    case SW_FMT_HOURS:
        add_decimal(b, v, 3, 2, true, "");
        return;
    case SW_FMT_QTY:
        add_decimal(b, v, 3, 0, true, "");
        return;
    case SW_FMT_MONEY:
        add_decimal(b, v, 2, 2, true, currency_sign());
        return;
    case SW_FMT_PLAIN:
        add_decimal(b, v, 2, 2, false, "");
        return;
    case SW_FMT_PLAIN_QTY:
        add_decimal(b, v, 3, 0, false, "");
        return;
    case SW_FMT_PHONE:
        snprintf(number, sizeof number, "+%" PRId64, v);
        sw_format_phone(b, sw_str_of(number));
        return;
    case SW_FMT_SIZE:
        add_size(b, v);
        return;
    case SW_FMT_DEFAULT:
        break;
    }
    add_decimal(b, v, 0, 0, false, "");
}

/* ---- Phone numbers. Numbers of +1 are known well; others are kept as digits after their +. */

static bool is_plus_one(const char *digits, size_t n)
{
    return n == 11 && digits[0] == '1' && digits[1] >= '2' && digits[4] >= '2';
}

void sw_format_phone(struct sw_buf *b, struct sw_str e164)
{
    bool home = strcmp(current.region, "US") == 0 || strcmp(current.region, "CA") == 0;
    if (!home || e164.n != 12 || e164.p[0] != '+' || !is_plus_one(e164.p + 1, 11)) {
        sw_buf_add(b, e164.p, e164.n);
        return;
    }
    const char *p = e164.p + 2;
    sw_buf_addf(b, "(%.3s) %.3s-%.4s", p, p + 3, p + 6);
}

int sw_phone_parse(struct sw_arena *a, struct sw_str typed, struct sw_str *e164)
{
    typed = sw_str_trim(typed);
    char digits[18] = ""; /* 15, after a 011 */
    size_t n = 0;
    bool plus = typed.n > 0 && typed.p[0] == '+';
    for (size_t i = plus; i < typed.n; i++) {
        char c = typed.p[i];
        if (c >= '0' && c <= '9') {
            if (n == sizeof digits)
                return SW_EINVALID;
            digits[n++] = c;
        } else if (strchr(" ().-/", c) == NULL || c == '\0') {
            return SW_EINVALID;
        }
    }
    const char *p = digits;
    bool home = strcmp(current.region, "US") == 0 || strcmp(current.region, "CA") == 0;
    if (!plus && home && n > 3 && memcmp(p, "011", 3) == 0) { /* how one dials abroad from there */
        plus = true;
        p += 3;
        n -= 3;
    }
    char whole[17];
    if (!plus) {
        if (!home || (n != 10 && !(n == 11 && p[0] == '1')))
            return SW_EINVALID;
        n = (size_t)snprintf(whole, sizeof whole, "1%.10s", n == 11 ? p + 1 : p);
        p = whole;
    }
    if (n < 8 || n > 15 || p[0] == '0' || (p[0] == '1' && !is_plus_one(p, n)))
        return SW_EINVALID;
    *e164 = sw_printf(a, "+%.*s", (int)n, p);
    return SW_OK;
}
