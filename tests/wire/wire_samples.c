// SPDX-License-Identifier: MIT
#include "wire/wire_samples.h"

#include <stdio.h>
#include <string.h>

SlotRanges sample_ranges(void) {
    return (SlotRanges){{0, 4000, 24000, 32000, 37000}};
}

static void sample_name(Rng *rng, char name[PLAYER_NAME_BYTES + 1]) {
    static const char *const PIECES[] = {"a", "Z", "7", "_", " ", "é", "ß", "鳥", "🚀", "-"};
    char text[64] = "";
    const uint32_t count = rng_below(rng, 10);
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = PIECES[rng_below(rng, sizeof(PIECES) / sizeof(PIECES[0]))];
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", piece);
    }
    player_name_clean(name, text, strlen(text));
}

// Numbers of every magnitude, not only large ones.
static uint32_t sample_number(Rng *rng, uint32_t bits) {
    const uint32_t shift = 32 - bits + rng_below(rng, bits);
    return (uint32_t)rng_next(rng) >> shift;
}

HelloMessage sample_hello(Rng *rng) {
    HelloMessage hello = {.magic = PROTOCOL_MAGIC, .version = PROTOCOL_VERSION};
    sample_name(rng, hello.name);
    return hello;
}

WelcomeMessage sample_welcome(Rng *rng) {
    WelcomeMessage welcome = {
        .player_index = rng_below(rng, 4000),
        .tick = (uint32_t)rng_next(rng),
        .tick_rate_hz = 1 + rng_below(rng, TICK_RATE_MAX_HZ),
        .ranges = sample_ranges(),
        .arena =
            {
                .seed = rng_next(rng),
                .side_units = 20000,
                .asteroid_count = rng_below(rng, 100),
                .nest_count = 1 + rng_below(rng, 50),
            },
    };
    welcome.snapshot_rate_hz = 1 + rng_below(rng, welcome.tick_rate_hz);
    snprintf(welcome.arena.name, sizeof(welcome.arena.name), "arena %u", rng_below(rng, 1000));
    return welcome;
}

PlayerInfoMessage sample_player_info(Rng *rng) {
    PlayerInfoMessage info = {.player_index = rng_below(rng, CLIENTS_MAX)};
    sample_name(rng, info.name);
    return info;
}

InputMessage sample_input(Rng *rng) {
    InputMessage input = {
        .has_snapshot = rng_chance(rng, 0.8),
        .send_time_ms = (uint16_t)rng_next(rng),
        .view_tick_q8 = (uint32_t)rng_next(rng),
        .newest_tick = INPUT_WINDOW_TICKS + sample_number(rng, 31),
        .count = 1 + rng_below(rng, INPUT_WINDOW_TICKS),
    };
    if (input.has_snapshot) {
        input.snapshot_sequence = (uint16_t)rng_next(rng);
        input.snapshot_bits = (uint32_t)rng_next(rng);
    }
    for (uint32_t i = 0; i < input.count; i++) {
        if (i > 0) {
            input.inputs[i] = input.inputs[i - 1];
        }
        if (i == 0 || rng_chance(rng, 0.3)) {
            input.inputs[i].buttons = (uint8_t)(rng_next(rng) & INPUT_BUTTONS_MASK);
        }
        if (i == 0 || rng_chance(rng, 0.3)) {
            input.inputs[i].aim = (uint16_t)rng_next(rng);
        }
    }
    return input;
}

static Ship sample_ship(Rng *rng) {
    return (Ship){
        .motion = {.x = rng_range(rng, -(1 << 24), (1 << 24) - 1),
                   .y = rng_range(rng, 0, ARENA_SIDE_MAX_UNITS * UNIT),
                   .vx = (int16_t)rng_next(rng),
                   .vy = (int16_t)rng_range(rng, -2048, 2048),
                   .angle = (uint16_t)rng_next(rng)},
        .health = (int16_t)rng_range(rng, -10, 100),
        .energy = (int16_t)rng_next(rng),
        .respawn_ticks = (uint16_t)sample_number(rng, 16),
        .shield_ticks = (uint16_t)sample_number(rng, 16),
        .pulse_cooldown_ticks = (uint8_t)sample_number(rng, 8),
        .missile_cooldown_ticks = (uint8_t)sample_number(rng, 8),
        .generation = (uint16_t)sample_number(rng, ENTITY_GENERATION_BITS),
        .score = sample_number(rng, 32),
        .kills = sample_number(rng, 32),
        .deaths = sample_number(rng, 32),
    };
}

