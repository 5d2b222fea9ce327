// SPDX-License-Identifier: MIT
// interarrival.h -- the jitter of messages that carry their send time.
//
// Flow:    message with its sender's time -> interarrival_record -> pairs and squares, cumulative
// Threads: the receiver's.
// Trust:   the sender writes the times; false times spoil only its own figure.
// Source:  the interarrival difference D(i, j) = (R_j - R_i) - (S_j - S_i) of RFC 3550, 6.4.1; no
//          clocks have to agree. Summed up as squares, from which the range of an evenly spread
//          delay follows: their mean is range^2 / 6.
#ifndef TICKSTORM_NET_INTERARRIVAL_H
#define TICKSTORM_NET_INTERARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

// Messages closer together than this make no pair: a network that keeps the order gives them nearly
// the same delay.
#define INTERARRIVAL_APART_MIN_MS 40

// A larger difference of delays is a stall, not jitter.
#define INTERARRIVAL_DIFFERENCE_MAX_NS NS_PER_S

// All zero before the first message.
typedef struct Interarrival {
    bool has_newest;
    uint16_t newest_sent_ms;
    uint64_t newest_received_ns;
    uint64_t pairs;
    uint64_t squares_us2; // sum; stays at its maximum
} Interarrival;

// Only a message sent after the newest one so far makes a pair; an overtaken one does not. sent_ms
// may wrap.
void interarrival_record(Interarrival *interarrival, uint16_t sent_ms, uint64_t received_ns);

#endif
