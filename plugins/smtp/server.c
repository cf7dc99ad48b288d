/* server.c: to a mail server, by libcurl. */
#include "letter.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_SECONDS = 10, ALL_SECONDS = 60 };

struct reading {
    const char *p;
    size_t n;
};

static size_t give(char *to, size_t size, size_t n, void *arg)
{
    struct reading *r = arg;
    size_t take = size * n < r->n ? size * n : r->n;
    memcpy(to, r->p, take);
    r->p += take;
    r->n -= take;
    return take;
}

static size_t nowhere(char *from, size_t size, size_t n, void *arg)
{
    (void)from;
    (void)arg;
    return size * n;
}

/* What the server's answer means. Only a refusal of this very mail ends it; a wrong password or setting would end all of them, and may be mended. */
static int judge(CURLcode code, long answer, struct sw_err *err)
{
    if (code == CURLE_OK)
        return SW_OK;
    if (code == CURLE_LOGIN_DENIED || answer == 530 || answer == 534 || answer == 535 || answer == 538)
        return sw_fail(err, SW_EBUSY, "", _("The mail server does not accept the sign-in of [smtp] user and password (answer %ld)."), answer);
    if (code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION)
        return sw_fail(err, SW_EBUSY, "", _("The mail server offers no encryption that can be trusted: %s."), curl_easy_strerror(code));
    if (answer >= 500 && answer < 600)
        return sw_fail(err, SW_EFAIL, "", _("The mail server refused the mail for good (answer %ld)."), answer);
    if (answer >= 400 && answer < 500)
        return sw_fail(err, SW_EBUSY, "", _("The mail server refused the mail for now (answer %ld)."), answer);
    return sw_fail(err, SW_EBUSY, "", _("The mail server can’t be reached: %s."), curl_easy_strerror(code));
}

int smtp_to_server(const struct smtp_letter *l, struct sw_err *err)
{
    static bool started;
    const char *host = sw_setting("smtp", "host"), *port = sw_setting("smtp", "port"), *tls = sw_setting("smtp", "tls");
    const char *user = sw_setting("smtp", "user"), *password = sw_setting("smtp", "password");
    bool at_once = strcmp(tls, "tls") == 0, none = strcmp(tls, "none") == 0;
    char url[400], address[SMTP_ADDRESS_MAX + 3];
    if (!started) {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
            return sw_fail(err, SW_EBUSY, "", "%s", _("libcurl can’t be started."));
        started = true;
    }
    if (port[0] == '\0')
        port = at_once ? "465" : none ? "25" : "587";
    if (strspn(port, "0123456789") != strlen(port) || strlen(port) > 5 || strlen(host) > 255 || strpbrk(host, "/@?# ") != NULL)
        return sw_fail(err, SW_EBUSY, "", "%s", _("[smtp] host or port in shopwright.conf is not right."));
    snprintf(url, sizeof url, "%s://%s:%s", at_once ? "smtps" : "smtp", host, port);

    CURL *c = curl_easy_init();
    if (c == NULL)
        return sw_fail(err, SW_EBUSY, "", "%s", _("libcurl can’t be started."));
    struct reading reading = {l->bytes, l->n};
    snprintf(address, sizeof address, "<%s>", l->to);
    struct curl_slist *to = curl_slist_append(NULL, address);
    snprintf(address, sizeof address, "<%s>", l->from);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ALL_SECONDS);
    curl_easy_setopt(c, CURLOPT_USE_SSL, none ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    if (user[0] != '\0') {
        curl_easy_setopt(c, CURLOPT_USERNAME, user);
        curl_easy_setopt(c, CURLOPT_PASSWORD, password);
    }
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, address);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(c, CURLOPT_READDATA, &reading);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, nowhere);
    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)l->n);
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    CURLcode code = curl_easy_perform(c);
    long answer = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer);
    curl_slist_free_all(to);
    curl_easy_cleanup(c);
    return judge(code, answer, err);
}
