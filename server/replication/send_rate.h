// SPDX-License-Identifier: MIT
// send_rate.h -- how often a client gets a snapshot, by how late its acknowledgements are.
//
// Flow:    a client's turn, snapshots not yet acknowledged -> send_rate_throttles -> sent, or left
//          out
// Threads: the sim thread.
// Units:   snapshots in flight: sent, and not known to have arrived.
// Source:  congestion is detected by growing delay rather than by loss, as in TCP Vegas (L. Brakmo
//          and L. Peterson, 1995): a line or a machine with a backlog does not clear it faster when
//          it gets more data, and a game cannot use a snapshot that is a second late.
//
// The smallest number of snapshots in flight so far is the path's own. With one step (200 ms) more
// in flight, the client gets every second snapshot; with 2 steps more every fourth, with 4 steps
// every eighth. A step is at least SEND_RATE_STEP_MIN snapshots and at most SEND_RATE_STEP_MAX:
// with SEND_RATE_USUAL_MAX that is within BASELINE_SETS_MAX, beyond which no delta is possible.
// Clients acknowledge with their inputs, which may be as few as 20 a second: at 240 Hz that is one
// in 12 snapshots, and it is not late. The worst case is a swarm on the server's own machine that
// fell behind: at the full rate it acknowledges so late that no delta is possible any more, which
// costs server and clients half as much again, and neither recovers.
#ifndef TICKSTORM_SERVER_REPLICATION_SEND_RATE_H
#define TICKSTORM_SERVER_REPLICATION_SEND_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define SEND_RATE_STEP_MS  200
#define SEND_RATE_STEP_MIN 4
#define SEND_RATE_STEP_MAX 16
// The most that counts as the path's own: 600 ms at 20 Hz.
#define SEND_RATE_USUAL_MAX 12
// After this many turns the path may have become longer permanently: one snapshot more each 13 s at
// 20 Hz.
#define SEND_RATE_FORGET_TURNS 256

typedef struct SendRate {
    uint8_t usual;         // the smallest number in flight that is remembered
    uint8_t turns;         // since `usual` was last lowered or raised
    uint8_t throttled_run; // turns left out in a row
} SendRate;

void send_rate_reset(SendRate *send_rate);

// In snapshots.
uint32_t send_rate_step(uint32_t snapshot_rate_hz);

// At a client's turn. step: send_rate_step(). unacked: snapshots sent behind the newest that the
// client is known to have. has_acked: it is known to have one. True: the client gets no snapshot in
// this turn.
bool send_rate_throttles(SendRate *send_rate, uint32_t step, uint32_t unacked, bool has_acked);

#endif
