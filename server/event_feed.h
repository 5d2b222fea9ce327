// SPDX-License-Identifier: MIT
// event_feed.h -- tells every player what happened: who died, spoke, came and went, who leads.
//
// Flow:    match: open, join, leave, say -> event_feed_tick (deaths, scores, the period's block)
//          -> per session: event_feed_write -> ring -> event_feed_confirm
// Threads: the sim thread.
// Memory:  allocated by event_feed_create(); a tick allocates nothing. Queues are bounded; what
//          finds one full is counted by type and not told.
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
#ifndef TICKSTORM_SERVER_EVENT_FEED_H
#define TICKSTORM_SERVER_EVENT_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "game/world.h"
#include "server/session.h"
#include "wire/event.h"

#define FEED_PERIODS_PER_S 4
#define FEED_CHATS_MAX     32  // waiting for a block
#define FEED_MOVES_MAX     512 // joins and leaves waiting for a block
#define FEED_KILLS_MAX     256 // a bit each in FeedListener.wanted
#define FEED_KILL_WORDS    (FEED_KILLS_MAX / 64)
#define FEED_BLOCK_EVENTS  96
#define FEED_BLOCK_BITS    (680 * 8) // what is left of a message holds scores and kills
// Older than that, a join or leave that still waits is nobody's news.
#define FEED_AGE_MAX_TICKS 400

typedef struct FeedEvent {
    uint32_t tick;
    EventType type;
    EventBits bits;
} FeedEvent;

// First in, first out.
typedef struct FeedQueue {
    FeedEvent *events; // [capacity]
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
} FeedQueue;

// What a session has been told, by its index.
typedef struct FeedListener {
    uint64_t wanted
        [FEED_KILL_WORDS];   // kills that it has yet to hear of, bits by place in EventFeed.kills
    uint32_t told_period;    // whose block it has
    uint32_t scores_version; // which it has
    bool is_urgent;          // one of those kills is its own business
} FeedListener;

// Whom to tell.
typedef struct FeedTarget {
    Session *session;
    const SessionTable *sessions;
    const uint32_t *players; // [player_count] in its view; it is told the names that it lacks
    uint32_t player_count;
} FeedTarget;

typedef struct EventFeed {
    // Constant.
    uint32_t capacity; // sessions
    uint32_t interval_ticks;
    uint32_t scores_interval_ticks;
    // For everybody.
    FeedQueue chats;
    FeedQueue moves;
    uint32_t period; // counts from 1
    uint32_t period_start_tick;
    uint32_t block_count;
    FeedEvent block[FEED_BLOCK_EVENTS];
    Scores scores;
    uint32_t scores_version; // 0: there are none yet
    uint32_t scores_due_tick;
    ScoresBits scores_bits;
    // For some.
    FeedEvent kills[FEED_KILLS_MAX]; // a ring
    uint32_t next_kill;
    uint32_t kill_waits[FEED_KILLS_MAX]; // how many listeners want each
    FeedListener *listeners;             // [capacity]
    // Of the message written last, until it is confirmed.
    uint64_t written_kills[FEED_KILL_WORDS];
    uint32_t written_count;
    uint32_t written_names;
    // Counts by type, since the creation.
    uint64_t heard[EVENT_TYPE_COUNT];
    uint64_t dropped[EVENT_TYPE_COUNT]; // at least one player was never told
    uint64_t deliveries;                // events times those who were told
} EventFeed;

// False when memory is short.
bool event_feed_create(EventFeed *feed, uint32_t capacity, uint32_t tick_rate_hz);
void event_feed_destroy(EventFeed *feed);

// A session has begun: it gets the scores, and blocks from the next one on.
void event_feed_open(EventFeed *feed, uint32_t index);

// tick is the one in progress.
void event_feed_join(EventFeed *feed, uint32_t tick, const Session *session);
void event_feed_leave(EventFeed *feed, uint32_t tick, const Session *session, uint32_t reason);
void event_feed_say(EventFeed *feed, uint32_t tick, const Session *session, const char *text);

// After the world's tick: takes its deaths, and begins a period when it is time to.
void event_feed_tick(EventFeed *feed, const World *world, const SessionTable *sessions);

// Writes what the session is due to hear of in this tick; the size, or 0 for nothing. Once the
// message is on its way it has to be confirmed; else the same is written again in the next tick.
size_t event_feed_write(EventFeed *feed, const FeedTarget *target, uint32_t tick,
                        uint8_t buffer[PAYLOAD_BYTES_MAX]);
void event_feed_confirm(EventFeed *feed, const FeedTarget *target);

#endif
