// SPDX-License-Identifier: MIT
// test_bots_program.c -- tickstorm-bots for scripts: exit codes, and the output of each stream.
#include <string.h>
#include <sys/wait.h>

#include <jansson.h>

#include "support.h"

#define OUTPUT_BYTES 65536

static char g_output[OUTPUT_BYTES];

// Runs the program with a shell's redirections and returns its exit code; g_output receives what
// reaches standard output.
static int run(const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "\"%s\" %s", TICKSTORM_BOTS_PROGRAM, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t length = fread(g_output, 1, sizeof g_output - 1, pipe);
    g_output[length] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static uint32_t count_lines(void) {
    uint32_t lines = 0;
    for (const char *at = g_output; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    return lines;
}

static void usage_errors_are_one_line_on_stderr_and_exit_2(void **state) {
    (void)state;
    static const char *const arguments[] = {
        "",
        "--connect nowhere",
        "--connect 127.0.0.1:1 --behaviour fly",
        "--connect 127.0.0.1:1 -c 0",
        "--connect 127.0.0.1:1 --no-such-flag",
    };
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        char line[256];
        snprintf(line, sizeof line, "%s 2>&1 >/dev/null", arguments[i]);
        assert_int_equal(run(line), 2);
        assert_int_equal(count_lines(), 1);
        assert_int_equal(strncmp(g_output, "tickstorm-bots: ", 16), 0);
    }
}

static void help_and_version_exit_0(void **state) {
    (void)state;
    assert_int_equal(run("--help"), 0);
    assert_non_null(strstr(g_output, "--connect HOST:PORT"));
    assert_non_null(strstr(g_output, "Exit codes:"));
    assert_int_equal(run("--version"), 0);
    assert_non_null(strstr(g_output, "tickstorm-bots"));
}

static void a_missing_server_is_one_line_and_exit_1(void **state) {
    (void)state;
    const char *line = "--connect 127.0.0.1:9 -d 60s --connect-timeout 300ms --quiet 2>&1";
    assert_int_equal(run(line), 1);
    assert_int_equal(count_lines(), 1);
    assert_non_null(strstr(g_output, "nobody answered at 127.0.0.1:9 within "));
    assert_non_null(strstr(g_output, " s: is the server running, and is this its port?"));
}

static void a_host_without_address_is_one_line_and_exit_1(void **state) {
    (void)state;
    assert_int_equal(run("--connect no..such..host:7777 2>&1"), 1);
    assert_int_equal(count_lines(), 1);
}

static void json_on_stdout_is_the_only_output_there(void **state) {
    (void)state;
    const char *line = "--connect 127.0.0.1:9 -d 60s --connect-timeout 300ms --json - 2>/dev/null";
    assert_int_equal(run(line), 1);
    json_error_t error;
    json_t *root = json_loads(g_output, 0, &error);
    assert_non_null(root);
    assert_true(json_is_false(json_object_get(root, "passed")));
    json_decref(root);
}

static void a_report_that_cannot_be_written_fails_the_run(void **state) {
    (void)state;
    const char *line = "--connect 127.0.0.1:9 --connect-timeout 300ms -q "
                       "--json /no/such/place/report.json 2>&1";
    assert_int_equal(run(line), 1);
    assert_int_equal(count_lines(), 1); // before the first bot
    assert_non_null(strstr(g_output, "cannot write '/no/such/place/report.json'"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors_are_one_line_on_stderr_and_exit_2),
        cmocka_unit_test(help_and_version_exit_0),
        cmocka_unit_test(a_missing_server_is_one_line_and_exit_1),
        cmocka_unit_test(a_host_without_address_is_one_line_and_exit_1),
        cmocka_unit_test(json_on_stdout_is_the_only_output_there),
        cmocka_unit_test(a_report_that_cannot_be_written_fails_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
