// SPDX-License-Identifier: MIT
// carrier.h -- the interface of a program that moves a connection's datagrams itself, in place of
//              the transport's own system calls.
//
// Flow:    transport_set_carrier -> the connection sends through send(); transport_offer() delivers
//          received datagrams, one a poll -> transport_close calls let_go()
// Threads: the connection's.
#ifndef TICKSTORM_NET_CARRIER_H
#define TICKSTORM_NET_CARRIER_H

#include <stddef.h>
#include <stdint.h>

typedef struct Carrier {
    // Copies the datagram. A datagram that cannot be sent is lost, as in a network.
    void (*send)(void *user, const uint8_t *bytes, size_t size);
    // The socket is about to be closed: datagrams already accepted leave now.
    void (*let_go)(void *user);
} Carrier;

#endif
