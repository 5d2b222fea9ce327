// SPDX-License-Identifier: MIT
// previous_ages.h -- how old each entity's state had become when a snapshot arrived.
//
// Flow:    the newest baseline set and the one before -> previous_ages -> freshness measurements
// Threads: pure functions.
// Order:   as the entries of the newest baseline set, by slot.
// Units:   ticks; ages that do not fit saturate.
//
// It keeps no state: the ages are part of the baseline sets, which a client holds anyway.
#ifndef TICKSTORM_CLIENT_CORE_PREVIOUS_AGES_H
#define TICKSTORM_CLIENT_CORE_PREVIOUS_AGES_H

#include <stdint.h>

#include "wire/baseline_set.h"

// ages: room for baseline_set->count. For an entity that the snapshot sent, the age that its
// previous state had reached, 0 without a previous state. For a skipped entity, the age of the
// state that is still held.
// before: the baseline set that was the newest before this snapshot; NULL for the first snapshot.
void previous_ages(const BaselineSet *before, const BaselineSet *baseline_set, uint16_t *ages);

#endif
