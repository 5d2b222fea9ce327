// SPDX-License-Identifier: MIT
#include "client/picture/effects.h"

#include <math.h>
#include <string.h>

#include "game/tuning.h"

#define TAU              6.2831853f
#define JUMP_UNITS       120.0f // a longer move in one frame: another entity in the same slot
#define BEAM_LIFE_S      0.16f
#define BEAM_REPEAT_S    0.10f // a ship cannot fire faster, so a longer status is the same shot
#define SHIP_TRAIL_UNITS 7.0f
#define COLOR_SMOKE      ((Color){150, 120, 100, 255})
#define TO_UNITS(value)  ((float)(value) / (float)UNIT)

void effects_reset(Effects *effects, uint64_t seed) {
    memset(effects, 0, sizeof *effects);
    effects->rng = rng_seeded(seed);
    memset(effects->tracks[0].index, 0xff, sizeof effects->tracks[0].index);
    memset(effects->tracks[1].index, 0xff, sizeof effects->tracks[1].index);
}

static float random_between(Effects *effects, float low, float high) {
    return low + (high - low) * (float)rng_unit(&effects->rng);
}

static Particle *add_particle(Effects *effects, PainterLayer layer, Sprite sprite, float x,
                              float y) {
    Particle *particle = &effects->particles[effects->next_particle];
    effects->next_particle = (effects->next_particle + 1) % EFFECTS_PARTICLES_MAX;
    *particle = (Particle){.x = x, .y = y, .layer = layer, .sprite = sprite, .opacity = 1.0f};
    return particle;
}

// Particles that fly apart from one point. Speed, life and radius of each are reduced at random.
typedef struct Burst {
    int count;
    float speed, life_s, radius;
    Color color;
} Burst;

static void add_sparks(Effects *effects, float x, float y, Burst burst) {
    for (int i = 0; i < burst.count; i++) {
        Particle *spark = add_particle(effects, LAYER_FLASH, SPRITE_SPARK, x, y);
        const float direction = random_between(effects, 0, TAU);
        const float start_speed = burst.speed * random_between(effects, 0.25f, 1.0f);
        spark->vx = cosf(direction) * start_speed;
        spark->vy = sinf(direction) * start_speed;
        spark->life = burst.life_s * random_between(effects, 0.5f, 1.0f);
        spark->radius = burst.radius * random_between(effects, 0.6f, 1.0f);
        spark->radius_end = burst.radius * 0.2f;
        spark->color = burst.color;
    }
}

static void add_smoke(Effects *effects, float x, float y, Burst burst) {
    for (int i = 0; i < burst.count; i++) {
        Particle *puff = add_particle(effects, LAYER_TRAILS, SPRITE_SMOKE, x, y);
        const float direction = random_between(effects, 0, TAU);
        puff->vx = cosf(direction) * burst.speed * random_between(effects, 0.2f, 1.0f);
        puff->vy = sinf(direction) * burst.speed * random_between(effects, 0.2f, 1.0f);
        puff->life = burst.life_s * random_between(effects, 0.6f, 1.0f);
        puff->radius = burst.radius * 0.6f;
        puff->radius_end = burst.radius * 1.5f;
        puff->opacity = 0.35f;
        puff->color = burst.color;
    }
}

// A light that grows or shrinks while it fades.
typedef struct Glow {
    Sprite sprite;
    float life_s, radius, radius_end, opacity;
    Color color;
} Glow;

static void add_glow(Effects *effects, float x, float y, Glow light) {
    Particle *glow = add_particle(effects, LAYER_FLASH, light.sprite, x, y);
    glow->life = light.life_s;
    glow->radius = light.radius;
    glow->radius_end = light.radius_end;
    glow->opacity = light.opacity;
    glow->color = light.color;
}

