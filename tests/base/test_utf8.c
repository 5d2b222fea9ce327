// SPDX-License-Identifier: MIT
#include "base/utf8.h"

#include <string.h>

#include "support.h"

// In `size` bytes, even where fewer would do.
static void write_long(uint8_t out[4], uint32_t code, uint32_t size) {
    static const uint8_t LEADS[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (uint32_t i = size; i-- > 1; code >>= 6) {
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    }
    out[0] = (uint8_t)(size == 1 ? code : LEADS[size] | code);
}

static uint32_t shortest(uint32_t code) {
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// Every code that four bytes can hold, in each length that can hold it.
static void a_character_is_read_in_its_shortest_form_only(void **state) {
    (void)state;
    static const uint32_t ENDS[5] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (uint32_t size = 1; size <= 4; size++) {
        for (uint32_t code = 0; code < ENDS[size]; code++) {
            uint8_t text[4] = {0};
            write_long(text, code, size);
            const Utf8Character character = utf8_read(text, size);
            const bool is_surrogate = code >= 0xd800 && code < 0xe000;
            const bool is_valid = size == shortest(code) && !is_surrogate && code < 0x110000;
            if (character.is_valid != is_valid || character.size != (is_valid ? size : 1) ||
                (is_valid && character.code != code)) {
                fail_msg("U+%04X in %u bytes", code, size);
            }
        }
    }
}

static void a_truncated_or_invalid_character_is_a_single_byte(void **state) {
    (void)state;
    static const uint8_t TEXT[4] = {0xf0, 0x9f, 0x9a, 0x80};
    for (size_t size = 1; size <= 4; size++) {
        assert_int_equal(utf8_read(TEXT, size).is_valid, size == 4);
        assert_int_equal(utf8_read(TEXT, size).size, size == 4 ? 4 : 1);
    }
    for (size_t at = 1; at < 4; at++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint8_t text[4];
            memcpy(text, TEXT, sizeof text);
            text[at] = (uint8_t)byte;
            // The second byte also reveals overlong codes and those beyond the last.
            const bool goes_on = byte >= (at == 1 ? 0x90u : 0x80u) && byte < 0xc0;
            assert_int_equal(utf8_read(text, 4).is_valid, goes_on);
        }
    }
    for (uint32_t lead = 0x80; lead < 256; lead++) {
        const uint8_t text[4] = {(uint8_t)lead, 0xbf, 0xbf, 0xbf};
        const bool leads = lead >= 0xc2 && lead < 0xf4; // 0xf4 0xbf lies beyond U+10FFFF
        assert_int_equal(utf8_read(text, 4).is_valid, leads && lead != 0xed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_is_read_in_its_shortest_form_only),
        cmocka_unit_test(a_truncated_or_invalid_character_is_a_single_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
