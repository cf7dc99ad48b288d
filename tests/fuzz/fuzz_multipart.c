/* A content type (the first line) and a body with files: read or refused with a message. What is taken keeps every limit, its names hold no folder, each spooled file
 * is as long as it says, and none is left behind. */
#include "web/request.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void look(struct sw_req *r, int code)
{
    struct stat st;
    require(r->n_uploads <= SW_UPLOADS_MAX && r->n_pairs <= SW_PARTS_MAX);
    for (size_t i = 0; i < r->n_uploads; i++) {
        const struct sw_upload *u = &r->uploads[i];
        require(stat(sw_cstr(r->arena, u->path), &st) == 0 && (int64_t)st.st_size == u->size);
        if (u->field.n) /* of a form; a piece has no name */
            require(u->name.n >= 1 && sw_str_is_text(u->name) && !memchr(u->name.p, '/', u->name.n) && !memchr(u->name.p, '\\', u->name.n));
        require(u->mime.n > 0);
    }
    for (size_t i = 0; code == SW_OK && i < r->n_pairs; i++)
        require(r->pairs[i].value.n <= SW_BODY_MAX);
    sw_uploads_drop(r);
    for (size_t i = 0; i < r->n_uploads; i++)
        require(access(sw_cstr(r->arena, r->uploads[i].path), F_OK) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_arena *arena;
    struct sw_err err = {.code = SW_OK};
    if (!arena)
        arena = sw_arena_new(0);
    const char *mime = sw_sniff(data, size);
    require(!mime || strchr(mime, '/'));
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t type_n = line ? (size_t)(line - data) : 0, n = line ? size - type_n - 1 : size;
    unsigned char *body = malloc(n ? n : 1); /* its own, so that one byte too far is seen */
    if (!body)
        return 0;
    memcpy(body, data + size - n, n);
    struct sw_http_in in = {.arena = arena, .body = {(const char *)body, n}, .content_type = {(const char *)data, type_n}};
    struct sw_req *r = SW_NEW(arena, struct sw_req);
    r->in = &in;
    r->arena = arena;
    int code = sw_multipart_parse(r, &err);
    require(code == SW_OK || (err.code == (enum sw_code)code && err.message[0]));
    look(r, code);
    sw_arena_reset(arena);
    free(body);
    return 0;
}
