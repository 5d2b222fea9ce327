// SPDX-License-Identifier: MIT
#include "net/transport_peers.h"

#include <assert.h>
#include <stddef.h>

#include "base/limits.h"
#include "wire/reason.h"

#define GENERATION_SHIFT 16

// Slots that are freed in advance: an announced peer keeps its slot until the program has received
// its end event, after the poll. At 4,000 requests a second a poll every 3 ms finds twelve.
#define SPARE_SLOTS        16u
#define SPARE_SLOT_DIVISOR 8u // a transport with few slots frees few

// Refusals in a row before a client believes that the port is closed: a single one may be left over
// from an earlier owner of the port.
#define REFUSALS_TO_BELIEVE 3u

// Pings keep an idle connection alive, and measure the round trip. Clients send twenty times a
// second anyway, and every ping costs two datagrams.
#define CLIENT_PING_INTERVAL_MS 2000u
#define SERVER_PING_INTERVAL_MS 5000u

// Our own deadlines end first. This one is for a peer that sends and never acknowledges. The limit
// is for the wait before a retransmission, which ENet doubles without bound: at 20 % loss a wait of
// ten seconds would lose a healthy peer within hours.
#define ENET_TIMEOUT_MS         30000u
#define ENET_TIMEOUT_LIMIT      32u
#define RETRANSMISSION_LIMIT_MS 2000u

static ENetPeer *peer_of(const Transport *transport, uint16_t slot) {
    return &transport->host->peers[slot];
}

// Lists of slots.

static void list_append(Transport *transport, SlotList *list, uint16_t slot) {
    PeerSlot *entry = &transport->slots[slot];
    entry->previous = list->last;
    entry->next = NO_SLOT;
    if (list->last != NO_SLOT) {
        transport->slots[list->last].next = slot;
    } else {
        list->first = slot;
    }
    list->last = slot;
}

static void list_remove(Transport *transport, SlotList *list, uint16_t slot) {
    const PeerSlot *entry = &transport->slots[slot];
    if (entry->previous != NO_SLOT) {
        transport->slots[entry->previous].next = entry->next;
    } else {
        list->first = entry->next;
    }
    if (entry->next != NO_SLOT) {
        transport->slots[entry->next].previous = entry->previous;
    } else {
        list->last = entry->previous;
    }
}

// From phase to phase.

void peers_initialize(Transport *transport) {
    transport->half_open = (SlotList){NO_SLOT, NO_SLOT};
    transport->connected = (SlotList){NO_SLOT, NO_SLOT};
    transport->requested_slot = NO_SLOT;
    transport->watched_slot = NO_SLOT;
}

static void set_phase(Transport *transport, uint16_t slot, SlotPhase phase) {
    transport->slots[slot].phase = (uint8_t)phase;
    transport->slots[slot].since_ms = transport->now_ms;
}

static void begin_half_open(Transport *transport, uint16_t slot) {
    PeerSlot *entry = &transport->slots[slot];
    assert(entry->phase == SLOT_FREE);
    const uint16_t generation = (uint16_t)(entry->generation + 1);
    *entry =
        (PeerSlot){.generation = generation != 0 ? generation : 1, .heard_ms = transport->now_ms};
    set_phase(transport, slot, SLOT_HALF_OPEN);
    list_append(transport, &transport->half_open, slot);
    transport->half_open_count++;
    transport->slots_used++;
    if (transport->pending != NULL) {
        pending_peers_add(transport->pending, slot, &transport->socket.routes[slot].remote);
    }
}

void peers_begin_connect(Transport *transport, uint16_t slot) {
    begin_half_open(transport, slot);
}

static bool is_acknowledged(const ENetPeer *peer) {
    return peer->state == ENET_PEER_STATE_CONNECTION_PENDING ||
           peer->state == ENET_PEER_STATE_CONNECTION_SUCCEEDED;
}

