// SPDX-License-Identifier: MIT
// test_bad_network.c -- --latency, --jitter, --loss, --dup and --reorder take effect as configured:
//                       by the report's own figures, in virtual time and on real sockets.
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "net/enet_seam.h"
#include "net/impair.h"
#include "net/memnet.h"
#include "support.h"
#include "tools/swarm/load/bot.h"
#include "tools/swarm/load/schedule.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/measure/impairment_seen.h"
#include "tools/swarm/report/report_json.h"
#include "toy_server.h"

#define DATAGRAMS      200000u
#define ECHO_PORT      7000
#define ECHO_PERIOD_NS (50 * NS_PER_MS)
#define ECHOES         4000u
#define TOLERANCE      0.05 // of the configured value

// The configured bad network.
static const ImpairConfig impairment = {.latency_ns = 80 * NS_PER_MS,
                                        .jitter_ns = 30 * NS_PER_MS,
                                        .loss = 0.05,
                                        .duplicate = 0.01,
                                        .reorder = 0.02};

static Tally g_tally;
static ToyServer g_server;

static int reset(void **state) {
    (void)state;
    tally_reset(&g_tally);
    memset(&g_server, 0, sizeof g_server);
    return 0;
}

static double field(json_t *root, const char *way, const char *name) {
    json_t *object = json_object_get(json_object_get(root, "impairment"), way);
    json_t *value = json_object_get(object, name);
    if (!json_is_number(value)) {
        fail_msg("impairment.%s.%s is no number", way, name);
    }
    return json_number_value(value);
}

static void is_near(const char *what, double measured, double wanted) {
    if (measured < wanted * (1 - TOLERANCE) || measured > wanted * (1 + TOLERANCE)) {
        fail_msg("%s is %g, not %g", what, measured, wanted);
    }
}

static json_t *report_of(const Tally *tally) {
    const Report report = {
        .server_address = "", .behaviours = "", .impairment = &impairment, .tally = tally};
    json_t *root = report_to_json(&report);
    assert_non_null(root);
    return root;
}

// One datagram every 50 ms, as a bot sends and receives them.
static ImpairStats pass_datagrams(uint64_t seed) {
    const ImpairRoute route = {.from.port = 2, .to.port = 4};
    Impair *impair = impair_create(&impairment, seed, 1024);
    assert_non_null(impair);
    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        ImpairDatagram *datagram = NULL;
        const uint64_t now_ns = (i + 1) * ECHO_PERIOD_NS;
        while ((datagram = impair_next_due(impair, now_ns)) != NULL) {
            impair_free(datagram);
        }
        impair_submit(impair, now_ns, &route, &i, sizeof i);
    }
    const ImpairStats stats = impair_stats(impair);
    impair_destroy(impair);
    return stats;
}

static void the_report_shows_the_configured_impairment(void **state) {
    (void)state;
    const ImpairStats nothing = {0};
    const ImpairStats in = pass_datagrams(1);
    const ImpairStats out = pass_datagrams(2);
    tally_impaired(&g_tally.impaired_in, &in, &nothing);
    tally_impaired(&g_tally.impaired_out, &out, &nothing);
    json_t *root = report_of(&g_tally);
    static const char *const ways[] = {"in", "out"};
    for (size_t i = 0; i < 2; i++) {
        is_near("loss", field(root, ways[i], "loss_percent"), 5);
        is_near("dup", field(root, ways[i], "dup_percent"), 1);
        is_near("reorder", field(root, ways[i], "reorder_percent"), 2);
        // Reordered datagrams wait for another 110 ms, and until two have overtaken them.
        is_near("delay", field(root, ways[i], "delay_ms"), 80 + 15 + 0.02 * 110);
        assert_true(field(root, ways[i], "datagrams") == DATAGRAMS);
        assert_true(field(root, ways[i], "overflowed") == 0);
    }
    json_decref(root);
}

static void every_datagram_is_counted_once(void **state) {
    (void)state;
    const ImpairStats before = {.submitted = 10, .delivered = 8, .lost = 2, .late_ns = 5};
    const ImpairStats now = {.submitted = 15, .delivered = 11, .lost = 4, .late_ns = 9};
    tally_impaired(&g_tally.impaired_in, &now, &before);
    assert_int_equal(g_tally.impaired_in.submitted, 5);
    assert_int_equal(g_tally.impaired_in.delivered, 3);
    assert_int_equal(g_tally.impaired_in.lost, 2);
    assert_int_equal(g_tally.impaired_in.late_ns, 4);
    assert_int_equal(tally_held(&g_tally.impaired_in), 3);
}

