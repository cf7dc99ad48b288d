/* cli/backup.c: backup and restore. A backup is a folder that looks like an instance: store/, blobs/, rules/, shopwright.conf. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const char backup_usage[] = "Usage: shopwright backup DIR [--home DIR]\n"
                                   "Makes a hot, compact copy of the instance in DIR, which must not exist yet: store, files, rules, configuration.\n"
                                   "The server goes on meanwhile. `shopwright restore` makes an instance of it.\n"
                                   "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";
static const char restore_usage[] = "Usage: shopwright restore DIR --home NEW\n"
                                    "Makes the instance NEW, which must not exist yet, from the backup in DIR, after proving it: every shop's event chain,\n"
                                    "each record and each file against it. When something does not hold, it says what, and NEW is not made.\n"
                                    "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

/* nftw() hands no argument on; the copy is one at a time. */
static struct {
    char to[PATH_MAX];
    size_t from_n;
    struct sw_err *err;
} copying;

static int copy_bytes(int in, int out)
{
    static char buf[1 << 16];
    for (;;) {
        ssize_t n = read(in, buf, sizeof(buf));
        if (n == 0)
            return fsync(out);
        if (n < 0 && errno == EINTR)
            continue;
        for (ssize_t done = 0, k; done < n; done += k)
            if ((k = write(out, buf + done, (size_t)(n - done))) < 0)
                return -1;
        if (n < 0)
            return -1;
    }
}

static int copy_one(const char *from, const struct stat *st, int kind, struct FTW *ftw)
{
    char to[PATH_MAX + NAME_MAX];
    (void)ftw;
    if (snprintf(to, sizeof(to), "%s%s", copying.to, from + copying.from_n) >= (int)sizeof(to)) {
        sw_fail(copying.err, SW_ETOOLARGE, "", _("The path %s is too long to be copied."), from);
        return 1;
    }
    if (kind == FTW_D) {
        if (mkdir(to, st->st_mode & 07777) == 0 || errno == EEXIST)
            return 0;
    } else if (kind == FTW_F && S_ISREG(st->st_mode)) {
        int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st->st_mode & 0777);
        int rc = in >= 0 && out >= 0 ? copy_bytes(in, out) : -1;
        int why = errno;
        if (in >= 0)
            close(in);
        if (out >= 0 && close(out) != 0 && rc == 0) {
            rc = -1;
            why = errno;
        }
        errno = why;
        if (rc == 0)
            return 0;
    } else {
        return 0; /* sockets and links are no part of an instance */
    }
    sw_fail(copying.err, errno == ENOSPC ? SW_EFULL : SW_EFAIL, "", _("%s can't be copied to %s: %s."), from, to, strerror(errno));
    return 1;
}

/* A file or a folder; one that is not there is no error. */
static int copy_tree(const char *from_dir, const char *to_dir, const char *name, struct sw_err *err)
{
    char from[PATH_MAX];
    struct stat st;
    snprintf(from, sizeof(from), "%s/%s", from_dir, name);
    if (stat(from, &st) != 0)
        return SW_OK;
    if (snprintf(copying.to, sizeof(copying.to), "%s/%s", to_dir, name) >= (int)sizeof(copying.to))
        return sw_fail(err, SW_ETOOLARGE, "", _("The path %s is too long."), to_dir);
    copying.from_n = strlen(from);
    copying.err = err;
    int rc = nftw(from, copy_one, 32, FTW_PHYS);
    if (rc == 1)
        return err->code != SW_OK ? (int)err->code : SW_EFAIL;
    return rc == 0 ? SW_OK : sw_fail(err, SW_EFAIL, "", _("%s can't be read: %s."), from, strerror(errno));
}

static int make_new(const char *dir, struct sw_err *err)
{
    if (mkdir(dir, 0750) == 0)
        return SW_OK;
    return errno == EEXIST ? sw_fail(err, SW_ESTATE, "", _("%s is there already; name a folder that does not exist yet."), dir)
                           : sw_fail(err, SW_EFAIL, "", _("The folder %s can't be made: %s."), dir, strerror(errno));
}

