/* web/request.h: the request side's inside: one process's tables, one request, what a handler left as its answer. Private to core/web. */
#ifndef SW_WEB_REQUEST_H
#define SW_WEB_REQUEST_H

#include "host/host.h"
#include "web/dispatch.h"
#include "web/files.h"
#include "web/pages.h"
#include "web/session.h"
#include "web/template.h"

enum {
    SW_ROUTE_PARAMS_MAX = 4,      /* parameters in one route's path */
    SW_SEGMENTS_MAX = 16,   /* segments of a path */
    SW_DEPENDS_MAX = 64,    /* subjects of one page's ETag */
    SW_FIELD_ERRORS_MAX = 32,
    SW_UPLOADS_MAX = 20,    /* files in one form */
    SW_TOUCHES_MAX = 256,   /* kept until the read pool takes them; more are dropped */
    SW_SHOPS_MAX = 256,     /* shops of one installation that the directory knows */
    SW_LIMITS_MAX = 8,      /* different tries one request may count */
    SW_COOKIES_OUT_MAX = 5,
    SW_EXTRA_HEADERS_MAX = 6,
    SW_ONCE_BODY_MAX = 60000, /* longest answer kept for a second submit */
    SW_LANGS = 2,           /* en, es */
};
#define SW_ONCE_TIME SW_DAY

/* ---- router.c */

enum { SW_M_GET, SW_M_POST, SW_M_PUT, SW_M_DELETE, SW_METHODS };

struct sw_routed_param {
    struct sw_str name;
    const struct sw_record *type; /* NULL: text */
    int up;                       /* index of the parent's parameter; -1: none */
    const struct sw_field *up_id, *up_type; /* of `type`: where it says its parent; up_type NULL: a reference */
};
struct sw_routed {
    const struct sw_route *route;
    const struct sw_loaded *from;
    struct sw_routed_param params[SW_ROUTE_PARAMS_MAX];
    size_t n_params;
    struct sw_template *page[SW_LANGS];
};
struct sw_match {
    const struct sw_routed *routed;
    struct sw_str values[SW_ROUTE_PARAMS_MAX];
    uint64_t ids[SW_ROUTE_PARAMS_MAX];
    uint32_t allowed; /* when the path exists for other methods: bits 1<<SW_M_… */
};
struct sw_router;
int sw_router_new(struct sw_arena *a, struct sw_router **out, struct sw_err *err);
/* SW_OK; SW_ENOTFOUND (m->allowed not 0: another method would do); SW_EMALFORMED. */
int sw_router_find(const struct sw_router *r, struct sw_arena *a, int method, struct sw_str path, struct sw_match *m);
int sw_method_of(struct sw_str method); /* HEAD is GET; -1: none of ours */
size_t sw_router_all(const struct sw_router *r, struct sw_routed **out);

/* ---- The process */

struct sw_place_at {
    const struct sw_place *place;
    const char *domain;
};
struct sw_touch_note {
    uint32_t shop;
    const struct sw_record *type;
    uint64_t id;
    const struct sw_field *field;
    int64_t at;
};
struct sw_shop_entry {
    uint32_t shop;
    char host[256];
};
struct sw_shop_face { /* what each page says of the shop, made once per version of its settings */
    uint32_t shop;
    uint64_t version;
    struct sw_arena *arena;
    struct sw_page page;
};
struct sw_rules_seen { /* the version of a shop's rules, asked for once a second: finding it out looks at four files */
    uint32_t shop;
    int64_t at;
    char version[64];
    size_t n;
};
struct sw_shown_page { /* pages of sw_show_as, which no table names */
    const struct sw_record *view;
    const char *file;
    const struct sw_loaded *from;
    struct sw_template *page[SW_LANGS];
    struct sw_shown_page *next;
};
struct sw_web {
    struct sw_store *store;
    struct sw_arena *arena; /* lives as long as the process's tables */
    struct sw_router *router;
    struct sw_place_at *places; /* sorted */
    size_t n_places;
    struct sw_template *error_page[SW_LANGS];
    struct sw_shown_page *shown;
    struct sw_str build;          /* changes with the program's bytes */
    unsigned char etag_key[16];
    unsigned char stream_key[32]; /* draws seeds and nonces */
    const struct sw_record *customer; /* the record type that is the customer, for merged ones */
    struct sw_shop_entry shops[SW_SHOPS_MAX];
    size_t n_shops;
    int64_t shops_read; /* monotonic ms; 0 never */
    struct sw_shop_face faces[8];
    struct sw_rules_seen rules[8];
    struct sw_touch_note touches[SW_TOUCHES_MAX];
    size_t n_touches;
    struct sw_str openapi;
    uint64_t requests, refused, failed; /* counted for /metrics */
};