// An echo server, and a client behind the bad network, in virtual time.
typedef struct EchoLab {
    Memnet *net;
    Transport *server, *client;
    uint64_t sent_ns[ECHOES]; // by number
    uint32_t sent, received;
    double round_trip_sum_ns;
    uint64_t round_trip_min_ns;
} EchoLab;

static void serve_echo(const EchoLab *lab) {
    TransportEvent event;
    transport_poll(lab->server, memnet_now_ns(lab->net));
    while (transport_next_event(lab->server, &event)) {
        if (event.type == TRANSPORT_MESSAGE) {
            transport_send(lab->server, event.peer, TRANSPORT_UNSEQUENCED, event.data, event.size);
        }
    }
    transport_flush(lab->server);
}

static void receive_echoes(EchoLab *lab) {
    TransportEvent event;
    transport_poll(lab->client, memnet_now_ns(lab->net));
    while (transport_next_event(lab->client, &event)) {
        uint32_t number = 0;
        if (event.type != TRANSPORT_MESSAGE || event.size != sizeof number) {
            continue;
        }
        memcpy(&number, event.data, sizeof number);
        assert_true(number < lab->sent);
        const uint64_t round_trip_ns = memnet_now_ns(lab->net) - lab->sent_ns[number];
        lab->received++;
        lab->round_trip_sum_ns += (double)round_trip_ns;
        if (round_trip_ns < lab->round_trip_min_ns) {
            lab->round_trip_min_ns = round_trip_ns;
        }
    }
}

// The network is polled when the next datagram is due, and no earlier.
static void run_until(EchoLab *lab, uint64_t until_ns) {
    while (memnet_now_ns(lab->net) < until_ns) {
        const uint64_t due_ns = transport_next_due_ns(lab->client);
        const uint64_t next_ns = due_ns < until_ns ? due_ns : until_ns;
        if (next_ns > memnet_now_ns(lab->net)) {
            memnet_advance(lab->net, next_ns - memnet_now_ns(lab->net));
        }
        receive_echoes(lab);
        serve_echo(lab);
        receive_echoes(lab);
    }
}

static void send_echo(EchoLab *lab) {
    const uint32_t number = lab->sent;
    if (transport_send(lab->client, transport_server_peer(lab->client), TRANSPORT_UNSEQUENCED,
                       &number, sizeof number)) {
        lab->sent_ns[lab->sent++] = memnet_now_ns(lab->net);
        transport_flush(lab->client);
    }
}

static void a_round_trip_is_twice_the_latency_and_the_mean_jitter(void **state) {
    (void)state;
    EchoLab *lab = calloc(1, sizeof *lab);
    assert_non_null(lab);
    lab->round_trip_min_ns = UINT64_MAX;
    lab->net = memnet_create(5, NULL);
    memnet_install(lab->net);
    const TransportListenConfig config = {.port = ECHO_PORT, .peer_capacity = 2};
    assert_int_equal(transport_listen(&lab->server, &config), TRANSPORT_OK);
    assert_int_equal(transport_connect(&lab->client, "127.0.0.1", ECHO_PORT), TRANSPORT_OK);
    const ImpairConfig delays = {.latency_ns = impairment.latency_ns,
                                 .jitter_ns = impairment.jitter_ns};
    assert_true(transport_next_due_ns(lab->client) == UINT64_MAX);
    assert_true(transport_set_impairment(lab->client, &delays, 6));
    while (lab->sent < ECHOES) {
        run_until(lab, memnet_now_ns(lab->net) + ECHO_PERIOD_NS);
        send_echo(lab);
    }
    run_until(lab, memnet_now_ns(lab->net) + NS_PER_S);
    assert_int_equal(lab->received, ECHOES);
    assert_true(lab->round_trip_min_ns >= 160 * NS_PER_MS);
    is_near("the round trip in ms", lab->round_trip_sum_ns / ECHOES / (double)NS_PER_MS,
            2 * (80 + 15));
    TransportStats stats;
    transport_stats(lab->client, &stats);
    assert_int_equal(stats.impair_in.late_ns, 0);
    assert_int_equal(stats.impair_out.late_ns, 0);
    transport_close(lab->client);
    transport_close(lab->server);
    memnet_uninstall(lab->net);
    memnet_destroy(lab->net);
    free(lab);
}

