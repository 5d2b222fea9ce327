// SPDX-License-Identifier: MIT
#include "client/picture/news_panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define KILL_SHOWN_S    6.0
#define MESSAGE_SHOWN_S 12.0
#define FADE_S          1.5
#define ROWS_MAX        3    // of one message
#define WIDTH_SHARE     0.5f // of the picture, for messages

static float opacity_at_age(double age_s, double shown_s) {
    return (float)fmin(1.0, fmax(0.0, (shown_s - age_s) / FADE_S));
}

// Draws a word that ends at right; returns its left end.
static float draw_leftward(Painter *painter, Text *text, float right, float y, Color color,
                           const char *word) {
    text_draw_edged(text, painter, (TextStyle){TEXT_SMALL, TEXT_RIGHT, color}, right, y, word);
    return right - text_width(text, TEXT_SMALL, word);
}

void news_panel_draw_kills(const News *news, Painter *painter, Text *text, float right, float top,
                           double time_s) {
    const float row = roundf(text_height(text, TEXT_SMALL) + 5 * text->scale);
    const float gap = roundf(7 * text->scale);
    const float pad = roundf(6 * text->scale);
    float y = top;
    for (uint32_t i = 0; i < news->kill_count; i++) {
        const KillLine *line = &news->kills[i];
        const float opacity = opacity_at_age(time_s - line->time_s, KILL_SHOWN_S);
        if (opacity <= 0) {
            continue;
        }
        const float width = text_width(text, TEXT_SMALL, line->killer) +
                            text_width(text, TEXT_SMALL, line->means) +
                            text_width(text, TEXT_SMALL, line->victim) + 2 * gap;
        painter_rect(painter, LAYER_HUD,
                     (SDL_FRect){right - width - 2 * pad, y, width + 2 * pad, row - 1},
                     color_fade(COLOR_PANEL, 0.75f * opacity));
        const float text_y = roundf(y + 2 * text->scale);
        float x = draw_leftward(
            painter, text, right - pad, text_y,
            color_fade(line->victim_is_own ? COLOR_ORANGE : COLOR_TEXT, opacity), line->victim);
        x = draw_leftward(painter, text, x - gap, text_y, color_fade(COLOR_MUTED, opacity),
                          line->means);
        draw_leftward(painter, text, x - gap, text_y,
                      color_fade(line->killer_is_own ? COLOR_YELLOW : COLOR_TEXT, opacity),
                      line->killer);
        y += row;
    }
}

// How many bytes of the string fit into the width, broken at a blank if possible.
static size_t fit_row(Text *text, const char *string, float width) {
    char row[CHAT_TEXT_BYTES + 1];
    size_t fitting = 0;
    size_t blank = 0;
    for (const char *at = string; *at != '\0';) {
        const char *next = at;
        (void)text_next_code_point(&next);
        const size_t size = (size_t)(next - string);
        memcpy(row, string, size);
        row[size] = '\0';
        if (fitting > 0 && text_width(text, TEXT_SMALL, row) > width) {
            return blank > 0 ? blank : fitting;
        }
        blank = *at == ' ' ? size : blank;
        fitting = size;
        at = next;
    }
    return fitting;
}

typedef struct Rows {
    uint32_t count;
    char text[ROWS_MAX][CHAT_TEXT_BYTES + 1];
} Rows;

// The first row is shorter by the indent.
static void break_rows(Text *text, const char *string, float width, float indent, Rows *rows) {
    rows->count = 0;
    while (*string != '\0' && rows->count < ROWS_MAX) {
        const float room = rows->count == 0 ? width - indent : width;
        const size_t size = fit_row(text, string, room);
        snprintf(rows->text[rows->count], sizeof rows->text[0], "%.*s", (int)size, string);
        rows->count++;
        string += size;
    }
}

typedef struct Column {
    Painter *painter;
    Text *text;
    float x, width;
} Column;

