// SPDX-License-Identifier: MIT
// main.c -- tickstorm-bots: options, the run, what is said about it.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <uv.h>

#include "base/clock.h"
#include "tools/swarm/exit_code.h"
#include "tools/swarm/http_fetch.h"
#include "tools/swarm/live.h"
#include "tools/swarm/report.h"
#include "tools/swarm/server_watch.h"
#include "tools/swarm/summary.h"
#include "tools/swarm/swarm.h"
#include "tools/swarm/swarm_options.h"

typedef struct Run {
    const SwarmOptions *options;
    uint32_t cpu_count;
    Tally *total;
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

static bool is_json_on_stdout(const SwarmOptions *options) {
    return options->json != NULL && strcmp(options->json, "-") == 0;
}

// ------------------------------------------------------------------ after the run

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

// The reason that most connections ended for.
static uint32_t main_reason(const Tally *tally) {
    uint32_t reason = REASON_NO_ANSWER;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        reason = tally->bad_ends[i] > tally->bad_ends[reason] ? i : reason;
    }
    return reason;
}

// One line on why there is nothing to summarise. False when there is something.
static bool explain_nothing(const SwarmOptions *options, const SwarmOutcome *outcome,
                            const Tally *tally) {
    if (outcome->end == SWARM_END_NO_START) {
        fprintf(stderr, "tickstorm-bots: cannot start %u threads: memory or threads are short\n",
                options->thread_count);
    } else if (outcome->end == SWARM_END_OPEN_FAILED) {
        fprintf(stderr, "tickstorm-bots: cannot connect bot %llu: %s\n",
                (unsigned long long)tally->attempted, transport_error_text(outcome->open_error));
    } else if (outcome->end == SWARM_END_NO_ANSWER) {
        fprintf(stderr, "tickstorm-bots: nobody answered at %s within %.1f s\n", options->connect,
                outcome->duration_s);
    } else if (outcome->end == SWARM_END_ALL_ENDED && tally->ok == 0) {
        fprintf(stderr, "tickstorm-bots: %s let no bot in: %s\n", options->connect,
                reason_sentence(main_reason(tally)));
    } else {
        return false;
    }
    return true;
}

static Report make_report(const Run *run, const SwarmOutcome *outcome) {
    const SwarmOptions *options = run->options;
    const ServerWatch *watch = &run->watch;
    return (Report){
        .host = options->host,
        .port = options->port,
        .behaviours = options->behaviour,
        .seed = options->seed,
        .bots = (uint32_t)options->bots,
        .threads = options->thread_count,
        .input_rate_hz = options->input_rate_hz,
        .asked_s = (double)options->duration_ns / (double)NS_PER_S,
        .duration_s = outcome->duration_s,
        .was_interrupted = outcome->end == SWARM_END_INTERRUPTED,
        .cpu_cores = outcome->cpu_cores,
        .cpu_count = run->cpu_count,
        .tick_s = outcome->tick_rate_hz > 0 ? 1.0 / outcome->tick_rate_hz : 0,
        .tally = run->total,
        .has_server = watch->has_metrics,
        .server = watch->metrics,
        .has_verify = options->wants_verify,
        .impairment = options->is_impaired ? &options->impairment : NULL,
        .server_problem = watch->error[0] != '\0' ? watch->error : NULL,
    };
}

static ExitCode conclude(const Run *run, const SwarmOutcome *outcome) {
    const SwarmOptions *options = run->options;
    FILE *stream = is_json_on_stdout(options) ? stderr : stdout;
    Report report = make_report(run, outcome);
    report_judge(&report);
    if (!explain_nothing(options, outcome, run->total)) {
        summary_print(stream, &report, uses_color(options, stream));
        fflush(stream);
    }
    if (options->json != NULL && !write_json(options, &report)) {
        return EXIT_CODE_FAILED;
    }
    if (report.was_interrupted) {
        return EXIT_CODE_INTERRUPTED;
    }
    return report_has_passed(&report) ? EXIT_CODE_OK : EXIT_CODE_FAILED;
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

static ExitCode run_swarm(Run *run, const char *address) {
    const SwarmOptions *options = run->options;
    const SwarmConfig config = {
        .host = address,
        .port = options->port,
        .shape =
            load_shape_plain((uint32_t)options->bots, options->spawn_rate_hz, options->duration_ns),
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
        fprintf(stderr, "tickstorm-bots: cannot read %s: %s\n", options->server_metrics,
                run->watch.error);
        return EXIT_CODE_FAILED;
    }
    const SwarmOutcome outcome = swarm_run(&config, run->total);
    live_finish(&run->live);
    return conclude(run, &outcome);
}

// What has to be in place before the first bot; says what is not.
static bool prepare(const SwarmOptions *options, char *address, size_t address_size) {
    const uint64_t needed =
        swarm_descriptors_needed((uint32_t)options->bots, options->thread_count);
    uint64_t limit;
    if (!swarm_resolve(options->host, address, address_size)) {
        fprintf(stderr, "tickstorm-bots: '%s' has no IPv4 address\n", options->host);
        return false;
    }
    if (!swarm_reserve_descriptors(needed, &limit)) {
        fprintf(stderr,
                "tickstorm-bots: %llu bots need %llu open files, but only %llu are allowed: raise "
                "the hard limit (ulimit -Hn) or ask for fewer bots\n",
                (unsigned long long)options->bots, (unsigned long long)needed,
                (unsigned long long)limit);
        return false;
    }
    const TransportError error = transport_initialize();
    if (!http_fetch_initialize()) {
        fprintf(stderr, "tickstorm-bots: the HTTP library does not start\n");
        return false;
    }
    if (error != TRANSPORT_OK) {
        fprintf(stderr, "tickstorm-bots: %s\n", transport_error_text(error));
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    SwarmOptions options;
    char address[64];
    const uint32_t cpu_count = uv_available_parallelism();
    const OptionsResult result = swarm_options_parse(&options, argc, argv, cpu_count);
    if (result != OPTIONS_RUN) {
        return result == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    if (!prepare(&options, address, sizeof address)) {
        return EXIT_CODE_FAILED;
    }
    Run run = {.options = &options, .cpu_count = cpu_count, .total = calloc(1, sizeof(Tally))};
    ExitCode code = EXIT_CODE_FAILED;
    if (run.total != NULL &&
        live_init(&run.live, stderr, live_mode(&options), uses_color(&options, stderr),
                  options.connect, (uint32_t)options.bots)) {
        code = run_swarm(&run, address);
        live_free(&run.live);
    } else {
        fprintf(stderr, "tickstorm-bots: memory is short\n");
    }
    free(run.total);
    http_fetch_deinitialize();
    transport_deinitialize();
    return (int)code;
}
