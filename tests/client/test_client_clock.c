// SPDX-License-Identifier: MIT
// The clock against a simulated server and network, in virtual time.
#include "client/core/client_clock.h"

#include <math.h>
#include <string.h>

#include "support.h"

#define MS          1000000ull
#define IN_FLIGHT   128
#define TICK_HZ     60
#define SNAPSHOT_HZ 20

typedef struct Flight {
    uint64_t arrival_ns;
    uint32_t tick; // of the snapshot, or the newest of the input packet
    double margin; // snapshots: the margin of input_tick
    uint32_t input_tick;
    bool is_flying;
} Flight;

typedef struct Scene {
    Rng rng;
    double latency_ms, jitter_ms, loss; // one way
    double drift;                       // server's second / client's second - 1
    double stall_ticks;                 // that the server has lost so far
    uint64_t send_every_ns;             // the client's input packets
    uint64_t now_ns;
    ClientClock clock;
    Flight up[IN_FLIGHT], down[IN_FLIGHT];
    uint64_t next_send_ns;
    uint32_t server_tick;   // the last that was run
    uint32_t server_newest; // input
    double server_margin;
    bool has_input;
    bool is_mute; // snapshots do not reach the client
    // Figures since scene_measure().
    double margin_sum, margin_min;
    double oldest_min; // margin of the oldest input that was new in its packet
    uint32_t margin_count;
    double shown_last, input_last, shown_speed_max, input_speed_min, input_speed_max;
    uint32_t dry_frames, frame_count;
    uint32_t lost_down; // snapshots
} Scene;

static double server_tick_at(const Scene *scene, uint64_t now_ns) {
    return 5000 + (double)(now_ns - 1000 * MS) * (1 + scene->drift) * TICK_HZ / 1e9 -
           scene->stall_ticks;
}

static void launch(Scene *scene, Flight *flights, Flight flight) {
    if (rng_chance(&scene->rng, scene->loss)) {
        scene->lost_down += flights == scene->down;
        return;
    }
    const double delay_ms = scene->latency_ms + scene->jitter_ms * rng_unit(&scene->rng);
    for (int i = 0; i < IN_FLIGHT; i++) {
        if (!flights[i].is_flying) {
            flight.arrival_ns = scene->now_ns + (uint64_t)(delay_ms * 1e6);
            flight.is_flying = true;
            flights[i] = flight;
            return;
        }
    }
    fail_msg("too many packets in flight");
}

static void server_run(Scene *scene) {
    for (int i = 0; i < IN_FLIGHT; i++) {
        Flight *packet = &scene->up[i];
        if (!packet->is_flying || packet->arrival_ns > scene->now_ns) {
            continue;
        }
        packet->is_flying = false;
        if (scene->has_input && packet->tick <= scene->server_newest) {
            continue;
        }
        // Tick t starts when the server's line reaches t, and needs its input then.
        const double line = server_tick_at(scene, scene->now_ns);
        scene->server_margin = packet->tick - line;
        const double oldest = scene->server_newest + 1.0 - line;
        scene->oldest_min =
            scene->has_input && oldest < scene->oldest_min ? oldest : scene->oldest_min;
        scene->server_newest = packet->tick;
        scene->has_input = true;
        scene->margin_sum += scene->server_margin;
        scene->margin_min = fmin(scene->margin_min, scene->server_margin);
        scene->margin_count++;
    }
    const uint32_t tick = (uint32_t)server_tick_at(scene, scene->now_ns);
    while (scene->server_tick < tick) {
        scene->server_tick++;
        if (scene->server_tick % (TICK_HZ / SNAPSHOT_HZ) == 0) {
            launch(scene, scene->down,
                   (Flight){.tick = scene->server_tick,
                            .margin = scene->server_margin,
                            .input_tick = scene->has_input ? scene->server_newest : 0});
        }
    }
}

