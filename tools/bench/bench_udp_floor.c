// SPDX-License-Identifier: MIT
#include "tools/bench/bench_cases.h"
#include "tools/bench/udp_floor.h"

#define ROUNDS 20 // per repetition

void bench_udp_floor(Bench *bench) {
    UdpFloor *floor = udp_floor_create();
    if (floor == NULL) {
        bench_fail(bench, "udp_floor", "cannot open the sockets");
        return;
    }
    double receive_ns[BENCH_REPETITIONS_MAX], send_ns[BENCH_REPETITIONS_MAX];
    for (uint32_t i = 0; i < bench->repetitions; i++) {
        FloorRound sum = {0};
        for (uint32_t j = 0; j < ROUNDS; j++) {
            FloorRound round;
            if (!udp_floor_round(floor, &round)) {
                bench_fail(bench, "udp_floor", "datagrams went missing");
                udp_floor_destroy(floor);
                return;
            }
            sum.receive_ns += round.receive_ns;
            sum.send_ns += round.send_ns;
        }
        receive_ns[i] = (double)sum.receive_ns / (ROUNDS * FLOOR_PEERS);
        send_ns[i] = (double)sum.send_ns / (ROUNDS * FLOOR_PEERS);
    }
    udp_floor_destroy(floor);
    bench_record(bench, "udp_floor/receive", "ns/datagram", receive_ns, bench->repetitions);
    bench_record(bench, "udp_floor/send", "ns/datagram", send_ns, bench->repetitions);
}
