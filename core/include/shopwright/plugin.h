/* shopwright/plugin.h: the one header a plugin includes.
 *
 * A plugin is functions, then one table, exported as `sw_plugin`:
 *
 *     SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = {
 *         SW_PLUGIN_HEAD, .name = "hello", .version = "1.0", .summary = "Says hello",
 *         .needs = (const char *const[]){"customers", NULL}, .routes = routes, .records = records,
 *     };
 *
 * Its texts' domain: define SW_TEXT_DOMAIN before including this header. See CONTRIBUTING.md, "A plugin in ten minutes".
 *
 * SPDX-License-Identifier: MIT */
#ifndef SHOPWRIGHT_PLUGIN_H
#define SHOPWRIGHT_PLUGIN_H

#include <shopwright/base.h>
#include <shopwright/machine.h>
#include <shopwright/record.h>
#include <shopwright/rules.h>
#include <shopwright/store.h>
#include <shopwright/web.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SW_ABI 1 /* raised by every change that an already built plugin would not survive */
#define SW_PLUGIN_EXPORT __attribute__((visibility("default")))

/* Called in the transaction, before the commit, for each put of `type` (its name; NULL: any): may change the record (a derived field) or
 * refuse (SW_ESTATE, SW_EINVALID). before is NULL for a new record, after is NULL for a delete. */
struct sw_hook {
    const char *type;
    int (*before_put)(struct sw_tx *tx, const struct sw_record *type, const void *before, void *after, struct sw_err *err);
};

/* Turns events into effects, in the courier, one transaction an event together with the cursor. `kind`: event kind, or a prefix ending in '.'. */
struct sw_subscriber {
    const char *name; /* cursor's name, unique in the plugin */
    const char *kind;
    int (*on_event)(struct sw_tx *tx, const struct sw_event *event, struct sw_err *err);
};

/* Sends one kind of effect, in the courier, outside any transaction. Return SW_OK (gone), SW_EBUSY (retry with back-off: err->message says
 * why, it is shown to staff), anything else (dead letter at once). */
struct sw_delivery;
struct sw_sender {
    const char *kind; /* "mail" */
    const struct sw_record *payload;
    int (*send)(struct sw_delivery *d, const void *payload, struct sw_err *err);
};
SW_API struct sw_arena *sw_delivery_arena(struct sw_delivery *d);
SW_API uint32_t sw_delivery_shop(const struct sw_delivery *d);
SW_API struct sw_str sw_delivery_id(const struct sw_delivery *d); /* the same for each try: Message-ID, idempotency key */
/* A read (write false) or write transaction as the system, under 20 ms; may be called several times. */
SW_API int sw_delivery_tx(struct sw_delivery *d, bool write, int (*fn)(struct sw_tx *tx, void *arg, struct sw_err *err), void *arg,
                          struct sw_err *err);

/* Runs in the courier about every `every` ms, once per shop. */
struct sw_timer {
    const char *name;
    int64_t every;
    int (*run)(struct sw_tx *tx, struct sw_err *err);
};

/* A numbered step that changes stored data, in one transaction with the ledger. Numbers rise within the plugin; never edited after a release. */
struct sw_migration {
    uint32_t number;
    const char *summary;
    int (*run)(struct sw_tx *tx, struct sw_err *err);
};

/* An entry in the navigation of staff or portal. */
struct sw_place {
    const char *path, *label, *icon;
    uint32_t who; /* SW_PORTAL: portal's bar; staff bits: the rail */
    int order;
};

/* A mail as everybody leaves it in the outbox: sw_leave(tx, "mail", key, &sw_mail_record, &mail, 0, err). The smtp plugin (or the demo's folder)
 * sends it. html may be empty. */
struct sw_mail {
    struct sw_head head;
    struct sw_str to, to_name, subject, text, html, reply_to;
    struct sw_str attach_blob, attach_name, attach_mime; /* one attachment, by blob hash; empty: none */
};
extern SW_API const struct sw_record sw_mail_record;

struct sw_plugin {
    uint32_t struct_size; /* SW_PLUGIN_HEAD sets these two */
    uint32_t abi;
    const char *name;    /* its folder: lower case, digits, '_'; at most 32 bytes */
    const char *version; /* of the plugin */
    const char *summary;
    const char *const *needs;               /* plugins that must be there; loaded before it. Ends with NULL */
    const struct sw_record *const *records; /* stored types; ends with NULL */
    const struct sw_machine *const *machines;
    const struct sw_route *routes;           /* ends with a NULL path */
    const struct sw_hook *hooks;             /* ends with a NULL before_put */
    const struct sw_subscriber *subscribers; /* ends with a NULL name */
    const struct sw_sender *senders;         /* ends with a NULL kind */
    const struct sw_timer *timers;           /* ends with a NULL name */
    const struct sw_migration *migrations;   /* ends with number 0 */
    const struct sw_place *places;           /* ends with a NULL path */
    const void *interface;                   /* what sw_interface() gives to others; declared in the plugin's NAME.h */
    uint32_t interface_version;
    int (*start)(struct sw_err *err); /* once per process, after all plugins are loaded, before the first request. May be NULL */
};
#define SW_PLUGIN_HEAD .struct_size = (uint32_t)sizeof(struct sw_plugin), .abi = SW_ABI

/* Another plugin's interface; NULL when it is not loaded or has another version. Ask in start(), for plugins named in `needs`. */
SW_API const void *sw_interface(const char *plugin, uint32_t version);
/* The instance's setting [section] key from shopwright.conf; "" when unset. ("core", "home") is always the instance's folder, absolute. */
SW_API const char *sw_setting(const char *section, const char *key);

#ifdef __cplusplus
}
#endif
#endif
