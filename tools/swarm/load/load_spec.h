// SPDX-License-Identifier: MIT
// load_spec.h -- the load that a run puts on a server: how many bots when, and how they behave.
//
// Flow:    command line -> RunSpec.load (run_spec.h) -> swarm_run -> threads and bots, by pointer
// Threads: written before the swarm starts, read-only while it runs.
#ifndef TICKSTORM_SWARM_LOAD_LOAD_SPEC_H
#define TICKSTORM_SWARM_LOAD_LOAD_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/impair.h"
#include "net/net_address.h"
#include "tools/swarm/load/behaviour.h"
#include "tools/swarm/load/load_shape.h"

typedef struct LoadSpec {
    char host[NET_HOST_BYTES]; // of the server, a name or an address
    uint16_t port;
    LoadShape shape;
    uint32_t thread_count;
    uint64_t warmup_ns; // from the start, not measured
    double input_rate_hz;
    uint64_t seed;
    uint64_t connect_timeout_ns;
    BehaviourMix mix;
    bool is_impaired;        // each bot's connection gets a bad network of its own
    ImpairConfig impairment; // each way
    bool wants_verify;       // ask the server for checksums
    bool wants_epoll;        // even where io_uring is available
} LoadSpec;

// NULL: the network as it is.
static inline const ImpairConfig *load_spec_impairment(const LoadSpec *spec) {
    return spec->is_impaired ? &spec->impairment : NULL;
}

#endif
