// SPDX-License-Identifier: MIT
// swarm_plan.h -- the facts that all threads of a swarm share.
//
// Threads: made by the main thread before it starts the others; read-only from then on.
#ifndef TICKSTORM_SWARM_LOAD_SWARM_PLAN_H
#define TICKSTORM_SWARM_LOAD_SWARM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "net/impair.h"
#include "tools/swarm/load/behaviour.h"
#include "tools/swarm/load/load_shape.h"

typedef struct SwarmPlan {
    const char *host; // an IPv4 or IPv6 address
    uint16_t port;
    uint32_t bot_count; // the peak of the shape
    const LoadShape *shape;
    uint32_t thread_count;
    uint64_t seed;
    uint64_t start_ns;
    uint64_t warmup_ns;
    double input_rate_hz;
    uint64_t connect_timeout_ns;
    const Behaviour *behaviours;    // [bot_count]
    const ImpairConfig *impairment; // NULL: the network as it is
    bool wants_verify;              // ask the server for checksums
    bool wants_epoll;               // even where io_uring is available
    uv_async_t *on_thread_end;      // sent when a thread has ended
} SwarmPlan;

#endif
