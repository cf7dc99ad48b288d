/* courier/internal.h: what the files of core/courier share. Tests include it too: they drive single passes with a clock of their own. */
#ifndef SW_COURIER_INTERNAL_H
#define SW_COURIER_INTERNAL_H

#include "courier/courier.h"
#include "store/store.h"

enum {
    SW_TRIES_MAX = 12,           /* of one effect; then it is a dead letter */
    SW_DUE_MAX = 100,            /* effects taken up in one pass and shop */
    SW_DUE_LOOKED_MAX = 5000,    /* entries looked at for them: those of other lanes stand between */
    SW_BUSY_ROW = 3,             /* so many "try again" of one kind in a row, and the kind rests */
    SW_EVENTS_MAX = 200,         /* events one subscriber gets in one pass and shop */
    SW_KINDS_MAX = 64,           /* kinds of effects that may rest at once */
    SW_SHOPS_SERVED = 1000,      /* shops of one installation */
};
#define SW_BACKOFF_FIRST (30 * SW_SECOND)
#define SW_BACKOFF_MOST (6 * SW_HOUR)
#define SW_KIND_REST (30 * SW_SECOND)
#define SW_SENT_KEPT (30 * SW_DAY)
#define SW_BLOB_AGE SW_DAY
#define SW_LEFTOVER_AGE SW_DAY

/* Lanes: each is a process, so that a slow mail server holds up neither events nor thumbnails. Bits, because tests run all in one. */
enum { SW_LANE_EVENTS = 1 << 0, SW_LANE_SEND = 1 << 1, SW_LANE_MEDIA = 1 << 2, SW_LANE_ALL = 7 };

struct sw_sub_state {
    uint32_t shop;
    const struct sw_subscriber *sub;
    char key[128];           /* its cursor's raw key */
    uint64_t cursor, saved;  /* events up to it are done; what the store has */
    int tries;               /* of the event after the cursor */
    int64_t again;           /* not before */
};
struct sw_timer_state {
    uint32_t shop;
    const struct sw_timer *timer;
    char key[128];
    int64_t next;
};
struct sw_kind_state {
    char kind[48];
    int busy;     /* in a row */
    int64_t rest; /* until */
};
struct sw_courier {
    struct sw_store *store;
    const char *home;
    int lanes;
    struct sw_arena *arena; /* of one step; reset by each */
    uint32_t shops[SW_SHOPS_SERVED];
    size_t n_shops;
    struct sw_sub_state *subs;
    size_t n_subs;
    struct sw_timer_state *timers;
    size_t n_timers;
    struct sw_kind_state kinds[SW_KINDS_MAX];
    size_t n_kinds;
    int64_t sweep_outbox, sweep_blobs; /* next time */
    int64_t now;                       /* of this pass */
};
/* The process's plugins are loaded and the store is open. */
struct sw_courier *sw_courier_new(struct sw_store *store, const char *home, int lanes);
void sw_courier_free(struct sw_courier *c);
/* Once over everything that is due at `now`; how many effects, events and timers it did. */
size_t sw_courier_pass(struct sw_courier *c, int64_t now);
/* SIGTERM came: finish what is in hand, take up nothing new. */
bool sw_courier_stopping(void);
/* A transaction as the system at c->now, in c->arena. */
int sw_courier_tx(struct sw_courier *c, uint32_t shop, bool write, sw_tx_fn *fn, void *arg, struct sw_err *err);
/* Speak the shop's language and zone. */
void sw_courier_locale(struct sw_tx *tx);

size_t sw_courier_events(struct sw_courier *c, uint32_t shop); /* events.c */
void sw_courier_cursors_save(struct sw_courier *c);
size_t sw_courier_timers(struct sw_courier *c, uint32_t shop); /* timers.c */
size_t sw_courier_outbox(struct sw_courier *c, uint32_t shop); /* outbox.c */
size_t sw_courier_outbox_sweep(struct sw_courier *c, uint32_t shop);
size_t sw_courier_blob_sweep(struct sw_courier *c, uint32_t shop); /* sweep.c */
size_t sw_courier_leftovers_sweep(struct sw_courier *c); /* leftovers.c: of all shops */
/* How long to wait after the attempts-th try. */
int64_t sw_courier_backoff(int64_t attempts);

struct sw_delivery {
    struct sw_courier *courier;
    uint32_t shop;
    struct sw_arena *arena;
    struct sw_str id;
};


/* ---- media.c: the sender of kind "media" */
extern const struct sw_sender sw_media_sender;

/* ---- child.c: a process with limits, for what reads strangers' files */
struct sw_child {
    const char *const *argv;     /* a program; or … */
    int (*run)(void *arg);       /* … a function; its result is the exit status */
    void *arg;
    const char *output;          /* file for what it prints; NULL: nowhere */
    int64_t seconds, megabytes;  /* wall clock (and twice that of processor); data, not counting maps of files */
};
enum sw_child_end { SW_CHILD_OK, SW_CHILD_FAILED, SW_CHILD_TIMEOUT, SW_CHILD_STOPPED, SW_CHILD_NOT_STARTED };
enum sw_child_end sw_child_run(const struct sw_child *child);

/* ---- picture.c, video.c: into `dir`: thumb.jpg, play.jpg or play.mp4, and sizes */
struct sw_made {
    int64_t width, height, seconds;
    bool thumb, play;
};
enum sw_child_end sw_picture_make(const char *path, const char *dir, struct sw_made *made);
enum sw_child_end sw_video_make(const char *path, const char *dir, struct sw_made *made);

#endif
