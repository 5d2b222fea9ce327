// SPDX-License-Identifier: MIT
#include "client/shell/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static bool open_surface(Window *window, const WindowConfig *config) {
    window->surface = SDL_CreateRGBSurfaceWithFormat(0, config->width, config->height, 32,
                                                     SDL_PIXELFORMAT_ARGB8888);
    window->renderer = window->surface != NULL ? SDL_CreateSoftwareRenderer(window->surface) : NULL;
    return window->renderer != NULL;
}

// Without a display SDL may choose a driver that shows nothing, and nobody could see or close the
// window. Such a driver is accepted only when SDL_VIDEODRIVER names one.
static bool is_display_visible(void) {
    const char *driver = SDL_GetCurrentVideoDriver();
    return getenv("SDL_VIDEODRIVER") != NULL ||
           (strcmp(driver, "offscreen") != 0 && strcmp(driver, "dummy") != 0);
}

// Whether the renderer is OpenGL in software: SDL's own software renderer draws our few hundred
// quads several times faster than that.
static bool is_emulated(SDL_Renderer *renderer) {
    enum { GL_RENDERER_NAME = 0x1f01 }; // GL_RENDERER of the OpenGL specification
    typedef const unsigned char *(*GetString)(unsigned int name);
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(renderer, &info) != 0 || strncmp(info.name, "opengl", 6) != 0) {
        return false;
    }
    void *address = SDL_GL_GetProcAddress("glGetString");
    GetString get_string = NULL;
    memcpy(&get_string, &address, sizeof get_string);
    const char *name = get_string != NULL ? (const char *)get_string(GL_RENDERER_NAME) : NULL;
    return name != NULL && (strstr(name, "llvmpipe") != NULL || strstr(name, "softpipe") != NULL ||
                            strstr(name, "swrast") != NULL);
}

static bool open_display(Window *window, const WindowConfig *config) {
    if (SDL_Init(SDL_INIT_VIDEO | SDL_INIT_EVENTS) != 0) {
        return false;
    }
    if (!is_display_visible()) {
        SDL_SetError("there is no display (--headless needs none)");
        return false;
    }
    const uint32_t flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                           (config->is_fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0u);
    window->window = SDL_CreateWindow("Tickstorm", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                      config->width, config->height, flags);
    if (window->window == NULL) {
        return false;
    }
    SDL_SetWindowMinimumSize(window->window, 480, 270);
    // Text input starts with the chat line; otherwise the key that opens it would appear in it.
    SDL_StopTextInput();
    window->renderer = SDL_CreateRenderer(window->window, -1, SDL_RENDERER_PRESENTVSYNC);
    if (window->renderer != NULL && is_emulated(window->renderer)) {
        SDL_DestroyRenderer(window->renderer);
        window->renderer = NULL;
    }
    if (window->renderer == NULL) {
        window->renderer = SDL_CreateRenderer(window->window, -1, SDL_RENDERER_SOFTWARE);
    }
    SDL_RendererInfo info;
    window->has_vsync =
        window->renderer != NULL && SDL_GetRendererInfo(window->renderer, &info) == 0 &&
        (info.flags & SDL_RENDERER_PRESENTVSYNC) != 0 && (info.flags & SDL_RENDERER_SOFTWARE) == 0;
    window->is_fullscreen = config->is_fullscreen;
    return window->renderer != NULL;
}

bool window_open(Window *window, const WindowConfig *config, char *error, size_t error_size) {
    *window = (Window){0};
    // The program handles Ctrl-C itself.
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
    SDL_SetMainReady();
    const bool is_open =
        config->is_headless ? open_surface(window, config) : open_display(window, config);
    if (!is_open) {
        snprintf(error, error_size, "cannot open %s: %s",
                 config->is_headless ? "a picture in memory" : "a window", SDL_GetError());
        window_close(window);
        return false;
    }
    window->next_frame_ns = clock_now_ns();
    return true;
}

void window_close(Window *window) {
    if (window->renderer != NULL) {
        SDL_DestroyRenderer(window->renderer);
    }
    if (window->window != NULL) {
        SDL_DestroyWindow(window->window);
    }
    SDL_FreeSurface(window->surface);
    *window = (Window){0};
    SDL_Quit();
}

void window_toggle_fullscreen(Window *window) {
    if (window->window == NULL) {
        return;
    }
    const uint32_t mode = window->is_fullscreen ? 0u : SDL_WINDOW_FULLSCREEN_DESKTOP;
    if (SDL_SetWindowFullscreen(window->window, mode) == 0) {
        window->is_fullscreen = !window->is_fullscreen;
    }
}

uint64_t window_present(Window *window) {
    SDL_RenderPresent(window->renderer);
    const uint64_t period_ns = NS_PER_S / WINDOW_FRAME_RATE_HZ;
    const uint64_t now_ns = clock_now_ns();
    // A driver may announce vsync but not wait (a hidden window, a virtual display): then the rate
    // is bounded at 250 pictures a second.
    const uint64_t least_ns = window->has_vsync ? NS_PER_S / 250 : period_ns;
    if (now_ns > window->next_frame_ns + period_ns) {
        window->next_frame_ns = now_ns; // late: later frames do not catch up
    }
    const uint64_t due_ns = window->next_frame_ns;
    window->next_frame_ns += least_ns;
    return due_ns;
}

uint32_t window_mouse(const Window *window, float *x, float *y) {
    int mouse_x = 0;
    int mouse_y = 0;
    int width = 1;
    int height = 1;
    int output_width = 1;
    int output_height = 1;
    const uint32_t mask = SDL_GetMouseState(&mouse_x, &mouse_y);
    SDL_GetWindowSize(window->window, &width, &height);
    SDL_GetRendererOutputSize(window->renderer, &output_width, &output_height);
    *x = (float)mouse_x * (float)output_width / (float)(width > 0 ? width : 1);
    *y = (float)mouse_y * (float)output_height / (float)(height > 0 ? height : 1);
    return mask;
}
