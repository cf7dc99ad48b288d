/* cli/nginx.c: writes HOME/nginx/nginx.conf: the template's @NAME@ places filled from the configuration and the routes. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"

static const char usage[] = "Usage: shopwright nginx-config [--port N] [--home DIR]\n"
                            "Writes the instance's nginx configuration, HOME/nginx/nginx.conf: which pool answers which route, where uploads are\n"
                            "spooled, which paths hold a secret. Again after plugins or shopwright.conf were changed; then tell nginx to reload.\n"
                            "  --port N   listen on this port instead of shopwright.conf's\n"
                            "Exit status: 0, 1 when it failed, 2 when it was called wrongly.\n";

enum { NGINX_CONF_MAX = 1024 * 1024, NGINX_TEMPLATE_MAX = 128 * 1024 };

/* Paths and names go into the file bare or between quotes. */
static bool is_plain(const char *s)
{
    for (; *s != '\0'; s++)
        if (!isalnum((unsigned char)*s) && strchr("/._-+@:*~", *s) == NULL)
            return false;
    return true;
}

/* "/jobs/{job:workorder.job}/files" → "/jobs/[^/]+/files": every character that a regular expression minds is escaped. */
static void path_regex(struct sw_buf *b, const char *path)
{
    for (const char *p = path; *p != '\0'; p++)
        if (*p == '{') {
            sw_buf_adds(b, "[^/]+");
            const char *end = strchr(p, '}');
            if (end == NULL)
                break;
            p = end;
        } else if (strchr(".+*?()[]^$|\\", *p) != NULL)
            sw_buf_addf(b, "\\%c", *p);
        else
            sw_buf_add(b, p, 1);
}

static void each_route(void (*fn)(struct sw_buf *b, const struct sw_route *r), struct sw_buf *b)
{
    const struct sw_loaded *all;
    size_t n = sw_host_plugins(&all);
    for (size_t i = 0; i < n; i++)
        for (const struct sw_route *r = all[i].plugin->routes; r != NULL && r->path != NULL; r++)
            fn(b, r);
}

static void slow(struct sw_buf *b, const struct sw_route *r)
{
    if ((r->flags & SW_SLOW) == 0)
        return;
    sw_buf_addf(b, "        \"~^%s ", strcmp(r->method, "GET") == 0 ? "(GET|HEAD)" : r->method);
    path_regex(b, r->path);
    sw_buf_adds(b, "/?$\" sw_slow;\n");
}

/* The part before the first parameter, and a star for each of them. */
static void secret(struct sw_buf *b, const struct sw_route *r)
{
    const char *open = strchr(r->path, '{');
    if ((r->flags & SW_SECRET_PATH) == 0 || open == NULL)
        return;
    sw_buf_adds(b, "        \"~^");
    path_regex(b, r->path);
    sw_buf_addf(b, "\" \"%.*s*\";\n", (int)(open - r->path), r->path);
}

static bool shape_before(const struct sw_route *r)
{
    const struct sw_loaded *all;
    size_t n = sw_host_plugins(&all);
    for (size_t i = 0; i < n; i++)
        for (const struct sw_route *o = all[i].plugin->routes; o != NULL && o->path != NULL; o++) {
            if (o == r)
                return false;
            if ((o->flags & SW_UPLOAD) != 0 && strcmp(o->path, r->path) == 0)
                return true;
        }
    return false;
}

static bool takes_forms(const char *path)
{
    const struct sw_loaded *all;
    size_t n = sw_host_plugins(&all);
    for (size_t i = 0; i < n; i++)
        for (const struct sw_route *o = all[i].plugin->routes; o != NULL && o->path != NULL; o++)
            if ((o->flags & SW_UPLOAD) != 0 && strcmp(o->path, path) == 0 && strcmp(o->method, "POST") == 0)
                return true;
    return false;
}

static void upload(struct sw_buf *b, const struct sw_route *r)
{
    if ((r->flags & SW_UPLOAD) == 0 || shape_before(r))
        return;
    sw_buf_adds(b, "        location ~ \"^");
    path_regex(b, r->path);
    sw_buf_addf(b, "/?$\" {\n"
                   "            auth_request /upload-check;\n"
                   "            client_max_body_size %s;\n"
                   "            client_body_timeout 120s;\n"
                   "            client_body_in_file_only clean;\n"
                   "            fastcgi_pass_request_body off;\n"
                   "            fastcgi_param REQUEST_METHOD $request_method;\n"
                   "            fastcgi_param REQUEST_URI $request_uri;\n"
                   "            fastcgi_param CONTENT_TYPE $content_type;\n"
                   "            fastcgi_param CONTENT_LENGTH $content_length;\n"
                   "            fastcgi_param REMOTE_ADDR $remote_addr;\n"
                   "            fastcgi_param REQUEST_ID $request_id;\n"
                   "            fastcgi_param HTTPS $https if_not_empty;\n"
                   "            fastcgi_param HTTP_PROXY \"\";\n"
                   "            fastcgi_param REQUEST_BODY_FILE $request_body_file;\n"
                   "            fastcgi_pass $sw_pool;\n"
                   "        }\n",
                takes_forms(r->path) ? "33m" : "4200k");
}

