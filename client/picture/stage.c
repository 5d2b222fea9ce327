// SPDX-License-Identifier: MIT
#include "client/picture/stage.h"

#include <math.h>

#include "base/rng.h"
#include "game/tuning.h"

#define TO_UNITS(value) ((float)(value) / (float)UNIT)
#define NAME_GAP_UNITS  34.0f

typedef struct StageContext {
    const Scene *scene;
    Painter *painter;
    Text *text;
    const Camera *camera;
} StageContext;

static void draw_rocks(const StageContext *stage) {
    const Scene *scene = stage->scene;
    const Camera *camera = stage->camera;
    for (uint32_t i = 0; i < scene->arena->asteroid_count; i++) {
        const Asteroid *rock = &scene->arena->asteroids[i];
        const float x = TO_UNITS(rock->x);
        const float y = TO_UNITS(rock->y);
        const float radius = TO_UNITS(rock->radius);
        if (!camera_sees(camera, x, y, radius * 1.2f)) {
            continue;
        }
        const Sprite sprite = (Sprite)(SPRITE_ASTEROID_0 + rng_mix(i) % SPRITE_ASTEROID_VARIANTS);
        float screen_x;
        float screen_y;
        camera_to_screen(camera, x, y, &screen_x, &screen_y);
        painter_sprite(stage->painter, LAYER_GROUND, sprite,
                       (Disc){screen_x, screen_y, radius * camera->scale}, 0, COLOR_WHITE);
    }
}

static void draw_nests(const StageContext *stage) {
    const Scene *scene = stage->scene;
    const Camera *camera = stage->camera;
    for (uint32_t i = 0; i < scene->arena->nest_count; i++) {
        const float x = TO_UNITS(scene->arena->nests[i].x);
        const float y = TO_UNITS(scene->arena->nests[i].y);
        if (!camera_sees(camera, x, y, NEST_LOOK_UNITS * 2)) {
            continue;
        }
        float screen_x;
        float screen_y;
        camera_to_screen(camera, x, y, &screen_x, &screen_y);
        const float turn = (float)fmod(scene->time_s * 0.25 + i, 6.2831853);
        const float breath = 0.5f + 0.5f * sinf((float)fmod(scene->time_s * 1.7 + i, 6.2831853));
        painter_sprite(stage->painter, LAYER_TRAILS, SPRITE_GLOW,
                       (Disc){screen_x, screen_y, NEST_LOOK_UNITS * 1.5f * camera->scale}, 0,
                       color_fade(COLOR_PURPLE, 0.16f + 0.12f * breath));
        painter_sprite(stage->painter, LAYER_GROUND, SPRITE_NEST,
                       (Disc){screen_x, screen_y, NEST_LOOK_UNITS * camera->scale}, turn,
                       COLOR_WHITE);
    }
}

// Each is drawn with its middle at (x, y) pixels.
static void draw_drone(const StageContext *stage, const ViewEntity *drone, float x, float y) {
    const float scale = stage->camera->scale;
    const bool is_hunter = (drone->status & ENTITY_STATUS_HUNTER) != 0;
    const bool is_angry = (drone->status & ENTITY_STATUS_ANGRY) != 0;
    const Sprite sprite = is_hunter ? (is_angry ? SPRITE_HUNTER_ANGRY : SPRITE_HUNTER)
                                    : (is_angry ? SPRITE_DRONE_ANGRY : SPRITE_DRONE);
    const float radius = is_hunter ? HUNTER_LOOK_UNITS : DRONE_LOOK_UNITS;
    if (is_angry) {
        painter_sprite(stage->painter, LAYER_TRAILS, SPRITE_GLOW,
                       (Disc){x, y, radius * 2.0f * scale}, 0, color_fade(COLOR_VERMILLION, 0.55f));
    }
    painter_sprite(stage->painter, LAYER_BODIES, sprite, (Disc){x, y, radius * scale}, drone->angle,
                   COLOR_WHITE);
}

static void draw_shard(const StageContext *stage, const ViewEntity *shard, float x, float y) {
    const float scale = stage->camera->scale;
    const float phase = (float)fmod(stage->scene->time_s * 3.0 + shard->slot * 0.7, 6.2831853);
    painter_sprite(stage->painter, LAYER_TRAILS, SPRITE_GLOW,
                   (Disc){x, y, SHARD_LOOK_UNITS * 2.2f * scale}, 0,
                   color_fade((Color){60, 230, 170, 255}, 0.32f + 0.14f * sinf(phase)));
    painter_sprite(stage->painter, LAYER_BODIES, SPRITE_SHARD,
                   (Disc){x, y, SHARD_LOOK_UNITS * scale}, -0.9f + 0.25f * sinf(phase),
                   COLOR_WHITE);
}

