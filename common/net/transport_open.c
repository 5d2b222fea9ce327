// SPDX-License-Identifier: MIT
// transport_open.c -- opens transports: bound to an address, or connected to a server.
#include "net/transport.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/thread_role.h"
#include "net/connect_limits.h"
#include "net/enet_pool.h"
#include "net/enet_seam.h"
#include "net/net_resolve.h"
#include "net/pending_peers.h"
#include "net/port_claim.h"
#include "net/transport_peers.h"

// Messages that wait for the program, per peer; ENet's default is 32 MB.
#define WAITING_BYTES_MAX (64u * 1024u)

// The socket buffer that a server requests: at 1,200 bytes each, 3 MB hold about 2,500 datagrams.
#define SERVER_BUFFER_BYTES (8 * 1024 * 1024)

// The wait for the answer to a connection request, before a round trip was measured. It doubles
// with each attempt. ENet's default of 500 ms would leave four attempts.
#define CONNECT_ROUND_TRIP_MS 250u

// A limit on the growth of that wait, so high that it is never reached.
#define CONNECT_DOUBLINGS_MAX 65536u

// Why a socket could not be created or connected, by errno.
static TransportError error_of_socket(void) {
    switch (errno) {
    case EMFILE:
    case ENFILE:
        return TRANSPORT_ERROR_DESCRIPTORS;
    case EAGAIN: // connect() found no port to bind to
    case EADDRINUSE:
        return TRANSPORT_ERROR_PORTS;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL: // no address to send from
        return TRANSPORT_ERROR_UNREACHABLE;
    case EACCES:
    case EPERM:
        return TRANSPORT_ERROR_DENIED;
    case EAFNOSUPPORT:
        return TRANSPORT_ERROR_NO_IPV6;
    case EINVAL:
    case ENODEV:
        return TRANSPORT_ERROR_ADDRESS;
    default:
        return TRANSPORT_ERROR_RESOURCES;
    }
}

static uint32_t random_seed(void) {
    uint32_t seed = 0;
    Memnet *net = memnet_installed();
    if (net != NULL) {
        return (uint32_t)memnet_random(net);
    }
    const ssize_t got = getrandom(&seed, sizeof seed, 0);
    assert(got == sizeof seed);
    return seed;
}

static void set_up_host(ENetHost *host) {
    enet_pool_release_buffers(host);
    host->mtu = DATAGRAM_BYTES_MAX;
    host->maximumPacketSize = PAYLOAD_BYTES_MAX;
    host->maximumWaitingData = WAITING_BYTES_MAX;
    host->randomSeed = random_seed(); // connection ids begin here; ENet's own can be guessed
    host->intercept = peers_intercept;
    for (size_t i = 0; i < host->peerCount; i++) {
        host->peers[i].mtu = DATAGRAM_BYTES_MAX;
    }
}

// ENet's host with our limits, on a socket of the family that is not bound yet. NULL, with errno,
// when there is no memory, no descriptor, or no such family.
static Transport *create(uint32_t capacity, int family) {
    errno = ENOMEM;
    seam_set_family(family);
    ENetHost *host = enet_host_create(NULL, capacity, TRANSPORT_CHANNEL_COUNT, 0, 0);
    seam_set_family(AF_INET);
    if (host == NULL) {
        return NULL;
    }
    const size_t slots_bytes = sizeof(Transport) + capacity * sizeof(PeerSlot);
    const size_t bytes = slots_bytes + capacity * sizeof(SeamRoute);
    Transport *transport = enet_pool_malloc(bytes);
    if (transport == NULL) {
        enet_host_destroy(host);
        errno = ENOMEM;
        return NULL;
    }
    memset(transport, 0, bytes);
    set_up_host(host);
    transport->host = host;
    transport->capacity = capacity;
    transport->socket.routes = (SeamRoute *)(void *)((char *)transport + slots_bytes);
    transport->socket.descriptor = host->socket;
    transport->socket.is_ipv6 = family == AF_INET6;
    transport->polled_ns = seam_now_ns();
    transport->socket.now_ns = transport->polled_ns;
    transport->now_ms = (uint32_t)(transport->polled_ns / NS_PER_MS);
    peers_initialize(transport);
    return transport;
}

// Listening.

static bool create_admission(Transport *transport) {
    const uint64_t seed = (uint64_t)random_seed() << 32 | random_seed();
    transport->pending = pending_peers_create(transport->capacity, seed);
    transport->connect_limits = connect_limits_create(~seed);
    return transport->pending != NULL && transport->connect_limits != NULL;
}

