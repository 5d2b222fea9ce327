// SPDX-License-Identifier: MIT
// entity_table.h -- the entities in a client's view, each with its last few samples.
//
// Flow:    snapshot -> entity_table_see, _update, _remove, _expire -> entity_pose_at -> view
// Threads: the client's thread.
// Memory:  allocated at creation; entities are dense and their number is bounded.
// Units:   samples in published units, poses in units and radians.
//
// Each entity is interpolated between its own samples, since with a byte budget distant entities
// are sent less often than near ones. When no sample arrives in time the entity is extrapolated in
// a straight line; the error is smoothed out when the next sample arrives.
#ifndef TICKSTORM_CLIENT_VIEW_ENTITY_TABLE_H
#define TICKSTORM_CLIENT_VIEW_ENTITY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "client/view/error_smoothing.h"
#include "game/entity.h"

#define ENTITY_TABLE_CAPACITY    512
#define ENTITY_TABLE_BUCKETS     1024 // power of two, twice the capacity
#define ENTITY_SAMPLES           8    // of history; the longest delay spans six snapshots
#define ENTITY_EXTRAPOLATE_MAX_S 0.15 // after that the entity stands still

typedef struct EntitySample {
    uint32_t tick;
    int32_t x, y;
    int16_t vx, vy;
    uint8_t angle;
    uint8_t status;
} EntitySample;

typedef struct TrackedEntity {
    uint32_t slot;
    uint16_t generation;
    bool is_removed;      // as of removed_tick; kept until that tick has been shown
    uint8_t sample_count; // of this generation, up to ENTITY_SAMPLES
    uint32_t removed_tick;
    EntitySample newest;
} TrackedEntity;

typedef struct EntityTable {
    TrackedEntity *entities;   // [0, count), in no order
    EntitySample *history;     // ENTITY_SAMPLES for each entity
    uint8_t *history_next;     // where an entity's next sample goes
    ErrorSmoothing *smoothing; // one for each entity
    uint16_t *buckets;         // open addressing; index + 1, 0 is free
    uint32_t count;
    double tick_rate_hz; // TICK_RATE_DEFAULT_HZ unless the owner knows better
    double seen_tick;    // the tick at which the entities were last shown
    uint64_t refused;    // updates of new entities that found the table full
} EntityTable;

bool entity_table_create(EntityTable *table);
void entity_table_destroy(EntityTable *table);

// The entities are shown as of this tick; later updates that change those poses are smoothed.
void entity_table_see(EntityTable *table, double shown_tick);

// A sample of an entity. Another generation in the slot replaces the entity. A sample that is not
// newer than all before only revokes a removal.
// has_direction false: the record's angle means nothing (it was derived from a velocity of zero),
// so the previous one stays.
void entity_table_update(EntityTable *table, uint32_t slot, const EntityRecord *record,
                         uint32_t tick, bool has_direction);

// Marks an entity as gone from this tick on; an unknown one or another generation is ignored.
void entity_table_remove(EntityTable *table, EntityId id, uint32_t tick);

// Forgets the entities that were removed before shown_tick.
void entity_table_expire(EntityTable *table, double shown_tick);

// NULL when the slot is not in the table. Valid until the table changes.
const TrackedEntity *entity_table_find(const EntityTable *table, uint32_t slot);

static inline const EntitySample *entity_newest_sample(const TrackedEntity *entity) {
    return &entity->newest;
}

// An entity at a tick, interpolated or extrapolated.
typedef struct EntityPose {
    float x, y;  // units
    float angle; // radians
    uint8_t status;
    bool is_extrapolated;
} EntityPose;

// The entity must be one of the table's. False when it does not exist at that tick: not yet, or no
// longer.
bool entity_pose_at(const EntityTable *table, const TrackedEntity *entity, double tick,
                    EntityPose *pose);

#endif
