// SPDX-License-Identifier: MIT
// test_bot_measure.c -- measurements of bots whose server stands still, dies or drops them, in
//                       virtual time.
#include "tools/swarm/load/bot_measure.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/memnet.h"
#include "support.h"
#include "tools/swarm/load/bot.h"
#include "tools/swarm/load/bot_count.h"
#include "tools/swarm/load/schedule.h"
#include "tools/swarm/measure/expectation.h"
#include "toy_server.h"

#define BOTS       10u
#define PERIOD_NS  (50 * NS_PER_MS)
#define COUNT_STEP 250u // milliseconds

static Tally g_tally;
static ToyServer g_server;

typedef struct Lab {
    Memnet *net;
    LoadSpec spec;
    BotShared shared;
    Schedule schedule;
    Bot bots[BOTS];
    uint32_t steps;
    uint32_t silent; // bots, by the last look
} Lab;

static Lab g_lab;
static const ImpairConfig *g_impairment; // of the next lab

static int open_lab(void **state) {
    (void)state;
    Lab *lab = &g_lab;
    memset(lab, 0, sizeof *lab);
    memset(&g_server, 0, sizeof g_server);
    tally_reset(&g_tally);
    lab->net = memnet_create(20, NULL);
    memnet_install(lab->net);
    const uint64_t now_ns = memnet_now_ns(lab->net);
    toy_server_open(&g_server, now_ns);
    lab->spec = (LoadSpec){.port = g_server.port, .connect_timeout_ns = 10 * NS_PER_S, .seed = 21};
    lab->shared = (BotShared){.spec = &lab->spec,
                              .address = "127.0.0.1",
                              .start_ns = now_ns,
                              .overdue_ns = NS_PER_S,
                              .input_period_ns = PERIOD_NS,
                              .impairment = g_impairment,
                              .tally = &g_tally};
    schedule_start(&lab->schedule, now_ns, 20, BOTS, 0, 1);
    for (uint32_t i = 0; i < BOTS; i++) {
        TransportError error;
        bot_init(&lab->bots[i], &lab->shared, i, BEHAVIOUR_IDLE);
        bot_want(&lab->bots[i], now_ns);
        assert_true(bot_open(&lab->bots[i], now_ns, &error));
    }
    return 0;
}

static int close_lab(void **state) {
    (void)state;
    const uint64_t now_ns = memnet_now_ns(g_lab.net);
    for (uint32_t i = 0; i < BOTS; i++) {
        if (bot_is_open(&g_lab.bots[i])) {
            bot_leave(&g_lab.bots[i], now_ns, true);
        }
    }
    toy_server_close(&g_server);
    memnet_uninstall(g_lab.net);
    memnet_destroy(g_lab.net);
    return 0;
}

// As a thread of the swarm, a few times a second.
static void count(uint64_t now_ns) {
    g_lab.silent = 0;
    for (uint32_t i = 0; i < BOTS; i++) {
        Bot *bot = &g_lab.bots[i];
        if (bot_is_open(bot)) {
            bot_count(bot, now_ns);
        } else if (bot->is_owed) {
            bot_count_owed(bot, now_ns);
        }
        if (bot->state == BOT_PLAYING || bot->is_owed) {
            g_lab.silent += bot_measure_wait(bot, now_ns);
        }
    }
}

static void run_ms(uint32_t milliseconds, bool is_frozen) {
    for (uint32_t i = 0; i < milliseconds; i++) {
        memnet_advance(g_lab.net, NS_PER_MS);
        const uint64_t now_ns = memnet_now_ns(g_lab.net);
        ScheduledSend send;
        if (is_frozen) {
            g_server.start_ns += NS_PER_MS; // missed snapshots are not sent later
        } else {
            toy_server_step(&g_server, now_ns);
        }
        for (uint32_t b = 0; b < BOTS; b++) {
            if (bot_is_open(&g_lab.bots[b])) {
                bot_poll(&g_lab.bots[b], now_ns);
            }
        }
        while (schedule_pop(&g_lab.schedule, now_ns, &send)) {
            bot_send(&g_lab.bots[send.bot], now_ns, send.scheduled_ns);
        }
        if (++g_lab.steps % COUNT_STEP == 0) {
            count(now_ns);
        }
    }
}

