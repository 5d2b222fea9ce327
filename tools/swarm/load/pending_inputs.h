// SPDX-License-Identifier: MIT
// pending_inputs.h -- the input packets of a bot that the server has not acknowledged yet: each one
//                     ends up in the distribution of input ages, acknowledged or not.
//
// Flow:    each packet sent -> pending_inputs_add; each snapshot -> pending_inputs_acknowledge;
//          the connection's end -> pending_inputs_give_up
// Threads: a PendingInputs belongs to one bot.
// Memory:  bounded. Packets beyond the bound are merged into runs: the first and the last age of a
//          run are exact, the others lie evenly between, as in the schedule.
//
// An acknowledgement covers all packets up to its tick, and all are recorded. Recording the newest
// packet alone would flatter the server: of the forty packets that wait while a server stands still
// for two seconds, the newest waited least.
#ifndef TICKSTORM_SWARM_LOAD_PENDING_INPUTS_H
#define TICKSTORM_SWARM_LOAD_PENDING_INPUTS_H

#include <stdint.h>

#include "base/histogram.h"

#define PENDING_RUNS_MAX 16 // power of two; at 20 inputs a second 800 ms without merging

// Consecutive packets.
typedef struct PendingRun {
    uint64_t first_ns, last_ns; // when they were due to be sent
    uint32_t newest_tick;       // the input tick of the last packet: its acknowledgement covers all
    uint32_t count;
} PendingRun;

typedef struct PendingInputs {
    PendingRun runs[PENDING_RUNS_MAX];
    uint32_t oldest; // index
    uint32_t count;
} PendingInputs;

// A packet was sent whose newest input is for newest_tick. When that tick is before those of
// pending packets, the clock was set back and their ticks are sent again: they wait for this
// packet.
void pending_inputs_add(PendingInputs *pending, uint32_t newest_tick, uint64_t scheduled_ns);

// The server has acknowledged the input for `tick`: records the ages of all packets up to it.
void pending_inputs_acknowledge(PendingInputs *pending, uint32_t tick, uint64_t now_ns,
                                Histogram *ages_ns);

// No acknowledgement will follow: records the ages of packets older than patience_ns, the time an
// acknowledgement would have taken; the younger ones say nothing about the server.
void pending_inputs_give_up(PendingInputs *pending, uint64_t now_ns, uint64_t patience_ns,
                            Histogram *ages_ns);

#endif
