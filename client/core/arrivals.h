// SPDX-License-Identifier: MIT
// arrivals.h -- which of the server's snapshots came, and what became of the others.
//
// Flow:    snapshot newer than any before -> arrivals_take_newer; any other -> arrivals_take_older
// Threads: the client's thread.
//
// A gap in the sequence is no loss yet: what is missing may only have been overtaken. It is lost
// once ARRIVALS_WINDOW newer ones have been sent, 1.6 s at 20 Hz; until then it counts as nothing.
#ifndef TICKSTORM_CLIENT_CORE_ARRIVALS_H
#define TICKSTORM_CLIENT_CORE_ARRIVALS_H

#include <stdint.h>

#define ARRIVALS_WINDOW 32 // snapshots; bits of Arrivals.missing

typedef struct Arrivals {
    uint32_t missing; // bit i: the one i + 1 before the newest was sent and has not come
    uint64_t lost;
    uint64_t overtaken; // came for the first time, after a newer one
} Arrivals;

// A snapshot came that is `advance` (1 or more) newer than the newest before; 1 for the first.
void arrivals_take_newer(Arrivals *arrivals, uint32_t advance);

// One came that is `behind` older than the newest, or 0 for the newest once more.
void arrivals_take_older(Arrivals *arrivals, uint32_t behind);

#endif
