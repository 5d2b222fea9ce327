// SPDX-License-Identifier: MIT
// session.h -- a player in the world: its connection, its inputs, and the state of its replica.
//
// Flow:    join -> session_open -> (inputs in, snapshots out) ... leave -> session_close
// Threads: the sim thread; during replication a worker owns the sessions of its piece.
// Memory:  all sessions are allocated at start, a session's index is its player's and its ship's.
#ifndef TICKSTORM_SERVER_SIM_SESSION_H
#define TICKSTORM_SERVER_SIM_SESSION_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "base/spsc_queue.h" // CACHE_LINE_BYTES
#include "game/entity.h"
#include "game/slot_set.h"
#include "net/transport.h"
#include "server/replication/replica_state.h"
#include "server/sim/input_queue.h"

typedef enum SessionState {
    SESSION_FREE,
    SESSION_JOINING, // its welcome has found no room in the queue yet
    SESSION_PLAYING,
} SessionState;

typedef struct Session {
    // Constant while open.
    alignas(CACHE_LINE_BYTES) SessionState state;
    uint32_t index;
    uint32_t loop; // the net loop that serves it
    PeerHandle peer;
    uint64_t range;       // of its address; see departures.h
    uint32_t join_tick;   // its first tick ...
    uint32_t wait_ticks;  // ... and how long it waits for its ship
    uint64_t chat_due_ns; // leaky bucket, which outlives the connection
    InputQueue inputs;
    ReplicaState replica; // what its client holds of the world
} Session;

typedef struct SessionTable {
    Session *sessions;       // [capacity]
    ReplicaState **replicas; // [capacity] those of the sessions
    uint32_t capacity;
    SlotSet open;                     // indices of the sessions that are not free
    SlotSet joining;                  // indices of the sessions without a welcome
    uint32_t count;                   // open
    uint32_t high_water;              // no open session at or above
    NameTable names;                  // of all players
    uint32_t *by_peer[NET_LOOPS_MAX]; // index + 1 by the low bits of the handle
    uint32_t loop_count;
} SessionTable;

// Peers of one net loop differ in these bits of their handles (ENet's 12).
#define SESSION_PEER_SLOTS 4096

bool session_table_create(SessionTable *table, uint32_t capacity, uint32_t loop_count);
void session_table_destroy(SessionTable *table);

// Opens the free session with the lowest index; NULL when there is none. tick is that of the first
// input. The cost does not depend on the number of sessions.
Session *session_open(SessionTable *table, uint32_t loop, PeerHandle peer, const char *name,
                      uint32_t tick);
void session_close(SessionTable *table, Session *session);
// The welcome is on its way: the session plays.
void session_welcome(SessionTable *table, Session *session);

// An input packet has arrived, as input_queue_push(); the next snapshot answers it.
void session_push_input(Session *session, const InputMessage *message, const InputArrival *arrival);
// The input for the next tick, as input_queue_pop().
ShipInput session_pop_input(Session *session);

// The session of a peer, or NULL without one.
Session *session_find(const SessionTable *table, uint32_t loop, PeerHandle peer);

// Checks the sets of sessions against the sessions, and the way from peers to them.
Fault session_table_validate(const SessionTable *table);

#endif
