// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm_options.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/option_round_trip.h"
#include "support.h"
#include "tools/swarm/search_options.h"

#define ARGUMENTS_MAX 32

static RunSpec g_spec;

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
    return swarm_options_parse(&g_spec, argc, argv, cpu_count);
}

static void only_the_server_is_required(void **state) {
    (void)state;
    assert_int_equal(parse("--connect 127.0.0.1:7777", 2), OPTIONS_RUN);
    assert_string_equal(g_spec.load.host, "127.0.0.1");
    assert_int_equal(g_spec.load.port, 7777);
    assert_int_equal(g_spec.given.bots, 10);
    assert_int_equal(g_spec.given.duration_ns, 30 * NS_PER_S);
    assert_int_equal(g_spec.load.thread_count, 1);
    assert_int_equal(parse("", 2), OPTIONS_ERROR);
}

static void short_and_long_flags_are_read(void **state) {
    (void)state;
    assert_int_equal(parse("--connect localhost:1 -c 4k -d 1m30s -r 500/s --seed 9 --threads 3 "
                           "--input-rate 30 --behaviour crowd --json - -q --no-color",
                           2),
                     OPTIONS_RUN);
    assert_int_equal(g_spec.given.bots, 4000);
    assert_int_equal(g_spec.given.duration_ns, 90 * NS_PER_S);
    assert_true(g_spec.given.spawn_rate_hz == 500);
    assert_true(g_spec.load.input_rate_hz == 30);
    assert_int_equal(g_spec.load.seed, 9);
    assert_int_equal(g_spec.load.thread_count, 3);
    assert_int_equal(g_spec.load.mix.weights[BEHAVIOUR_CROWD], 1);
    assert_string_equal(g_spec.json, "-");
    assert_true(g_spec.is_quiet);
    assert_true(g_spec.has_no_color);
}

static void bad_values_are_usage_errors(void **state) {
    (void)state;
    static const char *const lines[] = {
        "--connect 127.0.0.1",
        "--connect 127.0.0.1:0",
        "--connect 127.0.0.1:70000",
        "--connect ::1:7777",
        "--connect [::1]",
        "--connect [::1",
        "--connect [::1]:0",
        "--connect [127.0.0.1]:7777",
        "--connect [fe80::1]:7777",
        "--connect [zz::1]:7777",
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
        "--connect a:1 -c 1000 -r 10/s -d 2s",
        "--connect a:1 --warmup 5s -d 5s",
        "--connect a:1 --warmup 6s --stage 5s:10",
        "--connect a:1 --abort-on-fail",
        "--connect a:1 --threshold server.overruns==0",
        "--connect a:1 --threshold snapshots.verify_mismatches==0",
        "--connect a:1 --json - --json-stream -",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(lines[i], 2) != OPTIONS_ERROR) {
            fail_msg("'%s' was accepted", lines[i]);
        }
    }
}

static void a_bad_network_is_off_unless_an_option_asks_for_it(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1", 2), OPTIONS_RUN);
    assert_false(g_spec.load.is_impaired);
    assert_int_equal(
        parse("--connect a:1 --latency 80ms --jitter 30ms --loss 5% --dup 1% --reorder 2%", 2),
        OPTIONS_RUN);
    assert_true(g_spec.load.is_impaired);
    assert_int_equal(g_spec.load.impairment.latency_ns, 80 * NS_PER_MS);
    assert_int_equal(g_spec.load.impairment.jitter_ns, 30 * NS_PER_MS);
    assert_true(g_spec.load.impairment.loss == 0.05);
    assert_true(g_spec.load.impairment.duplicate == 0.01);
    assert_true(g_spec.load.impairment.reorder == 0.02);
    static const char *const single[] = {"--latency 1ms", "--jitter 1ms", "--loss 1", "--dup 1",
                                         "--reorder 1"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        char line[64];
        snprintf(line, sizeof line, "--connect a:1 %s", single[i]);
        assert_int_equal(parse(line, 2), OPTIONS_RUN);
        assert_true(g_spec.load.is_impaired);
    }
}

static void threads_follow_from_bots_and_cores(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1 -c 500", 8), OPTIONS_RUN);
    assert_int_equal(g_spec.load.thread_count, 1);
    assert_int_equal(parse("--connect a:1 -c 501", 8), OPTIONS_RUN);
    assert_int_equal(g_spec.load.thread_count, 2);
    assert_int_equal(parse("--connect a:1 -c 60000 -r 10000", 8), OPTIONS_RUN);
    assert_int_equal(g_spec.load.thread_count, 8);
    assert_int_equal(parse("--connect a:1 -c 2 --threads 8", 8), OPTIONS_RUN);
    assert_int_equal(g_spec.load.thread_count, 2);
}

