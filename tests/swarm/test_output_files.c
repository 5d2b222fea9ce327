// SPDX-License-Identifier: MIT
#include "tools/swarm/output_files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static char g_directory[64];
static char g_path[96];

static int setup(void **state) {
    (void)state;
    snprintf(g_directory, sizeof g_directory, "/tmp/test_output_files.XXXXXX");
    assert_non_null(mkdtemp(g_directory));
    snprintf(g_path, sizeof g_path, "%s/file", g_directory);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(g_path);
    return rmdir(g_directory);
}

static void a_file_that_is_missing_is_created(void **state) {
    (void)state;
    struct stat status;
    assert_true(output_file_create(g_path));
    assert_int_equal(stat(g_path, &status), 0);
    assert_int_equal(status.st_size, 0);
}

static void a_file_that_is_there_keeps_what_it_holds(void **state) {
    (void)state;
    struct stat status;
    FILE *file = fopen(g_path, "w");
    assert_non_null(file);
    fputs("former", file);
    fclose(file);
    assert_true(output_file_create(g_path));
    assert_int_equal(stat(g_path, &status), 0);
    assert_int_equal(status.st_size, strlen("former"));
}

static void a_place_that_takes_no_file_is_told(void **state) {
    (void)state;
    assert_false(output_file_create("/no/such/place/report.json"));
    assert_false(output_file_create(g_directory));
    assert_false(output_file_create(""));
}

static void nobody_waits_for_the_reader_of_a_pipe(void **state) {
    (void)state;
    assert_int_equal(mkfifo(g_path, 0600), 0);
    assert_true(output_file_create(g_path));
    assert_true(output_file_create("-"));
    assert_true(output_file_create("/dev/null"));
}

static void the_first_output_that_cannot_be_written_is_named(void **state) {
    (void)state;
    const char *bad = NULL;
    SwarmOptions options = {.json = g_path, .json_stream = "-"};
    assert_true(output_files_create(&options, &bad));
    options.hdr = (OptionList){.items = {"rtt_ms=/no/such/a", "/no/such/b"}, .count = 2};
    assert_false(output_files_create(&options, &bad));
    assert_string_equal(bad, "/no/such/a");
}

static void outputs_on_standard_output_are_counted(void **state) {
    (void)state;
    SwarmOptions options = {0};
    assert_int_equal(output_files_on_stdout(&options), 0);
    options.json = "-";
    assert_int_equal(output_files_on_stdout(&options), 1);
    options.json_stream = "stream";
    options.hdr = (OptionList){.items = {"a.hdr", "rtt_ms=-", "-"}, .count = 3};
    assert_int_equal(output_files_on_stdout(&options), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_is_missing_is_created, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_there_keeps_what_it_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_place_that_takes_no_file_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_for_the_reader_of_a_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_output_that_cannot_be_written_is_named, setup,
                                        teardown),
        cmocka_unit_test(outputs_on_standard_output_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
