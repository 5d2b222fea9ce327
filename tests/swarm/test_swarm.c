// SPDX-License-Identifier: MIT
#include "tools/swarm/load/load_limits.h"
#include "tools/swarm/load/server_address.h"
#include "tools/swarm/load/swarm.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
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

static LoadSpec sample_load(void) {
    char error[160];
    LoadSpec load = {
        .port = g_server.port,
        .shape = load_shape_plain(BOTS, 1000, NS_PER_S),
        .thread_count = 2,
        .input_rate_hz = 20,
        .seed = 1,
        .connect_timeout_ns = 30 * NS_PER_S,
    };
    assert_true(behaviour_mix_parse("wander,hunt,crowd,idle", &load.mix, error, sizeof error));
    return load;
}

static SwarmOutcome run(const LoadSpec *load, const SwarmObserver *observer) {
    return swarm_run(load, "127.0.0.1", observer, &g_tally);
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
    const LoadSpec load = sample_load();
    const SwarmOutcome outcome = run(&load, NULL);
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
    assert_int_equal(g_tally.snapshot_gap_uncorrected_ns.count, g_tally.snapshots_received - BOTS);
    assert_true(g_tally.snapshot_gap_ns.count >= g_tally.snapshot_gap_uncorrected_ns.count);
    assert_true(g_tally.bytes_in > g_tally.snapshot_bytes);
    assert_true(g_tally.loop_lag_ns.count > 0);
}

static void epoll_carries_the_same_run(void **state) {
    (void)state;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.wants_epoll = true;
    run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    no_bot_ended_badly();
    assert_true(g_server.inputs > 0 && g_server.inputs <= g_tally.sends);
    assert_true(g_tally.snapshots_received > BOTS);
    assert_int_equal(g_tally.decode_errors, 0);
}

static void a_kick_is_counted_with_its_reason(void **state) {
    (void)state;
    g_server.kick_after_ns = 200 * NS_PER_MS;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S); // ends by itself when no bot is left
    const SwarmOutcome outcome = run(&load, NULL);
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
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    const SwarmOutcome outcome = run(&load, NULL);
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
    const LoadSpec load = sample_load();
    run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, 0);
    assert_true(g_tally.decode_errors > 0);
}

static void without_verify_no_checksum_is_requested(void **state) {
    (void)state;
    g_server.checksum = 1; // not that of an empty world
    toy_server_start(&g_server);
    const LoadSpec load = sample_load();
    run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.verify_checks, 0);
    assert_int_equal(g_server.verify_requests, 0);
}

static void every_snapshot_is_verified_on_request(void **state) {
    (void)state;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.wants_verify = true;
    run(&load, NULL);
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
    LoadSpec load = sample_load();
    load.wants_verify = true;
    run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.dropped, 0);
    assert_int_equal(g_tally.verify_mismatches, g_tally.verify_checks);
    assert_true(g_server.verify_requests > 0);
    assert_true(g_tally.differences > 0);
    assert_int_equal(g_tally.difference.difference.kind, VERIFY_MISSING);
    assert_int_equal(g_tally.difference.difference.slot, TOY_MISSING_SLOT);
}

static void a_missing_server_ends_the_run_at_the_first_timeout(void **state) {
    (void)state;
    LoadSpec load = sample_load();
    load.port = 9; // discard: nobody listens there on loopback
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    load.connect_timeout_ns = 300 * NS_PER_MS;
    const SwarmOutcome outcome = run(&load, NULL);
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

static void an_interrupt_ends_the_run_with_goodbyes(void **state) {
    (void)state;
    bool has_interrupted = false;
    interrupt_catch(1, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    const SwarmObserver observer = {.user = &has_interrupted, .on_progress = interrupt_once};
    const SwarmOutcome outcome = run(&load, &observer);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_INTERRUPTED);
    assert_true(g_tally.ok > 0);
    no_bot_ended_badly();
    interrupt_reset();
}

static void an_interrupt_before_the_run_ends_it_as_it_begins(void **state) {
    (void)state;
    interrupt_catch(1, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 3600 * NS_PER_S);
    kill(getpid(), SIGHUP);
    const SwarmOutcome outcome = run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_INTERRUPTED);
    interrupt_reset();
}

