// SPDX-License-Identifier: MIT
#include "client/picture/hud.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "client/picture/news.h"
#include "game/tuning.h"

#define PANEL_WIDTH 262.0f
#define LOW_HEALTH  0.34f

// Lengths below are for a window 720 pixels high; unit is the number of pixels of this window per
// such pixel.
typedef struct HudContext {
    const Scene *scene;
    Painter *painter;
    Text *text;
    const Camera *camera;
    float unit;
} HudContext;

static void draw_panel(const HudContext *hud, SDL_FRect area) {
    painter_rect(hud->painter, LAYER_HUD, area, COLOR_PANEL);
    painter_frame(hud->painter, LAYER_HUD, area, 1, COLOR_PANEL_EDGE);
}

typedef struct Gauge {
    const char *label;
    int value, full;
    Color color;
} Gauge;

// A labelled bar with its value to the right.
static void draw_gauge(const HudContext *hud, const Gauge *gauge, float x, float y) {
    const float unit = hud->unit;
    const float share = fminf(1.0f, fmaxf(0.0f, (float)gauge->value / (float)gauge->full));
    const float bar_x = roundf(x + 66 * unit);
    const float bar_width = roundf(128 * unit);
    const float height = roundf(10 * unit);
    const float line = text_height(hud->text, TEXT_SMALL);
    const float bar_y = roundf(y + (line - height) * 0.5f);
    text_draw(hud->text, hud->painter, (TextStyle){TEXT_SMALL, TEXT_LEFT, COLOR_MUTED}, x, y,
              gauge->label);
    painter_rect(hud->painter, LAYER_HUD, (SDL_FRect){bar_x, bar_y, bar_width, height},
                 (Color){255, 255, 255, 26});
    painter_rect(hud->painter, LAYER_HUD,
                 (SDL_FRect){bar_x, bar_y, roundf(bar_width * share), height}, gauge->color);
    painter_rect(
        hud->painter, LAYER_HUD,
        (SDL_FRect){bar_x, bar_y, roundf(bar_width * share), fmaxf(1.0f, roundf(2 * unit))},
        (Color){255, 255, 255, 70});
    char number[16];
    snprintf(number, sizeof number, "%d", gauge->value);
    text_draw(hud->text, hud->painter, (TextStyle){TEXT_SMALL, TEXT_RIGHT, COLOR_TEXT},
              x + (PANEL_WIDTH - 20) * unit, y, number);
}

typedef struct Weapon {
    const char *label;
    int cooldown, cooldown_full; // ticks
    bool has_energy;
    Color color;
} Weapon;

// A weapon's name with a pip that is full when it can fire.
static void draw_weapon(const HudContext *hud, const Weapon *weapon, float x, float y) {
    const float unit = hud->unit;
    const float width = roundf(52 * unit);
    const float height = roundf(6 * unit);
    const float share = 1.0f - fminf(1.0f, (float)weapon->cooldown / (float)weapon->cooldown_full);
    const bool is_ready = weapon->cooldown == 0 && weapon->has_energy;
    // In a small window letters have their minimum size and need a larger share of its width.
    const float label_width = text_width(hud->text, TEXT_SMALL, weapon->label);
    const float bar_x = roundf(x + fmaxf(54 * unit, label_width + 6 * unit));
    const float bar_y = roundf(y + (text_height(hud->text, TEXT_SMALL) - height) * 0.5f);
    text_draw(hud->text, hud->painter,
              (TextStyle){TEXT_SMALL, TEXT_LEFT, is_ready ? COLOR_TEXT : COLOR_MUTED}, x, y,
              weapon->label);
    painter_rect(hud->painter, LAYER_HUD, (SDL_FRect){bar_x, bar_y, width, height},
                 (Color){255, 255, 255, 26});
    painter_rect(hud->painter, LAYER_HUD, (SDL_FRect){bar_x, bar_y, roundf(width * share), height},
                 is_ready ? weapon->color : color_fade(weapon->color, 0.35f));
}

static void draw_condition(const HudContext *hud) {
    const Ship *ship = &hud->scene->view->own_ship;
    const float unit = hud->unit;
    const float line = text_height(hud->text, TEXT_SMALL) + roundf(5 * unit);
    const float height = 3 * line + roundf(15 * unit);
    const float x = roundf(hud->camera->left + 12 * unit);
    const float y = roundf(hud->camera->top + hud->camera->height - 12 * unit - height);
    draw_panel(hud, (SDL_FRect){x, y, roundf(PANEL_WIDTH * unit), height});
    const float left = roundf(x + 10 * unit);
    float top = roundf(y + 8 * unit);
    const float health = (float)ship->health / SHIP_HEALTH_MAX;
    const Gauge health_gauge = {.label = ship->shield_ticks > 0 ? "Shielded" : "Health",
                                .value = ship->health,
                                .full = SHIP_HEALTH_MAX,
                                .color = health > LOW_HEALTH ? COLOR_GREEN : COLOR_VERMILLION};
    draw_gauge(hud, &health_gauge, left, top);
    top += line;
    const Gauge energy_gauge = {
        .label = "Energy", .value = ship->energy, .full = SHIP_ENERGY_MAX, .color = COLOR_SKY};
    draw_gauge(hud, &energy_gauge, left, top);
    top += line;
    const Weapon pulse = {.label = "Pulse",
                          .cooldown = ship->pulse_cooldown_ticks,
                          .cooldown_full = PULSE_COOLDOWN_TICKS,
                          .has_energy = ship->energy >= PULSE_ENERGY,
                          .color = COLOR_SKY};
    draw_weapon(hud, &pulse, left, top);
    const Weapon missile = {.label = "Missile",
                            .cooldown = ship->missile_cooldown_ticks,
                            .cooldown_full = MISSILE_COOLDOWN_TICKS,
                            .has_energy = ship->energy >= MISSILE_ENERGY,
                            .color = COLOR_YELLOW};
    draw_weapon(hud, &missile, roundf(left + 122 * unit), top);
}

