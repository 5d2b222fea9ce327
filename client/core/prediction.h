// SPDX-License-Identifier: MIT
// prediction.h -- predicts the own ship from the recorded inputs, and reconciles it with the
//                 server's states.
//
// Flow:    prediction_step (input -> ship_step -> state) ...
//          prediction_reconcile (the server's state of some tick): equal -> nothing happens;
//          different -> rewind to the server's state and replay the inputs since
// Threads: the client's thread.
// Memory:  a ring inside the struct, 2 KB of 32 bytes a tick.
// Units:   world units (1/256); prediction_pose() in units.
// Order:   state of tick t is the state after input t was applied, here as on the server.
#ifndef TICKSTORM_CLIENT_CORE_PREDICTION_H
#define TICKSTORM_CLIENT_CORE_PREDICTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "game/arena.h"
#include "game/ship.h"

// Power of two. Above INPUT_WINDOW_TICKS, so that the server's state after the oldest input that it
// can still accept finds its prediction.
#define PREDICTION_TICKS 64

// The members of a Ship that its inputs decide; the score and the others after it come from the
// server alone.
#define PREDICTED_BYTES offsetof(Ship, score)

typedef struct PredictedTick {
    ShipInput input;
    uint8_t ship[PREDICTED_BYTES]; // after the input
} PredictedTick;

typedef struct Prediction {
    bool has_state;
    uint32_t newest_tick;      // of the ring
    uint32_t oldest_tick;      // of the ring: nothing is known before
    uint32_t first_input_tick; // inputs before this were never the player's
    Ship ship;                 // after the input of newest_tick
    uint64_t checks;
    uint64_t corrections; // checks whose positions differed
    uint64_t replays;     // reconciliations that replayed the inputs, for any difference
    PredictedTick ring[PREDICTION_TICKS]; // by tick
} Prediction;

// How a server state compared with the prediction.
typedef struct Reconciliation {
    bool is_restart;       // there was no prediction for that tick: call prediction_start_inputs()
    bool is_check;         // a predicted state was compared
    double distance_units; // between the two; 0: they agree
    double moved_x, moved_y; // units: of a check, how far the newest state moved
} Reconciliation;

// Forgets everything; the next server state starts a new prediction.
void prediction_reset(Prediction *prediction);

// Compares the server's state of the own ship after a tick with the prediction, which it corrects.
Reconciliation prediction_reconcile(Prediction *prediction, const Arena *arena, uint32_t tick,
                                    const Ship *server_ship);

// Starts recording inputs at first_tick; up to there the last input is repeated, as the server does
// when it has no newer one. Also after a jump of the clock: ticks from first_tick on are forgotten.
void prediction_start_inputs(Prediction *prediction, const Arena *arena, uint32_t first_tick);

// Records the input of tick newest_tick + 1 and predicts its state.
void prediction_step(Prediction *prediction, const Arena *arena, ShipInput input);

// The newest predicted state; NULL before the first server state.
const Ship *prediction_ship(const Prediction *prediction);

// The input recorded for a tick, NULL when it is not (or no longer) there.
const ShipInput *prediction_input(const Prediction *prediction, uint32_t tick);

// The own ship at a moment between two ticks.
typedef struct OwnPose {
    double x, y;  // units
    double angle; // turns
} OwnPose;
// input_tick is a tick of the input line. False before the first server state.
bool prediction_pose(const Prediction *prediction, double input_tick, OwnPose *pose);

#endif
