/* The courier in one process, with a clock of the test's own: subscribers, retries and dead letters, timers, blobs, media. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "courier/internal.h"
#include "record/codec.h"
#include "web/files.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#define T0 INT64_C(1790000000000)
#define ok(call) assert_int_equal((call), SW_OK)

/* ---- A plugin that the test drives */

struct thing {
    struct sw_head head;
    struct sw_str text;
};
static const struct sw_field thing_fields[] = {SW_F_TEXT(struct thing, text, 1, .max = 100)};
static const struct sw_record thing_record = {SW_RECORD(struct thing, "ping.thing", thing_fields)};
static const struct sw_record letter_record = {SW_RECORD(struct thing, "ping.letter", thing_fields)};

static int answers[32], n_asked;        /* what the sender says, one try after the other */
static char ids[32][64], texts[32][64]; /* what it was given */
static int heard, refuse_event, ticks;

static int send_ping(struct sw_delivery *d, const void *payload, struct sw_err *err)
{
    const struct thing *t = payload;
    int at = n_asked++;
    snprintf(ids[at], sizeof ids[at], SW_STR_FMT, SW_STR_ARG(sw_delivery_id(d)));
    snprintf(texts[at], sizeof texts[at], SW_STR_FMT, SW_STR_ARG(t->text));
    assert_int_equal(sw_delivery_shop(d), 1);
    return answers[at] == SW_OK ? SW_OK : sw_fail(err, (enum sw_code)answers[at], "", "The line is busy, try %d.", at + 1);
}

static int on_thing(struct sw_tx *tx, const struct sw_event *event, struct sw_err *err)
{
    if (refuse_event > 0) {
        refuse_event--;
        return sw_fail(err, SW_EFAIL, "", "Not now.");
    }
    heard++;
    struct thing letter = {.text = SW_STR("heard")};
    char key[40];
    snprintf(key, sizeof key, "event-%" PRIu64, event->seq);
    return sw_leave(tx, "ping", sw_str_of(key), &letter_record, &letter, 0, err);
}

static int on_tick(struct sw_tx *tx, struct sw_err *err)
{
    (void)tx;
    (void)err;
    ticks++;
    return SW_OK;
}

static const struct sw_plugin ping = {
    SW_PLUGIN_HEAD,
    .name = "ping",
    .version = "1",
    .summary = "For this test",
    .records = (const struct sw_record *const[]){&thing_record, NULL},
    .senders = (const struct sw_sender[]){{"ping", &letter_record, send_ping}, {NULL, NULL, NULL}},
    .subscribers = (const struct sw_subscriber[]){{"things", "ping.thing.", on_thing}, {NULL, NULL, NULL}},
    .timers = (const struct sw_timer[]){{"tick", 10 * SW_MINUTE, on_tick}, {NULL, 0, NULL}},
};

/* ---- An instance */

static char home[64];
static struct sw_store *store;
static struct sw_courier *courier;
static struct sw_err err;

static void open_store(void)
{
    char dir[100], blobs[100];
    snprintf(dir, sizeof dir, "%s/store", home);
    snprintf(blobs, sizeof blobs, "%s/blobs", home);
    struct sw_store_options o = {.dir = dir, .blobs = blobs, .map_size = 64 << 20, .create = true, .types = sw_host_records()};
    ok(sw_store_open(&o, &store, &err));
    courier = sw_courier_new(store, home, SW_LANE_ALL);
    courier->sweep_blobs = INT64_MAX; /* but where a test wants it */
}

static void close_store(void)
{
    sw_courier_free(courier);
    sw_store_close(store);
}

static int write_tx(sw_tx_fn *fn, void *arg, int64_t now)
{
    struct sw_run run = {.shop = 1, .system = true, .now = now};
    return sw_store_write(store, &run, fn, arg, &err);
}
static int read_tx(sw_tx_fn *fn, void *arg)
{
    struct sw_run run = {.shop = 1, .system = true, .now = T0};
    return sw_store_read(store, &run, fn, arg, &err);
}

static int make_shop(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct sw_shop s = {.name = SW_STR("Harbor Street"), .language = SW_STR("en"), .zone = SW_STR("America/Los_Angeles")};
    return sw_store_shop_new(tx, &s, arg, e);
}

