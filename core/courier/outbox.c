/* courier/outbox.c: effects that are due, and what their senders may ask for. An effect leaves at least once: its entry is marked after it was sent, so a courier that is
 * killed between the two sends it again under the same delivery id. */
#include "courier/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "record/codec.h"

struct sw_arena *sw_delivery_arena(struct sw_delivery *d) { return d->arena; }
uint32_t sw_delivery_shop(const struct sw_delivery *d) { return d->shop; }
struct sw_str sw_delivery_id(const struct sw_delivery *d) { return d->id; }

int sw_delivery_tx(struct sw_delivery *d, bool write, int (*fn)(struct sw_tx *tx, void *arg, struct sw_err *err), void *arg,
                   struct sw_err *err)
{
    /* What is read stays good as long as the delivery only where it is copied: the snapshot ends here. */
    return sw_courier_tx(d->courier, d->shop, write, fn, arg, err);
}

int64_t sw_courier_backoff(int64_t attempts)
{
    int64_t wait = SW_BACKOFF_FIRST;
    for (int64_t i = 1; i < attempts && wait < SW_BACKOFF_MOST; i++)
        wait *= 2;
    return wait < SW_BACKOFF_MOST ? wait : SW_BACKOFF_MOST;
}

/* NULL: no plugin sends it. */
static const struct sw_sender *sender_of(struct sw_str kind)
{
    const struct sw_loaded *loaded;
    size_t n = sw_host_plugins(&loaded);
    if (sw_str_is(kind, sw_media_sender.kind))
        return &sw_media_sender;
    for (size_t i = 0; i < n; i++)
        for (const struct sw_sender *s = loaded[i].plugin->senders; s != NULL && s->kind != NULL; s++)
            if (sw_str_is(kind, s->kind))
                return s;
    return NULL;
}

static int lane_of(struct sw_str kind)
{
    return sw_str_is(kind, sw_media_sender.kind) ? SW_LANE_MEDIA : SW_LANE_SEND;
}

static struct sw_kind_state *kind_state(struct sw_courier *c, struct sw_str kind)
{
    for (size_t i = 0; i < c->n_kinds; i++)
        if (sw_str_is(kind, c->kinds[i].kind))
            return &c->kinds[i];
    if (c->n_kinds == SW_KINDS_MAX)
        return NULL;
    struct sw_kind_state *k = &c->kinds[c->n_kinds++];
    snprintf(k->kind, sizeof k->kind, SW_STR_FMT, SW_STR_ARG(kind));
    return k;
}

static bool resting(struct sw_courier *c, struct sw_str kind)
{
    const struct sw_kind_state *k = kind_state(c, kind);
    return k != NULL && c->now < k->rest;
}

/* ---- What is due ---- */

struct due {
    struct sw_courier *c;
    uint64_t ids[SW_DUE_MAX];
    size_t n;
};

static int find_due(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct due *d = arg;
    struct sw_scan scan = {.type = &sw_outbox_record, .index = "due", .equal = {SW_K_INT(SW_OUTBOX_WAITING)},
                           .to = SW_K_INT(d->c->now), .limit = SW_DUE_MAX};
    d->n = 0;
    for (size_t looked = 0; looked < SW_DUE_LOOKED_MAX;) {
        struct sw_found found;
        int rc = sw_scan(tx, &scan, &found, err);
        if (rc != SW_OK)
            return rc;
        const struct sw_outbox_entry *e = found.v;
        for (size_t i = 0; i < found.n && d->n < SW_DUE_MAX; i++)
            if ((lane_of(e[i].kind) & d->c->lanes) != 0 && !resting(d->c, e[i].kind))
                d->ids[d->n++] = e[i].head.id;
        looked += found.n;
        if (found.next.n == 0 || d->n == SW_DUE_MAX)
            return SW_OK;
        scan.after = found.next;
    }
    return SW_OK;
}

/* ---- One effect ---- */

struct taken {
    uint64_t id;
    struct sw_arena *arena;
    struct sw_outbox_entry entry; /* texts in the arena */
};

static int take(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct taken *t = arg;
    int rc = sw_get(tx, &sw_outbox_record, t->id, &t->entry, err);
    if (rc != SW_OK)
        return rc;
    t->entry.kind = sw_copy(t->arena, t->entry.kind);
    t->entry.type = sw_copy(t->arena, t->entry.type);
    t->entry.payload = sw_copy(t->arena, t->entry.payload);
    t->entry.key = sw_copy(t->arena, t->entry.key);
    sw_courier_locale(tx);
    return SW_OK;
}

struct settled {
    uint64_t id;
    int32_t state;
    int64_t due;
    bool counted;
    struct sw_str error;
};

static int settle(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    const struct settled *s = arg;
    struct sw_outbox_entry e;
    int rc = sw_get(tx, &sw_outbox_record, s->id, &e, err);
    if (rc != SW_OK)
        return rc == SW_ENOTFOUND ? SW_OK : rc;
    e.state = s->state;
    e.due = s->due;
    e.attempts += s->counted;
    e.error = s->error;
    if (s->state == SW_OUTBOX_SENT) {
        e.sent = sw_now(tx);
        e.payload = (struct sw_str){NULL, 0}; /* mails hold links and names: not kept once they are gone */
    }
    return sw_put(tx, &sw_outbox_record, &e, NULL, err);
}

