/* web/template_int.h: what the files of the template engine share.
 *
 * A template is one flat array of instructions. The compiler (template_parse.c, template_tags.c, template_form.c) resolves each name to
 * the slot of a scope and the offsets into its struct; the renderer (template_render.c, template_control.c) only follows them. Slot 0 holds
 * the page, slot 1 the view, the following ones the elements of `each` and `with`. */
#ifndef SW_WEB_TEMPLATE_INT_H
#define SW_WEB_TEMPLATE_INT_H

#include <shopwright/web.h>
#include "web/template.h"

enum {
    TPL_SOURCE_MAX = 256 * 1024, /* one file */
    TPL_DEPTH_MAX = 12,          /* blocks inside blocks, included files counted */
    TPL_SLOTS = TPL_DEPTH_MAX + 2,
    TPL_CODE_MAX = 20000,        /* instructions */
    TPL_TEXT_MAX = 1024 * 1024,  /* literal text */
    TPL_STEPS_MAX = 4,           /* a.b.c.d */
    TPL_TAG_MAX = 2000,          /* bytes of one {{…}} */
    TPL_TOKENS_MAX = 48,         /* words of one {{…}} */
    TPL_INCLUDES_MAX = 64,       /* files of one template */
    TPL_FMT_GROUPED = 100,       /* beside enum sw_format: 118,204 */
    TPL_CONTROLS_MAX = 500,      /* controls of the refused form that the summary can link to */
};

/* Where a value lies: from the slot's struct by offsets; all but the last lead over a pointer to a sub-record. */
struct tpl_ref {
    uint8_t slot, n, audience;
    uint32_t off[TPL_STEPS_MAX];
    const struct sw_field *f;
};

/* An enum's words as one language writes them. */
struct tpl_word {
    int32_t value;
    struct sw_str label, word, tone, icon, svg, chip; /* escaped; svg and chip are markup */
};
struct tpl_words {
    const struct sw_enum *e;
    struct tpl_word *v;
    size_t n;
    struct tpl_words *next;
};

enum tpl_op {
    OP_END,
    OP_TEXT,   /* a: offset in the literals, b: length */
    OP_STR,    /* ref */
    OP_URL,    /* ref: a text that begins an href, src or action */
    OP_PHONE,  /* ref */
    OP_INT,    /* ref, fmt */
    OP_ID,     /* ref: unsigned */
    OP_BOOL,   /* ref; p: struct sw_str[2] */
    OP_WORD,   /* ref; p: words; sub: enum tpl_part */
    OP_FLAGS,  /* ref; p: words; sub */
    OP_STRS,   /* ref: joined by ", " */
    OP_ELEM,   /* slot: the text element of an each */
    OP_COUNT,  /* ref: a list's size */
    OP_NUMBER, /* slot of the each; b: 0 or 1 to add */
    OP_TEST,   /* ref or slot, sub: enum tpl_cmp; jump to a when the result is `flag` */
    OP_JUMP,   /* a */
    OP_EACH,   /* ref; slot: of the element; b: element size; a: where to go when there is none */
    OP_NEXT,   /* slot; a: the first instruction of the body */
    OP_WITH,   /* ref; slot; a: where to go when there is none */
    OP_PLURAL, /* ref; jump to a when 1, to b when 0, else on */
    OP_FORM,   /* p: struct tpl_form; what follows writes its id (mark 0) */
    OP_ACTION, /* the id is written; what follows writes the action */
    OP_READY,  /* both are written: the form's opening tag */
    OP_UNFORM,
    OP_MARK,    /* what follows writes a label for the next control */
    OP_CONTROL, /* p: struct tpl_control */
    OP_HIDDEN,  /* p: struct tpl_control */
    OP_PHOTOS,  /* ref; flag: unfolded */
    OP_ERRORS,
};
enum tpl_part { PART_LABEL, PART_WORD, PART_TONE, PART_ICON, PART_SVG, PART_CHIP };
enum tpl_cmp { CMP_TRUE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE, CMP_FIRST, CMP_LAST };

