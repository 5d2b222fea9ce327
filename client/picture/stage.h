// SPDX-License-Identifier: MIT
// stage.h -- draws the world: rocks, nests, ships, drones, missiles, shards, and names above ships.
//
// Flow:    Scene + Camera -> quads of the painter
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_STAGE_H
#define TICKSTORM_CLIENT_PICTURE_STAGE_H

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "client/picture/scene.h"

void stage_draw(const Scene *scene, Painter *painter, Text *text, const Camera *camera);

#endif
