/* base/texts.h: message catalogs. Core only. */
#ifndef SW_BASE_TEXTS_H
#define SW_BASE_TEXTS_H

#include <shopwright/base.h>

/* Read every FOLDER/locale/LANG.mo and FOLDER/locale/LANG/DOMAIN.mo into `domain`. No folder is no fault (English needs none); a broken file is, and the message names it. */
int sw_texts_load(const char *folder, const char *domain, struct sw_err *err);
/* As sw_text(), in a given language whatever the request's is: templates are translated once a language, at load. */
const char *sw_text_in(const char *language, const char *domain, const char *msgid);
/* As sw_text(), from whichever domain has it: labels in record tables, whose domain the codecs are not told. */
const char *sw_text_any(const char *msgid);
/* The languages that have a catalog in any domain, "en" first; ends with NULL; valid until the next load. */
const char *const *sw_text_languages(void);

#endif
