/* web/upload.c: multipart/form-data, read where nginx spooled it. The body is mapped, never copied to memory: a part is an offset and a length, and
 * the number of parts is capped before any of them costs more than that (a general MIME parser took 548 MB for 10 MB of tiny parts). */
#include "web/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOUNDARY_MAX = 70, PART_HEADERS_MAX = 4096, NAME_MAX_BYTES = 200 };

const char *sw_sniff(const unsigned char *p, size_t n)
{
    if (n >= 3 && memcmp(p, "\xff\xd8\xff", 3) == 0)
        return "image/jpeg";
    if (n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
        return "image/png";
    if (n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
        return "image/webp";
    if (n >= 6 && (memcmp(p, "GIF87a", 6) == 0 || memcmp(p, "GIF89a", 6) == 0))
        return "image/gif";
    if (n >= 5 && memcmp(p, "%PDF-", 5) == 0)
        return "application/pdf";
    if (n >= 4 && memcmp(p, "\x1a\x45\xdf\xa3", 4) == 0) { /* EBML: Matroska or WebM */
        const void *webm = memmem(p, n < 64 ? n : 64, "webm", 4);
        return webm ? "video/webm" : NULL;
    }
    if (n >= 12 && memcmp(p + 4, "ftyp", 4) == 0) { /* ISO media: the brand tells a picture from a film */
        static const char heif[][5] = {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis"};
        for (size_t i = 0; i < sizeof(heif) / sizeof(heif[0]); i++)
            if (memcmp(p + 8, heif[i], 4) == 0)
                return heif[i][0] == 'a' ? "image/avif" : "image/heic";
        if (memcmp(p + 8, "qt  ", 4) == 0)
            return "video/quicktime";
        if (memcmp(p + 8, "3g", 2) == 0)
            return "video/3gpp";
        if (memcmp(p + 8, "M4A", 3) == 0 || memcmp(p + 8, "M4B", 3) == 0)
            return NULL;
        return "video/mp4";
    }
    return NULL;
}

static int malformed(struct sw_err *err)
{
    return sw_fail(err, SW_EMALFORMED, "", "%s", _("The form arrived damaged. Please send it again."));
}

/* The value of name=… in a header value, quoted or not. Browsers write %22 for a quote in a name. */
static struct sw_str parameter(struct sw_str header, const char *name)
{
    size_t name_n = strlen(name);
    if (!header.n)
        return (struct sw_str){NULL, 0};
    const char *end = header.p + header.n;
    for (const char *p = header.p; p < end;) {
        const char *semi = p;
        bool quoted = false;
        for (; semi < end && (quoted || *semi != ';'); semi++)
            if (*semi == '"')
                quoted = !quoted;
        struct sw_str one = sw_str_trim((struct sw_str){p, (size_t)(semi - p)});
        p = semi + 1;
        if (one.n <= name_n || strncasecmp(one.p, name, name_n) != 0 || one.p[name_n] != '=')
            continue;
        struct sw_str v = {one.p + name_n + 1, one.n - name_n - 1};
        if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"') {
            v.p++;
            v.n -= 2;
        }
        return v;
    }
    return (struct sw_str){NULL, 0};
}

static struct sw_str header_of(struct sw_str headers, const char *name)
{
    size_t name_n = strlen(name);
    if (!headers.n)
        return (struct sw_str){NULL, 0};
    const char *end = headers.p + headers.n;
    for (const char *p = headers.p; p < end;) {
        const char *nl = memmem(p, (size_t)(end - p), "\r\n", 2);
        size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);
        if (n > name_n && p[name_n] == ':' && strncasecmp(p, name, name_n) == 0)
            return sw_str_trim((struct sw_str){p + name_n + 1, n - name_n - 1});
        p += n + 2;
    }
    return (struct sw_str){NULL, 0};
}

/* Without folders and without what a file system or a header can't hold. */
struct sw_str sw_upload_name(struct sw_arena *a, struct sw_str name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
            name = (struct sw_str){name.p + i, name.n - i};
            break;
        }
    if (name.n > NAME_MAX_BYTES) { /* keep the end: it tells the kind; cut on a character */
        size_t cut = name.n - NAME_MAX_BYTES;
        while (cut < name.n && ((unsigned char)name.p[cut] & 0xc0) == 0x80)
            cut++;
        name = (struct sw_str){name.p + cut, name.n - cut};
    }
    if (!sw_str_is_text(name) || !sw_str_trim(name).n)
        return sw_copy(a, SW_STR("file"));
    return sw_copy(a, sw_str_trim(name));
}

