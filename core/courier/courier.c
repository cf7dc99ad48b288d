/* courier/courier.c: the courier's life: three lanes, each a process with the store open, watched over by one that only forks and waits. */
#include "courier/internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LANES = 3, LOOK_MS = 250, PASS_MS = 1000, RESTART_MS = 1000 };

static volatile sig_atomic_t stopping;

static void on_term(int signal)
{
    (void)signal;
    stopping = 1;
}

bool sw_courier_stopping(void)
{
    return stopping != 0;
}

/* ---- One lane ---- */

struct sw_courier *sw_courier_new(struct sw_store *store, const char *home, int lanes)
{
    struct sw_courier *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    c->store = store;
    c->home = home;
    c->lanes = lanes;
    c->arena = sw_arena_new(0);
    return c;
}

void sw_courier_free(struct sw_courier *c)
{
    if (c == NULL)
        return;
    sw_arena_free(c->arena);
    free(c->subs);
    free(c->timers);
    free(c);
}

int sw_courier_tx(struct sw_courier *c, uint32_t shop, bool write, sw_tx_fn *fn, void *arg, struct sw_err *err)
{
    struct sw_run run = {.shop = shop, .system = true, .now = c->now, .arena = c->arena};
    randombytes_buf(run.seed, sizeof run.seed);
    return write ? sw_store_write(c->store, &run, fn, arg, err) : sw_store_read(c->store, &run, fn, arg, err);
}

void sw_courier_locale(struct sw_tx *tx)
{
    const struct sw_shop *s = sw_shop(tx);
    struct sw_locale l;
    memset(&l, 0, sizeof l);
    snprintf(l.language, sizeof l.language, SW_STR_FMT, SW_STR_ARG(s->language));
    snprintf(l.region, sizeof l.region, SW_STR_FMT, SW_STR_ARG(s->region));
    snprintf(l.currency, sizeof l.currency, SW_STR_FMT, SW_STR_ARG(s->currency));
    snprintf(l.zone, sizeof l.zone, SW_STR_FMT, SW_STR_ARG(s->zone));
    sw_locale_set(&l);
}

static int list_shops(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct sw_courier *c = arg;
    uint32_t *shops;
    size_t n;
    int rc = sw_store_shops(tx, &shops, &n, err);
    if (rc != SW_OK)
        return rc;
    c->n_shops = n < SW_SHOPS_SERVED ? n : SW_SHOPS_SERVED;
    if (c->n_shops > 0)
        memcpy(c->shops, shops, c->n_shops * sizeof *shops);
    return SW_OK;
}

size_t sw_courier_pass(struct sw_courier *c, int64_t now)
{
    struct sw_err err = {.code = SW_OK};
    size_t done = 0;
    c->now = now;
    int rc = sw_courier_tx(c, 0, false, list_shops, c, &err);
    sw_arena_reset(c->arena);
    if (rc != SW_OK) {
        sw_log("courier.failed", "code=%d what=shops", rc);
        return 0;
    }
    bool sweep_outbox = (c->lanes & SW_LANE_SEND) != 0 && now >= c->sweep_outbox;
    bool sweep_blobs = (c->lanes & SW_LANE_MEDIA) != 0 && now >= c->sweep_blobs;
    for (size_t i = 0; i < c->n_shops && !stopping; i++) {
        if ((c->lanes & SW_LANE_EVENTS) != 0)
            done += sw_courier_events(c, c->shops[i]) + sw_courier_timers(c, c->shops[i]);
        if ((c->lanes & (SW_LANE_SEND | SW_LANE_MEDIA)) != 0)
            done += sw_courier_outbox(c, c->shops[i]);
        if (sweep_outbox)
            sw_courier_outbox_sweep(c, c->shops[i]);
        if (sweep_blobs)
            sw_courier_blob_sweep(c, c->shops[i]);
    }
    if (sweep_outbox)
        c->sweep_outbox = now + SW_HOUR;
    if (sweep_blobs) {
        sw_courier_leftovers_sweep(c);
        c->sweep_blobs = now + SW_DAY / 2;
    }
    return done;
}

