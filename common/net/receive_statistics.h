// SPDX-License-Identifier: MIT
// receive_statistics.h -- what became of the messages of one peer, by the 16-bit numbers on them.
//
// Flow:    unsequenced message -> receive_statistics_record(its number) -> Reception, cumulative
// Threads: the receiver's.
// Trust:   the numbers are the sender's word: who jumps makes its own losses look bad, no more.
//
// ENet numbers the unsequenced messages of a connection from 1 on, so the receiver knows of every
// one that it should have got, those before the first that came included.
#ifndef TICKSTORM_NET_RECEIVE_STATISTICS_H
#define TICKSTORM_NET_RECEIVE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/sequence_window.h"

// All zero before the first message.
typedef struct ReceiveStatistics {
    SequenceWindow window;
    uint64_t sent;       // as far as is known here: the newest number, without its wrapping
    uint64_t received;   // of these
    uint64_t duplicated; // came once more
} ReceiveStatistics;

// Says whether the message came before, as far as SEQUENCE_WINDOW tells.
bool receive_statistics_record(ReceiveStatistics *received_stats, uint16_t number);

// How many are so old that they would have come, or come late, if they ever did; Arrivals.lost is
// of these.
uint64_t receive_statistics_judged(const ReceiveStatistics *received_stats);

#endif
