// SPDX-License-Identifier: MIT
// net_endpoint.h -- the server's side of all connections of one net loop, as a step function.
//
// Flow:    datagrams -> transport -> decode -> validate -> queues.to_sim; receive requests are
//          answered here, since the transport has the statistics
//          queues.to_net -> transport -> datagrams, flushed once per step
// Threads: one net loop; in tests, the caller of the step. Never waits, neither for the sim nor for
//          the network; time is a parameter, so it runs in virtual time as well.
// Trust:   everything from the transport is hostile until decoded. A message that cannot be decoded
//          is counted by reason and dropped; ENDPOINT_OFFENCES_MAX of them within minutes end the
//          connection, and so does exceeding a rate for some seconds. The reason in a client's
//          disconnection is ignored: the client has left.
//
//   connect -> WAITING_HELLO -> (valid hello) -> WAITING_WELCOME -> (sim says welcome) -> PLAYING
//                   |  time-out, bad hello,           |  full, busy,        time-out, left, |
//                   |  other version                  |  time-out        protocol error, ... |
//                   '-----------> CLOSING <-----------'----------------------<--------------'
//                                    '-> (acknowledged or timed out) -> FREE
#ifndef TICKSTORM_SERVER_NET_NET_ENDPOINT_H
#define TICKSTORM_SERVER_NET_NET_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "net/interarrival.h"
#include "net/transport.h"
#include "server/operate/metrics.h"
#include "server/sim/sim_queues.h"

#define ENDPOINT_HELLO_TIMEOUT_NS   (5 * NS_PER_S) // from the connection to a valid hello
#define ENDPOINT_WELCOME_TIMEOUT_NS (5 * NS_PER_S) // from the hello to the welcome
// One offence is forgiven in each period: a client with one offence an hour may stay.
#define ENDPOINT_OFFENCES_MAX      10
#define ENDPOINT_OFFENCE_PERIOD_NS (10 * NS_PER_S)
// Input packets a second that one client may send, and how many at once after a delay.
#define ENDPOINT_INPUT_RATE_HZ 150
#define ENDPOINT_INPUT_BURST   75
// A client that exceeds that for so long is disconnected; a second within the limit clears it.
#define ENDPOINT_INPUT_FLOOD_NS (5 * NS_PER_S)
#define ENDPOINT_INPUT_CALM_NS  NS_PER_S
// Datagrams a second that a transport should admit from one client: its inputs, its chat, and
// ENet's own acknowledgements and pings, which mostly travel in datagrams of their own.
#define ENDPOINT_DATAGRAMS_PER_S 250
// Chat of one connection beyond CHAT_BURST and CHAT_PERIOD_NS is refused here; the match covers
// players who reconnect. A client with this many refusals, less one every period, is disconnected.
#define ENDPOINT_CHAT_REFUSED_BURST     60
#define ENDPOINT_CHAT_REFUSED_PERIOD_NS NS_PER_S
// Requests beyond VERIFY_PERIOD_NS, and beyond RECEIVE_REPORT_PERIOD_NS, that may arrive at once,
// since the network can delay them. A client that waits for the answers stays within that. They are
// answered at once, since the baseline set that they name is soon given up.
#define ENDPOINT_REQUEST_BURST 4

typedef enum EndpointPeerState {
    PEER_FREE,
    PEER_WAITING_HELLO,
    PEER_WAITING_WELCOME,
    PEER_PLAYING,
    PEER_CLOSING, // disconnected by us; the transport still waits for its acknowledgement
} EndpointPeerState;

typedef struct EndpointPeer {
    PeerHandle handle;
    EndpointPeerState state;
    bool wants_verify;
    uint64_t range;       // of its address
    uint64_t deadline_ns; // when the state times out, if it can
    // Leaky buckets.
    uint64_t offence_due_ns;
    uint64_t input_due_ns;
    uint64_t chat_due_ns;
    uint64_t chat_refused_due_ns;
    uint64_t verify_due_ns;
    uint64_t receive_request_due_ns;
    Interarrival inputs; // the variation of their delays
    // When the client exceeded the input rate: for the first time since its last second within it,
    // and for the last time.
    uint64_t flood_since_ns;
    uint64_t flood_last_ns;
} EndpointPeer;

typedef struct NetEndpoint {
    // Constant.
    Transport *transport;
    SimQueues *queues;
    NetMetrics *metrics;
    // Set once by the main loop to disconnect all peers.
    const _Atomic bool *is_draining;
    // State.
    EndpointPeer *peers;       // by the low bits of the handle
    uint32_t peer_count;       // not FREE
    QueueLeave *unsent_leaves; // first in, first out: leaves that found the queue full
    uint32_t unsent_count;
    uint64_t next_housekeeping_ns;
    bool has_drained;
} NetEndpoint;

// Takes over an open transport. False when memory is short.
bool net_endpoint_create(NetEndpoint *endpoint, Transport *transport, SimQueues *queues,
                         NetMetrics *metrics, const _Atomic bool *is_draining);
// Closes the transport.
void net_endpoint_destroy(NetEndpoint *endpoint);

// One step: receives and handles all that has arrived, sends all that the sim has pushed.
void net_endpoint_step(NetEndpoint *endpoint, uint64_t now_ns);

// Checks the peers against their count, and the leaves that wait. A build that validates does it
// whenever peers are looked through for time-outs.
Fault net_endpoint_validate(const NetEndpoint *endpoint);

#endif
