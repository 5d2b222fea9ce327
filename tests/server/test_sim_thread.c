// SPDX-License-Identifier: MIT
#include "server/sim/sim_thread.h"

#include <string.h>

#include "base/clock.h"
#include "support.h"

typedef struct Fixture {
    SimQueues *queues;
    Metrics *metrics;
    Match match;
    SimThread sim_thread;
} Fixture;

static int set_up(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->queues = aligned_alloc(CACHE_LINE_BYTES, sizeof *fixture->queues);
    assert_non_null(fixture->queues);
    assert_true(sim_queues_create(fixture->queues, 4));
    fixture->metrics = metrics_create(240, 2, 1);
    ArenaFile file = {.spec = {.name = "thread", .seed = 5}};
    arena_file_resolve(&file, 100, 4);
    const MatchConfig config = {.sim = {.arena = file.spec,
                                        .seed = 5,
                                        .drone_count = 100,
                                        .ship_capacity = 4,
                                        .worker_count = 2},
                                .tick_rate_hz = 240,
                                .snapshot_rate_hz = 20,
                                .budget_bytes = PAYLOAD_BYTES_MAX,
                                .loop_count = 1,
                                .queues = fixture->queues,
                                .metrics = fixture->metrics};
    assert_true(match_create(&fixture->match, &config));
    fixture->sim_thread.match = &fixture->match;
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    Fixture *fixture = *state;
    match_destroy(&fixture->match);
    metrics_destroy(fixture->metrics);
    sim_queues_destroy(fixture->queues);
    free(fixture->queues);
    free(fixture);
    return 0;
}

static uint64_t histogram_count(const MetricHistogram *histogram) {
    uint64_t count = 0;
    for (uint32_t i = 0; i <= METRIC_BUCKETS_MAX; i++) {
        count += metric_get(&histogram->buckets[i]);
    }
    return count;
}

static void check_metrics(const Fixture *fixture, uint64_t ticks) {
    const SimMetrics *metrics = &fixture->metrics->sim;
    assert_int_equal(metric_get(&metrics->ticks), ticks);
    assert_int_equal(histogram_count(&metrics->tick_ns), ticks);
    assert_int_equal(histogram_count(&metrics->start_lag_ns), ticks);
    assert_true(metric_get(&metrics->last_tick_end_ns) > 0);
    assert_true(metric_get(&metrics->worker_busy_ns[0]) > 0);
}

static void an_unpaced_run_does_its_ticks_and_returns(void **state) {
    Fixture *fixture = *state;
    fixture->sim_thread.tick_limit = 500;
    fixture->sim_thread.is_unpaced = true;
    sim_thread_run(&fixture->sim_thread);
    assert_int_equal(fixture->match.sim.world.tick, 500);
    check_metrics(fixture, 500);
}

static void a_timed_run_does_its_ticks_and_returns(void **state) {
    Fixture *fixture = *state;
    fixture->sim_thread.tick_limit = 24;
    sim_thread_run(&fixture->sim_thread);
    assert_int_equal(fixture->match.sim.world.tick, 24);
    check_metrics(fixture, 24);
}

static void ring_bell(uv_async_t *async) {
    *(bool *)async->data = true;
    uv_close((uv_handle_t *)async, NULL);
}

static void the_end_is_signalled_after_the_last_tick(void **state) {
    Fixture *fixture = *state;
    uv_loop_t loop;
    uv_async_t bell;
    bool has_rung = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_async_init(&loop, &bell, ring_bell), 0);
    bell.data = &has_rung;
    fixture->sim_thread.tick_limit = 10;
    fixture->sim_thread.on_end = &bell;
    assert_true(sim_thread_start(&fixture->sim_thread));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(has_rung);
    sim_thread_join(&fixture->sim_thread);
    assert_int_equal(fixture->match.sim.world.tick, 10);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_run_without_end_ends_when_it_is_joined(void **state) {
    Fixture *fixture = *state;
    assert_true(sim_thread_start(&fixture->sim_thread));
    while (metric_get(&fixture->metrics->sim.ticks) < 5) {
        clock_sleep_until_ns(clock_now_ns() + NS_PER_MS);
    }
    sim_thread_join(&fixture->sim_thread);
    const uint32_t tick = fixture->match.sim.world.tick;
    assert_true(tick >= 5);
    assert_int_equal(metric_get(&fixture->metrics->sim.ticks), tick);
}

int main(void) {
#define WITH_MATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_MATCH(an_unpaced_run_does_its_ticks_and_returns),
        WITH_MATCH(a_timed_run_does_its_ticks_and_returns),
        WITH_MATCH(the_end_is_signalled_after_the_last_tick),
        WITH_MATCH(a_run_without_end_ends_when_it_is_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
