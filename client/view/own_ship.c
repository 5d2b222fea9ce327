// SPDX-License-Identifier: MIT
#include "client/view/own_ship.h"

static double seconds(uint64_t now_ns) {
    return (double)now_ns / 1e9;
}

void own_ship_on_reconciliation(OwnShip *own_ship, const Reconciliation *reconciliation,
                                uint64_t now_ns) {
    if (!reconciliation->is_check) {
        own_ship->smoothing = (ErrorSmoothing){0};
    } else if (reconciliation->moved_x != 0 || reconciliation->moved_y != 0) {
        // The direction is the player's own and is shown at once.
        error_smoothing_add(&own_ship->smoothing, -reconciliation->moved_x,
                            -reconciliation->moved_y, 0, seconds(now_ns));
    }
}

bool own_ship_pose(const OwnShip *own_ship, const Prediction *prediction, double input_tick,
                   uint64_t now_ns, OwnPose *pose) {
    if (!prediction_pose(prediction, input_tick, pose)) {
        return false;
    }
    const double share = error_smoothing_share(&own_ship->smoothing, seconds(now_ns));
    pose->x += own_ship->smoothing.x * share;
    pose->y += own_ship->smoothing.y * share;
    return true;
}
