// SPDX-License-Identifier: MIT
#include "client/core/glide.h"

#include <math.h>

// A small error fades unnoticed, a large one must be gone soon.
#define SMALL_UNITS       4.0
#define LARGE_UNITS       32.0
#define SMALL_HALF_LIFE_S 0.225
#define LARGE_HALF_LIFE_S 0.071

double glide_share(const Glide *glide, double now_s) {
    const double size = hypot(glide->x, glide->y);
    const double blend = fmin(fmax((size - SMALL_UNITS) / (LARGE_UNITS - SMALL_UNITS), 0), 1);
    const double half_life_s = SMALL_HALF_LIFE_S + blend * (LARGE_HALF_LIFE_S - SMALL_HALF_LIFE_S);
    return exp2(-fmax(now_s - glide->since_s, 0) / half_life_s);
}

void glide_add(Glide *glide, double x, double y, double angle, double now_s) {
    const double share = glide_share(glide, now_s);
    *glide = (Glide){.x = glide->x * share + x,
                     .y = glide->y * share + y,
                     .angle = glide->angle * share + angle,
                     .since_s = now_s};
    if (hypot(glide->x, glide->y) > GLIDE_TELEPORT_UNITS) {
        *glide = (Glide){0};
    }
}
