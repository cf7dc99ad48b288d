/* store/lmdb.c: the engine that ships. Readers are reset and renewed, never re-made; the map is reserved large once; nothing here ever
 * trades durability for speed (no NOSYNC, MAPASYNC, WRITEMAP). */
#include "store/internal.h"

#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
#define MAP_DEFAULT ((size_t)1 << 30)
#else
#define MAP_DEFAULT ((size_t)64 << 30)
#endif

enum { READERS_MAX = 512, SPARE_MAX = 8, SEEN_BITS = 12, SEEN_KEY = 43 };

/* Where a key's value was found. Pages that a snapshot reaches are never written again, so in every transaction of the same number it is
 * there still: the same people's sessions, members and jobs need no second way down the tree until somebody writes. */
struct seen {
    uint64_t snapshot; /* 0: none */
    const char *p;
    uint32_t n;
    unsigned char key_n, key[SEEN_KEY];
};

struct sw_engine {
    MDB_env *env;
    MDB_dbi dbi;
    struct sw_engine_tx *spare; /* reset readers */
    size_t n_spare;
    struct sw_engine_range *spare_range; /* with its cursor, of a reader; renewed rather than made */
    struct seen *seen;
};
struct sw_engine_tx {
    struct sw_engine *e;
    MDB_txn *txn;
    bool write;
    uint64_t snapshot; /* of a reader */
    struct sw_engine_tx *next; /* spare ones */
};
struct sw_engine_range {
    struct sw_engine *e; /* of a reader; NULL in a write transaction, whose cursors end with it */
    MDB_cursor *cursor;
    bool descending, started;
    size_t from_n, to_n;
    unsigned char from[SW_KEY_MAX + 1], to[SW_KEY_MAX + 1];
};

static int failed(int rc, struct sw_err *err)
{
    switch (rc) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        sw_log("store.full", "code=%d", rc);
        return sw_fail(err, SW_EFULL, "", _("The store is full; nothing was saved. Please tell the shop's administrator."));
    case MDB_READERS_FULL:
        sw_log("store.readers", "code=%d", rc);
        return sw_fail(err, SW_EBUSY, "", _("Too many are reading at once. Please try again in a moment."));
    case MDB_TXN_FULL:
        return sw_fail(err, SW_ETOOLARGE, "", _("This changes too much at once; nothing was saved."));
    case MDB_BAD_VALSIZE:
        return sw_fail(err, SW_ETOOLARGE, "", _("A key is longer than %d bytes; nothing was saved."), SW_KEY_MAX);
    default:
        sw_log("store.fail", "code=%d why=\"%s\"", rc, mdb_strerror(rc));
        return sw_fail(err, SW_EFAIL, "", _("The store failed: %s."), mdb_strerror(rc));
    }
}

static void engine_free(struct sw_engine *e)
{
    free(e->seen);
    free(e);
}

static int engine_open(const char *dir, size_t map_size, bool create, bool read_only, struct sw_engine **out,
                       struct sw_err *err)
{
    struct sw_engine *e = calloc(1, sizeof *e);
    struct stat st;
    char data[4096];
    if (e)
        e->seen = calloc((size_t)1 << SEEN_BITS, sizeof *e->seen);
    if (!e || !e->seen) {
        free(e);
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    }
    if (snprintf(data, sizeof data, "%s/data.mdb", dir) >= (int)sizeof data) {
        engine_free(e);
        return sw_fail(err, SW_EFAIL, "", _("The store's path is too long."));
    }
    if (stat(data, &st) != 0 && (!create || read_only)) {
        engine_free(e);
        return sw_fail(err, SW_EFAIL, "", _("There is no store in %s."), dir);
    }
    int rc = mdb_env_create(&e->env);
    if (rc) {
        engine_free(e);
        return failed(rc, err);
    }
    MDB_txn *txn = NULL;
    if ((rc = mdb_env_set_mapsize(e->env, map_size ? map_size : MAP_DEFAULT)) == 0 &&
        (rc = mdb_env_set_maxreaders(e->env, READERS_MAX)) == 0 &&
        (rc = mdb_env_open(e->env, dir, MDB_NOTLS | (read_only ? MDB_RDONLY : 0u), 0640)) == 0 &&
        (rc = mdb_txn_begin(e->env, NULL, MDB_RDONLY, &txn)) == 0 && (rc = mdb_dbi_open(txn, NULL, 0, &e->dbi)) == 0)
        rc = mdb_txn_commit(txn);
    else if (txn)
        mdb_txn_abort(txn);
    if (rc) {
        mdb_env_close(e->env);
        engine_free(e);
        if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH || rc == MDB_CORRUPTED)
            return sw_fail(err, SW_EFAIL, "", _("%s holds no store of this program, or a damaged one."), dir);
        return sw_fail(err, SW_EFAIL, "", _("The store in %s can't be opened: %s."), dir, mdb_strerror(rc));
    }
    *out = e;
    return SW_OK;
}

