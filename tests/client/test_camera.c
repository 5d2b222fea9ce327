// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/draw/camera.h"

static Camera camera_of(int width, int height, float x, float y) {
    Camera camera;
    camera_fit(&camera, width, height);
    camera_look(&camera, x, y);
    return camera;
}

static void the_camera_s_point_is_the_middle_of_the_picture(void **state) {
    (void)state;
    const Camera camera = camera_of(1280, 720, 3000, 500);
    float x;
    float y;
    camera_to_screen(&camera, 3000, 500, &x, &y);
    assert_float_equal(x, 640, 0.01);
    assert_float_equal(y, 360, 0.01);
}

static void every_window_shows_the_same_extent(void **state) {
    (void)state;
    static const int sizes[][2] = {{1280, 720}, {1920, 1080}, {800, 800}, {3440, 1440}, {480, 270}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const Camera camera = camera_of(sizes[i][0], sizes[i][1], 0, 0);
        assert_float_equal(camera.width / camera.scale, CAMERA_WIDTH_UNITS, 0.1);
        assert_float_equal(camera.height / camera.scale, CAMERA_HEIGHT_UNITS, 0.1);
        assert_true(camera.left >= 0 && camera.left + camera.width <= (float)sizes[i][0] + 0.5f);
        assert_true(camera.top >= 0 && camera.top + camera.height <= (float)sizes[i][1] + 0.5f);
    }
}

static void screen_and_world_are_inverse(void **state) {
    (void)state;
    const Camera camera = camera_of(1000, 900, 1234, 4321);
    float screen_x;
    float screen_y;
    float x;
    float y;
    camera_to_screen(&camera, 1500, 4000, &screen_x, &screen_y);
    camera_to_world(&camera, screen_x, screen_y, &x, &y);
    assert_float_equal(x, 1500, 0.01);
    assert_float_equal(y, 4000, 0.01);
}

static void a_disc_is_seen_as_soon_as_its_rim_is_in_the_picture(void **state) {
    (void)state;
    const Camera camera = camera_of(1280, 720, 0, 0);
    assert_true(camera_sees(&camera, 0, 0, 1));
    assert_true(camera_sees(&camera, 820, 0, 30));
    assert_false(camera_sees(&camera, 840, 0, 30));
    assert_false(camera_sees(&camera, 0, -490, 30));
}

static void aim_is_a_fraction_of_a_turn_clockwise_from_the_right(void **state) {
    (void)state;
    const Camera camera = camera_of(1280, 720, 100, 100);
    assert_int_equal(camera_aim(&camera, 100, 100, 900, 360), 0);
    assert_int_equal(camera_aim(&camera, 100, 100, 640, 700), 0x4000);
    assert_int_equal(camera_aim(&camera, 100, 100, 10, 360), 0x8000);
    assert_int_equal(camera_aim(&camera, 100, 100, 640, 10), 0xc000);
}

static void aim_at_the_own_position_is_zero(void **state) {
    (void)state;
    const Camera camera = camera_of(1280, 720, 100, 100);
    assert_int_equal(camera_aim(&camera, 100, 100, 640, 360), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_camera_s_point_is_the_middle_of_the_picture),
        cmocka_unit_test(every_window_shows_the_same_extent),
        cmocka_unit_test(screen_and_world_are_inverse),
        cmocka_unit_test(a_disc_is_seen_as_soon_as_its_rim_is_in_the_picture),
        cmocka_unit_test(aim_is_a_fraction_of_a_turn_clockwise_from_the_right),
        cmocka_unit_test(aim_at_the_own_position_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
