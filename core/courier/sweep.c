/* courier/sweep.c: blobs that no record names, older than a day, are removed. Whatever stored type has a field of raw bytes may name one: nobody has to register, so nobody
 * can forget. A blob that is added again gets a new time (store/blobs.c), so one that a request is about to name is never old. */
#include "courier/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/codec.h"

/* The hashes that records name: open addressing, 32 bytes each. */
struct named {
    unsigned char (*v)[32];
    bool *used;
    size_t n, size;
};

static void named_add(struct named *s, const unsigned char hash[32]);

static void named_grow(struct named *s)
{
    struct named old = *s;
    s->size = old.size > 0 ? old.size * 2 : 1024;
    s->n = 0;
    s->v = calloc(s->size, sizeof *s->v);
    s->used = calloc(s->size, sizeof *s->used);
    if (s->v == NULL || s->used == NULL)
        abort();
    for (size_t i = 0; i < old.size; i++)
        if (old.used[i])
            named_add(s, old.v[i]);
    free(old.v);
    free(old.used);
}

static size_t named_slot(const struct named *s, const unsigned char hash[32])
{
    uint64_t h;
    memcpy(&h, hash, sizeof h);
    size_t i = (size_t)h & (s->size - 1);
    while (s->used[i] && memcmp(s->v[i], hash, 32) != 0)
        i = (i + 1) & (s->size - 1);
    return i;
}

static void named_add(struct named *s, const unsigned char hash[32])
{
    if (s->n * 2 >= s->size)
        named_grow(s);
    size_t i = named_slot(s, hash);
    if (!s->used[i]) {
        s->used[i] = true;
        memcpy(s->v[i], hash, 32);
        s->n++;
    }
}

static bool holds_bytes(const struct sw_record *d, int depth)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        if (f->kind == SW_KIND_BYTES || (f->sub != NULL && depth < 8 && holds_bytes(f->sub, depth + 1)))
            return true;
    }
    return false;
}

static void collect(struct named *s, const struct sw_record *d, const void *rec, int depth)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct sw_field *f = &d->fields[i];
        const void *at = sw_field_ptr(f, rec);
        if (f->kind == SW_KIND_BYTES) {
            const struct sw_str *bytes = at;
            if (bytes->n == 32)
                named_add(s, (const unsigned char *)bytes->p);
        } else if (f->kind == SW_KIND_SUB && depth < 8) {
            const void *const *sub = at;
            if (*sub != NULL)
                collect(s, f->sub, *sub, depth + 1);
        } else if (f->kind == SW_KIND_LIST && depth < 8) {
            const struct sw_list *list = at;
            for (size_t k = 0; k < list->n; k++)
                collect(s, f->sub, (const char *)list->v + k * f->sub->size, depth + 1);
        }
    }
}

struct page {
    struct named *named;
    const struct sw_record *type;
    struct sw_str after;
    char next[600];
};

static int collect_page(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct page *p = arg;
    struct sw_scan scan = {.type = p->type, .limit = 200, .after = p->after};
    struct sw_found found;
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK)
        return rc;
    for (size_t i = 0; i < found.n; i++) {
        const void *rec = (const char *)found.v + i * p->type->size;
        collect(p->named, p->type, rec, 0);
        if (p->type == &sw_outbox_record) { /* a mail that waits names its attachment */
            const struct sw_outbox_entry *e = rec;
            if (e->state != SW_OUTBOX_SENT && sw_str_is(e->type, sw_mail_record.name)) {
                struct sw_mail mail;
                if (sw_stored_decode(sw_tx_arena(tx), &sw_mail_record, e->payload, &mail, NULL) == SW_OK)
                    collect(p->named, &sw_mail_record, &mail, 0);
            }
        }
    }
    if (found.next.n >= sizeof p->next)
        return sw_fail(err, SW_EFAIL, "", "A place in a scan is too long.");
    if (found.next.n > 0)
        memcpy(p->next, found.next.p, found.next.n);
    p->after = (struct sw_str){p->next, found.next.n};
    return SW_OK;
}

static int collect_all(struct sw_courier *c, uint32_t shop, struct named *named)
{
    for (const struct sw_record *const *t = sw_host_records(); *t != NULL; t++) {
        if (!holds_bytes(*t, 0))
            continue;
        struct page p = {.named = named, .type = *t};
        do {
            struct sw_err err = {.code = SW_OK};
            int rc = sw_courier_tx(c, shop, false, collect_page, &p, &err);
            sw_arena_reset(c->arena);
            if (rc != SW_OK || sw_courier_stopping())
                return SW_EFAIL;
        } while (p.after.n > 0);
    }
    return SW_OK;
}

static size_t sweep_folder(const char *path, const char *prefix, const struct named *named, int64_t before)
{
    DIR *dir = opendir(path);
    size_t gone = 0;
    if (dir == NULL)
        return 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char hex[65];
        unsigned char hash[32];
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
            (int64_t)st.st_mtim.tv_sec * 1000 >= before)
            continue;
        bool blob = strlen(e->d_name) == 62 && snprintf(hex, sizeof hex, "%s%s", prefix, e->d_name) == 64 &&
                    sodium_hex2bin(hash, sizeof hash, hex, 64, NULL, NULL, NULL) == 0;
        if (!blob && e->d_name[0] != '.') /* half-written ones begin with a dot; anything else is not ours */
            continue;
        if (blob && named->size > 0 && named->used[named_slot(named, hash)])
            continue;
        gone += unlinkat(dirfd(dir), e->d_name, 0) == 0;
    }
    closedir(dir);
    return gone;
}

size_t sw_courier_blob_sweep(struct sw_courier *c, uint32_t shop)
{
    struct named named = {NULL, NULL, 0, 0};
    char path[4096], sub[4200];
    size_t gone = 0;
    /* Age is judged before the records are read: what is named meanwhile is younger. */
    int64_t before = c->now - SW_BLOB_AGE;
    snprintf(path, sizeof path, "%s/blobs/%" PRIu32, c->home, shop);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    if (collect_all(c, shop, &named) == SW_OK)
        for (struct dirent *e; (e = readdir(dir)) != NULL;) {
            if (strlen(e->d_name) != 2 || e->d_name[0] == '.')
                continue;
            snprintf(sub, sizeof sub, "%s/%.2s", path, e->d_name);
            gone += sweep_folder(sub, e->d_name, &named, before);
        }
    closedir(dir);
    free(named.v);
    free(named.used);
    if (gone > 0)
        sw_log("blobs.swept", "shop=%" PRIu32 " removed=%zu named=%zu", shop, gone, named.n);
    return gone;
}
