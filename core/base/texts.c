/* base/texts.c: message catalogs (.mo files as msgfmt writes them).
 *
 * Why not gettext's own functions: they take the language from an installed locale of the system, and a shop's languages should not
 * depend on what its host generated. */
#include "base/texts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CATALOGS_MAX = 256, LANGUAGES_MAX = 16, FILE_MAX = 4 * 1024 * 1024, TEXTS_MAX = 20000 };

enum plural { PLURAL_NOT_ONE, PLURAL_OVER_ONE, PLURAL_NONE };

struct text {
    const char *id, *said; /* a plural's id ends at its NUL; `said` holds the forms, NUL after each */
    const char *said_end;
};
struct catalog {
    char domain[40], language[8];
    char *bytes;
    struct text *texts; /* sorted by id */
    size_t n;
    enum plural plural;
};

static struct catalog catalogs[CATALOGS_MAX];
static size_t n_catalogs;
static const char *languages[LANGUAGES_MAX + 1] = {"en"};

static uint32_t word_at(const char *p, bool swapped)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return swapped ? __builtin_bswap32(v) : v;
}

/* The conversions of a format, in order: "%s%u". What a translation may not change, because printf would run on them. */
static void conversions(const char *s, char *out, size_t max)
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        if (*s != '%')
            continue;
        if (s[1] == '%') {
            s++;
            continue;
        }
        /* No blank among the flags: "8 % on" of a page's text is no conversion, and no C text uses that flag. */
        size_t len = 1 + strspn(s + 1, "-+#0123456789.*hlzjt");
        if (s[len] != '\0')
            len++;
        if (n + len < max) {
            memcpy(out + n, s, len);
            n += len;
        }
        s += len - 1;
    }
    out[n] = '\0';
}

/* Whether printf may run on `said` with the arguments of id, or of its plural, which stands behind its NUL. */
static bool is_safe(const char *id, size_t id_n, const char *said)
{
    char want[128], have[128];
    conversions(said, have, sizeof have);
    if (have[0] == '\0')
        return true;
    for (const char *form = id; form < id + id_n; form += strlen(form) + 1) {
        conversions(form, want, sizeof want);
        if (strcmp(want, have) == 0)
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct text *)a)->id, ((const struct text *)b)->id);
}

static int plural_of(const char *header, enum plural *out)
{
    const char *p = strstr(header, "Plural-Forms:");
    char dense[128];
    size_t n = 0;
    *out = PLURAL_NOT_ONE;
    if (p == NULL)
        return SW_OK;
    for (p += 13; *p != '\0' && *p != '\n' && n < sizeof dense - 1; p++)
        if (*p != ' ' && *p != '(' && *p != ')' && *p != ';')
            dense[n++] = *p;
    dense[n] = '\0';
    if (strcmp(dense, "nplurals=2plural=n!=1") == 0)
        return SW_OK;
    if (strcmp(dense, "nplurals=2plural=n>1") == 0)
        return *out = PLURAL_OVER_ONE, SW_OK;
    if (strcmp(dense, "nplurals=1plural=0") == 0)
        return *out = PLURAL_NONE, SW_OK;
    return SW_EMALFORMED;
}

static int catalog_read(struct catalog *c, size_t size, const char *path, struct sw_err *err)
{
    const char *b = c->bytes;
    uint32_t magic = size >= 28 ? word_at(b, false) : 0;
    bool swapped = magic == 0xde120495;
    if (magic != 0x950412de && !swapped)
        return sw_fail(err, SW_EMALFORMED, "", _("%s is not a message catalog."), path);
    uint32_t n = word_at(b + 8, swapped), ids = word_at(b + 12, swapped), saids = word_at(b + 16, swapped);
    if (n > TEXTS_MAX || (uint64_t)ids + (uint64_t)n * 8 > size || (uint64_t)saids + (uint64_t)n * 8 > size)
        return sw_fail(err, SW_EMALFORMED, "", _("%s is damaged or has more than %d texts."), path, TEXTS_MAX);
    c->texts = calloc((size_t)n + 1, sizeof *c->texts);
    if (c->texts == NULL)
        return sw_fail(err, SW_EFAIL, "", _("There is not enough memory for %s."), path);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id_n = word_at(b + ids + i * 8, swapped), id = word_at(b + ids + i * 8 + 4, swapped);
        uint32_t said_n = word_at(b + saids + i * 8, swapped), said = word_at(b + saids + i * 8 + 4, swapped);
        if ((uint64_t)id + id_n >= size || (uint64_t)said + said_n >= size || b[id + id_n] != '\0' || b[said + said_n] != '\0')
            return sw_fail(err, SW_EMALFORMED, "", _("%s is damaged."), path);
        if (id_n == 0) {
            if (plural_of(b + said, &c->plural) != SW_OK)
                return sw_fail(err, SW_EMALFORMED, "", _("%s has plural forms that are not supported."), path);
            continue;
        }
        if (said_n == 0)
            continue;
        bool safe = true;
        for (const char *form = b + said; form < b + said + said_n; form += strlen(form) + 1)
            safe = safe && is_safe(b + id, id_n, form);
        if (!safe)
            return sw_fail(err, SW_EMALFORMED, "", _("In %s, the translation of “%s” has other %% parts than the text."), path,
                           b + id);
        c->texts[c->n++] = (struct text){b + id, b + said, b + said + said_n};
    }
    qsort(c->texts, c->n, sizeof *c->texts, compare);
    return SW_OK;
}

