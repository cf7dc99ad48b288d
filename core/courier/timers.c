/* courier/timers.c: what runs about every so often, once per shop. When it last ran is in the store, so that a daily one stays daily across restarts. */
#include "courier/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_last(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_timer_state *st = arg;
    struct sw_str value;
    int64_t last;
    (void)err;
    if (sw_raw_get(tx, st->shop, sw_str_of(st->key), &value) == SW_OK && value.n == sizeof last) {
        memcpy(&last, value.p, sizeof last);
        st->next = last + st->timer->every;
    }
    return SW_OK;
}

static struct sw_timer_state *state_of(struct sw_courier *c, uint32_t shop, const struct sw_plugin *p, const struct sw_timer *t)
{
    for (size_t i = 0; i < c->n_timers; i++)
        if (c->timers[i].shop == shop && c->timers[i].timer == t)
            return &c->timers[i];
    struct sw_timer_state st = {.shop = shop, .timer = t};
    struct sw_err err = {.code = SW_OK};
    snprintf(st.key, sizeof st.key, "timer.%s.%s", p->name, t->name);
    int rc = sw_courier_tx(c, shop, false, read_last, &st, &err);
    sw_arena_reset(c->arena);
    if (rc != SW_OK)
        return NULL;
    struct sw_timer_state *grown = realloc(c->timers, (c->n_timers + 1) * sizeof *grown);
    if (grown == NULL)
        abort();
    c->timers = grown;
    c->timers[c->n_timers] = st;
    return &c->timers[c->n_timers++];
}

static int run(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_timer_state *st = arg;
    int64_t now = sw_now(tx);
    sw_courier_locale(tx);
    int rc = st->timer->run(tx, err);
    return rc == SW_OK ? sw_raw_put(tx, st->shop, sw_str_of(st->key), (struct sw_str){(const char *)&now, sizeof now}, err) : rc;
}

size_t sw_courier_timers(struct sw_courier *c, uint32_t shop)
{
    const struct sw_loaded *loaded;
    size_t n = sw_host_plugins(&loaded), done = 0;
    for (size_t i = 0; i < n; i++)
        for (const struct sw_timer *t = loaded[i].plugin->timers; t != NULL && t->name != NULL; t++) {
            struct sw_timer_state *st = state_of(c, shop, loaded[i].plugin, t);
            if (st == NULL || c->now < st->next || sw_courier_stopping())
                continue;
            struct sw_err err = {.code = SW_OK};
            int rc = sw_courier_tx(c, shop, true, run, st, &err);
            sw_arena_reset(c->arena);
            st->next = c->now + (t->every > SW_SECOND ? t->every : SW_SECOND);
            if (rc == SW_OK)
                done++;
            else
                sw_log("timer.failed", "name=%s.%s shop=%" PRIu32 " code=%d why=\"%s\"", loaded[i].plugin->name, t->name, shop, rc,
                       err.message);
        }
    return done;
}
