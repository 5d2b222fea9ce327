// SPDX-License-Identifier: MIT
#include "client/view/entity_table.h"

#include <math.h>
#include <string.h>

#include "support.h"

static EntityRecord record_at(int32_t x, int32_t y, int16_t vx, int16_t vy) {
    return (EntityRecord){.x = x * RECORD_UNIT,
                          .y = y * RECORD_UNIT,
                          .vx = vx,
                          .vy = vy,
                          .generation = 1,
                          .status = ENTITY_HEALTH_MAX};
}

static int start(void **state) {
    EntityTable *table = malloc(sizeof *table);
    assert_true(entity_table_create(table));
    *state = table;
    return 0;
}

static int stop(void **state) {
    entity_table_destroy(*state);
    free(*state);
    return 0;
}

static void an_entity_is_shown_between_its_two_samples(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(100, 200, 32, 0); // two units a tick
    entity_table_update(table, 7, &record, 60, true);
    record = record_at(106, 200, 32, 0);
    record.angle = 64;
    entity_table_update(table, 7, &record, 63, true);
    const TrackedEntity *entity = entity_table_find(table, 7);
    assert_non_null(entity);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity, 61.5, &pose));
    assert_float_equal(pose.x, 103, 0.001);
    assert_float_equal(pose.y, 200, 0.001);
    assert_float_equal(pose.angle, 6.2831853 / 8, 0.001);
    assert_false(pose.is_extrapolated);
    assert_true(entity_pose_at(table, entity, 60, &pose));
    assert_float_equal(pose.x, 100, 0.001);
    assert_true(entity_pose_at(table, entity, 63, &pose));
    assert_float_equal(pose.x, 106, 0.001);
}

static void a_curve_follows_the_velocities_not_the_chord(void **state) {
    EntityTable *table = *state;
    // A quarter of a circle of 100 units in 20 ticks.
    const int16_t speed = (int16_t)(100 * 1.5708 / 20 * RECORD_UNIT);
    EntityRecord record = record_at(1100, 1000, 0, speed);
    entity_table_update(table, 1, &record, 100, true);
    record = record_at(1000, 1100, (int16_t)-speed, 0);
    entity_table_update(table, 1, &record, 120, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 110, &pose));
    assert_float_equal(hypot(pose.x - 1000, pose.y - 1000), 100, 3);
}

static void extrapolation_lasts_equally_long_at_any_tick_rate(void **state) {
    EntityTable *table = *state;
    table->tick_rate_hz = 20;
    const EntityRecord record = record_at(0, 0, 16, 0);
    entity_table_update(table, 1, &record, 100, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 200, &pose));
    assert_float_equal(pose.x, 3, 0.001);
}

static void extrapolation_ends_and_holds(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 16, -16);
    entity_table_update(table, 1, &record, 100, true);
    const TrackedEntity *entity = entity_table_find(table, 1);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity, 104, &pose));
    assert_true(pose.is_extrapolated);
    assert_float_equal(pose.x, 4, 0.001);
    assert_float_equal(pose.y, -4, 0.001);
    assert_true(entity_pose_at(table, entity, 1000, &pose));
    assert_float_equal(pose.x, 9, 0.001);
}

// A ship that circles at full speed, in a crowd in which it is sent only now and then: the largest
// step from one frame to the next at 60 frames a second.
static float largest_step(EntityTable *table, bool smoothing) {
    const float speed = 2.5f;    // units a tick
    const float radius = 150.0f; // a full circle in 6.3 s
    Rng rng = rng_seeded(7);
    uint32_t sent_tick = 0;
    float last_x = 0, last_y = 0, largest = 0;
    for (uint32_t tick = 0; tick < 6000; tick++) {
        const double shown_tick = (double)tick - 6;
        if (tick % 3 == 0 && tick >= sent_tick) {
            const float turn = (float)tick * speed / radius;
            EntityRecord record = record_at(0, 0, (int16_t)(-speed * RECORD_UNIT * sinf(turn)),
                                            (int16_t)(speed * RECORD_UNIT * cosf(turn)));
            record.x = (int32_t)((1000 + radius * cosf(turn)) * RECORD_UNIT);
            record.y = (int32_t)((1000 + radius * sinf(turn)) * RECORD_UNIT);
            if (smoothing) {
                entity_table_see(table, shown_tick);
            }
            entity_table_update(table, 1, &record, tick, true);
            sent_tick = tick + 3 + rng_below(&rng, 24); // up to 450 ms
        }
        EntityPose pose;
        if (!entity_pose_at(table, entity_table_find(table, 1), shown_tick, &pose)) {
            continue;
        }
        const bool is_first = last_x == 0;
        largest = is_first ? 0 : fmaxf(largest, hypotf(pose.x - last_x, pose.y - last_y));
        last_x = pose.x;
        last_y = pose.y;
    }
    return largest;
}

