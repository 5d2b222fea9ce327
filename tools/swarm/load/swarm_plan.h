// SPDX-License-Identifier: MIT
// swarm_plan.h -- one swarm under way: its load, and what follows from it for all threads.
//
// Threads: made by the main thread before it starts the others; read-only from then on.
#ifndef TICKSTORM_SWARM_LOAD_SWARM_PLAN_H
#define TICKSTORM_SWARM_LOAD_SWARM_PLAN_H

#include <stdint.h>

#include <uv.h>

#include "tools/swarm/load/load_spec.h"

typedef struct SwarmPlan {
    const LoadSpec *spec;
    const char *address;         // the server's, in numbers
    uint32_t bot_count;          // the peak of the load's shape
    const Behaviour *behaviours; // [bot_count]
    uint64_t start_ns;
    uv_async_t *on_thread_end; // sent when a thread has ended
} SwarmPlan;

#endif
