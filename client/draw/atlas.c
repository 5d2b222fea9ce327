// SPDX-License-Identifier: MIT
#include "client/draw/atlas.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_SIDE_MIN 8

bool shelf_reserve(ShelfPacker *packer, int width, int height, int *x, int *y) {
    assert(width > 0 && height > 0);
    int left = packer->x + 1;
    int top = packer->y + 1;
    int row_height = packer->row_height;
    if (left + width + 1 > packer->side) {
        left = 1;
        top = packer->y + row_height + 1;
        row_height = 0;
    }
    if (left + width + 1 > packer->side || top + height + 1 > packer->side) {
        return false;
    }
    packer->x = left + width;
    packer->y = top - 1;
    packer->row_height = height + 1 > row_height ? height + 1 : row_height;
    *x = left;
    *y = top;
    return true;
}

static uint32_t argb_from_rgba(const uint8_t *pixel) {
    return (uint32_t)pixel[3] << 24 | (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
}

// The mean of four pixels, each colour weighed by its opacity.
static uint32_t mean_of_four(const uint32_t pixels[4]) {
    uint32_t alpha = 0;
    uint32_t sums[3] = {0};
    uint32_t plain[3] = {0};
    for (int i = 0; i < 4; i++) {
        const uint32_t a = pixels[i] >> 24;
        alpha += a;
        for (int channel = 0; channel < 3; channel++) {
            const uint32_t value = (pixels[i] >> (8 * channel)) & 0xff;
            sums[channel] += value * a;
            plain[channel] += value;
        }
    }
    uint32_t mean = ((alpha + 2) / 4) << 24;
    for (int channel = 0; channel < 3; channel++) {
        const uint32_t value =
            alpha > 0 ? (sums[channel] + alpha / 2) / alpha : (plain[channel] + 2) / 4;
        mean |= value << (8 * channel);
    }
    return mean;
}

// Halves a picture in place; the result is dense at the start of pixels.
static void halve(uint32_t *pixels, int width, int height) {
    for (int y = 0; y < height / 2; y++) {
        for (int x = 0; x < width / 2; x++) {
            const uint32_t *above = pixels + 2 * y * width + 2 * x;
            const uint32_t *below = above + width;
            const uint32_t four[4] = {above[0], above[1], below[0], below[1]};
            pixels[y * (width / 2) + x] = mean_of_four(four);
        }
    }
}

static bool add_sprite(Atlas *atlas, Sprite sprite, const SpriteSheet *sheet, uint32_t *scratch) {
    const SpriteRegion *region = &sheet->regions[sprite];
    AtlasSprite *entry = &atlas->sprites[sprite];
    entry->radius_share = region->radius / (0.5f * (float)region->width);
    for (int y = 0; y < region->height; y++) {
        const uint8_t *row = sheet->pixels + ((region->y + y) * sheet->width + region->x) * 4;
        for (int x = 0; x < region->width; x++) {
            scratch[y * region->width + x] = argb_from_rgba(row + 4 * x);
        }
    }
    int width = region->width;
    int height = region->height;
    while (entry->level_count < ATLAS_LEVELS) {
        SDL_Rect *place = &entry->levels[entry->level_count];
        if (!atlas_reserve(atlas, width, height, place)) {
            return false;
        }
        atlas_update(atlas, place, scratch, width * 4);
        entry->level_count++;
        if (width / 2 < LEVEL_SIDE_MIN || height / 2 < LEVEL_SIDE_MIN) {
            break;
        }
        halve(scratch, width, height);
        width /= 2;
        height /= 2;
    }
    return true;
}

bool atlas_create(Atlas *atlas, SDL_Renderer *renderer, const SpriteSheet *sheet) {
    *atlas = (Atlas){.packer.side = ATLAS_SIDE};
    atlas->texture = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC,
                                       ATLAS_SIDE, ATLAS_SIDE);
    uint32_t *scratch = calloc((size_t)sheet->width * (size_t)sheet->height, sizeof *scratch);
    bool has_room = atlas->texture != NULL && scratch != NULL;
    if (has_room) {
        SDL_SetTextureScaleMode(atlas->texture, SDL_ScaleModeLinear);
    }
    for (Sprite sprite = 0; has_room && sprite < SPRITE_COUNT; sprite++) {
        has_room = add_sprite(atlas, sprite, sheet, scratch);
    }
    free(scratch);
    // Glyphs start in a fresh row.
    atlas->packer.y += atlas->packer.row_height;
    atlas->packer.x = 0;
    atlas->packer.row_height = 0;
    atlas->packer_after_sprites = atlas->packer;
    if (!has_room) {
        atlas_destroy(atlas);
    }
    return has_room;
}

void atlas_destroy(Atlas *atlas) {
    SDL_DestroyTexture(atlas->texture);
    atlas->texture = NULL;
}

bool atlas_reserve(Atlas *atlas, int width, int height, SDL_Rect *place) {
    *place = (SDL_Rect){0, 0, width, height};
    return shelf_reserve(&atlas->packer, width, height, &place->x, &place->y);
}

void atlas_update(Atlas *atlas, const SDL_Rect *place, const void *pixels, int pitch) {
    SDL_UpdateTexture(atlas->texture, place, pixels, pitch);
}

void atlas_release(Atlas *atlas) {
    atlas->packer = atlas->packer_after_sprites;
}

SDL_Rect atlas_level(const Atlas *atlas, Sprite sprite, float width_px) {
    const AtlasSprite *entry = &atlas->sprites[sprite];
    int level = 0;
    while (level + 1 < entry->level_count && (float)entry->levels[level + 1].w >= 0.8f * width_px) {
        level++;
    }
    return entry->levels[level];
}
