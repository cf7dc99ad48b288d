/* store/blobs.c: bytes kept by content: BLOBS/SHOP/aa/bbbb…, where aabbbb… is their SHA-256. Durable when the call returns. */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LIMIT = 4096, CHUNK = 64 * 1024 };

int sw_dir_make(const char *path, struct sw_err *err)
{
    char p[PATH_LIMIT];
    size_t n = strlen(path);
    if (!n || n >= sizeof p)
        return sw_fail(err, SW_EFAIL, "", _("The path of a folder is longer than %d bytes."), PATH_LIMIT - 1);
    memcpy(p, path, n + 1);
    for (char *c = p + 1;; c++) {
        if (*c != '/' && *c)
            continue;
        char was = *c;
        *c = 0;
        if (mkdir(p, 0750) != 0 && errno != EEXIST)
            return sw_fail(err, errno == ENOSPC ? SW_EFULL : SW_EFAIL, "", _("The folder %s can't be made: %s."), p, strerror(errno));
        if (!(*c = was))
            return SW_OK;
    }
}

int sw_file_sync(const char *path, struct sw_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int bad = fd < 0 || fsync(fd) != 0, why = errno;
    if (fd >= 0)
        close(fd);
    if (bad)
        return sw_fail(err, why == ENOSPC ? SW_EFULL : SW_EFAIL, "", _("%s can't be made durable: %s."), path, strerror(why));
    return SW_OK;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int disk(struct sw_err *err, const char *path, int why)
{
    if (why == ENOSPC || why == EDQUOT)
        return sw_fail(err, SW_EFULL, "", _("The disk is full; the file was not kept."));
    return sw_fail(err, SW_EFAIL, "", _("The file %s can't be kept: %s."), path, strerror(why));
}

static int copy_bytes(int from, int to)
{
    char b[CHUNK];
    ssize_t n;
    while ((n = read(from, b, sizeof b)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || write_all(to, b, (size_t)n) != 0)
            return -1;
    }
    return fsync(to);
}

int sw_file_copy(const char *from, const char *to, bool link_it, struct sw_err *err)
{
    if (link_it && link(from, to) == 0)
        return SW_OK;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int bad = in < 0 || out < 0 || copy_bytes(in, out) != 0, why = errno;
    if (in >= 0)
        close(in);
    if (out >= 0) {
        close(out);
        if (bad)
            unlink(to);
    }
    return bad ? disk(err, to, why) : SW_OK;
}

/* ---- */

struct place {
    char dir[PATH_LIMIT], path[PATH_LIMIT + 80], temp[PATH_LIMIT + 80];
};

static int place_of(uint32_t shop, const unsigned char hash[32], struct place *p, struct sw_err *err)
{
    const struct sw_store *s = sw_store_current();
    char hex[65];
    if (!s || !s->blobs)
        return sw_fail(err, SW_EFAIL, "", "No store with a folder for blobs is open.");
    sodium_bin2hex(hex, sizeof hex, hash, 32);
    if (snprintf(p->dir, sizeof p->dir, "%s/%u/%.2s", s->blobs, shop, hex) >= (int)sizeof p->dir)
        return sw_fail(err, SW_EFAIL, "", _("The path of a folder is longer than %d bytes."), PATH_LIMIT - 1);
    snprintf(p->path, sizeof p->path, "%s/%s", p->dir, hex + 2);
    snprintf(p->temp, sizeof p->temp, "%s/.%.16s.%ld.%08x", p->dir, hex, (long)getpid(), randombytes_random());
    return SW_OK;
}

/* There already: its age starts again, so that the courier does not sweep it away before a record names it. */
static bool there(const struct place *p, uint64_t size)
{
    struct stat st;
    return stat(p->path, &st) == 0 && (uint64_t)st.st_size == size && utimensat(AT_FDCWD, p->path, NULL, 0) == 0;
}

/* The whole file stands at p->temp: make it durable, then give it its name. */
static int settle(const struct place *p, struct sw_err *err)
{
    struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    utimensat(AT_FDCWD, p->temp, now, 0);
    chmod(p->temp, 0640);
    int rc = sw_file_sync(p->temp, err);
    if (rc == SW_OK && rename(p->temp, p->path) != 0)
        rc = disk(err, p->path, errno);
    if (rc) {
        unlink(p->temp);
        return rc;
    }
    unlink(p->temp); /* rename leaves it when both names were the same file already */
    rc = sw_file_sync(p->dir, err);
    if (rc == SW_OK) { /* the folders above may be new too */
        char up[PATH_LIMIT];
        memcpy(up, p->dir, sizeof up);
        for (int i = 0; i < 2 && rc == SW_OK; i++) {
            *strrchr(up, '/') = 0;
            rc = sw_file_sync(up, err);
        }
    }
    return rc;
}

int sw_blob_add(uint32_t shop, const void *bytes, size_t n, struct sw_blob *out, struct sw_err *err)
{
    struct place p;
    crypto_hash_sha256(out->sha256, bytes, n);
    out->size = n;
    int rc = place_of(shop, out->sha256, &p, err);
    if (rc || there(&p, n))
        return rc;
    rc = sw_dir_make(p.dir, err);
    if (rc)
        return rc;
    int fd = open(p.temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return disk(err, p.temp, errno);
    int bad = write_all(fd, bytes, n), why = errno;
    close(fd);
    if (bad) {
        unlink(p.temp);
        return disk(err, p.temp, why);
    }
    return settle(&p, err);
}

static int hash_file(const char *path, struct sw_blob *out, struct sw_err *err)
{
    crypto_hash_sha256_state st;
    unsigned char b[CHUNK];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sw_fail(err, SW_EFAIL, "", _("The file %s can't be read: %s."), path, strerror(errno));
    crypto_hash_sha256_init(&st);
    out->size = 0;
    while ((n = read(fd, b, sizeof b)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0)
            continue;
        crypto_hash_sha256_update(&st, b, (size_t)n);
        out->size += (uint64_t)n;
    }
    int why = errno;
    close(fd);
    if (n < 0)
        return sw_fail(err, SW_EFAIL, "", _("The file %s can't be read: %s."), path, strerror(why));
    crypto_hash_sha256_final(&st, out->sha256);
    return SW_OK;
}

int sw_blob_add_file(uint32_t shop, const char *path, struct sw_blob *out, struct sw_err *err)
{
    struct place p;
    int rc = hash_file(path, out, err);
    if (rc == SW_OK)
        rc = place_of(shop, out->sha256, &p, err);
    if (rc || there(&p, out->size))
        return rc;
    rc = sw_dir_make(p.dir, err);
    if (rc == SW_OK)
        rc = sw_file_copy(path, p.temp, true, err);
    return rc ? rc : settle(&p, err);
}

int sw_blob_check(const char *path, const char hex[64], struct sw_err *err)
{
    struct sw_blob b;
    char is[65];
    int rc = hash_file(path, &b, err);
    if (rc)
        return rc;
    sodium_bin2hex(is, sizeof is, b.sha256, 32);
    return memcmp(is, hex, 64) == 0 ? SW_OK : sw_fail(err, SW_EFAIL, "", _("The file %s was changed: its bytes do not fit its name."), path);
}

int sw_blob_path(struct sw_arena *a, uint32_t shop, struct sw_str hash, struct sw_str *path)
{
    struct place p;
    if (hash.n != 32)
        return SW_ENOTFOUND;
    int rc = place_of(shop, (const unsigned char *)hash.p, &p, NULL);
    if (rc == SW_OK)
        *path = sw_copy(a, sw_str_of(p.path));
    return rc;
}
