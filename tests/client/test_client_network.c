// SPDX-License-Identifier: MIT
// A client on networks that delay, lose, duplicate and reorder, in virtual time.
#include <math.h>

#include "base/clock.h"
#include "client/client_scene.h"
#include "support.h"

static void assert_rate(const char *what, uint64_t count, uint64_t of, double asked) {
    const double rate = (double)count / (double)of;
    print_message("%s: %llu of %llu, %.2f %%, asked for %.0f %%\n", what, (unsigned long long)count,
                  (unsigned long long)of, 100 * rate, 100 * asked);
    assert_true(fabs(rate - asked) < 0.05 * asked);
}

static void the_game_goes_on_over_a_bad_network(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 60 * NS_PER_MS,
                                  .jitter_ns = 30 * NS_PER_MS,
                                  .loss = 0.05,
                                  .duplicate = 0.02,
                                  .reorder = 0.02};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    Client *client = &scene->client;
    scene_run_ms(scene, 3000);
    assert_int_equal(client->state, CLIENT_PLAYING);
    const uint16_t starved = scene->server.starved;
    for (int i = 0; i < 100; i++) {
        scene->input.buttons = (uint8_t)(1u << i % 4);
        scene_run_ms(scene, 300);
    }
    const uint32_t missing = (uint16_t)(scene->server.starved - starved);
    print_message("%u of 1800 inputs missed their tick, %llu corrections in %llu checks, "
                  "at most %.1f units\n",
                  missing, (unsigned long long)client->stats.prediction_corrections,
                  (unsigned long long)client->stats.prediction_checks,
                  scene->observed.distance_max);
    assert_true(missing < 180);
    assert_true(client->stats.snapshots_lost > 10);
    assert_true(client->stats.snapshots_stale > 0);
    assert_int_equal(client->stats.decode_errors, 0);
    assert_int_equal(client->stats.clock_jumps, 0);
    assert_true(scene->observed.distance_max < 40);
    scene_stop(scene);
}

static void lost_overtaken_and_duplicate_snapshots_are_counted_exactly(void **state) {
    (void)state;
    // An overtaken one waits 200 ms more, so that four others come before it.
    const ImpairConfig network = {
        .latency_ns = 200 * NS_PER_MS, .loss = 0.10, .duplicate = 0.08, .reorder = 0.06};
    const ImpairConfig clean = {.latency_ns = 200 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &clean);
    scene_run_ms(scene, 2000);
    const uint32_t first = scene->server.sequence;
    memnet_set_impairment(scene->net, &network);
    scene_run_ms(scene, 600 * 1000);
    const uint32_t sent = scene->server.sequence - first;
    memnet_set_impairment(scene->net, &clean);
    scene_run_ms(scene, 5000); // the window passes the last of the gaps
    const ClientStats *stats = &scene->client.stats;
    assert_int_equal(scene->client.window.missing, 0);
    // Every snapshot sent arrived in time, arrived late or is lost; four are under way.
    const uint32_t under_way = scene->server.sequence - scene->client.latest.sequence - 1u;
    assert_in_range(under_way, 3, 4);
    assert_int_equal(stats->snapshots_received + stats->snapshots_overtaken + stats->snapshots_lost,
                     scene->server.sequence - under_way);
    assert_rate("lost", stats->snapshots_lost, sent, network.loss);
    assert_rate("overtaken", stats->snapshots_overtaken, sent - stats->snapshots_lost,
                network.reorder);
    assert_rate("doubled", stats->snapshots_duplicate, sent - stats->snapshots_lost,
                network.duplicate);
    assert_int_equal(stats->snapshots_stale, stats->snapshots_overtaken);
    assert_int_equal(stats->decode_errors, 0);
    scene_stop(scene);
}

static void the_game_goes_on_after_a_pause_of_the_server(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    scene->server.is_mute = true;
    scene_run_ms(scene, 3000);
    scene->server.is_mute = false;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    const uint64_t corrections = scene->client.stats.prediction_corrections;
    scene->input.buttons = INPUT_LEFT;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.stats.prediction_corrections, corrections);
    scene_stop(scene);
}

static void a_stopped_client_catches_up(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    for (int ms = 0; ms < 2000; ms++) { // only the server runs
        memnet_advance(scene->net, NS_PER_MS);
        server_run(&scene->server, memnet_now_ns(scene->net));
    }
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    const uint16_t starved = scene->server.starved;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->server.starved, starved);
    scene_stop(scene);
}

// The clock over a period without changes of the network.
typedef struct Steadiness {
    double delay_min, delay_max;   // ticks, of the shown line behind the arrivals
    double margin_min, margin_max; // ticks, of inputs before they are needed
    double lead_min, lead_max;     // ticks, of the input line before the server
    uint32_t missed, due;          // inputs
} Steadiness;

static Steadiness watch_clock(Scene *scene, uint32_t duration_ms) {
    const ClientClock *clock = &scene->client.clock;
    Steadiness seen = {.delay_min = 1e9, .margin_min = 1e9, .margin_max = -1e9, .lead_min = 1e9};
    const uint32_t tick = scene->server.tick;
    const uint16_t starved = scene->server.starved;
    for (uint32_t ms = 0; ms < duration_ms; ms += 100) {
        scene->input.buttons = (uint8_t)(1u << ms / 300 % 4);
        scene_run_ms(scene, 100);
        const uint64_t now_ns = memnet_now_ns(scene->net);
        const double lead = client_clock_input_tick(clock, now_ns) - server_line(now_ns);
        seen.delay_min = fmin(seen.delay_min, clock->delay_ticks);
        seen.delay_max = fmax(seen.delay_max, clock->delay_ticks);
        seen.margin_min = fmin(seen.margin_min, clock->margin_ticks);
        seen.margin_max = fmax(seen.margin_max, clock->margin_ticks);
        seen.lead_min = fmin(seen.lead_min, lead);
        seen.lead_max = fmax(seen.lead_max, lead);
    }
    seen.due = scene->server.tick - tick;
    seen.missed = (uint16_t)(scene->server.starved - starved);
    return seen;
}