// ------------------------------------------------------------------ observed by bots

#define LAB_BOTS    60u
#define LAB_SECONDS 120u

// A swarm behind the configured network, in virtual time.
typedef struct BotLab {
    Memnet *net;
    LoadSpec spec;
    BotShared shared;
    Schedule schedule;
    Bot bots[LAB_BOTS];
} BotLab;

static void open_lab(BotLab *lab) {
    lab->net = memnet_create(20, NULL);
    memnet_install(lab->net);
    const uint64_t now_ns = memnet_now_ns(lab->net);
    toy_server_open(&g_server, now_ns);
    lab->spec = (LoadSpec){.port = g_server.port, .connect_timeout_ns = 30 * NS_PER_S, .seed = 21};
    lab->shared = (BotShared){.spec = &lab->spec,
                              .address = "127.0.0.1",
                              .start_ns = now_ns,
                              .impairment = &impairment,
                              .tally = &g_tally};
    schedule_start(&lab->schedule, now_ns, 20, LAB_BOTS, 0, 1);
    for (uint32_t i = 0; i < LAB_BOTS; i++) {
        TransportError error;
        bot_init(&lab->bots[i], &lab->shared, i, BEHAVIOUR_IDLE);
        bot_want(&lab->bots[i], now_ns);
        assert_true(bot_open(&lab->bots[i], now_ns, &error));
    }
}

static void step_lab(BotLab *lab) {
    memnet_advance(lab->net, NS_PER_MS);
    const uint64_t now_ns = memnet_now_ns(lab->net);
    ScheduledSend send;
    toy_server_step(&g_server, now_ns);
    for (uint32_t i = 0; i < LAB_BOTS; i++) {
        Bot *bot = &lab->bots[i];
        if (bot_is_open(bot)) {
            bot_poll(bot, now_ns);
        }
    }
    while (schedule_pop(&lab->schedule, now_ns, &send)) {
        bot_send(&lab->bots[send.bot], now_ns, send.scheduled_ns);
    }
}

static void close_lab(BotLab *lab) {
    const uint64_t now_ns = memnet_now_ns(lab->net);
    for (uint32_t i = 0; i < LAB_BOTS; i++) {
        if (bot_is_open(&lab->bots[i])) {
            bot_leave(&lab->bots[i], now_ns, true);
        }
    }
    toy_server_close(&g_server);
    memnet_uninstall(lab->net);
    memnet_destroy(lab->net);
}

// Within 5 %, and three standard deviations of the counted events.
static void is_observed(const char *what, double measured, double wanted, double events) {
    const double spread = wanted * (TOLERANCE + 3 / sqrt(events));
    if (!(fabs(measured - wanted) <= spread)) {
        fail_msg("%s is %g, not %g", what, measured, wanted);
    }
}

static void bots_observe_the_configured_impairment(void **state) {
    (void)state;
    BotLab *lab = calloc(1, sizeof *lab);
    assert_non_null(lab);
    open_lab(lab);
    for (uint32_t i = 0; i < LAB_SECONDS * 1000; i++) {
        step_lab(lab);
    }
    close_lab(lab);
    free(lab);
    assert_int_equal(g_tally.ok, LAB_BOTS);
    assert_int_equal(g_tally.dropped, 0);
    const ImpairmentSeen seen = impairment_seen(&g_tally);
    const TallySeen *in = &g_tally.seen_in;
    const double pairs = (double)g_tally.jitter_in.pairs;
    is_observed("the added round trip", seen.rtt_added_ms, 2 * (80 + 15), pairs);
    is_observed("the jitter in", seen.jitter_in_ms, 30, pairs);
    is_observed("the jitter out", seen.jitter_out_ms, 30, (double)g_tally.jitter_out.pairs);
    is_observed("loss", seen.loss_in_percent, 5, (double)in->lost);
    is_observed("duplication", seen.dup_in_percent, 1, (double)in->duplicated);
    is_observed("reordering", seen.reorder_in_percent, 2, (double)in->overtaken);
    const TallySeen *out = &g_tally.seen_out;
    is_observed("loss out", seen.loss_out_percent, 5, (double)out->lost);
    is_observed("duplication out", seen.dup_out_percent, 1, (double)out->duplicated);
    is_observed("reordering out", seen.reorder_out_percent, 2, (double)out->overtaken);
    assert_true(g_tally.jitter_out.pairs >= out->received * 9 / 10);
    assert_true(g_tally.control.jitter_out.pairs > 0);
    // The last report is at most three seconds old, and covers all but the last 33 inputs before
    // it.
    assert_true(out->judged >= (LAB_BOTS - 1) * 20 * (LAB_SECONDS - 3 - 3));
    assert_in_range(g_server.receive_requests, LAB_BOTS * (LAB_SECONDS / 2 - 10),
                    LAB_BOTS * LAB_SECONDS / 2);
}

