/* web/http.c: FastCGI parameters → struct sw_http_in, and the limits that DESIGN.md states for them. */
#include "web/http.h"

#include <string.h>

void sw_http_break(struct sw_http_in *in, enum sw_code code, const char *why)
{
    if (in->broken != SW_OK)
        return;
    in->broken = code;
    in->broken_why = why;
}

static bool token_char(char c)
{
    return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static void read_method(struct sw_http_in *in, struct sw_str v)
{
    bool good = v.n > 0 && v.n <= SW_METHOD_MAX;
    for (size_t i = 0; good && i < v.n; i++)
        good = token_char(v.p[i]);
    if (good)
        in->method = v;
    else
        sw_http_break(in, SW_EMALFORMED, _("The request's method is malformed."));
}

/* A path that is refused is left as "/", so that nobody downstream meets bytes over the limit. */
static void read_uri(struct sw_http_in *in, struct sw_str v)
{
    const char *mark = v.n ? memchr(v.p, '?', v.n) : NULL;
    struct sw_str path = {v.p, mark ? (size_t)(mark - v.p) : v.n};
    struct sw_str query = {NULL, 0};
    if (mark)
        query = (struct sw_str){mark + 1, v.n - path.n - 1};
    if (path.n > SW_PATH_MAX) {
        sw_http_break(in, SW_EMALFORMED, _("The address's path is longer than 1024 bytes."));
        return;
    }
    if (query.n > SW_QUERY_MAX) {
        sw_http_break(in, SW_EMALFORMED, _("The address's query is longer than 4096 bytes."));
        return;
    }
    if (path.n == 0 || path.p[0] != '/') {
        sw_http_break(in, SW_EMALFORMED, _("The address's path does not begin with a slash."));
        return;
    }
    for (size_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        if (c <= 0x20 || c == 0x7f) {
            sw_http_break(in, SW_EMALFORMED, _("The address has a space or a control character."));
            return;
        }
    }
    in->path = path;
    in->query = query;
}

static void read_host(struct sw_http_in *in, struct sw_str v)
{
    bool good = v.n <= SW_HOST_MAX;
    for (size_t i = 0; good && i < v.n; i++) {
        char c = v.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    }
    if (good)
        in->host = v;
    else
        sw_http_break(in, SW_EMALFORMED, _("The request's host name is malformed."));
}

static void read_cookie(struct sw_http_in *in, struct sw_str v)
{
    if (v.n > SW_COOKIES_MAX)
        sw_http_break(in, SW_EMALFORMED, _("The request's cookies are larger than 4096 bytes."));
    else
        in->cookie = v;
}

static void read_secure(struct sw_http_in *in, struct sw_str v)
{
    in->secure = sw_str_is(v, "on") || sw_str_is(v, "1");
}

static void read_id(struct sw_http_in *in, struct sw_str v)
{
    in->id = (struct sw_str){v.p, v.n < SW_REQUEST_ID_MAX ? v.n : SW_REQUEST_ID_MAX};
}

/* One entry a parameter that core itself reads: where it goes, or who reads it. */
struct known {
    const char *name;
    size_t n;
    size_t offset;
    void (*read)(struct sw_http_in *in, struct sw_str v);
};
#define PLAIN(name, member)                                                                        \
    {                                                                                              \
        name, sizeof(name) - 1, offsetof(struct sw_http_in, member), NULL                          \
    }
#define READ(name, fn)                                                                             \
    {                                                                                              \
        name, sizeof(name) - 1, 0, fn                                                              \
    }
static const struct known known[] = {
    READ("REQUEST_METHOD", read_method),
    READ("REQUEST_URI", read_uri),
    READ("HTTP_HOST", read_host),
    READ("HTTP_COOKIE", read_cookie),
    READ("HTTPS", read_secure),
    READ("REQUEST_ID", read_id),
    PLAIN("HTTP_ACCEPT", accept),
    PLAIN("CONTENT_TYPE", content_type),
    PLAIN("HTTP_AUTHORIZATION", authorization),
    PLAIN("HTTP_IF_NONE_MATCH", if_none_match),
    PLAIN("HTTP_USER_AGENT", user_agent),
    PLAIN("HTTP_ACCEPT_LANGUAGE", accept_language),
    PLAIN("HTTP_REFERER", referer),
    PLAIN("REQUEST_BODY_FILE", body_file),
    PLAIN("REMOTE_ADDR", address),
};

static void read_known(struct sw_http_in *in, const struct sw_pair *p)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct known *k = &known[i];
        if (k->n != p->name.n || memcmp(k->name, p->name.p, k->n) != 0)
            continue;
        if (k->read)
            k->read(in, p->value);
        else
            memcpy((char *)in + k->offset, &p->value, sizeof(p->value));
        return;
    }
}

static const struct sw_pair *find(const struct sw_http_in *in, const char *name)
{
    for (size_t i = 0; i < in->n_params; i++)
        if (sw_str_is(in->params[i].name, name))
            return &in->params[i];
    return NULL;
}

void sw_http_params(struct sw_http_in *in, char *const *envp)
{
    in->method = SW_STR("GET");
    in->path = SW_STR("/");
    size_t n = 0, total = 0;
    while (envp && envp[n] && n < SW_PARAMS_MAX)
        n++;
    if (envp && envp[n])
        sw_http_break(in, SW_EMALFORMED, _("The request has more than 256 parameters."));
    struct sw_pair *pairs = SW_NEW_N(in->arena, struct sw_pair, n ? n : 1);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *eq = strchr(envp[i], '=');
        size_t len = strlen(envp[i]);
        total += len;
        if (!eq || total > SW_HEADER_MAX)
            continue;
        struct sw_pair *p = &pairs[kept++];
        p->name = (struct sw_str){envp[i], (size_t)(eq - envp[i])};
        p->value = (struct sw_str){eq + 1, len - p->name.n - 1};
    }
    if (total > SW_HEADER_MAX)
        sw_http_break(in, SW_EMALFORMED, _("The request's headers are larger than 16 KB."));
    in->params = pairs;
    in->n_params = kept;
    for (size_t i = 0; i < kept; i++)
        read_known(in, &pairs[i]);
    if (in->path.n >= 10 && memcmp(in->path.p, "/internal/", 10) == 0 &&
        !find(in, SW_HTTP_INTERNAL))
        sw_http_break(in, SW_ENOTFOUND, _("There is no such page."));
}

int64_t sw_http_length(struct sw_http_in *in)
{
    const struct sw_pair *p = find(in, "CONTENT_LENGTH");
    if (!p || p->value.n == 0)
        return -1;
    int64_t length = 0;
    for (size_t i = 0; i < p->value.n; i++) {
        char c = p->value.p[i];
        if (c < '0' || c > '9' || i >= 15) {
            sw_http_break(in, SW_EMALFORMED, _("The request's length is malformed."));
            return -1;
        }
        length = length * 10 + (c - '0');
    }
    if (in->body_file.n == 0 && length > SW_BODY_MAX)
        sw_http_break(in, SW_ETOOLARGE, _("A form may be at most 256 KB long."));
    return length;
}
