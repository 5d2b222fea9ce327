// SPDX-License-Identifier: MIT
#include "tools/delta_tables/delta_counter.h"

#include <assert.h>
#include <stdlib.h>

#include "game/tuning.h"
#include "game/world.h"
#include "tools/scenes/world_scene.h"
#include "wire/fields.h"

// The players fight in a large arena, some of them in a small and dense one.
const DeltaCountRun DELTA_COUNTER_RUNS[DELTA_COUNT_RUNS] = {
    {.world = "battle",
     .seed = 1,
     .start_ticks = 900,
     .ticks = 600,
     .stride = 5,
     .share_percent = 85},
    {.world = "skirmish",
     .seed = 1,
     .start_ticks = 900,
     .ticks = 3600,
     .stride = 1,
     .share_percent = 15},
};

// Ages of baselines, from a player near by to one behind a slow line.
static const struct {
    uint32_t age;
    uint32_t percent;
} AGES[] = {{3, 30}, {6, 35}, {9, 15}, {12, 10}, {15, 4}, {18, 3}, {24, 3}};

// Scripted ships turn in every tick. Assumed of PLAYERS players: some are idle, some fly without
// turning, the others do as scene. The idle share is not on record; 1/16 is the share that the
// committed lengths of EXACT, 4 bits in SHIP_NEAR and SHIP_FAR, stand for.
#define PLAYERS         16
#define PLAYERS_IDLE    1
#define PLAYERS_HOLDING 4

// Assumed of the server: 1/10,000 of all symbols in the table.
#define MARKS_ALL    10000
#define MARKS_SKIP   1400
#define MARKS_REMOVE 250
#define MARKS_FULL   8

// A pair that is rarer has no code word: 1/100,000 of all symbols in the table.
#define RARE_ALL    100000
#define RARE_SHARES 6

#define PARTS_PER_PERCENT 10000000u
#define HISTORY           32u // ticks, more than the greatest age

// ------------------------------------------------------------------ one update

static uint32_t class_of(int64_t value) {
    uint32_t bits = 0;
    for (uint64_t magnitude = (uint64_t)llabs(value); magnitude != 0; magnitude >>= 1) {
        bits++;
    }
    return bits;
}

// How a window carries a baseline on.
typedef struct Motions {
    int32_t age;
    int32_t weight_x2;
    bool is_even; // an even number of steers, at least two
    uint32_t grid_shift;
} Motions;

static Motions motions_of_drone(DeltaWindow window, DeltaUpdate *update) {
    const int32_t interval = DRONE_THINK_INTERVAL_TICKS;
    const uint32_t group = window.slot >> DRONE_THINK_GROUP_SHIFT;
    const int32_t last = (int32_t)((window.tick - 1 - group) % (uint32_t)interval) + 1;
    const int32_t age = (int32_t)window.age;
    const int32_t steers = age >= last ? (age - last) / interval + 1 : 0;
    const int32_t most = steers < 3 ? steers : 3;
    update->table = update->sent_table = (DeltaTable)((int32_t)DELTA_TABLE_DRONE_0 + most);
    update->residual_table = most < 2 ? -1 : (int32_t)DELTA_RESIDUAL_DRONE_2 + most - 2;
    return (Motions){.age = age,
                     .weight_x2 = steers > 0 ? 2 * last + interval * (steers - 1) : 0,
                     .is_even = steers > 0 && steers % 2 == 0,
                     .grid_shift = 4};
}

static Motions motions_of_ship(DeltaWindow window, DeltaUpdate *update) {
    const bool is_near = window.age <= DELTA_SHIP_NEAR_TICKS;
    update->table = is_near ? DELTA_TABLE_SHIP_NEAR : DELTA_TABLE_SHIP_FAR;
    update->sent_table = is_near ? DELTA_TABLE_SHIP_NEAR_SENT : DELTA_TABLE_SHIP_FAR_SENT;
    update->residual_table =
        (int32_t)(is_near ? DELTA_RESIDUAL_SHIP_NEAR : DELTA_RESIDUAL_SHIP_FAR);
    return (Motions){.age = (int32_t)window.age, .weight_x2 = (int32_t)window.age + 1};
}

static int32_t residual_of(const Motions *motions, int32_t distance, int32_t velocity,
                           int32_t change) {
    const int64_t worked = ((int64_t)change * motions->weight_x2) >> 1;
    const bool is_odd = motions->is_even && (change >> 1 & 1) != 0;
    const int64_t residual = (int64_t)distance - (int64_t)velocity * motions->age - worked -
                             (is_odd ? 1 << motions->grid_shift >> 1 : 0);
    return (int32_t)residual;
}

