// SPDX-License-Identifier: MIT
#include "client/shell/screenshot.h"

#include <stb_image_write.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NUMBER_MAX 9999 // the last one is overwritten

bool screenshot_save(SDL_Renderer *renderer, const char *path) {
    int width = 0;
    int height = 0;
    if (SDL_GetRendererOutputSize(renderer, &width, &height) != 0 || width <= 0 || height <= 0) {
        return false;
    }
    const int pitch = width * 3;
    uint8_t *pixels = malloc((size_t)pitch * (size_t)height);
    const bool is_saved =
        pixels != NULL &&
        SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_RGB24, pixels, pitch) == 0 &&
        stbi_write_png(path, width, height, 3, pixels, pitch) != 0;
    free(pixels);
    return is_saved;
}

void screenshot_choose_path(char *path, size_t size) {
    char directory[512] = ".";
    const char *home = getenv("HOME");
    if (home != NULL) {
        snprintf(directory, sizeof directory, "%s/Pictures", home);
        if (access(directory, W_OK) != 0) {
            snprintf(directory, sizeof directory, "%s", home);
        }
    }
    for (int number = 1; number <= NUMBER_MAX; number++) {
        snprintf(path, size, "%s/tickstorm_%04d.png", directory, number);
        if (access(path, F_OK) != 0) {
            return;
        }
    }
}
