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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_ticks_are_held_and_no_others),
        cmocka_unit_test(a_tick_in_publication_is_not_held_and_the_one_it_replaces_is_not_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
