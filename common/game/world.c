// SPDX-License-Identifier: MIT
#include "game/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "game/drone.h"
#include "game/interact.h"
#include "game/memory.h"
#include "game/missile.h"
#include "game/population.h"
#include "game/tuning.h"

// Slots or items per piece: a piece should take 10 to 20 microseconds, far above what claiming it
// costs (0.1) and far below a tick, so that a slow worker delays the others only briefly.
#define THINK_PIECE_ITEMS 256
#define STEER_PREFETCH    14 // drones ahead, because their minds and motions lie scattered

static_assert(INTERACT_EVENTS_MAX >= INTERACT_PIECE_SLOTS * SHIP_EVENTS_MAX &&
                  INTERACT_EVENTS_MAX >= INTERACT_PIECE_SLOTS * MISSILE_EVENTS_MAX,
              "a piece's list holds whatever its ships or missiles can do in a tick");

static uint32_t pieces_of(uint32_t count, uint32_t size) {
    return (count + size - 1) / size;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

// ------------------------------------------------------------------ life

static SlotRanges make_ranges(const WorldConfig *config) {
    const uint32_t shards = config->drone_count / SHARDS_PER_DRONES;
    const uint32_t counts[ENTITY_KIND_COUNT] = {
        [ENTITY_SHIP] = config->ship_capacity,
        [ENTITY_DRONE] = config->drone_count,
        [ENTITY_MISSILE] = config->ship_capacity * MISSILES_PER_SHIP,
        [ENTITY_SHARD] = shards > SHARDS_MIN ? shards : SHARDS_MIN,
    };
    SlotRanges ranges = {{0}};
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        ranges.first[kind + 1] = ranges.first[kind] + counts[kind];
    }
    return ranges;
}

static uint32_t capacity_of(const World *world, EntityKind kind) {
    return world->ranges.first[kind + 1] - world->ranges.first[kind];
}

static uint32_t interact_pieces(uint32_t ship_end, uint32_t missile_end) {
    return pieces_of(ship_end, INTERACT_PIECE_SLOTS) + pieces_of(missile_end, INTERACT_PIECE_SLOTS);
}

static bool allocate(World *world) {
    const size_t slots = world_slot_count(world);
    const size_t ships = capacity_of(world, ENTITY_SHIP);
    const size_t lists = interact_pieces((uint32_t)ships, capacity_of(world, ENTITY_MISSILE));
    world->motions = memory_allocate(slots, sizeof *world->motions);
    world->next_motions = memory_allocate(slots, sizeof *world->next_motions);
    world->generations = memory_allocate(slots, sizeof *world->generations);
    world->last_generations = memory_allocate(slots, sizeof *world->last_generations);
    world->status = memory_allocate(slots, sizeof *world->status);
    world->ships = memory_allocate(ships, sizeof *world->ships);
    world->has_joined = memory_allocate(ships, sizeof *world->has_joined);
    world->ship_inputs = memory_allocate(ships, sizeof *world->ship_inputs);
    world->rewinds = memory_allocate(ships, sizeof *world->rewinds);
    world->ship_actions = memory_allocate(ships, sizeof *world->ship_actions);
    world->drones =
        memory_allocate((size_t)capacity_of(world, ENTITY_DRONE) + 1, sizeof *world->drones);
    world->ship_missiles = memory_allocate(ships * MISSILES_PER_SHIP, sizeof *world->ship_missiles);
    world->missiles = memory_allocate(capacity_of(world, ENTITY_MISSILE), sizeof *world->missiles);
    world->shards = memory_allocate(capacity_of(world, ENTITY_SHARD), sizeof *world->shards);
    world->lists = memory_allocate(lists, sizeof *world->lists);
    world->event_memory = memory_allocate(lists * INTERACT_EVENTS_MAX, sizeof *world->event_memory);
    if (world->motions == NULL || world->next_motions == NULL || world->generations == NULL ||
        world->last_generations == NULL || world->status == NULL || world->ships == NULL ||
        world->has_joined == NULL || world->ship_inputs == NULL || world->rewinds == NULL ||
        world->ship_actions == NULL || world->drones == NULL || world->missiles == NULL ||
        world->ship_missiles == NULL || world->shards == NULL || world->lists == NULL ||
        world->event_memory == NULL) {
        return false;
    }
    for (size_t i = 0; i < lists; i++) {
        world->lists[i].events = &world->event_memory[i * INTERACT_EVENTS_MAX];
    }
    for (size_t i = 0; i < ships * MISSILES_PER_SHIP; i++) {
        world->ship_missiles[i] = SLOT_NONE;
    }
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        if (!slot_set_create(&world->slots[kind], capacity_of(world, (EntityKind)kind))) {
            return false;
        }
    }
    return rewind_create(&world->rewind) &&
           grid_create(&world->grid, world->arena.side, &world->ranges);
}

