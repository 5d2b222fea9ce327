// SPDX-License-Identifier: MIT
#include <assert.h>

#include "base/serial.h"
#include "game/death.h"
#include "game/drone.h"
#include "game/population.h"
#include "game/tuning.h"
#include "game/world.h"

#define SHARD_SWEEP_TICKS 16 // how often each shard's age is checked

// The attacker's ship: it may have died since, but not respawned or left.
static Ship *find_ship(World *world, EntityId id) {
    Ship *ship = &world->ships[entity_slot(id)];
    return id != ENTITY_ID_NONE && ship->generation == entity_generation(id) ? ship : NULL;
}

static bool is_living(const World *world, EntityId id) {
    return id != ENTITY_ID_NONE && world->generations[entity_slot(id)] == entity_generation(id);
}

static void hurt_ship(World *world, uint32_t slot, int32_t damage, EntityId attacker,
                      DeathCause cause) {
    Ship *ship = &world->ships[slot];
    if (world->generations[slot] == 0 || ship->shield_ticks > 0) {
        return;
    }
    if (ship->health > damage) {
        ship->health = (int16_t)(ship->health - damage);
        return;
    }
    Ship *winner = find_ship(world, attacker);
    if (winner != NULL) {
        winner->score += SCORE_SHIP;
        winner->kills++;
    }
    ship->health = 0;
    ship->respawn_ticks = SHIP_RESPAWN_TICKS;
    ship->deaths++;
    ship->motion.vx = 0;
    ship->motion.vy = 0;
    population_end_life(world, slot);
    world->counters.ships_killed++;
    const uint32_t killer = winner != NULL ? entity_slot(attacker) : DEATH_BY_NOBODY;
    death_list_add(&world->deaths, (Death){slot, killer, cause});
}

static void kill_drone(World *world, uint32_t slot, EntityId attacker) {
    const Motion motion = world->motions[slot];
    Ship *winner = find_ship(world, attacker);
    if (winner != NULL) {
        winner->score += SCORE_DRONE;
        winner->kills++;
    }
    population_end_drone(world, slot);
    population_drop_shard(world, motion.x, motion.y);
    world->counters.drones_killed++;
}

// The mates in the same cell chase the attacker too.
static void alert_mates(World *world, uint32_t slot, EntityId attacker) {
    const Grid *grid = &world->grid;
    const uint32_t cell = grid_cell_at(grid, world->motions[slot].x, world->motions[slot].y);
    const uint32_t end = grid->cell_first[cell + 1];
    uint32_t alerted = 0;
    for (uint32_t i = grid->cell_first[cell]; i < end && alerted < DRONE_ALERTED_MAX; i++) {
        const uint32_t mate = grid->items[i].slot;
        if (entity_kind_of_slot(&world->ranges, mate) == ENTITY_DRONE &&
            world->generations[mate] != 0) {
            drone_enrage(world, mate, attacker, DRONE_ANGER_TICKS);
            alerted++;
        }
    }
}

static void hurt_drone(World *world, uint32_t slot, int32_t damage, EntityId attacker) {
    if (world->generations[slot] == 0) {
        return;
    }
    Drone *drone = &world->drones[slot - world->ranges.first[ENTITY_DRONE]];
    if (is_living(world, attacker)) {
        alert_mates(world, slot, attacker);
        drone_enrage(world, slot, attacker, DRONE_ANGER_TICKS);
    }
    if (drone->health <= damage) {
        kill_drone(world, slot, attacker);
        return;
    }
    drone->health = (uint8_t)(drone->health - damage);
    const uint32_t fifteenths =
        ((uint32_t)drone->health * ENTITY_HEALTH_MAX + DRONE_HEALTH_MAX - 1) / DRONE_HEALTH_MAX;
    world->status[slot] =
        (uint8_t)((world->status[slot] & (uint8_t)~ENTITY_STATUS_HEALTH) | fifteenths);
}

static void hurt(World *world, uint32_t slot, int32_t damage, EntityId attacker, DeathCause cause) {
    if (entity_kind_of_slot(&world->ranges, slot) == ENTITY_SHIP) {
        hurt_ship(world, slot, damage, attacker, cause);
    } else {
        hurt_drone(world, slot, damage, attacker);
    }
}

static EntityId ship_id(const World *world, uint32_t player_index) {
    return entity_id(player_index, world->ships[player_index].generation);
}

