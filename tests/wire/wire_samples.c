// SPDX-License-Identifier: MIT
#include "wire/wire_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/fields.h"
#include "wire/prefix_code.h"

SlotRanges sample_ranges(void) {
    return (SlotRanges){{0, 4000, 24000, 32000, 37000}};
}

static void sample_name(Rng *rng, char name[PLAYER_NAME_BYTES + 1]) {
    static const char *const PIECES[] = {"a", "Z", "7", "_", " ", "é", "ß", "鳥", "🚀", "-"};
    char text[64] = "";
    const uint32_t count = rng_below(rng, 10);
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = PIECES[rng_below(rng, sizeof PIECES / sizeof PIECES[0])];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", piece);
    }
    player_name_clean(name, text, strlen(text));
}

// Numbers of every magnitude, not only large ones.
static uint32_t sample_number(Rng *rng, uint32_t bits) {
    const uint32_t shift = 32 - bits + rng_below(rng, bits);
    return (uint32_t)rng_next(rng) >> shift;
}

HelloMessage sample_hello(Rng *rng) {
    HelloMessage hello = {
        .magic = PROTOCOL_MAGIC, .version = PROTOCOL_VERSION, .wants_verify = rng_chance(rng, 0.5)};
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
    snprintf(welcome.arena.name, sizeof welcome.arena.name, "arena %u", rng_below(rng, 1000));
    return welcome;
}

