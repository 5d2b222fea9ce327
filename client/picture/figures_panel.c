// SPDX-License-Identifier: MIT
#include "client/picture/figures_panel.h"

#include <math.h>
#include <stdio.h>

typedef struct GraphStyle {
    const char *title;
    float full_ms; // the smallest value at the top of the graph
    float mark_ms; // a line across: the target value
    Color color;
} GraphStyle;

static const GraphStyle styles[SERIES_COUNT] = {
    [SERIES_FRAME_MS] = {"frame", 33.4f, 16.7f, {86, 180, 233, 255}},
    [SERIES_ROUND_TRIP_MS] = {"round trip", 40.0f, 0.0f, {240, 228, 66, 255}},
    [SERIES_SNAPSHOT_GAP_MS] = {"snapshot gap", 100.0f, 50.0f, {0, 158, 115, 255}},
    [SERIES_SERVER_TICK_MS] = {"server tick", 16.7f, 16.7f, {230, 159, 0, 255}},
};

static void draw_line_of_figures(const NetFigures *figures, Painter *painter, Text *text,
                                 float right, float top, float pad) {
    char line[256];
    snprintf(line, sizeof line,
             "%.0f fps   rtt %.0f ms   gap %.0f ms   loss in %.1f %% out %.1f %%   delay %.0f ms   "
             "corrections %llu   server tick %.1f ms   players %u",
             (double)figures->frames_hz, (double)figures->round_trip_ms,
             (double)figures->snapshot_gap_ms, (double)figures->loss_percent,
             (double)figures->loss_out_percent, (double)figures->delay_ms,
             (unsigned long long)figures->corrections, (double)figures->server_tick_ms,
             figures->clients);
    const float width = text_width(text, TEXT_SMALL, line);
    const float height = text_height(text, TEXT_SMALL);
    painter_rect(painter, LAYER_HUD,
                 (SDL_FRect){right - width - 2 * pad, top, width + 2 * pad, height + pad},
                 COLOR_PANEL);
    text_draw(text, painter, (TextStyle){TEXT_SMALL, TEXT_RIGHT, COLOR_MUTED}, right - pad,
              top + pad * 0.5f, line);
}

static float history_top(const NetHistory *history, float least) {
    float top = least;
    for (uint32_t i = 0; i < NET_FIGURES_HISTORY; i++) {
        top = fmaxf(top, history->values[i] * 1.1f);
    }
    return top;
}

static void draw_graph(const NetHistory *history, const GraphStyle *style, Painter *painter,
                       Text *text, SDL_FRect area, float pad) {
    const float top_ms = history_top(history, style->full_ms);
    const float bar = area.w / NET_FIGURES_HISTORY;
    painter_rect(painter, LAYER_HUD, (SDL_FRect){area.x, area.y, area.w, area.h}, COLOR_PANEL);
    for (uint32_t i = 0; i < NET_FIGURES_HISTORY; i++) {
        const float value = history->values[(history->next + i) % NET_FIGURES_HISTORY];
        const float height = area.h * value / top_ms;
        painter_rect(painter, LAYER_HUD,
                     (SDL_FRect){area.x + (float)i * bar, area.y + area.h - height, bar, height},
                     color_fade(style->color, 0.75f));
    }
    if (style->mark_ms > 0) {
        painter_rect(
            painter, LAYER_HUD,
            (SDL_FRect){area.x, roundf(area.y + area.h * (1 - style->mark_ms / top_ms)), area.w, 1},
            color_fade(COLOR_TEXT, 0.5f));
    }
    const uint32_t newest = (history->next + NET_FIGURES_HISTORY - 1) % NET_FIGURES_HISTORY;
    char label[64];
    snprintf(label, sizeof label, "%s %.1f ms", style->title, (double)history->values[newest]);
    text_draw_edged(text, painter, (TextStyle){TEXT_SMALL, TEXT_LEFT, COLOR_TEXT}, area.x + pad,
                    area.y + 2, label);
}

float figures_panel_graph_width(const Camera *camera) {
    return roundf(2 * NET_FIGURES_HISTORY * camera->height / 720.0f);
}

void figures_panel_draw(const NetFigures *figures, FiguresMode mode, Painter *painter, Text *text,
                        const Camera *camera) {
    if (mode == FIGURES_OFF) {
        return;
    }
    const float unit = camera->height / 720.0f;
    const float pad = roundf(8 * unit);
    const float right = camera->left + camera->width - pad;
    float top = camera->top + pad;
    draw_line_of_figures(figures, painter, text, right, top, pad);
    if (mode != FIGURES_GRAPHS) {
        return;
    }
    const float width = figures_panel_graph_width(camera);
    const float height = roundf(52 * unit);
    top += text_height(text, TEXT_SMALL) + 2 * pad;
    for (NetSeries series = 0; series < SERIES_COUNT; series++) {
        draw_graph(&figures->series[series], &styles[series], painter, text,
                   (SDL_FRect){right - width, top, width, height}, pad);
        top += height + roundf(4 * unit);
    }
    char traffic[96];
    snprintf(traffic, sizeof traffic, "in %.1f kB/s   out %.1f kB/s   worst gap %.0f ms",
             (double)figures->in_kb_s, (double)figures->out_kb_s,
             (double)figures->snapshot_gap_ms_max);
    text_draw_edged(text, painter, (TextStyle){TEXT_SMALL, TEXT_RIGHT, COLOR_MUTED}, right, top,
                    traffic);
}
