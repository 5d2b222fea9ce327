// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support.h"
#include "toy_server.h"

#define BOTS 20

static Tally g_tally;
static ToyServer g_server;

static int reset(void **state) {
    (void)state;
    tally_reset(&g_tally);
    memset(&g_server, 0, sizeof g_server);
    return 0;
}

static SwarmConfig sample_config(void) {
    char error[160];
    SwarmConfig config = {
        .host = "127.0.0.1",
        .port = g_server.port,
        .shape = load_shape_plain(BOTS, 1000, NS_PER_S),
        .thread_count = 2,
        .input_rate_hz = 20,
        .seed = 1,
        .connect_timeout_ns = 30 * NS_PER_S,
    };
    assert_true(behaviour_mix_parse("wander,hunt,crowd,idle", &config.mix, error, sizeof error));
    return config;
}

static void no_bot_ended_badly(void) {
    assert_int_equal(g_tally.refused, 0);
    assert_int_equal(g_tally.timed_out, 0);
    assert_int_equal(g_tally.dropped, 0);
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        assert_int_equal(g_tally.bad_ends[i], 0);
    }
}

static void every_bot_plays_sends_and_says_goodbye(void **state) {
    (void)state;
    toy_server_start(&g_server);
    const SwarmConfig config = sample_config();
    const SwarmOutcome outcome = swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_DURATION);
    assert_int_equal(outcome.tick_rate_hz, 60);
    assert_int_equal(g_tally.attempted, BOTS);
    assert_int_equal(g_tally.ok, BOTS);
    no_bot_ended_badly();
    assert_int_equal(g_server.hellos, BOTS);
    assert_true(g_server.goodbyes > 0);
    assert_true(g_tally.sends > 0);
    assert_true(g_server.inputs > 0 && g_server.inputs <= g_tally.sends);
    assert_true(g_tally.snapshots_received > 0);
    assert_int_equal(g_tally.decode_errors, 0);
    assert_int_equal(g_tally.connect_ns.count, BOTS);
    assert_int_equal(g_tally.snapshot_gap_ns.count, g_tally.snapshots_received - BOTS);
    assert_true(g_tally.bytes_in > g_tally.snapshot_bytes);
    assert_true(g_tally.loop_lag_ns.count > 0);
}

static void a_kick_is_counted_with_its_reason(void **state) {
    (void)state;
    g_server.kick_after_ns = 200 * NS_PER_MS;
    toy_server_start(&g_server);
    SwarmConfig config = sample_config();
    config.shape =
        load_shape_plain(BOTS, 1000, 60 * NS_PER_S); // ends by itself when no bot is left
    const SwarmOutcome outcome = swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_ALL_ENDED);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.dropped, BOTS);
    assert_int_equal(g_tally.bad_ends[REASON_KICKED], BOTS);
}

static void a_refusal_is_counted_with_its_reason(void **state) {
    (void)state;
    g_server.refusal = REASON_SERVER_FULL;
    toy_server_start(&g_server);
    SwarmConfig config = sample_config();
    config.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    const SwarmOutcome outcome = swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_ALL_ENDED);
    assert_int_equal(g_tally.ok, 0);
    assert_int_equal(g_tally.refused, BOTS);
    assert_int_equal(g_tally.bad_ends[REASON_SERVER_FULL], BOTS);
}

static void messages_that_cannot_be_decoded_are_counted(void **state) {
    (void)state;
    g_server.sends_garbage = true;
    toy_server_start(&g_server);
    const SwarmConfig config = sample_config();
    swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, 0);
    assert_true(g_tally.decode_errors > 0);
}

static void without_verify_nobody_asks_for_checksums(void **state) {
    (void)state;
    g_server.checksum = 1; // not that of an empty world
    toy_server_start(&g_server);
    const SwarmConfig config = sample_config();
    swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.verify_checks, 0);
    assert_int_equal(g_server.verify_requests, 0);
}

