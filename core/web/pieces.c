/* web/pieces.c: large files come in pieces, so that a connection that breaks costs one piece and not the film. POST /uploads says what will come, PUT /uploads/ID?offset=N
 * brings the next piece, GET /uploads/ID tells how much is here. The whole becomes a blob in the PUT that brings its end; a form then names it in its field `upload`, as if
 * it had carried the file itself.
 *
 * Nothing of this is in the store: HOME/tmp/uploads/SHOP/USER/ID holds the bytes, ID.is what they will be. A path is made from who asks, so nobody reaches another's.
 * The courier removes what is older than a day. */
#include "web/request.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { ID_BYTES = 16, ID_MAX = ID_BYTES * 2, OPEN_MAX_EACH = 40, IS_MAX = 1024 };
#define ROOM_LEFT (256LL * 1024 * 1024) /* what an upload may not take of the disk: the store needs it */

struct upload_begin {
    struct sw_str name, mime;
    int64_t size;
};
static const struct sw_field begin_fields[] = {
    SW_F_TEXT(struct upload_begin, name, 1, .max = 1000, .flags = SW_REQUIRED, .label = N_("Name of the file")),
    SW_F_INT(struct upload_begin, size, 2, .flags = SW_REQUIRED, .label = N_("Size in bytes")),
    SW_F_TEXT(struct upload_begin, mime, 3, .max = 200, .label = N_("Kind of file")), /* what the client believes; the bytes decide */
};
const struct sw_record sw_upload_begin_record = {SW_RECORD(struct upload_begin, "core.upload_begin", begin_fields)};

struct upload_piece {
    int64_t offset;
};
static const struct sw_field piece_fields[] = {SW_F_INT(struct upload_piece, offset, 1, .label = N_("Offset in bytes"))};
const struct sw_record sw_upload_piece_record = {SW_RECORD(struct upload_piece, "core.upload_piece", piece_fields)};

struct upload_view {
    struct sw_str id, name;
    int64_t size, have, piece_max;
    bool done;
    struct sw_str mime, hash; /* once done; hash is raw and not shown */
};
static const struct sw_field view_fields[] = {
    SW_F_TEXT(struct upload_view, id, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct upload_view, name, 2, .max = 1000, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct upload_view, size, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct upload_view, have, 4, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct upload_view, piece_max, 5, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct upload_view, done, 6, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_upload_view_record = {SW_RECORD(struct upload_view, "core.upload_view", view_fields), .audience = SW_FOR_CUSTOMER};

/* ---- Places */

static int disk(struct sw_err *err, const char *what)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return sw_fail(err, SW_EFULL, "", "%s", _("There is no room to keep the file just now. Please try later."));
    return sw_fail(err, SW_EFAIL, "", "%s of an upload: %s", what, strerror(errno));
}

static struct sw_str folder_of(struct sw_req *r)
{
    return sw_printf(r->arena, "%s/tmp/uploads/%u/%llu", sw_config()->home, r->shop, (unsigned long long)r->viewer.user);
}

static int make_folder(struct sw_req *r, struct sw_str *folder, struct sw_err *err)
{
    *folder = folder_of(r);
    char *p = (char *)(uintptr_t)folder->p;
    for (char *c = p + strlen(sw_config()->home) + 1;; c++) {
        if (*c != '/' && *c)
            continue;
        char was = *c;
        *c = '\0';
        if (mkdir(p, 0770) != 0 && errno != EEXIST)
            return disk(err, "mkdir");
        if (!(*c = was))
            return SW_OK;
    }
}

static bool is_id(struct sw_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'f')))
            return false;
    return id.n == ID_MAX;
}

/* Beside it and renamed over it: nobody reads half of it. */
static int write_is(struct sw_req *r, const char *data, const struct upload_view *v, struct sw_err *err)
{
    char hex[65] = "-";
    if (v->hash.n == 32)
        sw_hex(hex, v->hash.p, 32);
    const char *next = sw_printf(r->arena, "%s.new", data).p, *is = sw_printf(r->arena, "%s.is", data).p;
    FILE *f = fopen(next, "we");
    bool fine = f && fprintf(f, "%lld %s %s\n" SW_STR_FMT, (long long)v->size, hex, v->mime.n ? v->mime.p : "-", SW_STR_ARG(v->name)) > 0;
    if (f)
        fine = fclose(f) == 0 && fine;
    if (fine && rename(next, is) == 0)
        return SW_OK;
    int code = disk(err, "The description");
    unlink(next);
    return code;
}

