// SPDX-License-Identifier: MIT
// stage.h -- draws the world: rocks, nests, ships, drones, missiles, shards, and names above ships.
//
// Flow:    Scene + Camera -> quads of the painter
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_SHELL_STAGE_H
#define TICKSTORM_CLIENT_SHELL_STAGE_H

#include "client/shell/camera.h"
#include "client/shell/painter.h"
#include "client/shell/scene.h"
#include "client/shell/text.h"

void stage_draw(const Scene *scene, Painter *painter, Text *text, const Camera *camera);

#endif