static void a_later_stage_brings_back_the_same_bots(void **state) {
    (void)state;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = (LoadShape){.stages = {{0, BOTS},
                                        {500 * NS_PER_MS, BOTS},
                                        {0, BOTS / 2},
                                        {500 * NS_PER_MS, BOTS / 2},
                                        {0, BOTS},
                                        {500 * NS_PER_MS, BOTS}},
                             .count = 6};
    const SwarmOutcome outcome = run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_DURATION);
    assert_int_equal(g_tally.attempted, BOTS + BOTS / 2);
    assert_int_equal(g_tally.left, BOTS / 2);
    assert_int_equal(g_server.hellos, g_tally.ok);
    no_bot_ended_badly();
}

static void a_warm_up_counts_connections_and_measures_nothing(void **state) {
    (void)state;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.warmup_ns = 60 * NS_PER_S; // longer than the run
    run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.connect_ns.count, BOTS);
    assert_int_equal(g_tally.playing_ns, 0);
    assert_int_equal(g_tally.sends, 0);
    assert_int_equal(g_tally.snapshots_received, 0);
    assert_int_equal(g_tally.bytes_in, 0);
    assert_int_equal(g_tally.snapshot_gap_ns.count, 0);
    assert_int_equal(g_tally.loop_lag_ns.count, 0);
}

// Sums over all progress.
typedef struct ProgressSums {
    uint64_t snapshots, sends, lasts;
    double seconds;
} ProgressSums;

static bool add_up(void *user, const SwarmProgress *progress) {
    ProgressSums *sums = user;
    assert_int_equal(sums->lasts, 0);
    sums->snapshots += progress->recent->snapshots_received;
    sums->sends += progress->recent->sends;
    sums->seconds += progress->recent_s;
    sums->lasts += progress->is_last;
    return true;
}

static void progress_adds_up_to_the_total(void **state) {
    (void)state;
    ProgressSums sums = {0};
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    const SwarmObserver observer = {.user = &sums, .on_progress = add_up};
    const SwarmOutcome outcome = run(&load, &observer);
    toy_server_stop(&g_server);
    assert_int_equal(sums.lasts, 1);
    assert_true(sums.snapshots > 0);
    assert_int_equal(sums.snapshots, g_tally.snapshots_received);
    assert_int_equal(sums.sends, g_tally.sends);
    assert_true(fabs(sums.seconds - outcome.duration_s) < 1e-6);
}

static void the_cost_of_a_bot_is_unknown_among_attackers(void **state) {
    (void)state;
    char error[160];
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    SwarmOutcome outcome = run(&load, NULL);
    assert_true(outcome.cost.cpu_us_per_bot_s > 0);
    assert_true(behaviour_mix_parse("wander,malformed", &load.mix, error, sizeof error));
    tally_reset(&g_tally);
    outcome = run(&load, NULL);
    toy_server_stop(&g_server);
    assert_true(g_tally.hostile.attempted > 0);
    assert_true(outcome.cost.cpu_us_per_bot_s == 0);
    assert_true(outcome.cost.rss_bytes_per_bot == 0);
}

// Counts the progress of the warm-up and of the measured time.
static bool note_warmup(void *user, const SwarmProgress *progress) {
    uint32_t *calls = user;
    calls[progress->is_warming_up ? 0 : 1]++;
    if (progress->is_warming_up && progress->gauges.bots[BOT_PLAYING] > 0) {
        calls[2] += progress->recent->snapshots_received > 0; // in `recent` even so
    }
    return true;
}

static void measuring_starts_after_the_warm_up(void **state) {
    (void)state;
    uint32_t calls[3] = {0};
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 2 * NS_PER_S);
    load.warmup_ns = NS_PER_S;
    const SwarmObserver observer = {.user = calls, .on_progress = note_warmup};
    const SwarmOutcome outcome = run(&load, &observer);
    toy_server_stop(&g_server);
    assert_true(calls[0] > 0 && calls[1] > 0 && calls[2] > 0);
    assert_true(g_tally.snapshots_received > 0);
    assert_true(g_tally.playing_ns > 0);
    // Playing time counts from where measuring begins, however long the run took.
    assert_true((double)g_tally.playing_ns <=
                BOTS * outcome.duration_s * (double)NS_PER_S - BOTS * 0.9 * (double)NS_PER_S);
    assert_true(outcome.measured_s < outcome.duration_s);
}

