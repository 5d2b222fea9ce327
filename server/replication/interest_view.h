// SPDX-License-Identifier: MIT
// interest_view.h -- the entities in one client's next snapshot.
//
// Flow:    interest_update() writes it -> names, priority and encode read it
// Threads: one per client of a worker's piece, in the worker's memory.
// Order:   entries in the order of the baseline, entities that enter the view by slot.
#ifndef TICKSTORM_SERVER_REPLICATION_INTEREST_VIEW_H
#define TICKSTORM_SERVER_REPLICATION_INTEREST_VIEW_H

#include <stdint.h>

#include "wire/baseline_set.h"

typedef struct InterestView {
    int32_t center_x, center_y;
    BaselineSet baseline;  // its entries lie in the client's ReplicaState
    uint8_t baseline_back; // snapshots since the baseline; 0: no baseline
    uint32_t staying_count;
    uint32_t enter_count;
    uint8_t stays[BASELINE_ENTRIES_MAX]; // by entry of the baseline: 1 while in view, else 0
    uint32_t enters[BASELINE_ENTRIES_MAX];
} InterestView;

#endif
