// SPDX-License-Identifier: MIT
// A snapshot against a roster. What a reader takes is a state of the world that it can go on from;
// written again against the same roster, it leads to the same one.
//
// Input: | seed of the roster:8 | entries:8 | ticks since:8 | the message |
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz_target.h"
#include "wire/prefix_code.h"
#include "wire/wire_samples.h"

#define PREFIX_BYTES 3

static void check_roster(const Roster *roster, const SlotRanges *ranges) {
    assert(roster->count <= ROSTER_ENTRIES_MAX);
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        const EntityRecord *record = &roster->records[i];
        assert(entry->slot < ranges->first[ENTITY_KIND_COUNT]);
        assert(i == 0 || entry->slot > roster->entries[i - 1].slot);
        assert(entry->generation != 0 && entry->generation == record->generation);
        assert(abs(record->x) < DELTA_PLACE_MAX && abs(record->y) < DELTA_PLACE_MAX);
    }
}

// Where the roster has this slot and generation; its count when it does not.
static uint32_t find(const Roster *roster, uint32_t slot, uint16_t generation) {
    uint32_t at = 0;
    while (at < roster->count &&
           (roster->entries[at].slot != slot || roster->entries[at].generation != generation)) {
        at++;
    }
    return at;
}

static bool is_in_reach(const SnapshotHeader *header, const EntityRecord *record) {
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    return abs(record->x - header->center_x) <= reach && abs(record->y - header->center_y) <= reach;
}

// False when it cannot be written: there is no room, or a state would have to be told as a whole
// and lies out of reach.
static bool write_known(SnapshotWriter *writer, const SnapshotHeader *header,
                        const Roster *reference, const Roster *roster) {
    for (uint32_t i = 0; i < reference->count; i++) {
        const RosterEntry *entry = &reference->entries[i];
        const EntityKind kind = entity_kind_of_slot(writer->ranges, entry->slot);
        const DeltaWindow window = roster_window(reference, entry, header->tick);
        const uint32_t at = find(roster, entry->slot, entry->generation);
        DeltaBits bits = {0};
        if (snapshot_room_bits(writer) < PREFIX_LENGTH_MAX + 2 * DELTA_BITS_MAX) {
            return false;
        }
        if (at == roster->count || roster->entries[at].age > 0) {
            bits = delta_mark(kind, window, at == roster->count ? DELTA_REMOVE : DELTA_SKIP);
        } else if (window.age < DELTA_AGE_MAX) {
            bits = delta_encode(kind, window, &reference->records[i], &roster->records[at]);
        }
        if (bits.count > 0) {
            snapshot_add(writer, &bits);
        } else if (is_in_reach(header, &roster->records[at])) {
            bits = snapshot_pack_whole(writer, kind, &roster->records[at]);
            snapshot_add_whole(writer, kind, window, &bits);
        } else {
            return false;
        }
    }
    return true;
}

static bool write_newcomers(SnapshotWriter *writer, const Roster *reference, const Roster *roster) {
    snapshot_begin_newcomers(writer);
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        if (find(reference, entry->slot, entry->generation) < reference->count) {
            continue;
        }
        const EntityKind kind = entity_kind_of_slot(writer->ranges, entry->slot);
        const DeltaBits state = snapshot_pack_whole(writer, kind, &roster->records[i]);
        if (!snapshot_add_newcomer(writer, entry->slot, entry->generation, &state)) {
            return false;
        }
    }
    return true;
}

// A newcomer may take the slot and the generation of one that was removed: told again, the two
// would be one entity, whose bits may not fit.
static bool removes_what_comes(const Snapshot *snapshot, const Roster *roster) {
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        const EntityId id = snapshot->removals[i];
        if (find(roster, entity_slot(id), (uint16_t)entity_generation(id)) < roster->count) {
            return true;
        }
    }
    return false;
}

static void check_rewritten(const SlotRanges *ranges, const Snapshot *snapshot,
                            const Roster *reference, const Roster *roster) {
    static RosterSpace space;
    static Snapshot again;
    Roster other = {.entries = space.entries, .records = space.records};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    SnapshotReader reader;
    snapshot_begin(&writer, buffer, sizeof(buffer), ranges, &snapshot->header);
    if (removes_what_comes(snapshot, roster) ||
        !write_known(&writer, &snapshot->header, reference, roster) ||
        !write_newcomers(&writer, reference, roster)) {
        return;
    }
    const size_t size = snapshot_finish(&writer, snapshot->checksum);
    const bool is_read = snapshot_open(&reader, buffer, size, ranges, &again.header) &&
                         snapshot_read(&reader, reference, &again, &other);
    assert(is_read);
    assert(memcmp(&again.header.own, &snapshot->header.own, sizeof(Ship)) == 0);
    assert(again.checksum == snapshot->checksum && other.count == roster->count);
    assert(memcmp(other.entries, roster->entries, roster->count * sizeof(RosterEntry)) == 0);
    assert(memcmp(other.records, roster->records, roster->count * sizeof(EntityRecord)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static RosterSpace spaces[2];
    static Snapshot snapshot;
    const SlotRanges ranges = sample_ranges();
    Roster reference = {.entries = spaces[0].entries, .records = spaces[0].records};
    Roster roster = {.entries = spaces[1].entries, .records = spaces[1].records};
    SnapshotReader reader;
    if (size < PREFIX_BYTES || !snapshot_open(&reader, data + PREFIX_BYTES, size - PREFIX_BYTES,
                                              &ranges, &snapshot.header)) {
        return 0;
    }
    SnapshotHeader *header = &snapshot.header;
    if (header->tick < 64 || abs(header->center_x) > 960000 || abs(header->center_y) > 960000) {
        return 0; // no roster can be made up for it
    }
    Rng rng = rng_seeded(data[0]);
    sample_roster(&rng, &ranges, header, header->reference == 0 ? 0 : data[1], &reference);
    reference.tick = header->tick - 1 - data[2] % 64;
    if (snapshot_read(&reader, &reference, &snapshot, &roster)) {
        check_roster(&roster, &ranges);
        assert(snapshot.entity_count + snapshot.skip_count == roster.count);
        check_rewritten(&ranges, &snapshot, &reference, &roster);
    }
    return 0;
}
