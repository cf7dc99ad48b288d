/* golden: does today's code still read every stored byte that was ever released?
 *
 *     golden [--write] [FOLDER [PLUGIN.so…]]     without a folder: the tree's, with every plugin of the build
 *
 * For each stored record of core and of the plugins, the bytes of a record with every field filled are kept in FOLDER/NAME.vN.bin. Without --write:
 * each file of the folder is decoded by today's tables, and must say what it said (encoded again, nothing of it is lost); a record without a file of
 * its version, or whose bytes are no longer those of its file, fails: run with --write, look at the change, and commit the new file. A file is
 * never rewritten: when a table has grown, NAME.vN.bin stays as it is and the new bytes go to NAME.vN-2.bin, and so on. */
#include "fill.h"
#include <shopwright/plugin.h>
#include "store/store.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 256, FILE_MAX = 1 << 20, AGES_MAX = 99 };

static const struct sw_record *records[RECORDS_MAX];
static size_t n_records;
static int failures;

static void complain(const char *what, const char *name, const char *why)
{
    printf("# %s %s: %s\n", what, name, why);
    failures++;
}

/* One line a record or file, as TAP: `before` is how many complaints there were before it. */
static void tell(const char *what, const char *name, int before)
{
    static int n;
    printf("%s %d - %s %s\n", failures == before ? "ok" : "not ok", ++n, what, name);
}

static void add(const struct sw_record *const *list)
{
    for (; list != NULL && *list != NULL && n_records < RECORDS_MAX; list++)
        records[n_records++] = *list;
}

static struct sw_str file_read(struct sw_arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return (struct sw_str){NULL, 0};
    char *p = SW_NEW_N(a, char, FILE_MAX);
    size_t n = fread(p, 1, FILE_MAX, f);
    fclose(f);
    return (struct sw_str){p, n};
}

static const struct sw_record *record_of(const char *file)
{
    for (size_t i = 0; i < n_records; i++) {
        size_t n = strlen(records[i]->name);
        if (strncmp(file, records[i]->name, n) == 0 && strncmp(file + n, ".v", 2) == 0)
            return records[i];
    }
    return NULL;
}

/* Decoded, encoded, decoded: the two decoded ones have the same bytes, and no field that was filled has become empty. */
static void check_file(struct sw_arena *a, const char *folder, const char *file)
{
    char path[2048];
    struct sw_err err;
    const struct sw_record *d = record_of(file);
    if (d == NULL) {
        complain("file", file, "no record of today reads it. Records are never dropped: keep its table, marked as retired.");
        return;
    }
    snprintf(path, sizeof path, "%s/%s", folder, file);
    struct sw_str bytes = file_read(a, path), once, twice;
    void *rec = sw_alloc(a, d->size), *again = sw_alloc(a, d->size);
    if (bytes.n == 0 || sw_stored_decode(a, d, bytes, rec, &err) != SW_OK) {
        complain("file", file, bytes.n == 0 ? "it is empty" : err.message);
        return;
    }
    if (sw_stored_encode(a, d, rec, &once, &err) != SW_OK || sw_stored_decode(a, d, once, again, &err) != SW_OK ||
        sw_stored_encode(a, d, again, &twice, &err) != SW_OK)
        complain("file", file, err.message);
    else if (!sw_str_eq(once, twice))
        complain("file", file, "it changes when it is written again");
    else if (d->version <= 1 && once.n != bytes.n)
        complain("file", file, "something of it is lost when it is written again");
}

static int is_bin(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 4 && strcmp(e->d_name + n - 4, ".bin") == 0;
}

/* The record as today's code fills and writes it stands in one of the files of its version. */
static void check_record(struct sw_arena *a, const char *folder, const struct sw_record *d, bool write)
{
    char path[2048];
    struct sw_err err;
    struct sw_str bytes;
    void *rec = sw_alloc(a, d->size);
    golden_fill(a, d, rec, 0);
    if (sw_record_validate(d, &err) != SW_OK || sw_stored_encode(a, d, rec, &bytes, &err) != SW_OK) {
        complain("record", d->name, err.message);
        return;
    }
    unsigned version = d->version == 0 ? 1 : d->version;
    for (unsigned age = 1; age <= AGES_MAX; age++) {
        char suffix[8] = "";
        if (age > 1)
            snprintf(suffix, sizeof suffix, "-%u", age);
        snprintf(path, sizeof path, "%s/%s.v%u%s.bin", folder, d->name, version, suffix);
        struct sw_str have = file_read(a, path);
        if (sw_str_eq(have, bytes))
            return;
        if (have.n > 0)
            continue;
        if (!write) {
            complain("record", d->name,
                     age == 1 ? "no golden file of this version yet: run with --write" : "its bytes have changed: run with --write and look");
            return;
        }
        FILE *f = fopen(path, "wb");
        if (f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0)
            complain("record", d->name, "its file can't be written");
        else
            printf("# wrote %s\n", path);
        return;
    }
}

static void plugin_add(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct sw_plugin *plugin = handle == NULL ? NULL : dlsym(handle, "sw_plugin");
    if (plugin == NULL)
        complain("plugin", path, handle == NULL ? dlerror() : "it has no sw_plugin table");
    else
        add(plugin->records);
}

static void plugins_of_the_build(void)
{
    const char *build = getenv("SW_BUILDDIR");
    char pattern[1024];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/plugins/*/*.so", build == NULL ? "." : build);
    if (glob(pattern, 0, NULL, &found) != 0) {
        complain("plugins", pattern, "none is there");
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        plugin_add(found.gl_pathv[i]);
    globfree(&found);
}

int main(int argc, char **argv)
{
    char tree[1024];
    int at = 1;
    bool write = at < argc && strcmp(argv[at], "--write") == 0;
    at += write;
    const char *folder = argv[at], *top = getenv("SW_SRCDIR");
    add(sw_core_records);
    if (folder == NULL) {
        snprintf(tree, sizeof tree, "%s/tests/golden", top == NULL ? "." : top);
        folder = tree;
        plugins_of_the_build();
    } else {
        for (at++; at < argc; at++)
            plugin_add(argv[at]);
    }
    struct sw_arena *a = sw_arena_new(0);
    for (size_t i = 0; i < n_records; i++, sw_arena_reset(a)) {
        int before = failures;
        check_record(a, folder, records[i], write);
        tell("record", records[i]->name, before);
    }
    struct dirent **files;
    int n = scandir(folder, &files, is_bin, alphasort);
    for (int i = 0; i < n; i++, sw_arena_reset(a)) {
        if (strncmp(files[i]->d_name, "test.", 5) != 0) { /* test_stored reads these */
            int before = failures;
            check_file(a, folder, files[i]->d_name);
            tell("file", files[i]->d_name, before);
        }
        free(files[i]);
    }
    if (n >= 0)
        free(files);
    sw_arena_free(a);
    printf("# %zu records, %d files, %d failures\n", n_records, n < 0 ? 0 : n, failures);
    return failures == 0 ? 0 : 1;
}
