/* send.c: the sender of kind "mail": who it is from, what may not be in it, and where it goes. */
#include "letter.h"

#include <string.h>

struct about {
    struct sw_arena *arena;
    const char *name, *email;
};

static int look(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    struct about *a = arg;
    const struct sw_shop *s = sw_shop(tx);
    (void)err;
    a->name = smtp_line(a->arena, s->name);
    a->email = sw_cstr(a->arena, s->email);
    return SW_OK;
}

int smtp_send(struct sw_delivery *d, const void *payload, struct sw_err *err)
{
    const struct sw_mail *m = payload;
    struct sw_arena *arena = sw_delivery_arena(d);
    struct about about = {.arena = arena};
    struct smtp_letter l = {.mail = m, .id = sw_delivery_id(d)};
    int rc = sw_delivery_tx(d, false, look, &about, err);
    if (rc != SW_OK)
        return SW_EBUSY;

    const char *folder = sw_setting("smtp", "folder"), *host = sw_setting("smtp", "host");
    const char *demo = sw_setting("core", "demo");
    bool is_demo = strcmp(demo, "yes") == 0 || strcmp(demo, "true") == 0 || strcmp(demo, "1") == 0 || strcmp(demo, "on") == 0;
    if (folder[0] == '\0' && host[0] == '\0' && is_demo)
        folder = "outbox";
    if (folder[0] == '\0' && host[0] == '\0')
        return sw_fail(err, SW_EBUSY, "", "%s", _("No mail server is set: shopwright.conf needs [smtp] host."));

    l.from = sw_setting("smtp", "from");
    if (l.from[0] == '\0')
        l.from = about.email;
    if (l.from[0] == '\0' && folder[0] != '\0')
        l.from = "shop@localhost";
    if (!smtp_address_good(sw_str_of(l.from)))
        return sw_fail(err, SW_EBUSY, "", "%s", _("Mails have no sender: set the shop’s e-mail, or [smtp] from in shopwright.conf."));
    if (!smtp_address_good(m->to))
        return sw_fail(err, SW_EINVALID, "to", "%s", _("The receiver’s e-mail address can’t be used."));
    if (m->reply_to.n > 0 && !smtp_address_good(m->reply_to))
        return sw_fail(err, SW_EINVALID, "reply_to", "%s", _("The address for answers can’t be used."));
    l.from_name = about.name;
    l.to = sw_cstr(arena, m->to);
    l.to_name = smtp_line(arena, m->to_name);
    l.reply_to = sw_cstr(arena, m->reply_to);
    l.subject = smtp_line(arena, m->subject);
    if (m->attach_blob.n > 0) {
        struct sw_str path;
        if (sw_blob_path(arena, sw_delivery_shop(d), m->attach_blob, &path) != SW_OK)
            return sw_fail(err, SW_EFAIL, "", "%s", _("The attachment is not there."));
        l.attach_path = path.p;
        l.attach_name = smtp_line(arena, m->attach_name.n > 0 ? m->attach_name : SW_STR("document"));
    }
    rc = smtp_compose(&l, err);
    if (rc == SW_OK)
        rc = folder[0] != '\0' ? smtp_to_folder(&l, folder, err) : smtp_to_server(&l, err);
    smtp_letter_free(&l);
    return rc;
}
