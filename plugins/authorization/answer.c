/* answer.c: the customer's answer: signed on the portal, at the counter, on paper, by phone; or declined. */
#include "records.h"

#include <string.h>

/* At most max bytes, and text: what a browser calls itself may be any bytes, and a cut may fall inside a character. */
static struct sw_str cut(struct sw_str s, size_t max)
{
    s.n = s.n > max ? max : s.n;
    while (s.n && !sw_str_is_text(s)) {
        s.n--;
    }
    return s;
}

/* The page again, with what changed on top: 409, nothing written. */
static int show_again(struct sw_req *r, const struct job *j, const struct authorization *a, bool counter, const char *notice,
                      struct sw_err *err)
{
    struct review_view *v = SW_NEW(sw_req_arena(r), struct review_view);
    int rc = review_fill(r, j, a, counter, v, err);
    if (rc != SW_OK) {
        return rc;
    }
    v->notice = sw_str_of(notice);
    sw_set_status(r, 409);
    sw_reveal_prices(r);
    return sw_show_as(r, &review_view_record, v, "review.html");
}

/* The authorization that the form is about. *shown: the answer was given already (the page again, 409). */
static int pending_of(struct sw_req *r, struct sw_str hash, bool counter, struct authorization *a, bool *shown, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct job *j = sw_req_record(r, "job");
    *shown = false;
    int rc = authorization_newest(tx, j->head.id, a, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (a->state == AUTH_PENDING && j->state >= JOB_SUBMITTED) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The job is closed: nothing can be authorized any more."));
    }
    switch (a->state) {
    case AUTH_AUTHORIZED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("This was authorized already; nothing more is to be done."));
    case AUTH_DECLINED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("This was declined already. The shop asks again when something changed."));
    case AUTH_SUPERSEDED:
        return sw_fail(err, SW_ESTATE, "", "%s", _("The shop is changing the work. It asks again when the new price stands."));
    default:
        break;
    }
    unsigned char now[32];
    if ((rc = workorder->fingerprint(tx, j, now, err)) != SW_OK) {
        return rc;
    }
    if (a->fingerprint.n != sizeof now || memcmp(a->fingerprint.p, now, sizeof now) != 0) {
        return sw_fail(err, SW_ESTATE, "", "%s", _("The shop is changing the work. It asks again when the new price stands."));
    }
    if (!sw_str_eq(hash, authorization_shown(sw_req_arena(r), a))) {
        *shown = true;
        return show_again(r, j, a, counter, _("The price or the terms changed since this page was shown. Review it again before you sign."), err);
    }
    return SW_OK;
}