static int64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int open_store(const struct sw_config *config, struct sw_store **store, struct sw_err *err)
{
    char dir[PATH_MAX], blobs[PATH_MAX];
    snprintf(dir, sizeof dir, "%s/store", config->home);
    snprintf(blobs, sizeof blobs, "%s/blobs", config->home);
    struct sw_store_options o = {.dir = dir, .blobs = blobs, .map_size = sw_config_map_size(), .types = sw_host_records()};
    o.hooks = sw_host_hooks(&o.n_hooks);
    return sw_store_open(&o, store, err);
}

static int lane_main(const struct sw_config *config, int lane)
{
    static const char *const names[] = {"", "events", "send", "", "media"};
    struct sw_store *store;
    struct sw_err err = {.code = SW_OK};
    int rc = open_store(config, &store, &err);
    if (rc == SW_OK)
        rc = sw_host_start(&err);
    if (rc != SW_OK) {
        sw_log("courier.failed", "lane=%s code=%d why=\"%s\"", names[lane], rc, err.message);
        return 1;
    }

    struct sw_courier *c = sw_courier_new(store, config->home, lane);
    c->sweep_blobs = sw_clock() + 10 * SW_MINUTE; /* not in the rush of a start */
    sw_log("courier.ready", "lane=%s", names[lane]);
    uint64_t seen = 0;
    int64_t next = 0;
    while (!stopping) {
        struct sw_store_health h;
        sw_store_health(store, &h);
        int64_t at = monotonic();
        size_t done = 0;
        if (h.last_tx != seen || at >= next) {
            seen = h.last_tx;
            next = at + PASS_MS;
            done = sw_courier_pass(c, sw_clock());
        }
        if (done == 0)
            poll(NULL, 0, LOOK_MS); /* a signal that comes just before it waits LOOK_MS at most */
    }
    sw_courier_cursors_save(c);
    sw_courier_free(c);
    sw_store_close(store);
    sw_log("courier.stopped", "lane=%s", names[lane]);
    return 0;
}

/* ---- The one that watches ---- */

static pid_t start_lane(const struct sw_config *config, int lane)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    int status = lane_main(config, lane);
    fflush(NULL);
    _exit(status);
}

static int load(const struct sw_config *config, struct sw_err *err)
{
    const struct sw_loaded *loaded;
    if (sw_host_plugins(&loaded) > 0)
        return SW_OK; /* the supervisor did, before it forked */
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/core", config->prefix);
    sw_host_add(&sw_core_plugin, folder);
    return sw_host_load(config, err);
}

int sw_courier_main(const struct sw_config *config)
{
    static const int lanes[LANES] = {SW_LANE_EVENTS, SW_LANE_SEND, SW_LANE_MEDIA};
    struct sw_err err = {.code = SW_OK};
    struct sigaction action = {.sa_handler = on_term, .sa_flags = SA_RESTART}; /* poll() ends all the same */
    pid_t pids[LANES] = {0, 0, 0};
    int64_t restart[LANES] = {0, 0, 0};
    int failures = 0;

    if (sodium_init() < 0 || load(config, &err) != SW_OK) {
        sw_log("courier.failed", "code=%d why=\"%s\"", (int)err.code, err.message);
        return 1;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    while (!stopping) {
        int64_t now = monotonic();
        for (int i = 0; i < LANES; i++)
            if (pids[i] == 0 && now >= restart[i]) {
                pids[i] = start_lane(config, lanes[i]);
                if (pids[i] < 0)
                    pids[i] = 0, restart[i] = now + RESTART_MS;
            }
        struct timespec wait = {.tv_nsec = LOOK_MS * 1000000L};
        nanosleep(&wait, NULL);
        int status;
        for (pid_t dead; (dead = waitpid(-1, &status, WNOHANG)) > 0;)
            for (int i = 0; i < LANES; i++)
                if (pids[i] == dead) {
                    pids[i] = 0;
                    failures++;
                    restart[i] = monotonic() + RESTART_MS * (failures < 30 ? failures : 30);
                    sw_log("courier.lane_ended", "lane=%d status=%d", lanes[i], status);
                }
    }
    for (int i = 0; i < LANES; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGTERM);
    for (int i = 0; i < LANES; i++)
        while (pids[i] > 0 && waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    return 0;
}
