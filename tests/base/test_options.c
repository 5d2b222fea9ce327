// SPDX-License-Identifier: MIT
#include "base/options.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/option_field.h"
#include "base/option_round_trip.h"
#include "support.h"

typedef struct Sample {
    const char *config;
    const char *name;
    const char *format;
    uint64_t port;
    uint64_t duration_ns;
    double rate;
    double loss;
    double angle;
    uint64_t pause_ns;
    OptionalCount seed;
    bool is_quiet;
    OptionList stages;
} Sample;

static bool check_stage(const char *text, char *problem, size_t problem_size) {
    const bool is_good = strchr(text, ':') != NULL;
    snprintf(problem, problem_size, "'%s' has no colon", text);
    return is_good;
}

static const Option g_rows[] = {
    OPTION_ROW_TEXT(Sample, config, .name = "config", .names_options_file = true,
                    .value_name = "FILE", .help = "File"),
    OPTION_ROW_TEXT(Sample, name, .name = "name", .short_name = 'n', .section = "game",
                    .default_value = "anon", .value_name = "NAME", .help = "Name"),
    OPTION_ROW_CHOICE(Sample, format, .name = "format", .section = "log", .default_value = "text",
                      .value_name = "F", .choices = "text|json", .help = "Format"),
    OPTION_ROW_COUNT(Sample, port, .name = "port", .short_name = 'p', .section = "server",
                     .default_value = "7777", .max = 65535, .value_name = "N", .help = "Port"),
    OPTION_ROW_DURATION(Sample, duration_ns, .name = "duration", .short_name = 'd',
                        .section = "game", .default_value = "1m", .min = 0.1, .max = 3600,
                        .value_name = "T", .help = "Duration"),
    OPTION_ROW_RATE(Sample, rate, .name = "spawn-rate", .short_name = 'r', .section = "game",
                    .value_name = "N/s", .help = "R"),
    OPTION_ROW_PERCENT(Sample, loss, .name = "loss", .section = "game", .max = 100,
                       .value_name = "P%", .help = "Loss"),
    OPTION_ROW_NUMBER(Sample, angle, .name = "angle", .section = "game", .min = -360, .max = 360,
                      .value_name = "A", .help = "A"),
    OPTION_ROW_DURATION(Sample, pause_ns, .name = "pause", .section = "game", .value_name = "T",
                        .help = "P"),
    OPTION_ROW_OPTIONAL_COUNT(Sample, seed, .name = "seed", .section = "log", .value_name = "N",
                              .help = "S"),
    OPTION_ROW_FLAG(Sample, is_quiet, .name = "quiet", .short_name = 'q', .section = "game",
                    .help = "Q"),
    OPTION_ROW_LIST(Sample, stages, .name = "stage", .section = "game", .check = check_stage,
                    .value_name = "T:N", .help = "Stage"),
};

static const char *const g_other_keys[] = {"bots.count", "bots.ramp", "game.mode", NULL};

static const OptionTable g_table = {
    .program = "sample",
    .summary = "a sample",
    .usage = "[OPTION]...",
    .rows = g_rows,
    .count = sizeof g_rows / sizeof *g_rows,
    .other_keys = g_other_keys,
};

static Sample g_sample;

