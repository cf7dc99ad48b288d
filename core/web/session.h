/* web/session.h: what the rest of core may do with sessions and tokens. Core only. */
#ifndef SW_WEB_SESSION_H
#define SW_WEB_SESSION_H

#include <shopwright/plugin.h>

extern const struct sw_record sw_session_record; /* "core.session": technical, of the installation */
extern const struct sw_record sw_token_record;   /* "core.token": API tokens, technical, of the installation */
extern const struct sw_record sw_link_record;    /* "core.link": mailed links, technical */
extern const struct sw_record sw_once_record;    /* "core.once": first answers of forms, technical */
extern const struct sw_record sw_limit_record;   /* "core.limit": counted tries, technical */

/* A new API token of the user in the transaction's shop: "swt_…", shown once; the store keeps its hash. SW_ENOTFOUND: no such member, or disabled. */
int sw_token_make(struct sw_tx *tx, uint64_t user, struct sw_str name, struct sw_str *out, struct sw_err *err);

/* Removes what is over: sessions, links, answers, counts; some hundreds a call. A timer of core. */
int sw_session_sweep(struct sw_tx *tx, struct sw_err *err);

#endif
