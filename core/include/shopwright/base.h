/* shopwright/base.h: strings, arena, errors, time, money, texts. Knows nothing of records, store or web.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_BASE_H
#define SHOPWRIGHT_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SW_API __attribute__((visibility("default")))
#define SW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SW_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SW_API
#define SW_PRINTF(fmt, args)
#define SW_MUST_CHECK
#endif

/* ---- Results ------------------------------------------------------------------------------------------------ */

/* What a function that can fail returns: 0 or one of these. Only the web layer maps them to HTTP (in brackets). */
enum sw_code {
    SW_OK = 0,
    SW_EMALFORMED = -1,  /* the bytes are not what they claim to be [400] */
    SW_EUNAUTH = -2,     /* nobody is signed in [401; pages: 303 to /login] */
    SW_EDENIED = -3,     /* signed in, but not allowed [403] */
    SW_ENOTFOUND = -4,   /* not there, or not yours: the two are never told apart [404] */
    SW_ESTATE = -5,      /* the state does not allow it [409] */
    SW_ESTALE = -6,      /* somebody changed the record since it was shown [409] */
    SW_ETOOLARGE = -7,   /* over a stated maximum [413] */
    SW_EINVALID = -8,    /* a field is wrong; err->field names it [422] */
    SW_ETOOMANY = -9,    /* too many tries [429] */
    SW_EFULL = -10,      /* the store or the disk is full; nothing was written [503] */
    SW_EBUSY = -11,      /* try again in a moment [503 with Retry-After] */
    SW_ERULE = -12,      /* a Lua rule failed; err->message has file, line and what; staff see it [409] */
    SW_EFAIL = -13,      /* anything else; the log has the cause [500] */
    SW_EAGAIN = -14,     /* inside the store only: run the transaction again */
};

enum { SW_ERR_FIELD_MAX = 64, SW_ERR_MESSAGE_MAX = 400 };

/* Filled once, where the fault is found; owned by the caller. message is a whole sentence for a person, in the language
 * of the request; field is the form field it concerns ("" for none), dotted into lists: "lines.2.price". */
struct sw_err {
    enum sw_code code;
    char field[SW_ERR_FIELD_MAX];
    char message[SW_ERR_MESSAGE_MAX];
};

/* Fill err (which may be NULL) and return code, so that `return sw_fail(err, SW_ESTATE, "", _("…"));` reads well.
 * The text is cut, on a character, at SW_ERR_MESSAGE_MAX. */
SW_API int sw_fail(struct sw_err *err, enum sw_code code, const char *field, const char *fmt, ...) SW_PRINTF(4, 5);

/* ---- Strings ------------------------------------------------------------------------------------------------ */

/* Pointer and length; not NUL-terminated unless said so. {NULL, 0} is the empty string. */
struct sw_str {
    const char *p;
    size_t n;
};

#define SW_STR(literal) ((struct sw_str){"" literal, sizeof(literal) - 1})
#define SW_STR_FMT "%.*s" /* printf("name=" SW_STR_FMT "\n", SW_STR_ARG(s)) */
#define SW_STR_ARG(s) (int)(s).n, (s).p

SW_API struct sw_str sw_str_of(const char *cstr); /* NULL is empty */
SW_API bool sw_str_eq(struct sw_str a, struct sw_str b);
SW_API bool sw_str_is(struct sw_str a, const char *cstr);
SW_API int sw_str_cmp(struct sw_str a, struct sw_str b); /* bytewise, like memcmp, shorter first */
SW_API struct sw_str sw_str_trim(struct sw_str s);        /* without white space at both ends */
/* Whether s is well-formed UTF-8 without NUL and other control characters (tab, newline, return are allowed). */
SW_API bool sw_str_is_text(struct sw_str s);

/* ---- Arena -------------------------------------------------------------------------------------------------- */

/* Memory that goes all at once, when the request (or the arena) ends. Never fails: beyond its cap the process aborts after a
 * log line, because every input has a stated maximum that is far below. Zeroed, aligned to 16 bytes. */
