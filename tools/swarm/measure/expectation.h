// SPDX-License-Identifier: MIT
// expectation.h -- what bots may expect of a healthy server on the network that they were given: a
//                  run is judged by it unless the user says otherwise.
//
// Flow:    the bad network asked for, the server's snapshot rate -> limits -> bot_measure, report
// Threads: pure functions.
//
// What a bad network loses on purpose, or brings after something newer, is not due. All take NULL
// for the network as it is.
#ifndef TICKSTORM_SWARM_MEASURE_EXPECTATION_H
#define TICKSTORM_SWARM_MEASURE_EXPECTATION_H

#include <stdint.h>

#include "net/impair.h"

// Of the snapshots that were due so many must have come, in percent. A healthy run has 99.5 or
// more; a server that stood still for four of thirty seconds has 87.
#define EXPECTATION_RECEIVED_PERCENT 90.0

// The limit in percent of the snapshots that the server's rate promises. Lower with loss and
// reordering, by what that takes and by what the server then leaves out because acknowledgements,
// which come with inputs, are late (server/replication/send_rate.h); and an eighth where the round
// trip is so long that it sends as little on purpose. A snapshot rate of 0 is one that nobody
// knows.
double expectation_received_percent(const ImpairConfig *impairment, double snapshot_rate_hz,
                                    double input_rate_hz);

// So many fewer of `due` snapshots may come where chance takes them: four standard deviations, 28
// of the 200 that are due to a bot in ten seconds when every second one is lost.
double expectation_received_chance(const ImpairConfig *impairment, double due);

// How many arrivals in a row may be missing before it is a stall: chance loses more of them once in
// a thousand times. At least 1.
uint32_t expectation_patience(const ImpairConfig *impairment);

// From when on a bot in the game that hears nothing counts as silent: ten snapshots, a second at
// least, and longer where chance loses as many in a row more often than once in a million.
uint64_t expectation_silence_ns(uint64_t period_ns, const ImpairConfig *impairment);

// The share of all connections that may be under way when a run ends; all of them where datagrams
// are lost, as far as they are not overdue.
double expectation_under_way_share(const ImpairConfig *impairment);

// From when on a bot that is not in the game yet is overdue: a second, and eight times the way
// there and back; where datagrams are lost half the time-out, which bounds it.
uint64_t expectation_connect_ns(uint64_t timeout_ns, const ImpairConfig *impairment);

#endif
