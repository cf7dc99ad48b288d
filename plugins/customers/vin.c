/* vin.c: the check digit of a VIN (ISO 3779 with the North American check): each character has a value and its place a weight; the sum
 * modulo 11 is the ninth character. Imported and old units may not follow it, so it only warns. */
#include "records.h"

#include <string.h>

static int value_of(char c)
{
    static const char letters[] = "ABCDEFGH" "JKLMN" "P" "R" "STUVWXYZ";
    static const char values[] = "12345678" "12345" "7" "9" "23456789";
    if (c >= '0' && c <= '9')
        return c - '0';
    const char *at = c != '\0' ? strchr(letters, c) : NULL;
    return at != NULL ? values[at - letters] - '0' : -1;
}

const char *customers_vin_warning(struct sw_str vin)
{
    static const int weights[CUSTOMERS_VIN_LENGTH] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int sum = 0;
    if (vin.n != CUSTOMERS_VIN_LENGTH)
        return NULL;
    for (size_t i = 0; i < vin.n; i++) {
        int v = value_of(vin.p[i]);
        if (v < 0)
            return _("A VIN never has the letters I, O and Q, or signs. Compare it with the unit.");
        sum += v * weights[i];
    }
    char want = (char)(sum % 11 == 10 ? 'X' : '0' + sum % 11);
    if (vin.p[8] != want)
        return _("The VIN’s check digit (the ninth character) does not fit. Compare it with the unit.");
    return NULL;
}

int customers_vin_check(struct sw_str vin, bool serial, struct sw_err *err)
{
    if (vin.n == 0 || serial || vin.n == CUSTOMERS_VIN_LENGTH)
        return SW_OK;
    size_t characters = 0;
    for (size_t i = 0; i < vin.n; i++)
        characters += ((unsigned char)vin.p[i] & 0xC0) != 0x80;
    if (characters == 1)
        return sw_fail(err, SW_EINVALID, "vin",
                       _("The VIN has 1 character; it needs %d. For a machine, tick “Other serial number”."),
                       CUSTOMERS_VIN_LENGTH);
    return sw_fail(err, SW_EINVALID, "vin",
                   _("The VIN has %zu characters; it needs %d. For a machine, tick “Other serial number”."), characters,
                   CUSTOMERS_VIN_LENGTH);
}
