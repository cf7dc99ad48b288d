/* JSON of any content is read or refused, each refusal with a message; what is taken is written, and read again as the same bytes. */
#include "../record/sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sw_str encode(struct sw_arena *a, const struct sample *rec)
{
    struct sw_str out;
    struct sw_err err;
    if (sw_stored_encode(a, &sample_record, rec, &out, &err) != SW_OK)
        abort();
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_arena *a;
    struct sw_err list[20];
    struct sw_errors errs = {list, 0, 20};
    struct sample rec, again;
    bool seen[32];
    if (a == NULL)
        a = sw_arena_new(0);
    int rc = sw_json_decode(a, &sample_record, (struct sw_str){(const char *)data, size}, &rec, seen, &errs);
    if ((rc == SW_OK) != (errs.n == 0))
        abort();
    for (size_t i = 0; i < errs.n; i++)
        if (list[i].message[0] == '\0' || !sw_str_is_text(sw_str_of(list[i].message)))
            abort();
    if (rc == SW_OK) {
        struct sw_buf b;
        sw_buf_init(&b, a, 0, 8 << 20);
        rec.secret = rec.password = (struct sw_str){NULL, 0}; /* never written */
        sw_json_encode(&b, &sample_record, &rec, (struct sw_reader){false, true});
        if (sw_json_decode(a, &sample_record, sw_buf_str(&b), &again, NULL, &errs) != SW_OK ||
            !sw_str_eq(encode(a, &rec), encode(a, &again)))
            abort();
    }
    sw_arena_reset(a);
    return 0;
}
