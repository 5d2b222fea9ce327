// SPDX-License-Identifier: MIT
// search_spec.h -- a search: its bounds, and the parts of its runs that the result names.
//
// Threads: the main thread; read-only while the search goes on.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_SPEC_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/report/threshold.h"

typedef struct SearchSpec {
    // As given; the types are those of base/options.h.
    uint64_t first;           // number of bots to begin with
    uint64_t max;             // number of bots not to exceed
    double precision_percent; // of the answer
    uint64_t settle_ns;       // with all bots in the game, before the measured time
    uint64_t duration_ns;     // measured, for each number of bots
    uint64_t cool_down_ns;    // between two runs
    // Of each run; borrowed from its RunSpec.
    const char *server; // "HOST:PORT"
    uint64_t seed;
    bool is_server_watched; // the server's own metrics are read
    const ThresholdList *thresholds;
} SearchSpec;

#endif
