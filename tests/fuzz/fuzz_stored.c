/* Stored bytes of any content are read or refused; what was read is written, and read again as the same. */
#include "../record/sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_arena *a;
    static const struct sw_record *const records[] = {&sample_record, &sample_v1_record, &sample_old_record};
    struct sw_err err;
    if (a == NULL)
        a = sw_arena_new(0);
    for (size_t i = 0; i < 3; i++, sw_arena_reset(a)) {
        struct sample rec, again; /* large enough for each age */
        struct sw_str once, twice;
        if (sw_stored_decode(a, records[i], (struct sw_str){(const char *)data, size}, &rec, &err) != SW_OK)
            continue;
        if (sw_stored_encode(a, records[i], &rec, &once, &err) != SW_OK)
            abort();
        if (sw_stored_decode(a, records[i], once, &again, &err) != SW_OK || sw_stored_encode(a, records[i], &again, &twice, &err) != SW_OK ||
            !sw_str_eq(once, twice))
            abort();
        struct sw_buf b;
        sw_buf_init(&b, a, 0, 8 << 20);
        sw_json_encode(&b, records[i], &rec, (struct sw_reader){false, true});
        sw_csv_row(&b, records[i], &rec, (struct sw_reader){false, true});
    }
    return 0;
}
