// SPDX-License-Identifier: MIT
#include "client/view/error_smoothing.h"

#include <math.h>

// A small error fades unnoticed, a large one must be gone soon.
#define SMALL_UNITS       4.0
#define LARGE_UNITS       32.0
#define SMALL_HALF_LIFE_S 0.225
#define LARGE_HALF_LIFE_S 0.071

double error_smoothing_share(const ErrorSmoothing *smoothing, double now_s) {
    const double size = hypot(smoothing->x, smoothing->y);
    const double blend = fmin(fmax((size - SMALL_UNITS) / (LARGE_UNITS - SMALL_UNITS), 0), 1);
    const double half_life_s = SMALL_HALF_LIFE_S + blend * (LARGE_HALF_LIFE_S - SMALL_HALF_LIFE_S);
    return exp2(-fmax(now_s - smoothing->since_s, 0) / half_life_s);
}

void error_smoothing_add(ErrorSmoothing *smoothing, double x, double y, double angle,
                         double now_s) {
    const double share = error_smoothing_share(smoothing, now_s);
    *smoothing = (ErrorSmoothing){.x = smoothing->x * share + x,
                                  .y = smoothing->y * share + y,
                                  .angle = smoothing->angle * share + angle,
                                  .since_s = now_s};
    if (hypot(smoothing->x, smoothing->y) > ERROR_SMOOTHING_TELEPORT_UNITS) {
        *smoothing = (ErrorSmoothing){0};
    }
}