// Does the work of ENet's CONNECT event in advance. ENet would drop every message that arrives in
// the same batch of datagrams as the acknowledgement, and a reliable one would come half a second
// late.
static void open_peer(Transport *transport, uint16_t slot) {
    ENetPeer *peer = peer_of(transport, slot);
    enet_peer_on_connect(peer);
    peer->state = ENET_PEER_STATE_CONNECTED;
    enet_peer_timeout(peer, ENET_TIMEOUT_LIMIT, ENET_TIMEOUT_MS, ENET_TIMEOUT_MS);
    enet_peer_ping_interval(peer, transport->is_listening ? SERVER_PING_INTERVAL_MS
                                                          : CLIENT_PING_INTERVAL_MS);
    list_remove(transport, &transport->half_open, slot);
    transport->half_open_count--;
    transport->open_count++;
    set_phase(transport, slot, SLOT_OPEN);
    transport->slots[slot].heard_ms = transport->now_ms;
    list_append(transport, &transport->connected, slot);
    if (transport->is_listening && !transport->welcomes_peers) {
        peers_welcome(transport, slot);
    }
}

void peers_welcome(Transport *transport, uint16_t slot) {
    pending_peers_remove(transport->pending, slot);
}

void peers_begin_closing(Transport *transport, uint16_t slot, uint32_t reason) {
    transport->slots[slot].reason = reason;
    set_phase(transport, slot, SLOT_CLOSING);
    if (transport->welcomes_peers && !pending_peers_has(transport->pending, slot)) {
        pending_peers_add(transport->pending, slot, &transport->socket.routes[slot].remote);
    }
}

uint16_t peers_pop_connected(Transport *transport) {
    const uint16_t slot = transport->connected.first;
    if (slot != NO_SLOT) {
        list_remove(transport, &transport->connected, slot);
        transport->slots[slot].is_announced = true;
    }
    return slot;
}

static void free_slot(Transport *transport, uint16_t slot) {
    PeerSlot *entry = &transport->slots[slot];
    if (entry->phase == SLOT_HALF_OPEN) {
        list_remove(transport, &transport->half_open, slot);
        transport->half_open_count--;
    } else {
        if (!entry->is_announced) {
            list_remove(transport, &transport->connected, slot);
        }
        transport->open_count--;
    }
    assert(entry->reliable_messages == 0);
    if (transport->pending != NULL) {
        pending_peers_remove(transport->pending, slot);
    }
    transport->slots_used--;
    transport->ending_count -= entry->is_ending;
    set_phase(transport, slot, SLOT_FREE);
}

uint32_t peers_end(Transport *transport, uint16_t slot, uint32_t event_data) {
    const PeerSlot *entry = &transport->slots[slot];
    uint32_t reason = REASON_TIMED_OUT;
    if (entry->said_goodbye) {
        reason = event_data;
    } else if (entry->phase == SLOT_CLOSING || entry->reason != REASON_NONE) {
        reason = entry->reason;
    }
    free_slot(transport, slot);
    return reason;
}

void peers_drop(Transport *transport, uint16_t slot) {
    ENetPeer *peer = peer_of(transport, slot);
    // This order is needed: enet_peer_reset() of 1.3.17 clears the mark that the peer is in the
    // dispatch queue before it removes the peer, and the next insertion would corrupt the list.
    enet_peer_reset_queues(peer);
    enet_peer_reset(peer);
    free_slot(transport, slot);
}

// As ENet does with a peer that has timed out.
void peers_give_up(Transport *transport, uint16_t slot, uint32_t reason) {
    ENetPeer *peer = peer_of(transport, slot);
    transport->slots[slot].reason = reason;
    transport->slots[slot].said_goodbye = false;
    transport->slots[slot].is_ending = true;
    transport->ending_count++;
    if (transport->pending != NULL) {
        pending_peers_remove(transport->pending, slot);
    }
    enet_peer_reset_queues(peer);
    enet_peer_on_disconnect(peer);
    peer->state = ENET_PEER_STATE_ZOMBIE;
    enet_list_insert(enet_list_end(&transport->host->dispatchQueue), &peer->dispatchList);
    peer->flags |= ENET_PEER_FLAG_NEEDS_DISPATCH;
}

PeerHandle peers_handle(const Transport *transport, uint16_t slot) {
    return (uint32_t)transport->slots[slot].generation << GENERATION_SHIFT | slot;
}

uint16_t peers_find(const Transport *transport, PeerHandle handle) {
    const uint16_t slot = (uint16_t)(handle & 0xffff);
    if (slot >= transport->capacity) {
        return NO_SLOT;
    }
    const PeerSlot *entry = &transport->slots[slot];
    const bool is_known = entry->phase == SLOT_OPEN || entry->phase == SLOT_CLOSING;
    return is_known && entry->generation == handle >> GENERATION_SHIFT ? slot : NO_SLOT;
}

