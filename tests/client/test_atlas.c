// SPDX-License-Identifier: MIT
// The sprite sheet's index, the packing of the atlas, and UTF-8 decoding.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/draw/atlas.h"
#include "client/draw/sprite_sheet.h"
#include "client/draw/text.h"

#define SPRITES TICKSTORM_SOURCE_DIR "/assets/sprites"

static void assert_refused(const char *text, const char *expected_words) {
    char error[128] = "";
    SpriteSheet sheet = {.width = 100, .height = 100};
    assert_false(sprite_sheet_parse_index(&sheet, text, strlen(text), error, sizeof error));
    if (strstr(error, expected_words) == NULL) {
        fail_msg("'%s' does not say '%s'", error, expected_words);
    }
}

static void the_shipped_sprite_sheet_has_every_sprite(void **state) {
    (void)state;
    char error[256] = "";
    SpriteSheet sheet;
    if (!sprite_sheet_load(&sheet, SPRITES, error, sizeof error)) {
        fail_msg("%s", error);
    }
    // No sprite is empty.
    for (Sprite sprite = 0; sprite < SPRITE_COUNT; sprite++) {
        const SpriteRegion *region = &sheet.regions[sprite];
        uint64_t opacity = 0;
        for (int y = 0; y < region->height; y++) {
            for (int x = 0; x < region->width; x++) {
                const int pixel = (region->y + y) * sheet.width + region->x + x;
                opacity += sheet.pixels[4 * pixel + 3];
            }
        }
        assert_true(opacity > 255);
        assert_true(region->radius <= 0.5f * (float)region->width);
    }
    sprite_sheet_free(&sheet);
}

static void a_missing_sprite_sheet_is_named_in_the_error(void **state) {
    (void)state;
    char error[256] = "";
    SpriteSheet sheet;
    assert_false(sprite_sheet_load(&sheet, "/nonexistent", error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/sprites.png"));
}

static void mistakes_in_the_index_are_reported_with_their_line(void **state) {
    (void)state;
    assert_refused("", "missing");
    assert_refused("# only a comment\n", "missing");
    assert_refused("nest 0 0 10\n", "line 1 is not");
    assert_refused("nest 0 0 10 10 5 5\n", "line 1 is not");
    assert_refused("\nteapot 0 0 10 10 5\n", "line 2 names a sprite that");
    assert_refused("nest 0 0 10 10 5\nnest 0 0 10 10 5\n", "line 2 names a sprite a second");
    assert_refused("nest 95 0 10 10 5\n", "outside");
    assert_refused("nest -1 0 10 10 5\n", "outside");
    assert_refused("nest 0 0 0 10 5\n", "outside");
    assert_refused("nest 2147483647 0 2147483647 10 5\n", "outside");
    assert_refused("nest 0 0 10 10 0\n", "outside");
}

static void packed_regions_never_overlap_and_stay_inside(void **state) {
    (void)state;
    ShelfPacker packer = {.side = 256};
    static uint8_t used[256][256];
    memset(used, 0, sizeof used);
    int placed = 0;
    for (int i = 0; i < 400; i++) {
        const int width = 5 + i * 7 % 23;
        const int height = 4 + i * 5 % 19;
        int left;
        int top;
        if (!shelf_reserve(&packer, width, height, &left, &top)) {
            break;
        }
        placed++;
        assert_true(left >= 1 && top >= 1 && left + width < 256 && top + height < 256);
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                assert_int_equal(used[y][x], 0);
                used[y][x] = 1;
            }
        }
    }
    assert_true(placed > 100 && placed < 400);
}

static void a_region_that_is_too_large_is_refused_and_smaller_ones_still_fit(void **state) {
    (void)state;
    ShelfPacker packer = {.side = 64};
    int x;
    int y;
    assert_false(shelf_reserve(&packer, 63, 10, &x, &y));
    assert_false(shelf_reserve(&packer, 10, 63, &x, &y));
    assert_true(shelf_reserve(&packer, 62, 62, &x, &y));
    assert_false(shelf_reserve(&packer, 1, 1, &x, &y));
}

static void the_smallest_level_that_is_large_enough_is_drawn(void **state) {
    (void)state;
    Atlas atlas = {0};
    AtlasSprite *sprite = &atlas.sprites[SPRITE_NEST];
    for (int side = 256; side >= 8; side /= 2) {
        sprite->levels[sprite->level_count++] = (SDL_Rect){0, 0, side, side};
    }
    assert_int_equal(atlas_level(&atlas, SPRITE_NEST, 1000).w, 256);
    assert_int_equal(atlas_level(&atlas, SPRITE_NEST, 200).w, 256);
    assert_int_equal(atlas_level(&atlas, SPRITE_NEST, 100).w, 128);
    assert_int_equal(atlas_level(&atlas, SPRITE_NEST, 2).w, 8);
}

static void utf8_is_read_and_malformed_bytes_are_replaced(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t codes[6];
    } cases[] = {
        {"aZ", {'a', 'Z', 0}},
        {"é€😀", {0xe9, 0x20ac, 0x1f600, 0}},
        {"\x80z", {0xfffd, 'z', 0}},
        {"\xc3", {0xfffd, 0}},
        {"\xe2\x82", {0xfffd, 0xfffd, 0}},
        {"\xc0\x80", {0xfffd, 0xfffd, 0}},                         // overlong
        {"\xed\xa0\x80", {0xfffd, 0xfffd, 0xfffd, 0}},             // surrogate
        {"\xf4\x90\x80\x80", {0xfffd, 0xfffd, 0xfffd, 0xfffd, 0}}, // beyond Unicode
        {"\xff", {0xfffd, 0}},
        {"", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = cases[i].text;
        for (size_t at = 0; at < 6; at++) {
            const uint32_t code = text_next_code_point(&text);
            assert_int_equal(code, cases[i].codes[at]);
            if (code == 0) {
                break;
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_sprite_sheet_has_every_sprite),
        cmocka_unit_test(a_missing_sprite_sheet_is_named_in_the_error),
        cmocka_unit_test(mistakes_in_the_index_are_reported_with_their_line),
        cmocka_unit_test(packed_regions_never_overlap_and_stay_inside),
        cmocka_unit_test(a_region_that_is_too_large_is_refused_and_smaller_ones_still_fit),
        cmocka_unit_test(the_smallest_level_that_is_large_enough_is_drawn),
        cmocka_unit_test(utf8_is_read_and_malformed_bytes_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
