// SPDX-License-Identifier: MIT
// The server's cost of each kind of hostile datagram, sent by a connected client. The costliest
// kind shows how many datagrams a second keep a core busy. Virtual time and an in-memory network:
// the kernel's share is not included.
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/datagram.h"
#include "net/hostile.h"
#include "net/memnet.h"
#include "net/transport.h"
#include "tools/bench/bench_cases.h"

#define SERVER_PORT   7777
#define ATTACKER_PORT 666
#define PEERS         1024
#define DATAGRAMS     2048 // per repetition, one poll's worth
#define STEP_NS       (5 * NS_PER_MS)

// The kinds that leave the attacker connected, so that every datagram of a repetition meets the
// same server. Oversize datagrams are handled by the kernel.
static const struct {
    HostileKind kind;
    const char *name;
} measured[] = {
    {HOSTILE_RANDOM, "hostile/random"},
    {HOSTILE_CONNECT, "hostile/connect"},
    {HOSTILE_BAD_CONNECT, "hostile/bad_connect"},
    {HOSTILE_FRAGMENT, "hostile/fragment"},
    {HOSTILE_PINGS, "hostile/pings"},
    {HOSTILE_AHEAD, "hostile/reliables_ahead"},
    {HOSTILE_AGAIN, "hostile/reliables_again"},
    {HOSTILE_ACKS, "hostile/acknowledgements"},
};

typedef struct Target {
    Memnet *net;
    Transport *server;
    Hostile hostile;
    uint32_t peer; // first word of the attacker's datagrams
} Target;

static void inject(const Target *target, uint16_t from_port, const void *bytes, size_t size) {
    const ImpairRoute route = {.from = net_address_loopback(from_port),
                               .to = net_address_loopback(SERVER_PORT)};
    memnet_inject(target->net, &route, bytes, size);
}

static uint32_t step(Target *target) {
    TransportEvent event;
    uint32_t connected = 0;
    memnet_advance(target->net, STEP_NS);
    transport_poll(target->server, memnet_now_ns(target->net));
    while (transport_next_event(target->server, &event)) {
        connected += event.type == TRANSPORT_CONNECTED;
    }
    return connected;
}

// Every field of ENet's handshake can be guessed by an attacker.
static bool connect_attacker(Target *target) {
    Datagram datagram;
    datagram_begin(&datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
    datagram_connect(&datagram, 1);
    inject(target, ATTACKER_PORT, datagram.bytes, datagram.size);
    (void)step(target);
    target->peer = 0;
    datagram_begin(&datagram, target->peer);
    datagram_acknowledge(&datagram, DATAGRAM_CONTROL, 1);
    inject(target, ATTACKER_PORT, datagram.bytes, datagram.size);
    return step(target) == 1;
}

static bool open_target(Target *target, uint64_t seed) {
    *target = (Target){.net = memnet_create(seed, NULL), .hostile = hostile_seeded(seed)};
    if (target->net == NULL) {
        return false;
    }
    memnet_install(target->net);
    const TransportListenConfig config = {.port = SERVER_PORT, .peer_capacity = PEERS};
    return transport_listen(&target->server, &config) == TRANSPORT_OK && connect_attacker(target);
}

static void close_target(Target *target) {
    transport_close(target->server);
    if (target->net != NULL) {
        memnet_uninstall(target->net);
        memnet_destroy(target->net);
    }
}

// CPU nanoseconds per datagram, over the datagrams of one poll.
static double measure(Target *target, HostileKind kind) {
    static uint8_t buffer[HOSTILE_BYTES_MAX];
    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        const size_t size = hostile_make(&target->hostile, kind, target->peer, buffer);
        // A flood of requests comes from many addresses, all else from the connected client.
        const uint16_t port =
            kind == HOSTILE_CONNECT ? (uint16_t)(1024 + i) : (uint16_t)ATTACKER_PORT;
        inject(target, port, buffer, size);
    }
    const uint64_t start_ns = clock_thread_cpu_ns();
    (void)step(target);
    return (double)(clock_thread_cpu_ns() - start_ns) / DATAGRAMS;
}

static void measure_kind(Bench *bench, HostileKind kind, const char *name) {
    double samples[BENCH_REPETITIONS_MAX];
    for (uint32_t i = 0; i < bench->repetitions; i++) {
        Target target;
        if (!open_target(&target, i)) {
            bench_fail(bench, name, "cannot connect");
            close_target(&target);
            return;
        }
        samples[i] = measure(&target, kind);
        close_target(&target);
    }
    bench_record(bench, name, "ns/datagram", samples, bench->repetitions);
}

void bench_hostile(Bench *bench) {
    if (transport_initialize() != TRANSPORT_OK) {
        bench_fail(bench, "hostile", "ENet does not start");
        return;
    }
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        measure_kind(bench, measured[i].kind, measured[i].name);
    }
    transport_deinitialize();
}
