// SPDX-License-Identifier: MIT
#include "client/picture_scene.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "game/tuning.h"

#define SCENE_SEED     20261
#define FRAME_S        (1.0f / 60.0f)
#define FIRST_DRONE    64u
#define FIRST_MISSILE  4000u
#define FIRST_SHARD    4500u
#define OWN_SLOT       3u
#define SCENE_SHIPS    7u
#define SCENE_MISSILES 6u

static const char *scene_name(const void *user, uint32_t player_index) {
    (void)user;
    static const char *const names[] = {"Ada",   "Grace",  "Linus", "Pilot",
                                        "Zoë Ø", "Łukasz", "Мир",   "x"};
    return names[player_index % 8];
}

static EntityKind kind_of(uint32_t index, uint32_t count) {
    if (index < SCENE_SHIPS) {
        return ENTITY_SHIP;
    }
    if (index < SCENE_SHIPS + SCENE_MISSILES) {
        return ENTITY_MISSILE;
    }
    return index >= count - count / 6 ? ENTITY_SHARD : ENTITY_DRONE;
}

static void place_entity(PictureScene *made, uint32_t index, uint32_t count, Rng *rng) {
    static const uint32_t first[ENTITY_KIND_COUNT] = {8, FIRST_DRONE, FIRST_MISSILE, FIRST_SHARD};
    ViewEntity *entity = &made->view.entities[index];
    entity->kind = kind_of(index, count);
    entity->slot = first[entity->kind] + index;
    entity->x = made->view.own.x + (float)rng_range(rng, -860, 860);
    entity->y = made->view.own.y + (float)rng_range(rng, -500, 500);
    // The own ship's surroundings stay clear, so that a test finds it.
    if (fabsf(entity->x - made->view.own.x) < 90 && fabsf(entity->y - made->view.own.y) < 90) {
        entity->x += 200;
    }
    entity->angle = (float)rng_unit(rng) * 6.2831853f;
    entity->health = 0.2f + 0.8f * (float)rng_unit(rng);
    if (entity->kind == ENTITY_DRONE) {
        entity->status = (uint8_t)((rng_below(rng, 8) == 0 ? ENTITY_STATUS_HUNTER : 0) |
                                   (rng_below(rng, 6) == 0 ? ENTITY_STATUS_ANGRY : 0));
    } else if (entity->kind == ENTITY_SHIP && index % 3 == 1) {
        entity->status = ENTITY_STATUS_SHIELD;
    }
}

bool picture_scene_create(PictureScene *made, uint32_t entity_count, float own_x, float own_y) {
    memset(made, 0, sizeof *made);
    const ArenaSpec spec = {.seed = SCENE_SEED,
                            .side_units = 6000,
                            .asteroid_count = 60,
                            .nest_count = 12,
                            .name = "picture"};
    if (!arena_create(&made->arena, &spec)) {
        return false;
    }
    View *view = &made->view;
    view->has_own = true;
    view->tick_rate_hz = 60;
    view->own_is_alive = true;
    view->own = (ViewEntity){.slot = OWN_SLOT,
                             .kind = ENTITY_SHIP,
                             .x = own_x,
                             .y = own_y,
                             .angle = -0.6f,
                             .health = 0.72f};
    view->own_ship = (Ship){.health = 72,
                            .energy = 640,
                            .missile_cooldown_ticks = 20,
                            .score = 12345,
                            .kills = 7,
                            .deaths = 2,
                            .generation = 1};
    view->center_x = own_x;
    view->center_y = own_y;
    view->entity_count = entity_count;
    Rng rng = rng_seeded(SCENE_SEED);
    for (uint32_t i = 0; i < entity_count; i++) {
        place_entity(made, i, entity_count, &rng);
    }
    made->scene = (Scene){.view = view,
                          .arena = &made->arena,
                          .buttons = INPUT_UP | INPUT_RIGHT,
                          .player_name = scene_name};
    return true;
}

void picture_scene_destroy(PictureScene *made) {
    arena_destroy(&made->arena);
}

static float speed_of(const ViewEntity *entity) {
    static const float speeds[ENTITY_KIND_COUNT] = {240, 150, 480, 0};
    return speeds[entity->kind];
}

void picture_scene_step(PictureScene *made) {
    View *view = &made->view;
    made->frame++;
    made->scene.time_s = (double)made->frame / 60.0;
    for (uint32_t i = 0; i < view->entity_count; i++) {
        ViewEntity *entity = &view->entities[i];
        const float way = speed_of(entity) * FRAME_S;
        entity->x += cosf(entity->angle) * way;
        entity->y += sinf(entity->angle) * way;
        if (entity->kind == ENTITY_DRONE) {
            entity->angle += (i % 2 == 0 ? 0.02f : -0.015f);
        }
        if (entity->kind == ENTITY_SHIP) {
            const bool fires = (made->frame + 7 * i) % 24 < 3;
            entity->status = (uint8_t)((entity->status & ~ENTITY_STATUS_FIRED) |
                                       (fires ? ENTITY_STATUS_FIRED : 0));
        }
    }
    // The own ship fires every fifth of a second.
    view->own_ship.pulse_cooldown_ticks =
        (uint8_t)(PULSE_COOLDOWN_TICKS - made->frame % (PULSE_COOLDOWN_TICKS + 2));
    if (made->frame % (PULSE_COOLDOWN_TICKS + 2) > PULSE_COOLDOWN_TICKS) {
        view->own_ship.pulse_cooldown_ticks = 0;
    }
}
