// SPDX-License-Identifier: MIT
// send_rate.h -- how often a client is told, by how long its acknowledgements take.
//
// Flow:    a session's turn, snapshots not yet acknowledged -> send_rate_throttles -> told, or left
//          out
// Threads: the sim thread.
// Units:   snapshots: of those sent, how many are on their way there, or what acknowledges them is
//          on its way back.
// Source:  congestion told by growing delay rather than by loss, as in TCP Vegas (L. Brakmo and
//          L. Peterson, 1995): what a line or a machine holds back it cannot work off faster when
//          it is sent more, and a game has no use for what it shows a second late.
//
// The fewest that were ever on their way are what the path takes by itself. A step more than that,
// 200 ms, and the client is told every second time; at 2 steps more it is every fourth time, at 4
// steps every eighth. A step is no fewer than SEND_RATE_STEP_MIN snapshots, and no more than
// SEND_RATE_STEP_MAX: with SEND_RATE_USUAL_MAX that is within BASELINE_SETS_MAX, beyond which
// nothing can be sent as a change. Clients acknowledge with their inputs, of which there may be 20
// a second: at 240 Hz that is one in 12 snapshots, and no lateness. A swarm on the server's own
// machine that fell behind is the worst case: told at the full rate it acknowledges so late that
// nothing can be sent as a change any more, which costs server and clients half as much again, and
// neither recovers.
#ifndef TICKSTORM_SERVER_REPLICATION_SEND_RATE_H
#define TICKSTORM_SERVER_REPLICATION_SEND_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define SEND_RATE_STEP_MS  200
#define SEND_RATE_STEP_MIN 4
#define SEND_RATE_STEP_MAX 16
// What the path may take by itself: 600 ms at 20 Hz.
#define SEND_RATE_USUAL_MAX 12
// So often a path may have become longer for good: one snapshot each 13 s at 20 Hz.
#define SEND_RATE_FORGET_TURNS 256

typedef struct SendRate {
    uint8_t usual;         // the fewest on their way, as far as remembered
    uint8_t turns;         // since that was last let grow
    uint8_t throttled_run; // turns left out in a row
} SendRate;

void send_rate_reset(SendRate *send_rate);

// In snapshots.
uint32_t send_rate_step(uint32_t snapshot_rate_hz);

// At a session's turn. step: send_rate_step(). unacked: snapshots sent behind the newest that the
// client is known to have. has_acked: it is known to have one. True: this turn is left out.
bool send_rate_throttles(SendRate *send_rate, uint32_t step, uint32_t unacked, bool has_acked);

#endif
