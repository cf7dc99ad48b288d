/* tamper.c: for the tests: changes the last byte of a record's stored bytes through the store's engine, past every check, as somebody would who wants
 * another price to have been signed. `tamper STORE SHOP TYPE ID`; only ever run on a copy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine.h"

int main(int argc, char **argv)
{
    static char copy[SW_ENGINE_VALUE_MAX];
    char key[SW_KEY_MAX];
    const struct sw_engine_ops *ops = &sw_engine_lmdb;
    struct sw_engine *engine;
    struct sw_engine_tx *tx;
    struct sw_str value;
    struct sw_err err = {0};
    if (argc != 5 || strlen(argv[3]) > 60) {
        fprintf(stderr, "Usage: tamper STORE SHOP TYPE ID\n");
        return 2;
    }
    unsigned long shop = strtoul(argv[2], NULL, 10);
    unsigned long long id = strtoull(argv[4], NULL, 10);
    size_t n = 0;
    for (int i = 3; i >= 0; i--) {
        key[n++] = (char)(shop >> (8 * i));
    }
    key[n++] = 'R';
    memcpy(key + n, argv[3], strlen(argv[3]) + 1);
    n += strlen(argv[3]) + 1;
    for (int i = 7; i >= 0; i--) {
        key[n++] = (char)(id >> (8 * i));
    }
    struct sw_str k = {key, n};
    if (ops->open(argv[1], (size_t)1 << 30, false, false, &engine, &err) != SW_OK || ops->begin(engine, NULL, true, &tx, &err) != SW_OK) {
        fprintf(stderr, "tamper: %s\n", err.message);
        return 1;
    }
    if (ops->get(tx, k, &value) != SW_OK || !value.n) {
        fprintf(stderr, "tamper: there is no %s %s\n", argv[3], argv[4]);
        return 1;
    }
    memcpy(copy, value.p, value.n);
    copy[value.n - 1] ^= 1;
    if (ops->put(tx, k, (struct sw_str){copy, value.n}, &err) != SW_OK || ops->commit(tx, &err) != SW_OK) {
        fprintf(stderr, "tamper: %s\n", err.message);
        return 1;
    }
    ops->close(engine);
    return 0;
}
