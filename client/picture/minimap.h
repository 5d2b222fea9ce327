// SPDX-License-Identifier: MIT
// minimap.h -- the complete arena in a corner of the screen.
//
// Flow:    minimap_prepare: asteroids and nests are drawn once into a picture in the atlas;
//          minimap_draw: that picture, entities in view, the view's frame and the own position
// Threads: the thread of the renderer.
// Memory:  the picture is made in a fixed buffer inside Minimap.
#ifndef TICKSTORM_CLIENT_PICTURE_MINIMAP_H
#define TICKSTORM_CLIENT_PICTURE_MINIMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/picture/scene.h"

#define MINIMAP_SIDE_MAX 512 // pixels

typedef struct Minimap {
    int side; // pixels; 0: not prepared
    SDL_Rect picture;
    uint32_t pixels[MINIMAP_SIDE_MAX * MINIMAP_SIDE_MAX];
} Minimap;

// Makes the picture for this arena at this many pixels a side (bounded by MINIMAP_SIDE_MAX). False
// when the atlas is full.
bool minimap_prepare(Minimap *minimap, Atlas *atlas, const Arena *arena, int side);

void minimap_draw(const Minimap *minimap, const Scene *scene, Painter *painter,
                  const Camera *camera, float left, float top);

#endif
