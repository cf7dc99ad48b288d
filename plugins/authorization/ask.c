/* ask.c: asking for authorization freezes what the job costs now, and tells the customer. */
#include "records.h"

#include <string.h>

int authorization_list(struct sw_tx *tx, uint64_t job, struct sw_found *found, struct sw_err *err)
{
    struct sw_scan scan = {.type = &authorization_record, .index = "job", .equal = {SW_K_INT(job)}, .descending = true, .limit = 50};
    return sw_scan(tx, &scan, found, err);
}

int authorization_newest(struct sw_tx *tx, uint64_t job, struct authorization *out, struct sw_err *err)
{
    struct sw_found found;
    struct sw_scan scan = {.type = &authorization_record, .index = "job", .equal = {SW_K_INT(job)}, .descending = true, .limit = 1};
    int rc = sw_scan(tx, &scan, &found, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!found.n) {
        return sw_fail(err, SW_ENOTFOUND, "", "%s", _("No authorization was asked for this job yet."));
    }
    *out = ((const struct authorization *)found.v)[0];
    return SW_OK;
}

int authorization_former(struct sw_tx *tx, uint64_t job, int64_t *total, int64_t *at, struct sw_err *err)
{
    struct sw_found found;
    *total = *at = 0;
    int rc = authorization_list(tx, job, &found, err);
    const struct authorization *a = rc == SW_OK ? found.v : NULL;
    for (size_t i = 0; rc == SW_OK && i < found.n; i++) {
        if (a[i].chain_hash.n) { /* it was signed, whatever became of it */
            *total = a[i].priced ? a[i].priced->total : 0;
            *at = a[i].answered_at;
            break;
        }
    }
    return rc;
}

static int supersede_pending(struct sw_tx *tx, uint64_t job, struct sw_err *err)
{
    struct authorization a;
    int rc = authorization_newest(tx, job, &a, NULL);
    if (rc == SW_ENOTFOUND || (rc == SW_OK && a.state != AUTH_PENDING)) {
        return SW_OK;
    }
    if (rc != SW_OK) {
        return sw_fail(err, (enum sw_code)rc, "", "%s", _("The authorization asked before could not be read."));
    }
    a.state = AUTH_SUPERSEDED;
    return sw_put(tx, &authorization_record, &a, "superseded", err);
}

static void paragraph(struct sw_buf *html, struct sw_buf *text, struct sw_str s)
{
    if (s.n) {
        sw_buf_adds(html, "<p>");
        sw_buf_html(html, s);
        sw_buf_adds(html, "</p>\n");
        sw_buf_add(text, s.p, s.n);
        sw_buf_adds(text, "\n\n");
    }
}