// A bite also turns the drone back, so that a flock comes and goes instead of sticking to its prey.
static void apply_bite(World *world, uint32_t drone_slot, uint32_t ship_slot) {
    if (world->generations[drone_slot] == 0 || world->generations[ship_slot] == 0) {
        return;
    }
    Drone *drone = &world->drones[drone_slot - world->ranges.first[ENTITY_DRONE]];
    Motion *motion = &world->motions[drone_slot];
    drone_note_bite(drone, world->tick);
    motion->vx = (int16_t)-motion->vx;
    motion->vy = (int16_t)-motion->vy;
    world->counters.bites++;
    hurt_ship(world, ship_slot, drone->is_hunter ? HUNTER_BITE_DAMAGE : DRONE_BITE_DAMAGE,
              ENTITY_ID_NONE, drone->is_hunter ? DEATH_HUNTER : DEATH_DRONE);
}

static int16_t add_up_to(int16_t value, int16_t more, int16_t max) {
    return value + more < max ? (int16_t)(value + more) : max;
}

// Two ships may reach the same shard in the same tick: the first event wins.
static void apply_collect(World *world, uint32_t ship_slot, uint32_t shard_slot) {
    if (world->generations[shard_slot] == 0 || world->generations[ship_slot] == 0) {
        return;
    }
    Ship *ship = &world->ships[ship_slot];
    ship->energy = add_up_to(ship->energy, SHARD_ENERGY, SHIP_ENERGY_MAX);
    ship->health = add_up_to(ship->health, SHARD_HEALTH, SHIP_HEALTH_MAX);
    ship->score += SCORE_SHARD;
    population_end_shard(world, shard_slot);
    world->counters.shards_collected++;
}

static void apply_event(World *world, const WorldEvent *event) {
    const uint32_t subject = event->subject;
    const uint32_t object = event->object;
    switch ((WorldEventType)event->type) {
    case WORLD_EVENT_PULSE_HIT:
        world->counters.pulses_hit++;
        hurt(world, object, PULSE_DAMAGE, ship_id(world, subject), DEATH_PULSE);
        break;
    case WORLD_EVENT_BITE:
        apply_bite(world, subject, object);
        break;
    case WORLD_EVENT_COLLECT:
        apply_collect(world, subject, object);
        break;
    case WORLD_EVENT_LAUNCH:
        // A ship that dies in this very tick has still fired.
        population_launch_missile(world, subject);
        break;
    case WORLD_EVENT_RESPAWN:
        population_spawn_ship(world, subject);
        break;
    case WORLD_EVENT_BLAST_HIT:
        hurt(world, object, MISSILE_DAMAGE,
             world->missiles[subject - world->ranges.first[ENTITY_MISSILE]].owner, DEATH_MISSILE);
        break;
    case WORLD_EVENT_BURST:
        population_end_missile(world, subject);
        break;
    }
}

// A shard lives up to SHARD_SWEEP_TICKS longer than its time, because a tick checks only a
// sixteenth of them.
static void end_old_shards(World *world) {
    const uint32_t first = world->ranges.first[ENTITY_SHARD];
    const uint32_t end = world->slots[ENTITY_SHARD].end;
    for (uint32_t i = world->tick % SHARD_SWEEP_TICKS; i < end; i += SHARD_SWEEP_TICKS) {
        if (world->generations[first + i] != 0 &&
            serial_difference(world->tick, world->shards[i].end_tick) >= 0) {
            population_end_shard(world, first + i);
        }
    }
}

static void hatch_drones(World *world) {
    SlotSet *slots = &world->slots[ENTITY_DRONE];
    const uint32_t most = slots->capacity / DRONES_PER_RESPAWN + 1;
    for (uint32_t i = 0; i < most; i++) {
        const uint32_t index = slot_set_acquire(slots);
        if (index == SLOT_NONE) {
            return;
        }
        drone_hatch(world, index, true);
    }
}

void world_commit(World *world) {
    assert(world->phase == WORLD_INTERACT);
    world->phase = WORLD_COMMIT;
    death_list_clear(&world->deaths);
    for (uint32_t i = 0; i < world->list_count; i++) {
        const WorldEventList *list = &world->lists[i];
        for (uint32_t k = 0; k < list->count; k++) {
            apply_event(world, &list->events[k]);
        }
    }
    end_old_shards(world);
    hatch_drones(world);
    world->tick++;
    world->phase = WORLD_BETWEEN_TICKS;
}
