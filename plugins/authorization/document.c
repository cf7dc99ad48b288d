/* document.c: the courier makes the signed document once, keeps it as a blob, and mails it to both. */
#include "records.h"

struct work {
    struct sw_arena *arena;
    uint64_t id;
    struct authorization auth;
    struct sw_shop shop;
    struct sw_str email, vin, language;
    struct sw_str blob;
};

static int load(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct work *w = arg;
    struct job j;
    struct customer c;
    struct unit u;
    int rc = sw_get(tx, &authorization_record, w->id, &w->auth, err);
    if (rc != SW_OK || (rc = sw_get(tx, workorder->job, w->auth.job, &j, err)) != SW_OK ||
        (rc = sw_get(tx, customers->customer, j.customer, &c, err)) != SW_OK) {
        return rc;
    }
    if (sw_get(tx, customers->unit, j.unit, &u, NULL) == SW_OK) {
        w->vin = sw_copy(w->arena, u.vin);
    }
    record_keep(w->arena, &authorization_record, &w->auth);
    w->shop = *sw_shop(tx);
    record_keep(w->arena, &sw_shop_record, &w->shop);
    w->email = sw_copy(w->arena, c.email);
    w->language = sw_copy(w->arena, c.language);
    return SW_OK;
}

static int mail_copy(struct sw_tx *tx, struct work *w, struct sw_str to, struct sw_str name, const char *who, struct sw_err *err)
{
    if (!to.n) {
        return SW_OK;
    }
    struct sw_arena *a = sw_tx_arena(tx);
    struct sw_buf html;
    struct sw_str text = sw_printf(a, _("Attached is the signed authorization of the work on " SW_STR_FMT ", job %llu."),
                                   SW_STR_ARG(w->auth.unit_name), (unsigned long long)w->auth.job);
    sw_buf_init(&html, a, 256, 4096);
    sw_buf_adds(&html, "<p>");
    sw_buf_html(&html, text);
    sw_buf_adds(&html, "</p>\n<p>");
    sw_buf_html(&html, w->shop.name);
    sw_buf_adds(&html, "</p>\n");
    struct sw_mail mail = {.to = to, .to_name = name, .subject = sw_printf(a, _("Your signed authorization, " SW_STR_FMT), SW_STR_ARG(w->shop.name)),
        .text = sw_printf(a, SW_STR_FMT "\n\n" SW_STR_FMT "\n", SW_STR_ARG(text), SW_STR_ARG(w->shop.name)), .html = sw_buf_str(&html),
        .reply_to = w->shop.reply_to, .attach_blob = w->blob, .attach_mime = SW_STR("application/pdf"),
        .attach_name = sw_printf(a, "authorization-%llu-%llu.pdf", (unsigned long long)w->auth.job, (unsigned long long)w->id)};
    return sw_leave(tx, "mail", sw_printf(a, "authorization:%llu:signed:%s", (unsigned long long)w->id, who), &sw_mail_record, &mail, 0, err);
}

static int keep(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct work *w = arg;
    struct authorization a;
    int rc = sw_get(tx, &authorization_record, w->id, &a, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!a.document.n) {
        a.document = w->blob;
        if ((rc = sw_put(tx, &authorization_record, &a, "document", err)) != SW_OK) {
            return rc;
        }
    }
    struct sw_str shop_to = w->shop.reply_to.n ? w->shop.reply_to : w->shop.email;
    struct sw_locale was = sw_locale_speak(w->language, w->shop.language);
    rc = mail_copy(tx, w, w->email, w->auth.customer_name, "customer", err);
    sw_locale_set(&was);
    if (rc != SW_OK) {
        return rc;
    }
    return mail_copy(tx, w, shop_to, w->shop.name, "shop", err);
}

static int send_document(struct sw_delivery *d, const void *payload, struct sw_err *err)
{
    const struct document_job *job = payload;
    struct work *w = SW_NEW(sw_delivery_arena(d), struct work);
    w->arena = sw_delivery_arena(d);
    w->id = job->authorization;
    int rc = sw_delivery_tx(d, false, load, w, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (w->auth.document.n) { /* a try before this one came that far */
        w->blob = w->auth.document;
        return sw_delivery_tx(d, true, keep, w, err);
    }
    if (!w->auth.chain_hash.n) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The authorization is not signed: it has no document."));
    }
    struct sw_str pdf;
    struct sw_blob blob;
    if ((rc = paper_render(w->arena, &w->auth, &w->shop, w->vin, &pdf, err)) != SW_OK ||
        (rc = sw_blob_add(sw_delivery_shop(d), pdf.p, pdf.n, &blob, err)) != SW_OK) {
        return rc;
    }
    w->blob = sw_copy(w->arena, (struct sw_str){(const char *)blob.sha256, sizeof blob.sha256});
    return sw_delivery_tx(d, true, keep, w, err);
}

const struct sw_sender authorization_senders[] = {
    {"authorization.pdf", &document_job_record, send_document},
    {NULL, NULL, NULL},
};
