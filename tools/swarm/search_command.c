// SPDX-License-Identifier: MIT
#include "tools/swarm/search_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/thread_role.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/number_text.h"
#include "tools/swarm/run.h"
#include "tools/swarm/search/search.h"
#include "tools/swarm/search_options.h"

// ------------------------------------------------------------------ a step with real bots

// A server that this many runs in a row did not find is gone, not only too slow: the runs are those
// of a number, its repetition, and a smaller number.
#define RUNS_WITHOUT_SERVER_MAX 3

typedef struct Search {
    SearchOptions options;
    uint32_t cpu_count;
    bool is_quiet; // as asked for; off a terminal the runs themselves are quiet too
    uint32_t runs;
    uint32_t runs_without_server; // in a row
    char problem[RUN_PROBLEM_BYTES];
} Search;

static void report_step(const SearchStep *step) {
    if (step->verdict == SEARCH_HELD) {
        log_print_line("%s bots: held", number_text_count(step->bots).text);
    } else {
        log_print_line("%s bots: too many: %s%s", number_text_count(step->bots).text, step->reason,
                       step->is_repeat ? ", once more" : "; once more, to be sure");
    }
}

// The run measured nothing, and this program is not to blame.
static bool has_found_no_server(const RunResult *result) {
    const bool has_problem = !result->has_report || result->problem[0] != '\0';
    const bool has_played = result->has_report && result->total->ok > 0;
    return has_problem && !result->is_generators_fault && !has_played;
}

static SearchStep make_step(const RunResult *result, uint32_t bots, bool is_repeat) {
    if (result->is_generators_fault || has_found_no_server(result)) {
        return search_step_make_broken(result->problem, result->is_generators_fault, bots,
                                       is_repeat);
    }
    return search_step_make(&result->report, bots, is_repeat);
}

// The server is gone: it was not there at first, or not for several runs.
static bool is_gone(Search *search, const RunResult *result) {
    if (!has_found_no_server(result)) {
        search->runs_without_server = 0;
        return false;
    }
    search->runs_without_server++;
    return search->runs == 1 || search->runs_without_server == RUNS_WITHOUT_SERVER_MAX;
}

static bool try_real_bots(void *user, uint32_t bots, bool is_repeat, SearchStep *step,
                          SearchEnd *end, const char **problem) {
    Search *search = user;
    RunResult result;
    // Before the next run, the server sees the bots of the last one leave.
    if (search->runs++ > 0 && interrupt_wait(search->options.search.cool_down_ns)) {
        *end = SEARCH_INTERRUPTED;
        return false;
    }
    search_options_set_bots(&search->options, bots, search->cpu_count);
    run_load(&search->options.run, &result);
    bool goes_on = false;
    if (result.code == EXIT_CODE_INTERRUPTED) {
        *end = SEARCH_INTERRUPTED;
    } else if (is_gone(search, &result)) {
        *end = SEARCH_NO_ANSWER;
        snprintf(search->problem, sizeof search->problem, "%s", result.problem);
        *problem = search->problem;
    } else {
        *step = make_step(&result, bots, is_repeat);
        goes_on = true;
    }
    run_result_free(&result);
    if (goes_on && !search->is_quiet) {
        report_step(step);
    }
    return goes_on;
}

// ------------------------------------------------------------------ the command

static void complain(const char *path) {
    log_print_line("%s: cannot write '%s': %s", SEARCH_OPTIONS.program, path, strerror(errno));
}

static bool write_json(const SearchResult *result, const SearchOptions *options) {
    json_t *root = search_result_to_json(result, &options->search);
    const bool is_written =
        json_u64_write_file(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9), options->json);
    if (!is_written) {
        complain(options->json);
    }
    json_decref(root);
    return is_written;
}

// To standard output, or to standard error when the JSON goes to standard output.
static void print_result(const SearchResult *result, const SearchOptions *options) {
    FILE *stream = output_file_is_stdout(options->json) ? log_stream_open() : stdout;
    if (stream == NULL) {
        return;
    }
    log_flush(); // lines of the log come first on a terminal
    search_result_print(stream, result, &options->search);
    if (stream != stdout) {
        fclose(stream);
    }
}

ExitCode search_command_main(int argc, char **argv) {
    ASSERT_MAIN_THREAD();
    static Search search;
    static SearchResult result;
    const OptionsResult parsed = search_options_parse(&search.options, argc, argv);
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    search.cpu_count = uv_available_parallelism();
    search.is_quiet = search.options.run.is_quiet;
    search.options.run.is_quiet = search.is_quiet || !isatty(STDERR_FILENO);
    const SearchOptions *options = &search.options;
    if (options->json != NULL && !output_file_check(options->json)) {
        complain(options->json);
        return EXIT_CODE_FAILED;
    }
    const SearchRunner runner = {.user = &search, .try_bots = try_real_bots};
    search_run(&options->search, &runner, &result);
    if (result.end == SEARCH_NO_ANSWER && result.step_count == 0) {
        log_print_line("tickstorm-bots search: %s", result.problem);
        return EXIT_CODE_FAILED;
    }
    // The file first: it must not depend on a reader of the table.
    exit_deadline_set(SEARCH_OPTIONS.program, EXIT_CODE_FAILED);
    const bool is_written = options->json == NULL || write_json(&result, options);
    print_result(&result, options);
    return is_written ? search_result_exit_code(&result) : EXIT_CODE_FAILED;
}
