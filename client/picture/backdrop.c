// SPDX-License-Identifier: MIT
#include "client/picture/backdrop.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

#define FAR_STARS        420
#define FAR_PARALLAX     0.05f
#define GRID_UNITS       100.0f
#define GRID_MAJOR_LINES 5
#define PURPOSE_NOISE    1

// The clouds are soft: computed at every eighth pixel and interpolated, they look the same, and the
// program starts 0.6 s earlier.
#define CLOUD_STEP 8
#define CLOUD_SIDE (BACKDROP_SIDE / CLOUD_STEP)

typedef struct CloudGrid {
    float colors[CLOUD_SIDE][CLOUD_SIDE][3];
} CloudGrid;

static const float near_parallax[2] = {0.16f, 0.38f};

// Smooth noise in 0..1 that repeats after `period` steps.
static float noise_at(uint64_t seed, float x, float y, int period) {
    const int cell_x = (int)floorf(x);
    const int cell_y = (int)floorf(y);
    float fraction_x = x - (float)cell_x;
    float fraction_y = y - (float)cell_y;
    fraction_x = fraction_x * fraction_x * (3 - 2 * fraction_x);
    fraction_y = fraction_y * fraction_y * (3 - 2 * fraction_y);
    float corners[4];
    for (int corner = 0; corner < 4; corner++) {
        const uint64_t ix = (uint64_t)((cell_x + (corner & 1)) % period);
        const uint64_t iy = (uint64_t)((cell_y + (corner >> 1)) % period);
        corners[corner] = (float)(rng_hash(seed, ix, iy, PURPOSE_NOISE) >> 40) * 0x1.0p-24f;
    }
    const float top = corners[0] + (corners[1] - corners[0]) * fraction_x;
    const float bottom = corners[2] + (corners[3] - corners[2]) * fraction_x;
    return top + (bottom - top) * fraction_y;
}

// Noise of several scales, repeating with the tile.
static float cloud_at(uint64_t seed, float u, float v) {
    float sum = 0;
    float weight = 0.5f;
    int period = 4;
    for (uint64_t octave = 0; octave < 5; octave++) {
        sum += weight * noise_at(seed + octave, u * (float)period, v * (float)period, period);
        weight *= 0.5f;
        period *= 2;
    }
    return sum;
}

static float ramp(float low, float high, float value) {
    const float t = fminf(1.0f, fmaxf(0.0f, (value - low) / (high - low)));
    return t * t * (3 - 2 * t);
}

// The clouds' colour at one point of their coarse grid.
static void cloud_color(uint64_t seed, float u, float v, float color[3]) {
    static const float deep[3] = {7, 9, 18};
    static const float blue[3] = {8, 22, 44};
    static const float violet[3] = {30, 12, 38};
    // Clouds distort each other's coordinates; otherwise the noise's grid would show as boxes.
    const float bend_u = u + 0.11f * cloud_at(seed + 128, u, v);
    const float bend_v = v + 0.11f * cloud_at(seed + 192, u, v);
    const float first = ramp(0.40f, 0.82f, cloud_at(seed, bend_u, bend_v));
    const float second = ramp(0.46f, 0.84f, cloud_at(seed + 64, bend_v, bend_u));
    for (int channel = 0; channel < 3; channel++) {
        color[channel] = deep[channel] + blue[channel] * first + violet[channel] * second;
    }
}

// Between the four grid points around pixel (x, y).
static uint32_t nebula_pixel(const CloudGrid *grid, int x, int y, float dither) {
    const int column = x / CLOUD_STEP;
    const int row = y / CLOUD_STEP;
    const int right = (column + 1) % CLOUD_SIDE;
    const int below = (row + 1) % CLOUD_SIDE;
    const float fx = (float)(x % CLOUD_STEP) / CLOUD_STEP;
    const float fy = (float)(y % CLOUD_STEP) / CLOUD_STEP;
    uint32_t pixel = 0xff000000u;
    for (int channel = 0; channel < 3; channel++) {
        const float a = grid->colors[row][column][channel];
        const float b = grid->colors[row][right][channel];
        const float c = grid->colors[below][column][channel];
        const float d = grid->colors[below][right][channel];
        const float top = a + (b - a) * fx;
        const float bottom = c + (d - c) * fx;
        pixel |= (uint32_t)(top + (bottom - top) * fy + dither) << (16 - 8 * channel);
    }
    return pixel;
}

static void add_light(uint32_t *pixel, uint32_t light) {
    for (int shift = 0; shift < 24; shift += 8) {
        const uint32_t value = ((*pixel >> shift) & 0xff) + light;
        *pixel = (*pixel & ~(0xffu << shift)) | (value > 255 ? 255 : value) << shift;
    }
}

