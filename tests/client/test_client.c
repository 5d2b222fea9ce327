// SPDX-License-Identifier: MIT
// A connection from the hello to the disconnect, in virtual time.
#include "client/core/client.h"

#include "base/clock.h"
#include "client/client_scene.h"
#include "support.h"

static void a_client_joins_and_predicts_the_server_s_states_exactly(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 20 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    Client *client = &scene->client;
    scene_run_ms(scene, 1000);
    assert_int_equal(client->state, CLIENT_PLAYING);
    assert_int_equal(scene->observed.playing, 1);
    assert_string_equal(scene->server.hello.name, "Ada");
    assert_string_equal(client_view_player_name(&scene->view, 3), "Ada");
    assert_string_equal(client_view_player_name(&scene->view, 4), "");
    for (uint32_t i = 5; i < 12; i++) { // there are eight players at most
        assert_string_equal(client_view_player_name(&scene->view, i), "");
    }
    assert_string_equal(client_view_player_name(&scene->view, 1000), "");
    assert_int_equal(client->welcome.arena.seed, 5);

    const uint64_t checks = client->stats.prediction_checks;
    const uint64_t corrections = client->stats.prediction_corrections;
    const uint16_t starved = scene->server.starved;
    for (int i = 0; i < 40; i++) {
        scene->input.buttons = (uint8_t)(i * 7 & INPUT_BUTTONS_MASK);
        scene->input.aim = (uint16_t)(i * 1000);
        scene_run_ms(scene, 100);
    }
    assert_int_equal(scene->server.starved, starved);
    assert_true(client->stats.prediction_checks - checks > 70);
    assert_int_equal(client->stats.prediction_corrections, corrections);
    assert_int_equal(client->stats.decode_errors, 0);
    assert_int_equal(client->stats.snapshots_lost, 0);
    assert_int_equal(client->stats.clock_jumps, 0);
    assert_int_equal(client->stats.snapshots_received, scene->observed.snapshots);
    assert_int_equal(scene->server.acked_count, 33);
    // Round trips: 40 ms, plus at most a millisecond of either side's polling.
    assert_in_range(scene->observed.round_trip_min_ns, 40 * NS_PER_MS, 43 * NS_PER_MS);
    assert_in_range(scene->observed.round_trip_max_ns, 40 * NS_PER_MS, 43 * NS_PER_MS);
    assert_true(scene->observed.round_trips > 60);
    scene_stop(scene);
}

static void a_drone_is_sent_as_changes_and_every_checksum_matches(void **state) {
    (void)state;
    const ImpairConfig network = {
        .latency_ns = 60 * NS_PER_MS, .jitter_ns = 30 * NS_PER_MS, .loss = 0.1};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 20000);
    const ClientStats *stats = &scene->client.stats;
    assert_int_equal(stats->decode_errors, 0);
    assert_int_equal(stats->verify_checks, stats->snapshots_received);
    assert_int_equal(stats->verify_mismatches, 0);
    assert_int_equal(stats->entity_enters, scene->observed.enters);
    // Six drones in 20 s, each sent as a full state until that is acknowledged, then as changes.
    assert_true(scene->observed.enters < 60 && scene->observed.changes > 200);
    scene_stop(scene);
}

static void a_checksum_mismatch_is_counted_and_its_entity_named(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.stats.verify_mismatches, 0);
    scene->server.misremembers = true;
    scene_run_ms(scene, 1000);
    assert_in_range(scene->client.stats.verify_mismatches, 15, 25);
    assert_in_range(scene->observed.differences, 2, 25);
    assert_int_equal(scene->observed.difference.kind, VERIFY_OTHER);
    assert_int_equal(scene->observed.difference.slot, DRONE_SLOT);
    assert_int_equal(scene->client.stats.decode_errors, 0);
    scene_stop(scene);
}

static void an_unknown_baseline_is_a_decode_error_and_not_acknowledged(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    const uint64_t received = scene->client.stats.snapshots_received;
    scene->server.back = 20; // acknowledged long ago, and released since
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.stats.snapshots_received, received);
    assert_in_range(scene->client.stats.decode_errors, 8, 12);
    scene->server.back = 0;
    scene_run_ms(scene, 1000);
    assert_true(scene->client.stats.snapshots_received > received + 15);
    assert_int_equal(scene->client.stats.verify_mismatches, 0);
    scene_stop(scene);
}

