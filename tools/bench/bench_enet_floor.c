// SPDX-License-Identifier: MIT
// The traffic of udp_floor.h through the transport: guard, ENet, seam. Its cost above that of the
// bare system calls with the same bytes, which are measured in turns with it.
#include "base/clock.h"
#include "net/transport.h"
#include "tools/bench/bench_cases.h"
#include "tools/bench/udp_floor.h"

#define ROUNDS         20 // per repetition
#define CONNECT_ROUNDS 20000

typedef struct EnetFloor {
    Transport *server;
    Transport *clients[FLOOR_PEERS];
    PeerHandle peers[FLOOR_PEERS];
    uint32_t peer_count;
} EnetFloor;

static void close_all(EnetFloor *floor) {
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        transport_close(floor->clients[i]);
    }
    transport_close(floor->server);
}

static uint32_t poll_client(Transport *client) {
    uint32_t messages = 0;
    TransportEvent event;
    transport_poll(client, clock_now_ns());
    while (transport_next_event(client, &event)) {
        messages += event.type == TRANSPORT_MESSAGE;
    }
    return messages;
}

static bool open_all(EnetFloor *floor) {
    const TransportListenConfig config = {.bind_address = "127.0.0.1",
                                          .peer_capacity = FLOOR_PEERS};
    if (transport_listen(&floor->server, &config) != TRANSPORT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        const uint16_t port = transport_port(floor->server);
        if (transport_connect(&floor->clients[i], "127.0.0.1", port) != TRANSPORT_OK) {
            return false;
        }
    }
    for (uint32_t i = 0; i < CONNECT_ROUNDS && floor->peer_count < FLOOR_PEERS; i++) {
        for (uint32_t j = 0; j < FLOOR_PEERS; j++) {
            (void)poll_client(floor->clients[j]);
        }
        TransportEvent event;
        transport_poll(floor->server, clock_now_ns());
        while (transport_next_event(floor->server, &event)) {
            if (event.type == TRANSPORT_CONNECTED) {
                floor->peers[floor->peer_count++] = event.peer;
            }
        }
    }
    return floor->peer_count == FLOOR_PEERS;
}

static uint32_t receive_all(EnetFloor *floor) {
    uint32_t messages = 0;
    TransportEvent event;
    transport_poll(floor->server, clock_now_ns());
    while (transport_next_event(floor->server, &event)) {
        messages += event.type == TRANSPORT_MESSAGE;
    }
    return messages;
}

static uint32_t send_all(EnetFloor *floor, const uint8_t *snapshot) {
    uint32_t sent = 0;
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        sent += transport_send(floor->server, floor->peers[i], TRANSPORT_UNSEQUENCED, snapshot,
                               FLOOR_SNAPSHOT_BYTES);
    }
    transport_flush(floor->server);
    return sent;
}

static bool enet_round(EnetFloor *floor, FloorRound *out) {
    const uint8_t bytes[FLOOR_SNAPSHOT_BYTES] = {0};
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        (void)transport_send(floor->clients[i], transport_server_peer(floor->clients[i]),
                             TRANSPORT_UNSEQUENCED, bytes, FLOOR_INPUT_BYTES);
        transport_flush(floor->clients[i]);
    }
    const uint64_t start_ns = clock_thread_cpu_ns();
    const uint32_t received = receive_all(floor);
    const uint64_t received_ns = clock_thread_cpu_ns();
    const uint32_t sent = send_all(floor, bytes);
    const uint64_t end_ns = clock_thread_cpu_ns();
    uint32_t arrived = 0;
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        arrived += poll_client(floor->clients[i]);
    }
    *out = (FloorRound){.receive_ns = received_ns - start_ns, .send_ns = end_ns - received_ns};
    return received == FLOOR_PEERS && sent == FLOOR_PEERS && arrived == FLOOR_PEERS;
}

// One repetition: rounds of both kinds in turns. False when a datagram went missing.
static bool measure(EnetFloor *enet, UdpFloor *udp, FloorRound *enet_sum, FloorRound *udp_sum) {
    *enet_sum = *udp_sum = (FloorRound){0};
    for (uint32_t i = 0; i < ROUNDS; i++) {
        FloorRound through_enet, bare;
        if (!enet_round(enet, &through_enet) || !udp_floor_round(udp, &bare)) {
            return false;
        }
        enet_sum->receive_ns += through_enet.receive_ns;
        enet_sum->send_ns += through_enet.send_ns;
        udp_sum->receive_ns += bare.receive_ns;
        udp_sum->send_ns += bare.send_ns;
    }
    return true;
}

static void report(Bench *bench, EnetFloor *enet, UdpFloor *udp) {
    double receive_ns[BENCH_REPETITIONS_MAX], send_ns[BENCH_REPETITIONS_MAX];
    double ratio[BENCH_REPETITIONS_MAX];
    for (uint32_t i = 0; i < bench->repetitions; i++) {
        FloorRound through_enet, bare;
        if (!measure(enet, udp, &through_enet, &bare)) {
            bench_fail(bench, "enet_floor", "datagrams went missing");
            return;
        }
        receive_ns[i] = (double)through_enet.receive_ns / (ROUNDS * FLOOR_PEERS);
        send_ns[i] = (double)through_enet.send_ns / (ROUNDS * FLOOR_PEERS);
        ratio[i] = (double)(through_enet.receive_ns + through_enet.send_ns) /
                   (double)(bare.receive_ns + bare.send_ns);
    }
    bench_record(bench, "enet_floor/receive", "ns/datagram", receive_ns, bench->repetitions);
    bench_record(bench, "enet_floor/send", "ns/datagram", send_ns, bench->repetitions);
    bench_record(bench, "enet_floor/ratio", "x bare UDP", ratio, bench->repetitions);
}

void bench_enet_floor(Bench *bench) {
    if (transport_initialize() != TRANSPORT_OK) {
        bench_fail(bench, "enet_floor", "ENet does not start");
        return;
    }
    EnetFloor enet = {0};
    UdpFloor *udp = udp_floor_create();
    if (udp == NULL || !open_all(&enet)) {
        bench_fail(bench, "enet_floor", "cannot connect the clients");
    } else {
        report(bench, &enet, udp);
    }
    if (udp != NULL) {
        udp_floor_destroy(udp);
    }
    close_all(&enet);
    transport_deinitialize();
}