/* ---- session.c's record */

struct sw_session {
    struct sw_head head;
    struct sw_str hash; /* SHA-256 of the cookie's token; id is its first 63 bits */
    uint64_t user, member;
    int64_t shop, seen, until;
    struct sw_str csrf, language, browser, address;
    struct sw_str only_type; /* guests: the one record */
    uint64_t only_id, customer;
};

/* ---- The answer that a handler left */

enum sw_answer_kind { SW_ANSWER_NONE, SW_ANSWER_VIEW, SW_ANSWER_DONE, SW_ANSWER_BYTES, SW_ANSWER_BLOB, SW_ANSWER_UNCHANGED };
struct sw_answer {
    enum sw_answer_kind kind;
    int status; /* 0: by kind */
    const struct sw_record *view_type;
    const void *view;
    struct sw_template *page;
    uint64_t id;
    struct sw_str location;
    struct sw_str mime, body, accel, disposition;
    struct sw_http_header extra[SW_EXTRA_HEADERS_MAX];
    size_t n_extra;
    struct sw_str cookies[SW_COOKIES_OUT_MAX];
    size_t n_cookies;
    struct sw_str flash, etag;
    const char *allow, *retry;
    bool html; /* the body is a page */
    bool session; /* a cookie starts or ends a web session */
    bool refused; /* sw_refuse(): what was written stays, the answer is r->err */
};

/* ---- One request */

struct sw_limit_try {
    struct sw_str what;
    int64_t window;
};
struct sw_file_kept {
    struct sw_blob blob;
    struct sw_str name, mime;
};
struct sw_req {
    struct sw_web *web;
    const struct sw_http_in *in;
    struct sw_arena *arena;
    struct sw_tx *tx;
    int method;
    bool head, json, enough_json_body;
    struct sw_str path, query;
    struct sw_match match;
    void *records[SW_ROUTE_PARAMS_MAX];
    struct sw_run run;
    char nonce_out[33]; /* for the forms of this page */
    struct sw_locale locale;
    int lang;
    /* who */
    struct sw_str c_session, c_guest, c_pre, c_flash; /* cookies as they came */
    uint32_t shop;
    struct sw_viewer viewer;
    struct sw_session *session; /* main web session, or NULL */
    struct sw_session *guest;   /* NULL: not looked up, or none */
    bool guest_looked, is_guest, bearer;
    uint64_t member_version, token;
    struct sw_str csrf;
    bool pre_is_new;
    /* what was sent */
    struct sw_pair *pairs;
    size_t n_pairs;
    bool pairs_read;
    struct sw_pair *query_pairs;
    size_t n_query_pairs;
    bool query_read;
    void *form;
    bool *seen;
    struct sw_errors errs;
    struct sw_upload uploads[SW_UPLOADS_MAX];
    size_t n_uploads;
    bool uploads_are_ours; /* temporary files of our own, to be removed */
    struct sw_file_kept files[SW_UPLOADS_MAX];
    size_t n_files;
    void *kept;
    struct sw_str nonce_in;
    /* live */
    uint64_t depends[SW_DEPENDS_MAX * 3];
    size_t n_depends;
    bool priced;
    /* result */
    struct sw_answer answer;
    struct sw_err err;
    const struct sw_refill *refill;
    struct sw_str notice;
    struct sw_limit_try limits[SW_LIMITS_MAX];
    size_t n_limits;
};