static void explode_ship(Effects *effects, float x, float y, bool is_own) {
    const Color color = is_own ? COLOR_SKY : COLOR_ORANGE;
    add_glow(effects, x, y, (Glow){SPRITE_GLOW, 0.35f, 70, 110, 1.0f, COLOR_WHITE});
    add_glow(effects, x, y, (Glow){SPRITE_GLOW, 0.70f, 120, 150, 0.8f, COLOR_ORANGE});
    add_glow(effects, x, y, (Glow){SPRITE_RING, 0.55f, 14, 120, 0.8f, color});
    add_sparks(effects, x, y, (Burst){34, 340, 0.9f, 7, COLOR_YELLOW});
    add_sparks(effects, x, y, (Burst){14, 200, 1.1f, 8, color});
    add_smoke(effects, x, y, (Burst){10, 70, 1.2f, 26, COLOR_SMOKE});
}

static void explode_drone(Effects *effects, float x, float y, bool is_hunter) {
    const Color color = is_hunter ? COLOR_VERMILLION : COLOR_PURPLE;
    add_glow(effects, x, y, (Glow){SPRITE_GLOW, 0.28f, 34, 52, 0.9f, COLOR_YELLOW});
    add_glow(effects, x, y, (Glow){SPRITE_RING, 0.32f, 8, 44, 0.6f, color});
    add_sparks(effects, x, y, (Burst){9, 190, 0.55f, 5, color});
    add_sparks(effects, x, y, (Burst){5, 150, 0.45f, 5, COLOR_YELLOW});
}

static void explode_missile(Effects *effects, float x, float y) {
    const float blast = TO_UNITS(MISSILE_BLAST_RADIUS);
    add_glow(effects, x, y, (Glow){SPRITE_GLOW, 0.30f, blast * 0.7f, blast, 1.0f, COLOR_YELLOW});
    add_glow(effects, x, y, (Glow){SPRITE_RING, 0.36f, 12, blast, 0.9f, COLOR_ORANGE});
    add_sparks(effects, x, y, (Burst){16, 280, 0.6f, 6, COLOR_ORANGE});
    add_smoke(effects, x, y, (Burst){5, 50, 0.9f, 22, COLOR_SMOKE});
}

static void show_end(Effects *effects, EntityKind kind, uint8_t status, float x, float y) {
    switch (kind) {
    case ENTITY_SHIP:
        explode_ship(effects, x, y, false);
        break;
    case ENTITY_DRONE:
        explode_drone(effects, x, y, (status & ENTITY_STATUS_HUNTER) != 0);
        break;
    case ENTITY_MISSILE:
        explode_missile(effects, x, y);
        break;
    case ENTITY_SHARD:
        add_sparks(effects, x, y, (Burst){6, 80, 0.4f, 5, {90, 230, 180, 255}});
        break;
    case ENTITY_KIND_COUNT:
        break;
    }
}

typedef struct Ray {
    float x, y, dx, dy;
    float reach; // how far it gets
} Ray;

// Ends the ray where it enters the disc, if it does.
static void ray_meet_disc(Ray *ray, Disc disc) {
    const float x = disc.x - ray->x;
    const float y = disc.y - ray->y;
    const float along = x * ray->dx + y * ray->dy;
    const float across = x * ray->dy - y * ray->dx;
    const float inside = disc.radius * disc.radius - across * across;
    if (along <= 0 || inside <= 0) {
        return;
    }
    const float entry = along - sqrtf(inside);
    if (entry < ray->reach) {
        ray->reach = fmaxf(0, entry);
    }
}

float effects_beam_reach(const Scene *scene, float x, float y, float angle, uint32_t shooter_slot,
                         bool *is_hit) {
    const float range = TO_UNITS(PULSE_RANGE);
    Ray ray = {x, y, cosf(angle), sinf(angle), range};
    for (uint32_t i = 0; i < scene->arena->asteroid_count; i++) {
        const Asteroid *rock = &scene->arena->asteroids[i];
        ray_meet_disc(&ray, (Disc){TO_UNITS(rock->x), TO_UNITS(rock->y), TO_UNITS(rock->radius)});
    }
    for (uint32_t i = 0; i < scene->view->entity_count; i++) {
        const ViewEntity *entity = &scene->view->entities[i];
        const bool is_target = entity->kind == ENTITY_SHIP || entity->kind == ENTITY_DRONE;
        if (is_target && entity->slot != shooter_slot) {
            const int32_t body = entity->kind == ENTITY_SHIP ? SHIP_RADIUS : DRONE_RADIUS;
            ray_meet_disc(&ray, (Disc){entity->x, entity->y, TO_UNITS(body + PULSE_HALF_WIDTH)});
        }
    }
    *is_hit = ray.reach < range;
    return ray.reach;
}