static void client_receive(Scene *scene, const Flight *snapshot) {
    ClientClock *clock = &scene->clock;
    if (scene->is_mute || (clock->has_snapshot && snapshot->tick <= clock->newest_snapshot)) {
        return;
    }
    const double round_trip_ms =
        2 * scene->latency_ms + scene->jitter_ms * (rng_unit(&scene->rng) + rng_unit(&scene->rng));
    client_clock_on_round_trip(clock, (uint64_t)(round_trip_ms * 1e6) + 1);
    if (snapshot->input_tick != 0) {
        client_clock_on_margin(clock, snapshot->input_tick, snapshot->margin);
    }
    client_clock_on_snapshot(clock, scene->now_ns, snapshot->tick);
}

static void client_run(Scene *scene) {
    for (int i = 0; i < IN_FLIGHT; i++) {
        if (scene->down[i].is_flying && scene->down[i].arrival_ns <= scene->now_ns) {
            scene->down[i].is_flying = false;
            client_receive(scene, &scene->down[i]);
        }
    }
    if (!scene->clock.has_snapshot) {
        return;
    }
    const double input = client_clock_input_tick(&scene->clock, scene->now_ns);
    if (scene->now_ns >= scene->next_send_ns) {
        scene->next_send_ns += scene->send_every_ns;
        launch(scene, scene->up, (Flight){.tick = (uint32_t)input});
        client_clock_on_sent(&scene->clock, scene->now_ns, (uint32_t)input);
    }
    const double shown = client_clock_shown_tick(&scene->clock, scene->now_ns);
    if (scene->frame_count++ > 0) {
        scene->shown_speed_max = fmax(scene->shown_speed_max, shown - scene->shown_last);
        scene->input_speed_max = fmax(scene->input_speed_max, input - scene->input_last);
        scene->input_speed_min = fmin(scene->input_speed_min, input - scene->input_last);
        assert_true(shown >= scene->shown_last); // never backwards
    }
    scene->shown_last = shown;
    scene->input_last = input;
    scene->dry_frames += shown > scene->clock.newest_snapshot;
}

static void scene_measure(Scene *scene) {
    scene->margin_sum = 0;
    scene->margin_count = 0;
    scene->margin_min = 1e9;
    scene->oldest_min = 1e9;
    scene->shown_speed_max = 0;
    scene->input_speed_max = 0;
    scene->input_speed_min = 1e9;
    scene->dry_frames = 0;
    scene->frame_count = 0;
    scene->lost_down = 0;
}

static void scene_run_ms(Scene *scene, uint64_t duration_ms) {
    const uint64_t end_ns = scene->now_ns + duration_ms * MS;
    while (scene->now_ns < end_ns) {
        scene->now_ns += MS;
        server_run(scene);
        client_run(scene);
    }
}

static void scene_start(Scene *scene, double latency_ms, double jitter_ms, double loss) {
    memset(scene, 0, sizeof *scene);
    scene->rng = test_rng();
    scene->latency_ms = latency_ms;
    scene->jitter_ms = jitter_ms;
    scene->loss = loss;
    scene->now_ns = 1000 * MS;
    scene->next_send_ns = scene->now_ns;
    scene->send_every_ns = 50 * MS;
    scene->server_tick = 5000;
    client_clock_init(&scene->clock, scene->now_ns, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&scene->clock, scene->now_ns, 5000, 0);
    scene_measure(scene);
}

static void a_perfect_network_leaves_about_two_ticks_of_reserve(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 20, 0, 0);
    scene_run_ms(&scene, 3000);
    scene_measure(&scene);
    scene_run_ms(&scene, 10000);
    print_message("newest %.2f, oldest at least %.2f ticks early; delay %.2f\n",
                  scene.margin_sum / scene.margin_count, scene.oldest_min, scene.clock.delay_ticks);
    assert_true(scene.oldest_min > 0.9 && scene.oldest_min < 3);
    assert_true(fabs(scene.margin_sum / scene.margin_count - 4) < 1);
    assert_int_equal(scene.clock.jumps, 0);
    assert_int_equal(scene.dry_frames, 0);
    assert_true(scene.clock.delay_ticks < 4.5);
}