// Datagrams.

static GuardPeer describe_peer(const Transport *transport, uint16_t slot) {
    const ENetPeer *peer = peer_of(transport, slot);
    if (transport->slots[slot].phase == SLOT_FREE || peer->state == ENET_PEER_STATE_ZOMBIE ||
        peer->state == ENET_PEER_STATE_DISCONNECTED) {
        return (GuardPeer){.state = GUARD_PEER_NONE};
    }
    const bool is_half_open = transport->slots[slot].phase == SLOT_HALF_OPEN;
    return (GuardPeer){
        .state = is_half_open ? GUARD_PEER_HALF_OPEN : GUARD_PEER_OPEN,
        .address = &transport->socket.routes[slot].remote,
        .has_session = peer->outgoingPeerID < ENET_PROTOCOL_MAXIMUM_PEER_ID,
        .session = peer->incomingSessionID,
        .reliable_received =
            peer->channels != NULL ? peer->channels[0].incomingReliableSequenceNumber : 0,
        .connect_id = ENET_NET_TO_HOST_32(peer->connectID),
    };
}

// Finds out how ENet handled the previous datagram.
static void settle_watched(Transport *transport) {
    const uint16_t requested = transport->requested_slot;
    if (requested != NO_SLOT) {
        transport->requested_slot = NO_SLOT;
        if (peer_of(transport, requested)->state == ENET_PEER_STATE_ACKNOWLEDGING_CONNECT) {
            begin_half_open(transport, requested);
        }
    }
    const uint16_t watched = transport->watched_slot;
    if (watched != NO_SLOT) {
        transport->watched_slot = NO_SLOT;
        if (peer_of(transport, watched)->state == ENET_PEER_STATE_DISCONNECTED) {
            free_slot(transport, watched);
        }
    }
}

static int count_reject(Transport *transport, TransportReject reason) {
    transport->rejected[reason]++;
    return 1;
}

// Evicts a peer; false when there is none to evict.
static bool evict_one(Transport *transport) {
    const uint16_t slot = pending_peers_crowded(transport->pending);
    if (slot == PENDING_NONE) {
        return false;
    }
    transport->handshakes_evicted++;
    const PeerSlot *entry = &transport->slots[slot];
    if (entry->phase == SLOT_HALF_OPEN) {
        peers_drop(transport, slot);
    } else {
        peers_give_up(transport, slot,
                      entry->phase == SLOT_CLOSING ? entry->reason : (uint32_t)REASON_SERVER_BUSY);
    }
    return true;
}

static bool make_room_for_handshake(Transport *transport) {
    bool has_room = true;
    while (has_room && transport->slots_used == transport->capacity) {
        has_room = transport->ending_count < SPARE_SLOTS && evict_one(transport);
    }
    return has_room;
}

// Frees slots in advance, so that the next requests need not wait for the program to process ends.
static void keep_slots_spare(Transport *transport) {
    const uint32_t few = transport->capacity / SPARE_SLOT_DIVISOR;
    const uint32_t spare = few < SPARE_SLOTS ? few : SPARE_SLOTS;
    while (transport->capacity - transport->slots_used + transport->ending_count < spare &&
           evict_one(transport)) {
    }
}

// The address's handshake in progress, or NO_SLOT.
static uint16_t find_handshake(const Transport *transport, const NetAddress *from) {
    uint16_t slot = PENDING_NONE;
    do {
        slot = pending_peers_next(transport->pending, slot, from);
    } while (slot != PENDING_NONE &&
             (transport->slots[slot].phase != SLOT_HALF_OPEN ||
              !net_address_is_equal(&transport->socket.routes[slot].remote, from)));
    return slot;
}

// Whether the request is the one that opened the peer.
static bool is_late_copy(const Transport *transport, const NetAddress *from, uint32_t connect_id) {
    for (uint32_t slot = 0; slot < transport->capacity; slot++) {
        if (net_address_is_equal(&transport->socket.routes[slot].remote, from) &&
            transport->slots[slot].phase != SLOT_FREE &&
            peer_of(transport, (uint16_t)slot)->connectID == connect_id) {
            return true;
        }
    }
    return false;
}

static uint16_t lowest_free_slot(const Transport *transport) {
    for (uint32_t slot = 0; slot < transport->capacity; slot++) {
        if (transport->slots[slot].phase == SLOT_FREE) {
            return (uint16_t)slot;
        }
    }
    return NO_SLOT;
}