/* What is known of an upload of this viewer. SW_ENOTFOUND: none, or somebody else's, or swept away. */
static int look(struct sw_req *r, struct sw_str id, struct upload_view *v, const char **data, struct sw_err *err)
{
    char text[IS_MAX + 1], hex[65], mime[64];
    long long size;
    int at = 0;
    struct stat st;
    *v = (struct upload_view){.id = id, .piece_max = SW_PIECE_MAX};
    size_t n = 0;
    if (is_id(id) && r->viewer.user && sw_config()) {
        *data = sw_printf(r->arena, SW_STR_FMT "/" SW_STR_FMT, SW_STR_ARG(folder_of(r)), SW_STR_ARG(id)).p;
        FILE *f = fopen(sw_printf(r->arena, "%s.is", *data).p, "re");
        if (f) {
            n = fread(text, 1, IS_MAX, f);
            fclose(f);
        }
    }
    text[n] = '\0';
    if (sscanf(text, "%lld %64s %63s%n", &size, hex, mime, &at) != 3 || text[at] != '\n')
        return sw_fail(err, SW_ENOTFOUND, "upload", "%s",
                       _("This upload is not known. It was begun more than a day ago, or by somebody else. Please send the file again."));
    v->size = size;
    v->name = sw_copy(r->arena, (struct sw_str){text + at + 1, n - (size_t)at - 1});
    if (hex[0] != '-') {
        unsigned char *hash = sw_alloc(r->arena, 32);
        if (sodium_hex2bin(hash, 32, hex, 64, NULL, NULL, NULL) != 0)
            return sw_fail(err, SW_EFAIL, "", "The description of an upload is damaged.");
        v->done = true;
        v->have = size;
        v->hash = (struct sw_str){(const char *)hash, 32};
        v->mime = sw_copy(r->arena, sw_str_of(mime));
    } else if (stat(*data, &st) == 0) {
        v->have = (int64_t)st.st_size;
    }
    return SW_OK;
}

/* ---- POST /uploads */

static size_t open_ones(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        n += is_id(sw_str_of(e->d_name));
    if (dir)
        closedir(dir);
    return n;
}

