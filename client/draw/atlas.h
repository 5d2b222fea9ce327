// SPDX-License-Identifier: MIT
// atlas.h -- the one texture that everything is drawn from: sprites at several sizes, and room for
//            glyphs and the minimap, which are added when needed.
//
// Flow:    SpriteSheet -> atlas_create -> painter;  glyphs -> atlas_reserve, atlas_update
// Threads: the thread of the renderer.
// Memory:  one texture of ATLAS_SIDE squared (16 MB); nothing is allocated after atlas_create().
//
// Each sprite is stored at full size and halved again and again, so that a small drawing samples a
// small picture: the software renderer picks single pixels, and a graphics card's linear filter
// looks at four, so neither would be smooth otherwise.
#ifndef TICKSTORM_CLIENT_DRAW_ATLAS_H
#define TICKSTORM_CLIENT_DRAW_ATLAS_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/draw/sprite_sheet.h"

#define ATLAS_SIDE   2048
#define ATLAS_LEVELS 6

// Fills a square from the top in rows. Regions keep one pixel of distance to each other.
typedef struct ShelfPacker {
    int side;
    int x, y, row_height;
} ShelfPacker;

// False when there is no room.
bool shelf_reserve(ShelfPacker *packer, int width, int height, int *x, int *y);

typedef struct AtlasSprite {
    SDL_Rect levels[ATLAS_LEVELS]; // [0] is the largest
    int level_count;
    float radius_share; // of half the width
} AtlasSprite;

typedef struct Atlas {
    SDL_Texture *texture;
    AtlasSprite sprites[SPRITE_COUNT];
    ShelfPacker packer;
    ShelfPacker packer_after_sprites;
} Atlas;

bool atlas_create(Atlas *atlas, SDL_Renderer *renderer, const SpriteSheet *sheet);
void atlas_destroy(Atlas *atlas);

// Room for a picture, or false when there is none left.
bool atlas_reserve(Atlas *atlas, int width, int height, SDL_Rect *place);
// Fills reserved room; pixels are SDL_PIXELFORMAT_ARGB8888.
void atlas_update(Atlas *atlas, const SDL_Rect *place, const void *pixels, int pitch);
// Frees all reserved room: a new size of the window needs other glyphs.
void atlas_release(Atlas *atlas);

// The level to draw a sprite from when it covers width_px on screen.
SDL_Rect atlas_level(const Atlas *atlas, Sprite sprite, float width_px);

#endif
