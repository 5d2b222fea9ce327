// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/output_file.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/number_text.h"
#include "tools/swarm/run.h"
#include "tools/swarm/search/search_plan.h"

// ------------------------------------------------------------------ the search

void search_run(const SearchOptions *options, const SearchRunner *runner, SearchResult *result) {
    SearchPlan plan = search_plan_make((uint32_t)options->first, (uint32_t)options->max,
                                       options->precision_percent / 100);
    *result = (SearchResult){.end = SEARCH_FOUND};
    uint32_t bots;
    while ((bots = search_plan_next(&plan)) != 0 && result->step_count < SEARCH_STEPS_MAX) {
        SearchStep *step = &result->steps[result->step_count];
        if (!runner->try_bots(runner->user, bots, plan.doubt != 0, step, &result->end,
                              &result->problem)) {
            break;
        }
        result->step_count++;
        search_plan_note(&plan, step->verdict == SEARCH_HELD);
    }
    result->held = plan.held;
    result->failed = plan.failed;
    if (result->end == SEARCH_FOUND && plan.failed == 0) {
        result->end = SEARCH_NO_LIMIT;
    }
}

ExitCode search_result_exit_code(const SearchResult *result) {
    switch (result->end) {
    case SEARCH_FOUND:
    case SEARCH_NO_LIMIT:
        return result->held > 0 ? EXIT_CODE_OK : EXIT_CODE_THRESHOLD;
    case SEARCH_INTERRUPTED:
        return EXIT_CODE_INTERRUPTED;
    case SEARCH_NO_ANSWER:
        break;
    }
    return EXIT_CODE_FAILED;
}

// ------------------------------------------------------------------ a step with real bots

// So many runs in a row that measure nothing, and the server is not only too slow but gone: a
// number, its repetition, and a smaller one.
#define PROBLEMS_MAX 3

typedef struct Search {
    SearchOptions options;
    uint32_t cpu_count;
    bool is_quiet; // as asked for; the runs show nothing where nobody watches them either
    uint32_t runs;
    uint32_t problems; // runs in a row for which no server was there
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

static bool try_real_bots(void *user, uint32_t bots, bool is_repeat, SearchStep *step,
                          SearchEnd *end, const char **problem) {
    Search *search = user;
    RunResult result;
    // Between two runs the server sees the bots of the run before leave.
    if (search->runs++ > 0 && interrupt_wait(search->options.cool_down_ns)) {
        *end = SEARCH_INTERRUPTED;
        return false;
    }
    search_options_set_bots(&search->options, bots, search->cpu_count);
    run_load(&search->options.run, &result);
    const bool is_interrupted = result.code == EXIT_CODE_INTERRUPTED;
    const bool has_problem = !result.has_report || result.problem[0] != '\0';
    const bool has_no_server =
        has_problem && !result.is_generators_fault && !(result.has_report && result.total->ok > 0);
    const bool is_broken = has_no_server || result.is_generators_fault;
    search->problems = has_no_server ? search->problems + 1 : 0;
    const bool is_gone = has_no_server && (search->runs == 1 || search->problems == PROBLEMS_MAX);
    if (is_interrupted) {
        *end = SEARCH_INTERRUPTED;
    } else if (is_gone) {
        *end = SEARCH_NO_ANSWER;
        snprintf(search->problem, sizeof search->problem, "%s", result.problem);
        *problem = search->problem;
    } else {
        *step = is_broken ? search_step_make_broken(result.problem, result.is_generators_fault,
                                                    bots, is_repeat)
                          : search_step_make(&result.report, bots, is_repeat);
        if (!search->is_quiet) {
            report_step(step);
        }
    }
    run_result_free(&result);
    return !is_interrupted && !is_gone;
}

// ------------------------------------------------------------------ the command

static void complain(const char *path) {
    log_print_line("%s: cannot write '%s': %s", SEARCH_OPTIONS.program, path, strerror(errno));
}

static bool write_json(const SearchResult *result, const SearchOptions *options) {
    json_t *root = search_result_to_json(result, options);
    const bool is_written =
        json_u64_write_file(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9), options->json);
    if (!is_written) {
        complain(options->json);
    }
    json_decref(root);
    return is_written;
}

ExitCode search_main(int argc, char **argv) {
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
    search_run(options, &runner, &result);
    if (result.end == SEARCH_NO_ANSWER && result.step_count == 0) {
        log_print_line("tickstorm-bots search: %s", result.problem);
        return EXIT_CODE_FAILED;
    }
    // The file first: it must not depend on a reader of the rest.
    exit_deadline_set(SEARCH_OPTIONS.program, EXIT_CODE_FAILED);
    const bool is_written = options->json == NULL || write_json(&result, options);
    FILE *stream = output_file_is_stdout(options->json) ? log_stream_open() : stdout;
    if (stream != NULL) {
        log_flush(); // what stands on the terminal is told first
        search_result_print(stream, &result, options);
    }
    if (stream != NULL && stream != stdout) {
        fclose(stream);
    }
    return is_written ? search_result_exit_code(&result) : EXIT_CODE_FAILED;
}
