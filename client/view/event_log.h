// SPDX-License-Identifier: MIT
// event_log.h -- holds events until the tick at which they happened is shown.
//
// Flow:    EventBatch -> event_log_append -> held, by tick -> event_log_next, once it is shown
// Threads: the client's thread.
// Memory:  fixed; events that find it full are dropped and counted.
// Order:   by tick, and within a tick as they arrived.
//
// Other entities are shown some 100 ms late, between two snapshots: a kill that was announced on
// arrival would be announced before it is seen.
#ifndef TICKSTORM_CLIENT_VIEW_EVENT_LOG_H
#define TICKSTORM_CLIENT_VIEW_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/event.h"

#define EVENT_LOG_HELD_MAX 256

typedef struct EventLog {
    uint32_t held_count;
    Event held[EVENT_LOG_HELD_MAX]; // the next one last
    bool has_held_scores;
    uint32_t held_scores_tick;
    Scores held_scores;
    // As of the tick that is shown.
    Scores scores;
    bool has_own_death;
    Event own_death; // the latest
} EventLog;

// Returns how many events were dropped for lack of room.
uint32_t event_log_append(EventLog *log, const EventBatch *batch);

// The next event of a tick up to the one that is shown, or NULL. Valid until the next call of
// either function. Scores are brought up to date on the way.
const Event *event_log_next(EventLog *log, double shown_tick, uint32_t own_index);

#endif
