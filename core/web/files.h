/* web/files.h: what the web layer leaves for the courier about files. Core only. */
#ifndef SW_WEB_FILES_H
#define SW_WEB_FILES_H

#include <shopwright/plugin.h>

/* The payload of the effect "media" (key "media:ID"): make thumbnail, size, and playable video of a core.file. */
struct sw_media {
    struct sw_head head;
    uint64_t file;
};
extern const struct sw_record sw_media_record; /* "core.media" */

/* Whether every browser shows this type of picture by itself. */
bool sw_browser_shows(struct sw_str mime);

#endif
