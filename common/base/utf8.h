// SPDX-License-Identifier: MIT
// utf8.h -- reads UTF-8, one character at a time.
//
// Threads: any; nothing is kept.
// Trust:   any bytes; overlong forms, surrogates and codes beyond U+10FFFF are invalid.
#ifndef TICKSTORM_BASE_UTF8_H
#define TICKSTORM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A decoded character and how many bytes it took; invalid bytes count one by one.
typedef struct Utf8Character {
    uint32_t code;
    uint32_t size;
    bool is_valid;
} Utf8Character;

// The character at the start of the text, which has at least one byte.
Utf8Character utf8_read(const uint8_t *text, size_t size);

#endif
