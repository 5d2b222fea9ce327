// SPDX-License-Identifier: MIT
#include "client/view/event_log.h"

#include <string.h>

#include "base/serial.h"

static void hold(EventLog *log, const Event *event) {
    uint32_t at = log->held_count;
    while (at > 0 && serial_difference(log->held[at - 1].tick, event->tick) <= 0) {
        at--;
    }
    memmove(&log->held[at + 1], &log->held[at], (log->held_count - at) * sizeof log->held[0]);
    log->held[at] = *event;
    log->held_count++;
}

uint32_t event_log_append(EventLog *log, const EventBatch *batch) {
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->events[i].type == EVENT_NAME) {
            continue; // the event belongs to no tick: the view has already used it
        }
        if (log->held_count < EVENT_LOG_HELD_MAX) {
            hold(log, &batch->events[i]);
        } else {
            dropped++;
        }
    }
    // Scores come once a second, so the ones before were shown long ago.
    if (batch->has_scores) {
        log->has_held_scores = true;
        log->held_scores_tick = batch->tick;
        log->held_scores = batch->scores;
    }
    return dropped;
}

const Event *event_log_next(EventLog *log, double shown_tick, uint32_t own_index) {
    if (log->has_held_scores && serial_since(log->held_scores_tick, shown_tick) >= 0) {
        log->scores = log->held_scores;
        log->has_held_scores = false;
    }
    if (log->held_count == 0 || serial_since(log->held[log->held_count - 1].tick, shown_tick) < 0) {
        return NULL;
    }
    const Event *event = &log->held[--log->held_count];
    if (event->type == EVENT_KILL && event->player.index == own_index) {
        log->has_own_death = true;
        log->own_death = *event;
    }
    return event;
}
