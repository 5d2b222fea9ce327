// SPDX-License-Identifier: MIT
#include "tools/swarm/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/thread_role.h"
#include "tools/swarm/load/load_limits.h"
#include "tools/swarm/load/server_address.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/measure/http_fetch.h"
#include "tools/swarm/measure/server_watch.h"
#include "tools/swarm/output_files.h"
#include "tools/swarm/report/json_stream.h"
#include "tools/swarm/report/live.h"
#include "tools/swarm/report/report_threshold.h"
#include "tools/swarm/run_output.h"

typedef struct Run {
    const RunSpec *spec;
    RunResult *result;
    char address[NET_ADDRESS_TEXT_BYTES]; // the server's, in numbers
    Live live;
    JsonStream stream; // open when --json-stream is given
    ServerWatch watch; // used when --server-metrics is given
    bool is_warming_up;
    bool cannot_write;       // one of the files
    double next_judgement_s; // for --abort-on-fail
} Run;

static bool is_watched(const Run *run) {
    return run->spec->server_metrics != NULL;
}

// ------------------------------------------------------------------ before the first bot

// Each bot needs a local port and a descriptor. Says which of the two are too few.
static bool has_room_for_sockets(Run *run) {
    const uint32_t bots = load_shape_peak(&run->spec->load.shape);
    const uint64_t needed = load_limits_descriptors_needed(bots, run->spec->load.thread_count);
    uint64_t limit;
    if (!load_limits_have_local_ports(bots, &limit)) {
        run_result_set_problem(run->result,
                               "%u bots need a local port each, but there are %llu: widen "
                               "net.ipv4.ip_local_port_range or ask for fewer bots",
                               bots, (unsigned long long)limit);
        return false;
    }
    if (!load_limits_reserve_descriptors(needed, &limit)) {
        run_result_set_problem(run->result,
                               "%u bots need %llu open files, but only %llu are allowed: raise "
                               "the hard limit (ulimit -Hn) or ask for fewer bots",
                               bots, (unsigned long long)needed, (unsigned long long)limit);
        return false;
    }
    return true;
}

// Starts the libraries and finds the server. False with the problem.
static bool prepare(Run *run) {
    const LoadSpec *load = &run->spec->load;
    if (!has_room_for_sockets(run)) {
        run->result->is_generators_fault = true;
        return false;
    }
    const TransportError error = transport_initialize();
    if (!http_fetch_initialize()) {
        run_result_set_problem(run->result, "the HTTP library does not start");
        return false;
    }
    if (error != TRANSPORT_OK) {
        run_result_set_problem(run->result, "%s", transport_error_text(error));
        return false;
    }
    if (!server_address_find(load->host, load->port, load->connect_timeout_ns, run->address)) {
        run_result_set_problem(run->result, "nobody knows the name '%s'", load->host);
        return false;
    }
    return true;
}

// Checks that all files can be written, and opens the stream.
static bool open_files(Run *run) {
    const char *path = run->spec->json_stream;
    if (output_files_check(run->spec, &path) &&
        (path == NULL || json_stream_open(&run->stream, path))) {
        return true;
    }
    run_result_set_problem(run->result, "cannot write '%s': %s", path, strerror(errno));
    run->cannot_write = true;
    return false;
}

static bool start_watch(Run *run) {
    const char *url = run->spec->server_metrics;
    if (is_watched(run) && !server_watch_start(&run->watch, url, http_fetch)) {
        run_result_set_problem(run->result, "cannot read %s: %s", url, run->watch.error);
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ while the swarm runs

// --abort-on-fail: judges once a second, as each judgement makes a report.
static bool is_judgement_due(Run *run, const SwarmProgress *progress) {
    const RunSpec *spec = run->spec;
    const uint64_t from_ns = spec->load.warmup_ns + spec->abort_grace_ns;
    if (!spec->aborts_on_fail || progress->elapsed_s < (double)from_ns / (double)NS_PER_S ||
        progress->elapsed_s < run->next_judgement_s) {
        return false;
    }
    run->next_judgement_s = progress->elapsed_s + 1;
    return true;
}

// The report of the run as if it ended now.
static Report report_so_far(Run *run, const SwarmProgress *progress) {
    Report report = run_result_make_report(run->spec);
    report.tally = progress->total;
    report.duration_s = progress->elapsed_s;
    report.measured_s = progress->elapsed_s - report.warmup_s;
    report.generator.cpu_cores = progress->cpu_cores;
    report.generator.busiest_thread_cpu = progress->gauges.measured_thread_cpu;
    report.has_server = is_watched(run) && server_watch_so_far(&run->watch, &report.server);
    return report;
}

// Whether a threshold fails by the figures so far. One that was not measured yet may still pass.
static bool fails_so_far(Run *run, const SwarmProgress *progress) {
    Report report = report_so_far(run, progress);
    report_evaluate(&report);
    for (uint32_t i = 0; i < run->spec->thresholds.count; i++) {
        if (report.results[i].is_measured && !report.results[i].has_passed) {
            return true;
        }
    }
    return false;
}

static bool on_progress(void *user, const SwarmProgress *progress) {
    Run *run = user;
    ServerMetrics recent;
    if (is_watched(run) && run->is_warming_up && !progress->is_warming_up && !progress->is_last) {
        server_watch_restart(&run->watch);
    }
    run->is_warming_up = progress->is_warming_up;
    const ServerMetrics *server =
        is_watched(run) && server_watch_recent(&run->watch, &recent) ? &recent : NULL;
    if (!progress->is_last) {
        live_update(&run->live, progress, server);
    }
    json_stream_update(&run->stream, progress, server);
    return !is_judgement_due(run, progress) || !fails_so_far(run, progress);
}

static void on_end(void *user) {
    Run *run = user;
    if (is_watched(run)) {
        server_watch_end(&run->watch);
    }
}

// ------------------------------------------------------------------ the run

static void run_swarm(Run *run) {
    const SwarmObserver observer = {.user = run, .on_progress = on_progress, .on_end = on_end};
    if (start_watch(run)) {
        const SwarmOutcome outcome =
            swarm_run(&run->spec->load, run->address, &observer, run->result->total);
        live_finish(&run->live);
        run_result_conclude(run->result, run->spec, &outcome, is_watched(run) ? &run->watch : NULL);
    }
}

static void run_with_display(Run *run) {
    const RunSpec *spec = run->spec;
    const LiveMode mode = spec->is_quiet ? LIVE_OFF : live_mode_of_stderr();
    if (run->result->total != NULL &&
        live_init(&run->live, mode, run_output_uses_color(spec, STDERR_FILENO), spec->server)) {
        run_swarm(run);
        live_free(&run->live);
    } else {
        run_result_set_problem(run->result, "memory is short");
    }
}

static void close_stream(Run *run) {
    if (!json_stream_close(&run->stream)) {
        run_output_complain(run->spec->json_stream);
        run->result->code = EXIT_CODE_FAILED;
    }
}

static void load(Run *run) {
    if (!prepare(run) || !open_files(run)) {
        return;
    }
    interrupt_allow(1); // from here on there will be a report, however early the run ends
    run_with_display(run);
    close_stream(run);
    http_fetch_deinitialize();
    transport_deinitialize();
}

void run_load(const RunSpec *spec, RunResult *result) {
    ASSERT_MAIN_THREAD();
    run_result_init(result);
    Run run = {.spec = spec, .result = result, .is_warming_up = spec->load.warmup_ns > 0};
    load(&run);
    if (!result->has_report && !run.cannot_write && result->total != NULL) {
        run_result_conclude_unstarted(result, spec);
    }
}
