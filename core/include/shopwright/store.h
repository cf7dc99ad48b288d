/* shopwright/store.h: what a handler does in its transaction: get, put, delete, scan, say events, leave effects.
 *
 * The core opens and commits the transaction; a handler only has a `struct sw_tx`. It may be run again from the start (group commit,
 * conflicts), so its only effects are those below. Text in a record that was read points into the snapshot and is valid until the
 * handler returns.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_STORE_H
#define SHOPWRIGHT_STORE_H

#include <shopwright/record.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { /* limits; the refusal names them */
    SW_VALUE_MAX = 100000, /* bytes of one stored record */
    SW_SCAN_MAX = 500,     /* records one scan returns */
};

struct sw_tx;

/* Licences, as bits. */
enum sw_licence { SW_PORTAL = 1 << 0, SW_ADVISOR = 1 << 1, SW_TECHNICIAN = 1 << 2, SW_ADMIN = 1 << 3 };
#define SW_STAFF (SW_ADVISOR | SW_TECHNICIAN | SW_ADMIN)

/* Who acts. */
struct sw_viewer {
    uint64_t user;      /* core.user; 0: nobody, or the system */
    uint32_t licences;  /* of enum sw_licence, in this shop */
    uint64_t customer;  /* canonical customer of a portal user; 0 for staff */
    uint64_t member;    /* core.member of this shop; 0 for nobody */
    struct sw_str name; /* for events and pages */
};

SW_API struct sw_arena *sw_tx_arena(struct sw_tx *tx);
SW_API uint32_t sw_tx_shop(const struct sw_tx *tx); /* the shop's number, from 1 on */
SW_API const struct sw_viewer *sw_tx_viewer(const struct sw_tx *tx);
SW_API int64_t sw_now(const struct sw_tx *tx);                /* drawn once per request */
SW_API void sw_random(struct sw_tx *tx, void *out, size_t n); /* secure; a second run of the handler draws the same bytes */
SW_API bool sw_tx_writes(const struct sw_tx *tx);

/* ---- Records ------------------------------------------------------------------------------------------------ */

/* Read one record into *out (of type->size). A customer asking for somebody else's gets SW_ENOTFOUND. */
SW_API int sw_get(struct sw_tx *tx, const struct sw_record *type, uint64_t id, void *out, struct sw_err *err);
/* Read n records at once; out is an array of type->size; a missing one has head.id 0 (no error). */
SW_API int sw_get_many(struct sw_tx *tx, const struct sw_record *type, const uint64_t *ids, size_t n, void *out,
                       struct sw_err *err);

/* Store a record: new when head.id is 0 (the id is drawn and written back), else the stored version must equal head.version
 * (SW_ESTALE otherwise). Keeps the indexes, keeps the former version, raises head.version, appends one event named
 * "<type>.<verb>" (verb NULL: "created" or "changed") with its subjects. Field limits and type->check are enforced. */
SW_API int sw_put(struct sw_tx *tx, const struct sw_record *type, void *record, const char *verb, struct sw_err *err);
SW_API int sw_delete(struct sw_tx *tx, const struct sw_record *type, uint64_t id, const char *verb, struct sw_err *err);

/* Put a new record under an id of the caller's choice (imports, one-to-one records). SW_ESTALE when it exists. */
SW_API int sw_put_at(struct sw_tx *tx, const struct sw_record *type, uint64_t id, void *record, const char *verb, struct sw_err *err);

/* ---- Scans -------------------------------------------------------------------------------------------------- */

/* One value of an index's field; make them with the macros. */
struct sw_key {
    int kind; /* 0 end, 1 number, 2 text, 3 text prefix */
    int64_t i;
    struct sw_str s;
};
#define SW_K_INT(v) ((struct sw_key){1, (int64_t)(v), {NULL, 0}})
#define SW_K_STR(v) ((struct sw_key){2, 0, (v)})
#define SW_K_PREFIX(v) ((struct sw_key){3, 0, (v)}) /* only as the last one */

/* What to scan. `index` NULL: by id. `equal`: values of the first fields that must match; `from`/`to` then bound the next field (inclusive;
 * kind 0 unbounded). `after` is the opaque place of the page before (a `next` handed out earlier; empty: from the start). */