struct sw_arena;
SW_API struct sw_arena *sw_arena_new(size_t cap); /* cap 0: 64 MiB */
SW_API void sw_arena_free(struct sw_arena *a);
SW_API void sw_arena_reset(struct sw_arena *a); /* keeps one block for reuse */
SW_API void *sw_alloc(struct sw_arena *a, size_t n);
#define SW_NEW(arena, type) ((type *)sw_alloc((arena), sizeof(type)))
#define SW_NEW_N(arena, type, n) ((type *)sw_alloc((arena), sizeof(type) * (size_t)(n)))
SW_API struct sw_str sw_copy(struct sw_arena *a, struct sw_str s); /* NUL-terminated copy; .n without the NUL */
SW_API const char *sw_cstr(struct sw_arena *a, struct sw_str s);
SW_API struct sw_str sw_printf(struct sw_arena *a, const char *fmt, ...) SW_PRINTF(2, 3); /* NUL-terminated */

/* A growing buffer in an arena. `max` is its stated maximum: when an append would pass it, nothing more is added and
 * `full` stays true; check it once at the end. */
struct sw_buf {
    struct sw_arena *arena;
    char *p;
    size_t n, cap, max;
    bool full;
};
SW_API void sw_buf_init(struct sw_buf *b, struct sw_arena *a, size_t first, size_t max);
SW_API void sw_buf_add(struct sw_buf *b, const void *p, size_t n);
SW_API void sw_buf_adds(struct sw_buf *b, const char *cstr);
SW_API void sw_buf_addf(struct sw_buf *b, const char *fmt, ...) SW_PRINTF(2, 3);
SW_API void sw_buf_html(struct sw_buf *b, struct sw_str s); /* & < > " ' escaped */
static inline struct sw_str sw_buf_str(const struct sw_buf *b) { return (struct sw_str){b->p, b->n}; }

/* A list as records and views hold it: SW_LIST_OF(struct task) tasks; then tasks.v[i], i < tasks.n.
 * Every such list has the layout of struct sw_list. */
#define SW_LIST_OF(type) \
    struct {             \
        type *v;         \
        size_t n;        \
    }
struct sw_list {
    void *v;
    size_t n;
};
/* Append one zeroed element to a list in the arena and return it: struct task *t = SW_PUSH(a, view->tasks); */
#define SW_PUSH(arena, list)                                                                                     \
    ((list).v = sw_list_grow_((arena), (list).v, (list).n, sizeof(*(list).v)), &(list).v[(list).n++])
SW_API void *sw_list_grow_(struct sw_arena *a, void *v, size_t n, size_t size);

/* ---- Time, zones -------------------------------------------------------------------------------------------- */

/* Time is int64_t milliseconds since 1970-01-01 UTC; 0 is "none". Durations are milliseconds. */
#define SW_SECOND INT64_C(1000)
#define SW_MINUTE (60 * SW_SECOND)
#define SW_HOUR (60 * SW_MINUTE)
#define SW_DAY (24 * SW_HOUR)

/* The wall clock. Handlers use sw_now(tx) instead: drawn once per request. */
SW_API int64_t sw_clock(void);

/* A moment on a zone's wall clock. */
struct sw_civil {
    int year, month, day, hour, minute, second, weekday; /* month 1…12, weekday 0 = Sunday */
    int offset;                                           /* seconds east of UTC */
    char abbr[8];                                         /* "PST" */
};
/* zone: an Olson name ("America/Los_Angeles"); false when it is unknown (then UTC is used). Cached: cheap. */
SW_API bool sw_zone_local(const char *zone, int64_t utc, struct sw_civil *out);
/* The other way round: year … second of `civil` on the zone's wall clock. A time that the clock skips in spring is moved forward by the gap; one
 * that comes twice in autumn is the first. false when the zone is unknown (then UTC is used). */
SW_API bool sw_zone_utc(const char *zone, const struct sw_civil *civil, int64_t *utc);

/* ---- Money and quantities ----------------------------------------------------------------------------------- */

/* Money is int64_t minor units (cents); quantities and hours are int64_t thousandths. No floating point, ever. */

/* price × quantity (thousandths), rounded half away from zero to a minor unit. Saturates never: |a| ≤ 10^12, else SW_EINVALID. */
SW_API int sw_money_times(int64_t price, int64_t thousandths, int64_t *out);
/* A duration as thousandths of an hour, rounded up to the next thousandth. */
SW_API int64_t sw_hours_of(int64_t milliseconds);
/* "1,526.46", "1526.46" → minor units; "0.5", ".5" → thousandths. SW_EINVALID when it is no such number, has too many decimals or
 * is over 10^12. */
