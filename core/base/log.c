/* base/log.c: one key=value line to stderr, written whole. */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2000 };

static char context_request[41];
static uint32_t context_shop;

void sw_log_context(struct sw_str request, uint32_t shop)
{
    size_t n = request.n < sizeof context_request - 1 ? request.n : sizeof context_request - 1;
    for (size_t i = 0; i < n; i++)
        context_request[i] = request.p[i] > ' ' && request.p[i] < 0x7F ? request.p[i] : '_';
    context_request[n] = '\0';
    context_shop = shop;
}

void sw_log(const char *event, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES + 2];
    struct sw_civil t;
    int64_t now = sw_clock();
    sw_zone_local("UTC", now, &t);
    int n = snprintf(line, LINE_MAX_BYTES, "time=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ event=%s", t.year, t.month, t.day,
                     t.hour, t.minute, t.second, (int)(now % 1000), event);
    size_t at = n < 0 ? 0 : (size_t)n < LINE_MAX_BYTES ? (size_t)n : LINE_MAX_BYTES - 1;
    if (context_request[0] != '\0' && at < LINE_MAX_BYTES - 100)
        at += (size_t)snprintf(line + at, LINE_MAX_BYTES - at, " request=%s", context_request);
    if (context_shop != 0 && at < LINE_MAX_BYTES - 100)
        at += (size_t)snprintf(line + at, LINE_MAX_BYTES - at, " shop=%u", context_shop);
    if (fmt[0] != '\0' && at < LINE_MAX_BYTES - 1) {
        line[at++] = ' ';
        va_list args;
        va_start(args, fmt);
        n = vsnprintf(line + at, LINE_MAX_BYTES - at, fmt, args);
        va_end(args);
        size_t room = LINE_MAX_BYTES - at - 1;
        at += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
    }
    for (size_t i = 0; i < at; i++) /* one line stays one line */
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    line[at++] = '\n';
    while (write(STDERR_FILENO, line, at) < 0 && errno == EINTR)
        ;
}