static void malformed_messages_are_counted_and_the_game_goes_on(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    const uint64_t received = scene->client.stats.snapshots_received;
    scene->server.garbage = 2 * GARBAGE_TYPES;
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.stats.decode_errors, 2 * GARBAGE_TYPES);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    assert_int_equal(scene->client.stats.snapshots_received, received + 20);
    scene_stop(scene);
}

static void a_refused_client_knows_the_reason(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_REFUSE, NULL);
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_SERVER_FULL);
    scene_stop(scene);
}

static void without_a_welcome_or_a_snapshot_the_client_times_out(void **state) {
    (void)state;
    static const Script SCRIPTS[] = {SCRIPT_IGNORE, SCRIPT_WELCOME_ONLY};
    static const ClientState STATES[] = {CLIENT_JOINING, CLIENT_WAITING};
    for (int i = 0; i < 2; i++) {
        Scene *scene = scene_start(SCRIPTS[i], NULL);
        scene_run_ms(scene, 4900);
        assert_int_equal(scene->client.state, STATES[i]);
        scene_run_ms(scene, 200);
        assert_int_equal(scene->client.state, CLIENT_CLOSED);
        assert_int_equal(scene->client.reason, REASON_TIMED_OUT);
        scene_stop(scene);
    }
}

static void an_invalid_welcome_ends_the_connection(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_BAD_WELCOME, NULL);
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_PROTOCOL_ERROR);
    assert_int_equal(scene->client.stats.decode_errors, 1);
    assert_int_equal(scene->server.peer, 0); // and the server was disconnected
    scene_stop(scene);
}

static void an_address_without_a_server_ends_with_no_answer(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    client_close(&scene->client, memnet_now_ns(scene->net));
    const ClientConfig config = {.host = "127.0.0.1", .port = 9, .name = "Ada"};
    TransportError error;
    assert_true(client_open(&scene->client, &config, memnet_now_ns(scene->net), &error));
    scene_run_ms(scene, 11000);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_NO_ANSWER);
    scene_stop(scene);
}

static void an_invalid_address_is_refused_at_once(void **state) {
    (void)state;
    Client client;
    const ClientConfig config = {.host = "256.1.1.1", .port = 9, .name = "Ada"};
    TransportError error = TRANSPORT_OK;
    assert_false(client_open(&client, &config, NS_PER_S, &error));
    assert_int_equal(error, TRANSPORT_ERROR_NAME);
    client_close(&client, NS_PER_S); // harmless
}

static void a_silent_server_times_out(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    scene->server.is_mute = true; // ENet still answers
    scene_run_ms(scene, 15000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    scene_run_ms(scene, 6000);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_TIMED_OUT);
    scene_stop(scene);
}

static void a_server_that_shuts_down_sends_its_reason(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    transport_disconnect(scene->server.transport, scene->server.peer, REASON_SERVER_SHUTDOWN);
    scene->server.is_playing = false;
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_SERVER_SHUTDOWN);
    scene_stop(scene);
}

static void a_client_that_closes_disconnects_from_the_server(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    client_close(&scene->client, memnet_now_ns(scene->net));
    assert_int_equal(scene->client.reason, REASON_CLIENT_LEFT);
    for (int ms = 0; ms < 100; ms++) {
        memnet_advance(scene->net, NS_PER_MS);
        server_poll(&scene->server, memnet_now_ns(scene->net));
    }
    assert_int_equal(scene->server.peer, 0);
    scene_stop(scene);
}

// A disconnect is sent three times: at a loss of one half, one client in eight is missed. Sent
// twice it would be one in four, sent four times one in sixteen.
static void at_half_loss_one_disconnect_in_eight_is_lost(void **state) {
    (void)state;
    enum { PLAYERS = 240 };
    uint32_t missed = 0;
    for (uint64_t seed = 1; seed <= PLAYERS; seed++) {
        Scene *scene = scene_start_seeded(seed, SCRIPT_PLAY, NULL);
        scene_run_ms(scene, 300);
        assert_int_equal(scene->client.state, CLIENT_PLAYING);
        memnet_set_impairment(scene->net, &(ImpairConfig){.loss = 0.5});
        client_close(&scene->client, memnet_now_ns(scene->net));
        memnet_set_impairment(scene->net, NULL);
        for (int ms = 0; ms < 20; ms++) {
            memnet_advance(scene->net, NS_PER_MS);
            server_poll(&scene->server, memnet_now_ns(scene->net));
        }
        missed += scene->server.peer != 0;
        scene_stop(scene);
    }
    assert_in_range(missed, 19, 43); // 30, with a standard deviation of 5
}

