/* web/errors.c: refusals as answers. The only place that maps codes to HTTP. */
#include "web/request.h"

#include <string.h>

static const struct sw_field error_view_fields[] = {
    SW_F_INT(struct sw_error_view, status, 1, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_error_view, title, 2, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_error_view, message, 3, .max = SW_ERR_MESSAGE_MAX, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_error_view, request, 4, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_error_view, home, 5, .audience = SW_FOR_CUSTOMER),
};
const struct sw_record sw_error_view_record = {SW_RECORD(struct sw_error_view, "core.error_view", error_view_fields),
                                               .audience = SW_FOR_CUSTOMER};

struct meaning {
    enum sw_code code;
    int status;
    const char *word, *title;
};
static const struct meaning meanings[] = {
    {SW_EMALFORMED, 400, "malformed", N_("That could not be read")},
    {SW_EUNAUTH, 401, "not_signed_in", N_("Please sign in")},
    {SW_EDENIED, 403, "denied", N_("Not allowed")},
    {SW_ENOTFOUND, 404, "not_found", N_("Not found")},
    {SW_ESTATE, 409, "state", N_("Not possible now")},
    {SW_ESTALE, 409, "stale", N_("Changed in the meantime")},
    {SW_ETOOLARGE, 413, "too_large", N_("Too large")},
    {SW_EINVALID, 422, "invalid", N_("Please check your input")},
    {SW_ETOOMANY, 429, "too_many", N_("Too many tries")},
    {SW_EFULL, 503, "full", N_("No room left")},
    {SW_EBUSY, 503, "busy", N_("One moment")},
    {SW_EAGAIN, 503, "busy", N_("One moment")},
    {SW_ERULE, 409, "rule", N_("A rule of the shop failed")},
    {SW_EFAIL, 500, "failed", N_("Something went wrong")},
};

static const struct meaning *meaning_of(int code)
{
    size_t n = sizeof(meanings) / sizeof(meanings[0]);
    for (size_t i = 0; i < n; i++)
        if ((int)meanings[i].code == code)
            return &meanings[i];
    return &meanings[n - 1];
}

int sw_status_of(int code)
{
    return meaning_of(code)->status;
}

/* What a person may read of it: a cause of ours stays in the log, a rule's place is for staff. */
static struct sw_str sentence(struct sw_req *r, const struct meaning *m, const struct sw_err *err)
{
    bool staff = (r->viewer.licences & SW_STAFF) != 0;
    if (m->code == SW_EFAIL)
        return sw_printf(r->arena, _("Something went wrong on our side, and nothing was changed. If you call us about it, please name the number " SW_STR_FMT "."),
                         SW_STR_ARG(r->in->id));
    if (m->code == SW_ERULE && !staff)
        return sw_str_of(_("The shop's price rules need a correction first. Please call us."));
    if (err && err->message[0])
        return sw_copy(r->arena, sw_str_of(err->message));
    switch (m->code) {
    case SW_EUNAUTH:
        return sw_str_of(_("Please sign in first."));
    case SW_EDENIED:
        return sw_str_of(_("Your account may not do this. An administrator can change that."));
    case SW_ENOTFOUND:
        return sw_str_of(_("There is nothing at this address, or it isn't yours to see."));
    case SW_ESTALE:
        return sw_str_of(_("Somebody else changed this in the meantime. Please look at it again."));
    case SW_EFULL:
        return sw_str_of(_("The shop's server has no room left. Nothing was changed. Please call us."));
    default:
        return sw_str_of(_("That could not be done just now. Please try again in a moment."));
    }
}

static void json_answer(struct sw_req *r, const struct meaning *m, struct sw_str message, const struct sw_err *err)
{
    struct sw_buf b;
    sw_buf_init(&b, r->arena, 512, 64 * 1024);
    sw_buf_addf(&b, "{\"error\":{\"code\":\"%s\",\"message\":", m->word);
    sw_json_text(&b, message);
    sw_buf_adds(&b, ",\"fields\":{");
    bool first = true;
    for (size_t i = 0; i < r->errs.n; i++) {
        if (!r->errs.v[i].field[0])
            continue;
        sw_buf_adds(&b, first ? "" : ",");
        sw_json_text(&b, sw_str_of(r->errs.v[i].field));
        sw_buf_adds(&b, ":");
        sw_json_text(&b, sw_str_of(r->errs.v[i].message));
        first = false;
    }
    if (first && err && err->field[0] && m->code != SW_EFAIL) {
        sw_json_text(&b, sw_str_of(err->field));
        sw_buf_adds(&b, ":");
        sw_json_text(&b, message);
    }
    sw_buf_adds(&b, "}");
    if (m->code == SW_EFAIL) {
        sw_buf_adds(&b, ",\"request\":");
        sw_json_text(&b, r->in->id);
    }
    sw_buf_adds(&b, "}}");
    r->answer.body = sw_buf_str(&b);
    r->answer.mime = SW_STR("application/json");
}

