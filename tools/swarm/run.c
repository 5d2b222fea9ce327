// SPDX-License-Identifier: MIT
#include "tools/swarm/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/clock.h"
#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/output_file.h"
#include "tools/swarm/load/server_address.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/measure/http_fetch.h"
#include "tools/swarm/measure/server_watch.h"
#include "tools/swarm/output_files.h"
#include "tools/swarm/report/hdr_file.h"
#include "tools/swarm/report/json_stream.h"
#include "tools/swarm/report/live.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_threshold.h"
#include "tools/swarm/report/summary.h"

typedef struct Run {
    const SwarmOptions *options;
    RunResult *result;
    Live live;
    JsonStream stream; // open when --json-stream is given
    ServerWatch watch; // when --server-metrics is given
    bool is_warming_up;
    bool cannot_write;       // one of the files
    double next_judgement_s; // for --abort-on-fail
} Run;

static bool uses_color(const SwarmOptions *options, int descriptor) {
    const char *no_color = getenv("NO_COLOR");
    return !options->has_no_color && (no_color == NULL || *no_color == '\0') && isatty(descriptor);
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

// Why the run ended before its time; stays empty when it did not, or somebody wanted it to.
static void explain_end(const SwarmOptions *options, const SwarmOutcome *outcome,
                        RunResult *result) {
    const Tally *tally = result->total;
    switch (outcome->end) {
    case SWARM_END_NO_START:
        set_problem(result, "cannot start %u threads: memory or threads are short",
                    options->thread_count);
        break;
    case SWARM_END_OPEN_FAILED:
        set_problem(result, "cannot connect bot %llu of %u: %s",
                    (unsigned long long)(tally->attempted + tally->hostile.attempted + 1),
                    load_shape_peak(&options->shape), transport_error_text(outcome->open_error));
        break;
    case SWARM_END_NO_ANSWER:
        set_problem(result,
                    "nobody answered at %s within %.1f s: is the server running, and is this "
                    "its port?",
                    options->connect, outcome->duration_s);
        break;
    case SWARM_END_ALL_ENDED:
        if (tally->ok == 0) {
            set_problem(result, "%s let no bot in: %s", options->connect,
                        reason_sentence(main_reason(tally)));
        } else {
            set_problem(result, "no bot was left in the game after %.1f of %.1f s",
                        outcome->duration_s,
                        (double)load_shape_duration_ns(&options->shape) / (double)NS_PER_S);
        }
        break;
    case SWARM_END_DURATION:
    case SWARM_END_INTERRUPTED:
    case SWARM_END_ABORTED:
        break;
    }
    result->is_generators_fault =
        outcome->end == SWARM_END_NO_START || outcome->end == SWARM_END_OPEN_FAILED;
}

// The part of a report that does not depend on what was measured.
static Report make_report(const Run *run) {
    const SwarmOptions *options = run->options;
    return (Report){
        .server_address = options->connect,
        .behaviours = options->behaviour,
        .seed = options->seed,
        .bots = load_shape_peak(&options->shape),
        .input_rate_hz = options->input_rate_hz,
        .shape = options->shape,
        .warmup_s = (double)options->warmup_ns / (double)NS_PER_S,
        .has_verify = options->wants_verify,
        .impairment = options->is_impaired ? &options->impairment : NULL,
        .thresholds = &options->thresholds,
        .generator = {.count = 1,
                      .threads = options->thread_count,
                      .cpu_count = uv_available_parallelism()},
    };
}

// What the server's metrics say, or why they say nothing.
static void add_server(Run *run, Report *report) {
    ServerWatch *watch = &run->watch;
    if (run->options->server_metrics == NULL) {
        return;
    }
    server_watch_finish(watch);
    report->has_server = server_watch_so_far(watch, &report->server);
    report->server_problem = watch->error[0] != '\0' ? run->result->server_problem
                             : report->has_server    ? NULL
                                                     : "the server was restarted during the run";
    snprintf(run->result->server_problem, sizeof run->result->server_problem, "%s", watch->error);
    server_watch_free(watch);
}

static void add_outcome(const SwarmOutcome *outcome, Report *report) {
    report->duration_s = outcome->duration_s;
    report->measured_s = outcome->measured_s;
    report->was_interrupted = outcome->end == SWARM_END_INTERRUPTED;
    report->was_aborted = outcome->end == SWARM_END_ABORTED;
    report->tick_s = outcome->tick_rate_hz > 0 ? 1.0 / outcome->tick_rate_hz : 0;
    ReportGenerator *generator = &report->generator;
    generator->cpu_cores = outcome->cpu_cores;
    generator->busiest_thread_cpu = outcome->busiest_thread;
    generator->io_uring_threads = outcome->uring_threads;
    generator->cpu_us_per_bot_s = outcome->cost.cpu_us_per_bot_s;
    generator->rss_bytes = outcome->cost.rss_bytes;
    generator->rss_bytes_per_bot = outcome->cost.rss_bytes_per_bot;
    generator->baseline_bytes_per_bot = outcome->cost.baseline_bytes_per_bot;
}

static void conclude(Run *run, const SwarmOutcome *outcome) {
    RunResult *result = run->result;
    result->report = make_report(run);
    result->report.tally = result->total;
    result->has_report = true;
    add_server(run, &result->report);
    add_outcome(outcome, &result->report);
    explain_end(run->options, outcome, result);
    result->report.problem = result->problem[0] != '\0' ? result->problem : NULL;
    report_judge(&result->report);
    result->code = report_exit_code(&result->report);
}

// ------------------------------------------------------------------ the run

// Whether a threshold fails by what was measured so far. Asked once a second: it takes a report.
static bool fails_so_far(Run *run, const SwarmProgress *progress) {
    const SwarmOptions *options = run->options;
    const double warmup_s = (double)options->warmup_ns / (double)NS_PER_S;
    const double grace_s = (double)options->abort_grace_ns / (double)NS_PER_S;
    if (!options->aborts_on_fail || progress->elapsed_s < warmup_s + grace_s ||
        progress->elapsed_s < run->next_judgement_s) {
        return false;
    }
    run->next_judgement_s = progress->elapsed_s + 1;
    Report report = make_report(run);
    report.tally = progress->total;
    report.duration_s = progress->elapsed_s;
    report.measured_s = progress->elapsed_s - warmup_s;
    report.generator.cpu_cores = progress->cpu_cores;
    report.generator.busiest_thread_cpu = progress->gauges.measured_thread_cpu;
    report.has_server =
        options->server_metrics != NULL && server_watch_so_far(&run->watch, &report.server);
    report_evaluate(&report);
    for (uint32_t i = 0; i < options->thresholds.count; i++) {
        // What was not measured yet may still be.
        if (report.results[i].is_measured && !report.results[i].has_passed) {
            return true;
        }
    }
    return false;
}

static bool on_progress(void *user, const SwarmProgress *progress) {
    Run *run = user;
    ServerMetrics recent;
    const bool is_watched = run->options->server_metrics != NULL;
    if (is_watched && run->is_warming_up && !progress->is_warming_up && !progress->is_last) {
        server_watch_restart(&run->watch);
    }
    run->is_warming_up = progress->is_warming_up;
    const ServerMetrics *server =
        is_watched && server_watch_recent(&run->watch, &recent) ? &recent : NULL;
    if (!progress->is_last) {
        live_update(&run->live, progress, server);
    }
    json_stream_update(&run->stream, progress, server);
    return !fails_so_far(run, progress);
}

static void on_end(void *user) {
    Run *run = user;
    if (run->options->server_metrics != NULL) {
        server_watch_end(&run->watch);
    }
}

static void run_swarm(Run *run, const char *address) {
    const SwarmOptions *options = run->options;
    const SwarmConfig config = {
        .host = address,
        .port = options->port,
        .shape = options->shape,
        .warmup_ns = options->warmup_ns,
        .thread_count = options->thread_count,
        .input_rate_hz = options->input_rate_hz,
        .seed = options->seed,
        .connect_timeout_ns = options->connect_timeout_ns,
        .mix = options->mix,
        .wants_verify = options->wants_verify,
        .wants_epoll = options->wants_epoll,
        .is_impaired = options->is_impaired,
        .impairment = options->impairment,
        .user = run,
        .on_progress = on_progress,
        .on_end = on_end,
    };
    if (options->server_metrics != NULL &&
        !server_watch_start(&run->watch, options->server_metrics, http_fetch)) {
        set_problem(run->result, "cannot read %s: %s", options->server_metrics, run->watch.error);
        return;
    }
    const SwarmOutcome outcome = swarm_run(&config, run->result->total);
    live_finish(&run->live);
    conclude(run, &outcome);
}

// Each bot needs a local port and a descriptor; says which of them there are too few of.
static bool has_room_for_sockets(Run *run) {
    const uint32_t bots = load_shape_peak(&run->options->shape);
    const uint64_t needed = swarm_descriptors_needed(bots, run->options->thread_count);
    uint64_t limit;
    if (!swarm_has_local_ports(bots, &limit)) {
        set_problem(run->result,
                    "%u bots need a local port each, but there are %llu: widen "
                    "net.ipv4.ip_local_port_range or ask for fewer bots",
                    bots, (unsigned long long)limit);
        return false;
    }
    if (!swarm_reserve_descriptors(needed, &limit)) {
        set_problem(run->result,
                    "%u bots need %llu open files, but only %llu are allowed: raise "
                    "the hard limit (ulimit -Hn) or ask for fewer bots",
                    bots, (unsigned long long)needed, (unsigned long long)limit);
        return false;
    }
    return true;
}

// What has to be in place before the first bot; says what is not.
static bool prepare(Run *run, char address[NET_ADDRESS_TEXT_BYTES]) {
    const SwarmOptions *options = run->options;
    if (!has_room_for_sockets(run)) {
        run->result->is_generators_fault = true;
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
    if (!server_address_find(options->host, options->port, options->connect_timeout_ns, address)) {
        set_problem(run->result, "nobody knows the name '%s'", options->host);
        return false;
    }
    return true;
}

// All files are there, and the stream is open, before the first bot.
static bool open_files(Run *run) {
    const char *path = run->options->json_stream;
    if (output_files_check(run->options, &path) &&
        (path == NULL || json_stream_open(&run->stream, path))) {
        return true;
    }
    set_problem(run->result, "cannot write '%s': %s", path, strerror(errno));
    run->cannot_write = true;
    return false;
}

static bool complain(const char *path) {
    log_print_line("tickstorm-bots: cannot write '%s': %s", path, strerror(errno));
    return false;
}

static void close_stream(Run *run) {
    RunResult *result = run->result;
    if (!json_stream_close(&run->stream)) {
        complain(run->options->json_stream);
        result->code = EXIT_CODE_FAILED;
    }
}

static void load(Run *run) {
    const SwarmOptions *options = run->options;
    char address[NET_ADDRESS_TEXT_BYTES];
    if (!prepare(run, address) || !open_files(run)) {
        return;
    }
    interrupt_allow(1); // from here on there will be a report, however early the run ends
    if (run->result->total != NULL &&
        live_init(&run->live, options->is_quiet ? LIVE_OFF : live_mode_of_stderr(),
                  uses_color(options, STDERR_FILENO), options->connect)) {
        run_swarm(run, address);
        live_free(&run->live);
    } else {
        set_problem(run->result, "memory is short");
    }
    close_stream(run);
    http_fetch_deinitialize();
    transport_deinitialize();
}

// The report of a run that did not start, or the file of an earlier run would be taken for it.
static void conclude_without_run(Run *run) {
    RunResult *result = run->result;
    result->report = make_report(run);
    result->report.tally = result->total;
    result->report.problem = result->problem;
    report_judge(&result->report);
    result->has_report = true;
}

void run_load(const SwarmOptions *options, RunResult *result) {
    *result = (RunResult){.code = EXIT_CODE_FAILED, .total = calloc(1, sizeof(Tally))};
    Run run = {.options = options, .result = result, .is_warming_up = options->warmup_ns > 0};
    load(&run);
    if (!result->has_report && !run.cannot_write && result->total != NULL) {
        conclude_without_run(&run);
    }
}

void run_result_free(RunResult *result) {
    free(result->total);
    result->total = NULL;
}

// ------------------------------------------------------------------ after the run

static bool write_hdr(const char *text, const Report *report) {
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    if (!hdr_file_parse(text, &file, error, sizeof error)) {
        log_print_line("tickstorm-bots: --hdr: %s", error);
        return false;
    }
    return hdr_file_write(&file, report->tally) || complain(file.path);
}

static bool write_files(const SwarmOptions *options, const Report *report) {
    bool is_good = true;
    if (options->json != NULL && !report_write_json(report, options->json)) {
        is_good = complain(options->json);
    }
    for (size_t i = 0; i < options->hdr.count; i++) {
        is_good = write_hdr(options->hdr.items[i], report) && is_good;
    }
    return is_good;
}

static void print_summary(const SwarmOptions *options, const Report *report) {
    if (output_files_on_stdout(options) == 0) {
        log_flush(); // on a terminal the live block is erased first, and not the summary
        summary_print(stdout, report, uses_color(options, STDOUT_FILENO));
        output_stdout_flush();
        return;
    }
    // Standard output has what was asked for, alone. Here it is for people.
    FILE *stream = log_stream_open();
    if (stream != NULL) {
        summary_print(stream, report, uses_color(options, STDERR_FILENO));
        fclose(stream);
    }
}

ExitCode run_report(const SwarmOptions *options, const RunResult *result) {
    // The files first: they must not depend on a reader of the rest.
    exit_deadline_set("tickstorm-bots", EXIT_CODE_FAILED);
    const bool is_written = !result->has_report || write_files(options, &result->report);
    const Tally *total = result->total;
    const bool has_played = result->has_report && total->ok + total->hostile.ok > 0;
    if (result->problem[0] != '\0') {
        log_print_line("tickstorm-bots: %s", result->problem);
    }
    if (result->problem[0] == '\0' || has_played) {
        print_summary(options, &result->report);
    }
    return is_written ? result->code : EXIT_CODE_FAILED;
}
