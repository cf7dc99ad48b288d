/* Form bodies of any content are read or refused, each refusal with a message; what is taken keeps the record's limits. */
#include "../record/sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_arena *a;
    struct sw_err err, list[20];
    struct sw_errors errs = {list, 0, 20};
    struct sw_pair *pairs;
    struct sample rec;
    bool seen[32];
    size_t n;
    if (a == NULL)
        a = sw_arena_new(0);
    if (sw_form_split(a, (struct sw_str){(const char *)data, size}, &pairs, &n, 500, &err) == SW_OK) {
        int rc = sw_form_decode(a, &sample_record, pairs, n, &rec, seen, &errs);
        if ((rc == SW_OK) != (errs.n == 0))
            abort();
        for (size_t i = 0; i < errs.n; i++)
            if (list[i].message[0] == '\0' || !sw_str_is_text(sw_str_of(list[i].message)))
                abort();
        if (rc == SW_OK && sw_record_check(&sample_record, &rec, &errs) != 0)
            abort();
    }
    sw_arena_reset(a);
    return 0;
}