// Makes ENet attribute the datagram to that peer. Where ENet received without the seam it uses IPv4
// addresses.
static void show_handle(Transport *transport, ENetAddress handle) {
    if (seam_received()->bytes != NULL) {
        transport->host->receivedAddress = handle;
    }
}

// One address has one handshake at a time: a new request replaces the older one, so a flood from a
// single port uses a single slot. A repeated request changes nothing, since our answer is repeated
// too.
static int admit_connect(Transport *transport, const SeamRoute *by) {
    if (!connect_limits_admit(transport->connect_limits, &by->remote, transport->socket.now_ns)) {
        return count_reject(transport, TRANSPORT_REJECT_HANDSHAKES);
    }
    const ENetHost *host = transport->host;
    const ENetProtocolConnect *connect =
        (const ENetProtocolConnect *)(const void *)&host->receivedData[sizeof(ENetProtocolHeader)];
    const uint16_t handshake = find_handshake(transport, &by->remote);
    if (handshake != NO_SLOT) {
        const ENetPeer *peer = peer_of(transport, handshake);
        if (peer->connectID == connect->connectID || is_acknowledged(peer)) {
            transport->handshakes_repeated++;
            return 1;
        }
        transport->handshakes_expired++;
        peers_drop(transport, handshake);
    }
    if (is_late_copy(transport, &by->remote, connect->connectID)) {
        transport->handshakes_repeated++;
        return 1;
    }
    if (!make_room_for_handshake(transport)) {
        return count_reject(transport, TRANSPORT_REJECT_HANDSHAKES);
    }
    const uint16_t slot = lowest_free_slot(transport); // as ENet will
    transport->socket.routes[slot] = *by;
    transport->requested_slot = slot;
    show_handle(transport, seam_handle(slot));
    return 0;
}

static int admit_from_peer(Transport *transport, uint16_t slot, const GuardVerdict *verdict) {
    PeerSlot *entry = &transport->slots[slot];
    // A client need not limit its server's commands.
    if (transport->is_listening &&
        !guard_budget_consume(&entry->budget, transport->socket.now_ns, verdict,
                              transport->peer_datagrams_per_s)) {
        return count_reject(transport, TRANSPORT_REJECT_FLOOD);
    }
    entry->heard_ms = transport->now_ms;
    transport->socket.refused_count = 0;
    show_handle(transport, peer_of(transport, slot)->address);
    transport->duplicates_in +=
        verdict->has_message &&
        receive_statistics_record(&entry->received_stats, verdict->message_group);
    if (verdict->has_disconnect) {
        if (entry->phase == SLOT_HALF_OPEN) {
            transport->watched_slot = slot;
        }
        entry->said_goodbye = entry->phase != SLOT_CLOSING;
    }
    return 0;
}

// Runs before ENet; 1 drops the datagram.
int peers_intercept(ENetHost *host, ENetEvent *event) {
    (void)event;
    Transport *transport =
        (Transport *)(void *)((char *)seam_current() - offsetof(Transport, socket));
    const SeamDatagram *received = seam_received();
    SeamRoute by = received->by;
    if (received->bytes != NULL) {
        host->receivedData = (enet_uint8 *)received->bytes;
    } else {
        const ENetAddress *from = &host->receivedAddress;
        by = (SeamRoute){.remote = net_address_from_ipv4(from->host, from->port)};
    }
    settle_watched(transport);
    const uint8_t *bytes = host->receivedData;
    const size_t size = host->receivedDataLength;
    const uint16_t index = guard_peer_index(bytes, size);
    const bool has_peer = index < transport->capacity;
    GuardPeer peer = {0};
    if (has_peer) {
        if (transport->slots[index].phase == SLOT_HALF_OPEN &&
            is_acknowledged(peer_of(transport, index))) {
            open_peer(transport, index);
        }
        peer = describe_peer(transport, index);
    }
    const GuardVerdict verdict =
        guard_check(transport->is_listening ? GUARD_TO_SERVER : GUARD_TO_CLIENT,
                    has_peer ? &peer : NULL, &by.remote, bytes, size);
    if (verdict.result == GUARD_REJECT) {
        return count_reject(transport, verdict.reason);
    }
    return verdict.is_connect ? admit_connect(transport, &by)
                              : admit_from_peer(transport, index, &verdict);
}

