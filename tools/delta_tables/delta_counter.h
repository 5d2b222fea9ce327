// SPDX-License-Identifier: MIT
// delta_counter.h -- counts how often each symbol of the deltas' codes occurs in scene worlds.
//
// Flow:    scene world -> published records -> delta_update_of() for baselines of several ages
//          -> delta_counter_run() -> delta_counter_add_marks() -> DeltaCounts
// Threads: the calling thread.
// Units:   published units; counts as in delta_codes.h.
//
// delta_update_of() is written from PROTOCOL.md, section 6, and shares no code with wire/delta.c:
// tests/delta_tables/test_delta_counter.c shows that both agree to the bit.
#ifndef TICKSTORM_DELTA_TABLES_DELTA_COUNTER_H
#define TICKSTORM_DELTA_TABLES_DELTA_COUNTER_H

#include "tools/delta_tables/delta_codes.h"

// One entity from a baseline to the present, in the symbols of the codes.
typedef struct DeltaUpdate {
    EntityKind kind;
    DeltaTable table;       // of the first symbol
    DeltaTable sent_table;  // of the symbol that follows OTHER
    int32_t residual_table; // DeltaResidualTable; -1: the table has no residuals
    bool has_status;        // it changed
    int32_t turn;           // 1/256 turn; 0 for kinds without an angle
    int32_t velocity[2];    // change
    int32_t residual[2];    // what velocity does not predict
    uint32_t symbol;        // EXACT, ESCAPE or a pair
    bool has_residual;      // the pair is followed by residual_symbol
    uint32_t residual_symbol;
} DeltaUpdate;

// Both records are of the same entity.
DeltaUpdate delta_update_of(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                            const EntityRecord *record);

// The counted ticks of a world: `ticks` ticks from `start_ticks` on, every stride-th of them.
typedef struct DeltaCountRun {
    const char *world; // of tools/scenes/world_scene.h
    uint64_t seed;
    uint32_t start_ticks;
    uint32_t ticks;
    uint32_t stride;
    uint32_t share_percent; // of this world in the sum
} DeltaCountRun;

// The worlds and shares that the tables stand for.
#define DELTA_COUNT_RUNS 2
extern const DeltaCountRun DELTA_COUNTER_RUNS[DELTA_COUNT_RUNS];

// Adds a world's updates to *counts. False when memory is short.
bool delta_counter_run(const DeltaCountRun *run, DeltaCounts *counts);

// Adds SKIP, REMOVE and FULL, which depend on the server rather than on the world.
void delta_counter_add_marks(DeltaCounts *counts);

// Moves pairs that are too rare for a code word to ESCAPE, and drops residuals that are.
void delta_counter_drop_rare(DeltaCounts *counts);

#endif
