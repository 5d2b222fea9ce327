// SPDX-License-Identifier: MIT
// enet_seam.h -- our own socket and clock functions under the unmodified ENet library.
//
// Flow:    libenet -> enet_socket_send, enet_socket_receive, enet_time_get, ... -> defined here
// Threads: the state of a call is per thread; a SeamSocket is used by one thread at a time.
// Memory:  one batch of datagrams per thread and direction, allocated at its first use and freed
//          with the thread; a socket costs sizeof(SeamSocket).
// Source:  libenet calls these functions through its procedure linkage table and is not linked with
//          -Bsymbolic, so an executable that defines and exports them replaces them, as Godot and
//          FiveM do by patching the sources. seam_self_test() proves it for the library at hand.
//
// The replaced functions, and the reasons:
//   enet_time_get                 the wall clock; ours is monotonic, or virtual in a memnet
//   enet_socket_receive           a system call per datagram plus one to learn that there is none;
//                                 a datagram above 4 KiB made enet_host_service fail
//   enet_socket_send              a system call per datagram; any error ended the pass over all
//                                 peers, so one bad address starved those behind it
//   enet_host_bandwidth_throttle  a reliable command to every peer after every join
//   enet_socket_create, _destroy  so that a memnet needs no descriptors
// ENet knows IPv4 addresses only, and no local addresses. So each peer's address in ENet is a
// handle, its slot in 0.0.0.0/8, and the seam maps the slot to the peer's route.
#ifndef TICKSTORM_NET_ENET_SEAM_H
#define TICKSTORM_NET_ENET_SEAM_H

#include <stdbool.h>
#include <stdint.h>

// The only place that includes ENet's header; everything in common/net that needs it comes here.
#include <enet/enet.h>

#include "net/carrier.h"
#include "net/impair.h"
#include "net/memnet.h"
#include "net/net_address.h"

// As many datagrams as ENet takes in one call of enet_host_service.
#define SEAM_ROUND_DATAGRAMS 256

// The two ends of a peer's datagrams. local is the address that the peer sent to: answers must come
// from it, since a connected socket drops all others. It is the host without a port, or "any" when
// the socket has only one address or the kernel chooses.
typedef struct SeamRoute {
    NetAddress remote, local;
} SeamRoute;

// The handle that ENet knows as the address of the peer in the slot. No datagram comes from or goes
// to 0.0.0.0/8.
ENetAddress seam_handle(uint32_t slot);

// A socket of the seam, embedded in its transport.
typedef struct SeamSocket {
    int descriptor;
    bool is_ipv6;           // an AF_INET6 socket, which may carry IPv4 too
    bool is_connected;      // so the kernel filters by source and reports ICMP errors
    bool batches_sends;     // datagrams leave together in seam_leave() rather than one by one
    bool has_local_address; // the kernel reports to which of our addresses each datagram was sent
    SeamRoute *routes;      // by slot; that of slot 0 is where a connected socket is connected to
    uint64_t now_ns;        // ENet's time; set by the transport's poll

    // Written by the seam while a call into ENet runs.
    uint32_t round_left;    // datagrams that may still be taken in this round
    bool round_is_drained;  // nothing more has arrived
    uint32_t refused_count; // ICMP "port unreachable", since the peer's last datagram
    uint64_t bytes_in, bytes_out;
    uint64_t packets_in, packets_out;
    uint64_t oversize, empty; // dropped before ENet
    uint32_t largest_in;      // datagram of all that came in, in bytes
    uint64_t send_errors, receive_errors;
    uint64_t allocations_failed; // each a datagram or a command lost

    // Moves the datagrams of a connected socket; NULL: system calls do. The next poll consumes the
    // datagram that it offers.
    const Carrier *carrier;
    void *carrier_user;
    const uint8_t *offered;
    size_t offered_bytes;

    // The impairment; NULL without one. It runs on seam_now_ns(), not on ENet's time: the delay of
    // a datagram sent between two polls starts when it was sent.
    Impair *impair_in, *impair_out;
} SeamSocket;

// Called around every call into ENet that may use the socket or the clock. Leaving sends the batch.
void seam_enter(SeamSocket *socket);
void seam_leave(void);
SeamSocket *seam_current(void);

// The datagram that ENet received last on this thread, valid until it receives the next one: its
// real location, and its route. The intercept points ENet there; bytes is NULL when ENet received
// without the seam.
typedef struct SeamDatagram {
    const uint8_t *bytes;
    SeamRoute by;
} SeamDatagram;
const SeamDatagram *seam_received(void);

// Called before each enet_host_service: bounds the datagrams to those that ENet consumes, so that
// the thread's batch never holds datagrams of a socket that is not being serviced.
void seam_begin_round(SeamSocket *socket);

// Counts a datagram that the kernel refused, or an error instead of a received one, and records
// whether the other side is unreachable.
void seam_count_send_error(SeamSocket *socket, int error);
void seam_count_receive_error(SeamSocket *socket, int error);

// Sends the datagrams that the outgoing impairment has delayed long enough, or all of them.
void seam_release_impaired(SeamSocket *socket);
void seam_release_all(SeamSocket *socket);

// The thread's time in nanoseconds: monotonic, or that of the installed memnet.
uint64_t seam_now_ns(void);

// The family of the sockets that the thread's ENet hosts get from now on; AF_INET at first.
void seam_set_family(int family);

// Makes the kernel report the local address of each datagram, on a socket bound to "any". False,
// with errno, when that fails.
bool seam_ask_for_local(SeamSocket *socket);

// The functions of ours that libenet's own calls reach.
typedef struct SeamCoverage {
    bool time, receive, send, throttle;
} SeamCoverage;

// Runs a temporary ENet host once and records the functions that it calls. Needs enet_initialize().
SeamCoverage seam_self_test(void);
// The result of the process's last self-test: whether datagrams pass through the seam. Without it
// ENet moves them itself, over IPv4 only.
bool seam_moves_datagrams(void);
static inline bool seam_coverage_is_full(SeamCoverage coverage) {
    return coverage.time && coverage.receive && coverage.send && coverage.throttle;
}

#endif
