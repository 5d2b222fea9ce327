// SPDX-License-Identifier: MIT
// test_impair.c -- an impairment follows its configuration, and is the same for the same seed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "net/impair.h"

#define DATAGRAMS 20000u

static const ImpairRoute route = {.from.port = 2, .to.port = 4};

// The results of sending DATAGRAMS numbered datagrams, one every millisecond.
typedef struct Outcome {
    uint32_t delivered;
    uint32_t overtaken; // arrived after a later one
    uint64_t delay_min_ns, delay_max_ns;
    uint64_t fingerprint;
    ImpairStats stats;
} Outcome;

static void note(Outcome *outcome, const ImpairDatagram *datagram, uint64_t now_ns,
                 uint32_t *newest) {
    uint32_t number = 0;
    assert_int_equal(datagram->size, sizeof number);
    memcpy(&number, datagram->bytes, sizeof number);
    const uint64_t delay_ns = now_ns - number * NS_PER_MS;
    outcome->delivered++;
    outcome->overtaken += number < *newest;
    *newest = number > *newest ? number : *newest;
    outcome->delay_min_ns = delay_ns < outcome->delay_min_ns ? delay_ns : outcome->delay_min_ns;
    outcome->delay_max_ns = delay_ns > outcome->delay_max_ns ? delay_ns : outcome->delay_max_ns;
    outcome->fingerprint = (outcome->fingerprint ^ number ^ now_ns) * 0x100000001b3ull;
}

static Outcome run(const ImpairConfig *config, uint64_t seed) {
    Outcome outcome = {.delay_min_ns = UINT64_MAX};
    uint32_t newest = 0;
    Impair *impair = impair_create(config, seed, DATAGRAMS);
    assert_non_null(impair);
    for (uint32_t number = 0; number < DATAGRAMS + 2000; number++) {
        const uint64_t now_ns = number * NS_PER_MS;
        if (number < DATAGRAMS) {
            impair_submit(impair, now_ns, &route, &number, sizeof number);
        }
        ImpairDatagram *datagram = NULL;
        while ((datagram = impair_next_due(impair, now_ns)) != NULL) {
            note(&outcome, datagram, now_ns, &newest);
            impair_free(datagram);
        }
    }
    assert_true(impair_next_due_ns(impair) == UINT64_MAX);
    outcome.stats = impair_stats(impair);
    impair_destroy(impair);
    return outcome;
}

static void without_impairment_everything_arrives_at_once_and_in_order(void **state) {
    (void)state;
    const Outcome outcome = run(&(ImpairConfig){0}, 1);
    assert_int_equal(outcome.delivered, DATAGRAMS);
    assert_int_equal(outcome.overtaken, 0);
    assert_int_equal(outcome.delay_max_ns, 0);
}

static void latency_is_added_to_every_datagram(void **state) {
    (void)state;
    const Outcome outcome = run(&(ImpairConfig){.latency_ns = 70 * NS_PER_MS}, 1);
    assert_int_equal(outcome.delivered, DATAGRAMS);
    assert_int_equal(outcome.delay_min_ns, 70 * NS_PER_MS);
    assert_int_equal(outcome.delay_max_ns, 70 * NS_PER_MS);
}

static void jitter_varies_the_delay_and_keeps_the_order(void **state) {
    (void)state;
    const ImpairConfig config = {.latency_ns = 50 * NS_PER_MS, .jitter_ns = 20 * NS_PER_MS};
    const Outcome outcome = run(&config, 2);
    assert_int_equal(outcome.delivered, DATAGRAMS);
    assert_int_equal(outcome.overtaken, 0);
    assert_in_range(outcome.delay_min_ns, 50 * NS_PER_MS, 55 * NS_PER_MS);
    assert_in_range(outcome.delay_max_ns, 65 * NS_PER_MS, 71 * NS_PER_MS);
}

static void losses_and_duplicates_have_the_configured_frequency(void **state) {
    (void)state;
    const ImpairConfig config = {.loss = 0.10, .duplicate = 0.05};
    const Outcome outcome = run(&config, 3);
    // Five standard deviations of a binomial.
    assert_in_range(outcome.stats.lost, 1788, 2212);
    assert_in_range(outcome.stats.duplicated, 754, 1046);
    assert_int_equal(outcome.delivered, DATAGRAMS - outcome.stats.lost + outcome.stats.duplicated);
    assert_int_equal(outcome.stats.delivered, outcome.delivered);
}