static void paint_nebula(uint32_t *pixels, CloudGrid *grid, uint64_t seed) {
    Rng rng = rng_seeded(seed);
    for (int row = 0; row < CLOUD_SIDE; row++) {
        for (int column = 0; column < CLOUD_SIDE; column++) {
            cloud_color(seed, (float)column / CLOUD_SIDE, (float)row / CLOUD_SIDE,
                        grid->colors[row][column]);
        }
    }
    // A little noise before rounding; otherwise such dim gradients would show bands.
    for (int y = 0; y < BACKDROP_SIDE; y++) {
        for (int x = 0; x < BACKDROP_SIDE; x++) {
            pixels[y * BACKDROP_SIDE + x] = nebula_pixel(grid, x, y, (float)rng_unit(&rng));
        }
    }
    for (int star = 0; star < FAR_STARS; star++) {
        const uint32_t x = 1 + rng_below(&rng, BACKDROP_SIDE - 2);
        const uint32_t y = 1 + rng_below(&rng, BACKDROP_SIDE - 2);
        const uint32_t light = 24 + rng_below(&rng, 110);
        uint32_t *center = pixels + y * BACKDROP_SIDE + x;
        add_light(center, light);
        if (light > 90) {
            add_light(center - 1, light / 5);
            add_light(center + 1, light / 5);
            add_light(center - BACKDROP_SIDE, light / 5);
            add_light(center + BACKDROP_SIDE, light / 5);
        }
    }
}

static void scatter_near_stars(Backdrop *backdrop, uint64_t seed) {
    static const Color tints[4] = {
        {255, 255, 255, 255}, {190, 215, 255, 255}, {255, 232, 196, 255}, {210, 240, 255, 255}};
    Rng rng = rng_seeded(seed ^ 0x5742);
    for (int layer = 0; layer < 2; layer++) {
        for (int i = 0; i < BACKDROP_NEAR_STARS; i++) {
            BackdropStar *star = &backdrop->stars[layer][i];
            star->x = (float)rng_unit(&rng);
            star->y = (float)rng_unit(&rng);
            star->size = (1.0f + (float)rng_unit(&rng) * 0.7f) * (layer == 0 ? 1.0f : 1.4f);
            star->color = tints[rng_below(&rng, 4)];
            star->color.a = (uint8_t)(70 + rng_below(&rng, 130));
        }
    }
}

bool backdrop_create(Backdrop *backdrop, SDL_Renderer *renderer, uint64_t seed) {
    *backdrop = (Backdrop){.renderer = renderer};
    uint32_t *pixels = malloc(sizeof(uint32_t) * BACKDROP_SIDE * BACKDROP_SIDE);
    CloudGrid *grid = malloc(sizeof *grid);
    backdrop->nebula = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ARGB8888,
                                         SDL_TEXTUREACCESS_STATIC, BACKDROP_SIDE, BACKDROP_SIDE);
    if (pixels == NULL || grid == NULL || backdrop->nebula == NULL) {
        free(pixels);
        free(grid);
        backdrop_destroy(backdrop);
        return false;
    }
    paint_nebula(pixels, grid, seed);
    SDL_UpdateTexture(backdrop->nebula, NULL, pixels, BACKDROP_SIDE * 4);
    SDL_SetTextureBlendMode(backdrop->nebula, SDL_BLENDMODE_NONE);
    free(pixels);
    free(grid);
    scatter_near_stars(backdrop, seed);
    return true;
}

void backdrop_destroy(Backdrop *backdrop) {
    SDL_DestroyTexture(backdrop->nebula);
    backdrop->nebula = NULL;
}

void backdrop_draw_far(const Backdrop *backdrop, const Camera *camera, int width, int height) {
    const float shift_x = fmodf(camera->x * camera->scale * FAR_PARALLAX, BACKDROP_SIDE);
    const float shift_y = fmodf(camera->y * camera->scale * FAR_PARALLAX, BACKDROP_SIDE);
    const int first_x = -(int)(shift_x < 0 ? shift_x + BACKDROP_SIDE : shift_x);
    const int first_y = -(int)(shift_y < 0 ? shift_y + BACKDROP_SIDE : shift_y);
    for (int y = first_y; y < height; y += BACKDROP_SIDE) {
        for (int x = first_x; x < width; x += BACKDROP_SIDE) {
            const SDL_Rect place = {x, y, BACKDROP_SIDE, BACKDROP_SIDE};
            SDL_RenderCopy(backdrop->renderer, backdrop->nebula, NULL, &place);
        }
    }
}

void backdrop_draw_near(const Backdrop *backdrop, Painter *painter, const Camera *camera) {
    const float tile = camera->width > 0 ? camera->width * 0.9f : 1.0f;
    for (int layer = 0; layer < 2; layer++) {
        const float offset_x = camera->x * camera->scale * near_parallax[layer] / tile;
        const float offset_y = camera->y * camera->scale * near_parallax[layer] / tile;
        for (int i = 0; i < BACKDROP_NEAR_STARS; i++) {
            const BackdropStar *star = &backdrop->stars[layer][i];
            const float u = star->x - offset_x;
            const float v = star->y - offset_y;
            const float size = star->size * fmaxf(1.0f, camera->scale);
            const float left = (u - floorf(u)) * tile;
            const float top = (v - floorf(v)) * tile;
            for (float x = left; x < camera->width; x += tile) {
                if (top < camera->height) {
                    painter_rect(painter, LAYER_GROUND,
                                 (SDL_FRect){camera->left + x, camera->top + top, size, size},
                                 star->color);
                }
            }
        }
    }
}

