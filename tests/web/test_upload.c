/* Files in forms: parts, limits, what their bytes say, and the records they become. */
#include "shed.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int setup(void **state)
{
    struct shed *s = *state = shed_open();
    shed_sign_in(s, s->u_staff);
    return 0;
}

static int teardown(void **state)
{
    shed_close(*state);
    return 0;
}

static struct sw_buf body;

static void begin(struct shed *s)
{
    sw_buf_init(&body, s->arena, 4096, 1024 * 1024);
    shed_get(s, "/t/plain");
    sw_buf_addf(&body, "--XyZ\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%s\r\n", shed_csrf(s));
}

static void part(const char *head, const void *bytes, size_t n)
{
    sw_buf_addf(&body, "--XyZ\r\nContent-Disposition: form-data; %s\r\n\r\n", head);
    sw_buf_add(&body, bytes, n);
    sw_buf_adds(&body, "\r\n");
}

static void start(struct shed *s)
{
    sw_buf_adds(&body, "--XyZ--\r\n");
    shed_start(s, "POST", sw_printf(s->arena, "/t/jobs/%llu/files", (unsigned long long)s->job).p);
    s->in.content_type = SW_STR("multipart/form-data; boundary=XyZ");
}

/* As nginx leaves it: in a file. */
static void send_spooled(struct shed *s)
{
    struct sw_str path = sw_printf(s->arena, "%s/body", s->home);
    start(s);
    int fd = open(path.p, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_int_equal(write(fd, body.p, body.n), (ssize_t)body.n);
    close(fd);
    s->in.body_file = path;
    shed_run(s);
}

static const unsigned char jpeg[] = "\xff\xd8\xff\xe0 and \r\n--XyQ\r\n\r\n\0 bytes \n";

static struct sw_file file_of(struct shed *s, uint64_t id)
{
    struct sw_err err;
    struct sw_tx *tx;
    struct sw_run run = {.shop = s->shop, .system = true, .arena = s->arena};
    struct sw_file f = {.head.id = 0};
    assert_int_equal(sw_store_snapshot(s->store, &run, &tx, &err), SW_OK);
    sw_get(tx, &sw_file_record, id, &f, NULL);
    f.name = sw_copy(s->arena, f.name);
    f.mime = sw_copy(s->arena, f.mime);
    f.blob = sw_copy(s->arena, f.blob);
    sw_store_snapshot_end(tx);
    return f;
}

/* What the courier does, with other bytes so that one sees which were sent. */
static char shed_play[65];
static int play_is_made(struct sw_tx *tx, void *arg, struct sw_err *err)
{
    (void)arg;
    struct sw_file f;
    unsigned char hash[32];
    memset(hash, 0xab, sizeof(hash));
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(shed_play + 2 * i, 3, "%02x", hash[i]);
    int code = sw_get(tx, &sw_file_record, 1, &f, err);
    if (code)
        return code;
    f.play = (struct sw_str){(const char *)hash, sizeof(hash)};
    f.state = SW_FILE_READY;
    return sw_put(tx, &sw_file_record, &f, "media", err);
}

static void files_become_records(void **state)
{
    struct shed *s = *state;
    begin(s);
    part("name=\"id\"", "5", 1);
    part("name=\"photo\"; filename=\"C:\\\\Bilder\\\\brak\xc3\xa9 1.jpg\"", jpeg, sizeof(jpeg) - 1);
    part("name=\"photo\"; filename=\"../../x.pdf\"", "%PDF-1.7 x", 10);
    part("name=\"photo\"; filename=\"\"", "", 0);
    send_spooled(s);
    assert_int_equal(s->out.status, 303);
    struct sw_file f = file_of(s, 1), g = file_of(s, 2);
    assert_true(sw_str_is(f.name, "brak\xc3\xa9 1.jpg"));
    assert_true(sw_str_is(f.mime, "image/jpeg"));
    assert_int_equal(f.size, sizeof(jpeg) - 1);
    assert_true(sw_str_is(g.name, "x.pdf"));
    assert_int_equal(file_of(s, 3).head.id, 0);
    struct sw_str path;
    assert_int_equal(sw_blob_path(s->arena, s->shop, f.blob, &path), SW_OK);
    char got[100];
    int fd = open(sw_cstr(s->arena, path), O_RDONLY);
    assert_int_equal(read(fd, got, sizeof(got)), sizeof(jpeg) - 1);
    close(fd);
    assert_memory_equal(got, jpeg, sizeof(jpeg) - 1);

    shed_get(s, "/files/1");
    assert_int_equal(s->out.status, 200);
    assert_non_null(strstr(shed_header(s, "X-Accel-Redirect"), "/protected/1/"));
    assert_string_equal(shed_header(s, "Content-Type"), "image/jpeg");
    assert_string_equal(shed_header(s, "Content-Disposition"), "inline; filename=\"brak__ 1.jpg\"; filename*=UTF-8''brak%C3%A9%201.jpg");
    shed_get(s, "/files/1?as=thumb");
    assert_int_equal(s->out.status, 404);
    shed_get(s, "/files/1?as=root");
    assert_int_equal(s->out.status, 400);
    /* Customers never get the original of a picture, where the camera wrote the place into it. */
    shed_sign_in(s, s->u_ana);
    shed_get(s, "/files/1");
    assert_int_equal(s->out.status, 404);
    assert_int_equal(shed_write(s, play_is_made, s), SW_OK);
    shed_get(s, "/files/1");
    assert_int_equal(s->out.status, 200);
    assert_non_null(strstr(shed_header(s, "X-Accel-Redirect"), shed_play + 4)); /* the first ones are folders */
    shed_forget();
    shed_get(s, "/files/1");
    assert_int_equal(s->out.status, 303);
    /* nothing of the spool stays */
    char command[200];
    snprintf(command, sizeof(command), "%s/tmp", s->home);
    assert_int_not_equal(rmdir(command), -1);
}

static void what_is_no_picture_is_refused(void **state)
{
    struct shed *s = *state;
    begin(s);
    part("name=\"photo\"; filename=\"x.jpg\"", "<svg onload=alert(1)>", 21);
    send_spooled(s);
    assert_int_equal(s->out.status, 422);
    assert_true(shed_says(s, "not a photo"));
    begin(s);
    part("name=\"photo\"; filename=\"x.jpg\"", "", 0);
    send_spooled(s);
    assert_int_equal(s->out.status, 422);
    assert_true(shed_says(s, "is empty"));
}

static void too_much_is_refused(void **state)
{
    struct shed *s = *state;
    begin(s);
    for (int i = 0; i < SW_PARTS_MAX; i++)
        part("name=\"a\"", "", 0);
    send_spooled(s);
    assert_int_equal(s->out.status, 413);
    assert_true(shed_says(s, "100 parts"));
    begin(s);
    for (int i = 0; i <= SW_UPLOADS_MAX; i++)
        part("name=\"p\"; filename=\"x.jpg\"", jpeg, 4);
    send_spooled(s);
    assert_int_equal(s->out.status, 413);
    struct sw_str path = sw_printf(s->arena, "%s/body", s->home);
    assert_int_equal(truncate(path.p, SW_UPLOAD_MAX + 1), 0);
    start(s);
    s->in.body_file = path;
    shed_run(s);
    assert_int_equal(s->out.status, 413);
    assert_true(shed_says(s, "32 MB"));
}

static void damaged_bodies_are_refused(void **state)
{
    struct shed *s = *state;
    static const char *const bad[] = {"", "--XyZ", "--XyZ\r\n", "--XyZ\r\n\r\n", "--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--\r\n",
                                      "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end", "junk--XyZ--\r\n", "--XyZx\r\n--XyZ--",
                                      "--XyZ\r\nX: y\r\n--XyZ--\r\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        sw_buf_init(&body, s->arena, 100, 100);
        start(s);
        s->in.body = sw_str_of(bad[i]);
        shed_run(s);
        assert_int_equal(s->out.status, 400);
    }
    begin(s);
    start(s);
    s->in.content_type = SW_STR("multipart/form-data");
    s->in.body = sw_buf_str(&body);
    shed_run(s);
    assert_int_equal(s->out.status, 400);
    begin(s);
    start(s);
    s->in.path = sw_printf(s->arena, "/t/jobs/%llu/notes", (unsigned long long)s->job);
    s->in.body = sw_buf_str(&body);
    shed_run(s);
    assert_int_equal(s->out.status, 400);
    assert_true(shed_says(s, "takes no files"));
}

static void the_bytes_tell_the_type(void **state)
{
    (void)state;
#define SNIFF(text) sw_sniff((const unsigned char *)"" text, sizeof(text) - 1)
    assert_string_equal(SNIFF("\x89PNG\r\n\x1a\n...."), "image/png");
    assert_string_equal(SNIFF("RIFF1234WEBPVP8 "), "image/webp");
    assert_string_equal(SNIFF("GIF89a.."), "image/gif");
    assert_string_equal(SNIFF("\0\0\0\x18" "ftypheic...."), "image/heic");
    assert_string_equal(SNIFF("\0\0\0\x18" "ftypisom...."), "video/mp4");
    assert_string_equal(SNIFF("\0\0\0\x18" "ftypqt  ...."), "video/quicktime");
    assert_string_equal(SNIFF("\0\0\0\x18" "ftyp3gp4...."), "video/3gpp");
    assert_string_equal(SNIFF("\x1a\x45\xdf\xa3....webm...."), "video/webm");
    assert_null(SNIFF("<html>"));
    assert_null(SNIFF("\xff\xd8"));
    assert_null(sw_sniff(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(files_become_records), T(what_is_no_picture_is_refused), T(too_much_is_refused), T(damaged_bodies_are_refused),
        cmocka_unit_test(the_bytes_tell_the_type)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
