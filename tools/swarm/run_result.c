// SPDX-License-Identifier: MIT
#include "tools/swarm/run_result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "tools/swarm/report/report_judge.h"

void run_result_init(RunResult *result) {
    ASSERT_MAIN_THREAD();
    *result = (RunResult){.code = EXIT_CODE_FAILED, .total = calloc(1, sizeof *result->total)};
}

void run_result_free(RunResult *result) {
    ASSERT_MAIN_THREAD();
    free(result->total);
    result->total = NULL;
}

void run_result_set_problem(RunResult *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->problem, sizeof result->problem, format, arguments);
    va_end(arguments);
}

// ------------------------------------------------------------------ the problem

// The reason that ended most connections.
static uint32_t main_reason(const Tally *tally) {
    uint32_t reason = REASON_NO_ANSWER;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        reason = tally->bad_ends[i] > tally->bad_ends[reason] ? i : reason;
    }
    return reason;
}

static void explain_all_ended(RunResult *result, const RunSpec *spec, const SwarmOutcome *outcome) {
    if (result->total->ok == 0) {
        run_result_set_problem(result, "%s let no bot in: %s", spec->server,
                               reason_sentence(main_reason(result->total)));
        return;
    }
    const double duration_s = (double)load_shape_duration_ns(&spec->load.shape) / (double)NS_PER_S;
    run_result_set_problem(result, "no bot was left in the game after %.1f of %.1f s",
                           outcome->duration_s, duration_s);
}

// Says why the run ended before its time. No problem when it did not, or was ended on purpose.
static void explain_end(RunResult *result, const RunSpec *spec, const SwarmOutcome *outcome) {
    const Tally *tally = result->total;
    switch (outcome->end) {
    case SWARM_END_NO_START:
        run_result_set_problem(result, "cannot start %u threads: memory or threads are short",
                               spec->load.thread_count);
        break;
    case SWARM_END_OPEN_FAILED:
        run_result_set_problem(
            result, "cannot connect bot %llu of %u: %s",
            (unsigned long long)(tally->attempted + tally->hostile.attempted + 1),
            load_shape_peak(&spec->load.shape), transport_error_text(outcome->open_error));
        break;
    case SWARM_END_NO_ANSWER:
        run_result_set_problem(result,
                               "nobody answered at %s within %.1f s: is the server running, and "
                               "is this its port?",
                               spec->server, outcome->duration_s);
        break;
    case SWARM_END_ALL_ENDED:
        explain_all_ended(result, spec, outcome);
        break;
    case SWARM_END_DURATION:
    case SWARM_END_INTERRUPTED:
    case SWARM_END_ABORTED:
        break;
    }
    result->is_generators_fault =
        outcome->end == SWARM_END_NO_START || outcome->end == SWARM_END_OPEN_FAILED;
}

// ------------------------------------------------------------------ the report

static ReportStages stages_of(const LoadShape *shape) {
    _Static_assert(LOAD_STAGES_MAX <= REPORT_STAGES_MAX, "a report holds every load");
    ReportStages stages = {.count = shape->count};
    for (uint32_t i = 0; i < shape->count; i++) {
        stages.items[i] = (ReportStage){
            .duration_s = (double)shape->stages[i].duration_ns / (double)NS_PER_S,
            .target = shape->stages[i].target,
        };
    }
    return stages;
}

Report run_result_make_report(const RunSpec *spec) {
    ASSERT_MAIN_THREAD();
    const LoadSpec *load = &spec->load;
    return (Report){
        .server_address = spec->server,
        .behaviours = spec->behaviours,
        .seed = load->seed,
        .bots = load_shape_peak(&load->shape),
        .input_rate_hz = load->input_rate_hz,
        .stages = stages_of(&load->shape),
        .warmup_s = (double)load->warmup_ns / (double)NS_PER_S,
        .has_verify = load->wants_verify,
        .impairment = load_spec_impairment(load),
        .thresholds = &spec->thresholds,
        .generator = {.count = 1,
                      .threads = load->thread_count,
                      .cpu_count = uv_available_parallelism()},
    };
}

// Adds the server's own metrics, or the reason for their absence.
static void add_server(RunResult *result, ServerWatch *watch) {
    Report *report = &result->report;
    server_watch_finish(watch);
    report->has_server = server_watch_so_far(watch, &report->server);
    snprintf(result->server_problem, sizeof result->server_problem, "%s", watch->error);
    if (watch->error[0] != '\0') {
        report->server_problem = result->server_problem;
    } else if (!report->has_server) {
        report->server_problem = "the server was restarted during the run";
    }
    server_watch_free(watch);
}

static void add_outcome(Report *report, const SwarmOutcome *outcome) {
    report->duration_s = outcome->duration_s;
    report->measured_s = outcome->measured_s;
    report->was_interrupted = outcome->end == SWARM_END_INTERRUPTED;
    report->was_aborted = outcome->end == SWARM_END_ABORTED;
    report->tick_s = outcome->tick_rate_hz > 0 ? 1.0 / outcome->tick_rate_hz : 0;
    GeneratorUsage *generator = &report->generator;
    generator->cpu_cores = outcome->cpu_cores;
    generator->busiest_thread_cpu = outcome->busiest_thread;
    generator->io_uring_threads = outcome->uring_threads;
    generator->cpu_us_per_bot_s = outcome->cost.cpu_us_per_bot_s;
    generator->rss_bytes = outcome->cost.rss_bytes;
    generator->rss_bytes_per_bot = outcome->cost.rss_bytes_per_bot;
    generator->baseline_bytes_per_bot = outcome->cost.baseline_bytes_per_bot;
}

void run_result_conclude(RunResult *result, const RunSpec *spec, const SwarmOutcome *outcome,
                         ServerWatch *watch) {
    ASSERT_MAIN_THREAD();
    result->report = run_result_make_report(spec);
    result->report.tally = result->total;
    result->has_report = true;
    if (watch != NULL) {
        add_server(result, watch);
    }
    add_outcome(&result->report, outcome);
    explain_end(result, spec, outcome);
    result->report.problem = result->problem[0] != '\0' ? result->problem : NULL;
    report_judge(&result->report);
    result->code = report_exit_code(&result->report);
}

void run_result_conclude_unstarted(RunResult *result, const RunSpec *spec) {
    ASSERT_MAIN_THREAD();
    result->report = run_result_make_report(spec);
    result->report.tally = result->total;
    result->report.problem = result->problem;
    report_judge(&result->report);
    result->has_report = true;
}