/* ---- request.c */
struct sw_req *sw_req_new(struct sw_web *w, const struct sw_http_in *in);
void sw_req_draw(struct sw_req *r); /* clock, seed, nonce */
int sw_req_parse_body(struct sw_req *r, struct sw_err *err); /* pairs, JSON, uploads; for what changes data */
int sw_req_parse_form(struct sw_req *r, struct sw_err *err); /* route->form from pairs (or JSON body), validated */
int sw_req_load_records(struct sw_req *r, struct sw_err *err);
struct sw_str sw_pair_of(const struct sw_pair *pairs, size_t n, const char *name);
struct sw_reader sw_req_reader(const struct sw_req *r);
void sw_hex(char *out, const void *bytes, size_t n); /* 2 n characters and a NUL */

/* ---- upload.c */
int sw_multipart_parse(struct sw_req *r, struct sw_err *err);
void sw_uploads_drop(struct sw_req *r);
/* A file's name without folders, cut to what a record holds. */
struct sw_str sw_upload_name(struct sw_arena *a, struct sw_str name);
/* The type that the first bytes say; NULL: none that we take. */
const char *sw_sniff(const unsigned char *p, size_t n);

/* ---- pieces.c: uploads in pieces */
extern const struct sw_record sw_upload_begin_record, sw_upload_piece_record, sw_upload_view_record;
int sw_upload_begin_prepare(struct sw_req *r, struct sw_err *err);
int sw_upload_begin(struct sw_req *r, struct sw_err *err);
int sw_upload_piece_prepare(struct sw_req *r, struct sw_err *err);
int sw_upload_show(struct sw_req *r, struct sw_err *err);
/* Those that the form names in its field `upload` join r->files. In prepare. */
int sw_uploads_named(struct sw_req *r, struct sw_err *err);

/* ---- session.c */
bool sw_session_any(struct sw_req *r); /* somebody is signed in, or came by a mailed link */
int sw_session_resolve(struct sw_req *r, struct sw_err *err); /* shop, session or token, viewer, locale; sets them on r->tx */
bool sw_session_try_guest(struct sw_req *r); /* become the guest, when there is one */
void sw_session_csrf(struct sw_req *r);      /* fill r->csrf: of the session, the guest, or a cookie made for it */
bool sw_req_within(struct sw_req *r, const struct sw_record *type, const void *rec, struct sw_str only_type, uint64_t only_id);
void sw_cookie_set(struct sw_req *r, const char *name, struct sw_str value, int64_t seconds);
const char *sw_token_new(struct sw_req *r, unsigned char raw[32]); /* 43 characters */
int64_t sw_coarse_ms(void); /* monotonic, cheap, never 0 */
uint64_t sw_hash_id(const unsigned char hash[32]);

/* ---- csrf.c */
int sw_csrf_check(struct sw_req *r, struct sw_err *err);
int sw_once_find(struct sw_req *r, bool *found, struct sw_err *err); /* fills r->answer when found */
int sw_once_keep(struct sw_req *r, struct sw_err *err);

/* ---- limit.c */
int sw_limit_again(struct sw_req *r, struct sw_tx *tx, struct sw_err *err); /* count again what a refusal took back */

/* ---- etag.c */
bool sw_etag_holds(struct sw_req *r); /* makes r->answer.etag; whether If-None-Match names it */

/* ---- response.c */
void sw_page_fill(struct sw_req *r, struct sw_page *p);
int sw_answer_finish(struct sw_req *r, struct sw_err *err); /* inside the transaction: the body is made */
void sw_answer_send(struct sw_req *r, struct sw_http_out *out);
int sw_page_find(struct sw_req *r, const struct sw_record *view, const char *file, struct sw_template **out, struct sw_err *err);
/* The page of a table, in all languages. */
int sw_page_load(struct sw_web *w, const struct sw_loaded *from, const struct sw_record *view, const char *file,
                 struct sw_template *out[SW_LANGS], struct sw_err *err);
struct sw_str sw_home_of(struct sw_req *r); /* the first place of the viewer; /login for nobody */

/* ---- errors.c */
int sw_status_of(int code);
/* Turn r->answer into the refusal: JSON, error page, or the sign-in page. Needs r->tx for a page. */
void sw_error_answer(struct sw_req *r, int code, const struct sw_err *err);

/* ---- openapi.c */
struct sw_str sw_openapi(struct sw_web *w);

#endif
