/* store/backup.c: a hot, compact copy; and the way back, which believes nothing. */
#include "store/internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LIMIT = 4096 };

struct path {
    char p[PATH_LIMIT];
};

static int join(struct path *out, const char *dir, const char *name, struct sw_err *err)
{
    if (snprintf(out->p, sizeof out->p, "%s/%s", dir, name) >= (int)sizeof out->p)
        return sw_fail(err, SW_EFAIL, "", _("The path of a folder is longer than %d bytes."), PATH_LIMIT - 1);
    return SW_OK;
}

/* Not there, or a folder without anything in it. */
static int refuse_used(const char *dir, struct sw_err *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    if (!d)
        return errno == ENOENT ? SW_OK : sw_fail(err, SW_EFAIL, "", _("%s can't be read: %s."), dir, strerror(errno));
    while ((e = readdir(d)) && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0))
        ;
    closedir(d);
    return e ? sw_fail(err, SW_EFAIL, "", _("%s is not empty. Please name a new folder."), dir) : SW_OK;
}

/* One level of the blobs' folders: shop, two digits, file. Names that no blob has are passed over. */
struct copying {
    bool link_it, check;
    int (*level)(struct copying *c, const char *from, const char *to, struct sw_err *err);
    char head[3];
};

static int each(struct copying *c, const char *from, const char *to, size_t length,
                int (*one)(struct copying *, const char *, const char *, const char *, struct sw_err *), struct sw_err *err)
{
    DIR *d = opendir(from);
    struct dirent *e;
    if (!d)
        return errno == ENOENT ? SW_OK : sw_fail(err, SW_EFAIL, "", _("%s can't be read: %s."), from, strerror(errno));
    int rc = sw_dir_make(to, err);
    while (rc == SW_OK && (e = readdir(d))) {
        size_t n = strlen(e->d_name);
        struct path f, t;
        if (n != strspn(e->d_name, "0123456789abcdef") || (length ? n != length : n > 10))
            continue;
        rc = join(&f, from, e->d_name, err);
        if (rc == SW_OK)
            rc = join(&t, to, e->d_name, err);
        if (rc == SW_OK)
            rc = one(c, f.p, t.p, e->d_name, err);
    }
    closedir(d);
    return rc ? rc : sw_file_sync(to, err);
}

static int copy_blob(struct copying *c, const char *from, const char *to, const char *name, struct sw_err *err)
{
    char hex[65];
    int rc = sw_file_copy(from, to, c->link_it, err);
    if (rc || !c->check)
        return rc;
    snprintf(hex, sizeof hex, "%.2s%.62s", c->head, name);
    return sw_blob_check(to, hex, err);
}

static int copy_head(struct copying *c, const char *from, const char *to, const char *name, struct sw_err *err)
{
    memcpy(c->head, name, 2);
    return each(c, from, to, 62, copy_blob, err);
}

static int copy_shop(struct copying *c, const char *from, const char *to, const char *name, struct sw_err *err)
{
    (void)name;
    return each(c, from, to, 2, copy_head, err);
}

int sw_store_backup(struct sw_store *s, const char *to_dir, struct sw_err *err)
{
    struct path store, data, blobs;
    struct copying c = {.link_it = true};
    int rc = refuse_used(to_dir, err);
    if (rc == SW_OK)
        rc = join(&store, to_dir, "store", err);
    if (rc == SW_OK)
        rc = join(&data, store.p, "data.mdb", err);
    if (rc == SW_OK)
        rc = join(&blobs, to_dir, "blobs", err);
    if (rc == SW_OK)
        rc = sw_dir_make(store.p, err);
    if (rc == SW_OK)
        rc = s->ops->backup(s->engine, store.p, err);
    if (rc == SW_OK)
        rc = sw_file_sync(data.p, err);
    if (rc == SW_OK)
        rc = sw_file_sync(store.p, err);
    /* After the store, so that each blob it names is there: blobs are added before the record, and swept a day later. */
    if (rc == SW_OK && s->blobs)
        rc = each(&c, s->blobs, blobs.p, 0, copy_shop, err);
    return rc ? rc : sw_file_sync(to_dir, err);
}

/* ---- Restore */

struct shops {
    uint32_t *v;
    size_t n;
};

static int read_shops(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct shops *s = arg;
    return sw_store_shops(tx, &s->v, &s->n, err);
}

static int prove(struct sw_store *s, void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg, uint64_t *n,
                 struct sw_err *err)
{
    struct shops shops = {NULL, 0};
    struct sw_arena *a = sw_arena_new(0);
    struct sw_run run = {.system = true, .arena = a};
    uint64_t walked = 0;
    int rc = sw_store_verify(s, 0, bad, arg, n, err);
    if (rc == SW_OK)
        rc = sw_store_read(s, &run, read_shops, &shops, err);
    for (size_t i = 0; i < shops.n && (rc == SW_OK || bad); i++) {
        int one = sw_store_verify(s, shops.v[i], bad, arg, &walked, rc ? NULL : err);
        rc = rc ? rc : one;
        *n += walked;
    }
    sw_arena_free(a);
    return rc;
}

static int prove_at(const char *dir, const struct sw_record *const *types,
                    void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg, uint64_t *n, struct sw_err *err)
{
    struct sw_store_options o = {.dir = dir, .types = types};
    struct sw_store *s;
    int rc = sw_store_open(&o, &s, err);
    if (rc)
        return rc;
    rc = prove(s, bad, arg, n, err);
    sw_store_close(s);
    return rc;
}

static void drop(const char *dir)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    struct path p;
    for (size_t i = 0; i < 2; i++)
        if (join(&p, dir, names[i], NULL) == SW_OK)
            unlink(p.p);
    rmdir(dir);
}

int sw_store_restore(const char *from_dir, const char *to_store, const char *to_blobs, const struct sw_record *const *types,
                     void (*bad)(void *arg, const struct sw_verify_fault *f), void *arg, uint64_t *n, struct sw_err *err)
{
    struct path from, data, blobs;
    struct copying c = {.check = true}; /* copied, never linked: the backup stays as it is */
    *n = 0;
    int rc = refuse_used(to_store, err);
    if (rc == SW_OK)
        rc = refuse_used(to_blobs, err);
    if (rc == SW_OK)
        rc = join(&from, from_dir, "store/data.mdb", err);
    if (rc == SW_OK && access(from.p, R_OK) != 0)
        rc = sw_fail(err, SW_EFAIL, "", _("There is no backup in %s."), from_dir);
    if (rc == SW_OK)
        rc = join(&blobs, from_dir, "blobs", err);
    if (rc == SW_OK)
        rc = join(&data, to_store, "data.mdb", err);
    if (rc == SW_OK)
        rc = sw_dir_make(to_store, err);
    if (rc)
        return rc;
    rc = sw_file_copy(from.p, data.p, false, err);
    if (rc == SW_OK)
        rc = prove_at(to_store, types, bad, arg, n, err);
    if (rc == SW_OK)
        rc = each(&c, blobs.p, to_blobs, 0, copy_shop, err);
    if (rc == SW_OK)
        rc = sw_file_sync(to_store, err);
    if (rc)
        drop(to_store);
    return rc;
}
