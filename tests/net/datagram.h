// SPDX-License-Identifier: MIT
// datagram.h -- builds datagrams byte by byte as ENet's protocol describes them, without ENet.
//
// Flow:    datagram_begin() -> one datagram_... per command -> bytes, size
// Threads: pure functions.
#ifndef TICKSTORM_TESTS_NET_DATAGRAM_H
#define TICKSTORM_TESTS_NET_DATAGRAM_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DATAGRAM_NO_PEER   0xfffu
#define DATAGRAM_SENT_TIME 0x8000u
#define DATAGRAM_CONTROL   0xffu

typedef struct Datagram {
    uint8_t bytes[4096];
    size_t size;
} Datagram;

static inline void datagram_u8(Datagram *datagram, uint32_t value) {
    assert(datagram->size < sizeof datagram->bytes);
    datagram->bytes[datagram->size++] = (uint8_t)value;
}

static inline void datagram_u16(Datagram *datagram, uint32_t value) {
    datagram_u8(datagram, value >> 8);
    datagram_u8(datagram, value & 0xff);
}

static inline void datagram_u32(Datagram *datagram, uint32_t value) {
    datagram_u16(datagram, value >> 16);
    datagram_u16(datagram, value & 0xffff);
}

static inline void datagram_fill(Datagram *datagram, size_t size) {
    assert(datagram->size + size <= sizeof datagram->bytes);
    memset(&datagram->bytes[datagram->size], 0x5a, size);
    datagram->size += size;
}

// Includes the time when DATAGRAM_SENT_TIME is set in the peer's word.
static inline void datagram_begin(Datagram *datagram, uint32_t peer_word) {
    datagram->size = 0;
    datagram_u16(datagram, peer_word);
    if ((peer_word & DATAGRAM_SENT_TIME) != 0) {
        datagram_u16(datagram, 1000);
    }
}

static inline void datagram_command(Datagram *datagram, uint32_t byte, uint32_t channel,
                                    uint32_t sequence) {
    datagram_u8(datagram, byte);
    datagram_u8(datagram, channel);
    datagram_u16(datagram, sequence);
}

// The fields that a connection request and its answer share.
static inline void datagram_terms(Datagram *datagram, uint32_t peer, uint32_t session,
                                  uint32_t connect_id) {
    datagram_u16(datagram, peer);
    datagram_u8(datagram, session);
    datagram_u8(datagram, session);
    datagram_u32(datagram, 1200);  // MTU
    datagram_u32(datagram, 65536); // window
    datagram_u32(datagram, 2);     // channels
    datagram_u32(datagram, 0);     // bandwidths
    datagram_u32(datagram, 0);
    datagram_u32(datagram, 5000); // throttle: interval, acceleration, deceleration
    datagram_u32(datagram, 2);
    datagram_u32(datagram, 0);
    datagram_u32(datagram, connect_id);
}

static inline void datagram_connect(Datagram *datagram, uint32_t connect_id) {
    datagram_command(datagram, 0x82, DATAGRAM_CONTROL, 1);
    datagram_terms(datagram, 0, 0xff, connect_id);
    datagram_u32(datagram, 0);
}

static inline void datagram_verify_connect(Datagram *datagram, uint32_t peer, uint32_t connect_id) {
    datagram_command(datagram, 0x83, DATAGRAM_CONTROL, 1);
    datagram_terms(datagram, peer, 1, connect_id);
}

static inline void datagram_acknowledge(Datagram *datagram, uint32_t channel, uint32_t sequence) {
    datagram_command(datagram, 0x01, channel, sequence);
    datagram_u16(datagram, sequence);
    datagram_u16(datagram, 1000);
}

static inline void datagram_disconnect(Datagram *datagram, uint32_t sequence, uint32_t data) {
    datagram_command(datagram, 0x84, DATAGRAM_CONTROL, sequence);
    datagram_u32(datagram, data);
}

static inline void datagram_ping(Datagram *datagram, uint32_t sequence) {
    datagram_command(datagram, 0x85, DATAGRAM_CONTROL, sequence);
}

static inline void datagram_reliable(Datagram *datagram, uint32_t sequence, size_t size) {
    datagram_command(datagram, 0x86, 0, sequence);
    datagram_u16(datagram, (uint32_t)size);
    datagram_fill(datagram, size);
}

static inline void datagram_unsequenced(Datagram *datagram, uint32_t group, size_t size) {
    datagram_command(datagram, 0x49, 1, 0);
    datagram_u16(datagram, group);
    datagram_u16(datagram, (uint32_t)size);
    datagram_fill(datagram, size);
}

static inline void datagram_bandwidth_limit(Datagram *datagram, uint32_t sequence,
                                            uint32_t bytes_per_s) {
    datagram_command(datagram, 0x8a, DATAGRAM_CONTROL, sequence);
    datagram_u32(datagram, bytes_per_s);
    datagram_u32(datagram, bytes_per_s);
}

static inline void datagram_throttle_configure(Datagram *datagram, uint32_t sequence) {
    datagram_command(datagram, 0x8b, DATAGRAM_CONTROL, sequence);
    datagram_u32(datagram, 1);
    datagram_u32(datagram, 0);
    datagram_u32(datagram, 32);
}

static inline void datagram_fragment(Datagram *datagram, uint32_t byte, uint32_t sequence,
                                     uint32_t count) {
    datagram_command(datagram, byte, 0, sequence);
    datagram_u16(datagram, sequence);
    datagram_u16(datagram, 0);     // bytes in this fragment
    datagram_u32(datagram, count); // fragments
    datagram_u32(datagram, 0);     // number of this one
    datagram_u32(datagram, 1);     // bytes in all
    datagram_u32(datagram, 0);     // offset
}

#endif
