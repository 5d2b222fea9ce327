// SPDX-License-Identifier: MIT
// transport_peers.h -- internals of a transport: its peers from handshake to goodbye.
//
// Flow:    ENet's intercept -> guard -> HALF_OPEN -> OPEN -> CLOSING -> FREE
// Threads: those of the transport.
// Memory:  one PeerSlot per ENet peer, allocated with the transport.
//
//               connection request            its answer was acknowledged
//        FREE ----------------------> HALF_OPEN ------------------> OPEN
//         ^    ^                          |                          |  transport_disconnect
//         |    +---- too long without ----+                          v
//         +---- the other side said goodbye, or is silent ------- CLOSING
//
// When slots are short, a newer peer evicts one that is HALF_OPEN, CLOSING, or OPEN and not yet
// welcome (pending_peers.h).
#ifndef TICKSTORM_NET_TRANSPORT_PEERS_H
#define TICKSTORM_NET_TRANSPORT_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/thread_role.h"
#include "net/connect_limits.h"
#include "net/enet_seam.h"
#include "net/guard.h"
#include "net/net_address.h"
#include "net/pending_peers.h"
#include "net/receive_statistics.h"
#include "net/transport.h"

#define NO_SLOT UINT16_MAX

typedef enum SlotPhase {
    SLOT_FREE,
    SLOT_HALF_OPEN,
    SLOT_OPEN,
    SLOT_CLOSING,
} SlotPhase;

typedef struct PeerSlot {
    uint16_t generation; // of the handle; never 0 once used
    uint8_t phase;       // SlotPhase
    bool said_goodbye;   // the other side ended it, with the reason in ENet's event
    bool is_announced;   // the program has received its CONNECTED
    bool is_ending;      // given up: the program has not received the end event yet
    uint32_t since_ms;   // when the phase began
    uint32_t heard_ms;   // when the last datagram passed the guard
    uint32_t reason;     // the reason, when CLOSING or given up
    uint32_t reliable_bytes;
    uint32_t reliable_messages;
    uint16_t previous, next; // in the list of half-open peers, or of those with CONNECTED pending
    GuardBudget budget;
    ReceiveStatistics
        received_stats; // of its unsequenced messages, by the last one of each datagram
} PeerSlot;

typedef struct SlotList {
    uint16_t first, last;
} SlotList;

struct Transport {
    ENetHost *host;
    SeamSocket socket;
    bool is_listening;
    bool shares_port;
    uint16_t port;
    uint32_t capacity;
    uint32_t receive_buffer_bytes, send_buffer_bytes;
    ThreadOwner owner;  // the thread that polls it
    ENetPacket *held;   // the packet of the last event
    uint64_t polled_ns; // the caller's time of the last poll
    uint32_t now_ms;    // of polled time
    uint32_t swept_ms;
    uint32_t trimmed_ms; // when the thread's pool was last trimmed

    // The previous datagram was a connection request, to which ENet has most likely given this
    // slot, or it may have closed a half-open peer. ENet has handled it before the next datagram
    // arrives, and only then is the outcome visible.
    uint16_t requested_slot;
    uint16_t watched_slot;

    SlotList half_open;
    SlotList connected; // with a pending CONNECTED event
    uint32_t open_count, half_open_count, slots_used, ending_count;
    // Of a listening transport.
    PendingPeers *pending;
    ConnectLimits *connect_limits;
    // Leaky buckets, in ENet's time.
    uint64_t reliables_due_ns; // messages that a client sends
    uint32_t peer_datagrams_per_s;
    // For a connection: the time-out of all addresses of the server together, and its rest for the
    // present address and the ones behind it.
    uint32_t connect_timeout_ms, connect_left_ms;
    uint16_t server_count, server_at;
    bool welcomes_peers; // as TransportListenConfig has it
    // In memory of its own: what a listening transport is bound to, or the addresses of the server
    // if there are several.
    NetAddress *addresses;

    uint64_t rejected[TRANSPORT_REJECT_COUNT];
    uint64_t handshakes_expired, handshakes_repeated, handshakes_evicted;
    uint64_t service_errors;
    uint64_t unexpected_reliable;
    uint64_t duplicates_in;

    PeerSlot slots[]; // [capacity], behind them the routes, each from a peer's request on
};

// A connection attempt failed: tries the next address of the server. False: there is none.
bool transport_try_next_server(Transport *transport);

// The host->intercept callback. Finds the transport through the seam.
int peers_intercept(ENetHost *host, ENetEvent *event);

void peers_initialize(Transport *transport);
// The peer of a connection that this side opens.
void peers_begin_connect(Transport *transport, uint16_t slot);

// After ENet has handled datagrams: opens acknowledged connections, drops those that took too long.
void peers_settle(Transport *transport);
// Called by every poll: gives up peers that are silent or do not acknowledge their goodbye.
void peers_sweep(Transport *transport);

// The program welcomed the peer: it can no longer be evicted.
void peers_welcome(Transport *transport, uint16_t slot);
// Its goodbye is on the way: from now on it can be evicted again.
void peers_begin_closing(Transport *transport, uint16_t slot, uint32_t reason);

// The next peer whose CONNECTED event is still due, or NO_SLOT.
uint16_t peers_pop_connected(Transport *transport);
// ENet reports that the peer is gone: the reason for the program. Frees the slot.
uint32_t peers_end(Transport *transport, uint16_t slot, uint32_t event_data);
// Drops the peer without a goodbye.
void peers_drop(Transport *transport, uint16_t slot);
// Makes ENet report the peer as gone at the next event.
void peers_give_up(Transport *transport, uint16_t slot, uint32_t reason);

PeerHandle peers_handle(const Transport *transport, uint16_t slot);
// The slot of a peer that is OPEN or CLOSING, or NO_SLOT.
uint16_t peers_find(const Transport *transport, PeerHandle handle);

// Whether a client may send another reliable message without leaving the server's window.
bool peers_window_has_room(const Transport *transport, uint16_t slot);

#endif
