// SPDX-License-Identifier: MIT
#include "client/view/entity_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/serial.h"

#define BUCKET_MASK (ENTITY_TABLE_BUCKETS - 1)

static_assert((ENTITY_TABLE_BUCKETS & BUCKET_MASK) == 0, "buckets are indexed by a mask");
static_assert(ENTITY_TABLE_CAPACITY < ENTITY_TABLE_BUCKETS, "a search always meets a free bucket");
static_assert(ENTITY_SAMPLES <= UINT8_MAX, "sample counts are bytes");

bool entity_table_create(EntityTable *table) {
    *table = (EntityTable){
        .entities = calloc(ENTITY_TABLE_CAPACITY, sizeof(TrackedEntity)),
        .history = calloc((size_t)ENTITY_TABLE_CAPACITY * ENTITY_SAMPLES, sizeof(EntitySample)),
        .history_next = calloc(ENTITY_TABLE_CAPACITY, sizeof(uint8_t)),
        .smoothing = calloc(ENTITY_TABLE_CAPACITY, sizeof(ErrorSmoothing)),
        .buckets = calloc(ENTITY_TABLE_BUCKETS, sizeof(uint16_t)),
        .tick_rate_hz = TICK_RATE_DEFAULT_HZ,
    };
    const bool is_complete = table->entities != NULL && table->history != NULL &&
                             table->history_next != NULL && table->smoothing != NULL &&
                             table->buckets != NULL;
    if (!is_complete) {
        entity_table_destroy(table);
    }
    return is_complete;
}

void entity_table_destroy(EntityTable *table) {
    free(table->entities);
    free(table->history);
    free(table->history_next);
    free(table->smoothing);
    free(table->buckets);
    *table = (EntityTable){0};
}

// The bucket at which a slot's search starts: Fibonacci hashing spreads neighbouring slots.
static uint32_t home_bucket(uint32_t slot) {
    return (slot * 0x9e3779b1u) >> 22 & BUCKET_MASK;
}

// The bucket that holds the slot, or the free bucket where the slot belongs.
static uint32_t find_bucket(const EntityTable *table, uint32_t slot) {
    uint32_t bucket = home_bucket(slot);
    while (table->buckets[bucket] != 0 &&
           table->entities[table->buckets[bucket] - 1].slot != slot) {
        bucket = (bucket + 1) & BUCKET_MASK;
    }
    return bucket;
}

// Empties a bucket and closes the gap, so that every later search still ends where it should.
static void free_bucket(EntityTable *table, uint32_t hole) {
    table->buckets[hole] = 0;
    for (uint32_t next = (hole + 1) & BUCKET_MASK; table->buckets[next] != 0;
         next = (next + 1) & BUCKET_MASK) {
        const uint32_t home = home_bucket(table->entities[table->buckets[next] - 1].slot);
        // Moves back unless its search starts behind the hole.
        if (((next - home) & BUCKET_MASK) >= ((next - hole) & BUCKET_MASK)) {
            table->buckets[hole] = table->buckets[next];
            table->buckets[next] = 0;
            hole = next;
        }
    }
}

static uint32_t index_of(const EntityTable *table, const TrackedEntity *entity) {
    return (uint32_t)(entity - table->entities);
}

static EntitySample *history_of(const EntityTable *table, uint32_t index) {
    return &table->history[(size_t)index * ENTITY_SAMPLES];
}

static void erase(EntityTable *table, uint32_t index) {
    free_bucket(table, find_bucket(table, table->entities[index].slot));
    const uint32_t last = table->count - 1;
    if (index != last) {
        const uint32_t bucket = find_bucket(table, table->entities[last].slot);
        table->entities[index] = table->entities[last];
        table->buckets[bucket] = (uint16_t)(index + 1);
        memcpy(history_of(table, index), history_of(table, last),
               ENTITY_SAMPLES * sizeof(EntitySample));
        table->history_next[index] = table->history_next[last];
        table->smoothing[index] = table->smoothing[last];
    }
    table->count--;
}

static TrackedEntity *find(const EntityTable *table, uint32_t slot) {
    const uint16_t index = table->buckets[find_bucket(table, slot)];
    return index == 0 ? NULL : &table->entities[index - 1];
}