static uint32_t grow_buffer(int descriptor, int option, int forced_option) {
    const int wanted = SERVER_BUFFER_BYTES;
    if (setsockopt(descriptor, SOL_SOCKET, forced_option, &wanted, sizeof wanted) != 0) {
        (void)setsockopt(descriptor, SOL_SOCKET, option, &wanted, sizeof wanted);
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    (void)getsockopt(descriptor, SOL_SOCKET, option, &granted, &size);
    return (uint32_t)granted / 2; // the kernel doubles what it was asked for, for its own needs
}

static TransportError bind_listening(Transport *transport, const TransportListenConfig *config,
                                     const NetAddress *own) {
    SeamSocket *socket = &transport->socket;
    if (memnet_owns(socket->descriptor)) {
        if (!memnet_bind(memnet_installed(), socket->descriptor, config->port)) {
            return TRANSPORT_ERROR_IN_USE;
        }
        transport->port = memnet_port(memnet_installed(), socket->descriptor);
        return TRANSPORT_OK;
    }
    if (!net_is_reachable(own)) {
        return TRANSPORT_ERROR_ADDRESS;
    }
    transport->addresses = enet_pool_malloc(sizeof *own);
    if (transport->addresses == NULL) {
        return TRANSPORT_ERROR_RESOURCES;
    }
    NetAddress *address = transport->addresses;
    *address = *own;
    address->port = config->port;
    const bool is_any = net_address_is_any(address);
    const PortKind kind = {.family = socket->is_ipv6 ? AF_INET6 : AF_INET,
                           .is_ipv6_only = !is_any || config->is_ipv6_only,
                           .is_shared = config->shares_port};
    const TransportError error = port_claim(socket->descriptor, &kind, address);
    if (error != TRANSPORT_OK) {
        return error;
    }
    transport->port = address->port;
    transport->shares_port = config->shares_port;
    transport->receive_buffer_bytes = grow_buffer(socket->descriptor, SO_RCVBUF, SO_RCVBUFFORCE);
    transport->send_buffer_bytes = grow_buffer(socket->descriptor, SO_SNDBUF, SO_SNDBUFFORCE);
    return !is_any || seam_ask_for_local(socket) ? TRANSPORT_OK : error_of_socket();
}

static TransportError listen_on(Transport **out, const TransportListenConfig *config,
                                const NetAddress *address) {
    const int family = net_address_is_ipv4(address) ? AF_INET : AF_INET6;
    Transport *transport = family == AF_INET || seam_moves_datagrams()
                               ? create(config->peer_capacity, family)
                               : (errno = EAFNOSUPPORT, NULL);
    if (transport == NULL) {
        return error_of_socket();
    }
    transport->is_listening = true;
    transport->welcomes_peers = config->welcomes_peers;
    transport->socket.batches_sends = true;
    transport->peer_datagrams_per_s = config->peer_datagrams_per_s;
    const TransportError error = create_admission(transport)
                                     ? bind_listening(transport, config, address)
                                     : TRANSPORT_ERROR_RESOURCES;
    if (error != TRANSPORT_OK) {
        transport_close(transport);
        return error;
    }
    *out = transport;
    return TRANSPORT_OK;
}

// The addresses that the configuration may mean, in the order of the attempts.
static uint32_t find_own(const TransportListenConfig *config, NetAddress own[NET_RESOLVE_MAX]) {
    char host[NET_HOST_BYTES] = "0.0.0.0";
    uint16_t port = 0;
    if (config->bind_address != NULL &&
        (net_address_split(config->bind_address, host, &port) != NULL || port != 0)) {
        return 0;
    }
    uint32_t count = net_resolve_own(host, own);
    const bool is_all = count == 1 && net_address_is_any(&own[0]) && !config->is_ipv6_only;
    if (is_all && !net_address_is_ipv4(&own[0])) {
        // On a system without IPv6, "all" means all of IPv4.
        own[count++] = net_address_from_ipv4(INADDR_ANY, 0);
    }
    return count;
}

TransportError transport_listen(Transport **out, const TransportListenConfig *config) {
    assert(config->peer_capacity > 0 && config->peer_capacity <= ENET_PROTOCOL_MAXIMUM_PEER_ID);
    NetAddress own[NET_RESOLVE_MAX];
    const uint32_t count = find_own(config, own);
    TransportError first = TRANSPORT_ERROR_NAME;
    for (uint32_t i = 0; i < count; i++) {
        const TransportError error = listen_on(out, config, &own[i]);
        first = i == 0 ? error : first;
        // When a port is in use, no other address is tried.
        if (error != TRANSPORT_ERROR_ADDRESS && error != TRANSPORT_ERROR_NO_IPV6) {
            return error;
        }
    }
    return first;
}

// Connecting.

// With a connected socket the kernel drops datagrams from other machines, saves a look-up per
// datagram, and reports a refused port. The socket keeps its descriptor from one address to the
// next, so a poller of the descriptor need not know.
static TransportError connect_socket(Transport *transport, const NetAddress *server) {
    SeamSocket *socket = &transport->socket;
    const bool is_first = !socket->is_connected;
    transport->socket.routes[0] = (SeamRoute){.remote = *server};
    socket->is_connected = true;
    if (memnet_owns(socket->descriptor)) {
        const bool is_bound = !is_first || memnet_bind(memnet_installed(), socket->descriptor, 0);
        transport->port = memnet_port(memnet_installed(), socket->descriptor);
        return is_bound ? TRANSPORT_OK : TRANSPORT_ERROR_PORTS;
    }
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (!is_first && connect(socket->descriptor, &nobody, sizeof nobody) != 0) {
        return error_of_socket();
    }
    SocketName name;
    socklen_t size = net_address_to_sockaddr(server, socket->is_ipv6 ? AF_INET6 : AF_INET, &name);
    if (connect(socket->descriptor, &name.any, size) != 0) {
        return error_of_socket();
    }
    NetAddress own;
    size = sizeof name;
    if (getsockname(socket->descriptor, &name.any, &size) != 0 ||
        !net_address_from_sockaddr(&name.any, &own)) {
        return error_of_socket();
    }
    transport->port = own.port;
    // The kernel sends datagrams for 0.0.0.0 and :: to this machine; getpeername() returns the
    // address that answers come from.
    size = sizeof name;
    if (getpeername(socket->descriptor, &name.any, &size) != 0 ||
        !net_address_from_sockaddr(&name.any, &transport->socket.routes[0].remote)) {
        return error_of_socket();
    }
    return TRANSPORT_OK;
}

// Sends a connection request to the server that the socket is connected to.
static bool begin_connect(Transport *transport) {
    ENetPeer *peer = &transport->host->peers[0];
    peer->mtu = DATAGRAM_BYTES_MAX;
    // The peer is reset, else the server's guard would refuse its second request.
    peer->incomingSessionID = peer->outgoingSessionID = 0xff;
    peer->roundTripTime = CONNECT_ROUND_TRIP_MS;
    // Both sides take these from the request: the throttle, which drops unsequenced messages when
    // the round trip varies, never tightens.
    peer->packetThrottleDeceleration = 0;
    const NetAddress *server = &transport->socket.routes[0].remote;
    const ENetAddress address = seam_moves_datagrams()
                                    ? seam_handle(0)
                                    : (ENetAddress){net_address_ipv4(server), server->port};
    if (enet_host_connect(transport->host, &address, TRANSPORT_CHANNEL_COUNT, 0) == NULL) {
        return false;
    }
    peers_begin_connect(transport, 0);
    return true;
}

// Tries the addresses from server_at on until the socket can be connected to one.
static TransportError connect_to_next(Transport *transport, const NetAddress *servers) {
    TransportError first = TRANSPORT_OK;
    for (; transport->server_at < transport->server_count; transport->server_at++) {
        const TransportError error = connect_socket(transport, &servers[transport->server_at]);
        if (error == TRANSPORT_OK) {
            return TRANSPORT_OK;
        }
        first = first == TRANSPORT_OK ? error : first;
    }
    return first;
}

static bool keep_servers(Transport *transport, const NetAddress *servers, uint32_t count) {
    transport->server_count = (uint16_t)count;
    if (count == 1) {
        return true;
    }
    transport->addresses = enet_pool_malloc(count * sizeof *servers);
    if (transport->addresses == NULL) {
        return false;
    }
    memcpy(transport->addresses, servers, count * sizeof *servers);
    return true;
}

static TransportError open_connection(Transport **out, const NetAddress *servers, uint32_t count,
                                      int family) {
    Transport *transport = create(1, family);
    if (transport == NULL) {
        return error_of_socket();
    }
    const int off = 0;
    if (family == AF_INET6 && !memnet_owns(transport->socket.descriptor)) {
        // Some of a name's addresses may be IPv4.
        (void)setsockopt(transport->socket.descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    TransportError error =
        keep_servers(transport, servers, count) ? TRANSPORT_OK : TRANSPORT_ERROR_RESOURCES;
    if (error == TRANSPORT_OK) {
        error = connect_to_next(transport, servers);
    }
    if (error == TRANSPORT_OK && !begin_connect(transport)) {
        error = TRANSPORT_ERROR_RESOURCES;
    }
    if (error != TRANSPORT_OK) {
        transport_close(transport);
        return error;
    }
    transport_set_connect_timeout(transport, TRANSPORT_CONNECT_TIMEOUT_MS);
    *out = transport;
    return TRANSPORT_OK;
}

static uint32_t keep_ipv4(NetAddress *servers, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (net_address_is_ipv4(&servers[i])) {
            servers[kept++] = servers[i];
        }
    }
    return kept;
}

static TransportError connect_to_any(Transport **out, const NetAddress *servers, uint32_t count) {
    NetAddress ipv4[NET_RESOLVE_MAX];
    memcpy(ipv4, servers, count * sizeof *servers);
    const uint32_t ipv4_count = keep_ipv4(ipv4, count);
    if (ipv4_count == count) {
        return open_connection(out, servers, count, AF_INET);
    }
    const TransportError error = seam_moves_datagrams()
                                     ? open_connection(out, servers, count, AF_INET6)
                                     : TRANSPORT_ERROR_NO_IPV6;
    return error == TRANSPORT_ERROR_NO_IPV6 && ipv4_count > 0
               ? open_connection(out, ipv4, ipv4_count, AF_INET)
               : error;
}

TransportError transport_connect_any(Transport **out, const NetAddress *servers, uint32_t count) {
    assert(count > 0 && count <= NET_RESOLVE_MAX);
    enet_pool_begin_annex();
    const TransportError error = connect_to_any(out, servers, count);
    enet_pool_end_annex();
    return error;
}

TransportError transport_connect(Transport **out, const char *host, uint16_t port) {
    NetAddress servers[NET_RESOLVE_MAX];
    const uint32_t count = port != 0 ? net_resolve(host, port, servers) : 0;
    return count > 0 ? transport_connect_any(out, servers, count) : TRANSPORT_ERROR_NAME;
}

// ENet's own limit, which would end the attempt after five doublings of the first wait, must not
// apply.
static void set_time_left(Transport *transport, uint32_t left_ms) {
    transport->connect_left_ms = left_ms;
    enet_peer_timeout(&transport->host->peers[0], CONNECT_DOUBLINGS_MAX, left_ms + 1000,
                      left_ms + 1000);
}

void transport_set_connect_timeout(Transport *transport, uint32_t timeout_ms) {
    ASSERT_OWNER(&transport->owner);
    assert(!transport->is_listening);
    transport->connect_timeout_ms = timeout_ms;
    set_time_left(transport, timeout_ms);
}

bool transport_connect_again(Transport *transport, uint32_t reason) {
    ASSERT_OWNER(&transport->owner);
    assert(!transport->is_listening);
    const PeerHandle before = transport_server_peer(transport);
    if (before != 0) {
        if (peers_find(transport, before) != NO_SLOT) { // during a handshake there is no peer yet
            transport_disconnect(transport, before, reason);
            transport_flush(transport);
        }
        peers_drop(transport, 0);
    }
    if (!begin_connect(transport)) {
        return false;
    }
    set_time_left(transport, transport->connect_timeout_ms); // the full time again
    return true;
}

bool transport_try_next_server(Transport *transport) {
    const uint32_t waited_ms = transport->now_ms - transport->slots[0].since_ms;
    const uint32_t left_ms =
        transport->connect_left_ms > waited_ms ? transport->connect_left_ms - waited_ms : 0;
    transport->server_at++;
    if (transport->server_at >= transport->server_count ||
        connect_to_next(transport, transport->addresses) != TRANSPORT_OK) {
        transport->server_at = transport->server_count - 1;
        return false;
    }
    peers_drop(transport, 0);
    transport->socket.refused_count = 0;
    // When memory is short there is no peer, and the program's own time-out ends the attempt.
    if (begin_connect(transport)) {
        set_time_left(transport, left_ms);
    }
    return true;
}
