// SPDX-License-Identifier: MIT
#include "server/sim/departures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/thread_role.h"

bool departures_create(Departures *departures, uint32_t range_count) {
    uint32_t row_count = DEPARTURES_SET;
    while (row_count < 2 * range_count) {
        row_count *= 2;
    }
    *departures = (Departures){.row_count = row_count};
    departures->rows = calloc(row_count, sizeof *departures->rows);
    return departures->rows != NULL;
}

void departures_destroy(Departures *departures) {
    free(departures->rows);
    memset(departures, 0, sizeof *departures);
}

static Departure *set_of(const Departures *departures, uint64_t range) {
    const uint64_t set = rng_hash(range, 0, 0, 0) % (departures->row_count / DEPARTURES_SET);
    return &departures->rows[set * DEPARTURES_SET];
}

static bool counts(const Departure *row, uint64_t now) {
    return row->count > 0 && row->until > now;
}

// The row of the range, or else the row that it may overwrite: the one that ends first.
static Departure *find(Departure *set, uint64_t range) {
    Departure *found = set;
    for (uint32_t i = 0; i < DEPARTURES_SET; i++) {
        if (set[i].count > 0 && set[i].range == range) {
            return &set[i];
        }
        const uint64_t until = set[i].count > 0 ? set[i].until : 0;
        found = until < (found->count > 0 ? found->until : 0) ? &set[i] : found;
    }
    return found;
}

void departures_note(Departures *departures, uint64_t range, uint64_t until, uint64_t now) {
    ASSERT_SIM_THREAD();
    if (until <= now) {
        return;
    }
    Departure *row = find(set_of(departures, range), range);
    if (row->range != range || !counts(row, now)) {
        *row = (Departure){.range = range};
    }
    row->until = until > row->until ? until : row->until;
    row->count++;
}

uint64_t departures_claim(Departures *departures, uint64_t range, uint64_t now) {
    ASSERT_SIM_THREAD();
    Departure *row = find(set_of(departures, range), range);
    if (row->range != range || !counts(row, now)) {
        return 0;
    }
    row->count--;
    return row->until;
}
