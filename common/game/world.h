// SPDX-License-Identifier: MIT
// world.h -- all entities, and the stages that advance them from one tick to the next.
//
// Flow:    pop inputs (world_join, world_leave, world_set_inputs)
//          -> index (grid.h) -> think -> interact -> commit -> publish
//          world_advance() runs them all in order on one thread; server/sim/sim.c hands the same
//          pieces to its workers.
// Threads: a stage that ends in _task is a parallel-for over its pieces: it reads the results of
//          earlier stages, and writes only its own piece's slots and its own piece's event list.
//          All other functions are serial.
// Order:   pieces are cut by slot or by item, never by worker; events are applied piece by piece.
//          Random numbers are hashes of (seed, tick, slot, purpose). So the world after a tick is a
//          function of the world before it and of the inputs.
// Memory:  world_create() allocates all; a tick allocates nothing.
// Units:   entity.h. Drones, missiles and shards stay on the published grid (multiples of 1/16
//          unit, positions and velocities), so publishing loses nothing of them; drones' velocities
//          are multiples of DRONE_VELOCITY_STEP, which keeps their changes short on the wire.
#ifndef TICKSTORM_GAME_WORLD_H
#define TICKSTORM_GAME_WORLD_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "game/arena.h"
#include "game/death.h"
#include "game/entity.h"
#include "game/grid.h"
#include "game/rewind.h"
#include "game/ship.h"
#include "game/slot_set.h"

typedef struct WorldConfig {
    ArenaSpec arena; // must pass arena_spec_check()
    uint64_t seed;
    uint32_t drone_count;
    uint32_t ship_capacity; // >= 1
    uint32_t first_tick;    // of the world; 0, except in tests of a long uptime
} WorldConfig;

// A drone's mind. Accessed only when it thinks, bites or is hit: flying needs only its Motion.
typedef struct Drone {
    EntityId target;          // the ship that it is after, or none
    uint32_t target_end_tick; // when it gives up the chase
    uint32_t bite_tick;       // when it can bite again; 0: it never has
    uint8_t health;
    uint8_t is_hunter;
    uint16_t unused; // zero
} Drone;

typedef struct Missile {
    EntityId owner; // a ship
    uint32_t end_tick;
} Missile;

typedef struct Shard {
    uint32_t end_tick;
} Shard;

// Events that interact finds and commit applies. Subjects and objects are slots.
typedef enum WorldEventType {
    WORLD_EVENT_PULSE_HIT, // ship subject hit object
    WORLD_EVENT_BITE,      // drone subject bit ship object
    WORLD_EVENT_COLLECT,   // ship subject reached shard object
    WORLD_EVENT_LAUNCH,    // ship subject fires a missile
    WORLD_EVENT_RESPAWN,   // ship subject has waited long enough
    WORLD_EVENT_BLAST_HIT, // missile subject burst near object
    WORLD_EVENT_BURST,     // missile subject is gone
} WorldEventType;

typedef struct WorldEvent {
    uint32_t type;
    uint32_t subject;
    uint32_t object;
} WorldEvent;

// Counted since the world's creation, for metrics and tests; no rule reads them.
typedef struct WorldCounters {
    uint64_t pulses_hit;
    uint64_t drones_killed;
    uint64_t ships_killed;
    uint64_t bites;
    uint64_t missiles_launched;
    uint64_t missiles_refused; // no free slot: the shot costs nothing
    uint64_t shards_dropped;
    uint64_t shards_refused; // no free slot: the kill drops nothing
    uint64_t shards_collected;
} WorldCounters;

typedef struct WorldEventList {
    alignas(64) WorldEvent *events; // a line each: pieces next to each other are filled at once
    uint32_t count;
} WorldEventList;

// The phase of the tick, which functions assert on entry. Serial functions change it.
typedef enum WorldPhase {
    WORLD_BETWEEN_TICKS, // joins, leaves and inputs; publishing
    WORLD_THINK,         // from world_index_begin(): sorting, then thinking
    WORLD_INTERACT,      // from world_think_end()
    WORLD_COMMIT,        // in world_commit()
} WorldPhase;