const TrackedEntity *entity_table_find(const EntityTable *table, uint32_t slot) {
    return find(table, slot);
}

// The entity in a slot, made if there is none; NULL when the table is full.
static TrackedEntity *obtain(EntityTable *table, uint32_t slot) {
    const uint32_t bucket = find_bucket(table, slot);
    if (table->buckets[bucket] != 0) {
        return &table->entities[table->buckets[bucket] - 1];
    }
    if (table->count == ENTITY_TABLE_CAPACITY) {
        table->refused++;
        return NULL;
    }
    table->buckets[bucket] = (uint16_t)(table->count + 1);
    TrackedEntity *entity = &table->entities[table->count++];
    entity->slot = slot;
    entity->generation = 0;
    return entity;
}

static void remember(EntityTable *table, const TrackedEntity *entity) {
    const uint32_t index = index_of(table, entity);
    uint8_t *next = &table->history_next[index];
    history_of(table, index)[*next] = entity->newest;
    *next = (uint8_t)((*next + 1) % ENTITY_SAMPLES);
}

#define UNITS_PER_RECORD  (1.0f / RECORD_UNIT)
#define TURN              6.28318530718 // radians
#define RADIANS_PER_ANGLE ((float)(TURN / 256))

static EntityPose pose_of(const EntitySample *sample) {
    return (EntityPose){
        .x = (float)sample->x * UNITS_PER_RECORD,
        .y = (float)sample->y * UNITS_PER_RECORD,
        .angle = (float)sample->angle * RADIANS_PER_ANGLE,
        .status = sample->status,
    };
}

// In a straight line from the newest sample, for a bounded time.
static EntityPose extrapolate(const EntitySample *sample, double tick, double ticks_max) {
    const double since = serial_since(sample->tick, tick);
    const double ahead = since > 0 ? since : 0;
    const float ticks = (float)(ahead < ticks_max ? ahead : ticks_max);
    EntityPose pose = pose_of(sample);
    pose.x += (float)sample->vx * UNITS_PER_RECORD * ticks;
    pose.y += (float)sample->vy * UNITS_PER_RECORD * ticks;
    pose.is_extrapolated = ahead > 0;
    return pose;
}

// One coordinate along the cubic that has both samples' positions and velocities (Hermite).
static float cubic(float p0, float v0, float p1, float v1, float t) {
    const float s = 1 - t;
    return p0 * s * s * (1 + 2 * t) + v0 * t * s * s + p1 * t * t * (3 - 2 * t) - v1 * t * t * s;
}

static EntityPose interpolate(const EntitySample *from, const EntitySample *to, double tick) {
    const float span = (float)(to->tick - from->tick);
    const float t = (float)serial_since(from->tick, tick) / span;
    // The position is relative to the previous sample, so that a float's 24 bits are enough for any
    // arena.
    const float dx = (float)(to->x - from->x);
    const float dy = (float)(to->y - from->y);
    EntityPose pose = pose_of(from);
    pose.x += cubic(0, from->vx * span, dx, to->vx * span, t) * UNITS_PER_RECORD;
    pose.y += cubic(0, from->vy * span, dy, to->vy * span, t) * UNITS_PER_RECORD;
    const int8_t turn = (int8_t)(to->angle - from->angle); // the shorter way round
    pose.angle += (float)turn * t * RADIANS_PER_ANGLE;
    return pose;
}

// The pose by the samples alone. False when the entity does not exist yet.
static bool sampled_pose_at(const EntityTable *table, const TrackedEntity *entity, double tick,
                            EntityPose *pose) {
    const EntitySample *after = entity_newest_sample(entity);
    if (serial_since(after->tick, tick) >= 0) {
        *pose = extrapolate(after, tick, ENTITY_EXTRAPOLATE_MAX_S * table->tick_rate_hz);
        return true;
    }
    const uint32_t index = index_of(table, entity);
    const EntitySample *history = history_of(table, index);
    for (uint32_t age = 2; age <= entity->sample_count; age++) {
        const uint32_t at = table->history_next[index] + ENTITY_SAMPLES - age;
        const EntitySample *before = &history[at % ENTITY_SAMPLES];
        if (serial_since(before->tick, tick) >= 0) {
            *pose = interpolate(before, after, tick);
            return true;
        }
        after = before;
    }
    // The tick is before every sample: the entity does not exist yet, or its first samples were
    // overwritten.
    *pose = pose_of(after);
    return entity->sample_count == ENTITY_SAMPLES;
}

