// SPDX-License-Identifier: MIT
#include "net/transport_reject.h"

const char *transport_reject_name(uint32_t reject) {
    static const char *const names[TRANSPORT_REJECT_COUNT] = {
        [TRANSPORT_REJECT_OVERSIZE] = "oversize",
        [TRANSPORT_REJECT_MALFORMED] = "malformed",
        [TRANSPORT_REJECT_FORBIDDEN] = "forbidden",
        [TRANSPORT_REJECT_UNKNOWN_PEER] = "unknown_peer",
        [TRANSPORT_REJECT_HANDSHAKES] = "handshakes",
        [TRANSPORT_REJECT_SOURCE] = "source",
        [TRANSPORT_REJECT_FLOOD] = "flood",
    };
    return reject < TRANSPORT_REJECT_COUNT ? names[reject] : "unknown";
}
