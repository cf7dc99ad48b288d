/* records.c: the stored authorization, its states, forms and views. */
#define WORKORDER_PRICED_TABLES
#include "records.h"

static const struct sw_word state_words[] = {
    {AUTH_PENDING, "pending", N_("Authorization required"), "stop", "pen"},
    {AUTH_AUTHORIZED, "authorized", N_("Authorized"), "good", "check"},
    {AUTH_DECLINED, "declined", N_("Declined"), "stop", "cross"},
    {AUTH_SUPERSEDED, "superseded", N_("Replaced"), NULL, "history"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum authorization_states = {"authorization.state", state_words};

static const struct sw_word how_words[] = {
    {AUTH_PORTAL, "portal", N_("On the portal"), NULL, "pen"},
    {AUTH_COUNTER, "counter", N_("At the counter"), NULL, "pen"},
    {AUTH_PAPER, "paper", N_("On paper"), NULL, "file"},
    {AUTH_PHONE, "phone", N_("By phone"), NULL, "phone"},
    {0, NULL, NULL, NULL, NULL},
};
const struct sw_enum authorization_hows = {"authorization.how", how_words};

#define OWN .audience = SW_FOR_CUSTOMER
#define PRICED .audience = SW_FOR_CUSTOMER_PRICED

static const struct sw_field fields[] = {
    SW_F_REF(struct authorization, job, 1, "workorder.job", OWN),
    SW_F_ENUM(struct authorization, state, 2, &authorization_states, OWN),
    SW_F_ENUM(struct authorization, how, 3, &authorization_hows, OWN),
    SW_F_SUB(struct authorization, priced, 4, struct priced, &priced_record, PRICED),
    SW_F_BYTES(struct authorization, snapshot, 5, .max = 32, OWN),
    SW_F_BYTES(struct authorization, fingerprint, 6, .max = 32),
    SW_F_TEXT(struct authorization, consent, 7, .max = 8000, OWN),
    SW_F_TEXT(struct authorization, consent_version, 8, .max = 60, OWN),
    SW_F_TEXT(struct authorization, terms, 9, .max = 16000, OWN),
    SW_F_TEXT(struct authorization, customer_name, 10, .max = 250, OWN),
    SW_F_TEXT(struct authorization, unit_name, 11, .max = 250, OWN),
    SW_F_TEXT(struct authorization, plate, 12, .max = 20, OWN),
    SW_F_TIME(struct authorization, asked_at, 13, OWN),
    SW_F_REF(struct authorization, asked_by, 14, "core.member"),
    SW_F_TEXT(struct authorization, asked_by_name, 15, .max = 120, OWN),
    SW_F_TEXT(struct authorization, message, 16, .max = 2000, OWN),
    SW_F_MONEY(struct authorization, former_total, 17, .flags = SW_NEGATIVE, PRICED),
    SW_F_TIME(struct authorization, former_at, 18, PRICED),
    SW_F_TIME(struct authorization, answered_at, 19, OWN),
    SW_F_TEXT(struct authorization, name, 20, .max = 120, OWN),
    SW_F_TEXT(struct authorization, strokes, 21, .max = STROKES_MAX, OWN),
    SW_F_BOOL(struct authorization, typed, 22, OWN),
    SW_F_TEXT(struct authorization, address, 23, .max = 64, OWN),
    SW_F_TEXT(struct authorization, browser, 24, .max = 400, OWN),
    SW_F_TEXT(struct authorization, proof, 25, .max = 120, OWN),
    SW_F_TEXT(struct authorization, reason, 26, .max = 1000, OWN),
    SW_F_PHONE(struct authorization, phone_called, 27, OWN),
    SW_F_TEXT(struct authorization, phone_note, 28, .max = 2000, OWN),
    SW_F_BYTES(struct authorization, document, 29, .max = 32, OWN),
    SW_F_REF(struct authorization, chain_seq, 30, "core.event", OWN),
    SW_F_BYTES(struct authorization, chain_hash, 31, .max = 32, OWN),
};
static const struct sw_index indexes[] = {
    {.name = "job", .fields = {"job"}},
    {.name = NULL},
};
const struct sw_record authorization_record = {
    SW_RECORD(struct authorization, "authorization.authorization", fields), OWN, .owner = SW_OWNER_PARENT, .owner_field = "job",
    .indexes = indexes};

static const struct sw_field document_job_fields[] = {SW_F_REF(struct document_job, authorization, 1, "authorization.authorization")};
const struct sw_record document_job_record = {SW_RECORD(struct document_job, "authorization.document_job", document_job_fields)};

const struct sw_record *const authorization_records[] = {&authorization_record, NULL};

/* The steps, told once: pages and hooks obey them, the diagram in the README is theirs. A signed record takes the last one only. */
#define ASKED (SW_PORTAL | SW_ADVISOR | SW_ADMIN)
static const struct sw_step steps[] = {
    {AUTH_PENDING, "signed", ASKED, AUTH_AUTHORIZED, false, N_("Authorize"), "primary", NULL},
    {AUTH_PENDING, "declined", ASKED, AUTH_DECLINED, true, N_("Decline"), "danger", NULL},
    {AUTH_PENDING, "superseded", SW_STAFF, AUTH_SUPERSEDED, false, N_("Replace"), NULL, NULL},
    {AUTH_AUTHORIZED, "superseded", SW_STAFF, AUTH_SUPERSEDED, false, N_("Replace"), NULL, NULL},
    {0, NULL, 0, 0, false, NULL, NULL, NULL},
};
const struct sw_machine authorization_machine = {"authorization.authorization", &authorization_record, "state", steps};
const struct sw_machine *const authorization_machines[] = {&authorization_machine, NULL};

/* ---- Forms */

static const struct sw_field ask_fields[] = {
    SW_F_TEXT(struct ask_form, message, 1, .max = 2000, .flags = SW_MULTILINE, .label = N_("Message to the customer"),
              .hint = N_("Why it is needed, in one or two sentences. It stands in the mail and above the price.")),
    SW_F_BOOL(struct ask_form, no_mail, 2, .label = N_("Don't send the mail: signed here or told by phone")),
};
const struct sw_record ask_form_record = {SW_RECORD(struct ask_form, "authorization.ask_form", ask_fields)};

static const struct sw_field sign_fields[] = {
    SW_F_TEXT(struct sign_form, hash, 1, .max = HASH_HEX, .flags = SW_REQUIRED | SW_HIDDEN),
    SW_F_TEXT(struct sign_form, name, 2, .max = 120, .label = N_("Or type your full name"),
              .hint = N_("A typed name counts as your signature."), .autocomplete = "name"),
    SW_F_TEXT(struct sign_form, strokes, 3, .max = STROKES_MAX, .flags = SW_HIDDEN, .label = N_("Signature")),
};
const struct sw_record sign_form_record = {SW_RECORD(struct sign_form, "authorization.sign_form", sign_fields)};

/* The same for whoever came by the mailed link: there the proof is no choice. */
static const struct sw_field guest_fields[] = {
    SW_F_TEXT(struct sign_form, hash, 1, .max = HASH_HEX, .flags = SW_REQUIRED | SW_HIDDEN),
    SW_F_TEXT(struct sign_form, name, 2, .max = 120, .label = N_("Or type your full name"),
              .hint = N_("A typed name counts as your signature."), .autocomplete = "name"),
    SW_F_TEXT(struct sign_form, strokes, 3, .max = STROKES_MAX, .flags = SW_HIDDEN, .label = N_("Signature")),
    SW_F_TEXT(struct sign_form, proof, 4, .max = 40, .flags = SW_REQUIRED, .label = N_("Last four digits of your phone number, or your plate"),
              .hint = N_("So that nobody signs for you who only has the mail.")),
};
const struct sw_record guest_form_record = {SW_RECORD(struct sign_form, "authorization.guest_form", guest_fields)};

static const struct sw_field decline_fields[] = {
    SW_F_TEXT(struct decline_form, hash, 1, .max = HASH_HEX, .flags = SW_REQUIRED | SW_HIDDEN),
    SW_F_TEXT(struct decline_form, reason, 2, .max = 1000, .flags = SW_REQUIRED | SW_MULTILINE, .label = N_("Why do you decline?"),
              .hint = N_("We read it before we call you. Work you authorized before goes on.")),
};
const struct sw_record decline_form_record = {SW_RECORD(struct decline_form, "authorization.decline_form", decline_fields)};

static const struct sw_field paper_fields[] = {
    SW_F_TEXT(struct paper_form, hash, 1, .max = HASH_HEX, .flags = SW_REQUIRED | SW_HIDDEN),
    SW_F_TEXT(struct paper_form, name, 2, .max = 120, .flags = SW_REQUIRED, .label = N_("Who signed the print")),
};
const struct sw_record paper_form_record = {SW_RECORD(struct paper_form, "authorization.paper_form", paper_fields)};

static const struct sw_field phone_fields[] = {
    SW_F_TEXT(struct phone_form, hash, 1, .max = HASH_HEX, .flags = SW_REQUIRED | SW_HIDDEN),
    SW_F_TEXT(struct phone_form, name, 2, .max = 120, .flags = SW_REQUIRED, .label = N_("Who approved")),
    SW_F_PHONE(struct phone_form, called, 3, .flags = SW_REQUIRED, .label = N_("Number called")),
    SW_F_TIME(struct phone_form, at, 4, .flags = SW_REQUIRED, .label = N_("When")),
    SW_F_TEXT(struct phone_form, note, 5, .max = 2000, .flags = SW_REQUIRED | SW_MULTILINE, .label = N_("The work that was added, as told")),
    SW_F_MONEY(struct phone_form, total, 6, .flags = SW_REQUIRED, .label = N_("The total that was told")),
};
const struct sw_record phone_form_record = {SW_RECORD(struct phone_form, "authorization.phone_form", phone_fields)};

static const struct sw_field open_fields[] = {SW_F_TEXT(struct open_form, unused, 1, .max = 1, .flags = SW_HIDDEN)};
const struct sw_record open_form_record = {SW_RECORD(struct open_form, "authorization.open_form", open_fields)};

/* ---- Views. What a customer reads states it; prices only on pages that reveal them. */

static const struct sw_field review_line_fields[] = {
    SW_F_ENUM(struct review_line, kind, 1, &line_kinds, PRICED),
    SW_F_TEXT(struct review_line, description, 2, PRICED),
    SW_F_BOOL(struct review_line, labor, 3, PRICED),
    SW_F_BOOL(struct review_line, part, 4, PRICED),
    SW_F_BOOL(struct review_line, fee, 5, PRICED),
    SW_F_BOOL(struct review_line, hourly, 6, PRICED),
    SW_F_BOOL(struct review_line, taxed, 7, PRICED),
    SW_F_BOOL(struct review_line, over, 8, PRICED),
    SW_F_QTY(struct review_line, quantity, 9, PRICED),
    SW_F_MONEY(struct review_line, price, 10, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_line, total, 11, .flags = SW_NEGATIVE, PRICED),
    SW_F_QTY(struct review_line, estimated, 12, PRICED),
    SW_F_MONEY(struct review_line, estimated_total, 13, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_line, over_by, 14, .flags = SW_NEGATIVE, PRICED),
};
static const struct sw_record review_line_record = {
    SW_RECORD(struct review_line, "authorization.review_line", review_line_fields), PRICED};
static const struct sw_field review_tax_fields[] = {
    SW_F_TEXT(struct review_tax, label, 1, PRICED), SW_F_TEXT(struct review_tax, rate, 2, PRICED),
    SW_F_MONEY(struct review_tax, base, 3, .flags = SW_NEGATIVE, PRICED), SW_F_MONEY(struct review_tax, amount, 4, .flags = SW_NEGATIVE, PRICED)};
static const struct sw_record review_tax_record = {SW_RECORD(struct review_tax, "authorization.review_tax", review_tax_fields), PRICED};

static const struct sw_field review_view_fields[] = {
    SW_F_REF(struct review_view, job, 1, "workorder.job", OWN),
    SW_F_REF(struct review_view, authorization, 2, "authorization.authorization", OWN),
    SW_F_ENUM(struct review_view, state, 3, &authorization_states, OWN),
    SW_F_TEXT(struct review_view, title, 4, OWN),
    SW_F_TEXT(struct review_view, unit_name, 5, OWN),
    SW_F_TEXT(struct review_view, plate, 6, OWN),
    SW_F_TEXT(struct review_view, customer_name, 7, OWN),
    SW_F_TEXT(struct review_view, hash, 8, OWN),
    SW_F_TEXT(struct review_view, message, 9, .max = 2000, OWN),
    SW_F_TEXT(struct review_view, asked_by, 10, OWN),
    SW_F_TEXT(struct review_view, terms, 11, .max = 16000, OWN),
    SW_F_TEXT(struct review_view, consent, 12, .max = 8000, OWN),
    SW_F_TEXT(struct review_view, consent_version, 13, OWN),
    SW_F_TEXT(struct review_view, copy_to, 14, OWN),
    SW_F_TEXT(struct review_view, name, 15, OWN),
    SW_F_TEXT(struct review_view, notice, 16, .max = 400, OWN),
    SW_F_TEXT(struct review_view, back, 17, OWN),
    SW_F_TEXT(struct review_view, sign_path, 18, OWN),
    SW_F_TEXT(struct review_view, decline_path, 19, OWN),
    SW_F_TEXT(struct review_view, document_path, 20, OWN),
    SW_F_MONEY(struct review_view, total, 21, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_view, labor, 22, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_view, parts, 23, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_view, fees, 24, .flags = SW_NEGATIVE, PRICED),
    SW_F_MONEY(struct review_view, former_total, 25, .flags = SW_NEGATIVE, PRICED),
    SW_F_TIME(struct review_view, former_at, 26, PRICED),
    SW_F_MONEY(struct review_view, added, 27, .flags = SW_NEGATIVE, PRICED),
    SW_F_TIME(struct review_view, asked_at, 28, OWN),
    SW_F_TIME(struct review_view, answered_at, 29, OWN),
    SW_F_TIME(struct review_view, today, 30, OWN),
    SW_F_BOOL(struct review_view, pending, 31, OWN),
    SW_F_BOOL(struct review_view, guest, 32, OWN),
    SW_F_BOOL(struct review_view, counter, 33, OWN),
    SW_F_BOOL(struct review_view, authorized, 34, OWN),
    SW_F_BOOL(struct review_view, declined, 35, OWN),
    SW_F_BOOL(struct review_view, superseded, 36, OWN),
    SW_F_BOOL(struct review_view, reveal, 37, OWN),
    SW_F_LIST(struct review_view, lines, 38, struct review_line, &review_line_record, .max = PRICED_LINES_MAX, PRICED),
    SW_F_LIST(struct review_view, taxes, 39, struct review_tax, &review_tax_record, PRICED),
    SW_F_MONEY(struct review_view, expected, 40, PRICED),
};
const struct sw_record review_view_record = {SW_RECORD(struct review_view, "authorization.review", review_view_fields), OWN};

static const struct sw_field change_fields[] = {SW_F_TEXT(struct job_change, description, 1), SW_F_TEXT(struct job_change, what, 2)};
static const struct sw_record change_row_record = {SW_RECORD(struct job_change, "authorization.change", change_fields)};

static const struct sw_field history_fields[] = {
    SW_F_REF(struct history_row, id, 1, "authorization.authorization"),
    SW_F_ENUM(struct history_row, state, 2, &authorization_states),
    SW_F_ENUM(struct history_row, how, 3, &authorization_hows),
    SW_F_TIME(struct history_row, asked_at, 4),
    SW_F_TIME(struct history_row, answered_at, 5),
    SW_F_MONEY(struct history_row, total, 6, .flags = SW_NEGATIVE),
    SW_F_TEXT(struct history_row, asked_by, 7),
    SW_F_TEXT(struct history_row, message, 8, .max = 2000),
    SW_F_TEXT(struct history_row, name, 9),
    SW_F_TEXT(struct history_row, reason, 10, .max = 1000),
    SW_F_TEXT(struct history_row, proof, 11),
    SW_F_TEXT(struct history_row, address, 12),
    SW_F_TEXT(struct history_row, browser, 13, .max = 400),
    SW_F_PHONE(struct history_row, called, 14),
    SW_F_TEXT(struct history_row, note, 15, .max = 2000),
    SW_F_TEXT(struct history_row, document_path, 16),
    SW_F_BOOL(struct history_row, signed_, 17),
    SW_F_BOOL(struct history_row, drawn, 18),
    SW_F_LIST(struct history_row, files, 19, struct sw_file_view, &sw_file_view_record),
};
static const struct sw_record history_row_record = {SW_RECORD(struct history_row, "authorization.history_row", history_fields)};

/* Where the job stands; the words are the work order's, whose tables can't be named from here. */
static const struct sw_word standing_words[] = {
    {JOB_AUTH_NONE, "none", N_("Not asked"), NULL, "circle"},
    {JOB_AUTH_PENDING, "pending", N_("Authorization required"), "stop", "pen"},
    {JOB_AUTH_AUTHORIZED, "authorized", N_("Authorized"), "good", "check"},
    {JOB_AUTH_DECLINED, "declined", N_("Declined"), "stop", "cross"},
    {JOB_AUTH_SUPERSEDED, "superseded", N_("Changed: ask again"), "wait", "alert"},
    {0, NULL, NULL, NULL, NULL},
};
static const struct sw_enum standings = {"authorization.standing", standing_words};

static const struct sw_field staff_fields[] = {
    SW_F_REF(struct staff_view, job, 1, "workorder.job"),
    SW_F_TEXT(struct staff_view, title, 2),
    SW_F_TEXT(struct staff_view, customer_name, 3),
    SW_F_TEXT(struct staff_view, unit_name, 4),
    SW_F_TEXT(struct staff_view, plate, 5),
    SW_F_TEXT(struct staff_view, email, 6),
    SW_F_PHONE(struct staff_view, phone, 7),
    SW_F_TEXT(struct staff_view, hash, 8),
    SW_F_TEXT(struct staff_view, rule_error, 9, .max = 400),
    SW_F_ENUM(struct staff_view, authorization, 10, &standings),
    SW_F_BOOL(struct staff_view, pending, 11),
    SW_F_BOOL(struct staff_view, asks_again, 12),
    SW_F_BOOL(struct staff_view, open, 13),
    SW_F_BOOL(struct staff_view, has_lines, 14),
    SW_F_MONEY(struct staff_view, total, 15, .flags = SW_NEGATIVE),
    SW_F_MONEY(struct staff_view, asked_total, 16, .flags = SW_NEGATIVE),
    SW_F_TIME(struct staff_view, now, 17),
    SW_F_LIST(struct staff_view, changes, 18, struct job_change, &change_row_record, .max = PRICED_LINES_MAX * 4),
    SW_F_LIST(struct staff_view, history, 19, struct history_row, &history_row_record),
    SW_F_BOOL(struct staff_view, since_signed, 20),
    SW_F_TEXT(struct staff_view, since_who, 21),
    SW_F_TIME(struct staff_view, since_at, 22),
    SW_F_MONEY(struct staff_view, since_total, 23, .flags = SW_NEGATIVE),
};
const struct sw_record staff_view_record = {SW_RECORD(struct staff_view, "authorization.staff", staff_fields)};

static const struct sw_field link_fields[] = {
    SW_F_TEXT(struct link_view, token, 1, OWN), SW_F_TEXT(struct link_view, unit_name, 2, OWN),
    SW_F_TEXT(struct link_view, title, 4, OWN)};
const struct sw_record link_view_record = {SW_RECORD(struct link_view, "authorization.link", link_fields), OWN};