static void show_beam(Effects *effects, const Scene *scene, const ViewEntity *ship, float vx,
                      float vy, bool is_own) {
    bool is_hit;
    const float reach =
        effects_beam_reach(scene, ship->x, ship->y, ship->angle, ship->slot, &is_hit);
    const float nose = fminf(reach, SHIP_LOOK_UNITS);
    Beam *beam = &effects->beams[effects->next_beam];
    effects->next_beam = (effects->next_beam + 1) % EFFECTS_BEAMS_MAX;
    *beam = (Beam){
        .x0 = ship->x + cosf(ship->angle) * nose,
        .y0 = ship->y + sinf(ship->angle) * nose,
        .x1 = ship->x + cosf(ship->angle) * reach,
        .y1 = ship->y + sinf(ship->angle) * reach,
        .vx = vx,
        .vy = vy,
        .life = BEAM_LIFE_S,
        .color = is_own ? COLOR_SKY : COLOR_ORANGE,
    };
    add_glow(effects, beam->x0, beam->y0, (Glow){SPRITE_GLOW, 0.10f, 18, 10, 0.9f, beam->color});
    if (is_hit) {
        add_glow(effects, beam->x1, beam->y1,
                 (Glow){SPRITE_GLOW, 0.18f, 20, 12, 0.9f, beam->color});
        add_sparks(effects, beam->x1, beam->y1, (Burst){6, 150, 0.35f, 4, beam->color});
    }
}

// Two puffs of light from the nozzles at a ship's stern.
static void puff_engines(Effects *effects, const ViewEntity *ship, Color color) {
    const float c = cosf(ship->angle);
    const float s = sinf(ship->angle);
    for (int side = -1; side <= 1; side += 2) {
        const float aft = -SHIP_LOOK_UNITS * 1.02f;
        const float out = (float)side * SHIP_LOOK_UNITS * 0.35f;
        Particle *puff = add_particle(effects, LAYER_TRAILS, SPRITE_GLOW,
                                      ship->x + c * aft - s * out, ship->y + s * aft + c * out);
        puff->vx = -c * 60 + random_between(effects, -14, 14);
        puff->vy = -s * 60 + random_between(effects, -14, 14);
        puff->life = random_between(effects, 0.22f, 0.38f);
        puff->radius = 9;
        puff->radius_end = 2;
        puff->opacity = 0.6f;
        puff->color = color;
    }
}

static void puff_missile(Effects *effects, const ViewEntity *missile) {
    Particle *flame = add_particle(effects, LAYER_TRAILS, SPRITE_GLOW,
                                   missile->x - cosf(missile->angle) * MISSILE_LOOK_UNITS,
                                   missile->y - sinf(missile->angle) * MISSILE_LOOK_UNITS);
    flame->vx = random_between(effects, -12, 12);
    flame->vy = random_between(effects, -12, 12);
    flame->life = random_between(effects, 0.3f, 0.55f);
    flame->radius = 8;
    flame->radius_end = 3;
    flame->opacity = 0.7f;
    flame->color = COLOR_ORANGE;
}

static uint32_t track_hash(uint32_t slot) {
    return (slot * 2654435761u) >> 20 & (EFFECTS_TRACKS_INDEX - 1);
}

static EffectTrack *find_track(EffectTracks *tracks, uint32_t slot) {
    uint32_t index = track_hash(slot);
    while (tracks->index[index] >= 0) {
        EffectTrack *track = &tracks->items[tracks->index[index]];
        if (track->slot == slot) {
            return track;
        }
        index = (index + 1) & (EFFECTS_TRACKS_INDEX - 1);
    }
    return NULL;
}

