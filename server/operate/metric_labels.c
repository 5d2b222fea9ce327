// SPDX-License-Identifier: MIT
#include "server/operate/metric_labels.h"

#include <assert.h>
#include <stddef.h>

#include "game/entity.h"
#include "wire/reason.h"

const char *tick_phase_name(uint32_t phase) {
    static const char *const names[PHASE_COUNT] = {
        [PHASE_POP_INPUTS] = "pop_inputs", [PHASE_INDEX] = "index",
        [PHASE_THINK] = "think",           [PHASE_INTERACT] = "interact",
        [PHASE_COMMIT] = "commit",         [PHASE_PUBLISH] = "publish",
        [PHASE_INTEREST] = "interest",     [PHASE_ENCODE] = "encode",
        [PHASE_HAND_OVER] = "hand_over",
    };
    assert(phase < PHASE_COUNT);
    return names[phase];
}

const char *delta_source_name(uint32_t source) {
    static const char *const names[DELTA_SOURCE_COUNT] = {
        [DELTA_SOURCE_COPIED] = "copied",
        [DELTA_SOURCE_PRODUCED] = "produced",
        [DELTA_SOURCE_UNSHARED] = "unshared",
    };
    assert(source < DELTA_SOURCE_COUNT);
    return names[source];
}

const char *encode_section_name(uint32_t section) {
    static const char *const names[ENCODE_SECTION_COUNT] = {
        [ENCODE_HEADER] = "header",
        [ENCODE_KNOWN] = "known",
        [ENCODE_ENTERS] = "enters",
    };
    assert(section < ENCODE_SECTION_COUNT);
    return names[section];
}

const char *verify_result_name(uint32_t result) {
    static const char *const names[VERIFY_RESULT_COUNT] = {
        [VERIFY_RESULT_ANSWERED] = "answered",
        [VERIFY_RESULT_FORGOTTEN] = "forgotten",
        [VERIFY_RESULT_BUSY] = "busy",
        [VERIFY_RESULT_UNKNOWN] = "unknown_snapshot",
    };
    assert(result < VERIFY_RESULT_COUNT);
    return names[result];
}

const char *input_result_name(uint32_t result) {
    static const char *const names[INPUT_RESULT_COUNT] = {
        [INPUT_RESULT_ACCEPTED] = "accepted",
        [INPUT_RESULT_DUPLICATE] = "duplicate",
        [INPUT_RESULT_EARLY] = "early",
        [INPUT_RESULT_LATE] = "late",
    };
    assert(result < INPUT_RESULT_COUNT);
    return names[result];
}

const char *message_reject_name(uint32_t reject) {
    static const char *const names[MESSAGE_REJECT_COUNT] = {
        [MESSAGE_REJECT_MALFORMED] = "message_malformed",
        [MESSAGE_REJECT_UNEXPECTED] = "message_unexpected",
        [MESSAGE_REJECT_INPUT_RATE] = "input_rate",
        [MESSAGE_REJECT_CHAT_RATE] = "chat_rate",
        [MESSAGE_REJECT_VERIFY_RATE] = "verify_rate",
        [MESSAGE_REJECT_RECEIVE_REQUEST_RATE] = "receive_request_rate",
        [MESSAGE_REJECT_UNSENT] = "unsent_snapshot",
    };
    assert(reject < MESSAGE_REJECT_COUNT);
    return names[reject];
}

const char *queue_refusal_name(uint32_t refusal) {
    static const char *const names[QUEUE_REFUSAL_COUNT] = {
        [QUEUE_REFUSED_JOIN] = "join",
        [QUEUE_REFUSED_LEAVE] = "leave",
        [QUEUE_REFUSED_INPUT] = "input",
        [QUEUE_REFUSED_CHAT] = "chat",
        [QUEUE_REFUSED_VERIFY_REQUEST] = "verify_request",
        [QUEUE_REFUSED_MESSAGE] = "message",
        [QUEUE_REFUSED_SNAPSHOT] = "snapshot",
    };
    assert(refusal < QUEUE_REFUSAL_COUNT);
    return names[refusal];
}

const char *queue_direction_name(uint32_t direction) {
    assert(direction < QUEUE_DIRECTION_COUNT);
    return direction == QUEUE_TO_SIM ? "to_sim" : "to_net";
}

const char *net_direction_name(uint32_t direction) {
    assert(direction < NET_DIRECTION_COUNT);
    return direction == NET_IN ? "in" : "out";
}

const char *entity_kind_name(uint32_t kind) {
    static const char *const names[ENTITY_KIND_COUNT] = {
        [ENTITY_SHIP] = "ship",
        [ENTITY_DRONE] = "drone",
        [ENTITY_MISSILE] = "missile",
        [ENTITY_SHARD] = "shard",
    };
    assert(kind < ENTITY_KIND_COUNT);
    return names[kind];
}

const char *connect_result_name(uint32_t reason) {
    return reason == REASON_NONE ? "ok" : reason_name(reason);
}

const char *disconnect_reason_name(uint32_t reason) {
    return reason == REASON_NONE ? NULL : reason_name(reason);
}