static void engine_close(struct sw_engine *e)
{
    while (e->spare) {
        struct sw_engine_tx *tx = e->spare;
        e->spare = tx->next;
        mdb_txn_abort(tx->txn);
        free(tx);
    }
    if (e->spare_range) {
        mdb_cursor_close(e->spare_range->cursor);
        free(e->spare_range);
    }
    mdb_env_close(e->env);
    engine_free(e);
}

static int tx_begin(struct sw_engine *e, struct sw_engine_tx *parent, bool write, struct sw_engine_tx **out,
                    struct sw_err *err)
{
    struct sw_engine_tx *tx;
    int rc;
    if (!write && e->spare) {
        tx = e->spare;
        e->spare = tx->next;
        e->n_spare--;
        rc = mdb_txn_renew(tx->txn);
        if (rc) {
            mdb_txn_abort(tx->txn);
            free(tx);
            return failed(rc, err);
        }
        tx->snapshot = mdb_txn_id(tx->txn);
        *out = tx;
        return SW_OK;
    }
    tx = calloc(1, sizeof *tx);
    if (!tx)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    rc = mdb_txn_begin(e->env, parent ? parent->txn : NULL, write ? 0u : MDB_RDONLY, &tx->txn);
    if (rc) {
        free(tx);
        return failed(rc, err);
    }
    tx->e = e;
    tx->write = write;
    tx->snapshot = write ? 0 : mdb_txn_id(tx->txn);
    *out = tx;
    return SW_OK;
}

static void tx_abort(struct sw_engine_tx *tx)
{
    struct sw_engine *e = tx->e;
    if (!tx->write && e->n_spare < SPARE_MAX) {
        mdb_txn_reset(tx->txn);
        tx->next = e->spare;
        e->spare = tx;
        e->n_spare++;
        return;
    }
    mdb_txn_abort(tx->txn);
    free(tx);
}

static int tx_commit(struct sw_engine_tx *tx, struct sw_err *err)
{
    if (!tx->write) {
        tx_abort(tx);
        return SW_OK;
    }
    int rc = mdb_txn_commit(tx->txn);
    free(tx);
    return rc ? failed(rc, err) : SW_OK;
}

static MDB_val val(struct sw_str s)
{
    return (MDB_val){s.n, (void *)(uintptr_t)s.p};
}

