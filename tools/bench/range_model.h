// SPDX-License-Identifier: MIT
// range_model.h -- codes changes of entities with a range coder, with a context for every bit that
//                  gains from one, to measure the wire's prefix codes against.
//
// Flow:    delta_change_of (a record and its baseline) -> DeltaChange -> range_model_put
// Threads: pure functions on the caller's model and coder.
#ifndef TICKSTORM_BENCH_RANGE_MODEL_H
#define TICKSTORM_BENCH_RANGE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/bench/range_coder.h"
#include "wire/delta.h"

// The change of a known entity, in the numbers that both coders code.
typedef struct DeltaChange {
    uint8_t group;  // drones by the number of steers, ships near and far, the rest
    uint8_t symbol; // DELTA_EXACT, _SKIP, _REMOVE, _FULL, _OTHER: with status and angle; _PAIRS
    uint8_t status; // six bits
    int8_t turn;
    bool has_status;
    bool is_escape; // a change of velocity that is no multiple of the step
    int32_t velocity[2];
    int32_t residual[2];
} DeltaChange;

#define RANGE_GROUPS       7
#define RANGE_GROUP_SHIP   4 // near; far is the next
#define RANGE_GROUP_OTHERS 6 // missiles and shards
#define RANGE_CLASSES      16
#define RANGE_TREE         16

// All contexts that a bit may have.
typedef struct RangeModel {
    uint16_t symbol[RANGE_GROUPS][3][8];
    uint16_t has_status[RANGE_GROUPS];
    uint16_t status[RANGE_GROUPS][64];
    uint16_t turn[RANGE_TREE];
    uint16_t turn_bits[RANGE_CLASSES][2];
    uint16_t escape[RANGE_GROUPS];
    uint16_t velocity[RANGE_GROUPS][2][RANGE_CLASSES]
                     [RANGE_TREE]; // by axis, by the other axis' class
    uint16_t residual[RANGE_GROUPS][2][RANGE_CLASSES]
                     [RANGE_TREE];                 // by axis, by the velocity's class
    uint16_t signs[RANGE_GROUPS][2][3];            // of residuals by the velocity's sign
    uint16_t tops[RANGE_GROUPS][2][RANGE_CLASSES]; // the bit behind the leading one
} RangeModel;

typedef struct RangeModelCoder {
    RangeCoder range;
    RangeModel *model;
    uint32_t rate;
    uint8_t before[RANGE_GROUPS]; // by the previous symbol. 0: exact, 1: changed, 2: another
} RangeModelCoder;

// A model that has learned nothing.
void range_model_reset(RangeModel *model);

// The change from the baseline to the record, predicted as PROTOCOL.md says.
DeltaChange delta_change_of(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                            const EntityRecord *record);

// Appends a change to the coder's bytes.
void range_model_put(RangeModelCoder *coder, const DeltaChange *change);

#endif
