// SPDX-License-Identifier: MIT
#include "wire/wire_session.h"

#include <stdlib.h>
#include <string.h>

#include "wire/fields.h"
#include "wire/wire_samples.h"

#define INTERVAL_TICKS 3
#define CENTER         (1000 * RECORD_UNIT)
#define REACH          (300 * RECORD_UNIT) // of the view, on both axes

static EntityRecord *now(WireSession *session) {
    return session->history[session->tick % HISTORY_TICKS];
}

static const EntityRecord *at(const WireSession *session, uint32_t tick, uint32_t slot) {
    return &session->history[tick % HISTORY_TICKS][slot];
}

// ------------------------------------------------------------------ the world

static void spawn(WireSession *session, uint32_t slot) {
    Rng *rng = &session->rng;
    const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
    const int32_t reach = 500 * RECORD_UNIT;
    EntityRecord record = {.x = CENTER + rng_range(rng, -reach, reach),
                           .y = CENTER + rng_range(rng, -reach, reach),
                           .status = ENTITY_HEALTH_MAX};
    if (kind == ENTITY_DRONE) {
        record.vx = (int16_t)(2 * rng_range(rng, -20, 20));
        record.vy = (int16_t)(2 * rng_range(rng, -20, 20));
    } else if (kind == ENTITY_MISSILE) {
        record.vx = rng_chance(rng, 0.5) ? 192 : -192;
        record.vy = (int16_t)rng_range(rng, -60, 60);
    }
    session->last_generations[slot] = entity_next_generation(session->last_generations[slot]);
    record.generation = session->last_generations[slot];
    now(session)[slot] = record;
}

static void steer_drone(Rng *rng, uint32_t slot, uint32_t tick, EntityRecord *record) {
    if (slot % 8 == tick % 8 && rng_chance(rng, 0.8)) {
        record->vx = (int16_t)(record->vx + 2 * rng_range(rng, -5, 5));
        record->vy = (int16_t)(record->vy + 2 * rng_range(rng, -5, 5));
    }
    if (rng_chance(rng, 0.005)) {
        record->vx = (int16_t)-record->vx; // as from a wall
    }
    if (rng_chance(rng, 0.01)) {
        record->status ^= rng_chance(rng, 0.5) ? ENTITY_STATUS_ANGRY : 0x05;
    }
}

static void steer_ship(Rng *rng, uint32_t slot, EntityRecord *record) {
    record->vx = (int16_t)(record->vx + rng_range(rng, -6, 6));
    record->vy = (int16_t)(record->vy + rng_range(rng, -6, 6));
    if (slot % 2 == 0) {
        record->angle = (uint8_t)(record->angle + rng_range(rng, -9, 9));
    }
    if (rng_chance(rng, 0.1)) {
        record->status ^= ENTITY_STATUS_FIRED;
    }
}

static void live(WireSession *session, uint32_t slot) {
    Rng *rng = &session->rng;
    EntityRecord *record = &now(session)[slot];
    const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
    if (record->generation == 0) {
        if (rng_chance(rng, 0.03)) {
            spawn(session, slot);
        }
        return;
    }
    if (kind == ENTITY_DRONE) {
        steer_drone(rng, slot, session->tick - 1, record);
    } else if (kind == ENTITY_SHIP) {
        steer_ship(rng, slot, record);
    }
    record->x += record->vx;
    record->y += record->vy;
    if (rng_chance(rng, 0.004)) {
        *record = (EntityRecord){0};
    }
}

static void tick(WireSession *session) {
    const EntityRecord *before = now(session);
    session->tick++;
    memcpy(now(session), before, sizeof session->history[0]);
    for (uint32_t slot = 1; slot < WIRE_SESSION_SLOTS; slot++) {
        live(session, slot);
    }
}

void wire_session_init(WireSession *session, uint64_t seed) {
    memset(session, 0, sizeof *session);
    session->rng = rng_seeded(seed);
    session->ranges = (SlotRanges){{0, 8, 160, 170, WIRE_SESSION_SLOTS}};
    session->tick = 5000;
    for (uint32_t slot = 1; slot < WIRE_SESSION_SLOTS; slot++) {
        session->last_generations[slot] = (uint16_t)rng_below(&session->rng, 40);
        spawn(session, slot);
    }
}

// ------------------------------------------------------------------ the server

static bool is_in_view(const EntityRecord *record) {
    return record->generation != 0 && abs(record->x - CENTER) <= REACH &&
           abs(record->y - CENTER) <= REACH;
}

