// SPDX-License-Identifier: MIT
// net_link.h -- all that crosses between a net loop and the sim thread: two rings of records.
//
// Flow:    net loop: join, leave, input, chat, question -> to_sim -> sim thread
//          sim thread: welcome and other messages, snapshots, offences, kicks -> to_net -> net loop
// Threads: one net loop and the sim thread, each producer of one ring and consumer of the other.
// Memory:  both rings are allocated at start; a record is as long as it needs to be.
// Errors:  a full ring is counted here, by what did not fit, and never waited for: an input or a
//          snapshot is dropped (the next one makes up for it), as is what a player says or asks, a
//          join is refused as SERVER_BUSY, a leave, a welcome or an answer is kept by its sender
//          and tried again, and without a kick the net loop gives up on that join by itself.
#ifndef TICKSTORM_SERVER_NET_LINK_H
#define TICKSTORM_SERVER_NET_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/ring.h"
#include "net/transport.h"
#include "wire/event.h"
#include "wire/message.h"

typedef enum LinkRecordType {
    // To the sim thread.
    LINK_JOIN,     // a valid hello: LinkJoin
    LINK_LEAVE,    // the peer of an earlier join is gone: LinkLeave
    LINK_INPUT,    // LinkInput
    LINK_CHAT,     // LinkChat
    LINK_QUESTION, // a client whose checksum differs: LinkQuestion
    // To the net loop.
    LINK_WELCOME,  // the join succeeded; the welcome message: LinkMessage
    LINK_RELIABLE, // LinkMessage
    LINK_SNAPSHOT, // LinkMessage
    LINK_OFFENCE,  // a message that was decoded well says what cannot be: LinkOffence
    LINK_KICK,     // say goodbye: LinkKick
} LinkRecordType;

// Every record starts with this. The peer's handle names the player on both sides.
typedef struct LinkRecord {
    LinkRecordType type;
    PeerHandle peer;
} LinkRecord;

typedef struct LinkJoin {
    LinkRecord head;
    uint64_t range; // of its address; see departures.h
    bool wants_verify;
    char name[PLAYER_NAME_BYTES + 1];
} LinkJoin;

typedef struct LinkLeave {
    LinkRecord head;
    uint32_t reason; // wire/reason.h
} LinkLeave;

typedef struct LinkChat {
    LinkRecord head;
    char text[CHAT_TEXT_BYTES + 1];
} LinkChat;

typedef struct LinkQuestion {
    LinkRecord head;
    uint16_t sequence; // of the snapshot
} LinkQuestion;

typedef struct LinkInput {
    LinkRecord head;
    uint64_t received_ns;
    InputMessage message; // cut off behind the inputs it has
} LinkInput;

typedef struct LinkMessage {
    LinkRecord head;
    uint32_t size;
    uint8_t data[];
} LinkMessage;

typedef struct LinkKick {
    LinkRecord head;
    uint32_t reason; // wire/reason.h
} LinkKick;

typedef struct LinkOffence {
    LinkRecord head;
    uint32_t reject; // MessageReject
} LinkOffence;

// What found its ring full, for queue_full_total{queue}.
typedef enum LinkRefusal {
    LINK_REFUSED_JOIN,
    LINK_REFUSED_LEAVE,
    LINK_REFUSED_INPUT,
    LINK_REFUSED_CHAT,
    LINK_REFUSED_QUESTION,
    LINK_REFUSED_MESSAGE, // welcomes, events, offences and kicks
    LINK_REFUSED_SNAPSHOT,
    LINK_REFUSAL_COUNT,
} LinkRefusal;

typedef struct NetLink {
    Ring to_sim;
    Ring to_net;
    _Atomic uint64_t refused[LINK_REFUSAL_COUNT];
} NetLink;

const char *link_refusal_name(LinkRefusal refusal);

// Room for the traffic of this many clients over several ticks. False when memory is short.
bool net_link_create(NetLink *link, uint32_t client_capacity);
void net_link_destroy(NetLink *link);

// Net loop. Each is false, and counted, when the ring is full.
bool net_link_push_join(NetLink *link, PeerHandle peer, uint64_t range, const char *name,
                        bool wants_verify);
bool net_link_push_leave(NetLink *link, PeerHandle peer, uint32_t reason);
bool net_link_push_chat(NetLink *link, PeerHandle peer, const char *text);
bool net_link_push_question(NetLink *link, PeerHandle peer, uint16_t sequence);
bool net_link_push_input(NetLink *link, PeerHandle peer, uint64_t received_ns,
                         const InputMessage *message);

// Sim thread. type is LINK_WELCOME, LINK_RELIABLE or LINK_SNAPSHOT.
bool net_link_push_message(NetLink *link, LinkRecordType type, PeerHandle peer, const void *data,
                           size_t size);
bool net_link_push_offence(NetLink *link, PeerHandle peer, uint32_t reject);
bool net_link_push_kick(NetLink *link, PeerHandle peer, uint32_t reason);

// Either consumer: the oldest record or NULL, valid until the pop.
static inline const LinkRecord *net_link_peek(Ring *ring) {
    size_t size;
    return ring_peek(ring, &size);
}

#endif
