// SPDX-License-Identifier: MIT
// server_watch.h -- looks at a server's /metrics when the measured interval starts and ends.
//
// Flow:    server_watch_start -> the run -> server_watch_end -> ServerMetrics
// Threads: the main thread; both calls block for a fetch (http_fetch.h).
#ifndef TICKSTORM_SWARM_SERVER_WATCH_H
#define TICKSTORM_SWARM_SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/server_metrics.h"

typedef struct ServerWatch {
    const char *url;
    ServerSample before;
    uint64_t started_ns;
    bool has_metrics; // both looks went well
    ServerMetrics metrics;
    char error[160]; // of the look that did not
} ServerWatch;

// False with the reason in error.
bool server_watch_start(ServerWatch *watch, const char *url);
void server_watch_end(ServerWatch *watch);

#endif