static SnapshotHeader sample_header(Rng *rng) {
    SnapshotHeader header = {
        .tick = (uint32_t)rng_next(rng),
        .sequence = (uint16_t)rng_next(rng),
        .has_input = rng_chance(rng, 0.8),
        .tick_us_q4 = (uint16_t)rng_next(rng),
        .client_count = (uint16_t)rng_next(rng),
        .own = sample_ship(rng),
    };
    if (header.has_input) {
        header.input_tick = (uint32_t)rng_next(rng);
        header.input_margin_q4 = (int16_t)rng_next(rng);
        header.echo_time_ms = (uint16_t)rng_next(rng);
        header.echo_hold_us_q4 = (uint16_t)rng_next(rng);
        header.starved_count = (uint16_t)rng_next(rng);
    }
    header.center_x = header.own.motion.x >> RECORD_SHIFT;
    header.center_y = header.own.motion.y >> RECORD_SHIFT;
    if (rng_chance(rng, 0.3)) {
        header.center_x = rng_range(rng, -(1 << 20), (1 << 20) - 1);
        header.center_y = rng_range(rng, 0, ARENA_SIDE_MAX_UNITS * RECORD_UNIT);
    }
    return header;
}

EntityRecord sample_record(Rng *rng, EntityKind kind, int32_t center_x, int32_t center_y) {
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    EntityRecord record = {
        .x = center_x + rng_range(rng, -reach, reach),
        .y = center_y + rng_range(rng, -reach, reach),
        .generation = (uint16_t)(1 + sample_number(rng, ENTITY_GENERATION_BITS)),
        .angle = (uint8_t)rng_next(rng),
        .status = (uint8_t)rng_next(rng),
    };
    if (record.generation >= 1 << ENTITY_GENERATION_BITS) {
        record.generation = 1;
    }
    if (!rng_chance(rng, 0.1)) {
        const int32_t speed = (int32_t)sample_number(rng, 15);
        record.vx = (int16_t)rng_range(rng, -speed - 1, speed);
        record.vy = (int16_t)rng_range(rng, -speed - 1, speed);
    }
    return snapshot_record_as_read(kind, &record);
}

void sample_snapshot(Rng *rng, const SlotRanges *ranges, uint32_t entity_count,
                     Snapshot *snapshot) {
    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->header = sample_header(rng);
    const uint32_t slots = ranges->first[ENTITY_KIND_COUNT];
    uint32_t slot = 0;
    snapshot->removal_count = rng_below(rng, 8);
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        slot += 1 + rng_below(rng, slots / 8 - 1);
        snapshot->removals[i] = entity_id(slot, 1 + rng_below(rng, 4095));
    }
    slot = rng_below(rng, 3);
    while (snapshot->entity_count < entity_count && slot < slots) {
        SnapshotEntity *entity = &snapshot->entities[snapshot->entity_count++];
        entity->slot = slot;
        entity->record = sample_record(rng, entity_kind_of_slot(ranges, slot),
                                       snapshot->header.center_x, snapshot->header.center_y);
        slot += 1 + sample_number(rng, 12);
    }
}

size_t sample_snapshot_write(const Snapshot *snapshot, const SlotRanges *ranges, uint8_t *buffer,
                             size_t capacity, uint32_t *removal_count, uint32_t *entity_count) {
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, capacity, ranges, &snapshot->header);
    uint32_t removals = 0;
    while (removals < snapshot->removal_count &&
           snapshot_add_removal(&writer, snapshot->removals[removals])) {
        removals++;
    }
    uint32_t entities = 0;
    while (entities < snapshot->entity_count &&
           snapshot_add_entity(&writer, snapshot->entities[entities].slot,
                               &snapshot->entities[entities].record)) {
        entities++;
    }
    *removal_count = removals;
    *entity_count = entities;
    return snapshot_finish(&writer);
}
