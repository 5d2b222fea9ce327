// SPDX-License-Identifier: MIT
// pulse.h -- whom a pulse hits: the first ship or drone along a ray, unless an asteroid is nearer,
//            now or a moment ago.
//
// Flow:    PulseScene + ray -> slot
// Threads: pure; the scene is read-only.
// Units:   world units.
#ifndef TICKSTORM_GAME_PULSE_H
#define TICKSTORM_GAME_PULSE_H

#include "game/world.h"

// Targets stand where they are now, or where they stood at the moment: then whatever has died since
// stops the pulse as well, though nobody is hit, and who was not there yet is not hit.
typedef struct PulseScene {
    const World *world; // between think and commit: motions are one tick ahead of the grid
    PastMoment moment;
} PulseScene;

// The slot that a pulse from (x, y) hits first, or SLOT_NONE. The shooter's own slot is spared.
uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle);

#endif
