// SPDX-License-Identifier: MIT
// pending_inputs.h -- the input packets of a bot that the server has not answered yet: every one
//                     ends up in the distribution of input ages, answered or not.
//
// Flow:    each packet sent -> pending_inputs_add; each snapshot -> pending_inputs_acknowledge;
//          the connection's end -> pending_inputs_give_up
// Threads: a PendingInputs belongs to one bot.
// Memory:  bounded. What a server leaves unanswered for longer than that holds is merged into runs
//          whose first and last age are exact and whose others lie evenly between, as the schedule
//          had them.
//
// Only the newest input of a snapshot's acknowledgement would be too kind: of the forty packets
// that wait for two seconds while a server stands still, it is the one that waited least.
#ifndef TICKSTORM_SWARM_LOAD_PENDING_INPUTS_H
#define TICKSTORM_SWARM_LOAD_PENDING_INPUTS_H

#include <stdint.h>

#include "base/histogram.h"

#define PENDING_RUNS_MAX 16 // power of two; at 20 inputs a second 800 ms without merging

// Packets sent one after the other.
typedef struct PendingRun {
    uint64_t first_ns, last_ns; // when they were due to be sent
    uint32_t newest_tick;       // of the last one: its acknowledgement is that of all
    uint32_t count;
} PendingRun;

typedef struct PendingInputs {
    PendingRun runs[PENDING_RUNS_MAX];
    uint32_t oldest; // index
    uint32_t count;
} PendingInputs;

// A packet left whose newest input is for newest_tick. When that is before those that are pending,
// the clock was set back, and what they were about is told once more: they wait for this one.
void pending_inputs_add(PendingInputs *pending, uint32_t newest_tick, uint64_t scheduled_ns);

// The server has taken the input for `tick`: records the ages of all up to it.
void pending_inputs_acknowledge(PendingInputs *pending, uint32_t tick, uint64_t now_ns,
                                Histogram *ages_ns);

// Nothing will be answered any more: records the ages of those older than patience_ns, which is
// how long an answer would have taken; the younger ones say nothing about the server.
void pending_inputs_give_up(PendingInputs *pending, uint64_t now_ns, uint64_t patience_ns,
                            Histogram *ages_ns);

#endif