static double seconds(const EntityTable *table, double tick) {
    return tick / table->tick_rate_hz;
}

bool entity_pose_at(const EntityTable *table, const TrackedEntity *entity, double tick,
                    EntityPose *pose) {
    if ((entity->is_removed && serial_since(entity->removed_tick, tick) >= 0) ||
        !sampled_pose_at(table, entity, tick, pose)) {
        return false;
    }
    const ErrorSmoothing *smoothing = &table->smoothing[index_of(table, entity)];
    const double share = error_smoothing_share(smoothing, seconds(table, tick));
    pose->x += (float)(smoothing->x * share);
    pose->y += (float)(smoothing->y * share);
    pose->angle += (float)(smoothing->angle * share);
    return true;
}

void entity_table_see(EntityTable *table, double shown_tick) {
    table->seen_tick = shown_tick;
}

static void add_sample(EntityTable *table, TrackedEntity *entity, const EntityRecord *record,
                       uint32_t tick, bool has_direction) {
    EntitySample *newest = &entity->newest;
    const bool is_first = entity->sample_count == 0;
    entity->sample_count =
        (uint8_t)(entity->sample_count + (entity->sample_count < ENTITY_SAMPLES));
    *newest = (EntitySample){
        .tick = tick,
        .x = record->x,
        .y = record->y,
        .vx = record->vx,
        .vy = record->vy,
        .angle = has_direction || is_first ? record->angle : newest->angle,
        .status = record->status,
    };
    remember(table, entity);
}

// The sample is of a time that was already shown by extrapolation.
static void add_late_sample(EntityTable *table, TrackedEntity *entity, const EntityRecord *record,
                            uint32_t tick, bool has_direction) {
    EntityPose before, after;
    sampled_pose_at(table, entity, table->seen_tick, &before);
    add_sample(table, entity, record, tick, has_direction);
    sampled_pose_at(table, entity, table->seen_tick, &after);
    error_smoothing_add(&table->smoothing[index_of(table, entity)], (double)before.x - after.x,
                        (double)before.y - after.y,
                        remainder((double)before.angle - after.angle, TURN),
                        seconds(table, table->seen_tick));
}

void entity_table_update(EntityTable *table, uint32_t slot, const EntityRecord *record,
                         uint32_t tick, bool has_direction) {
    assert(record->generation != 0);
    TrackedEntity *entity = obtain(table, slot);
    if (entity == NULL) {
        return;
    }
    const bool is_shown =
        !entity->is_removed || serial_since(entity->removed_tick, table->seen_tick) < 0;
    const bool is_other = entity->generation != record->generation;
    entity->is_removed = false;
    if (is_other) {
        entity->generation = record->generation;
        entity->sample_count = 0;
    } else if (serial_difference(tick, entity->newest.tick) <= 0) {
        return;
    }
    if (is_other || !is_shown) {
        table->smoothing[index_of(table, entity)] = (ErrorSmoothing){0};
    }
    if (!is_other && is_shown && serial_since(entity->newest.tick, table->seen_tick) > 0) {
        add_late_sample(table, entity, record, tick, has_direction);
    } else {
        add_sample(table, entity, record, tick, has_direction);
    }
}

void entity_table_remove(EntityTable *table, EntityId id, uint32_t tick) {
    TrackedEntity *entity = find(table, entity_slot(id));
    if (entity != NULL && entity->generation == entity_generation(id) && !entity->is_removed) {
        entity->is_removed = true;
        entity->removed_tick = tick;
    }
}

void entity_table_expire(EntityTable *table, double shown_tick) {
    for (uint32_t i = table->count; i-- > 0;) {
        const TrackedEntity *entity = &table->entities[i];
        if (entity->is_removed && serial_since(entity->removed_tick, shown_tick) >= 0) {
            erase(table, i);
        }
    }
}