struct tpl_ins {
    uint8_t op, fmt, slot, sub;
    bool flag;
    uint32_t a, b;
    struct tpl_ref ref;
    const void *p;
};

/* The right side of a comparison. */
struct tpl_right {
    bool is_ref;
    struct tpl_ref ref;
    int64_t number;
    struct sw_str text;
};

struct tpl_form {
    const struct sw_record *record;
    bool upload, get, has_id, stack;
    struct sw_str attrs; /* escaped: class, aria-label */
};

enum tpl_how { HOW_INPUT, HOW_TEXTAREA, HOW_SELECT, HOW_RADIO, HOW_TICK, HOW_TICKS, HOW_HIDDEN };
enum tpl_at { AT_NONE, AT_ROUND, AT_NUMBER, AT_REF };

struct tpl_control {
    const struct sw_field *f;
    uint8_t how, at;
    bool bare, marked, has_value, has_options, fixed, local_time, date, password;
    struct sw_str list, name;          /* list: "lines" of lines.N.price */
    uint32_t at_number, at_slot;
    struct tpl_ref at_ref, value;
    struct sw_str literal;             /* fixed value */
    struct sw_str label, hint, cls, attrs, optional, empty, error_lead; /* escaped markup */
    const struct tpl_words *words;
    struct tpl_ref options, option_id, option_label; /* the latter two from the element (slot unused) */
    struct sw_str sets; /* class of the row that holds radio buttons or ticks */
};

struct sw_template {
    struct sw_arena *arena;
    struct tpl_ins *code;
    size_t n_code;
    char *text;
    size_t n_text;
    bool one_form; /* the ids of fields need no prefix */
    struct tpl_words *words;
    struct sw_str icon_alert, icon_camera, icon_play, icon_file, icon_lock;
    struct sw_str t_photos, t_items, t_internal, t_one_error, t_errors, t_nothing, t_error, t_video, t_broken, t_resume;
};

/* ---- Compiler ---- */

struct tpl_source {
    const char *folder; /* of templates/, for included files */
    const char *file;   /* as messages name it */
    const char *p, *end, *at;
    bool pre; /* white space counts in this file */
};

enum tpl_token_kind { TOK_WORD, TOK_STRING, TOK_OP };
struct tpl_token {
    enum tpl_token_kind kind;
    struct sw_str s;
};
struct tpl_tag {
    const char *at; /* for the line number */
    struct sw_str body;
    struct tpl_token tok[TPL_TOKENS_MAX];
    size_t n;
};

enum tpl_html { H_TEXT, H_TAG, H_NAME, H_EQ, H_VALUE, H_DQ, H_SQ, H_COMMENT, H_RAW };
struct tpl_html_state {
    enum tpl_html at;
    bool url_start; /* a value here begins an address */
    char attr[16], tag[12], raw[12];
    uint8_t n_attr, n_tag, dashes;
    bool closing;
};

struct tpl_scope {
    const struct sw_record *d; /* NULL: elements are texts */
    uint8_t slot, audience;
    bool each;
};

struct tpl_compiler {
    struct sw_template *t;
    struct sw_arena *a;
    const char *folder, *core_folder, *domain, *page_domain, *language;
    const struct sw_record *view;
    const struct sw_record *(*find_form)(struct sw_str name);
    struct sw_err *err;
    struct tpl_ins *code;
    size_t n, cap;
    char *text;
    size_t text_n, text_cap;
    size_t barrier; /* a jump lands here: the text before must not be merged with what follows */
    struct tpl_html_state html;
    struct tpl_scope scopes[TPL_SLOTS];
    size_t n_scopes;
    uint8_t slots;
    unsigned depth, files, forms;
    bool form_in_each, in_layout, seen_content, own_errors, in_deck;
    const struct tpl_form *form;
    struct tpl_source *page;
    struct sw_str sprite;
};