static void reordered_datagrams_are_overtaken_even_without_latency(void **state) {
    (void)state;
    const ImpairConfig near = {.reorder = 0.10};
    const ImpairConfig far = {.latency_ns = 30 * NS_PER_MS, .reorder = 0.10};
    const Outcome outcomes[] = {run(&near, 4), run(&far, 4)};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(outcomes[i].delivered, DATAGRAMS);
        assert_in_range(outcomes[i].stats.reordered, 1788, 2212);
        assert_in_range(outcomes[i].overtaken, 1700, 2212);
    }
}

// Twenty a second: the next one is sent after latency and jitter have passed once more.
static void reordered_datagrams_are_overtaken_however_few_follow(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){.reorder = 0.10}, 10, 100);
    uint32_t newest = 0, overtaken = 0;
    for (uint32_t i = 1; i <= DATAGRAMS; i++) {
        ImpairDatagram *datagram;
        impair_submit(impair, i * 50 * NS_PER_MS, &route, &i, sizeof i);
        while ((datagram = impair_next_due(impair, i * 50 * NS_PER_MS + NS_PER_MS)) != NULL) {
            uint32_t number;
            memcpy(&number, datagram->bytes, sizeof number);
            overtaken += number < newest;
            newest = number > newest ? number : newest;
            impair_free(datagram);
        }
    }
    const ImpairStats stats = impair_stats(impair);
    assert_in_range(stats.reordered, 1788, 2212);
    // The first of three in a row can be overtaken only by the others.
    assert_in_range(overtaken, stats.reordered * 98 / 100, stats.reordered);
    impair_destroy(impair);
}

static void submit(Impair *impair, uint64_t now_ms, const ImpairRoute *from_to, uint32_t number,
                   double reorder) {
    impair_set_config(impair, &(ImpairConfig){.latency_ns = 10 * NS_PER_MS, .reorder = reorder});
    impair_submit(impair, now_ms * NS_PER_MS, from_to, &number, sizeof number);
}

// The next datagram has that number and is due exactly then.
static void assert_next(Impair *impair, uint64_t due_ns, uint32_t number) {
    assert_true(impair_next_due_ns(impair) == due_ns);
    assert_null(impair_next_due(impair, due_ns - 1));
    ImpairDatagram *datagram = impair_next_due(impair, due_ns);
    assert_non_null(datagram);
    assert_memory_equal(datagram->bytes, &number, sizeof number);
    impair_free(datagram);
}

// Latency 10 ms: due after 10 ms, the datagram waits for 10 ms more, or until two others have
// passed.
static void a_datagram_overtaken_twice_follows_the_second(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    submit(impair, 0, &route, 1, 1);
    submit(impair, 30, &route, 2, 0);
    assert_next(impair, 40 * NS_PER_MS, 2);
    submit(impair, 70, &route, 3, 0);
    assert_next(impair, 80 * NS_PER_MS, 3);
    assert_next(impair, 80 * NS_PER_MS + 1, 1);
    assert_true(impair_next_due_ns(impair) == UINT64_MAX);
    // The counted delay is the final one.
    assert_int_equal(impair_stats(impair).delay_ns, (80 + 10 + 10) * NS_PER_MS + 1);
    impair_destroy(impair);
}

static void a_datagram_overtaken_at_once_still_waits_its_time(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    submit(impair, 0, &route, 1, 1);
    submit(impair, 1, &route, 2, 0);
    submit(impair, 2, &route, 3, 0);
    assert_next(impair, 11 * NS_PER_MS, 2);
    assert_next(impair, 12 * NS_PER_MS, 3);
    assert_next(impair, 20 * NS_PER_MS, 1);
    impair_destroy(impair);
}

static void a_released_datagram_precedes_those_due_sooner(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    enum { OTHERS = 12 }; // none in the same bucket
    submit(impair, 0, &route, 1, 1);
    for (uint32_t i = OTHERS; i-- > 0;) { // each becomes the first
        ImpairRoute other = route;
        other.to.port = (uint16_t)(2000 + i);
        submit(impair, 80 + i, &other, 10 + i, 0);
    }
    submit(impair, 21, &route, 2, 0);
    submit(impair, 22, &route, 3, 0);
    assert_next(impair, 31 * NS_PER_MS, 2);
    assert_next(impair, 32 * NS_PER_MS, 3);
    assert_next(impair, 32 * NS_PER_MS + 1, 1);
    for (uint32_t i = 0; i < OTHERS; i++) {
        assert_next(impair, (90 + i) * NS_PER_MS, 10 + i);
    }
    impair_destroy(impair);
}

