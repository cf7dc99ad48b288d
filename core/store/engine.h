/* store/engine.h: what an engine must do; LMDB is the one that ships. The store's upper half (records, indexes, events) is the same on each. */
#ifndef SW_STORE_ENGINE_H
#define SW_STORE_ENGINE_H

#include <shopwright/base.h>

struct sw_engine;    /* an open store */
struct sw_engine_tx; /* one transaction; nested ones have a parent */
struct sw_engine_range;

/* Keys are ordered bytewise, ≤ SW_KEY_MAX; values ≤ SW_ENGINE_VALUE_MAX. What get and range return is valid until the transaction ends or (in a write transaction)
 * the next put or delete. Codes: SW_OK, SW_ENOTFOUND, SW_EFULL, SW_EAGAIN (run again), SW_ETOOLARGE, SW_EFAIL. */
enum { SW_KEY_MAX = 511, SW_ENGINE_VALUE_MAX = 131072 };

struct sw_engine_ops {
    const char *name;
    int (*open)(const char *dir, size_t map_size, bool create, bool read_only, struct sw_engine **out, struct sw_err *err);
    void (*close)(struct sw_engine *e);
    int (*begin)(struct sw_engine *e, struct sw_engine_tx *parent, bool write, struct sw_engine_tx **out, struct sw_err *err);
    int (*commit)(struct sw_engine_tx *tx, struct sw_err *err); /* durable on return when it has no parent */
    void (*abort)(struct sw_engine_tx *tx);
    int (*get)(struct sw_engine_tx *tx, struct sw_str key, struct sw_str *value);
    int (*get_batch)(struct sw_engine_tx *tx, const struct sw_str *keys, size_t n, struct sw_str *values); /* missing: {NULL,0} */
    int (*put)(struct sw_engine_tx *tx, struct sw_str key, struct sw_str value, struct sw_err *err);
    int (*del)(struct sw_engine_tx *tx, struct sw_str key, struct sw_err *err);
    /* from ≤ key < to, or backwards. */
    int (*range)(struct sw_engine_tx *tx, struct sw_str from, struct sw_str to, bool descending, struct sw_engine_range **out);
    int (*next)(struct sw_engine_range *r, struct sw_str *key, struct sw_str *value); /* SW_ENOTFOUND at the end */
    void (*range_end)(struct sw_engine_range *r);
    int (*reader_check)(struct sw_engine *e);
    int (*backup)(struct sw_engine *e, const char *dir, struct sw_err *err);
    void (*health)(struct sw_engine *e, uint64_t *map_size, uint64_t *used, uint64_t *readers, uint64_t *last_tx);
};
extern const struct sw_engine_ops sw_engine_lmdb;

#endif
