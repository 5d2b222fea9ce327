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

// The reference of a snapshot with this header; count > 0 takes a reference. entries and records
// have room for BASELINE_ENTRIES_MAX.
void sample_baseline_set(Rng *rng, const SlotRanges *ranges, const SnapshotHeader *header,
                         uint32_t count, BaselineSet *baseline_set);

// Whether both hold the same; states that are too old to be a base may differ in how old.
bool sample_sets_agree(const BaselineSet *a, const BaselineSet *b);

// Writes a snapshot with snapshot->header that says something random of every entry of the
// reference, and as many of the newcomers as fit. *snapshot and *roster become what a reader shall
// arrive at. Returns the size.
size_t sample_snapshot(Rng *rng, const SlotRanges *ranges, const BaselineSet *baseline,
                       uint32_t enters, uint8_t *buffer, size_t capacity, Snapshot *snapshot,
                       BaselineSet *baseline_set);

#endif
