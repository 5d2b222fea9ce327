// SPDX-License-Identifier: MIT
// impairment_seen.h -- what a bad network did to the bots, by what they saw of it.
//
// Flow:    Tally -> impairment_seen -> Report
// Threads: a pure function.
// Units:   as the names say; NaN: not measured.
//
//   what                 is seen in                              of the ways
//   latency              round trips, less those of the bots     both
//                        that the network spares
//   jitter in            how far apart snapshots come, other     in
//                        than their ticks
//   jitter out           how far apart inputs come, other than   out
//                        they were sent; the server measures it
//   loss, order          the numbers of the snapshots            in
//   duplicates           the numbers of ENet's messages, which   in
//                        it discards when they come twice
//   all three            the same numbers of the inputs, which   out
//                        the server counts
// What the server measures and counts it tells when asked.
#ifndef TICKSTORM_SWARM_MEASURE_IMPAIRMENT_SEEN_H
#define TICKSTORM_SWARM_MEASURE_IMPAIRMENT_SEEN_H

#include "tools/swarm/measure/tally.h"

typedef struct ImpairmentSeen {
    double rtt_added_ms; // twice the latency, and half the jitter of each way
    double jitter_in_ms, jitter_out_ms;
    double loss_in_percent, dup_in_percent, reorder_in_percent;
    double loss_out_percent, dup_out_percent, reorder_out_percent;
} ImpairmentSeen;

ImpairmentSeen impairment_seen(const Tally *tally);

#endif
