// SPDX-License-Identifier: MIT
#include "client/shell/screenshot.h"

#include <errno.h>
#include <stb_image_write.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output_file.h"

#define NUMBER_MAX 9999 // the last one is overwritten

// A PNG file in memory.
typedef struct Png {
    uint8_t *bytes;
    size_t size;
} Png;

// A callback of stb, which passes the complete file in one call.
static void keep_png(void *user, void *bytes, int size) {
    Png *png = user;
    png->bytes = malloc((size_t)size);
    if (png->bytes != NULL) {
        memcpy(png->bytes, bytes, (size_t)size);
        png->size = (size_t)size;
    }
}

static bool read_png(SDL_Renderer *renderer, Png *png) {
    int width = 0;
    int height = 0;
    if (SDL_GetRendererOutputSize(renderer, &width, &height) != 0 || width <= 0 || height <= 0) {
        return false;
    }
    const int pitch = width * 3;
    uint8_t *pixels = malloc((size_t)pitch * (size_t)height);
    const bool is_read =
        pixels != NULL &&
        SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_RGB24, pixels, pitch) == 0 &&
        stbi_write_png_to_func(keep_png, png, width, height, 3, pixels, pitch) != 0;
    free(pixels);
    return is_read && png->bytes != NULL;
}

bool screenshot_save(SDL_Renderer *renderer, const char *path) {
    Png png = {0};
    const bool is_read = read_png(renderer, &png);
    errno = is_read ? errno : 0;
    const bool is_saved = is_read && output_file_write(path, png.bytes, png.size);
    free(png.bytes);
    return is_saved;
}

void screenshot_choose_path(char *path, size_t size) {
    char directory[512] = ".";
    const char *home = getenv("HOME");
    if (home != NULL && *home != '\0') {
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
