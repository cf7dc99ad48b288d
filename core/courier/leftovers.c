/* courier/leftovers.c: HOME/tmp holds what is on its way: uploads in pieces, bodies taken apart, folders where media are made. What is older than a day belongs to somebody who
 * went away, or to a process that was killed. */
#include "courier/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 4 }; /* tmp/uploads/SHOP/USER/ID */

static size_t sweep(const char *path, int64_t before, int depth)
{
    char sub[4200];
    struct stat st;
    size_t gone = 0;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bool old = (int64_t)st.st_mtim.tv_sec * 1000 < before; /* a folder's time is that of its last change: an old one is in nobody's use */
        if (S_ISDIR(st.st_mode) && depth < DEPTH && snprintf(sub, sizeof sub, "%s/%s", path, e->d_name) < (int)sizeof sub) {
            gone += sweep(sub, before, depth + 1);
            if (old)
                unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR); /* only when it is empty by now */
        } else if (!S_ISDIR(st.st_mode) && old) {
            gone += unlinkat(dirfd(dir), e->d_name, 0) == 0;
        }
    }
    closedir(dir);
    return gone;
}

size_t sw_courier_leftovers_sweep(struct sw_courier *c)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tmp", c->home);
    size_t gone = sweep(path, c->now - SW_LEFTOVER_AGE, 1);
    if (gone > 0)
        sw_log("leftovers.swept", "removed=%zu", gone);
    return gone;
}
