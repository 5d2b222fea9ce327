// SPDX-License-Identifier: MIT
// effects.h -- decoration: beams, explosions, engine trails, sparks, a light shake.
//
// Flow:    effects_update compares this frame's view with the last: shots, disappearances, moves ->
//          particles and beams -> effects_draw
// Threads: the thread of the renderer. The game does not depend on it.
// Memory:  fixed pools inside Effects; a full pool replaces its oldest entry.
// Units:   world units and seconds.
#ifndef TICKSTORM_CLIENT_PICTURE_EFFECTS_H
#define TICKSTORM_CLIENT_PICTURE_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/picture/scene.h"

#define EFFECTS_PARTICLES_MAX 1536
#define EFFECTS_BEAMS_MAX     64
#define EFFECTS_TRACKS_INDEX  4096 // a power of two, well above VIEW_ENTITIES_MAX

typedef struct Particle {
    float x, y, vx, vy;
    float age, life; // life 0: free
    float radius, radius_end;
    float opacity;
    Sprite sprite;
    PainterLayer layer;
    Color color;
} Particle;

typedef struct Beam {
    float x0, y0, x1, y1;
    float vx, vy;    // moves with the ship that fired it
    float age, life; // life 0: free
    Color color;
} Beam;

// An entity as of one frame, for comparison with the next.
typedef struct EffectTrack {
    uint32_t slot;
    EntityKind kind;
    uint8_t status;
    float x, y;
    float vx, vy;      // units per second, smoothed
    float trail_units; // flown since the last puff of its trail
    float fired_s;     // since its last beam was shown
    bool is_matched;
} EffectTrack;

typedef struct EffectTracks {
    uint32_t count;
    EffectTrack items[VIEW_ENTITIES_MAX];
    int16_t index[EFFECTS_TRACKS_INDEX]; // hash of the slot -> items; -1: free
} EffectTracks;

typedef struct Effects {
    Rng rng;
    Particle particles[EFFECTS_PARTICLES_MAX];
    uint32_t next_particle;
    Beam beams[EFFECTS_BEAMS_MAX];
    uint32_t next_beam;
    EffectTracks tracks[2]; // of this frame and of the last
    uint32_t current;
    // The own ship.
    bool had_own;
    bool was_alive;
    Ship own_before;
    float own_trail_units;
    float own_x, own_y;
    float shake; // 0..1
    float hurt;  // 0..1: how red the edges of the picture are
} Effects;

void effects_reset(Effects *effects, uint64_t seed);
void effects_update(Effects *effects, const Scene *scene, float elapsed_s);
void effects_draw(const Effects *effects, Painter *painter, const Camera *camera);

// The camera's offset while it shakes, in units.
void effects_shake_offset(const Effects *effects, double time_s, float *x, float *y);

// How far a pulse from (x, y) gets before it hits a rock, a drone or another ship; at most its
// range. It only decides where the drawn beam ends: hits are the server's decision.
float effects_beam_reach(const Scene *scene, float x, float y, float angle, uint32_t shooter_slot,
                         bool *is_hit);

#endif
