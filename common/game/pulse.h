// SPDX-License-Identifier: MIT
// pulse.h -- whom a pulse hits: the first ship or drone along a ray, unless an asteroid is nearer,
//            now or a moment ago.
//
// Flow:    PulseScene + ray -> slot
// Threads: pure; the scene is read-only.
// Order:   of two that are equally near, the first in the grid's order is hit.
// Units:   world units.
//
// Candidates have no bound: whoever is near the ray is looked at, up to the nearest hit so far,
// beginning where the ray begins. A pulse seen 200 ms ago reaches 144 units further around it for
// what has flown off since. What that costs, on one core of an AMD EPYC: 1.5 us where a
// screen shows a hundred entities; in a crowd of 1,000 ships around one place that all shoot as
// often as their energy allows (72 pulses a tick), 7 us, and 0.6 ms of a tick of 2.1 ms; 4,000
// ships, 389 pulses a tick, 11 us and 5.4 ms of 9.9 ms. A bound would decide who can be hit by the
// order of slots; energy bounds the pulses instead.
#ifndef TICKSTORM_GAME_PULSE_H
#define TICKSTORM_GAME_PULSE_H

#include "game/world.h"

// Targets stand where they are now, or where they stood at the moment: then whatever has died since
// stops the pulse as well, though nobody is hit, and who was not there yet is not hit.
typedef struct PulseScene {
    const World *world; // between think and commit: motions are one tick ahead of the grid
    RewindMoment moment;
} PulseScene;

// The slot that a pulse from (x, y) hits first, or SLOT_NONE. The shooter's own slot is spared.
uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle);

#endif
