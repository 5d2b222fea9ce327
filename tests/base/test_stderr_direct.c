// SPDX-License-Identifier: MIT
#include "base/stderr_direct.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

#define TEXT "the last line\n"

static int g_real_stderr;
static int g_pipe[2];

static int redirect(void **state) {
    (void)state;
    g_real_stderr = dup(STDERR_FILENO);
    return g_real_stderr >= 0 && pipe(g_pipe) == 0 && dup2(g_pipe[1], STDERR_FILENO) >= 0 ? 0 : -1;
}

static int restore(void **state) {
    (void)state;
    dup2(g_real_stderr, STDERR_FILENO);
    close(g_real_stderr);
    close(g_pipe[0]);
    close(g_pipe[1]);
    return 0;
}

static void a_text_is_written_at_once(void **state) {
    (void)state;
    char text[64] = "";
    stderr_direct_write(TEXT);
    assert_int_equal(read(g_pipe[0], text, sizeof text - 1), strlen(TEXT));
    assert_string_equal(text, TEXT);
}

// The pipe is full and stays a blocking one: a write would wait for ever.
static void a_text_is_dropped_when_stderr_is_full(void **state) {
    (void)state;
    static const char fill[4096];
    assert_int_equal(fcntl(g_pipe[1], F_SETFL, O_NONBLOCK), 0);
    while (write(g_pipe[1], fill, sizeof fill) > 0) {
    }
    assert_int_equal(fcntl(g_pipe[1], F_SETFL, 0), 0);
    stderr_direct_write(TEXT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_is_written_at_once, redirect, restore),
        cmocka_unit_test_setup_teardown(a_text_is_dropped_when_stderr_is_full, redirect, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
