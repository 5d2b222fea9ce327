// SPDX-License-Identifier: MIT
#include "server/replication/send_schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"

bool send_schedule_create(SendSchedule *schedule, uint32_t capacity, uint32_t interval_ticks,
                          uint32_t send_rate_step, const Grid *grid) {
    *schedule = (SendSchedule){.interval_ticks = interval_ticks,
                               .send_rate_step = send_rate_step,
                               .cells_per_side = grid->cells_per_side};
    schedule->indices = calloc(capacity, sizeof *schedule->indices);
    schedule->spare = calloc(capacity, sizeof *schedule->spare);
    schedule->firsts = calloc((size_t)schedule->cells_per_side + 1, sizeof *schedule->firsts);
    return schedule->indices != NULL && schedule->spare != NULL && schedule->firsts != NULL;
}

void send_schedule_destroy(SendSchedule *schedule) {
    free(schedule->indices);
    free(schedule->spare);
    free(schedule->firsts);
    memset(schedule, 0, sizeof *schedule);
}

static uint32_t column_of(const Ship *ship) {
    return grid_column_at(ship->motion.x);
}

static uint32_t row_of(const Ship *ship) {
    return grid_column_at(ship->motion.y);
}

// A counting sort, which keeps the order of equals.
static void sort_by(SendSchedule *schedule, const Ship *ships, uint32_t (*key_of)(const Ship *)) {
    uint32_t *firsts = schedule->firsts;
    memset(firsts, 0, ((size_t)schedule->cells_per_side + 1) * sizeof *firsts);
    for (uint32_t i = 0; i < schedule->count; i++) {
        firsts[key_of(&ships[schedule->indices[i]]) + 1]++;
    }
    for (uint32_t key = 0; key < schedule->cells_per_side; key++) {
        firsts[key + 1] += firsts[key];
    }
    for (uint32_t i = 0; i < schedule->count; i++) {
        schedule->spare[firsts[key_of(&ships[schedule->indices[i]])]++] = schedule->indices[i];
    }
    uint32_t *sorted = schedule->spare;
    schedule->spare = schedule->indices;
    schedule->indices = sorted;
}

void send_schedule_choose(SendSchedule *schedule, ReplicaState *const *replicas, uint32_t end,
                          const World *world) {
    ASSERT_SIM_THREAD();
    const uint32_t interval = schedule->interval_ticks;
    const uint32_t phase = world->tick % interval;
    schedule->count = 0;
    for (uint32_t i = (interval - phase) % interval; i < end; i += interval) {
        ReplicaState *state = replicas[i];
        if (!state->is_active) {
            continue;
        }
        if (send_rate_throttles(&state->send_rate, schedule->send_rate_step,
                                replica_state_unacked(state), state->acked_bits != 0)) {
            schedule->throttled++;
        } else {
            schedule->indices[schedule->count++] = i;
        }
    }
    sort_by(schedule, world->ships, column_of);
    sort_by(schedule, world->ships, row_of);
}