SW_API int sw_money_parse(struct sw_str s, int64_t *out);
SW_API int sw_qty_parse(struct sw_str s, int64_t *out);

/* ---- Texts, languages, locale ------------------------------------------------------------------------------- */

/* Every text that a person reads goes through _(): the message catalog of the plugin (or core) for the language of the
 * request in hand. The English text is the key. Workers are single-threaded, so the language is one setting of the process.
 * N_() only marks a text for the catalog (tables of labels). */
#ifndef SW_TEXT_DOMAIN
#define SW_TEXT_DOMAIN "shopwright"
#endif
#define _(text) sw_text(SW_TEXT_DOMAIN, (text))
#define N_(text) text
SW_API const char *sw_text(const char *domain, const char *msgid) __attribute__((format_arg(2)));
SW_API const char *sw_text_n(const char *domain, const char *one, const char *many, uint64_t n)
    __attribute__((format_arg(2), format_arg(3)));

/* How a shop writes money, dates and numbers. */
struct sw_locale {
    char language[8];  /* "en", "es": catalogs and words */
    char region[8];    /* "US" */
    char currency[4];  /* ISO 4217: "USD" */
    char zone[48];     /* "America/Los_Angeles" */
};
/* The locale of the request in hand (the shop's, with the person's language). Never NULL. */
SW_API const struct sw_locale *sw_locale(void);
SW_API void sw_locale_set(const struct sw_locale *l); /* core and courier only, or to go back after sw_locale_speak(); copies */
/* Speak another language for a while: that of a mail's reader, not of the one who sends it. The first of the two that has catalogs ("" is passed
 * over); neither: the one in hand stays. Returns what was, for sw_locale_set(). */
SW_API struct sw_locale sw_locale_speak(struct sw_str language, struct sw_str otherwise);

enum sw_format { /* the names after | in templates */
    SW_FMT_DEFAULT,
    SW_FMT_DATE,     /* November 19, 2026 */
    SW_FMT_DAY,      /* Tue, Nov 17 */
    SW_FMT_TIME,     /* 10:42 AM */
    SW_FMT_DATETIME, /* Tue, Nov 17, 3:40 PM; "today, 10:05 AM" on the same day */
    SW_FMT_ISO,      /* 2026-11-19T18:42:00Z */
    SW_FMT_DURATION, /* 1 h 54 min */
    SW_FMT_HOURS,    /* 1.90 (thousandths; two decimals, three when needed) */
    SW_FMT_QTY,      /* 2, 1.5 */
    SW_FMT_MONEY,    /* $1,526.46 */
    SW_FMT_PLAIN,    /* money as a form field wants it: 1526.46 */
    SW_FMT_PHONE,    /* (310) 555-0142 from +13105550142 */
    SW_FMT_SIZE,     /* 2.4 MB */
    SW_FMT_PLAIN_QTY, /* thousandths as a form field wants them: 1.5 */
};
/* Write v in the request's locale. `now` lets SW_FMT_DATETIME say "today", and SW_FMT_DAY and SW_FMT_DATETIME add the year when it is another
 * one; 0: neither. */
SW_API void sw_format_int(struct sw_buf *b, enum sw_format f, int64_t v, int64_t now);
/* An E.164 number as people of the region write it; anything else as it is. Not escaped. */
SW_API void sw_format_phone(struct sw_buf *b, struct sw_str e164);
/* E.164 from what a person typed in the region ("(310) 555-0142" → "+13105550142"); SW_EINVALID when it is no phone number. */
SW_API int sw_phone_parse(struct sw_arena *a, struct sw_str typed, struct sw_str *e164);

/* ---- Log ---------------------------------------------------------------------------------------------------- */

/* One key=value line to stderr: sw_log("mail.sent", "entry=%" PRIu64 " attempts=%d", id, n). No customers' text, no secrets. Request id and
 * shop are added by the core. */
SW_API void sw_log(const char *event, const char *fmt, ...) SW_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