static bool abort_when_a_bot_plays(void *user, const SwarmProgress *progress) {
    (void)user;
    return progress->gauges.bots[BOT_PLAYING] == 0;
}

static void the_observer_can_end_the_run(void **state) {
    (void)state;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    const SwarmObserver observer = {.on_progress = abort_when_a_bot_plays};
    const SwarmOutcome outcome = run(&load, &observer);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_ABORTED);
    assert_true(g_tally.ok > 0);
    no_bot_ended_badly();
}

#define FROZEN_NS (2 * NS_PER_S)

// Freezes the server once all bots play, for two seconds or to the end.
typedef struct Freezer {
    bool is_for_good;
    uint64_t since_ns, until_ns; // of the freeze as it happened
} Freezer;

static bool freeze(void *user, const SwarmProgress *progress) {
    Freezer *freezer = user;
    const uint64_t now_ns = clock_now_ns();
    if (freezer->since_ns == 0) {
        if (progress->gauges.bots[BOT_PLAYING] == BOTS) {
            atomic_store(&g_server.is_frozen, true);
            freezer->since_ns = now_ns;
        }
    } else if (freezer->until_ns == 0 && now_ns - freezer->since_ns >= FROZEN_NS) {
        freezer->until_ns = now_ns;
        if (!freezer->is_for_good) {
            atomic_store(&g_server.is_frozen, false);
        }
    }
    // A second later the last acknowledgement has come.
    return freezer->until_ns == 0 || now_ns - freezer->until_ns < NS_PER_S;
}

static void run_frozen(Freezer *freezer) {
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(BOTS, 1000, 60 * NS_PER_S);
    const SwarmObserver observer = {.user = freezer, .on_progress = freeze};
    const SwarmOutcome outcome = run(&load, &observer);
    atomic_store(&g_server.is_frozen, false);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_ABORTED);
    assert_int_equal(g_tally.dropped, 0);
}

// Every input that became due during the stall waited for the rest of it.
static void a_stall_of_two_seconds_shows_in_full(void **state) {
    (void)state;
    Freezer freezer = {0};
    run_frozen(&freezer);
    const Histogram *ages = &g_tally.input_ack_ns;
    assert_true(g_tally.snapshot_gap_ns.max >= FROZEN_NS);
    // An input is due every 50 ms, so the longest wait is at most that much shorter than the stall.
    assert_true(ages->max >= FROZEN_NS - 50 * NS_PER_MS);
    // All inputs are in the distribution except those under way at the end. In three or four
    // seconds half of them fall into the stall, and half of these waited for a second or more.
    assert_true(ages->count >= g_server.inputs * 9ull / 10);
    assert_true(histogram_percentile(ages, 90) >= NS_PER_S / 2);
}

static void open_gaps_and_inputs_count_at_the_end(void **state) {
    (void)state;
    Freezer freezer = {.is_for_good = true};
    run_frozen(&freezer);
    assert_true(g_tally.snapshot_gap_ns.max >= FROZEN_NS + NS_PER_S);
    assert_true(g_tally.input_ack_ns.max >= FROZEN_NS + NS_PER_S - 50 * NS_PER_MS);
}

static void attackers_are_counted_apart(void **state) {
    (void)state;
    char error[160];
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    assert_true(behaviour_mix_parse("wander=2,spam,malformed", &load.mix, error, sizeof error));
    run(&load, NULL);
    toy_server_stop(&g_server);
    const TallyHostile *hostile = &g_tally.hostile;
    assert_int_equal(g_tally.attempted, BOTS / 2);
    assert_int_equal(g_tally.ok, BOTS / 2);
    no_bot_ended_badly();
    assert_int_equal(hostile->attempted, BOTS / 2);
    assert_int_equal(hostile->ok, BOTS / 2);
    assert_true(hostile->malformed_sent > 0);
    assert_true(hostile->messages_sent > hostile->malformed_sent);
    assert_true(hostile->packets_in > 0);
    assert_int_equal(g_tally.connect_ns.count, BOTS / 2);
    // An honest bot sends on schedule, a spammer whenever it can.
    assert_true(hostile->messages_sent > 4 * g_tally.sends);
}

