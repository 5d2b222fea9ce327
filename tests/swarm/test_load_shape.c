// SPDX-License-Identifier: MIT
#include "tools/swarm/load/load_shape.h"

#include "base/clock.h"
#include "support.h"

static void a_stage_is_a_duration_and_a_count(void **state) {
    (void)state;
    LoadStage stage;
    assert_true(load_shape_parse_stage("30s:500", &stage));
    assert_int_equal(stage.duration_ns, 30 * NS_PER_S);
    assert_int_equal(stage.target, 500);
    assert_true(load_shape_parse_stage("2m:2k", &stage));
    assert_int_equal(stage.duration_ns, 120 * NS_PER_S);
    assert_int_equal(stage.target, 2000);
    assert_true(load_shape_parse_stage("0s:0", &stage));
    assert_int_equal(stage.duration_ns, 0);
    assert_int_equal(stage.target, 0);
}

static void other_texts_are_no_stage(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",        "30s",      "30s:",      ":500",       "30s:-1",
        "30s:5.5", "-30s:500", "30s:500:1", "30s:500bot", "30s:65001",
        "x:500",   "30s: 500", "30s:nan",   "500",        "99999999999999999999999999999999999s:1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        LoadStage stage;
        if (load_shape_parse_stage(bad[i], &stage)) {
            fail_msg("'%s' was taken for a stage", bad[i]);
        }
    }
}

static void a_plain_run_is_a_ramp_and_a_plateau(void **state) {
    (void)state;
    const LoadShape shape = load_shape_plain(1000, 200, 30 * NS_PER_S);
    assert_int_equal(load_shape_peak(&shape), 1000);
    assert_int_equal(load_shape_duration_ns(&shape), 30 * NS_PER_S);
    assert_int_equal(load_shape_target(&shape, 0), 0);
    assert_int_equal(load_shape_target(&shape, 1), 1);
    // Bot i comes at i / rate.
    assert_int_equal(load_shape_target(&shape, 5 * NS_PER_MS), 1);
    assert_int_equal(load_shape_target(&shape, 5 * NS_PER_MS + 1), 2);
    assert_int_equal(load_shape_target(&shape, NS_PER_S), 200);
    assert_int_equal(load_shape_target(&shape, 5 * NS_PER_S - 1), 1000);
    assert_int_equal(load_shape_target(&shape, 5 * NS_PER_S), 1000);
    assert_int_equal(load_shape_target(&shape, 29 * NS_PER_S), 1000);
    assert_int_equal(load_shape_target(&shape, 300 * NS_PER_S), 1000);
}

static void a_ramp_as_long_as_the_run_ends_with_all_bots(void **state) {
    (void)state;
    const LoadShape shape = load_shape_plain(200, 100, 2 * NS_PER_S);
    assert_int_equal(load_shape_duration_ns(&shape), 2 * NS_PER_S);
    assert_int_equal(load_shape_peak(&shape), 200);
    assert_int_equal(load_shape_target(&shape, NS_PER_S), 100);
    assert_int_equal(load_shape_target(&shape, 2 * NS_PER_S), 200);
}

static void a_stage_starts_at_the_target_of_the_last_one(void **state) {
    (void)state;
    const LoadShape shape = {.stages = {{10 * NS_PER_S, 500},
                                        {20 * NS_PER_S, 500},
                                        {5 * NS_PER_S, 100},
                                        {0, 300},
                                        {4 * NS_PER_S, 0}},
                             .count = 5};
    assert_int_equal(load_shape_peak(&shape), 500);
    assert_int_equal(load_shape_duration_ns(&shape), 39 * NS_PER_S);
    assert_int_equal(load_shape_target(&shape, 5 * NS_PER_S), 250);
    assert_int_equal(load_shape_target(&shape, 25 * NS_PER_S), 500);
    assert_int_equal(load_shape_target(&shape, 30 * NS_PER_S), 500);
    assert_int_equal(load_shape_target(&shape, 32500 * NS_PER_MS), 300);
    assert_int_equal(load_shape_target(&shape, 35 * NS_PER_S - 1), 101);
    assert_int_equal(load_shape_target(&shape, 35 * NS_PER_S), 300); // the jump
    assert_int_equal(load_shape_target(&shape, 37 * NS_PER_S), 150);
    assert_int_equal(load_shape_target(&shape, 39 * NS_PER_S), 0);
}

static void a_shape_without_stages_wants_no_bot(void **state) {
    (void)state;
    const LoadShape shape = {0};
    assert_int_equal(load_shape_peak(&shape), 0);
    assert_int_equal(load_shape_duration_ns(&shape), 0);
    assert_int_equal(load_shape_target(&shape, NS_PER_S), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_is_a_duration_and_a_count),
        cmocka_unit_test(other_texts_are_no_stage),
        cmocka_unit_test(a_plain_run_is_a_ramp_and_a_plateau),
        cmocka_unit_test(a_ramp_as_long_as_the_run_ends_with_all_bots),
        cmocka_unit_test(a_stage_starts_at_the_target_of_the_last_one),
        cmocka_unit_test(a_shape_without_stages_wants_no_bot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
