// SPDX-License-Identifier: MIT
// reception.h -- what became of the messages of one peer, by the 16-bit numbers on them.
//
// Flow:    unsequenced message -> reception_take(its number) -> Reception, cumulative
// Threads: the receiver's.
// Trust:   the numbers are the sender's word: who jumps makes its own losses look bad, no more.
//
// ENet numbers the unsequenced messages of a connection from 1 on, so the receiver knows of every
// one that it should have got, those before the first that came included.
#ifndef TICKSTORM_NET_RECEPTION_H
#define TICKSTORM_NET_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "net/arrivals.h"

// All zero before the first message.
typedef struct Reception {
    Arrivals arrivals;
    uint64_t sent;       // as far as is known here: the newest number, without its wrapping
    uint64_t received;   // of these
    uint64_t duplicated; // came once more
} Reception;

// Says whether the message came before, as far as ARRIVALS_WINDOW tells.
bool reception_take(Reception *reception, uint16_t number);

// How many are so old that they would have come, or come late, if they ever did; Arrivals.lost is
// of these.
uint64_t reception_judged(const Reception *reception);

#endif
