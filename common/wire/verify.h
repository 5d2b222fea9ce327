// SPDX-License-Identifier: MIT
// verify.h -- finds the entity that differs when a checksum does not match.
//
// Flow:    client: snapshot whose checksum differs -> VerifyRequest (reliable)
//          server: baseline set of that snapshot + history -> VerifyDetail, one or several
//          (reliable)
//          client: verify_compare() against its own baseline set -> the first difference
// Threads: pure functions on the caller's buffers.
// Trust:   as message.h.
#ifndef TICKSTORM_WIRE_VERIFY_H
#define TICKSTORM_WIRE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "wire/baseline_set.h"

// A client sends its next request after the answer, and no sooner than this after the last one.
#define VERIFY_PERIOD_NS (NS_PER_S / 4)

// Client -> server, reliable.
typedef struct VerifyRequest {
    uint16_t sequence; // of the snapshot
} VerifyRequest;

typedef struct VerifyEntry {
    uint32_t slot;
    bool is_known;  // the server still has the state that the client should hold
    uint16_t check; // high 16 bits of baseline_entry_mix()
} VerifyEntry;

#define VERIFY_ENTRIES_MAX 224

// Server -> client, reliable: the entries first .. first + count - 1 of the server's baseline set.
// The last detail is the one with first + count = baseline_set_count; one empty detail (0 of 0)
// answers for a snapshot whose baseline set is no longer kept.
typedef struct VerifyDetail {
    uint16_t sequence;
    uint32_t baseline_set_count;
    uint32_t first;
    uint32_t count;
    VerifyEntry entries[VERIFY_ENTRIES_MAX];
} VerifyDetail;

// The buffer must hold PAYLOAD_BYTES_MAX; the size in bytes.
size_t verify_request_write(uint8_t *buffer, const VerifyRequest *request);
size_t verify_detail_write(uint8_t *buffer, const VerifyDetail *detail);
bool verify_request_read(const uint8_t *data, size_t size, VerifyRequest *out);
bool verify_detail_read(const uint8_t *data, size_t size, VerifyDetail *out);

static inline uint16_t verify_entry_check(const BaselineEntry *entry, uint32_t baseline_tick,
                                          const EntityRecord *record) {
    return (uint16_t)(baseline_entry_mix(entry, baseline_tick, record) >> 48);
}

typedef enum VerifyDifferenceKind {
    VERIFY_SAME,
    VERIFY_MISSING, // the server has it, the client does not
    VERIFY_EXTRA,   // the client has it, the server does not
    VERIFY_OTHER,   // both have it: generation, age or state differ
} VerifyDifferenceKind;

typedef struct VerifyDifference {
    VerifyDifferenceKind kind;
    uint32_t slot;
} VerifyDifference;

// The difference in the lowest slot of this detail; none where the server no longer keeps the
// baseline set. *next is the first entry of the client's baseline set (with records) that no detail
// was compared with yet; starts at 0.
VerifyDifference verify_compare(const BaselineSet *baseline_set, const VerifyDetail *detail,
                                uint32_t *next);

#endif