// Draws a message with its last row at y; returns the top.
static float draw_message(const Column *column, const MessageLine *line, float y, float opacity) {
    Painter *painter = column->painter;
    Text *text = column->text;
    const float x = column->x;
    const float height = roundf(text_height(text, TEXT_SMALL) + 3 * text->scale);
    char head[NEWS_NAME_BYTES + 2];
    snprintf(head, sizeof head, line->is_chat ? "%s: " : "%s ", line->who);
    const float indent = text_width(text, TEXT_SMALL, head);
    Rows rows;
    break_rows(text, line->what, column->width, indent, &rows);
    const Color who = !line->is_chat ? COLOR_MUTED : line->is_own ? COLOR_YELLOW : COLOR_SKY;
    const Color what = line->is_chat ? COLOR_TEXT : COLOR_MUTED;
    const float top = y - height * (float)(rows.count - 1);
    text_draw_edged(text, painter, (TextStyle){TEXT_SMALL, TEXT_LEFT, color_fade(who, opacity)}, x,
                    top, head);
    for (uint32_t i = 0; i < rows.count; i++) {
        text_draw_edged(text, painter,
                        (TextStyle){TEXT_SMALL, TEXT_LEFT, color_fade(what, opacity)},
                        i == 0 ? x + indent : x, top + height * (float)i, rows.text[i]);
    }
    return top;
}

// A line longer than its box shows its end.
static void draw_line(const Column *column, const ChatLine *line, float y, double time_s) {
    Painter *painter = column->painter;
    Text *text = column->text;
    const float x = column->x;
    const float width = column->width;
    const float height = text_height(text, TEXT_NORMAL);
    const float pad = roundf(6 * text->scale);
    const char *shown = line->text;
    const float room = width - 2 * pad - text_width(text, TEXT_NORMAL, "Say: ") - 4 * text->scale;
    while (text_width(text, TEXT_NORMAL, shown) > room) {
        (void)text_next_code_point(&shown);
    }
    painter_rect(painter, LAYER_HUD, (SDL_FRect){x, y, width, height + pad}, COLOR_PANEL);
    painter_frame(painter, LAYER_HUD, (SDL_FRect){x, y, width, height + pad}, 1, COLOR_PANEL_EDGE);
    const float text_y = y + roundf(pad * 0.5f);
    text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_LEFT, COLOR_MUTED}, x + pad, text_y,
              "Say: ");
    const float text_x = x + pad + text_width(text, TEXT_NORMAL, "Say: ");
    text_draw(text, painter, (TextStyle){TEXT_NORMAL, TEXT_LEFT, COLOR_TEXT}, text_x, text_y,
              shown);
    if (fmod(time_s, 1.0) < 0.6) {
        painter_rect(painter, LAYER_HUD,
                     (SDL_FRect){text_x + text_width(text, TEXT_NORMAL, shown) + 1, text_y + 2,
                                 fmaxf(1.0f, roundf(1.5f * text->scale)), height - 4},
                     COLOR_YELLOW);
    }
}

void news_panel_draw_messages(const News *news, const ChatLine *line, Painter *painter, Text *text,
                              const Camera *camera, double time_s) {
    const float unit = camera->height / 720.0f;
    const Column column = {.painter = painter,
                           .text = text,
                           .x = roundf(camera->left + 14 * unit),
                           .width = roundf(camera->width * WIDTH_SHARE)};
    const float row = roundf(text_height(text, TEXT_SMALL) + 3 * text->scale);
    float y = roundf(camera->top + camera->height - 132 * unit);
    const bool is_open = line != NULL && line->is_open;
    if (is_open) {
        draw_line(&column, line, y, time_s);
    }
    for (uint32_t i = news->message_count; i > 0; i--) {
        const MessageLine *message = &news->messages[i - 1];
        const float opacity =
            is_open ? 1.0f : opacity_at_age(time_s - message->time_s, MESSAGE_SHOWN_S);
        if (opacity > 0) {
            y = draw_message(&column, message, y - row, opacity);
        }
    }
}