static void a_late_entity_moves_smoothly_to_its_position(void **state) {
    EntityTable *table = *state;
    EntityTable other;
    assert_true(entity_table_create(&other));
    const float jump = largest_step(&other, false);
    const float step = largest_step(table, true);
    entity_table_destroy(&other);
    print_message("the largest step in a frame: %.1f units, %.1f without smoothing\n", step, jump);
    assert_true(jump > 20);
    assert_true(step < 9); // it flies 2.5
}

static void the_error_of_a_late_sample_decays_within_a_second(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(100, 100, 16, 0); // a unit a tick
    record.angle = 250;
    entity_table_update(table, 1, &record, 100, true);
    const TrackedEntity *entity = entity_table_find(table, 1);
    EntityPose before, after;
    assert_true(entity_pose_at(table, entity, 106, &before));
    entity_table_see(table, 106);
    record = record_at(103, 118, 16, 0); // it had turned back
    record.angle = 6;
    entity_table_update(table, 1, &record, 106, true);
    assert_true(entity_pose_at(table, entity, 106, &after));
    assert_float_equal(after.x, before.x, 0.001);
    assert_float_equal(after.y, before.y, 0.001);
    assert_float_equal(remainder(after.angle - before.angle, 6.283185307), 0, 0.001);
    record = record_at(163, 118, 16, 0);
    record.angle = 6;
    entity_table_update(table, 1, &record, 166, true); // in time
    assert_true(entity_pose_at(table, entity, 166, &after));
    assert_float_equal(after.x, 163, 0.2);
    assert_float_equal(after.y, 118, 0.2);
}

static void a_teleport_is_not_smoothed(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(100, 100, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    entity_table_see(table, 106);
    record = record_at(100 + (int32_t)ERROR_SMOOTHING_TELEPORT_UNITS + 1, 100, 0, 0);
    entity_table_update(table, 1, &record, 103, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 106, &pose));
    assert_float_equal(pose.x, 101 + ERROR_SMOOTHING_TELEPORT_UNITS, 0.001);
    // Nor by another generation, nor by a return after a removal.
    record.generation = 2;
    record.x = 0;
    entity_table_update(table, 1, &record, 104, true);
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 106, &pose));
    assert_float_equal(pose.x, 0, 0.001);
    entity_table_remove(table, entity_id(1, 2), 105);
    record.x = 100 * RECORD_UNIT;
    entity_table_update(table, 1, &record, 106, true);
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 106, &pose));
    assert_float_equal(pose.x, 100, 0.001);
}

static void an_entity_does_not_exist_before_its_first_sample(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 16, 0);
    entity_table_update(table, 1, &record, 100, true);
    EntityPose pose;
    assert_false(entity_pose_at(table, entity_table_find(table, 1), 99.9, &pose));
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 100, &pose));
}

static void another_generation_starts_with_new_samples(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(0, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    record = record_at(5000, 5000, 0, 0);
    record.generation = 2;
    entity_table_update(table, 1, &record, 103, true);
    const TrackedEntity *entity = entity_table_find(table, 1);
    EntityPose pose;
    assert_false(entity_pose_at(table, entity, 101.5, &pose)); // no smear between the two places
    assert_true(entity_pose_at(table, entity, 103, &pose));
    assert_float_equal(pose.x, 5000, 0.001);
    assert_int_equal(table->count, 1);
}

static void a_removed_entity_is_shown_until_its_tick(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    entity_table_remove(table, entity_id(1, 2), 103); // another generation
    assert_false(entity_table_find(table, 1)->is_removed);
    entity_table_remove(table, entity_id(1, 1), 103);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 102.9, &pose));
    assert_false(entity_pose_at(table, entity_table_find(table, 1), 103, &pose));
    entity_table_expire(table, 102);
    assert_non_null(entity_table_find(table, 1));
    entity_table_expire(table, 103);
    assert_null(entity_table_find(table, 1));
    entity_table_remove(table, entity_id(1, 1), 104); // unknown by now
    assert_int_equal(table->count, 0);
}

static void an_update_after_a_removal_revives_the_entity(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    entity_table_remove(table, entity_id(1, 1), 103);
    entity_table_update(table, 1, &record, 106, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 107, &pose));
}

