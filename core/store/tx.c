/* store/tx.c: transactions as re-runnable callbacks; batches of nested ones; the clock, the dice and the viewer of each. */
#include "store/internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_MAX = 8 }; /* runs of one transaction on an engine that says "again" */

int sw_tx_begin(struct sw_store *s, struct sw_engine_tx *parent, bool write, const struct sw_run *run,
                struct sw_tx **out, struct sw_err *err)
{
    struct sw_tx *tx = calloc(1, sizeof *tx);
    if (!tx)
        return sw_fail(err, SW_EFAIL, "", _("Out of memory."));
    int rc = s->ops->begin(s->engine, parent, write, &tx->e, err);
    if (rc) {
        free(tx);
        return rc;
    }
    tx->s = s;
    tx->write = write;
    tx->run = *run;
    tx->shop = run->shop;
    tx->arena = run->arena;
    if (!tx->arena) {
        tx->arena = sw_arena_new(0);
        tx->own_arena = true;
    }
    if (!tx->run.now)
        tx->run.now = sw_clock();
    *out = tx;
    return SW_OK;
}

void sw_tx_free(struct sw_tx *tx)
{
    sodium_memzero(tx->run.seed, sizeof tx->run.seed);
    if (tx->own_arena)
        sw_arena_free(tx->arena);
    free(tx);
}

int sw_tx_broken(const struct sw_tx *tx, struct sw_err *err)
{
    if (tx->broken == SW_EFULL)
        return sw_fail(err, SW_EFULL, "", _("The store is full; nothing was saved. Please tell the shop's administrator."));
    if (tx->broken)
        return sw_fail(err, tx->broken, "", _("A part of this could not be saved, so nothing was."));
    return SW_OK;
}

static int run_once(struct sw_tx *tx, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    int rc = fn(tx, arg, err);
    return tx->broken && rc != (int)tx->broken ? sw_tx_broken(tx, err) : rc;
}

int sw_store_read(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_tx *tx;
    int rc = sw_store_snapshot(s, run, &tx, err);
    if (rc == SW_OK) {
        rc = fn(tx, arg, err);
        sw_store_snapshot_end(tx);
    }
    return rc;
}

int sw_store_snapshot(struct sw_store *s, const struct sw_run *run, struct sw_tx **tx, struct sw_err *err)
{
    return sw_tx_begin(s, NULL, false, run, tx, err);
}

void sw_store_snapshot_end(struct sw_tx *tx)
{
    tx->s->ops->abort(tx->e);
    sw_tx_free(tx);
}

static int may_write(struct sw_store *s, struct sw_err *err)
{
    if (s->read_only)
        return sw_fail(err, SW_EFAIL, "", _("The store was opened for reading only."));
    if (s->writing)
        return sw_fail(err, SW_EFAIL, "", "A write transaction is open in this process already.");
    return SW_OK;
}

static int write_once(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_tx *tx;
    s->n_dirty = 0;
    int rc = sw_tx_begin(s, NULL, true, run, &tx, err);
    if (rc)
        return rc;
    s->writing = true;
    rc = run_once(tx, fn, arg, err);
    if (rc == SW_OK)
        rc = sw_chain_sign(s, tx->e, err);
    if (rc == SW_OK)
        rc = s->ops->commit(tx->e, err);
    else
        s->ops->abort(tx->e);
    s->writing = false;
    sw_tx_free(tx);
    return rc;
}

int sw_store_write(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    int rc = may_write(s, err);
    if (rc)
        return rc;
    for (int i = 0; i < TRIES_MAX; i++) {
        rc = write_once(s, run, fn, arg, err);
        if (rc != SW_EAGAIN)
            return rc;
    }
    return sw_fail(err, SW_EBUSY, "", _("Others are changing the same records. Please try again in a moment."));
}

int sw_store_batch_begin(struct sw_store *s, struct sw_err *err)
{
    int rc = may_write(s, err);
    if (rc)
        return rc;
    s->n_dirty = 0;
    rc = s->ops->begin(s->engine, NULL, true, &s->batch, err);
    s->writing = rc == SW_OK;
    return rc;
}

int sw_store_batch_run(struct sw_store *s, const struct sw_run *run, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_tx *tx;
    if (!s->batch)
        return sw_fail(err, SW_EFAIL, "", "No batch is open.");
    int rc = sw_tx_begin(s, s->batch, true, run, &tx, err);
    if (rc)
        return rc;
    rc = run_once(tx, fn, arg, err);
    if (rc == SW_OK)
        rc = s->ops->commit(tx->e, err);
    else
        s->ops->abort(tx->e);
    sw_tx_free(tx);
    return rc;
}

int sw_store_batch_commit(struct sw_store *s, struct sw_err *err)
{
    if (!s->batch)
        return sw_fail(err, SW_EFAIL, "", "No batch is open.");
    int rc = sw_chain_sign(s, s->batch, err);
    if (rc == SW_OK)
        rc = s->ops->commit(s->batch, err);
    else
        s->ops->abort(s->batch);
    s->batch = NULL;
    s->writing = false;
    return rc;
}

