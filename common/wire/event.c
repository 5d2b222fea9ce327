// SPDX-License-Identifier: MIT
#include "wire/event.h"

#include "wire/frame.h"
#include "wire/plain_text.h"

#define EVENT_TYPE_BITS  3
#define EVENT_CAUSE_BITS 3
#define EVENT_COUNT_BITS 7
#define REASON_BITS      8
#define SCORE_COUNT_BITS 4

// A player is 20 + 8 bits and the name.
#define PLAYER_BITS_MAX (ENTITY_SLOT_BITS + 8 + 8 * PLAYER_NAME_BYTES)
#define CLASS_BITS_MAX  34

static_assert(EVENT_TYPE_COUNT <= 1 << EVENT_TYPE_BITS, "every type has its number");
static_assert(DEATH_CAUSE_COUNT <= 1 << EVENT_CAUSE_BITS, "every cause has its number");
static_assert(EVENTS_BATCH_MAX < 1 << EVENT_COUNT_BITS, "the count fits its field");
static_assert(SCORES_MAX < 1 << SCORE_COUNT_BITS, "the count fits its field");
static_assert(CHAT_TEXT_BYTES <= PLAIN_TEXT_BYTES_MAX, "chat is plain text");
static_assert(8 * EVENT_BYTES_MAX >=
                  EVENT_TYPE_BITS + PLAYER_BITS_MAX + 8 + 8 * CHAT_TEXT_BYTES + 64,
              "the longest chat fits, with the slack of a writer");
static_assert(8 * EVENT_BYTES_MAX >= EVENT_TYPE_BITS + EVENT_CAUSE_BITS + 1 + 2 * PLAYER_BITS_MAX,
              "the longest kill fits");
static_assert(8 * SCORES_BYTES_MAX >=
                  SCORE_COUNT_BITS + SCORES_MAX * (PLAYER_BITS_MAX + 3 * CLASS_BITS_MAX),
              "the longest scores fit");

static void write_player(BitWriter *writer, const EventPlayer *player) {
    bit_write(writer, player->index, ENTITY_SLOT_BITS);
    frame_write_text(writer, player->name, sizeof player->name);
}

static void read_player(BitReader *reader, EventPlayer *player) {
    player->index = bit_read(reader, ENTITY_SLOT_BITS);
    frame_read_name(reader, player->name);
    if (player->index >= CLIENTS_MAX) {
        reader->has_failed = true;
    }
}

// Event: | type:3 | player | fields of the type |
// kill:  | cause:3 | has_killer:1 | if so: killer |
// chat:  | text |        leave: | reason:8 |       join, name: nothing
void event_encode(EventBits *bits, const Event *event) {
    BitWriter writer;
    bit_writer_init(&writer, bits->bytes, sizeof bits->bytes);
    bit_write(&writer, event->type, EVENT_TYPE_BITS);
    write_player(&writer, &event->player);
    switch (event->type) {
    case EVENT_KILL:
        bit_write(&writer, event->cause, EVENT_CAUSE_BITS);
        bit_write(&writer, event->has_killer, 1);
        if (event->has_killer) {
            write_player(&writer, &event->killer);
        }
        break;
    case EVENT_CHAT:
        assert(chat_text_is_valid(event->text));
        frame_write_text(&writer, event->text, sizeof event->text);
        break;
    case EVENT_LEAVE:
        bit_write(&writer, event->reason < 1 << REASON_BITS ? event->reason : 0, REASON_BITS);
        break;
    case EVENT_JOIN:
    case EVENT_NAME:
    case EVENT_TYPE_COUNT:
        break;
    }
    bits->bit_count = (uint32_t)writer.bit_count;
    assert(!writer.has_overflowed);
}

static void read_event(BitReader *reader, uint32_t batch_tick, Event *event) {
    *event = (Event){0};
    const uint32_t age = bit_read(reader, EVENT_AGE_BITS);
    const uint32_t type = bit_read(reader, EVENT_TYPE_BITS);
    if (type >= EVENT_TYPE_COUNT) {
        reader->has_failed = true;
        return;
    }
    event->tick = batch_tick - age;
    event->type = (EventType)type;
    read_player(reader, &event->player);
    switch (event->type) {
    case EVENT_KILL:
        event->cause = bit_read(reader, EVENT_CAUSE_BITS);
        event->has_killer = bit_read(reader, 1) != 0;
        if (event->has_killer) {
            read_player(reader, &event->killer);
        }
        reader->has_failed |= event->cause >= DEATH_CAUSE_COUNT;
        break;
    case EVENT_CHAT:
        reader->has_failed |= frame_read_plain_text(reader, event->text, sizeof event->text) == 0;
        break;
    case EVENT_LEAVE:
        event->reason = bit_read(reader, REASON_BITS);
        break;
    case EVENT_JOIN:
    case EVENT_NAME:
    case EVENT_TYPE_COUNT:
        break;
    }
}

