// SPDX-License-Identifier: MIT
// Datagrams before ENet sees them. A datagram that passes the guard passes it again, and its
// commands stay within the guard's bounds.
//
// Input: | flags:8 | session:8 | reliable_received:16 | connect_id:32 | the datagram |
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "fuzz/fuzz_target.h"
#include "net/guard.h"

#define PREFIX_BYTES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < PREFIX_BYTES) {
        return 0;
    }
    const uint8_t flags = data[0];
    const NetAddress known = net_address_loopback(7000);
    GuardPeer peer = {.state = (GuardPeerState)(flags % 3),
                      .address = &known,
                      .has_session = (flags & 0x10) != 0,
                      .session = data[1] & 3};
    memcpy(&peer.reliable_received, data + 2, sizeof peer.reliable_received);
    memcpy(&peer.connect_id, data + 4, sizeof peer.connect_id);
    const uint8_t *bytes = data + PREFIX_BYTES;
    const size_t length = size - PREFIX_BYTES;
    const GuardDirection direction = (flags & 0x20) != 0 ? GUARD_TO_CLIENT : GUARD_TO_SERVER;
    const GuardPeer *named = guard_peer_index(bytes, length) == GUARD_NO_PEER ? NULL : &peer;
    const NetAddress from = net_address_loopback((flags & 0x40) != 0 ? 7001 : 7000);
    const GuardVerdict verdict = guard_check(direction, named, &from, bytes, length);
    if (verdict.result == GUARD_PASS) {
        assert(length <= DATAGRAM_BYTES_MAX);
        assert(verdict.ask_count <= GUARD_COMMANDS_MAX && verdict.ack_count <= GUARD_COMMANDS_MAX);
        assert(verdict.ping_count <= verdict.ask_count);
    }
    const GuardVerdict again = guard_check(direction, named, &from, bytes, length);
    assert(again.result == verdict.result && again.ask_count == verdict.ask_count);
    return 0;
}