static EffectTrack *add_track(EffectTracks *tracks, const ViewEntity *entity) {
    uint32_t index = track_hash(entity->slot);
    while (tracks->index[index] >= 0) {
        index = (index + 1) & (EFFECTS_TRACKS_INDEX - 1);
    }
    tracks->index[index] = (int16_t)tracks->count;
    EffectTrack *track = &tracks->items[tracks->count++];
    *track = (EffectTrack){.slot = entity->slot,
                           .kind = entity->kind,
                           .status = entity->status,
                           .x = entity->x,
                           .y = entity->y,
                           .fired_s = BEAM_REPEAT_S};
    return track;
}

static void clear_tracks(EffectTracks *tracks) {
    tracks->count = 0;
    memset(tracks->index, 0xff, sizeof tracks->index);
}

// Adds the effects of an entity's move since the last frame.
static void follow(Effects *effects, const Scene *scene, const ViewEntity *entity,
                   EffectTrack *track, const EffectTrack *before, float elapsed_s) {
    const float dx = entity->x - before->x;
    const float dy = entity->y - before->y;
    track->vx = before->vx + 0.2f * (dx / elapsed_s - before->vx);
    track->vy = before->vy + 0.2f * (dy / elapsed_s - before->vy);
    track->trail_units = before->trail_units + hypotf(dx, dy);
    track->fired_s = before->fired_s + elapsed_s;
    if (entity->kind == ENTITY_SHIP) {
        if (track->trail_units > SHIP_TRAIL_UNITS) {
            track->trail_units = 0;
            puff_engines(effects, entity, COLOR_ORANGE);
        }
        const bool fires = (entity->status & ENTITY_STATUS_FIRED) != 0;
        const bool fired = (before->status & ENTITY_STATUS_FIRED) != 0;
        if (fires && (!fired || track->fired_s >= BEAM_REPEAT_S)) {
            track->fired_s = 0;
            show_beam(effects, scene, entity, track->vx, track->vy, false);
        }
    } else if (entity->kind == ENTITY_MISSILE && track->trail_units > 6.0f) {
        track->trail_units = 0;
        puff_missile(effects, entity);
    }
}

static void update_tracks(Effects *effects, const Scene *scene, float elapsed_s) {
    EffectTracks *before = &effects->tracks[effects->current];
    effects->current ^= 1;
    EffectTracks *now = &effects->tracks[effects->current];
    clear_tracks(now);
    for (uint32_t i = 0; i < scene->view->entity_count; i++) {
        const ViewEntity *entity = &scene->view->entities[i];
        EffectTrack *track = add_track(now, entity);
        EffectTrack *old = find_track(before, entity->slot);
        if (old == NULL) {
            continue;
        }
        const float way = fabsf(entity->x - old->x) + fabsf(entity->y - old->y);
        if (way < JUMP_UNITS) {
            old->is_matched = true;
            follow(effects, scene, entity, track, old, elapsed_s);
        }
    }
    for (uint32_t i = 0; i < before->count; i++) {
        const EffectTrack *gone = &before->items[i];
        if (!gone->is_matched) {
            show_end(effects, gone->kind, gone->status, gone->x, gone->y);
        }
    }
}

static void update_own(Effects *effects, const Scene *scene) {
    const View *view = scene->view;
    const bool is_alive = view->has_own && view->own_is_alive;
    const Ship *ship = &view->own_ship;
    if (effects->had_own && effects->was_alive && is_alive) {
        const float way = hypotf(view->own.x - effects->own_x, view->own.y - effects->own_y);
        const uint8_t thrust = INPUT_UP | INPUT_DOWN | INPUT_LEFT | INPUT_RIGHT;
        effects->own_trail_units += (scene->buttons & thrust) != 0 ? fmaxf(way, 2.0f) : 0;
        if (effects->own_trail_units > SHIP_TRAIL_UNITS) {
            effects->own_trail_units = 0;
            puff_engines(effects, &view->own, COLOR_SKY);
        }
        if (ship->pulse_cooldown_ticks > effects->own_before.pulse_cooldown_ticks) {
            show_beam(effects, scene, &view->own, TO_UNITS(ship->motion.vx) * view->tick_rate_hz,
                      TO_UNITS(ship->motion.vy) * view->tick_rate_hz, true);
        }
        if (ship->health < effects->own_before.health) {
            const float damage = (float)(effects->own_before.health - ship->health);
            effects->shake = fminf(1.0f, effects->shake + damage / 40.0f);
            effects->hurt = fminf(1.0f, effects->hurt + 0.25f + damage / 40.0f);
        }
    } else if (effects->had_own && effects->was_alive) {
        explode_ship(effects, effects->own_x, effects->own_y, true);
        effects->shake = 1.0f;
    }
    effects->had_own = view->has_own;
    effects->was_alive = is_alive;
    effects->own_before = *ship;
    if (is_alive) {
        effects->own_x = view->own.x;
        effects->own_y = view->own.y;
    }
}

