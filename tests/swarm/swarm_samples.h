// SPDX-License-Identifier: MIT
// swarm_samples.h -- measurements of a run, made up for tests of reports.
#ifndef TICKSTORM_TESTS_SWARM_SWARM_SAMPLES_H
#define TICKSTORM_TESTS_SWARM_SWARM_SAMPLES_H

#include "base/clock.h"
#include "tools/swarm/measure/tally.h"
#include "tools/swarm/report/report.h"

// Ten bots that played for ten seconds without a fault.
static inline void sample_tally(Tally *tally) {
    tally_reset(tally);
    tally->attempted = 10;
    tally->ok = 10;
    tally->snapshots_received = 1998;
    tally->snapshots_expected = 2000;
    tally->snapshots_lost = 2;
    tally->snapshot_bytes = 200000;
    tally->entity_updates = 100000;
    tally->playing_ns = 100 * NS_PER_S;
    tally->prediction_checks = 1998;
    tally->prediction_corrections = 1;
    tally->bytes_in = 240000;
    tally->bytes_out = 60000;
    tally->packets_in = 2100;
    tally->packets_out = 2050;
    tally->sends = 2000;
    for (uint64_t i = 1; i <= 1000; i++) {
        histogram_record(&tally->round_trip_ns, i * NS_PER_US);
        histogram_record(&tally->snapshot_gap_ns, 50 * NS_PER_MS);
    }
    histogram_record(&tally->correction_milliunits, 2500);
}

static inline Report sample_report(const Tally *tally) {
    return (Report){
        .server_address = "127.0.0.1:7777",
        .behaviours = "wander=1",
        .seed = 42,
        .bots = 10,
        .input_rate_hz = 20,
        .stages = {.items = {{.target = 10}, {.duration_s = 10, .target = 10}}, .count = 2},
        .duration_s = 10,
        .measured_s = 10,
        .tick_s = 1.0 / 60,
        .tally = tally,
        .generator = {.count = 1,
                      .threads = 1,
                      .cpu_count = 2,
                      .cpu_cores = 0.05,
                      .busiest_thread_cpu = 0.05,
                      .cpu_us_per_bot_s = 5000,
                      .rss_bytes = 2000000,
                      .rss_bytes_per_bot = 20000,
                      .baseline_bytes_per_bot = 10000},
    };
}

#endif
