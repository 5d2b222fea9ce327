// SPDX-License-Identifier: MIT
// missile.h -- a missile flies straight until it meets something, then bursts.
//
// Flow:    think: missile_fly; interact: missile_interact -> events
// Threads: pure, but for the event list that belongs to the caller's piece.
#ifndef TICKSTORM_GAME_MISSILE_H
#define TICKSTORM_GAME_MISSILE_H

#include "game/world.h"

#define MISSILE_HITS_MAX   16 // bodies that one burst hurts
#define MISSILE_EVENTS_MAX (MISSILE_HITS_MAX + 1)

// Moves the missile one tick. A blocked missile stays in place, and bursts there.
Motion missile_fly(const Arena *arena, Motion motion);

// Bursts when it is old, blocked, or touches a drone or a ship other than its owner's.
void missile_interact(const World *world, uint32_t slot, WorldEventList *list);

#endif
