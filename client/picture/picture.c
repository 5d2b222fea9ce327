// SPDX-License-Identifier: MIT
#include "client/picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/picture/news_panel.h"
#include "client/picture/score_table.h"

#define MAP_SIDE 190.0f // pixels of a window 720 pixels high

Picture *picture_create(SDL_Renderer *renderer, const char *sprite_directory, uint64_t seed,
                        char *error, size_t error_size) {
    Picture *picture = calloc(1, sizeof *picture);
    SpriteSheet sheet;
    if (picture == NULL || !sprite_sheet_load(&sheet, sprite_directory, error, error_size)) {
        free(picture);
        return NULL;
    }
    picture->renderer = renderer;
    snprintf(error, error_size, "there is not enough memory for the picture");
    const bool is_ready = atlas_create(&picture->atlas, renderer, &sheet) &&
                          painter_create(&picture->painter, renderer, &picture->atlas) &&
                          backdrop_create(&picture->backdrop, renderer, seed) &&
                          text_create(&picture->text, &picture->atlas, error, error_size);
    sprite_sheet_free(&sheet);
    effects_reset(&picture->effects, seed);
    if (!is_ready) {
        picture_destroy(picture);
        return NULL;
    }
    return picture;
}

void picture_destroy(Picture *picture) {
    if (picture == NULL) {
        return;
    }
    text_destroy(&picture->text);
    backdrop_destroy(&picture->backdrop);
    painter_destroy(&picture->painter);
    atlas_destroy(&picture->atlas);
    free(picture);
}

void picture_forget(Picture *picture, uint64_t seed) {
    effects_reset(&picture->effects, seed);
    picture->has_map = false;
}

// Sizes follow the window: another size needs new glyphs and a new map.
static bool follow_size(Picture *picture, char *error, size_t error_size) {
    int width = 0;
    int height = 0;
    SDL_GetRendererOutputSize(picture->renderer, &width, &height);
    if (width == picture->width && height == picture->height) {
        return true;
    }
    picture->width = width;
    picture->height = height;
    camera_fit(&picture->camera, width, height);
    atlas_release(&picture->atlas);
    picture->minimap.side = 0;
    picture->has_map = false;
    const float scale = fmaxf(0.6f, picture->camera.height / 720.0f);
    return text_set_scale(&picture->text, scale, error, error_size);
}

static void follow_arena(Picture *picture, const Scene *scene) {
    const bool is_known = picture->has_map && picture->arena_seed == scene->arena->spec.seed;
    if (!is_known) {
        const float side = fmaxf(80.0f, MAP_SIDE * picture->camera.height / 720.0f);
        minimap_prepare(&picture->minimap, &picture->atlas, scene->arena, (int)side);
        picture->arena_seed = scene->arena->spec.seed;
        picture->has_map = true;
    }
}

// Windows of another shape than 16:9 get bars over their edges.
static void draw_bars(Picture *picture) {
    const Camera *camera = &picture->camera;
    const Color black = {0, 0, 0, 255};
    // Rounded to pixels; otherwise a row could stay uncovered.
    const float right = floorf(camera->left + camera->width);
    const float bottom = floorf(camera->top + camera->height);
    Painter *painter = &picture->painter;
    if (camera->left > 0) {
        painter_rect(painter, LAYER_HUD, (SDL_FRect){0, 0, camera->left, painter->height}, black);
        painter_rect(painter, LAYER_HUD,
                     (SDL_FRect){right, 0, painter->width - right, painter->height}, black);
    }
    if (camera->top > 0) {
        painter_rect(painter, LAYER_HUD, (SDL_FRect){0, 0, painter->width, camera->top}, black);
        painter_rect(painter, LAYER_HUD,
                     (SDL_FRect){0, bottom, painter->width, painter->height - bottom}, black);
    }
}

