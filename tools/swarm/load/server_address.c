// SPDX-License-Identifier: MIT
#include "tools/swarm/load/server_address.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "net/net_resolve.h"
#include "net/transport.h"
#include "wire/reason.h"

#define POLL_EVERY_NS  (2 * NS_PER_MS)
#define GOODBYE_MAX_NS (200 * NS_PER_MS)

// Polls until the connection is made or refused, or the time is over.
static TransportEventType wait_for_end(Transport *transport, uint64_t timeout_ns) {
    const uint64_t end_ns = clock_now_ns() + timeout_ns;
    TransportEvent event;
    do {
        transport_poll(transport, clock_now_ns());
        if (transport_next_event(transport, &event)) {
            return event.type;
        }
    } while (clock_now_ns() < end_ns && !interrupt_wait(POLL_EVERY_NS));
    return TRANSPORT_DISCONNECTED;
}

// False, with *out untouched, when no address answers.
static bool find_answering(const NetAddress *servers, uint32_t count, uint64_t timeout_ns,
                           NetAddress *out) {
    Transport *transport = NULL;
    if (transport_connect_any(&transport, servers, count) != TRANSPORT_OK) {
        return false;
    }
    transport_set_connect_timeout(transport, (uint32_t)(timeout_ns / NS_PER_MS));
    const bool is_there = wait_for_end(transport, timeout_ns) == TRANSPORT_CONNECTED;
    if (is_there) {
        const PeerHandle server = transport_server_peer(transport);
        (void)transport_peer_address(transport, server, out);
        transport_disconnect(transport, server, REASON_CLIENT_LEFT);
        (void)wait_for_end(transport, GOODBYE_MAX_NS);
    }
    transport_close(transport);
    return is_there;
}

bool server_address_find(const char *host, uint16_t port, uint64_t timeout_ns,
                         char text[NET_ADDRESS_TEXT_BYTES]) {
    NetAddress servers[NET_RESOLVE_MAX];
    const uint32_t count = net_resolve(host, port, servers);
    if (count == 0) {
        return false;
    }
    NetAddress server = servers[0];
    if (count > 1) {
        (void)find_answering(servers, count, timeout_ns, &server);
    }
    (void)net_address_format_host(&server, text);
    return true;
}
