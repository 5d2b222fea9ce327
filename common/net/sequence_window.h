// SPDX-License-Identifier: MIT
// sequence_window.h -- the numbered messages of a sender that arrived, were overtaken, or were
// lost.
//
// Flow:    message newer than any before -> sequence_window_advance; any other ->
//          sequence_window_record_older
// Threads: the receiver's.
//
// A gap in the sequence is not a loss yet: a missing message may only have been overtaken. It
// counts as lost once SEQUENCE_WINDOW newer ones have been sent: 1.6 s at 20 Hz, half a second at
// 60 Hz.
#ifndef TICKSTORM_NET_SEQUENCE_WINDOW_H
#define TICKSTORM_NET_SEQUENCE_WINDOW_H

#include <stdint.h>

#define SEQUENCE_WINDOW 32 // messages; bits of SequenceWindow.missing

typedef struct SequenceWindow {
    uint32_t missing; // bit i: the message i + 1 before the newest has not arrived
    uint64_t lost;
    uint64_t overtaken; // arrived for the first time after a newer one
} SequenceWindow;

typedef enum SequenceArrival {
    SEQUENCE_OVERTAKEN,
    SEQUENCE_DUPLICATE,
    SEQUENCE_FORGOTTEN, // behind the window: it may be a duplicate
} SequenceArrival;

// Records a message that is `advance` (1 or more) newer than the newest so far; 1 for the first.
void sequence_window_advance(SequenceWindow *window, uint32_t advance);

// Records a message that is `behind` older than the newest; 0 for the newest again.
SequenceArrival sequence_window_record_older(SequenceWindow *window, uint32_t behind);

#endif
