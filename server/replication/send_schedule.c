// SPDX-License-Identifier: MIT
#include "server/replication/send_schedule.h"

#include <stdlib.h>
#include <string.h>

bool send_schedule_create(SendSchedule *list, uint32_t session_capacity, uint32_t interval_ticks,
                          uint32_t send_rate_step, const Grid *grid) {
    *list = (SendSchedule){.interval_ticks = interval_ticks,
                           .send_rate_step = send_rate_step,
                           .cells_per_side = grid->cells_per_side};
    list->indices = calloc(session_capacity, sizeof *list->indices);
    list->spare = calloc(session_capacity, sizeof *list->spare);
    list->firsts = calloc((size_t)list->cells_per_side + 1, sizeof *list->firsts);
    return list->indices != NULL && list->spare != NULL && list->firsts != NULL;
}

void send_schedule_destroy(SendSchedule *list) {
    free(list->indices);
    free(list->spare);
    free(list->firsts);
    memset(list, 0, sizeof *list);
}

static uint32_t column_of(const Ship *ship) {
    return grid_column_at(ship->motion.x);
}

static uint32_t row_of(const Ship *ship) {
    return grid_column_at(ship->motion.y);
}

// A counting sort, which keeps the order of equals.
static void sort_by(SendSchedule *list, const Ship *ships, uint32_t (*key_of)(const Ship *)) {
    uint32_t *firsts = list->firsts;
    memset(firsts, 0, ((size_t)list->cells_per_side + 1) * sizeof *firsts);
    for (uint32_t i = 0; i < list->count; i++) {
        firsts[key_of(&ships[list->indices[i]]) + 1]++;
    }
    for (uint32_t key = 0; key < list->cells_per_side; key++) {
        firsts[key + 1] += firsts[key];
    }
    for (uint32_t i = 0; i < list->count; i++) {
        list->spare[firsts[key_of(&ships[list->indices[i]])]++] = list->indices[i];
    }
    uint32_t *sorted = list->spare;
    list->spare = list->indices;
    list->indices = sorted;
}

void send_schedule_choose(SendSchedule *list, const SessionTable *sessions, const World *world) {
    const uint32_t interval = list->interval_ticks;
    const uint32_t phase = world->tick % interval;
    list->count = 0;
    for (uint32_t i = (interval - phase) % interval; i < sessions->high_water; i += interval) {
        Session *session = &sessions->sessions[i];
        if (session->state != SESSION_PLAYING) {
            continue;
        }
        if (send_rate_throttles(&session->send_rate, list->send_rate_step, session_unacked(session),
                                session->acked_bits != 0)) {
            list->throttled++;
        } else {
            list->indices[list->count++] = i;
        }
    }
    sort_by(list, world->ships, column_of);
    sort_by(list, world->ships, row_of);
}
