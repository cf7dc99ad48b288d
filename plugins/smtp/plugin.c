/* plugin.c: the table of the smtp plugin (H6 in part). */
#include "letter.h"

static const struct sw_sender senders[] = {
    {.kind = "mail", .payload = &sw_mail_record, .send = smtp_send},
    {.kind = NULL},
};

SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
    SW_PLUGIN_HEAD,
    .name = "smtp",
    .version = "1.0",
    .summary = "Sends mail over SMTP, or keeps it in a folder",
    .senders = senders,
};
