// SPDX-License-Identifier: MIT
#include "server/replication/replica_state.h"

#include <assert.h>

#include "base/thread_role.h"

static_assert(offsetof(ReplicaState, snapshot_size) < CACHE_LINE_BYTES,
              "what every snapshot needs first lies in one cache line");

void replica_state_reset(ReplicaState *state, uint32_t index, const NameTable *names) {
    ASSERT_SIM_THREAD();
    state->index = index;
    state->is_active = false;
    state->wants_verify = false;
    state->has_verify_request = false;
    state->has_ages = false;
    send_rate_reset(&state->send_rate);
    state->view_tiers = UINT8_MAX; // all tiers; interest narrows them in a crowd
    state->next_sequence = 0;
    state->token_bytes = 0;
    state->acked_bits = 0;
    state->sent_count = 0;
    state->snapshot_size = 0;
    state->snapshot_entities = 0;
    state->input_echo = (InputEcho){0};
    name_sync_open(&state->names, names, index);
    baseline_ring_reset(&state->baselines);
}

// ------------------------------------------------------------------ prefetching

// Lines of a baseline's first entries; the processor predicts the rest.
#define PREFETCH_ENTRY_BYTES 256

static void prefetch_bytes(const void *first, size_t bytes) {
    for (size_t at = 0; at < bytes; at += CACHE_LINE_BYTES) {
        __builtin_prefetch((const uint8_t *)first + at);
    }
}

void replica_state_prefetch(const ReplicaState *state) {
    ASSERT_WORKER();
    prefetch_bytes(state, offsetof(ReplicaState, snapshot));
    prefetch_bytes(&state->baselines, offsetof(BaselineRing, entries));
}

void replica_state_prefetch_baseline(ReplicaState *state, uint32_t entry_limit) {
    ASSERT_WORKER();
    BaselineSet baseline;
    if (replica_state_find_baseline(state, entry_limit, &baseline) > 0) {
        prefetch_bytes(baseline.entries, PREFETCH_ENTRY_BYTES);
    }
}

// ------------------------------------------------------------------ snapshots and acknowledgements

uint8_t replica_state_find_baseline(ReplicaState *state, uint32_t entry_limit,
                                    BaselineSet *baseline) {
    ASSERT_WORKER();
    uint32_t acked = (uint32_t)state->acked_bits & ((1u << SNAPSHOT_BASELINE_MAX) - 1);
    for (; acked != 0; acked &= acked - 1) {
        const uint32_t back = (uint32_t)__builtin_ctz(acked) + 1;
        const uint16_t sequence = (uint16_t)(state->next_sequence - back);
        if (baseline_ring_find(&state->baselines, sequence, baseline) &&
            baseline->count <= entry_limit) {
            return (uint8_t)back;
        }
    }
    *baseline = (BaselineSet){0};
    return 0;
}

void replica_state_note_sent(ReplicaState *state) {
    ASSERT_WORKER();
    state->next_sequence++;
    state->sent_count++;
    state->acked_bits <<= 1;
}

// The number of snapshots between `sequence` and the newest one; numbers ahead of the newest wrap
// to 2^15 and more.
static uint32_t age_of(const ReplicaState *state, uint16_t sequence) {
    return (uint16_t)(state->next_sequence - 1 - sequence);
}

bool replica_state_has_sent(const ReplicaState *state, uint16_t sequence) {
    ASSERT_SIM_THREAD();
    const uint32_t age = age_of(state, sequence);
    return age < 0x8000 && age < state->sent_count;
}

uint32_t replica_state_snapshot_tick(const ReplicaState *state, uint16_t sequence) {
    ASSERT_SIM_THREAD();
    const uint32_t age = age_of(state, sequence);
    const uint16_t known =
        age < BASELINE_SETS_MAX ? sequence : (uint16_t)(state->next_sequence - BASELINE_SETS_MAX);
    return state->baselines.spans[known % BASELINE_SETS_MAX].tick;
}

void replica_state_acknowledge(ReplicaState *state, uint16_t sequence, uint32_t bits) {
    ASSERT_SIM_THREAD();
    // Age 0 is the snapshot sent last; sequences ahead of it wrap to ages beyond the valid ones.
    const uint32_t age = age_of(state, sequence);
    if (age < 64) {
        state->acked_bits |= 1ull << age;
    }
    if (age < 63) {
        state->acked_bits |= (uint64_t)bits << (age + 1);
    }
    if (state->sent_count < 64) { // clears bits before the first snapshot
        state->acked_bits &= (1ull << state->sent_count) - 1;
    }
}

// ------------------------------------------------------------------ verification

VerifyRequestVerdict replica_state_open_verify_request(ReplicaState *state, uint16_t sequence) {
    ASSERT_SIM_THREAD();
    if (!replica_state_has_sent(state, sequence)) {
        return VERIFY_REQUEST_UNKNOWN;
    }
    if (state->has_verify_request) {
        return VERIFY_REQUEST_BUSY;
    }
    state->has_verify_request = true;
    state->verify_sequence = sequence;
    state->verify_next_entry = 0;
    return VERIFY_REQUEST_OPEN;
}

// ------------------------------------------------------------------ checks

Fault replica_state_validate(const ReplicaState *state) {
    ASSERT_SIM_THREAD();
    const char *what = NULL;
    if (state->next_sequence != (uint16_t)state->sent_count) {
        what = "the next sequence is not that of the snapshots sent";
    } else if (state->sent_count < 64 && state->acked_bits >> state->sent_count != 0) {
        what = "a snapshot is acknowledged that was never sent";
    } else if (state->token_bytes > PAYLOAD_BYTES_MAX) {
        what = "the budget has grown beyond one datagram";
    } else if (state->snapshot_size > PAYLOAD_BYTES_MAX) {
        what = "the snapshot is larger than a datagram";
    } else if (state->names.unsent_count > NAME_SYNC_UNSENT_MAX ||
               state->names.known_count > state->names.table->name_count) {
        what = "more names are unsent or known than there are";
    }
    return what != NULL ? (Fault){.what = what}
                        : baseline_ring_validate(&state->baselines, state->next_sequence);
}