int sw_upload_begin_prepare(struct sw_req *r, struct sw_err *err)
{
    const struct upload_begin *f = r->form;
    struct upload_view *v = SW_NEW(r->arena, struct upload_view);
    struct sw_str folder;
    struct statvfs fs;
    unsigned char random[ID_BYTES];
    char id[ID_MAX + 1];
    if (f->size <= 0)
        return sw_fail(err, SW_EINVALID, "size", "%s", _("The file is empty."));
    if (f->size > SW_FILE_MAX)
        return sw_fail(err, SW_ETOOLARGE, "size", _("A file may be at most %d MB."), SW_FILE_MAX / 1024 / 1024);
    int code = make_folder(r, &folder, err);
    if (code)
        return code;
    if (open_ones(folder.p) >= OPEN_MAX_EACH)
        return sw_fail(err, SW_ESTATE, "", _("You have %d unfinished uploads. They are removed a day after they were begun."), OPEN_MAX_EACH);
    if (statvfs(folder.p, &fs) == 0 && (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < f->size + ROOM_LEFT) {
        errno = ENOSPC;
        return disk(err, "Room");
    }
    randombytes_buf(random, sizeof random);
    sw_hex(id, random, sizeof random);
    *v = (struct upload_view){.id = sw_copy(r->arena, sw_str_of(id)), .name = sw_upload_name(r->arena, f->name), .size = f->size,
                              .piece_max = SW_PIECE_MAX};
    const char *data = sw_printf(r->arena, "%s/%s", folder.p, id).p;
    int fd = open(data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return disk(err, "open");
    close(fd);
    if ((code = write_is(r, data, v, err)) != SW_OK) {
        unlink(data);
        return code;
    }
    r->kept = v;
    return SW_OK;
}

int sw_upload_begin(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    sw_set_status(r, 201);
    return sw_show(r, r->kept);
}

/* ---- PUT /uploads/{upload}?offset=N */

static int append(int from, int to, int64_t offset, int64_t n, struct sw_err *err)
{
    off_t in = 0, out = (off_t)offset;
    int64_t left = n;
    while (left > 0) {
        ssize_t did = copy_file_range(from, &in, to, &out, (size_t)left, 0);
        if (did == 0)
            errno = EINVAL;
        if (did <= 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) { /* other file systems */
            unsigned char *map = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, from, 0);
            if (map == MAP_FAILED)
                return disk(err, "mmap");
            did = pwrite(to, map + (n - left), (size_t)left, out);
            int why = did == 0 ? EIO : errno;
            munmap(map, (size_t)n);
            errno = why;
            if (did > 0) {
                in += did;
                out += did;
            }
        }
        if (did <= 0 && errno != EINTR) {
            int code = disk(err, "A piece");
            if (ftruncate(to, (off_t)offset) != 0) /* else the next try begins behind what arrived: right as well */
                sw_log("upload.truncate", "errno=%d", errno);
            return code;
        }
        if (did > 0)
            left -= did;
    }
    /* Let the disk begin: what makes the whole durable at the end has less to wait for. */
    sync_file_range(to, (off_t)offset, (off_t)n, SYNC_FILE_RANGE_WRITE);
    return SW_OK;
}

static int finish(struct sw_req *r, const char *data, int fd, struct upload_view *v, struct sw_err *err)
{
    unsigned char first[64];
    ssize_t n = pread(fd, first, sizeof first, 0);
    const char *mime = n > 0 ? sw_sniff(first, (size_t)n) : NULL;
    struct sw_blob blob;
    int code = sw_blob_add_file(r->shop, data, &blob, err);
    if (code)
        return code;
    v->hash = sw_copy(r->arena, (struct sw_str){(const char *)blob.sha256, sizeof blob.sha256});
    v->mime = sw_str_of(mime ? mime : "application/octet-stream");
    v->have = v->size;
    v->done = true;
    if ((code = write_is(r, data, v, err)) == SW_OK)
        unlink(data);
    return code;
}

static int take(struct sw_req *r, const char *data, int fd, struct upload_view *v, struct sw_err *err)
{
    const struct upload_piece *f = r->form;
    const struct sw_upload *u = &r->uploads[0];
    int code = look(r, v->id, v, &data, err); /* again, now that nobody else writes */
    if (code || v->done)
        return code;
    if (f->offset != v->have)
        return sw_fail(err, SW_ESTALE, "offset", _("%lld bytes of this file are here. Please go on from there."), (long long)v->have);
    if (u->size > v->size - v->have)
        return sw_fail(err, SW_EINVALID, "offset", _("This piece goes beyond the %lld bytes that the file was said to have."), (long long)v->size);
    if (f->offset == 0 && u->size && sw_str_is(u->mime, "application/octet-stream")) {
        unlink(data);
        unlink(sw_printf(r->arena, "%s.is", data).p);
        return sw_fail(err, SW_EINVALID, "upload", _("\"" SW_STR_FMT "\" is not a photo, a video or a PDF. Please send one of these."),
                       SW_STR_ARG(v->name));
    }
    if (u->size) {
        int from = open(sw_cstr(r->arena, u->path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        code = from < 0 ? disk(err, "open") : append(from, fd, v->have, u->size, err);
        if (from >= 0)
            close(from);
        if (code)
            return code;
        v->have += u->size;
    }
    return v->have == v->size ? finish(r, data, fd, v, err) : SW_OK;
}

int sw_upload_piece_prepare(struct sw_req *r, struct sw_err *err)
{
    struct upload_view *v = SW_NEW(r->arena, struct upload_view);
    const char *data = NULL;
    int code = look(r, sw_req_param(r, "upload"), v, &data, err);
    if (code)
        return code;
    r->kept = v;
    if (v->done) /* the answer to the last piece got lost */
        return SW_OK;
    if (r->n_uploads != 1)
        return sw_fail(err, SW_EMALFORMED, "", "%s", _("A piece is the plain bytes of the file, as the body of a PUT."));
    int fd = open(data, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return disk(err, "open");
    code = flock(fd, LOCK_EX) == 0 ? take(r, data, fd, v, err) : disk(err, "flock");
    close(fd);
    return code;
}

int sw_upload_show(struct sw_req *r, struct sw_err *err)
{
    struct upload_view *v = r->kept;
    const char *data;
    int code = SW_OK;
    if (!v) {
        v = SW_NEW(r->arena, struct upload_view);
        code = look(r, sw_req_param(r, "upload"), v, &data, err);
    }
    return code ? code : sw_show(r, v);
}

/* ---- A form names them */

int sw_uploads_named(struct sw_req *r, struct sw_err *err)
{
    for (size_t i = 0; i < r->n_pairs; i++) {
        struct upload_view v;
        struct sw_str path;
        const char *data;
        if (!sw_str_is(r->pairs[i].name, "upload") || !r->pairs[i].value.n)
            continue;
        if (r->n_files == SW_UPLOADS_MAX)
            return sw_fail(err, SW_ETOOLARGE, "upload", _("At most %d files can be sent at once."), SW_UPLOADS_MAX);
        int code = look(r, r->pairs[i].value, &v, &data, err);
        if (code == SW_ENOTFOUND && err)
            err->code = SW_EINVALID;
        if (code)
            return code == SW_ENOTFOUND ? SW_EINVALID : code;
        if (!v.done)
            return sw_fail(err, SW_EINVALID, "upload", _("\"" SW_STR_FMT "\" is not here yet: %lld of %lld bytes."), SW_STR_ARG(v.name),
                           (long long)v.have, (long long)v.size);
        /* It is young again: the sweep leaves it alone until the record names it. */
        if (sw_blob_path(r->arena, r->shop, v.hash, &path) != SW_OK || utimensat(AT_FDCWD, path.p, NULL, 0) != 0)
            return sw_fail(err, SW_EINVALID, "upload", _("\"" SW_STR_FMT "\" was sent too long ago. Please send it again."), SW_STR_ARG(v.name));
        struct sw_file_kept *k = &r->files[r->n_files++];
        memcpy(k->blob.sha256, v.hash.p, 32);
        k->blob.size = (uint64_t)v.size;
        k->name = v.name;
        k->mime = v.mime;
    }
    return SW_OK;
}