static void stages_replace_the_plain_ramp(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1 -c 1000 -r 200 -d 30s", 2), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 1000);
    assert_int_equal(load_shape_duration_ns(&g_spec.load.shape), 30 * NS_PER_S);
    assert_int_equal(parse("--connect a:1 --stage 10s:500 --stage 1m:2k --stage 5:0", 2),
                     OPTIONS_RUN);
    assert_int_equal(g_spec.load.shape.count, 3);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 2000);
    assert_int_equal(load_shape_duration_ns(&g_spec.load.shape), 75 * NS_PER_S);
    assert_int_equal(g_spec.load.thread_count, 2);
    assert_int_equal(parse("--connect a:1 --stage 10s:0", 2), OPTIONS_ERROR);
    assert_int_equal(parse("--connect a:1 --stage 10s:5 -c 5", 2), OPTIONS_ERROR);
    assert_int_equal(parse("--connect a:1 --stage 10s:5 -d 5s", 2), OPTIONS_ERROR);
    assert_int_equal(parse("--connect a:1 --stage 10s:5 -r 5", 2), OPTIONS_ERROR);
}

static void thresholds_are_read_and_bad_ones_refused(void **state) {
    (void)state;
    assert_int_equal(
        parse("--connect a:1 --threshold connections.dropped==0 --threshold rtt_ms\tp(99)<10 "
              "--abort-on-fail --abort-grace 3s --warmup 2s",
              2),
        OPTIONS_RUN);
    assert_int_equal(g_spec.thresholds.count, 2);
    assert_string_equal(g_spec.thresholds.items[0].metric, "connections.dropped");
    assert_string_equal(g_spec.thresholds.items[1].metric, "rtt_ms");
    assert_true(g_spec.aborts_on_fail);
    assert_int_equal(g_spec.abort_grace_ns, 3 * NS_PER_S);
    assert_int_equal(g_spec.load.warmup_ns, 2 * NS_PER_S);
    assert_int_equal(parse("--connect a:1 --threshold speed>3", 2), OPTIONS_ERROR);
    assert_int_equal(parse("--connect a:1 --threshold rtt_ms", 2), OPTIONS_ERROR);
}

static void files_for_distributions_need_a_known_metric(void **state) {
    (void)state;
    assert_int_equal(parse("--connect a:1 --hdr rtt_ms=a.txt --hdr b.txt --json-stream -", 2),
                     OPTIONS_RUN);
    assert_int_equal(g_spec.hdr.count, 2);
    assert_string_equal(g_spec.json_stream, "-");
    assert_int_equal(parse("--connect a:1 --hdr speed=a.txt", 2), OPTIONS_ERROR);
    assert_int_equal(parse("--connect a:1 --hdr rtt_ms=", 2), OPTIONS_ERROR);
}

// ------------------------------------------------------------------ scenario files

// Parses "--scenario FILE" and more with a file of this text; what is said about it on stderr, from
// the file's name on, is in g_complaint.
static char g_complaint[512];

static OptionsResult parse_scenario(const char *text, const char *more) {
    char path[] = "/tmp/tickstorm-scenario-XXXXXX";
    char line[512];
    const int file = mkstemp(path);
    FILE *complaint = tmpfile();
    assert_true(file >= 0 && complaint != NULL);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    snprintf(line, sizeof line, "--connect a:1 --scenario %s %s", path, more);
    fflush(stderr);
    const int saved = dup(STDERR_FILENO);
    dup2(fileno(complaint), STDERR_FILENO);
    const OptionsResult result = parse(line, 2);
    dup2(saved, STDERR_FILENO);
    close(saved);
    unlink(path);
    rewind(complaint);
    memset(g_complaint, 0, sizeof g_complaint);
    char whole[512] = "";
    whole[fread(whole, 1, sizeof whole - 1, complaint)] = '\0';
    fclose(complaint);
    const char *name = strstr(whole, path);
    snprintf(g_complaint, sizeof g_complaint, "%s", name != NULL ? name + strlen(path) : whole);
    return result;
}

static void a_scenario_sets_the_same_options_as_flags(void **state) {
    (void)state;
    assert_int_equal(parse_scenario("; a scenario\n"
                                    "[load]\nstage = 10s:500\nstage = 20s:500\nwarmup = 10s\n"
                                    "[bots]\nbehaviour = churn=1,hunt=1\nseed = 7\n"
                                    "[network]\nlatency = 40ms\nloss = 2%\n"
                                    "[thresholds]\nthreshold = connections.dropped==0\n"
                                    "threshold = snapshot_gap_ms p(99) < 100 ; honest\n"
                                    "abort-on-fail = true\n",
                                    ""),
                     OPTIONS_RUN);
    assert_int_equal(g_spec.load.shape.count, 2);
    assert_int_equal(g_spec.load.warmup_ns, 10 * NS_PER_S);
    assert_int_equal(g_spec.load.mix.weights[BEHAVIOUR_CHURN], 1);
    assert_int_equal(g_spec.load.seed, 7);
    assert_int_equal(g_spec.load.impairment.latency_ns, 40 * NS_PER_MS);
    assert_int_equal(g_spec.thresholds.count, 2);
    assert_true(g_spec.thresholds.items[1].bound == 100);
    assert_true(g_spec.aborts_on_fail);
}

