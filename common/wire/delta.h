// SPDX-License-Identifier: MIT
// delta.h -- encodes the change of an entity from a baseline, which the client holds, to the
//            present state in a few bits, and decodes it.
//
// Flow:    server: baseline, record -> delta_encode() -> DeltaBits, copied into every datagram that
//          needs them: they depend only on (slot, baseline tick, tick)
//          client: baseline + bits -> delta_decode() -> record
// Threads: pure functions; the codes are built before main().
// Units:   published units (EntityRecord); ages in ticks.
// Trust:   delta_decode() is total: it yields a record whose place is within DELTA_PLACE_MAX, or
//          the reader has failed.
//
// The place is predicted from the baseline, its velocity, and the change of velocity, which is sent
// first: drones steer only in known ticks, so the change of velocity determines where the drone is.
// The residual is sent in classes of magnitude. One symbol of a static prefix code names the case;
// the code depends on kind and window alone, which both sides know.
#ifndef TICKSTORM_WIRE_DELTA_H
#define TICKSTORM_WIRE_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"
#include "wire/bits.h"
#include "wire/delta_symbols.h"

// A baseline of this age or older cannot be used.
#define DELTA_AGE_MAX  HISTORY_TICKS
#define DELTA_BITS_MAX 128

// No decoded place lies further out on either axis.
#define DELTA_PLACE_MAX (1 << 20)

typedef struct DeltaBits {
    uint64_t words[2]; // the first bit is the lowest
    uint32_t count;    // 0: the change cannot be sent as a delta
} DeltaBits;

// The entity, the tick to predict, and the age of its baseline.
typedef struct DeltaWindow {
    uint32_t slot;
    uint32_t tick;
    uint32_t age; // of the baseline, 1..DELTA_AGE_MAX
} DeltaWindow;

// age < DELTA_AGE_MAX; both records are of the same entity.
DeltaBits delta_encode(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                       const EntityRecord *record);

// The bits of SKIP, REMOVE or FULL.
DeltaBits delta_mark(EntityKind kind, DeltaWindow window, DeltaSymbol symbol);

// Reads one entity's symbol and the numbers that belong to it. Returns EXACT, SKIP, REMOVE or FULL,
// and OTHER for any other symbol. *record is set for EXACT and OTHER. The baseline is as the client
// holds it (fields_record_as_read()); it is not read where age is DELTA_AGE_MAX, when EXACT and
// OTHER are refused.
DeltaSymbol delta_decode(BitReader *reader, EntityKind kind, DeltaWindow window,
                         const EntityRecord *baseline, EntityRecord *record);

#endif