static void draw_lines(Painter *painter, const Camera *camera, float side, bool is_vertical) {
    const float middle = is_vertical ? camera->x : camera->y;
    const float reach = (is_vertical ? CAMERA_WIDTH_UNITS : CAMERA_HEIGHT_UNITS) * 0.5f;
    const int first = (int)ceilf(fmaxf(0, middle - reach) / GRID_UNITS);
    const int last = (int)floorf(fminf(side, middle + reach) / GRID_UNITS);
    for (int line = first; line <= last; line++) {
        const bool is_major = line % GRID_MAJOR_LINES == 0;
        const Color color = {110, 150, 210, is_major ? 30 : 13};
        const float at = (float)line * GRID_UNITS;
        float x0;
        float y0;
        float x1;
        float y1;
        camera_to_screen(camera, is_vertical ? at : fmaxf(0, camera->x - CAMERA_WIDTH_UNITS / 2),
                         is_vertical ? fmaxf(0, camera->y - CAMERA_HEIGHT_UNITS / 2) : at, &x0,
                         &y0);
        camera_to_screen(camera, is_vertical ? at : fminf(side, camera->x + CAMERA_WIDTH_UNITS / 2),
                         is_vertical ? fminf(side, camera->y + CAMERA_HEIGHT_UNITS / 2) : at, &x1,
                         &y1);
        painter_rect(painter, LAYER_GROUND,
                     (SDL_FRect){roundf(x0), roundf(y0), is_vertical ? 1.0f : x1 - x0,
                                 is_vertical ? y1 - y0 : 1.0f},
                     color);
    }
}

// The world's border: a glowing wall, and a dark void outside.
static void draw_border(Painter *painter, const Camera *camera, float side, double time_s) {
    float left;
    float top;
    float right;
    float bottom;
    camera_to_screen(camera, 0, 0, &left, &top);
    camera_to_screen(camera, side, side, &right, &bottom);
    const float width = painter->width;
    const float height = painter->height;
    const Color beyond = {4, 4, 8, 190};
    const Color wall = COLOR_VERMILLION;
    const float pulse = 0.75f + 0.25f * sinf((float)fmod(time_s, 1000.0) * 2.4f);
    const Color glow = color_fade(wall, 0.30f * pulse);
    const Color none = color_fade(wall, 0);
    const float line = fmaxf(2.0f, roundf(3.0f * camera->scale));
    const float depth = 46.0f * camera->scale;
    const float inner_top = fmaxf(0, top);
    const float inner_bottom = fminf(height, bottom);
    const float inner_height = inner_bottom - inner_top;
    const float inner_left = fmaxf(0, left);
    const float inner_width = fminf(width, right) - inner_left;
    if (left > 0) {
        painter_rect(painter, LAYER_GROUND, (SDL_FRect){0, 0, left, height}, beyond);
        painter_gradient(painter, LAYER_GROUND, (SDL_FRect){left, inner_top, depth, inner_height},
                         glow, none, false);
        painter_rect(painter, LAYER_BODIES,
                     (SDL_FRect){left - line, inner_top - line, line, inner_height + 2 * line},
                     wall);
    }
    if (right < width) {
        painter_rect(painter, LAYER_GROUND, (SDL_FRect){right, 0, width - right, height}, beyond);
        painter_gradient(painter, LAYER_GROUND,
                         (SDL_FRect){right - depth, inner_top, depth, inner_height}, none, glow,
                         false);
        painter_rect(painter, LAYER_BODIES,
                     (SDL_FRect){right, inner_top - line, line, inner_height + 2 * line}, wall);
    }
    if (top > 0) {
        painter_rect(painter, LAYER_GROUND, (SDL_FRect){inner_left, 0, inner_width, top}, beyond);
        painter_gradient(painter, LAYER_GROUND, (SDL_FRect){inner_left, top, inner_width, depth},
                         glow, none, true);
        painter_rect(painter, LAYER_BODIES, (SDL_FRect){inner_left, top - line, inner_width, line},
                     wall);
    }
    if (bottom < height) {
        painter_rect(painter, LAYER_GROUND,
                     (SDL_FRect){inner_left, bottom, inner_width, height - bottom}, beyond);
        painter_gradient(painter, LAYER_GROUND,
                         (SDL_FRect){inner_left, bottom - depth, inner_width, depth}, none, glow,
                         true);
        painter_rect(painter, LAYER_BODIES, (SDL_FRect){inner_left, bottom, inner_width, line},
                     wall);
    }
}

void backdrop_draw_grid(Painter *painter, const Camera *camera, float side_units, double time_s) {
    draw_lines(painter, camera, side_units, true);
    draw_lines(painter, camera, side_units, false);
    draw_border(painter, camera, side_units, time_s);
}
