// SPDX-License-Identifier: MIT
// pulse.h -- whom a pulse hits: the first ship or drone along a ray, unless an asteroid is nearer.
//
// Flow:    PulseScene + ray -> slot
// Threads: pure; the scene is read-only.
// Units:   world units.
#ifndef TICKSTORM_GAME_PULSE_H
#define TICKSTORM_GAME_PULSE_H

#include "game/world.h"

// Where the targets are is the scene's choice: as motions they are where they are now, and any
// other array by slot puts them where they were. The grid says whom to look at, so positions may
// differ from the grid's by at most `drift`.
typedef struct PulseScene {
    const Arena *arena;
    const Grid *grid;
    const SlotRanges *ranges;
    const Motion *motions; // by slot
    int32_t drift;
} PulseScene;

// The slot that a pulse from (x, y) hits first, or SLOT_NONE. The shooter's own slot is spared.
uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle);

#endif