// The end of a run.
static void leave_all(void) {
    const uint64_t now_ns = memnet_now_ns(g_lab.net);
    for (uint32_t i = 0; i < BOTS; i++) {
        if (bot_is_open(&g_lab.bots[i])) {
            bot_leave(&g_lab.bots[i], now_ns, true);
        }
        bot_settle(&g_lab.bots[i], now_ns);
    }
}

static double share_above(const Histogram *histogram, uint64_t value) {
    uint64_t above = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        above += histogram_bucket_top(i) > value ? histogram->buckets[i] : 0;
    }
    return (double)above / (double)histogram->count;
}

static void a_healthy_server_shows_its_own_rates(void **state) {
    (void)state;
    run_ms(10000, false);
    leave_all();
    assert_int_equal(g_tally.ok, BOTS);
    assert_int_equal(g_tally.silent + g_tally.overdue + g_tally.dropped, 0);
    assert_in_range(g_tally.snapshots_received, g_tally.snapshots_expected - BOTS,
                    g_tally.snapshots_expected + BOTS);
    assert_memory_equal(&g_tally.snapshot_gap_ns, &g_tally.snapshot_gap_uncorrected_ns,
                        sizeof(Histogram));
    assert_memory_equal(&g_tally.round_trip_ns, &g_tally.round_trip_uncorrected_ns,
                        sizeof(Histogram));
}

// Four of thirty seconds are 13 % of the time; half of it is more than two seconds into the stall.
static void a_stall_has_its_share_of_the_time_in_gaps_and_round_trips(void **state) {
    (void)state;
    run_ms(10000, false);
    run_ms(4000, true);
    assert_int_equal(g_lab.silent, BOTS); // while it lasts
    assert_true(g_tally.snapshot_gap_ns.max >= 3700 * NS_PER_MS);
    assert_true(g_tally.round_trip_ns.max >= 3700 * NS_PER_MS);
    run_ms(16000, false);
    leave_all();
    const Histogram *const corrected[] = {&g_tally.snapshot_gap_ns, &g_tally.round_trip_ns};
    for (size_t i = 0; i < 2; i++) {
        assert_true(corrected[i]->max >= 3900 * NS_PER_MS && corrected[i]->max < 4200 * NS_PER_MS);
        const double above = share_above(corrected[i], 2 * NS_PER_S);
        assert_true(above > 0.06 && above < 0.075);
        assert_true(histogram_percentile(corrected[i], 99) > 3 * NS_PER_S);
    }
    // Counting arrivals alone hides the stall.
    assert_true(histogram_percentile(&g_tally.snapshot_gap_uncorrected_ns, 99) < 60 * NS_PER_MS);
    assert_true(histogram_percentile(&g_tally.round_trip_uncorrected_ns, 99) < 60 * NS_PER_MS);
    assert_int_equal(g_tally.silent, 0); // not at the end
    const double share = (double)g_tally.snapshots_received / (double)g_tally.snapshots_expected;
    assert_true(share > 0.85 && share < 0.88);
}

// Too short to be noticed while it lasts.
static void a_short_stall_lengthens_the_round_trips_it_delays(void **state) {
    (void)state;
    const ImpairConfig far = {.latency_ns = 100 * NS_PER_MS};
    close_lab(NULL);
    g_impairment = &far;
    open_lab(NULL);
    g_impairment = NULL;
    run_ms(3000, false);
    assert_true(g_tally.round_trip_ns.max < 260 * NS_PER_MS);
    run_ms(190, true);
    run_ms(1000, false);
    assert_true(g_tally.round_trip_ns.max > 330 * NS_PER_MS);
    assert_true(g_tally.round_trip_ns.max < 450 * NS_PER_MS);
    leave_all();
}

static void a_stall_that_lasts_until_the_end_counts(void **state) {
    (void)state;
    run_ms(6000, false);
    run_ms(4000, true);
    leave_all();
    assert_int_equal(g_tally.silent, BOTS);
    assert_int_equal(g_tally.dropped, 0);
    assert_true(g_tally.snapshot_gap_ns.max >= 3900 * NS_PER_MS);
    assert_true(g_tally.round_trip_ns.max >= 3900 * NS_PER_MS);
    assert_true(share_above(&g_tally.snapshot_gap_ns, 2 * NS_PER_S) > 0.18);
    assert_true(share_above(&g_tally.round_trip_ns, 2 * NS_PER_S) > 0.18);
    assert_true(g_tally.snapshots_received < g_tally.snapshots_expected * 62 / 100);
}

