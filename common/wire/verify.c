// SPDX-License-Identifier: MIT
#include "wire/verify.h"

#include "wire/frame.h"

#define COUNT_BITS 9
#define CHECK_BITS 16

static_assert(BASELINE_ENTRIES_MAX < 1 << COUNT_BITS, "counts fit their field");
static_assert(8 + 16 + 3 * COUNT_BITS + VERIFY_ENTRIES_MAX * (ENTITY_SLOT_BITS + 1 + CHECK_BITS) <=
                  PAYLOAD_BYTES_MAX * 8,
              "a full detail fits a message");
static_assert(2 * VERIFY_ENTRIES_MAX >= BASELINE_ENTRIES_MAX, "two details cover any baseline set");

// Request: | type:8 = 8 | sequence:16 |
size_t verify_request_write(uint8_t *buffer, const VerifyRequest *request) {
    BitWriter writer = frame_begin(buffer, MESSAGE_VERIFY_REQUEST);
    bit_write(&writer, request->sequence, 16);
    return frame_finish(&writer);
}

bool verify_request_read(const uint8_t *data, size_t size, VerifyRequest *out) {
    BitReader reader = frame_open(data, size, MESSAGE_VERIFY_REQUEST);
    out->sequence = (uint16_t)bit_read(&reader, 16);
    return bit_reader_is_finished(&reader);
}

// Detail:  | type:8 = 9 | sequence:16 | baseline_set_count:9 | first:9 | count:9 | entries |
// entry:   | slot:20 | is_known:1 | check:16 |       in ascending order of slots
size_t verify_detail_write(uint8_t *buffer, const VerifyDetail *detail) {
    assert(detail->count <= VERIFY_ENTRIES_MAX);
    BitWriter writer = frame_begin(buffer, MESSAGE_VERIFY_DETAIL);
    bit_write(&writer, detail->sequence, 16);
    bit_write(&writer, detail->baseline_set_count, COUNT_BITS);
    bit_write(&writer, detail->first, COUNT_BITS);
    bit_write(&writer, detail->count, COUNT_BITS);
    for (uint32_t i = 0; i < detail->count; i++) {
        const VerifyEntry *entry = &detail->entries[i];
        bit_write(&writer, entry->slot, ENTITY_SLOT_BITS);
        bit_write(&writer, entry->is_known, 1);
        bit_write(&writer, entry->check, CHECK_BITS);
    }
    return frame_finish(&writer);
}

bool verify_detail_read(const uint8_t *data, size_t size, VerifyDetail *out) {
    BitReader reader = frame_open(data, size, MESSAGE_VERIFY_DETAIL);
    out->sequence = (uint16_t)bit_read(&reader, 16);
    out->baseline_set_count = bit_read(&reader, COUNT_BITS);
    out->first = bit_read(&reader, COUNT_BITS);
    out->count = bit_read(&reader, COUNT_BITS);
    if (out->baseline_set_count > BASELINE_ENTRIES_MAX || out->count > VERIFY_ENTRIES_MAX ||
        out->first + out->count > out->baseline_set_count) {
        return false;
    }
    for (uint32_t i = 0; i < out->count; i++) {
        VerifyEntry *entry = &out->entries[i];
        entry->slot = bit_read(&reader, ENTITY_SLOT_BITS);
        entry->is_known = bit_read(&reader, 1) != 0;
        entry->check = (uint16_t)bit_read(&reader, CHECK_BITS);
        reader.has_failed |= i > 0 && entry->slot <= out->entries[i - 1].slot;
    }
    return bit_reader_is_finished(&reader);
}

// Whether the client's entry agrees with the server's.
static bool is_same(const BaselineSet *baseline_set, uint32_t index, const VerifyEntry *theirs) {
    const BaselineEntry *entry = &baseline_set->entries[index];
    return entry->age >= DELTA_AGE_MAX || !theirs->is_known ||
           verify_entry_check(entry, baseline_set->tick - entry->age,
                              &baseline_set->records[index]) == theirs->check;
}

VerifyDifference verify_compare(const BaselineSet *baseline_set, const VerifyDetail *detail,
                                uint32_t *next) {
    for (uint32_t i = 0; i < detail->count; i++) {
        const VerifyEntry *theirs = &detail->entries[i];
        const uint32_t slot =
            *next < baseline_set->count ? baseline_set->entries[*next].slot : UINT32_MAX;
        if (slot < theirs->slot) {
            return (VerifyDifference){VERIFY_EXTRA, slot};
        }
        if (slot > theirs->slot) {
            return (VerifyDifference){VERIFY_MISSING, theirs->slot};
        }
        if (!is_same(baseline_set, *next, theirs)) {
            return (VerifyDifference){VERIFY_OTHER, slot};
        }
        ++*next;
    }
    const bool is_last = detail->baseline_set_count > 0 &&
                         detail->first + detail->count == detail->baseline_set_count;
    if (is_last && *next < baseline_set->count) {
        return (VerifyDifference){VERIFY_EXTRA, baseline_set->entries[*next].slot};
    }
    return (VerifyDifference){VERIFY_SAME, 0};
}