static int mail_ask(struct sw_req *r, const struct authorization *auth, const struct customer *c, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *a = sw_tx_arena(tx);
    const struct sw_shop *shop = sw_shop(tx);
    struct sw_str token;
    int rc = sw_link_make(tx, "authorization", auth->job, LINK_DAYS * SW_DAY, &token, err);
    if (rc != SW_OK) {
        return rc;
    }
    struct sw_str base = shop->base_url;
    if (!base.n) {
        base = sw_printf(a, "%s://" SW_STR_FMT, sw_req_secure(r) ? "https" : "http", SW_STR_ARG(sw_req_host(r)));
    }
    struct sw_str url = sw_printf(a, SW_STR_FMT "/a/" SW_STR_FMT, SW_STR_ARG(base), SW_STR_ARG(token));
    struct sw_buf html, text;
    struct sw_locale was = sw_locale_speak(c->language, shop->language);
    sw_buf_init(&html, a, 1024, 16384);
    sw_buf_init(&text, a, 1024, 16384);
    paragraph(&html, &text, auth->message);
    paragraph(&html, &text, sw_printf(a, _(SW_STR_FMT " asks you to authorize the work on your " SW_STR_FMT "."), SW_STR_ARG(shop->name),
                                      SW_STR_ARG(auth->unit_name)));
    paragraph(&html, &text, sw_str_of(_("Review the price and sign, with a finger or a mouse. Nothing is authorized by opening the link.")));
    sw_buf_adds(&html, "<p><a href=\"");
    sw_buf_html(&html, url);
    sw_buf_adds(&html, "\">");
    sw_buf_html(&html, sw_str_of(_("Review and sign")));
    sw_buf_adds(&html, "</a></p>\n");
    sw_buf_add(&text, url.p, url.n);
    sw_buf_adds(&text, "\n\n");
    paragraph(&html, &text, sw_printf(a, _("The link works for %d days. You may as well sign in to your portal."), LINK_DAYS));
    struct sw_str phone = phone_text(a, shop->phone);
    paragraph(&html, &text, sw_printf(a, SW_STR_FMT "\n" SW_STR_FMT, SW_STR_ARG(shop->name), SW_STR_ARG(phone)));
    struct sw_mail mail = {.to = c->email, .to_name = auth->customer_name, .text = sw_buf_str(&text), .html = sw_buf_str(&html),
        .subject = sw_printf(a, _("Authorization requested by " SW_STR_FMT), SW_STR_ARG(shop->name)), .reply_to = shop->reply_to};
    sw_locale_set(&was);
    return sw_leave(tx, "mail", sw_printf(a, "authorization:%llu:asked", (unsigned long long)auth->head.id), &sw_mail_record, &mail, 0, err);
}

int staff_ask(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct sw_arena *arena = sw_req_arena(r);
    const struct ask_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    const struct sw_shop *shop = sw_shop(tx);
    if (j->state >= JOB_SUBMITTED) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job is closed: nothing can be authorized any more."));
    }
    struct priced *p = SW_NEW(arena, struct priced);
    int rc = workorder->price(tx, j, p, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!p->lines.n) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job has no line yet: there is nothing to authorize."));
    }
    struct customer c;
    if ((rc = sw_get(tx, customers->customer, j->customer, &c, err)) != SW_OK || (rc = supersede_pending(tx, j->head.id, err)) != SW_OK) {
        return rc;
    }
    const struct sw_viewer *who = sw_tx_viewer(tx);
    struct authorization a = {.job = j->head.id, .state = AUTH_PENDING, .priced = p, .consent = shop->consent,
        .consent_version = shop->consent_version, .terms = shop->terms, .customer_name = customers->name(arena, &c),
        .unit_name = j->unit_name, .plate = j->plate, .asked_at = sw_now(tx), .asked_by = who->member, .asked_by_name = who->name,
        .message = f->message};
    unsigned char *hashes = sw_alloc(arena, 64);
    record_digest(workorder->priced, p, NULL, hashes);
    if ((rc = workorder->fingerprint(tx, j, hashes + 32, err)) != SW_OK ||
        (rc = authorization_former(tx, j->head.id, &a.former_total, &a.former_at, err)) != SW_OK) {
        return rc;
    }
    a.snapshot = (struct sw_str){(const char *)hashes, 32};
    a.fingerprint = (struct sw_str){(const char *)hashes + 32, 32};
    if ((rc = sw_put(tx, &authorization_record, &a, "asked", err)) != SW_OK ||
        (rc = workorder->set_authorization(tx, j->head.id, JOB_AUTH_PENDING, a.head.id, err)) != SW_OK) {
        return rc;
    }
    if (f->no_mail || !c.email.n) {
        sw_flash(r, f->no_mail ? _("Asked. No mail was sent.") : _("Asked. The customer has no e-mail on file: no mail was sent."));
    } else if ((rc = mail_ask(r, &a, &c, err)) != SW_OK) {
        return rc;
    } else {
        sw_flash(r, _("Asked. The mail is on its way."));
    }
    return sw_done(r, a.head.id, "/jobs/%llu/authorization", (unsigned long long)j->head.id);
}