/* A person with the mailed link alone proves to know the file: the last four digits of the phone, or the plate. */
static bool proof_fits(struct sw_str given, const struct customer *c, const struct authorization *a, const char **how)
{
    char plain[48];
    size_t n = 0;
    for (size_t i = 0; i < given.n && n < sizeof plain; i++) {
        char ch = given.p[i];
        if (ch >= 'a' && ch <= 'z') {
            ch = (char)(ch - 'a' + 'A');
        }
        if ((ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9')) {
            plain[n++] = ch;
        }
    }
    struct sw_str phones[] = {c->phone, c->phone2};
    for (size_t i = 0; n == 4 && i < 2; i++) {
        if (phones[i].n >= 4 && memcmp(phones[i].p + phones[i].n - 4, plain, 4) == 0) {
            *how = "mailed link, last four digits of the phone";
            return true;
        }
    }
    if (sw_str_eq(a->unit_name, a->plate)) { /* a unit known by nothing else: the page itself says it */
        return false;
    }
    size_t k = 0;
    for (size_t i = 0; i < a->plate.n; i++) {
        char ch = a->plate.p[i];
        if ((ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9')) {
            if (k >= n || plain[k++] != ch) {
                return false;
            }
        }
    }
    *how = "mailed link, plate";
    return k > 0 && k == n;
}

/* SW_OK and *done: the refusal is the answer (and is counted). */
static int check_proof(struct sw_req *r, const struct job *j, struct authorization *a, struct sw_str given, bool *done, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    struct customer c;
    const char *how;
    *done = false;
    int rc = sw_get(tx, customers->customer, j->customer, &c, err);
    if (rc != SW_OK) {
        return rc;
    }
    struct sw_str what = sw_printf(sw_req_arena(r), "authorization:%llu", (unsigned long long)j->head.id);
    if ((rc = sw_limit(tx, what, PROOF_TRIES, SW_HOUR, err)) != SW_OK) {
        return rc;
    }
    if (!given.n || !proof_fits(given, &c, a, &how)) {
        *done = true;
        return sw_refuse(r, SW_EINVALID, "proof",
                         _("That is neither the last four digits of the phone number we have, nor the plate. Try again, or call us."));
    }
    a->proof = sw_str_of(how);
    return SW_OK;
}

static int sign(struct sw_req *r, struct authorization *a, enum authorization_how how, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    unsigned char *head = sw_alloc(sw_req_arena(r), 32), key[32];
    int rc = sw_chain_head(tx, &a->chain_seq, head, key);
    if (rc != SW_OK) {
        return sw_fail(err, (enum sw_code)rc, "", "%s", _("The event log could not be read; nothing was signed."));
    }
    a->chain_hash = (struct sw_str){(const char *)head, 32};
    a->state = AUTH_AUTHORIZED;
    a->how = (int32_t)how;
    if (!a->answered_at) {
        a->answered_at = sw_now(tx);
    }
    a->address = cut(sw_req_address(r), 64);
    a->browser = cut(sw_req_header(r, "User-Agent"), 400);
    sw_note(tx, "how=%s", sw_enum_word(&authorization_hows, a->how)->word);
    if ((rc = sw_put(tx, &authorization_record, a, "signed", err)) != SW_OK ||
        (rc = workorder->set_authorization(tx, a->job, JOB_AUTH_AUTHORIZED, a->head.id, err)) != SW_OK) {
        return rc;
    }
    struct document_job job = {.authorization = a->head.id};
    return sw_leave(tx, "authorization.pdf", sw_printf(sw_req_arena(r), "authorization:%llu:pdf", (unsigned long long)a->head.id),
                    &document_job_record, &job, 0, err);
}

/* Who answers, when no name is typed: the person signed in to the portal; else the file's customer, who came by the link or stands at the counter. */
static struct sw_str answerer(struct sw_req *r, const struct authorization *a, bool counter)
{
    struct sw_str who = counter || sw_req_is_guest(r) ? a->customer_name : sw_tx_viewer(sw_req_tx(r))->name;
    return cut(who.n ? who : a->customer_name, 120);
}

static int sign_drawn(struct sw_req *r, bool counter, struct sw_err *err)
{
    const struct sign_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    struct authorization a;
    bool shown;
    int rc = pending_of(r, f->hash, counter, &a, &shown, err);
    if (rc != SW_OK || shown) {
        return rc;
    }
    size_t points = 0;
    if (f->strokes.n && !strokes_read(f->strokes, NULL, NULL, &points)) {
        return sw_fail(err, SW_EINVALID, "strokes", _("The signature could not be read. It may have at most %d points; clear it and sign again."),
                       STROKE_POINTS_MAX);
    }
    if (points < 2 && !f->name.n) {
        return sw_fail(err, SW_EINVALID, "name", "%s", _("Sign in the field, or type your full name."));
    }
    a.strokes = points >= 2 ? f->strokes : (struct sw_str){0};
    a.typed = points < 2;
    a.name = f->name.n ? f->name : answerer(r, &a, counter);
    if (!counter && sw_req_is_guest(r)) {
        bool done;
        if ((rc = check_proof(r, j, &a, f->proof, &done, err)) != SW_OK || done) {
            return rc;
        }
    } else {
        a.proof = sw_str_of(counter ? "in person at the counter" : "signed in to the portal");
        if (counter) {
            struct sw_str who = sw_tx_viewer(sw_req_tx(r))->name;
            a.proof = sw_printf(sw_req_arena(r), "in person at the counter, shown by " SW_STR_FMT, SW_STR_ARG(cut(who, 60)));
        }
    }
    if ((rc = sign(r, &a, counter ? AUTH_COUNTER : AUTH_PORTAL, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Authorized. Thank you."));
    return counter ? sw_done(r, a.head.id, "/jobs/%llu/authorization", (unsigned long long)j->head.id)
                   : sw_done(r, a.head.id, "/portal/jobs/%llu", (unsigned long long)j->head.id);
}

int portal_sign(struct sw_req *r, struct sw_err *err)
{
    return sign_drawn(r, false, err);
}

int counter_sign(struct sw_req *r, struct sw_err *err)
{
    return sign_drawn(r, true, err);
}

static int decline(struct sw_req *r, bool counter, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct decline_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    struct authorization a;
    bool shown;
    int rc = pending_of(r, f->hash, counter, &a, &shown, err);
    if (rc != SW_OK || shown) {
        return rc;
    }
    a.state = AUTH_DECLINED;
    a.how = counter ? AUTH_COUNTER : AUTH_PORTAL;
    a.answered_at = sw_now(tx);
    a.reason = f->reason;
    a.name = answerer(r, &a, counter);
    a.address = cut(sw_req_address(r), 64);
    a.browser = cut(sw_req_header(r, "User-Agent"), 400);
    a.proof = sw_str_of(counter ? "in person at the counter" : sw_req_is_guest(r) ? "mailed link" : "signed in to the portal");
    if ((rc = sw_put(tx, &authorization_record, &a, "declined", err)) != SW_OK ||
        (rc = workorder->set_authorization(tx, a.job, JOB_AUTH_DECLINED, a.head.id, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Declined. We read your reason and get in touch."));
    return counter ? sw_done(r, a.head.id, "/jobs/%llu/authorization", (unsigned long long)j->head.id)
                   : sw_done(r, a.head.id, "/portal/jobs/%llu/authorize", (unsigned long long)j->head.id);
}

int portal_decline(struct sw_req *r, struct sw_err *err)
{
    return decline(r, false, err);
}

int counter_decline(struct sw_req *r, struct sw_err *err)
{
    return decline(r, true, err);
}

int paper_sign(struct sw_req *r, struct sw_err *err)
{
    const struct paper_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    struct authorization a;
    bool shown;
    size_t n = 0;
    int rc = pending_of(r, f->hash, true, &a, &shown, err);
    if (rc != SW_OK || shown) {
        return rc;
    }
    rc = sw_files_keep(r, &authorization_record, a.head.id, &authorization_record, a.head.id, false, &n, err);
    if (rc != SW_OK) {
        return rc;
    }
    if (!n) {
        return sw_fail(err, SW_EINVALID, "files", "%s", _("Add the photo of the signed print: it is the record of the signature."));
    }
    a.name = f->name;
    a.proof = sw_str_of("signed print, photo kept");
    if ((rc = sign(r, &a, AUTH_PAPER, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Recorded as signed on paper."));
    return sw_done(r, a.head.id, "/jobs/%llu/authorization", (unsigned long long)j->head.id);
}

int phone_sign(struct sw_req *r, struct sw_err *err)
{
    struct sw_tx *tx = sw_req_tx(r);
    const struct phone_form *f = sw_req_form(r);
    const struct job *j = sw_req_record(r, "job");
    struct authorization a;
    bool shown;
    int rc = pending_of(r, f->hash, true, &a, &shown, err);
    if (rc != SW_OK || shown) {
        return rc;
    }
    if (!a.priced || f->total != a.priced->total) {
        return sw_fail(err, SW_EINVALID, "total", "%s", _("The total that was told is not the total that was asked. Call again with the right one."));
    }
    if (f->at > sw_now(tx) || f->at < a.asked_at - SW_DAY) {
        return sw_fail(err, SW_EINVALID, "at", "%s", _("The time of the call must not be in the future, nor more than a day before it was asked."));
    }
    a.answered_at = f->at;
    a.name = f->name;
    a.phone_called = f->called;
    a.phone_note = f->note;
    a.proof = sw_printf(sw_req_arena(r), "by phone, recorded by " SW_STR_FMT, SW_STR_ARG(cut(sw_tx_viewer(tx)->name, 60)));
    if ((rc = sign(r, &a, AUTH_PHONE, err)) != SW_OK) {
        return rc;
    }
    sw_flash(r, _("Recorded as approved by phone."));
    return sw_done(r, a.head.id, "/jobs/%llu/authorization", (unsigned long long)j->head.id);
}