static void jitter_and_loss_increase_reserve_and_delay(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 60, 30, 0.05);
    scene_run_ms(&scene, 5000);
    scene_measure(&scene);
    scene_run_ms(&scene, 60000);
    print_message("newest %.2f, oldest at least %.2f ticks early; delay %.2f, dry %u of %u\n",
                  scene.margin_sum / scene.margin_count, scene.oldest_min, scene.clock.delay_ticks,
                  scene.dry_frames, scene.frame_count);
    assert_int_equal(scene.clock.jumps, 0);
    assert_true(scene.margin_sum / scene.margin_count < 9);
    // The delay bridges an interval and its lateness. A lost snapshot leaves 50 ms less the margin
    // of the deviations: the next arrives up to 29 ms too late, after two losses in a row up to 79.
    // At 5 % loss that is 16 ms a loss on average; over 300 seeds it was 18.2, with a standard
    // deviation of 2.0. Without the deviations it would be 45.
    assert_true(scene.lost_down > 20);
    assert_true(scene.dry_frames < 36 * scene.lost_down);
    assert_true(scene.clock.delay_ticks < CLOCK_DELAY_INTERVALS * 3 + 0.01);
}

static void lines_run_at_most_a_little_fast_or_slow(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 100, 60, 0.1);
    scene_run_ms(&scene, 5000);
    scene_measure(&scene);
    scene_run_ms(&scene, 60000);
    const double per_frame = TICK_HZ / 1000.0;
    assert_int_equal(scene.clock.jumps, 0);
    assert_true(scene.input_speed_max <= per_frame * (1 + CLOCK_INPUT_SLEW_MAX) + 1e-6);
    assert_true(scene.input_speed_min >= per_frame * (1 - CLOCK_INPUT_SLEW_MAX) - 1e-6);
    assert_true(scene.shown_speed_max <= per_frame * 1.1 + 1e-6);
}

static void a_server_clock_that_drifts_is_followed(void **state) {
    (void)state;
    static Scene scene;
    for (int sign = -1; sign <= 1; sign += 2) {
        scene_start(&scene, 20, 4, 0);
        scene.drift = sign * 0.002; // ten times the drift of a bad quartz
        scene_run_ms(&scene, 5000);
        scene_measure(&scene);
        scene_run_ms(&scene, 60000);
        assert_int_equal(scene.clock.jumps, 0);
        assert_true(scene.oldest_min > 0);
        assert_true(scene.margin_sum / scene.margin_count < 6);
        assert_int_equal(scene.dry_frames, 0);
    }
}

static void a_latency_that_grows_is_followed_without_a_jump(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 10, 2, 0);
    scene_run_ms(&scene, 5000);
    scene.latency_ms = 70;
    scene_run_ms(&scene, 5000);
    scene_measure(&scene);
    scene_run_ms(&scene, 10000);
    assert_int_equal(scene.clock.jumps, 0);
    assert_true(scene.oldest_min > 0);
    assert_true(scene.margin_sum / scene.margin_count < 6);
}

static void an_error_beyond_ten_ticks_makes_the_line_jump(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 10, 2, 0);
    scene_run_ms(&scene, 5000);
    scene.latency_ms = 300;
    scene_run_ms(&scene, 4000);
    assert_true(scene.clock.jumps >= 1 && scene.clock.jumps <= 3);
    scene_measure(&scene);
    const uint64_t jumps = scene.clock.jumps;
    scene_run_ms(&scene, 10000);
    assert_int_equal(scene.clock.jumps, jumps);
    assert_true(scene.oldest_min > 0);
    assert_true(scene.margin_sum / scene.margin_count < 6);
}

static void the_lines_recover_when_the_server_lost_time(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 20, 2, 0);
    scene_run_ms(&scene, 5000);
    scene.stall_ticks = 40; // two thirds of a second; the shown line waits, it does not go back
    scene_run_ms(&scene, 5000);
    assert_true(scene.clock.jumps >= 1);
    scene_measure(&scene);
    scene_run_ms(&scene, 5000);
    assert_true(scene.oldest_min > 0);
    assert_true(scene.margin_sum / scene.margin_count < 6);
    assert_int_equal(scene.dry_frames, 0);
}

