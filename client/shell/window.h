// SPDX-License-Identifier: MIT
// window.h -- the target of the picture: a window or, headless, a surface in memory.
//
// Flow:    window_open -> renderer -> window_present, once a frame
// Threads: the main thread.
//
// Headless opens no display: SDL's video is not initialised.
#ifndef TICKSTORM_CLIENT_SHELL_WINDOW_H
#define TICKSTORM_CLIENT_SHELL_WINDOW_H

#include <SDL.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_FRAME_RATE_HZ 60 // without vsync

typedef struct Window {
    SDL_Window *window;   // NULL: headless
    SDL_Surface *surface; // NULL: not headless
    SDL_Renderer *renderer;
    bool has_vsync;
    bool is_fullscreen;
    uint64_t next_frame_ns; // without vsync: when the next frame is due
} Window;

typedef struct WindowConfig {
    int width, height; // pixels
    bool is_fullscreen;
    bool is_headless;
} WindowConfig;

// False with a sentence in error.
bool window_open(Window *window, const WindowConfig *config, char *error, size_t error_size);
void window_close(Window *window);

void window_toggle_fullscreen(Window *window);

// Shows the picture; with vsync it waits for the display. Returns when the next frame is due; the
// caller waits until then.
uint64_t window_present(Window *window);

// The mouse in pixels of the renderer's output; returns SDL's button mask. Not when headless.
uint32_t window_mouse(const Window *window, float *x, float *y);

#endif
