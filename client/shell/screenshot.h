// SPDX-License-Identifier: MIT
// screenshot.h -- the picture that was just drawn, as a PNG file.
//
// Threads: the thread of the renderer, after drawing and before presenting.
#ifndef TICKSTORM_CLIENT_SHELL_SCREENSHOT_H
#define TICKSTORM_CLIENT_SHELL_SCREENSHOT_H

#include <SDL.h>
#include <stdbool.h>
#include <stddef.h>

// "-" is standard output. False when the renderer cannot be read (errno is 0) or the file not be
// written (errno says why); an older file is then still there.
bool screenshot_save(SDL_Renderer *renderer, const char *path);

// A path in the player's pictures directory (or the working directory) that no file has yet.
void screenshot_choose_path(char *path, size_t size);

#endif
