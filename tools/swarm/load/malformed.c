// SPDX-License-Identifier: MIT
#include "tools/swarm/load/malformed.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "wire/message.h"

#define FLIPS_MAX            8u
#define DATAGRAM_NOISE_BYTES 64u
#define PEER_INDICES         256u // of a server's first peers, as some of these exist

static void append_noise(Rng *rng, MalformedPacket *packet, size_t size) {
    assert(packet->size + size <= sizeof packet->bytes);
    for (size_t i = 0; i < size; i++) {
        packet->bytes[packet->size++] = (uint8_t)rng_below(rng, 256);
    }
}

static void append(MalformedPacket *packet, const uint8_t *bytes, size_t size) {
    assert(packet->size + size <= sizeof packet->bytes);
    memcpy(&packet->bytes[packet->size], bytes, size);
    packet->size += size;
}

static void flip_bits(Rng *rng, MalformedPacket *packet) {
    for (uint32_t left = 1 + rng_below(rng, FLIPS_MAX); left > 0; left--) {
        const uint32_t bit = rng_below(rng, (uint32_t)packet->size * 8);
        packet->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

// A message type that only servers send, or one beyond all known types.
static uint8_t foreign_type(Rng *rng) {
    static const uint8_t of_servers[] = {MESSAGE_WELCOME, MESSAGE_SNAPSHOT, MESSAGE_EVENTS,
                                         MESSAGE_VERIFY_DETAIL};
    return rng_chance(rng, 0.5) ? of_servers[rng_below(rng, sizeof of_servers)]
                                : (uint8_t)(32 + rng_below(rng, 224));
}

static void make_hello(MalformedPacket *packet) {
    const HelloMessage hello = {
        .magic = PROTOCOL_MAGIC, .version = PROTOCOL_VERSION, .name = "again"};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    append(packet, buffer, hello_write(buffer, &hello));
}

static void make_peer_datagram(Rng *rng, MalformedPacket *packet) {
    const uint16_t session = (uint16_t)(rng_below(rng, 4) << 12);
    const uint16_t header = (uint16_t)(session | rng_below(rng, PEER_INDICES));
    const uint8_t bytes[] = {(uint8_t)(header >> 8), (uint8_t)header};
    append(packet, bytes, sizeof bytes);
    append_noise(rng, packet, 1 + rng_below(rng, DATAGRAM_NOISE_BYTES));
}

static void make_message(Rng *rng, const uint8_t *input, size_t input_size,
                         MalformedPacket *packet) {
    packet->channel = TRANSPORT_UNSEQUENCED;
    switch (packet->kind) {
    case MALFORMED_MUTATED:
        append(packet, input, input_size);
        flip_bits(rng, packet);
        return;
    case MALFORMED_TRUNCATED:
        append(packet, input, 1 + rng_below(rng, (uint32_t)input_size - 1));
        return;
    case MALFORMED_TRAILING:
        append(packet, input, input_size);
        append_noise(rng, packet, 1 + rng_below(rng, (uint32_t)(PAYLOAD_BYTES_MAX - input_size)));
        return;
    case MALFORMED_TYPE:
        append(packet, input, input_size);
        packet->bytes[0] = foreign_type(rng);
        return;
    case MALFORMED_CHANNEL:
        packet->channel = TRANSPORT_RELIABLE;
        append(packet, input, input_size);
        return;
    case MALFORMED_SECOND_HELLO:
        packet->channel = TRANSPORT_RELIABLE;
        make_hello(packet);
        return;
    default:
        append_noise(rng, packet, 1 + rng_below(rng, PAYLOAD_BYTES_MAX));
        return;
    }
}

void malformed_make(Rng *rng, const uint8_t *input, size_t input_size, MalformedPacket *packet) {
    assert(input_size > 1 && input_size < PAYLOAD_BYTES_MAX);
    packet->kind = (MalformedKind)rng_below(rng, MALFORMED_COUNT);
    packet->size = 0;
    packet->is_datagram = packet->kind >= MALFORMED_DATAGRAM;
    if (packet->kind == MALFORMED_DATAGRAM) {
        append_noise(rng, packet, 1 + rng_below(rng, DATAGRAM_BYTES_MAX));
    } else if (packet->kind == MALFORMED_DATAGRAM_OVERSIZE) {
        append_noise(rng, packet, DATAGRAM_BYTES_MAX + 1);
        append_noise(rng, packet, rng_below(rng, MALFORMED_BYTES_MAX - DATAGRAM_BYTES_MAX));
    } else if (packet->kind == MALFORMED_DATAGRAM_PEER) {
        make_peer_datagram(rng, packet);
    } else {
        make_message(rng, input, input_size, packet);
    }
}
