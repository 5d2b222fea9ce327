// SPDX-License-Identifier: MIT
#include "net/transport.h"

#include <assert.h>
#include <linux/sock_diag.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/leaky_bucket.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "net/enet_pool.h"
#include "net/enet_seam.h"
#include "net/port_claim.h"
#include "net/transport_peers.h"
#include "wire/reason.h"

// Datagrams per poll are bounded, so that a flood cannot keep a net loop from its other duties:
// 8 rounds of 256 are 2,048 every few milliseconds.
#define POLL_ROUNDS_MAX 8

// A poll that comes later than this after the previous poll counts as this much time.
#define POLL_GAP_MAX_NS NS_PER_S

#define SWEEP_INTERVAL_MS 250u

// Memory that a server's thread has not needed for this long returns to the system.
#define TRIM_INTERVAL_MS 5000u

#define IMPAIRED_DATAGRAMS_MAX 1024u

static const ImpairConfig no_impairment;

const char *transport_error_text(TransportError error) {
    static const char *const texts[] = {
        [TRANSPORT_OK] = "no error",
        [TRANSPORT_ERROR_ADDRESS] = "not an address of this machine",
        [TRANSPORT_ERROR_IN_USE] = "the port is taken by another program",
        [TRANSPORT_ERROR_DENIED] = "not permitted",
        [TRANSPORT_ERROR_RESOURCES] = "out of memory",
        [TRANSPORT_ERROR_LIBRARY] =
            "the ENet library is not the version this program was built for",
        [TRANSPORT_ERROR_DESCRIPTORS] = "no file descriptor is left",
        [TRANSPORT_ERROR_PORTS] =
            "no local port is left (net.ipv4.ip_local_port_range says how many there are)",
        [TRANSPORT_ERROR_UNREACHABLE] = "there is no route to that address",
        [TRANSPORT_ERROR_NO_IPV6] = "this system has no IPv6",
        [TRANSPORT_ERROR_NAME] = "nobody knows that name or address",
    };
    return (size_t)error < sizeof texts / sizeof texts[0] ? texts[error] : "unknown error";
}

// The process.

static void warn_of_missing(SeamCoverage coverage) {
    if (seam_coverage_is_full(coverage)) {
        return;
    }
    char missing[160];
    const int length = snprintf(
        missing, sizeof missing, "%s%s%s%s", coverage.time ? "" : "monotonic time, ",
        coverage.receive ? "" : "survival of oversize datagrams, ",
        coverage.send ? "" : "survival of send errors, ", coverage.throttle ? "" : "quiet joins, ");
    missing[length - 2] = '\0'; // cuts the last comma
    LOG_WARN("net", "this system's ENet library bypasses our functions; missing: %s", missing);
}

// ENet would abort by default. With this callback it goes on: a datagram that it cannot keep, or a
// command that it cannot send, is lost. Our own deadlines end a wait for a lost one.
static void on_no_memory(void) {
    static _Atomic bool is_known;
    SeamSocket *socket = seam_current();
    if (socket != NULL) {
        socket->allocations_failed++;
    }
    // Relaxed: a flag on its own.
    if (!atomic_exchange_explicit(&is_known, true, memory_order_relaxed)) {
        LOG_ERROR("net", "out of memory: messages get lost; said once, counted from now on");
    }
}

TransportError transport_initialize(void) {
    if (enet_linked_version() != ENET_VERSION) {
        return TRANSPORT_ERROR_LIBRARY; // we read its structures
    }
    const ENetCallbacks callbacks = {
        .malloc = enet_pool_malloc, .free = enet_pool_free, .no_memory = on_no_memory};
    if (enet_initialize_with_callbacks(ENET_VERSION, &callbacks) != 0) {
        return TRANSPORT_ERROR_RESOURCES;
    }
    warn_of_missing(seam_self_test());
    return TRANSPORT_OK;
}

void transport_deinitialize(void) {
    enet_deinitialize();
}

// The end.

