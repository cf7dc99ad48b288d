/* store/internal.h: what the files of core/store share. Nobody outside this folder includes it.
 *
 * Keys (all under a shop's four big-endian bytes and one byte of kind; T is a type's name and a NUL, I an index's):
 *     R T id            the record: value = salt 16, version 8, created 8, changed 8, stored bytes
 *     X T I values id   an index entry; empty, or the record's value again (SW_COVERING)
 *     V T id version    a former version, the value as it was
 *     C T               the last id given
 *     E seq             an event: hash 32, stored bytes
 *     S T id            the newest event that concerns a subject
 *     H T id seq        each event that concerns it
 *     K word            the chain: "head" (seq, hash), "sig" (seq, hash, signature), "public", "secret"
 *     T key             raw */
#ifndef SW_STORE_INTERNAL_H
#define SW_STORE_INTERNAL_H

#include "base/texts.h"
#include "record/codec.h"
#include "store/engine.h"
#include "store/store.h"

enum {
    SW_SALT = 16,
    SW_VALUE_HEAD = SW_SALT + 24, /* what a record's value holds before its stored bytes */
    SW_HASH = 32,
    SW_CHAIN_DEPTH = 8,      /* parents above a record; aliases of a customer */
    SW_SUBJECTS_MAX = 32,    /* of one event */
    SW_CONCERNS_MAX = 16,    /* sw_concerns before one put */
    SW_NOTE_MAX = 500,       /* bytes of an event's note */
    SW_EMIT_MAX = 64,        /* keys one record gives to one index */
    SW_PUT_DEPTH = 16,       /* puts inside hooks and effects of puts */
    SW_OWNERS_CACHED = 16,   /* power of two */
};

/* ---- keys.c: a key under construction. */
struct sw_kb {
    unsigned char b[SW_KEY_MAX + 1];
    size_t n;
    bool over; /* it did not fit */
};
void sw_kb_start(struct sw_kb *k, uint32_t shop, char kind);
void sw_kb_add(struct sw_kb *k, const void *p, size_t n);
void sw_kb_u64(struct sw_kb *k, uint64_t v);
void sw_kb_int(struct sw_kb *k, int64_t v); /* sorts below zero first */
/* Folded or as it is; a prefix has no end mark, so that all that begins so sorts under it. */
void sw_kb_text(struct sw_kb *k, struct sw_str s, bool fold, bool prefix);
/* Make it the first key behind all that begin with it; false when there is none. */
bool sw_kb_past(struct sw_kb *k);
static inline struct sw_str sw_kb_str(const struct sw_kb *k)
{
    return (struct sw_str){(const char *)k->b, k->n};
}
void sw_u64_put(unsigned char *p, uint64_t v);
uint64_t sw_u64_get(const void *p);
uint32_t sw_u32_get(const void *p);

/* ---- Types, resolved once at open. */
struct sw_ix {
    const struct sw_index *d;
    const struct sw_field *fields[4];
    size_t n;
    unsigned char head[96]; /* type NUL index NUL */
    size_t head_n;
};
struct sw_type {
    const struct sw_record *d;
    char key[52]; /* name and NUL */
    size_t key_n;
    const struct sw_field *owner, *owner_id;
    const struct sw_type *parent; /* what owner refers to; NULL when it is not registered */
    struct sw_ix *ix;
    size_t n_ix;
    const struct sw_hook **hooks;
    size_t n_hooks;
};
struct sw_settings { /* one shop's settings as last committed; kept until the store closes */
    struct sw_settings *next;
    uint32_t shop;
    uint64_t seq;
    struct sw_shop shop_record;
    struct sw_arena *arena;
};
struct sw_store {
    const struct sw_engine_ops *ops;
    struct sw_engine *engine;
    char *dir, *blobs;
    struct sw_type *types;
    size_t n_types;
    uint16_t *slots; /* hash of a descriptor's address → index + 1 */
    size_t n_slots;
    const struct sw_type *alias; /* the type whose records are customers, when it knows merges */
    const struct sw_field *alias_field;
    struct sw_engine_tx *batch;  /* the outer transaction of a batch */
    bool writing;                /* a write transaction is open: another one would wait for ever */
    bool read_only;
    uint32_t *dirty;             /* shops whose chain moved in the outer transaction */
    size_t n_dirty, max_dirty;
    struct sw_settings *settings;
};
const struct sw_type *sw_type_of(const struct sw_store *s, const struct sw_record *d);
const struct sw_type *sw_type_named(const struct sw_store *s, struct sw_str name);
static inline int sw_type_missing(const struct sw_record *d, struct sw_err *err)
{
    return sw_fail(err, SW_EFAIL, "", "The record type %s is not registered.", d->name);
}

