// SPDX-License-Identifier: MIT
#include "net/sequence_window.h"

#include <string.h>

#include "base/rng.h"
#include "support.h"

static void a_sequence_without_gaps_has_no_losses(void **state) {
    (void)state;
    SequenceWindow window = {0};
    for (int i = 0; i < 1000; i++) {
        sequence_window_advance(&window, 1);
    }
    assert_int_equal(window.missing, 0);
    assert_int_equal(window.lost, 0);
    assert_int_equal(window.overtaken, 0);
}

static void a_gap_is_a_loss_only_once_the_window_has_passed_it(void **state) {
    (void)state;
    SequenceWindow window = {0};
    sequence_window_advance(&window, 1);
    sequence_window_advance(&window, 3); // two are missing
    for (uint32_t i = 1; i < SEQUENCE_WINDOW - 1; i++) {
        sequence_window_advance(&window, 1);
        assert_int_equal(window.lost, 0);
    }
    sequence_window_advance(&window, 1);
    assert_int_equal(window.lost, 1);
    sequence_window_advance(&window, 1);
    assert_int_equal(window.lost, 2);
    assert_int_equal(window.missing, 0);
}

static void an_overtaken_message_counts_once_and_is_not_lost(void **state) {
    (void)state;
    SequenceWindow window = {0};
    sequence_window_advance(&window, 1);
    sequence_window_advance(&window, 3);
    assert_int_equal(sequence_window_record_older(&window, 1), SEQUENCE_OVERTAKEN);
    assert_int_equal(sequence_window_record_older(&window, 1), SEQUENCE_DUPLICATE);
    assert_int_equal(sequence_window_record_older(&window, 3),
                     SEQUENCE_DUPLICATE); // the first of all
    assert_int_equal(sequence_window_record_older(&window, 0), SEQUENCE_DUPLICATE); // the newest
    assert_int_equal(window.overtaken, 1);
    sequence_window_advance(&window,
                            SEQUENCE_WINDOW - 2); // the other is the oldest of the window now
    assert_int_equal(sequence_window_record_older(&window, SEQUENCE_WINDOW), SEQUENCE_OVERTAKEN);
    assert_int_equal(window.overtaken, 2);
    sequence_window_advance(&window, 1);
    assert_int_equal(window.lost, 0);
}

static void one_that_comes_after_the_window_stays_lost(void **state) {
    (void)state;
    SequenceWindow window = {0};
    sequence_window_advance(&window, 1);
    sequence_window_advance(&window, 2);
    for (uint32_t i = 0; i < SEQUENCE_WINDOW; i++) {
        sequence_window_advance(&window, 1);
    }
    assert_int_equal(sequence_window_record_older(&window, SEQUENCE_WINDOW + 1),
                     SEQUENCE_FORGOTTEN);
    assert_int_equal(sequence_window_record_older(&window, 0x8000),
                     SEQUENCE_FORGOTTEN); // half the circle
    assert_int_equal(window.lost, 1);
    assert_int_equal(window.overtaken, 0);
}

static void numbers_before_the_first_message_are_not_missing(void **state) {
    (void)state;
    SequenceWindow window = {0};
    sequence_window_advance(&window, 1);
    assert_int_equal(sequence_window_record_older(&window, 1), SEQUENCE_DUPLICATE);
    assert_int_equal(window.overtaken, 0);
    assert_int_equal(window.lost, 0);
}

// Counts messages in random order as a plain list of their numbers would.
static void random_runs_count_as_a_list_would(void **state) {
    (void)state;
    enum { SENT = 4000 };
    static bool came[SENT];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        memset(came, 0, sizeof came);
        Rng rng = rng_seeded(seed);
        SequenceWindow window = {0};
        uint32_t newest = 0, overtaken = 0;
        came[0] = true;
        sequence_window_advance(&window, 1);
        while (newest < SENT - 200) {
            const uint32_t behind = rng_below(&rng, SEQUENCE_WINDOW + 1);
            if (rng_chance(&rng, 0.3) && behind <= newest) {
                overtaken += !came[newest - behind];
                came[newest - behind] = true;
                (void)sequence_window_record_older(&window, behind);
            } else {
                const uint32_t advance =
                    rng_chance(&rng, 0.9) ? 1 + rng_below(&rng, 3) : 1 + rng_below(&rng, 150);
                newest += advance;
                came[newest] = true;
                sequence_window_advance(&window, advance);
            }
            uint32_t lost = 0;
            for (uint32_t i = 0; i + SEQUENCE_WINDOW < newest; i++) {
                lost += !came[i];
            }
            if (window.lost != lost || window.overtaken != overtaken) {
                fail_msg("seed %llu: newest %u, lost %llu of %u, overtaken %llu of %u",
                         (unsigned long long)seed, newest, (unsigned long long)window.lost, lost,
                         (unsigned long long)window.overtaken, overtaken);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequence_without_gaps_has_no_losses),
        cmocka_unit_test(a_gap_is_a_loss_only_once_the_window_has_passed_it),
        cmocka_unit_test(an_overtaken_message_counts_once_and_is_not_lost),
        cmocka_unit_test(one_that_comes_after_the_window_stays_lost),
        cmocka_unit_test(numbers_before_the_first_message_are_not_missing),
        cmocka_unit_test(random_runs_count_as_a_list_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
