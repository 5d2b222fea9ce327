// SPDX-License-Identifier: MIT
#include "wire/plain_text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

typedef struct CodeRange {
    uint32_t first, last;
} CodeRange;

static bool is_in_ranges(uint32_t code, const CodeRange *ranges, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

// Characters that are not allowed in a name: control, bidirectional, zero-width and invisible ones,
// with which a player could imitate another or garble a line of text.
static bool is_hidden(uint32_t code) {
    static const CodeRange HIDDEN[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
        {0x061c, 0x061c}, {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    return is_in_ranges(code, HIDDEN, sizeof HIDDEN / sizeof HIDDEN[0]);
}

static bool is_blank(uint32_t code) {
    static const CodeRange BLANKS[] = {
        {0x0020, 0x0020}, {0x00a0, 0x00a0}, {0x1680, 0x1680}, {0x2000, 0x200a},
        {0x202f, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000},
    };
    return is_in_ranges(code, BLANKS, sizeof BLANKS / sizeof BLANKS[0]);
}

size_t plain_text_clean(char *out, size_t capacity, const char *text, size_t size) {
    assert(capacity > 0);
    const uint8_t *bytes = (const uint8_t *)text;
    size_t length = 0;
    size_t blank = 0; // blanks to write before the next character: 0 or 1
    for (size_t at = 0; at < size;) {
        const Utf8Character character = utf8_read(bytes + at, size - at);
        const uint8_t *source = bytes + at;
        at += character.size;
        if (!character.is_valid || is_hidden(character.code)) {
            continue;
        }
        if (is_blank(character.code)) {
            blank = length > 0;
            continue;
        }
        if (length + blank + character.size > capacity - 1) {
            break;
        }
        if (blank > 0) {
            out[length++] = ' ';
            blank = 0;
        }
        memcpy(out + length, source, character.size);
        length += character.size;
    }
    memset(out + length, 0, capacity - length);
    return length;
}

bool plain_text_is_valid(const char *text, size_t capacity) {
    assert(capacity <= PLAIN_TEXT_BYTES_MAX + 1);
    const size_t length = strnlen(text, capacity);
    char clean[PLAIN_TEXT_BYTES_MAX + 1];
    return length < capacity && plain_text_clean(clean, capacity, text, length) == length &&
           memcmp(clean, text, length) == 0;
}
