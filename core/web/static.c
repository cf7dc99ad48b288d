/* web/static.c: addresses of static parts. Each carries a hash of the file's content, so that nginx may let browsers keep it for a year. */
#include "web/template_int.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 128, PART_NAME_MAX = 100, HASH_BYTES = 8 };

static struct {
    char *name, *url;
} parts[PARTS_MAX];
static size_t n_parts;

static bool hash_file(const char *path, char *hex, size_t size)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return false;
    crypto_generichash_state state;
    unsigned char hash[crypto_generichash_BYTES_MIN], piece[16 * 1024];
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        crypto_generichash_update(&state, piece, n);
    bool fine = ferror(f) == 0;
    fclose(f);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, size, hash, HASH_BYTES);
    return fine;
}

const char *sw_static_url(const char *name)
{
    for (size_t i = 0; i < n_parts; i++)
        if (strcmp(parts[i].name, name) == 0)
            return parts[i].url;
    char path[4096], hex[2 * HASH_BYTES + 1], url[PART_NAME_MAX + 64];
    bool there = strlen(name) <= PART_NAME_MAX &&
                 snprintf(path, sizeof path, "%s/static/%s", tpl_prefix(), name) < (int)sizeof path &&
                 hash_file(path, hex, sizeof hex);
    snprintf(url, sizeof url, "/static/%.*s%s%s", PART_NAME_MAX, name, there ? "?v=" : "", there ? hex : "");
    char *kept = strdup(url), *named = strdup(name);
    if (kept == NULL || named == NULL)
        abort();
    /* Names come from templates, which are few; past the maximum the strings are simply made again. */
    if (n_parts < PARTS_MAX) {
        parts[n_parts].name = named;
        parts[n_parts++].url = kept;
    } else {
        free(named);
    }
    return kept;
}

void tpl_static_forget(void)
{
    while (n_parts > 0) {
        n_parts--;
        free(parts[n_parts].name);
        free(parts[n_parts].url);
    }
}