static int setup(void **state)
{
    uint32_t shop = 0;
    (void)state;
    struct sw_config none = {.home = home, .prefix = ".", .plugins = ""};
    strcpy(home, "/tmp/sw-courier-XXXXXX");
    assert_non_null(mkdtemp(home));
    sw_host_add(&sw_core_plugin, ".");
    sw_host_add(&ping, ".");
    ok(sw_host_load(&none, &err));
    open_store();
    ok(write_tx(make_shop, &shop, T0));
    assert_int_equal(shop, 1);
    memset(answers, 0, sizeof answers);
    n_asked = heard = refuse_event = ticks = 0;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    close_store();
    sw_host_unload();
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- Short words */

static int leave(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct thing letter = {.text = sw_str_of(arg)};
    return sw_leave(tx, "ping", sw_str_of(arg), &letter_record, &letter, 0, e);
}

static int add_thing(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct thing t = {.text = sw_str_of(arg)};
    return sw_put(tx, &thing_record, &t, NULL, e);
}

/* The entries of the outbox, oldest first. */
struct entries {
    struct sw_outbox_entry v[20];
    char error[20][100];
    size_t n;
};
static int read_entries(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct entries *all = arg;
    struct sw_scan scan = {.type = &sw_outbox_record, .limit = 20};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, e);
    all->n = found.n;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++) {
        all->v[i] = ((struct sw_outbox_entry *)found.v)[i];
        snprintf(all->error[i], sizeof all->error[i], SW_STR_FMT, SW_STR_ARG(all->v[i].error));
    }
    return rc;
}
static struct entries outbox(void)
{
    struct entries all;
    ok(read_tx(read_entries, &all));
    return all;
}

/* ---- Effects */

static void test_sent_once(void **state)
{
    (void)state;
    ok(write_tx(leave, "hello", T0));
    ok(write_tx(leave, "hello", T0)); /* the same key: one effect */
    sw_courier_pass(courier, T0);
    sw_courier_pass(courier, T0 + SW_MINUTE);
    assert_int_equal(n_asked, 1);
    assert_string_equal(texts[0], "hello");
    struct entries all = outbox();
    assert_int_equal(all.n, 1);
    assert_int_equal(all.v[0].state, SW_OUTBOX_SENT);
    assert_int_equal(all.v[0].sent, T0);
    assert_int_equal(all.v[0].payload.n, 0); /* what was in it is not kept */
}

static void test_retries_with_backoff(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        answers[i] = SW_EBUSY;
    ok(write_tx(leave, "again", T0));
    sw_courier_pass(courier, T0);
    assert_int_equal(n_asked, 1);
    struct entries all = outbox();
    assert_int_equal(all.v[0].state, SW_OUTBOX_WAITING);
    assert_int_equal(all.v[0].attempts, 1);
    assert_int_equal(all.v[0].due, T0 + 30 * SW_SECOND);
    assert_string_equal(all.error[0], "The line is busy, try 1.");
    sw_courier_pass(courier, T0 + 29 * SW_SECOND); /* not yet */
    assert_int_equal(n_asked, 1);
    sw_courier_pass(courier, T0 + 30 * SW_SECOND);
    assert_int_equal(n_asked, 2);
    assert_int_equal(outbox().v[0].due, T0 + 90 * SW_SECOND);
    sw_courier_pass(courier, T0 + 90 * SW_SECOND);
    sw_courier_pass(courier, T0 + SW_HOUR);
    assert_int_equal(n_asked, 4);
    assert_int_equal(outbox().v[0].state, SW_OUTBOX_SENT);
    for (int i = 1; i < 4; i++)
        assert_string_equal(ids[i], ids[0]); /* the same id for each try */
}

static void test_dead_after_twelve(void **state)
{
    int64_t now = T0;
    (void)state;
    for (int i = 0; i < 32; i++)
        answers[i] = SW_EBUSY;
    ok(write_tx(leave, "never", T0));
    for (int i = 0; i < 20; i++, now += 7 * SW_HOUR)
        sw_courier_pass(courier, now);
    assert_int_equal(n_asked, SW_TRIES_MAX);
    struct entries all = outbox();
    assert_int_equal(all.v[0].state, SW_OUTBOX_DEAD);
    assert_string_equal(all.error[0], "The line is busy, try 12.");
    assert_true(all.v[0].payload.n > 0); /* so that staff can try it again */
}

static void test_refused_for_good_blocks_nobody(void **state)
{
    (void)state;
    answers[0] = SW_EINVALID;
    ok(write_tx(leave, "bad address", T0));
    ok(write_tx(leave, "good address", T0));
    sw_courier_pass(courier, T0);
    struct entries all = outbox();
    assert_int_equal(all.v[0].state, SW_OUTBOX_DEAD);
    assert_int_equal(all.v[1].state, SW_OUTBOX_SENT);
}

