// SPDX-License-Identifier: MIT
// previous_ages.h -- how old what a client knew of each entity had become when a snapshot came.
//
// Flow:    the newest roster, and the one before -> previous_ages -> whoever measures freshness
// Threads: pure functions.
// Order:   as the entries of the newest roster, by slot.
// Units:   ticks; ages that do not fit saturate.
//
// Nothing is remembered for it: the ages stand in the rosters, which a client holds anyway.
#ifndef TICKSTORM_CLIENT_CORE_PREVIOUS_AGES_H
#define TICKSTORM_CLIENT_CORE_PREVIOUS_AGES_H

#include <stdint.h>

#include "wire/baseline_set.h"

// ages: room for roster->count. Of an entity that the snapshot told, the age that the state before
// had reached, 0 when there was none; of one that it passed over, the age of what is still known.
// before: the roster that was the newest until then; NULL for the first.
void previous_ages(const BaselineSet *before, const BaselineSet *baseline_set, uint16_t *ages);

#endif
