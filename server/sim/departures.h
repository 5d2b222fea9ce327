// SPDX-License-Identifier: MIT
// departures.h -- ranges of addresses that players left from lately, and until when that counts.
//
// Flow:    a player leaves -> departures_note(); the next one from there -> departures_claim()
// Threads: the sim thread.
// Memory:  allocated by departures_create(); nothing else allocates. A range takes one row. Where
//          the rows for a range are all taken, the one that ends first is overwritten.
// Units:   any clock that never goes back.
//
// A player must not get rid of a wait by reconnecting, so the wait outlives the connection here.
// There are no identities: a new player cannot be told from one who left. So it takes over the
// longest wait of its range, and each player who left is claimed once: however many players share
// an address, they are held up no more often than one of them left.
#ifndef TICKSTORM_SERVER_SIM_DEPARTURES_H
#define TICKSTORM_SERVER_SIM_DEPARTURES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Departure {
    uint64_t range; // net_address_range_key()
    uint64_t until; // the latest of those who left
    uint64_t count; // players who left and have not been claimed; 0: a free row
} Departure;

typedef struct Departures {
    Departure *rows; // [row_count], in sets of DEPARTURES_SET
    uint32_t row_count;
} Departures;

#define DEPARTURES_SET 4 // rows that a range may be in

// Room for about so many ranges at a time. False when memory is short.
bool departures_create(Departures *departures, uint32_t range_count);
void departures_destroy(Departures *departures);

// A player of the range leaves, which counts until then. No effect when that is over by now.
void departures_note(Departures *departures, uint64_t range, uint64_t until, uint64_t now);

// A player of the range comes and claims one who left: returns until when that counts, 0 for none.
uint64_t departures_claim(Departures *departures, uint64_t range, uint64_t now);

#endif
