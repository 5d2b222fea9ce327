// SPDX-License-Identifier: MIT
// event_broadcast.h -- tells every player what happened: who died, spoke, came and went, who leads.
//
// Flow:    match: open, join, leave, say -> event_broadcast_tick (deaths, scores, the period's
//          block) -> per session: event_broadcast_write -> ring -> event_broadcast_confirm
// Threads: the sim thread.
// Memory:  allocated by event_broadcast_create(); a tick allocates nothing. Queues are bounded;
//          what finds one full is counted by type and not told.
// Order:   events of one kind of source reach a client in the order in which they happened; across
//          kinds the client orders them by tick.
//
// An event is encoded once, when it is heard of; its bits are copied into the batches of all who
// hear of it. Time is cut into periods of a quarter of a second. What concerns everybody waits for
// the next period and is then the period's block. Session i has its turn in tick i % interval of a
// period, so that the copies are spread over its ticks; with the block it gets the kills that it
// saw since its last turn, and the names of the ships that have come into its view. Only who died
// or killed hears of it in the same tick. So a player gets four messages a second and one more for
// every own kill and death, whatever goes on.
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
#define BROADCAST_BLOCK_BITS    (680 * 8) // what is left of a message holds scores and kills
// Older than that, a join or leave that still waits is nobody's news.
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

// What a session has been told, by its index.
typedef struct BroadcastListener {
    // Kills that are still to be sent to it: bits by place in EventBroadcast.kills.
    uint64_t wanted[BROADCAST_KILL_WORDS];
    uint32_t sent_period;    // whose block it has
    uint32_t scores_version; // which it has
    bool is_involved;        // one of those kills is its own business
} BroadcastListener;

typedef struct EventBroadcast {
    // Constant.
    uint32_t capacity; // sessions
    uint32_t interval_ticks;
    uint32_t scores_interval_ticks;
    // For everybody.
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
    // For some.
    BroadcastEvent kills[BROADCAST_KILLS_MAX]; // a ring
    uint32_t next_kill;
    uint32_t kill_waits[BROADCAST_KILLS_MAX]; // how many listeners want each
    BroadcastListener *listeners;             // [capacity]
    // Of the message written last, until it is confirmed.
    uint64_t written_kills[BROADCAST_KILL_WORDS];
    uint32_t written_count;
    // Counts by type, since the creation.
    uint64_t heard[EVENT_TYPE_COUNT];
    uint64_t dropped[EVENT_TYPE_COUNT]; // at least one player was never told
    uint64_t deliveries;                // events times those who were told
} EventBroadcast;

// False when memory is short.
bool event_broadcast_create(EventBroadcast *broadcast, uint32_t capacity, uint32_t tick_rate_hz);
void event_broadcast_destroy(EventBroadcast *broadcast);

// A session has begun: it gets the scores, and blocks from the next one on.
void event_broadcast_open(EventBroadcast *broadcast, uint32_t index);

// tick is the one in progress.
void event_broadcast_join(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player);
void event_broadcast_leave(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                           uint32_t reason);
void event_broadcast_say(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                         const char *text);

// After the world's tick: takes its deaths, and begins a period when it is time to.
void event_broadcast_tick(EventBroadcast *broadcast, const World *world,
                          const SessionTable *sessions);

// Writes what the session is due to hear of in this tick; the size, or 0 for nothing. Once the
// message is on its way it has to be confirmed; else the same is written again in the next tick.
size_t event_broadcast_write(EventBroadcast *broadcast, Session *session, uint32_t tick,
                             uint8_t buffer[PAYLOAD_BYTES_MAX]);
void event_broadcast_confirm(EventBroadcast *broadcast, Session *session);

// Checks the queues, and how many listeners wait for each kill.
Fault event_broadcast_validate(const EventBroadcast *broadcast);

#endif
