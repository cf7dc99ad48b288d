/* store/store.h: the store as core calls it: open, read, write, batches. Core only; plugins see <shopwright/store.h>. */
#ifndef SW_STORE_STORE_H
#define SW_STORE_STORE_H

#include <shopwright/plugin.h>

struct sw_store;

struct sw_store_options {
    const char *dir;     /* HOME/store, made when it is not there and `create` is set */
    const char *blobs;   /* HOME/blobs */
    size_t map_size;     /* bytes reserved; 0: 64 GiB (1 GiB under sanitizers) */
    bool create, read_only;
    const struct sw_record *const *types; /* every stored type of core and plugins; NULL-terminated; owners and parents are resolved on open */
    const struct sw_hook *hooks;
    size_t n_hooks;
};
/* After fork, one a process. SW_EFAIL with a sentence when it can't be opened (locked by a newer version, not a store, …). */
int sw_store_open(const struct sw_store_options *o, struct sw_store **out, struct sw_err *err);
void sw_store_close(struct sw_store *s);
struct sw_store *sw_store_current(void); /* the process's one; for sw_blob_* and the like */

/* How a transaction runs: who, where, when. */
struct sw_run {
    uint32_t shop; /* 0: the installation's prefix (core.user, core.shop, … always live there whatever this says) */
    struct sw_viewer viewer;
    bool system;   /* no ownership checks, no viewer: courier, CLI, migrations */
    int64_t now;   /* 0: the clock */
    unsigned char seed[32]; /* for sw_random */
    struct sw_arena *arena;
    void *req;     /* struct sw_req of the web layer, or NULL */
};
/* fn runs once or more; SW_OK commits, anything else leaves nothing. The write returns when it is durable. */
typedef int sw_tx_fn(struct sw_tx *tx, void *arg, struct sw_err *err);
int sw_store_read(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err);
int sw_store_write(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err);

/* Group commit. Between begin and commit each _run is a transaction nested in one outer one: refused alone, durable together. When commit fails, all
 * of the batch is gone (SW_EFULL, SW_EFAIL) and the caller runs each once more alone. */
int sw_store_batch_begin(struct sw_store *s, struct sw_err *err);
int sw_store_batch_run(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err);
int sw_store_batch_commit(struct sw_store *s, struct sw_err *err);
void sw_store_batch_abort(struct sw_store *s);

/* A read snapshot kept open across calls (the web layer's GET: session look-up, then the handler, in one snapshot). */
int sw_store_snapshot(struct sw_store *s, const struct sw_run *run, struct sw_tx **tx, struct sw_err *err);
void sw_store_snapshot_end(struct sw_tx *tx);
/* Change viewer and shop of a running transaction, once the session is known. */
void sw_tx_set_viewer(struct sw_tx *tx, uint32_t shop, const struct sw_viewer *v, bool system);
void *sw_tx_req(const struct sw_tx *tx);
/* For core's own reads inside a handler: read as the shop or not from here on; returns how it was, to be set again. */
bool sw_tx_as_shop(struct sw_tx *tx, bool on);

/* Upkeep: stale readers cleared (after every dead worker, and each minute); number cleared. */
int sw_store_reader_check(struct sw_store *s);

struct sw_store_health {
    uint64_t map_size, used, readers, last_tx;
};
void sw_store_health(struct sw_store *s, struct sw_store_health *out);

/* ---- Events, chain */

/* Walk the shop's whole chain: each event's hash and prev, each record version's bytes against its event, the signed head. Calls `bad` for each fault with a
 * sentence that names record and event; returns the number of events walked in *n and SW_OK when there was no fault, SW_EFAIL otherwise. */
struct sw_verify_fault {
    uint64_t seq;
    struct sw_str type;
    uint64_t id, version;
    const char *what; /* a sentence */
};
int sw_store_verify(struct sw_store *s, uint32_t shop, void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg, uint64_t *n,
                    struct sw_err *err);
/* Events after `seq`, oldest first, for subscribers and live pages. */
int sw_events_after(struct sw_tx *tx, uint64_t seq, size_t limit, struct sw_event **out, size_t *n, struct sw_err *err);
/* An event as any other record: for JSON and webhooks. hash is not in it. */
extern const struct sw_record sw_event_record;
/* Every shop's number, ascending. */
int sw_store_shops(struct sw_tx *tx, uint32_t **shops, size_t *n, struct sw_err *err);
/* A new shop: its number, keys and settings record. */
int sw_store_shop_new(struct sw_tx *tx, struct sw_shop *settings, uint32_t *shop, struct sw_err *err);

/* ---- Raw keys under (shop, 'T'): small technical values for core (cursors, nonces, links, limits, ledger). */
int sw_raw_get(struct sw_tx *tx, uint32_t shop, struct sw_str key, struct sw_str *value);
int sw_raw_put(struct sw_tx *tx, uint32_t shop, struct sw_str key, struct sw_str value, struct sw_err *err);
int sw_raw_delete(struct sw_tx *tx, uint32_t shop, struct sw_str key);

/* ---- Outbox: an ordinary technical record type of core; index "due": state, due. */
enum sw_outbox_state { SW_OUTBOX_WAITING, SW_OUTBOX_SENT, SW_OUTBOX_DEAD };
struct sw_outbox_entry {
    struct sw_head head;
    struct sw_str kind, key, type, payload; /* payload: stored bytes of a record of `type` */
    int32_t state;
    int64_t due, attempts, sent;
    struct sw_str error; /* why the last try failed, for staff */
};
extern const struct sw_record sw_outbox_record; /* "core.outbox" */

/* ---- Backup, restore */
/* Hot and compact, into to_dir/store and to_dir/blobs; to_dir must be empty or not there. Blobs are hard-linked, or copied where that can't be. */
int sw_store_backup(struct sw_store *s, const char *to_dir, struct sw_err *err);
/* Copy a backup to to_store and to_blobs (neither may hold anything yet), then prove it: each shop's chain, and each blob's bytes against its name. `bad` (may be
 * NULL) hears each fault; when there was one, SW_EFAIL and nothing is left at to_store. *n: events walked. types as in sw_store_options. */
int sw_store_restore(const char *from_dir, const char *to_store, const char *to_blobs, const struct sw_record *const *types,
                     void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg, uint64_t *n, struct sw_err *err);
/* The stored types of core itself, NULL-terminated. */
extern const struct sw_record *const sw_core_records[];

#endif
