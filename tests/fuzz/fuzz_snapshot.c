// SPDX-License-Identifier: MIT
// A snapshot against a baseline set. An accepted snapshot leads to a valid set; written again
// against the same baseline, it leads to the same set.
//
// Input: | seed of the baseline:8 | entries:8 | ticks since:8 | the message |
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz_target.h"
#include "wire/prefix_code.h"
#include "wire/wire_samples.h"

#define PREFIX_BYTES 3

static void check_baseline_set(const BaselineSet *baseline_set, const SlotRanges *ranges) {
    assert(baseline_set->count <= BASELINE_ENTRIES_MAX);
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        const EntityRecord *record = &baseline_set->records[i];
        assert(entry->slot < ranges->first[ENTITY_KIND_COUNT]);
        assert(i == 0 || entry->slot > baseline_set->entries[i - 1].slot);
        assert(entry->generation != 0 && entry->generation == record->generation);
        assert(abs(record->x) < DELTA_PLACE_MAX && abs(record->y) < DELTA_PLACE_MAX);
    }
}

// Index of this slot and generation in the set; its count if it has no such entry.
static uint32_t find(const BaselineSet *baseline_set, uint32_t slot, uint16_t generation) {
    uint32_t at = 0;
    while (at < baseline_set->count && (baseline_set->entries[at].slot != slot ||
                                        baseline_set->entries[at].generation != generation)) {
        at++;
    }
    return at;
}

static bool is_in_reach(const SnapshotHeader *header, const EntityRecord *record) {
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    return abs(record->x - header->center_x) <= reach && abs(record->y - header->center_y) <= reach;
}

// False when it cannot be written: there is no room, or a full state would be needed and lies out
// of reach.
static bool write_known(SnapshotWriter *writer, const SnapshotHeader *header,
                        const BaselineSet *baseline, const BaselineSet *baseline_set) {
    for (uint32_t i = 0; i < baseline->count; i++) {
        const BaselineEntry *entry = &baseline->entries[i];
        const EntityKind kind = entity_kind_of_slot(writer->ranges, entry->slot);
        const DeltaWindow window = baseline_window(baseline, entry, header->tick);
        const uint32_t at = find(baseline_set, entry->slot, entry->generation);
        if (snapshot_room_bits(writer) < PREFIX_LENGTH_MAX + 2 * DELTA_BITS_MAX) {
            return false;
        }
        if (at == baseline_set->count) {
            snapshot_add_remove(writer);
            continue;
        }
        if (baseline_set->entries[at].age > 0) {
            snapshot_add_skip(writer);
            continue;
        }
        DeltaBits bits = {0};
        if (window.age < DELTA_AGE_MAX) {
            bits = delta_encode(kind, window, &baseline->records[i], &baseline_set->records[at]);
        }
        if (bits.count > 0) {
            snapshot_add_delta(writer, &bits);
        } else if (is_in_reach(header, &baseline_set->records[at])) {
            bits = snapshot_pack_full(writer, kind, &baseline_set->records[at]);
            snapshot_add_full(writer, &bits);
        } else {
            return false;
        }
    }
    return true;
}

static bool write_enters(SnapshotWriter *writer, const BaselineSet *baseline,
                         const BaselineSet *baseline_set) {
    snapshot_begin_enters(writer);
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        if (find(baseline, entry->slot, entry->generation) < baseline->count) {
            continue;
        }
        const EntityKind kind = entity_kind_of_slot(writer->ranges, entry->slot);
        const DeltaBits state = snapshot_pack_full(writer, kind, &baseline_set->records[i]);
        if (!snapshot_add_enter(writer, entry->slot, entry->generation, &state)) {
            return false;
        }
    }
    return true;
}

// An entity may enter with the slot and the generation of one that was removed: written again, the
// two would be one entity, whose bits may not fit.
static bool removes_what_comes(const Snapshot *snapshot, const BaselineSet *baseline_set) {
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        const EntityId id = snapshot->removals[i];
        if (find(baseline_set, entity_slot(id), (uint16_t)entity_generation(id)) <
            baseline_set->count) {
            return true;
        }
    }
    return false;
}

static void check_rewritten(const SlotRanges *ranges, const Snapshot *snapshot,
                            const BaselineSet *baseline, const BaselineSet *baseline_set) {
    static BaselineSpace space;
    static Snapshot again;
    BaselineSet other = {.entries = space.entries, .records = space.records};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    SnapshotReader reader;
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    const SnapshotSpace written = {buffer, sizeof buffer, entries};
    snapshot_begin(&writer, &written, ranges, &snapshot->header, baseline);
    if (removes_what_comes(snapshot, baseline_set) ||
        !write_known(&writer, &snapshot->header, baseline, baseline_set) ||
        !write_enters(&writer, baseline, baseline_set)) {
        return;
    }
    const BaselineSet *set = snapshot_end_enters(&writer);
    assert(set->count == baseline_set->count && set->tick == baseline_set->tick);
    for (uint32_t i = 0; i < set->count; i++) {
        assert(baseline_entry_id(&set->entries[i]) == baseline_entry_id(&baseline_set->entries[i]));
        // The reader measures ages beyond DELTA_AGE_MAX, the writer does not.
        assert(set->entries[i].age == baseline_age_after(baseline_set->entries[i].age, 0));
    }
    const size_t size = snapshot_finish(&writer, snapshot->checksum);
    const bool is_read = snapshot_open(&reader, buffer, size, ranges, &again.header) &&
                         snapshot_read(&reader, baseline, &again, &other);
    assert(is_read);
    assert(memcmp(&again.header.own, &snapshot->header.own, sizeof(Ship)) == 0);
    assert(again.checksum == snapshot->checksum && other.count == baseline_set->count);
    assert(memcmp(other.entries, baseline_set->entries,
                  baseline_set->count * sizeof(BaselineEntry)) == 0);
    assert(memcmp(other.records, baseline_set->records,
                  baseline_set->count * sizeof(EntityRecord)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static BaselineSpace spaces[2];
    static Snapshot snapshot;
    const SlotRanges ranges = sample_ranges();
    BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
    BaselineSet baseline_set = {.entries = spaces[1].entries, .records = spaces[1].records};
    SnapshotReader reader;
    if (size < PREFIX_BYTES || !snapshot_open(&reader, data + PREFIX_BYTES, size - PREFIX_BYTES,
                                              &ranges, &snapshot.header)) {
        return 0;
    }
    SnapshotHeader *header = &snapshot.header;
    if (header->tick < 64 || abs(header->center_x) > 960000 || abs(header->center_y) > 960000) {
        return 0; // no baseline set can be made for it
    }
    Rng rng = rng_seeded(data[0]);
    sample_baseline_set(&rng, &ranges, header, header->baseline == 0 ? 0 : data[1], &baseline);
    baseline.tick = header->tick - 1 - data[2] % 64;
    if (snapshot_read(&reader, &baseline, &snapshot, &baseline_set)) {
        check_baseline_set(&baseline_set, &ranges);
        assert(snapshot.entity_count + snapshot.skip_count == baseline_set.count);
        check_rewritten(&ranges, &snapshot, &baseline, &baseline_set);
    }
    return 0;
}
