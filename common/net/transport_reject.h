// SPDX-License-Identifier: MIT
// transport_reject.h -- the reasons why a datagram never reached ENet.
#ifndef TICKSTORM_NET_TRANSPORT_REJECT_H
#define TICKSTORM_NET_TRANSPORT_REJECT_H

#include <stdint.h>

typedef enum TransportReject {
    TRANSPORT_REJECT_OVERSIZE,  // larger than any datagram of ours
    TRANSPORT_REJECT_MALFORMED, // not the grammar: short, unknown command, wrong sizes
    TRANSPORT_REJECT_FORBIDDEN, // a command that our programs never send (fragments, throttle...)
    TRANSPORT_REJECT_UNKNOWN_PEER, // for a peer that is not connected, or from another address
    TRANSPORT_REJECT_HANDSHAKES,   // more connection requests than one address or all may send
    TRANSPORT_REJECT_SOURCE,       // port 0, or an address that no machine sends from
    TRANSPORT_REJECT_FLOOD,        // more commands or reliables ahead than any client of ours sends
    TRANSPORT_REJECT_COUNT,
} TransportReject;

// "oversize": for metrics and logs. "unknown" for any other number.
const char *transport_reject_name(uint32_t reject);

#endif
