// SPDX-License-Identifier: MIT
// event.h -- reliable events that belong to no entity: kills, chat, joins, leaves, the best scores.
//
// Flow:    server: Event -> event_encode() once -> the same bits into every receiver's batch
//          client: batch -> event_batch_read() -> held until the view reaches an event's tick
//          client: chat_write() -> server: chat_read()
// Threads: pure functions on the caller's buffers.
// Trust:   as message.h. PROTOCOL.md is normative.
//
// An event names its players in full, by index and by name: the client needs no earlier message to
// show it, and an index that another player has by now cannot give it the wrong name.
#ifndef TICKSTORM_WIRE_EVENT_H
#define TICKSTORM_WIRE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/limits.h"
#include "game/death.h"
#include "wire/bits.h"
#include "wire/event_type.h"

#define CHAT_TEXT_BYTES  120 // UTF-8 without terminator
#define EVENTS_BATCH_MAX 127
#define SCORES_MAX       10
#define EVENT_BYTES_MAX  156 // an encoded event, rounded up
#define SCORES_BYTES_MAX 368 // encoded scores, rounded up
#define EVENT_AGE_BITS   9
#define EVENT_AGE_TICKS  ((1u << EVENT_AGE_BITS) - 1) // the greatest age of an event in a batch

// The limit of a player's chat: a burst of lines, and one more every period.
#define CHAT_BURST     5
#define CHAT_PERIOD_NS (2 * NS_PER_S)

typedef struct EventPlayer {
    uint32_t index;
    char name[PLAYER_NAME_BYTES + 1];
} EventPlayer;

typedef struct Event {
    uint32_t tick; // in which it happened
    EventType type;
    EventPlayer player; // the player who died, spoke, joined, left, or has the name
    // KILL.
    uint32_t cause;  // DeathCause
    bool has_killer; // a player; false for drones and for players that have left since
    EventPlayer killer;
    // LEAVE.
    uint32_t reason; // wire/reason.h
    // CHAT.
    char text[CHAT_TEXT_BYTES + 1];
} Event;

typedef struct ScoreRow {
    EventPlayer player;
    uint32_t score;
    uint32_t kills;
    uint32_t deaths;
} ScoreRow;

// The best players, in order.
typedef struct Scores {
    uint32_t count;
    ScoreRow rows[SCORES_MAX];
} Scores;

typedef struct EventBatch {
    uint32_t tick; // of the server when the batch was sent
    bool has_scores;
    Scores scores; // as of that tick
    uint32_t count;
    Event events[EVENTS_BATCH_MAX]; // events of one writer are in the order of their ticks
} EventBatch;

// The bits of an encoded event or of scores, which any number of batches can include.
typedef struct EventBits {
    uint32_t bit_count;
    uint8_t bytes[EVENT_BYTES_MAX];
} EventBits;
typedef struct ScoresBits {
    uint32_t bit_count;
    uint8_t bytes[SCORES_BYTES_MAX];
} ScoresBits;

void event_encode(EventBits *bits, const Event *event);
void scores_encode(ScoresBits *bits, const Scores *scores);

// Writes a batch. The buffer must hold PAYLOAD_BYTES_MAX. scores may be NULL.
typedef struct EventWriter {
    BitWriter bits;
    uint32_t tick;
    uint32_t count;
    size_t count_position;
} EventWriter;
void event_writer_begin(EventWriter *writer, uint8_t *buffer, uint32_t tick,
                        const ScoresBits *scores);
// False, and nothing is added, when the batch is full. The event's tick must not be ahead of the
// batch's, nor more than EVENT_AGE_TICKS behind it.
bool event_writer_add(EventWriter *writer, uint32_t tick, const EventBits *bits);
// The size in bytes.
size_t event_writer_finish(EventWriter *writer);

bool event_batch_read(const uint8_t *data, size_t size, EventBatch *out);

// A line of chat from a client: the text is valid and not empty.
bool chat_text_is_valid(const char *text);
size_t chat_write(uint8_t *buffer, const char *text);
bool chat_read(const uint8_t *data, size_t size, char text[CHAT_TEXT_BYTES + 1]);

#endif