static void a_stall_shorter_than_the_limit_at_the_end_is_not_silence(void **state) {
    (void)state;
    run_ms(5000, false);
    run_ms(900, true);
    leave_all();
    assert_int_equal(g_tally.silent, 0);
    assert_true(g_tally.snapshot_gap_ns.max >= 850 * NS_PER_MS);
}

static void snapshots_of_dropped_bots_stay_due(void **state) {
    (void)state;
    g_server.kick_after_ns = 4 * NS_PER_S;
    run_ms(10000, false);
    leave_all();
    assert_int_equal(g_tally.dropped, BOTS);
    assert_int_equal(g_tally.silent, 0); // counted once
    assert_in_range(g_tally.snapshots_expected, BOTS * 195, BOTS * 201);
    assert_in_range(g_tally.snapshots_received, BOTS * 75, BOTS * 82);
    assert_true(g_tally.snapshot_gap_ns.max >= 5900 * NS_PER_MS);
    assert_true(g_tally.snapshot_gap_uncorrected_ns.max >= 5900 * NS_PER_MS);
    assert_true(g_tally.playing_ns < BOTS * 41 * NS_PER_S / 10); // dropped bots do not play
    const uint64_t expected = g_tally.snapshots_expected;
    leave_all(); // nothing is due after the end
    assert_int_equal(g_tally.snapshots_expected, expected);
}

static void a_dropped_bot_that_is_no_longer_wanted_is_owed_nothing(void **state) {
    (void)state;
    g_server.kick_after_ns = 4 * NS_PER_S;
    run_ms(5000, false);
    for (uint32_t i = 0; i < BOTS; i++) {
        bot_unwant(&g_lab.bots[i], memnet_now_ns(g_lab.net));
    }
    run_ms(5000, false);
    leave_all();
    assert_in_range(g_tally.snapshots_expected, BOTS * 95, BOTS * 101);
}

static void a_bot_that_is_not_let_in_is_overdue(void **state) {
    (void)state;
    run_ms(1500, true);
    leave_all();
    assert_int_equal(g_tally.ok, 0);
    assert_int_equal(g_tally.overdue, BOTS);
}

static void a_welcomed_bot_without_snapshots_is_overdue(void **state) {
    (void)state;
    g_server.is_mute = true;
    run_ms(3000, false);
    assert_int_equal(g_server.hellos, BOTS);
    leave_all();
    assert_int_equal(g_tally.ok, 0);
    assert_int_equal(g_tally.overdue, BOTS);
}

static void missing_snapshots_alone_are_silence(void **state) {
    (void)state;
    run_ms(3000, false);
    g_server.is_mute = true;
    run_ms(3000, false);
    leave_all();
    assert_int_equal(g_tally.silent, BOTS);
    assert_true(g_tally.snapshots_received < g_tally.snapshots_expected * 52 / 100);
}

static void a_bot_that_has_just_begun_to_connect_is_not_overdue(void **state) {
    (void)state;
    run_ms(900, true);
    leave_all();
    assert_int_equal(g_tally.overdue, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_healthy_server_shows_its_own_rates, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_stall_has_its_share_of_the_time_in_gaps_and_round_trips,
                                        open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_short_stall_lengthens_the_round_trips_it_delays, open_lab,
                                        close_lab),
        cmocka_unit_test_setup_teardown(a_stall_that_lasts_until_the_end_counts, open_lab,
                                        close_lab),
        cmocka_unit_test_setup_teardown(a_stall_shorter_than_the_limit_at_the_end_is_not_silence,
                                        open_lab, close_lab),
        cmocka_unit_test_setup_teardown(snapshots_of_dropped_bots_stay_due, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_dropped_bot_that_is_no_longer_wanted_is_owed_nothing,
                                        open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_bot_that_is_not_let_in_is_overdue, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_welcomed_bot_without_snapshots_is_overdue, open_lab,
                                        close_lab),
        cmocka_unit_test_setup_teardown(missing_snapshots_alone_are_silence, open_lab, close_lab),
        cmocka_unit_test_setup_teardown(a_bot_that_has_just_begun_to_connect_is_not_overdue,
                                        open_lab, close_lab),
    };
    if (transport_initialize() != TRANSPORT_OK) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transport_deinitialize();
    return failed;
}
