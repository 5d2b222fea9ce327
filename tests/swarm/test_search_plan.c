// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search_plan.h"

#include "base/rng.h"
#include "support.h"

#define STEPS_MAX 64

// A simulated server: it holds `capacity` bots, with the noise of a single run.
typedef struct FakeServer {
    double capacity;
    double noise; // share of the capacity, uniformly to both sides
    Rng rng;
    uint32_t steps;
    uint32_t largest; // number that was tried
} FakeServer;

static bool fake_holds(FakeServer *server, uint32_t bots) {
    const double swing = 2 * rng_unit(&server->rng) - 1;
    server->steps++;
    server->largest = bots > server->largest ? bots : server->largest;
    assert_true(server->steps < STEPS_MAX);
    return bots <= server->capacity * (1 + server->noise * swing);
}

static uint32_t search(FakeServer *server, uint32_t first, uint32_t max, double precision) {
    SearchPlan plan = search_plan_make(first, max, precision);
    for (uint32_t bots; (bots = search_plan_next(&plan)) != 0;) {
        search_plan_note(&plan, fake_holds(server, bots));
    }
    return plan.held;
}

static void a_steady_server_is_found_to_the_last_bot(void **state) {
    (void)state;
    for (uint32_t capacity = 1; capacity < 3000; capacity += 7) {
        FakeServer server = {.capacity = capacity};
        assert_int_equal(search(&server, 100, 65000, 0), capacity);
    }
}

static void a_coarser_precision_saves_steps_and_is_kept(void **state) {
    (void)state;
    for (uint32_t capacity = 40; capacity < 9000; capacity += 61) {
        FakeServer exact = {.capacity = capacity};
        FakeServer coarse = {.capacity = capacity};
        const uint32_t found = search(&coarse, 100, 65000, 0.05);
        search(&exact, 100, 65000, 0);
        assert_true(found <= capacity && found >= capacity * 0.95 - 1);
        assert_true(coarse.steps <= exact.steps);
    }
}

static void the_plan_does_not_exceed_the_maximum(void **state) {
    (void)state;
    FakeServer server = {.capacity = 1e9};
    assert_int_equal(search(&server, 100, 1500, 0.05), 1500);
    assert_int_equal(server.largest, 1500);
    server = (FakeServer){.capacity = 1e9};
    assert_int_equal(search(&server, 70, 70, 0.05), 70);
    assert_int_equal(server.steps, 1);
}

static void a_server_that_holds_no_bot_gives_zero(void **state) {
    (void)state;
    FakeServer server = {.capacity = 0};
    assert_int_equal(search(&server, 100, 1500, 0.05), 0);
    assert_int_equal(server.largest, 100);
}

static void a_number_counts_as_failed_after_two_failures(void **state) {
    (void)state;
    SearchPlan plan = search_plan_make(100, 1000, 0.05);
    search_plan_note(&plan, false);
    assert_int_equal(search_plan_next(&plan), 100);
    search_plan_note(&plan, true);
    assert_int_equal(search_plan_next(&plan), 200);
    search_plan_note(&plan, false);
    search_plan_note(&plan, false);
    assert_int_equal(search_plan_next(&plan), 150);
    assert_int_equal(plan.failed, 200);
}

// Three searches each, of servers whose single runs vary by 5 % either way. The held number held
// once, so it is at most 5 % too large; the failed number failed twice, so it is at most 5 % too
// small, and the precision adds another 5 %.
static void a_noisy_server_gives_answers_within_a_tenth(void **state) {
    (void)state;
    Rng seeds = test_rng();
    uint32_t apart = 0;
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t least = UINT32_MAX;
        uint32_t most = 0;
        for (uint32_t i = 0; i < 3; i++) {
            FakeServer server = {.capacity = 500 + 37 * round, .noise = 0.05};
            server.rng = rng_seeded(rng_next(&seeds));
            const uint32_t found = search(&server, 100, 65000, 0.05);
            assert_true(found <= server.capacity * 1.05);
            assert_true(found + 1 >= server.capacity * 0.95 * 0.95);
            least = found < least ? found : least;
            most = found > most ? found : most;
        }
        apart += most > least * 1.1;
    }
    // 1.6 on average over 400 seeds, as in a Poisson distribution: more than 12 come once in 10^8
    // runs.
    assert_true(apart <= 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_server_is_found_to_the_last_bot),
        cmocka_unit_test(a_coarser_precision_saves_steps_and_is_kept),
        cmocka_unit_test(the_plan_does_not_exceed_the_maximum),
        cmocka_unit_test(a_server_that_holds_no_bot_gives_zero),
        cmocka_unit_test(a_number_counts_as_failed_after_two_failures),
        cmocka_unit_test(a_noisy_server_gives_answers_within_a_tenth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