struct sw_scan {
    const struct sw_record *type;
    const char *index;
    struct sw_key equal[4];
    struct sw_key from, to;
    bool descending;
    size_t limit; /* 1…SW_SCAN_MAX; 0 is 100 */
    struct sw_str after;
};
struct sw_found {
    void *v; /* array of type->size */
    size_t n;
    struct sw_str next; /* empty: that was all. Text safe in a URL */
};
/* Only records that the viewer may see come back. Costs O(found), never O(all). */
SW_API int sw_scan(struct sw_tx *tx, const struct sw_scan *what, struct sw_found *out, struct sw_err *err);
/* How many entries match, up to limit. Without the records: cheap. */
SW_API int sw_count(struct sw_tx *tx, const struct sw_scan *what, size_t limit, size_t *out, struct sw_err *err);

/* ---- Events ------------------------------------------------------------------------------------------------- */

/* One fact in the shop's log. seq rises by one; hash covers all other fields and prev. */
struct sw_event {
    struct sw_head head; /* unused but for the codec */
    uint64_t seq;
    int64_t at;
    uint64_t user;
    struct sw_str user_name, kind, type; /* "workorder.job.changed", "workorder.job" */
    uint64_t id, version;
    struct sw_str record_hash; /* 32 bytes: SHA-256(salt ‖ stored bytes); empty for a delete */
    struct sw_str note;        /* machine words, e.g. "from=new to=in_progress"; no customers' text */
    SW_LIST_OF(struct sw_subject) subjects;
    struct sw_str prev, hash; /* 32 bytes each, SHA-256 */
};
struct sw_subject {
    struct sw_str rest;
    struct sw_str type;
    uint64_t id;
};
/* Add machine words to the event of the next sw_put ("action=approve from=2"). */
SW_API void sw_note(struct sw_tx *tx, const char *fmt, ...) SW_PRINTF(2, 3);
/* Add a subject beyond the owner chain to the next sw_put's event: pages that depend on (type, id) notice. */
SW_API void sw_concerns(struct sw_tx *tx, const struct sw_record *type, uint64_t id);
/* Newest first, the events that concern (type, id). limit ≤ SW_SCAN_MAX. */
SW_API int sw_history(struct sw_tx *tx, const struct sw_record *type, uint64_t id, size_t limit, struct sw_event **out,
                      size_t *n, struct sw_err *err);
/* The number of the newest event that concerns (type, id); 0 for none. id 0 with SW_TYPE_SUBJECT types: any of the type. */
SW_API uint64_t sw_newest(struct sw_tx *tx, const struct sw_record *type, uint64_t id);
/* A record as it was in `version`. SW_ENOTFOUND when erased or never there. */
SW_API int sw_get_version(struct sw_tx *tx, const struct sw_record *type, uint64_t id, uint64_t version, void *out,
                          struct sw_err *err);
/* The shop's chain head as it stands in this transaction: sequence number and its hash; and the shop's Ed25519 public key. */
SW_API int sw_chain_head(struct sw_tx *tx, uint64_t *seq, unsigned char hash[32], unsigned char public_key[32]);

/* ---- Effects ------------------------------------------------------------------------------------------------ */

/* Leave an effect in the outbox: it leaves after the commit, at least once, by the courier's handler for `kind` ("mail", "thumbnail", …). `payload` is
 * one of the plugin's records or forms. `key` makes it one: a second entry with the same kind and key is dropped. `due` 0: at once. */
SW_API int sw_leave(struct sw_tx *tx, const char *kind, struct sw_str key, const struct sw_record *type, const void *payload,
                    int64_t due, struct sw_err *err);

/* ---- Ownership ---------------------------------------------------------------------------------------------- */

/* Who holds no staff licence (a customer, or nobody on an SW_ANYONE route) reads and puts only what is the customer's own, and what is SW_OWNER_SHOP;
 * records without an owner rule can be put, not read. From here to sw_as_viewer() the handler reads as the shop instead: a word that reviews look for. */
SW_API void sw_as_shop(struct sw_tx *tx);
SW_API void sw_as_viewer(struct sw_tx *tx);
/* The canonical customer that owns a record; 0 when nobody does. */
SW_API int sw_owner_of(struct sw_tx *tx, const struct sw_record *type, const void *record, uint64_t *customer, struct sw_err *err);