// After a pause longer than the window of inputs that can still be sent the inputs restart; after a
// shorter one every tick that came due is stepped.
static void inputs_restart_after_a_pause_longer_than_their_window(void **state) {
    (void)state;
    for (uint32_t pause = INPUT_WINDOW_TICKS - 1; pause <= INPUT_WINDOW_TICKS + 1; pause++) {
        Scene *scene = scene_start(SCRIPT_PLAY, NULL);
        Client *client = &scene->client;
        scene_run_ms(scene, 2000);
        const uint32_t newest = client->prediction.newest_tick;
        uint64_t now_ns = memnet_now_ns(scene->net);
        while ((uint32_t)client_clock_input_tick(&client->clock, now_ns) - newest < pause) {
            now_ns += NS_PER_MS;
        }
        const bool begins_anew = pause > INPUT_WINDOW_TICKS;
        assert_int_equal(client_step(client, now_ns, scene->input), begins_anew ? 1 : pause);
        assert_int_equal(client->prediction.newest_tick, newest + pause);
        scene_stop(scene);
    }
}

static void events_beyond_the_log_s_capacity_are_counted(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    Client *client = &scene->client;
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->view.events_dropped, 0);
    FakeServer *server = &scene->server;
    for (uint32_t batch = 0; batch < 6; batch++) { // all of a tick that is never shown
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        EventWriter writer;
        EventBits bits;
        event_writer_begin(&writer, buffer, server->tick + 1000, NULL);
        for (uint32_t i = 0; i < 60; i++) {
            const Event event = {
                .tick = server->tick + 1000, .type = EVENT_JOIN, .player = {.index = i % 8}};
            event_encode(&bits, &event);
            assert_true(event_writer_add(&writer, event.tick, &bits));
        }
        assert_true(transport_send(server->transport, server->peer, TRANSPORT_RELIABLE, buffer,
                                   event_writer_finish(&writer)));
        scene_run_ms(scene, 100);
    }
    assert_int_equal(client->stats.events_received[EVENT_JOIN], 6 * 60);
    assert_int_equal(scene->view.events_dropped, 6 * 60 - EVENT_LOG_HELD_MAX);
    scene_stop(scene);
}

// Each input carries the tick that was shown when it was recorded, a moment before it was sent.
static void inputs_carry_the_tick_that_was_shown(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 20 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 30000);
    for (int i = 0; i < 100; i++) {
        scene_run_ms(scene, 17);
        const double shown_tick =
            client_clock_shown_tick(&scene->client.clock, memnet_now_ns(scene->net));
        const double age_ticks = shown_tick - scene->server.view_tick_q8 / 256.0;
        // 20 ms on the way, 50 ms between two packets, a tick since the input was due.
        assert_true(age_ticks > 1 && age_ticks < (20 + 50) * TICK_HZ / 1000.0 + 2);
    }
    scene_stop(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_joins_and_predicts_the_server_s_states_exactly),
        cmocka_unit_test(a_drone_is_sent_as_changes_and_every_checksum_matches),
        cmocka_unit_test(a_checksum_mismatch_is_counted_and_its_entity_named),
        cmocka_unit_test(an_unknown_baseline_is_a_decode_error_and_not_acknowledged),
        cmocka_unit_test(malformed_messages_are_counted_and_the_game_goes_on),
        cmocka_unit_test(a_refused_client_knows_the_reason),
        cmocka_unit_test(without_a_welcome_or_a_snapshot_the_client_times_out),
        cmocka_unit_test(an_invalid_welcome_ends_the_connection),
        cmocka_unit_test(an_address_without_a_server_ends_with_no_answer),
        cmocka_unit_test(an_invalid_address_is_refused_at_once),
        cmocka_unit_test(a_silent_server_times_out),
        cmocka_unit_test(a_server_that_shuts_down_sends_its_reason),
        cmocka_unit_test(a_client_that_closes_disconnects_from_the_server),
        cmocka_unit_test(at_half_loss_one_disconnect_in_eight_is_lost),
        cmocka_unit_test(inputs_restart_after_a_pause_longer_than_their_window),
        cmocka_unit_test(events_beyond_the_log_s_capacity_are_counted),
        cmocka_unit_test(inputs_carry_the_tick_that_was_shown),
    };
    return cmocka_run_group_tests(tests, client_scene_initialize, client_scene_deinitialize);
}
