// SPDX-License-Identifier: MIT
// sim_queues.h -- the two queues of records between a net loop and the sim thread.
//
// Flow:    net loop: join, leave, input, chat, verify request -> to_sim -> sim thread
//          sim thread: welcome and other messages, snapshots, offences, kicks -> to_net -> net loop
// Threads: one net loop and the sim thread, each producer of one queue and consumer of the other.
// Memory:  both queues are allocated at start; records have different lengths.
// Errors:  a record that finds its queue full is counted here by its type, and nobody waits. Inputs
//          and snapshots are dropped, since the next one makes up for them; so are chat lines and
//          verify requests. A join is refused as SERVER_BUSY. A leave, a welcome or a verify detail
//          is kept by its sender and pushed again. Without a kick the join times out in the net
//          loop.
#ifndef TICKSTORM_SERVER_SIM_SIM_QUEUES_H
#define TICKSTORM_SERVER_SIM_SIM_QUEUES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "base/spsc_queue.h"
#include "net/transport.h"
#include "server/operate/metric_labels.h"
#include "wire/event.h"
#include "wire/message.h"

typedef enum QueueRecordType {
    // To the sim thread.
    QUEUE_JOIN,           // a valid hello: QueueJoin
    QUEUE_LEAVE,          // the peer of an earlier join is gone: QueueLeave
    QUEUE_INPUT,          // QueueInput
    QUEUE_CHAT,           // QueueChat
    QUEUE_VERIFY_REQUEST, // a client whose checksum differs: QueueVerifyRequest
    // To the net loop.
    QUEUE_WELCOME,  // the join succeeded; the welcome message: QueueMessage
    QUEUE_RELIABLE, // QueueMessage
    QUEUE_SNAPSHOT, // QueueMessage
    QUEUE_OFFENCE,  // a well-formed message with impossible content: QueueOffence
    QUEUE_KICK,     // disconnect the peer: QueueKick
} QueueRecordType;

// Every record starts with this. The peer's handle names the player on both sides.
typedef struct QueueRecord {
    QueueRecordType type;
    PeerHandle peer;
} QueueRecord;

typedef struct QueueJoin {
    QueueRecord head;
    uint64_t range; // of its address; see departures.h
    bool wants_verify;
    char name[PLAYER_NAME_BYTES + 1];
} QueueJoin;

typedef struct QueueLeave {
    QueueRecord head;
    uint32_t reason; // wire/reason.h
} QueueLeave;

typedef struct QueueChat {
    QueueRecord head;
    char text[CHAT_TEXT_BYTES + 1];
} QueueChat;

typedef struct QueueVerifyRequest {
    QueueRecord head;
    uint16_t sequence; // of the snapshot
} QueueVerifyRequest;

typedef struct QueueInput {
    QueueRecord head;
    uint64_t received_ns;
    InputMessage message; // cut off behind its last input
} QueueInput;

typedef struct QueueMessage {
    QueueRecord head;
    uint32_t size;
    uint8_t data[];
} QueueMessage;

typedef struct QueueKick {
    QueueRecord head;
    uint32_t reason; // wire/reason.h
} QueueKick;

typedef struct QueueOffence {
    QueueRecord head;
    uint32_t reject; // MessageReject
} QueueOffence;

typedef struct SimQueues {
    SpscQueue to_sim;
    SpscQueue to_net;
    _Atomic uint64_t refused[QUEUE_REFUSAL_COUNT]; // records that found their queue full
} SimQueues;

// Room for the traffic of this many clients over several ticks. False when memory is short.
bool sim_queues_create(SimQueues *queues, uint32_t client_capacity);
void sim_queues_destroy(SimQueues *queues);

// Net loop. Each is false, and counted, when the queue is full.
bool sim_queues_push_join(SimQueues *queues, PeerHandle peer, uint64_t range, const char *name,
                          bool wants_verify);
bool sim_queues_push_leave(SimQueues *queues, PeerHandle peer, uint32_t reason);
bool sim_queues_push_chat(SimQueues *queues, PeerHandle peer, const char *text);
bool sim_queues_push_verify_request(SimQueues *queues, PeerHandle peer, uint16_t sequence);
bool sim_queues_push_input(SimQueues *queues, PeerHandle peer, uint64_t received_ns,
                           const InputMessage *message);

// Sim thread. type is QUEUE_WELCOME, QUEUE_RELIABLE or QUEUE_SNAPSHOT.
bool sim_queues_push_message(SimQueues *queues, QueueRecordType type, PeerHandle peer,
                             const void *data, size_t size);
bool sim_queues_push_offence(SimQueues *queues, PeerHandle peer, uint32_t reject);
bool sim_queues_push_kick(SimQueues *queues, PeerHandle peer, uint32_t reason);

// Either consumer: the oldest record or NULL, valid until the pop.
static inline const QueueRecord *sim_queues_peek(SpscQueue *queue) {
    size_t size;
    return spsc_queue_peek(queue, &size);
}

// Checks both queues. Either side's.
Fault sim_queues_validate(const SimQueues *queues);

#endif
