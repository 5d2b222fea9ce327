// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "client/picture/net_figures.h"

static NetFigures figures;
static Client client;
static Snapshot snapshot;

static int reset(void **state) {
    (void)state;
    memset(&client, 0, sizeof client);
    memset(&snapshot, 0, sizeof snapshot);
    net_figures_reset(&figures, NS_PER_S);
    return 0;
}

// Half a second of frames, every 1/60 s.
static void run_frames(uint64_t start_ns) {
    for (uint64_t frame = 1; frame <= 31; frame++) {
        const uint64_t period_ns = NS_PER_S / 60;
        net_figures_on_frame(&figures, &client, start_ns + frame * period_ns, period_ns);
    }
}

static void frames_are_counted_per_second(void **state) {
    (void)state;
    run_frames(NS_PER_S);
    assert_float_equal(figures.frames_hz, 60, 1.0);
    assert_float_equal(figures.frame_ms_max, 16.7, 0.1);
}

static void gaps_between_snapshots_are_averaged_and_the_worst_is_kept(void **state) {
    (void)state;
    static const uint64_t received_ms[] = {1000, 1050, 1100, 1200, 1250};
    for (size_t i = 0; i < sizeof received_ms / sizeof received_ms[0]; i++) {
        net_figures_on_snapshot(&figures, &snapshot, received_ms[i] * NS_PER_MS);
    }
    run_frames(NS_PER_S);
    assert_float_equal(figures.snapshot_gap_ms, 62.5, 0.01);
    assert_float_equal(figures.snapshot_gap_ms_max, 100, 0.01);
}

static void the_first_snapshot_makes_no_gap(void **state) {
    (void)state;
    net_figures_on_snapshot(&figures, &snapshot, 5 * NS_PER_S);
    run_frames(NS_PER_S);
    assert_float_equal(figures.snapshot_gap_ms_max, 0, 0.001);
}

static void the_loss_is_of_the_last_interval(void **state) {
    (void)state;
    client.stats.snapshots_received = 9;
    client.stats.snapshots_lost = 1;
    run_frames(NS_PER_S);
    assert_float_equal(figures.loss_percent, 10, 0.01);
    client.stats.snapshots_received = 19;
    run_frames(2 * NS_PER_S);
    assert_float_equal(figures.loss_percent, 0, 0.01);
}

static void the_loss_of_inputs_stays_until_the_next_report(void **state) {
    (void)state;
    client.uplink.reported = (ReceiveReport){.judged = 60, .lost = 3};
    run_frames(NS_PER_S);
    assert_float_equal(figures.loss_out_percent, 5, 0.01);
    run_frames(2 * NS_PER_S);
    assert_float_equal(figures.loss_out_percent, 5, 0.01);
    client.uplink.reported = (ReceiveReport){.judged = 110, .lost = 4};
    run_frames(3 * NS_PER_S);
    assert_float_equal(figures.loss_out_percent, 2, 0.01);
}

static void the_snapshot_carries_the_server_s_figures(void **state) {
    (void)state;
    snapshot.header.client_count = 321;
    snapshot.header.tick_us_q4 = 250;
    net_figures_on_snapshot(&figures, &snapshot, NS_PER_S);
    assert_int_equal(figures.clients, 321);
    assert_float_equal(figures.server_tick_ms, 4.0, 0.001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_are_counted_per_second, reset),
        cmocka_unit_test_setup(gaps_between_snapshots_are_averaged_and_the_worst_is_kept, reset),
        cmocka_unit_test_setup(the_first_snapshot_makes_no_gap, reset),
        cmocka_unit_test_setup(the_loss_is_of_the_last_interval, reset),
        cmocka_unit_test_setup(the_loss_of_inputs_stays_until_the_next_report, reset),
        cmocka_unit_test_setup(the_snapshot_carries_the_server_s_figures, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
