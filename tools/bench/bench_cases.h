// SPDX-License-Identifier: MIT
// bench_cases.h -- the table of benchmark cases: X(name, what it measures).
#ifndef TICKSTORM_BENCH_BENCH_CASES_H
#define TICKSTORM_BENCH_BENCH_CASES_H

#include "tools/bench/bench.h"

#define BENCH_CASES(X)                                                                             \
    X(bytes_per_update, "how many bytes an update takes, and what a range coder would make of it") \
    X(client_snapshot, "a snapshot's way through the codec and into a client")                     \
    X(enet_floor, "a datagram through the transport, and how much more than a bare one it costs")  \
    X(hostile, "what each kind of hostile datagram costs a server")                                \
    X(player_visit, "a player who comes and goes, by how many are there")                          \
    X(pool_dispatch, "an empty parallel-for, from call to return")                                 \
    X(sim_tick, "a tick of the world per entity, and the workers' speed-up")                       \
    X(snapshot_encode, "interest and encoding of one client's snapshot")                           \
    X(udp_floor, "a datagram through the kernel alone, in batches")

#define BENCH_DECLARE(name, summary) void bench_##name(Bench *bench);
BENCH_CASES(BENCH_DECLARE)

#endif