static void draw_world(Picture *picture, const Scene *scene, float elapsed_s) {
    Camera *camera = &picture->camera;
    follow_arena(picture, scene);
    effects_update(&picture->effects, scene, elapsed_s);
    float shake_x;
    float shake_y;
    effects_shake_offset(&picture->effects, scene->time_s, &shake_x, &shake_y);
    camera_look(camera, scene->view->center_x + shake_x, scene->view->center_y + shake_y);
    backdrop_draw_far(&picture->backdrop, camera, picture->width, picture->height);
    backdrop_draw_near(&picture->backdrop, &picture->painter, camera);
    backdrop_draw_grid(&picture->painter, camera, (float)scene->arena->spec.side_units,
                       scene->time_s);
    stage_draw(scene, &picture->painter, &picture->text, camera);
    effects_draw(&picture->effects, &picture->painter, camera);
    draw_bars(picture);
    hud_draw(scene, &picture->minimap, picture->effects.hurt, &picture->painter, &picture->text,
             camera);
}

// The figures occupy the top right corner; kills are drawn below or to the left of them.
static void draw_news(Picture *picture, const Overlay *overlay, double time_s) {
    const Camera *camera = &picture->camera;
    const float pad = roundf(8 * camera->height / 720.0f);
    float right = camera->left + camera->width - pad;
    float top = camera->top + pad;
    if (overlay->figures_mode != FIGURES_OFF) {
        top += text_height(&picture->text, TEXT_SMALL) + 2 * pad;
    }
    if (overlay->figures_mode == FIGURES_GRAPHS) {
        right -= figures_panel_graph_width(camera) + pad;
    }
    news_panel_draw_kills(overlay->news, &picture->painter, &picture->text, right, top, time_s);
    news_panel_draw_messages(overlay->news, overlay->chat_line, &picture->painter, &picture->text,
                             camera, time_s);
}

static void draw_overlay(Picture *picture, const NetFigures *figures, const Overlay *overlay,
                         double time_s) {
    Painter *painter = &picture->painter;
    Text *text = &picture->text;
    if (overlay->notice == NULL) {
        figures_panel_draw(figures, overlay->figures_mode, painter, text, &picture->camera);
    }
    if (overlay->notice == NULL && !overlay->shows_help && overlay->news != NULL) {
        draw_news(picture, overlay, time_s);
    }
    if (overlay->shows_help) {
        notice_draw_help(painter, text);
    } else if (overlay->notice != NULL) {
        notice_draw(overlay->notice, painter, text, time_s);
    } else if (overlay->shows_reticle) {
        hud_draw_reticle(painter, &picture->camera, overlay->reticle_x, overlay->reticle_y);
    }
    if (overlay->scores != NULL && overlay->notice == NULL && !overlay->shows_help) {
        score_table_draw(overlay->scores, &overlay->own_row, painter, text, &picture->camera);
    }
    if (overlay->toast != NULL) {
        text_draw_edged(
            text, painter, (TextStyle){TEXT_NORMAL, TEXT_CENTER, COLOR_TEXT}, painter->width * 0.5f,
            picture->camera.top + picture->camera.height - 40 * text->scale, overlay->toast);
    }
}

bool picture_draw(Picture *picture, const Frame *frame, char *error, size_t error_size) {
    if (!follow_size(picture, error, error_size)) {
        return false;
    }
    painter_begin(&picture->painter, picture->width, picture->height);
    if (frame->scene != NULL) {
        draw_world(picture, frame->scene, frame->elapsed_s);
    } else {
        camera_look(&picture->camera, (float)fmod(frame->time_s, 4000.0) * 60.0f, 0);
        backdrop_draw_far(&picture->backdrop, &picture->camera, picture->width, picture->height);
        backdrop_draw_near(&picture->backdrop, &picture->painter, &picture->camera);
    }
    draw_overlay(picture, frame->figures, frame->overlay, frame->time_s);
    painter_flush(&picture->painter);
    return true;
}