static void the_clock_settles_at_any_latency_and_stays_there(void **state) {
    (void)state;
    static const uint64_t ROUND_TRIPS_MS[] = {50, 150, 500};
    for (size_t i = 0; i < 3; i++) {
        const ImpairConfig network = {.latency_ns = ROUND_TRIPS_MS[i] * NS_PER_MS / 2,
                                      .jitter_ns = 20 * NS_PER_MS,
                                      .loss = 0.03};
        Scene *scene = scene_start(SCRIPT_PLAY, &network);
        scene_run_ms(scene, 10000);
        const uint64_t jumps = scene->client.stats.clock_jumps;
        const Steadiness seen = watch_clock(scene, 60000);
        const ClientStats *stats = &scene->client.stats;
        print_message("%3llu ms: delay %.1f to %.1f ticks, inputs %.1f to %.1f early, lead %.1f to "
                      "%.1f, %u of %u inputs missed, %llu of %llu predictions corrected\n",
                      (unsigned long long)ROUND_TRIPS_MS[i], seen.delay_min, seen.delay_max,
                      seen.margin_min, seen.margin_max, seen.lead_min, seen.lead_max, seen.missed,
                      seen.due, (unsigned long long)stats->prediction_corrections,
                      (unsigned long long)stats->prediction_checks);
        assert_int_equal(scene->client.state, CLIENT_PLAYING);
        assert_int_equal(stats->clock_jumps, jumps);
        assert_true(seen.delay_max - seen.delay_min < 2.5);
        assert_true(seen.delay_max < CLOCK_DELAY_INTERVALS * 3);
        assert_true(seen.lead_max - seen.lead_min < 4);
        assert_true(seen.margin_min > 0);
        assert_true(seen.missed < seen.due * 4 / 100);
        assert_int_equal(stats->decode_errors, 0);
        scene_stop(scene);
    }
}

static void a_poll_every_100_ms_keeps_a_connection(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 30 * NS_PER_MS, .loss = 0.1};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 1000);
    scene->server.is_mute = true; // nothing to read but ENet's own packets
    for (int ms = 1; ms <= 15000; ms++) {
        memnet_advance(scene->net, NS_PER_MS);
        const uint64_t now_ns = memnet_now_ns(scene->net);
        server_run(&scene->server, now_ns);
        if (ms % 100 == 0) {
            client_poll(&scene->client, now_ns);
        }
    }
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    assert_true(scene->server.is_playing);
    scene_stop(scene);
}

static void join(Scene *scene) {
    FakeServer *server = &scene->server;
    const ClientConfig config = {
        .host = "127.0.0.1", .port = transport_port(server->transport), .name = "Ada"};
    TransportError error;
    server->has_acked = false;
    assert_true(client_open(&scene->client, &config, memnet_now_ns(scene->net), &error));
    while (scene->client.state != CLIENT_PLAYING && scene->client.state != CLIENT_CLOSED) {
        memnet_advance(scene->net, 2 * NS_PER_MS);
        const uint64_t now_ns = memnet_now_ns(scene->net);
        server_run(server, now_ns);
        client_poll(&scene->client, now_ns);
    }
}

static void at_8_percent_loss_every_join_succeeds(void **state) {
    (void)state;
    const ImpairConfig network = {
        .latency_ns = 60 * NS_PER_MS, .jitter_ns = 30 * NS_PER_MS, .loss = 0.08};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    uint32_t retries = 0;
    uint64_t longest_ms = 0;
    for (int i = 0; i < 2000; i++) {
        client_close(&scene->client, memnet_now_ns(scene->net));
        join(scene);
        const uint64_t join_ms = (memnet_now_ns(scene->net) - scene->client.opened_ns) / NS_PER_MS;
        assert_int_equal(scene->client.state, CLIENT_PLAYING);
        retries += scene->client.retries;
        longest_ms = join_ms > longest_ms ? join_ms : longest_ms;
    }
    print_message("2,000 joins, %u connected anew, the longest took %llu ms\n", retries,
                  (unsigned long long)longest_ms);
    scene_stop(scene);
}

static void a_client_without_a_welcome_reconnects(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_IGNORE, NULL);
    scene_run_ms(scene, 3900);
    assert_int_equal(scene->client.state, CLIENT_JOINING);
    assert_int_equal(scene->client.retries, 0);
    scene->server.script = SCRIPT_PLAY; // as when the first handshake had failed
    scene_run_ms(scene, 700);
    assert_int_equal(scene->client.retries, 1);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    scene_stop(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_game_goes_on_over_a_bad_network),
        cmocka_unit_test(lost_overtaken_and_duplicate_snapshots_are_counted_exactly),
        cmocka_unit_test(the_clock_settles_at_any_latency_and_stays_there),
        cmocka_unit_test(a_poll_every_100_ms_keeps_a_connection),
        cmocka_unit_test(at_8_percent_loss_every_join_succeeds),
        cmocka_unit_test(a_client_without_a_welcome_reconnects),
        cmocka_unit_test(the_game_goes_on_after_a_pause_of_the_server),
        cmocka_unit_test(a_stopped_client_catches_up),
    };
    return cmocka_run_group_tests(tests, client_scene_initialize, client_scene_deinitialize);
}