static void attackers_that_are_ended_come_back(void **state) {
    (void)state;
    char error[160];
    g_server.kick_after_ns = 100 * NS_PER_MS;
    toy_server_start(&g_server);
    LoadSpec load = sample_load();
    load.shape = load_shape_plain(4, 1000, 8 * NS_PER_S);
    assert_true(behaviour_mix_parse("malformed", &load.mix, error, sizeof error));
    const SwarmOutcome outcome = run(&load, NULL);
    toy_server_stop(&g_server);
    assert_int_equal(outcome.end, SWARM_END_DURATION); // not ALL_ENDED
    assert_int_equal(g_tally.dropped, 0);
    assert_true(g_tally.hostile.attempted > 4);
    assert_true(g_tally.hostile.ended[REASON_KICKED] >= 4);
}

static void names_and_addresses_are_resolved(void **state) {
    (void)state;
    char address[NET_ADDRESS_TEXT_BYTES];
    assert_true(server_address_find("127.0.0.1", 9, NS_PER_S, address));
    assert_string_equal(address, "127.0.0.1");
    assert_true(server_address_find("::1", 9, NS_PER_S, address));
    assert_string_equal(address, "::1");
    assert_false(server_address_find("no such host", 9, NS_PER_S, address));
}

static void too_few_descriptors_are_reported(void **state) {
    (void)state;
    uint64_t limit = 0;
    assert_true(load_limits_reserve_descriptors(8, &limit));
    assert_true(limit >= 8);
    assert_false(load_limits_reserve_descriptors(UINT64_MAX - 1, &limit));
    assert_true(load_limits_descriptors_needed(1000, 2) > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_bot_plays_sends_and_says_goodbye, reset),
        cmocka_unit_test_setup(epoll_carries_the_same_run, reset),
        cmocka_unit_test_setup(a_kick_is_counted_with_its_reason, reset),
        cmocka_unit_test_setup(a_refusal_is_counted_with_its_reason, reset),
        cmocka_unit_test_setup(messages_that_cannot_be_decoded_are_counted, reset),
        cmocka_unit_test_setup(without_verify_no_checksum_is_requested, reset),
        cmocka_unit_test_setup(every_snapshot_is_verified_on_request, reset),
        cmocka_unit_test_setup(a_mismatch_is_counted_and_the_entity_named, reset),
        cmocka_unit_test_setup(a_missing_server_ends_the_run_at_the_first_timeout, reset),
        cmocka_unit_test_setup(an_interrupt_ends_the_run_with_goodbyes, reset),
        cmocka_unit_test_setup(an_interrupt_before_the_run_ends_it_as_it_begins, reset),
        cmocka_unit_test_setup(a_later_stage_brings_back_the_same_bots, reset),
        cmocka_unit_test_setup(a_warm_up_counts_connections_and_measures_nothing, reset),
        cmocka_unit_test_setup(progress_adds_up_to_the_total, reset),
        cmocka_unit_test_setup(the_cost_of_a_bot_is_unknown_among_attackers, reset),
        cmocka_unit_test_setup(measuring_starts_after_the_warm_up, reset),
        cmocka_unit_test_setup(the_observer_can_end_the_run, reset),
        cmocka_unit_test_setup(a_stall_of_two_seconds_shows_in_full, reset),
        cmocka_unit_test_setup(open_gaps_and_inputs_count_at_the_end, reset),
        cmocka_unit_test_setup(attackers_are_counted_apart, reset),
        cmocka_unit_test_setup(attackers_that_are_ended_come_back, reset),
        cmocka_unit_test(names_and_addresses_are_resolved),
        cmocka_unit_test(too_few_descriptors_are_reported),
    };
    if (transport_initialize() != TRANSPORT_OK) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transport_deinitialize();
    return failed;
}