/* "off", or a rate as nginx writes it. */
static bool rate_ok(const char *rate)
{
    size_t n = strspn(rate, "0123456789");
    return strcmp(rate, "off") == 0 || (n > 0 && n < 7 && (strcmp(rate + n, "r/s") == 0 || strcmp(rate + n, "r/m") == 0));
}

struct rates {
    const char *staff, *login;
};

static int read_rates(struct rates *r, struct sw_err *err)
{
    r->staff = sw_setting("nginx", "staff_rate");
    r->login = sw_setting("nginx", "login_rate");
    if (r->staff[0] == '\0')
        r->staff = "100r/s";
    if (r->login[0] == '\0')
        r->login = "30r/m";
    if (!rate_ok(r->staff) || !rate_ok(r->login))
        return sw_fail(err, SW_EINVALID, "", _("[nginx] staff_rate and login_rate are \"off\", or like \"100r/s\" or \"30r/m\"."));
    return SW_OK;
}

static void user_line(struct sw_buf *b, const struct sw_config *c)
{
    struct stat st;
    if (geteuid() != 0 || stat(c->home, &st) != 0)
        return;
    /* The spooled uploads and the sockets belong to the pool's user; as root nginx would change to one that can't read them. */
    const struct passwd *pw = getpwuid(st.st_uid);
    sw_buf_addf(b, "user %s;", pw != NULL ? pw->pw_name : "root");
}

static void place(struct sw_buf *b, struct sw_str name, const struct sw_config *c, int port, const struct rates *r)
{
    const char *listen = sw_setting("web", "listen"), *server = sw_setting("nginx", "server_name");
    if (sw_str_is(name, "HOME"))
        sw_buf_adds(b, c->home);
    else if (sw_str_is(name, "PREFIX"))
        sw_buf_adds(b, c->prefix);
    else if (sw_str_is(name, "PORT"))
        sw_buf_addf(b, "%d", port);
    else if (sw_str_is(name, "LISTEN"))
        sw_buf_adds(b, c->demo || listen[0] == '\0' ? "127.0.0.1" : listen);
    else if (sw_str_is(name, "SERVER_NAME"))
        sw_buf_adds(b, server[0] != '\0' ? server : "_");
    else if (sw_str_is(name, "USER"))
        user_line(b, c);
    else if (sw_str_is(name, "SLOW"))
        each_route(slow, b);
    else if (sw_str_is(name, "SECRET"))
        each_route(secret, b);
    else if (sw_str_is(name, "UPLOADS"))
        each_route(upload, b);
    else if (sw_str_is(name, "LIMIT_ZONES")) {
        if (strcmp(r->staff, "off") != 0)
            sw_buf_addf(b, "    limit_req_zone $binary_remote_addr zone=sw_all:4m rate=%s;\n", r->staff);
        if (strcmp(r->login, "off") != 0)
            sw_buf_addf(b,
                        "    map \"$request_method $uri\" $sw_guess {\n"
                        "        default \"\";\n"
                        "        \"~^POST /(login|forgot|register|activate|reset)\" $binary_remote_addr;\n"
                        "    }\n"
                        "    limit_req_zone $sw_guess zone=sw_guess:4m rate=%s;\n",
                        r->login);
    } else if (sw_str_is(name, "LIMITS")) {
        if (strcmp(r->staff, "off") != 0)
            sw_buf_adds(b, "            limit_req zone=sw_all burst=500 nodelay;\n");
        if (strcmp(r->login, "off") != 0)
            sw_buf_adds(b, "            limit_req zone=sw_guess burst=30 nodelay;\n");
    } else /* @too_large and the like are nginx's own */
        sw_buf_addf(b, "@" SW_STR_FMT, SW_STR_ARG(name));
}

static void expand(struct sw_buf *b, struct sw_str t, const struct sw_config *c, int port, const struct rates *r)
{
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] != '@') {
            sw_buf_add(b, t.p + i, 1);
            continue;
        }
        size_t end = i + 1;
        while (end < t.n && (isupper((unsigned char)t.p[end]) || t.p[end] == '_'))
            end++;
        if (end < t.n && t.p[end] == '@' && end > i + 1) {
            place(b, (struct sw_str){t.p + i + 1, end - i - 1}, c, port, r);
            i = end;
        } else
            sw_buf_add(b, "@", 1);
    }
}

