// SPDX-License-Identifier: MIT
// departures.h -- who left lately, by range of addresses, and until when that still counts.
//
// Flow:    a player leaves -> departures_note(); the next one from there -> departures_claim()
// Threads: the owner's: the sim thread for ships, a net loop for what is said.
// Memory:  allocated by departures_create(); nothing else allocates. A range takes one row. Where
//          too many ranges meet, the one whose time is over first is forgotten.
// Units:   any clock that never goes back.
//
// State that a player should not lose by reconnecting outlives the connection here. Without
// identities a newcomer cannot be told from the one who left, so the most restrictive state of its
// range that still counts is taken over, once for each who left: however many players share an
// address, they are held up no more often than somebody left.
#ifndef TICKSTORM_SERVER_DEPARTURES_H
#define TICKSTORM_SERVER_DEPARTURES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Departure {
    uint64_t range; // net_address_range_key()
    uint64_t until; // the latest of those who left
    uint64_t count; // who left and have not been claimed; 0: a free row
} Departure;

typedef struct Departures {
    Departure *rows; // [row_count], in sets of DEPARTURES_SET
    uint32_t row_count;
} Departures;

#define DEPARTURES_SET 4 // rows that a range may be in

// Room for about so many ranges at a time. False when memory is short.
bool departures_create(Departures *departures, uint32_t range_count);
void departures_destroy(Departures *departures);

// Somebody of the range leaves; until then it counts. Nothing when that is over by now.
void departures_note(Departures *departures, uint64_t range, uint64_t until, uint64_t now);

// Somebody of the range comes: until when the state of one who left counts, or 0 for nobody's.
uint64_t departures_claim(Departures *departures, uint64_t range, uint64_t now);

#endif