static void age_pools(Effects *effects, float elapsed_s) {
    const float drag = fmaxf(0.0f, 1.0f - 2.2f * elapsed_s);
    for (uint32_t i = 0; i < EFFECTS_PARTICLES_MAX; i++) {
        Particle *particle = &effects->particles[i];
        particle->age += elapsed_s;
        particle->x += particle->vx * elapsed_s;
        particle->y += particle->vy * elapsed_s;
        particle->vx *= drag;
        particle->vy *= drag;
    }
    for (uint32_t i = 0; i < EFFECTS_BEAMS_MAX; i++) {
        Beam *beam = &effects->beams[i];
        beam->age += elapsed_s;
        beam->x0 += beam->vx * elapsed_s;
        beam->y0 += beam->vy * elapsed_s;
        beam->x1 += beam->vx * elapsed_s;
        beam->y1 += beam->vy * elapsed_s;
    }
    effects->shake = fmaxf(0.0f, effects->shake - 2.0f * elapsed_s);
    effects->hurt = fmaxf(0.0f, effects->hurt - 1.6f * elapsed_s);
}

void effects_update(Effects *effects, const Scene *scene, float elapsed_s) {
    // After a stall of the window effects advance by a tenth of a second at most.
    const float step_s = fminf(fmaxf(elapsed_s, 0.001f), 0.1f);
    age_pools(effects, step_s);
    update_tracks(effects, scene, step_s);
    update_own(effects, scene);
}

void effects_draw(const Effects *effects, Painter *painter, const Camera *camera) {
    for (uint32_t i = 0; i < EFFECTS_PARTICLES_MAX; i++) {
        const Particle *particle = &effects->particles[i];
        if (particle->age >= particle->life) {
            continue;
        }
        const float t = particle->age / particle->life;
        const float radius = particle->radius + (particle->radius_end - particle->radius) * t;
        float x;
        float y;
        camera_to_screen(camera, particle->x, particle->y, &x, &y);
        painter_sprite(painter, particle->layer, particle->sprite,
                       (Disc){x, y, radius * camera->scale}, 0,
                       color_fade(particle->color, particle->opacity * (1 - t) * (1 - t * 0.3f)));
    }
    for (uint32_t i = 0; i < EFFECTS_BEAMS_MAX; i++) {
        const Beam *beam = &effects->beams[i];
        if (beam->age >= beam->life) {
            continue;
        }
        const float opacity = 1 - beam->age / beam->life;
        float x0;
        float y0;
        float x1;
        float y1;
        camera_to_screen(camera, beam->x0, beam->y0, &x0, &y0);
        camera_to_screen(camera, beam->x1, beam->y1, &x1, &y1);
        painter_beam(painter, LAYER_FLASH, (Stroke){x0, y0, x1, y1, 20 * camera->scale},
                     color_fade(beam->color, 0.85f * opacity),
                     color_fade(beam->color, 0.45f * opacity));
        painter_beam(painter, LAYER_FLASH, (Stroke){x0, y0, x1, y1, 7 * camera->scale},
                     color_fade(COLOR_WHITE, opacity), color_fade(COLOR_WHITE, 0.5f * opacity));
    }
}

void effects_shake_offset(const Effects *effects, double time_s, float *x, float *y) {
    const float strength = effects->shake * effects->shake * 7.0f;
    const float t = (float)fmod(time_s, 1000.0);
    *x = strength * sinf(t * 71.0f);
    *y = strength * sinf(t * 83.0f + 1.3f);
}
