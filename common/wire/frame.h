// SPDX-License-Identifier: MIT
// frame.h -- the common parts of all messages: the type in front, the size, and text fields.
//
// Threads: pure functions on the caller's buffers.
// Trust:   readers set BitReader.has_failed, which the caller checks once, at the end.
#ifndef TICKSTORM_WIRE_FRAME_H
#define TICKSTORM_WIRE_FRAME_H

#include "base/limits.h"
#include "wire/bits.h"
#include "wire/message_type.h"

// The buffer must hold PAYLOAD_BYTES_MAX.
BitWriter frame_begin(uint8_t *buffer, MessageType type);
// The size in bytes. A message that outgrew its buffer is a bug.
size_t frame_finish(BitWriter *writer);

// A reader that stands behind the type byte; it has failed when the message is of another type or
// too long.
BitReader frame_open(const uint8_t *data, size_t size, MessageType type);

// Text: | length:8 | length bytes |
void frame_write_text(BitWriter *writer, const char *text, size_t capacity);
// The length; the rest of text is zeroed. Fails when the text does not fit with a terminator.
size_t frame_read_text(BitReader *reader, char *text, size_t capacity);
// The same, but fails when plain_text_clean() would change the text.
size_t frame_read_plain_text(BitReader *reader, char *text, size_t capacity);

static inline void frame_read_name(BitReader *reader, char name[PLAYER_NAME_BYTES + 1]) {
    (void)frame_read_plain_text(reader, name, PLAYER_NAME_BYTES + 1);
}

#endif
