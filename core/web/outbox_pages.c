/* web/outbox_pages.c: /demo/outbox. A demo instance writes its mails as HOME/outbox/NAME.eml instead of sending them; here they are read back, so that a visitor can
 * follow a mailed link. Only there, and only on this machine. */
#include "web/outbox_pages.h"
#include "web/request.h"

#include <dirent.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAILS_MAX = 200, FILES_SEEN_MAX = 5000, NAME_BYTES = 200, TEXT_MAX = 200000, PIECES_MAX = 20000, MAIL_MAX = 20 * 1024 * 1024 };

static const struct sw_field outbox_mail_fields[] = {
    SW_F_TEXT(struct sw_outbox_mail, href, 1, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_outbox_mail, to, 2, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_outbox_mail, subject, 3, .max = 1000, .audience = SW_FOR_CUSTOMER),
    SW_F_TIME(struct sw_outbox_mail, at, 4, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record outbox_mail_record = {SW_RECORD(struct sw_outbox_mail, "core.outbox_mail", outbox_mail_fields),
                                                    .audience = SW_FOR_CUSTOMER};
static const struct sw_field outbox_view_fields[] = {
    SW_F_LIST(struct sw_outbox_view, mails, 1, struct sw_outbox_mail, &outbox_mail_record, .max = MAILS_MAX, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_outbox_view_record = {SW_RECORD(struct sw_outbox_view, "core.outbox_view", outbox_view_fields),
                                                .audience = SW_FOR_CUSTOMER};

static const struct sw_field piece_fields[] = {
    SW_F_TEXT(struct sw_mail_piece, text, 1, .max = TEXT_MAX, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_mail_piece, href, 2, .max = 2000, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_mail_piece, line_end, 3, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_record piece_record = {SW_RECORD(struct sw_mail_piece, "core.mail_piece", piece_fields),
                                              .audience = SW_FOR_CUSTOMER};
static const struct sw_field mail_view_fields[] = {
    SW_F_TEXT(struct sw_mail_view, to, 1, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_mail_view, from, 2, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_mail_view, subject, 3, .max = 1000, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_mail_view, attachment, 4, .max = 400, .audience = SW_FOR_CUSTOMER),
    SW_F_TIME(struct sw_mail_view, at, 5, .audience = SW_FOR_CUSTOMER),
    SW_F_LIST(struct sw_mail_view, pieces, 6, struct sw_mail_piece, &piece_record, .max = PIECES_MAX, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_mail_view_record = {SW_RECORD(struct sw_mail_view, "core.mail_view", mail_view_fields),
                                              .audience = SW_FOR_CUSTOMER};

/* Whoever reads these mails can open any account of the demo: the shop must say so itself, and the reader sit at the machine. */
static bool is_open(const struct sw_req *r)
{
    struct sw_str a = r->in->address;
    bool local = a.n == 0 || sw_str_is(a, "::1") || sw_str_is(a, "::ffff:127.0.0.1") || (a.n > 4 && memcmp(a.p, "127.", 4) == 0);
    return local && sw_config() && sw_config()->demo;
}

static int nothing_here(struct sw_err *err)
{
    return sw_fail(err, SW_ENOTFOUND, "", "%s", _("There is nothing at this address, or it isn't yours to see."));
}

struct entry {
    char name[NAME_BYTES + 1];
    int64_t at;
};

static bool is_mail_name(struct sw_str s)
{
    if (s.n < 5 || s.n > NAME_BYTES || s.p[0] == '.' || memcmp(s.p + s.n - 4, ".eml", 4) != 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? 1 : -1;
    return strcmp(y->name, x->name);
}

static GMimeMessage *mail_open(struct sw_req *r, const char *name)
{
    static bool started;
    if (!started) {
        g_mime_init();
        started = true;
    }
    struct sw_str path = sw_printf(r->arena, "%s/outbox/%s", sw_config()->home, name);
    int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAIL_MAX) {
        close(fd);
        return NULL;
    }
    GMimeStream *stream = g_mime_stream_fs_new(fd); /* closes it */
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return m;
}

static struct sw_str addresses(struct sw_req *r, InternetAddressList *list)
{
    char *text = list ? internet_address_list_to_string(list, NULL, false) : NULL;
    struct sw_str s = sw_copy(r->arena, sw_str_of(text));
    g_free(text);
    return s;
}

int sw_outbox_page(struct sw_req *r, struct sw_err *err)
{
    if (!is_open(r))
        return nothing_here(err);
    struct sw_outbox_view *v = SW_NEW(r->arena, struct sw_outbox_view);
    struct sw_str folder = sw_printf(r->arena, "%s/outbox", sw_config()->home);
    struct entry *all = SW_NEW_N(r->arena, struct entry, FILES_SEEN_MAX);
    size_t n = 0;
    DIR *d = opendir(folder.p);
    for (struct dirent *e; d && n < FILES_SEEN_MAX && (e = readdir(d));) {
        struct stat st;
        if (!is_mail_name(sw_str_of(e->d_name)) || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        memcpy(all[n].name, e->d_name, strlen(e->d_name) + 1);
        all[n++].at = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    }
    if (d)
        closedir(d);
    qsort(all, n, sizeof(*all), newest_first);
    v->mails.v = SW_NEW_N(r->arena, struct sw_outbox_mail, MAILS_MAX);
    for (size_t i = 0; i < n && v->mails.n < MAILS_MAX; i++) {
        GMimeMessage *m = mail_open(r, all[i].name);
        if (!m)
            continue;
        v->mails.v[v->mails.n++] = (struct sw_outbox_mail){
            .href = sw_printf(r->arena, "/demo/outbox/%s", all[i].name), .to = addresses(r, g_mime_message_get_to(m)),
            .subject = sw_copy(r->arena, sw_str_of(g_mime_message_get_subject(m))), .at = all[i].at};
        g_object_unref(m);
    }
    return sw_show(r, v);
}

/* The first text/plain part, decoded. */
struct parts {
    GMimePart *text;
    const char *attachment;
};
static void look_at(GMimeObject *parent, GMimeObject *o, gpointer arg)
{
    struct parts *p = arg;
    (void)parent;
    if (!GMIME_IS_PART(o))
        return;
    GMimeContentType *t = g_mime_object_get_content_type(o);
    const char *file = g_mime_part_get_filename((GMimePart *)o);
    if (file)
        p->attachment = p->attachment ? p->attachment : file;
    else if (!p->text && g_mime_content_type_is_type(t, "text", "plain"))
        p->text = (GMimePart *)o;
}

/* The part of an own link behind the host; {NULL, 0} when it leads elsewhere. */
static struct sw_str own_path(struct sw_req *r, struct sw_str url)
{
    const struct sw_shop *s = r->shop ? sw_shop(r->tx) : NULL;
    struct sw_str bases[3] = {s ? s->base_url : (struct sw_str){NULL, 0}, sw_printf(r->arena, "http://" SW_STR_FMT, SW_STR_ARG(r->in->host)),
                              sw_printf(r->arena, "https://" SW_STR_FMT, SW_STR_ARG(r->in->host))};
    for (size_t i = 0; i < 3; i++) {
        struct sw_str b = bases[i];
        while (b.n && b.p[b.n - 1] == '/')
            b.n--;
        if (b.n > 8 && url.n > b.n + 1 && memcmp(url.p, b.p, b.n) == 0 && url.p[b.n] == '/' && url.p[b.n + 1] != '/')
            return (struct sw_str){url.p + b.n, url.n - b.n};
    }
    return (struct sw_str){NULL, 0};
}

static const char *link_at(const char *p, const char *end)
{
    for (; (p = memchr(p, 'h', (size_t)(end - p))); p++) {
        size_t left = (size_t)(end - p);
        if ((left > 7 && memcmp(p, "http://", 7) == 0) || (left > 8 && memcmp(p, "https://", 8) == 0))
            return p;
    }
    return NULL;
}

static struct sw_mail_piece *piece_add(struct sw_mail_view *v)
{
    return v->pieces.n < PIECES_MAX ? &v->pieces.v[v->pieces.n++] : NULL;
}

static void cut_pieces(struct sw_req *r, struct sw_mail_view *v, struct sw_str text)
{
    v->pieces.v = SW_NEW_N(r->arena, struct sw_mail_piece, PIECES_MAX);
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end, *line_stop = stop;
        if (line_stop > p && line_stop[-1] == '\r')
            line_stop--;
        struct sw_mail_piece *last = NULL;
        while (p < line_stop) {
            const char *link = link_at(p, line_stop), *text_stop = link ? link : line_stop;
            if (text_stop > p && (last = piece_add(v)))
                last->text = (struct sw_str){p, (size_t)(text_stop - p)};
            p = text_stop;
            if (!link)
                break;
            while (p < line_stop && (unsigned char)*p > ' ' && !strchr("<>\"'()", *p))
                p++;
            struct sw_str url = {link, (size_t)(p - link)};
            if ((last = piece_add(v))) {
                last->text = url;
                last->href = own_path(r, url);
            }
        }
        if (!last)
            last = piece_add(v);
        if (last)
            last->line_end = true;
        p = nl ? nl + 1 : end;
    }
}

int sw_outbox_mail_page(struct sw_req *r, struct sw_err *err)
{
    struct sw_str name = sw_req_param(r, "name");
    if (!is_open(r) || !is_mail_name(name))
        return nothing_here(err);
    GMimeMessage *m = mail_open(r, sw_cstr(r->arena, name));
    if (!m)
        return nothing_here(err);
    struct sw_mail_view *v = SW_NEW(r->arena, struct sw_mail_view);
    v->to = addresses(r, g_mime_message_get_to(m));
    v->from = addresses(r, g_mime_message_get_from(m));
    v->subject = sw_copy(r->arena, sw_str_of(g_mime_message_get_subject(m)));
    GDateTime *date = g_mime_message_get_date(m);
    v->at = date ? g_date_time_to_unix(date) * 1000 : 0;
    struct parts parts = {NULL, NULL};
    g_mime_message_foreach(m, look_at, &parts);
    v->attachment = sw_copy(r->arena, sw_str_of(parts.attachment));
    char *text = parts.text && GMIME_IS_TEXT_PART(parts.text) ? g_mime_text_part_get_text((GMimeTextPart *)parts.text) : NULL;
    struct sw_str s = sw_copy(r->arena, sw_str_of(text));
    g_free(text);
    g_object_unref(m);
    if (s.n > TEXT_MAX)
        s.n = TEXT_MAX;
    cut_pieces(r, v, s);
    return sw_show(r, v);
}