static void make_header(WireSession *session) {
    SnapshotHeader *header = &session->header;
    const uint16_t sequence = (uint16_t)(header->sequence + 1);
    *header = (SnapshotHeader){
        .tick = session->tick,
        .sequence = sequence,
        .has_checksum = true,
        .has_input = true,
        .input_tick = session->tick + 3,
        .input_margin_q4 = 40,
        .echo_time_ms = (uint16_t)(session->tick * 16),
        .echo_hold_us_q4 = 300,
        .tick_us_q4 = 150,
        .client_count = 4,
        .center_x = CENTER,
        .center_y = CENTER,
        .own = {.motion = {.x = CENTER << RECORD_SHIFT, .y = CENTER << RECORD_SHIFT},
                .health = 90,
                .energy = 700,
                .generation = 2,
                .score = 25}};
    if (session->age_since_acknowledged > 0 &&
        session->age_since_acknowledged <= SNAPSHOT_BASELINE_MAX) {
        header->baseline = (uint8_t)session->age_since_acknowledged;
    }
}

static void write_entry(WireSession *session, SnapshotWriter *writer, const BaselineSet *baseline,
                        const BaselineEntry *entry) {
    const EntityKind kind = entity_kind_of_slot(&session->ranges, entry->slot);
    const DeltaWindow window = baseline_window(baseline, entry, session->tick);
    const EntityRecord *record = at(session, session->tick, entry->slot);
    const bool is_there = is_in_view(record) && record->generation == entry->generation;
    const bool is_sent = is_there && rng_chance(&session->rng, 0.8);
    if (!is_there) {
        snapshot_add_remove(writer);
        return;
    }
    if (!is_sent) {
        snapshot_add_skip(writer);
        return;
    }
    DeltaBits bits = {0};
    if (window.age < DELTA_AGE_MAX) {
        bits = delta_encode(kind, window, at(session, session->tick - window.age, entry->slot),
                            record);
    }
    if (bits.count > 0) {
        snapshot_add_delta(writer, &bits);
    } else {
        bits = snapshot_pack_full(writer, kind, record);
        snapshot_add_full(writer, &bits);
    }
}

static bool is_held(const BaselineSet *baseline_set, uint32_t count, uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        if (baseline_set->entries[i].slot == slot) {
            return true;
        }
    }
    return false;
}

static void write_enters(WireSession *session, SnapshotWriter *writer) {
    snapshot_begin_enters(writer);
    for (uint32_t slot = 1; slot < WIRE_SESSION_SLOTS; slot++) {
        const EntityRecord *record = at(session, session->tick, slot);
        if (!is_in_view(record) || is_held(&writer->set, writer->known_count, slot)) {
            continue;
        }
        const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
        const DeltaBits full_state = snapshot_pack_full(writer, kind, record);
        if (!snapshot_add_enter(writer, slot, record->generation, &full_state)) {
            break;
        }
    }
}

// The records as the client reads them: of this tick, or those of the baseline.
static void fill_records(const WireSession *session, BaselineSet *baseline_set,
                         const BaselineSet *baseline) {
    SnapshotEntity updates[BASELINE_ENTRIES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const uint32_t slot = baseline_set->entries[i].slot;
        if (baseline_set->entries[i].age == 0) {
            const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
            updates[count++] = (SnapshotEntity){
                slot, fields_record_as_read(kind, at(session, session->tick, slot))};
        }
    }
    sample_fill_records(baseline_set, baseline, updates, count);
}

static BaselineSet *baseline_set_of(WireSession *session, uint16_t sequence) {
    BaselineSet *baseline_set = &session->baseline_sets[sequence % BASELINE_SETS_MAX];
    baseline_set->entries = session->spaces[sequence % BASELINE_SETS_MAX].entries;
    baseline_set->records = session->spaces[sequence % BASELINE_SETS_MAX].records;
    return baseline_set;
}

size_t wire_session_step(WireSession *session, uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    static const BaselineSet NONE = {0};
    for (int i = 0; i < INTERVAL_TICKS; i++) {
        tick(session);
    }
    // From "just now" to the snapshot before, and so on.
    session->age_since_acknowledged =
        session->has_acknowledged ? session->age_since_acknowledged + 1 : 0;
    make_header(session);
    const SnapshotHeader *header = &session->header;
    const BaselineSet *baseline =
        header->baseline == 0
            ? &NONE
            : baseline_set_of(session, (uint16_t)(header->sequence - header->baseline));
    BaselineSet *baseline_set = baseline_set_of(session, header->sequence);
    const SnapshotSpace space = {buffer, PAYLOAD_BYTES_MAX, baseline_set->entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &session->ranges, header, baseline);
    for (uint32_t i = 0; i < baseline->count; i++) {
        write_entry(session, &writer, baseline, &baseline->entries[i]);
    }
    write_enters(session, &writer);
    EntityRecord *records = baseline_set->records;
    *baseline_set = *snapshot_end_enters(&writer);
    baseline_set->records = records;
    fill_records(session, baseline_set, baseline);
    return snapshot_finish(&writer, baseline_set_checksum(baseline_set));
}

const BaselineSet *wire_session_baseline_set(const WireSession *session) {
    return &session->baseline_sets[session->header.sequence % BASELINE_SETS_MAX];
}

void wire_session_acknowledge(WireSession *session) {
    session->has_acknowledged = true;
    session->age_since_acknowledged = 0;
}
