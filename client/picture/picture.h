// SPDX-License-Identifier: MIT
// picture.h -- draws a complete frame, from the stars to the text.
//
// Flow:    picture_create -> each frame: picture_draw (Frame) -> renderer
// Threads: the thread of the renderer.
// Memory:  some 8 MB and two textures, allocated by picture_create().
#ifndef TICKSTORM_CLIENT_PICTURE_PICTURE_H
#define TICKSTORM_CLIENT_PICTURE_PICTURE_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/draw/atlas.h"
#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "client/input/chat_line.h"
#include "client/picture/backdrop.h"
#include "client/picture/effects.h"
#include "client/picture/figures_panel.h"
#include "client/picture/hud.h"
#include "client/picture/minimap.h"
#include "client/picture/news.h"
#include "client/picture/notice.h"
#include "client/picture/scene.h"
#include "client/picture/stage.h"

typedef struct Picture {
    SDL_Renderer *renderer;
    Atlas atlas;
    Painter painter;
    Text text;
    Backdrop backdrop;
    Camera camera;
    Effects effects;
    Minimap minimap;
    int width, height; // of the output that sizes were chosen for
    uint64_t arena_seed;
    bool has_map;
} Picture;

// Drawn over the world. All zero: only the figures' line.
typedef struct Overlay {
    FiguresMode figures_mode;
    bool shows_help;
    bool shows_reticle;
    float reticle_x, reticle_y; // pixels of the output
    const Notice *notice;       // NULL: none
    const News *news;           // NULL: none, as the next three
    const ChatLine *chat_line;
    const Scores *scores; // the table of the best players
    ScoreRow own_row;     // for it
    const char *toast;    // a short line at the bottom; NULL: none
} Overlay;

typedef struct Frame {
    const Scene *scene; // NULL: no world yet, only the overlay
    const NetFigures *figures;
    const Overlay *overlay;
    float elapsed_s; // since the previous frame
    double time_s;   // since the program began
} Frame;

// NULL with a sentence in error when assets, font or memory are missing.
Picture *picture_create(SDL_Renderer *renderer, const char *sprite_directory, uint64_t seed,
                        char *error, size_t error_size);
void picture_destroy(Picture *picture);

// Draws everything. False with a sentence in error when the fonts cannot follow a new size of the
// window.
bool picture_draw(Picture *picture, const Frame *frame, char *error, size_t error_size);

// For a new connection: forgets trails, beams and the map.
void picture_forget(Picture *picture, uint64_t seed);

#endif