// Scores: | count:4 | rows |, each row: | player | score: class | kills: class | deaths: class |
void scores_encode(ScoresBits *bits, const Scores *scores) {
    assert(scores->count <= SCORES_MAX);
    BitWriter writer;
    bit_writer_init(&writer, bits->bytes, sizeof bits->bytes);
    bit_write(&writer, scores->count, SCORE_COUNT_BITS);
    for (uint32_t i = 0; i < scores->count; i++) {
        const ScoreRow *row = &scores->rows[i];
        write_player(&writer, &row->player);
        bit_write_class(&writer, row->score);
        bit_write_class(&writer, row->kills);
        bit_write_class(&writer, row->deaths);
    }
    bits->bit_count = (uint32_t)writer.bit_count;
    assert(!writer.has_overflowed);
}

static void read_scores(BitReader *reader, Scores *scores) {
    *scores = (Scores){.count = bit_read(reader, SCORE_COUNT_BITS)};
    if (scores->count > SCORES_MAX) {
        reader->has_failed = true;
        scores->count = 0;
    }
    for (uint32_t i = 0; i < scores->count && !reader->has_failed; i++) {
        ScoreRow *row = &scores->rows[i];
        read_player(reader, &row->player);
        row->score = bit_read_class(reader);
        row->kills = bit_read_class(reader);
        row->deaths = bit_read_class(reader);
    }
}

// Events: | type:8 = 6 | tick:32 | has_scores:1 | if so: scores | count:7 | events |
// each:   | age:9 | event |      its tick is the batch's - age
void event_writer_begin(EventWriter *writer, uint8_t *buffer, uint32_t tick,
                        const ScoresBits *scores) {
    writer->bits = frame_begin(buffer, MESSAGE_EVENTS);
    writer->tick = tick;
    writer->count = 0;
    bit_write(&writer->bits, tick, 32);
    bit_write(&writer->bits, scores != NULL, 1);
    if (scores != NULL) {
        bit_write_bits(&writer->bits, scores->bytes, scores->bit_count);
    }
    writer->count_position = writer->bits.bit_count;
    bit_write(&writer->bits, 0, EVENT_COUNT_BITS);
}

bool event_writer_add(EventWriter *writer, uint32_t tick, const EventBits *bits) {
    assert(writer->tick - tick <= EVENT_AGE_TICKS);
    const size_t left = writer->bits.capacity_bits - writer->bits.bit_count;
    if (writer->count == EVENTS_BATCH_MAX || EVENT_AGE_BITS + bits->bit_count > left) {
        return false;
    }
    bit_write(&writer->bits, writer->tick - tick, EVENT_AGE_BITS);
    bit_write_bits(&writer->bits, bits->bytes, bits->bit_count);
    writer->count++;
    return true;
}

size_t event_writer_finish(EventWriter *writer) {
    bit_rewrite(&writer->bits, writer->count_position, writer->count, EVENT_COUNT_BITS);
    return frame_finish(&writer->bits);
}

bool event_batch_read(const uint8_t *data, size_t size, EventBatch *out) {
    BitReader reader = frame_open(data, size, MESSAGE_EVENTS);
    out->tick = bit_read(&reader, 32);
    out->has_scores = bit_read(&reader, 1) != 0;
    out->scores.count = 0;
    if (out->has_scores) {
        read_scores(&reader, &out->scores);
    }
    out->count = bit_read(&reader, EVENT_COUNT_BITS);
    for (uint32_t i = 0; i < out->count && !reader.has_failed; i++) {
        read_event(&reader, out->tick, &out->events[i]);
    }
    return bit_reader_is_finished(&reader);
}

bool chat_text_is_valid(const char *text) {
    return text[0] != '\0' && plain_text_is_valid(text, CHAT_TEXT_BYTES + 1);
}

// Chat: | type:8 = 7 | text |
size_t chat_write(uint8_t *buffer, const char *text) {
    assert(chat_text_is_valid(text));
    BitWriter writer = frame_begin(buffer, MESSAGE_CHAT);
    frame_write_text(&writer, text, CHAT_TEXT_BYTES + 1);
    return frame_finish(&writer);
}

bool chat_read(const uint8_t *data, size_t size, char text[CHAT_TEXT_BYTES + 1]) {
    BitReader reader = frame_open(data, size, MESSAGE_CHAT);
    const size_t length = frame_read_plain_text(&reader, text, CHAT_TEXT_BYTES + 1);
    return bit_reader_is_finished(&reader) && length > 0;
}