bool world_create(World *world, const WorldConfig *config) {
    assert(config->ship_capacity >= 1 && config->ship_capacity <= CLIENTS_MAX);
    assert(config->drone_count <= ENTITY_SLOT_MAX / 2);
    memset(world, 0, sizeof *world);
    world->seed = config->seed;
    world->tick = config->first_tick;
    world->ranges = make_ranges(config);
    if (!arena_create(&world->arena, &config->arena) || !allocate(world)) {
        world_destroy(world);
        return false;
    }
    for (uint32_t i = 0; i < config->drone_count; i++) {
        drone_hatch(world, slot_set_acquire(&world->slots[ENTITY_DRONE]), false);
    }
    return true;
}

void world_destroy(World *world) {
    arena_destroy(&world->arena);
    grid_destroy(&world->grid);
    rewind_destroy(&world->rewind);
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        slot_set_destroy(&world->slots[kind]);
    }
    free(world->motions);
    free(world->next_motions);
    free(world->generations);
    free(world->last_generations);
    free(world->status);
    free(world->ships);
    free(world->has_joined);
    free(world->ship_inputs);
    free(world->rewinds);
    free(world->ship_actions);
    free(world->drones);
    free(world->missiles);
    free(world->ship_missiles);
    free(world->shards);
    free(world->lists);
    free(world->event_memory);
    memset(world, 0, sizeof *world);
}

uint32_t world_count_living(const World *world, EntityKind kind) {
    if (kind != ENTITY_SHIP) {
        return world->slots[kind].count;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->slots[ENTITY_SHIP].end; i++) {
        count += world->generations[i] != 0;
    }
    return count;
}

// ------------------------------------------------------------------ pop inputs

void world_join(World *world, uint32_t player_index) {
    world_join_waiting(world, player_index, 0);
}

void world_join_waiting(World *world, uint32_t player_index, uint32_t wait_ticks) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    assert(!world->has_joined[player_index] && wait_ticks <= UINT16_MAX);
    slot_set_acquire_at(&world->slots[ENTITY_SHIP], player_index);
    world->has_joined[player_index] = 1;
    world->has_ship_bands = false;
    if (wait_ticks == 0) {
        population_spawn_ship(world, player_index);
    } else {
        population_await_ship(world, player_index, wait_ticks);
    }
}

static void end_missiles_of(World *world, uint32_t player_index) {
    for (uint32_t i = 0; i < MISSILES_PER_SHIP; i++) {
        const uint32_t slot = world->ship_missiles[player_index * MISSILES_PER_SHIP + i];
        if (slot != SLOT_NONE) {
            population_end_missile(world, slot);
            world->has_missile_bands = false;
        }
    }
}

void world_leave(World *world, uint32_t player_index) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    assert(world->has_joined[player_index]);
    if (world->generations[player_index] != 0) {
        population_end_life(world, player_index);
    }
    end_missiles_of(world, player_index);
    slot_set_release(&world->slots[ENTITY_SHIP], player_index);
    world->ships[player_index] = (Ship){0};
    world->has_joined[player_index] = 0;
    world->has_ship_bands = false;
}

void world_set_inputs(World *world, const ShipInput *ship_inputs) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    const size_t size = world->slots[ENTITY_SHIP].end * sizeof *world->ship_inputs;
    if (ship_inputs != NULL) {
        memcpy(world->ship_inputs, ship_inputs, size);
        return;
    }
    for (uint32_t i = 0; i < world->slots[ENTITY_SHIP].end; i++) {
        world->ship_inputs[i] = (ShipInput){.aim = world->ships[i].motion.angle};
    }
}

void world_set_history(World *world, const History *history) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    world->rewind.history = history;
}

void world_set_rewinds(World *world, const uint16_t *rewinds) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    const size_t size = world->slots[ENTITY_SHIP].end * sizeof *world->rewinds;
    if (rewinds != NULL) {
        memcpy(world->rewinds, rewinds, size);
    } else {
        memset(world->rewinds, 0, size);
    }
}

// ------------------------------------------------------------------ index

static void band_piece(World *world, uint32_t piece) {
    const EntityKind kind = world->grid.pieces[piece].kind;
    grid_band_task(&world->grid, piece, world->ranges.first[kind] + world->slots[kind].end,
                   world->motions, world->generations);
}

