// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm_option_rows.h"

#include "base/log.h"
#include "base/thread_role.h"
#include "tools/swarm/run_check.h"

// One thread can serve more than a thousand bots, but a server on the same machine takes all cores
// for the length of a tick; two threads work off the backlog sooner.
#define BOTS_PER_THREAD 500

bool swarm_option_rows_check_behaviour(const char *text, char *problem, size_t problem_size) {
    BehaviourMix mix;
    return behaviour_mix_parse(text, &mix, problem, problem_size);
}

bool swarm_option_rows_check_threshold(const char *text, char *problem, size_t problem_size) {
    Threshold threshold;
    return threshold_parse(text, &threshold, problem, problem_size);
}

static uint32_t choose_threads(const RunSpec *spec, uint32_t cpu_count) {
    const uint64_t peak = load_shape_peak(&spec->load.shape);
    uint64_t wanted = spec->given.threads;
    if (wanted == 0) {
        wanted = (peak + BOTS_PER_THREAD - 1) / BOTS_PER_THREAD;
        wanted = wanted < cpu_count ? wanted : cpu_count;
        wanted = wanted < SWARM_THREADS_MAX ? wanted : SWARM_THREADS_MAX;
    }
    return (uint32_t)(wanted < peak ? wanted : peak);
}

static void make_impairment(RunSpec *spec) {
    ImpairConfig *impairment = &spec->load.impairment;
    impairment->loss = spec->given.loss_percent / 100;
    impairment->duplicate = spec->given.duplicate_percent / 100;
    impairment->reorder = spec->given.reorder_percent / 100;
    spec->load.is_impaired = impairment->latency_ns > 0 || impairment->jitter_ns > 0 ||
                             impairment->loss > 0 || impairment->duplicate > 0 ||
                             impairment->reorder > 0;
}

bool swarm_option_rows_resolve(RunSpec *spec, const char *program) {
    ASSERT_MAIN_THREAD();
    char problem[RUN_CHECK_PROBLEM_BYTES];
    if (spec->server == NULL) {
        log_print_line("%s: --connect HOST:PORT is required (try --help)", program);
        return false;
    }
    if (spec->given.thresholds.count > THRESHOLDS_MAX) {
        log_print_line("%s: --threshold: %d at most", program, THRESHOLDS_MAX);
        return false;
    }
    // The rows have checked each value: parsing cannot fail.
    (void)net_address_split_server(spec->server, spec->load.host, &spec->load.port);
    behaviour_mix_parse(spec->behaviours, &spec->load.mix, problem, sizeof problem);
    spec->thresholds.count = (uint32_t)spec->given.thresholds.count;
    for (uint32_t i = 0; i < spec->thresholds.count; i++) {
        threshold_parse(spec->given.thresholds.items[i], &spec->thresholds.items[i], problem,
                        sizeof problem);
    }
    make_impairment(spec);
    const bool is_good = run_check_thresholds(spec, problem, sizeof problem) &&
                         run_check_outputs(spec, problem, sizeof problem);
    if (!is_good) {
        log_print_line("%s: %s", program, problem);
    }
    return is_good;
}

void swarm_option_rows_set_shape(RunSpec *spec, const LoadShape *shape, uint32_t cpu_count) {
    spec->load.shape = *shape;
    spec->load.thread_count = choose_threads(spec, cpu_count);
}
