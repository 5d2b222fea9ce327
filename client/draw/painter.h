// SPDX-License-Identifier: MIT
// painter.h -- collects the quads of a frame and hands them to the renderer in a few calls.
//
// Flow:    painter_begin -> painter_sprite, _rect, _beam ... in any order -> painter_flush
// Threads: the thread of the renderer.
// Order:   layers are drawn in the order of PainterLayer; within a layer, quads in call order.
//          One layer is one SDL_RenderGeometry call, however many quads it holds.
// Memory:  allocated by painter_create(). A quad that finds its layer full is dropped and counted.
// Units:   pixels of the output, x to the right, y down; angles in radians, clockwise.
#ifndef TICKSTORM_CLIENT_DRAW_PAINTER_H
#define TICKSTORM_CLIENT_DRAW_PAINTER_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/draw/atlas.h"
#include "client/draw/palette.h"

typedef enum PainterLayer {
    LAYER_GROUND, // stars, grid, asteroids, nests
    LAYER_TRAILS, // light below the bodies; added, not blended
    LAYER_BODIES, // everything that moves
    LAYER_FLASH,  // beams and explosions; added, not blended
    LAYER_HUD,
    LAYER_COUNT,
} PainterLayer;

#define PAINTER_QUADS_MAX 8192 // a layer

typedef struct Disc {
    float x, y, radius;
} Disc;

typedef struct Stroke {
    float x0, y0, x1, y1;
    float thickness;
} Stroke;

typedef struct Painter {
    SDL_Renderer *renderer;
    Atlas *atlas;
    float width, height; // of the output
    SDL_Vertex *vertices[LAYER_COUNT];
    uint32_t quad_counts[LAYER_COUNT];
    int *indices;           // the same for every layer
    uint64_t dropped;       // quads that found their layer full
    uint32_t drawn;         // quads of the frame last flushed
    uint32_t flushed_calls; // and the calls that they took
} Painter;

bool painter_create(Painter *painter, SDL_Renderer *renderer, Atlas *atlas);
void painter_destroy(Painter *painter);

void painter_begin(Painter *painter, int width, int height);
void painter_flush(Painter *painter);

// A sprite whose body fills the disc, turned by angle.
void painter_sprite(Painter *painter, PainterLayer layer, Sprite sprite, Disc body, float angle,
                    Color color);
void painter_rect(Painter *painter, PainterLayer layer, SDL_FRect area, Color color);
// A rectangle whose colour runs from its left to its right edge, or from top to bottom.
void painter_gradient(Painter *painter, PainterLayer layer, SDL_FRect area, Color from, Color to,
                      bool is_vertical);
void painter_frame(Painter *painter, PainterLayer layer, SDL_FRect area, float thickness,
                   Color color);
// A soft stroke whose colour runs from its start to its end.
void painter_beam(Painter *painter, PainterLayer layer, Stroke stroke, Color from, Color to);
// A part of the atlas, unscaled: glyphs and the minimap.
void painter_picture(Painter *painter, PainterLayer layer, const SDL_Rect *source, float x, float y,
                     Color color);

#endif
