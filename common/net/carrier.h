// SPDX-License-Identifier: MIT
// carrier.h -- the interface of a program that moves a connection's datagrams itself, in place of
//              the transport's own system calls.
//
// Flow:    transport_set_carrier -> what the connection sends goes to send(); what arrives comes by
//          transport_offer(), a datagram a poll -> transport_close calls let_go()
// Threads: the connection's.
#ifndef TICKSTORM_NET_CARRIER_H
#define TICKSTORM_NET_CARRIER_H

#include <stddef.h>
#include <stdint.h>

typedef struct Carrier {
    // Copies the datagram. One that cannot be sent is lost, as in a network.
    void (*send)(void *user, const uint8_t *bytes, size_t size);
    // The socket is about to be closed: datagrams already accepted leave now.
    void (*let_go)(void *user);
} Carrier;

#endif
