// SPDX-License-Identifier: MIT
#include "net/memnet.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"

// No process has this many descriptors, so the two kinds cannot be confused.
#define DESCRIPTOR_BASE (1 << 28)
#define FIRST_PORT      40000u
#define PORTS           65536u

typedef struct MemnetSocket {
    bool is_open;
    uint16_t port; // 0: not bound yet
    uint32_t inbox_count;
    ImpairDatagram *inbox_head, *inbox_tail;
} MemnetSocket;

struct Memnet {
    uint64_t now_ns;
    Rng rng;
    Impair *impair;
    MemnetStats stats;
    MemnetTap tap;
    void *tap_context;
    uint32_t next_port;
    uint32_t socket_count; // ever used; closed ones are used again
    MemnetSocket sockets[MEMNET_SOCKETS_MAX];
    uint16_t socket_of_port[PORTS]; // index + 1; 0: no socket
};

_Thread_local Memnet *g_memnet;

static const ImpairConfig perfect_network;

Memnet *memnet_create(uint64_t seed, const ImpairConfig *impairment) {
    Memnet *net = calloc(1, sizeof *net);
    if (net == NULL) {
        return NULL;
    }
    net->impair = impair_create(impairment != NULL ? impairment : &perfect_network, seed,
                                MEMNET_DATAGRAMS_MAX);
    if (net->impair == NULL) {
        free(net);
        return NULL;
    }
    net->now_ns = NS_PER_S;
    net->rng = rng_seeded(seed ^ 0x6d656d6e6574ull);
    net->next_port = FIRST_PORT;
    return net;
}

static MemnetSocket *socket_of(const Memnet *net, int descriptor) {
    assert(memnet_owns(descriptor));
    const uint32_t index = (uint32_t)(descriptor - DESCRIPTOR_BASE);
    assert(index < net->socket_count && net->sockets[index].is_open);
    return (MemnetSocket *)&net->sockets[index];
}

static void inbox_clear(MemnetSocket *socket) {
    while (socket->inbox_head != NULL) {
        ImpairDatagram *datagram = socket->inbox_head;
        socket->inbox_head = datagram->next;
        impair_free(datagram);
    }
    socket->inbox_tail = NULL;
    socket->inbox_count = 0;
}

void memnet_destroy(Memnet *net) {
    if (net == NULL) {
        return;
    }
    assert(g_memnet != net);
    for (uint32_t i = 0; i < net->socket_count; i++) {
        inbox_clear(&net->sockets[i]);
    }
    impair_destroy(net->impair);
    free(net);
}

void memnet_install(Memnet *net) {
    g_memnet = net;
}

void memnet_uninstall(Memnet *net) {
    assert(g_memnet == net);
    g_memnet = NULL;
}

uint64_t memnet_now_ns(const Memnet *net) {
    return net->now_ns;
}

void memnet_set_impairment(Memnet *net, const ImpairConfig *impairment) {
    impair_set_config(net->impair, impairment != NULL ? impairment : &perfect_network);
}

void memnet_set_tap(Memnet *net, MemnetTap tap, void *context) {
    net->tap = tap;
    net->tap_context = context;
}

static bool is_ours(const NetAddress *address) {
    return net_address_is_ipv4(address)
               ? address->bytes[12] == IN_LOOPBACKNET
               : memcmp(address->bytes, &in6addr_loopback, sizeof address->bytes) == 0;
}

// Owns the datagram: moves it into the inbox of the socket on that port, or frees it.
static void deliver(Memnet *net, ImpairDatagram *datagram) {
    const uint16_t owner = net->socket_of_port[datagram->route.to.port];
    MemnetSocket *socket = owner != 0 ? &net->sockets[owner - 1] : NULL;
    if (socket == NULL || !is_ours(&datagram->route.to)) {
        net->stats.unreachable++;
        net->stats.unreachable_bytes += datagram->size;
        impair_free(datagram);
        return;
    }
    if (socket->inbox_count >= MEMNET_INBOX_MAX) {
        net->stats.overflowed++;
        impair_free(datagram);
        return;
    }
    datagram->next = NULL;
    if (socket->inbox_tail != NULL) {
        socket->inbox_tail->next = datagram;
    } else {
        socket->inbox_head = datagram;
    }
    socket->inbox_tail = datagram;
    socket->inbox_count++;
    net->stats.delivered++;
}