static void test_down_provider_rests(void **state)
{
    (void)state;
    char key[8][8];
    for (int i = 0; i < 8; i++) {
        answers[i] = SW_EBUSY;
        snprintf(key[i], sizeof key[i], "k%d", i);
        ok(write_tx(leave, key[i], T0));
    }
    sw_courier_pass(courier, T0);
    assert_int_equal(n_asked, SW_BUSY_ROW); /* not each of the eight waits for its own timeout */
    memset(answers, 0, sizeof answers);
    for (int i = 1; i <= 5; i++)
        sw_courier_pass(courier, T0 + i * SW_MINUTE);
    struct entries all = outbox();
    for (int i = 0; i < 8; i++)
        assert_int_equal(all.v[i].state, SW_OUTBOX_SENT);
}

static int leave_unknown(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct thing letter = {.text = sw_str_of(arg)};
    return sw_leave(tx, "pigeon", sw_str_of("p"), &letter_record, &letter, 0, e);
}

static void test_unknown_kind_waits(void **state)
{
    (void)state;
    ok(write_tx(leave_unknown, "x", T0));
    for (int i = 0; i < 20; i++)
        sw_courier_pass(courier, T0 + i * SW_DAY);
    struct entries all = outbox();
    assert_int_equal(all.v[0].state, SW_OUTBOX_WAITING);
    assert_int_equal(all.v[0].attempts, 0);
    assert_non_null(strstr(all.error[0], "pigeon"));
}

static void test_sent_entries_go_after_a_month(void **state)
{
    (void)state;
    ok(write_tx(leave, "old", T0));
    sw_courier_pass(courier, T0);
    sw_courier_pass(courier, T0 + 29 * SW_DAY);
    assert_int_equal(outbox().n, 1);
    sw_courier_pass(courier, T0 + 31 * SW_DAY);
    assert_int_equal(outbox().n, 0);
}

/* ---- Subscribers */

static void test_events_once_across_restarts(void **state)
{
    (void)state;
    ok(write_tx(add_thing, "a", T0));
    ok(write_tx(add_thing, "b", T0));
    sw_courier_pass(courier, T0);
    assert_int_equal(heard, 2);
    assert_int_equal(n_asked, 2); /* their effects left in the same pass */
    close_store();
    open_store();
    sw_courier_pass(courier, T0 + SW_SECOND);
    assert_int_equal(heard, 2);
    ok(write_tx(add_thing, "c", T0 + SW_SECOND));
    sw_courier_pass(courier, T0 + SW_MINUTE);
    assert_int_equal(heard, 3);
}

static void test_failing_subscriber_tries_again(void **state)
{
    (void)state;
    refuse_event = 2;
    ok(write_tx(add_thing, "a", T0));
    sw_courier_pass(courier, T0);
    assert_int_equal(heard, 0);
    assert_int_equal(outbox().n, 0); /* nothing of the failed run stayed */
    for (int i = 1; i < 10; i++)
        sw_courier_pass(courier, T0 + i * SW_SECOND);
    assert_int_equal(heard, 1);
}

static void test_hopeless_event_is_left_out(void **state)
{
    (void)state;
    ok(write_tx(add_thing, "a", T0));
    ok(write_tx(add_thing, "b", T0));
    refuse_event = 12;
    for (int i = 0; i < 40; i++)
        sw_courier_pass(courier, T0 + i * SW_HOUR / 2);
    assert_int_equal(heard, 1);
}

static void test_new_subscriber_skips_old_news(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        ok(write_tx(add_thing, "old", T0));
    ok(write_tx(add_thing, "new", T0 + 40 * SW_DAY));
    sw_courier_pass(courier, T0 + 40 * SW_DAY + SW_HOUR);
    assert_int_equal(heard, 1);
}

/* ---- Timers */

static void test_timer(void **state)
{
    (void)state;
    sw_courier_pass(courier, T0);
    sw_courier_pass(courier, T0 + SW_MINUTE);
    assert_int_equal(ticks, 1);
    close_store();
    open_store();
    sw_courier_pass(courier, T0 + 2 * SW_MINUTE); /* a restart does not start it anew */
    assert_int_equal(ticks, 1);
    sw_courier_pass(courier, T0 + 10 * SW_MINUTE);
    assert_int_equal(ticks, 2);
}

/* ---- Blobs and media */

