// SPDX-License-Identifier: MIT
#include <string.h>

#include "support.h"
#include "wire/roster.h"

static Roster roster_in(RosterSpace *space) {
    return (Roster){.entries = space->entries, .records = space->records};
}

static void newcomers_are_merged_by_slot(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 2000; round++) {
        static RosterSpace space;
        Roster roster = roster_in(&space);
        roster_begin(&roster, 1, 100);
        const uint32_t count = 1 + rng_below(&rng, 60);
        bool is_newcomer[60];
        for (int pass = 0; pass < 2; pass++) {
            for (uint32_t i = 0; i < count; i++) {
                is_newcomer[i] = pass == 0 ? rng_chance(&rng, 0.3) : is_newcomer[i];
                if (is_newcomer[i] == (pass == 1)) {
                    space.records[roster.count].x = (int32_t)i;
                    roster_carry(&roster, i * 3, (uint16_t)(i + 1));
                }
            }
            if (pass == 0) {
                space.records[roster.count].x = 0;
            }
        }
        uint32_t known = 0;
        for (uint32_t i = 0; i < count; i++) {
            known += !is_newcomer[i];
        }
        assert_true(roster_merge_newcomers(&roster, known));
        assert_int_equal(roster.count, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(roster.entries[i].slot, i * 3);
            assert_int_equal(roster.entries[i].generation, i + 1);
            assert_int_equal(roster.records[i].x, i);
        }
    }
}

static void newcomer_in_a_slot_that_is_held_is_refused(void **state) {
    (void)state;
    RosterSpace space = {0};
    Roster roster = roster_in(&space);
    roster_begin(&roster, 1, 100);
    roster_carry(&roster, 5, 1);
    roster_carry(&roster, 7, 1);
    roster_carry(&roster, 7, 2);
    assert_false(roster_merge_newcomers(&roster, 2));
}

static void ages_grow_and_saturate(void **state) {
    (void)state;
    assert_int_equal(roster_age_after(0, 3), 3);
    assert_int_equal(roster_age_after(60, 3), 63);
    assert_int_equal(roster_age_after(60, 4), DELTA_AGE_MAX);
    assert_int_equal(roster_age_after(DELTA_AGE_MAX, 1), DELTA_AGE_MAX);
    assert_int_equal(roster_age_after(1, UINT32_MAX), DELTA_AGE_MAX);
}

static void checksum_sees_every_field_and_no_order(void **state) {
    (void)state;
    RosterSpace space = {0};
    Roster roster = roster_in(&space);
    roster_begin(&roster, 1, 100);
    for (uint32_t i = 0; i < 3; i++) {
        space.records[roster.count] = (EntityRecord){.x = (int32_t)i, .y = 4, .vx = 1};
        roster_carry(&roster, i, 1);
    }
    const uint32_t sum = roster_checksum(&roster);
    EntityRecord *record = &space.records[1];
    RosterEntry *entry = &space.entries[1];
#define CHANGE(member, value)                                                                      \
    member += value;                                                                               \
    assert_int_not_equal(roster_checksum(&roster), sum);                                           \
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
    assert_int_equal(roster_checksum(&roster), sum);
    entry->age = DELTA_AGE_MAX;
    const uint32_t without = roster_checksum(&roster);
    record->x = 99;
    assert_int_equal(roster_checksum(&roster), without);
}

// By the formula of PROTOCOL.md, evaluated outside of this program.
static void the_checksum_is_that_of_the_protocol(void **state) {
    (void)state;
    const EntityRecord records[] = {
        {.x = -5, .y = 77, .vx = -12, .vy = 345, .angle = 200, .status = 0x2f},
        {.x = 1048575, .y = -1048575, .vx = 32767, .vy = -32768, .angle = 255, .status = 255}};
    const RosterEntry entries[] = {{.slot = 1000, .generation = 3, .age = 7},
                                   {.slot = 0xfffff, .generation = 4095, .age = 0}};
    assert_true(roster_entry_mix(&entries[0], 123456, &records[0]) == 0x140eb837eb0fd92aull);
    assert_true(roster_entry_mix(&entries[1], UINT32_MAX, &records[1]) == 0xbe532287b39d5b5ull);
    // The tick of a state is the roster's less the entry's age.
    RosterSpace space = {0};
    Roster roster = roster_in(&space);
    roster_begin(&roster, 1, 123456 + 7);
    roster_keep(&roster, &entries[0], 7);
    space.records[0] = records[0];
    assert_int_equal(roster_checksum(&roster), 0xeb0fd92a);
    roster_keep(&roster, &entries[0], 7);
    space.records[1] = records[0];
    assert_int_equal(roster_checksum(&roster), (uint32_t)(2u * 0xeb0fd92au));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newcomers_are_merged_by_slot),
        cmocka_unit_test(newcomer_in_a_slot_that_is_held_is_refused),
        cmocka_unit_test(ages_grow_and_saturate),
        cmocka_unit_test(checksum_sees_every_field_and_no_order),
        cmocka_unit_test(the_checksum_is_that_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