static void release_held(Transport *transport) {
    if (transport->held != NULL) {
        enet_packet_destroy(transport->held);
        transport->held = NULL;
    }
}

void transport_close(Transport *transport) {
    if (transport == NULL) {
        return;
    }
    ASSERT_OWNER(&transport->owner);
    release_held(transport);
    seam_enter(&transport->socket);
    seam_release_all(&transport->socket);
    seam_leave();
    if (transport->socket.carrier != NULL) {
        transport->socket.carrier->let_go(transport->socket.carrier_user);
    }
    impair_destroy(transport->socket.impair_in);
    impair_destroy(transport->socket.impair_out);
    ENetHost *host = transport->host;
    const Transport was = *transport;
    for (size_t i = 0; i < host->peerCount; i++) {
        enet_peer_reset(&host->peers[i]); // the packets it holds notify the transport when freed
    }
    pending_peers_destroy(transport->pending);
    connect_limits_destroy(transport->connect_limits);
    const NetAddress bound = was.addresses != NULL ? *was.addresses : (NetAddress){0};
    if (was.addresses != NULL) {
        enet_pool_free(was.addresses);
    }
    enet_pool_free(transport); // these may lie beside the host
    enet_host_destroy(host);
    if (was.shares_port) {
        port_release(&bound);
    }
}

void transport_hand_over(Transport *transport) {
    ASSERT_OWNER(&transport->owner);
    thread_owner_release(&transport->owner);
}

uint16_t transport_port(const Transport *transport) {
    return transport->port;
}

int transport_descriptor(const Transport *transport) {
    return transport->socket.descriptor;
}

void transport_set_carrier(Transport *transport, const Carrier *carrier, void *user) {
    ASSERT_OWNER(&transport->owner);
    assert(!transport->is_listening);
    transport->socket.carrier = carrier;
    transport->socket.carrier_user = user;
}

void transport_offer(Transport *transport, const uint8_t *bytes, size_t size) {
    ASSERT_OWNER(&transport->owner);
    assert(transport->socket.carrier != NULL);
    transport->socket.offered = bytes;
    transport->socket.offered_bytes = size;
}

void transport_note_send_error(Transport *transport, int error) {
    ASSERT_OWNER(&transport->owner);
    seam_count_send_error(&transport->socket, error);
}

void transport_note_receive_error(Transport *transport, int error) {
    ASSERT_OWNER(&transport->owner);
    seam_count_receive_error(&transport->socket, error);
}

bool transport_set_impairment(Transport *transport, const ImpairConfig *config, uint64_t seed) {
    ASSERT_OWNER(&transport->owner);
    SeamSocket *socket = &transport->socket;
    if (socket->impair_in != NULL) {
        // Datagrams in flight keep their times.
        impair_set_config(socket->impair_in, config != NULL ? config : &no_impairment);
        impair_set_config(socket->impair_out, config != NULL ? config : &no_impairment);
        return true;
    }
    if (config == NULL) {
        return true;
    }
    Impair *in = impair_create(config, seed, IMPAIRED_DATAGRAMS_MAX);
    Impair *outgoing = impair_create(config, ~seed, IMPAIRED_DATAGRAMS_MAX);
    if (in == NULL || outgoing == NULL) {
        impair_destroy(in);
        impair_destroy(outgoing);
        return false;
    }
    socket->impair_in = in;
    socket->impair_out = outgoing;
    return true;
}

uint64_t transport_next_due_ns(const Transport *transport) {
    ASSERT_OWNER(&transport->owner);
    const SeamSocket *socket = &transport->socket;
    if (socket->impair_in == NULL) {
        return UINT64_MAX;
    }
    const uint64_t in_ns = impair_next_due_ns(socket->impair_in);
    const uint64_t out_ns = impair_next_due_ns(socket->impair_out);
    return in_ns < out_ns ? in_ns : out_ns;
}

// Moving datagrams.