static void blob_path(const struct sw_blob *b, char *path, size_t n)
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, b->sha256, 32);
    snprintf(path, n, "%s/blobs/1/%.2s/%s", home, hex, hex + 2);
}

static int add_file(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct sw_file *f = arg;
    struct sw_media m = {.file = 0};
    int rc = sw_put(tx, &sw_file_record, f, NULL, e);
    m.file = f->head.id;
    return rc == SW_OK ? sw_leave(tx, "media", (struct sw_str){NULL, 0}, &sw_media_record, &m, 0, e) : rc;
}

static int read_file(struct sw_tx *tx, void *arg, struct sw_err *e)
{
    struct sw_file *f = arg;
    return sw_get(tx, &sw_file_record, f->head.id, f, e);
}

/* What the courier makes of a file; hashes point into freed memory afterwards, only their lengths count. */
static struct sw_file make_of(const char *path, const char *mime)
{
    struct sw_blob b;
    ok(sw_blob_add_file(1, path, &b, &err));
    struct sw_file f = {.parent_type = SW_STR("core.shop"), .parent = 1, .name = SW_STR("x"), .mime = sw_str_of(mime),
                        .blob = {(const char *)b.sha256, 32}};
    ok(write_tx(add_file, &f, T0));
    sw_courier_pass(courier, T0);
    ok(read_tx(read_file, &f));
    return f;
}

static const char *sample(const char *name)
{
    static char path[4200];
    const char *dir = getenv("SW_SRCDIR");
    snprintf(path, sizeof path, "%s/tests/courier/%s", dir != NULL ? dir : ".", name);
    return path;
}

static void test_picture(void **state)
{
    (void)state;
    struct sw_file f = make_of(sample("sample.png"), "image/png");
    assert_int_equal(f.state, SW_FILE_READY);
    assert_int_equal(f.width, 96);
    assert_int_equal(f.height, 64);
    assert_int_equal(f.thumb.n, 32);
    assert_int_equal(f.play.n, 32); /* for customers: without what the camera wrote into the original */
}

static void test_heic(void **state)
{
    (void)state;
    struct sw_file f = make_of(sample("sample.heic"), "image/heic");
    assert_int_equal(f.state, SW_FILE_READY);
    assert_int_equal(f.thumb.n, 32);
    assert_int_equal(f.play.n, 32); /* a JPEG, because browsers don't show HEIC */
}

static void test_video(void **state)
{
    (void)state;
    struct sw_file f = make_of(sample("sample.mov"), "video/quicktime");
    assert_int_equal(f.state, SW_FILE_READY);
    assert_int_equal(f.width, 160);
    assert_int_equal(f.height, 120);
    assert_int_equal(f.seconds, 2);
    assert_int_equal(f.thumb.n, 32);
    assert_int_equal(f.play.n, 32);
}

static void test_broken_media(void **state)
{
    char path[100];
    (void)state;
    snprintf(path, sizeof path, "%s/garbage", home);
    FILE *f = fopen(path, "w");
    fputs("\xff\xd8\xff this is no picture", f);
    fclose(f);
    assert_int_equal(make_of(path, "image/jpeg").state, SW_FILE_BROKEN);
    assert_int_equal(make_of(path, "video/mp4").state, SW_FILE_BROKEN);
    assert_int_equal(make_of(path, "application/pdf").state, SW_FILE_PLAIN);
}

/* A playlist that names another file must not be followed, whatever it is called. */
static void test_playlist_is_no_video(void **state)
{
    char path[100];
    (void)state;
    snprintf(path, sizeof path, "%s/list", home);
    FILE *f = fopen(path, "w");
    fprintf(f, "#EXTM3U\n#EXTINF:2,\nfile://%s\n#EXT-X-ENDLIST\n", sample("sample.mov"));
    fclose(f);
    assert_int_equal(make_of(path, "video/mp4").state, SW_FILE_BROKEN);
}