static void draw_missile(const StageContext *stage, const ViewEntity *missile, float x, float y) {
    const float scale = stage->camera->scale;
    painter_sprite(stage->painter, LAYER_TRAILS, SPRITE_GLOW,
                   (Disc){x, y, MISSILE_LOOK_UNITS * 2.4f * scale}, 0,
                   color_fade(COLOR_YELLOW, 0.5f));
    painter_sprite(stage->painter, LAYER_BODIES, SPRITE_MISSILE,
                   (Disc){x, y, MISSILE_LOOK_UNITS * scale}, missile->angle, COLOR_WHITE);
}

static void draw_ship(const StageContext *stage, const ViewEntity *ship, float x, float y,
                      bool is_own) {
    const float scale = stage->camera->scale;
    const Color accent = is_own ? COLOR_SKY : COLOR_ORANGE;
    painter_sprite(stage->painter, LAYER_TRAILS, SPRITE_GLOW,
                   (Disc){x, y, SHIP_LOOK_UNITS * 2.3f * scale}, 0,
                   color_fade(accent, is_own ? 0.42f : 0.26f));
    painter_sprite(stage->painter, LAYER_BODIES, is_own ? SPRITE_SHIP_OWN : SPRITE_SHIP_OTHER,
                   (Disc){x, y, SHIP_LOOK_UNITS * scale}, ship->angle, COLOR_WHITE);
    if (is_own) {
        // Marks the own ship, so that the player finds it in a crowd.
        painter_sprite(stage->painter, LAYER_FLASH, SPRITE_RING,
                       (Disc){x, y, SHIP_LOOK_UNITS * 1.75f * scale}, 0, color_fade(accent, 0.45f));
    }
    if ((ship->status & ENTITY_STATUS_SHIELD) != 0) {
        const float phase = (float)fmod(stage->scene->time_s * 7.0, 6.2831853);
        painter_sprite(stage->painter, LAYER_FLASH, SPRITE_SHIELD,
                       (Disc){x, y, SHIP_LOOK_UNITS * (1.45f + 0.04f * sinf(phase)) * scale}, 0,
                       color_fade(accent, 0.72f + 0.18f * sinf(phase)));
    }
}

// A name, and below it the ship's health.
static void draw_label(const StageContext *stage, const ViewEntity *ship, float x, float y) {
    const Scene *scene = stage->scene;
    const float scale = stage->camera->scale;
    const char *name = scene->player_name(scene->user, ship->slot);
    const float top = y - NAME_GAP_UNITS * scale - text_height(stage->text, TEXT_SMALL);
    text_draw_edged(stage->text, stage->painter, (TextStyle){TEXT_SMALL, TEXT_CENTER, COLOR_TEXT},
                    x, top, name);
    const float width = roundf(40.0f * scale);
    const float height = fmaxf(2.0f, roundf(4.0f * scale));
    const float left = roundf(x - width * 0.5f);
    const float bar = roundf(y - (NAME_GAP_UNITS - 4.0f) * scale);
    painter_rect(stage->painter, LAYER_HUD, (SDL_FRect){left - 1, bar - 1, width + 2, height + 2},
                 (Color){0, 0, 0, 150});
    painter_rect(stage->painter, LAYER_HUD,
                 (SDL_FRect){left, bar, roundf(width * ship->health), height},
                 ship->health > 0.34f ? COLOR_GREEN : COLOR_VERMILLION);
}

static void draw_entities(const StageContext *stage, EntityKind kind) {
    const Scene *scene = stage->scene;
    const Camera *camera = stage->camera;
    for (uint32_t i = 0; i < scene->view->entity_count; i++) {
        const ViewEntity *entity = &scene->view->entities[i];
        if (entity->kind != kind || !camera_sees(camera, entity->x, entity->y, 60)) {
            continue;
        }
        float x;
        float y;
        camera_to_screen(camera, entity->x, entity->y, &x, &y);
        switch (kind) {
        case ENTITY_SHIP:
            draw_ship(stage, entity, x, y, false);
            draw_label(stage, entity, x, y);
            break;
        case ENTITY_DRONE:
            draw_drone(stage, entity, x, y);
            break;
        case ENTITY_MISSILE:
            draw_missile(stage, entity, x, y);
            break;
        case ENTITY_SHARD:
            draw_shard(stage, entity, x, y);
            break;
        case ENTITY_KIND_COUNT:
            break;
        }
    }
}

void stage_draw(const Scene *scene, Painter *painter, Text *text, const Camera *camera) {
    const StageContext stage = {scene, painter, text, camera};
    draw_nests(&stage);
    draw_rocks(&stage);
    draw_entities(&stage, ENTITY_SHARD);
    draw_entities(&stage, ENTITY_DRONE);
    draw_entities(&stage, ENTITY_MISSILE);
    draw_entities(&stage, ENTITY_SHIP);
    if (scene->view->has_own && scene->view->own_is_alive) {
        float x;
        float y;
        camera_to_screen(camera, scene->view->own.x, scene->view->own.y, &x, &y);
        draw_ship(&stage, &scene->view->own, x, y, true);
    }
}
