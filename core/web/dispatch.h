/* web/dispatch.h: where the FastCGI side (fcgi.c, pool.c) meets the request side (router, session, handlers, responses). Core only.
 *
 * fcgi.c fills a struct sw_http_in from the FastCGI parameters, dispatch runs it, fcgi.c sends the struct sw_http_out. In the write pool the life of a request is
 *     prepare (snapshot, may be slow) → run (inside the batch, perhaps again) → [batch committed] → answer. */
#ifndef SW_WEB_DISPATCH_H
#define SW_WEB_DISPATCH_H

#include "record/codec.h"
#include "store/store.h"

struct sw_http_in {
    struct sw_arena *arena;            /* the request's; reset by fcgi.c when the answer left */
    struct sw_str method, path, query; /* path percent-encoded as it came */
    struct sw_str host, cookie, accept, content_type, authorization, if_none_match, user_agent, accept_language, referer;
    const struct sw_pair *params;      /* all FastCGI parameters, for sw_req_header (HTTP_…) */
    size_t n_params;
    struct sw_str body;                /* in memory, ≤ SW_BODY_MAX … */
    struct sw_str body_file;           /* … or spooled by nginx (upload routes) */
    struct sw_str address, id;         /* client's; request id for the log */
    bool secure;
    enum sw_code broken;               /* the request was refused while reading it (SW_EMALFORMED, SW_ETOOLARGE): dispatch only makes the error answer */
    const char *broken_why;
};
struct sw_http_header {
    struct sw_str name, value;
};
struct sw_http_out {
    int status;
    struct sw_http_header headers[24];
    size_t n_headers;
    struct sw_str body; /* empty for HEAD, 303, 304 */
};

struct sw_web; /* routes, templates, sessions' caches of one process */
int sw_web_new(struct sw_store *store, struct sw_web **out, struct sw_err *err); /* after sw_host_load: builds the router, parses templates */
void sw_web_free(struct sw_web *w);

/* GET and HEAD: one snapshot, one answer; never fails (errors are answers). */
void sw_web_read(struct sw_web *w, const struct sw_http_in *in, struct sw_http_out *out);

/* Everything else. A sw_web_write lives in in->arena. */
struct sw_web_write;
struct sw_web_write *sw_web_prepare(struct sw_web *w, const struct sw_http_in *in); /* session, CSRF, form, route->prepare */
bool sw_web_is_final(const struct sw_web_write *x); /* refused already: no transaction needed, go to answer */
int sw_web_run(struct sw_web *w, struct sw_web_write *x); /* inside sw_store_batch_*: nests by itself. SW_OK even when the handler refused (then nothing of it is in the batch) */
/* After the commit (committed true), or after it failed for good (503). */
void sw_web_answer(struct sw_web *w, struct sw_web_write *x, bool committed, struct sw_http_out *out);

/* Touch notes that GETs left: taken out by the read pool and sent to the write pool as a POST to /internal/touch over its socket. */
size_t sw_web_touches(struct sw_web *w, struct sw_arena *a, struct sw_str *body);

#endif
