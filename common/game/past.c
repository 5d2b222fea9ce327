// SPDX-License-Identifier: MIT
#include "game/past.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/serial.h"
#include "game/memory.h"

#define TICK_Q8 256

bool past_create(Past *past) {
    *past = (Past){.ends = memory_allocate(PAST_ENDS, sizeof(LifeEnd))};
    return past->ends != NULL;
}

void past_destroy(Past *past) {
    free(past->ends);
    memset(past, 0, sizeof *past);
}

static const EntityRecord *records_of(const Past *past, uint32_t tick) {
    return past->records[tick & (HISTORY_TICKS - 1)];
}

void past_remember(Past *past, uint32_t tick, const EntityRecord *records) {
    assert(past->tick_count == 0 || tick == past->last_tick + 1);
    past->records[tick & (HISTORY_TICKS - 1)] = records;
    past->last_tick = tick;
    past->tick_count += past->tick_count < HISTORY_TICKS;
}

void past_note_end(Past *past, EntityId id, const Motion *motion, uint32_t tick) {
    past->ends[past->end_count++ & (PAST_ENDS - 1)] = (LifeEnd){motion->x, motion->y, id, tick};
}

PastMoment past_moment(const Past *past, uint32_t tick, uint32_t rewind_q8) {
    const uint32_t most_q8 = past->tick_count * TICK_Q8;
    const uint32_t back_q8 = rewind_q8 < most_q8 ? rewind_q8 : most_q8;
    if (back_q8 == 0) {
        return (PastMoment){.tick = tick};
    }
    const uint32_t back = (back_q8 + TICK_Q8 - 1) / TICK_Q8;
    return (PastMoment){
        .before = records_of(past, tick - back),
        .after = back > 1 ? records_of(past, tick - back + 1) : NULL,
        .share = (int32_t)(back * TICK_Q8 - back_q8),
        .tick = tick - back,
        .age_ticks = (int32_t)back,
    };
}

static int32_t between(int32_t before, int32_t after, int32_t share) {
    return before + (int32_t)((int64_t)(after - before) * share / TICK_Q8);
}

bool past_place(const PastMoment *moment, EntityId id, const Motion *now, PastPlace *place) {
    const uint32_t slot = entity_slot(id);
    const EntityRecord *before = &moment->before[slot];
    if (before->generation != entity_generation(id)) {
        return false;
    }
    const int32_t step = 1 << RECORD_SHIFT;
    *place = (PastPlace){before->x * step, before->y * step};
    if (moment->after == NULL) {
        // A life that ends now has no later place.
        if (now != NULL) {
            place->x = between(place->x, now->x, moment->share);
            place->y = between(place->y, now->y, moment->share);
        }
        return true;
    }
    const EntityRecord *after = &moment->after[slot];
    if (after->generation == before->generation) {
        place->x = between(place->x, after->x * step, moment->share);
        place->y = between(place->y, after->y * step, moment->share);
    }
    return true;
}

const LifeEnd *past_ended(const Past *past, const PastMoment *moment, uint32_t i) {
    if (i >= PAST_ENDS || i >= past->end_count) {
        return NULL;
    }
    const LifeEnd *end = &past->ends[(past->end_count - 1 - i) & (PAST_ENDS - 1)];
    // Where few die, the list may be older than a lap of the ticks.
    return serial_is_within(end->tick, moment->tick, HISTORY_TICKS) ? end : NULL;
}
