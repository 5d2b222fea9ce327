// SPDX-License-Identifier: MIT
// guard.h -- the grammar of the datagrams that our own programs send; no other datagram reaches
//            ENet.
//
// Flow:    datagram -> guard_peer_index() -> the host's state of that peer -> guard_check()
// Threads: pure functions.
// Trust:   the bytes are hostile until guard_check() returns GUARD_PASS; ENet then parses them
//          without an error, a fragment, or a command that our programs never send.
//
// A datagram, all numbers big-endian:
//
//    0      2          4
//   +------+----------+--------------------------------------------+
//   | peer | time, if | commands: 1..32 of                         |
//   |      | a command| ACKNOWLEDGE  8 bytes   CONNECT       48    |
//   |      | needs an | DISCONNECT   8         VERIFY_CONNECT 44   |
//   |      | ack      | PING         4         BANDWIDTH_LIMIT 12  |
//   |      |          | RELIABLE     6 + data  UNSEQUENCED 8 + data|
//   +------+----------+--------------------------------------------+
//
// peer: bit 15 time present, bit 14 compressed (never), bits 13..12 session, bits 11..0 index.
#ifndef TICKSTORM_NET_GUARD_H
#define TICKSTORM_NET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net_address.h"
#include "net/transport_reject.h"
#include "net/transport_types.h"

// A datagram that opens a connection has no peer index yet.
#define GUARD_NO_PEER 0xfffu

// A client sends its reliable messages at most this far ahead of the oldest unacknowledged one
// (transport_send() refuses more), so a message further ahead is not from a client of ours. ENet
// would keep up to 28,670 of them and walk the list for each further one.
#define GUARD_RELIABLE_AHEAD_MAX 64

// ENet puts no more commands into one datagram.
#define GUARD_COMMANDS_MAX 32

// The direction of the datagram, which decides the commands that it may hold.
typedef enum GuardDirection {
    GUARD_TO_SERVER,
    GUARD_TO_CLIENT,
} GuardDirection;

typedef enum GuardPeerState {
    GUARD_PEER_NONE,      // nobody has that index
    GUARD_PEER_HALF_OPEN, // its handshake is under way
    GUARD_PEER_OPEN,
} GuardPeerState;

// The host's state of the peer that the datagram names.
typedef struct GuardPeer {
    GuardPeerState state;
    const NetAddress *address;
    bool has_session;           // false until the other side's session is known
    uint8_t session;            // the session that its datagrams must carry
    uint16_t reliable_received; // newest reliable message received in order
    uint32_t connect_id;        // the id of a connection that this side is opening
} GuardPeer;

typedef enum GuardResult {
    GUARD_PASS,
    GUARD_REJECT, // by the reason in the verdict
} GuardResult;

typedef struct GuardVerdict {
    GuardResult result;
    TransportReject reason;
    // Facts about a datagram that passed.
    bool is_connect;
    bool has_disconnect;
    uint32_t disconnect_data;
    uint32_t ping_count;
    uint32_t ask_count; // commands that ask for an acknowledgement, pings among them
    uint32_t ack_count; // acknowledgements
    bool has_message;   // has an unsequenced message; its ENet number
    uint16_t message_group;
} GuardVerdict;

// The index of the peer that the datagram names; GUARD_NO_PEER also when the datagram is too short.
uint16_t guard_peer_index(const uint8_t *bytes, size_t size);

// peer is NULL for GUARD_NO_PEER or an index beyond the host's last one.
GuardVerdict guard_check(GuardDirection direction, const GuardPeer *peer, const NetAddress *from,
                         const uint8_t *bytes, size_t size);

// The budget of one client. Each limit is several times the maximum of a client of ours with every
// datagram doubled and retransmitted; transport_send() keeps our clients below it.
//   pings, asks   each makes the server send; a datagram of acknowledgements beyond the first to
//   the
//                 same peer makes ENet walk all its peers once more, 36 us at 4,095
//   acks          ENet searches each in the list of unacknowledged commands, up to 1,024 entries
#define GUARD_PINGS_PER_S 8
#define GUARD_PING_BURST  32
#define GUARD_ASKS_PER_S  128
#define GUARD_ASK_BURST   1024
#define GUARD_ACKS_PER_S  1024
#define GUARD_ACK_BURST   4096
// A limit on datagrams is the server's to choose; this many seconds' worth may come at once.
#define GUARD_DATAGRAM_BURST_S 4

// Leaky buckets; all zero is a full budget.
typedef struct GuardBudget {
    uint64_t datagrams_due_ns, pings_due_ns, asks_due_ns, acks_due_ns;
} GuardBudget;

// Charges a datagram that passed; false when the peer's budget is empty. datagrams_per_s is 0 for
// no limit.
bool guard_budget_consume(GuardBudget *budget, uint64_t now_ns, const GuardVerdict *verdict,
                          uint32_t datagrams_per_s);

#endif
