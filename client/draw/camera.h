// SPDX-License-Identifier: MIT
// camera.h -- where the world appears on screen.
//
// Flow:    camera_fit (window size) and camera_look (middle of the view) -> camera_to_screen
// Threads: plain data; pure functions.
// Units:   world in units, screen in pixels of the output.
//
// The camera shows CAMERA_WIDTH_UNITS x CAMERA_HEIGHT_UNITS in any window, so that no screen shows
// more of the world than another. A window of another shape gets bars.
#ifndef TICKSTORM_CLIENT_DRAW_CAMERA_H
#define TICKSTORM_CLIENT_DRAW_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/snapshot.h"

#define CAMERA_WIDTH_UNITS  (2.0f * VIEW_HALF_WIDTH_UNITS)
#define CAMERA_HEIGHT_UNITS (2.0f * VIEW_HALF_HEIGHT_UNITS)

typedef struct Camera {
    // The part of the output that shows the world.
    float left, top, width, height; // pixels
    float scale;                    // pixels per unit
    float x, y;                     // units: the world's point in the middle
} Camera;

void camera_fit(Camera *camera, int output_width, int output_height);
void camera_look(Camera *camera, float x, float y);

void camera_to_screen(const Camera *camera, float x, float y, float *screen_x, float *screen_y);
void camera_to_world(const Camera *camera, float screen_x, float screen_y, float *x, float *y);

// Whether a disc is at least partly in the picture.
bool camera_sees(const Camera *camera, float x, float y, float radius);

// The direction from a point of the world to one on screen, as ShipInput.aim wants it; 0 when both
// are the same.
uint16_t camera_aim(const Camera *camera, float from_x, float from_y, float screen_x,
                    float screen_y);

#endif
