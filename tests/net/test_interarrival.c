// SPDX-License-Identifier: MIT
#include "net/interarrival.h"

#include <math.h>

#include "base/rng.h"
#include "support.h"

// The clocks of the two sides are independent.
#define SENDER_START_MS   60000u
#define RECEIVER_START_NS (7 * NS_PER_S)

static void record(Interarrival *interarrival, uint64_t sent_ms, uint64_t delay_ns) {
    interarrival_record(interarrival, (uint16_t)(SENDER_START_MS + sent_ms),
                        RECEIVER_START_NS + sent_ms * NS_PER_MS + delay_ns);
}

static void messages_that_come_as_they_were_sent_do_not_differ(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    for (uint64_t i = 0; i < 5000; i++) { // the sender's time wraps three times
        record(&interarrival, i * 50, 80 * NS_PER_MS);
    }
    assert_int_equal(interarrival.pairs, 4999);
    assert_int_equal(interarrival.squares_us2, 0);
}

static void the_mean_square_is_a_sixth_of_the_range_squared(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    Rng rng = rng_seeded(3);
    for (uint64_t i = 0; i < 200000; i++) {
        record(&interarrival, i * 50, 80 * NS_PER_MS + rng_below(&rng, 30 * NS_PER_MS));
    }
    const double square_us2 = (double)interarrival.squares_us2 / (double)interarrival.pairs;
    assert_true(fabs(sqrt(6 * square_us2) - 30000) < 150);
}

static void overtaken_and_repeated_messages_make_no_pair(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    record(&interarrival, 0, 0);
    record(&interarrival, 100, 0);
    record(&interarrival, 50, 70 * NS_PER_MS);
    record(&interarrival, 100, 20 * NS_PER_MS);
    record(&interarrival, 150, 2 * NS_PER_MS);
    assert_int_equal(interarrival.pairs, 2);
    assert_int_equal(interarrival.squares_us2, 2000 * 2000);
}

static void pairs_are_never_sent_closely_after_one_another(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    for (uint64_t i = 0; i <= 300; i++) { // those that count are 42 ms apart
        record(&interarrival, i * 6, i % 7 == 0 ? 0 : 3 * NS_PER_MS);
    }
    assert_int_equal(interarrival.pairs, 300 / 7);
    assert_int_equal(interarrival.squares_us2, 0);
}

static void a_stall_is_no_jitter(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    record(&interarrival, 0, 0);
    record(&interarrival, 50, INTERARRIVAL_DIFFERENCE_MAX_NS + NS_PER_US);
    assert_int_equal(interarrival.pairs, 0);
    record(&interarrival, 100, INTERARRIVAL_DIFFERENCE_MAX_NS + NS_PER_US);
    assert_int_equal(interarrival.pairs, 1);
    assert_int_equal(interarrival.squares_us2, 0);
}

static void after_a_long_silence_pairs_start_again(void **state) {
    (void)state;
    Interarrival interarrival = {0};
    record(&interarrival, 0, 0);
    record(&interarrival, 40000, 0); // by its time 25 s before the first
    assert_int_equal(interarrival.pairs, 0);
    record(&interarrival, 40050, NS_PER_MS);
    assert_int_equal(interarrival.pairs, 1);
    assert_int_equal(interarrival.squares_us2, 1000 * 1000);
}

static void sums_only_grow_for_any_client_times(void **state) {
    (void)state;
    Rng rng = rng_seeded(4);
    Interarrival interarrival = {.squares_us2 = UINT64_MAX - 1000 * NS_PER_S};
    uint64_t now_ns = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        const Interarrival before = interarrival;
        now_ns += rng_below(&rng, 20 * NS_PER_MS);
        interarrival_record(&interarrival, (uint16_t)rng_next(&rng), now_ns);
        assert_true(interarrival.pairs - before.pairs <= 1);
        assert_true(interarrival.squares_us2 >= before.squares_us2);
    }
    assert_true(interarrival.pairs > 0);
}

// At the greatest distance that counts, and a millisecond or a nanosecond beyond.
static void pairs_count_up_to_their_bounds(void **state) {
    (void)state;
    static const struct {
        uint64_t sent_apart_ms, received_apart_ns;
        uint64_t pairs;
    } CASES[] = {
        {INTERARRIVAL_APART_MIN_MS - 1, INTERARRIVAL_APART_MIN_MS * NS_PER_MS, 0},
        {INTERARRIVAL_APART_MIN_MS, INTERARRIVAL_APART_MIN_MS * NS_PER_MS, 1},
        {1000, 1000 * NS_PER_MS + INTERARRIVAL_DIFFERENCE_MAX_NS, 1},
        {1000, 1000 * NS_PER_MS + INTERARRIVAL_DIFFERENCE_MAX_NS + 1, 0},
        {0x7530, 30 * NS_PER_S - 1, 1}, // 30 s
        {0x8000, 30 * NS_PER_S - 1, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Interarrival interarrival = {0};
        interarrival_record(&interarrival, 100, NS_PER_S);
        interarrival_record(&interarrival, (uint16_t)(100 + CASES[i].sent_apart_ms),
                            NS_PER_S + CASES[i].received_apart_ns);
        assert_int_equal(interarrival.pairs, CASES[i].pairs);
    }
}

// After 30 s of silence any time starts anew, even an unchanged one; before that the message counts
// as overtaken.
static void a_silence_of_30_s_is_a_new_beginning(void **state) {
    (void)state;
    for (uint64_t less_ns = 0; less_ns < 2; less_ns++) {
        Interarrival interarrival = {0};
        interarrival_record(&interarrival, 100, NS_PER_S);
        interarrival_record(&interarrival, 100, 31 * NS_PER_S - less_ns);
        assert_int_equal(interarrival.newest_received_ns, less_ns == 0 ? 31 * NS_PER_S : NS_PER_S);
        assert_int_equal(interarrival.pairs, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_come_as_they_were_sent_do_not_differ),
        cmocka_unit_test(the_mean_square_is_a_sixth_of_the_range_squared),
        cmocka_unit_test(overtaken_and_repeated_messages_make_no_pair),
        cmocka_unit_test(pairs_are_never_sent_closely_after_one_another),
        cmocka_unit_test(a_stall_is_no_jitter),
        cmocka_unit_test(after_a_long_silence_pairs_start_again),
        cmocka_unit_test(sums_only_grow_for_any_client_times),
        cmocka_unit_test(pairs_count_up_to_their_bounds),
        cmocka_unit_test(a_silence_of_30_s_is_a_new_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
