/* courier/picture.c: a thumbnail of a picture and a JPEG of screen size, by libvips, in a process of its own. The second is what customers get: a browser that knows no HEIC
 * shows it, and nothing in it says where it was taken. */
#include "courier/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

enum { THUMB = 400, SCREEN = 2048, QUALITY = 80, PIXELS_MAX = 200 * 1000 * 1000, SECONDS = 60, MEGABYTES = 1024 };

struct job {
    const char *path, *dir;
};

static int shrink(const struct job *j, int size, const char *name)
{
    char to[4200];
    VipsImage *small;
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0); /* behind what lets through: else black lines end on black */
    snprintf(to, sizeof to, "%s/%s", j->dir, name);
    /* Turned upright as the camera says; a file that is cut off is an error, not a gray half. */
    int rc = vips_thumbnail(j->path, &small, size, "height", size, "size", VIPS_SIZE_DOWN, "export_profile", "srgb", "fail_on",
                            VIPS_FAIL_ON_ERROR, NULL);
    if (rc == 0) {
        /* Without the metadata: where it was taken is nobody's business. */
        rc = vips_jpegsave(small, to, "Q", QUALITY, "strip", TRUE, "optimize_coding", TRUE, "background", white, NULL);
        g_object_unref(small);
    }
    vips_area_unref(VIPS_AREA(white));
    return rc != 0;
}

static int inside(void *arg)
{
    const struct job *j = arg;
    char to[4200];
    setenv("VIPS_BLOCK_UNTRUSTED", "1", 1);
    setenv("VIPS_CONCURRENCY", "1", 1);
    if (VIPS_INIT("shopwright") != 0)
        return 126;
    vips_cache_set_max(0);
    VipsImage *image = vips_image_new_from_file(j->path, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    if (image == NULL)
        return 1;
    int64_t width = vips_image_get_width(image), height = vips_image_get_height(image);
    if (vips_image_get_orientation_swap(image)) {
        int64_t w = width;
        width = height;
        height = w;
    }
    g_object_unref(image);
    if (width * height > PIXELS_MAX)
        return 1;
    if (shrink(j, THUMB, "thumb.jpg") != 0 || shrink(j, SCREEN, "play.jpg") != 0)
        return 1;
    snprintf(to, sizeof to, "%s/size", j->dir);
    FILE *f = fopen(to, "we");
    if (f == NULL)
        return 126;
    fprintf(f, "%lld %lld\n", (long long)width, (long long)height);
    return fclose(f) == 0 ? 0 : 126;
}

enum sw_child_end sw_picture_make(const char *path, const char *dir, struct sw_made *made)
{
    struct job j = {path, dir};
    const struct sw_child child = {.run = inside, .arg = &j, .seconds = SECONDS, .megabytes = MEGABYTES};
    enum sw_child_end end = sw_child_run(&child);
    if (end != SW_CHILD_OK)
        return end;
    char from[4200];
    long long width = 0, height = 0;
    snprintf(from, sizeof from, "%s/size", dir);
    FILE *f = fopen(from, "re");
    bool read = f != NULL && fscanf(f, "%lld %lld", &width, &height) == 2;
    if (f != NULL)
        fclose(f);
    made->width = width;
    made->height = height;
    made->thumb = made->play = read;
    return read ? SW_CHILD_OK : SW_CHILD_FAILED;
}
