// SPDX-License-Identifier: MIT
// text.h -- UTF-8 text in a few sizes, from a packaged font that fontconfig finds.
//
// Flow:    text_set_scale (window size) -> text_draw, text_width -> glyphs rendered once each, kept
//          in the atlas, drawn as quads of the painter
// Threads: the thread of the renderer.
// Memory:  a fixed table of glyphs; when it or the atlas is full, further glyphs are left blank
//          until the next change of scale.
#ifndef TICKSTORM_CLIENT_DRAW_TEXT_H
#define TICKSTORM_CLIENT_DRAW_TEXT_H

#include <SDL.h>
#include <SDL_ttf.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/draw/painter.h"

typedef enum TextSize {
    TEXT_SMALL,  // names, figures
    TEXT_NORMAL, // labels, help
    TEXT_LARGE,  // score
    TEXT_HUGE,   // messages over the whole screen
    TEXT_SIZE_COUNT,
} TextSize;

typedef enum TextAlign { TEXT_LEFT, TEXT_CENTER, TEXT_RIGHT } TextAlign;

typedef struct TextStyle {
    TextSize size;
    TextAlign align;
    Color color;
} TextStyle;

#define TEXT_GLYPHS_MAX    1024 // a power of two
#define TEXT_FALLBACKS_MAX 4

typedef struct Glyph {
    uint32_t key;      // code point and size; 0: free
    SDL_Rect place;    // in the atlas; w = 0: nothing to draw
    int16_t left, top; // of the picture, relative to pen and top of line
    int16_t advance;
} Glyph;

typedef struct Text {
    Atlas *atlas;
    float scale;
    char path[1024]; // of the font's file
    TTF_Font *fonts[TEXT_SIZE_COUNT];
    // Fonts for characters that the first font lacks, by size.
    TTF_Font *fallbacks[TEXT_FALLBACKS_MAX][TEXT_SIZE_COUNT];
    char fallback_paths[TEXT_FALLBACKS_MAX][1024];
    uint32_t fallback_count;
    Glyph glyphs[TEXT_GLYPHS_MAX];
    uint32_t glyph_count;
} Text;

// False with a sentence in error when no font is found.
bool text_create(Text *text, Atlas *atlas, char *error, size_t error_size);
void text_destroy(Text *text);

// Chooses the sizes: 1 suits a window 720 pixels high. Forgets all glyphs; the caller has released
// the atlas's reserved room before.
bool text_set_scale(Text *text, float scale, char *error, size_t error_size);

float text_width(Text *text, TextSize size, const char *string);
float text_height(const Text *text, TextSize size);

// Draws with the top of the line at y; x is the left end, the middle or the right end.
void text_draw(Text *text, Painter *painter, TextStyle style, float x, float y, const char *string);
// The same with a dark edge, for text over the world.
void text_draw_edged(Text *text, Painter *painter, TextStyle style, float x, float y,
                     const char *string);

// The next code point of UTF-8 text, U+FFFD for a malformed byte; advances *string. 0 at the end.
uint32_t text_next_code_point(const char **string);

#endif