static void advance_time(Transport *transport, uint64_t now_ns) {
    if (now_ns > transport->polled_ns) {
        const uint64_t gap_ns = now_ns - transport->polled_ns;
        transport->socket.now_ns += gap_ns < POLL_GAP_MAX_NS ? gap_ns : POLL_GAP_MAX_NS;
        transport->polled_ns = now_ns;
        transport->now_ms = (uint32_t)(transport->socket.now_ns / NS_PER_MS);
    }
}

void transport_poll(Transport *transport, uint64_t now_ns) {
    ASSERT_CLAIM(&transport->owner);
    release_held(transport);
    advance_time(transport, now_ns);
    SeamSocket *socket = &transport->socket;
    seam_enter(socket);
    seam_release_impaired(socket);
    int round = 0;
    do {
        seam_begin_round(socket);
        if (enet_host_service(transport->host, NULL, 0) < 0) {
            transport->service_errors++;
        }
        peers_settle(transport);
        // ENet stops at the end of a round or when nothing is left to receive.
    } while (socket->round_left == 0 && ++round < POLL_ROUNDS_MAX);
    if (transport->now_ms - transport->swept_ms >= SWEEP_INTERVAL_MS) {
        transport->swept_ms = transport->now_ms;
        peers_sweep(transport);
    }
    if (transport->is_listening && transport->now_ms - transport->trimmed_ms >= TRIM_INTERVAL_MS) {
        transport->trimmed_ms = transport->now_ms;
        (void)enet_pool_trim();
    }
    seam_leave();
}

void transport_flush(Transport *transport) {
    ASSERT_OWNER(&transport->owner);
    seam_enter(&transport->socket);
    enet_host_flush(transport->host);
    seam_release_impaired(&transport->socket);
    seam_leave();
}

// Events.

static uint16_t slot_of(const Transport *transport, const ENetPeer *peer) {
    return (uint16_t)(peer - transport->host->peers);
}

static void describe_message(Transport *transport, const ENetEvent *from, TransportEvent *event) {
    transport->held = from->packet;
    *event = (TransportEvent){.type = TRANSPORT_MESSAGE,
                              .peer = peers_handle(transport, slot_of(transport, from->peer)),
                              .channel = (TransportChannel)from->channelID,
                              .data = from->packet->data,
                              .size = from->packet->dataLength};
}

static void describe_end(Transport *transport, const ENetEvent *from, TransportEvent *event) {
    const uint16_t slot = slot_of(transport, from->peer);
    *event =
        (TransportEvent){.type = TRANSPORT_DISCONNECTED, .peer = peers_handle(transport, slot)};
    event->is_remote = transport->slots[slot].said_goodbye;
    event->reason = peers_end(transport, slot, from->data);
}

bool transport_next_event(Transport *transport, TransportEvent *event) {
    ASSERT_OWNER(&transport->owner);
    release_held(transport);
    const uint16_t connected = peers_pop_connected(transport);
    if (connected != NO_SLOT) {
        *event = (TransportEvent){.type = TRANSPORT_CONNECTED,
                                  .peer = peers_handle(transport, connected)};
        return true;
    }
    ENetEvent from;
    if (enet_host_check_events(transport->host, &from) <= 0) {
        return false;
    }
    // Connections are announced above, never by ENet's event.
    assert(from.type == ENET_EVENT_TYPE_RECEIVE || from.type == ENET_EVENT_TYPE_DISCONNECT);
    if (from.type == ENET_EVENT_TYPE_RECEIVE) {
        describe_message(transport, &from, event);
    } else {
        describe_end(transport, &from, event);
    }
    return true;
}

// Sending.

static void on_reliable_freed(ENetPacket *packet) {
    PeerSlot *slot = packet->userData;
    slot->reliable_bytes -= (uint32_t)packet->dataLength;
    slot->reliable_messages--;
}

