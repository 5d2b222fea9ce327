// SPDX-License-Identifier: MIT
#include "game/rewind.h"

#include <stdlib.h>
#include <string.h>

#include "base/serial.h"
#include "game/memory.h"

#define TICK_Q8 256

bool rewind_create(Rewind *rewind) {
    *rewind = (Rewind){.ends = memory_allocate(REWIND_ENDS, sizeof(LifeEnd))};
    return rewind->ends != NULL;
}

void rewind_destroy(Rewind *rewind) {
    free(rewind->ends);
    memset(rewind, 0, sizeof *rewind);
}

void rewind_note_end(Rewind *rewind, EntityId id, const Motion *motion, uint32_t tick) {
    rewind->ends[rewind->end_count++ & (REWIND_ENDS - 1)] =
        (LifeEnd){motion->x, motion->y, id, tick};
}

static bool is_held(const Rewind *rewind, uint32_t tick) {
    return rewind->history != NULL && history_at(rewind->history, tick) != NULL;
}

RewindMoment rewind_moment(const Rewind *rewind, uint32_t tick, uint32_t rewind_q8) {
    const uint32_t most_q8 = HISTORY_TICKS * TICK_Q8;
    uint32_t back_q8 = rewind_q8 < most_q8 ? rewind_q8 : most_q8;
    uint32_t back = (back_q8 + TICK_Q8 - 1) / TICK_Q8;
    while (back > 0 && !is_held(rewind, tick - back)) { // the history is still too short
        back--;
        back_q8 = back * TICK_Q8;
    }
    if (back == 0) {
        return (RewindMoment){.tick = tick};
    }
    return (RewindMoment){
        .before = history_at(rewind->history, tick - back),
        .after = back > 1 ? history_at(rewind->history, tick - back + 1) : NULL,
        .share = (int32_t)(back * TICK_Q8 - back_q8),
        .tick = tick - back,
        .age_ticks = (int32_t)back,
    };
}

static int32_t between(int32_t before, int32_t after, int32_t share) {
    return before + (int32_t)((int64_t)(after - before) * share / TICK_Q8);
}

bool rewind_place(const RewindMoment *moment, EntityId id, const Motion *now, RewindPlace *place) {
    const uint32_t slot = entity_slot(id);
    const EntityRecord *before = &moment->before[slot];
    if (before->generation != entity_generation(id)) {
        return false;
    }
    const int32_t step = 1 << RECORD_SHIFT;
    *place = (RewindPlace){before->x * step, before->y * step};
    if (moment->after == NULL) {
        // A life that ends now has no later position.
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

const LifeEnd *rewind_ended(const Rewind *rewind, const RewindMoment *moment, uint32_t i) {
    if (i >= REWIND_ENDS || i >= rewind->end_count) {
        return NULL;
    }
    const LifeEnd *end = &rewind->ends[(rewind->end_count - 1 - i) & (REWIND_ENDS - 1)];
    // When few entities die, the list may reach further back than the history.
    return serial_is_within(end->tick, moment->tick, HISTORY_TICKS) ? end : NULL;
}
