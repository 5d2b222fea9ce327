// SPDX-License-Identifier: MIT
// scene.h -- the input of a frame's picture, as plain data.
//
// Flow:    view_build, or a test's made-up world -> Scene -> stage, effects, hud
// Threads: the thread of the renderer; nothing in it is owned by it.
#ifndef TICKSTORM_CLIENT_PICTURE_SCENE_H
#define TICKSTORM_CLIENT_PICTURE_SCENE_H

#include "client/view/view.h"
#include "wire/event.h"

typedef struct Scene {
    const View *view;
    const Arena *arena;
    uint8_t buttons;    // INPUT_*, held now: decide the own ship's engine trail
    const Event *death; // of the own ship; NULL: alive, or not known
    double time_s;      // since the program began, for animations
    // The name of a player, "" when it is not known.
    const char *(*player_name)(const void *user, uint32_t player_index);
    const void *user;
} Scene;

// Radii that are drawn, in units: ships and drones are drawn somewhat larger than they collide,
// since they would be small on a screen of 1,600 units.
#define SHIP_LOOK_UNITS    20.0f
#define DRONE_LOOK_UNITS   14.0f
#define HUNTER_LOOK_UNITS  17.0f
#define MISSILE_LOOK_UNITS 9.0f
#define SHARD_LOOK_UNITS   9.0f
#define NEST_LOOK_UNITS    70.0f

#endif
