// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm_options.h"

#include <string.h>

#include "base/clock.h"
#include "support.h"

#define ARGUMENTS_MAX 32

static SwarmOptions g_options;

// Parses a command line given as one text, its words separated by blanks.
static OptionsResult parse(const char *line, uint32_t cpu_count) {
    static char copy[512];
    char *argv[ARGUMENTS_MAX] = {"tickstorm-bots"};
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(argc < ARGUMENTS_MAX);
        argv[argc++] = word;
    }
    return swarm_options_parse(&g_options, argc, argv, cpu_count);
}

static void only_the_server_is_required(void **state) {
    (void)state;
    assert_int_equal(parse("--connect 127.0.0.1:7777", 2), OPTIONS_RUN);
    assert_string_equal(g_options.host, "127.0.0.1");
    assert_int_equal(g_options.port, 7777);
    assert_int_equal(g_options.bots, 10);
    assert_int_equal(g_options.duration_ns, 30 * NS_PER_S);
    assert_int_equal(g_options.thread_count, 1);
    assert_int_equal(parse("", 2), OPTIONS_ERROR);
}

static void short_and_long_flags_are_read(void **state) {
    (void)state;
    assert_int_equal(parse("--connect localhost:1 -c 4k -d 1m30s -r 500/s --seed 9 --threads 3 "
                           "--input-rate 30 --behaviour crowd --json - -q --no-color",
                           2),
                     OPTIONS_RUN);
    assert_int_equal(g_options.bots, 4000);
    assert_int_equal(g_options.duration_ns, 90 * NS_PER_S);
    assert_true(g_options.spawn_rate_hz == 500);
    assert_true(g_options.input_rate_hz == 30);
    assert_int_equal(g_options.seed, 9);
    assert_int_equal(g_options.thread_count, 3);
    assert_int_equal(g_options.mix.weights[BEHAVIOUR_CROWD], 1);
    assert_string_equal(g_options.json, "-");
    assert_true(g_options.is_quiet);
    assert_true(g_options.has_no_color);
}

static void bad_values_are_usage_errors(void **state) {
    (void)state;
    static const char *const lines[] = {
        "--connect 127.0.0.1",
        "--connect 127.0.0.1:0",
        "--connect 127.0.0.1:70000",
        "--connect :7777",
        "--connect a:1 -c 0",
        "--connect a:1 -c 70000",
        "--connect a:1 -c many",
        "--connect a:1 -d 0",
        "--connect a:1 -d soon",
        "--connect a:1 -r 0",
        "--connect a:1 --input-rate 0",
        "--connect a:1 --threads 65",
        "--connect a:1 --loss 101%",
        "--connect a:1 --loss -1%",
        "--connect a:1 --dup many",
        "--connect a:1 --latency 11s",
        "--connect a:1 --jitter -1ms",
        "--connect a:1 --behaviour fly",
        "--connect a:1 --behaviour fly=1",
        "--connect a:1 --behaviour wander=0",
        "--connect a:1 --bots",
        "--connect a:1 extra",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(lines[i], 2) != OPTIONS_ERROR) {
            fail_msg("'%s' was accepted", lines[i]);
        }
    }
}

static void a_bad_network_is_read_and_its_absence_too(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1", 2), OPTIONS_RUN);
    assert_false(g_options.is_impaired);
    assert_int_equal(
        parse("--connect a:1 --latency 80ms --jitter 30ms --loss 5% --dup 1% --reorder 2%", 2),
        OPTIONS_RUN);
    assert_true(g_options.is_impaired);
    assert_int_equal(g_options.impairment.latency_ns, 80 * NS_PER_MS);
    assert_int_equal(g_options.impairment.jitter_ns, 30 * NS_PER_MS);
    assert_true(g_options.impairment.loss == 0.05);
    assert_true(g_options.impairment.duplicate == 0.01);
    assert_true(g_options.impairment.reorder == 0.02);
    static const char *const single[] = {"--latency 1ms", "--jitter 1ms", "--loss 1", "--dup 1",
                                         "--reorder 1"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        char line[64];
        snprintf(line, sizeof line, "--connect a:1 %s", single[i]);
        assert_int_equal(parse(line, 2), OPTIONS_RUN);
        assert_true(g_options.is_impaired);
    }
}

static void threads_follow_from_bots_and_cores(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1 -c 1000", 8), OPTIONS_RUN);
    assert_int_equal(g_options.thread_count, 1);
    assert_int_equal(parse("--connect a:1 -c 1001", 8), OPTIONS_RUN);
    assert_int_equal(g_options.thread_count, 2);
    assert_int_equal(parse("--connect a:1 -c 60000", 8), OPTIONS_RUN);
    assert_int_equal(g_options.thread_count, 8);
    assert_int_equal(parse("--connect a:1 -c 2 --threads 8", 8), OPTIONS_RUN);
    assert_int_equal(g_options.thread_count, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_server_is_required),
        cmocka_unit_test(short_and_long_flags_are_read),
        cmocka_unit_test(bad_values_are_usage_errors),
        cmocka_unit_test(a_bad_network_is_read_and_its_absence_too),
        cmocka_unit_test(threads_follow_from_bots_and_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
