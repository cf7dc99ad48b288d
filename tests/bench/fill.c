/* Fills a store for the bench, through the store's own API with the plugins' own records, in batches.
 *
 *     fill HOME JOBS FULL SIGN > FILE
 *
 * JOBS work orders, four to a customer with an account. FULL of them, spread evenly, have 8 tasks, 10 parts and 6 notes; the others one task. Then SIGN more
 * with 4 tasks, 3 parts and a fee, for signing. FILE gets one line for each full or signable one: "page JOB COOKIE" or "sign JOB COOKIE". */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugins/customers/customers.h"
#include "../../plugins/workorder/workorder.h"
#include "cli/cli.h"
#include "web/request.h"

enum { JOBS_A_CUSTOMER = 4, CUSTOMERS_A_BATCH = 100, COOKIE_MAX = 64 };

struct filling {
    const struct customers_interface *customers;
    const struct workorder_interface *workorder;
    uint64_t jobs, full, sign, next; /* next: the first job of the batch */
};
struct owner {
    uint64_t id;
    struct sw_str name;
    char cookie[COOKIE_MAX];
};

static const char *const first_names[] = {"Ada", "Elena", "Marcus", "Priya", "Tomas", "Wanda", "Noor", "Jules"};
static const char *const last_names[] = {"Faulkner", "Marquez", "Okafor", "Lindqvist", "Tran", "Castellanos", "Brandt"};
static const char *const makes[][2] = {{"Subaru", "Outback"}, {"Ford", "F-150"}, {"Honda", "CR-V"}, {"Freightliner", "M2 106"}};
static const char *const works[][2] = {
    {"Front brakes", "Replace pads and rotors on the front axle, clean and grease the slide pins, check the hoses for cracks and the fluid for water."},
    {"Oil and filter", "Drain and fill with 5W-30 full synthetic, new filter and drain washer. Reset the reminder and check all other levels."},
    {"Coolant leak", "Pressure test, find the leak at the lower radiator hose, replace hose and clamps, refill with the maker's coolant, bleed."},
    {"Wheel alignment", "Four-wheel alignment after the tie rods were replaced; print the values before and after."},
    {"Diagnose engine light", "Read the codes, test the oxygen sensors and the intake for leaks, report before anything is replaced."},
    {"Rear suspension knock", "Road test, inspect links, bushings and dampers on the lift, and find where the knocking over bumps comes from."},
    {"Air conditioning", "Recover, find the leak with dye, replace the condenser seal, recharge by weight and measure vent temperature."},
    {"Battery and charging", "Load test the battery, measure the alternator's output, clean the terminals and check for a drain at rest."},
};
static const char *const part_names[] = {"Brake pads, front set", "Brake rotor, front", "Oil filter", "Engine oil 5W-30, quart", "Lower radiator hose",
                                         "Hose clamp", "Tie rod end, outer left", "Cabin air filter", "Condenser seal kit", "Battery, group 35"};
static const char *const notes[] = {
    "The pads were down to 2 mm on the inside. Photos are with the task. The rotors were below the least thickness, so they had to go too.",
    "We found the hose leaking at the lower clamp. It had been fixed with tape some time ago. The radiator itself holds pressure.",
    "The road test is done: no more pulling to the left. Please have the wheel nuts checked after fifty miles, we do that while you wait.",
    "Waiting for the part from the dealer, which is promised for tomorrow morning. Everything else on this task is finished.",
    "The code came from a cracked vacuum line, not from the sensor. We replaced the line and cleared the code; it stayed away on the test drive.",
    "The battery is four years old and passes, barely. Not urgent, but think of it before the winter. Nothing was replaced for now.",
};
#define PICK(list, n) (list)[(n) % (sizeof(list) / sizeof((list)[0]))]

static bool is_full(const struct filling *f, uint64_t n)
{
    return n < f->jobs && f->full && n % (f->jobs / f->full) == 0 && n / (f->jobs / f->full) < f->full;
}

static bool has_visitor(const struct filling *f, uint64_t from)
{
    for (uint64_t i = from; i < from + JOBS_A_CUSTOMER; i++)
        if (is_full(f, i) || i >= f->jobs)
            return true;
    return false;
}