ReceiveReport sample_receive_report(Rng *rng) {
    ReceiveReport report;
    report.judged = sample_number(rng, 32);
    report.lost = (uint32_t)(rng_unit(rng) * report.judged);
    report.received = sample_number(rng, 32);
    report.overtaken = (uint32_t)(rng_unit(rng) * report.received);
    report.duplicated = sample_number(rng, 32);
    report.jitter_pairs = sample_number(rng, 32);
    report.jitter_squares_us2 = rng_next(rng);
    return report;
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
        .motion = {.x = rng_range(rng, 0, ARENA_SIDE_MAX_UNITS * UNIT),
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

SnapshotHeader sample_header(Rng *rng) {
    SnapshotHeader header = {
        .tick = (uint32_t)rng_next(rng) | 64,
        .sequence = (uint16_t)rng_next(rng),
        .baseline = (uint8_t)rng_below(rng, SNAPSHOT_BASELINE_MAX + 1),
        .has_checksum = rng_chance(rng, 0.3),
        .has_input = rng_chance(rng, 0.8),
        .tick_us_q4 = (uint16_t)rng_next(rng),
        .client_count = (uint16_t)rng_next(rng),
        .own = sample_ship(rng),
    };
    if (header.has_input) {
        header.input_tick =
            rng_chance(rng, 0.5) ? header.tick + rng_below(rng, 20) - 10 : (uint32_t)rng_next(rng);
        header.input_margin_q4 = (int16_t)rng_next(rng);
        header.echo_time_ms = (uint16_t)rng_next(rng);
        header.echo_hold_us_q4 = (uint16_t)rng_next(rng);
        header.starved_count = (uint16_t)rng_next(rng);
    }
    header.center_x = header.own.motion.x >> RECORD_SHIFT;
    header.center_y = header.own.motion.y >> RECORD_SHIFT;
    if (rng_chance(rng, 0.3)) {
        header.center_x = rng_range(rng, 0, ARENA_SIDE_MAX_UNITS * RECORD_UNIT);
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
    return fields_record_as_read(kind, &record);
}

void sample_baseline_set(Rng *rng, const SlotRanges *ranges, const SnapshotHeader *header,
                         uint32_t count, BaselineSet *baseline_set) {
    const uint32_t back = 1 + sample_number(rng, 5);
    baseline_set_begin(baseline_set, (uint16_t)(header->sequence - header->baseline),
                       header->tick - back);
    const uint32_t gap = ranges->first[ENTITY_KIND_COUNT] / (count + 1);
    uint32_t slot = rng_below(rng, gap);
    for (uint32_t i = 0; i < count; i++, slot += 1 + rng_below(rng, gap)) {
        const EntityRecord record = sample_record(rng, entity_kind_of_slot(ranges, slot),
                                                  header->center_x, header->center_y);
        baseline_set->records[baseline_set->count] = record;
        baseline_set_carry(baseline_set, slot, record.generation);
        baseline_set->entries[i].age =
            rng_chance(rng, 0.05) ? DELTA_AGE_MAX : (uint16_t)(3 * rng_below(rng, 8));
    }
}

bool sample_sets_agree(const BaselineSet *a, const BaselineSet *b) {
    bool agree = a->tick == b->tick && a->sequence == b->sequence && a->count == b->count;
    for (uint32_t i = 0; i < a->count && agree; i++) {
        const BaselineEntry *one = &a->entries[i];
        const BaselineEntry *two = &b->entries[i];
        agree = one->slot == two->slot && one->generation == two->generation &&
                baseline_age_after(one->age, 0) == baseline_age_after(two->age, 0) &&
                memcmp(&a->records[i], &b->records[i], sizeof(EntityRecord)) == 0;
    }
    return agree;
}

// An entity some ticks after its baseline: it flew on, steered, or something happened to it.
static EntityRecord sample_later(Rng *rng, EntityKind kind, uint32_t age, EntityRecord record,
                                 const SnapshotHeader *header) {
    if (rng_chance(rng, 0.1)) {
        EntityRecord other = sample_record(rng, kind, header->center_x, header->center_y);
        other.generation = record.generation;
        return other;
    }
    record.x += record.vx * (int32_t)age;
    record.y += record.vy * (int32_t)age;
    if (kind != ENTITY_SHARD && rng_chance(rng, 0.6)) {
        const int32_t turn_x = 2 * rng_range(rng, -8, 8);
        const int32_t turn_y = 2 * rng_range(rng, -8, 8);
        record.vx = (int16_t)(record.vx + turn_x);
        record.vy = (int16_t)(record.vy + turn_y);
        record.x += turn_x * (int32_t)rng_below(rng, age + 1);
        record.y += turn_y * (int32_t)rng_below(rng, age + 1);
    }
    if (rng_chance(rng, 0.2)) {
        record.status = (uint8_t)rng_next(rng);
        record.angle = (uint8_t)(record.angle + rng_range(rng, -20, 20));
    }
    return fields_record_as_read(kind, &record);
}

static bool is_in_reach(const SnapshotHeader *header, const EntityRecord *record) {
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    return abs(record->x - header->center_x) <= reach && abs(record->y - header->center_y) <= reach;
}

// The record of a slot in updates, or NULL.
static const EntityRecord *find_update(const SnapshotEntity *updates, uint32_t count,
                                       uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        if (updates[i].slot == slot) {
            return &updates[i].record;
        }
    }
    return NULL;
}

void sample_fill_records(BaselineSet *baseline_set, const BaselineSet *baseline,
                         const SnapshotEntity *updates, uint32_t update_count) {
    uint32_t known = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        const EntityRecord *record =
            entry->age == 0 ? find_update(updates, update_count, entry->slot) : NULL;
        if (record == NULL) {
            while (baseline->entries[known].slot != entry->slot) {
                known++;
            }
            record = &baseline->records[known];
        }
        baseline_set->records[i] = *record;
    }
}

static void add_update(Snapshot *snapshot, uint32_t slot, const EntityRecord *record) {
    snapshot->entities[snapshot->entity_count++] = (SnapshotEntity){slot, *record};
}

static void write_entry(Rng *rng, SnapshotWriter *writer, const BaselineSet *baseline,
                        uint32_t index, Snapshot *snapshot) {
    const BaselineEntry *entry = &baseline->entries[index];
    const EntityKind kind = entity_kind_of_slot(writer->ranges, entry->slot);
    const DeltaWindow window = baseline_window(baseline, entry, snapshot->header.tick);
    const EntityRecord record =
        sample_later(rng, kind, window.age, baseline->records[index], &snapshot->header);
    const size_t marks_bits = (size_t)(baseline->count - index) * PREFIX_LENGTH_MAX;
    const bool has_room = snapshot_room_bits(writer) >= marks_bits + 2 * DELTA_BITS_MAX;
    const uint32_t choice = rng_below(rng, 10);
    if (has_room && choice < 7 && window.age < DELTA_AGE_MAX) {
        const DeltaBits bits = delta_encode(kind, window, &baseline->records[index], &record);
        if (bits.count > 0 && abs(record.x) < DELTA_PLACE_MAX && abs(record.y) < DELTA_PLACE_MAX) {
            snapshot_add_delta(writer, &bits);
            add_update(snapshot, entry->slot, &record);
            return;
        }
    }
    if (has_room && choice < 8 && is_in_reach(&snapshot->header, &record)) {
        const DeltaBits full_state = snapshot_pack_full(writer, kind, &record);
        snapshot_add_full(writer, &full_state);
        add_update(snapshot, entry->slot, &record);
    } else if (rng_chance(rng, 0.3)) {
        snapshot_add_remove(writer);
        snapshot->removals[snapshot->removal_count++] = baseline_entry_id(entry);
    } else {
        snapshot_add_skip(writer);
        snapshot->skip_count++;
    }
}

static bool has_slot(const BaselineSet *baseline_set, uint32_t count, uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        if (baseline_set->entries[i].slot == slot) {
            return true;
        }
    }
    return false;
}

