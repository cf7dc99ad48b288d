/* courier/video.c: from whatever a phone films to an MP4 that every browser plays, with a poster. ffmpeg runs without network and without the instance's files (bubblewrap),
 * under limits of time and memory; where the machine allows no namespaces, under the limits alone. */
#include "courier/internal.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS = 15 * 60, PROBE_SECONDS = 30, MEGABYTES = 2048, WORDS_MAX = 96 };

/* Whether bubblewrap works here; asked once a process. */
static bool can_wrap(void)
{
    static int known = -1;
    if (known < 0) {
        const char *const argv[] = {"/usr/bin/bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink",
                                    "usr/lib64", "/lib64", "--unshare-all", "--die-with-parent", "/usr/bin/true", NULL};
        const struct sw_child child = {.argv = argv, .seconds = 10, .megabytes = 256};
        known = sw_child_run(&child) == SW_CHILD_OK;
        if (!known)
            sw_log("media.no_sandbox", "why=\"bubblewrap does not work here; ffmpeg runs under limits only\"");
    }
    return known != 0;
}

struct words {
    const char *v[WORDS_MAX];
    size_t n;
};
static void add(struct words *w, const char *const *more)
{
    for (; *more != NULL && w->n < WORDS_MAX - 1; more++)
        w->v[w->n++] = *more;
    w->v[w->n] = NULL;
}

/* `in` is seen as /in and `dir` as /out, or both as they are when there is no sandbox. */
static enum sw_child_end run(const char *program, const char *const *options, const char *in, const char *dir, const char *output,
                             int64_t seconds)
{
    struct words w = {.n = 0};
    if (can_wrap()) {
        add(&w, (const char *const[]){"/usr/bin/bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink",
                                      "usr/lib64", "/lib64", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
                                      "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--dev", "/dev", "--tmpfs", "/tmp",
                                      "--ro-bind", in, "/in", "--bind", dir, "/out", "--unshare-all", "--die-with-parent",
                                      "--new-session", "--clearenv", "--chdir", "/", NULL});
    }
    w.v[w.n++] = program;
    add(&w, options);
    const struct sw_child child = {.argv = w.v, .output = output, .seconds = seconds, .megabytes = MEGABYTES};
    return sw_child_run(&child);
}

/* Only containers that phones and cameras write: a playlist would make ffmpeg open other files. */
#define FILTER "scale='min(1280,iw)':'min(1280,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuv420p"
#define CONTAINERS "-format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg", "-protocol_whitelist", "file"

enum sw_child_end sw_video_make(const char *path, const char *dir, struct sw_made *made)
{
    bool wrapped = can_wrap();
    const char *in = wrapped ? "/in" : path;
    char play[4200], thumb[4200], probe[4200];
    snprintf(play, sizeof play, "%s/play.mp4", wrapped ? "/out" : dir);
    snprintf(thumb, sizeof thumb, "%s/thumb.jpg", wrapped ? "/out" : dir);
    snprintf(probe, sizeof probe, "%s/probe", dir);

    const char *const film[] = {"-nostdin", "-v", "error", "-y", CONTAINERS, "-i", in, "-map", "0:v:0", "-map", "0:a:0?", "-map_metadata",
                                "-1", "-sn", "-dn", "-vf",
                                FILTER,
                                "-fpsmax", "30", "-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-threads", "2", "-c:a", "aac",
                                "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", "-t", "1800", play, NULL};
    enum sw_child_end end = run("/usr/bin/ffmpeg", film, path, dir, NULL, SECONDS);
    if (end != SW_CHILD_OK)
        return end;
    /* From here on it is our own film that is read. */
    const char *const poster[] = {"-nostdin", "-v", "error", "-y", "-i", play, "-frames:v", "1", "-vf",
                                  "scale=400:400:force_original_aspect_ratio=decrease", "-q:v", "4", thumb, NULL};
    end = run("/usr/bin/ffmpeg", poster, path, dir, NULL, PROBE_SECONDS);
    if (end != SW_CHILD_OK)
        return end;
    const char *const sizes[] = {"-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height:format=duration", "-of",
                                 "default=nokey=0:noprint_wrappers=1", play, NULL};
    end = run("/usr/bin/ffprobe", sizes, path, dir, probe, PROBE_SECONDS);
    if (end != SW_CHILD_OK)
        return end;
    FILE *f = fopen(probe, "re");
    char line[200];
    long long v;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "width=%lld", &v) == 1)
            made->width = v;
        else if (sscanf(line, "height=%lld", &v) == 1)
            made->height = v;
        else if (sscanf(line, "duration=%lld", &v) == 1)
            made->seconds = v;
    }
    if (f != NULL)
        fclose(f);
    made->thumb = made->play = true;
    return SW_CHILD_OK;
}
