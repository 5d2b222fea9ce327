// SPDX-License-Identifier: MIT
// virtual_server.h -- a server on one thread in virtual time, over the in-memory network.
//
// Flow:    virtual_server_create -> { virtual_server_advance; poll the clients } -> _destroy
// Threads: the calling thread, plus the pool's workers during a tick when there are several.
// Units:   virtual nanoseconds; all share the network's clock.
#ifndef TICKSTORM_TESTS_SERVER_VIRTUAL_SERVER_H
#define TICKSTORM_TESTS_SERVER_VIRTUAL_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/memnet.h"
#include "server/net/net_endpoint.h"
#include "server/sim/match.h"

typedef struct VirtualServerConfig {
    uint64_t seed;
    uint32_t drone_count;
    uint32_t ship_capacity;
    uint32_t worker_count;
    uint32_t budget_bytes;          // 0: PAYLOAD_BYTES_MAX
    uint32_t side_units;            // 0: grows with the drones
    bool has_datagram_limit;        // as a real server's, per client
    const ImpairConfig *impairment; // NULL: a perfect network
    uint32_t first_tick;            // 0: the environment's TICKSTORM_TEST_FIRST_TICK, if any
    uint64_t start_ms;              // of the clock
} VirtualServerConfig;

typedef struct VirtualServer {
    Memnet *net;
    SimQueues *queues;
    Metrics *metrics;
    Match match;
    NetEndpoint endpoint;
    _Atomic bool is_draining;
    bool is_sim_stopped; // the sim thread hangs: the net loop goes on without it
    uint16_t port;
    uint64_t next_step_ns;
    uint64_t next_tick_ns;
} VirtualServer;

// Fails the test when anything cannot be created. The network is installed in this thread.
VirtualServer *virtual_server_create(const VirtualServerConfig *config);
// Clients have to be closed before.
void virtual_server_destroy(VirtualServer *server);

uint64_t virtual_server_now_ns(const VirtualServer *server);

// Lets a millisecond pass: the endpoint steps every third, the match ticks when it is due.
void virtual_server_advance(VirtualServer *server);

#endif
