/* compose.c: a mail as MIME, by GMime. */
#include "letter.h"

#include <errno.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <string.h>
#include <unistd.h>

bool smtp_address_good(struct sw_str s)
{
    size_t at = 0, ats = 0;
    if (s.n < 3 || s.n > SMTP_ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7F || strchr("\"(),:;<>[\\]", c) != NULL)
            return false;
        if (c == '@') {
            at = i;
            ats++;
        }
    }
    return ats == 1 && at > 0 && at + 1 < s.n && s.p[0] != '-';
}

const char *smtp_line(struct sw_arena *a, struct sw_str s)
{
    struct sw_str c = sw_copy(a, s);
    char *p = sw_alloc(a, c.n + 1);
    for (size_t i = 0; i < c.n; i++)
        p[i] = (unsigned char)c.p[i] < ' ' || c.p[i] == 0x7F ? ' ' : c.p[i];
    return p;
}

static GMimeObject *text_part(const char *subtype, struct sw_str text)
{
    GMimePart *part = g_mime_part_new_with_type("text", subtype);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text.n > 0 ? text.p : "", text.n);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_object_set_content_type_parameter((GMimeObject *)part, "charset", "utf-8");
    g_mime_part_set_content(part, content);
    /* No line of ours is ever too long for a server, and a lone dot or "From " stays what it is. */
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    g_object_unref(content);
    g_object_unref(stream);
    return (GMimeObject *)part;
}

static int attachment(const struct smtp_letter *l, GMimeObject **out, struct sw_err *err)
{
    const struct sw_mail *m = l->mail;
    int fd = open(l->attach_path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    if (fd < 0)
        return sw_fail(err, SW_EFAIL, "", _("The attachment is not there: %s."), strerror(errno));
    if (size > SMTP_ATTACH_MAX) {
        close(fd);
        return sw_fail(err, SW_ETOOLARGE, "", _("The attachment is larger than %d MB."), SMTP_ATTACH_MAX / 1024 / 1024);
    }
    lseek(fd, 0, SEEK_SET);
    char mime[104] = "application/octet-stream";
    if (m->attach_mime.n > 2 && m->attach_mime.n < sizeof mime && memchr(m->attach_mime.p, '/', m->attach_mime.n) != NULL) {
        memcpy(mime, m->attach_mime.p, m->attach_mime.n);
        mime[m->attach_mime.n] = '\0';
    }
    for (char *c = mime; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || strchr("\"(),:;<>@[\\]", *c) != NULL)
            *c = '-';
    char *slash = strchr(mime, '/');
    *slash = '\0';
    GMimePart *part = g_mime_part_new_with_type(mime, slash + 1);
    GMimeStream *stream = g_mime_stream_fs_new(fd);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition((GMimeObject *)part, "attachment");
    g_mime_part_set_filename(part, l->attach_name);
    g_object_unref(content);
    g_object_unref(stream);
    *out = (GMimeObject *)part;
    return SW_OK;
}

/* Ready parts of a multipart; takes over what it is given. */
static GMimeObject *together(const char *subtype, GMimeObject *a, GMimeObject *b)
{
    GMimeMultipart *m = g_mime_multipart_new_with_subtype(subtype);
    g_mime_multipart_add(m, a);
    g_mime_multipart_add(m, b);
    g_object_unref(a);
    g_object_unref(b);
    return (GMimeObject *)m;
}

/* In UTF-8, whatever smaller charset would do: every reader has it. */
static void mailbox(InternetAddressList *list, const char *name, const char *address)
{
    InternetAddress *one = internet_address_mailbox_new(name[0] != '\0' ? name : NULL, address);
    internet_address_set_charset(one, "utf-8");
    internet_address_list_add(list, one);
    g_object_unref(one);
}

int smtp_compose(struct smtp_letter *l, struct sw_err *err)
{
    static bool started;
    if (!started) {
        g_mime_init();
        started = true;
    }
    const struct sw_mail *m = l->mail;
    GMimeObject *body = text_part("plain", m->text), *file = NULL;
    if (m->html.n > 0)
        body = together("alternative", body, text_part("html", m->html));
    if (l->attach_path != NULL) {
        int rc = attachment(l, &file, err);
        if (rc != SW_OK) {
            g_object_unref(body);
            return rc;
        }
        body = together("mixed", body, file);
    }
    GMimeMessage *message = g_mime_message_new(FALSE);
    mailbox(g_mime_message_get_addresses(message, GMIME_ADDRESS_TYPE_FROM), l->from_name, l->from);
    mailbox(g_mime_message_get_addresses(message, GMIME_ADDRESS_TYPE_TO), l->to_name, l->to);
    if (l->reply_to[0] != '\0')
        mailbox(g_mime_message_get_addresses(message, GMIME_ADDRESS_TYPE_REPLY_TO), "", l->reply_to);
    g_mime_message_set_subject(message, l->subject, "utf-8");
    char id[300];
    g_snprintf(id, sizeof id, SW_STR_FMT "%s", SW_STR_ARG(l->id), strchr(l->from, '@'));
    g_mime_message_set_message_id(message, id);
    GDateTime *now = g_date_time_new_now_utc();
    g_mime_message_set_date(message, now);
    g_date_time_unref(now);
    g_mime_object_set_header((GMimeObject *)message, "Auto-Submitted", "auto-generated", NULL);
    g_mime_object_set_header((GMimeObject *)message, "MIME-Version", "1.0", NULL);
    g_mime_message_set_mime_part(message, body);
    g_object_unref(body);

    GMimeFormatOptions *format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    GMimeStream *stream = g_mime_stream_mem_new();
    gssize n = g_mime_object_write_to_stream((GMimeObject *)message, format, stream);
    g_mime_format_options_free(format);
    g_object_unref(message);
    if (n < 0) {
        g_object_unref(stream);
        return sw_fail(err, SW_EBUSY, "", "%s", _("The mail could not be composed: a file could not be read."));
    }
    GByteArray *bytes = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)stream);
    l->stream = stream;
    l->bytes = (const char *)bytes->data;
    l->n = bytes->len;
    return SW_OK;
}

void smtp_letter_free(struct smtp_letter *l)
{
    if (l->stream != NULL)
        g_object_unref(l->stream);
    l->stream = NULL;
}
