// SPDX-License-Identifier: MIT
// replica_state.h -- the state of one client's replica of the world: what was sent to it, what it
//                    acknowledged, and what its next snapshots depend on.
//
// Flow:    interest and encode (read, write) -> snapshot -> the net loop;
//          acknowledgements, verify requests and the echo of inputs come back from the match
// Threads: the sim thread; within the replication's parallel-for the worker whose piece it is in.
// Memory:  part of a session, allocated with it. The first cache lines hold everything that the
//          send schedule, interest and encode read of every client; the large arrays follow.
// Units:   ages in snapshots, sizes in bytes.
#ifndef TICKSTORM_SERVER_REPLICATION_REPLICA_STATE_H
#define TICKSTORM_SERVER_REPLICATION_REPLICA_STATE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "base/spsc_queue.h" // CACHE_LINE_BYTES
#include "server/replication/baseline_ring.h"
#include "server/replication/name_sync.h"
#include "server/replication/send_rate.h"
#include "wire/snapshot.h"

// The arrival of the client's inputs, for the header of its snapshots.
typedef struct InputEcho {
    uint64_t received_ns; // when the newest input packet arrived
    uint32_t newest_tick;
    uint16_t send_time_ms;
    uint16_t starved_count;
    int16_t margin_q4;
    bool has_input; // else the rest is not valid
} InputEcho;

typedef struct ReplicaState {
    // The first cache line: what the send schedule and the header of a snapshot need.
    alignas(CACHE_LINE_BYTES) uint32_t index; // of the session, which is its ship's slot
    bool is_active;                           // gets snapshots
    bool wants_verify;                        // some of its snapshots carry checksums; see encode.c
    bool has_verify_request;                  // an answer to verify_sequence is owed
    bool has_ages;              // the last snapshot could not carry everything: ages counts
    SendRate send_rate;         // how often it gets a snapshot
    uint8_t view_tiers;         // how far out it looks; see interest.h
    uint16_t next_sequence;     // sent_count modulo 2^16
    uint16_t verify_sequence;   // the snapshot that the client asks about
    uint32_t verify_next_entry; // that the next part of the answer starts with
    uint32_t token_bytes;       // left of the budget; see encode.h
    uint64_t acked_bits;        // bit a: the snapshot a + 1 before the next one has arrived
    uint64_t sent_count;        // snapshots
    // The newest snapshot, for the net loop.
    size_t snapshot_size;
    uint32_t snapshot_entities; // whose state of its tick it carries
    // What lies around it.
    InputEcho input_echo;
    NameSync names;
    uint8_t snapshot[PAYLOAD_BYTES_MAX];
    uint8_t ages[BASELINE_ENTRIES_MAX]; // by entry of the newest baseline set: since it was sent
    BaselineRing baselines;             // the sets behind the last snapshots
} ReplicaState;

// The state of a new client: nothing was sent to it, it is not active, and it knows no names.
void replica_state_reset(ReplicaState *state, uint32_t index, const NameTable *names);

// Fetches into the cache what a snapshot reads first of the state; then, once that has arrived, the
// baseline that it will be made against. States lie far apart: with thousands of clients none is in
// the cache any more.
void replica_state_prefetch(const ReplicaState *state);
void replica_state_prefetch_baseline(ReplicaState *state, uint32_t entry_limit);

// The baseline of the next snapshot: the newest set that the client has acknowledged and that is
// still held, if it has at most entry_limit entries. Returns how many snapshots back it is; 0 for
// none: then the set is empty.
uint8_t replica_state_find_baseline(ReplicaState *state, uint32_t entry_limit,
                                    BaselineSet *baseline);

// A snapshot was encoded: its sequence is used up, and it can be acknowledged.
void replica_state_note_sent(ReplicaState *state);

// Whether the snapshot `sequence` has ever been sent.
bool replica_state_has_sent(const ReplicaState *state, uint16_t sequence);

// The tick of a snapshot that was sent. For one that is older than all remembered baseline sets:
// the tick of the oldest of them.
uint32_t replica_state_snapshot_tick(const ReplicaState *state, uint16_t sequence);

// The client has the snapshot `sequence`, and 1 + i before it for every bit i. Numbers that were
// never sent acknowledge nothing.
void replica_state_acknowledge(ReplicaState *state, uint16_t sequence, uint32_t bits);

// Snapshots sent since the newest one that the client is known to have; at most 64.
static inline uint32_t replica_state_unacked(const ReplicaState *state) {
    if (state->acked_bits != 0) {
        return (uint32_t)__builtin_ctzll(state->acked_bits);
    }
    return state->sent_count < 64 ? (uint32_t)state->sent_count : 64;
}

// The client asks about the snapshot `sequence`. Only VERIFY_REQUEST_OPEN accepts the request.
typedef enum VerifyRequestVerdict {
    VERIFY_REQUEST_OPEN,
    VERIFY_REQUEST_BUSY,    // the one before is not answered yet
    VERIFY_REQUEST_UNKNOWN, // no such snapshot was sent
} VerifyRequestVerdict;
VerifyRequestVerdict replica_state_open_verify_request(ReplicaState *state, uint16_t sequence);

// Checks the sequence, the acknowledgements, the budget and the baseline sets.
Fault replica_state_validate(const ReplicaState *state);

#endif
