// SPDX-License-Identifier: MIT
#include "client/draw/painter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXEL (1.0f / ATLAS_SIDE)

static const SDL_BlendMode layer_blend[LAYER_COUNT] = {
    [LAYER_GROUND] = SDL_BLENDMODE_BLEND, [LAYER_TRAILS] = SDL_BLENDMODE_ADD,
    [LAYER_BODIES] = SDL_BLENDMODE_BLEND, [LAYER_FLASH] = SDL_BLENDMODE_ADD,
    [LAYER_HUD] = SDL_BLENDMODE_BLEND,
};

bool painter_create(Painter *painter, SDL_Renderer *renderer, Atlas *atlas) {
    *painter = (Painter){.renderer = renderer, .atlas = atlas};
    bool has_memory = true;
    for (PainterLayer layer = 0; layer < LAYER_COUNT; layer++) {
        painter->vertices[layer] = malloc(PAINTER_QUADS_MAX * 4 * sizeof(SDL_Vertex));
        has_memory = has_memory && painter->vertices[layer] != NULL;
    }
    painter->indices = malloc(PAINTER_QUADS_MAX * 6 * sizeof(int));
    if (!has_memory || painter->indices == NULL) {
        painter_destroy(painter);
        return false;
    }
    for (int quad = 0; quad < PAINTER_QUADS_MAX; quad++) {
        static const int corners[6] = {0, 1, 2, 0, 2, 3};
        for (int i = 0; i < 6; i++) {
            painter->indices[quad * 6 + i] = quad * 4 + corners[i];
        }
    }
    return true;
}

void painter_destroy(Painter *painter) {
    for (PainterLayer layer = 0; layer < LAYER_COUNT; layer++) {
        free(painter->vertices[layer]);
        painter->vertices[layer] = NULL;
    }
    free(painter->indices);
    painter->indices = NULL;
}

void painter_begin(Painter *painter, int width, int height) {
    painter->width = (float)width;
    painter->height = (float)height;
    memset(painter->quad_counts, 0, sizeof painter->quad_counts);
}

void painter_flush(Painter *painter) {
    painter->drawn = 0;
    painter->flushed_calls = 0;
    for (PainterLayer layer = 0; layer < LAYER_COUNT; layer++) {
        const uint32_t count = painter->quad_counts[layer];
        if (count == 0) {
            continue;
        }
        SDL_SetTextureBlendMode(painter->atlas->texture, layer_blend[layer]);
        SDL_RenderGeometry(painter->renderer, painter->atlas->texture, painter->vertices[layer],
                           (int)count * 4, painter->indices, (int)count * 6);
        painter->drawn += count;
        painter->flushed_calls++;
    }
}

// Room for one more quad, or NULL.
static SDL_Vertex *push_quad(Painter *painter, PainterLayer layer) {
    if (painter->quad_counts[layer] == PAINTER_QUADS_MAX) {
        painter->dropped++;
        return NULL;
    }
    return painter->vertices[layer] + 4 * painter->quad_counts[layer]++;
}

static SDL_Color to_sdl(Color color) {
    return (SDL_Color){color.r, color.g, color.b, color.a};
}

static void set_source(SDL_Vertex quad[4], const SDL_Rect *source) {
    const float left = (float)source->x * TEXEL;
    const float top = (float)source->y * TEXEL;
    const float right = (float)(source->x + source->w) * TEXEL;
    const float bottom = (float)(source->y + source->h) * TEXEL;
    quad[0].tex_coord = (SDL_FPoint){left, top};
    quad[1].tex_coord = (SDL_FPoint){right, top};
    quad[2].tex_coord = (SDL_FPoint){right, bottom};
    quad[3].tex_coord = (SDL_FPoint){left, bottom};
}

// One white texel for all corners; the software renderer then fills instead of copying.
static void set_plain(const Painter *painter, SDL_Vertex quad[4]) {
    const SDL_Rect *white = &painter->atlas->sprites[SPRITE_WHITE].levels[0];
    const SDL_FPoint middle = {((float)white->x + 0.5f * (float)white->w) * TEXEL,
                               ((float)white->y + 0.5f * (float)white->h) * TEXEL};
    for (int corner = 0; corner < 4; corner++) {
        quad[corner].tex_coord = middle;
    }
}

static void set_color(SDL_Vertex quad[4], Color color) {
    for (int corner = 0; corner < 4; corner++) {
        quad[corner].color = to_sdl(color);
    }
}

static void set_box(SDL_Vertex quad[4], float left, float top, float right, float bottom) {
    quad[0].position = (SDL_FPoint){left, top};
    quad[1].position = (SDL_FPoint){right, top};
    quad[2].position = (SDL_FPoint){right, bottom};
    quad[3].position = (SDL_FPoint){left, bottom};
}

