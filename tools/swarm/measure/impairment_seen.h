// SPDX-License-Identifier: MIT
// impairment_seen.h -- the effect of a bad network, measured by the bots themselves.
//
// Flow:    Tally -> impairment_seen -> figures
// Threads: a pure function.
// Units:   as the names say; NaN: not measured.
//
//   effect               measured by                             direction
//   latency              round trips, less those of the bots     both
//                        without the bad network
//   jitter in            gaps between snapshots, less the gaps   in
//                        between their ticks
//   jitter out           gaps between inputs at the server, less out
//                        the gaps between their sends
//   loss, order          sequence numbers of snapshots           in
//   duplicates           sequence numbers of ENet's messages,    in
//                        which it discards when they come twice
//   all three            the same numbers of the inputs          out
// The server measures the direction out and reports it on request.
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
