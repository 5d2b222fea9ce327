// SPDX-License-Identifier: MIT
// transport.h -- connections for the rest of the program: ENet stays behind this interface.
//
// Flow:    transport_poll() moves datagrams; transport_next_event() returns their events;
//          transport_send() queues; transport_flush() sends the queues
// Threads: the first thread that polls a Transport owns it until it hands it over; any other use by
//          another thread is a bug (asserted). Transports are independent.
// Memory:  an event's data is valid until the next call of transport_next_event() or _poll().
// Trust:   events have passed the guard (guard.h) and ENet; their content is unchecked.
#ifndef TICKSTORM_NET_TRANSPORT_H
#define TICKSTORM_NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/carrier.h"
#include "net/impair.h"
#include "net/net_address.h"
#include "net/receive_statistics.h"
#include "net/transport_reject.h"
#include "net/transport_types.h"

typedef struct Transport Transport;

// Durations in ms of polled time: a poll that is late by more than a second counts as a second, so
// a program that was stopped for a minute does not time its peers out.
#define TRANSPORT_SILENCE_TIMEOUT_MS   10000 // a peer without a datagram for this long is gone
#define TRANSPORT_CONNECT_TIMEOUT_MS   6000
#define TRANSPORT_HANDSHAKE_TIMEOUT_MS 3000 // a client must complete its handshake within this
#define TRANSPORT_GOODBYE_TIMEOUT_MS   5000 // transport_disconnect() waits this long for an answer

// A peer: its index within the transport in the low 16 bits, a generation above, so that a stale
// handle is invalid. 0 is no peer.
typedef uint32_t PeerHandle;

typedef enum TransportEventType {
    TRANSPORT_CONNECTED,
    TRANSPORT_DISCONNECTED,
    TRANSPORT_MESSAGE,
} TransportEventType;

typedef struct TransportEvent {
    TransportEventType type;
    PeerHandle peer;
    uint32_t reason;          // DISCONNECTED: wire/reason.h, the other side's, or REASON_TIMED_OUT
    bool is_remote;           // DISCONNECTED: by the other side; its reason may be any number
    TransportChannel channel; // MESSAGE
    const uint8_t *data;      // MESSAGE
    size_t size;              // MESSAGE
} TransportEvent;

const char *transport_error_text(TransportError error);

// Once per process before the first transport, and after the last one. Logs a warning when the seam
// under ENet (enet_seam.h) is not in place, and runs on without the seam.
TransportError transport_initialize(void);
void transport_deinitialize(void);

typedef struct TransportListenConfig {
    // An address, with or without brackets, or a name, whose IPv4 addresses are tried first. NULL
    // or "0.0.0.0" for all of IPv4, "::" for all of IPv6 and of IPv4 too.
    const char *bind_address;
    bool is_ipv6_only;      // "::" does not include IPv4
    uint16_t port;          // 0: the system chooses
    uint32_t peer_capacity; // <= 4095
    bool shares_port;       // several transports of this process listen on the same port
    // The program accepts peers with transport_welcome(). Before that, and after a disconnection
    // began, they may be evicted for newer ones: DISCONNECTED with REASON_SERVER_BUSY.
    bool welcomes_peers;
    // Datagrams beyond this many a second from one peer (or four seconds' worth at once) are
    // dropped and counted as a flood. 0: no limit.
    uint32_t peer_datagrams_per_s;
} TransportListenConfig;

// Listens. With shares_port the caller opens the first transport with its port, and the others with
// transport_port() of the first; a port of another process is refused (TRANSPORT_ERROR_IN_USE).
TransportError transport_listen(Transport **out, const TransportListenConfig *config);

// Starts connecting; CONNECTED or DISCONNECTED follows as an event: REASON_NO_ANSWER at once when
// the other machine refuses the port, else after TRANSPORT_CONNECT_TIMEOUT_MS, or
// what transport_set_connect_timeout() says. A name's addresses are tried in the order that the
// system gives them, each until it refuses or its share of that time is over.
TransportError transport_connect(Transport **out, const char *host, uint16_t port);
// The same to one or more addresses of a host (net_resolve.h).
TransportError transport_connect_any(Transport **out, const NetAddress *servers, uint32_t count);

// For a connecting transport, before its first poll. In polled time, like the others.
void transport_set_connect_timeout(Transport *transport, uint32_t timeout_ms);

// Leaves the server with one unacknowledged goodbye, and connects to it again from the same socket
// with the same time-out. Between events only: received messages are dropped. False when memory is
// short: the transport then has no peer.
bool transport_connect_again(Transport *transport, uint32_t reason);

// Frees everything. Peers are not informed: call transport_disconnect and poll first. Datagrams
// that an outgoing impairment still delays are sent at once.
void transport_close(Transport *transport);

