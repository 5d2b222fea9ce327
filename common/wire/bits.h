// SPDX-License-Identifier: MIT
// bits.h -- reading and writing packed little-endian bits.
//
// Threads: pure functions on the caller's buffers.
// Trust:   a reader never reads outside its buffer: past the end it yields zeros and sets
// has_failed,
//          which the caller checks once, at the end. A writer that runs out of room sets
//          has_overflowed and writes nothing further.
// Order:   the first bit written is bit 0 of byte 0.
#ifndef TICKSTORM_WIRE_BITS_H
#define TICKSTORM_WIRE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct BitWriter {
    uint8_t *buffer;
    size_t capacity_bits;
    size_t bit_count; // written so far
    bool has_overflowed;
} BitWriter;

typedef struct BitReader {
    const uint8_t *buffer;
    size_t size_bits;
    size_t bit_position;
    bool has_failed;
} BitReader;

void bit_writer_init(BitWriter *writer, uint8_t *buffer, size_t capacity_bytes);
// Low `count` bits of value, count 0..32; bits above must be zero.
void bit_write(BitWriter *writer, uint32_t value, uint32_t count);
void bit_write_u64(BitWriter *writer, uint64_t value);
// Two's complement in `count` bits; the value must fit.
void bit_write_signed(BitWriter *writer, int32_t value, uint32_t count);
// Unsigned of any size in classes: 2 class bits, then 2, 6, 12 or 32 value bits. Small is cheap.
void bit_write_class(BitWriter *writer, uint32_t value);
// Appends bits that another writer produced.
void bit_write_bits(BitWriter *writer, const uint8_t *bits, size_t bit_count);
// Pads with zeros to a byte and returns the size in bytes; 0 after an overflow.
size_t bit_writer_finish(BitWriter *writer);

void bit_reader_init(BitReader *reader, const uint8_t *buffer, size_t size_bytes);
uint32_t bit_read(BitReader *reader, uint32_t count);
uint64_t bit_read_u64(BitReader *reader);
int32_t bit_read_signed(BitReader *reader, uint32_t count);
uint32_t bit_read_class(BitReader *reader);
// True when nothing failed and only the zero bits that pad the last byte are left.
bool bit_reader_is_finished(const BitReader *reader);

// What bit_write_class() costs.
uint32_t bit_class_cost(uint32_t value);

#endif
