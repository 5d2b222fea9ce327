// SPDX-License-Identifier: MIT
#include "client/core/prediction.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/serial.h"

static_assert((PREDICTION_TICKS & (PREDICTION_TICKS - 1)) == 0, "the ring is indexed by a mask");
static_assert(sizeof(Ship) - PREDICTED_BYTES == 3 * sizeof(uint32_t),
              "only members that the server alone decides follow");
static_assert(PREDICTION_TICKS > INPUT_WINDOW_TICKS, "every input sent finds its prediction");

static PredictedTick *ring_at(Prediction *prediction, uint32_t tick) {
    return &prediction->ring[tick % PREDICTION_TICKS];
}

static const PredictedTick *ring_find(const Prediction *prediction, uint32_t tick) {
    if (!prediction->has_state || serial_difference(tick, prediction->newest_tick) > 0 ||
        serial_difference(tick, prediction->oldest_tick) < 0) {
        return NULL;
    }
    return &prediction->ring[tick % PREDICTION_TICKS];
}

static void keep(Prediction *prediction, uint32_t tick, ShipInput input, const Ship *ship) {
    PredictedTick *predicted = ring_at(prediction, tick);
    predicted->input = input;
    memcpy(predicted->ship, ship, PREDICTED_BYTES);
}

// The ship as it was after a tick of the ring, with the newest score of the server.
static Ship recall(const Prediction *prediction, const PredictedTick *predicted) {
    Ship ship = prediction->ship;
    memcpy(&ship, predicted->ship, PREDICTED_BYTES);
    return ship;
}

void prediction_reset(Prediction *prediction) {
    prediction->has_state = false;
}

static void restart_at(Prediction *prediction, uint32_t tick, const Ship *ship) {
    prediction->has_state = true;
    prediction->newest_tick = tick;
    prediction->oldest_tick = tick;
    prediction->first_input_tick = tick + 1;
    prediction->ship = *ship;
    keep(prediction, tick, (ShipInput){0}, ship);
}

void prediction_step(Prediction *prediction, const Arena *arena, ShipInput input) {
    assert(prediction->has_state);
    ship_step(&prediction->ship, input, arena);
    const uint32_t tick = ++prediction->newest_tick;
    keep(prediction, tick, input, &prediction->ship);
    if (tick - prediction->oldest_tick >= PREDICTION_TICKS) {
        prediction->oldest_tick = tick - PREDICTION_TICKS + 1;
    }
}

void prediction_start_inputs(Prediction *prediction, const Arena *arena, uint32_t first_tick) {
    assert(prediction->has_state);
    if (serial_difference(first_tick, prediction->newest_tick) <= 0) {
        // The new state is older: the ticks after it will be predicted again.
        if (serial_difference(first_tick, prediction->oldest_tick) <= 0) {
            first_tick = prediction->oldest_tick + 1;
        }
        prediction->newest_tick = first_tick - 1;
        prediction->ship = recall(prediction, ring_at(prediction, first_tick - 1));
    }
    const uint32_t missing = first_tick - 1 - prediction->newest_tick;
    if (missing > PREDICTION_TICKS) {
        const Ship ship = prediction->ship;
        restart_at(prediction, first_tick - 1, &ship);
    }
    while (serial_difference(first_tick, prediction->newest_tick) > 1) {
        prediction_step(prediction, arena, ring_at(prediction, prediction->newest_tick)->input);
    }
    prediction->first_input_tick = first_tick;
}

static double distance_units(const Motion *a, const Motion *b) {
    return hypot((double)a->x - b->x, (double)a->y - b->y) / UNIT;
}

static void replay(Prediction *prediction, const Arena *arena, uint32_t tick,
                   const Ship *server_ship) {
    Ship ship = *server_ship;
    keep(prediction, tick, ring_at(prediction, tick)->input, &ship);
    prediction->oldest_tick = tick;
    while (serial_difference(prediction->newest_tick, tick) > 0) {
        const ShipInput input = ring_at(prediction, ++tick)->input;
        ship_step(&ship, input, arena);
        keep(prediction, tick, input, &ship);
    }
    prediction->ship = ship;
    prediction->replays++;
}

// The members that are not predicted; they do not influence how the ship moves.
static void adopt_counters(Prediction *prediction, const Ship *server_ship) {
    prediction->ship.score = server_ship->score;
    prediction->ship.kills = server_ship->kills;
    prediction->ship.deaths = server_ship->deaths;
}

Reconciliation prediction_reconcile(Prediction *prediction, const Arena *arena, uint32_t tick,
                                    const Ship *server_ship) {
    const PredictedTick *kept = ring_find(prediction, tick);
    if (kept == NULL) {
        prediction_reset(prediction);
        restart_at(prediction, tick, server_ship);
        return (Reconciliation){.is_restart = true};
    }
    const Ship predicted = recall(prediction, kept);
    const bool is_same_life = predicted.generation == server_ship->generation &&
                              ship_is_alive(&predicted) == ship_is_alive(server_ship);
    if (!is_same_life) {
        // Death and respawn are not predicted, so this is no check of a prediction.
        replay(prediction, arena, tick, server_ship);
        return (Reconciliation){0};
    }
    Reconciliation result = {.is_check = true};
    prediction->checks++;
    if (memcmp(&predicted, server_ship, PREDICTED_BYTES) == 0) {
        adopt_counters(prediction, server_ship);
        return result;
    }
    result.distance_units = distance_units(&predicted.motion, &server_ship->motion);
    prediction->corrections += result.distance_units > 0;
    const Motion before = prediction->ship.motion;
    replay(prediction, arena, tick, server_ship);
    const Motion *after = &prediction->ship.motion;
    result.moved_x = ((double)after->x - before.x) / UNIT;
    result.moved_y = ((double)after->y - before.y) / UNIT;
    return result;
}

const Ship *prediction_ship(const Prediction *prediction) {
    return prediction->has_state ? &prediction->ship : NULL;
}

const ShipInput *prediction_input(const Prediction *prediction, uint32_t tick) {
    const PredictedTick *predicted = ring_find(prediction, tick);
    return predicted == NULL || serial_difference(tick, prediction->first_input_tick) < 0
               ? NULL
               : &predicted->input;
}

bool prediction_pose(const Prediction *prediction, double input_tick, OwnPose *pose) {
    if (!prediction->has_state) {
        return false;
    }
    const PredictedTick *before = ring_find(prediction, prediction->newest_tick - 1);
    const Ship *to = &prediction->ship;
    const Ship from = before != NULL ? recall(prediction, before) : *to;
    const Motion *a = from.generation == to->generation ? &from.motion : &to->motion;
    const Motion *b = &to->motion;
    const double t = fmin(fmax(serial_since(prediction->newest_tick, input_tick), 0), 1);
    const int16_t turn = (int16_t)(b->angle - a->angle); // the shorter way round
    pose->x = (a->x + (double)(b->x - a->x) * t) / UNIT;
    pose->y = (a->y + (double)(b->y - a->y) * t) / UNIT;
    pose->angle = (a->angle + turn * t) / 65536;
    return true;
}
