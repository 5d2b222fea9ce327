// SPDX-License-Identifier: MIT
// window.h -- where the picture goes: a window, or, headless, a surface in memory.
//
// Flow:    window_open -> renderer -> window_present, once a frame
// Threads: the main thread.
//
// Headless opens no display and no audio device: SDL's video is not even initialised.
#ifndef TICKSTORM_CLIENT_SHELL_WINDOW_H
#define TICKSTORM_CLIENT_SHELL_WINDOW_H

#include <SDL.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_FRAME_RATE_HZ 60 // where the display sets no pace

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

// Shows the picture, which waits for the display where that sets the pace. Returns when the next
// frame is due; the caller waits until then.
uint64_t window_present(Window *window);

// The mouse in pixels of the renderer's output; returns SDL's button mask. Not when headless.
uint32_t window_mouse(const Window *window, float *x, float *y);

#endif
