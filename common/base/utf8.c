// SPDX-License-Identifier: MIT
#include "base/utf8.h"

Utf8Character utf8_read(const uint8_t *text, size_t size) {
    static const uint32_t SMALLEST[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = text[0];
    const uint32_t length = lead < 0x80             ? 1
                            : (lead & 0xe0) == 0xc0 ? 2
                            : (lead & 0xf0) == 0xe0 ? 3
                            : (lead & 0xf8) == 0xf0 ? 4
                                                    : 0;
    if (length == 0 || length > size) {
        return (Utf8Character){.size = 1};
    }
    uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    for (uint32_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return (Utf8Character){.size = 1};
        }
        code = code << 6 | (text[i] & 0x3f);
    }
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < SMALLEST[length] || code > 0x10ffff || is_surrogate) {
        return (Utf8Character){.size = 1};
    }
    return (Utf8Character){.code = code, .size = length, .is_valid = true};
}
