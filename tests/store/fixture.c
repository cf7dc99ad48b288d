#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sw_store *store;
char home[64];
struct sw_err err;
const struct sw_hook *hooks;

static void words(const void *record, struct sw_arena *a, void (*add)(void *sink, struct sw_str key), void *sink)
{
    const struct person *p = record;
    (void)a;
    for (size_t i = 0, from = 0; i <= p->name.n; i++)
        if (i == p->name.n || p->name.p[i] == ' ') {
            add(sink, (struct sw_str){p->name.p + from, i - from});
            from = i + 1;
        }
}

static const struct sw_field person_fields[] = {
    SW_F_TEXT(struct person, name, 1, .flags = SW_REQUIRED, .label = "Name", .max = 200),
    SW_F_TEXT(struct person, number, 2, .label = "Number", .max = 200),
    SW_F_REF(struct person, merged_into, 3, "t.person"),
    SW_F_TEXT(struct person, note, 4, .max = 200000),
};
static const struct sw_index person_indexes[] = {
    {.name = "name", .fields = {"name"}},
    {.name = "number", .fields = {"number"}, .flags = SW_UNIQUE | SW_SKIP_EMPTY},
    {.name = "search", .emit = words},
    {.name = NULL},
};
const struct sw_record person_record = {
    SW_RECORD(struct person, "t.person", person_fields), .owner = SW_OWNER_SELF, .indexes = person_indexes};

static const struct sw_word job_words[] = {
    {JOB_NEW, "new", "New", NULL, NULL},
    {JOB_RUNNING, "running", "Running", NULL, NULL},
    {JOB_DONE, "done", "Done", NULL, NULL},
    {JOB_CANCELLED, "cancelled", "Cancelled", NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum job_states = {"job_state", job_words};
static const struct sw_field job_fields[] = {
    SW_F_REF(struct job, person, 1, "t.person"),
    SW_F_ENUM(struct job, state, 2, &job_states),
    SW_F_INT(struct job, due, 3, .flags = SW_NEGATIVE),
    SW_F_TEXT(struct job, title, 4),
};
static const struct sw_index job_indexes[] = {
    {.name = "person", .fields = {"person"}, .flags = SW_COVERING},
    {.name = "board", .fields = {"state", "due"}},
    {.name = NULL},
};
const struct sw_record job_record = {SW_RECORD(struct job, "t.job", job_fields),
                                     .owner = SW_OWNER_FIELD,
                                     .owner_field = "person",
                                     .indexes = job_indexes};

static const struct sw_field task_fields[] = {
    SW_F_REF(struct task, job, 1, "t.job"),
    SW_F_TEXT(struct task, text, 2),
};
static const struct sw_index task_indexes[] = {
    {.name = "job", .fields = {"job"}, .flags = SW_COVERING},
    {.name = NULL},
};
const struct sw_record task_record = {SW_RECORD(struct task, "t.task", task_fields),
                                      .owner = SW_OWNER_PARENT,
                                      .owner_field = "job",
                                      .indexes = task_indexes,
                                      .flags = SW_TYPE_SUBJECT};

static const struct sw_field desk_fields[] = {SW_F_TEXT(struct desk, text, 1)};
const struct sw_record desk_record = {SW_RECORD(struct desk, "t.desk", desk_fields)};
const struct sw_record tick_record = {SW_RECORD(struct desk, "t.tick", desk_fields), .flags = SW_TECHNICAL};

static const struct sw_record *types[16];

void store_open(size_t map_size)
{
    static const struct sw_record *const own[] = {&person_record, &job_record, &task_record, &desk_record, &tick_record};
    char dir[96], blobs[96];
    size_t n = 0;
    for (; sw_core_records[n]; n++)
        types[n] = sw_core_records[n];
    memcpy(types + n, own, sizeof own);
    snprintf(dir, sizeof dir, "%s/store", home);
    snprintf(blobs, sizeof blobs, "%s/blobs", home);
    size_t n_hooks = 0;
    while (hooks && hooks[n_hooks].before_put)
        n_hooks++;
    struct sw_store_options o = {.dir = dir, .blobs = blobs, .map_size = map_size, .create = true, .types = types,
                                 .hooks = hooks, .n_hooks = n_hooks};
    ok(sw_store_open(&o, &store, &err));
}

void store_reopen(void)
{
    sw_store_close(store);
    store_open(64 << 20);
}

int setup(void **state)
{
    (void)state;
    uint32_t shop;
    strcpy(home, "/tmp/shopwright-store-XXXXXX");
    assert_non_null(mkdtemp(home));
    store_open(64 << 20);
    struct sw_tx *tx = begin(true, 0, NULL);
    for (int i = 1; i <= 2; i++) {
        struct sw_shop s = {.name = i == 1 ? S("North") : S("South"), .host = i == 1 ? S("") : S("south.test"),
                            .currency = S("USD")};
        ok(sw_store_shop_new(tx, &s, &shop, &err));
        assert_int_equal(shop, i);
    }
    commit(tx);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

int teardown(void **state)
{
    (void)state;
    sw_store_close(store);
    store = NULL;
    hooks = NULL;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct sw_viewer customer(uint64_t id)
{
    return (struct sw_viewer){.user = 100 + id, .licences = SW_PORTAL, .customer = id, .member = 9, .name = S("Cus Tomer")};
}

struct sw_viewer advisor(void)
{
    return (struct sw_viewer){.user = 7, .licences = SW_ADVISOR, .member = 8, .name = S("Ad Visor")};
}

struct sw_tx *begin(bool write, uint32_t shop, const struct sw_viewer *v)
{
    struct sw_run run = {.shop = shop, .system = !v, .now = 1000000};
    struct sw_tx *tx;
    if (v)
        run.viewer = *v;
    ok(sw_tx_begin(store, NULL, write, &run, &tx, &err));
    return tx;
}

void commit(struct sw_tx *tx)
{
    assert_int_equal(tx->broken, SW_OK);
    if (tx->write)
        ok(sw_chain_sign(store, tx->e, &err));
    ok(store->ops->commit(tx->e, &err));
    sw_tx_free(tx);
}

void drop(struct sw_tx *tx)
{
    store->ops->abort(tx->e);
    sw_tx_free(tx);
}

static uint64_t add(uint32_t shop, const struct sw_record *d, void *rec)
{
    struct sw_tx *tx = begin(true, shop, NULL);
    ok(sw_put(tx, d, rec, NULL, &err));
    commit(tx);
    return ((struct sw_head *)rec)->id;
}

uint64_t add_person(uint32_t shop, const char *name, const char *number)
{
    struct person p = {.name = S(name), .number = S(number)};
    return add(shop, &person_record, &p);
}

uint64_t add_job(uint32_t shop, uint64_t person, const char *title)
{
    struct job j = {.person = person, .title = S(title)};
    return add(shop, &job_record, &j);
}

uint64_t add_task(uint32_t shop, uint64_t job, const char *text)
{
    struct task t = {.job = job, .text = S(text)};
    return add(shop, &task_record, &t);
}
