// SPDX-License-Identifier: MIT
// event_samples.h -- random valid events, scores and chat.
//
// Threads: pure functions of the caller's Rng.
#ifndef TICKSTORM_TESTS_WIRE_EVENT_SAMPLES_H
#define TICKSTORM_TESTS_WIRE_EVENT_SAMPLES_H

#include "base/rng.h"
#include "wire/event.h"

EventPlayer sample_player(Rng *rng);
// At most EVENT_AGE_TICKS before the tick.
Event sample_event(Rng *rng, uint32_t tick);
Scores sample_scores(Rng *rng);
// Valid and not empty.
void sample_chat(Rng *rng, char text[CHAT_TEXT_BYTES + 1]);

// Up to max_events events; returns the size and the batch that was written.
size_t sample_batch_write(Rng *rng, uint32_t max_events, uint8_t *buffer, EventBatch *batch);
// Writes a batch that was read. Fewer events when they do not fit.
size_t sample_batch_rewrite(const EventBatch *batch, uint8_t *buffer);

#endif
