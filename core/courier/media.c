/* courier/media.c: thumbnails and playable video of a core.file. */
#include "courier/internal.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/files.h"

struct job {
    uint64_t id;
    struct sw_arena *arena;
    struct sw_file file; /* blob and mime in the arena */
    bool gone;
};

static int look(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct job *j = arg;
    int rc = sw_get(tx, &sw_file_record, j->id, &j->file, err);
    j->gone = rc == SW_ENOTFOUND;
    if (rc != SW_OK)
        return j->gone ? SW_OK : rc;
    j->file.blob = sw_copy(j->arena, j->file.blob);
    j->file.mime = sw_copy(j->arena, j->file.mime);
    return SW_OK;
}

struct result {
    uint64_t id;
    struct sw_made made;
    struct sw_str thumb, play; /* hashes */
    int32_t state;
};

static int keep(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    const struct result *r = arg;
    struct sw_file f;
    int rc = sw_get(tx, &sw_file_record, r->id, &f, err);
    if (rc != SW_OK)
        return rc == SW_ENOTFOUND ? SW_OK : rc;
    if (r->made.width > 0) {
        f.width = r->made.width;
        f.height = r->made.height;
    }
    if (r->made.seconds > 0)
        f.seconds = r->made.seconds;
    f.thumb = r->thumb;
    f.play = r->play;
    f.state = r->state;
    return sw_put(tx, &sw_file_record, &f, "previewed", err);
}

static void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    rmdir(path);
}

static int add_blob(struct sw_delivery *d, const char *dir, const char *name, struct sw_str *hash, struct sw_err *err)
{
    char path[4200];
    struct sw_blob blob;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int rc = sw_blob_add_file(sw_delivery_shop(d), path, &blob, err);
    if (rc == SW_OK)
        *hash = sw_copy(sw_delivery_arena(d), (struct sw_str){(const char *)blob.sha256, sizeof blob.sha256});
    return rc;
}

/* A folder of its own beside the blobs, so that what is made there can be linked into them. */
static int make_folder(struct sw_delivery *d, char *dir, size_t size, struct sw_err *err)
{
    char up[4000];
    snprintf(up, sizeof up, "%s/tmp", d->courier->home);
    if (mkdir(up, 0750) != 0 && errno != EEXIST)
        return sw_fail(err, SW_EBUSY, "", _("The folder %s can't be made: %s."), up, strerror(errno));
    snprintf(dir, size, "%s/media-%" PRIu32 "-XXXXXX", up, sw_delivery_shop(d));
    if (mkdtemp(dir) == NULL)
        return sw_fail(err, SW_EBUSY, "", _("A folder in %s can't be made: %s."), up, strerror(errno));
    return SW_OK;
}

static int make(struct sw_delivery *d, const struct job *j, const char *path, struct result *r, struct sw_err *err)
{
    const char *mime = sw_cstr(j->arena, j->file.mime);
    bool video = strncmp(mime, "video/", 6) == 0;
    char dir[4096];
    int rc = make_folder(d, dir, sizeof dir, err);
    if (rc != SW_OK)
        return rc;
    enum sw_child_end end = video ? sw_video_make(path, dir, &r->made) : sw_picture_make(path, dir, &r->made);
    if (end == SW_CHILD_OK) {
        r->state = SW_FILE_READY;
        rc = add_blob(d, dir, "thumb.jpg", &r->thumb, err);
        if (rc == SW_OK && r->made.play)
            rc = add_blob(d, dir, video ? "play.mp4" : "play.jpg", &r->play, err);
        if (rc != SW_OK)
            rc = SW_EBUSY; /* the disk: it may have room later */
    } else if (end == SW_CHILD_STOPPED) {
        rc = sw_fail(err, SW_EBUSY, "", "%s", _("The courier was stopped."));
    } else if (end == SW_CHILD_NOT_STARTED) {
        rc = sw_fail(err, SW_EBUSY, "", "%s", video ? _("ffmpeg can't be started.") : _("libvips can't be started."));
    } else {
        r->state = SW_FILE_BROKEN; /* the file itself: another try would end the same way */
        sw_log("media.broken", "file=%" PRIu64 " shop=%" PRIu32 " timeout=%d", j->id, sw_delivery_shop(d), end == SW_CHILD_TIMEOUT);
    }
    remove_folder(dir);
    return rc;
}

static int send(struct sw_delivery *d, const void *payload, struct sw_err *err)
{
    const struct sw_media *m = payload;
    struct job j = {.id = m->file, .arena = sw_delivery_arena(d)};
    struct result r = {.id = m->file, .state = SW_FILE_PLAIN};
    struct sw_str path;
    int rc = sw_delivery_tx(d, false, look, &j, err);
    if (rc != SW_OK)
        return SW_EBUSY;
    if (j.gone || j.file.state != SW_FILE_NEW)
        return SW_OK;
    bool shown = j.file.mime.n > 6 && (memcmp(j.file.mime.p, "image/", 6) == 0 || memcmp(j.file.mime.p, "video/", 6) == 0);
    if (shown) {
        rc = sw_blob_path(j.arena, sw_delivery_shop(d), j.file.blob, &path);
        if (rc != SW_OK || access(path.p, R_OK) != 0)
            return sw_fail(err, SW_EFAIL, "", _("The file's bytes are not in the store's folder of blobs."));
        if ((rc = make(d, &j, path.p, &r, err)) != SW_OK)
            return rc;
    }
    return sw_delivery_tx(d, true, keep, &r, err) == SW_OK ? SW_OK : SW_EBUSY;
}

const struct sw_sender sw_media_sender = {.kind = "media", .payload = &sw_media_record, .send = send};
