// SPDX-License-Identifier: MIT
#include "tools/swarm/report/json_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "support.h"
#include "swarm_samples.h"

static Tally g_recent, g_total;

static char g_path[64];

static int setup(void **state) {
    (void)state;
    snprintf(g_path, sizeof g_path, "/tmp/test_json_stream.XXXXXX");
    const int descriptor = mkstemp(g_path);
    assert_true(descriptor >= 0);
    return close(descriptor);
}

static int teardown(void **state) {
    (void)state;
    return unlink(g_path);
}

static SwarmProgress progress_at(double elapsed_s, double recent_s) {
    SwarmProgress progress = {
        .elapsed_s = elapsed_s,
        .duration_s = 10,
        .is_warming_up = elapsed_s < 1.5,
        .target_bots = 12,
        .recent = &g_recent,
        .recent_s = recent_s,
        .total = &g_total,
        .cpu_cores = 0.5,
    };
    progress.gauges.bots[BOT_PLAYING] = 10;
    return progress;
}

// The lines that are in the file, and how many.
static size_t read_lines(json_t *lines[], size_t capacity) {
    char text[16384];
    size_t count = 0;
    FILE *file = fopen(g_path, "r");
    assert_non_null(file);
    while (fgets(text, sizeof text, file) != NULL) {
        assert_true(count < capacity);
        lines[count] = json_loads(text, 0, NULL);
        assert_non_null(lines[count++]);
    }
    fclose(file);
    return count;
}

static void free_lines(json_t *lines[], size_t count) {
    for (size_t i = 0; i < count; i++) {
        json_decref(lines[i]);
    }
}

static json_int_t received(const json_t *line) {
    return json_integer_value(json_object_get(json_object_get(line, "snapshots"), "received"));
}

static void each_line_holds_the_measurements_of_its_second(void **state) {
    (void)state;
    JsonStream stream;
    json_t *lines[8];
    sample_tally(&g_recent);
    sample_tally(&g_total);
    assert_true(json_stream_open(&stream, g_path));
    for (uint32_t i = 1; i <= 13; i++) {
        const SwarmProgress progress = progress_at(i * 0.25, 0.25);
        json_stream_update(&stream, &progress, NULL);
    }
    assert_true(json_stream_close(&stream));
    const size_t count = read_lines(lines, 8);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(received(lines[i]), 4 * 1998);
        assert_true(json_is_null(json_object_get(lines[i], "server")));
    }
    assert_true(json_is_true(json_object_get(lines[0], "warming_up")));
    assert_true(json_is_false(json_object_get(lines[2], "warming_up")));
    free_lines(lines, count);
}

static void a_stall_makes_one_longer_line(void **state) {
    (void)state;
    JsonStream stream;
    json_t *lines[8];
    sample_tally(&g_recent);
    assert_true(json_stream_open(&stream, g_path));
    SwarmProgress progress = progress_at(3.5, 3.5);
    json_stream_update(&stream, &progress, NULL);
    progress = progress_at(3.75, 0.25);
    json_stream_update(&stream, &progress, NULL);
    progress = progress_at(4, 0.25);
    json_stream_update(&stream, &progress, NULL);
    assert_true(json_stream_close(&stream));
    const size_t count = read_lines(lines, 8);
    assert_int_equal(count, 2);
    assert_true(json_number_value(json_object_get(lines[0], "interval_s")) == 3.5);
    assert_true(json_number_value(json_object_get(lines[1], "interval_s")) == 0.5);
    free_lines(lines, count);
}

static void the_rest_is_a_line_of_its_own(void **state) {
    (void)state;
    JsonStream stream;
    json_t *lines[8];
    sample_tally(&g_recent);
    assert_true(json_stream_open(&stream, g_path));
    SwarmProgress progress = progress_at(1, 1);
    json_stream_update(&stream, &progress, NULL);
    progress = progress_at(1.25, 0.25);
    json_stream_update(&stream, &progress, NULL);
    progress = progress_at(1.375, 0.125);
    progress.is_last = true;
    json_stream_update(&stream, &progress, NULL);
    assert_true(json_stream_close(&stream));
    const size_t count = read_lines(lines, 8);
    assert_int_equal(count, 2);
    assert_int_equal(received(lines[1]), 2 * 1998);
    assert_true(json_number_value(json_object_get(lines[1], "interval_s")) == 0.375);
    free_lines(lines, count);
}

static void metrics_of_a_watched_server_are_in_the_line(void **state) {
    (void)state;
    JsonStream stream;
    json_t *lines[8];
    const ServerMetrics server = {.cpu_cores = 0.25};
    assert_true(json_stream_open(&stream, g_path));
    const SwarmProgress progress = progress_at(1, 1);
    json_stream_update(&stream, &progress, &server);
    assert_true(json_stream_close(&stream));
    assert_int_equal(read_lines(lines, 8), 1);
    const json_t *view = json_object_get(lines[0], "server");
    assert_true(json_number_value(json_object_get(view, "cpu_cores")) == 0.25);
    free_lines(lines, 1);
}

static void an_unwritable_file_is_an_error(void **state) {
    (void)state;
    JsonStream stream;
    assert_false(json_stream_open(&stream, "/no/such/place/stream"));
    assert_true(json_stream_open(&stream, "/dev/full"));
    const SwarmProgress progress = progress_at(1, 1);
    json_stream_update(&stream, &progress, NULL);
    assert_false(json_stream_close(&stream));
}

static void a_stream_that_is_not_open_is_no_error(void **state) {
    (void)state;
    JsonStream stream = {0};
    const SwarmProgress progress = progress_at(1, 1);
    json_stream_update(&stream, &progress, NULL);
    assert_true(json_stream_close(&stream));
}

// The size of files is limited, so that the line does not fit.
static void a_line_that_does_not_fit_leaves_the_file_as_it_was(void **state) {
    (void)state;
    static const char older[] = "a line of another program\n";
    char text[256];
    JsonStream stream;
    struct rlimit before;
    sample_tally(&g_recent);
    const int kept = dup(STDOUT_FILENO);
    const int file = open(g_path, O_RDWR | O_APPEND);
    assert_true(kept >= 0 && file >= 0);
    assert_int_equal(write(file, older, strlen(older)), strlen(older));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    (void)signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){strlen(older) + 10, before.rlim_max});
    const bool is_open = json_stream_open(&stream, "-");
    const SwarmProgress progress = progress_at(1, 1);
    json_stream_update(&stream, &progress, NULL);
    const bool is_written = json_stream_close(&stream);
    const int error = errno;
    setrlimit(RLIMIT_FSIZE, &before);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    assert_true(is_open);
    assert_false(is_written);
    assert_int_equal(error, EFBIG);
    assert_int_equal(pread(file, text, sizeof text, 0), strlen(older));
    assert_memory_equal(text, older, strlen(older));
    close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_line_holds_the_measurements_of_its_second, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_stall_makes_one_longer_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rest_is_a_line_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_that_does_not_fit_leaves_the_file_as_it_was, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(metrics_of_a_watched_server_are_in_the_line, setup,
                                        teardown),
        cmocka_unit_test(an_unwritable_file_is_an_error),
        cmocka_unit_test(a_stream_that_is_not_open_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
