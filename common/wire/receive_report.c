// SPDX-License-Identifier: MIT
#include "wire/receive_report.h"

#include <assert.h>

#include "wire/frame.h"

// Request: | type:8 = 10 |
size_t receive_request_write(uint8_t *buffer) {
    BitWriter writer = frame_begin(buffer, MESSAGE_RECEIVE_REQUEST);
    return frame_finish(&writer);
}

bool receive_request_read(const uint8_t *data, size_t size) {
    BitReader reader = frame_open(data, size, MESSAGE_RECEIVE_REQUEST);
    return bit_reader_is_finished(&reader);
}

static bool is_possible(const ReceiveReport *report) {
    return report->lost <= report->judged && report->overtaken <= report->received;
}

// Report:  | type:8 = 11 | judged:32 | lost:32 | received:32 | overtaken:32 | duplicated:32 |
//          | jitter_pairs:32 | jitter_squares_us2:64 |
size_t receive_report_write(uint8_t *buffer, const ReceiveReport *report) {
    assert(is_possible(report));
    BitWriter writer = frame_begin(buffer, MESSAGE_RECEIVE_REPORT);
    bit_write(&writer, report->judged, 32);
    bit_write(&writer, report->lost, 32);
    bit_write(&writer, report->received, 32);
    bit_write(&writer, report->overtaken, 32);
    bit_write(&writer, report->duplicated, 32);
    bit_write(&writer, report->jitter_pairs, 32);
    bit_write_u64(&writer, report->jitter_squares_us2);
    return frame_finish(&writer);
}

bool receive_report_read(const uint8_t *data, size_t size, ReceiveReport *out) {
    BitReader reader = frame_open(data, size, MESSAGE_RECEIVE_REPORT);
    out->judged = bit_read(&reader, 32);
    out->lost = bit_read(&reader, 32);
    out->received = bit_read(&reader, 32);
    out->overtaken = bit_read(&reader, 32);
    out->duplicated = bit_read(&reader, 32);
    out->jitter_pairs = bit_read(&reader, 32);
    out->jitter_squares_us2 = bit_read_u64(&reader);
    return bit_reader_is_finished(&reader) && is_possible(out);
}
