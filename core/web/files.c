/* web/files.c: uploads become core.file records, and pages get them back as a list. */
#include "web/request.h"

#include <stdio.h>
#include <string.h>

static const struct sw_word kind_words[] = {
    {0, "picture", N_("Photo"), NULL, "camera"}, {1, "video", N_("Video"), NULL, "play"}, {2, "document", N_("Document"), NULL, "file"}, {0, NULL, NULL, NULL, NULL}};
static const struct sw_enum kinds = {"core.file_kind", kind_words};

static const struct sw_field file_view_fields[] = {
    SW_F_REF(struct sw_file_view, id, 1, "core.file", .audience = SW_FOR_CUSTOMER),
    SW_F_REF(struct sw_file_view, parent, 2, "*", .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, name, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, mime, 4, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, alt, 5, .max = 500, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, href, 6, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, thumb, 7, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file_view, play, 8, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file_view, size, 9, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file_view, seconds, 10, .audience = SW_FOR_CUSTOMER),
    SW_F_ENUM(struct sw_file_view, kind, 11, &kinds, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_file_view, internal, 12),
    SW_F_BOOL(struct sw_file_view, broken, 13, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_file_view_record = {SW_RECORD(struct sw_file_view, "core.file_view", file_view_fields),
                                              .audience = SW_FOR_CUSTOMER};

static const struct sw_field media_fields[] = {SW_F_REF(struct sw_media, file, 1, "core.file")};
const struct sw_record sw_media_record = {SW_RECORD(struct sw_media, "core.media", media_fields)};

enum { FILES_OF_MAX = 500 };

/* 0 picture, 1 video, 2 document */
static int32_t kind_of(struct sw_str mime)
{
    if (mime.n > 6 && memcmp(mime.p, "image/", 6) == 0)
        return 0;
    return mime.n > 6 && memcmp(mime.p, "video/", 6) == 0 ? 1 : 2;
}

bool sw_browser_shows(struct sw_str mime)
{
    return sw_str_is(mime, "image/jpeg") || sw_str_is(mime, "image/png") || sw_str_is(mime, "image/webp") || sw_str_is(mime, "image/gif");
}

int sw_files_of(struct sw_tx *tx, const struct sw_record *type, uint64_t id, struct sw_list *files, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_found found;
    struct sw_scan scan = {.type = &sw_file_record, .index = "top", .equal = {SW_K_STR(sw_str_of(type->name)), SW_K_INT(id)},
                           .limit = FILES_OF_MAX};
    bool customer = (sw_tx_viewer(tx)->licences & SW_PORTAL) != 0;
    int code = sw_scan(tx, &scan, &found, err);
    if (code)
        return code;
    const struct sw_file *f = found.v;
    struct sw_file_view *v = SW_NEW_N(a, struct sw_file_view, found.n ? found.n : 1);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++) {
        if (customer && f[i].internal)
            continue;
        struct sw_file_view *to = &v[n++];
        *to = (struct sw_file_view){.id = f[i].head.id, .parent = f[i].parent, .name = f[i].name, .mime = f[i].mime, .alt = f[i].alt,
                                    .size = f[i].size, .seconds = f[i].seconds, .kind = kind_of(f[i].mime), .internal = f[i].internal};
        to->href = sw_printf(a, "/files/%llu", (unsigned long long)to->id);
        if (f[i].thumb.n)
            to->thumb = sw_printf(a, "/files/%llu?as=thumb", (unsigned long long)to->id);
        to->broken = f[i].state == SW_FILE_BROKEN;
        if (f[i].play.n)
            to->play = sw_printf(a, "/files/%llu?as=play", (unsigned long long)to->id);
        if (to->kind == 0 && to->play.n && (customer || !sw_browser_shows(f[i].mime)))
            to->href = to->play;
    }
    files->v = v;
    files->n = n;
    return SW_OK;
}

/* Called in prepare: it fsyncs. */
int sw_files_prepare(struct sw_req *r, struct sw_err *err)
{
    for (size_t i = 0; i < r->n_uploads; i++) {
        const struct sw_upload *u = &r->uploads[i];
        const char *field = sw_cstr(r->arena, u->field);
        if (u->size == 0)
            return sw_fail(err, SW_EINVALID, field, _("The file \"" SW_STR_FMT "\" is empty."), SW_STR_ARG(u->name));
        if (sw_str_is(u->mime, "application/octet-stream"))
            return sw_fail(err, SW_EINVALID, field, _("\"" SW_STR_FMT "\" is not a photo, a video or a PDF. Please send one of these."),
                           SW_STR_ARG(u->name));
        struct sw_file_kept *k = &r->files[r->n_files];
        int code = sw_blob_add_file(r->shop, sw_cstr(r->arena, u->path), &k->blob, err);
        if (code)
            return code;
        k->name = u->name;
        k->mime = u->mime;
        r->n_files++;
    }
    return sw_uploads_named(r, err);
}

int sw_files_keep(struct sw_req *r, const struct sw_record *parent_type, uint64_t parent, const struct sw_record *top_type, uint64_t top,
                  bool internal, size_t *n, struct sw_err *err)
{
    for (size_t i = 0; i < r->n_files; i++) {
        const struct sw_file_kept *k = &r->files[i];
        struct sw_file *f = SW_NEW(r->arena, struct sw_file);
        f->parent_type = sw_str_of(parent_type->name);
        f->parent = parent;
        f->top_type = sw_str_of(top_type->name);
        f->top = top;
        f->name = k->name;
        f->mime = k->mime;
        f->size = (int64_t)k->blob.size;
        f->blob = (struct sw_str){(const char *)k->blob.sha256, sizeof(k->blob.sha256)};
        f->internal = internal;
        int code = sw_put(r->tx, &sw_file_record, f, NULL, err);
        if (code)
            return code;
        struct sw_media media = {.file = f->head.id};
        struct sw_str key = sw_printf(r->arena, "media:%llu", (unsigned long long)f->head.id);
        if ((code = sw_leave(r->tx, "media", key, &sw_media_record, &media, 0, err)) != SW_OK)
            return code;
    }
    if (n)
        *n = r->n_files;
    return SW_OK;
}