/* Keys differ in their last bytes most, and no two that are alike matter here: the next one takes the place. */
static struct seen *seen_at(struct sw_engine *e, struct sw_str key)
{
    uint64_t h = key.n, word;
    size_t i = 0;
    for (; i + sizeof word <= key.n; i += sizeof word) {
        memcpy(&word, key.p + i, sizeof word);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    for (; i < key.n; i++)
        h = (h ^ (unsigned char)key.p[i]) * 0x9E3779B97F4A7C15u;
    return &e->seen[h >> (64 - SEEN_BITS)];
}

static int tx_get(struct sw_engine_tx *tx, struct sw_str key, struct sw_str *value)
{
    struct seen *seen = tx->snapshot && key.n <= SEEN_KEY ? seen_at(tx->e, key) : NULL;
    if (seen && seen->snapshot == tx->snapshot && seen->key_n == key.n && memcmp(seen->key, key.p, key.n) == 0) {
        *value = (struct sw_str){seen->p, seen->n};
        return SW_OK;
    }
    MDB_val k = val(key), v;
    int rc = mdb_get(tx->txn, tx->e->dbi, &k, &v);
    if (rc == 0) {
        *value = (struct sw_str){v.mv_data, v.mv_size};
        if (seen && v.mv_size <= UINT32_MAX) {
            *seen = (struct seen){.snapshot = tx->snapshot, .p = v.mv_data, .n = (uint32_t)v.mv_size, .key_n = (unsigned char)key.n};
            memcpy(seen->key, key.p, key.n);
        }
        return SW_OK;
    }
    *value = (struct sw_str){NULL, 0};
    return rc == MDB_NOTFOUND ? SW_ENOTFOUND : failed(rc, NULL);
}

static int tx_get_batch(struct sw_engine_tx *tx, const struct sw_str *keys, size_t n, struct sw_str *values)
{
    for (size_t i = 0; i < n; i++) {
        int rc = tx_get(tx, keys[i], &values[i]);
        if (rc && rc != SW_ENOTFOUND)
            return rc;
    }
    return SW_OK;
}

static int tx_put(struct sw_engine_tx *tx, struct sw_str key, struct sw_str value, struct sw_err *err)
{
    if (value.n > SW_ENGINE_VALUE_MAX)
        return sw_fail(err, SW_ETOOLARGE, "", _("A value is longer than %d bytes; nothing was saved."), SW_ENGINE_VALUE_MAX);
    MDB_val k = val(key), v = val(value);
    int rc = mdb_put(tx->txn, tx->e->dbi, &k, &v, 0);
    return rc ? failed(rc, err) : SW_OK;
}

static int tx_del(struct sw_engine_tx *tx, struct sw_str key, struct sw_err *err)
{
    MDB_val k = val(key);
    int rc = mdb_del(tx->txn, tx->e->dbi, &k, NULL);
    if (rc == MDB_NOTFOUND)
        return SW_ENOTFOUND;
    return rc ? failed(rc, err) : SW_OK;
}

static int range_open(struct sw_engine_tx *tx, struct sw_str from, struct sw_str to, bool descending,
                      struct sw_engine_range **out)
{
    if (from.n > SW_KEY_MAX + 1 || to.n > SW_KEY_MAX + 1) /* one above: "behind this key" */
        return SW_ETOOLARGE;
    struct sw_engine_range *r = tx->write ? NULL : tx->e->spare_range;
    if (r)
        tx->e->spare_range = NULL;
    else if (!(r = calloc(1, sizeof *r)))
        return SW_EFAIL;
    int rc = r->cursor ? mdb_cursor_renew(tx->txn, r->cursor) : mdb_cursor_open(tx->txn, tx->e->dbi, &r->cursor);
    if (rc) {
        if (r->cursor)
            mdb_cursor_close(r->cursor);
        free(r);
        return failed(rc, NULL);
    }
    r->e = tx->write ? NULL : tx->e;
    r->descending = descending;
    r->started = false;
    r->from_n = from.n;
    r->to_n = to.n;
    if (from.n)
        memcpy(r->from, from.p, from.n);
    if (to.n)
        memcpy(r->to, to.p, to.n);
    *out = r;
    return SW_OK;
}

/* To the first key ≥ p. A bound one byte longer than any key may be is looked up without its last byte. */
static int seek(struct sw_engine_range *r, unsigned char *p, size_t n, MDB_val *k, MDB_val *v)
{
    bool cut = n > SW_KEY_MAX;
    *k = (MDB_val){cut ? SW_KEY_MAX : n, p};
    int rc = mdb_cursor_get(r->cursor, k, v, MDB_SET_RANGE);
    if (rc == 0 && cut && k->mv_size == SW_KEY_MAX && memcmp(k->mv_data, p, SW_KEY_MAX) == 0)
        rc = mdb_cursor_get(r->cursor, k, v, MDB_NEXT);
    return rc;
}

static int range_next(struct sw_engine_range *r, struct sw_str *key, struct sw_str *value)
{
    MDB_val k = {0, NULL}, v = {0, NULL};
    int rc;
    if (r->started) {
        rc = mdb_cursor_get(r->cursor, &k, &v, r->descending ? MDB_PREV : MDB_NEXT);
    } else if (!r->descending) {
        rc = r->from_n ? seek(r, r->from, r->from_n, &k, &v) : mdb_cursor_get(r->cursor, &k, &v, MDB_FIRST);
    } else {
        rc = r->to_n ? seek(r, r->to, r->to_n, &k, &v) : MDB_NOTFOUND;
        rc = mdb_cursor_get(r->cursor, &k, &v, rc == 0 ? MDB_PREV : MDB_LAST);
    }
    r->started = true;
    if (rc)
        return rc == MDB_NOTFOUND ? SW_ENOTFOUND : failed(rc, NULL);
    struct sw_str found = {k.mv_data, k.mv_size};
    if (r->descending ? sw_str_cmp(found, (struct sw_str){(char *)r->from, r->from_n}) < 0
                      : r->to_n && sw_str_cmp(found, (struct sw_str){(char *)r->to, r->to_n}) >= 0)
        return SW_ENOTFOUND;
    *key = found;
    *value = (struct sw_str){v.mv_data, v.mv_size};
    return SW_OK;
}

static void range_end(struct sw_engine_range *r)
{
    if (r->e && !r->e->spare_range) {
        r->e->spare_range = r;
        return;
    }
    mdb_cursor_close(r->cursor);
    free(r);
}

static int engine_reader_check(struct sw_engine *e)
{
    int dead = 0;
    return mdb_reader_check(e->env, &dead) == 0 ? dead : 0;
}

static int engine_backup(struct sw_engine *e, const char *dir, struct sw_err *err)
{
    int rc = mdb_env_copy2(e->env, dir, MDB_CP_COMPACT);
    if (rc == ENOSPC)
        return sw_fail(err, SW_EFULL, "", _("The disk is full: the copy in %s is not complete."), dir);
    return rc ? sw_fail(err, SW_EFAIL, "", _("The store can't be copied to %s: %s."), dir, mdb_strerror(rc)) : SW_OK;
}

static void engine_health(struct sw_engine *e, uint64_t *map_size, uint64_t *used, uint64_t *readers, uint64_t *last_tx)
{
    MDB_envinfo info;
    MDB_stat st;
    mdb_env_info(e->env, &info);
    mdb_env_stat(e->env, &st);
    *map_size = info.me_mapsize;
    *used = (uint64_t)(info.me_last_pgno + 1) * st.ms_psize;
    *readers = info.me_numreaders;
    *last_tx = info.me_last_txnid;
}

const struct sw_engine_ops sw_engine_lmdb = {
    .name = "lmdb",
    .open = engine_open,
    .close = engine_close,
    .begin = tx_begin,
    .commit = tx_commit,
    .abort = tx_abort,
    .get = tx_get,
    .get_batch = tx_get_batch,
    .put = tx_put,
    .del = tx_del,
    .range = range_open,
    .next = range_next,
    .range_end = range_end,
    .reader_check = engine_reader_check,
    .backup = engine_backup,
    .health = engine_health,
};
