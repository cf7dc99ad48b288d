/* web/pages.h: what core's own pages (core/templates) are given. Core only. The templates name these fields. */
#ifndef SW_WEB_PAGES_H
#define SW_WEB_PAGES_H

#include <shopwright/plugin.h>

/* error.html: every refusal that has no page to go back to. */
struct sw_error_view {
    int64_t status;          /* 404 */
    struct sw_str title;     /* "Not found" */
    struct sw_str message;   /* one sentence, says what to do */
    struct sw_str request;   /* the request's id, shown for 500 only; else empty */
    struct sw_str home;      /* where the button leads: "/portal", "/board", "/login" */
};
extern const struct sw_record sw_error_view_record; /* "core.error_view" */

/* outbox.html: /demo/outbox, the mails that the demo instance wrote instead of sending. */
struct sw_outbox_mail {
    struct sw_str rest;
    struct sw_str href, to, subject; /* href: /demo/outbox/NAME */
    int64_t at;
};
struct sw_outbox_view {
    SW_LIST_OF(struct sw_outbox_mail) mails; /* newest first, at most 200 */
};
extern const struct sw_record sw_outbox_view_record; /* "core.outbox_view" */

/* mail.html: one of them. Its text in pieces: a piece with href is a link of our own site. */
struct sw_mail_piece {
    struct sw_str rest;
    struct sw_str text, href;
    bool line_end; /* a line break follows */
};
struct sw_mail_view {
    struct sw_str to, from, subject, attachment; /* attachment: its file name; empty: none */
    int64_t at;
    SW_LIST_OF(struct sw_mail_piece) pieces;
};
extern const struct sw_record sw_mail_view_record; /* "core.mail_view" */

#endif