// Whether they are released by the second that overtakes or by the clock.
static void released_datagrams_free_their_places(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    uint64_t now_ms = 0;
    for (uint32_t i = 0; i < 3 * IMPAIR_REORDERED_MAX; i++, now_ms += 1000) {
        submit(impair, now_ms, &route, 1, 1);
        if (i % 2 == 0) {
            assert_next(impair, (now_ms + 20) * NS_PER_MS + IMPAIR_REORDER_MAX_NS, 1);
            continue;
        }
        submit(impair, now_ms + 30, &route, 2, 0);
        submit(impair, now_ms + 31, &route, 3, 0);
        assert_next(impair, (now_ms + 40) * NS_PER_MS, 2);
        assert_next(impair, (now_ms + 41) * NS_PER_MS, 3);
        assert_next(impair, (now_ms + 41) * NS_PER_MS + 1, 1);
    }
    impair_destroy(impair);
}

static void only_datagrams_of_the_same_flow_overtake(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    ImpairRoute other = route;
    other.to.port++;
    submit(impair, 0, &route, 1, 1);
    for (uint32_t i = 0; i < 4; i++) {
        submit(impair, 30 + i, &other, 10 + i, 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        assert_next(impair, (40 + i) * NS_PER_MS, 10 + i);
    }
    submit(impair, 50, &route, 2, 0);
    submit(impair, 51, &route, 3, 0);
    assert_next(impair, 60 * NS_PER_MS, 2);
    assert_next(impair, 61 * NS_PER_MS, 3);
    assert_next(impair, 61 * NS_PER_MS + 1, 1);
    impair_destroy(impair);
}

// Each has its own count, in any order of release.
static void of_many_that_wait_each_is_released_by_its_second(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    submit(impair, 0, &route, 1, 1);
    submit(impair, 0, &route, 2, 1);
    submit(impair, 30, &route, 3, 0);
    submit(impair, 31, &route, 4, 1);
    submit(impair, 32, &route, 5, 0); // the second for 1 and 2, the first for 4
    assert_next(impair, 40 * NS_PER_MS, 3);
    assert_next(impair, 42 * NS_PER_MS, 5);
    assert_next(impair, 42 * NS_PER_MS + 1, 1);
    assert_next(impair, 42 * NS_PER_MS + 1, 2);
    submit(impair, 60, &route, 6, 0);
    assert_next(impair, 70 * NS_PER_MS, 6);
    assert_next(impair, 70 * NS_PER_MS + 1, 4);
    // A released datagram is not overtaken again.
    submit(impair, 100, &route, 7, 1);
    assert_next(impair, (100 + 20) * NS_PER_MS + IMPAIR_REORDER_MAX_NS, 7);
    submit(impair, 400, &route, 8, 1);
    submit(impair, 401, &route, 9, 0);
    submit(impair, 402, &route, 10, 0);
    assert_next(impair, 411 * NS_PER_MS, 9);
    assert_next(impair, 412 * NS_PER_MS, 10);
    assert_next(impair, 420 * NS_PER_MS, 8);
    impair_destroy(impair);
}

static void a_reordered_datagram_without_followers_is_released(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){.reorder = 1.0}, 11, 100);
    impair_submit(impair, 0, &route, "last", 4);
    const uint64_t latest_ns = IMPAIR_REORDER_MIN_NS + IMPAIR_REORDER_MAX_NS;
    assert_true(impair_next_due_ns(impair) == latest_ns);
    ImpairDatagram *datagram = impair_next_due(impair, latest_ns);
    assert_non_null(datagram);
    impair_free(datagram);
    // Later datagrams have none left to overtake.
    impair_set_config(impair, &(ImpairConfig){0});
    impair_submit(impair, latest_ns, &route, "more", 4);
    datagram = impair_next_due(impair, latest_ns);
    assert_memory_equal(datagram->bytes, "more", 4);
    impair_free(datagram);
    impair_destroy(impair);
}

static void more_than_can_be_watched_wait_by_the_clock(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){.reorder = 1.0}, 12, 1000);
    for (uint32_t i = 0; i < IMPAIR_REORDERED_MAX + 10; i++) {
        impair_submit(impair, 0, &route, &i, sizeof i);
    }
    uint32_t count = 0;
    for (ImpairDatagram *datagram;
         (datagram = impair_next_due(impair, IMPAIR_REORDER_MIN_NS)) != NULL; count++) {
        impair_free(datagram);
    }
    assert_int_equal(count, 10);
    impair_destroy(impair);
}

