// SPDX-License-Identifier: MIT
// bits.h -- reading and writing packed little-endian bits.
//
// Threads: pure functions on the caller's buffers.
// Trust:   a reader never reads outside its buffer: past the end it yields zeros and sets
//          has_failed, which the caller checks once, at the end. A writer that runs out of room
//          sets has_overflowed and writes nothing further.
// Order:   the first bit written is bit 0 of byte 0.
//
// Both work on unaligned 64-bit words while eight bytes are left and byte by byte behind that, so
// that no buffer needs slack. The functions of the hot path are inline.
#ifndef TICKSTORM_WIRE_BITS_H
#define TICKSTORM_WIRE_BITS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct BitWriter {
    uint8_t *buffer;
    size_t capacity_bits;
    size_t bit_count; // written so far
    bool has_overflowed;
} BitWriter;

#define BIT_PEEK_WIDE_BITS 57

typedef struct BitReader {
    const uint8_t *buffer;
    size_t size_bits;
    size_t bit_position;
    bool has_failed;
} BitReader;

void bit_writer_init(BitWriter *writer, uint8_t *buffer, size_t capacity_bytes);
// Low `count` bits of value, count 0..32; bits above must be zero.
static inline void bit_write(BitWriter *writer, uint32_t value, uint32_t count);
// The same for count 0..64: several fields put together by shifts leave in one go.
static inline void bit_write_wide(BitWriter *writer, uint64_t value, uint32_t count);
void bit_write_u64(BitWriter *writer, uint64_t value);
// Two's complement in `count` bits; the value must fit.
void bit_write_signed(BitWriter *writer, int32_t value, uint32_t count);
// An unsigned number in classes: 2 class bits, then 2, 6, 12 or 32 value bits. Small numbers take
// few bits.
void bit_write_class(BitWriter *writer, uint32_t value);
// Appends bits that another writer produced.
void bit_write_bits(BitWriter *writer, const uint8_t *bits, size_t bit_count);
// Replaces bits that were written earlier, as a count that is known only at the end.
void bit_rewrite(BitWriter *writer, size_t position_bits, uint32_t value, uint32_t count);
// Pads with zeros to a byte and returns the size in bytes; 0 after an overflow.
size_t bit_writer_finish(BitWriter *writer);

void bit_reader_init(BitReader *reader, const uint8_t *buffer, size_t size_bytes);
static inline uint32_t bit_read(BitReader *reader, uint32_t count);
// count 0..64.
static inline uint64_t bit_read_wide(BitReader *reader, uint32_t count);
// The next bits (count 0..32), without consuming them; zeros behind the end.
static inline uint32_t bit_peek(const BitReader *reader, uint32_t count);
// At least the next BIT_PEEK_WIDE_BITS bits, as bit_peek().
static inline uint64_t bit_peek_wide(const BitReader *reader);
// Consumes bits that were peeked at.
static inline void bit_skip(BitReader *reader, uint32_t count);
uint64_t bit_read_u64(BitReader *reader);
int32_t bit_read_signed(BitReader *reader, uint32_t count);
uint32_t bit_read_class(BitReader *reader);
// True when no read failed and only the zero bits that pad the last byte are left.
bool bit_reader_is_finished(const BitReader *reader);

// The signed number whose two's complement in `count` bits (1..32) is `bits`, and back.
static inline int32_t bits_to_signed(uint32_t bits, uint32_t count) {
    const uint32_t sign = 1u << (count - 1);
    return (int32_t)((bits ^ sign) - sign);
}

static inline uint32_t bits_from_signed(int32_t value, uint32_t count) {
    return (uint32_t)value & (uint32_t)(0xffffffffu >> (32 - count));
}

static inline uint64_t bits_load(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void bits_store(uint8_t *bytes, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(bytes, &word, sizeof word);
}

// For the last bytes of a buffer, where a 64-bit word does not fit.
void bit_write_tail(const BitWriter *writer, uint64_t value, uint32_t count);
uint64_t bit_read_tail(const BitReader *reader, uint32_t count);

static inline void bit_write_wide(BitWriter *writer, uint64_t value, uint32_t count) {
    assert(count <= 64 && (count == 64 || value >> count == 0));
    if (writer->has_overflowed || count > writer->capacity_bits - writer->bit_count) {
        writer->has_overflowed = true;
        return;
    }
    const size_t byte = writer->bit_count >> 3;
    const uint32_t shift = writer->bit_count & 7;
    if (byte * 8 + 72 <= writer->capacity_bits) {
        // Written bits of the first byte stay; those behind become zero or the value.
        const uint64_t kept = writer->buffer[byte] & ((1u << shift) - 1);
        bits_store(writer->buffer + byte, kept | value << shift);
        writer->buffer[byte + 8] = (uint8_t)(value >> 32 >> (32 - shift));
    } else {
        const BitWriter copy = *writer; // lets a caller keep its own in registers
        bit_write_tail(&copy, value, count);
    }
    writer->bit_count += count;
}

static inline void bit_write(BitWriter *writer, uint32_t value, uint32_t count) {
    assert(count <= 32);
    bit_write_wide(writer, value, count);
}

static inline uint64_t bit_read_wide(BitReader *reader, uint32_t count) {
    assert(count <= 64);
    if (reader->has_failed || count > reader->size_bits - reader->bit_position) {
        reader->has_failed = true;
        return 0;
    }
    const size_t byte = reader->bit_position >> 3;
    const uint32_t shift = reader->bit_position & 7;
    uint64_t value;
    if (byte * 8 + 72 <= reader->size_bits) {
        value = bits_load(reader->buffer + byte) >> shift | (uint64_t)reader->buffer[byte + 8]
                                                                << 32 << (32 - shift);
    } else {
        value = bit_read_tail(reader, count);
    }
    reader->bit_position += count;
    return count == 64 ? value : value & ((1ull << count) - 1);
}

static inline uint64_t bit_peek_wide(const BitReader *reader) {
    const size_t left = reader->has_failed ? 0 : reader->size_bits - reader->bit_position;
    const size_t byte = reader->bit_position >> 3;
    if (left > 0 && byte * 8 + 64 <= reader->size_bits) {
        return bits_load(reader->buffer + byte) >> (reader->bit_position & 7);
    }
    return bit_read_tail(reader, left < BIT_PEEK_WIDE_BITS ? (uint32_t)left : BIT_PEEK_WIDE_BITS);
}

static inline uint32_t bit_peek(const BitReader *reader, uint32_t count) {
    return (uint32_t)(bit_peek_wide(reader) & ((1ull << count) - 1));
}

static inline void bit_skip(BitReader *reader, uint32_t count) {
    if (reader->has_failed || count > reader->size_bits - reader->bit_position) {
        reader->has_failed = true;
        return;
    }
    reader->bit_position += count;
}

static inline uint32_t bit_read(BitReader *reader, uint32_t count) {
    assert(count <= 32);
    return (uint32_t)bit_read_wide(reader, count);
}

#endif
