// SPDX-License-Identifier: MIT
#include "client/picture/minimap.h"

#include <math.h>

#define ROCK_PIXEL 0xff6f7684u
#define NEST_PIXEL 0xffcc79a7u
#define VOID_PIXEL 0xc80a101eu

static void stamp_disc(Minimap *minimap, float x, float y, float radius, uint32_t pixel) {
    const int reach = (int)ceilf(radius);
    for (int row = (int)y - reach; row <= (int)y + reach; row++) {
        for (int column = (int)x - reach; column <= (int)x + reach; column++) {
            const float dx = (float)column + 0.5f - x;
            const float dy = (float)row + 0.5f - y;
            if (row >= 0 && row < minimap->side && column >= 0 && column < minimap->side &&
                dx * dx + dy * dy <= radius * radius) {
                minimap->pixels[row * minimap->side + column] = pixel;
            }
        }
    }
}

bool minimap_prepare(Minimap *minimap, Atlas *atlas, const Arena *arena, int side) {
    minimap->side = side < MINIMAP_SIDE_MAX ? side : MINIMAP_SIDE_MAX;
    for (int i = 0; i < minimap->side * minimap->side; i++) {
        minimap->pixels[i] = VOID_PIXEL;
    }
    const float scale = (float)minimap->side / (float)arena->side;
    for (uint32_t i = 0; i < arena->asteroid_count; i++) {
        const Asteroid *rock = &arena->asteroids[i];
        stamp_disc(minimap, (float)rock->x * scale, (float)rock->y * scale,
                   fmaxf(0.71f, (float)rock->radius * scale), ROCK_PIXEL);
    }
    for (uint32_t i = 0; i < arena->nest_count; i++) {
        stamp_disc(minimap, (float)arena->nests[i].x * scale, (float)arena->nests[i].y * scale,
                   1.5f, NEST_PIXEL);
    }
    if (!atlas_reserve(atlas, minimap->side, minimap->side, &minimap->picture)) {
        minimap->side = 0;
        return false;
    }
    atlas_update(atlas, &minimap->picture, minimap->pixels, minimap->side * 4);
    return true;
}

static Color dot_color(const ViewEntity *entity) {
    switch (entity->kind) {
    case ENTITY_SHIP:
        return COLOR_ORANGE;
    case ENTITY_DRONE:
        return (entity->status & ENTITY_STATUS_HUNTER) != 0 ? COLOR_VERMILLION : COLOR_PURPLE;
    case ENTITY_MISSILE:
        return COLOR_YELLOW;
    case ENTITY_SHARD:
    case ENTITY_KIND_COUNT:
        break;
    }
    return COLOR_GREEN;
}

void minimap_draw(const Minimap *minimap, const Scene *scene, Painter *painter,
                  const Camera *camera, float left, float top) {
    if (minimap->side == 0) {
        return;
    }
    const float side = (float)minimap->side;
    const float scale = side / (float)scene->arena->spec.side_units;
    painter_picture(painter, LAYER_HUD, &minimap->picture, left, top, COLOR_WHITE);
    for (uint32_t i = 0; i < scene->view->entity_count; i++) {
        const ViewEntity *entity = &scene->view->entities[i];
        const float size = entity->kind == ENTITY_SHIP ? 3.0f : 1.0f;
        const float x = floorf(left + entity->x * scale - size * 0.5f + 0.5f);
        const float y = floorf(top + entity->y * scale - size * 0.5f + 0.5f);
        if (x >= left && y >= top && x + size <= left + side && y + size <= top + side) {
            painter_rect(painter, LAYER_HUD, (SDL_FRect){x, y, size, size}, dot_color(entity));
        }
    }
    const float frame_left = fmaxf(0, (camera->x - CAMERA_WIDTH_UNITS / 2) * scale);
    const float frame_top = fmaxf(0, (camera->y - CAMERA_HEIGHT_UNITS / 2) * scale);
    const float frame_right = fminf(side, (camera->x + CAMERA_WIDTH_UNITS / 2) * scale);
    const float frame_bottom = fminf(side, (camera->y + CAMERA_HEIGHT_UNITS / 2) * scale);
    if (frame_right > frame_left && frame_bottom > frame_top) {
        const SDL_FRect frame = {roundf(left + frame_left), roundf(top + frame_top),
                                 ceilf(frame_right - frame_left), ceilf(frame_bottom - frame_top)};
        painter_frame(painter, LAYER_HUD, frame, 1, color_fade(COLOR_TEXT, 0.6f));
    }
    if (scene->view->has_own && scene->view->own_is_alive) {
        painter_sprite(painter, LAYER_HUD, SPRITE_ARROW,
                       (Disc){left + scene->view->own.x * scale, top + scene->view->own.y * scale,
                              fmaxf(5.0f, side / 34.0f)},
                       scene->view->own.angle, COLOR_SKY);
    }
    painter_frame(painter, LAYER_HUD, (SDL_FRect){left - 1, top - 1, side + 2, side + 2}, 1,
                  COLOR_PANEL_EDGE);
}
