// SPDX-License-Identifier: MIT
// send_schedule.h -- the clients that get a snapshot in this tick, and their order.
//
// Flow:    replica states + ships' positions -> send_schedule_choose -> pieces of the replication
// Threads: the sim thread; read-only while pieces are out.
// Order:   by the cell of the ship, row by row, then by index. Clients whose views overlap follow
//          each other, so that records and deltas that one of them needed are still in the cache
//          when the next one needs them.
// Memory:  allocated by send_schedule_create() for all clients.
#ifndef TICKSTORM_SERVER_REPLICATION_SEND_SCHEDULE_H
#define TICKSTORM_SERVER_REPLICATION_SEND_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/world.h"
#include "server/replication/replica_state.h"

typedef struct SendSchedule {
    // Constant.
    uint32_t interval_ticks; // from one snapshot of a client to the next
    uint32_t send_rate_step;
    uint32_t cells_per_side;
    // The result.
    uint32_t *indices; // of replica states, [capacity]
    uint32_t count;
    uint64_t throttled; // turns that were left out since the beginning
    // Working memory.
    uint32_t *spare;  // [capacity]
    uint32_t *firsts; // [cells_per_side + 1]
} SendSchedule;

// False when memory is short. send_rate_step: that of send_rate.h.
bool send_schedule_create(SendSchedule *schedule, uint32_t capacity, uint32_t interval_ticks,
                          uint32_t send_rate_step, const Grid *grid);
void send_schedule_destroy(SendSchedule *schedule);

// Chooses among the active states below `end`. Client i is due in every interval-th tick, shifted
// by i: that spreads the load of a snapshot rate, and the bursts on the socket, over the ticks. A
// client whose acknowledgements arrive late is throttled (send_rate.h).
void send_schedule_choose(SendSchedule *schedule, ReplicaState *const *replicas, uint32_t end,
                          const World *world);

#endif
