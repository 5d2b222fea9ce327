// SPDX-License-Identifier: MIT
// shared_arena.h -- one Arena for all clients of this process that play in the same one.
//
// Flow:    welcome -> shared_arena_acquire -> ... -> shared_arena_release
// Threads: safe from any thread: a mutex guards the list. It is locked when a client joins and when
//          it closes, never in between. The arenas themselves are immutable.
// Memory:  an arena is built for its first client and freed with its last one. Otherwise
//          thousands of bots would each hold their own copy of the same asteroids.
#ifndef TICKSTORM_CLIENT_CORE_SHARED_ARENA_H
#define TICKSTORM_CLIENT_CORE_SHARED_ARENA_H

#include "game/arena.h"

// The arena of this spec, which must pass arena_spec_check(). NULL when memory is short.
const Arena *shared_arena_acquire(const ArenaSpec *spec);

// Gives back what shared_arena_acquire() returned; NULL is ignored.
void shared_arena_release(const Arena *arena);

#endif
