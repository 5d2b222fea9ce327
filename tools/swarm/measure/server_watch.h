// SPDX-License-Identifier: MIT
// server_watch.h -- samples a server's /metrics once a second while bots load it.
//
// Flow:    server_watch_start: first sample -> a thread samples every second ->
//          server_watch_so_far, server_watch_recent -> server_watch_finish: last sample ->
//          server_watch_free
// Threads: the watch has a thread of its own, so that a server that does not answer delays nothing.
//          All functions are the main thread's; data that both threads use are under the mutex.
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
    uint64_t at_ns; // half-way between request and response
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
    bool is_restart_asked; // the next sample becomes `first`
    bool is_last_look_asked;
    ServerLook first, previous, latest;
    uint32_t looks;                       // that succeeded, since `first`
    bool is_stale;                        // the newest sample failed
    char error[SERVER_WATCH_ERROR_BYTES]; // of the newest sample; empty: it succeeded
} ServerWatch;

// False, with the reason in error, when the first sample fails; then there is no thread and nothing
// to finish.
bool server_watch_start(ServerWatch *watch, const char *url, ServerFetch fetch);

// Measuring begins now: samples at once.
void server_watch_restart(ServerWatch *watch);

// Measuring ends now: takes a last sample.
void server_watch_end(ServerWatch *watch);

// Makes sure that there is a last sample, and waits for it. From then on server_watch_so_far()
// covers the run, until server_watch_free().
void server_watch_finish(ServerWatch *watch);
void server_watch_free(ServerWatch *watch);

// The metrics since the start or restart. False when there are too few samples, or the server was
// restarted.
bool server_watch_so_far(ServerWatch *watch, ServerMetrics *metrics);

// The metrics between the last two samples. False also while the newest one failed, since the older
// ones are out of date.
bool server_watch_recent(ServerWatch *watch, ServerMetrics *metrics);

#endif
