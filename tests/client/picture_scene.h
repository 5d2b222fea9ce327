// SPDX-License-Identifier: MIT
// picture_scene.h -- made-up worlds to draw, without a server or a clock, the same every time.
//
// Flow:    picture_scene_create -> picture_scene_step (moves everything by a frame) -> Scene
#ifndef TICKSTORM_TESTS_CLIENT_PICTURE_SCENE_H
#define TICKSTORM_TESTS_CLIENT_PICTURE_SCENE_H

#include "client/picture/scene.h"

typedef struct PictureScene {
    View view;
    Arena arena;
    Scene scene;
    uint32_t frame;
} PictureScene;

// An arena of 6,000 units a side, the own ship in it, and around it this many others: mostly
// drones, some of every kind. At (own_x, own_y) units.
bool picture_scene_create(PictureScene *made, uint32_t entity_count, float own_x, float own_y);
void picture_scene_destroy(PictureScene *made);

// The next frame, 1/60 s later: everything flies on, some ships fire.
void picture_scene_step(PictureScene *made);

#endif
