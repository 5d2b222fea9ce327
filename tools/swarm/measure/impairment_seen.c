// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/impairment_seen.h"

#include <math.h>

#include "base/clock.h"

static double percent(uint64_t part, uint64_t whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : NAN;
}

static double rtt_added_ms(const Tally *tally) {
    const TallyControl *control = &tally->control;
    if (tally->round_trip_uncorrected_ns.count == 0) {
        return NAN;
    }
    // With too few bots there is no control group; the round trip of the real network then counts.
    const double without_ns = control->round_trips > 0
                                  ? (double)control->round_trip_ns / (double)control->round_trips
                                  : 0;
    return (histogram_mean(&tally->round_trip_uncorrected_ns) - without_ns) / (double)NS_PER_MS;
}

static double jitter_ms(const TallyJitter *measured, const TallyJitter *without) {
    return measured->pairs > 0 ? tally_jitter_ns(measured, without) / (double)NS_PER_MS : NAN;
}

ImpairmentSeen impairment_seen(const Tally *tally) {
    const TallySeen *in = &tally->seen_in;
    const TallySeen *out = &tally->seen_out;
    const TallyControl *control = &tally->control;
    return (ImpairmentSeen){
        .rtt_added_ms = rtt_added_ms(tally),
        .jitter_in_ms = jitter_ms(&tally->jitter_in, &control->jitter_in),
        .jitter_out_ms = jitter_ms(&tally->jitter_out, &control->jitter_out),
        .loss_in_percent = percent(in->lost, in->judged),
        .dup_in_percent = percent(in->duplicated, in->received),
        .reorder_in_percent = percent(in->overtaken, in->received),
        .loss_out_percent = percent(out->lost, out->judged),
        .dup_out_percent = percent(out->duplicated, out->received),
        .reorder_out_percent = percent(out->overtaken, out->received),
    };
}
