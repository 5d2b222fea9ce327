// SPDX-License-Identifier: MIT
#include "net/receive_statistics.h"

#include "base/rng.h"
#include "support.h"

static void numbers_missing_before_the_first_received_one_are_lost(void **state) {
    (void)state;
    ReceiveStatistics received_stats = {0};
    assert_false(receive_statistics_record(&received_stats, 4)); // 1, 2 and 3 have not come
    assert_int_equal(received_stats.sent, 4);
    assert_false(receive_statistics_record(&received_stats, 2));
    for (uint16_t number = 5; number < 200; number++) {
        assert_false(receive_statistics_record(&received_stats, number));
    }
    assert_int_equal(received_stats.received, 197);
    assert_int_equal(received_stats.window.overtaken, 1);
    assert_int_equal(received_stats.window.lost, 2);
    assert_int_equal(received_stats.duplicated, 0);
}

static void duplicates_are_reported(void **state) {
    (void)state;
    ReceiveStatistics received_stats = {0};
    assert_false(receive_statistics_record(&received_stats, 1));
    assert_true(receive_statistics_record(&received_stats, 1));
    assert_false(receive_statistics_record(&received_stats, 4));
    assert_false(receive_statistics_record(&received_stats, 3));
    assert_true(receive_statistics_record(&received_stats, 3));
    assert_true(receive_statistics_record(&received_stats, 4));
    assert_true(receive_statistics_record(&received_stats, 1));
    assert_int_equal(received_stats.received, 3);
    assert_int_equal(received_stats.duplicated, 4);
    assert_int_equal(received_stats.window.overtaken, 1);
}

static void only_numbers_behind_the_window_are_judged(void **state) {
    (void)state;
    ReceiveStatistics received_stats = {0};
    assert_int_equal(receive_statistics_judged(&received_stats), 0);
    for (uint16_t number = 1; number <= SEQUENCE_WINDOW + 1; number++) {
        receive_statistics_record(&received_stats, number);
        assert_int_equal(receive_statistics_judged(&received_stats), 0);
    }
    receive_statistics_record(&received_stats, SEQUENCE_WINDOW + 2);
    assert_int_equal(receive_statistics_judged(&received_stats), 1);
}

static void numbers_wrap_and_the_count_goes_on(void **state) {
    (void)state;
    ReceiveStatistics received_stats = {0};
    for (uint32_t number = 1; number <= 200000; number++) {
        if (number % 10 != 0) {
            assert_false(receive_statistics_record(&received_stats, (uint16_t)number));
        }
    }
    assert_int_equal(received_stats.sent, 199999);
    assert_int_equal(received_stats.received, 180000);
    assert_int_equal(received_stats.window.lost, receive_statistics_judged(&received_stats) / 10);
    assert_int_equal(received_stats.duplicated, 0);
}

// An attacker may use any numbers.
static void counts_are_consistent_for_any_numbers(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        Rng rng = rng_seeded(seed);
        ReceiveStatistics received_stats = {0};
        ReceiveStatistics before = received_stats;
        uint16_t number = 0;
        for (uint32_t taken = 1; taken <= 2000; taken++) {
            number = rng_chance(&rng, 0.2) ? (uint16_t)rng_next(&rng)
                                           : (uint16_t)(number + rng_below(&rng, 6));
            const bool is_double = receive_statistics_record(&received_stats, number);
            assert_int_equal(is_double, received_stats.duplicated - before.duplicated);
            assert_true(received_stats.sent >= before.sent);
            assert_true(received_stats.received + received_stats.duplicated <= taken);
            assert_true(received_stats.window.overtaken <= received_stats.received);
            assert_true(received_stats.window.lost <= receive_statistics_judged(&received_stats));
            // Numbers are received, lost or still missing.
            assert_int_equal(received_stats.sent,
                             received_stats.received + received_stats.window.lost +
                                 (uint64_t)__builtin_popcount(received_stats.window.missing));
            before = received_stats;
        }
    }
}

// A number up to half the range ahead is newer; one beyond is older.
static void a_number_is_newer_up_to_half_of_them_ahead(void **state) {
    (void)state;
    static const struct {
        uint16_t number;
        uint64_t sent;
    } CASES[] = {{1, 1}, {0x7fff, 0x7fff}, {0x8000, 0}, {0x8001, 0}, {0xffff, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        ReceiveStatistics received_stats = {0};
        receive_statistics_record(&received_stats, CASES[i].number);
        assert_int_equal(received_stats.sent, CASES[i].sent);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_missing_before_the_first_received_one_are_lost),
        cmocka_unit_test(duplicates_are_reported),
        cmocka_unit_test(only_numbers_behind_the_window_are_judged),
        cmocka_unit_test(numbers_wrap_and_the_count_goes_on),
        cmocka_unit_test(counts_are_consistent_for_any_numbers),
        cmocka_unit_test(a_number_is_newer_up_to_half_of_them_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
