// SPDX-License-Identifier: MIT
// due_list.h -- which sessions get a snapshot in this tick, and in which order.
//
// Flow:    sessions + ships' places -> due_list_choose -> pieces of the replication
// Threads: the sim thread; read-only while pieces are out.
// Order:   by the cell of the ship, row by row, by index within: whose views overlap come one after
//          the other, so that records and deltas that one session needed are still in the cache
//          when the next one needs them.
// Memory:  allocated by due_list_create() for all sessions.
#ifndef TICKSTORM_SERVER_DUE_LIST_H
#define TICKSTORM_SERVER_DUE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "game/world.h"
#include "server/session.h"

typedef struct DueList {
    // Constant.
    uint32_t interval_ticks; // from one snapshot of a session to the next
    uint32_t pace_step;
    uint32_t cells_per_side;
    // The result.
    uint32_t *indices; // of sessions, [session capacity]
    uint32_t count;
    uint64_t rested; // turns that were left out since the beginning
    // On the way there.
    uint32_t *spare;  // [session capacity]
    uint32_t *firsts; // [cells_per_side + 1]
} DueList;

// False when memory is short. pace_step: that of pace.h.
bool due_list_create(DueList *list, uint32_t session_capacity, uint32_t interval_ticks,
                     uint32_t pace_step, const Grid *grid);
void due_list_destroy(DueList *list);

// Session i is due in every interval-th tick, shifted by i: the load of a snapshot rate is spread
// over the ticks, and so are the bursts on the socket. Whoever acknowledges later than it used to
// is left out now and then (pace.h).
void due_list_choose(DueList *list, const SessionTable *sessions, const World *world);

#endif
