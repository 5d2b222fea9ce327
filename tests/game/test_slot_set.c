// SPDX-License-Identifier: MIT
#include "game/slot_set.h"

#include "support.h"

static void the_lowest_free_slot_is_handed_out(void **state) {
    (void)state;
    SlotSet set;
    assert_true(slot_set_create(&set, 130));
    for (uint32_t i = 0; i < 130; i++) {
        assert_int_equal(slot_set_acquire(&set), i);
    }
    assert_int_equal(slot_set_acquire(&set), SLOT_NONE);
    slot_set_release(&set, 100);
    slot_set_release(&set, 3);
    assert_int_equal(set.count, 128);
    assert_int_equal(slot_set_acquire(&set), 3);
    assert_int_equal(slot_set_acquire(&set), 100);
    assert_int_equal(slot_set_acquire(&set), SLOT_NONE);
    slot_set_destroy(&set);
}

static void a_set_without_room_hands_out_nothing(void **state) {
    (void)state;
    SlotSet set;
    assert_true(slot_set_create(&set, 0));
    assert_int_equal(slot_set_acquire(&set), SLOT_NONE);
    slot_set_destroy(&set);
}

static void a_slot_set_agrees_with_a_plain_array(void **state) {
    (void)state;
    enum { CAPACITY = 200 };
    Rng rng = test_rng();
    bool model[CAPACITY] = {false};
    SlotSet set;
    assert_true(slot_set_create(&set, CAPACITY));
    for (int step = 0; step < 20000; step++) {
        const uint32_t slot = rng_below(&rng, CAPACITY);
        if (model[slot]) {
            slot_set_release(&set, slot);
            model[slot] = false;
        } else if (rng_below(&rng, 2) == 0) {
            slot_set_acquire_at(&set, slot);
            model[slot] = true;
        } else {
            const uint32_t taken = slot_set_acquire(&set);
            for (uint32_t i = 0; i < taken; i++) {
                assert_true(model[i]);
            }
            assert_false(model[taken]);
            model[taken] = true;
        }
        uint32_t count = 0;
        uint32_t end = 0;
        uint32_t next = slot_set_next(&set, 0);
        for (uint32_t i = 0; i < CAPACITY; i++) {
            count += model[i];
            end = model[i] ? i + 1 : end;
            assert_int_equal(slot_set_has(&set, i), model[i]);
            if (model[i]) {
                assert_int_equal(next, i);
                next = slot_set_next(&set, i + 1);
            }
        }
        assert_int_equal(next, SLOT_NONE);
        assert_int_equal(set.count, count);
        assert_int_equal(set.end, end);
    }
    slot_set_destroy(&set);
}

static void a_check_finds_each_wrong_count(void **state) {
    (void)state;
    SlotSet set;
    assert_true(slot_set_create(&set, 100));
    for (uint32_t i = 0; i < 70; i++) {
        assert_int_equal(slot_set_acquire(&set), i);
        assert_null(slot_set_validate(&set).what);
    }
    slot_set_release(&set, 3);
    assert_null(slot_set_validate(&set).what);
    set.count++;
    assert_string_equal(slot_set_validate(&set).what, "the count of used slots is wrong");
    set.count--;
    set.end++;
    assert_string_equal(slot_set_validate(&set).what, "the end of the used slots is wrong");
    set.end--;
    set.free_word = 1;
    assert_string_equal(slot_set_validate(&set).what, "a free slot lies below the first free word");
    slot_set_destroy(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_free_slot_is_handed_out),
        cmocka_unit_test(a_set_without_room_hands_out_nothing),
        cmocka_unit_test(a_slot_set_agrees_with_a_plain_array),
        cmocka_unit_test(a_check_finds_each_wrong_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