static void closing_sends_the_delayed_goodbye(void **state) {
    (void)state;
    Memnet *net = memnet_create(7, NULL);
    memnet_install(net);
    Transport *server = NULL, *client = NULL;
    const TransportListenConfig config = {.port = ECHO_PORT, .peer_capacity = 2};
    assert_int_equal(transport_listen(&server, &config), TRANSPORT_OK);
    assert_int_equal(transport_connect(&client, "127.0.0.1", ECHO_PORT), TRANSPORT_OK);
    const ImpairConfig slow = {.latency_ns = 20 * NS_PER_MS};
    assert_true(transport_set_impairment(client, &slow, 8));
    EchoLab lab = {.net = net, .server = server, .client = client};
    for (uint32_t i = 0; i < 20; i++) { // polls answer the handshake
        run_until(&lab, memnet_now_ns(net) + ECHO_PERIOD_NS);
    }
    transport_disconnect(client, transport_server_peer(client), REASON_CLIENT_LEFT);
    transport_flush(client);
    transport_close(client);
    TransportEvent event = {0};
    transport_poll(server, memnet_now_ns(net)); // no time has passed
    while (transport_next_event(server, &event) && event.type != TRANSPORT_DISCONNECTED) {
    }
    assert_int_equal(event.type, TRANSPORT_DISCONNECTED);
    assert_int_equal(event.reason, REASON_CLIENT_LEFT);
    transport_close(server);
    memnet_uninstall(net);
    memnet_destroy(net);
}

static void a_swarm_plays_over_a_bad_network(void **state) {
    (void)state;
    char error[160];
    toy_server_start(&g_server);
    LoadSpec load = {
        .port = g_server.port,
        .shape = load_shape_plain(20, 1000, 3 * NS_PER_S),
        .thread_count = 2,
        .input_rate_hz = 20,
        .seed = 1,
        .connect_timeout_ns = 60 * NS_PER_S,
        .is_impaired = true,
        .impairment = {.latency_ns = 40 * NS_PER_MS,
                       .jitter_ns = 20 * NS_PER_MS,
                       .loss = 0.2,
                       .duplicate = 0.2,
                       .reorder = 0.2},
    };
    assert_true(behaviour_mix_parse("wander,hunt", &load.mix, error, sizeof error));
    swarm_run(&load, "127.0.0.1", NULL, &g_tally);
    toy_server_stop(&g_server);
    const TallyImpaired *ways[] = {&g_tally.impaired_in, &g_tally.impaired_out};
    for (size_t i = 0; i < 2; i++) {
        assert_true(ways[i]->lost > 0 && ways[i]->lost < ways[i]->submitted);
        assert_true(ways[i]->duplicated > 0 && ways[i]->reordered > 0);
        assert_true(ways[i]->delay_ns >= tally_held(ways[i]) * load.impairment.latency_ns);
        assert_int_equal(ways[i]->overflowed, 0);
    }
    assert_true(g_tally.ok > 0);
    assert_int_equal(g_tally.dropped, 0);
    assert_int_equal(g_tally.decode_errors, 0);
    assert_true(g_tally.snapshots_lost > 0);
    assert_true(g_tally.snapshots_stale > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_report_shows_the_configured_impairment, reset),
        cmocka_unit_test_setup(every_datagram_is_counted_once, reset),
        cmocka_unit_test(a_round_trip_is_twice_the_latency_and_the_mean_jitter),
        cmocka_unit_test_setup(bots_observe_the_configured_impairment, reset),
        cmocka_unit_test(closing_sends_the_delayed_goodbye),
        cmocka_unit_test_setup(a_swarm_plays_over_a_bad_network, reset),
    };
    if (transport_initialize() != TRANSPORT_OK) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transport_deinitialize();
    return failed;
}