static bool may_send_reliable(const Transport *transport, uint16_t slot, size_t size) {
    const PeerSlot *entry = &transport->slots[slot];
    if (entry->reliable_bytes + size > TRANSPORT_RELIABLE_BYTES_MAX ||
        entry->reliable_messages >= TRANSPORT_RELIABLE_MESSAGES_MAX) {
        return false;
    }
    return transport->is_listening || peers_window_has_room(transport, slot);
}

static ENetPacket *create_packet(Transport *transport, const void *data, size_t size,
                                 uint32_t flags) {
    ENetPacket *packet = enet_packet_create(data, size, flags);
    transport->socket.allocations_failed += packet == NULL;
    return packet;
}

// Takes ownership of the packet.
static bool send_packet(Transport *transport, uint16_t slot, TransportChannel channel,
                        ENetPacket *packet) {
    ENetPeer *peer = &transport->host->peers[slot];
    if (enet_peer_send(peer, (enet_uint8)channel, packet) == 0) {
        return true;
    }
    transport->socket.allocations_failed++; // everything else was checked before
    enet_packet_destroy(packet);
    return false;
}

static bool send_reliable(Transport *transport, uint16_t slot, const void *data, size_t size) {
    if (!may_send_reliable(transport, slot, size) ||
        (!transport->is_listening &&
         !leaky_bucket_consume(&transport->reliables_due_ns, transport->socket.now_ns,
                               NS_PER_S / TRANSPORT_CLIENT_RELIABLES_PER_S,
                               TRANSPORT_CLIENT_RELIABLE_BURST))) {
        return false;
    }
    ENetPacket *packet = create_packet(transport, data, size, ENET_PACKET_FLAG_RELIABLE);
    if (packet == NULL) {
        return false;
    }
    PeerSlot *entry = &transport->slots[slot];
    packet->userData = entry;
    packet->freeCallback = on_reliable_freed;
    entry->reliable_bytes += (uint32_t)size;
    entry->reliable_messages++;
    return send_packet(transport, slot, TRANSPORT_RELIABLE, packet);
}

bool transport_send(Transport *transport, PeerHandle handle, TransportChannel channel,
                    const void *data, size_t size) {
    ASSERT_OWNER(&transport->owner);
    const uint16_t slot = peers_find(transport, handle);
    if (slot == NO_SLOT || size == 0 || size > PAYLOAD_BYTES_MAX) {
        return false;
    }
    ENetPeer *peer = &transport->host->peers[slot];
    if (peer->state != ENET_PEER_STATE_CONNECTED) {
        return false;
    }
    if (size + sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment) > peer->mtu) {
        transport->unexpected_reliable++; // the guard admits one MTU only
        return false;
    }
    if (channel == TRANSPORT_RELIABLE) {
        return send_reliable(transport, slot, data, size);
    }
    ENetPacket *packet = create_packet(transport, data, size, ENET_PACKET_FLAG_UNSEQUENCED);
    return packet != NULL && send_packet(transport, slot, channel, packet);
}

// Leaving.

void transport_disconnect(Transport *transport, PeerHandle handle, uint32_t reason) {
    ASSERT_OWNER(&transport->owner);
    uint16_t slot = peers_find(transport, handle);
    if (slot == NO_SLOT && handle == transport_server_peer(transport)) {
        slot = 0; // still connecting: the server has nothing to forget
    }
    if (slot == NO_SLOT) {
        return;
    }
    ENetPeer *peer = &transport->host->peers[slot];
    PeerSlot *entry = &transport->slots[slot];
    if (entry->phase == SLOT_HALF_OPEN) {
        if (peer->state != ENET_PEER_STATE_ZOMBIE) {
            peers_give_up(transport, slot, reason);
        }
    } else if (entry->phase == SLOT_OPEN && peer->state == ENET_PEER_STATE_CONNECTED) {
        enet_peer_disconnect(peer, reason);
        peers_begin_closing(transport, slot, reason);
    }
}