// Deadlines.

static uint32_t age_ms(const Transport *transport, uint32_t since_ms) {
    return transport->now_ms - since_ms;
}

bool transport_is_refused(const Transport *transport) {
    return transport->socket.refused_count >= REFUSALS_TO_BELIEVE;
}

static bool connect_has_failed(const Transport *transport, const PeerSlot *entry) {
    const uint32_t share_ms =
        transport->connect_left_ms / (uint32_t)(transport->server_count - transport->server_at);
    return transport_is_refused(transport) || age_ms(transport, entry->since_ms) >= share_ms;
}

void peers_settle(Transport *transport) {
    settle_watched(transport);
    uint16_t next = NO_SLOT;
    for (uint16_t slot = transport->half_open.first; slot != NO_SLOT; slot = next) {
        const PeerSlot *entry = &transport->slots[slot];
        const ENetPeer *peer = peer_of(transport, slot);
        next = entry->next;
        if (is_acknowledged(peer)) {
            open_peer(transport, slot);
        } else if (transport->is_listening) {
            if (age_ms(transport, entry->since_ms) >= TRANSPORT_HANDSHAKE_TIMEOUT_MS) {
                transport->handshakes_expired++;
                peers_drop(transport, slot);
            }
        } else if (peer->state == ENET_PEER_STATE_CONNECTING &&
                   connect_has_failed(transport, entry) && !transport_try_next_server(transport)) {
            peers_give_up(transport, slot, REASON_NO_ANSWER);
        }
    }
    if (transport->welcomes_peers) {
        keep_slots_spare(transport);
    }
}

// ENet doubles the wait before each retransmission; beyond a limit that only costs time.
static void limit_retransmission(ENetPeer *peer) {
    for (ENetListIterator at = enet_list_begin(&peer->sentReliableCommands);
         at != enet_list_end(&peer->sentReliableCommands); at = enet_list_next(at)) {
        ENetOutgoingCommand *command = (ENetOutgoingCommand *)(void *)at;
        if (command->roundTripTimeout > RETRANSMISSION_LIMIT_MS) {
            command->roundTripTimeout = RETRANSMISSION_LIMIT_MS;
        }
        const uint32_t due_ms = command->sentTime + command->roundTripTimeout;
        if ((int32_t)(due_ms - peer->nextTimeout) < 0) {
            peer->nextTimeout = due_ms;
        }
    }
}

void peers_sweep(Transport *transport) {
    for (uint32_t i = 0; i < transport->capacity; i++) {
        const uint16_t slot = (uint16_t)i;
        const PeerSlot *entry = &transport->slots[slot];
        if (entry->phase != SLOT_OPEN && entry->phase != SLOT_CLOSING) {
            continue;
        }
        ENetPeer *peer = peer_of(transport, slot);
        if (peer->state == ENET_PEER_STATE_ZOMBIE) {
            continue; // its end is on its way to the program
        }
        if (age_ms(transport, entry->heard_ms) >= TRANSPORT_SILENCE_TIMEOUT_MS) {
            peers_give_up(transport, slot,
                          entry->phase == SLOT_CLOSING ? entry->reason
                                                       : (uint32_t)REASON_TIMED_OUT);
        } else if (entry->phase == SLOT_CLOSING &&
                   age_ms(transport, entry->since_ms) >= TRANSPORT_GOODBYE_TIMEOUT_MS) {
            peers_give_up(transport, slot, entry->reason);
        } else {
            limit_retransmission(peer);
        }
    }
}

bool peers_window_has_room(const Transport *transport, uint16_t slot) {
    const ENetPeer *peer = peer_of(transport, slot);
    const uint16_t next = (uint16_t)(peer->channels[0].outgoingReliableSequenceNumber + 1);
    const ENetList *lists[] = {&peer->sentReliableCommands, &peer->outgoingCommands};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (ENetListNode *at = lists[i]->sentinel.next; at != &lists[i]->sentinel; at = at->next) {
            const ENetOutgoingCommand *command = (const ENetOutgoingCommand *)(const void *)at;
            const bool counts = command->command.header.channelID == TRANSPORT_RELIABLE;
            if (counts &&
                (uint16_t)(next - command->reliableSequenceNumber) >= GUARD_RELIABLE_AHEAD_MAX) {
                return false;
            }
        }
    }
    return true;
}