void sw_store_batch_abort(struct sw_store *s)
{
    if (s->batch)
        s->ops->abort(s->batch);
    s->batch = NULL;
    s->writing = false;
}

void sw_tx_set_viewer(struct sw_tx *tx, uint32_t shop, const struct sw_viewer *v, bool system)
{
    tx->shop = shop;
    tx->run.shop = shop;
    tx->run.viewer = *v;
    tx->run.system = system;
    tx->settings = NULL;
    sw_owners_forget(tx);
}

void *sw_tx_req(const struct sw_tx *tx)
{
    return tx->run.req;
}

struct sw_arena *sw_tx_arena(struct sw_tx *tx)
{
    return tx->arena;
}

uint32_t sw_tx_shop(const struct sw_tx *tx)
{
    return tx->shop;
}

const struct sw_viewer *sw_tx_viewer(const struct sw_tx *tx)
{
    return &tx->run.viewer;
}

int64_t sw_now(const struct sw_tx *tx)
{
    return tx->run.now;
}

bool sw_tx_writes(const struct sw_tx *tx)
{
    return tx->write;
}

/* Two ChaCha20 streams of one seed: what a handler draws does not move what core draws. Who gave no seed gets one here. */
static void draw(struct sw_tx *tx, unsigned char stream, uint64_t *at, void *out, size_t n)
{
    unsigned char nonce[crypto_stream_chacha20_NONCEBYTES] = {stream};
    if (!tx->random_seeded) {
        if (sodium_is_zero(tx->run.seed, sizeof tx->run.seed))
            randombytes_buf(tx->run.seed, sizeof tx->run.seed);
        tx->random_seeded = true;
    }
    memset(out, 0, n);
    crypto_stream_chacha20_xor_ic(out, out, n, nonce, *at, tx->run.seed);
    *at += (n + 63) / 64;
}

void sw_random(struct sw_tx *tx, void *out, size_t n)
{
    draw(tx, 1, &tx->random_at, out, n);
}

void sw_salt(struct sw_tx *tx, void *out, size_t n)
{
    draw(tx, 2, &tx->salt_at, out, n);
}

int sw_tx_put(struct sw_tx *tx, struct sw_str key, struct sw_str value, struct sw_err *err)
{
    int rc = tx->s->ops->put(tx->e, key, value, err);
    if (rc && !tx->broken)
        tx->broken = (enum sw_code)rc;
    return rc;
}

int sw_tx_del(struct sw_tx *tx, struct sw_str key, struct sw_err *err)
{
    int rc = tx->s->ops->del(tx->e, key, err);
    if (rc && rc != SW_ENOTFOUND && !tx->broken)
        tx->broken = (enum sw_code)rc;
    return rc;
}

struct sw_str sw_tx_keep(struct sw_tx *tx, struct sw_str value)
{
    if (!tx->write || !value.n)
        return value;
    char *p = sw_alloc(tx->arena, value.n);
    memcpy(p, value.p, value.n);
    return (struct sw_str){p, value.n};
}

/* ---- Raw keys */

static struct sw_str raw_key(struct sw_kb *k, uint32_t shop, struct sw_str key)
{
    sw_kb_start(k, shop, 'T');
    sw_kb_add(k, key.p, key.n);
    return sw_kb_str(k);
}

int sw_raw_get(struct sw_tx *tx, uint32_t shop, struct sw_str key, struct sw_str *value)
{
    struct sw_kb k;
    struct sw_str at = raw_key(&k, shop, key);
    *value = (struct sw_str){NULL, 0};
    if (k.over)
        return SW_ENOTFOUND;
    int rc = tx->s->ops->get(tx->e, at, value);
    if (rc == SW_OK)
        *value = sw_tx_keep(tx, *value);
    return rc;
}

int sw_raw_put(struct sw_tx *tx, uint32_t shop, struct sw_str key, struct sw_str value, struct sw_err *err)
{
    struct sw_kb k;
    struct sw_str at = raw_key(&k, shop, key);
    if (!tx->write)
        return sw_fail(err, SW_EFAIL, "", "This transaction only reads.");
    if (tx->broken)
        return sw_tx_broken(tx, err);
    if (k.over)
        return sw_fail(err, SW_ETOOLARGE, "", _("A key is longer than %d bytes; nothing was saved."), SW_KEY_MAX - 5);
    if (value.n > SW_VALUE_MAX)
        return sw_fail(err, SW_ETOOLARGE, "", _("This is larger than %d bytes; nothing was saved."), SW_VALUE_MAX);
    return sw_tx_put(tx, at, value, err);
}

int sw_raw_delete(struct sw_tx *tx, uint32_t shop, struct sw_str key)
{
    struct sw_kb k;
    struct sw_str at = raw_key(&k, shop, key);
    if (!tx->write)
        return SW_EFAIL;
    return k.over ? SW_ENOTFOUND : sw_tx_del(tx, at, NULL);
}
