// SPDX-License-Identifier: MIT
// reason.h -- why a connection ended or never began: a number on the wire, a name in metrics and
//             logs, a sentence for the player.
#ifndef TICKSTORM_WIRE_REASON_H
#define TICKSTORM_WIRE_REASON_H

#include <stdint.h>

// Numbers are on the wire: add at the end, never renumber.
typedef enum Reason {
    REASON_NONE,
    REASON_CLIENT_LEFT,
    REASON_TIMED_OUT,
    REASON_SERVER_FULL,
    REASON_VERSION_MISMATCH,
    REASON_BAD_HELLO,
    REASON_HELLO_TIMEOUT,
    REASON_SERVER_SHUTDOWN,
    REASON_KICKED,
    REASON_PROTOCOL_ERROR,
    REASON_SERVER_BUSY,
    REASON_NO_ANSWER,     // the client's own: nobody answered at that address
    REASON_OUT_OF_MEMORY, // the client's own
    REASON_CHAT_FLOOD,
    REASON_INPUT_FLOOD,
    REASON_COUNT,
} Reason;

// "server_full": for metrics, JSON and logs. "unknown" for a number that is none.
const char *reason_name(uint32_t reason);

// "The server is full.": for people. The mismatch's sentence says what to do, not which versions.
const char *reason_sentence(uint32_t reason);

#endif
