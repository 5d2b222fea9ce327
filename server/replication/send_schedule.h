// SPDX-License-Identifier: MIT
// send_schedule.h -- which sessions get a snapshot in this tick, and in which order.
//
// Flow:    sessions + ships' places -> send_schedule_choose -> pieces of the replication
// Threads: the sim thread; read-only while pieces are out.
// Order:   by the cell of the ship, row by row, by index within: whose views overlap come one after
//          the other, so that records and deltas that one session needed are still in the cache
//          when the next one needs them.
// Memory:  allocated by send_schedule_create() for all sessions.
#ifndef TICKSTORM_SERVER_REPLICATION_SEND_SCHEDULE_H
#define TICKSTORM_SERVER_REPLICATION_SEND_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/world.h"
#include "server/sim/session.h"

typedef struct SendSchedule {
    // Constant.
    uint32_t interval_ticks; // from one snapshot of a session to the next
    uint32_t send_rate_step;
    uint32_t cells_per_side;
    // The result.
    uint32_t *indices; // of sessions, [session capacity]
    uint32_t count;
    uint64_t throttled; // turns that were left out since the beginning
    // On the way there.
    uint32_t *spare;  // [session capacity]
    uint32_t *firsts; // [cells_per_side + 1]
} SendSchedule;

// False when memory is short. send_rate_step: that of send_rate.h.
bool send_schedule_create(SendSchedule *list, uint32_t session_capacity, uint32_t interval_ticks,
                          uint32_t send_rate_step, const Grid *grid);
void send_schedule_destroy(SendSchedule *list);

// Session i is due in every interval-th tick, shifted by i: the load of a snapshot rate is spread
// over the ticks, and so are the bursts on the socket. Whoever acknowledges later than it used to
// is left out now and then (send_rate.h).
void send_schedule_choose(SendSchedule *list, const SessionTable *sessions, const World *world);

#endif
