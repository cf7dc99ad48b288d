/* base/money.c: integers for money, quantities and hours. */
#include <shopwright/base.h>

#define LIMIT INT64_C(1000000000000)

int sw_money_times(int64_t price, int64_t thousandths, int64_t *out)
{
    __int128 product = (__int128)price * thousandths;
    __int128 half = product < 0 ? -500 : 500;
    __int128 result = (product + half) / 1000;
    if (result > LIMIT || result < -LIMIT)
        return SW_EINVALID;
    *out = (int64_t)result;
    return SW_OK;
}

int64_t sw_hours_of(int64_t milliseconds)
{
    /* An hour is 3,600,000 ms: a thousandth of it is 3,600 ms. */
    int64_t q = milliseconds / 3600;
    return milliseconds % 3600 > 0 ? q + 1 : q;
}

/* "1,526.46" → 152646 with two decimals. Commas only where they group three digits: "1,5" is refused, not read as 15. */
static int decimal_parse(struct sw_str s, int decimals, int64_t *out)
{
    s = sw_str_trim(s);
    bool negative = false;
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        negative = s.p[0] == '-';
        s = (struct sw_str){s.p + 1, s.n - 1};
    }
    if (s.n == 0 || s.n > 24)
        return SW_EINVALID;
    int64_t value = 0;
    size_t i = 0, digits = 0, group = 0;
    bool grouped = false;
    for (; i < s.n && s.p[i] != '.'; i++) {
        if (s.p[i] == ',') {
            if (grouped ? group != 3 : (group == 0 || group > 3))
                return SW_EINVALID;
            grouped = true;
            group = 0;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9')
            return SW_EINVALID;
        value = value * 10 + (s.p[i] - '0');
        digits++;
        group++;
        if (value > LIMIT)
            return SW_EINVALID;
    }
    if (grouped && group != 3)
        return SW_EINVALID;
    int left = decimals;
    if (i < s.n) {
        for (i++; i < s.n; i++, left--) {
            if (s.p[i] < '0' || s.p[i] > '9' || left == 0)
                return SW_EINVALID;
            value = value * 10 + (s.p[i] - '0');
            digits++;
        }
    }
    for (; left > 0; left--)
        value *= 10;
    if (digits == 0 || value > LIMIT)
        return SW_EINVALID;
    *out = negative ? -value : value;
    return SW_OK;
}

int sw_money_parse(struct sw_str s, int64_t *out)
{
    s = sw_str_trim(s);
    if (s.n > 0 && s.p[0] == '$')
        s = (struct sw_str){s.p + 1, s.n - 1};
    return decimal_parse(s, 2, out);
}

int sw_qty_parse(struct sw_str s, int64_t *out)
{
    return decimal_parse(s, 3, out);
}
