// SPDX-License-Identifier: MIT
#include "wire/plain_text.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

// A decoded character and how many bytes it took; bytes that are no UTF-8 count one by one.
typedef struct Character {
    uint32_t code;
    uint32_t size;
    bool is_valid;
} Character;

static Character character_at(const uint8_t *text, size_t size) {
    static const uint32_t SMALLEST[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = text[0];
    const uint32_t length = lead < 0x80             ? 1
                            : (lead & 0xe0) == 0xc0 ? 2
                            : (lead & 0xf0) == 0xe0 ? 3
                            : (lead & 0xf8) == 0xf0 ? 4
                                                    : 0;
    if (length == 0 || length > size) {
        return (Character){.size = 1};
    }
    uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    for (uint32_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return (Character){.size = 1};
        }
        code = code << 6 | (text[i] & 0x3f);
    }
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < SMALLEST[length] || code > 0x10ffff || is_surrogate) {
        return (Character){.size = 1};
    }
    return (Character){.code = code, .size = length, .is_valid = true};
}

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

// What has no place in a name: control, bidirectional, zero-width and invisible characters, with
// which one player could pass for another or garble a line of text.
static bool is_hidden(uint32_t code) {
    static const CodeRange HIDDEN[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
        {0x061c, 0x061c}, {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    return is_in_ranges(code, HIDDEN, sizeof(HIDDEN) / sizeof(HIDDEN[0]));
}

static bool is_blank(uint32_t code) {
    static const CodeRange BLANKS[] = {
        {0x0020, 0x0020}, {0x00a0, 0x00a0}, {0x1680, 0x1680}, {0x2000, 0x200a},
        {0x202f, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000},
    };
    return is_in_ranges(code, BLANKS, sizeof(BLANKS) / sizeof(BLANKS[0]));
}

size_t plain_text_clean(char *out, size_t capacity, const char *text, size_t size) {
    assert(capacity > 0);
    const uint8_t *bytes = (const uint8_t *)text;
    size_t length = 0;
    size_t blank = 0; // a blank is due before the next character
    for (size_t at = 0; at < size;) {
        const Character character = character_at(bytes + at, size - at);
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
