// SPDX-License-Identifier: MIT
#include "wire/frame.h"

#include "wire/plain_text.h"

BitWriter frame_begin(uint8_t *buffer, MessageType type) {
    BitWriter writer;
    bit_writer_init(&writer, buffer, PAYLOAD_BYTES_MAX);
    bit_write(&writer, (uint32_t)type, 8);
    return writer;
}

size_t frame_finish(BitWriter *writer) {
    const size_t size = bit_writer_finish(writer);
    assert(size > 0);
    return size;
}

BitReader frame_open(const uint8_t *data, size_t size, MessageType type) {
    BitReader reader;
    bit_reader_init(&reader, data, size);
    if (size > PAYLOAD_BYTES_MAX || bit_read(&reader, 8) != (uint32_t)type) {
        reader.has_failed = true;
    }
    return reader;
}

void frame_write_text(BitWriter *writer, const char *text, size_t capacity) {
    const size_t length = strnlen(text, capacity);
    assert(length < capacity);
    bit_write(writer, (uint32_t)length, 8);
    bit_write_bits(writer, (const uint8_t *)text, length * 8);
}

size_t frame_read_text(BitReader *reader, char *text, size_t capacity) {
    const size_t length = bit_read(reader, 8);
    memset(text, 0, capacity);
    if (length >= capacity) {
        reader->has_failed = true;
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)bit_read(reader, 8);
    }
    return length;
}

size_t frame_read_plain_text(BitReader *reader, char *text, size_t capacity) {
    const size_t length = frame_read_text(reader, text, capacity);
    // A NUL within the text makes it end early.
    if (strnlen(text, capacity) != length || !plain_text_is_valid(text, capacity)) {
        reader->has_failed = true;
    }
    return length;
}
