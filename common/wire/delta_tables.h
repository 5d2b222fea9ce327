// SPDX-License-Identifier: MIT
// delta_tables.h -- the code lengths of the deltas' prefix codes, and when each code applies.
#ifndef TICKSTORM_WIRE_DELTA_TABLES_H
#define TICKSTORM_WIRE_DELTA_TABLES_H

#include <stdint.h>

#include "wire/delta_symbols.h"

// Drones by how often they may have steered since the baseline; ships by the baseline's age, and
// whether status and angle were sent before the symbol; missiles and shards.
typedef enum DeltaTable {
    DELTA_TABLE_DRONE_0,
    DELTA_TABLE_DRONE_1,
    DELTA_TABLE_DRONE_2,
    DELTA_TABLE_DRONE_3, // or more
    DELTA_TABLE_SHIP_NEAR,
    DELTA_TABLE_SHIP_FAR,
    DELTA_TABLE_SHIP_NEAR_SENT,
    DELTA_TABLE_SHIP_FAR_SENT,
    DELTA_TABLE_STILL,
    DELTA_TABLE_COUNT,
} DeltaTable;

// Residuals of drones that steered twice or more, and of ships.
typedef enum DeltaResidualTable {
    DELTA_RESIDUAL_DRONE_2,
    DELTA_RESIDUAL_DRONE_3,
    DELTA_RESIDUAL_SHIP_NEAR,
    DELTA_RESIDUAL_SHIP_FAR,
    DELTA_RESIDUAL_COUNT,
} DeltaResidualTable;

#define DELTA_SHIP_NEAR_TICKS 6 // a baseline up to this age is near

extern const uint8_t DELTA_LENGTHS[DELTA_TABLE_COUNT][DELTA_SYMBOL_COUNT];
extern const uint8_t DELTA_RESIDUAL_LENGTHS[DELTA_RESIDUAL_COUNT][DELTA_RESIDUAL_SYMBOLS];
extern const uint8_t DELTA_ANGLE_LENGTHS[DELTA_ANGLE_SYMBOLS];

#endif