static void a_single_late_packet_is_ignored_as_an_outlier(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 20, 0, 0);
    scene_run_ms(&scene, 5000);
    const double delay = scene.clock.delay_ticks;
    const double before =
        client_clock_input_tick(&scene.clock, scene.now_ns) - server_tick_at(&scene, scene.now_ns);
    scene.latency_ms = 180;
    scene_run_ms(&scene, 50);
    scene.latency_ms = 20;
    scene_run_ms(&scene, 400);
    const double after =
        client_clock_input_tick(&scene.clock, scene.now_ns) - server_tick_at(&scene, scene.now_ns);
    assert_true(fabs(after - before) < 0.5);
    assert_true(scene.clock.delay_ticks - delay < 2);
    assert_int_equal(scene.clock.jumps, 0);
}

static void without_snapshots_both_lines_run_at_the_nominal_rate(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 20, 2, 0);
    scene_run_ms(&scene, 5000);
    scene.is_mute = true;
    const double before = client_clock_input_tick(&scene.clock, scene.now_ns);
    scene_run_ms(&scene, 2000);
    const double after = client_clock_input_tick(&scene.clock, scene.now_ns);
    assert_true(fabs(after - before - 2 * TICK_HZ) < 1);
    scene.is_mute = false;
    scene_run_ms(&scene, 1000);
    assert_int_equal(scene.clock.jumps, 0);
}

static void without_margins_the_round_trip_steers_the_input_line(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&clock, 0, 600, 100 * MS);
    // 100 ms are six ticks; the target comes on top.
    assert_true(fabs(client_clock_input_tick(&clock, 0) -
                     (606 + client_clock_target_margin(&clock))) < 0.01);
    for (uint32_t i = 0; i < 100; i++) {
        client_clock_on_round_trip(&clock, 100 * MS);
        client_clock_on_snapshot(&clock, i * 50 * MS, 600 + i * 3);
    }
    const double expected = 600 + 99 * 3 + 6 + client_clock_target_margin(&clock);
    assert_true(fabs(client_clock_input_tick(&clock, 99 * 50 * MS) - expected) < 0.1);
    assert_int_equal(clock.jumps, 0);
}

// The server returns margins at first, then drops the inputs: after ten snapshots the last margin
// is no longer used; otherwise the clock would follow it for ever.
static void the_last_margin_is_used_for_ten_snapshots(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&clock, 0, 600, 100 * MS);
    uint64_t now_ns = 0;
    uint32_t tick = 600;
    // The margins are of inputs that are needed three ticks earlier than by the round trip.
    for (uint32_t i = 0; i < 200; i++, now_ns += 50 * MS, tick += 3) {
        client_clock_on_round_trip(&clock, 100 * MS);
        const double input = client_clock_input_tick(&clock, now_ns);
        client_clock_on_sent(&clock, now_ns, (uint32_t)input);
        client_clock_on_margin(&clock, (uint32_t)input, input - (tick + 6 + 3));
        client_clock_on_snapshot(&clock, now_ns, tick);
    }
    const double target = client_clock_target_margin(&clock);
    double ahead = client_clock_input_tick(&clock, now_ns) - tick;
    assert_true(fabs(ahead - (9 + target)) < 0.1);
    for (uint32_t i = 1; i <= 200; i++, now_ns += 50 * MS, tick += 3) {
        ahead = client_clock_input_tick(&clock, now_ns) - tick;
        // Ten including the one with the last margin; the eleventh steers the line by the round
        // trip.
        assert_true(i > 10 || fabs(ahead - (9 + target)) < 0.01);
        assert_true(i <= 10 || ahead < 9 + target - 0.1);
        client_clock_on_round_trip(&clock, 100 * MS);
        client_clock_on_snapshot(&clock, now_ns, tick);
    }
    assert_true(fabs(ahead - (6 + target)) < 0.1);
    assert_int_equal(clock.jumps, 0);
    // The next margin is used again.
    for (uint32_t i = 0; i < 200; i++, now_ns += 50 * MS, tick += 3) {
        const double input = client_clock_input_tick(&clock, now_ns);
        client_clock_on_sent(&clock, now_ns, (uint32_t)input);
        client_clock_on_margin(&clock, (uint32_t)input, input - (tick + 6 + 3));
        client_clock_on_snapshot(&clock, now_ns, tick);
    }
    ahead = client_clock_input_tick(&clock, now_ns) - tick;
    assert_true(fabs(ahead - (9 + client_clock_target_margin(&clock))) < 0.1);
}

