// SPDX-License-Identifier: MIT
// hud.h -- what a pilot reads at a glance: health, energy, weapons, score, the way back into the
//          game after a defeat, and where the mouse aims.
//
// Flow:    Scene + Camera -> quads of the painter
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_SHELL_HUD_H
#define TICKSTORM_CLIENT_SHELL_HUD_H

#include "client/shell/camera.h"
#include "client/shell/minimap.h"
#include "client/shell/painter.h"
#include "client/shell/scene.h"
#include "client/shell/text.h"

// hurt is 0..1: how red the picture's edges are.
void hud_draw(const Scene *scene, const Minimap *minimap, float hurt, Painter *painter, Text *text,
              const Camera *camera);

void hud_draw_reticle(Painter *painter, const Camera *camera, float x, float y);

#endif
