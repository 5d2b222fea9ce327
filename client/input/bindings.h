// SPDX-License-Identifier: MIT
// bindings.h -- the actions of keys and mouse buttons: one table for playing, for the help screen
//               and for scripts.
//
// Threads: a constant table and pure functions.
#ifndef TICKSTORM_CLIENT_INPUT_BINDINGS_H
#define TICKSTORM_CLIENT_INPUT_BINDINGS_H

#include <SDL.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Action {
    // Held: they become INPUT_* buttons.
    ACTION_UP,
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_PULSE,
    ACTION_MISSILE,
    // Pressed once.
    ACTION_HELP,
    ACTION_SCORES,
    ACTION_CHAT,
    ACTION_FIGURES,
    ACTION_FULLSCREEN,
    ACTION_SCREENSHOT,
    ACTION_QUIT,
    ACTION_COUNT,
} Action;

typedef struct Binding {
    const char *name; // in scripts
    const char *help; // on the help screen
    const char *keys; // the same
    SDL_Scancode scancodes[2];
    uint8_t mouse_button; // 0: none
    uint8_t input;        // INPUT_*; 0 for an action that is pressed once
} Binding;

const Binding *binding_of(Action action);

// The action with this name in scripts, or ACTION_COUNT.
Action binding_find(const char *name);

// The pressed-once action of a key, or ACTION_COUNT.
Action binding_press(SDL_Scancode scancode);

// The INPUT_* buttons that are held. keyboard is SDL_GetKeyboardState()'s array, mouse_mask
// SDL_GetMouseState()'s result.
uint8_t binding_buttons(const uint8_t *keyboard, uint32_t mouse_mask);

#endif
