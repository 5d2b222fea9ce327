// SPDX-License-Identifier: MIT
// palette.h -- the colours of the picture.
//
// Source:  Okabe and Ito, "Color Universal Design" (2008): eight colours that stay distinct with
//          every common kind of colour blindness. Shapes differ wherever colours do.
#ifndef TICKSTORM_CLIENT_DRAW_PALETTE_H
#define TICKSTORM_CLIENT_DRAW_PALETTE_H

#include <stdint.h>

typedef struct Color {
    uint8_t r, g, b, a;
} Color;

#define COLOR_ORANGE     ((Color){230, 159, 0, 255})
#define COLOR_SKY        ((Color){86, 180, 233, 255})
#define COLOR_GREEN      ((Color){0, 158, 115, 255})
#define COLOR_YELLOW     ((Color){240, 228, 66, 255})
#define COLOR_VERMILLION ((Color){213, 94, 0, 255})
#define COLOR_PURPLE     ((Color){204, 121, 167, 255})
#define COLOR_WHITE      ((Color){255, 255, 255, 255})
#define COLOR_TEXT       ((Color){226, 234, 244, 255})
#define COLOR_MUTED      ((Color){146, 164, 188, 255})
#define COLOR_PANEL      ((Color){8, 13, 25, 200})
#define COLOR_PANEL_EDGE ((Color){90, 118, 158, 90})

static inline Color color_fade(Color color, float opacity) {
    const float clamped = opacity < 0 ? 0 : opacity > 1 ? 1 : opacity;
    color.a = (uint8_t)((float)color.a * clamped + 0.5f);
    return color;
}

#endif
