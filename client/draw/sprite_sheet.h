// SPDX-License-Identifier: MIT
// sprite_sheet.h -- the sprites as stored on disk: one picture and an index of its regions.
//
// Flow:    sprites.txt + sprites.png (assets/sprites) -> SpriteSheet -> atlas
// Threads: pure functions; a SpriteSheet belongs to its owner.
// Memory:  the pixels are allocated by sprite_sheet_load() and freed by sprite_sheet_free().
// Errors:  a missing or damaged file is reported in one sentence.
#ifndef TICKSTORM_CLIENT_DRAW_SPRITE_SHEET_H
#define TICKSTORM_CLIENT_DRAW_SPRITE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Sprite {
    SPRITE_ASTEROID_0,
    SPRITE_ASTEROID_1,
    SPRITE_ASTEROID_2,
    SPRITE_ASTEROID_3,
    SPRITE_ASTEROID_4,
    SPRITE_ASTEROID_5,
    SPRITE_NEST,
    SPRITE_SHIP_OWN,
    SPRITE_SHIP_OTHER,
    SPRITE_GLOW,
    SPRITE_RING,
    SPRITE_SHIELD,
    SPRITE_DRONE,
    SPRITE_DRONE_ANGRY,
    SPRITE_HUNTER,
    SPRITE_HUNTER_ANGRY,
    SPRITE_MISSILE,
    SPRITE_SHARD,
    SPRITE_SMOKE,
    SPRITE_RETICLE,
    SPRITE_SPARK,
    SPRITE_BEAM,
    SPRITE_ARROW,
    SPRITE_WHITE,
    SPRITE_COUNT,
} Sprite;

#define SPRITE_ASTEROID_VARIANTS 6

typedef struct SpriteRegion {
    int x, y, width, height; // pixels of the sheet
    float radius;            // pixels, of the drawn body; corresponds to the game's radius
} SpriteRegion;

typedef struct SpriteSheet {
    SpriteRegion regions[SPRITE_COUNT];
    int width, height;
    uint8_t *pixels; // RGBA, opacity not multiplied in
} SpriteSheet;

// Reads the index's text into the sheet's regions; every sprite must occur once and lie within the
// sheet's width and height. False with a sentence in error.
bool sprite_sheet_parse_index(SpriteSheet *sheet, const char *text, size_t size, char *error,
                              size_t error_size);

// Loads DIRECTORY/sprites.png and DIRECTORY/sprites.txt.
bool sprite_sheet_load(SpriteSheet *sheet, const char *directory, char *error, size_t error_size);
void sprite_sheet_free(SpriteSheet *sheet);

#endif