/* ---- One transaction. */
struct sw_owner_slot {
    const struct sw_type *type;
    uint64_t id, customer;
    bool everybody;
};
struct sw_pending { /* what the next put's event gets */
    size_t note_n, n;
    struct sw_subject concerns[SW_CONCERNS_MAX];
    char note[SW_NOTE_MAX];
};
struct sw_tx {
    struct sw_store *s;
    struct sw_engine_tx *e;
    struct sw_arena *arena;
    bool write, own_arena, as_shop, random_seeded;
    enum sw_code broken; /* a write failed partway: nothing of this transaction may stay */
    uint32_t shop;
    struct sw_run run;
    uint64_t random_at, salt_at; /* blocks drawn of the two streams */
    int depth;
    const struct sw_shop *settings;
    uint32_t settings_shop;
    struct sw_pending pending;
    struct sw_owner_slot owners[SW_OWNERS_CACHED];
};
int sw_tx_begin(struct sw_store *s, struct sw_engine_tx *parent, bool write, const struct sw_run *run,
                struct sw_tx **out, struct sw_err *err);
void sw_tx_free(struct sw_tx *tx); /* after the engine's part ended */
/* The refusal of all further writes once one failed partway; SW_OK when none did. */
int sw_tx_broken(const struct sw_tx *tx, struct sw_err *err);
/* Random bytes for core itself, apart from the handler's stream. */
void sw_salt(struct sw_tx *tx, void *out, size_t n);
static inline uint32_t sw_shop_of(const struct sw_tx *tx, const struct sw_record *d)
{
    return d->flags & SW_INSTALLATION ? 0 : tx->shop;
}
int sw_tx_put(struct sw_tx *tx, struct sw_str key, struct sw_str value, struct sw_err *err);
int sw_tx_del(struct sw_tx *tx, struct sw_str key, struct sw_err *err);
/* For bytes that must last as long as the transaction: copied when it writes. */
struct sw_str sw_tx_keep(struct sw_tx *tx, struct sw_str value);

/* ---- records.c */
int sw_value_decode(struct sw_tx *tx, const struct sw_type *t, uint64_t id, struct sw_str value, void *out,
                    struct sw_err *err);
/* Without asking who looks. value (may be NULL) gets the stored value. */
int sw_load(struct sw_tx *tx, const struct sw_type *t, uint64_t id, void *out, struct sw_str *value, struct sw_err *err);
void sw_key_record(struct sw_kb *k, uint32_t shop, const struct sw_type *t, uint64_t id);

/* ---- index.c */
struct sw_keys {
    struct sw_str v[SW_EMIT_MAX];
    size_t n;
};
int sw_index_keys(struct sw_tx *tx, const struct sw_ix *ix, uint32_t shop, const void *rec, uint64_t id,
                  struct sw_keys *out, struct sw_err *err);
struct sw_index_change; /* worked out, not yet written */
/* before or after may be NULL. Refuses what would break a unique index. */
int sw_index_plan(struct sw_tx *tx, const struct sw_type *t, const void *before, const void *after, uint64_t id,
                  struct sw_index_change **out, struct sw_err *err);
int sw_index_apply(struct sw_tx *tx, const struct sw_index_change *c, struct sw_str value, struct sw_err *err);

/* ---- access.c */
bool sw_restricted(const struct sw_tx *tx); /* a customer looks, or nobody who is signed in */
int sw_may_see(struct sw_tx *tx, const struct sw_type *t, const void *rec, bool *yes, struct sw_err *err);
int sw_canonical(struct sw_tx *tx, uint64_t customer, uint64_t *out, struct sw_err *err);
/* Calls add for each parent up the owner chain, the customer and the one it was merged into included. */
int sw_owner_chain(struct sw_tx *tx, const struct sw_type *t, const void *rec,
                   void (*add)(void *arg, struct sw_str type, uint64_t id), void *arg, struct sw_err *err);
/* Remember whose a record is that was just read, so that its children (the rest of the page) need not read it again. */
void sw_owner_keep(struct sw_tx *tx, const struct sw_type *t, const void *stored);
void sw_owners_forget(struct sw_tx *tx);

/* ---- events.c */
struct sw_fact {
    const struct sw_type *type;
    const char *verb;
    uint64_t id, version;
    struct sw_str hash;
    const void *before, *after;
    const struct sw_pending *pending;
};
int sw_event_append(struct sw_tx *tx, const struct sw_fact *f, struct sw_err *err);
int sw_event_decode(struct sw_tx *tx, struct sw_str value, struct sw_event *out, struct sw_err *err);
int sw_chain_keys(struct sw_tx *tx, uint32_t shop, struct sw_err *err); /* made when there are none */
/* Sign the head of each shop that the outer transaction changed. */
int sw_chain_sign(struct sw_store *s, struct sw_engine_tx *outer, struct sw_err *err);
struct sw_str sw_chain_message(unsigned char out[64], uint32_t shop, struct sw_str head);

/* ---- backup.c, blobs.c */
int sw_dir_make(const char *path, struct sw_err *err); /* with parents; there already is fine */
int sw_file_sync(const char *path, struct sw_err *err); /* a file or folder */
int sw_file_copy(const char *from, const char *to, bool link_it, struct sw_err *err);
/* Whether the file has the hash that its name says. */
int sw_blob_check(const char *path, const char hex[64], struct sw_err *err);

#endif
