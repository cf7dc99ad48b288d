/* letter.h: what the files of the plugin share. */
#ifndef SMTP_LETTER_H
#define SMTP_LETTER_H

#ifndef SW_TEXT_DOMAIN
#define SW_TEXT_DOMAIN "smtp"
#endif
#include <shopwright/plugin.h>

enum { SMTP_ATTACH_MAX = 20 * 1024 * 1024, SMTP_ADDRESS_MAX = 254 };

/* A mail with everything that goes on the wire; texts in the delivery's arena. */
struct smtp_letter {
    const struct sw_mail *mail;
    struct sw_str id;                 /* of the delivery: the same for each try */
    const char *from, *from_name;     /* the envelope's sender too */
    const char *to, *to_name, *reply_to, *subject;
    const char *attach_path;          /* NULL: none */
    const char *attach_name;
    const char *bytes;                /* composed, CRLF; smtp_letter_free() */
    size_t n;
    void *stream;
};

/* An address that can stand in a header and in the dialog: one @, printable ASCII, no quotes, brackets, commas. */
bool smtp_address_good(struct sw_str s);
/* One line: control characters become spaces, so that a name can't begin another header. NUL-terminated. */
const char *smtp_line(struct sw_arena *a, struct sw_str s);

int smtp_compose(struct smtp_letter *l, struct sw_err *err);
void smtp_letter_free(struct smtp_letter *l);

/* Both: SW_OK when it is gone; SW_EBUSY to try again; else it never will be. */
int smtp_to_server(const struct smtp_letter *l, struct sw_err *err);
int smtp_to_folder(const struct smtp_letter *l, const char *folder, struct sw_err *err);

/* The sender of kind "mail". */
int smtp_send(struct sw_delivery *d, const void *payload, struct sw_err *err);

#endif
