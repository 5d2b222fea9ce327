// SPDX-License-Identifier: MIT
#include "wire/verify.h"

#include "wire/frame.h"

#define COUNT_BITS 9
#define CHECK_BITS 16

static_assert(ROSTER_ENTRIES_MAX < 1 << COUNT_BITS, "counts fit their field");
static_assert(8 + 16 + 3 * COUNT_BITS + VERIFY_ENTRIES_MAX * (ENTITY_SLOT_BITS + 1 + CHECK_BITS) <=
                  PAYLOAD_BYTES_MAX * 8,
              "a full detail fits a message");
static_assert(2 * VERIFY_ENTRIES_MAX >= ROSTER_ENTRIES_MAX, "two details tell of any roster");

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

// Detail:  | type:8 = 9 | sequence:16 | roster_count:9 | first:9 | count:9 | entries |
// entry:   | slot:20 | is_known:1 | check:16 |       in ascending order of slots
size_t verify_detail_write(uint8_t *buffer, const VerifyDetail *detail) {
    assert(detail->count <= VERIFY_ENTRIES_MAX);
    BitWriter writer = frame_begin(buffer, MESSAGE_VERIFY_DETAIL);
    bit_write(&writer, detail->sequence, 16);
    bit_write(&writer, detail->roster_count, COUNT_BITS);
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
    out->roster_count = bit_read(&reader, COUNT_BITS);
    out->first = bit_read(&reader, COUNT_BITS);
    out->count = bit_read(&reader, COUNT_BITS);
    if (out->roster_count > ROSTER_ENTRIES_MAX || out->count > VERIFY_ENTRIES_MAX ||
        out->first + out->count > out->roster_count) {
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

// What the client holds of an entry that the server has too.
static bool is_same(const Roster *roster, uint32_t index, const VerifyEntry *theirs) {
    const RosterEntry *entry = &roster->entries[index];
    return entry->age >= DELTA_AGE_MAX || !theirs->is_known ||
           verify_entry_check(entry, roster->tick - entry->age, &roster->records[index]) ==
               theirs->check;
}

VerifyDifference verify_compare(const Roster *roster, const VerifyDetail *detail, uint32_t *next) {
    for (uint32_t i = 0; i < detail->count; i++) {
        const VerifyEntry *theirs = &detail->entries[i];
        const uint32_t slot = *next < roster->count ? roster->entries[*next].slot : UINT32_MAX;
        if (slot < theirs->slot) {
            return (VerifyDifference){VERIFY_EXTRA, slot};
        }
        if (slot > theirs->slot) {
            return (VerifyDifference){VERIFY_MISSING, theirs->slot};
        }
        if (!is_same(roster, *next, theirs)) {
            return (VerifyDifference){VERIFY_OTHER, slot};
        }
        ++*next;
    }
    const bool is_last =
        detail->roster_count > 0 && detail->first + detail->count == detail->roster_count;
    if (is_last && *next < roster->count) {
        return (VerifyDifference){VERIFY_EXTRA, roster->entries[*next].slot};
    }
    return (VerifyDifference){VERIFY_SAME, 0};
}
