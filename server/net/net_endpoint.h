// SPDX-License-Identifier: MIT
// net_endpoint.h -- one net loop's end of all its connections, as a step function.
//
// Flow:    datagrams -> transport -> decode -> validate -> link.to_sim; what has come of a client's
//          inputs is answered here, since only the transport knows
//          link.to_net -> transport -> datagrams, flushed once per step
// Threads: one net loop; in tests, whoever calls the step. Never waits, neither for the sim nor for
//          the network; time is a parameter, so it runs in virtual time as well.
// Trust:   everything from the transport is hostile until decoded. What cannot be decoded is
//          counted by reason and dropped; ENDPOINT_OFFENCES_MAX of them within minutes end the
//          connection, and so does exceeding a rate for some seconds. What a client says in its
//          goodbye is not believed: it has left.
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
#include "net/interarrival.h"
#include "net/transport.h"
#include "server/operate/metrics.h"
#include "server/sim/sim_queues.h"

#define ENDPOINT_HELLO_TIMEOUT_NS   (5 * NS_PER_S) // from the connection to a valid hello
#define ENDPOINT_WELCOME_TIMEOUT_NS (5 * NS_PER_S) // from the hello to the sim's answer
// One offence is forgiven every so often: a client that is at odds with us once an hour may stay.
#define ENDPOINT_OFFENCES_MAX      10
#define ENDPOINT_OFFENCE_PERIOD_NS (10 * NS_PER_S)
// Input packets a second that one client may send, and how many at once after a hold-up.
#define ENDPOINT_INPUT_RATE_HZ 150
#define ENDPOINT_INPUT_BURST   75
// Who keeps exceeding that for so long is sent away; a second within the limit clears it.
#define ENDPOINT_INPUT_FLOOD_NS (5 * NS_PER_S)
#define ENDPOINT_INPUT_CALM_NS  NS_PER_S
// Datagrams a second that a transport should admit from one client: its inputs, what it says, and
// ENet's own acknowledgements and pings, which mostly travel in datagrams of their own.
#define ENDPOINT_DATAGRAMS_PER_S 250
// What one connection says beyond CHAT_BURST and CHAT_PERIOD_NS is refused here; the match looks at
// who reconnects. Who goes on and has this many
// refused, less one every period, is sent away.
#define ENDPOINT_CHAT_REFUSED_BURST     60
#define ENDPOINT_CHAT_REFUSED_PERIOD_NS NS_PER_S
// Questions beyond VERIFY_PERIOD_NS, and beyond RECEIVE_REPORT_PERIOD_NS, that may come at once,
// since the network can hold them up. Nobody who waits for the answers exceeds that. They are
// answered at once: soon the roster that was asked about is nobody's reference, and given up.
#define ENDPOINT_REQUEST_BURST 4

typedef enum EndpointPeerState {
    PEER_FREE,
    PEER_WAITING_HELLO,
    PEER_WAITING_WELCOME,
    PEER_PLAYING,
    PEER_CLOSING, // told to go; the transport still waits for its acknowledgement
} EndpointPeerState;

typedef struct EndpointPeer {
    PeerHandle handle;
    EndpointPeerState state;
    bool wants_verify;
    uint64_t range;       // of its address
    uint64_t deadline_ns; // of the state, where it has one
    // Leaky buckets.
    uint64_t offence_due_ns;
    uint64_t input_due_ns;
    uint64_t chat_due_ns;
    uint64_t chat_refused_due_ns;
    uint64_t verify_due_ns;
    uint64_t receive_request_due_ns;
    Interarrival inputs; // how much their delays differ
    // Inputs above the rate: since when without a calm second, and when last.
    uint64_t flood_since_ns;
    uint64_t flood_last_ns;
} EndpointPeer;

typedef struct NetEndpoint {
    // Constant.
    Transport *transport;
    SimQueues *queues;
    NetMetrics *metrics;
    // Set once by the main loop to send everybody away.
    const _Atomic bool *is_draining;
    // State.
    EndpointPeer *peers;       // by the low bits of the handle
    uint32_t peer_count;       // not FREE
    QueueLeave *unsent_leaves; // first in, first out: the ring was full
    uint32_t unsent_count;
    uint64_t next_housekeeping_ns;
    bool has_drained;
} NetEndpoint;

// Takes over an open transport. False when memory is short.
bool net_endpoint_create(NetEndpoint *endpoint, Transport *transport, SimQueues *queues,
                         NetMetrics *metrics, const _Atomic bool *is_draining);
// Closes the transport.
void net_endpoint_destroy(NetEndpoint *endpoint);

// Receives and handles what has arrived, sends what the sim left, once.
void net_endpoint_step(NetEndpoint *endpoint, uint64_t now_ns);

#endif