/* ---- Blobs -------------------------------------------------------------------------------------------------- */

/* Bytes kept by content (SHA-256), per shop, beside the store. Adding is done in `prepare` or by the courier, never in a transaction: it fsyncs.
 * A blob that no record names is removed by the courier after a day. */
struct sw_blob {
    unsigned char sha256[32];
    uint64_t size;
};
SW_API int sw_blob_add(uint32_t shop, const void *bytes, size_t n, struct sw_blob *out, struct sw_err *err);
/* By hard link (or copy) of an existing file. */
SW_API int sw_blob_add_file(uint32_t shop, const char *path, struct sw_blob *out, struct sw_err *err);
/* Its path under the instance, for reading. hash: 32 bytes. */
SW_API int sw_blob_path(struct sw_arena *a, uint32_t shop, struct sw_str hash, struct sw_str *path);

/* ---- Records of the core that plugins use ------------------------------------------------------------------- */

/* The shop: id = its number, under the installation's prefix (shop 0). Settings are an ordinary record with history. */
struct sw_shop {
    struct sw_head head;
    struct sw_str host; /* "" answers any host */
    struct sw_str name, address, phone, email, reply_to, opening;
    struct sw_str language, region, currency, zone;
    struct sw_str consent, consent_version, terms; /* what a person agrees to when signing; shown between lines and signature */
    int64_t history_from;                          /* B1: cut-off; 0 none */
    struct sw_str base_url;                        /* "https://shop.test", for mailed links */
    int64_t labor_rate;                            /* default, per hour */
    int64_t tax_rate;                              /* default rules read it: thousandths of a percent (9.5 % = 9500) */
    struct sw_str registration;                    /* of the shop, printed on documents */
    bool demo;
};
extern SW_API const struct sw_record sw_shop_record; /* "core.shop" */
/* The settings of the transaction's shop; cached per transaction, never NULL. */
SW_API const struct sw_shop *sw_shop(struct sw_tx *tx);

/* A person of a shop: a user's membership. Lives in the shop. */
struct sw_member {
    struct sw_head head;
    uint64_t user; /* core.user */
    struct sw_str name;
    uint32_t licences; /* bits 1<<value of sw_licence_words: portal 0, advisor 1, technician 2, admin 3 */
    uint64_t customer; /* portal users: whom it is restricted to */
    bool disabled;
};
extern SW_API const struct sw_record sw_member_record; /* "core.member", indexes: "user", "customer", "name" */
extern SW_API const struct sw_enum sw_licence_words;

/* A user: who may sign in, at the installation. */
struct sw_user {
    struct sw_head head;
    struct sw_str login;    /* e-mail or sign-in name, lower case; unique (index "login") */
    struct sw_str email;    /* may be empty */
    struct sw_str password; /* argon2id string; secret; empty until activated */
    struct sw_str language;
    bool disabled;
    int64_t failed, failed_at; /* lock-out: wrong passwords in a row, and when the last one was */
};
extern SW_API const struct sw_record sw_user_record; /* "core.user" */

/* A picture, video or document on any record (E3). */
struct sw_file {
    struct sw_head head;
    struct sw_str parent_type;
    uint64_t parent;
    struct sw_str top_type; /* what a page shows all files of at once: a task's photos have the job here */
    uint64_t top;
    struct sw_str name, mime;
    int64_t size, width, height, seconds;
    struct sw_str blob, thumb, play; /* SHA-256: as uploaded; JPEG thumbnail; MP4 that any browser plays. Empty until made */
    int32_t state;                   /* enum sw_file_state */
    bool internal;                   /* only staff see it */
    struct sw_str alt;               /* what it shows, for those who don't see it */
};
enum sw_file_state { SW_FILE_NEW, SW_FILE_READY, SW_FILE_PLAIN, SW_FILE_BROKEN }; /* PLAIN: no preview exists for its kind */
extern SW_API const struct sw_record sw_file_record; /* "core.file"; covering indexes "parent": parent_type, parent; "top": top_type, top */

#ifdef __cplusplus
}
#endif
#endif
