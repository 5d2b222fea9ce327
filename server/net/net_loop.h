// SPDX-License-Identifier: MIT
// net_loop.h -- a thread with a libuv loop around a NetEndpoint.
//
// Flow:    timer every NET_LOOP_CADENCE_MS -> net_endpoint_step()
// Threads: net_loop_start() and net_loop_join() on the main thread; all else on the loop's own. The
//          endpoint is the loop's from start to join.
//
// The timer replaces polling for readability. ENet walks all of its peers whenever it is serviced:
// a wake-up for each datagram would cost 85 us a datagram at 4,095 peers. A step every few
// milliseconds costs the same for one datagram as for hundreds.
#ifndef TICKSTORM_SERVER_NET_NET_LOOP_H
#define TICKSTORM_SERVER_NET_NET_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "server/net/net_endpoint.h"

#define NET_LOOP_CADENCE_MS 3

typedef struct NetLoop {
    NetEndpoint endpoint;
    _Atomic bool is_stopping; // written by the main thread
    uv_loop_t loop;
    uv_timer_t timer;
    uv_thread_t thread;
} NetLoop;

// Starts the thread; the endpoint has been created. False when the system refuses.
bool net_loop_start(NetLoop *net_loop);

// Ends the thread within a cadence. The endpoint is then the caller's to destroy.
void net_loop_join(NetLoop *net_loop);

#endif
