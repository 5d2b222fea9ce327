// SPDX-License-Identifier: MIT
// transport_types.h -- the channels, limits and errors of a transport, for itself and for the
//                      modules below it.
//
// Flow:    guard.h checks a datagram's channel and limits; port_claim.h returns an error;
//          transport.h is the interface to the program
// Threads: constants.
#ifndef TICKSTORM_NET_TRANSPORT_TYPES_H
#define TICKSTORM_NET_TRANSPORT_TYPES_H

// How much reliable data may be unacknowledged per peer before transport_send() refuses more. A
// client's messages must moreover lie within 64 of the oldest unacknowledged one, and come no
// faster than the guard of a server admits.
#define TRANSPORT_RELIABLE_BYTES_MAX     (128 * 1024)
#define TRANSPORT_RELIABLE_MESSAGES_MAX  1024
#define TRANSPORT_CLIENT_RELIABLES_PER_S 64
#define TRANSPORT_CLIENT_RELIABLE_BURST  256

typedef enum TransportChannel {
    TRANSPORT_RELIABLE = 0,    // ordered, retransmitted
    TRANSPORT_UNSEQUENCED = 1, // at most once, any order, never fragmented
    TRANSPORT_CHANNEL_COUNT,
} TransportChannel;

typedef enum TransportError {
    TRANSPORT_OK,
    TRANSPORT_ERROR_ADDRESS,   // not an address, or not one of this machine
    TRANSPORT_ERROR_IN_USE,    // the port is taken
    TRANSPORT_ERROR_DENIED,    // not permitted
    TRANSPORT_ERROR_RESOURCES, // memory
    TRANSPORT_ERROR_LIBRARY,   // the ENet library is not the one we were built with
    TRANSPORT_ERROR_DESCRIPTORS,
    TRANSPORT_ERROR_PORTS,       // every local port for connections is in use
    TRANSPORT_ERROR_UNREACHABLE, // no route to the address
    TRANSPORT_ERROR_NO_IPV6,     // an IPv6 address, on a system without
    TRANSPORT_ERROR_NAME,        // an unknown name
} TransportError;

#endif
