// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/server_watch.h"

#include <stdatomic.h>
#include <string.h>

#include "support.h"

// A server with 100 ticks more at each sample. A sample waits for the test, so that no test depends
// on real time.
typedef struct FakeServer {
    atomic_uint looks;
    atomic_bool is_down;
    uv_sem_t allowed, done;
} FakeServer;

static FakeServer g_server;

static char *answer(uint32_t looks) {
    char *text = calloc(1, 1024);
    snprintf(text, 1024,
             "tickstorm_clients %u\n"
             "tickstorm_tick_duration_seconds_bucket{le=\"0.002\"} %u\n"
             "tickstorm_tick_duration_seconds_bucket{le=\"+Inf\"} %u\n"
             "tickstorm_tick_duration_seconds_sum %g\n"
             "tickstorm_tick_duration_seconds_count %u\n"
             "tickstorm_tick_overruns_total 0\n"
             "tickstorm_ticks_skipped_total %u\n"
             "process_cpu_seconds_total %g\n"
             "process_resident_memory_bytes 1000\n",
             looks, looks * 100, looks * 100, looks * 0.1, looks * 100, looks, looks * 0.1);
    return text;
}

static char *fetch(const char *url, char *error, size_t error_size) {
    assert_string_equal(url, "http://server/metrics");
    uv_sem_wait(&g_server.allowed);
    char *text = NULL;
    if (atomic_load(&g_server.is_down)) {
        snprintf(error, error_size, "nobody there");
    } else {
        text = answer(atomic_fetch_add(&g_server.looks, 1) + 1);
    }
    uv_sem_post(&g_server.done);
    return text;
}

static int setup(void **state) {
    (void)state;
    atomic_store(&g_server.looks, 0);
    atomic_store(&g_server.is_down, false);
    return uv_sem_init(&g_server.allowed, 0) + uv_sem_init(&g_server.done, 0);
}

static int teardown(void **state) {
    (void)state;
    uv_sem_destroy(&g_server.allowed);
    uv_sem_destroy(&g_server.done);
    return 0;
}

static void let_look(uint32_t times) {
    for (uint32_t i = 0; i < times; i++) {
        uv_sem_post(&g_server.allowed);
    }
}

static void start(ServerWatch *watch) {
    let_look(1);
    assert_true(server_watch_start(watch, "http://server/metrics", fetch));
    uv_sem_wait(&g_server.done);
}

static void the_watch_covers_the_run_at_its_end(void **state) {
    (void)state;
    ServerWatch watch;
    ServerMetrics metrics;
    start(&watch);
    assert_false(server_watch_so_far(&watch, &metrics));
    server_watch_end(&watch);
    let_look(2); // one may have been under way
    server_watch_finish(&watch);
    assert_true(server_watch_so_far(&watch, &metrics));
    assert_int_equal(metrics.ticks, (atomic_load(&g_server.looks) - 1) * 100);
    assert_string_equal(watch.error, "");
    server_watch_free(&watch);
}

static void a_restart_drops_earlier_samples(void **state) {
    (void)state;
    ServerWatch watch;
    ServerMetrics metrics;
    start(&watch);
    let_look(1);
    uv_sem_wait(&g_server.done); // a second later
    server_watch_restart(&watch);
    let_look(1);
    uv_sem_wait(&g_server.done);
    const uint32_t looks_before = atomic_load(&g_server.looks);
    server_watch_end(&watch);
    let_look(2);
    server_watch_finish(&watch);
    assert_true(server_watch_so_far(&watch, &metrics));
    assert_int_equal(metrics.ticks, (atomic_load(&g_server.looks) - looks_before) * 100);
    server_watch_free(&watch);
}

static void reading_the_watch_does_not_wait_for_a_slow_server(void **state) {
    (void)state;
    ServerWatch watch;
    ServerMetrics metrics;
    start(&watch);
    server_watch_end(&watch); // the look that follows is not allowed to happen yet
    assert_false(server_watch_so_far(&watch, &metrics));
    assert_false(server_watch_recent(&watch, &metrics));
    let_look(2);
    server_watch_finish(&watch);
    server_watch_free(&watch);
}

static void a_server_that_goes_away_keeps_its_samples_without_recent_ones(void **state) {
    (void)state;
    ServerWatch watch;
    ServerMetrics metrics;
    start(&watch);
    let_look(1);
    uv_sem_wait(&g_server.done);
    atomic_store(&g_server.is_down, true);
    server_watch_end(&watch);
    let_look(2);
    server_watch_finish(&watch);
    assert_string_equal(watch.error, "nobody there");
    assert_true(server_watch_so_far(&watch, &metrics));
    assert_int_equal(metrics.ticks, 100);
    assert_false(server_watch_recent(&watch, &metrics));
    server_watch_free(&watch);
}

static void finishing_a_watch_adds_a_last_sample(void **state) {
    (void)state;
    ServerWatch watch;
    ServerMetrics metrics;
    start(&watch);
    let_look(2); // one may have been under way
    server_watch_finish(&watch);
    assert_true(server_watch_so_far(&watch, &metrics));
    assert_true(server_watch_recent(&watch, &metrics));
    server_watch_free(&watch);
}

static void a_missing_server_cannot_be_watched(void **state) {
    (void)state;
    ServerWatch watch;
    atomic_store(&g_server.is_down, true);
    let_look(1);
    assert_false(server_watch_start(&watch, "http://server/metrics", fetch));
    assert_string_equal(watch.error, "nobody there");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_watch_covers_the_run_at_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_drops_earlier_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_the_watch_does_not_wait_for_a_slow_server, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_server_that_goes_away_keeps_its_samples_without_recent_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(finishing_a_watch_adds_a_last_sample, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_server_cannot_be_watched, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
