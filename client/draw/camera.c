// SPDX-License-Identifier: MIT
#include "client/draw/camera.h"

#include <math.h>

#define TURN_RADIANS 6.28318530717958647692

void camera_fit(Camera *camera, int output_width, int output_height) {
    const float scale_x = (float)output_width / CAMERA_WIDTH_UNITS;
    const float scale_y = (float)output_height / CAMERA_HEIGHT_UNITS;
    camera->scale = scale_x < scale_y ? scale_x : scale_y;
    camera->width = CAMERA_WIDTH_UNITS * camera->scale;
    camera->height = CAMERA_HEIGHT_UNITS * camera->scale;
    // Rounding may leave the width a little above the window's; then there is no bar.
    camera->left = fmaxf(0, roundf(((float)output_width - camera->width) * 0.5f));
    camera->top = fmaxf(0, roundf(((float)output_height - camera->height) * 0.5f));
}

void camera_look(Camera *camera, float x, float y) {
    camera->x = x;
    camera->y = y;
}

void camera_to_screen(const Camera *camera, float x, float y, float *screen_x, float *screen_y) {
    *screen_x = camera->left + camera->width * 0.5f + (x - camera->x) * camera->scale;
    *screen_y = camera->top + camera->height * 0.5f + (y - camera->y) * camera->scale;
}

void camera_to_world(const Camera *camera, float screen_x, float screen_y, float *x, float *y) {
    *x = camera->x + (screen_x - camera->left - camera->width * 0.5f) / camera->scale;
    *y = camera->y + (screen_y - camera->top - camera->height * 0.5f) / camera->scale;
}

bool camera_sees(const Camera *camera, float x, float y, float radius) {
    return fabsf(x - camera->x) - radius < CAMERA_WIDTH_UNITS * 0.5f &&
           fabsf(y - camera->y) - radius < CAMERA_HEIGHT_UNITS * 0.5f;
}

uint16_t camera_aim(const Camera *camera, float from_x, float from_y, float screen_x,
                    float screen_y) {
    float x;
    float y;
    camera_to_world(camera, screen_x, screen_y, &x, &y);
    const double angle = atan2((double)(y - from_y), (double)(x - from_x));
    return (uint16_t)((int32_t)lround(angle / TURN_RADIANS * 65536.0) & 0xffff);
}