static int one_operand(struct sw_cli_args *args, int argc, char **argv, const char **out)
{
    if (sw_cli_option(args, argc, argv) != -1)
        return args->status;
    if (optind + 1 != argc)
        return sw_cli_usage(args, "say which folder");
    *out = argv[optind];
    return -1;
}

int sw_cli_backup(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = backup_usage};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    const char *dir = NULL;
    int status = one_operand(&args, argc, argv, &dir);
    if (status != -1)
        return status;
    int rc = sw_cli_open(args.home, CLI_READ, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = make_new(dir, &err);
    if (rc == SW_OK)
        rc = sw_store_backup(in.store, dir, &err);
    if (rc == SW_OK)
        rc = copy_tree(in.config->home, dir, "rules", &err);
    if (rc == SW_OK)
        rc = copy_tree(in.config->home, dir, "shopwright.conf", &err);
    sw_cli_close(&in);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    printf("Copied to %s.\n", dir);
    return CLI_OK;
}

static void fault(void *arg, const struct sw_verify_fault *f)
{
    (void)arg;
    printf("event %" PRIu64 ", " SW_STR_FMT " %" PRIu64 " version %" PRIu64 ": %s\n", f->seq, SW_STR_ARG(f->type), f->id, f->version, f->what);
}

/* The configuration is in its place already: it says which plugins' records to prove. */
static int fill(const char *dir, const char *part, uint64_t *events, struct sw_err *err)
{
    struct sw_cli_instance in;
    char store[PATH_MAX + 16], blobs[PATH_MAX + 16];
    snprintf(store, sizeof(store), "%s/store", part);
    snprintf(blobs, sizeof(blobs), "%s/blobs", part);
    int rc = sw_cli_open(part, CLI_CONFIG, &in, err);
    if (rc != SW_OK)
        return rc;
    rc = sw_store_restore(dir, store, blobs, sw_host_records(), fault, NULL, events, err);
    sw_cli_close(&in);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int sw_cli_restore(int argc, char **argv)
{
    static const char *const parts[] = {"rules", "shopwright.conf"};
    static const char *const fresh[] = {"run", "nginx", "outbox", "rules", "blobs"};
    struct sw_cli_args args = {.usage = restore_usage};
    struct sw_err err = {0};
    const char *dir = NULL;
    char part[PATH_MAX], path[PATH_MAX + 16];
    struct stat st;
    int status = one_operand(&args, argc, argv, &dir);
    if (status != -1)
        return status;
    if (snprintf(part, sizeof(part), "%s.part", args.home) >= (int)sizeof(part))
        return sw_cli_usage(&args, "the path %s is too long", args.home);
    snprintf(path, sizeof(path), "%.*s/store", PATH_MAX - 1, dir);
    if (stat(path, &st) != 0) {
        sw_fail(&err, SW_ENOTFOUND, "", _("%s is no backup: it has no store."), dir);
        return sw_cli_fail(&err);
    }
    if (stat(args.home, &st) == 0) {
        sw_fail(&err, SW_ESTATE, "", _("%s is there already; name a folder that does not exist yet."), args.home);
        return sw_cli_fail(&err);
    }
    uint64_t events = 0;
    int rc = make_new(part, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    for (size_t i = 0; rc == SW_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = copy_tree(dir, part, parts[i], &err);
    if (rc == SW_OK)
        rc = fill(dir, part, &events, &err);
    for (size_t i = 0; rc == SW_OK && i < sizeof(fresh) / sizeof(fresh[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", part, fresh[i]);
        if (mkdir(path, 0750) != 0 && errno != EEXIST)
            rc = sw_fail(&err, SW_EFAIL, "", _("The folder %s can't be made: %s."), path, strerror(errno));
    }
    if (rc == SW_OK && rename(part, args.home) != 0)
        rc = sw_fail(&err, SW_EFAIL, "", _("%s can't be renamed to %s: %s."), part, args.home, strerror(errno));
    if (rc != SW_OK) {
        nftw(part, remove_one, 32, FTW_DEPTH | FTW_PHYS);
        return sw_cli_fail(&err);
    }
    printf("Restored to %s: %" PRIu64 " events, no fault. Run `shopwright nginx-config` before nginx is started there.\n", args.home, events);
    return CLI_OK;
}
