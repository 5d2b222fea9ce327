// SPDX-License-Identifier: MIT
// figures_panel.h -- shows the NetFigures: as a line, as a line with graphs, or not at all.
//
// Threads: the thread of the renderer; keeps no state.
#ifndef TICKSTORM_CLIENT_PICTURE_FIGURES_PANEL_H
#define TICKSTORM_CLIENT_PICTURE_FIGURES_PANEL_H

#include "client/draw/camera.h"
#include "client/draw/painter.h"
#include "client/draw/text.h"
#include "client/picture/net_figures.h"

typedef enum FiguresMode {
    FIGURES_LINE,
    FIGURES_GRAPHS,
    FIGURES_OFF,
    FIGURES_MODE_COUNT
} FiguresMode;

// How far the graphs reach to the left, in pixels.
float figures_panel_graph_width(const Camera *camera);

void figures_panel_draw(const NetFigures *figures, FiguresMode mode, Painter *painter, Text *text,
                        const Camera *camera);

#endif
