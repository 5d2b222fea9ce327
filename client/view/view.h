// SPDX-License-Identifier: MIT
// view.h -- the world at one moment, ready to draw: plain data, interpolated, in floating point
//           units.
//
// Flow:    ClientView + its Client -> view_build -> View -> Scene (client/picture)
// Threads: the client's thread.
// Memory:  fixed arrays inside View; the caller owns it.
#ifndef TICKSTORM_CLIENT_VIEW_VIEW_H
#define TICKSTORM_CLIENT_VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "client/view/client_view.h"

#define VIEW_ENTITIES_MAX 1024

typedef struct ViewEntity {
    uint32_t slot;
    EntityKind kind;
    float x, y;     // units
    float angle;    // radians
    float health;   // 0..1
    uint8_t status; // ENTITY_STATUS_*
    bool is_extrapolated;
} ViewEntity;

typedef struct View {
    // The own ship as predicted, with corrections smoothed out.
    bool has_own;
    bool own_is_alive;
    ViewEntity own;
    Ship own_ship;
    float center_x, center_y; // units: where the camera looks
    uint32_t entity_count;    // the others
    ViewEntity entities[VIEW_ENTITIES_MAX];
    double tick; // server time that the others are shown at
    float tick_rate_hz;
} View;

void view_build(const ClientView *client_view, uint64_t now_ns, View *view);

#endif
