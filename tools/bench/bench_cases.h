// SPDX-License-Identifier: MIT
// bench_cases.h -- the table of benchmark cases: X(name, summary of the measurement).
#ifndef TICKSTORM_BENCH_BENCH_CASES_H
#define TICKSTORM_BENCH_BENCH_CASES_H

#include "tools/bench/bench.h"

#define BENCH_CASES(X)                                                                             \
    X(bytes_per_update, "how many bytes an update takes, and how many with a range coder")         \
    X(client_snapshot, "a snapshot written, read and applied by a client")                         \
    X(enet_floor, "a datagram through the transport, and its cost above a bare one")               \
    X(hostile, "the server's cost of each kind of hostile datagram")                               \
    X(player_visit, "a join and a leave of one player, by the number of players")                  \
    X(pool_dispatch, "an empty parallel-for, from call to return")                                 \
    X(sim_tick, "a tick of the world per entity, and the workers' speed-up")                       \
    X(snapshot_encode, "interest and encoding of one client's snapshot")                           \
    X(udp_floor, "a datagram through the kernel alone, in batches")

#define BENCH_DECLARE(name, summary) void bench_##name(Bench *bench);
BENCH_CASES(BENCH_DECLARE)

#endif
