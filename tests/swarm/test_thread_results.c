// SPDX-License-Identifier: MIT
#include "tools/swarm/load/thread_results.h"

#include "support.h"

typedef struct Fixture {
    ThreadResults results;
    Tally window;
    Tally measured, warmup;
    SwarmGauges gauges;
    TransportError error;
} Fixture;

static Fixture g_fixture;

static int create(void **state) {
    (void)state;
    Fixture *fixture = &g_fixture;
    tally_reset(&fixture->window);
    tally_reset(&fixture->measured);
    tally_reset(&fixture->warmup);
    return thread_results_init(&fixture->results) ? 0 : -1;
}

static int destroy(void **state) {
    (void)state;
    thread_results_free(&g_fixture.results);
    return 0;
}

static void push(uint64_t sends, bool is_warmup, SwarmGauges gauges, TransportError error) {
    g_fixture.window.sends = sends;
    thread_results_push(&g_fixture.results, &g_fixture.window, is_warmup, &gauges, error);
}

static bool collect(void) {
    Fixture *fixture = &g_fixture;
    return thread_results_collect(&fixture->results, &fixture->measured, &fixture->warmup,
                                  &fixture->gauges, &fixture->error);
}

static void windows_add_up_until_they_are_collected(void **state) {
    (void)state;
    push(3, true, (SwarmGauges){0}, TRANSPORT_OK);
    push(4, false, (SwarmGauges){0}, TRANSPORT_OK);
    push(5, false, (SwarmGauges){0}, TRANSPORT_OK);
    assert_true(collect());
    assert_int_equal(g_fixture.warmup.sends, 3);
    assert_int_equal(g_fixture.measured.sends, 9);
    assert_true(collect());
    assert_int_equal(g_fixture.measured.sends, 9);
}

static void the_newest_gauges_replace_the_last_ones_but_a_tick_rate_stays_known(void **state) {
    (void)state;
    push(0, false, (SwarmGauges){.silent = 2, .tick_rate_hz = 60}, TRANSPORT_OK);
    push(0, false, (SwarmGauges){.silent = 1}, TRANSPORT_OK);
    assert_true(collect());
    assert_int_equal(g_fixture.gauges.silent, 1);
    assert_int_equal(g_fixture.gauges.tick_rate_hz, 60);
}

static void a_socket_that_could_not_be_opened_is_reported(void **state) {
    (void)state;
    push(0, false, (SwarmGauges){0}, TRANSPORT_ERROR_PORTS);
    assert_false(collect());
    assert_int_equal(g_fixture.error, TRANSPORT_ERROR_PORTS);
}

static void on_end(uv_async_t *async) {
    assert_true(thread_results_have_ended(&g_fixture.results));
    uv_close((uv_handle_t *)async, NULL);
}

static void the_end_wakes_the_main_loop(void **state) {
    (void)state;
    uv_loop_t loop;
    uv_async_t async;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_async_init(&loop, &async, on_end), 0);
    assert_false(thread_results_have_ended(&g_fixture.results));
    thread_results_end(&g_fixture.results, &async);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_add_up_until_they_are_collected, create, destroy),
        cmocka_unit_test_setup_teardown(
            the_newest_gauges_replace_the_last_ones_but_a_tick_rate_stays_known, create, destroy),
        cmocka_unit_test_setup_teardown(a_socket_that_could_not_be_opened_is_reported, create,
                                        destroy),
        cmocka_unit_test_setup_teardown(the_end_wakes_the_main_loop, create, destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
