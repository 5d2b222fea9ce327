// SPDX-License-Identifier: MIT
#include "wire/bits.h"

// The value bits of each class of bit_write_class().
static const uint8_t CLASS_BITS[4] = {2, 6, 12, 32};

static uint32_t class_of(uint32_t value) {
    return value < 1u << 2 ? 0 : value < 1u << 6 ? 1 : value < 1u << 12 ? 2 : 3;
}

void bit_writer_init(BitWriter *writer, uint8_t *buffer, size_t capacity_bytes) {
    *writer = (BitWriter){.buffer = buffer, .capacity_bits = capacity_bytes * 8};
}

void bit_write_tail(const BitWriter *writer, uint64_t value, uint32_t count) {
    size_t byte = writer->bit_count >> 3;
    uint32_t shift = writer->bit_count & 7;
    while (count > 0) {
        const uint32_t room = 8 - shift;
        const uint32_t kept = writer->buffer[byte] & ((1u << shift) - 1);
        writer->buffer[byte] = (uint8_t)(kept | value << shift);
        value >>= room;
        count -= count < room ? count : room;
        shift = 0;
        byte++;
    }
}

void bit_write_u64(BitWriter *writer, uint64_t value) {
    bit_write_wide(writer, value, 64);
}

void bit_write_signed(BitWriter *writer, int32_t value, uint32_t count) {
    assert(count >= 1 && count <= 32);
    const uint32_t bits = bits_from_signed(value, count);
    assert(bits_to_signed(bits, count) == value);
    bit_write(writer, bits, count);
}

void bit_write_class(BitWriter *writer, uint32_t value) {
    const uint32_t class = class_of(value);
    bit_write_wide(writer, class | (uint64_t)value << 2, 2u + CLASS_BITS[class]);
}

void bit_write_bits(BitWriter *writer, const uint8_t *bits, size_t bit_count) {
    BitReader reader = {.buffer = bits, .size_bits = bit_count};
    if (writer->has_overflowed || bit_count > writer->capacity_bits - writer->bit_count) {
        writer->has_overflowed = true;
        return;
    }
    for (; bit_count >= 64; bit_count -= 64) {
        bit_write_wide(writer, bit_read_wide(&reader, 64), 64);
    }
    bit_write_wide(writer, bit_read_wide(&reader, (uint32_t)bit_count), (uint32_t)bit_count);
}

void bit_rewrite(BitWriter *writer, size_t position_bits, uint32_t value, uint32_t count) {
    assert(position_bits + count <= writer->bit_count);
    for (uint32_t i = 0; i < count; i++) {
        const size_t position = position_bits + i;
        const uint32_t mask = 1u << (position & 7);
        const uint32_t others = writer->buffer[position >> 3] & ~mask;
        writer->buffer[position >> 3] = (uint8_t)(others | (value >> i & 1) << (position & 7));
    }
}

size_t bit_writer_finish(BitWriter *writer) {
    bit_write(writer, 0, (uint32_t)(-writer->bit_count & 7));
    return writer->has_overflowed ? 0 : writer->bit_count / 8;
}

void bit_reader_init(BitReader *reader, const uint8_t *buffer, size_t size_bytes) {
    *reader = (BitReader){.buffer = buffer, .size_bits = size_bytes * 8};
}

uint64_t bit_read_tail(const BitReader *reader, uint32_t count) {
    size_t byte = reader->bit_position >> 3;
    uint32_t shift = reader->bit_position & 7;
    uint64_t value = 0;
    for (uint32_t done = 0; done < count;) {
        value |= (uint64_t)(reader->buffer[byte] >> shift) << done;
        done += 8 - shift;
        shift = 0;
        byte++;
    }
    return value;
}

uint64_t bit_read_u64(BitReader *reader) {
    return bit_read_wide(reader, 64);
}

int32_t bit_read_signed(BitReader *reader, uint32_t count) {
    assert(count >= 1 && count <= 32);
    return bits_to_signed(bit_read(reader, count), count);
}

uint32_t bit_read_class(BitReader *reader) {
    return bit_read(reader, CLASS_BITS[bit_read(reader, 2)]);
}

bool bit_reader_is_finished(const BitReader *reader) {
    const size_t left = reader->size_bits - reader->bit_position;
    if (reader->has_failed || left > 7) {
        return false;
    }
    return left == 0 || reader->buffer[reader->bit_position >> 3] >> (8 - left) == 0;
}
