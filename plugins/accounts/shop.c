/* shop.c: the shop's settings. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

int accounts_shop_page(struct sw_req *r, struct sw_err *err)
{
    const struct sw_shop *s = sw_shop(sw_req_tx(r));
    struct shop_form *v = SW_NEW(sw_req_arena(r), struct shop_form);
    (void)err;
    v->name = s->name;
    v->address = s->address;
    v->phone = s->phone;
    v->email = s->email;
    v->reply_to = s->reply_to;
    v->opening = s->opening;
    v->language = s->language;
    v->zone = s->zone;
    v->currency = s->currency;
    v->base_url = s->base_url;
    v->consent = s->consent;
    v->terms = s->terms;
    v->registration = s->registration;
    v->history_from = s->history_from;
    v->labor_rate = s->labor_rate;
    v->tax_rate = s->tax_rate;
    v->version = (int64_t)s->head.version;
    return sw_show(r, v);
}

/* Signed records name the version of the text they were signed under: another text is another version. */
static struct sw_str next_version(struct sw_arena *a, struct sw_str version)
{
    long n = version.n > 0 && version.n < 10 ? strtol(sw_cstr(a, version), NULL, 10) : 0;
    return sw_printf(a, "%ld", n + 1);
}

static int check(struct sw_arena *a, const struct sw_shop *s, struct sw_err *err)
{
    struct sw_civil c;
    if (!sw_zone_local(sw_cstr(a, s->zone), 0, &c))
        return sw_fail(err, SW_EINVALID, "zone", "%s", _("This time zone is not known. Example: America/Los_Angeles"));
    if (!sw_str_is(s->language, "en") && !sw_str_is(s->language, "es"))
        return sw_fail(err, SW_EINVALID, "language", "%s", _("The language is en or es."));
    if (s->currency.n != 3)
        return sw_fail(err, SW_EINVALID, "currency", "%s", _("The currency has three letters, for example USD."));
    for (size_t i = 0; i < 3; i++)
        if (s->currency.p[i] < 'A' || s->currency.p[i] > 'Z')
            return sw_fail(err, SW_EINVALID, "currency", "%s", _("The currency has three letters, for example USD."));
    if (s->base_url.n == 0)
        return sw_fail(err, SW_EINVALID, "base_url", "%s", _("Enter the address of this site: links in mails begin with it."));
    bool http = s->base_url.n > 7 && memcmp(s->base_url.p, "http://", 7) == 0;
    bool https = s->base_url.n > 8 && memcmp(s->base_url.p, "https://", 8) == 0;
    if (!http && !https)
        return sw_fail(err, SW_EINVALID, "base_url", "%s", _("The address of this site begins with https:// or http://."));
    if (s->base_url.p[s->base_url.n - 1] == '/')
        return sw_fail(err, SW_EINVALID, "base_url", "%s", _("The address of this site ends without a slash."));
    for (size_t i = 0; i < s->base_url.n; i++)
        if ((unsigned char)s->base_url.p[i] <= ' ')
            return sw_fail(err, SW_EINVALID, "base_url", "%s", _("The address of this site has no spaces."));
    return SW_OK;
}

int accounts_shop_post(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    const struct shop_form *f = sw_req_form(r);
    struct sw_shop s = *sw_shop(tx);
    struct sw_str consent = s.consent;
    bool all = !sw_req_wants_json(r);
    if (sw_req_has(r, "version"))
        s.head.version = (uint64_t)f->version;
#define TAKE(field)                                                                                \
    if (all || sw_req_has(r, #field))                                                              \
    s.field = f->field
    TAKE(name);
    TAKE(address);
    TAKE(phone);
    TAKE(email);
    TAKE(reply_to);
    TAKE(opening);
    TAKE(language);
    TAKE(zone);
    TAKE(currency);
    TAKE(base_url);
    TAKE(consent);
    TAKE(terms);
    TAKE(registration);
    TAKE(history_from);
    TAKE(labor_rate);
    TAKE(tax_rate);
#undef TAKE
    int rc = check(a, &s, err);
    if (rc != SW_OK)
        return rc;
    if (!sw_str_eq(consent, s.consent))
        s.consent_version = next_version(a, s.consent_version);
    if ((rc = sw_put(tx, &sw_shop_record, &s, NULL, err)) != SW_OK)
        return rc;
    sw_flash(r, _("Settings saved."));
    return sw_done(r, 0, "/admin/shop");
}
