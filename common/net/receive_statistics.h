// SPDX-License-Identifier: MIT
// receive_statistics.h -- received, lost and duplicated messages of one peer, by their 16-bit
//                         numbers.
//
// Flow:    unsequenced message -> receive_statistics_record(its number) -> cumulative counts
// Threads: the receiver's.
// Trust:   the sender writes the numbers; a jump only makes its own losses look bad.
//
// ENet numbers the unsequenced messages of a connection from 1 on, so the receiver knows of every
// sent message, including those before the first received one.
#ifndef TICKSTORM_NET_RECEIVE_STATISTICS_H
#define TICKSTORM_NET_RECEIVE_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/sequence_window.h"

// All zero before the first message.
typedef struct ReceiveStatistics {
    SequenceWindow window;
    uint64_t sent;       // as the receiver knows: the newest number, unwrapped
    uint64_t received;   // of the sent
    uint64_t duplicated; // repeated arrivals
} ReceiveStatistics;

// True for a duplicate within SEQUENCE_WINDOW.
bool receive_statistics_record(ReceiveStatistics *received_stats, uint16_t number);

// The number of messages old enough to be judged received or lost; SequenceWindow.lost counts those
// of them that were lost.
uint64_t receive_statistics_judged(const ReceiveStatistics *received_stats);

#endif
