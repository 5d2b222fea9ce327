// SPDX-License-Identifier: MIT
#include "wire/wire_session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/fields.h"

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
    memcpy(now(session), before, sizeof(session->history[0]));
    for (uint32_t slot = 1; slot < WIRE_SESSION_SLOTS; slot++) {
        live(session, slot);
    }
}

void wire_session_init(WireSession *session, uint64_t seed) {
    memset(session, 0, sizeof(*session));
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
        session->age_since_acknowledged <= SNAPSHOT_REFERENCE_MAX) {
        header->reference = (uint8_t)session->age_since_acknowledged;
    }
}

static void carry(const WireSession *session, Roster *roster, uint32_t slot) {
    const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
    const EntityRecord *record = at(session, session->tick, slot);
    roster->records[roster->count] = fields_record_as_read(kind, record);
    roster_carry(roster, slot, record->generation);
}

static void write_entry(WireSession *session, SnapshotWriter *writer, const Roster *reference,
                        uint32_t index, Roster *roster) {
    const RosterEntry *entry = &reference->entries[index];
    const EntityKind kind = entity_kind_of_slot(&session->ranges, entry->slot);
    const DeltaWindow window = roster_window(reference, entry, session->tick);
    const EntityRecord *record = at(session, session->tick, entry->slot);
    const bool is_there = is_in_view(record) && record->generation == entry->generation;
    const bool is_told = is_there && rng_chance(&session->rng, 0.8);
    if (!is_told) {
        const DeltaBits mark = delta_mark(kind, window, is_there ? DELTA_SKIP : DELTA_REMOVE);
        snapshot_add(writer, &mark);
        if (is_there) {
            roster->records[roster->count] = reference->records[index];
            roster_keep(roster, entry, window.age);
        }
        return;
    }
    DeltaBits bits = {0};
    if (window.age < DELTA_AGE_MAX) {
        bits = delta_encode(kind, window, at(session, session->tick - window.age, entry->slot),
                            record);
    }
    if (bits.count > 0) {
        snapshot_add(writer, &bits);
    } else {
        bits = snapshot_pack_whole(writer, kind, record);
        snapshot_add_whole(writer, kind, window, &bits);
    }
    carry(session, roster, entry->slot);
}

static bool is_held(const Roster *roster, uint32_t count, uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        if (roster->entries[i].slot == slot) {
            return true;
        }
    }
    return false;
}

static void write_newcomers(WireSession *session, SnapshotWriter *writer, Roster *roster) {
    const uint32_t known_count = roster->count;
    snapshot_begin_newcomers(writer);
    for (uint32_t slot = 1; slot < WIRE_SESSION_SLOTS; slot++) {
        const EntityRecord *record = at(session, session->tick, slot);
        if (!is_in_view(record) || is_held(roster, known_count, slot)) {
            continue;
        }
        const EntityKind kind = entity_kind_of_slot(&session->ranges, slot);
        const DeltaBits state = snapshot_pack_whole(writer, kind, record);
        if (!snapshot_add_newcomer(writer, slot, record->generation, &state)) {
            break;
        }
        carry(session, roster, slot);
    }
    const bool is_free = roster_merge_newcomers(roster, known_count);
    assert(is_free);
}

static Roster *roster_of(WireSession *session, uint16_t sequence) {
    Roster *roster = &session->rosters[sequence % ROSTER_RING];
    roster->entries = session->spaces[sequence % ROSTER_RING].entries;
    roster->records = session->spaces[sequence % ROSTER_RING].records;
    return roster;
}

size_t wire_session_step(WireSession *session, uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    static const Roster NOBODY = {0};
    for (int i = 0; i < INTERVAL_TICKS; i++) {
        tick(session);
    }
    // From "just now" to the snapshot before, and so on.
    session->age_since_acknowledged =
        session->has_acknowledged ? session->age_since_acknowledged + 1 : 0;
    make_header(session);
    const SnapshotHeader *header = &session->header;
    const Roster *reference =
        header->reference == 0
            ? &NOBODY
            : roster_of(session, (uint16_t)(header->sequence - header->reference));
    Roster *roster = roster_of(session, header->sequence);
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, PAYLOAD_BYTES_MAX, &session->ranges, header);
    roster_begin(roster, header->sequence, header->tick);
    for (uint32_t i = 0; i < reference->count; i++) {
        write_entry(session, &writer, reference, i, roster);
    }
    write_newcomers(session, &writer, roster);
    return snapshot_finish(&writer, roster_checksum(roster));
}

const Roster *wire_session_roster(const WireSession *session) {
    return &session->rosters[session->header.sequence % ROSTER_RING];
}

void wire_session_acknowledge(WireSession *session) {
    session->has_acknowledged = true;
    session->age_since_acknowledged = 0;
}
