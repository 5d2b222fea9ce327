// SPDX-License-Identifier: MIT
#include "net/receive_statistics.h"

bool receive_statistics_record(ReceiveStatistics *received_stats, uint16_t number) {
    const uint16_t newest = (uint16_t)received_stats->sent;
    const uint16_t advance = (uint16_t)(number - newest);
    if (advance > 0 && advance < 0x8000) {
        sequence_window_advance(&received_stats->window, advance);
        received_stats->sent += advance;
        received_stats->received++;
        return false;
    }
    const SequenceArrival kind =
        sequence_window_record_older(&received_stats->window, (uint16_t)(newest - number));
    received_stats->received += kind == SEQUENCE_OVERTAKEN;
    received_stats->duplicated += kind == SEQUENCE_DUPLICATE;
    return kind == SEQUENCE_DUPLICATE;
}

uint64_t receive_statistics_judged(const ReceiveStatistics *received_stats) {
    const uint64_t open = SEQUENCE_WINDOW + 1; // the newest, and those that may still come
    return received_stats->sent > open ? received_stats->sent - open : 0;
}