static void total_loss_delivers_nothing(void **state) {
    (void)state;
    const Outcome outcome = run(&(ImpairConfig){.loss = 1.0}, 5);
    assert_int_equal(outcome.delivered, 0);
    assert_int_equal(outcome.stats.lost, DATAGRAMS);
}

static void the_same_seed_gives_the_same_fate_and_another_seed_another(void **state) {
    (void)state;
    const ImpairConfig config = {.latency_ns = 50 * NS_PER_MS,
                                 .jitter_ns = 20 * NS_PER_MS,
                                 .loss = 0.05,
                                 .duplicate = 0.02,
                                 .reorder = 0.02};
    const Outcome first = run(&config, 6), again = run(&config, 6), other = run(&config, 7);
    assert_true(first.fingerprint == again.fingerprint);
    assert_true(first.fingerprint != other.fingerprint);
}

static void a_full_pool_drops_and_counts(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){.latency_ns = NS_PER_S}, 8, 10);
    for (uint32_t i = 0; i < 25; i++) {
        impair_submit(impair, 0, &route, &i, sizeof i);
    }
    assert_int_equal(impair_stats(impair).overflowed, 15);
    assert_null(impair_next_due(impair, NS_PER_S - 1));
    assert_true(impair_next_due_ns(impair) == NS_PER_S);
    impair_destroy(impair); // with ten still held
}

static void routes_do_not_delay_each_other(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){.latency_ns = NS_PER_S}, 9, 10);
    impair_submit(impair, 0, &route, "slow", 4);
    impair_set_config(impair, &(ImpairConfig){0});
    ImpairRoute other = route;
    other.to.port++;
    impair_submit(impair, 0, &other, "fast", 4);
    ImpairDatagram *datagram = impair_next_due(impair, 0);
    assert_non_null(datagram);
    assert_memory_equal(datagram->bytes, "fast", 4);
    assert_int_equal(datagram->route.to.port, other.to.port);
    impair_free(datagram);
    impair_destroy(impair);
}

// The lateness of each delivered datagram counts, and the maximum.
static void late_polls_are_counted(void **state) {
    (void)state;
    Impair *impair = impair_create(&(ImpairConfig){0}, 13, 100);
    static const uint64_t LATE_MS[] = {3, 0, 7, 2};
    uint64_t sum_ms = 0;
    uint64_t most_ms = 0;
    for (uint32_t i = 0; i < sizeof LATE_MS / sizeof *LATE_MS; i++) {
        submit(impair, 100 * i, &route, i, 0);
        ImpairDatagram *datagram = impair_next_due(impair, (100 * i + 10 + LATE_MS[i]) * NS_PER_MS);
        assert_non_null(datagram);
        impair_free(datagram);
        sum_ms += LATE_MS[i];
        most_ms = LATE_MS[i] > most_ms ? LATE_MS[i] : most_ms;
        assert_int_equal(impair_stats(impair).late_ns, sum_ms * NS_PER_MS);
        assert_int_equal(impair_stats(impair).late_max_ns, most_ms * NS_PER_MS);
        assert_int_equal(impair_stats(impair).delay_ns, (i + 1) * 10 * NS_PER_MS);
    }
    impair_destroy(impair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_impairment_everything_arrives_at_once_and_in_order),
        cmocka_unit_test(latency_is_added_to_every_datagram),
        cmocka_unit_test(jitter_varies_the_delay_and_keeps_the_order),
        cmocka_unit_test(losses_and_duplicates_have_the_configured_frequency),
        cmocka_unit_test(reordered_datagrams_are_overtaken_even_without_latency),
        cmocka_unit_test(reordered_datagrams_are_overtaken_however_few_follow),
        cmocka_unit_test(a_datagram_overtaken_twice_follows_the_second),
        cmocka_unit_test(a_datagram_overtaken_at_once_still_waits_its_time),
        cmocka_unit_test(a_released_datagram_precedes_those_due_sooner),
        cmocka_unit_test(released_datagrams_free_their_places),
        cmocka_unit_test(only_datagrams_of_the_same_flow_overtake),
        cmocka_unit_test(of_many_that_wait_each_is_released_by_its_second),
        cmocka_unit_test(a_reordered_datagram_without_followers_is_released),
        cmocka_unit_test(more_than_can_be_watched_wait_by_the_clock),
        cmocka_unit_test(total_loss_delivers_nothing),
        cmocka_unit_test(the_same_seed_gives_the_same_fate_and_another_seed_another),
        cmocka_unit_test(a_full_pool_drops_and_counts),
        cmocka_unit_test(routes_do_not_delay_each_other),
        cmocka_unit_test(late_polls_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
