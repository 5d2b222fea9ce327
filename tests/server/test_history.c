// SPDX-License-Identifier: MIT
#include "server/sim/history.h"

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
    History history;
    assert_true(history_create(&history, 10));
    assert_null(history_at(&history, 0));
    for (uint32_t tick = 0; tick < 200; tick++) {
        publish(&history, tick);
        for (uint32_t back = 0; back < 70; back++) {
            const EntityRecord *records = back <= tick ? history_at(&history, tick - back) : NULL;
            if (back < HISTORY_TICKS && back <= tick) {
                assert_non_null(records);
                assert_int_equal(records[7].x, (tick - back) * 100 + 7);
            } else {
                assert_null(records);
            }
        }
        assert_null(history_at(&history, tick + 1));
    }
    history_destroy(&history);
}

static void a_tick_being_published_is_not_held_yet_and_its_forerunner_no_longer(void **state) {
    (void)state;
    History history;
    assert_true(history_create(&history, 4));
    publish(&history, 5);
    history_begin(&history, 5 + HISTORY_TICKS);
    assert_null(history_at(&history, 5));
    assert_null(history_at(&history, 5 + HISTORY_TICKS));
    history_commit(&history, 5 + HISTORY_TICKS);
    assert_non_null(history_at(&history, 5 + HISTORY_TICKS));
    history_destroy(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ticks_are_held_and_no_others),
        cmocka_unit_test(a_tick_being_published_is_not_held_yet_and_its_forerunner_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
