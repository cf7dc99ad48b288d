/* shopwright/web.h: routes, requests, responses.
 *
 * A handler runs inside the request's transaction, fills a view and hands it over; page and JSON are made from it by the core.
 *
 *     static int job_page(struct sw_req *r, struct sw_err *err) {
 *         struct sw_tx *tx = sw_req_tx(r);
 *         const struct job *job = sw_req_record(r, "job");
 *         struct job_view *v = SW_NEW(sw_tx_arena(tx), struct job_view);
 *         …
 *         return sw_show(r, v);
 *     }
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_WEB_H
#define SHOPWRIGHT_WEB_H

#include <shopwright/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_req;

enum { /* limits of a request; each refusal names its limit */
    SW_BODY_MAX = 256 * 1024,         /* a form or JSON body without a file: 413 */
    SW_UPLOAD_MAX = 32 * 1024 * 1024, /* a multipart form with files: 413 */
    SW_PIECE_MAX = 4 * 1024 * 1024,   /* one PUT of an upload in pieces: 413 */
    SW_FILE_MAX = 1024 * 1024 * 1024, /* an assembled file: 413 */
    SW_FORM_FIELDS_MAX = 500,         /* fields in a form: 413 */
    SW_PARTS_MAX = 100,               /* parts of a multipart form: 413 */
    SW_JSON_DEPTH_MAX = 16,           /* 400 */
    SW_PATH_MAX = 1024,               /* 400 */
    SW_QUERY_MAX = 4096,              /* 400 */
    SW_HEADER_MAX = 16 * 1024,        /* all FastCGI parameters: 400 */
    SW_COOKIES_MAX = 4096,            /* 400 */
    SW_PAGE_MAX = 1024 * 1024,        /* a response made from a template: 500 */
};

/* Who may call a route, beside the licence bits. A route that states nothing is refused at load. */
enum { SW_ANYONE = 1 << 8, SW_SIGNED_IN = SW_PORTAL | SW_STAFF };

enum sw_route_flags {
    SW_SLOW = 1 << 0,       /* served by the slow pool (password hashing, PDFs) */
    SW_UPLOAD = 1 << 1,     /* takes multipart/form-data or a PUT piece; nginx spools the body */
    SW_NO_CSRF = 1 << 2,    /* no form of ours posts here (webhooks); bearer tokens never need one */
    SW_LIVE = 1 << 3,       /* GET: the ETag comes from sw_depends(); our script polls it */
    SW_TICKING = 1 << 4,    /* GET: time runs on the page; its ETag also changes each minute */
    SW_SECRET_PATH = 1 << 5,/* path and query hold a token: not logged, Referrer-Policy: no-referrer */
    SW_JSON_ONLY = 1 << 6,
};

/* One route. Path segments in braces are parameters: {name} is text, {name:record} an id whose record is read (with ownership) before the
 * handler: 404 when it isn't there or not the viewer's. Two records in one path must be parent and child ({job:…}/tasks/{task:…}): the child whose
 * owner_field (or `job` field of that reference) is another parent is 404. The table ends with a NULL path. */
struct sw_route {
    const char *method; /* "GET" (serves HEAD too), "POST", "PUT", "DELETE" */
    const char *path;   /* "/portal/jobs/{job:workorder.job}/authorize" */
    uint32_t who, flags;
    const struct sw_record *form;  /* the request's fields, from the body (POST) or the query (GET); NULL: none are accepted */
    const struct sw_record *view;  /* what sw_show() gets; NULL: the handler answers by itself */
    const char *page;              /* template "job.html" in the plugin's templates/; NULL: JSON only */
    const char *again;             /* POST: the GET path shown again, refilled, when fields are refused ("/jobs/{job}") */
    /* Runs before the transaction on a snapshot (sw_req_tx reads only), for what takes time; leaves what it made with sw_req_keep(). */
    int (*prepare)(struct sw_req *r, struct sw_err *err);
    int (*handle)(struct sw_req *r, struct sw_err *err);
    const char *summary; /* one line for OpenAPI, English */
};

