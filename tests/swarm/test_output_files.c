// SPDX-License-Identifier: MIT
#include "tools/swarm/output_files.h"

#include <string.h>
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
    return rmdir(g_directory);
}

static void the_first_output_that_cannot_be_written_is_named(void **state) {
    (void)state;
    const char *bad = NULL;
    RunSpec spec = {.json = g_path, .json_stream = "-"};
    assert_true(output_files_check(&spec, &bad));
    assert_int_not_equal(access(g_path, F_OK), 0); // nothing is left behind
    spec.hdr = (OptionList){.items = {"rtt_ms=/no/such/a", "/no/such/b"}, .count = 2};
    assert_false(output_files_check(&spec, &bad));
    assert_string_equal(bad, "/no/such/a");
}

static void outputs_on_standard_output_are_counted(void **state) {
    (void)state;
    RunSpec spec = {0};
    assert_int_equal(output_files_on_stdout(&spec), 0);
    spec.json = "-";
    assert_int_equal(output_files_on_stdout(&spec), 1);
    spec.json_stream = "stream";
    spec.hdr = (OptionList){.items = {"a.hdr", "rtt_ms=-", "-"}, .count = 3};
    assert_int_equal(output_files_on_stdout(&spec), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_output_that_cannot_be_written_is_named, setup,
                                        teardown),
        cmocka_unit_test(outputs_on_standard_output_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
