// SPDX-License-Identifier: MIT
#include "base/leaky_bucket.h"

#include "base/clock.h"
#include "base/rng.h"
#include "support.h"

// The number admitted from start to end when every poll requests as many as possible.
static uint64_t admitted(uint64_t *due_ns, uint64_t start_ns, uint64_t end_ns, uint64_t poll_ns,
                         uint64_t period_ns, uint32_t burst) {
    uint64_t count = 0;
    for (uint64_t now_ns = start_ns; now_ns < end_ns; now_ns += poll_ns) {
        while (leaky_bucket_consume(due_ns, now_ns, period_ns, burst)) {
            count++;
        }
    }
    return count;
}

static void a_burst_is_admitted_at_once_and_no_more(void **state) {
    (void)state;
    const uint32_t bursts[] = {1, 2, 5, 75, 4096};
    for (size_t i = 0; i < sizeof bursts / sizeof *bursts; i++) {
        uint64_t due_ns = 0;
        assert_int_equal(admitted(&due_ns, 7, 8, 1, 2 * NS_PER_S, bursts[i]), bursts[i]);
        // One period later there is room for one, a century later for a burst.
        uint64_t now_ns = 7 + 2 * NS_PER_S;
        assert_false(leaky_bucket_consume(&due_ns, now_ns - 1, 2 * NS_PER_S, bursts[i]));
        assert_int_equal(admitted(&due_ns, now_ns, now_ns + 1, 1, 2 * NS_PER_S, bursts[i]), 1);
        now_ns += 3000000000ull * NS_PER_S;
        assert_int_equal(admitted(&due_ns, now_ns, now_ns + 1, 1, 2 * NS_PER_S, bursts[i]),
                         bursts[i]);
    }
}

// A limit of 250 a second admitted 166 at polls every 3 ms when fractions of a refill were lost.
static void the_rate_is_exact_at_every_poll_interval(void **state) {
    (void)state;
    const uint32_t rates[] = {1, 8, 64, 128, 150, 166, 250, 333, 997, 1024, 2000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        for (uint64_t poll_us = 100; poll_us <= 50000; poll_us += poll_us < 2000 ? 100 : 1300) {
            const uint32_t burst = 2 + rates[i] / 10; // more than the longest interval refills
            uint64_t due_ns = 0;
            const uint64_t count = admitted(&due_ns, 0, 60 * NS_PER_S, poll_us * NS_PER_US,
                                            NS_PER_S / rates[i], burst);
            // The last poll lies up to an interval before the end.
            const uint64_t most = 60ull * rates[i] + burst;
            assert_in_range(count * 1000, (most - 1) * 995 - rates[i] * poll_us / 1000,
                            most * 1001 + 1000);
        }
    }
}

static void the_rate_is_exact_when_many_are_consumed_at_once(void **state) {
    (void)state;
    Rng rng = rng_seeded(9);
    uint64_t due_ns = 0;
    uint64_t count = 0;
    for (uint64_t now_ns = 0; now_ns < 600 * NS_PER_S; now_ns += rng_below(&rng, 9) * NS_PER_MS) {
        const uint32_t requested = 1 + rng_below(&rng, 31);
        if (leaky_bucket_consume_many(&due_ns, now_ns, requested, NS_PER_S / 1024, 4096)) {
            count += requested;
        }
    }
    assert_in_range(count, 600 * 1024 * 99 / 100, 600 * 1024 * 101 / 100 + 4096);
}

static void many_at_once_are_admitted_all_or_none(void **state) {
    (void)state;
    uint64_t due_ns = 0;
    assert_false(leaky_bucket_consume_many(&due_ns, 0, 33, NS_PER_S, 32)); // never holds that many
    assert_true(leaky_bucket_consume_many(&due_ns, 0, 30, NS_PER_S, 32));
    assert_false(leaky_bucket_consume_many(&due_ns, 0, 3, NS_PER_S, 32));
    assert_true(leaky_bucket_consume_many(&due_ns, 0, 0, NS_PER_S, 32));
    assert_true(leaky_bucket_consume_many(&due_ns, 0, 2, NS_PER_S, 32));
    assert_true(
        leaky_bucket_consume_many(&due_ns, 0, 0, NS_PER_S, 32)); // nothing is always allowed
    assert_false(leaky_bucket_consume(&due_ns, NS_PER_S - 1, NS_PER_S, 32));
    assert_true(leaky_bucket_consume(&due_ns, NS_PER_S, NS_PER_S, 32));
}

static void calls_within_the_rate_are_never_refused(void **state) {
    (void)state;
    uint64_t due_ns = 0;
    for (uint64_t i = 0; i < 172800; i++) {
        assert_true(leaky_bucket_consume(&due_ns, i * NS_PER_S / 2, NS_PER_S / 2, 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_admitted_at_once_and_no_more),
        cmocka_unit_test(the_rate_is_exact_at_every_poll_interval),
        cmocka_unit_test(the_rate_is_exact_when_many_are_consumed_at_once),
        cmocka_unit_test(many_at_once_are_admitted_all_or_none),
        cmocka_unit_test(calls_within_the_rate_are_never_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