static void an_older_sample_revives_a_removed_entity(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    entity_table_remove(table, entity_id(1, 1), 103);
    entity_table_update(table, 1, &record, 97, true);
    assert_false(entity_table_find(table, 1)->is_removed);
    assert_int_equal(entity_newest_sample(entity_table_find(table, 1))->tick, 100);
}

static void an_older_sample_changes_nothing(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(10, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    record = record_at(20, 0, 0, 0);
    entity_table_update(table, 1, &record, 100, true);
    entity_table_update(table, 1, &record, 97, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 100, &pose));
    assert_float_equal(pose.x, 10, 0.001);
    assert_int_equal(entity_table_find(table, 1)->sample_count, 1);
}

static void a_drone_at_rest_keeps_its_direction(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(0, 0, 16, 16);
    record.angle = 32;
    entity_table_update(table, 1, &record, 100, true);
    record = record_at(3, 3, 0, 0);
    record.angle = 0;
    entity_table_update(table, 1, &record, 103, false);
    assert_int_equal(entity_newest_sample(entity_table_find(table, 1))->angle, 32);
}

static void turning_goes_the_shorter_way_round(void **state) {
    EntityTable *table = *state;
    EntityRecord record = record_at(0, 0, 0, 0);
    record.angle = 250;
    entity_table_update(table, 1, &record, 100, true);
    record.angle = 6;
    entity_table_update(table, 1, &record, 110, true);
    EntityPose pose;
    assert_true(entity_pose_at(table, entity_table_find(table, 1), 105, &pose));
    assert_float_equal(pose.angle, 6.2831853, 0.001);
}

static void a_full_table_refuses_and_counts(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 0, 0);
    for (uint32_t slot = 0; slot < ENTITY_TABLE_CAPACITY + 10; slot++) {
        entity_table_update(table, slot * 977, &record, 100, true);
    }
    assert_int_equal(table->count, ENTITY_TABLE_CAPACITY);
    assert_int_equal(table->refused, 10);
    entity_table_update(table, 0, &record, 103, true); // known entities are still updated
    assert_int_equal(table->refused, 10);
    assert_int_equal(entity_newest_sample(entity_table_find(table, 0))->tick, 103);
}

// The same updates and removals in a plain array, for comparison.
static void random_updates_and_removals_match_a_plain_array(void **state) {
    EntityTable *table = *state;
    Rng rng = test_rng();
    enum { SLOTS = 900 };
    static uint32_t refreshed[SLOTS]; // tick, 0: not there
    memset(refreshed, 0, sizeof refreshed);
    uint32_t known = 0;
    for (uint32_t tick = 100; tick < 4000; tick += 3) {
        for (int i = 0; i < 60; i++) {
            const uint32_t index = rng_below(&rng, SLOTS);
            const EntityRecord record = record_at((int32_t)index, 0, 0, 0);
            if (known < ENTITY_TABLE_CAPACITY || refreshed[index] != 0) {
                entity_table_update(table, index * 23, &record, tick, true);
                known += refreshed[index] == 0;
                refreshed[index] = tick;
            }
        }
        const uint32_t lifetime = 20 + rng_below(&rng, 20);
        for (uint32_t index = 0; index < SLOTS; index++) {
            if (refreshed[index] != 0 && refreshed[index] < tick - lifetime) {
                entity_table_remove(table, entity_id(index * 23, 1), tick);
                refreshed[index] = 0;
                known--;
            }
        }
        entity_table_expire(table, tick);
        assert_int_equal(table->count, known);
        for (uint32_t index = 0; index < SLOTS; index++) {
            const TrackedEntity *entity = entity_table_find(table, index * 23);
            assert_int_equal(entity != NULL, refreshed[index] != 0);
            if (entity != NULL) {
                assert_int_equal(entity_newest_sample(entity)->tick, refreshed[index]);
                assert_int_equal(entity_newest_sample(entity)->x, index * RECORD_UNIT);
            }
        }
    }
    assert_int_equal(table->refused, 0);
}