static void draw_score(const HudContext *hud) {
    const Ship *ship = &hud->scene->view->own_ship;
    const float unit = hud->unit;
    const float large = text_height(hud->text, TEXT_LARGE);
    const float small = text_height(hud->text, TEXT_SMALL);
    const float x = roundf(hud->camera->left + 12 * unit);
    const float y = roundf(hud->camera->top + 12 * unit);
    char digits[DIGITS_BYTES];
    char line[64];
    digits_group(digits, ship->score);
    snprintf(line, sizeof line, "kills %u   deaths %u", ship->kills, ship->deaths);
    const float width = fmaxf(text_width(hud->text, TEXT_SMALL, line),
                              text_width(hud->text, TEXT_LARGE, digits) + 56 * unit);
    draw_panel(hud,
               (SDL_FRect){x, y, roundf(width + 20 * unit), roundf(large + small + 12 * unit)});
    const float left = roundf(x + 10 * unit);
    text_draw(hud->text, hud->painter, (TextStyle){TEXT_LARGE, TEXT_LEFT, COLOR_TEXT}, left,
              y + 4 * unit, digits);
    text_draw(hud->text, hud->painter, (TextStyle){TEXT_SMALL, TEXT_LEFT, COLOR_MUTED},
              left + text_width(hud->text, TEXT_LARGE, digits) + 8 * unit,
              y + 4 * unit + large - small - 3 * unit, "score");
    text_draw(hud->text, hud->painter, (TextStyle){TEXT_SMALL, TEXT_LEFT, COLOR_MUTED}, left,
              y + large + 5 * unit, line);
}

static void draw_respawn(const HudContext *hud) {
    const Ship *ship = &hud->scene->view->own_ship;
    const float x = hud->camera->left + hud->camera->width * 0.5f;
    const float y = hud->camera->top + hud->camera->height * 0.36f;
    char line[64];
    char title[96] = "Your ship was destroyed";
    if (hud->scene->death != NULL) {
        news_describe_death(hud->scene->death, title, sizeof title);
    }
    const float seconds = (float)ship->respawn_ticks / hud->scene->view->tick_rate_hz;
    snprintf(line, sizeof line, "Back in %.1f s", (double)seconds);
    text_draw_edged(hud->text, hud->painter, (TextStyle){TEXT_HUGE, TEXT_CENTER, COLOR_TEXT}, x, y,
                    title);
    text_draw_edged(hud->text, hud->painter, (TextStyle){TEXT_LARGE, TEXT_CENTER, COLOR_YELLOW}, x,
                    y + text_height(hud->text, TEXT_HUGE) + 6 * hud->unit, line);
}

static void draw_hurt(const HudContext *hud, float hurt) {
    const Camera *camera = hud->camera;
    const float depth = 46 * hud->unit;
    const Color edge = color_fade(COLOR_VERMILLION, 0.55f * hurt);
    const Color none = color_fade(COLOR_VERMILLION, 0);
    const float right = camera->left + camera->width;
    const float bottom = camera->top + camera->height;
    painter_gradient(hud->painter, LAYER_HUD,
                     (SDL_FRect){camera->left, camera->top, camera->width, depth}, edge, none,
                     true);
    painter_gradient(hud->painter, LAYER_HUD,
                     (SDL_FRect){camera->left, bottom - depth, camera->width, depth}, none, edge,
                     true);
    painter_gradient(hud->painter, LAYER_HUD,
                     (SDL_FRect){camera->left, camera->top, depth, camera->height}, edge, none,
                     false);
    painter_gradient(hud->painter, LAYER_HUD,
                     (SDL_FRect){right - depth, camera->top, depth, camera->height}, none, edge,
                     false);
}

void hud_draw(const Scene *scene, const Minimap *minimap, float hurt, Painter *painter, Text *text,
              const Camera *camera) {
    const HudContext hud = {scene, painter, text, camera, camera->height / 720.0f};
    if (hurt > 0) {
        draw_hurt(&hud, hurt);
    }
    if (scene->view->has_own) {
        draw_score(&hud);
        draw_condition(&hud);
        if (!scene->view->own_is_alive) {
            draw_respawn(&hud);
        }
    }
    const float margin = roundf(13 * hud.unit);
    minimap_draw(minimap, scene, painter, camera,
                 camera->left + camera->width - margin - (float)minimap->side,
                 camera->top + camera->height - margin - (float)minimap->side);
}

void hud_draw_reticle(Painter *painter, const Camera *camera, float x, float y) {
    const float radius = 11.0f * camera->height / 720.0f;
    painter_sprite(painter, LAYER_HUD, SPRITE_RETICLE, (Disc){x + 1, y + 1, radius}, 0,
                   (Color){0, 0, 0, 150});
    painter_sprite(painter, LAYER_HUD, SPRITE_RETICLE, (Disc){x, y, radius}, 0,
                   color_fade(COLOR_YELLOW, 0.9f));
}