SW_API struct sw_tx *sw_req_tx(struct sw_req *r);
SW_API struct sw_arena *sw_req_arena(struct sw_req *r); /* as sw_tx_arena */
SW_API const struct sw_route *sw_req_route(const struct sw_req *r);
SW_API const void *sw_req_form(const struct sw_req *r);                       /* of route->form; validated */
/* Whether the request named the form field at all (a JSON or form client that leaves a field out changes nothing). */
SW_API bool sw_req_has(const struct sw_req *r, const char *field);
SW_API const void *sw_req_record(const struct sw_req *r, const char *name);   /* of {name:record}; the caller may copy and change */
SW_API uint64_t sw_req_id(const struct sw_req *r, const char *name);
SW_API struct sw_str sw_req_param(const struct sw_req *r, const char *name);  /* of {name} */
SW_API struct sw_str sw_req_query(const struct sw_req *r, const char *name);  /* percent-decoded; empty when absent */
SW_API struct sw_str sw_req_header(const struct sw_req *r, const char *name); /* "User-Agent" */
SW_API struct sw_str sw_req_address(const struct sw_req *r);                  /* the client's, as nginx saw it */
SW_API struct sw_str sw_req_host(const struct sw_req *r);
SW_API struct sw_str sw_req_path(const struct sw_req *r);
SW_API bool sw_req_wants_json(const struct sw_req *r);
SW_API bool sw_req_secure(const struct sw_req *r); /* TLS at nginx */

/* prepare → handle. */
SW_API void sw_req_keep(struct sw_req *r, void *what);
SW_API void *sw_req_kept(const struct sw_req *r);

/* A file of an SW_UPLOAD route, spooled by nginx; add it with sw_blob_add_file() in prepare. */
struct sw_upload {
    struct sw_str field, name, mime; /* name as the browser said it, without folders; mime sniffed from the bytes */
    struct sw_str path;
    int64_t size;
};
SW_API size_t sw_req_uploads(const struct sw_req *r, const struct sw_upload **out);

/* ---- Answers: each handler ends with one ---------------------------------------------------------------------- */

/* Show the view: the page for browsers, JSON for `Accept: application/json`. Status 200. */
SW_API int sw_show(struct sw_req *r, const void *view);
/* Show another view and page than the route's. */
SW_API int sw_show_as(struct sw_req *r, const struct sw_record *view_type, const void *view, const char *page);
/* After a change: browsers get 303 to the path; JSON gets 201 (created) or 200 with {"id": id, "location": path}. id 0 leaves it out. */
SW_API int sw_done(struct sw_req *r, uint64_t id, const char *path_fmt, ...) SW_PRINTF(3, 4);
/* The same with a message for the next page ("Saved."), shown once in its toast. Call before sw_done. */
SW_API void sw_flash(struct sw_req *r, const char *message);
/* Answer with a refusal (status and page as sw_fail() would bring, fields marked), yet keep what the handler wrote: a counted wrong password.
 * Returns SW_OK: `return sw_refuse(r, SW_EINVALID, "password", _("…"));`. field "" for none. */
SW_API int sw_refuse(struct sw_req *r, enum sw_code code, const char *field, const char *message);
/* In a GET handler that shows a refused form again (route->again): what the person typed in a field of the form; else empty. */
SW_API struct sw_str sw_req_typed(const struct sw_req *r, const char *field);
/* Bytes of our own making (a calendar, a CSV). */
SW_API int sw_send(struct sw_req *r, const char *mime, struct sw_str bytes);
/* A blob, by X-Accel-Redirect; ranges work. inline_ shows it in the browser, else it is a download named `name`. */
SW_API int sw_send_blob(struct sw_req *r, struct sw_str hash, const char *mime, struct sw_str name, bool inline_);
SW_API void sw_set_status(struct sw_req *r, int status);
SW_API void sw_set_header(struct sw_req *r, const char *name, struct sw_str value); /* no CR, LF */

/* The page depends on this subject: its newest event is part of the ETag. Call in every SW_LIVE handler, before sw_show. When the client's
 * If-None-Match still holds, sw_unchanged() says so: `if (sw_unchanged(r)) return SW_OK;` spares the work. */
SW_API void sw_depends(struct sw_req *r, const struct sw_record *type, uint64_t id);
SW_API bool sw_unchanged(struct sw_req *r);

/* The customer may see prices on this answer: fields SW_FOR_CUSTOMER_PRICED are shown (B6). */
SW_API void sw_reveal_prices(struct sw_req *r);

/* Record that it was seen; batched into a later write, losing one is harmless. */
SW_API void sw_touch(struct sw_req *r, const struct sw_record *type, uint64_t id, const char *field);

/* ---- Files as pages show them --------------------------------------------------------------------------------- */

/* For views: SW_LIST_OF(struct sw_file_view) files, shown by {{photos files}}. Internal files are left out for customers. */
struct sw_file_view {
    struct sw_str rest;
    uint64_t id, parent;
    struct sw_str name, mime, alt, href, thumb, play; /* addresses: /files/N, /files/N?as=thumb, /files/N?as=play; empty: not there (yet) */
    int64_t size, seconds;
    int32_t kind; /* 0 picture, 1 video, 2 document */
    bool internal;
    bool broken; /* a picture or video that can't be read: cut off, damaged, or far too large; pages say so */
};
extern SW_API const struct sw_record sw_file_view_record;
/* All files whose top is (type, id), oldest first; the caller sorts them to its tasks by .parent. */
SW_API int sw_files_of(struct sw_tx *tx, const struct sw_record *type, uint64_t id, struct sw_list *files, struct sw_err *err);
/* Turn the uploads of an SW_UPLOAD route into core.file records of a parent. _prepare in prepare (blob, fsync), _keep in handle; it leaves the
 * "media" effect that makes thumbnails. Files that came in pieces before (POST /uploads) are named by the form's fields `upload`. Only pictures,
 * videos, PDF: else SW_EINVALID on the field. */
