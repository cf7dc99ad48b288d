/* tests/web/shed.h: a small plugin, linked in, and an instance for it in a temporary folder: what the tests of the request side stand on. */
#ifndef SW_TESTS_WEB_SHED_H
#define SW_TESTS_WEB_SHED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/request.h"

struct shed_customer {
    struct sw_head head;
    struct sw_str name;
    uint64_t merged_into;
};
struct shed_job {
    struct sw_head head;
    uint64_t customer;
    struct sw_str title;
    int64_t price;
    int64_t opened_at;
};
struct shed_note {
    struct sw_head head;
    uint64_t job;
    struct sw_str text;
};
extern const struct sw_record shed_customer_record, shed_job_record, shed_note_record;
extern const struct sw_plugin shed_plugin;
extern int shed_handled; /* how often the handler of POST …/notes ran to its end */

struct shed {
    char home[64];
    struct sw_store *store;
    struct sw_web *web;
    struct sw_arena *arena;
    struct sw_http_in in;
    struct sw_http_out out;
    uint32_t shop;
    uint64_t ana, ben;             /* customers */
    uint64_t job, other_job, note; /* job and note: Ana's; other_job: Ben's */
    uint64_t u_ana, u_staff;       /* users */
};
struct shed *shed_open(void);
void shed_close(struct shed *s);
/* A request: headers are set in s->in between shed_start and shed_run; the answer is in s->out. */
void shed_start(struct shed *s, const char *method, const char *target);
void shed_run(struct shed *s);
void shed_get(struct shed *s, const char *target);
void shed_post(struct shed *s, const char *target, const char *body);
const char *shed_header(const struct shed *s, const char *name); /* NULL: not there */
bool shed_says(const struct shed *s, const char *text);           /* in the body */
/* Keep the cookies of the last answer for the next requests ("" forgets all). */
void shed_cookies(struct shed *s);
void shed_forget(void);
const char *shed_csrf(struct shed *s); /* of the last page */
void shed_sign_in(struct shed *s, uint64_t user);
const char *shed_form(struct shed *s, const char *fields); /* fields&csrf=… */
const char *shed_token(struct shed *s, uint64_t user);
void shed_as_json(struct shed *s);
int shed_write(struct shed *s, sw_tx_fn *fn, void *arg);

#endif
