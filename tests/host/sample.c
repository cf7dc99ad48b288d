/* host/sample.c: plugins that the host must take or refuse, made from one source by -DSAMPLE_…. */
#include <shopwright/plugin.h>

struct sample {
    struct sw_head head;
    int64_t n;
};
static const struct sw_field sample_fields[] = {SW_F_INT(struct sample, n, 1)};

#ifndef SAMPLE_RECORD
#define SAMPLE_RECORD SAMPLE_NAME ".sample"
#endif
static const struct sw_record sample_record = {SW_RECORD(struct sample, SAMPLE_RECORD, sample_fields)};
static const struct sw_record *const records[] = {&sample_record, NULL};

static int hello(struct sw_req *r, struct sw_err *err)
{
    (void)err;
    return sw_send(r, "text/plain", SW_STR("hello\n"));
}

#ifndef SAMPLE_PATH
#define SAMPLE_PATH "/" SAMPLE_NAME
#endif
#ifndef SAMPLE_WHO
#define SAMPLE_WHO SW_ANYONE
#endif
static const struct sw_route routes[] = {
    {.method = "GET", .path = SAMPLE_PATH, .who = SAMPLE_WHO, .handle = hello, .summary = "Says hello"}, {0}};

static const int interface = 42;

#ifdef SAMPLE_NEEDS
static const char *const needs[] = {SAMPLE_NEEDS, NULL};
#endif

#ifndef SAMPLE_ABI
#define SAMPLE_ABI SW_ABI
#endif

SW_PLUGIN_EXPORT const struct sw_plugin
#ifdef SAMPLE_NO_TABLE
    something_else
#else
    sw_plugin
#endif
    = {
        .struct_size = (uint32_t)sizeof(struct sw_plugin),
        .abi = SAMPLE_ABI,
        .name = SAMPLE_NAME,
        .version = "1.0",
        .summary = "For tests",
#ifdef SAMPLE_NEEDS
        .needs = needs,
#endif
        .records = records,
        .routes = routes,
        .interface = &interface,
        .interface_version = 3,
};
