// SPDX-License-Identifier: MIT
// own_ship.h -- where the own ship is shown: as predicted, with corrections smoothed out.
//
// Flow:    each snapshot: prediction_reconcile -> own_ship_on_reconciliation
//          each frame: own_ship_pose
// Threads: the client's thread. Time is a parameter.
// Units:   as OwnPose; times in nanoseconds of one monotonic clock.
#ifndef TICKSTORM_CLIENT_VIEW_OWN_SHIP_H
#define TICKSTORM_CLIENT_VIEW_OWN_SHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/prediction.h"
#include "client/view/error_smoothing.h"

// All zero: nothing to smooth.
typedef struct OwnShip {
    ErrorSmoothing smoothing; // from the shown position to the true one
} OwnShip;

// The prediction was reconciled at now_ns. A correction is smoothed out from then on; a restart,
// a death and a respawn are shown at once.
void own_ship_on_reconciliation(OwnShip *own_ship, const Reconciliation *reconciliation,
                                uint64_t now_ns);

// Where to draw the own ship; input_tick is the input line's tick at now_ns. False before the first
// server state.
bool own_ship_pose(const OwnShip *own_ship, const Prediction *prediction, double input_tick,
                   uint64_t now_ns, OwnPose *pose);

#endif
