// SPDX-License-Identifier: MIT
// pulse.h -- the target of a pulse: the first ship or drone along a ray, unless an asteroid is
//            nearer; judged now or at a rewound moment.
//
// Flow:    PulseScene + ray -> slot
// Threads: pure; the scene is read-only.
// Order:   of two equally near targets, the first in the grid's order is hit.
// Units:   world units.
//
// The number of candidates has no bound: every entity near the ray is tested, from the start of the
// ray up to the nearest hit so far. A pulse rewound by 200 ms searches 144 units further to each
// side, for targets that have moved since. Cost on one core of an AMD EPYC: 1.5 us where a screen
// shows a hundred entities; in a crowd of 1,000 ships that all shoot as often as their energy
// allows (72 pulses a tick), 7 us, and 0.6 ms of a tick of 2.1 ms; with 4,000 ships, 389 pulses a
// tick, 11 us and 5.4 ms of 9.9 ms. A bound was rejected: the order of slots would decide which
// targets can be hit. Energy bounds the number of pulses instead.
#ifndef TICKSTORM_GAME_PULSE_H
#define TICKSTORM_GAME_PULSE_H

#include "game/world.h"

// Targets are at their current positions, or at those of the rewound moment. At a rewound moment an
// entity that has died since still stops the pulse, without a hit, and an entity born since is not
// hit.
typedef struct PulseScene {
    const World *world; // between think and commit: motions are one tick ahead of the grid
    RewindMoment moment;
} PulseScene;

// The slot that a pulse from (x, y) hits first, or SLOT_NONE. The shooter's own slot is spared.
uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle);

#endif