const char *tpl_prefix(void);
void tpl_static_forget(void); /* another prefix: other hashes */
int tpl_fail(const struct tpl_compiler *c, const struct tpl_source *s, const char *at, const char *fmt, ...)
    SW_PRINTF(4, 5);
/* Append an instruction; NULL when there are too many (the caller fails). The pointer holds until the next one. */
struct tpl_ins *tpl_emit(struct tpl_compiler *c, enum tpl_op op);
int tpl_full(const struct tpl_compiler *c, const struct tpl_source *s);
uint32_t tpl_here(struct tpl_compiler *c); /* a jump may land on the next instruction */
void tpl_text(struct tpl_compiler *c, struct sw_str s);
void tpl_text_html(struct tpl_compiler *c, struct sw_str s); /* escaped */
int tpl_place(struct tpl_compiler *c, const struct tpl_source *s, const char *at, bool markup); /* may a value (markup) stand here? */
int tpl_resolve(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str name, struct tpl_ref *ref);
/* field or field|format */
int tpl_value(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str expr);
/* A text with {field} in it; n: the number of {{n_}}, or NULL. */
int tpl_filled(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str text, const struct tpl_ref *n);
enum sw_format tpl_plain(uint8_t kind); /* as a form field wants a number of the kind */
bool tpl_has_fields(struct sw_str text);
const struct tpl_words *tpl_words(struct tpl_compiler *c, const struct sw_enum *e);
int tpl_icon(struct tpl_compiler *c, const struct tpl_source *s, const char *at, struct sw_str name, struct sw_str *svg);
struct sw_str tpl_escape(struct sw_arena *a, struct sw_str s);
const char *tpl_say(const struct tpl_compiler *c, const char *owner, const char *text); /* translated */
int tpl_block(struct tpl_compiler *c, struct tpl_source *s, const char *until, struct tpl_tag *closer);
int tpl_next_tag(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag, bool *found);
int tpl_file(struct tpl_compiler *c, const char *folder, const char *name, struct tpl_source *s);
int tpl_tag_part(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag); /* every tag but blocks' ends */
bool tpl_range(const struct tpl_source *s, const char *block, struct tpl_source *part); /* what stands between {{#block}} and {{/block}} */
int tpl_content(struct tpl_compiler *c, struct tpl_source *part); /* compile a part of the page, from inside a layout */
int tpl_if(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_each(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_with(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_plural(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_form_block(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_field(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_hidden(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_submit(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_files(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
int tpl_sign(struct tpl_compiler *c, struct tpl_source *s, struct tpl_tag *tag);
#define TPL_TRY(call)          \
    do {                       \
        int rc_ = (call);      \
        if (rc_ != SW_OK)      \
            return rc_;        \
    } while (0)

/* ---- Renderer ---- */

struct tpl_round {
    const char *v;
    size_t n, i, size;
};
struct tpl_state {
    const struct sw_template *t;
    const struct sw_render *r;
    struct sw_buf *b;
    const void *base[TPL_SLOTS];
    struct tpl_round rounds[TPL_SLOTS];
    bool ok[4]; /* by audience */
    /* the form in hand */
    const struct tpl_form *form;
    bool refilled;           /* it is the refused one */
    unsigned form_no;
    size_t mark, mark_action;
    struct sw_str prefix, label;
    /* what the first of two passes learns for the error summary */
    bool learn, known;
    struct sw_str refused_prefix;
    struct sw_str *controls;
    size_t n_controls;
};
const void *tpl_get(const struct tpl_state *st, const struct tpl_ref *ref); /* NULL: not there, or not for this reader */
void tpl_control(struct tpl_state *st, const struct tpl_control *c);
void tpl_hidden_input(struct tpl_state *st, const struct tpl_control *c);
void tpl_form_open(struct tpl_state *st);
void tpl_errors(struct tpl_state *st);
void tpl_photos(struct tpl_state *st, const struct tpl_ref *ref, bool open);
void tpl_phone(struct tpl_state *st, struct sw_str s);

#endif
