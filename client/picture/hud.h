// SPDX-License-Identifier: MIT
// hud.h -- the player's instruments: health, energy, weapons, score, time until the respawn,
//          minimap and reticle.
//
// Flow:    Scene + Camera -> quads of the painter
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_HUD_H
#define TICKSTORM_CLIENT_PICTURE_HUD_H

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "client/picture/minimap.h"
#include "client/picture/scene.h"

// hurt is 0..1: how red the picture's edges are.
void hud_draw(const Scene *scene, const Minimap *minimap, float hurt, Painter *painter, Text *text,
              const Camera *camera);

void hud_draw_reticle(Painter *painter, const Camera *camera, float x, float y);

#endif
