// SPDX-License-Identifier: MIT
// receive_report.h -- how many of a client's inputs the server received, and how evenly.
//
// Flow:    client: now and then a request (reliable) -> server: its transport's counts of the
//          client's unsequenced messages, and how much their delays differ -> report (reliable)
// Threads: pure functions on the caller's buffers.
// Trust:   as message.h.
#ifndef TICKSTORM_WIRE_RECEIVE_REPORT_H
#define TICKSTORM_WIRE_RECEIVE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

// A client sends its next request after the answer, and no sooner than this after the last one.
#define RECEIVE_REPORT_PERIOD_NS NS_PER_S

// Server -> client, reliable. All counts are since the connection began, and only grow.
typedef struct ReceiveReport {
    uint32_t judged;     // messages old enough to count as lost when they have not arrived
    uint32_t lost;       // judged messages that have not arrived
    uint32_t received;   // messages, old and new, that have arrived
    uint32_t overtaken;  // received messages that arrived after a newer one
    uint32_t duplicated; // repeated arrivals
    // How much the delays of consecutive inputs differ: the number of pairs, and the sum of the
    // squared differences.
    uint32_t jitter_pairs;
    uint64_t jitter_squares_us2;
} ReceiveReport;

// The buffer must hold PAYLOAD_BYTES_MAX; the size in bytes.
size_t receive_request_write(uint8_t *buffer);
size_t receive_report_write(uint8_t *buffer, const ReceiveReport *report);
bool receive_request_read(const uint8_t *data, size_t size);
bool receive_report_read(const uint8_t *data, size_t size, ReceiveReport *out);

#endif
