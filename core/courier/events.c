/* courier/events.c: subscribers. Each has a cursor per shop; an event that it asked for is one transaction together with the cursor, so it is never done twice
 * and never lost. The cursor over events that it did not ask for is kept in memory and saved now and then: going over them again is harmless. */
#include "courier/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAVE_EVERY = 1000, TRIES = 12 };
#define OLD_NEWS SW_DAY

static bool asked_for(const struct sw_subscriber *s, struct sw_str kind)
{
    size_t n = strlen(s->kind);
    if (n > 0 && s->kind[n - 1] == '.')
        return kind.n > n && memcmp(kind.p, s->kind, n) == 0;
    return sw_str_is(kind, s->kind);
}

static int read_cursor(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_sub_state *st = arg;
    struct sw_str value;
    uint64_t high = 0, low = 0;
    unsigned char hash[32], key[32];
    int rc = sw_raw_get(tx, st->shop, sw_str_of(st->key), &value);
    if (rc == SW_OK && value.n == sizeof st->cursor) {
        memcpy(&st->cursor, value.p, value.n);
        st->saved = st->cursor;
        return SW_OK;
    }
    if (rc != SW_OK && rc != SW_ENOTFOUND)
        return rc;
    /* Never asked before: a new shop's first events concern it, a long history does not (nobody wants mails about last year). So it begins with the
     * first event that is less than a day old. Events are in the order of time: a binary search. */
    rc = sw_chain_head(tx, &high, hash, key);
    if (rc != SW_OK)
        return rc == SW_ENOTFOUND ? SW_OK : rc;
    while (low < high) { /* all up to low are old, the one after high is not */
        uint64_t mid = low + (high - low) / 2;
        struct sw_event *e;
        size_t n;
        if ((rc = sw_events_after(tx, mid, 1, &e, &n, err)) != SW_OK)
            return rc;
        if (n > 0 && e[0].at < sw_now(tx) - OLD_NEWS)
            low = mid + 1;
        else
            high = mid;
    }
    st->cursor = low;
    return SW_OK;
}

static int save_cursor(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_sub_state *st = arg;
    return sw_raw_put(tx, st->shop, sw_str_of(st->key), (struct sw_str){(const char *)&st->cursor, sizeof st->cursor}, err);
}

static void save(struct sw_courier *c, struct sw_sub_state *st)
{
    struct sw_err err = {.code = SW_OK};
    if (sw_courier_tx(c, st->shop, true, save_cursor, st, &err) == SW_OK)
        st->saved = st->cursor;
    sw_arena_reset(c->arena);
}

void sw_courier_cursors_save(struct sw_courier *c)
{
    c->now = sw_clock();
    for (size_t i = 0; i < c->n_subs; i++)
        if (c->subs[i].cursor != c->subs[i].saved)
            save(c, &c->subs[i]);
}

static struct sw_sub_state *state_of(struct sw_courier *c, uint32_t shop, const struct sw_plugin *p, const struct sw_subscriber *s)
{
    for (size_t i = 0; i < c->n_subs; i++)
        if (c->subs[i].shop == shop && c->subs[i].sub == s)
            return &c->subs[i];
    struct sw_sub_state st = {.shop = shop, .sub = s};
    struct sw_err err = {.code = SW_OK};
    snprintf(st.key, sizeof st.key, "cursor.%s.%s", p->name, s->name);
    int rc = sw_courier_tx(c, shop, false, read_cursor, &st, &err);
    sw_arena_reset(c->arena);
    if (rc != SW_OK) {
        sw_log("courier.failed", "code=%d what=cursor", rc);
        return NULL;
    }
    struct sw_sub_state *grown = realloc(c->subs, (c->n_subs + 1) * sizeof *grown);
    if (grown == NULL)
        abort();
    c->subs = grown;
    c->subs[c->n_subs] = st;
    return &c->subs[c->n_subs++];
}

/* What comes after the cursor: events that concern nobody are gone over here, the next one that does is named. */
struct peek {
    struct sw_sub_state *st;
    uint64_t wanted; /* 0: none yet */
    bool more;
};
static int peek(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct peek *p = arg;
    struct sw_event *events;
    size_t n;
    int rc = sw_events_after(tx, p->st->cursor, SW_EVENTS_MAX, &events, &n, err);
    for (size_t i = 0; rc == SW_OK && i < n; i++) {
        if (asked_for(p->st->sub, events[i].kind)) {
            p->wanted = events[i].seq;
            return SW_OK;
        }
        p->st->cursor = events[i].seq;
    }
    p->more = n == SW_EVENTS_MAX;
    return rc;
}

static int handle(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct peek *p = arg;
    struct sw_event *event;
    size_t n;
    int rc = sw_events_after(tx, p->wanted - 1, 1, &event, &n, err);
    if (rc != SW_OK || n == 0)
        return rc;
    sw_courier_locale(tx);
    if ((rc = p->st->sub->on_event(tx, event, err)) != SW_OK)
        return rc;
    return sw_raw_put(tx, p->st->shop, sw_str_of(p->st->key), (struct sw_str){(const char *)&p->wanted, sizeof p->wanted}, err);
}

/* A subscriber that fails holds up itself only, and only for a while: an event that fails again and again is left out, and said so. */
static void failed(struct sw_courier *c, struct sw_sub_state *st, uint64_t seq, int rc, const struct sw_err *err)
{
    st->tries++;
    st->again = c->now + sw_courier_backoff(st->tries) / 30; /* 1 s, 2 s, … */
    sw_log("subscriber.failed", "name=%s shop=%" PRIu32 " seq=%" PRIu64 " try=%d code=%d why=\"%s\"", st->sub->name, st->shop, seq, st->tries,
           rc, err->message);
    if (st->tries < TRIES)
        return;
    sw_log("subscriber.left_out", "name=%s shop=%" PRIu32 " seq=%" PRIu64, st->sub->name, st->shop, seq);
    st->cursor = seq;
    st->tries = 0;
    save(c, st);
}

static size_t run_one(struct sw_courier *c, struct sw_sub_state *st)
{
    size_t done = 0;
    while (done < SW_EVENTS_MAX && !sw_courier_stopping() && c->now >= st->again) {
        struct peek p = {.st = st};
        struct sw_err err = {.code = SW_OK};
        int rc = sw_courier_tx(c, st->shop, false, peek, &p, &err);
        sw_arena_reset(c->arena);
        if (rc != SW_OK) {
            sw_log("courier.failed", "code=%d what=events", rc);
            break;
        }
        if (p.wanted == 0) {
            if (!p.more)
                break;
            continue;
        }
        rc = sw_courier_tx(c, st->shop, true, handle, &p, &err);
        sw_arena_reset(c->arena);
        if (rc != SW_OK) {
            failed(c, st, p.wanted, rc, &err);
            break;
        }
        st->cursor = st->saved = p.wanted;
        st->tries = 0;
        done++;
    }
    if (st->cursor - st->saved >= SAVE_EVERY)
        save(c, st);
    return done;
}

size_t sw_courier_events(struct sw_courier *c, uint32_t shop)
{
    const struct sw_loaded *loaded;
    size_t n = sw_host_plugins(&loaded), done = 0;
    for (size_t i = 0; i < n; i++)
        for (const struct sw_subscriber *s = loaded[i].plugin->subscribers; s != NULL && s->name != NULL; s++) {
            struct sw_sub_state *st = state_of(c, shop, loaded[i].plugin, s);
            if (st != NULL)
                done += run_one(c, st);
        }
    return done;
}
