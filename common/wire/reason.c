// SPDX-License-Identifier: MIT
#include "wire/reason.h"

#include <assert.h>

typedef struct ReasonText {
    const char *name;
    const char *sentence;
} ReasonText;

static const ReasonText REASONS[] = {
    [REASON_NONE] = {"none", "Nothing happened."},
    [REASON_CLIENT_LEFT] = {"client_left", "You left the game."},
    [REASON_TIMED_OUT] = {"timed_out", "The connection was lost: the other side fell silent."},
    [REASON_SERVER_FULL] = {"server_full", "The server is full."},
    [REASON_VERSION_MISMATCH] = {"version_mismatch",
                                 "This game and the server are of different versions: update the "
                                 "older of the two."},
    [REASON_BAD_HELLO] = {"bad_hello", "The server did not understand this game's greeting."},
    [REASON_HELLO_TIMEOUT] = {"hello_timeout", "The server waited in vain for a greeting."},
    [REASON_SERVER_SHUTDOWN] = {"server_shutdown", "The server is shutting down."},
    [REASON_KICKED] = {"kicked", "You were removed from the game."},
    [REASON_PROTOCOL_ERROR] = {"protocol_error",
                               "The connection was closed: the other side sent what the protocol "
                               "does not allow."},
    [REASON_SERVER_BUSY] = {"server_busy", "The server is too busy: try again in a moment."},
    [REASON_NO_ANSWER] = {"no_answer", "Nobody answered at that address."},
    [REASON_OUT_OF_MEMORY] = {"out_of_memory", "There is not enough memory to join this game."},
    [REASON_CHAT_FLOOD] = {"chat_flood", "You were removed from the game: you said far too much."},
    [REASON_INPUT_FLOOD] = {"input_flood",
                            "The connection was closed: this game sent its input far too often."},
};

static_assert(sizeof REASONS / sizeof REASONS[0] == REASON_COUNT, "every reason has its texts");

const char *reason_name(uint32_t reason) {
    return reason < REASON_COUNT ? REASONS[reason].name : "unknown";
}

const char *reason_sentence(uint32_t reason) {
    return reason < REASON_COUNT ? REASONS[reason].sentence
                                 : "The connection ended for a reason unknown to this version.";
}