static int file_load(const char *path, const char *domain, const char *language, struct sw_err *err)
{
    size_t at = 0;
    while (at < n_catalogs && (strcmp(catalogs[at].domain, domain) != 0 || strcmp(catalogs[at].language, language) != 0))
        at++;
    if (at == CATALOGS_MAX)
        return sw_fail(err, SW_ETOOLARGE, "", _("There are more than %d message catalogs."), CATALOGS_MAX);
    struct stat st;
    FILE *f = fopen(path, "rbe");
    if (f == NULL || fstat(fileno(f), &st) != 0) {
        if (f != NULL)
            fclose(f);
        return sw_fail(err, SW_EFAIL, "", _("%s can't be read: %s."), path, strerror(errno));
    }
    struct catalog c = {.plural = PLURAL_NOT_ONE};
    snprintf(c.domain, sizeof c.domain, "%s", domain);
    snprintf(c.language, sizeof c.language, "%s", language);
    int rc = SW_OK;
    size_t size = st.st_size > 0 && st.st_size <= FILE_MAX ? (size_t)st.st_size : 0;
    c.bytes = calloc(1, size + 1);
    if (size == 0)
        rc = sw_fail(err, SW_ETOOLARGE, "", _("%s is empty or larger than %d bytes."), path, FILE_MAX);
    else if (c.bytes == NULL || fread(c.bytes, 1, size, f) != size)
        rc = sw_fail(err, SW_EFAIL, "", _("%s can't be read."), path);
    fclose(f);
    if (rc == SW_OK)
        rc = catalog_read(&c, size, path, err);
    if (rc != SW_OK) {
        free(c.bytes);
        free(c.texts);
        return rc;
    }
    if (at == n_catalogs) {
        n_catalogs++;
    } else {
        free(catalogs[at].bytes);
        free(catalogs[at].texts);
    }
    catalogs[at] = c;
    return SW_OK;
}

static void languages_list(void)
{
    size_t n = 1;
    for (size_t i = 0; i < n_catalogs; i++) {
        size_t k = 0;
        while (k < n && strcmp(languages[k], catalogs[i].language) != 0)
            k++;
        if (k == n && n < LANGUAGES_MAX)
            languages[n++] = catalogs[i].language;
    }
    languages[n] = NULL;
}

int sw_texts_load(const char *folder, const char *domain, struct sw_err *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/locale", folder);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return SW_OK;
    int rc = SW_OK;
    for (struct dirent *e; rc == SW_OK && (e = readdir(dir)) != NULL;) {
        char language[8];
        size_t n = strlen(e->d_name);
        bool file = n > 3 && strcmp(e->d_name + n - 3, ".mo") == 0;
        n = file ? n - 3 : n;
        if (n < 2 || n > sizeof language - 1 || e->d_name[0] == '.')
            continue;
        memcpy(language, e->d_name, n);
        language[n] = '\0';
        int len = file ? snprintf(path, sizeof path, "%s/locale/%s", folder, e->d_name)
                       : snprintf(path, sizeof path, "%s/locale/%s/%s.mo", folder, language, domain);
        if (len > 0 && (size_t)len < sizeof path && (file || access(path, F_OK) == 0))
            rc = file_load(path, domain, language, err);
    }
    closedir(dir);
    languages_list();
    return rc;
}

const char *const *sw_text_languages(void)
{
    return languages;
}

struct sw_locale sw_locale_speak(struct sw_str language, struct sw_str otherwise)
{
    const struct sw_locale was = *sw_locale();
    struct sw_locale now = was;
    const struct sw_str wishes[] = {language, otherwise};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; wishes[i].n > 0 && languages[k] != NULL; k++)
            if (sw_str_is(wishes[i], languages[k])) {
                snprintf(now.language, sizeof now.language, "%s", languages[k]);
                sw_locale_set(&now);
                return was;
            }
    return was;
}

static const struct catalog *catalog_of(const char *language, const char *domain)
{
    for (size_t i = 0; i < n_catalogs; i++)
        if (strcmp(catalogs[i].language, language) == 0 && strcmp(catalogs[i].domain, domain) == 0)
            return &catalogs[i];
    return NULL;
}

static const struct text *text_find(const char *language, const char *domain, const char *msgid, const struct catalog **where)
{
    const struct catalog *c = catalog_of(language, domain);
    *where = c;
    if (c == NULL)
        return NULL;
    struct text key = {.id = msgid};
    return bsearch(&key, c->texts, c->n, sizeof *c->texts, compare);
}

const char *sw_text_in(const char *language, const char *domain, const char *msgid)
{
    const struct catalog *c;
    if (msgid == NULL || msgid[0] == '\0')
        return "";
    const struct text *t = text_find(language, domain, msgid, &c);
    return t == NULL ? msgid : t->said;
}

const char *sw_text(const char *domain, const char *msgid)
{
    return sw_text_in(sw_locale()->language, domain, msgid);
}

const char *sw_text_any(const char *msgid)
{
    const struct text key = {.id = msgid};
    if (msgid == NULL || msgid[0] == '\0')
        return "";
    for (size_t i = 0; i < n_catalogs; i++) {
        if (strcmp(catalogs[i].language, sw_locale()->language) != 0)
            continue;
        const struct text *t = bsearch(&key, catalogs[i].texts, catalogs[i].n, sizeof key, compare);
        if (t != NULL)
            return t->said;
    }
    return msgid;
}

const char *sw_text_n(const char *domain, const char *one, const char *many, uint64_t n)
{
    const struct catalog *c;
    const struct text *t = text_find(sw_locale()->language, domain, one, &c);
    if (t == NULL)
        return n == 1 ? one : many;
    bool second = c->plural == PLURAL_NOT_ONE ? n != 1 : c->plural == PLURAL_OVER_ONE ? n > 1 : false;
    const char *form = t->said;
    if (second && form + strlen(form) + 1 < t->said_end)
        form += strlen(form) + 1;
    return form;
}
