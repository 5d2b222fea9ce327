// SPDX-License-Identifier: MIT
// delta.h -- how an entity got from a state that the client holds to the present one, in a few
//            bits; and back.
//
// Flow:    server: base, record -> delta_encode() -> DeltaBits, copied into every datagram that
//          needs them: they depend on nothing but (slot, base tick, tick)
//          client: base + bits -> delta_decode() -> record
// Threads: pure functions; the codes are built before main().
// Units:   published units (EntityRecord); ages in ticks.
// Trust:   delta_decode() is total: it yields a record whose place is within DELTA_PLACE_MAX, or
//          the reader has failed.
//
// The base is carried on by its velocity, and by the change of velocity that is sent first: drones
// steer only in known ticks, so a change of velocity says where the drone must be. What is left is
// sent in classes of magnitude. One symbol of a static prefix code says what happened; which code
// depends on kind and window alone, which both sides know.
#ifndef TICKSTORM_WIRE_DELTA_H
#define TICKSTORM_WIRE_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"
#include "wire/bits.h"

// A base of this age or older is of no use.
#define DELTA_AGE_MAX  HISTORY_TICKS
#define DELTA_BITS_MAX 128

// No decoded place lies further out on either axis.
#define DELTA_PLACE_MAX (1 << 20)

typedef enum DeltaSymbol {
    DELTA_EXACT,  // as predicted
    DELTA_SKIP,   // not told in this snapshot: the client keeps its base
    DELTA_REMOVE, // out of view or dead
    DELTA_FULL,   // a whole state follows (snapshot.h)
    DELTA_OTHER,  // status or angle follow, then another symbol: EXACT, ESCAPE or a pair
    DELTA_ESCAPE, // changes of velocity and place follow, each with its class
    DELTA_PAIRS,  // + (class_x * DELTA_CLASSES + class_y) * 2 + has_residual
} DeltaSymbol;

#define DELTA_CLASSES          8 // of magnitude, in a pair: 0, 1, 2..3, ... 64..127
#define DELTA_SYMBOL_COUNT     (DELTA_PAIRS + 2 * DELTA_CLASSES * DELTA_CLASSES)
#define DELTA_RESIDUAL_SYMBOLS (DELTA_CLASSES * DELTA_CLASSES)
#define DELTA_ANGLE_SYMBOLS    9

typedef struct DeltaBits {
    uint64_t words[2]; // the first bit is the lowest
    uint32_t count;    // 0: it cannot be told as a delta
} DeltaBits;

// Which base is carried to which tick.
typedef struct DeltaWindow {
    uint32_t slot;
    uint32_t tick;
    uint32_t age; // of the base, 1..DELTA_AGE_MAX
} DeltaWindow;

// age < DELTA_AGE_MAX; both records are of the same entity.
DeltaBits delta_encode(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                       const EntityRecord *record);

// The bits of SKIP, REMOVE or WHOLE.
DeltaBits delta_mark(EntityKind kind, DeltaWindow window, DeltaSymbol symbol);

// Reads one entity's symbol and what belongs to it. EXACT, SKIP, REMOVE or WHOLE; any other symbol
// is reported as DELTA_OTHER. *record is set for EXACT and OTHER. base is as the reader of it had
// it, and not looked at where age is DELTA_AGE_MAX: then EXACT and OTHER are refused.
DeltaSymbol delta_decode(BitReader *reader, EntityKind kind, DeltaWindow window,
                         const EntityRecord *baseline, EntityRecord *record);

#endif
