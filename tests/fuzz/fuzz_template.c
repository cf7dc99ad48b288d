/* Any bytes as a template: refused or rendered, never a crash. Reads a file by name (afl), stdin, or is driven by libFuzzer with -DSW_LIBFUZZER. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shopwright/web.h>
#include "web/template.h"

struct part {
    struct sw_str rest, name;
    int64_t price;
    uint64_t id;
};
static const struct sw_field part_fields[] = {
    SW_F_TEXT(struct part, name, 1), SW_F_MONEY(struct part, price, 2), SW_F_REF(struct part, id, 3, "fuzz.part")};
static const struct sw_record part_record = {SW_RECORD(struct part, "fuzz.part", part_fields)};
static const struct sw_enum words = {
    "fuzz.words", (const struct sw_word[]){{0, "a", "A", "good", "check"}, {1, "b", "B", NULL, NULL}, {0, NULL, NULL, NULL, NULL}}};
struct view {
    struct sw_str t, p;
    int64_t n, m, at;
    int32_t e;
    uint32_t f;
    bool b;
    struct part *s;
    SW_LIST_OF(struct part) l;
    SW_LIST_OF(struct sw_str) w;
    SW_LIST_OF(struct sw_file_view) files;
};
static const struct sw_field view_fields[] = {
    SW_F_TEXT(struct view, t, 1), SW_F_PHONE(struct view, p, 2), SW_F_INT(struct view, n, 3), SW_F_MONEY(struct view, m, 4),
    SW_F_TIME(struct view, at, 5), SW_F_ENUM(struct view, e, 6, &words), SW_F_FLAGS(struct view, f, 7, &words), SW_F_BOOL(struct view, b, 8),
    SW_F_SUB(struct view, s, 9, struct part, &part_record), SW_F_LIST(struct view, l, 10, struct part, &part_record),
    SW_F_STRS(struct view, w, 11), SW_F_LIST(struct view, files, 12, struct sw_file_view, &sw_file_view_record)};
static const struct sw_record view_record = {SW_RECORD(struct view, "fuzz.view", view_fields)};

static const struct sw_record *find_form(struct sw_str name) { return sw_str_is(name, "fuzz.view") ? &view_record : NULL; }

static void one(const char *bytes, size_t n)
{
    static char folder[64];
    char path[128];
    if (folder[0] == '\0') {
        strcpy(folder, "/tmp/sw-fuzz-XXXXXX");
        if (mkdtemp(folder) == NULL)
            abort();
        snprintf(path, sizeof path, "%s/templates", folder);
        mkdir(path, 0700);
        sw_template_prefix(folder);
    }
    snprintf(path, sizeof path, "%s/templates/x.html", folder);
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        abort();
    fwrite(bytes, 1, n, f);
    fclose(f);
    struct sw_template *t = NULL;
    struct sw_err err;
    if (sw_template_load(folder, "x.html", &view_record, find_form, "fuzz", "en", &t, &err) != SW_OK)
        return;
    struct part parts[] = {{.name = {"<one>", 5}, .price = 100, .id = 1}, {.id = 2}};
    struct sw_str texts[] = {{"a&b", 3}};
    struct sw_file_view files[] = {{.name = {"x.jpg", 5}, .href = {"/x", 2}}};
    struct view v = {.t = SW_STR("javascript:<\">"), .p = SW_STR("+13105550142"), .n = 2, .m = -5, .at = 1795201320000, .e = 7, .f = 3,
                     .b = true, .s = parts, .l = {parts, 2}, .w = {texts, 1}, .files = {files, 1}};
    struct sw_arena *a = sw_arena_new(0);
    struct sw_buf b;
    sw_buf_init(&b, a, 1024, SW_PAGE_MAX);
    struct sw_pair pair = {SW_STR("t"), SW_STR("<typed>")};
    struct sw_err refused = {.field = "t", .message = "no"};
    struct sw_errors errs = {&refused, 1, 1};
    struct sw_refill refill = {.form = &view_record, .pairs = &pair, .n = 1, .errs = &errs};
    struct sw_render r = {.arena = a, .view = &v, .refill = &refill};
    sw_template_render(t, &r, &b);
    sw_template_free(t);
    sw_arena_free(a);
}

#ifdef SW_LIBFUZZER
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
    one((const char *)bytes, n);
    return 0;
}
#else
int main(int argc, char **argv)
{
    static char bytes[300 * 1024];
    for (int i = argc > 1 ? 1 : 0; i < argc; i++) {
        FILE *f = i == 0 ? stdin : fopen(argv[i], "rb");
        if (f == NULL)
            return 1;
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        one(bytes, n);
    }
    return 0;
}
#endif
