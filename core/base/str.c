/* base/str.c: pointer-and-length strings, and errors. */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

struct sw_str sw_str_of(const char *cstr)
{
    return (struct sw_str){cstr, cstr == NULL ? 0 : strlen(cstr)};
}

bool sw_str_eq(struct sw_str a, struct sw_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool sw_str_is(struct sw_str a, const char *cstr)
{
    return sw_str_eq(a, sw_str_of(cstr));
}

int sw_str_cmp(struct sw_str a, struct sw_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of white space at p, counting the no-break space that phones paste. */
static size_t space_at(const char *p, size_t n)
{
    if (n >= 1 && is_space(p[0]))
        return 1;
    return n >= 2 && p[0] == '\xC2' && p[1] == '\xA0' ? 2 : 0;
}

struct sw_str sw_str_trim(struct sw_str s)
{
    size_t k;
    while ((k = space_at(s.p, s.n)) > 0) {
        s.p += k;
        s.n -= k;
    }
    for (;;) {
        if (s.n >= 1 && is_space(s.p[s.n - 1]))
            s.n -= 1;
        else if (s.n >= 2 && space_at(s.p + s.n - 2, 2) == 2)
            s.n -= 2;
        else
            return s;
    }
}

size_t sw_utf8_at(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    size_t len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (len > n || (p[1] & 0xC0) != 0x80)
        return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool sw_str_is_text(struct sw_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        if (p[i] < 0x80) {
            if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7F)
                return false;
            i++;
            continue;
        }
        size_t len = sw_utf8_at(p + i, s.n - i);
        if (len == 0 || (p[i] == 0xC2 && p[i + 1] < 0xA0)) /* U+0080…U+009F are control characters too */
            return false;
        i += len;
    }
    return true;
}

int sw_fail(struct sw_err *err, enum sw_code code, const char *field, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    err->code = code;
    snprintf(err->field, sizeof err->field, "%s", field == NULL ? "" : field);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (n >= (int)sizeof err->message) {
        size_t end = sizeof err->message - 1;
        size_t back = end;
        while (back > 0 && ((unsigned char)err->message[back - 1] & 0xC0) == 0x80)
            back--;
        if (back > 0 && (unsigned char)err->message[back - 1] >= 0xC0 &&
            sw_utf8_at((unsigned char *)err->message + back - 1, end - back + 1) == 0)
            err->message[back - 1] = '\0';
    }
    return code;
}