static void packets_sent_every_tick_need_less_margin(void **state) {
    (void)state;
    static Scene scene;
    scene_start(&scene, 20, 0, 0);
    scene.send_every_ns = 1000000000ull / TICK_HZ;
    scene_run_ms(&scene, 3000);
    scene_measure(&scene);
    scene_run_ms(&scene, 5000);
    assert_true(scene.margin_sum / scene.margin_count < 3);
    assert_true(scene.oldest_min > 0.9);
}

static void the_first_sample_is_the_estimate(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    assert_float_equal(clock.gap_ticks.mean, 3, 1e-9); // until snapshots arrive
    client_clock_seed(&clock, 0, 600, 0);
    client_clock_on_round_trip(&clock, 80 * MS);
    assert_float_equal(clock.round_trip_ns.mean, 80e6, 1);
    assert_float_equal(clock.round_trip_ns.deviation, 0, 0);
    client_clock_on_round_trip(&clock, 84 * MS); // the second one counts half
    assert_float_equal(clock.round_trip_ns.mean, 82e6, 1);
    assert_int_equal(clock.round_trip_ns.sample_count, 2);
}

static void two_outliers_in_a_row_are_ignored_and_a_third_is_believed(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    for (int i = 0; i < 20; i++) {
        client_clock_on_round_trip(&clock, 50 * MS);
    }
    for (int again = 0; again < 3; again++) { // an inlier in between resets the count
        client_clock_on_round_trip(&clock, 500 * MS);
        client_clock_on_round_trip(&clock, 500 * MS);
        assert_float_equal(clock.round_trip_ns.mean, 50e6, 1);
        client_clock_on_round_trip(&clock, 50 * MS);
    }
    for (int i = 0; i < 3; i++) {
        client_clock_on_round_trip(&clock, 500 * MS);
        assert_float_equal(clock.round_trip_ns.mean, i < 2 ? 50e6 : 500e6, 1);
    }
    client_clock_on_round_trip(&clock, 510 * MS);
    assert_float_equal(clock.round_trip_ns.mean, 505e6, 1); // starts afresh
}

static void a_margin_counts_once_and_only_for_sent_inputs(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&clock, 0, 600, 0);
    client_clock_on_margin(&clock, 605, 2); // never sent
    assert_int_equal(clock.need.sample_count, 0);
    client_clock_on_sent(&clock, 0, 605);
    client_clock_on_sent(&clock, 50 * MS, 608);
    client_clock_on_margin(&clock, 605, 2);
    const double need = clock.need.mean;
    assert_int_equal(clock.need.sample_count, 1);
    client_clock_on_snapshot(&clock, 50 * MS, 603);
    client_clock_on_margin(&clock, 605, 2.5); // repeated with the next snapshot
    assert_int_equal(clock.need.sample_count, 1);
    assert_float_equal(clock.need.mean, need, 0);
    assert_float_equal(clock.margin_ticks, 2, 0);
    assert_int_equal(clock.snapshots_since_margin, 1);
    client_clock_on_margin(&clock, 608, 2.5);
    assert_int_equal(clock.need.sample_count, 2);
    assert_float_equal(clock.margin_ticks, 2.5, 0);
    assert_int_equal(clock.snapshots_since_margin, 0);
    client_clock_on_margin(&clock, 611, 7); // not sent yet
    assert_float_equal(clock.margin_ticks, 2.5, 0);
}

// The clock keeps CLOCK_SENT_PACKETS packets, each until it is overwritten.
static void margins_of_the_newest_packets_only_are_accepted(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&clock, 0, 600, 0);
    for (uint32_t i = 0; i <= 2 * CLOCK_SENT_PACKETS; i++) {
        client_clock_on_sent(&clock, i * 50 * MS, 605 + 3 * i);
    }
    client_clock_on_margin(&clock, 605 + 3 * CLOCK_SENT_PACKETS, 2); // overwritten by the newest
    assert_int_equal(clock.need.sample_count, 0);
    client_clock_on_margin(&clock, 605 + 3 * (CLOCK_SENT_PACKETS + 1), 2);
    assert_int_equal(clock.need.sample_count, 1);
    client_clock_on_margin(&clock, 605 + 3 * 2 * CLOCK_SENT_PACKETS, 2);
    assert_int_equal(clock.need.sample_count, 2);
}

