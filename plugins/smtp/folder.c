/* folder.c: a demo instance keeps its mails in a folder. The file's name is the delivery's id, so a second try writes the same file again. */
#include "letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct sw_err *err, const char *path)
{
    return sw_fail(err, SW_EBUSY, "", _("%s can’t be written: %s."), path, strerror(errno));
}

int smtp_to_folder(const struct smtp_letter *l, const char *folder, struct sw_err *err)
{
    char dir[3000], path[3200], temp[3200];
    if (folder[0] == '/')
        snprintf(dir, sizeof dir, "%s", folder);
    else
        snprintf(dir, sizeof dir, "%s/%s", sw_setting("core", "home"), folder);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return fail(err, dir);
    snprintf(path, sizeof path, "%s/" SW_STR_FMT ".eml", dir, SW_STR_ARG(l->id));
    snprintf(temp, sizeof temp, "%s/." SW_STR_FMT ".%ld", dir, SW_STR_ARG(l->id), (long)getpid());
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return fail(err, temp);
    size_t at = 0;
    while (at < l->n) {
        ssize_t w = write(fd, l->bytes + at, l->n - at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            break;
        at += (size_t)w;
    }
    bool whole = at == l->n && fsync(fd) == 0;
    int why = errno;
    close(fd);
    if (!whole || rename(temp, path) != 0) {
        if (!whole)
            errno = why;
        int rc = fail(err, path);
        unlink(temp);
        return rc;
    }
    return SW_OK;
}