static void deliver_due(Memnet *net) {
    ImpairDatagram *datagram = NULL;
    while ((datagram = impair_next_due(net->impair, net->now_ns)) != NULL) {
        deliver(net, datagram);
    }
}

void memnet_advance(Memnet *net, uint64_t by_ns) {
    net->now_ns += by_ns;
    deliver_due(net);
}

MemnetStats memnet_stats(const Memnet *net) {
    const ImpairStats impaired = impair_stats(net->impair);
    MemnetStats stats = net->stats;
    stats.sent = impaired.submitted;
    stats.lost = impaired.lost;
    stats.duplicated = impaired.duplicated;
    stats.reordered = impaired.reordered;
    stats.overflowed += impaired.overflowed;
    return stats;
}

void memnet_inject(Memnet *net, const ImpairRoute *route, const void *bytes, size_t size) {
    ImpairDatagram *datagram = malloc(sizeof *datagram + size);
    assert(datagram != NULL);
    *datagram = (ImpairDatagram){.due_ns = net->now_ns, .route = *route, .size = size};
    if (size > 0) {
        memcpy(datagram->bytes, bytes, size);
    }
    deliver(net, datagram);
}

bool memnet_owns(int descriptor) {
    return descriptor >= DESCRIPTOR_BASE && descriptor < DESCRIPTOR_BASE + MEMNET_SOCKETS_MAX;
}

int memnet_open(Memnet *net) {
    uint32_t index = 0;
    while (index < net->socket_count && net->sockets[index].is_open) {
        index++;
    }
    if (index == MEMNET_SOCKETS_MAX) {
        return -1;
    }
    if (index == net->socket_count) {
        net->socket_count++;
    }
    net->sockets[index] = (MemnetSocket){.is_open = true};
    return DESCRIPTOR_BASE + (int)index;
}

void memnet_close(Memnet *net, int descriptor) {
    MemnetSocket *socket = socket_of(net, descriptor);
    inbox_clear(socket);
    if (socket->port != 0) {
        net->socket_of_port[socket->port] = 0;
    }
    *socket = (MemnetSocket){0};
}

static uint16_t free_port(Memnet *net) {
    for (uint32_t tries = 0; tries < PORTS - FIRST_PORT; tries++) {
        const uint32_t port = net->next_port;
        net->next_port = port + 1 < PORTS ? port + 1 : FIRST_PORT;
        if (net->socket_of_port[port] == 0) {
            return (uint16_t)port;
        }
    }
    return 0;
}

bool memnet_bind(Memnet *net, int descriptor, uint16_t port) {
    MemnetSocket *socket = socket_of(net, descriptor);
    assert(socket->port == 0);
    if (port == 0) {
        port = free_port(net);
    }
    if (port == 0 || net->socket_of_port[port] != 0) {
        return false;
    }
    socket->port = port;
    net->socket_of_port[port] = (uint16_t)(socket - net->sockets + 1);
    return true;
}

uint16_t memnet_port(const Memnet *net, int descriptor) {
    return socket_of(net, descriptor)->port;
}

static NetAddress source_for(const NetAddress *local, const NetAddress *to) {
    if (!net_address_is_any(local)) {
        return *local;
    }
    NetAddress source = net_address_loopback(0);
    if (!net_address_is_ipv4(to)) {
        memcpy(source.bytes, &in6addr_loopback, sizeof source.bytes);
    }
    return source;
}

void memnet_send(Memnet *net, int descriptor, const NetAddress *local, const NetAddress *to,
                 const void *bytes, size_t size) {
    if (socket_of(net, descriptor)->port == 0) {
        (void)memnet_bind(net, descriptor, 0);
    }
    ImpairRoute route = {.from = source_for(local, to), .to = *to};
    route.from.port = socket_of(net, descriptor)->port;
    if (net->tap != NULL) {
        net->tap(net->tap_context, &route, bytes, size);
    }
    impair_submit(net->impair, net->now_ns, &route, bytes, size);
}

ImpairDatagram *memnet_receive(Memnet *net, int descriptor) {
    deliver_due(net);
    MemnetSocket *socket = socket_of(net, descriptor);
    ImpairDatagram *datagram = socket->inbox_head;
    if (datagram != NULL) {
        socket->inbox_head = datagram->next;
        if (socket->inbox_head == NULL) {
            socket->inbox_tail = NULL;
        }
        socket->inbox_count--;
    }
    return datagram;
}

uint64_t memnet_random(Memnet *net) {
    return rng_next(&net->rng);
}