static OptionsResult parse(const char *const *arguments) {
    char *argv[16] = {(char *)(uintptr_t) "sample"};
    int argc = 1;
    for (; arguments[argc - 1] != NULL; argc++) {
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    }
    memset(&g_sample, 0, sizeof g_sample);
    return options_parse(&g_table, &g_sample, argc, argv, NULL);
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

// Writes a configuration file and parses with it.
static OptionsResult parse_file(const char *text, const char *more) {
    char path[] = "/tmp/tickstorm-options-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    const OptionsResult result = PARSE("--config", path, more);
    unlink(path);
    return result;
}

static void defaults_hold_without_any_source(void **state) {
    (void)state;
    assert_int_equal(parse((const char *const[]){NULL}), OPTIONS_RUN);
    assert_string_equal(g_sample.name, "anon");
    assert_int_equal(g_sample.port, 7777);
    assert_int_equal(g_sample.duration_ns, 60 * NS_PER_S);
    assert_false(g_sample.is_quiet);
}

static void flags_are_understood_in_every_spelling(void **state) {
    (void)state;
    assert_int_equal(PARSE("--port=80", "-d", "50m30s", "-r", "200/s", "--loss", "2.5%", "-q",
                           "--stage", "10s:5", "--stage", "1m:50"),
                     OPTIONS_RUN);
    assert_int_equal(g_sample.port, 80);
    assert_int_equal(g_sample.duration_ns, 3030 * NS_PER_S);
    assert_true(g_sample.rate == 200 && g_sample.loss == 2.5 && g_sample.is_quiet);
    assert_int_equal(g_sample.stages.count, 2);
    assert_string_equal(g_sample.stages.items[1], "1m:50");
}

static void a_flag_is_true_or_false_in_every_word_for_it(void **state) {
    (void)state;
    static const char *const TRUE_WORDS[] = {"true", "TRUE", "1", "yes", "Yes", "on", "ON"};
    static const char *const FALSE_WORDS[] = {"false", "False", "0", "no", "NO", "off", "Off"};
    static const char *const NO_WORDS[] = {"", "2", "y", "truee", "tru", "01", "of", "-1"};
    char argument[32];
    for (size_t i = 0; i < 7; i++) {
        snprintf(argument, sizeof argument, "--quiet=%s", TRUE_WORDS[i]);
        assert_int_equal(PARSE(argument), OPTIONS_RUN);
        assert_true(g_sample.is_quiet);
        snprintf(argument, sizeof argument, "--quiet=%s", FALSE_WORDS[i]);
        assert_int_equal(PARSE("-q", argument), OPTIONS_RUN);
        assert_false(g_sample.is_quiet);
    }
    for (size_t i = 0; i < sizeof NO_WORDS / sizeof *NO_WORDS; i++) {
        snprintf(argument, sizeof argument, "--quiet=%s", NO_WORDS[i]);
        assert_int_equal(PARSE(argument), OPTIONS_ERROR);
    }
}

static void arguments_that_are_not_options_keep_their_order(void **state) {
    (void)state;
    char *argv[] = {"sample", "one", "--port", "5", "two", "-q", "--", "--three", "-", NULL};
    OptionArguments positionals = {0};
    memset(&g_sample, 0, sizeof g_sample);
    assert_int_equal(options_parse(&g_table, &g_sample, 9, argv, &positionals), OPTIONS_RUN);
    assert_int_equal(positionals.count, 4);
    static const char *const KEPT[] = {"one", "two", "--three", "-"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(positionals.items[i], KEPT[i]);
    }
    assert_int_equal(g_sample.port, 5);
    assert_true(g_sample.is_quiet);
}

static void a_list_that_is_parsed_again_is_replaced(void **state) {
    (void)state;
    char *argv[] = {"sample", "--stage", "1s:1", "--stage", "2s:2", NULL};
    memset(&g_sample, 0, sizeof g_sample);
    for (int i = 0; i < 3; i++) { // a reload
        assert_int_equal(options_parse(&g_table, &g_sample, 5, argv, NULL), OPTIONS_RUN);
        assert_int_equal(g_sample.stages.count, 2);
    }
}

static void keys_of_another_program_are_skipped(void **state) {
    (void)state;
    assert_int_equal(parse_file("[bots]\ncount = 5\nramp = x\n[server]\nport = 9\n", NULL),
                     OPTIONS_RUN);
    assert_int_equal(g_sample.port, 9);
    assert_int_equal(parse_file("[game]\nmode = x\nname = n\n", NULL), OPTIONS_RUN);
    assert_int_equal(parse_file("[bots]\ncoun = 5\n", NULL), OPTIONS_ERROR);
    assert_int_equal(parse_file("[bots]\nmode = 5\n", NULL), OPTIONS_ERROR); // of [game]
    assert_int_equal(parse_file("[bot]\ncount = 5\n", NULL), OPTIONS_ERROR);
    assert_int_equal(parse_file("[botsy]\ncount = 5\n", NULL), OPTIONS_ERROR);
}

static void a_check_applies_to_its_own_row_alone(void **state) {
    (void)state;
    assert_int_equal(PARSE("--stage", "10s"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--stage", "10s:1"), OPTIONS_RUN);
    assert_int_equal(PARSE("--name", "without", "--config", "/dev/null"), OPTIONS_RUN);
}

// Options of two sides, and one that both allow.
static const Option g_side_rows[] = {
    OPTION_ROW_COUNT(Sample, port, .name = "port", .section = "s", .side = OPTION_SIDE_A,
                     .default_value = "7", .value_name = "N", .help = "Port"),
    OPTION_ROW_TEXT(Sample, name, .name = "name", .section = "s", .side = OPTION_SIDE_A,
                    .value_name = "N", .help = "Name"),
    OPTION_ROW_LIST(Sample, stages, .name = "stage", .section = "s", .side = OPTION_SIDE_B,
                    .value_name = "N", .help = "Stage"),
    OPTION_ROW_FLAG(Sample, is_quiet, .name = "quiet", .section = "s", .help = "Quiet"),
};

static const OptionTable g_side_table = {
    .program = "sides",
    .summary = "options that exclude each other",
    .usage = "[OPTION]...",
    .rows = g_side_rows,
    .count = sizeof g_side_rows / sizeof *g_side_rows,
};

static void the_side_of_the_stronger_source_counts_and_defaults_stay(void **state) {
    (void)state;
    char *staged[] = {"sides", "--stage", "1s:1", NULL};
    char *named[] = {"sides", "--name", "n", NULL};
    setenv("TICKSTORM_S_NAME", "weaker", 1);
    setenv("TICKSTORM_S_STAGE", "2s:2", 1);
    setenv("TICKSTORM_S_QUIET", "true", 1);
    memset(&g_sample, 0, sizeof g_sample);
    assert_int_equal(options_parse(&g_side_table, &g_sample, 3, staged, NULL), OPTIONS_RUN);
    assert_null(g_sample.name);
    assert_int_equal(g_sample.stages.count, 1);
    assert_int_equal(g_sample.port, 7);
    assert_true(g_sample.is_quiet);
    memset(&g_sample, 0, sizeof g_sample);
    assert_int_equal(options_parse(&g_side_table, &g_sample, 3, named, NULL), OPTIONS_RUN);
    assert_string_equal(g_sample.name, "n");
    assert_int_equal(g_sample.stages.count, 0);
    memset(&g_sample, 0, sizeof g_sample);
    assert_int_equal(options_parse(&g_side_table, &g_sample, 1, staged, NULL), OPTIONS_RUN);
    assert_string_equal(g_sample.name, "weaker"); // equal sources: the caller decides
    assert_int_equal(g_sample.stages.count, 1);
    unsetenv("TICKSTORM_S_NAME");
    unsetenv("TICKSTORM_S_STAGE");
    unsetenv("TICKSTORM_S_QUIET");
}

static void a_copied_option_changes_its_own_field_alone(void **state) {
    (void)state;
    Sample from;
    memset(&from, 0x5a, sizeof from);
    for (size_t i = 0; i < g_table.count; i++) {
        Sample to = {0};
        Sample wanted = {0};
        const size_t start = g_rows[i].offset;
        size_t end = sizeof to; // where the next field begins
        for (size_t k = 0; k < g_table.count; k++) {
            end = g_rows[k].offset > start && g_rows[k].offset < end ? g_rows[k].offset : end;
        }
        option_copy(&g_rows[i], &to, &from);
        const size_t size = g_rows[i].type == OPTION_FLAG ? sizeof(bool) : end - start;
        memset((char *)&wanted + start, 0x5a, size);
        assert_memory_equal(&to, &wanted, sizeof to);
    }
}

static void a_duration_is_written_in_its_shortest_exact_form(void **state) {
    (void)state;
    static const struct {
        uint64_t ns;
        const char *text;
    } DURATIONS[] = {
        {0, "0s"},
        {1, "0.000000001s"},
        {NS_PER_MS, "1ms"},
        {NS_PER_MS + 1, "0.001000001s"},
        {NS_PER_S, "1s"},
        {NS_PER_S + 1, "1.000000001s"},
        {90 * NS_PER_S + 250 * NS_PER_MS, "90250ms"},
    };
    const Option option = {.name = "d", .type = OPTION_DURATION};
    for (size_t i = 0; i < sizeof DURATIONS / sizeof *DURATIONS; i++) {
        char text[OPTION_FORMAT_BYTES];
        uint64_t ns = 7;
        option_format(&option, &DURATIONS[i].ns, text, sizeof text);
        assert_string_equal(text, DURATIONS[i].text);
        assert_true(parse_duration_ns(text, &ns));
        assert_int_equal(ns, DURATIONS[i].ns);
    }
}

static void a_range_is_explained_up_to_bounds_worth_naming(void **state) {
    (void)state;
    static const struct {
        Option option;
        const char *text;
    } RANGES[] = {
        {{.type = OPTION_COUNT, .min = 0, .max = 65535}, " (0 to 65535)"},
        {{.type = OPTION_COUNT, .min = 1, .max = 1e9}, " (1 to 1000000000)"},
        {{.type = OPTION_COUNT, .min = 1, .max = 1.1e9}, " (1 or more)"},
        {{.type = OPTION_COUNT, .min = 0, .max = 1.1e9}, ""},
        {{.type = OPTION_COUNT}, ""},
        {{.type = OPTION_DURATION, .min = 0.1, .max = 60}, " (0.1 to 60 s)"},
        {{.type = OPTION_DURATION, .min = 2, .max = 1e10}, " (2 s or more)"},
        {{.type = OPTION_FLAG, .min = 0, .max = 1}, ""},
        {{.type = OPTION_CHOICE, .choices = "a|b"}, " (one of a|b)"},
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        char text[96] = "left over";
        option_explain_range(&RANGES[i].option, text, sizeof text);
        assert_string_equal(text, RANGES[i].text);
    }
}

static void values_out_of_range_are_refused(void **state) {
    (void)state;
    assert_int_equal(PARSE("--port", "65536"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--duration", "2h"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--loss", "101%"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--format", "xml"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--format", "tex"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--format", "text|json"), OPTIONS_ERROR);
}

static void unknown_and_incomplete_flags_are_refused(void **state) {
    (void)state;
    assert_int_equal(PARSE("--prt", "1"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--port"), OPTIONS_ERROR);
    assert_int_equal(PARSE("-x"), OPTIONS_ERROR);
    assert_int_equal(PARSE("stray"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--port", ""), OPTIONS_ERROR);
    assert_int_equal(PARSE("--port", "-1"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--", "--port", "1"), OPTIONS_ERROR);
    assert_int_equal(PARSE("--port", "1", "--"), OPTIONS_RUN);
}

static void a_flag_beats_the_environment_beats_the_file(void **state) {
    (void)state;
    const char *file = "[server]\nport = 1000\n[game]\nname = filed\nquiet = true\n";
    assert_int_equal(parse_file(file, NULL), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 1000);
    assert_string_equal(g_sample.name, "filed");
    assert_true(g_sample.is_quiet);
    setenv("TICKSTORM_SERVER_PORT", "2000", 1);
    assert_int_equal(parse_file(file, NULL), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 2000);
    assert_int_equal(parse_file(file, "--port=3000"), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 3000);
    setenv("TICKSTORM_SERVER_PORT", "lots", 1);
    assert_int_equal(parse_file(file, NULL), OPTIONS_ERROR);
    unsetenv("TICKSTORM_SERVER_PORT");
}

static void only_the_winning_value_is_checked(void **state) {
    (void)state;
    const char *file = "[server]\nport = many\n[game]\nloss = most\nstage = bad\n";
    setenv("TICKSTORM_SERVER_PORT", "tcp://10.96.12.7:7777", 1);
    assert_int_equal(PARSE("--port", "7777"), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 7777);
    assert_int_equal(parse_file(file, "--port=7777"), OPTIONS_ERROR); // loss
    setenv("TICKSTORM_GAME_LOSS", "3%", 1);
    assert_int_equal(parse_file(file, "--port=7777"), OPTIONS_ERROR); // stage
    setenv("TICKSTORM_GAME_STAGE", "1s:1, 2s:2 ,,", 1);
    assert_int_equal(parse_file(file, "--port=7777"), OPTIONS_RUN);
    assert_true(g_sample.loss == 3);
    assert_int_equal(g_sample.stages.count, 2);
    assert_string_equal(g_sample.stages.items[0], "1s:1");
    assert_string_equal(g_sample.stages.items[1], "2s:2");
    assert_int_equal(parse_file(file, NULL), OPTIONS_ERROR); // the variable wins, and is bad
    assert_int_equal(PARSE("--port", "many", "--port", "80"), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 80);
    assert_int_equal(PARSE("--port", "80", "--port", "many"), OPTIONS_ERROR);
    unsetenv("TICKSTORM_SERVER_PORT");
    unsetenv("TICKSTORM_GAME_LOSS");
    unsetenv("TICKSTORM_GAME_STAGE");
}

static void a_malformed_file_is_refused_even_where_it_is_overridden(void **state) {
    (void)state;
    assert_int_equal(parse_file("[server]\nport = many\n", "--port=1"), OPTIONS_RUN);
    assert_int_equal(parse_file("[server]\nport\n", "--port=1"), OPTIONS_ERROR);
    assert_int_equal(parse_file("[server]\nport = 2\nport = 3\n", "--port=1"), OPTIONS_ERROR);
    assert_int_equal(parse_file("[server]\nprot = 2\n", "--port=1"), OPTIONS_ERROR);
}

static void a_bad_winning_variable_is_named(void **state) {
    (void)state;
    char problem[512];
    char *arguments[] = {"sample"};
    setenv("TICKSTORM_SERVER_PORT", "tcp://10.96.12.7\n:7777", 1);
    assert_int_equal(
        options_parse_quietly(&g_table, &g_sample, 1, arguments, problem, sizeof problem),
        OPTIONS_ERROR);
    unsetenv("TICKSTORM_SERVER_PORT");
    assert_string_equal(problem, "TICKSTORM_SERVER_PORT: 'tcp://10.96.12.7?:7777' is not a whole "
                                 "number (0 to 65535)");
}

static void an_empty_variable_counts_as_unset(void **state) {
    (void)state;
    static const char *const NAMES[] = {"TICKSTORM_SERVER_PORT", "TICKSTORM_GAME_NAME",
                                        "TICKSTORM_GAME_QUIET",  "TICKSTORM_GAME_STAGE",
                                        "TICKSTORM_LOG_FORMAT",  "TICKSTORM_GAME_DURATION"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        setenv(NAMES[i], "", 1);
    }
    assert_int_equal(parse_file("[server]\nport = 5\n[game]\nstage = 1s:1\n", NULL), OPTIONS_RUN);
    assert_int_equal(g_sample.port, 5);
    assert_string_equal(g_sample.name, "anon");
    assert_int_equal(g_sample.stages.count, 1);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        unsetenv(NAMES[i]);
    }
}

static void a_list_is_replaced_by_the_stronger_source(void **state) {
    (void)state;
    const char *file = "[game]\nstage = 1s:1\nstage = 2s:2\n";
    assert_int_equal(parse_file(file, NULL), OPTIONS_RUN);
    assert_int_equal(g_sample.stages.count, 2);
    assert_int_equal(parse_file(file, "--stage=3s:3"), OPTIONS_RUN);
    assert_int_equal(g_sample.stages.count, 1);
    assert_string_equal(g_sample.stages.items[0], "3s:3");
}

static void a_bad_file_is_refused(void **state) {
    (void)state;
    assert_int_equal(PARSE("--config", "/nonexistent/file.ini"), OPTIONS_ERROR);
    assert_int_equal(parse_file("[server]\nprot = 1\n", NULL), OPTIONS_ERROR);
    assert_int_equal(parse_file("[game]\nport = 1\n", NULL), OPTIONS_ERROR); // wrong section
    assert_int_equal(parse_file("[server]\nport = many\n", NULL), OPTIONS_ERROR);
    assert_int_equal(parse_file("[server\nport = 1\n", NULL), OPTIONS_ERROR);
}

// The error about a file with this text, without the file's name.
static const char *problem_of_file(const char *text) {
    static char problem[512];
    char path[] = "/tmp/tickstorm-test-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    char *arguments[] = {"sample", "--config", path};
    assert_int_equal(
        options_parse_quietly(&g_table, &g_sample, 3, arguments, problem, sizeof problem),
        OPTIONS_ERROR);
    unlink(path);
    assert_null(strchr(problem, '\n'));
    assert_int_equal(strncmp(problem, path, strlen(path)), 0);
    return problem + strlen(path);
}

static void the_first_bad_line_of_a_file_is_reported_with_its_number(void **state) {
    (void)state;
    assert_string_equal(problem_of_file("[server]\n; fine\nport = many\nport = 1\nprot = 2\n"),
                        ":3: port: 'many' is not a whole number (0 to 65535)");
    assert_string_equal(problem_of_file("[server]\nprot = 1\nport = many\n"),
                        ":2: unknown key 'prot' in section [server] (did you mean 'port'?)");
    assert_string_equal(problem_of_file("[server]\nport = 1\nnonsense\nport = many\n"),
                        ":3: not a key = value line");
    assert_string_equal(problem_of_file("[server]\nport = 1\n\nport = 1\n"),
                        ":4: 'port' is set already in line 2");
    assert_string_equal(problem_of_file("\nport = 1\n"),
                        ":2: 'port' stands before the first [section]");
    assert_string_equal(problem_of_file("[servr]\nport = 1\n"),
                        ":1: unknown section [servr] (did you mean 'server'?)");
    assert_string_equal(problem_of_file("[game]\nport = 1\n"),
                        ":2: 'port' belongs to section [server], not to [game]");
    assert_string_equal(problem_of_file("[game]\nconfig = x\n"),
                        ":2: 'config' is for the command line alone");
}

static void the_first_of_several_bad_lines_is_reported(void **state) {
    (void)state;
    assert_string_equal(problem_of_file("[server]\nport = 1\nport = 1\nprot = 2\n"),
                        ":3: 'port' is set already in line 2");
    assert_string_equal(problem_of_file("[servr]\nport = 1\n[serve]\n"),
                        ":1: unknown section [servr] (did you mean 'server'?)");
    assert_string_equal(problem_of_file("[server]\nprot = 1\n[nothing]\n"),
                        ":2: unknown key 'prot' in section [server] (did you mean 'port'?)");
}

static void a_directory_is_refused_as_a_file(void **state) {
    (void)state;
    char problem[512];
    char *arguments[] = {"sample", "--config", "/tmp"};
    assert_int_equal(
        options_parse_quietly(&g_table, &g_sample, 3, arguments, problem, sizeof problem),
        OPTIONS_ERROR);
    assert_non_null(strstr(problem, "'/tmp'"));
    assert_null(strchr(problem, '\n'));
}

static void a_successful_quiet_parse_clears_the_problem(void **state) {
    (void)state;
    char problem[512] = "left over";
    char *arguments[] = {"sample", "--port", "99"};
    memset(&g_sample, 0, sizeof g_sample);
    assert_int_equal(
        options_parse_quietly(&g_table, &g_sample, 3, arguments, problem, sizeof problem),
        OPTIONS_RUN);
    assert_string_equal(problem, "");
    char text[OPTION_FORMAT_BYTES];
    for (size_t i = 0; i < g_table.count; i++) {
        if (strcmp(g_table.rows[i].name, "port") == 0) {
            option_format(&g_table.rows[i], &g_sample, text, sizeof text);
            assert_string_equal(text, "99");
        }
    }
}

static void durations_are_understood(void **state) {
    (void)state;
    uint64_t ns;
    assert_true(parse_duration_ns("250ms", &ns) && ns == 250 * NS_PER_MS);
    assert_true(parse_duration_ns("90", &ns) && ns == 90 * NS_PER_S);
    assert_true(parse_duration_ns("90s", &ns) && ns == 90 * NS_PER_S);
    assert_true(parse_duration_ns("2m", &ns) && ns == 120 * NS_PER_S);
    assert_true(parse_duration_ns("1h30m", &ns) && ns == 5400 * NS_PER_S);
    assert_true(parse_duration_ns("1.5s", &ns) && ns == 1500 * NS_PER_MS);
    assert_true(parse_duration_ns("0.000000001", &ns) && ns == 1);
    assert_true(parse_duration_ns("8640000.123456789s", &ns) && ns == 8640000123456789ull);
    assert_true(parse_duration_ns("1000000000s", &ns) && ns == 1000000000 * NS_PER_S);
    assert_true(parse_duration_ns("1m30.5s20us3ns", &ns) && ns == 90500020003ull);
    const char *const bad[] = {"",
                               "s",
                               "-1s",
                               "+1s",
                               "5x",
                               "1s 2s",
                               "nan",
                               "inf",
                               "1e3s",
                               "0x",
                               "0x10s",
                               "0x10",
                               "1000000001s",
                               " 1s",
                               "1s ",
                               "1h30",
                               "1.s",
                               ".5s",
                               "1.5.5",
                               "1,5s",
                               "1e30s",
                               "-0",
                               "99999999999999999999999999h"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(parse_duration_ns(bad[i], &ns));
    }
}

static void counts_rates_and_percentages_are_understood(void **state) {
    (void)state;
    uint64_t count;
    double number;
    assert_true(parse_count("10k", &count) && count == 10000);
    assert_true(parse_count("2M", &count) && count == 2000000);
    assert_false(parse_count("10kk", &count));
    assert_false(parse_count("99999999999999999999", &count));
    assert_false(parse_count("18446744073709551615k", &count));
    assert_true(parse_rate("200/s", &number) && number == 200);
    assert_false(parse_rate("200/m", &number));
    assert_true(parse_percent("5%", &number) && number == 5);
    assert_false(parse_percent("-5%", &number));
    assert_true(parse_count("18446744073709551615", &count) && count == UINT64_MAX);
    const char *const bad[] = {"",    " ",   " 5",  "5 ",    "+5",    "-5",       "-0",  "0x10",
                               "5x",  "nan", "inf", "1e999", "1,5",   "%",        "/s",  "5%%",
                               "5\n", "5kk", ".",   "1e",    "1.2.3", "infinity", "-nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse_count(bad[i], &count) || parse_percent(bad[i], &number) ||
            parse_rate(bad[i], &number)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
    }
    assert_false(parse_count("1e3", &count) || parse_count("1.5", &count));
    assert_true(parse_number("1e3", &number) && number == 1000);
    assert_true(parse_number("-2.5e-1", &number) && number == -0.25);
    assert_true(parse_number("+.5", &number) && number == 0.5);
    assert_false(parse_number("--5", &number) || parse_number("0x10", &number) ||
                 parse_number("nan", &number) || parse_number("1e999", &number));
}

static void a_dumped_configuration_loads_to_the_same_values(void **state) {
    (void)state;
    Rng rng = test_rng();
    assert_options_load_as_dumped(&g_table, sizeof g_sample, &rng, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_without_any_source),
        cmocka_unit_test(flags_are_understood_in_every_spelling),
        cmocka_unit_test(a_flag_is_true_or_false_in_every_word_for_it),
        cmocka_unit_test(arguments_that_are_not_options_keep_their_order),
        cmocka_unit_test(a_list_that_is_parsed_again_is_replaced),
        cmocka_unit_test(keys_of_another_program_are_skipped),
        cmocka_unit_test(a_check_applies_to_its_own_row_alone),
        cmocka_unit_test(the_side_of_the_stronger_source_counts_and_defaults_stay),
        cmocka_unit_test(a_copied_option_changes_its_own_field_alone),
        cmocka_unit_test(a_duration_is_written_in_its_shortest_exact_form),
        cmocka_unit_test(a_range_is_explained_up_to_bounds_worth_naming),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(unknown_and_incomplete_flags_are_refused),
        cmocka_unit_test(a_flag_beats_the_environment_beats_the_file),
        cmocka_unit_test(only_the_winning_value_is_checked),
        cmocka_unit_test(a_malformed_file_is_refused_even_where_it_is_overridden),
        cmocka_unit_test(a_bad_winning_variable_is_named),
        cmocka_unit_test(an_empty_variable_counts_as_unset),
        cmocka_unit_test(a_list_is_replaced_by_the_stronger_source),
        cmocka_unit_test(a_bad_file_is_refused),
        cmocka_unit_test(the_first_bad_line_of_a_file_is_reported_with_its_number),
        cmocka_unit_test(the_first_of_several_bad_lines_is_reported),
        cmocka_unit_test(a_directory_is_refused_as_a_file),
        cmocka_unit_test(a_successful_quiet_parse_clears_the_problem),
        cmocka_unit_test(durations_are_understood),
        cmocka_unit_test(counts_rates_and_percentages_are_understood),
        cmocka_unit_test(a_dumped_configuration_loads_to_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