/* Where to come back to after the sign-in: this page, or the page whose form was sent. */
static struct sw_str login_path(struct sw_req *r)
{
    struct sw_buf b;
    sw_buf_init(&b, r->arena, 256, 8192);
    sw_buf_adds(&b, "/login");
    if (r->method != SW_M_GET || r->path.n < 2)
        return sw_buf_str(&b);
    sw_buf_adds(&b, "?r=");
    for (int part = 0; part < 2; part++) {
        struct sw_str s = part ? r->query : r->path;
        if (part && s.n)
            sw_buf_adds(&b, "%3F");
        for (size_t i = 0; i < s.n; i++) {
            unsigned char c = (unsigned char)s.p[i];
            if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '-' || c == '_' || c == '.')
                sw_buf_add(&b, &c, 1);
            else
                sw_buf_addf(&b, "%%%02X", c);
        }
    }
    return b.full ? SW_STR("/login") : sw_buf_str(&b);
}

static void log_failure(struct sw_req *r, int code, const struct sw_err *err)
{
    const struct sw_routed *routed = r->match.routed;
    sw_log("request.failed", "method=" SW_STR_FMT " route=%s plugin=%s code=%d why=\"%s\"", SW_STR_ARG(r->in->method),
           routed ? routed->route->path : "-", routed ? routed->from->plugin->name : "core", code, err ? err->message : "");
}

void sw_error_answer(struct sw_req *r, int code, const struct sw_err *err)
{
    const struct meaning *m = meaning_of(code);
    struct sw_answer *x = &r->answer;
    int status = m->status;
    struct sw_str keep_cookies[SW_COOKIES_OUT_MAX];
    size_t n_cookies = x->refused ? x->n_cookies : 0; /* what is kept may include a session */
    memcpy(keep_cookies, x->cookies, sizeof(keep_cookies));
    memset(x, 0, sizeof(*x));
    memcpy(x->cookies, keep_cookies, sizeof(keep_cookies));
    x->n_cookies = n_cookies;
    r->web->refused++;
    if (status >= 500) {
        r->web->failed++;
        log_failure(r, code, err);
    }
    if (code == SW_ENOTFOUND && !r->match.routed && r->match.allowed) {
        static const char *const words[1 << SW_METHODS] = {
            "", "GET, HEAD", "POST", "GET, HEAD, POST", "PUT", "GET, HEAD, PUT", "POST, PUT", "GET, HEAD, POST, PUT",
            "DELETE", "GET, HEAD, DELETE", "POST, DELETE", "GET, HEAD, POST, DELETE", "PUT, DELETE", "GET, HEAD, PUT, DELETE",
            "POST, PUT, DELETE", "GET, HEAD, POST, PUT, DELETE"};
        x->allow = words[r->match.allowed & ((1 << SW_METHODS) - 1)];
        status = 405;
    }
    if (status == 503 || status == 429)
        x->retry = status == 503 ? "2" : "60";
    struct sw_str message = status == 405 ? sw_str_of(_("This address can't be used in this way.")) : sentence(r, m, err);
    if (r->json || (r->match.routed && (r->match.routed->route->flags & SW_JSON_ONLY))) {
        x->kind = SW_ANSWER_BYTES;
        x->status = status;
        json_answer(r, m, message, err);
        return;
    }
    if (code == SW_EUNAUTH && !r->bearer) {
        x->kind = SW_ANSWER_DONE;
        x->status = 303;
        x->location = login_path(r);
        return;
    }
    struct sw_error_view view = {.status = status, .title = sw_str_of(status == 405 ? _("Not possible") : _(m->title)), .message = message,
                                 .home = sw_home_of(r)};
    if (m->code == SW_EFAIL)
        view.request = r->in->id;
    x->kind = SW_ANSWER_VIEW;
    x->status = status;
    x->view_type = &sw_error_view_record;
    x->view = &view;
    x->page = r->web->error_page[r->lang];
    r->refill = NULL;
    struct sw_err bad = {.code = SW_OK};
    r->err.code = SW_OK;
    if (!r->tx || !x->page || sw_answer_finish(r, &bad) != SW_OK) {
        struct sw_buf b;
        sw_buf_init(&b, r->arena, 256, 4096);
        sw_buf_add(&b, view.title.p, view.title.n);
        sw_buf_adds(&b, "\n\n");
        sw_buf_add(&b, message.p, message.n);
        sw_buf_adds(&b, "\n");
        x->kind = SW_ANSWER_BYTES;
        x->mime = SW_STR("text/plain; charset=utf-8");
        x->body = sw_buf_str(&b);
        x->html = false;
    }
    x->view = NULL;
}
