// SPDX-License-Identifier: MIT
#include "client/shell/asset_path.h"

#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Relative to the program's own directory; both are set by the build.
static const char *const places[] = {TICKSTORM_ASSETS_FROM_BUILD, TICKSTORM_ASSETS_FROM_INSTALL};

bool asset_find_directory(const char *name, char *path, size_t path_size, char *error,
                          size_t error_size) {
    const char *chosen = getenv("TICKSTORM_ASSETS");
    if (chosen != NULL) {
        const int length = snprintf(path, path_size, "%s/%s", chosen, name);
        if (length < (int)path_size && access(path, R_OK) == 0) {
            return true;
        }
        snprintf(error, error_size, "TICKSTORM_ASSETS is %s, which has no readable '%s'", chosen,
                 name);
        return false;
    }
    char *base = SDL_GetBasePath();
    bool is_found = false;
    for (size_t i = 0; base != NULL && !is_found && i < sizeof places / sizeof places[0]; i++) {
        const int length = snprintf(path, path_size, "%s%s/%s", base, places[i], name);
        is_found = length < (int)path_size && access(path, R_OK) == 0;
    }
    SDL_free(base);
    if (!is_found) {
        snprintf(error, error_size,
                 "the assets (%s) were not found; set TICKSTORM_ASSETS to the directory that has "
                 "them",
                 name);
    }
    return is_found;
}
