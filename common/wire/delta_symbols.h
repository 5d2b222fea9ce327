// SPDX-License-Identifier: MIT
// delta_symbols.h -- the symbols of the deltas' prefix codes: each names the case that a delta is.
//
// Flow:    delta.h encodes an entity's change as one symbol and the numbers that belong to it;
//          delta_tables.h has the length of each symbol's code
// Threads: constants.
#ifndef TICKSTORM_WIRE_DELTA_SYMBOLS_H
#define TICKSTORM_WIRE_DELTA_SYMBOLS_H

typedef enum DeltaSymbol {
    DELTA_EXACT,  // as predicted
    DELTA_SKIP,   // not sent in this snapshot: the client keeps its baseline
    DELTA_REMOVE, // out of view or dead
    DELTA_FULL,   // a full state follows (snapshot.h)
    DELTA_OTHER,  // status or angle follow, then another symbol: EXACT, ESCAPE or a pair
    DELTA_ESCAPE, // changes of velocity and place follow, each with its class
    DELTA_PAIRS,  // + (class_x * DELTA_CLASSES + class_y) * 2 + has_residual
} DeltaSymbol;

#define DELTA_CLASSES          8 // of magnitude, in a pair: 0, 1, 2..3, ... 64..127
#define DELTA_SYMBOL_COUNT     (DELTA_PAIRS + 2 * DELTA_CLASSES * DELTA_CLASSES)
#define DELTA_RESIDUAL_SYMBOLS (DELTA_CLASSES * DELTA_CLASSES)
#define DELTA_ANGLE_SYMBOLS    9

#endif
