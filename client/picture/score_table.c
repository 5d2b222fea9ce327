// SPDX-License-Identifier: MIT
#include "client/picture/score_table.h"

#include <math.h>
#include <stdio.h>

#include "base/digits.h"
#include "client/picture/news.h"

#define TABLE_WIDTH 470.0f // of a window 720 pixels high, as all lengths here

typedef struct Table {
    Painter *painter;
    Text *text;
    float x, width, unit, row;
} Table;

typedef struct Cells {
    const char *place, *name, *score, *kills, *deaths;
} Cells;

static void draw_cells(const Table *table, float y, Color color, const Cells *cells) {
    const float right = table->x + table->width - 14 * table->unit;
    text_draw(table->text, table->painter, (TextStyle){TEXT_NORMAL, TEXT_RIGHT, COLOR_MUTED},
              table->x + 38 * table->unit, y, cells->place);
    text_draw(table->text, table->painter, (TextStyle){TEXT_NORMAL, TEXT_LEFT, color},
              table->x + 52 * table->unit, y, cells->name);
    text_draw(table->text, table->painter, (TextStyle){TEXT_NORMAL, TEXT_RIGHT, color},
              right - 140 * table->unit, y, cells->score);
    text_draw(table->text, table->painter, (TextStyle){TEXT_NORMAL, TEXT_RIGHT, color},
              right - 70 * table->unit, y, cells->kills);
    text_draw(table->text, table->painter, (TextStyle){TEXT_NORMAL, TEXT_RIGHT, color}, right, y,
              cells->deaths);
}

static void draw_row(const Table *table, float y, const ScoreRow *row, uint32_t place,
                     bool is_own) {
    char name[NEWS_NAME_BYTES];
    char place_text[16] = "";
    char score[DIGITS_BYTES];
    char kills[DIGITS_BYTES];
    char deaths[DIGITS_BYTES];
    news_name(name, &row->player);
    if (place > 0) {
        snprintf(place_text, sizeof place_text, "%u", place);
    }
    digits_group(score, row->score);
    digits_group(kills, row->kills);
    digits_group(deaths, row->deaths);
    if (is_own) {
        painter_rect(table->painter, LAYER_HUD,
                     (SDL_FRect){table->x + 6 * table->unit, y - 2 * table->unit,
                                 table->width - 12 * table->unit, table->row},
                     color_fade(COLOR_SKY, 0.22f));
        painter_rect(table->painter, LAYER_HUD,
                     (SDL_FRect){table->x + 6 * table->unit, y - 2 * table->unit,
                                 fmaxf(2.0f, roundf(3 * table->unit)), table->row},
                     COLOR_YELLOW);
    }
    const Cells cells = {place_text, name, score, kills, deaths};
    draw_cells(table, y, is_own ? COLOR_YELLOW : COLOR_TEXT, &cells);
}

void score_table_draw(const Scores *scores, const ScoreRow *own, Painter *painter, Text *text,
                      const Camera *camera) {
    const float unit = camera->height / 720.0f;
    const float row = roundf(text_height(text, TEXT_NORMAL) + 7 * unit);
    const float width = roundf(TABLE_WIDTH * unit);
    bool has_own = false;
    for (uint32_t i = 0; i < scores->count; i++) {
        has_own |= scores->rows[i].player.index == own->player.index;
    }
    const uint32_t rows = scores->count + !has_own;
    const float title = text_height(text, TEXT_LARGE);
    const float height = roundf(title + ((float)rows + 1) * row + 34 * unit);
    const Table table = {painter, text, roundf(camera->left + (camera->width - width) * 0.5f),
                         width,   unit, row};
    const float top = roundf(camera->top + (camera->height - height) * 0.42f);
    painter_rect(painter, LAYER_HUD, (SDL_FRect){table.x, top, width, height}, COLOR_PANEL);
    painter_frame(painter, LAYER_HUD, (SDL_FRect){table.x, top, width, height}, 1,
                  COLOR_PANEL_EDGE);
    float y = roundf(top + 10 * unit);
    text_draw(text, painter, (TextStyle){TEXT_LARGE, TEXT_CENTER, COLOR_TEXT},
              table.x + width * 0.5f, y, "The best");
    y += title + roundf(8 * unit);
    static const Cells heads = {"", "Pilot", "score", "kills", "deaths"};
    draw_cells(&table, y, COLOR_MUTED, &heads);
    y += row;
    for (uint32_t i = 0; i < scores->count; i++) {
        const ScoreRow *entry = &scores->rows[i];
        draw_row(&table, y, entry, i + 1, entry->player.index == own->player.index);
        y += row;
    }
    if (!has_own) {
        draw_row(&table, y, own, 0, true);
    }
}
