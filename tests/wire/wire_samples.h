// SPDX-License-Identifier: MIT
// wire_samples.h -- random valid messages of every type, for round trips, truncation and fuzzing.
//
// Threads: pure functions of the caller's Rng.
#ifndef TICKSTORM_TESTS_WIRE_WIRE_SAMPLES_H
#define TICKSTORM_TESTS_WIRE_WIRE_SAMPLES_H

#include "base/rng.h"
#include "wire/message.h"
#include "wire/receive_report.h"
#include "wire/snapshot.h"

// Slots as a server with 4,000 clients and 20,000 drones has them.
SlotRanges sample_ranges(void);

HelloMessage sample_hello(Rng *rng);
WelcomeMessage sample_welcome(Rng *rng);
InputMessage sample_input(Rng *rng);
ReceiveReport sample_receive_report(Rng *rng);

SnapshotHeader sample_header(Rng *rng);
// As a reader will see it.
EntityRecord sample_record(Rng *rng, EntityKind kind, int32_t center_x, int32_t center_y);

// The baseline of a snapshot with this header, which names one if count > 0. entries and records
// have room for BASELINE_ENTRIES_MAX.
void sample_baseline_set(Rng *rng, const SlotRanges *ranges, const SnapshotHeader *header,
                         uint32_t count, BaselineSet *baseline_set);

// Whether both hold the same; of states too old to be a baseline the ages may differ.
bool sample_sets_agree(const BaselineSet *a, const BaselineSet *b);

// Fills the records of a set that a SnapshotWriter built: those of entries of this tick from the
// updates, by slot, and those of older ones from the baseline.
void sample_fill_records(BaselineSet *baseline_set, const BaselineSet *baseline,
                         const SnapshotEntity *updates, uint32_t update_count);

typedef struct SampleSpec {
    const SlotRanges *ranges;
    const BaselineSet *baseline;
    uint32_t enters; // entities that enter, as far as they fit
    size_t capacity; // of the buffer
} SampleSpec;

// Writes a snapshot with snapshot->header and something random about every entry of the baseline.
// *snapshot and *baseline_set become what a reader shall arrive at; the set's entries and records
// have room for BASELINE_ENTRIES_MAX. Returns the size.
size_t sample_snapshot(Rng *rng, const SampleSpec *spec, uint8_t *buffer, Snapshot *snapshot,
                       BaselineSet *baseline_set);

#endif
