/* web/http.h: from FastCGI parameters to struct sw_http_in, with the limits of a request. Knows no socket: tests and the fuzzer call it alone. */
#ifndef SW_WEB_HTTP_H
#define SW_WEB_HTTP_H

#include "web/dispatch.h"

enum {
    SW_PARAMS_MAX = 256,    /* FastCGI parameters of a request: 400 */
    SW_METHOD_MAX = 16,     /* bytes of a method: 400 */
    SW_HOST_MAX = 255,      /* bytes of the Host header: 400 */
    SW_REQUEST_ID_MAX = 40, /* a longer one is cut */
    SW_DRAIN_MAX =
        64
        << 20, /* a refused body is read and thrown away up to here, so that the client reads the answer; then the connection is closed */
};

/* Nothing that came over HTTP can set this parameter (headers arrive as HTTP_…): paths below /internal/ are refused with 404 without it. */
#define SW_HTTP_INTERNAL "SHOPWRIGHT_INTERNAL"

/* Fill in (arena must be set) from "NAME=value" strings, which must live as long as the request: nothing is copied. Never fails: a limit that is passed,
 * or a malformed line, sets in->broken and in->broken_why, and what could be read is filled all the same. The first fault wins. */
void sw_http_params(struct sw_http_in *in, char *const *envp);

/* What CONTENT_LENGTH announces: -1 when it says nothing. A fault sets in->broken (SW_EMALFORMED; SW_ETOOLARGE over SW_BODY_MAX when the body comes in memory). */
int64_t sw_http_length(struct sw_http_in *in);

/* Mark the request as refused, unless it is already. `why` is a whole sentence for a person, static or in in->arena. */
void sw_http_break(struct sw_http_in *in, enum sw_code code, const char *why);

#endif