static void age(const char *path)
{
    struct timespec old[2] = {{.tv_sec = T0 / 1000 - 2 * 86400}, {.tv_sec = T0 / 1000 - 2 * 86400}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static void put_old(const char *path, bool old)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    if (old)
        age(path);
}

/* Uploads that nobody finished, and what killed processes left: gone after a day, with the folders that are empty then. */
static void test_leftovers(void **state)
{
    char uploads[200], user[300], busy[300], stray[300], path[400];
    (void)state;
    snprintf(path, sizeof path, "%s/tmp", home);
    mkdir(path, 0700);
    snprintf(stray, sizeof stray, "%s/tmp/upload-abcdef", home);
    snprintf(uploads, sizeof uploads, "%s/tmp/uploads", home);
    mkdir(uploads, 0700);
    snprintf(path, sizeof path, "%s/1", uploads);
    mkdir(path, 0700);
    snprintf(user, sizeof user, "%s/1/7", uploads);
    mkdir(user, 0700);
    snprintf(busy, sizeof busy, "%s/1/8", uploads);
    mkdir(busy, 0700);
    snprintf(path, sizeof path, "%s/old", user);
    put_old(path, true);
    snprintf(path, sizeof path, "%s/old.is", user);
    put_old(path, true);
    snprintf(path, sizeof path, "%s/old", busy);
    put_old(path, true);
    snprintf(path, sizeof path, "%s/young", busy);
    put_old(path, false);
    put_old(stray, true);
    age(user);
    age(busy);
    courier->now = T0;
    assert_int_equal(sw_courier_leftovers_sweep(courier), 4);
    assert_int_not_equal(access(stray, F_OK), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(user, F_OK), 0);
    assert_int_equal(access(busy, F_OK), 0);
    assert_int_equal(sw_courier_leftovers_sweep(courier), 0);
}

static void test_blob_sweep(void **state)
{
    char named[200], unnamed[200], young[200];
    struct sw_blob b[3];
    (void)state;
    ok(sw_blob_add(1, "named", 5, &b[0], &err));
    ok(sw_blob_add(1, "unnamed", 7, &b[1], &err));
    ok(sw_blob_add(1, "young", 5, &b[2], &err));
    blob_path(&b[0], named, sizeof named);
    blob_path(&b[1], unnamed, sizeof unnamed);
    blob_path(&b[2], young, sizeof young);
    struct sw_file f = {.parent_type = SW_STR("core.shop"), .parent = 1, .name = SW_STR("x"), .mime = SW_STR("application/pdf"),
                        .blob = {(const char *)b[0].sha256, 32}};
    ok(write_tx(add_file, &f, T0));
    age(named);
    age(unnamed);
    struct timespec at[2] = {{.tv_sec = T0 / 1000}, {.tv_sec = T0 / 1000}};
    utimensat(AT_FDCWD, young, at, 0);
    courier->now = T0;
    assert_int_equal(sw_courier_blob_sweep(courier, 1), 1);
    assert_int_equal(access(named, F_OK), 0);
    assert_int_equal(access(unnamed, F_OK), -1);
    assert_int_equal(access(young, F_OK), 0);
}

/* ---- Children */

static int endless(void *arg)
{
    (void)arg;
    while (pause() < 0)
        ;
    return 0;
}
static int crash(void *arg)
{
    (void)arg;
    abort();
}
static int greedy(void *arg)
{
    (void)arg;
    for (int i = 0; i < 64; i++) {
        char *p = malloc(16 << 20);
        if (p == NULL)
            return 3;
        memset(p, 1, 16 << 20);
    }
    return 0;
}

static void test_children_are_held(void **state)
{
    (void)state;
    struct sw_child child = {.run = endless, .seconds = 0, .megabytes = 512};
    assert_int_equal(sw_child_run(&child), SW_CHILD_TIMEOUT);
    child = (struct sw_child){.run = crash, .seconds = 10, .megabytes = 512};
    assert_int_equal(sw_child_run(&child), SW_CHILD_FAILED);
#ifndef SANITIZED
    child = (struct sw_child){.run = greedy, .seconds = 10, .megabytes = 128};
    assert_int_equal(sw_child_run(&child), SW_CHILD_FAILED);
#else
    (void)greedy;
#endif
    const char *const argv[] = {"/nowhere/at/all", NULL};
    child = (struct sw_child){.argv = argv, .seconds = 10, .megabytes = 128};
    assert_int_equal(sw_child_run(&child), SW_CHILD_NOT_STARTED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sent_once), T(test_retries_with_backoff), T(test_dead_after_twelve), T(test_refused_for_good_blocks_nobody),
        T(test_down_provider_rests), T(test_unknown_kind_waits), T(test_sent_entries_go_after_a_month),
        T(test_events_once_across_restarts), T(test_failing_subscriber_tries_again), T(test_hopeless_event_is_left_out),
        T(test_new_subscriber_skips_old_news), T(test_timer), T(test_picture), T(test_heic), T(test_video), T(test_broken_media),
        T(test_playlist_is_no_video), T(test_blob_sweep), T(test_leftovers), T(test_children_are_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