typedef struct World {
    // Constant.
    uint64_t seed;
    SlotRanges ranges;
    Arena arena;
    // State: what world_hash() covers. Slots without life are zero throughout.
    uint32_t tick;
    Motion *motions;            // by slot; a ship's is a copy of ships[].motion
    uint16_t *generations;      // by slot; 0: nothing lives here
    uint16_t *last_generations; // by slot; of the entity that lived here last
    uint8_t *status;            // by slot; ENTITY_STATUS_* of all but ships
    Ship *ships;                // by player index
    uint8_t *has_joined;        // by player index
    Drone *drones;              // by slot - first of the kind, as the next two
    Missile *missiles;
    Shard *shards;
    // Derived from the state. A drone, missile or shard is alive when its slot is used; a ship's
    // slot is used while its player is joined.
    SlotSet slots[ENTITY_KIND_COUNT];
    uint32_t *ship_missiles; // [MISSILES_PER_SHIP] each: slots of those in the air, or SLOT_NONE
    // For rewound shots.
    Rewind rewind;
    // Of the tick in progress.
    WorldPhase phase;
    Motion *next_motions;   // think writes here; then the two change places
    ShipInput *ship_inputs; // by player index
    uint16_t *rewinds;      // by player index; 1/256 tick
    uint8_t *ship_actions;  // by player index; ShipAction flags
    Grid grid;              // of the positions at the start of the tick
    bool has_bands;         // bands of the present positions of all but ships ...
    bool has_ship_bands;    // ... and of ships ...
    bool has_missile_bands; // ... and, where the first holds, of missiles too
    WorldEventList *lists;  // by piece of interact
    WorldEvent *event_memory;
    uint32_t list_count;
    WorldCounters counters;
    DeathList deaths; // ships that died in the tick last committed
} World;

// False when memory is short. The world starts with all its drones and no ships.
bool world_create(World *world, const WorldConfig *config);
void world_destroy(World *world);

// ---- pop inputs (serial)

// The player gets a ship at a random free position. The index must not have joined.
void world_join(World *world, uint32_t player_index);
// The same after a wait of so many ticks, as after a death: the player has no ship yet and views a
// free position. Without a wait it is world_join().
void world_join_waiting(World *world, uint32_t player_index, uint32_t wait_ticks);
// Removes the ship and its missiles. The index must have joined.
void world_leave(World *world, uint32_t player_index);
// The ships' inputs for the coming tick, by player index; NULL: none. Copied.
void world_set_inputs(World *world, const ShipInput *ship_inputs);
// How long before the coming tick each player saw its targets, in 1/256 tick, by player index;
// NULL: all shots are judged in the present. Copied. Limited to the reach of the history.
void world_set_rewinds(World *world, const uint16_t *rewinds);
// The history that the world is published to: rewound shots look up earlier ticks there. Borrowed.
// NULL, the initial value: every shot is judged in the present.
void world_set_history(World *world, const History *history);

// ---- index: see grid.h. Serial, before the grid is sorted. The bands were made when the last tick
//      was published; here only what has changed since is banded again.
void world_index_begin(World *world);

// ---- think: every body moves; reads motions and the grid, writes next_motions. Drones whose turn
//      it is steer, in the grid's order; all others go straight on and ships are steered by their
//      players, in slot order. A piece has a part of each.
uint32_t world_think_pieces(const World *world);
void world_think_task(World *world, uint32_t piece);
void world_think_end(World *world); // serial: the next motions are now the motions

// ---- interact: hits, bites and collected shards; writes event lists
uint32_t world_interact_begin(World *world); // serial; how many pieces
void world_interact_task(World *world, uint32_t piece);

// ---- commit (serial): carries out the events, hatches drones, ends shards; the tick is over
void world_commit(World *world);

// ---- publish: records by slot, for every slot of the ranges; and, since it looks at all motions,
//      the bands of the next tick's grid
uint32_t world_publish_begin(World *world); // serial; how many pieces
void world_publish_task(World *world, uint32_t piece, EntityRecord *records);

// Runs one tick on the calling thread, up to commit. Inputs as for world_set_inputs().
void world_advance(World *world, const ShipInput *ship_inputs);

// ---- looking at it

static inline uint32_t world_slot_count(const World *world) {
    return world->ranges.first[ENTITY_KIND_COUNT];
}

// Living entities of a kind; dead ships do not count.
uint32_t world_count_living(const World *world, EntityKind kind);

// A hash over the state, equal for equal worlds on every little-endian machine.
uint64_t world_hash(const World *world);

// Checks every invariant of the state between two ticks. Slow.
Fault world_validate(const World *world);

#endif
