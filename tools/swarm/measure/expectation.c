// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/expectation.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"

#define RATE_USUAL_HZ       20.0
#define THROTTLED_SNAPSHOTS 12.0 // snapshots under way; with more the server may send less
#define THROTTLED_SHARE     0.125
#define RATE_STEP_S         0.2 // lateness of acknowledgements,
#define RATE_STEP_MIN       4.0 // in snapshots
#define RATE_STEP_MAX       16.0

#define CHANCE_DEVIATIONS 4 // exceeded once in 30,000 runs

#define SILENCE_PERIODS 10 // a throttled client gets every eighth snapshot
#define SILENCE_MIN_NS  NS_PER_S
#define SILENCE_CHANCE  1e-6
#define PATIENCE_CHANCE 1e-3
#define CONNECT_NS      NS_PER_S
#define UNDER_WAY_SHARE 0.1
#define CONNECT_TRIPS   8
#define INTERVALS_MAX   1e6 // limit for a network that loses everything

// Share of the snapshots that are lost, or arrive after a newer one.
static double missing_share(const ImpairConfig *impairment) {
    return impairment == NULL ? 0 : 1 - (1 - impairment->loss) * (1 - impairment->reorder);
}

static uint64_t one_way_ns(const ImpairConfig *impairment) {
    return impairment == NULL ? 0 : impairment->latency_ns + impairment->jitter_ns;
}

// The chance that no acknowledgement within a step arrives: the snapshot was lost, or the input
// after it. The server then leaves out every second snapshot.
static double late_share(const ImpairConfig *impairment, double snapshot_rate_hz,
                         double input_rate_hz) {
    const double missing = missing_share(impairment);
    const double step = fmin(fmax(RATE_STEP_S * snapshot_rate_hz, RATE_STEP_MIN), RATE_STEP_MAX);
    return missing <= 0 ? 0
                        : pow(1 - (1 - missing) * (1 - missing),
                              step * fmin(input_rate_hz / snapshot_rate_hz, 1));
}

double expectation_received_percent(const ImpairConfig *impairment, double snapshot_rate_hz,
                                    double input_rate_hz) {
    const double rate_hz = snapshot_rate_hz > 0 ? snapshot_rate_hz : RATE_USUAL_HZ;
    const double due = 1 - missing_share(impairment);
    const double under_way = 2 * (double)one_way_ns(impairment) / (double)NS_PER_S * rate_hz;
    const double throttled = under_way > THROTTLED_SNAPSHOTS
                                 ? THROTTLED_SHARE
                                 : 1 - late_share(impairment, rate_hz, input_rate_hz) / 2;
    return EXPECTATION_RECEIVED_PERCENT * due * throttled;
}

double expectation_received_chance(const ImpairConfig *impairment, double due) {
    const double missing = missing_share(impairment);
    return CHANCE_DEVIATIONS * sqrt(due * missing * (1 - missing));
}

// The number of losses in a row that has this chance.
static double in_a_row(const ImpairConfig *impairment, double chance) {
    const double share = missing_share(impairment);
    return share <= 0   ? 0
           : share >= 1 ? INTERVALS_MAX
                        : fmin(log(chance) / log(share), INTERVALS_MAX);
}

uint32_t expectation_patience(const ImpairConfig *impairment) {
    return (uint32_t)fmax(1, ceil(in_a_row(impairment, PATIENCE_CHANCE)));
}

uint64_t expectation_silence_ns(uint64_t period_ns, const ImpairConfig *impairment) {
    const double periods = SILENCE_PERIODS + ceil(in_a_row(impairment, SILENCE_CHANCE));
    const uint64_t usual_ns = (uint64_t)(periods * (double)period_ns) + one_way_ns(impairment);
    return usual_ns > SILENCE_MIN_NS ? usual_ns : SILENCE_MIN_NS;
}

double expectation_under_way_share(const ImpairConfig *impairment) {
    return impairment != NULL && impairment->loss > 0 ? 1 : UNDER_WAY_SHARE;
}

uint64_t expectation_connect_ns(uint64_t timeout_ns, const ImpairConfig *impairment) {
    uint64_t patience_ns = CONNECT_NS + CONNECT_TRIPS * 2 * one_way_ns(impairment);
    if (impairment != NULL && impairment->loss > 0 && patience_ns < timeout_ns / 2) {
        patience_ns = timeout_ns / 2;
    }
    return patience_ns < timeout_ns ? patience_ns : timeout_ns;
}
