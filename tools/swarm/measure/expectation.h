// SPDX-License-Identifier: MIT
// expectation.h -- limits that a healthy server keeps on the network of the run. A run is judged by
//                  them unless the user sets thresholds.
//
// Flow:    the bad network asked for, the server's snapshot rate -> limits -> bot_measure, report
// Threads: pure functions.
//
// Snapshots that a bad network loses on purpose, or delivers after a newer one, are not due. A
// network of NULL is the network as it is.
#ifndef TICKSTORM_SWARM_MEASURE_EXPECTATION_H
#define TICKSTORM_SWARM_MEASURE_EXPECTATION_H

#include <stdint.h>

#include "net/impair.h"

// Percentage of the snapshots due that must have arrived. A healthy run has 99.5 or more; a server
// that stalls for four of thirty seconds has 87.
#define EXPECTATION_RECEIVED_PERCENT 90.0

// The limit, in percent of the snapshots due at the server's rate. Loss and reordering lower the
// limit twice: by their own share, and because acknowledgements, which come with inputs, are late
// and the server then leaves out snapshots (server/replication/send_rate.h). Where the round trip
// is so long that the server throttles the client to an eighth of the rate, the limit is an eighth.
// A snapshot rate of 0 is unknown.
double expectation_received_percent(const ImpairConfig *impairment, double snapshot_rate_hz,
                                    double input_rate_hz);

// The margin for chance on a network that loses snapshots: this many fewer than expected may
// arrive. Four standard deviations: 28 of the 200 snapshots due to a bot in ten seconds at 50 %
// loss.
double expectation_received_chance(const ImpairConfig *impairment, double due);

// The number of arrivals in a row that may be missing before the silence is a stall. Chance loses
// more once in a thousand times. At least 1.
uint32_t expectation_patience(const ImpairConfig *impairment);

// Silence after which the server counts as silent to a bot in the game: ten snapshots, at least a
// second, and longer where chance loses as many in a row more often than once in a million.
uint64_t expectation_silence_ns(uint64_t period_ns, const ImpairConfig *impairment);

// Share of the connections that may be under way when a run ends. On a network that loses
// datagrams it is 1: only overdue connections count there.
double expectation_under_way_share(const ImpairConfig *impairment);

// Time after which a bot that is not in the game yet is overdue: a second and eight round trips;
// on a network that loses datagrams half the time-out. Never above the time-out.
uint64_t expectation_connect_ns(uint64_t timeout_ns, const ImpairConfig *impairment);

#endif
