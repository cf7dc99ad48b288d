/* cli/doctor.c: looks at what usually goes wrong, and says what to do about it. Changes nothing. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static const char usage[] = "Usage: shopwright doctor [--home DIR]\n"
                            "Looks at programs, folders, rights, disk, clock, configuration and store, and prints a line each: ok, or what is wrong and\n"
                            "what to do. Changes nothing.\n"
                            "Exit status: 0 when nothing is wrong, 1 when something is, 2 when it was called wrongly.\n";

enum { DISK_FREE_MIN_MB = 500 };

static int wrong;

static void say(bool good, const char *what, const char *fmt, ...) SW_PRINTF(3, 4);
static void say(bool good, const char *what, const char *fmt, ...)
{
    va_list ap;
    printf("%-6s %-14s ", good ? "ok" : "WRONG", what);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    wrong += !good;
}

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char buf[PATH_MAX];
    char extended[8192];
    snprintf(extended, sizeof(extended), "%s:/usr/sbin:/usr/local/sbin:/sbin", path != NULL ? path : "/usr/bin:/bin");
    for (const char *p = extended; *p != '\0';) {
        size_t n = strcspn(p, ":");
        if (snprintf(buf, sizeof(buf), "%.*s/%s", (int)n, p, program) < (int)sizeof(buf) && access(buf, X_OK) == 0)
            return true;
        p += n + (p[n] == ':');
    }
    return false;
}

static void programs(void)
{
    static const struct {
        const char *name, *package, *why;
    } needed[] = {{"nginx", "nginx-light", "answers browsers"},
                  {"ffmpeg", "ffmpeg", "makes uploaded videos playable"},
                  {"bwrap", "bubblewrap", "keeps ffmpeg in a box"},
                  {"prlimit", "util-linux", "limits what ffmpeg may use"}};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (in_path(needed[i].name))
            say(true, needed[i].name, "%s", needed[i].why);
        else
            say(false, needed[i].name, "is not there; it %s. Install the package %s.", needed[i].why, needed[i].package);
}

static void folders(const char *home)
{
    static const char *const names[] = {"store", "blobs", "rules", "run", "nginx", "outbox"};
    char path[PATH_MAX];
    struct stat st;
    if (stat(home, &st) == 0 && (st.st_mode & 07) != 0)
        say(false, "home", "everybody on this machine may look into %s; run chmod o= %s", home, home);
    else
        say(true, "home", "%s", home);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", home, names[i]);
        if (stat(path, &st) != 0)
            say(false, names[i], "the folder %s is not there: %s", path, strerror(errno));
        else if (access(path, R_OK | W_OK | X_OK) != 0)
            say(false, names[i], "this user can't write to %s; give it to the user that runs shopwright", path);
        else
            say(true, names[i], "%s", path);
    }
}

static void disk(const char *home)
{
    struct statvfs vfs;
    if (statvfs(home, &vfs) != 0) {
        say(false, "disk", "can't be asked: %s", strerror(errno));
        return;
    }
    unsigned long long mb = (unsigned long long)vfs.f_bavail * vfs.f_frsize >> 20;
    if (mb < DISK_FREE_MIN_MB)
        say(false, "disk", "only %llu MB are free; under %d MB uploads and backups soon fail", mb, DISK_FREE_MIN_MB);
    else
        say(true, "disk", "%llu MB free", mb);
}

static void machine_clock(void)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    char year[8];
    struct tm tm;
    gmtime_r(&real.tv_sec, &tm);
    strftime(year, sizeof(year), "%Y", &tm);
    if (atoi(year) < 2025)
        say(false, "clock", "says the year %s; set it, or sessions and signatures carry a wrong time", year);
    else if (access("/run/systemd/timesync/synchronized", F_OK) != 0 && access("/run/chrony", F_OK) != 0 &&
             access("/var/lib/ntp", F_OK) != 0)
        say(true, "clock", "year %s; no time service was found, so look at it now and then", year);
    else
        say(true, "clock", "kept by a time service");
}

static void instance(const char *home)
{
    struct sw_cli_instance in;
    struct sw_err err = {0};
    if (sw_cli_open(home, CLI_CONFIG, &in, &err) != SW_OK) {
        say(false, "configuration", "%s", err.message);
        return;
    }
    say(true, "configuration", "plugins %s", in.config->plugins);
    if (!in.config->demo && strstr(in.config->plugins, "smtp") != NULL && sw_setting("smtp", "url")[0] == '\0')
        say(false, "mail", "[smtp] url is not set in shopwright.conf, so no mail leaves; it waits in the outbox");
    sw_cli_close(&in);
    if (sw_cli_open(home, CLI_WRITE, &in, &err) != SW_OK) {
        say(false, "data", "%s", err.message);
        return;
    }
    struct sw_store_health h;
    sw_store_health(in.store, &h);
    int percent = h.map_size > 0 ? (int)(h.used / (h.map_size / 100 + 1)) : 0;
    if (percent > 80)
        say(false, "data", "%d %% of the reserved room is used; raise [store] map_gib and restart", percent);
    else
        say(true, "data", "%llu MB used, %d %% of the reserved room", (unsigned long long)(h.used >> 20), percent);
    sw_cli_close(&in);
}

int sw_cli_doctor(int argc, char **argv)
{
    struct sw_cli_args args = {.usage = usage};
    if (sw_cli_option(&args, argc, argv) != -1)
        return args.status;
    if (optind != argc)
        return sw_cli_usage(&args, "%s is too much", argv[optind]);
    wrong = 0;
    programs();
    folders(args.home);
    disk(args.home);
    machine_clock();
    instance(args.home);
    return wrong == 0 ? CLI_OK : CLI_FAILED;
}
