// SPDX-License-Identifier: MIT
#include "wire/event_samples.h"

#include <stdio.h>
#include <string.h>

#include "wire/plain_text.h"

static void sample_text(Rng *rng, char *out, size_t capacity) {
    static const char *const PIECES[] = {"a", "Z", "7", "_", " ", "é", "ß", "鳥", "🚀", "-"};
    char text[512] = "";
    const uint32_t count = rng_below(rng, (uint32_t)capacity);
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = PIECES[rng_below(rng, sizeof PIECES / sizeof PIECES[0])];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", piece);
    }
    (void)plain_text_clean(out, capacity, text, strlen(text));
}

EventPlayer sample_player(Rng *rng) {
    EventPlayer player = {.index = rng_below(rng, CLIENTS_MAX)};
    sample_text(rng, player.name, sizeof player.name);
    return player;
}

// A number of any magnitude. Draws whose order matters are separate statements: C leaves the order
// within an expression or an initialiser to the compiler.
static uint32_t sample_sized(Rng *rng) {
    const uint32_t number = (uint32_t)rng_next(rng);
    return number >> rng_below(rng, 32);
}

void sample_chat(Rng *rng, char text[CHAT_TEXT_BYTES + 1]) {
    do {
        sample_text(rng, text, CHAT_TEXT_BYTES + 1);
    } while (text[0] == '\0');
}

Event sample_event(Rng *rng, uint32_t tick) {
    const uint32_t age_max = tick < EVENT_AGE_TICKS ? tick : EVENT_AGE_TICKS;
    Event event = {.tick = tick - rng_below(rng, age_max + 1)};
    event.type = (EventType)rng_below(rng, EVENT_TYPE_COUNT);
    event.player = sample_player(rng);
    if (event.type == EVENT_KILL) {
        event.cause = rng_below(rng, DEATH_CAUSE_COUNT);
        event.has_killer = rng_chance(rng, 0.5);
        if (event.has_killer) {
            event.killer = sample_player(rng);
        }
    } else if (event.type == EVENT_LEAVE) {
        event.reason = rng_below(rng, 256);
    } else if (event.type == EVENT_CHAT) {
        sample_chat(rng, event.text);
    }
    return event;
}

Scores sample_scores(Rng *rng) {
    Scores scores = {.count = rng_below(rng, SCORES_MAX + 1)};
    for (uint32_t i = 0; i < scores.count; i++) {
        ScoreRow *row = &scores.rows[i];
        row->player = sample_player(rng);
        row->score = sample_sized(rng);
        row->kills = sample_sized(rng);
        row->deaths = sample_sized(rng);
    }
    return scores;
}

size_t sample_batch_rewrite(const EventBatch *batch, uint8_t *buffer) {
    ScoresBits scores;
    EventWriter writer;
    scores_encode(&scores, &batch->scores);
    event_writer_begin(&writer, buffer, batch->tick, batch->has_scores ? &scores : NULL);
    for (uint32_t i = 0; i < batch->count; i++) {
        EventBits bits;
        event_encode(&bits, &batch->events[i]);
        if (!event_writer_add(&writer, batch->events[i].tick, &bits)) {
            break;
        }
    }
    return event_writer_finish(&writer);
}

size_t sample_batch_write(Rng *rng, uint32_t max_events, uint8_t *buffer, EventBatch *batch) {
    memset(batch, 0, sizeof *batch);
    batch->tick = sample_sized(rng);
    batch->has_scores = rng_chance(rng, 0.4);
    if (batch->has_scores) {
        batch->scores = sample_scores(rng);
    }
    ScoresBits scores;
    EventWriter writer;
    scores_encode(&scores, &batch->scores);
    event_writer_begin(&writer, buffer, batch->tick, batch->has_scores ? &scores : NULL);
    const uint32_t wanted = rng_below(rng, max_events + 1);
    while (batch->count < wanted) {
        const Event event = sample_event(rng, batch->tick);
        EventBits bits;
        event_encode(&bits, &event);
        if (!event_writer_add(&writer, event.tick, &bits)) {
            break;
        }
        batch->events[batch->count++] = event;
    }
    return event_writer_finish(&writer);
}