void world_index_begin(World *world) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    world->phase = WORLD_THINK;
    const uint32_t *kind_pieces = world->grid.kind_pieces;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        const bool has_bands = kind == ENTITY_SHIP ? world->has_ship_bands
                               : kind == ENTITY_MISSILE
                                   ? world->has_bands && world->has_missile_bands
                                   : world->has_bands;
        for (uint32_t i = kind_pieces[kind]; i < kind_pieces[kind + 1] && !has_bands; i++) {
            band_piece(world, i);
        }
    }
    grid_place(&world->grid);
}

// ------------------------------------------------------------------ think

// A piece of think gets the i-th of n equal parts of every kind.
typedef struct Part {
    uint32_t first, end;
} Part;

static Part part_of(uint32_t count, uint32_t piece, uint32_t pieces) {
    return (Part){(uint32_t)((uint64_t)count * piece / pieces),
                  (uint32_t)((uint64_t)count * (piece + 1) / pieces)};
}

uint32_t world_think_pieces(const World *world) {
    uint32_t most = world->grid.item_count;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        most = world->slots[kind].end > most ? world->slots[kind].end : most;
    }
    return pieces_of(most, THINK_PIECE_ITEMS);
}

// Steers the drones whose turn it is, in the grid's order, so that neighbours are processed
// together. They are selected without a branch first, because turns look random in that order.
static void steer_drones(World *world, uint32_t first, uint32_t end) {
    const GridItem *items = world->grid.items;
    const uint32_t first_drone = world->ranges.first[ENTITY_DRONE];
    const uint32_t drone_count = capacity_of(world, ENTITY_DRONE);
    uint32_t picked[THINK_PIECE_ITEMS + 1];
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++) {
        const uint32_t slot = items[i].slot;
        picked[count] = i;
        count += (uint32_t)(slot - first_drone < drone_count) & drone_thinks(slot, world->tick);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i + STEER_PREFETCH < count) {
            const uint32_t slot = items[picked[i + STEER_PREFETCH]].slot;
            __builtin_prefetch(&world->drones[slot - first_drone]);
            memory_acquire(&world->next_motions[slot]);
        }
        drone_steer(world, picked[i]);
    }
}

// Moves the other drones, in slot order.
static void fly_drones(World *world, uint32_t first, uint32_t end) {
    for (uint32_t slot = first; slot < end; slot++) {
        if (world->generations[slot] != 0 && !drone_thinks(slot, world->tick)) {
            world->next_motions[slot] = drone_fly(&world->arena, world->motions[slot]);
        }
    }
}

static void step_ships(World *world, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; i++) {
        if (world->has_joined[i]) {
            world->ship_actions[i] =
                (uint8_t)ship_step(&world->ships[i], world->ship_inputs[i], &world->arena);
            if (world->generations[i] != 0) {
                world->next_motions[i] = world->ships[i].motion;
            }
        }
    }
}

static void fly_missiles(World *world, uint32_t first, uint32_t end) {
    for (uint32_t slot = first; slot < end; slot++) {
        if (world->generations[slot] != 0) {
            world->next_motions[slot] = missile_fly(&world->arena, world->motions[slot]);
        }
    }
}

static void keep_shards(World *world, uint32_t first, uint32_t end) {
    memcpy(&world->next_motions[first], &world->motions[first],
           (end - first) * sizeof *world->motions);
}

// The part of a kind's slots.
static Part slots_of(const World *world, EntityKind kind, uint32_t piece, uint32_t pieces) {
    const Part part = part_of(world->slots[kind].end, piece, pieces);
    const uint32_t first = world->ranges.first[kind];
    return (Part){first + part.first, first + part.end};
}

void world_think_task(World *world, uint32_t piece) {
    assert(world->phase == WORLD_THINK);
    const uint32_t pieces = world_think_pieces(world);
    const Part items = part_of(world->grid.item_count, piece, pieces);
    const Part ships = slots_of(world, ENTITY_SHIP, piece, pieces);
    const Part drones = slots_of(world, ENTITY_DRONE, piece, pieces);
    const Part missiles = slots_of(world, ENTITY_MISSILE, piece, pieces);
    const Part shards = slots_of(world, ENTITY_SHARD, piece, pieces);
    steer_drones(world, items.first, items.end);
    step_ships(world, ships.first, ships.end);
    fly_drones(world, drones.first, drones.end);
    fly_missiles(world, missiles.first, missiles.end);
    keep_shards(world, shards.first, shards.end);
}

void world_think_end(World *world) {
    assert(world->phase == WORLD_THINK);
    world->phase = WORLD_INTERACT;
    Motion *motions = world->motions;
    world->motions = world->next_motions;
    world->next_motions = motions;
    world->has_bands = false;
    world->has_ship_bands = false;
}

