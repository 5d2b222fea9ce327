// SPDX-License-Identifier: MIT
// receive_report.h -- what has come of a client's inputs, which only the server can know.
//
// Flow:    client: now and then a request (reliable) -> server: what its transport counted of the
//          client's unsequenced messages, and how much their delays differ -> report (reliable)
// Threads: pure functions on the caller's buffers.
// Trust:   as message.h.
#ifndef TICKSTORM_WIRE_RECEIVE_REPORT_H
#define TICKSTORM_WIRE_RECEIVE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

// A client waits for the answer to its request and at least this long before it asks again.
#define RECEIVE_REPORT_PERIOD_NS NS_PER_S

// Server -> client, reliable. All counts are since the connection began, and only grow.
typedef struct ReceiveReport {
    uint32_t judged;     // messages so old that they would have come if they ever did
    uint32_t lost;       // of these
    uint32_t received;   // messages, old and new, that have come
    uint32_t overtaken;  // of these, came after a newer one
    uint32_t duplicated; // came once more
    // How much the delays of inputs differ that followed one another: pairs of them, and the sum of
    // the squared differences.
    uint32_t jitter_pairs;
    uint64_t jitter_squares_us2;
} ReceiveReport;

// The buffer must hold PAYLOAD_BYTES_MAX; the size in bytes.
size_t receive_request_write(uint8_t *buffer);
size_t receive_report_write(uint8_t *buffer, const ReceiveReport *report);
bool receive_request_read(const uint8_t *data, size_t size);
bool receive_report_read(const uint8_t *data, size_t size, ReceiveReport *out);

#endif
