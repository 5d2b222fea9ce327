// SPDX-License-Identifier: MIT
// wire_samples.h -- random valid messages of every type, for round trips, truncation and fuzzing.
//
// Threads: pure functions of the caller's Rng.
#ifndef TICKSTORM_TESTS_WIRE_WIRE_SAMPLES_H
#define TICKSTORM_TESTS_WIRE_WIRE_SAMPLES_H

#include "base/rng.h"
#include "wire/message.h"
#include "wire/snapshot.h"

// Slots as a server with 4,000 clients and 20,000 drones has them.
SlotRanges sample_ranges(void);

HelloMessage sample_hello(Rng *rng);
WelcomeMessage sample_welcome(Rng *rng);
PlayerInfoMessage sample_player_info(Rng *rng);
InputMessage sample_input(Rng *rng);

// Header, removals and entities; entities are as the reader will see them.
void sample_snapshot(Rng *rng, const SlotRanges *ranges, uint32_t entity_count, Snapshot *snapshot);
EntityRecord sample_record(Rng *rng, EntityKind kind, int32_t center_x, int32_t center_y);

// Writes as much of a snapshot as fits; the counts are those of what was written.
size_t sample_snapshot_write(const Snapshot *snapshot, const SlotRanges *ranges, uint8_t *buffer,
                             size_t capacity, uint32_t *removal_count, uint32_t *entity_count);

#endif
