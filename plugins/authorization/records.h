/* records.h: the plugin's stored type, forms and views, and what its files share. Private to the plugin. */
#ifndef AUTHORIZATION_RECORDS_H
#define AUTHORIZATION_RECORDS_H

#include "authorization.h"

#include "../customers/customers.h"

enum {
    STROKES_MAX = 60000,       /* bytes of a drawn signature */
    STROKE_POINTS_MAX = 8000,  /* points in it */
    HASH_HEX = 64,
    LINK_DAYS = 14,            /* how long the mailed link works */
    PROOF_TRIES = 10,          /* proofs tried an hour and job */
};

extern const struct sw_enum authorization_states, authorization_hows;
extern const struct sw_record authorization_record, document_job_record;
extern const struct sw_record *const authorization_records[];
extern const struct sw_machine authorization_machine;
extern const struct sw_machine *const authorization_machines[];
extern const struct sw_route authorization_routes[];
extern const struct sw_hook authorization_hooks[];
extern const struct sw_sender authorization_senders[];
extern const struct authorization_interface authorization_interface_table;

/* Of the plugins this one needs; set by authorization_start(). */
extern const struct customers_interface *customers;
extern const struct workorder_interface *workorder;
int authorization_start(struct sw_err *err);

/* ---- Forms. */
struct ask_form {
    struct sw_str message;
    bool no_mail; /* asked at the counter or on the phone */
};
struct sign_form {
    struct sw_str hash, name, strokes, proof;
};
struct decline_form {
    struct sw_str hash, reason;
};
struct paper_form {
    struct sw_str hash, name;
};
struct phone_form {
    struct sw_str hash, name, called, note;
    int64_t at, total;
};
struct open_form {
    struct sw_str unused;
};
extern const struct sw_record ask_form_record, sign_form_record, guest_form_record, decline_form_record, paper_form_record, phone_form_record, open_form_record;

/* What the courier gets: render this one. */
struct document_job {
    struct sw_head head;
    uint64_t authorization;
};

/* ---- Views. */
struct review_line {
    struct sw_str rest;
    int32_t kind;
    struct sw_str description;
    bool labor, part, fee, hourly, taxed, over;
    int64_t quantity, price, total, estimated, estimated_total, over_by;
};
struct review_tax {
    struct sw_str rest;
    struct sw_str label, rate; /* rate: "9.5" */
    int64_t base, amount;
};
struct review_view {
    uint64_t job, authorization;
    int32_t state;
    struct sw_str title, unit_name, plate, customer_name, hash, message, asked_by, terms, consent, consent_version, copy_to, name, notice;
    struct sw_str back, sign_path, decline_path, document_path;
    int64_t total, expected, labor, parts, fees, former_total, former_at, added, asked_at, answered_at, today;
    bool pending, guest, counter, authorized, declined, superseded, reveal;
    SW_LIST_OF(struct review_line) lines;
    SW_LIST_OF(struct review_tax) taxes;
};
struct history_row {
    struct sw_str rest;
    uint64_t id;
    int32_t state, how;
    int64_t asked_at, answered_at, total;
    struct sw_str asked_by, message, name, reason, proof, address, browser, called, note, document_path;
    bool signed_, drawn;
    SW_LIST_OF(struct sw_file_view) files;
};
struct staff_view {
    uint64_t job;
    struct sw_str title, customer_name, unit_name, plate, email, phone, hash, rule_error;
    int32_t authorization;
    bool pending, asks_again, open, has_lines;
    int64_t total, asked_total, now;
    bool since_signed; /* what the changes are counted from */
    struct sw_str since_who;
    int64_t since_at, since_total;
    SW_LIST_OF(struct job_change) changes;
    SW_LIST_OF(struct history_row) history;
};
struct link_view {
    struct sw_str token, unit_name, title;
};
extern const struct sw_record review_view_record, staff_view_record, link_view_record;

/* ---- What the files share. */

/* A digest of any record by its table: field by field in the order of tags, names and lengths included, so that nobody needs our storage format to
 * check it. Fields named in `skip` (may be NULL; ends with NULL) are left out. */
void record_digest(const struct sw_record *d, const void *rec, const char *const *skip, unsigned char out[32]);
/* Copy what texts, lists and sub-records point to into the arena, so that the record outlives its transaction. */
void record_keep(struct sw_arena *a, const struct sw_record *d, void *rec);
/* "(310) 555-0142" of a North American number; others stay as they are. */
struct sw_str phone_text(struct sw_arena *a, struct sw_str e164);
/* What a person was shown, as the sign form carries it: lines and totals, terms and consent, message, unit, which asking it was. In hex. */
struct sw_str authorization_shown(struct sw_arena *a, const struct authorization *auth);
struct sw_str hex_of(struct sw_arena *a, struct sw_str bytes);
/* Thousandths of a percent as people write them: 9500 → "9.5". */
struct sw_str rate_text(struct sw_arena *a, int64_t rate);

/* The drawn signature: calls point() for each point of each stroke; false when it is no signature (or too much of one). */
bool strokes_read(struct sw_str json, void (*point)(void *arg, size_t stroke, double x, double y), void *arg, size_t *points);

int authorization_newest(struct sw_tx *tx, uint64_t job, struct authorization *out, struct sw_err *err);
/* What was authorized before this one, of the same job: total and time, or 0. */
int authorization_former(struct sw_tx *tx, uint64_t job, int64_t *total, int64_t *at, struct sw_err *err);
int authorization_list(struct sw_tx *tx, uint64_t job, struct sw_found *found, struct sw_err *err);

/* Which lines were edited since the newest signature, or since it was asked when nothing was signed yet. */
int changes_since(struct sw_tx *tx, const struct job *job, struct job_changes *out, struct sw_err *err);

/* Fill the review page from the authorization. */
int review_fill(struct sw_req *r, const struct job *job, const struct authorization *auth, bool counter, struct review_view *v,
                struct sw_err *err);

/* The PDF of a signed authorization; bytes in the arena. The same record gives the same bytes. */
int paper_render(struct sw_arena *a, const struct authorization *auth, const struct sw_shop *shop, struct sw_str vin, struct sw_str *pdf,
                 struct sw_err *err);

/* Handlers. */
int staff_page(struct sw_req *r, struct sw_err *err);
int staff_ask(struct sw_req *r, struct sw_err *err);
int staff_document(struct sw_req *r, struct sw_err *err);
int counter_page(struct sw_req *r, struct sw_err *err);
int counter_sign(struct sw_req *r, struct sw_err *err);
int counter_decline(struct sw_req *r, struct sw_err *err);
int paper_sign(struct sw_req *r, struct sw_err *err);
int phone_sign(struct sw_req *r, struct sw_err *err);
int portal_page(struct sw_req *r, struct sw_err *err);
int portal_sign(struct sw_req *r, struct sw_err *err);
int portal_decline(struct sw_req *r, struct sw_err *err);
int portal_document(struct sw_req *r, struct sw_err *err);
int link_page(struct sw_req *r, struct sw_err *err);
int link_open(struct sw_req *r, struct sw_err *err);

#endif