// The first snapshot replaces the welcome's estimate.
static void the_first_snapshot_sets_both_lines(void **state) {
    (void)state;
    ClientClock clock;
    client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
    client_clock_seed(&clock, 0, 600, 100 * MS);
    assert_float_equal(client_clock_shown_tick(&clock, 0), 600 - 6, 1e-3);
    client_clock_on_snapshot(&clock, 200 * MS, 650);
    assert_float_equal(client_clock_shown_tick(&clock, 200 * MS), 650 - 6, 1e-3);
    assert_float_equal(client_clock_input_tick(&clock, 200 * MS),
                       (656 + client_clock_target_margin(&clock)), 1e-3);
    assert_int_equal(clock.jumps, 0);
    // The first packet makes no interval.
    assert_int_equal(clock.arrival.sample_count, 1);
    assert_int_equal(clock.gap_ticks.sample_count, 1);
    client_clock_on_snapshot(&clock, 250 * MS, 653);
    assert_int_equal(clock.gap_ticks.sample_count, 2);
}

// An error of ten ticks is corrected at a bounded speed, a larger one by a jump, as is a second
// that the server lost.
static void the_shown_line_jumps_when_its_error_is_too_large(void **state) {
    (void)state;
    static const struct {
        double error_ticks; // by which the snapshots come earlier than before
        bool jumps;
    } CASES[] = {{0, false},   {9, false},   {9.99, false}, {11, true},
                 {-11, false}, {-59, false}, {-61, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        ClientClock clock;
        client_clock_init(&clock, 0, TICK_HZ, SNAPSHOT_HZ);
        client_clock_seed(&clock, 0, 6000, 0);
        client_clock_on_snapshot(&clock, 0, 6000);
        // The estimate of arrivals changes at once.
        clock.arrival.mean += CASES[i].error_ticks;
        clock.arrival.deviation = 100; // nothing is an outlier, and the delay stays at its maximum
        clock.delay_ticks = CLOCK_DELAY_INTERVALS * 3;
        clock.shown.anchor_tick = 6000 - clock.delay_ticks;
        const double before = client_clock_shown_tick(&clock, 50 * MS);
        client_clock_on_snapshot(&clock, 50 * MS, (uint32_t)lround(6003 + CASES[i].error_ticks));
        const double after = client_clock_shown_tick(&clock, 50 * MS);
        const double wanted = clock.arrival.mean + 50e6 * clock.ticks_per_ns - clock.delay_ticks;
        assert_float_equal(after, (CASES[i].jumps ? wanted : before), 1e-3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_network_leaves_about_two_ticks_of_reserve),
        cmocka_unit_test(jitter_and_loss_increase_reserve_and_delay),
        cmocka_unit_test(lines_run_at_most_a_little_fast_or_slow),
        cmocka_unit_test(a_server_clock_that_drifts_is_followed),
        cmocka_unit_test(a_latency_that_grows_is_followed_without_a_jump),
        cmocka_unit_test(an_error_beyond_ten_ticks_makes_the_line_jump),
        cmocka_unit_test(the_lines_recover_when_the_server_lost_time),
        cmocka_unit_test(a_single_late_packet_is_ignored_as_an_outlier),
        cmocka_unit_test(without_snapshots_both_lines_run_at_the_nominal_rate),
        cmocka_unit_test(without_margins_the_round_trip_steers_the_input_line),
        cmocka_unit_test(the_last_margin_is_used_for_ten_snapshots),
        cmocka_unit_test(packets_sent_every_tick_need_less_margin),
        cmocka_unit_test(the_first_sample_is_the_estimate),
        cmocka_unit_test(two_outliers_in_a_row_are_ignored_and_a_third_is_believed),
        cmocka_unit_test(a_margin_counts_once_and_only_for_sent_inputs),
        cmocka_unit_test(margins_of_the_newest_packets_only_are_accepted),
        cmocka_unit_test(the_first_snapshot_sets_both_lines),
        cmocka_unit_test(the_shown_line_jumps_when_its_error_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
