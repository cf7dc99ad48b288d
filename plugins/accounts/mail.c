/* mail.c: the plugin's letters: a few sentences and one link, as text and as HTML. */
#include "records.h"

#include <string.h>

int accounts_mail(struct sw_tx *tx, const struct accounts_letter *l, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    const struct sw_shop *shop = sw_shop(tx);
    struct sw_str link = sw_printf(a, SW_STR_FMT SW_STR_FMT, SW_STR_ARG(shop->base_url), SW_STR_ARG(l->path));
    struct sw_buf text, html;
    sw_buf_init(&text, a, 512, 8192);
    sw_buf_addf(&text, "%s\n\n" SW_STR_FMT "\n\n", l->text, SW_STR_ARG(link));
    if (l->after != NULL)
        sw_buf_addf(&text, "%s\n\n", l->after);
    sw_buf_addf(&text, "-- \n" SW_STR_FMT "\n" SW_STR_FMT "\n", SW_STR_ARG(shop->name), SW_STR_ARG(shop->address));

    sw_buf_init(&html, a, 1024, 16384);
    sw_buf_adds(&html, "<!DOCTYPE html><html><body style=\"font:16px/1.5 sans-serif;color:#1c2733;margin:24px\"><p>");
    sw_buf_html(&html, sw_str_of(l->text));
    sw_buf_adds(&html, "</p><p><a style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#17693b;"
                       "color:#ffffff;text-decoration:none;font-weight:bold\" href=\"");
    sw_buf_html(&html, link);
    sw_buf_adds(&html, "\">");
    sw_buf_html(&html, sw_str_of(l->button));
    sw_buf_adds(&html, "</a></p><p>");
    if (l->after != NULL)
        sw_buf_html(&html, sw_str_of(l->after));
    sw_buf_adds(&html, "</p><p style=\"color:#55636f\">");
    sw_buf_html(&html, shop->name);
    sw_buf_adds(&html, "<br>");
    sw_buf_html(&html, shop->address);
    sw_buf_adds(&html, "</p></body></html>\n");

    const struct sw_mail mail = {.to = l->to, .to_name = l->to_name, .subject = sw_str_of(l->subject), .text = sw_buf_str(&text),
                                 .html = sw_buf_str(&html),
                                 .reply_to = shop->reply_to.n > 0 ? shop->reply_to : shop->email};
    unsigned char raw[16];
    char key[33];
    sw_random(tx, raw, sizeof raw); /* each request for a link is a mail of its own */
    for (size_t i = 0; i < sizeof raw; i++) {
        key[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        key[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }
    key[32] = '\0';
    return sw_leave(tx, "mail", sw_str_of(key), &sw_mail_record, &mail, 0, err);
}