static void choose_symbols(DeltaUpdate *update, uint32_t velocity_shift, uint32_t grid_shift) {
    const int32_t *velocity = update->velocity;
    const int32_t *residual = update->residual;
    const uint32_t vx = class_of(velocity[0] >> velocity_shift);
    const uint32_t vy = class_of(velocity[1] >> velocity_shift);
    const uint32_t rx = class_of(residual[0] >> grid_shift);
    const uint32_t ry = class_of(residual[1] >> grid_shift);
    const int32_t odd = ((velocity[0] | velocity[1]) & ((1 << velocity_shift) - 1)) |
                        ((residual[0] | residual[1]) & ((1 << grid_shift) - 1));
    const bool has_residual = (residual[0] | residual[1]) != 0;
    const bool fits = odd == 0 && vx < DELTA_CLASSES && vy < DELTA_CLASSES &&
                      (!has_residual ||
                       (update->residual_table >= 0 && rx < DELTA_CLASSES && ry < DELTA_CLASSES));
    if (!fits) {
        update->symbol = DELTA_ESCAPE;
    } else if (!has_residual && (vx | vy) == 0) {
        update->symbol = DELTA_EXACT;
    } else {
        update->symbol = DELTA_PAIRS + (vx * DELTA_CLASSES + vy) * 2 + has_residual;
        update->has_residual = has_residual;
        update->residual_symbol = rx * DELTA_CLASSES + ry;
    }
}

DeltaUpdate delta_update_of(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                            const EntityRecord *record) {
    const KindFields *fields = &FIELDS[kind];
    DeltaUpdate update = {.kind = kind,
                          .table = DELTA_TABLE_STILL,
                          .sent_table = DELTA_TABLE_STILL,
                          .residual_table = -1};
    const Motions motions = kind == ENTITY_DRONE  ? motions_of_drone(window, &update)
                            : kind == ENTITY_SHIP ? motions_of_ship(window, &update)
                                                  : (Motions){.age = (int32_t)window.age};
    update.has_status = fields->has_status && fields_pack_status(fields, baseline->status) !=
                                                  fields_pack_status(fields, record->status);
    update.turn = fields->has_angle ? (int8_t)(uint8_t)(record->angle - baseline->angle) : 0;
    update.velocity[0] = record->vx - baseline->vx;
    update.velocity[1] = record->vy - baseline->vy;
    update.residual[0] =
        residual_of(&motions, record->x - baseline->x, baseline->vx, update.velocity[0]);
    update.residual[1] =
        residual_of(&motions, record->y - baseline->y, baseline->vy, update.velocity[1]);
    choose_symbols(&update, fields->velocity_shift, motions.grid_shift);
    return update;
}

// ------------------------------------------------------------------ one world

// Counts the update once for each of PLAYERS players.
static void count_ship(DeltaCounts *counts, const DeltaUpdate *update, uint64_t weight) {
    const uint64_t active = (PLAYERS - PLAYERS_IDLE) * weight;
    const uint64_t turning =
        update->turn != 0 ? (PLAYERS - PLAYERS_IDLE - PLAYERS_HOLDING) * weight : 0;
    const uint64_t holding = active - turning;
    const uint64_t other = update->has_status ? active : turning;
    counts->symbols[update->table][DELTA_OTHER] += other;
    counts->symbols[update->sent_table][update->symbol] += other;
    counts->symbols[update->table][update->symbol] += active - other;
    counts->symbols[update->table][DELTA_EXACT] += PLAYERS_IDLE * weight;
    counts->angles[0] += update->has_status ? holding : 0;
    counts->angles[class_of(update->turn)] += turning;
}

static void count_update(DeltaCounts *counts, const DeltaUpdate *update, uint64_t weight) {
    const uint64_t all = PLAYERS * weight;
    if (update->kind == ENTITY_SHIP) {
        count_ship(counts, update, weight);
    } else {
        counts->symbols[update->table][DELTA_OTHER] += update->has_status ? all : 0;
        counts->symbols[update->sent_table][update->symbol] += all;
    }
    if (update->has_residual) {
        counts->residuals[update->residual_table][update->residual_symbol] += all;
    }
}

// A world, and the records of its last ticks.
typedef struct Recording {
    const WorldScene *scene;
    World world;
    EntityRecord *history; // [HISTORY][slots]
    ShipInput *inputs;
} Recording;

static EntityRecord *records_of(const Recording *recording, uint32_t tick) {
    return recording->history + (size_t)(tick % HISTORY) * world_slot_count(&recording->world);
}

static bool recording_create(Recording *recording, const DeltaCountRun *run) {
    *recording = (Recording){.scene = world_scene_find(run->world)};
    assert(recording->scene != NULL);
    const WorldConfig config = world_scene_config(recording->scene, run->seed);
    if (!world_create(&recording->world, &config)) {
        return false;
    }
    const uint32_t slots = world_slot_count(&recording->world);
    recording->history = calloc((size_t)HISTORY * slots, sizeof *recording->history);
    recording->inputs = calloc(recording->scene->ship_count, sizeof *recording->inputs);
    for (uint32_t i = 0; i < recording->scene->ship_count; i++) {
        world_join(&recording->world, i);
    }
    return recording->history != NULL && recording->inputs != NULL;
}

static void recording_destroy(Recording *recording) {
    free(recording->history);
    free(recording->inputs);
    world_destroy(&recording->world);
}

