// SPDX-License-Identifier: MIT
// metric_labels.h -- the kinds by which the server counts, and their names in the metrics.
//
// Threads: pure.
// Order:   this is a floor: it includes nothing of the server, so that the code that counts by
//          these kinds and the metrics that show them may both include it.
#ifndef TICKSTORM_SERVER_OPERATE_METRIC_LABELS_H
#define TICKSTORM_SERVER_OPERATE_METRIC_LABELS_H

#include <stdint.h>

// The stages of a tick: those of sim.h, then those of replication.h and match.h.
typedef enum TickPhase {
    PHASE_POP_INPUTS,
    PHASE_INDEX,
    PHASE_THINK,
    PHASE_INTERACT,
    PHASE_COMMIT,
    PHASE_PUBLISH,
    PHASE_INTEREST,
    PHASE_ENCODE,
    PHASE_HAND_OVER,
    PHASE_COUNT,
} TickPhase;

// Where the deltas in snapshots came from: see delta_cache.h.
typedef enum DeltaSource {
    DELTA_SOURCE_COPIED,
    DELTA_SOURCE_PRODUCED,
    DELTA_SOURCE_UNSHARED,
    DELTA_SOURCE_COUNT,
} DeltaSource;

// The parts of a snapshot.
typedef enum EncodeSection {
    ENCODE_HEADER, // and the padding of the last byte, checksums included
    ENCODE_KNOWN,  // entries of the baseline
    ENCODE_ENTERS,
    ENCODE_SECTION_COUNT,
} EncodeSection;

// Results of a client's verify request, which asks for the entity that differs.
typedef enum VerifyResult {
    VERIFY_RESULT_ANSWERED,
    VERIFY_RESULT_FORGOTTEN, // answered that the baseline set is no longer kept
    VERIFY_RESULT_BUSY,      // dropped: the previous request is still open
    VERIFY_RESULT_UNKNOWN,   // dropped: no such snapshot was sent
    VERIFY_RESULT_COUNT,
} VerifyResult;

// Results of an input that arrived: see input_queue.h.
typedef enum InputResult {
    INPUT_RESULT_ACCEPTED,
    INPUT_RESULT_DUPLICATE,
    INPUT_RESULT_EARLY,
    INPUT_RESULT_LATE,
    INPUT_RESULT_COUNT,
} InputResult;

// Messages that a net loop refused, besides the datagrams that the transport did.
typedef enum MessageReject {
    MESSAGE_REJECT_MALFORMED,            // not what PROTOCOL.md says
    MESSAGE_REJECT_UNEXPECTED,           // well-formed, but not now or not in this direction
    MESSAGE_REJECT_INPUT_RATE,           // more input packets than any client of ours sends
    MESSAGE_REJECT_CHAT_RATE,            // more chat lines than a player may send
    MESSAGE_REJECT_VERIFY_RATE,          // more verify requests than a client has open at once
    MESSAGE_REJECT_RECEIVE_REQUEST_RATE, // the same for receive requests
    MESSAGE_REJECT_UNSENT,               // names a snapshot that was never sent to this client
    MESSAGE_REJECT_COUNT,
} MessageReject;

// Records that found the queue between a net loop and the sim thread full: see sim_queues.h.
typedef enum QueueRefusal {
    QUEUE_REFUSED_JOIN,
    QUEUE_REFUSED_LEAVE,
    QUEUE_REFUSED_INPUT,
    QUEUE_REFUSED_CHAT,
    QUEUE_REFUSED_VERIFY_REQUEST,
    QUEUE_REFUSED_MESSAGE, // welcomes, events, offences and kicks
    QUEUE_REFUSED_SNAPSHOT,
    QUEUE_REFUSAL_COUNT,
} QueueRefusal;

typedef enum QueueDirection { QUEUE_TO_SIM, QUEUE_TO_NET, QUEUE_DIRECTION_COUNT } QueueDirection;

typedef enum NetDirection { NET_IN, NET_OUT, NET_DIRECTION_COUNT } NetDirection;

// The value of the label for each member of an enum. NULL: the metric has no such sample.
const char *tick_phase_name(uint32_t phase);
const char *delta_source_name(uint32_t source);
const char *encode_section_name(uint32_t section);
const char *verify_result_name(uint32_t result);
const char *input_result_name(uint32_t result);
const char *message_reject_name(uint32_t reject);
const char *queue_refusal_name(uint32_t refusal);
const char *queue_direction_name(uint32_t direction);
const char *net_direction_name(uint32_t direction);
const char *entity_kind_name(uint32_t kind);
const char *connect_result_name(uint32_t reason);    // REASON_NONE is "ok"
const char *disconnect_reason_name(uint32_t reason); // REASON_NONE, which no leave has, is NULL

#endif
