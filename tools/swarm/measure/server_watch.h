// SPDX-License-Identifier: MIT
// server_watch.h -- looks at a server's /metrics once a second while bots load it.
//
// Flow:    server_watch_start: the first look -> a thread looks every second -> what it saw so far,
//          and in the last second -> server_watch_finish: the last look is in
//          -> server_watch_free
// Threads: the watch has a thread of its own, so that a server that does not answer delays nothing.
//          All functions are the main thread's; what they share stands under the mutex.
//          server_watch_start() and server_watch_finish() block for a fetch (http_fetch.h), the
//          others never.
#ifndef TICKSTORM_SWARM_MEASURE_SERVER_WATCH_H
#define TICKSTORM_SWARM_MEASURE_SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "tools/swarm/measure/server_metrics.h"

#define SERVER_WATCH_ERROR_BYTES 160

// As http_fetch(); tests put a server of their own behind it.
typedef char *(*ServerFetch)(const char *url, char *error, size_t error_size);

typedef struct ServerLook {
    uint64_t at_ns; // half-way between question and answer
    ServerSample sample;
} ServerLook;

typedef struct ServerWatch {
    // Constant after server_watch_start.
    const char *url;
    ServerFetch fetch;
    uv_thread_t thread;
    // Under the mutex.
    uv_mutex_t mutex;
    uv_cond_t wake;        // the thread, before its second is over
    bool is_restart_asked; // the next look becomes `first`
    bool is_last_look_asked;
    ServerLook first, previous, latest;
    uint32_t looks;                       // that went well, since `first`
    bool is_stale;                        // the newest look failed
    char error[SERVER_WATCH_ERROR_BYTES]; // of the newest look; empty: it went well
} ServerWatch;

// False, with the reason in error, when the first look does not go well; there is no thread then
// and nothing to finish.
bool server_watch_start(ServerWatch *watch, const char *url, ServerFetch fetch);

// What is measured begins now: looks at once.
void server_watch_restart(ServerWatch *watch);

// What is measured ends now: looks once more and no more after that.
void server_watch_end(ServerWatch *watch);

// Has the last look taken, if nobody has asked for it yet, and waits for it. Then
// server_watch_so_far() tells the whole, until server_watch_free().
void server_watch_finish(ServerWatch *watch);
void server_watch_free(ServerWatch *watch);

// What happened since the start or restart. False when there were too few looks, or the server was
// restarted.
bool server_watch_so_far(ServerWatch *watch, ServerMetrics *metrics);

// What happened between the last two looks. False also while the newest one failed: what the server
// was like before is no news.
bool server_watch_recent(ServerWatch *watch, ServerMetrics *metrics);

#endif
