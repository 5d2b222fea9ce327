// SPDX-License-Identifier: MIT
// replica_state.h -- the state of one client's replica of the world: the snapshots sent and
//                    acknowledged, and the state that its next snapshots depend on.
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
    // The first cache line: the fields that the send schedule and a snapshot's header need.
    alignas(CACHE_LINE_BYTES) uint32_t index; // of the session, which is its ship's slot
    bool is_active;                           // the client gets snapshots
    bool wants_verify;                        // some of its snapshots carry checksums; see encode.c
    bool has_verify_request;                  // verify_sequence is not answered yet
    bool has_ages;              // the last snapshot could not carry everything: ages is valid
    SendRate send_rate;         // how often the client gets a snapshot
    uint8_t view_tiers;         // tiers that interest scans; see interest.h
    uint16_t next_sequence;     // sent_count modulo 2^16
    uint16_t verify_sequence;   // the snapshot of the verify request
    uint32_t verify_next_entry; // entry that the next verify detail starts with
    uint32_t token_bytes;       // left of the budget; see encode.h
    uint64_t acked_bits;        // bit a: the snapshot a + 1 before the next one has arrived
    uint64_t sent_count;        // snapshots
    // The newest snapshot, for the net loop.
    size_t snapshot_size;
    uint32_t snapshot_entities; // entities whose state of this tick it carries
    // The rest of a snapshot's inputs, and the snapshot.
    InputEcho input_echo;
    NameSync names;
    uint8_t snapshot[PAYLOAD_BYTES_MAX];
    uint8_t ages[BASELINE_ENTRIES_MAX]; // by entry of the newest baseline set: since last sent
    BaselineRing baselines;             // the sets behind the last snapshots
} ReplicaState;

// The state of a new client: nothing was sent to it, it is not active, and it knows no names.
void replica_state_reset(ReplicaState *state, uint32_t index, const NameTable *names);

// Prefetches the first part of the state that a snapshot reads; then, when that part has arrived,
// the baseline. States lie far apart: with thousands of clients none is still in the cache.
void replica_state_prefetch(const ReplicaState *state);
void replica_state_prefetch_baseline(ReplicaState *state, uint32_t entry_limit);

// The baseline of the next snapshot: the newest set that is acknowledged and still held, if it has
// at most entry_limit entries. Returns the number of snapshots since then; 0: there is no baseline,
// and the set is empty.
uint8_t replica_state_find_baseline(ReplicaState *state, uint32_t entry_limit,
                                    BaselineSet *baseline);

// A snapshot was encoded: its sequence is used up, and it can be acknowledged.
void replica_state_note_sent(ReplicaState *state);

// Whether the snapshot `sequence` has ever been sent.
bool replica_state_has_sent(const ReplicaState *state, uint16_t sequence);

// The tick of a snapshot that was sent. For a snapshot older than all remembered baseline sets, the
// tick of the oldest set.
uint32_t replica_state_snapshot_tick(const ReplicaState *state, uint16_t sequence);

// The client has received the snapshot `sequence`, and for every bit i the one 1 + i before it.
// Numbers that were never sent acknowledge nothing.
void replica_state_acknowledge(ReplicaState *state, uint16_t sequence, uint32_t bits);

// Snapshots sent since the newest one that the client is known to have; at most 64.
static inline uint32_t replica_state_unacked(const ReplicaState *state) {
    if (state->acked_bits != 0) {
        return (uint32_t)__builtin_ctzll(state->acked_bits);
    }
    return state->sent_count < 64 ? (uint32_t)state->sent_count : 64;
}

// The client sent a verify request for the snapshot `sequence`. Only VERIFY_REQUEST_OPEN accepts
// the request.
typedef enum VerifyRequestVerdict {
    VERIFY_REQUEST_OPEN,
    VERIFY_REQUEST_BUSY,    // the previous request is not answered yet
    VERIFY_REQUEST_UNKNOWN, // no such snapshot was sent
} VerifyRequestVerdict;
VerifyRequestVerdict replica_state_open_verify_request(ReplicaState *state, uint16_t sequence);

// Checks the sequence, the acknowledgements, the budget and the baseline sets.
Fault replica_state_validate(const ReplicaState *state);

#endif
