// SPDX-License-Identifier: MIT
#include "tools/swarm/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <uv.h>

#include "base/clock.h"
#include "tools/swarm/http_fetch.h"
#include "tools/swarm/live.h"
#include "tools/swarm/summary.h"
#include "tools/swarm/swarm.h"

typedef struct Run {
    const SwarmOptions *options;
    RunResult *result;
    LoadShape shape;
    Live live;
    ServerWatch watch; // when --server-metrics is given
} Run;

static bool uses_color(const SwarmOptions *options, FILE *stream) {
    const char *no_color = getenv("NO_COLOR");
    return !options->has_no_color && (no_color == NULL || *no_color == '\0') &&
           isatty(fileno(stream));
}

static LiveMode live_mode(const SwarmOptions *options) {
    return options->is_quiet ? LIVE_OFF : isatty(STDERR_FILENO) ? LIVE_BLOCK : LIVE_LINES;
}

static void set_problem(RunResult *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_problem(RunResult *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->problem, sizeof result->problem, format, arguments);
    va_end(arguments);
}

// ------------------------------------------------------------------ the end of a run

// The reason that most connections ended for.
static uint32_t main_reason(const Tally *tally) {
    uint32_t reason = REASON_NO_ANSWER;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        reason = tally->bad_ends[i] > tally->bad_ends[reason] ? i : reason;
    }
    return reason;
}

// Why there is nothing to summarise; stays empty when there is something.
static void explain_nothing(const SwarmOptions *options, const SwarmOutcome *outcome,
                            RunResult *result) {
    const Tally *tally = result->total;
    if (outcome->end == SWARM_END_NO_START) {
        set_problem(result, "cannot start %u threads: memory or threads are short",
                    options->thread_count);
    } else if (outcome->end == SWARM_END_OPEN_FAILED) {
        set_problem(result, "cannot connect bot %llu: %s", (unsigned long long)tally->attempted,
                    transport_error_text(outcome->open_error));
    } else if (outcome->end == SWARM_END_NO_ANSWER) {
        set_problem(result, "nobody answered at %s within %.1f s", options->connect,
                    outcome->duration_s);
    } else if (outcome->end == SWARM_END_ALL_ENDED && tally->ok == 0) {
        set_problem(result, "%s let no bot in: %s", options->connect,
                    reason_sentence(main_reason(tally)));
    }
}

static Report make_report(const Run *run, const SwarmOutcome *outcome) {
    const SwarmOptions *options = run->options;
    const ServerWatch *watch = &run->watch;
    return (Report){
        .host = options->host,
        .port = options->port,
        .behaviours = options->behaviour,
        .seed = options->seed,
        .bots = load_shape_peak(&run->shape),
        .threads = options->thread_count,
        .input_rate_hz = options->input_rate_hz,
        .asked_s = (double)load_shape_duration_ns(&run->shape) / (double)NS_PER_S,
        .duration_s = outcome->duration_s,
        .was_interrupted = outcome->end == SWARM_END_INTERRUPTED,
        .cpu_cores = outcome->cpu_cores,
        .cpu_count = uv_available_parallelism(),
        .tick_s = outcome->tick_rate_hz > 0 ? 1.0 / outcome->tick_rate_hz : 0,
        .tally = run->result->total,
        .has_server = watch->has_metrics,
        .server = watch->metrics,
        .has_verify = options->wants_verify,
        .impairment = options->is_impaired ? &options->impairment : NULL,
        .server_problem = watch->error[0] != '\0' ? watch->error : NULL,
    };
}

static void conclude(Run *run, const SwarmOutcome *outcome) {
    RunResult *result = run->result;
    result->report = make_report(run, outcome);
    result->has_report = true;
    report_judge(&result->report);
    explain_nothing(run->options, outcome, result);
    if (result->report.was_interrupted) {
        result->code = EXIT_CODE_INTERRUPTED;
    } else if (report_has_passed(&result->report)) {
        result->code = EXIT_CODE_OK;
    }
}

// ------------------------------------------------------------------ the run

static bool on_progress(void *user, const SwarmProgress *progress) {
    Run *run = user;
    live_update(&run->live, progress);
    return true;
}

static void on_end(void *user) {
    Run *run = user;
    if (run->options->server_metrics != NULL) {
        server_watch_end(&run->watch);
    }
}

static void on_abort(void *user) {
    Run *run = user;
    live_finish(&run->live);
}

