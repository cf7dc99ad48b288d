/* Fuzz: FastCGI parameters (one a line, the rest after an empty line is ignored) → struct sw_http_in. What comes out of a request that is not broken
 * keeps every limit; what comes out of a broken one says why. */
#include <stdlib.h>
#include <string.h>

#include "web/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LINES = SW_PARAMS_MAX + 8 };
    static struct sw_arena *arena;
    char *lines[LINES + 1];
    size_t n = 0;
    if (!arena)
        arena = sw_arena_new(0);
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *at = text; at && n < LINES;) {
        lines[n++] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    lines[n] = NULL;

    struct sw_http_in in = {.arena = arena};
    sw_http_params(&in, lines);
    int64_t length = sw_http_length(&in);
    require(in.path.n >= 1 && in.path.n <= SW_PATH_MAX && in.path.p[0] == '/');
    require(in.query.n <= SW_QUERY_MAX && in.cookie.n <= SW_COOKIES_MAX &&
            in.host.n <= SW_HOST_MAX);
    require(in.method.n >= 1 && in.method.n <= SW_METHOD_MAX && in.id.n <= SW_REQUEST_ID_MAX);
    require(in.n_params <= SW_PARAMS_MAX);
    require((in.broken == SW_OK) == (in.broken_why == NULL));
    if (in.broken == SW_OK && in.body_file.n == 0)
        require(length <= SW_BODY_MAX);
    sw_arena_reset(arena);
    free(text);
    return 0;
}
