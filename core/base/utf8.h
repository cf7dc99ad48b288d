/* base/utf8.h: one character of UTF-8. Core only. */
#ifndef SW_BASE_UTF8_H
#define SW_BASE_UTF8_H

#include <shopwright/base.h>

/* The length of the well-formed UTF-8 character at p, of which n ≥ 1 bytes are there; 0 when it is none. */
size_t sw_utf8_at(const unsigned char *p, size_t n);

#endif
