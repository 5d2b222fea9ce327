// SPDX-License-Identifier: MIT
// backdrop.h -- empty space: a dim nebula, stars at three depths, and a grid to see motion by.
//
// Flow:    backdrop_create -> backdrop_draw_far (directly to the renderer, instead of clearing),
//          backdrop_draw_near (quads of the painter)
// Threads: the thread of the renderer.
// Memory:  one texture of BACKDROP_SIDE squared, made from the seed; it repeats without a seam.
#ifndef TICKSTORM_CLIENT_PICTURE_BACKDROP_H
#define TICKSTORM_CLIENT_PICTURE_BACKDROP_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/draw/camera.h"
#include "client/draw/painter.h"

#define BACKDROP_SIDE       1024
#define BACKDROP_NEAR_STARS 96 // a layer

typedef struct BackdropStar {
    float x, y; // 0..1 of the layer's tile
    float size; // 1..2.4
    Color color;
} BackdropStar;

typedef struct Backdrop {
    SDL_Renderer *renderer;
    SDL_Texture *nebula;
    BackdropStar stars[2][BACKDROP_NEAR_STARS];
} Backdrop;

bool backdrop_create(Backdrop *backdrop, SDL_Renderer *renderer, uint64_t seed);
void backdrop_destroy(Backdrop *backdrop);

// Covers the whole output.
void backdrop_draw_far(const Backdrop *backdrop, const Camera *camera, int width, int height);
void backdrop_draw_near(const Backdrop *backdrop, Painter *painter, const Camera *camera);

// Grid lines, and the border of a world of this side with the void beyond it.
void backdrop_draw_grid(Painter *painter, const Camera *camera, float side_units, double time_s);

#endif
