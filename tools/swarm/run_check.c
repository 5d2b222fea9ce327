// SPDX-License-Identifier: MIT
#include "tools/swarm/run_check.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "tools/swarm/output_files.h"
#include "tools/swarm/report/number_text.h"

static double seconds(uint64_t duration_ns) {
    return (double)duration_ns / (double)NS_PER_S;
}

// ------------------------------------------------------------------ the load

bool run_check_ramp(const RunSpec *spec, char *problem, size_t problem_size) {
    const double duration_s = seconds(spec->given.duration_ns);
    const double ramp_s = (double)spec->given.bots / spec->given.spawn_rate_hz;
    if (ramp_s <= duration_s) {
        return true;
    }
    snprintf(problem, problem_size,
             "%s bots at %g/s take %.1f s to come, longer than the duration of %g s: give "
             "--duration %.0fs or more, or --spawn-rate %.0f/s or more",
             number_text_count(spec->given.bots).text, spec->given.spawn_rate_hz, ramp_s,
             duration_s, ceil(ramp_s), ceil((double)spec->given.bots / duration_s));
    return false;
}

bool run_check_warmup(const RunSpec *spec, char *problem, size_t problem_size) {
    const uint64_t duration_ns = load_shape_duration_ns(&spec->load.shape);
    if (spec->load.warmup_ns < duration_ns) {
        return true;
    }
    snprintf(problem, problem_size,
             "a warm-up of %g s leaves nothing to measure of a run of %g s: make --warmup shorter, "
             "or the run longer",
             seconds(spec->load.warmup_ns), seconds(duration_ns));
    return false;
}

// ------------------------------------------------------------------ thresholds

static bool has_attackers(const RunSpec *spec) {
    uint32_t weight = 0;
    for (uint32_t i = 0; i < BEHAVIOUR_COUNT; i++) {
        weight += behaviour_is_hostile((Behaviour)i) ? spec->load.mix.weights[i] : 0;
    }
    return weight > 0;
}

// The reason why a run cannot measure a threshold's figure; NULL when it can.
static const char *lacking(const RunSpec *spec, const Threshold *threshold) {
    switch (figure_need(threshold->figure)) {
    case FIGURE_NEEDS_SERVER_METRICS:
        if (spec->server_metrics == NULL) {
            return "needs --server-metrics URL";
        }
        break;
    case FIGURE_NEEDS_VERIFY:
        return spec->load.wants_verify ? NULL : "needs --verify";
    case FIGURE_NEEDS_BAD_NETWORK:
        return spec->load.is_impaired
                   ? NULL
                   : "needs a bad network: --latency, --jitter, --loss, --dup or --reorder";
    case FIGURE_NEEDS_ATTACKERS:
        return has_attackers(spec) ? NULL
                                   : "needs bots that attack: --behaviour with spam or malformed";
    case FIGURE_NEEDS_NO_ATTACKERS:
        return has_attackers(spec) ? "is not measured among bots that attack" : NULL;
    case FIGURE_NEEDS_NOTHING:
        break;
    }
    if (threshold->figure->kind == FIGURE_SERVER_TICKS &&
        (threshold->stat == STAT_MIN || threshold->stat == STAT_MAX)) {
        return "cannot be derived from the server's buckets: use p(N), mean or count";
    }
    return NULL;
}

bool run_check_thresholds(const RunSpec *spec, char *problem, size_t problem_size) {
    if (spec->aborts_on_fail && spec->thresholds.count == 0) {
        snprintf(problem, problem_size, "--abort-on-fail needs a --threshold that can fail");
        return false;
    }
    for (uint32_t i = 0; i < spec->thresholds.count; i++) {
        const Threshold *threshold = &spec->thresholds.items[i];
        const char *what = lacking(spec, threshold);
        if (what != NULL) {
            snprintf(problem, problem_size, "the threshold '%s' %s", threshold->expr, what);
            return false;
        }
    }
    return true;
}

// ------------------------------------------------------------------ outputs

bool run_check_outputs(const RunSpec *spec, char *problem, size_t problem_size) {
    const char *path;
    if (output_files_on_stdout(spec) > 1) {
        snprintf(problem, problem_size,
                 "only one of --json, --json-stream and --hdr can be -, which is standard output");
        return false;
    }
    if (!output_files_differ(spec, &path)) {
        snprintf(problem, problem_size,
                 "--json, --json-stream and --hdr: two of them would be written to '%s'", path);
        return false;
    }
    return true;
}