static void run_swarm(Run *run, const char *address) {
    const SwarmOptions *options = run->options;
    const SwarmConfig config = {
        .host = address,
        .port = options->port,
        .shape = run->shape,
        .warmup_ns = options->warmup_ns,
        .thread_count = options->thread_count,
        .input_rate_hz = options->input_rate_hz,
        .seed = options->seed,
        .connect_timeout_ns = options->connect_timeout_ns,
        .mix = options->mix,
        .wants_verify = options->wants_verify,
        .is_impaired = options->is_impaired,
        .impairment = options->impairment,
        .user = run,
        .on_progress = on_progress,
        .on_end = on_end,
        .on_abort = on_abort,
    };
    if (options->server_metrics != NULL &&
        !server_watch_start(&run->watch, options->server_metrics)) {
        set_problem(run->result, "cannot read %s: %s", options->server_metrics, run->watch.error);
        return;
    }
    const SwarmOutcome outcome = swarm_run(&config, run->result->total);
    live_finish(&run->live);
    conclude(run, &outcome);
}

// What has to be in place before the first bot; says what is not.
static bool prepare(Run *run, char *address, size_t address_size) {
    const SwarmOptions *options = run->options;
    const uint64_t needed =
        swarm_descriptors_needed(load_shape_peak(&run->shape), options->thread_count);
    uint64_t limit;
    if (!swarm_resolve(options->host, address, address_size)) {
        set_problem(run->result, "'%s' has no IPv4 address", options->host);
        return false;
    }
    if (!swarm_reserve_descriptors(needed, &limit)) {
        set_problem(run->result,
                    "%llu bots need %llu open files, but only %llu are allowed: raise "
                    "the hard limit (ulimit -Hn) or ask for fewer bots",
                    (unsigned long long)load_shape_peak(&run->shape), (unsigned long long)needed,
                    (unsigned long long)limit);
        return false;
    }
    const TransportError error = transport_initialize();
    if (!http_fetch_initialize()) {
        set_problem(run->result, "the HTTP library does not start");
        return false;
    }
    if (error != TRANSPORT_OK) {
        set_problem(run->result, "%s", transport_error_text(error));
        return false;
    }
    return true;
}

void run_load(const SwarmOptions *options, RunResult *result) {
    char address[64];
    *result = (RunResult){.code = EXIT_CODE_FAILED, .total = calloc(1, sizeof(Tally))};
    Run run = {
        .options = options,
        .result = result,
        .shape = options->shape,
    };
    if (!prepare(&run, address, sizeof address)) {
        return;
    }
    if (result->total != NULL &&
        live_init(&run.live, stderr, live_mode(options), uses_color(options, stderr),
                  options->connect, load_shape_peak(&run.shape))) {
        run_swarm(&run, address);
        live_free(&run.live);
    } else {
        set_problem(result, "memory is short");
    }
    http_fetch_deinitialize();
    transport_deinitialize();
}

void run_result_free(RunResult *result) {
    free(result->total);
    result->total = NULL;
}

// ------------------------------------------------------------------ after the run

static bool is_json_on_stdout(const SwarmOptions *options) {
    return options->json != NULL && strcmp(options->json, "-") == 0;
}

static bool write_json(const SwarmOptions *options, const Report *report) {
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(9);
    json_t *root = report_to_json(report);
    bool is_written;
    if (is_json_on_stdout(options)) {
        is_written = json_dumpf(root, stdout, flags) == 0 && putchar('\n') != EOF;
        is_written = fflush(stdout) == 0 && is_written;
    } else {
        is_written = json_dump_file(root, options->json, flags) == 0;
    }
    if (!is_written) {
        fprintf(stderr, "tickstorm-bots: cannot write '%s': %s\n", options->json, strerror(errno));
    }
    json_decref(root);
    return is_written;
}

ExitCode run_tell(const SwarmOptions *options, const RunResult *result) {
    FILE *stream = is_json_on_stdout(options) ? stderr : stdout;
    if (result->problem[0] != '\0') {
        fprintf(stderr, "tickstorm-bots: %s\n", result->problem);
    } else {
        summary_print(stream, &result->report, uses_color(options, stream));
        fflush(stream);
    }
    if (result->has_report && options->json != NULL && !write_json(options, &result->report)) {
        return EXIT_CODE_FAILED;
    }
    return result->code;
}