static void a_flag_beats_the_scenario(void **state) {
    (void)state;
    const char *stages = "[load]\nstage = 10s:500\nstage = 10s:0\n[bots]\nseed = 7\n"
                         "[thresholds]\nthreshold = connections.dropped==0\n";
    const char *plain = "[load]\nbots = 300\nduration = 20s\n";
    assert_int_equal(parse_scenario(stages, "--stage 5s:50 --seed 8"), OPTIONS_RUN);
    assert_int_equal(g_spec.load.shape.count, 1);
    assert_int_equal(g_spec.load.shape.stages[0].target, 50);
    assert_int_equal(g_spec.load.seed, 8);
    assert_int_equal(parse_scenario(stages, "-c 30"), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 30);
    assert_int_equal(parse_scenario(plain, "--stage 5s:50"), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 50);
    assert_int_equal(parse_scenario(plain, "-c 30"), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 30);
    assert_int_equal(load_shape_duration_ns(&g_spec.load.shape), 20 * NS_PER_S);
    assert_int_equal(parse_scenario(stages, "--threshold connections.refused==0"), OPTIONS_RUN);
    assert_int_equal(g_spec.thresholds.count, 1);
    assert_string_equal(g_spec.thresholds.items[0].metric, "connections.refused");
}

static void the_environment_stands_between_scenario_and_flags(void **state) {
    (void)state;
    const char *stages = "[load]\nstage = 10s:500\n";
    setenv("TICKSTORM_LOAD_STAGE", "1s:20, 2s:40", 1);
    assert_int_equal(parse_scenario(stages, ""), OPTIONS_RUN);
    assert_int_equal(g_spec.load.shape.count, 2);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 40);
    assert_int_equal(parse_scenario(stages, "--stage 1s:10"), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 10);
    setenv("TICKSTORM_LOAD_STAGE", "soon", 1);
    assert_int_equal(parse_scenario(stages, "--bots 30"), OPTIONS_RUN); // not judged: -c decides
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 30);
    setenv("TICKSTORM_LOAD_BOTS", "many", 1);
    assert_int_equal(parse_scenario("", "--stage 1s:10"), OPTIONS_RUN);
    assert_int_equal(load_shape_peak(&g_spec.load.shape), 10);
    unsetenv("TICKSTORM_LOAD_BOTS");
    setenv("TICKSTORM_LOAD_STAGE", "1s:20,soon:40", 1);
    assert_int_equal(parse_scenario(stages, ""), OPTIONS_ERROR);
    unsetenv("TICKSTORM_LOAD_STAGE");
}

static void an_error_in_a_scenario_names_file_and_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *start; // of what is said after the file's name
    } cases[] = {
        {"[load]\nbots = 5\nstgae = 1s:5\n",
         ":3: unknown key 'stgae' in section [load] (did you mean 'stage'?)\n"},
        {"[load]\n; fine\n\nstage = 1s\n", ":4: stage: '1s' is not T:N"},
        {"[bots]\nbehaviour = sleep\n", ":2: behaviour: "},
        {"[network]\nloss = 101%\n", ":2: loss: '101%' is not a percentage"},
        {"[thresholds]\nthreshold = connections.dropped==0\nthreshold = speed<3\n",
         ":3: threshold: "},
        {"[load]\nbots = 5\nstage = 1s:5\n", ":3: stage and bots exclude each other\n"},
        {"[load]\nstage = 1s:5\nduration = 5s\n", ":3: stage and duration exclude each other\n"},
        {"[network]\nbots = 5\n", ":2: 'bots' belongs to section [load], not to [network]\n"},
        {"bots\n", ":1: not a key = value line\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(parse_scenario(cases[i].text, ""), OPTIONS_ERROR);
        if (strncmp(g_complaint, cases[i].start, strlen(cases[i].start)) != 0) {
            fail_msg("'%s' gave '%s'", cases[i].text, g_complaint);
        }
    }
}

static void a_dumped_configuration_loads_to_the_same_values(void **state) {
    (void)state;
    Rng rng = test_rng();
    assert_options_load_as_dumped(&SWARM_OPTIONS, sizeof(RunSpec), &rng, 200);
    assert_options_load_as_dumped(&SEARCH_OPTIONS, sizeof(SearchOptions), &rng, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_server_is_required),
        cmocka_unit_test(short_and_long_flags_are_read),
        cmocka_unit_test(bad_values_are_usage_errors),
        cmocka_unit_test(a_bad_network_is_off_unless_an_option_asks_for_it),
        cmocka_unit_test(threads_follow_from_bots_and_cores),
        cmocka_unit_test(stages_replace_the_plain_ramp),
        cmocka_unit_test(thresholds_are_read_and_bad_ones_refused),
        cmocka_unit_test(files_for_distributions_need_a_known_metric),
        cmocka_unit_test(a_scenario_sets_the_same_options_as_flags),
        cmocka_unit_test(a_flag_beats_the_scenario),
        cmocka_unit_test(the_environment_stands_between_scenario_and_flags),
        cmocka_unit_test(an_error_in_a_scenario_names_file_and_line),
        cmocka_unit_test(a_dumped_configuration_loads_to_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
