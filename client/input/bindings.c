// SPDX-License-Identifier: MIT
#include "client/input/bindings.h"

#include <string.h>

#include "game/ship.h"

static const Binding bindings[ACTION_COUNT] = {
    [ACTION_UP] = {"up", "Thrust up", "W / Up", {SDL_SCANCODE_W, SDL_SCANCODE_UP}, 0, INPUT_UP},
    [ACTION_DOWN] =
        {"down", "Thrust down", "S / Down", {SDL_SCANCODE_S, SDL_SCANCODE_DOWN}, 0, INPUT_DOWN},
    [ACTION_LEFT] =
        {"left", "Thrust left", "A / Left", {SDL_SCANCODE_A, SDL_SCANCODE_LEFT}, 0, INPUT_LEFT},
    [ACTION_RIGHT] = {"right",
                      "Thrust right",
                      "D / Right",
                      {SDL_SCANCODE_D, SDL_SCANCODE_RIGHT},
                      0,
                      INPUT_RIGHT},
    [ACTION_PULSE] = {"pulse",
                      "Fire the pulse where the mouse points",
                      "Left button / Left Ctrl",
                      {SDL_SCANCODE_LCTRL, SDL_SCANCODE_UNKNOWN},
                      SDL_BUTTON_LEFT,
                      INPUT_PULSE},
    [ACTION_MISSILE] = {"missile",
                        "Launch a missile",
                        "Right button / Space",
                        {SDL_SCANCODE_SPACE, SDL_SCANCODE_UNKNOWN},
                        SDL_BUTTON_RIGHT,
                        INPUT_MISSILE},
    [ACTION_HELP] = {"help", "Show or hide this help", "F1", {SDL_SCANCODE_F1}, 0, 0},
    [ACTION_SCORES] = {"scores", "Show or hide the best players", "Tab", {SDL_SCANCODE_TAB}, 0, 0},
    [ACTION_CHAT] = {"chat",
                     "Say something to everybody",
                     "T / Enter",
                     {SDL_SCANCODE_T, SDL_SCANCODE_RETURN},
                     0,
                     0},
    [ACTION_FIGURES] =
        {"figures", "Network figures: line, graphs, off", "F3", {SDL_SCANCODE_F3}, 0, 0},
    [ACTION_FULLSCREEN] = {"fullscreen", "Full screen or window", "F11", {SDL_SCANCODE_F11}, 0, 0},
    [ACTION_SCREENSHOT] = {"screenshot", "Save a screenshot", "F12", {SDL_SCANCODE_F12}, 0, 0},
    [ACTION_QUIT] = {"quit", "Leave", "Esc", {SDL_SCANCODE_ESCAPE}, 0, 0},
};

const Binding *binding_of(Action action) {
    return &bindings[action];
}

Action binding_find(const char *name) {
    Action action = 0;
    while (action < ACTION_COUNT && strcmp(bindings[action].name, name) != 0) {
        action++;
    }
    return action;
}

static bool has_key(const Binding *binding, SDL_Scancode scancode) {
    return scancode != SDL_SCANCODE_UNKNOWN &&
           (binding->scancodes[0] == scancode || binding->scancodes[1] == scancode);
}

Action binding_press(SDL_Scancode scancode) {
    Action action = 0;
    while (action < ACTION_COUNT &&
           (bindings[action].input != 0 || !has_key(&bindings[action], scancode))) {
        action++;
    }
    return action;
}

uint8_t binding_buttons(const uint8_t *keyboard, uint32_t mouse_mask) {
    uint8_t buttons = 0;
    for (Action action = 0; action < ACTION_COUNT; action++) {
        const Binding *binding = &bindings[action];
        const bool is_key_held =
            keyboard[binding->scancodes[0]] != 0 ||
            (binding->scancodes[1] != SDL_SCANCODE_UNKNOWN && keyboard[binding->scancodes[1]] != 0);
        const bool is_mouse_held =
            binding->mouse_button != 0 && (mouse_mask & SDL_BUTTON(binding->mouse_button)) != 0;
        if (is_key_held || is_mouse_held) {
            buttons |= binding->input;
        }
    }
    return buttons;
}