// Two neighbours that are both smoothed: one that is removed must not leave its error to the other.
static void an_entity_that_is_moved_in_the_table_keeps_its_smoothing(void **state) {
    EntityTable *table = *state;
    for (uint32_t slot = 1; slot <= 3; slot++) {
        EntityRecord record = record_at(100, 100 * (int32_t)slot, 16, 0);
        entity_table_see(table, 100);
        entity_table_update(table, slot, &record, 100, true);
        entity_table_see(table, 106);
        record =
            record_at(103 + 3 * (int32_t)slot, 100 * (int32_t)slot, 16, 0); // not as extrapolated
        entity_table_update(table, slot, &record, 103, true);
    }
    EntityPose before, after;
    assert_true(entity_pose_at(table, entity_table_find(table, 3), 106, &before));
    assert_float_equal(before.x, 106, 0.001); // as it was shown
    entity_table_remove(table, entity_id(1, 1), 104);
    entity_table_expire(table, 106);
    assert_null(entity_table_find(table, 1));
    assert_true(entity_pose_at(table, entity_table_find(table, 3), 106, &after));
    assert_float_equal(after.x, before.x, 0.001);
    assert_float_equal(after.y, 300, 0.001);
    assert_true(entity_pose_at(table, entity_table_find(table, 3), 101.5, &after));
    assert_float_equal(after.y, 300, 0.001);
}

static void any_tick_beyond_the_newest_sample_is_extrapolated(void **state) {
    EntityTable *table = *state;
    const EntityRecord record = record_at(0, 0, 16, 0);
    entity_table_update(table, 1, &record, 97, true);
    entity_table_update(table, 1, &record, 100, true);
    static const struct {
        double tick;
        bool is_guess;
    } CASES[] = {{97, false},    {99.9, false}, {100, false},
                 {100.01, true}, {101, true},   {500, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        EntityPose pose;
        assert_true(entity_pose_at(table, entity_table_find(table, 1), CASES[i].tick, &pose));
        assert_int_equal(pose.is_extrapolated, CASES[i].is_guess);
    }
}

// It existed, but its position is no longer known. One with fewer samples did not exist yet.
static void an_entity_with_overwritten_samples_existed_before_them(void **state) {
    EntityTable *table = *state;
    for (uint32_t count = 1; count <= 3 * ENTITY_SAMPLES; count++) {
        const EntityRecord record = record_at((int32_t)count, 0, 0, 0);
        entity_table_update(table, 1, &record, 97 + 3 * count, true);
        EntityPose pose;
        const bool is_there = entity_pose_at(table, entity_table_find(table, 1), 50, &pose);
        assert_int_equal(is_there, count >= ENTITY_SAMPLES);
        if (is_there) {
            assert_float_equal(pose.x, (float)(count - ENTITY_SAMPLES + 1), 0.001);
        }
    }
}

// It was shown as gone, so that a later sample is shown in place at once.
static void an_entity_that_was_shown_as_gone_returns_without_smoothing(void **state) {
    EntityTable *table = *state;
    for (uint32_t slot = 1; slot <= 2; slot++) {
        EntityRecord record = record_at(100, 100, 0, 0);
        entity_table_update(table, slot, &record, 100, true);
        entity_table_remove(table, entity_id(slot, 1), 103);
        entity_table_see(table, slot == 1 ? 103 : 102.9);
        record = record_at(110, 100, 0, 0);
        entity_table_update(table, slot, &record, 102, true);
        EntityPose pose;
        assert_true(entity_pose_at(table, entity_table_find(table, slot), 103, &pose));
        assert_float_equal(pose.x, slot == 1 ? 110 : 100, 0.1);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(an_entity_is_shown_between_its_two_samples),
        TEST(a_curve_follows_the_velocities_not_the_chord),
        TEST(extrapolation_ends_and_holds),
        TEST(extrapolation_lasts_equally_long_at_any_tick_rate),
        TEST(a_late_entity_moves_smoothly_to_its_position),
        TEST(the_error_of_a_late_sample_decays_within_a_second),
        TEST(a_teleport_is_not_smoothed),
        TEST(an_entity_does_not_exist_before_its_first_sample),
        TEST(another_generation_starts_with_new_samples),
        TEST(a_removed_entity_is_shown_until_its_tick),
        TEST(an_update_after_a_removal_revives_the_entity),
        TEST(an_older_sample_revives_a_removed_entity),
        TEST(an_older_sample_changes_nothing),
        TEST(a_drone_at_rest_keeps_its_direction),
        TEST(turning_goes_the_shorter_way_round),
        TEST(a_full_table_refuses_and_counts),
        TEST(random_updates_and_removals_match_a_plain_array),
        TEST(an_entity_that_is_moved_in_the_table_keeps_its_smoothing),
        TEST(any_tick_beyond_the_newest_sample_is_extrapolated),
        TEST(an_entity_with_overwritten_samples_existed_before_them),
        TEST(an_entity_that_was_shown_as_gone_returns_without_smoothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