static void recording_publish(Recording *recording) {
    EntityRecord *records = records_of(recording, recording->world.tick);
    const uint32_t pieces = world_publish_begin(&recording->world);
    for (uint32_t piece = 0; piece < pieces; piece++) {
        world_publish_task(&recording->world, piece, records);
    }
}

static void recording_advance(Recording *recording, uint64_t seed) {
    world_scene_inputs(recording->scene, seed, recording->world.tick, recording->inputs);
    world_advance(&recording->world, recording->inputs);
}

// Returns the weight of all updates of this tick.
static uint64_t count_tick(const Recording *recording, DeltaCounts *counts) {
    const World *world = &recording->world;
    const EntityRecord *records = records_of(recording, world->tick);
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof AGES / sizeof AGES[0]; i++) {
        const EntityRecord *baselines = records_of(recording, world->tick - AGES[i].age);
        for (uint32_t slot = 0; slot < world_slot_count(world); slot++) {
            if (records[slot].generation == 0 ||
                records[slot].generation != baselines[slot].generation) {
                continue;
            }
            const DeltaWindow window = {slot, world->tick, AGES[i].age};
            const DeltaUpdate update = delta_update_of(entity_kind_of_slot(&world->ranges, slot),
                                                       window, &baselines[slot], &records[slot]);
            count_update(counts, &update, AGES[i].percent);
            sum += PLAYERS * AGES[i].percent;
        }
    }
    return sum;
}

// Adds a world's counts so that their weights' sum becomes its share.
static void add_share(DeltaCounts *into, DeltaCounts *from, uint64_t sum, uint32_t share_percent) {
    const uint64_t parts = (uint64_t)share_percent * PARTS_PER_PERCENT;
    assert(sum > 0 && sum < UINT64_MAX / parts);
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        for (uint32_t i = 0; i < delta_code(index).symbol_count; i++) {
            delta_code_counts(into, index)[i] += delta_code_counts(from, index)[i] * parts / sum;
        }
    }
}

bool delta_counter_run(const DeltaCountRun *run, DeltaCounts *counts) {
    Recording recording;
    DeltaCounts own = {0};
    uint64_t sum = 0;
    assert(run->start_ticks >= HISTORY);
    const bool is_created = recording_create(&recording, run);
    for (uint32_t tick = 0; is_created && tick < run->start_ticks + run->ticks; tick++) {
        recording_publish(&recording);
        if (tick >= run->start_ticks && (tick - run->start_ticks) % run->stride == 0) {
            sum += count_tick(&recording, &own);
        }
        recording_advance(&recording, run->seed);
    }
    recording_destroy(&recording);
    if (is_created) {
        add_share(counts, &own, sum, run->share_percent);
    }
    return is_created;
}

// ------------------------------------------------------------------ the server's part

static uint64_t sum_of(const uint64_t *counts, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += counts[i];
    }
    return sum;
}

static void add_marks(uint64_t *counts) {
    const uint64_t updates = sum_of(counts, DELTA_SYMBOL_COUNT);
    const uint64_t rest = MARKS_ALL - MARKS_SKIP - MARKS_REMOVE - MARKS_FULL;
    counts[DELTA_SKIP] = updates * MARKS_SKIP / rest;
    counts[DELTA_REMOVE] = updates * MARKS_REMOVE / rest;
    counts[DELTA_FULL] = updates * MARKS_FULL / rest;
}

void delta_counter_add_marks(DeltaCounts *counts) {
    for (uint32_t i = 0; i < DELTA_TABLE_COUNT; i++) {
        if (i != DELTA_TABLE_SHIP_NEAR_SENT && i != DELTA_TABLE_SHIP_FAR_SENT) {
            add_marks(counts->symbols[i]);
        }
    }
}

// Moves the rare symbols from `first` on to *escape.
static void drop_rare(uint64_t *counts, uint32_t first, uint32_t symbol_count, uint64_t *escape) {
    const uint64_t sum = sum_of(counts, symbol_count);
    for (uint32_t i = first; i < symbol_count; i++) {
        if (counts[i] * RARE_ALL < sum * RARE_SHARES) {
            *escape += counts[i];
            counts[i] = 0;
        }
    }
}

void delta_counter_drop_rare(DeltaCounts *counts) {
    uint64_t dropped = 0; // residuals; their pairs stay counted under their own symbol
    for (uint32_t i = 0; i < DELTA_TABLE_COUNT; i++) {
        uint64_t *symbols = counts->symbols[i];
        drop_rare(symbols, DELTA_PAIRS, DELTA_SYMBOL_COUNT, &symbols[DELTA_ESCAPE]);
        symbols[DELTA_ESCAPE] += symbols[DELTA_ESCAPE] == 0; // any change must have a code
    }
    for (uint32_t i = 0; i < DELTA_RESIDUAL_COUNT; i++) {
        drop_rare(counts->residuals[i], 0, DELTA_RESIDUAL_SYMBOLS, &dropped);
    }
}
