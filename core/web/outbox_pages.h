/* web/outbox_pages.h: the demo's mails as pages. Private to core/web. */
#ifndef SW_WEB_OUTBOX_PAGES_H
#define SW_WEB_OUTBOX_PAGES_H

#include "web/pages.h"

int sw_outbox_page(struct sw_req *r, struct sw_err *err);
int sw_outbox_mail_page(struct sw_req *r, struct sw_err *err);

#endif
