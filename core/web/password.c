/* web/password.c: argon2id, 19 MiB, 2 passes: about 15 ms. Only where a route says SW_SLOW. */
#include "web/request.h"

#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY = 19 * 1024 * 1024, PASSWORD_MAX = 1000 };

int sw_password_hash(struct sw_arena *a, struct sw_str password, struct sw_str *out, struct sw_err *err)
{
    char hash[crypto_pwhash_STRBYTES];
    if (password.n > PASSWORD_MAX)
        return sw_fail(err, SW_EINVALID, "password", _("A password may be at most %d bytes long."), PASSWORD_MAX);
    if (sodium_init() < 0 || crypto_pwhash_str(hash, password.n ? password.p : "", password.n, PASSES, MEMORY) != 0)
        return sw_fail(err, SW_EBUSY, "", "%s", _("There is not enough memory for this just now. Please try again in a moment."));
    *out = sw_copy(a, sw_str_of(hash));
    return SW_OK;
}

bool sw_password_fits(struct sw_str hash, struct sw_str password)
{
    /* Of no password that anybody has: costs what a real one costs, so that time tells nothing about whether an account exists. */
    static char nobody[crypto_pwhash_STRBYTES];
    char text[crypto_pwhash_STRBYTES] = {0};
    if (sodium_init() < 0)
        return false;
    bool real = hash.n > 0 && hash.n < sizeof(text);
    if (real) {
        memcpy(text, hash.p, hash.n);
    } else {
        if (!nobody[0]) {
            unsigned char secret[32];
            randombytes_buf(secret, sizeof(secret));
            if (crypto_pwhash_str(nobody, (const char *)secret, sizeof(secret), PASSES, MEMORY) != 0)
                return false;
        }
        memcpy(text, nobody, sizeof(text));
    }
    bool fits = password.n <= PASSWORD_MAX && crypto_pwhash_str_verify(text, password.n ? password.p : "", password.n) == 0;
    return real && fits;
}