static int spool_part(struct sw_req *r, int from, const unsigned char *map, size_t at, size_t n, struct sw_str *path, struct sw_err *err)
{
    const struct sw_config *c = sw_config();
    struct sw_str tmpl;
    if (c && c->home) {
        struct sw_str dir = sw_printf(r->arena, "%s/tmp", c->home);
        if (mkdir(dir.p, 0770) != 0 && errno != EEXIST)
            return sw_fail(err, SW_EFAIL, "", "mkdir %s: %s", dir.p, strerror(errno));
        tmpl = sw_printf(r->arena, "%s/upload-XXXXXX", dir.p);
    } else {
        tmpl = sw_printf(r->arena, "/tmp/shopwright-upload-XXXXXX");
    }
    int fd = mkostemp((char *)(uintptr_t)tmpl.p, O_CLOEXEC);
    if (fd < 0)
        return sw_fail(err, SW_EFAIL, "", "mkostemp %s: %s", tmpl.p, strerror(errno));
    *path = tmpl;
    fchmod(fd, 0640); /* the blob is this file: nginx reads it by its group */
    off_t offset = (off_t)at;
    size_t left = n;
    while (left) {
        ssize_t did = from >= 0 ? copy_file_range(from, &offset, fd, NULL, left, 0) : -1;
        if (did <= 0) /* other file system, or a body in memory: write it from the map */
            did = write(fd, map + at + (n - left), left);
        if (did <= 0 && errno != EINTR) {
            int full = errno == ENOSPC || errno == EDQUOT;
            close(fd);
            unlink(tmpl.p);
            return sw_fail(err, full ? SW_EFULL : SW_EFAIL, "", "%s", _("There is no room to keep the file just now. Please try later."));
        }
        if (did > 0) {
            left -= (size_t)did;
            offset = (off_t)(at + (n - left));
        }
    }
    close(fd);
    return SW_OK;
}

static int take_part(struct sw_req *r, int fd, const unsigned char *map, size_t at, size_t n, struct sw_err *err)
{
    size_t look = n < PART_HEADERS_MAX ? n : PART_HEADERS_MAX;
    const unsigned char *blank = memmem(map + at, look, "\r\n\r\n", 4);
    if (!blank)
        return malformed(err);
    struct sw_str headers = {(const char *)map + at, (size_t)(blank - (map + at))};
    size_t body = (size_t)(blank - map) + 4, body_n = at + n - body;
    struct sw_str disposition = header_of(headers, "Content-Disposition");
    struct sw_str name = parameter(disposition, "name"), file = parameter(disposition, "filename");
    if (!name.p || name.n > 200)
        return malformed(err);
    if (!file.p) {
        if (body_n > SW_BODY_MAX)
            return sw_fail(err, SW_ETOOLARGE, "", _("A form may hold at most %d kB."), SW_BODY_MAX / 1024);
        struct sw_pair *p = &r->pairs[r->n_pairs++];
        p->name = sw_copy(r->arena, name);
        p->value = sw_copy(r->arena, (struct sw_str){(const char *)map + body, body_n});
        return SW_OK;
    }
    if (!file.n && !body_n)
        return SW_OK; /* a file control left empty */
    if (r->n_uploads == SW_UPLOADS_MAX)
        return sw_fail(err, SW_ETOOLARGE, "", _("At most %d files can be sent at once."), SW_UPLOADS_MAX);
    struct sw_upload u = {.field = sw_copy(r->arena, name), .name = sw_upload_name(r->arena, file), .size = (int64_t)body_n};
    const char *mime = sw_sniff(map + body, body_n);
    u.mime = mime ? sw_str_of(mime) : SW_STR("application/octet-stream");
    int code = spool_part(r, fd, map, body, body_n, &u.path, err);
    if (code)
        return code;
    r->uploads_are_ours = true;
    r->uploads[r->n_uploads++] = u;
    return SW_OK;
}

