// SPDX-License-Identifier: MIT
#include "net/interarrival.h"

// A sender that was silent for longer than half the range of sent_ms starts again.
#define SILENCE_MAX_NS (30 * NS_PER_S)

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

static void add_pair(Interarrival *interarrival, uint64_t difference_ns) {
    const uint64_t difference_us = difference_ns / NS_PER_US;
    const uint64_t square_us2 = difference_us * difference_us;
    const uint64_t room_us2 = UINT64_MAX - interarrival->squares_us2;
    interarrival->pairs++;
    interarrival->squares_us2 += square_us2 < room_us2 ? square_us2 : room_us2;
}

void interarrival_record(Interarrival *interarrival, uint16_t sent_ms, uint64_t received_ns) {
    const uint64_t received_apart_ns = received_ns - interarrival->newest_received_ns;
    const bool follows = interarrival->has_newest && received_apart_ns < SILENCE_MAX_NS;
    const uint16_t sent_apart_ms = (uint16_t)(sent_ms - interarrival->newest_sent_ms);
    if (follows && (sent_apart_ms < INTERARRIVAL_APART_MIN_MS || sent_apart_ms >= 0x8000)) {
        return;
    }
    const uint64_t difference_ns = distance(received_apart_ns, sent_apart_ms * NS_PER_MS);
    if (follows && difference_ns <= INTERARRIVAL_DIFFERENCE_MAX_NS) {
        add_pair(interarrival, difference_ns);
    }
    interarrival->has_newest = true;
    interarrival->newest_sent_ms = sent_ms;
    interarrival->newest_received_ns = received_ns;
}
