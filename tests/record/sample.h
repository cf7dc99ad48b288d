/* A record with each kind of field, as three ages of a program know it: the tests' golden files hold the bytes of each. */
#ifndef SW_TESTS_RECORD_SAMPLE_H
#define SW_TESTS_RECORD_SAMPLE_H

#include "record/codec.h"

struct sample_line {
    struct sw_str rest;
    struct sw_str text;
    int64_t quantity, price;
    bool taxed;
};
struct sample_place {
    struct sw_str rest;
    struct sw_str street;
    struct sample_place *next;
};
struct sample {
    struct sw_head head;
    uint64_t customer;
    struct sw_str last, email, phone, plate, note, secret, password, strokes;
    bool company;
    int64_t year, total, hours, opened, span, delta;
    int32_t state;
    uint32_t reach;
    struct sample_place *place;
    SW_LIST_OF(struct sample_line) lines;
    SW_LIST_OF(struct sw_str) words;
};

/* What version 1 knew: `last` was called name, hours were minutes, and neither lines' taxed nor words existed. */
struct sample_v1_line {
    struct sw_str rest;
    struct sw_str text;
    int64_t quantity, price;
};
struct sample_v1 {
    struct sw_head head;
    uint64_t customer;
    struct sw_str name;
    int64_t minutes;
    SW_LIST_OF(struct sample_v1_line) lines;
};

extern const struct sw_record sample_record;    /* today's, version 2 */
extern const struct sw_record sample_v1_record; /* version 1, as its code was */
extern const struct sw_record sample_old_record; /* version 2, but of code that knows fewer tags */
extern const struct sw_enum sample_states, sample_reach;

#endif
