// SPDX-License-Identifier: MIT
#include "game/history.h"

#include "support.h"

static void publish(History *history, uint32_t tick) {
    EntityRecord *records = history_begin(history, tick);
    for (uint32_t i = 0; i < history->slot_capacity; i++) {
        records[i] = (EntityRecord){.x = (int32_t)(tick * 100 + i), .generation = 1};
    }
    history_commit(history, tick);
}

static void the_last_ticks_are_held_and_no_others(void **state) {
    (void)state;
    static EntityRecord records[HISTORY_TICKS * 10];
    History history;
    history_init(&history, records, 10);
    assert_int_equal(history_bytes(10), sizeof records);
    assert_null(history_at(&history, 0));
    for (uint32_t tick = 0; tick < 200; tick++) {
        publish(&history, tick);
        for (uint32_t back = 0; back < 70; back++) {
            const EntityRecord *found = back <= tick ? history_at(&history, tick - back) : NULL;
            if (back < HISTORY_TICKS && back <= tick) {
                assert_non_null(found);
                assert_int_equal(found[7].x, (tick - back) * 100 + 7);
            } else {
                assert_null(found);
            }
        }
        assert_null(history_at(&history, tick + 1));
    }
}

static void a_tick_in_publication_is_not_held_and_the_one_it_replaces_is_not_either(void **state) {
    (void)state;
    static EntityRecord records[HISTORY_TICKS * 4];
    History history;
    history_init(&history, records, 4);
    assert_int_equal(history_bytes(4), sizeof records);
    publish(&history, 5);
    history_begin(&history, 5 + HISTORY_TICKS);
    assert_null(history_at(&history, 5));
    assert_null(history_at(&history, 5 + HISTORY_TICKS));
    history_commit(&history, 5 + HISTORY_TICKS);
    assert_non_null(history_at(&history, 5 + HISTORY_TICKS));
}

static void a_check_finds_a_tick_in_the_wrong_place_or_too_old(void **state) {
    (void)state;
    static EntityRecord records[HISTORY_TICKS * 4];
    History history;
    history_init(&history, records, 4);
    assert_string_equal(history_validate(&history, 9).what,
                        "the newest tick is not in the history");
    for (uint32_t tick = UINT32_MAX - 100; tick != 100; tick++) { // across the wrap
        publish(&history, tick);
        assert_null(history_validate(&history, tick).what);
    }
    history.ticks[7]++;
    assert_string_equal(history_validate(&history, 99).what,
                        "a tick of the history is not in its place");
    history.ticks[7] += HISTORY_TICKS - 1;
    assert_int_equal(history_validate(&history, 99).index, 7);
    assert_string_equal(history_validate(&history, 99).what,
                        "a tick of the history is not one of the last");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ticks_are_held_and_no_others),
        cmocka_unit_test(a_tick_in_publication_is_not_held_and_the_one_it_replaces_is_not_either),
        cmocka_unit_test(a_check_finds_a_tick_in_the_wrong_place_or_too_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