static int read_template(struct sw_arena *a, const char *path, struct sw_str *out, struct sw_err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return sw_fail(err, SW_EFAIL, "", _("%s can't be read: %s."), path, strerror(errno));
    char *text = sw_alloc(a, NGINX_TEMPLATE_MAX);
    size_t n = fread(text, 1, NGINX_TEMPLATE_MAX, f);
    int bad = ferror(f);
    fclose(f);
    if (bad || n == NGINX_TEMPLATE_MAX)
        return sw_fail(err, SW_EFAIL, "", _("%s can't be read, or is longer than %d bytes."), path, NGINX_TEMPLATE_MAX);
    *out = (struct sw_str){text, n};
    return SW_OK;
}

/* Beside it and renamed over it: nginx never reads half a file. */
static int write_file(const char *path, struct sw_str text, struct sw_err *err)
{
    char next[PATH_MAX + 8];
    snprintf(next, sizeof(next), "%s.new", path);
    FILE *f = fopen(next, "we");
    bool ok = f != NULL && fwrite(text.p, 1, text.n, f) == text.n;
    if (f != NULL)
        ok = fclose(f) == 0 && ok;
    if (!ok || rename(next, path) != 0)
        return sw_fail(err, SW_EFAIL, "", _("%s can't be written: %s."), path, strerror(errno));
    return SW_OK;
}

int sw_cli_write_nginx(const struct sw_config *c, int port, struct sw_err *err)
{
    char path[PATH_MAX];
    struct rates rates;
    struct sw_str template_ = {0};
    struct sw_buf b;
    struct sockaddr_un un;

    if (!is_plain(c->home) || !is_plain(c->prefix) || !is_plain(sw_setting("web", "listen")) || !is_plain(sw_setting("nginx", "server_name")))
        return sw_fail(err, SW_EINVALID, "",
                       _("The paths %s and %s, [web] listen and [nginx] server_name may only have letters, digits and / . _ - + @ : * ~."), c->home,
                       c->prefix);
    if (strlen(c->home) + strlen("/run/write.sock") >= sizeof(un.sun_path))
        return sw_fail(err, SW_EINVALID, "", _("The path %s is too long: with /run/write.sock it must stay under %zu bytes."), c->home,
                       sizeof(un.sun_path));
    int rc = read_rates(&rates, err);
    if (rc != SW_OK)
        return rc;

    struct sw_arena *a = sw_arena_new(0);
    snprintf(path, sizeof(path), "%s/nginx/shopwright.conf.in", c->prefix);
    rc = read_template(a, path, &template_, err);
    if (rc == SW_OK) {
        sw_buf_init(&b, a, 32768, NGINX_CONF_MAX);
        expand(&b, template_, c, port != 0 ? port : c->port, &rates);
        snprintf(path, sizeof(path), "%s/nginx", c->home);
        if (mkdir(path, 0750) != 0 && errno != EEXIST)
            rc = sw_fail(err, SW_EFAIL, "", _("The folder %s can't be made: %s."), path, strerror(errno));
        else if (b.full)
            rc = sw_fail(err, SW_ETOOLARGE, "", _("The nginx configuration is longer than %d bytes."), NGINX_CONF_MAX);
        else {
            snprintf(path, sizeof(path), "%s/nginx/nginx.conf", c->home);
            rc = write_file(path, sw_buf_str(&b), err);
        }
    }
    sw_arena_free(a);
    return rc;
}

int sw_cli_nginx_config(int argc, char **argv)
{
    enum { OPT_PORT = 1 };
    static const struct option options[] = {{"port", required_argument, NULL, OPT_PORT}, {0}};
    struct sw_cli_args args = {.usage = usage, .long_ = options};
    struct sw_cli_instance in;
    struct sw_err err = {0};
    long port = 0;

    for (int c; (c = sw_cli_option(&args, argc, argv)) != -1;)
        if (c != OPT_PORT)
            return args.status;
        else if (!sw_cli_number(optarg, 1, 65535, &port))
            return sw_cli_usage(&args, "--port must be a number from 1 to 65535");
    if (optind != argc)
        return sw_cli_usage(&args, "%s is too much", argv[optind]);
    int rc = sw_cli_open(args.home, CLI_CONFIG, &in, &err);
    if (rc != SW_OK)
        return sw_cli_fail(&err);
    rc = sw_cli_write_nginx(in.config, (int)port, &err);
    if (rc == SW_OK)
        printf("%s/nginx/nginx.conf\n", in.config->home);
    sw_cli_close(&in);
    return rc == SW_OK ? CLI_OK : sw_cli_fail(&err);
}
