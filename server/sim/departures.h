// SPDX-License-Identifier: MIT
// departures.h -- the address ranges of players who left, each with the end of a waiting time.
//
// Flow:    a player leaves -> departures_note(); the next player of the range joins ->
//          departures_claim()
// Threads: the sim thread.
// Memory:  allocated by departures_create(); nothing else allocates. A range has one row. When all
//          rows that a range may use are occupied, the one that ends first is overwritten.
// Units:   any clock that never goes back.
//
// A player must not shorten a wait by reconnecting, so the wait outlives the connection here.
// Players have no identities: a new player may be one who left. So a player who joins inherits the
// longest wait of its range, and each departure is claimed once: players who share an address wait
// no more often than one of them left.
#ifndef TICKSTORM_SERVER_SIM_DEPARTURES_H
#define TICKSTORM_SERVER_SIM_DEPARTURES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Departure {
    uint64_t range; // net_address_range_key()
    uint64_t until; // the latest end
    uint64_t count; // departures not claimed yet; 0: a free row
} Departure;

typedef struct Departures {
    Departure *rows; // [row_count], in sets of DEPARTURES_SET
    uint32_t row_count;
} Departures;

#define DEPARTURES_SET 4 // rows that a range may be in

// Room for about this many ranges at a time. False when memory is short.
bool departures_create(Departures *departures, uint32_t range_count);
void departures_destroy(Departures *departures);

// A player of the range leaves, and its wait ends at `until`. No effect when that is over by now.
void departures_note(Departures *departures, uint64_t range, uint64_t until, uint64_t now);

// A player of the range joins and claims a departure. Returns the end of its wait, 0 without one.
uint64_t departures_claim(Departures *departures, uint64_t range, uint64_t now);

#endif
