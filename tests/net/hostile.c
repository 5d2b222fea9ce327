// SPDX-License-Identifier: MIT
#include "net/hostile.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/datagram.h"

#define SOURCES_MAX    1024u
#define BURST          64u
#define OURS_BYTES_MAX 1200u
#define COMMANDS_MAX   32u

Hostile hostile_seeded(uint64_t seed) {
    return (Hostile){.rng = rng_seeded(seed)};
}

static uint32_t any_below(Hostile *hostile, uint32_t bound) {
    return rng_below(&hostile->rng, bound);
}

static void randomize(Hostile *hostile, uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)rng_next(&hostile->rng);
    }
}

static void make_ours(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    switch (any_below(hostile, 4)) {
    case 0:
        datagram_begin(datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
        datagram_connect(datagram, (uint32_t)rng_next(&hostile->rng));
        break;
    case 1:
        datagram_begin(datagram, peer);
        datagram_unsequenced(datagram, any_below(hostile, 65536), 1 + any_below(hostile, 200));
        break;
    case 2:
        datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
        datagram_acknowledge(datagram, 0, any_below(hostile, 65536));
        datagram_reliable(datagram, any_below(hostile, 65536), 1 + any_below(hostile, 200));
        break;
    default:
        datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
        datagram_ping(datagram, any_below(hostile, 65536));
        break;
    }
}

static void make_mutated(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    make_ours(hostile, peer, datagram);
    for (uint32_t left = 1 + any_below(hostile, 4); left > 0; left--) {
        // Mostly in the headers, where it matters.
        const uint32_t reach = any_below(hostile, 4) > 0 ? 16 : OURS_BYTES_MAX;
        const uint32_t bound = reach < datagram->size ? reach : (uint32_t)datagram->size;
        datagram->bytes[any_below(hostile, bound)] = (uint8_t)rng_next(&hostile->rng);
    }
}

static void make_bad_connect(Hostile *hostile, Datagram *datagram) {
    datagram_begin(datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
    datagram_connect(datagram, (uint32_t)rng_next(&hostile->rng));
    const size_t terms = 8;
    const size_t at = terms + any_below(hostile, (uint32_t)(datagram->size - terms));
    datagram->bytes[at] ^= (uint8_t)(1 + any_below(hostile, 255));
}

static void make_fragments(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
    while (datagram->size + 24 <= OURS_BYTES_MAX) {
        datagram_fragment(datagram, any_below(hostile, 2) == 0 ? 0x88 : 0x0c,
                          any_below(hostile, 65536), 1u << 20);
    }
}

static void make_pings(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    const uint32_t count = 1 + any_below(hostile, 290);
    datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
    for (uint32_t i = 0; i < count; i++) {
        datagram_ping(datagram, i);
    }
}

static void make_ahead(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
    while (datagram->size + 7 <= OURS_BYTES_MAX) {
        datagram_reliable(datagram, any_below(hostile, 28670), any_below(hostile, 2));
    }
}

static void make_again(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
    for (uint32_t i = 0; i < COMMANDS_MAX; i++) {
        // Never the first one, which would let all others through.
        datagram_reliable(datagram, 2 + any_below(hostile, 63), 1);
    }
}

static void make_acks(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    datagram_begin(datagram, peer);
    for (uint32_t i = 0; i < COMMANDS_MAX; i++) {
        datagram_acknowledge(datagram, 0, any_below(hostile, 65536));
    }
}

static void make_control(Hostile *hostile, uint32_t peer, Datagram *datagram) {
    datagram_begin(datagram, peer | DATAGRAM_SENT_TIME);
    switch (any_below(hostile, 3)) {
    case 0:
        datagram_throttle_configure(datagram, any_below(hostile, 65536));
        break;
    case 1:
        datagram_bandwidth_limit(datagram, any_below(hostile, 65536), any_below(hostile, 1000));
        break;
    default:
        datagram_disconnect(datagram, any_below(hostile, 65536), any_below(hostile, 16));
        break;
    }
}

static size_t make_bytes(Hostile *hostile, HostileKind kind, uint8_t *buffer) {
    size_t size = any_below(hostile, 2 * OURS_BYTES_MAX);
    if (kind == HOSTILE_OVERSIZE) {
        size = OURS_BYTES_MAX + 1 + any_below(hostile, HOSTILE_BYTES_MAX - OURS_BYTES_MAX);
    }
    memset(buffer, 0, size);
    if (kind != HOSTILE_ZEROES) {
        randomize(hostile, buffer, size < 64 ? size : 64); // the rest is never read
    }
    return size;
}

size_t hostile_make(Hostile *hostile, HostileKind kind, uint32_t peer, uint8_t *buffer) {
    Datagram datagram = {.size = 0};
    peer &= 0x3fff;
    hostile->made[kind]++;
    switch (kind) {
    case HOSTILE_MUTATED:
        make_mutated(hostile, peer, &datagram);
        break;
    case HOSTILE_TRUNCATED:
        make_ours(hostile, peer, &datagram);
        datagram.size = any_below(hostile, (uint32_t)datagram.size);
        break;
    case HOSTILE_CONNECT:
        datagram_begin(&datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
        datagram_connect(&datagram, (uint32_t)rng_next(&hostile->rng));
        break;
    case HOSTILE_BAD_CONNECT:
        make_bad_connect(hostile, &datagram);
        break;
    case HOSTILE_FRAGMENT:
        make_fragments(hostile, peer, &datagram);
        break;
    case HOSTILE_PINGS:
        make_pings(hostile, peer, &datagram);
        break;
    case HOSTILE_AHEAD:
        make_ahead(hostile, peer, &datagram);
        break;
    case HOSTILE_AGAIN:
        make_again(hostile, peer, &datagram);
        break;
    case HOSTILE_ACKS:
        make_acks(hostile, peer, &datagram);
        break;
    case HOSTILE_CONTROL:
        make_control(hostile, peer, &datagram);
        break;
    default:
        return make_bytes(hostile, kind, buffer);
    }
    memcpy(buffer, datagram.bytes, datagram.size);
    return datagram.size;
}

size_t hostile_make_any(Hostile *hostile, uint8_t *buffer) {
    HostileKind kind = (HostileKind)any_below(hostile, HOSTILE_KIND_COUNT);
    if (kind == HOSTILE_OVERSIZE && any_below(hostile, 8) != 0) {
        kind = HOSTILE_RANDOM;
    }
    const uint32_t peer = any_below(hostile, 4096) | any_below(hostile, 4) << 12;
    return hostile_make(hostile, kind, peer, buffer);
}

static uint32_t open_sources(int *descriptors, uint32_t count, const NetAddress *target) {
    const int family = net_address_is_ipv4(target) ? AF_INET : AF_INET6;
    SocketName name;
    const socklen_t size = net_address_to_sockaddr(target, family, &name);
    for (uint32_t i = 0; i < count; i++) {
        descriptors[i] = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptors[i] < 0) {
            return i;
        }
        if (connect(descriptors[i], &name.any, size) != 0) {
            (void)close(descriptors[i]);
            return i;
        }
    }
    return count;
}

uint64_t hostile_flood(Hostile *hostile, const NetAddress *target, uint64_t count, uint32_t sources,
                       void (*throttle)(void *context), void *context) {
    static _Thread_local uint8_t buffer[HOSTILE_BYTES_MAX];
    int descriptors[SOURCES_MAX];
    assert(sources > 0 && sources <= SOURCES_MAX);
    const uint32_t opened = open_sources(descriptors, sources, target);
    uint64_t taken = 0;
    for (uint64_t i = 0; i < count && opened > 0; i++) {
        const size_t size = hostile_make_any(hostile, buffer);
        const int from = descriptors[any_below(hostile, opened)];
        taken += send(from, buffer, size, MSG_NOSIGNAL) >= 0;
        if (throttle != NULL && i % BURST == BURST - 1) {
            throttle(context);
        }
    }
    for (uint32_t i = 0; i < opened; i++) {
        (void)close(descriptors[i]);
    }
    return taken;
}