// The box from the stroke's start to its end, half its thickness to either side. False when the
// stroke has no length.
static bool set_stroke(SDL_Vertex quad[4], Stroke stroke) {
    const float dx = stroke.x1 - stroke.x0;
    const float dy = stroke.y1 - stroke.y0;
    const float length = hypotf(dx, dy);
    if (length < 0.01f) {
        return false;
    }
    const float nx = -dy / length * (0.5f * stroke.thickness);
    const float ny = dx / length * (0.5f * stroke.thickness);
    quad[0].position = (SDL_FPoint){stroke.x0 - nx, stroke.y0 - ny};
    quad[1].position = (SDL_FPoint){stroke.x1 - nx, stroke.y1 - ny};
    quad[2].position = (SDL_FPoint){stroke.x1 + nx, stroke.y1 + ny};
    quad[3].position = (SDL_FPoint){stroke.x0 + nx, stroke.y0 + ny};
    return true;
}

void painter_sprite(Painter *painter, PainterLayer layer, Sprite sprite, Disc body, float angle,
                    Color color) {
    const float x = body.x;
    const float y = body.y;
    const float half = body.radius / painter->atlas->sprites[sprite].radius_share;
    const float reach = half * 1.42f;
    if (color.a == 0 || x + reach < 0 || y + reach < 0 || x - reach > painter->width ||
        y - reach > painter->height) {
        return;
    }
    SDL_Vertex *quad = push_quad(painter, layer);
    if (quad == NULL) {
        return;
    }
    const SDL_Rect source = atlas_level(painter->atlas, sprite, 2 * half);
    set_source(quad, &source);
    set_color(quad, color);
    if (angle == 0) {
        set_box(quad, x - half, y - half, x + half, y + half);
        return;
    }
    const float c = cosf(angle) * half;
    const float s = sinf(angle) * half;
    quad[0].position = (SDL_FPoint){x - c + s, y - s - c};
    quad[1].position = (SDL_FPoint){x + c + s, y + s - c};
    quad[2].position = (SDL_FPoint){x + c - s, y + s + c};
    quad[3].position = (SDL_FPoint){x - c - s, y - s + c};
}

void painter_rect(Painter *painter, PainterLayer layer, SDL_FRect area, Color color) {
    SDL_Vertex *quad = push_quad(painter, layer);
    if (quad != NULL) {
        set_plain(painter, quad);
        set_color(quad, color);
        set_box(quad, area.x, area.y, area.x + area.w, area.y + area.h);
    }
}

void painter_gradient(Painter *painter, PainterLayer layer, SDL_FRect area, Color from, Color to,
                      bool is_vertical) {
    SDL_Vertex *quad = push_quad(painter, layer);
    if (quad != NULL) {
        set_plain(painter, quad);
        set_color(quad, from);
        quad[2].color = to_sdl(to);
        quad[is_vertical ? 3 : 1].color = to_sdl(to);
        set_box(quad, area.x, area.y, area.x + area.w, area.y + area.h);
    }
}

void painter_frame(Painter *painter, PainterLayer layer, SDL_FRect area, float thickness,
                   Color color) {
    painter_rect(painter, layer, (SDL_FRect){area.x, area.y, area.w, thickness}, color);
    painter_rect(painter, layer,
                 (SDL_FRect){area.x, area.y + area.h - thickness, area.w, thickness}, color);
    const float inner = area.h - 2 * thickness;
    painter_rect(painter, layer, (SDL_FRect){area.x, area.y + thickness, thickness, inner}, color);
    painter_rect(painter, layer,
                 (SDL_FRect){area.x + area.w - thickness, area.y + thickness, thickness, inner},
                 color);
}

void painter_beam(Painter *painter, PainterLayer layer, Stroke stroke, Color from, Color to) {
    SDL_Vertex *quad = push_quad(painter, layer);
    if (quad == NULL) {
        return;
    }
    const SDL_Rect source = atlas_level(painter->atlas, SPRITE_BEAM, stroke.thickness);
    set_source(quad, &source);
    set_color(quad, from);
    quad[1].color = to_sdl(to);
    quad[2].color = to_sdl(to);
    if (!set_stroke(quad, stroke)) {
        painter->quad_counts[layer]--;
    }
}

void painter_picture(Painter *painter, PainterLayer layer, const SDL_Rect *source, float x, float y,
                     Color color) {
    SDL_Vertex *quad = push_quad(painter, layer);
    if (quad != NULL) {
        set_source(quad, source);
        set_color(quad, color);
        set_box(quad, x, y, x + (float)source->w, y + (float)source->h);
    }
}
