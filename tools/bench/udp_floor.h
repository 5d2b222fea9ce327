// SPDX-License-Identifier: MIT
// udp_floor.h -- the kernel's share of a server's cost: one socket, many clients, system calls in
//                batches. No figure about the network can be lower.
//
// Flow:    udp_floor_create -> udp_floor_round per sample -> udp_floor_destroy
// Threads: one; the clients' system calls are not measured.
// Units:   CPU nanoseconds of the thread, which on loopback include the delivery to the receiver.
#ifndef TICKSTORM_BENCH_UDP_FLOOR_H
#define TICKSTORM_BENCH_UDP_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#define FLOOR_PEERS 256u
// Payloads like those of the game: a window of inputs in, a snapshot out.
#define FLOOR_INPUT_BYTES    60u
#define FLOOR_SNAPSHOT_BYTES 400u
// ENet's header of a datagram with one unsequenced message. The bare datagrams have the same size.
#define FLOOR_HEADER_BYTES 10u

// A round is one input from each peer and one snapshot to each peer.
typedef struct FloorRound {
    uint64_t receive_ns, send_ns;
} FloorRound;

typedef struct UdpFloor UdpFloor;

// NULL without enough sockets or memory.
UdpFloor *udp_floor_create(void);
void udp_floor_destroy(UdpFloor *floor);

// False when a datagram went missing.
bool udp_floor_round(UdpFloor *floor, FloorRound *out);

#endif