static int send_one(struct sw_delivery *d, const struct sw_outbox_entry *e, struct sw_err *err)
{
    const struct sw_sender *s = sender_of(e->kind);
    if (s == NULL)
        return sw_fail(err, SW_ENOTFOUND, "", _("No plugin that is loaded sends “%s”."), sw_cstr(d->arena, e->kind));
    if (!sw_str_is(e->type, s->payload->name))
        return sw_fail(err, SW_EMALFORMED, "", _("It holds a %s, and its sender wants a %s."), sw_cstr(d->arena, e->type), s->payload->name);
    void *payload = sw_alloc(d->arena, s->payload->size);
    int rc = sw_stored_decode(d->arena, s->payload, e->payload, payload, err);
    if (rc != SW_OK)
        return rc == SW_EBUSY ? SW_EFAIL : rc;
    return s->send(d, payload, err);
}

static void deliver(struct sw_courier *c, uint32_t shop, uint64_t id, size_t *done)
{
    struct sw_err err = {.code = SW_OK};
    struct sw_arena *arena = sw_arena_new(0);
    struct taken t = {.id = id, .arena = arena};
    int rc = sw_courier_tx(c, shop, false, take, &t, &err);
    if (rc != SW_OK || t.entry.state != SW_OUTBOX_WAITING || resting(c, t.entry.kind)) {
        sw_arena_free(arena);
        return;
    }
    struct sw_delivery d = {.courier = c, .shop = shop, .arena = arena,
                            .id = sw_printf(arena, "%" PRIu32 ".%010" PRIu64 ".%" PRIx64, shop, id, (uint64_t)t.entry.head.created)};
    struct sw_kind_state *k = kind_state(c, t.entry.kind);
    rc = send_one(&d, &t.entry, &err);

    struct settled s = {.id = id, .due = t.entry.due, .counted = true, .error = sw_str_of(err.message)};
    int64_t attempts = t.entry.attempts + 1;
    if (rc == SW_OK) {
        s.state = SW_OUTBOX_SENT;
        s.error = (struct sw_str){NULL, 0};
        *done += 1;
    } else if (sw_courier_stopping() && rc == SW_EBUSY) {
        sw_arena_free(arena); /* it did not get its chance */
        return;
    } else if (rc == SW_ENOTFOUND && sender_of(t.entry.kind) == NULL) {
        s.state = SW_OUTBOX_WAITING; /* the plugin may come back */
        s.due = c->now + SW_HOUR;
        s.counted = false;
    } else if (rc == SW_EBUSY && attempts < SW_TRIES_MAX) {
        s.state = SW_OUTBOX_WAITING;
        s.due = c->now + sw_courier_backoff(attempts);
    } else {
        s.state = SW_OUTBOX_DEAD;
    }
    if (k != NULL) { /* a provider that is down is not asked for each single letter */
        k->busy = rc == SW_EBUSY ? k->busy + 1 : 0;
        if (k->busy >= SW_BUSY_ROW) {
            k->rest = c->now + SW_KIND_REST;
            k->busy = 0;
        }
    }
    static const char *const events[] = {"outbox.again", "outbox.sent", "outbox.dead"};
    sw_log(events[s.state], "kind=%s shop=%" PRIu32 " entry=%" PRIu64 " attempts=%" PRId64 " code=%d", sw_cstr(arena, t.entry.kind), shop,
           id, attempts, rc);
    struct sw_err none = {.code = SW_OK};
    rc = sw_courier_tx(c, shop, true, settle, &s, &none);
    if (rc != SW_OK) {
        sw_log("outbox.not_marked", "entry=%" PRIu64 " code=%d why=\"%s\"", id, rc, none.message);
        if (k != NULL)
            k->rest = c->now + SW_KIND_REST; /* it would be sent again at once, and again */
    }
    sw_arena_free(arena);
}

size_t sw_courier_outbox(struct sw_courier *c, uint32_t shop)
{
    struct due due = {.c = c};
    struct sw_err err = {.code = SW_OK};
    size_t done = 0;
    int rc = sw_courier_tx(c, shop, false, find_due, &due, &err);
    sw_arena_reset(c->arena);
    if (rc != SW_OK) {
        sw_log("courier.failed", "code=%d what=outbox", rc);
        return 0;
    }
    for (size_t i = 0; i < due.n && !sw_courier_stopping(); i++) {
        deliver(c, shop, due.ids[i], &done);
        sw_arena_reset(c->arena);
    }
    return done;
}

/* ---- Sent entries go after a month; until then their keys keep a second one out. */

static int sweep(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    size_t *n = arg;
    struct sw_scan scan = {.type = &sw_outbox_record, .index = "due", .equal = {SW_K_INT(SW_OUTBOX_SENT)},
                           .to = SW_K_INT(sw_now(tx) - SW_SENT_KEPT), .limit = 200};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    const struct sw_outbox_entry *e = found.v;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++)
        rc = sw_delete(tx, &sw_outbox_record, e[i].head.id, NULL, err);
    *n = rc == SW_OK ? found.n : 0;
    return rc;
}

size_t sw_courier_outbox_sweep(struct sw_courier *c, uint32_t shop)
{
    size_t all = 0;
    for (size_t n = 200; n == 200 && !sw_courier_stopping(); all += n) {
        struct sw_err err = {.code = SW_OK};
        if (sw_courier_tx(c, shop, true, sweep, &n, &err) != SW_OK)
            n = 0;
        sw_arena_reset(c->arena);
    }
    return all;
}
