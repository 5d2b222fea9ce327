// SPDX-License-Identifier: MIT
// session.h -- a player in the world: who it is, what it asked for, what it has been told.
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

#include "base/limits.h"
#include "base/spsc_queue.h" // CACHE_LINE_BYTES
#include "game/entity.h"
#include "game/slot_set.h"
#include "net/transport.h"
#include "server/replication/baseline_ring.h"
#include "server/replication/name_sync.h"
#include "server/replication/send_rate.h"
#include "server/sim/input_queue.h"
#include "wire/snapshot.h"

#define SESSION_NONE UINT32_MAX

typedef enum SessionState {
    SESSION_FREE,
    SESSION_JOINING, // its welcome has found no room in the ring yet
    SESSION_PLAYING,
} SessionState;

// What every snapshot touches lies in the first lines, what takes room behind it.
typedef struct Session {
    // Constant while open.
    alignas(CACHE_LINE_BYTES) SessionState state;
    uint32_t index;
    uint32_t loop; // the net loop that serves it
    PeerHandle peer;
    bool wants_verify;    // some of its snapshots carry checksums; see encode.c
    uint64_t range;       // of its address; see departures.h
    uint32_t join_tick;   // the first with it ...
    uint32_t wait_ticks;  // ... and how long its ship is kept from it
    uint64_t chat_due_ns; // leaky bucket, which outlives the connection
    // Snapshots.
    bool has_ages;           // the last snapshot could not tell everything: waits counts
    uint8_t view_tiers;      // how far out it looks; see interest.h
    bool has_verify_request; // the client's: which entity of that snapshot's roster differs?
    uint16_t next_sequence;  // sent_count modulo 2^16
    uint16_t verify_sequence;
    uint32_t verify_next_entry; // entry that the next part of the answer starts with
    uint64_t acked_bits;        // bit a: the snapshot a + 1 before the next one has arrived
    uint64_t sent_count;        // snapshots
    uint32_t token_bytes;       // left of the budget; see encode.h
    SendRate send_rate;         // how often it is told
    // What interest and encode leave for hand_over.
    uint32_t snapshot_entities;
    size_t snapshot_size;
    NameSync names; // of other players
    InputQueue inputs;
    uint8_t snapshot[PAYLOAD_BYTES_MAX];
    uint8_t
        ages[BASELINE_ENTRIES_MAX]; // by entry of the newest roster: snapshots since it was told
    BaselineRing baseline_sets;
} Session;

typedef struct SessionTable {
    Session *sessions; // [capacity]
    uint32_t capacity;
    SlotSet open;                     // indices of those that are not free
    SlotSet joining;                  // of those that wait for their welcome
    uint32_t count;                   // open
    uint32_t high_water;              // no open session at or above
    NameTable names;                  // of all players
    uint32_t *by_peer[NET_LOOPS_MAX]; // index + 1 by the low bits of the handle
    uint32_t loop_count;
} SessionTable;

// Peers of one net loop are told apart by these bits of their handles (ENet's 12).
#define SESSION_PEER_SLOTS 4096

bool session_table_create(SessionTable *table, uint32_t capacity, uint32_t loop_count);
void session_table_destroy(SessionTable *table);

// Opens the free session with the lowest index; NULL when there is none. tick is the first one
// whose input it will be asked for. What it takes does not depend on how many others there are.
Session *session_open(SessionTable *table, uint32_t loop, PeerHandle peer, const char *name,
                      uint32_t tick);
void session_close(SessionTable *table, Session *session);
// Its welcome is on the way: it plays.
void session_welcome(SessionTable *table, Session *session);

// Asks for what a snapshot of the session reads first; then, once that has arrived, for the roster
// that it refers to. Sessions lie far apart: with thousands of them none is in the cache any more.
void session_prefetch(const Session *session);
void session_prefetch_baseline(Session *session, uint32_t entry_limit);

// The session of a peer, or NULL when it has none (any more).
Session *session_find(const SessionTable *table, uint32_t loop, PeerHandle peer);

// A snapshot was encoded: its sequence is behind us, what it carried can be acknowledged.
void session_snapshot_sent(Session *session);

// The roster that the next snapshot refers to: of the newest one that the client has and that is
// still held, if it has at most entry_limit entries. Returns how many snapshots back it is, 0 for
// none: then the roster is empty.
uint8_t session_find_baseline(Session *session, uint32_t entry_limit, BaselineSet *baseline);

// Whether the snapshot `sequence` has ever been sent.
bool session_has_sent(const Session *session, uint16_t sequence);

// The tick of a snapshot that was sent; of one longer ago than rosters are remembered, that of the
// oldest which is remembered.
uint32_t session_snapshot_tick(const Session *session, uint16_t sequence);

// The client has the snapshot `sequence`, and 1 + i before it for every bit i. Numbers that were
// never sent acknowledge nothing.
void session_acknowledge(Session *session, uint16_t sequence, uint32_t bits);

// The client asks about the snapshot `sequence`. Anything but VERIFY_REQUEST_OPEN: it is not
// listened to.
typedef enum VerifyRequestVerdict {
    VERIFY_REQUEST_OPEN,
    VERIFY_REQUEST_BUSY,    // the one before is not answered yet
    VERIFY_REQUEST_UNKNOWN, // no such snapshot was sent
} VerifyRequestVerdict;
VerifyRequestVerdict session_open_verify_request(Session *session, uint16_t sequence);

// Snapshots sent since the newest one that the client is known to have; at most 64.
static inline uint32_t session_unacked(const Session *session) {
    if (session->acked_bits != 0) {
        return (uint32_t)__builtin_ctzll(session->acked_bits);
    }
    return session->sent_count < 64 ? (uint32_t)session->sent_count : 64;
}

#endif