// ------------------------------------------------------------------ interact

uint32_t world_interact_begin(World *world) {
    assert(world->phase == WORLD_INTERACT);
    world->list_count =
        interact_pieces(world->slots[ENTITY_SHIP].end, world->slots[ENTITY_MISSILE].end);
    return world->list_count;
}

void world_interact_task(World *world, uint32_t piece) {
    assert(world->phase == WORLD_INTERACT);
    WorldEventList *list = &world->lists[piece];
    const uint32_t ship_end = world->slots[ENTITY_SHIP].end;
    const uint32_t ship_pieces = pieces_of(ship_end, INTERACT_PIECE_SLOTS);
    list->count = 0;
    if (piece < ship_pieces) {
        const uint32_t from = piece * INTERACT_PIECE_SLOTS;
        const uint32_t to = smaller(from + INTERACT_PIECE_SLOTS, ship_end);
        for (uint32_t i = from; i < to; i++) {
            interact_ship(world, i, list);
        }
        return;
    }
    const uint32_t from = (piece - ship_pieces) * INTERACT_PIECE_SLOTS;
    const uint32_t to = smaller(from + INTERACT_PIECE_SLOTS, world->slots[ENTITY_MISSILE].end);
    for (uint32_t i = from; i < to; i++) {
        const uint32_t slot = world->ranges.first[ENTITY_MISSILE] + i;
        if (world->generations[slot] != 0) {
            missile_interact(world, slot, list);
        }
    }
}

// ------------------------------------------------------------------ publish

uint32_t world_publish_begin(World *world) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    world->has_bands = true;
    world->has_ship_bands = true;
    world->has_missile_bands = true;
    return world->grid.piece_count;
}

static uint8_t ship_status(const Ship *ship) {
    const uint32_t health =
        ((uint32_t)ship->health * ENTITY_HEALTH_MAX + SHIP_HEALTH_MAX - 1) / SHIP_HEALTH_MAX;
    const bool has_fired = ship->pulse_cooldown_ticks > PULSE_COOLDOWN_TICKS - PULSE_FLASH_TICKS;
    return (uint8_t)(health | (has_fired ? ENTITY_STATUS_FIRED : 0) |
                     (ship->shield_ticks > 0 ? ENTITY_STATUS_SHIELD : 0));
}

// Rounds velocities to the nearest step, so that a ship's error does not grow in one direction;
// drones, missiles and shards have no error.
static int16_t publish_speed(int16_t speed) {
    return (int16_t)((speed + (1 << (RECORD_SHIFT - 1))) >> RECORD_SHIFT);
}

// `next` is the piece's next range to write. Its lines are prefetched, because another core has
// used them since.
static void publish_slots(const World *world, uint32_t first, uint32_t end,
                          EntityRecord *restrict records, const GridItem *next) {
    const Motion *motions = world->motions;
    for (uint32_t slot = first; slot < end; slot++) {
        const Motion *motion = &motions[slot];
        if (slot % 4 == 0) {
            memory_acquire(&next[slot - first]);
        }
        records[slot] = (EntityRecord){.x = motion->x >> RECORD_SHIFT,
                                       .y = motion->y >> RECORD_SHIFT,
                                       .vx = publish_speed(motion->vx),
                                       .vy = publish_speed(motion->vy),
                                       .generation = world->generations[slot],
                                       .angle = (uint8_t)(motion->angle >> 8),
                                       .status = world->status[slot]};
    }
}

void world_publish_task(World *world, uint32_t piece_index, EntityRecord *records) {
    assert(world->phase == WORLD_BETWEEN_TICKS);
    const GridPiece *piece = &world->grid.pieces[piece_index];
    publish_slots(world, piece->first, piece->end, records, piece->items);
    for (uint32_t i = piece->first; i < piece->end && i < world->slots[ENTITY_SHIP].end; i++) {
        if (world->generations[i] != 0) {
            records[i].status = ship_status(&world->ships[i]);
        }
    }
    band_piece(world, piece_index);
}

// ------------------------------------------------------------------ the tick

void world_advance(World *world, const ShipInput *ship_inputs) {
    world_set_inputs(world, ship_inputs);
    world_index_begin(world);
    for (uint32_t i = 0; i < world->grid.band_count; i++) {
        grid_sort_task(&world->grid, i);
    }
    for (uint32_t i = 0; i < world_think_pieces(world); i++) {
        world_think_task(world, i);
    }
    world_think_end(world);
    const uint32_t interactions = world_interact_begin(world);
    for (uint32_t i = 0; i < interactions; i++) {
        world_interact_task(world, i);
    }
    world_commit(world);
}