static void every_snapshot_is_verified_on_request(void **state) {
    (void)state;
    toy_server_start(&g_server);
    SwarmConfig config = sample_config();
    config.wants_verify = true;
    swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.verify_checks, g_tally.snapshots_received);
    assert_int_equal(g_tally.verify_mismatches, 0);
    assert_int_equal(g_tally.differences, 0);
}

static void a_mismatch_is_counted_and_the_entity_named(void **state) {
    (void)state;
    g_server.checksum = 1;
    toy_server_start(&g_server);
    SwarmConfig config = sample_config();
    config.wants_verify = true;
    swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.dropped, 0);
    assert_int_equal(g_tally.verify_mismatches, g_tally.verify_checks);
    assert_true(g_server.verify_requests > 0);
    assert_true(g_tally.differences > 0);
    assert_int_equal(g_tally.difference.difference.kind, VERIFY_MISSING);
    assert_int_equal(g_tally.difference.difference.slot, TOY_MISSING_SLOT);
}

static void nobody_there_ends_the_run_at_the_first_timeout(void **state) {
    (void)state;
    SwarmConfig config = sample_config();
    config.port = 9; // discard: nobody listens there on loopback
    config.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    config.connect_timeout_ns = 300 * NS_PER_MS;
    const SwarmOutcome outcome = swarm_run(&config, &g_tally);
    assert_int_equal(outcome.end, SWARM_END_NO_ANSWER);
    assert_int_equal(g_tally.ok, 0);
    assert_true(g_tally.timed_out > 0);
    assert_int_equal(g_tally.timed_out, g_tally.bad_ends[REASON_NO_ANSWER]);
}

// The first progress after a bot plays interrupts the run.
static bool interrupt_once(void *user, const SwarmProgress *progress) {
    bool *has_interrupted = user;
    if (!*has_interrupted && progress->gauges.bots[BOT_PLAYING] > 0) {
        *has_interrupted = true;
        kill(getpid(), SIGINT);
    }
    return true;
}

static void an_interrupt_ends_the_run_in_order(void **state) {
    (void)state;
    bool has_interrupted = false;
    toy_server_start(&g_server);
    SwarmConfig config = sample_config();
    config.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    config.user = &has_interrupted;
    config.on_progress = interrupt_once;
    const SwarmOutcome outcome = swarm_run(&config, &g_tally);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_INTERRUPTED);
    assert_true(g_tally.ok > 0);
    no_bot_ended_badly();
}

static void names_and_addresses_are_resolved(void **state) {
    (void)state;
    char address[64];
    assert_true(swarm_resolve("127.0.0.1", address, sizeof address));
    assert_string_equal(address, "127.0.0.1");
    assert_false(swarm_resolve("no such host", address, sizeof address));
}

static void too_few_descriptors_are_told(void **state) {
    (void)state;
    uint64_t limit = 0;
    assert_true(swarm_reserve_descriptors(8, &limit));
    assert_true(limit >= 8);
    assert_false(swarm_reserve_descriptors(UINT64_MAX - 1, &limit));
    assert_true(swarm_descriptors_needed(1000, 2) > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_bot_plays_sends_and_says_goodbye, reset),
        cmocka_unit_test_setup(a_kick_is_counted_with_its_reason, reset),
        cmocka_unit_test_setup(a_refusal_is_counted_with_its_reason, reset),
        cmocka_unit_test_setup(messages_that_cannot_be_decoded_are_counted, reset),
        cmocka_unit_test_setup(without_verify_nobody_asks_for_checksums, reset),
        cmocka_unit_test_setup(every_snapshot_is_verified_on_request, reset),
        cmocka_unit_test_setup(a_mismatch_is_counted_and_the_entity_named, reset),
        cmocka_unit_test_setup(nobody_there_ends_the_run_at_the_first_timeout, reset),
        cmocka_unit_test_setup(an_interrupt_ends_the_run_in_order, reset),
        cmocka_unit_test(names_and_addresses_are_resolved),
        cmocka_unit_test(too_few_descriptors_are_told),
    };
    if (transport_initialize() != TRANSPORT_OK) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transport_deinitialize();
    return failed;
}
