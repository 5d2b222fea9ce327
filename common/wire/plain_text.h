// SPDX-License-Identifier: MIT
// plain_text.h -- text from strangers made fit to be shown: names and what is said.
//
// Threads: pure functions on the caller's buffers.
// Trust:   any bytes may come in. What comes out is valid UTF-8 without control, bidirectional,
//          zero-width and other invisible characters, with single spaces as the only blanks.
#ifndef TICKSTORM_WIRE_PLAIN_TEXT_H
#define TICKSTORM_WIRE_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define PLAIN_TEXT_BYTES_MAX 120 // without terminator: the longest that is ever checked

// Drops what has no place, trims blanks, and cuts to capacity - 1 bytes at a character. Returns the
// length, which may be 0; the rest of out is zeroed.
size_t plain_text_clean(char *out, size_t capacity, const char *text, size_t size);

// Whether the text ends within capacity and plain_text_clean() would leave it as it is. capacity
// is at most PLAIN_TEXT_BYTES_MAX + 1.
bool plain_text_is_valid(const char *text, size_t capacity);

#endif
