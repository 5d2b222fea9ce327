// SPDX-License-Identifier: MIT
// arrivals.h -- which of the numbered messages of a sender came, and what became of the others.
//
// Flow:    message newer than any before -> arrivals_take_newer; any other -> arrivals_take_older
// Threads: the receiver's.
//
// A gap in the sequence is no loss yet: what is missing may only have been overtaken. It is lost
// once ARRIVALS_WINDOW newer ones have been sent: 1.6 s at 20 Hz, half a second at 60 Hz. Until
// then it counts as nothing.
#ifndef TICKSTORM_NET_ARRIVALS_H
#define TICKSTORM_NET_ARRIVALS_H

#include <stdint.h>

#define ARRIVALS_WINDOW 32 // messages; bits of Arrivals.missing

typedef struct Arrivals {
    uint32_t missing; // bit i: the one i + 1 before the newest was sent and has not come
    uint64_t lost;
    uint64_t overtaken; // came for the first time, after a newer one
} Arrivals;

typedef enum ArrivalKind {
    ARRIVAL_OVERTAKEN,
    ARRIVAL_DUPLICATE,
    ARRIVAL_FORGOTTEN, // so old that nobody knows whether it came before
} ArrivalKind;

// A message came that is `advance` (1 or more) newer than the newest before; 1 for the first.
void arrivals_take_newer(Arrivals *arrivals, uint32_t advance);

// One came that is `behind` older than the newest, or 0 for the newest once more.
ArrivalKind arrivals_take_older(Arrivals *arrivals, uint32_t behind);

#endif