void transport_welcome(Transport *transport, PeerHandle handle) {
    ASSERT_OWNER(&transport->owner);
    assert(transport->welcomes_peers);
    const uint16_t slot = peers_find(transport, handle);
    if (slot != NO_SLOT && transport->slots[slot].phase == SLOT_OPEN) {
        peers_welcome(transport, slot);
    }
}

void transport_drop(Transport *transport, PeerHandle handle) {
    ASSERT_OWNER(&transport->owner);
    const uint16_t slot = peers_find(transport, handle);
    if (slot != NO_SLOT) {
        peers_drop(transport, slot);
    }
}

// Looking.

PeerHandle transport_server_peer(const Transport *transport) {
    return transport->is_listening || transport->slots[0].phase == SLOT_FREE
               ? 0
               : peers_handle(transport, 0);
}

bool transport_peer_address(const Transport *transport, PeerHandle handle, NetAddress *out) {
    ASSERT_OWNER(&transport->owner);
    const uint16_t slot = peers_find(transport, handle);
    if (slot == NO_SLOT) {
        return false;
    }
    *out = transport->socket.routes[slot].remote;
    return true;
}

uint32_t transport_round_trip_ms(const Transport *transport, PeerHandle handle) {
    ASSERT_OWNER(&transport->owner);
    const uint16_t slot = peers_find(transport, handle);
    return slot != NO_SLOT ? transport->host->peers[slot].roundTripTime : 0;
}

ReceiveStatistics transport_receive_statistics(const Transport *transport, PeerHandle handle) {
    ASSERT_OWNER(&transport->owner);
    const uint16_t slot = peers_find(transport, handle);
    return slot != NO_SLOT ? transport->slots[slot].received_stats : (ReceiveStatistics){0};
}

// Datagrams that the kernel dropped because the receive buffer was full; 0 where it does not report
// them.
static uint64_t read_receive_drops(const Transport *transport) {
    uint32_t figures[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof figures;
    if (!transport->is_listening || memnet_owns(transport->socket.descriptor) ||
        getsockopt(transport->socket.descriptor, SOL_SOCKET, SO_MEMINFO, figures, &size) != 0) {
        return 0;
    }
    return figures[SK_MEMINFO_DROPS];
}

void transport_stats(const Transport *transport, TransportStats *stats) {
    ASSERT_OWNER(&transport->owner);
    const SeamSocket *socket = &transport->socket;
    *stats = (TransportStats){
        .bytes_in = socket->bytes_in,
        .bytes_out = socket->bytes_out,
        .packets_in = socket->packets_in,
        .packets_out = socket->packets_out,
        .largest_in = socket->largest_in,
        .duplicates_in = transport->duplicates_in,
        .handshakes_expired = transport->handshakes_expired,
        .handshakes_repeated = transport->handshakes_repeated,
        .handshakes_evicted = transport->handshakes_evicted,
        .send_errors = socket->send_errors,
        .receive_errors = socket->receive_errors,
        .allocations_failed = socket->allocations_failed,
        .receive_drops = read_receive_drops(transport),
        .service_errors = transport->service_errors,
        .unexpected_reliable = transport->unexpected_reliable,
        .receive_buffer_bytes = transport->receive_buffer_bytes,
        .send_buffer_bytes = transport->send_buffer_bytes,
        .peers = transport->open_count,
        .half_open = transport->half_open_count,
    };
    memcpy(stats->rejected, transport->rejected, sizeof stats->rejected);
    if (socket->impair_in != NULL) {
        stats->impair_in = impair_stats(socket->impair_in);
        stats->impair_out = impair_stats(socket->impair_out);
    }
    stats->rejected[TRANSPORT_REJECT_OVERSIZE] += socket->oversize;
    stats->rejected[TRANSPORT_REJECT_MALFORMED] += socket->empty;
}

void transport_prefetch(const Transport *transport) {
    enet_pool_prefetch_host(transport);
}

uint64_t transport_duplicate_count(const Transport *transport) {
    ASSERT_OWNER(&transport->owner);
    return transport->duplicates_in;
}