SW_API int sw_files_prepare(struct sw_req *r, struct sw_err *err);
SW_API int sw_files_keep(struct sw_req *r, const struct sw_record *parent_type, uint64_t parent, const struct sw_record *top_type,
                         uint64_t top, bool internal, size_t *n, struct sw_err *err);

/* ---- Web sessions (accounts) --------------------------------------------------------------------------------- */

/* Start a web session for the user in this shop, with a new cookie; ends the one the request came with. */
SW_API int sw_session_start(struct sw_req *r, uint64_t user, struct sw_err *err);
SW_API int sw_session_end(struct sw_req *r, struct sw_err *err);
/* End all web sessions of a user (password reset, disabled). */
SW_API int sw_session_end_all(struct sw_tx *tx, uint64_t user, struct sw_err *err);

/* The web sessions of a user, newest first, for the person's own list (A7). key names one without being its secret: hex, at most 64 characters. */
struct sw_session_view {
    struct sw_str rest;
    struct sw_str key, browser, address;
    int64_t started, seen;
    bool current; /* the one this request came with */
};
extern SW_API const struct sw_record sw_session_view_record; /* "core.session_view" */
SW_API int sw_sessions_of(struct sw_req *r, uint64_t user, struct sw_list *sessions, struct sw_err *err);
/* End one of the user's web sessions by its key (SW_ENOTFOUND), or with an empty key all but the current one. */
SW_API int sw_session_end_one(struct sw_req *r, uint64_t user, struct sw_str key, struct sw_err *err);
/* The language of this web session's pages from now on ("": by customer, browser, shop); the user record keeps it for the next one. */
SW_API int sw_session_speak(struct sw_req *r, struct sw_str language, struct sw_err *err);

/* A guest: whoever opened a mailed link to one record. Starts a cookie of its own (12 hours) beside a web session that may be there. Where the web session may not call a
 * route, the guest may, as the customer (licence portal, user 0), but only routes whose path names records, each of them the record itself or below it by its owner
 * chain; every other route treats it as nobody. What the handler reads of the customer and unit around the record is the handler's choice. */
SW_API int sw_session_guest(struct sw_req *r, const struct sw_record *type, uint64_t id, uint64_t customer, struct sw_err *err);
/* Whether this request comes from a guest: signing asks for one more proof then. */
SW_API bool sw_req_is_guest(const struct sw_req *r);

/* Passwords: argon2id, 19 MiB, 2 passes. Only in `prepare` of an SW_SLOW route. */
SW_API int sw_password_hash(struct sw_arena *a, struct sw_str password, struct sw_str *out, struct sw_err *err);
SW_API bool sw_password_fits(struct sw_str hash, struct sw_str password); /* an empty hash costs the same and fits nothing */

/* Mailed links: 32 random bytes, stored hashed, one purpose, expiring, used up by sw_link_use. */
SW_API int sw_link_make(struct sw_tx *tx, const char *purpose, uint64_t subject, int64_t lifetime, struct sw_str *token,
                        struct sw_err *err);
/* Look without using: SW_ENOTFOUND when unknown, used, or expired. */
SW_API int sw_link_look(struct sw_tx *tx, const char *purpose, struct sw_str token, uint64_t *subject, struct sw_err *err);
/* Mailed to `to`: whoever holds it proves to read that mailbox, so it dies when the file names another one. Look, find out which address counts now, ask
 * sw_link_sent_to(), then use. */
SW_API int sw_link_make_to(struct sw_tx *tx, const char *purpose, uint64_t subject, struct sw_str to, int64_t lifetime, struct sw_str *token,
                           struct sw_err *err);
SW_API bool sw_link_sent_to(struct sw_tx *tx, const char *purpose, struct sw_str token, struct sw_str to);
SW_API int sw_link_use(struct sw_tx *tx, const char *purpose, struct sw_str token, uint64_t *subject, struct sw_err *err);
/* Count a try at `what` ("login:ana@…", "forgot:1.2.3.4"); SW_ETOOMANY once `limit` tries came within `window` ms. */
SW_API int sw_limit(struct sw_tx *tx, struct sw_str what, size_t limit, int64_t window, struct sw_err *err);

#ifdef __cplusplus
}
#endif
#endif
