/* Fills a record of any table with values that depend on nothing but the table. */
#ifndef SW_TESTS_GOLDEN_FILL_H
#define SW_TESTS_GOLDEN_FILL_H

#include "record/codec.h"

void golden_fill(struct sw_arena *a, const struct sw_record *d, void *rec, int depth);

#endif