static void write_enters(Rng *rng, SnapshotWriter *writer, uint32_t most, Snapshot *snapshot) {
    const uint32_t slots = writer->ranges->first[ENTITY_KIND_COUNT];
    snapshot_begin_enters(writer);
    uint32_t slot = rng_below(rng, slots);
    for (uint32_t i = 0; i < most && slot < slots && writer->set.count < BASELINE_ENTRIES_MAX;
         i++) {
        const EntityKind kind = entity_kind_of_slot(writer->ranges, slot);
        const EntityRecord record =
            sample_record(rng, kind, snapshot->header.center_x, snapshot->header.center_y);
        const DeltaBits full_state = snapshot_pack_full(writer, kind, &record);
        if (!has_slot(&writer->set, writer->known_count, slot)) {
            if (!snapshot_add_enter(writer, slot, record.generation, &full_state)) {
                break;
            }
            add_update(snapshot, slot, &record);
            snapshot->enter_count++;
        }
        slot += 1 + sample_number(rng, 14);
    }
}

size_t sample_snapshot(Rng *rng, const SampleSpec *spec, uint8_t *buffer, Snapshot *snapshot,
                       BaselineSet *baseline_set) {
    const SnapshotSpace space = {buffer, spec->capacity, baseline_set->entries};
    SnapshotWriter writer;
    snapshot->entity_count = 0;
    snapshot->enter_count = 0;
    snapshot->removal_count = 0;
    snapshot->skip_count = 0;
    snapshot_begin(&writer, &space, spec->ranges, &snapshot->header, spec->baseline);
    for (uint32_t i = 0; i < spec->baseline->count; i++) {
        write_entry(rng, &writer, spec->baseline, i, snapshot);
    }
    write_enters(rng, &writer, spec->enters, snapshot);
    EntityRecord *records = baseline_set->records;
    *baseline_set = *snapshot_end_enters(&writer);
    baseline_set->records = records;
    sample_fill_records(baseline_set, spec->baseline, snapshot->entities, snapshot->entity_count);
    snapshot->checksum = snapshot->header.has_checksum ? baseline_set_checksum(baseline_set) : 0;
    return snapshot_finish(&writer, snapshot->checksum);
}
