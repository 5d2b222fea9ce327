// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <string.h>

#include "game/arena.h"
#include "support.h"

static ArenaFile file;
static char error[128];
static int line;

static bool parse(const char *text) {
    return arena_file_parse(text, strlen(text), &file, error, sizeof error, &line);
}

static void every_key_is_read(void **state) {
    (void)state;
    assert_true(parse("; comment\n[arena]\nname = home\nseed = 9\nside = 5k\nasteroids = 7\n"
                      "nests = 3\ndrones = 2k\nspawn-radius = 400\n"));
    assert_string_equal(file.spec.name, "home");
    assert_true(file.has_seed && file.spec.seed == 9);
    assert_int_equal(file.spec.side_units, 5000);
    assert_true(file.has_asteroids && file.spec.asteroid_count == 7);
    assert_true(file.has_nests && file.spec.nest_count == 3);
    assert_int_equal(file.drone_count, 2000);
    assert_int_equal(file.spec.spawn_radius_units, 400);
}

static void errors_name_the_line_and_the_key(void **state) {
    (void)state;
    assert_false(parse("[arena]\nname = a\nspeed = 4\n"));
    assert_int_equal(line, 3);
    assert_non_null(strstr(error, "'speed'"));
    assert_false(parse("[arena]\nside = wide\nseed = x\n"));
    assert_int_equal(line, 2);
    assert_non_null(strstr(error, "'side'"));
    assert_false(parse("side = 5000\n"));
    assert_non_null(strstr(error, "outside of [arena]"));
    assert_false(parse("[arena]\nthis is no key\n"));
    assert_int_equal(line, 2);
    assert_true(error[0] != '\0');
    assert_false(parse("[arena]\nname = a name that is far too long to be taken\n"));
    assert_non_null(strstr(error, "'name'"));
    assert_false(parse("[arena]\ndrones = 99M\n"));
    assert_non_null(strstr(error, "'drones'"));
    assert_false(parse("[arena]\nnests = -1\n"));
}

static void a_line_is_read_as_it_looks_or_refused(void **state) {
    (void)state;
    assert_true(parse("[arena]\nname = X\n    drones = 100\n"));
    assert_string_equal(file.spec.name, "X");
    assert_int_equal(file.drone_count, 100);
    assert_false(parse("[arena] drones = 10\n"));
    assert_int_equal(line, 1);
    assert_false(parse("[arena]\rdrones = 10\r"));
    assert_int_equal(line, 1);
    assert_false(parse("[arena]\ndrones = 10\ndrones = 20\n"));
    assert_int_equal(line, 3);
    assert_non_null(strstr(error, "line 2"));
    assert_false(parse("[game]\ndrones = 10\n"));
    assert_int_equal(line, 1);
    static const char with_nul[] = "[arena]\n\0drones = 10\n";
    assert_false(
        arena_file_parse(with_nul, sizeof with_nul - 1, &file, error, sizeof error, &line));
    assert_int_equal(line, 2);
    assert_true(parse("\xef\xbb\xbf[arena]\r\ndrones = 10"));
    assert_int_equal(file.drone_count, 10);
}

static void bounds_are_those_of_the_world_and_of_the_flags(void **state) {
    (void)state;
    assert_true(parse("[arena]\nseed = 18446744073709551615\ndrones = 500000\nside = 0\n"));
    assert_true(file.has_seed && file.spec.seed == UINT64_MAX);
    static const char *const bad[] = {"drones = 500001", "side = 1999",       "side = 60001",
                                      "nests = 0",       "asteroids = 20001", "spawn-radius = 199",
                                      "seed = -1",       "name = caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        snprintf(text, sizeof text, "[arena]\n\n%s\n", bad[i]);
        if (parse(text)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
        assert_int_equal(line, 3);
    }
}

static void an_empty_file_leaves_all_open(void **state) {
    (void)state;
    assert_true(parse("[arena]\n"));
    assert_false(file.has_seed || file.has_asteroids || file.has_nests);
    assert_int_equal(file.spec.side_units, 0);
    arena_file_resolve(&file, 10000, 1000);
    assert_null(arena_spec_check(&file.spec));
}

static void the_side_grows_so_that_a_screen_shows_a_hundred(void **state) {
    (void)state;
    for (uint32_t drones = 1000; drones <= 200000; drones *= 3) {
        assert_true(parse("[arena]\n"));
        arena_file_resolve(&file, drones, 200);
        assert_null(arena_spec_check(&file.spec));
        const double side = file.spec.side_units;
        const double shown = (drones + 200) * (1600.0 * 900.0) / (side * side);
        assert_true(shown > 98 && shown < 102);
    }
    assert_true(parse("[arena]\n"));
    arena_file_resolve(&file, 0, 1);
    assert_int_equal(file.spec.side_units, ARENA_SIDE_MIN_UNITS);
    assert_null(arena_spec_check(&file.spec));
    assert_true(parse("[arena]\n"));
    arena_file_resolve(&file, 500000, 32000);
    assert_int_equal(file.spec.side_units, ARENA_SIDE_MAX_UNITS);
    assert_null(arena_spec_check(&file.spec));
}

static void values_of_the_file_are_kept(void **state) {
    (void)state;
    assert_true(parse("[arena]\nside = 4000\nasteroids = 0\nnests = 2\n"));
    arena_file_resolve(&file, 50000, 10);
    assert_int_equal(file.spec.side_units, 4000);
    assert_int_equal(file.spec.asteroid_count, 0);
    assert_int_equal(file.spec.nest_count, 2);
}

static void every_arena_that_ships_is_good(void **state) {
    (void)state;
    DIR *directory = opendir(TICKSTORM_SOURCE_DIR "/assets/arenas");
    assert_non_null(directory);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strstr(entry->d_name, ".ini") == NULL) {
            continue;
        }
        char path[512];
        char text[4096] = "";
        snprintf(path, sizeof path, "%s/assets/arenas/%s", TICKSTORM_SOURCE_DIR, entry->d_name);
        FILE *stream = fopen(path, "r");
        assert_non_null(stream);
        assert_true(fread(text, 1, sizeof text - 1, stream) > 0);
        fclose(stream);
        print_message("%s\n", entry->d_name);
        assert_true(parse(text));
        arena_file_resolve(&file, file.drone_count != 0 ? file.drone_count : 10000, 1000);
        assert_null(arena_spec_check(&file.spec));
        Arena arena;
        assert_true(arena_create(&arena, &file.spec));
        arena_destroy(&arena);
        count++;
    }
    closedir(directory);
    assert_true(count >= 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(errors_name_the_line_and_the_key),
        cmocka_unit_test(a_line_is_read_as_it_looks_or_refused),
        cmocka_unit_test(bounds_are_those_of_the_world_and_of_the_flags),
        cmocka_unit_test(an_empty_file_leaves_all_open),
        cmocka_unit_test(the_side_grows_so_that_a_screen_shows_a_hundred),
        cmocka_unit_test(values_of_the_file_are_kept),
        cmocka_unit_test(every_arena_that_ships_is_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
