// SPDX-License-Identifier: MIT
// reason.h -- the reason why a connection ended or was refused: a number on the wire, a name in
//             metrics and logs, a sentence for the player.
#ifndef TICKSTORM_WIRE_REASON_H
#define TICKSTORM_WIRE_REASON_H

#include <stdint.h>

// The numbers are on the wire: add at the end, never renumber.
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
    REASON_NO_ANSWER,     // used by the client alone: no server answered at that address
    REASON_OUT_OF_MEMORY, // used by the client alone
    REASON_CHAT_FLOOD,
    REASON_INPUT_FLOOD,
    REASON_COUNT,
} Reason;

// "server_full": for metrics, JSON and logs. "unknown" for a number without a reason.
const char *reason_name(uint32_t reason);

// "The server is full.": for players. The sentence of a version mismatch says what to do; it does
// not name the versions.
const char *reason_sentence(uint32_t reason);

#endif
