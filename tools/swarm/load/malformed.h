// SPDX-License-Identifier: MIT
// malformed.h -- makes broken packets for bots that test a server's defences.
//
// Flow:    a valid input + Rng -> malformed_make -> MalformedPacket -> a message of the session, or
//          a datagram that bypasses the transport
// Threads: a pure function on the caller's generator: the same seed makes the same packets.
#ifndef TICKSTORM_SWARM_LOAD_MALFORMED_H
#define TICKSTORM_SWARM_LOAD_MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "net/transport.h"

#define MALFORMED_BYTES_MAX 1472 // the payload of a UDP datagram in an Ethernet frame

typedef enum MalformedKind {
    // Messages, which only the server's own checks can refuse.
    MALFORMED_MUTATED,      // an input with some bits flipped; now and then it stays valid
    MALFORMED_TRUNCATED,    // the beginning of an input
    MALFORMED_TRAILING,     // an input with bytes behind it, up to the largest message
    MALFORMED_NOISE,        // random bytes
    MALFORMED_TYPE,         // an unknown message type, or one that only servers send
    MALFORMED_CHANNEL,      // an input on the reliable channel
    MALFORMED_SECOND_HELLO, // the handshake a second time
    // Datagrams, which must not reach ENet.
    MALFORMED_DATAGRAM,          // random bytes
    MALFORMED_DATAGRAM_OVERSIZE, // larger than the protocol allows
    MALFORMED_DATAGRAM_PEER,     // with the number of some peer and broken commands
    MALFORMED_COUNT,
} MalformedKind;

typedef struct MalformedPacket {
    MalformedKind kind;
    bool is_datagram;         // false: a message
    TransportChannel channel; // of a message
    size_t size;              // at least 1
    uint8_t bytes[MALFORMED_BYTES_MAX];
} MalformedPacket;

// input: a message that the server would accept.
void malformed_make(Rng *rng, const uint8_t *input, size_t input_size, MalformedPacket *packet);

#endif
