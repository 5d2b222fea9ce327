// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/input/bindings.h"
#include "game/ship.h"

static uint8_t held(const SDL_Scancode *keys, size_t count, uint32_t mouse) {
    uint8_t keyboard[SDL_NUM_SCANCODES] = {0};
    for (size_t i = 0; i < count; i++) {
        keyboard[keys[i]] = 1;
    }
    return binding_buttons(keyboard, mouse);
}

static void letters_and_arrows_thrust_alike(void **state) {
    (void)state;
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_W}, 1, 0), INPUT_UP);
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_UP}, 1, 0), INPUT_UP);
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_S, SDL_SCANCODE_RIGHT}, 2, 0),
                     INPUT_DOWN | INPUT_RIGHT);
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_A, SDL_SCANCODE_LEFT}, 2, 0), INPUT_LEFT);
}

static void mouse_buttons_fire(void **state) {
    (void)state;
    assert_int_equal(held(NULL, 0, SDL_BUTTON_LMASK), INPUT_PULSE);
    assert_int_equal(held(NULL, 0, SDL_BUTTON_RMASK), INPUT_MISSILE);
    assert_int_equal(held(NULL, 0, SDL_BUTTON_MMASK), 0);
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_SPACE}, 1, SDL_BUTTON_LMASK),
                     INPUT_PULSE | INPUT_MISSILE);
}

static void without_a_bound_key_no_button_is_held(void **state) {
    (void)state;
    assert_int_equal(held(NULL, 0, 0), 0);
    assert_int_equal(held((SDL_Scancode[]){SDL_SCANCODE_Q, SDL_SCANCODE_UNKNOWN}, 2, 0), 0);
}

static void keys_pressed_once_are_actions_and_held_keys_are_not(void **state) {
    (void)state;
    assert_int_equal(binding_press(SDL_SCANCODE_F1), ACTION_HELP);
    assert_int_equal(binding_press(SDL_SCANCODE_F3), ACTION_FIGURES);
    assert_int_equal(binding_press(SDL_SCANCODE_ESCAPE), ACTION_QUIT);
    assert_int_equal(binding_press(SDL_SCANCODE_W), ACTION_COUNT);
    assert_int_equal(binding_press(SDL_SCANCODE_UNKNOWN), ACTION_COUNT);
}

static void every_action_has_its_own_name_key_and_help(void **state) {
    (void)state;
    for (Action action = 0; action < ACTION_COUNT; action++) {
        const Binding *binding = binding_of(action);
        assert_true(strlen(binding->help) > 0 && strlen(binding->keys) > 0);
        assert_int_equal(binding_find(binding->name), action);
        for (Action other = 0; other < action; other++) {
            assert_int_not_equal(binding_of(other)->scancodes[0], binding->scancodes[0]);
        }
    }
    assert_int_equal(binding_find("dance"), ACTION_COUNT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_arrows_thrust_alike),
        cmocka_unit_test(mouse_buttons_fire),
        cmocka_unit_test(without_a_bound_key_no_button_is_held),
        cmocka_unit_test(keys_pressed_once_are_actions_and_held_keys_are_not),
        cmocka_unit_test(every_action_has_its_own_name_key_and_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
