// SPDX-License-Identifier: MIT
// malformed.h -- packets that no client of ours would send, for bots that test a server's defences.
//
// Flow:    a valid input + Rng -> malformed_make -> MalformedPacket -> a session's message, or a
//          datagram past the transport
// Threads: a pure function on the caller's generator: the same seed makes the same packets.
#ifndef TICKSTORM_SWARM_LOAD_MALFORMED_H
#define TICKSTORM_SWARM_LOAD_MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "net/transport.h"

#define MALFORMED_BYTES_MAX 1472 // what fits into an Ethernet frame

typedef enum MalformedKind {
    // Messages, which only the server's own checks can refuse.
    MALFORMED_MUTATED,      // some bits of an input flipped; now and then one stays valid
    MALFORMED_TRUNCATED,    // the beginning of an input
    MALFORMED_TRAILING,     // an input with more behind it, up to the largest message
    MALFORMED_NOISE,        // random bytes
    MALFORMED_TYPE,         // a type that nobody knows, or that only a server sends
    MALFORMED_CHANNEL,      // an input on the reliable channel
    MALFORMED_SECOND_HELLO, // the handshake once more
    // Datagrams, which must not reach ENet.
    MALFORMED_DATAGRAM,          // random bytes
    MALFORMED_DATAGRAM_OVERSIZE, // larger than any of ours
    MALFORMED_DATAGRAM_PEER,     // in the name of some peer, with broken commands
    MALFORMED_COUNT,
} MalformedKind;

typedef struct MalformedPacket {
    MalformedKind kind;
    bool is_datagram; // else a message, on this channel
    TransportChannel channel;
    size_t size; // at least 1
    uint8_t bytes[MALFORMED_BYTES_MAX];
} MalformedPacket;

// input: a message that the server would accept.
void malformed_make(Rng *rng, const uint8_t *input, size_t input_size, MalformedPacket *packet);

#endif
