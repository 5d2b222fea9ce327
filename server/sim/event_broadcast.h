// SPDX-License-Identifier: MIT
// event_broadcast.h -- kills, chat, joins, leaves and scores, in messages to every player.
//
// Flow:    match: open, join, leave, say -> event_broadcast_tick (deaths, scores, the period's
//          block) -> per session: event_broadcast_write -> queue -> event_broadcast_confirm
// Threads: the sim thread.
// Memory:  allocated by event_broadcast_create(); a tick allocates nothing. Queues are bounded; an
//          event that finds its queue full is dropped and counted by type.
// Order:   events of one kind reach a client in the order in which they happened; across kinds the
//          client orders them by tick.
//
// An event is encoded once; its bits are copied into the messages of all sessions that get it. Time
// is cut into periods of a quarter of a second. Events for every session (chat, joins, leaves) wait
// for the next period and are its block. Session i has its turn in tick i % interval of a period,
// so that the copies are spread over the ticks. With the block it gets the kills in its sight since
// its last turn, and the names of the ships that have come into its view. Only the victim and the
// killer get a kill in the same tick. So a player gets four messages a second, and one more for
// each of its own kills and deaths.
#ifndef TICKSTORM_SERVER_SIM_EVENT_BROADCAST_H
#define TICKSTORM_SERVER_SIM_EVENT_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "game/world.h"
#include "server/sim/session.h"
#include "wire/event.h"

#define BROADCAST_PERIODS_PER_S 4
#define BROADCAST_CHATS_MAX     32  // waiting for a block
#define BROADCAST_MOVES_MAX     512 // joins and leaves waiting for a block
#define BROADCAST_KILLS_MAX     256 // a bit each in BroadcastListener.wanted
#define BROADCAST_KILL_WORDS    (BROADCAST_KILLS_MAX / 64)
#define BROADCAST_BLOCK_EVENTS  96
#define BROADCAST_BLOCK_BITS    (680 * 8) // the rest of a message holds scores and kills
// An event that waits longer than that for its block is dropped.
#define BROADCAST_AGE_MAX_TICKS 400

typedef struct BroadcastEvent {
    uint32_t tick;
    EventType type;
    EventBits bits;
} BroadcastEvent;

// First in, first out.
typedef struct BroadcastQueue {
    BroadcastEvent *events; // [capacity]
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
} BroadcastQueue;

// The events sent and still to be sent to one session; by the session's index.
typedef struct BroadcastListener {
    // Kills that are still to be sent to it: bits by place in EventBroadcast.kills.
    uint64_t wanted[BROADCAST_KILL_WORDS];
    uint32_t sent_period;    // the last period whose block it got
    uint32_t scores_version; // the version of the scores that it got
    bool is_involved;        // it is victim or killer in one of those kills
} BroadcastListener;

typedef struct EventBroadcast {
    // Constant.
    uint32_t capacity; // sessions
    uint32_t interval_ticks;
    uint32_t scores_interval_ticks;
    // For all sessions.
    BroadcastQueue chats;
    BroadcastQueue moves;
    uint32_t period; // counts from 1
    uint32_t period_start_tick;
    uint32_t block_count;
    BroadcastEvent block[BROADCAST_BLOCK_EVENTS];
    Scores scores;
    uint32_t scores_version; // 0: there are none yet
    uint32_t scores_due_tick;
    ScoresBits scores_bits;
    // For some sessions.
    BroadcastEvent kills[BROADCAST_KILLS_MAX]; // circular
    uint32_t next_kill;
    uint32_t kill_waits[BROADCAST_KILLS_MAX]; // how many listeners wait for each kill
    BroadcastListener *listeners;             // [capacity]
    // About the message written last, until it is confirmed.
    uint64_t written_kills[BROADCAST_KILL_WORDS];
    uint32_t written_count;
    // Counts by type, since the creation.
    uint64_t events[EVENT_TYPE_COUNT];
    uint64_t dropped[EVENT_TYPE_COUNT]; // at least one player never got it
    uint64_t deliveries;                // events times their receivers
} EventBroadcast;

// False when memory is short.
bool event_broadcast_create(EventBroadcast *broadcast, uint32_t capacity, uint32_t tick_rate_hz);
void event_broadcast_destroy(EventBroadcast *broadcast);

// A session has begun: it gets the scores, and blocks from the next one on.
void event_broadcast_open(EventBroadcast *broadcast, uint32_t index);

// Events of the tick in progress, to be sent to every session.
void event_broadcast_join(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player);
void event_broadcast_leave(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                           uint32_t reason);
void event_broadcast_say(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                         const char *text);

// After the world's tick: records its deaths, and begins a period when one is due.
void event_broadcast_tick(EventBroadcast *broadcast, const World *world,
                          const SessionTable *sessions);

// Writes the message that the session is due in this tick; the size, or 0 without one. The caller
// confirms a message that is on its way; without that the next tick writes it again.
size_t event_broadcast_write(EventBroadcast *broadcast, Session *session, uint32_t tick,
                             uint8_t buffer[PAYLOAD_BYTES_MAX]);
void event_broadcast_confirm(EventBroadcast *broadcast, Session *session);

// Checks the queues, and how many listeners wait for each kill.
Fault event_broadcast_validate(const EventBroadcast *broadcast);

#endif
