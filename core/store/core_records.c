/* store/core_records.c: the stored types of core itself, and the shop's settings at hand. */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- Licences, members, users */

static const struct sw_word licence_words[] = {
    {0, "portal", N_("Portal"), NULL, NULL},
    {1, "advisor", N_("Advisor"), NULL, NULL},
    {2, "technician", N_("Technician"), NULL, NULL},
    {3, "admin", N_("Administrator"), NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum sw_licence_words = {"licence", licence_words};

static const struct sw_field member_fields[] = {
    SW_F_REF(struct sw_member, user, 1, "core.user", .flags = SW_REQUIRED),
    SW_F_TEXT(struct sw_member, name, 2, .max = 120, .flags = SW_REQUIRED, .label = N_("Name"),
              .audience = SW_FOR_CUSTOMER),
    SW_F_FLAGS(struct sw_member, licences, 3, &sw_licence_words, .label = N_("Software packages")),
    SW_F_REF(struct sw_member, customer, 4, "customers.customer"),
    SW_F_BOOL(struct sw_member, disabled, 5),
};
static const struct sw_index member_indexes[] = {
    {.name = "user", .fields = {"user"}, .flags = SW_UNIQUE},
    {.name = "customer", .fields = {"customer"}, .flags = SW_SKIP_EMPTY},
    {.name = "name", .fields = {"name"}},
    {.name = NULL},
};

static int member_check(const void *record, struct sw_err *err)
{
    const struct sw_member *m = record;
    if ((m->licences & SW_PORTAL) && (m->licences & SW_STAFF))
        return sw_fail(err, SW_EINVALID, "licences", _("The portal package can't be combined with any other package."));
    if ((m->licences & SW_PORTAL) && !m->customer)
        return sw_fail(err, SW_EINVALID, "customer", _("A portal user belongs to a customer. Please choose one."));
    return SW_OK;
}

/* Customers see who works on their unit: the name. Every other field stays with the staff. */
const struct sw_record sw_member_record = {SW_RECORD(struct sw_member, "core.member", member_fields),
                                           .audience = SW_FOR_CUSTOMER,
                                           .owner = SW_OWNER_SHOP,
                                           .indexes = member_indexes,
                                           .flags = SW_TYPE_SUBJECT,
                                           .check = member_check};

static const struct sw_field user_fields[] = {
    SW_F_TEXT(struct sw_user, login, 1, .flags = SW_REQUIRED, .label = N_("E-mail or sign-in name")),
    SW_F_EMAIL(struct sw_user, email, 2, .label = N_("E-mail")),
    SW_F_TEXT(struct sw_user, password, 3, .flags = SW_SECRET),
    SW_F_TEXT(struct sw_user, language, 4, .max = 7),
    SW_F_BOOL(struct sw_user, disabled, 5),
    SW_F_INT(struct sw_user, failed, 6),
    SW_F_TIME(struct sw_user, failed_at, 7),
};
static const struct sw_index user_indexes[] = {
    {.name = "login", .fields = {"login"}, .flags = SW_UNIQUE},
    {.name = "email", .fields = {"email"}, .flags = SW_SKIP_EMPTY},
    {.name = NULL},
};
const struct sw_record sw_user_record = {
    SW_RECORD(struct sw_user, "core.user", user_fields), .indexes = user_indexes, .flags = SW_INSTALLATION};

/* ---- Files */

static const struct sw_word file_words[] = {
    {SW_FILE_NEW, "new", N_("New"), NULL, NULL},
    {SW_FILE_READY, "ready", N_("Ready"), NULL, NULL},
    {SW_FILE_PLAIN, "plain", N_("No preview"), NULL, NULL},
    {SW_FILE_BROKEN, "broken", N_("Can't be read"), NULL, NULL},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum file_states = {"file_state", file_words};

static const struct sw_field file_fields[] = {
    SW_F_TEXT(struct sw_file, parent_type, 1, .max = 48, .flags = SW_REQUIRED, .audience = SW_FOR_CUSTOMER),
    SW_F_REF(struct sw_file, parent, 2, "*", .flags = SW_REQUIRED, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file, name, 3, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file, mime, 4, .max = 120, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file, size, 5, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file, width, 6, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file, height, 7, .audience = SW_FOR_CUSTOMER),
    SW_F_INT(struct sw_file, seconds, 8, .audience = SW_FOR_CUSTOMER),
    SW_F_BYTES(struct sw_file, blob, 9, .max = 32, .flags = SW_SECRET),
    SW_F_BYTES(struct sw_file, thumb, 10, .max = 32, .flags = SW_SECRET),
    SW_F_BYTES(struct sw_file, play, 11, .max = 32, .flags = SW_SECRET),
    SW_F_ENUM(struct sw_file, state, 12, &file_states, .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_file, internal, 13),
    SW_F_TEXT(struct sw_file, alt, 14, .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_file, top_type, 15, .max = 48, .audience = SW_FOR_CUSTOMER),
    SW_F_REF(struct sw_file, top, 16, "*", .audience = SW_FOR_CUSTOMER),
};
static const struct sw_index file_indexes[] = {
    {.name = "parent", .fields = {"parent_type", "parent"}, .flags = SW_COVERING},
    {.name = "top", .fields = {"top_type", "top"}, .flags = SW_COVERING | SW_SKIP_EMPTY},
    {.name = NULL},
};
/* Its parent's owner owns it; internal ones are refused to customers in access.c. */
const struct sw_record sw_file_record = {SW_RECORD(struct sw_file, "core.file", file_fields),
                                         .audience = SW_FOR_CUSTOMER,
                                         .owner = SW_OWNER_ANY_PARENT,
                                         .owner_field = "parent_type",
                                         .owner_id_field = "parent",
                                         .indexes = file_indexes};

/* ---- Mail: never stored by itself, only as an effect's payload */

static const struct sw_field mail_fields[] = {
    SW_F_EMAIL(struct sw_mail, to, 1, .flags = SW_REQUIRED),
    SW_F_TEXT(struct sw_mail, to_name, 2),
    SW_F_TEXT(struct sw_mail, subject, 3, .max = 500, .flags = SW_REQUIRED),
    SW_F_TEXT(struct sw_mail, text, 4, .max = 40000),
    SW_F_TEXT(struct sw_mail, html, 5, .max = 50000),
    SW_F_EMAIL(struct sw_mail, reply_to, 6),
    SW_F_BYTES(struct sw_mail, attach_blob, 7, .max = 32),
    SW_F_TEXT(struct sw_mail, attach_name, 8),
    SW_F_TEXT(struct sw_mail, attach_mime, 9, .max = 120),
};
const struct sw_record sw_mail_record = {SW_RECORD(struct sw_mail, "core.mail", mail_fields), .flags = SW_TECHNICAL};

/* ---- Shops */

static const struct sw_field shop_fields[] = {
    SW_F_TEXT(struct sw_shop, host, 1, .label = N_("Host name")),
    SW_F_TEXT(struct sw_shop, name, 2, .max = 120, .flags = SW_REQUIRED, .label = N_("Name of the shop"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, address, 3, .max = 500, .flags = SW_MULTILINE, .label = N_("Address"), .audience = SW_FOR_CUSTOMER),
    SW_F_PHONE(struct sw_shop, phone, 4, .label = N_("Phone"), .audience = SW_FOR_CUSTOMER),
    SW_F_EMAIL(struct sw_shop, email, 5, .label = N_("E-mail"), .audience = SW_FOR_CUSTOMER),
    SW_F_EMAIL(struct sw_shop, reply_to, 6, .label = N_("Answers to mail go to")),
    SW_F_TEXT(struct sw_shop, opening, 7, .max = 500, .flags = SW_MULTILINE, .label = N_("Opening hours"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, language, 8, .max = 7, .label = N_("Language"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, region, 9, .max = 7, .label = N_("Region"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, currency, 10, .max = 3, .label = N_("Currency"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, zone, 11, .max = 47, .label = N_("Time zone"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, consent, 12, .max = 4000, .flags = SW_MULTILINE, .label = N_("Consent text"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, consent_version, 13, .max = 40, .label = N_("Version of the consent text"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, terms, 14, .max = 20000, .flags = SW_MULTILINE, .label = N_("Terms"), .audience = SW_FOR_CUSTOMER),
    SW_F_TIME(struct sw_shop, history_from, 15, .label = N_("Show work since"), .audience = SW_FOR_CUSTOMER),
    SW_F_TEXT(struct sw_shop, base_url, 16, .label = N_("Address of these pages")),
    SW_F_MONEY(struct sw_shop, labor_rate, 17, .label = N_("Labor rate per hour")),
    SW_F_INT(struct sw_shop, tax_rate, 18, .label = N_("Tax rate"), .lo = 0, .hi = 100000),
    SW_F_TEXT(struct sw_shop, registration, 19, .label = N_("Registration number"), .audience = SW_FOR_CUSTOMER),
    SW_F_BOOL(struct sw_shop, demo, 20, .audience = SW_FOR_CUSTOMER),
};
static const struct sw_index shop_indexes[] = {
    {.name = "host", .fields = {"host"}, .flags = SW_UNIQUE},
    {.name = NULL},
};
const struct sw_record sw_shop_record = {SW_RECORD(struct sw_shop, "core.shop", shop_fields),
                                         .audience = SW_FOR_CUSTOMER,
                                         .owner = SW_OWNER_SHOP,
                                         .indexes = shop_indexes,
                                         .flags = SW_INSTALLATION | SW_TYPE_SUBJECT};

const struct sw_record *const sw_core_records[] = {
    &sw_shop_record, &sw_member_record, &sw_user_record, &sw_file_record, &sw_outbox_record, NULL,
};

static const struct sw_shop no_shop = {
    .language = {"en", 2}, .region = {"US", 2}, .currency = {"USD", 3}, .zone = {"America/Los_Angeles", 19}};

static struct sw_settings *remembered(struct sw_store *s, uint32_t shop, uint64_t seq)
{
    for (struct sw_settings *x = s->settings; x; x = x->next)
        if (x->shop == shop && x->seq == seq)
            return x;
    return NULL;
}

/* Only what is committed is remembered. Older ones stay: a snapshot may still hold them, and settings change rarely. */
static const struct sw_shop *remember(struct sw_tx *tx, const struct sw_type *t, uint64_t seq)
{
    struct sw_settings *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->arena = sw_arena_new(1 << 20);
    x->shop = tx->shop;
    x->seq = seq;
    struct sw_str value;
    struct sw_kb k;
    sw_key_record(&k, 0, t, tx->shop);
    struct sw_arena *request = tx->arena;
    tx->arena = x->arena;
    int rc = tx->s->ops->get(tx->e, sw_kb_str(&k), &value);
    if (rc == SW_OK)
        rc = sw_value_decode(tx, t, tx->shop, sw_copy(x->arena, value), &x->shop_record, NULL);
    tx->arena = request;
    if (rc) {
        sw_arena_free(x->arena);
        free(x);
        return NULL;
    }
    x->next = tx->s->settings;
    tx->s->settings = x;
    return &x->shop_record;
}

const struct sw_shop *sw_shop(struct sw_tx *tx)
{
    if (tx->settings)
        return tx->settings;
    const struct sw_type *t = sw_type_of(tx->s, &sw_shop_record);
    const struct sw_shop *found = NULL;
    uint64_t seq = t && tx->shop ? sw_newest(tx, &sw_shop_record, tx->shop) : 0;
    struct sw_settings *x = seq ? remembered(tx->s, tx->shop, seq) : NULL;
    if (x) {
        found = &x->shop_record;
    } else if (seq && !tx->write) {
        found = remember(tx, t, seq);
    } else if (seq) {
        struct sw_shop *own = SW_NEW(tx->arena, struct sw_shop);
        found = sw_load(tx, t, tx->shop, own, NULL, NULL) == SW_OK ? own : NULL;
    }
    tx->settings = found ? found : &no_shop;
    return tx->settings;
}

int sw_store_shop_new(struct sw_tx *tx, struct sw_shop *settings, uint32_t *shop, struct sw_err *err)
{
    settings->head = (struct sw_head){0};
    int rc = sw_put(tx, &sw_shop_record, settings, NULL, err);
    if (rc)
        return rc;
    if (settings->head.id > UINT32_MAX - 1)
        return sw_fail(err, SW_ETOOLARGE, "", _("There are too many shops."));
    *shop = (uint32_t)settings->head.id;
    return sw_chain_keys(tx, *shop, err);
}

int sw_store_shops(struct sw_tx *tx, uint32_t **shops, size_t *n, struct sw_err *err)
{
    struct sw_scan what = {.type = &sw_shop_record, .limit = SW_SCAN_MAX};
    struct sw_found found;
    *shops = NULL;
    *n = 0;
    do {
        int rc = sw_scan(tx, &what, &found, err);
        if (rc)
            return rc;
        uint32_t *v = SW_NEW_N(tx->arena, uint32_t, *n + found.n + 1);
        if (*n)
            memcpy(v, *shops, *n * sizeof *v);
        for (size_t i = 0; i < found.n; i++)
            v[(*n)++] = (uint32_t)((struct sw_shop *)found.v)[i].head.id;
        *shops = v;
        what.after = found.next;
    } while (found.next.n);
    return SW_OK;
}