// The owner hands the transport over: the next thread that polls it owns it. Until then any one
// thread may use it.
void transport_hand_over(Transport *transport);

uint16_t transport_port(const Transport *transport);
int transport_descriptor(const Transport *transport); // for polling for readability

// Receives (a bounded number), acknowledges, retransmits, times out. now_ns is the monotonic time.
void transport_poll(Transport *transport, uint64_t now_ns);
bool transport_next_event(Transport *transport, TransportEvent *event);

// Queues a message. False when the peer is gone, when its unacknowledged reliable data is above the
// cap, or when size is 0 or above PAYLOAD_BYTES_MAX.
bool transport_send(Transport *transport, PeerHandle peer, TransportChannel channel,
                    const void *data, size_t size);
void transport_flush(Transport *transport);

// Sends a goodbye with a reason; DISCONNECTED follows once acknowledged or timed out. Queued
// messages are dropped. The goodbye is repeated until it is acknowledged, while this side is
// polled.
void transport_disconnect(Transport *transport, PeerHandle peer, uint32_t reason);
// The peer can no longer be evicted; for transports that welcome their peers.
void transport_welcome(Transport *transport, PeerHandle peer);
// Drops the peer at once, without an event and without a goodbye.
void transport_drop(Transport *transport, PeerHandle peer);

// The only peer of a connecting transport.
PeerHandle transport_server_peer(const Transport *transport);
// The source address of a peer's datagrams. False, and *out untouched, for a peer that is gone.
bool transport_peer_address(const Transport *transport, PeerHandle peer, NetAddress *out);
// Smoothed round trip as ENet measures it, in ms; 0 for a peer that is gone.
uint32_t transport_round_trip_ms(const Transport *transport, PeerHandle peer);
// For a connection: the other machine has refused the port several times since the peer's last
// datagram.
bool transport_is_refused(const Transport *transport);
// Statistics of the peer's unsequenced messages, one a datagram, since it connected; all zero for a
// peer that is gone.
ReceiveStatistics transport_receive_statistics(const Transport *transport, PeerHandle peer);

// For a connection: from now on a carrier moves its datagrams and owns the socket until it is
// closed. The carrier offers received datagrams, one a poll, and leaves them unchanged until then;
// it reports failed sends and receive errors as an errno.
void transport_set_carrier(Transport *transport, const Carrier *carrier, void *user);
void transport_offer(Transport *transport, const uint8_t *bytes, size_t size);
void transport_note_send_error(Transport *transport, int error);
void transport_note_receive_error(Transport *transport, int error);

// Puts an impairment between this transport and its socket, in both directions; NULL for none.
// False when memory is short. Delayed datagrams move on in transport_poll(), so exact delays need a
// poll when the next datagram is due; TransportStats has the achieved accuracy.
bool transport_set_impairment(Transport *transport, const ImpairConfig *config, uint64_t seed);
// The monotonic time when the next delayed datagram is due; UINT64_MAX when there is none.
uint64_t transport_next_due_ns(const Transport *transport);

typedef struct TransportStats {
    uint64_t bytes_in, bytes_out;     // UDP payload
    uint64_t packets_in, packets_out; // datagrams
    uint32_t largest_in;              // datagram, in bytes
    // Datagrams of all peers with an unsequenced message that had arrived before: duplicates of the
    // network within SEQUENCE_WINDOW. ENet discards the message.
    uint64_t duplicates_in;
    uint64_t rejected[TRANSPORT_REJECT_COUNT];
    uint64_t handshakes_expired;  // connection requests whose handshake was never completed
    uint64_t handshakes_repeated; // requests that were already being answered
    uint64_t handshakes_evicted;  // peers that made room for newer ones before they were welcome
    uint64_t send_errors;         // datagrams the kernel did not take
    uint64_t receive_drops;       // datagrams the kernel had no room for, of a listening transport
    uint64_t receive_errors;      // errors of the socket, none of them fatal
    uint64_t allocations_failed;  // messages and commands lost because memory was short
    uint64_t service_errors;      // times that ENet returned -1, none of them fatal
    uint64_t unexpected_reliable; // unsequenced messages that ENet would have fragmented: always 0
    uint32_t receive_buffer_bytes, send_buffer_bytes; // as granted by the kernel
    uint32_t peers, half_open;
    ImpairStats impair_in, impair_out; // all zero without an impairment
} TransportStats;
// Only for the transport's own thread.
void transport_stats(const Transport *transport, TransportStats *stats);
// TransportStats.duplicates_in alone, cheap enough for every poll.
uint64_t transport_duplicate_count(const Transport *transport);

// Prefetches the memory that a poll or a send of a connecting transport uses.
void transport_prefetch(const Transport *transport);

#endif
