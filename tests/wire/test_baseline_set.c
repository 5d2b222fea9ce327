// SPDX-License-Identifier: MIT
#include <string.h>

#include "support.h"
#include "wire/baseline_set.h"

static BaselineSet baseline_set_in(BaselineSpace *space) {
    return (BaselineSet){.entries = space->entries, .records = space->records};
}

static void enters_are_merged_by_slot(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 2000; round++) {
        static BaselineSpace space;
        BaselineSet baseline_set = baseline_set_in(&space);
        baseline_set_begin(&baseline_set, 1, 100);
        const uint32_t count = 1 + rng_below(&rng, 60);
        bool is_enter[60];
        for (int pass = 0; pass < 2; pass++) {
            for (uint32_t i = 0; i < count; i++) {
                is_enter[i] = pass == 0 ? rng_chance(&rng, 0.3) : is_enter[i];
                if (is_enter[i] == (pass == 1)) {
                    space.records[baseline_set.count].x = (int32_t)i;
                    baseline_set_carry(&baseline_set, i * 3, (uint16_t)(i + 1));
                }
            }
            if (pass == 0) {
                space.records[baseline_set.count].x = 0;
            }
        }
        uint32_t known = 0;
        for (uint32_t i = 0; i < count; i++) {
            known += !is_enter[i];
        }
        assert_true(baseline_set_merge_enters(&baseline_set, known));
        assert_int_equal(baseline_set.count, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(baseline_set.entries[i].slot, i * 3);
            assert_int_equal(baseline_set.entries[i].generation, i + 1);
            assert_int_equal(baseline_set.records[i].x, i);
        }
    }
}

static void an_enter_in_a_held_slot_is_refused(void **state) {
    (void)state;
    BaselineSpace space = {0};
    BaselineSet baseline_set = baseline_set_in(&space);
    baseline_set_begin(&baseline_set, 1, 100);
    baseline_set_carry(&baseline_set, 5, 1);
    baseline_set_carry(&baseline_set, 7, 1);
    baseline_set_carry(&baseline_set, 7, 2);
    assert_false(baseline_set_merge_enters(&baseline_set, 2));
}

static void ages_grow_and_saturate(void **state) {
    (void)state;
    assert_int_equal(baseline_age_after(0, 3), 3);
    assert_int_equal(baseline_age_after(60, 3), 63);
    assert_int_equal(baseline_age_after(60, 4), DELTA_AGE_MAX);
    assert_int_equal(baseline_age_after(DELTA_AGE_MAX, 1), DELTA_AGE_MAX);
    assert_int_equal(baseline_age_after(1, UINT32_MAX), DELTA_AGE_MAX);
}

static void checksum_sees_every_field_and_no_order(void **state) {
    (void)state;
    BaselineSpace space = {0};
    BaselineSet baseline_set = baseline_set_in(&space);
    baseline_set_begin(&baseline_set, 1, 100);
    for (uint32_t i = 0; i < 3; i++) {
        space.records[baseline_set.count] = (EntityRecord){.x = (int32_t)i, .y = 4, .vx = 1};
        baseline_set_carry(&baseline_set, i, 1);
    }
    const uint32_t sum = baseline_set_checksum(&baseline_set);
    EntityRecord *record = &space.records[1];
    BaselineEntry *entry = &space.entries[1];
#define CHANGE(member, value)                                                                      \
    member += value;                                                                               \
    assert_int_not_equal(baseline_set_checksum(&baseline_set), sum);                               \
    member -= value
    CHANGE(record->x, 1);
    CHANGE(record->y, 1);
    CHANGE(record->vx, 1);
    CHANGE(record->vy, 1);
    CHANGE(record->angle, 1);
    CHANGE(record->status, 1);
    CHANGE(entry->slot, 1000);
    CHANGE(entry->generation, 1);
    CHANGE(entry->age, 1);
    assert_int_equal(baseline_set_checksum(&baseline_set), sum);
    entry->age = DELTA_AGE_MAX;
    const uint32_t without = baseline_set_checksum(&baseline_set);
    record->x = 99;
    assert_int_equal(baseline_set_checksum(&baseline_set), without);
}

// Expected values by the formula of PROTOCOL.md, computed outside of this program.
static void the_checksum_is_that_of_the_protocol(void **state) {
    (void)state;
    const EntityRecord records[] = {
        {.x = -5, .y = 77, .vx = -12, .vy = 345, .angle = 200, .status = 0x2f},
        {.x = 1048575, .y = -1048575, .vx = 32767, .vy = -32768, .angle = 255, .status = 255}};
    const BaselineEntry entries[] = {{.slot = 1000, .generation = 3, .age = 7},
                                     {.slot = 0xfffff, .generation = 4095, .age = 0}};
    assert_true(baseline_entry_mix(&entries[0], 123456, &records[0]) == 0x140eb837eb0fd92aull);
    assert_true(baseline_entry_mix(&entries[1], UINT32_MAX, &records[1]) == 0xbe532287b39d5b5ull);
    // The tick of a state is the set's tick minus the entry's age.
    BaselineSpace space = {0};
    BaselineSet baseline_set = baseline_set_in(&space);
    baseline_set_begin(&baseline_set, 1, 123456 + 7);
    baseline_set_keep(&baseline_set, &entries[0], 7);
    space.records[0] = records[0];
    assert_int_equal(baseline_set_checksum(&baseline_set), 0xeb0fd92a);
    baseline_set_keep(&baseline_set, &entries[0], 7);
    space.records[1] = records[0];
    assert_int_equal(baseline_set_checksum(&baseline_set), (uint32_t)(2u * 0xeb0fd92au));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enters_are_merged_by_slot),
        cmocka_unit_test(an_enter_in_a_held_slot_is_refused),
        cmocka_unit_test(ages_grow_and_saturate),
        cmocka_unit_test(checksum_sees_every_field_and_no_order),
        cmocka_unit_test(the_checksum_is_that_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