/* What core/web/session.c makes on signing in. */
static int put_session(struct sw_tx *tx, uint64_t user, uint64_t member, char cookie[COOKIE_MAX], struct sw_err *err)
{
    unsigned char raw[32], hash[32], mac[16];
    char csrf[33];
    sw_random(tx, raw, sizeof(raw));
    crypto_hash_sha256(hash, raw, sizeof(raw));
    crypto_generichash(mac, sizeof(mac), (const unsigned char *)"sw-csrf", 7, raw, sizeof(raw));
    sw_hex(csrf, mac, sizeof(mac));
    sodium_bin2base64(cookie, COOKIE_MAX, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    struct sw_session s = {.hash = {(const char *)hash, sizeof(hash)}, .user = user, .member = member, .shop = sw_tx_shop(tx), .seen = sw_now(tx),
                           .until = sw_now(tx) + 30 * SW_DAY, .csrf = {csrf, 32}, .language = SW_STR("en"), .browser = SW_STR("bench"),
                           .address = SW_STR("127.0.0.1")};
    return sw_put_at(tx, &sw_session_record, sw_hash_id(hash), &s, NULL, err);
}

static int put_owner(struct sw_tx *tx, const struct filling *f, uint64_t n, struct owner *o, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    struct customer c = {.first = sw_str_of(PICK(first_names, n)), .last = sw_str_of(PICK(last_names, n / 3)),
                         .phone = sw_printf(a, "+1310%07llu", (unsigned long long)(n % 10000000)),
                         .email = sw_printf(a, "customer%llu@bench.test", (unsigned long long)n), .city = SW_STR("Los Angeles"),
                         .region = SW_STR("CA"), .language = SW_STR("en"), .reach_mail = true};
    int rc = sw_put(tx, f->customers->customer, &c, NULL, err);
    if (rc != SW_OK)
        return rc;
    o->id = c.head.id;
    o->name = f->customers->name(a, &c);
    o->cookie[0] = '\0';
    if (!has_visitor(f, n * JOBS_A_CUSTOMER))
        return SW_OK;
    struct sw_user u = {.login = c.email, .email = c.email, .language = SW_STR("en")};
    struct sw_member m = {.name = o->name, .licences = SW_PORTAL, .customer = o->id};
    if ((rc = sw_put(tx, &sw_user_record, &u, NULL, err)) != SW_OK)
        return rc;
    m.user = u.head.id;
    if ((rc = sw_put(tx, &sw_member_record, &m, NULL, err)) != SW_OK)
        return rc;
    return put_session(tx, u.head.id, m.head.id, o->cookie, err);
}

static int put_task(struct sw_tx *tx, const struct filling *f, const struct job *j, uint64_t i, bool signing, uint64_t *id, struct sw_err *err)
{
    int64_t now = sw_now(tx);
    uint64_t n = j->head.id + i;
    struct task t = {.job = j->head.id, .place = (int64_t)i + 1, .title = sw_str_of(PICK(works, n)[0]), .description = sw_str_of(PICK(works, n)[1]),
                     .kind = i % 2 ? TASK_HOURLY : TASK_FLAT, .price = 14500, .quantity = 1000, .estimated = 1500, .taxed = i % 3 == 0,
                     .technician_name = SW_STR("Marco Reyes"), .state = signing || i >= 5 ? TASK_NEW : i >= 3 ? TASK_IN_PROGRESS : TASK_COMPLETED};
    if (t.state != TASK_NEW) {
        t.started = now - 3 * SW_HOUR;
        t.clocked = t.kind == TASK_HOURLY ? (int64_t)(n % 90) * SW_MINUTE : 0;
        t.completed = t.state == TASK_COMPLETED ? now - SW_HOUR : 0;
    }
    int rc = sw_put(tx, f->workorder->task, &t, NULL, err);
    *id = t.head.id;
    return rc;
}

static int put_children(struct sw_tx *tx, const struct filling *f, const struct job *j, size_t tasks, size_t parts, size_t n_notes, bool signing,
                        struct sw_err *err)
{
    uint64_t ids[16];
    int rc = SW_OK;
    for (size_t i = 0; i < tasks && rc == SW_OK; i++)
        rc = put_task(tx, f, j, i, signing, &ids[i], err);
    for (size_t i = 0; i < parts && rc == SW_OK; i++) {
        struct part p = {.job = j->head.id, .task = ids[i % tasks], .description = sw_str_of(PICK(part_names, i + j->head.id)), .number = SW_STR("A-1170"),
                         .quantity = 1000 + (int64_t)(i % 3) * 500, .price = 2300 + (int64_t)i * 990, .taxed = true, .customers_own = i == 7};
        rc = sw_put(tx, f->workorder->part, &p, NULL, err);
    }
    for (size_t i = 0; i < n_notes && rc == SW_OK; i++) {
        struct note n = {.job = j->head.id, .task = ids[i % tasks], .at = sw_now(tx) - (int64_t)(20 - i) * SW_HOUR, .member_name = SW_STR("Marco Reyes"),
                         .text = sw_str_of(PICK(notes, i + j->head.id))};
        rc = sw_put(tx, f->workorder->note, &n, NULL, err);
    }
    struct fee fee = {.job = j->head.id, .description = SW_STR("Shop supplies"), .amount = 1250};
    if (signing && rc == SW_OK)
        rc = sw_put(tx, f->workorder->fee, &fee, NULL, err);
    return rc;
}

static int put_job(struct sw_tx *tx, const struct filling *f, uint64_t n, const struct owner *o, const struct unit *u, struct sw_err *err)
{
    struct sw_arena *a = sw_tx_arena(tx);
    bool full = is_full(f, n), signing = n >= f->jobs;
    struct job j = {.customer = o->id, .unit = u->head.id, .state = full ? JOB_IN_PROGRESS : JOB_WORK_REQUIRED, .title = sw_str_of(PICK(works, n)[0]),
                    .complaint = SW_STR("Pulls to the left when braking, and a knocking from the rear over bumps."),
                    .advisor_name = SW_STR("Dana Whitfield"), .opened = sw_now(tx) - SW_DAY, .due = sw_now(tx) + SW_DAY, .usage_in = 84210,
                    .tasks = full ? 8 : signing ? 4 : 1, .tasks_done = full ? 3 : 0, .customer_name = o->name, .unit_name = f->customers->unit_name(a, u),
                    .plate = u->plate};
    int rc = sw_put(tx, f->workorder->job, &j, NULL, err);
    if (rc == SW_OK)
        rc = full ? put_children(tx, f, &j, 8, 10, 6, false, err) : signing ? put_children(tx, f, &j, 4, 3, 0, true, err)
                                                                            : put_children(tx, f, &j, 1, 0, 0, false, err);
    if (rc == SW_OK && (full || signing))
        printf("%s %llu %s\n", full ? "page" : "sign", (unsigned long long)j.head.id, o->cookie);
    return rc;
}

static int put_batch(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    const struct filling *f = arg;
    uint64_t all = f->jobs + f->sign;
    for (uint64_t n = f->next; n < all && n < f->next + CUSTOMERS_A_BATCH * JOBS_A_CUSTOMER; n += JOBS_A_CUSTOMER) {
        struct owner o;
        int rc = put_owner(tx, f, n / JOBS_A_CUSTOMER, &o, err);
        if (rc != SW_OK)
            return rc;
        struct unit u = {.customer = o.id, .year = 2016, .make = sw_str_of(PICK(makes, n / 4)[0]), .model = sw_str_of(PICK(makes, n / 4)[1]),
                         .plate = sw_printf(sw_tx_arena(tx), "7K%06llu", (unsigned long long)(n / 4)), .plate_region = SW_STR("CA"),
                         .vin = SW_STR("4S4BSANC5G3123456"), .usage = 84210};
        if ((rc = sw_put(tx, f->customers->unit, &u, NULL, err)) != SW_OK)
            return rc;
        for (uint64_t i = n; i < n + JOBS_A_CUSTOMER && i < all; i++)
            if ((rc = put_job(tx, f, i, &o, &u, err)) != SW_OK)
                return rc;
    }
    return SW_OK;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "Usage: fill HOME JOBS FULL SIGN\n");
        return 2;
    }
    struct filling f = {.jobs = strtoull(argv[2], NULL, 10), .full = strtoull(argv[3], NULL, 10), .sign = strtoull(argv[4], NULL, 10)};
    f.jobs -= f.jobs % JOBS_A_CUSTOMER;
    if (f.full > f.jobs)
        f.full = f.jobs;
    struct sw_cli_instance in;
    struct sw_err err = {.code = SW_OK};
    if (sw_cli_open(argv[1], CLI_WRITE, &in, &err) != SW_OK)
        return sw_cli_fail(&err);
    f.customers = sw_interface("customers", CUSTOMERS_INTERFACE);
    f.workorder = sw_interface("workorder", WORKORDER_INTERFACE);
    if (!f.customers || !f.workorder)
        return fprintf(stderr, "fill: the instance lacks customers or workorder.\n"), 1;
    int rc = SW_OK;
    for (; rc == SW_OK && f.next < f.jobs + f.sign; f.next += CUSTOMERS_A_BATCH * JOBS_A_CUSTOMER) {
        rc = sw_cli_write(&in, 1, put_batch, &f, &err);
        sw_arena_reset(in.arena);
    }
    sw_cli_close(&in);
    return rc == SW_OK ? 0 : sw_cli_fail(&err);
}