static int parse_mapped(struct sw_req *r, int fd, const unsigned char *map, size_t n, struct sw_str boundary, struct sw_err *err)
{
    char mark[BOUNDARY_MAX + 5];
    size_t mark_n = (size_t)snprintf(mark, sizeof(mark), "\r\n--" SW_STR_FMT, SW_STR_ARG(boundary));
    size_t count = 0;
    if (n < mark_n - 2 || memcmp(map, mark + 2, mark_n - 2) != 0)
        return malformed(err);
    size_t at = mark_n - 2; /* behind the boundary */
    /* The number first: nothing is reserved for a body of ten thousand parts. */
    for (const unsigned char *p = map + at; (p = memmem(p, (size_t)(map + n - p), mark, mark_n)); p += mark_n)
        if (++count > SW_PARTS_MAX)
            return sw_fail(err, SW_ETOOLARGE, "", _("A form with files may hold at most %d parts."), SW_PARTS_MAX);
    r->pairs = SW_NEW_N(r->arena, struct sw_pair, count + 1);
    for (;;) {
        if (n - at >= 2 && memcmp(map + at, "--", 2) == 0)
            return SW_OK;
        if (n - at < 2 || memcmp(map + at, "\r\n", 2) != 0)
            return malformed(err);
        at += 2;
        const unsigned char *end = memmem(map + at, n - at, mark, mark_n);
        if (!end)
            return malformed(err); /* cut off */
        int code = take_part(r, fd, map, at, (size_t)(end - (map + at)), err);
        if (code)
            return code;
        at = (size_t)(end - map) + mark_n;
    }
}

/* A PUT: the body is the file. */
static int one_piece(struct sw_req *r, struct sw_err *err)
{
    const struct sw_http_in *in = r->in;
    struct sw_upload u = {.path = in->body_file};
    unsigned char first[64];
    ssize_t n;
    if (in->body_file.n) {
        struct stat st;
        const char *path = sw_cstr(r->arena, in->body_file);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
            if (fd >= 0)
                close(fd);
            return sw_fail(err, SW_EFAIL, "", "The spooled body can't be opened: %s", strerror(errno));
        }
        n = read(fd, first, sizeof(first));
        close(fd);
        u.size = (int64_t)st.st_size;
    } else {
        u.size = (int64_t)in->body.n;
        n = (ssize_t)(in->body.n < sizeof(first) ? in->body.n : sizeof(first));
        if (n)
            memcpy(first, in->body.p, (size_t)n);
        int code = spool_part(r, -1, (const unsigned char *)in->body.p, 0, in->body.n, &u.path, err);
        if (code)
            return code;
        r->uploads_are_ours = true;
    }
    if (u.size > SW_PIECE_MAX) {
        if (r->uploads_are_ours)
            unlink(sw_cstr(r->arena, u.path));
        return sw_fail(err, SW_ETOOLARGE, "", _("One piece of a file may be at most %d MB."), SW_PIECE_MAX / 1024 / 1024);
    }
    const char *mime = n > 0 ? sw_sniff(first, (size_t)n) : NULL;
    u.mime = mime ? sw_str_of(mime) : SW_STR("application/octet-stream");
    r->uploads[r->n_uploads++] = u;
    return SW_OK;
}

int sw_multipart_parse(struct sw_req *r, struct sw_err *err)
{
    const struct sw_http_in *in = r->in;
    if (!memmem(in->content_type.p, in->content_type.n, "multipart/", 10))
        return one_piece(r, err);
    struct sw_str boundary = parameter(in->content_type, "boundary");
    if (!boundary.n || boundary.n > BOUNDARY_MAX)
        return malformed(err);
    if (!in->body_file.n)
        return parse_mapped(r, -1, (const unsigned char *)(in->body.n ? in->body.p : ""), in->body.n, boundary, err);
    int fd = open(sw_cstr(r->arena, in->body_file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = sw_fail(err, SW_EFAIL, "", "The spooled body can't be opened: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return code;
    }
    int code;
    if (st.st_size > SW_UPLOAD_MAX)
        code = sw_fail(err, SW_ETOOLARGE, "", _("Files sent together may be at most %d MB."), SW_UPLOAD_MAX / 1024 / 1024);
    else if (st.st_size == 0)
        code = malformed(err);
    else {
        size_t n = (size_t)st.st_size;
        unsigned char *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED)
            code = sw_fail(err, SW_EFAIL, "", "mmap of the spooled body: %s", strerror(errno));
        else {
            code = parse_mapped(r, fd, map, n, boundary, err);
            munmap(map, n);
        }
    }
    close(fd);
    return code;
}

void sw_uploads_drop(struct sw_req *r)
{
    if (!r->uploads_are_ours)
        return;
    for (size_t i = 0; i < r->n_uploads; i++)
        unlink(sw_cstr(r->arena, r->uploads[i].path));
    r->uploads_are_ours = false;
}
