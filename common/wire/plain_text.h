// SPDX-License-Identifier: MIT
// plain_text.h -- cleans untrusted text for display: names and chat.
//
// Threads: pure functions on the caller's buffers.
// Trust:   the input may be any bytes. The output is valid UTF-8 without control, bidirectional,
//          zero-width and other invisible characters, with single spaces as the only blanks.
#ifndef TICKSTORM_WIRE_PLAIN_TEXT_H
#define TICKSTORM_WIRE_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define PLAIN_TEXT_BYTES_MAX 120 // of the longest text that is checked, without terminator

// Drops characters that are not allowed, trims blanks, and cuts to capacity - 1 bytes at a
// character. Returns the length, which may be 0; the rest of out is zeroed.
size_t plain_text_clean(char *out, size_t capacity, const char *text, size_t size);

// Whether the text ends within capacity and plain_text_clean() would not change it. capacity is at
// most PLAIN_TEXT_BYTES_MAX + 1.
bool plain_text_is_valid(const char *text, size_t capacity);

#endif
