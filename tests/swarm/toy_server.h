// SPDX-License-Identifier: MIT
// toy_server.h -- a minimal server for bots: welcomes, snapshots of an empty world that acknowledge
//                 inputs, and kicks on command.
//
// Flow:    toy_server_start -> a thread -> toy_server_stop; or, in virtual time, toy_server_open ->
//          toy_server_step every millisecond -> toy_server_close
// Threads: toy_server_start() starts a thread that owns the transport; the fields under "control"
//          are atomic and may be changed while it runs.
#ifndef TICKSTORM_TESTS_SWARM_TOY_SERVER_H
#define TICKSTORM_TESTS_SWARM_TOY_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "net/interarrival.h"
#include "net/transport.h"

#define TOY_PEERS_MAX    64
#define TOY_MISSING_SLOT 70u // of a drone

typedef struct ToyPeer {
    PeerHandle handle; // 0: free
    bool is_joined;
    bool wants_verify;
    uint16_t sequence;
    uint64_t joined_ns;
    // The newest input.
    Interarrival inputs;
    bool has_input;
    uint32_t input_tick;
    uint16_t send_time_ms;
    uint64_t received_ns;
} ToyPeer;

typedef struct ToyServer {
    // Constant after toy_server_start.
    Transport *transport;
    uint16_t port;
    uv_thread_t thread;
    uint32_t refusal;       // the reason that answers every hello; 0: bots are let in
    uint64_t kick_after_ns; // every bot is kicked so long after its hello; 0: never
    bool sends_garbage;     // instead of snapshots
    bool is_mute;           // sends no snapshots, only welcomes
    uint32_t checksum;      // of the empty world, sent to bots that verify
    // Control.
    atomic_bool is_stopping;
    atomic_bool is_frozen; // does nothing, like a stopped process
    uint64_t start_ns;
    // Written by the thread, read after toy_server_stop.
    ToyPeer peers[TOY_PEERS_MAX];
    uint32_t next_snapshot;
    uint32_t hellos;
    uint32_t inputs;
    uint32_t goodbyes;        // that gave REASON_CLIENT_LEFT
    uint32_t verify_requests; // answered with an entity that is missing in the bot's world
    uint32_t receive_requests;
} ToyServer;

// Set constant fields before the call; all others are zero. Listens on a free port of the loopback
// interface.
void toy_server_start(ToyServer *server);
void toy_server_stop(ToyServer *server);

// The same without a thread, and in a memnet when there is one.
void toy_server_open(ToyServer *server, uint64_t now_ns);
void toy_server_step(ToyServer *server, uint64_t now_ns);
void toy_server_close(ToyServer *server);

#endif
