// SPDX-License-Identifier: MIT
// test_match.c -- the sim thread's tick, fed through the queues as by a net loop.
#include "server/sim/match.h"

#include <string.h>

#include "base/clock.h"
#include "game/tuning.h"
#include "server/allocation_count.h"
#include "support.h"
#include "wire/reason.h"
#include "wire/snapshot.h"
#include "wire/verify.h"

#define TICK_NS    (NS_PER_S / 60)
#define START_TIME (10 * NS_PER_S)

typedef struct Fixture {
    SimQueues *queues;
    Metrics *metrics;
    Match match;
    uint32_t ticks;
    // Records that the net loop received.
    uint32_t welcomes, snapshots, names, kicks, details;
    uint32_t kick_reason;
    uint32_t snapshots_in_tick; // of the last tick
    WelcomeMessage welcome;
    Snapshot snapshot;
    EventBatch events;
    VerifyDetail detail;
} Fixture;

static Fixture *create_fixture(uint32_t ship_capacity, uint32_t drone_count, uint32_t workers) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->queues = aligned_alloc(CACHE_LINE_BYTES, sizeof *fixture->queues);
    assert_non_null(fixture->queues);
    assert_true(sim_queues_create(fixture->queues, ship_capacity));
    fixture->metrics = metrics_create(60, workers, 1);
    ArenaFile file = {.spec = {.name = "match", .seed = 5}};
    arena_file_resolve(&file, drone_count, ship_capacity);
    const MatchConfig config = {.sim = {.arena = file.spec,
                                        .seed = 5,
                                        .drone_count = drone_count,
                                        .ship_capacity = ship_capacity,
                                        .worker_count = workers},
                                .tick_rate_hz = 60,
                                .snapshot_rate_hz = 20,
                                .budget_bytes = PAYLOAD_BYTES_MAX,
                                .loop_count = 1,
                                .queues = fixture->queues,
                                .metrics = fixture->metrics};
    assert_true(match_create(&fixture->match, &config));
    return fixture;
}

static void destroy_fixture(Fixture *fixture) {
    match_destroy(&fixture->match);
    metrics_destroy(fixture->metrics);
    sim_queues_destroy(fixture->queues);
    free(fixture->queues);
    free(fixture);
}

// Handles the snapshots of all players: only those without a baseline can be read to the end.
static void receive_snapshot(Fixture *fixture, const QueueMessage *message) {
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    const BaselineSet no_baseline = {0};
    SnapshotReader reader;
    assert_true(snapshot_open(&reader, message->data, message->size,
                              &fixture->match.sim.world.ranges, &fixture->snapshot.header));
    if (fixture->snapshot.header.baseline == 0) {
        assert_true(snapshot_read(&reader, &no_baseline, &fixture->snapshot, &baseline_set));
    }
}

static void receive(Fixture *fixture, const QueueRecord *record) {
    const QueueMessage *message = (const QueueMessage *)(const void *)record;
    switch (record->type) {
    case QUEUE_WELCOME:
        assert_true(welcome_read(message->data, message->size, &fixture->welcome));
        fixture->welcomes++;
        break;
    case QUEUE_SNAPSHOT:
        receive_snapshot(fixture, message);
        fixture->snapshots++;
        fixture->snapshots_in_tick++;
        break;
    case QUEUE_RELIABLE:
        if (message->data[0] == MESSAGE_VERIFY_DETAIL) {
            assert_true(verify_detail_read(message->data, message->size, &fixture->detail));
            fixture->details++;
        }
        if (message->data[0] != MESSAGE_EVENTS) {
            break; // a test's own
        }
        assert_true(event_batch_read(message->data, message->size, &fixture->events));
        for (uint32_t i = 0; i < fixture->events.count; i++) {
            fixture->names += fixture->events.events[i].type == EVENT_NAME;
        }
        break;
    case QUEUE_KICK:
        fixture->kicks++;
        fixture->kick_reason = ((const QueueKick *)(const void *)record)->reason;
        break;
    default:
        fail_msg("a record for the other side");
    }
}

static void tick(Fixture *fixture) {
    const uint64_t due_ns = START_TIME + fixture->ticks++ * TICK_NS;
    match_tick(&fixture->match, due_ns, due_ns);
    fixture->snapshots_in_tick = 0;
    for (const QueueRecord *record; (record = sim_queues_peek(&fixture->queues->to_net)) != NULL;) {
        receive(fixture, record);
        spsc_queue_pop(&fixture->queues->to_net);
    }
}

static PeerHandle peer_of(uint32_t player) {
    return 0x10000 + player;
}

static void join(Fixture *fixture, uint32_t player) {
    char name[PLAYER_NAME_BYTES + 1] = {0};
    snprintf(name, sizeof name, "Player %u", player);
    assert_true(sim_queues_push_join(fixture->queues, peer_of(player), player, name, false));
}

// Acknowledges the snapshot sent last, as a client without losses does.
static void push_input(Fixture *fixture, uint32_t player, ShipInput input) {
    const Session *session = &fixture->match.sessions.sessions[player];
    InputMessage message = {.newest_tick = fixture->match.sim.world.tick + 2,
                            .count = 3,
                            .has_snapshot = session->replica.sent_count > 0,
                            .snapshot_sequence = (uint16_t)(session->replica.next_sequence - 1),
                            .snapshot_bits = UINT32_MAX,
                            .send_time_ms = (uint16_t)(fixture->ticks * 16),
                            .inputs = {input, input, input}};
    assert_true(sim_queues_push_input(fixture->queues, peer_of(player),
                                      START_TIME + fixture->ticks * TICK_NS, &message));
}

static void a_join_is_welcomed_and_gets_its_share_of_snapshots(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4, 100, 1);
    join(fixture, 0);
    tick(fixture);
    assert_int_equal(fixture->welcomes, 1);
    assert_int_equal(fixture->welcome.player_index, 0);
    assert_int_equal(fixture->welcome.tick, 1);
    assert_int_equal(fixture->welcome.tick_rate_hz, 60);
    assert_string_equal(fixture->welcome.arena.name, "match");
    for (int i = 0; i < 45; i++) {
        tick(fixture);
    }
    assert_int_equal(fixture->snapshots, 15);
    assert_int_equal(metric_get(&fixture->metrics->sim.clients), 1);
    assert_int_equal(metric_get(&fixture->metrics->sim.snapshots), 15);
    destroy_fixture(fixture);
}

static void snapshots_of_different_players_are_spread_over_the_ticks(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(30, 100, 1);
    for (uint32_t i = 0; i < 30; i++) {
        join(fixture, i);
    }
    tick(fixture);
    for (int i = 0; i < 12; i++) {
        tick(fixture);
        assert_int_equal(fixture->snapshots_in_tick, 10);
    }
    destroy_fixture(fixture);
}

static void a_full_match_refuses_joins(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2, 10, 1);
    for (uint32_t i = 0; i < 3; i++) {
        join(fixture, i);
    }
    tick(fixture);
    assert_int_equal(fixture->welcomes, 2);
    assert_int_equal(fixture->kicks, 1);
    assert_int_equal(fixture->kick_reason, REASON_SERVER_FULL);
    destroy_fixture(fixture);
}

static void a_leave_and_a_join_in_one_tick_share_an_index(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(1, 10, 1);
    join(fixture, 0);
    tick(fixture);
    for (uint32_t i = 1; i < 6; i++) {
        assert_true(sim_queues_push_leave(fixture->queues, peer_of(i - 1), REASON_CLIENT_LEFT));
        join(fixture, i);
        tick(fixture);
        assert_int_equal(fixture->welcomes, i + 1);
        assert_int_equal(fixture->welcome.player_index, 0);
    }
    // Repeated joins and leaves within one tick leave nothing behind.
    for (uint32_t i = 6; i < 40; i++) {
        assert_true(sim_queues_push_leave(fixture->queues, peer_of(i - 1), REASON_CLIENT_LEFT));
        join(fixture, i);
    }
    for (int i = 0; i < 40; i++) {
        tick(fixture);
    }
    assert_true(fixture->match.sessions.count <= 1);
    destroy_fixture(fixture);
}

static void inputs_move_the_ship_and_are_acknowledged(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(1, 0, 1);
    join(fixture, 0);
    tick(fixture);
    const Motion start = fixture->match.sim.world.ships[0].motion;
    const bool goes_right = start.x < fixture->match.sim.world.arena.side / 2;
    for (int i = 0; i < 30; i++) {
        push_input(fixture, 0, (ShipInput){.buttons = goes_right ? INPUT_RIGHT : INPUT_LEFT});
        tick(fixture);
    }
    const Motion end = fixture->match.sim.world.ships[0].motion;
    assert_true(goes_right ? end.x > start.x + UNIT : end.x < start.x - UNIT);
    assert_true(fixture->snapshot.header.has_input);
    assert_int_equal(fixture->snapshot.header.input_margin_q4, 16);
    assert_int_equal(fixture->snapshot.header.starved_count, 0);
    for (int i = 0; i < 10; i++) {
        tick(fixture);
    }
    assert_true(fixture->snapshot.header.starved_count > 5);
    assert_true(metric_get(&fixture->metrics->sim.input_starved) > 5);
    destroy_fixture(fixture);
}

static void names_are_sent_when_their_ships_come_into_view(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(8, 0, 1);
    for (uint32_t i = 0; i < 8; i++) {
        join(fixture, i);
    }
    for (int i = 0; i < 30; i++) {
        tick(fixture);
    }
    assert_true(fixture->names > 0);
    destroy_fixture(fixture);
}

static void fill_queue(Fixture *fixture) {
    static const uint8_t filler[PAYLOAD_BYTES_MAX];
    while (sim_queues_push_message(fixture->queues, QUEUE_RELIABLE, 0x99, filler, sizeof filler)) {
    }
    while (sim_queues_push_kick(fixture->queues, 0x99, 0)) {
    }
}

static void a_verify_detail_waits_for_room_in_the_queue(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2, 300, 1);
    join(fixture, 0);
    for (int i = 0; i < 20; i++) {
        tick(fixture);
    }
    const uint16_t sequence = fixture->snapshot.header.sequence;
    assert_true(sim_queues_push_verify_request(fixture->queues, peer_of(0), sequence));
    fill_queue(fixture);
    tick(fixture); // makes room, too late
    assert_int_equal(fixture->details, 0);
    assert_int_equal(metric_get(&fixture->metrics->sim.verify_requests[VERIFY_RESULT_ANSWERED]), 0);
    tick(fixture);
    tick(fixture);
    assert_int_equal(fixture->details, 1);
    assert_int_equal(fixture->detail.sequence, sequence);
    assert_true(fixture->detail.baseline_set_count > 0);
    assert_int_equal(metric_get(&fixture->metrics->sim.verify_requests[VERIFY_RESULT_ANSWERED]), 1);
    destroy_fixture(fixture);
}

static void leave(Fixture *fixture, uint32_t player) {
    assert_true(sim_queues_push_leave(fixture->queues, peer_of(player), REASON_CLIENT_LEFT));
}

// By range of addresses, which in these tests is the player's number.
static void the_wait_for_a_ship_outlives_the_connection(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4, 50, 1);
    const Ship *ships = fixture->match.sim.world.ships;
    join(fixture, 0);
    tick(fixture);
    assert_true(ship_is_alive(&ships[0]));
    leave(fixture, 0);
    tick(fixture);
    join(fixture, 1); // from elsewhere
    tick(fixture);
    assert_true(ship_is_alive(&ships[0]));
    // A join, a leave and a join within one tick: the wait stays the same.
    join(fixture, 0);
    leave(fixture, 0);
    join(fixture, 0);
    tick(fixture);
    assert_false(ship_is_alive(&ships[1]));
    assert_int_equal(ships[1].respawn_ticks, SHIP_RESPAWN_TICKS - 3);
    // It stays the same once the ship waits in the world.
    leave(fixture, 0);
    tick(fixture);
    join(fixture, 0);
    tick(fixture);
    assert_int_equal(ships[1].respawn_ticks, SHIP_RESPAWN_TICKS - 5);
    for (uint32_t i = 0; i < SHIP_RESPAWN_TICKS - 4; i++) {
        tick(fixture);
    }
    assert_true(ship_is_alive(&ships[1]));
    // Without energy, the wait is as long as the energy takes to come back.
    fixture->match.sim.world.ships[1].energy = 0;
    leave(fixture, 0);
    join(fixture, 0);
    tick(fixture);
    assert_int_equal(ships[1].respawn_ticks, SHIP_ENERGY_MAX / SHIP_ENERGY_PER_TICK - 1);
    // A wait that is over is not claimed.
    leave(fixture, 0);
    tick(fixture);
    for (uint32_t i = 0; i < SHIP_ENERGY_MAX / SHIP_ENERGY_PER_TICK; i++) {
        tick(fixture);
    }
    join(fixture, 0);
    tick(fixture);
    assert_true(ship_is_alive(&ships[1]));
    assert_null(world_validate(&fixture->match.sim.world).what);
    destroy_fixture(fixture);
}

// Through any net loop: the match treats them alike.
static void the_allowance_to_chat_outlives_the_connection(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4, 50, 1);
    const EventBroadcast *broadcast = &fixture->match.broadcast;
    for (uint32_t visit = 0; visit < 10; visit++) {
        join(fixture, 0);
        tick(fixture);
        for (uint32_t line = 0; line < CHAT_BURST; line++) {
            assert_true(sim_queues_push_chat(fixture->queues, peer_of(0), "buy this"));
        }
        leave(fixture, 0);
        tick(fixture);
    }
    assert_int_equal(broadcast->events[EVENT_CHAT], CHAT_BURST + 1);
    assert_int_equal(broadcast->dropped[EVENT_CHAT], 9 * CHAT_BURST - 1);
    join(fixture, 1); // from elsewhere
    assert_true(sim_queues_push_chat(fixture->queues, peer_of(1), "hello"));
    tick(fixture);
    assert_int_equal(broadcast->events[EVENT_CHAT], CHAT_BURST + 2);
    destroy_fixture(fixture);
}

static void a_verify_request_of_a_player_who_left_is_dropped(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2, 50, 1);
    join(fixture, 0);
    for (int i = 0; i < 10; i++) {
        tick(fixture);
    }
    assert_true(sim_queues_push_verify_request(fixture->queues, peer_of(0), 0));
    assert_true(sim_queues_push_leave(fixture->queues, peer_of(0), REASON_CLIENT_LEFT));
    assert_true(sim_queues_push_verify_request(fixture->queues, peer_of(0), 0));
    tick(fixture);
    join(fixture, 1); // at the same index
    for (int i = 0; i < 10; i++) {
        tick(fixture);
    }
    assert_int_equal(fixture->details, 0);
    destroy_fixture(fixture);
}

// The counts of the encoder reach the metrics: the sections add up to the snapshots.
static void encoding_and_input_queues_are_counted(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(8, 1500, 2);
    const SimMetrics *metrics = &fixture->metrics->sim;
    for (uint32_t i = 0; i < 8; i++) {
        join(fixture, i);
    }
    for (int i = 0; i < 60; i++) {
        for (uint32_t player = 0; player < 8; player++) {
            push_input(fixture, player, (ShipInput){.aim = (uint16_t)i});
            push_input(fixture, player, (ShipInput){.aim = (uint16_t)i});
        }
        tick(fixture);
    }
    uint64_t section_bits = 0;
    for (int section = 0; section < ENCODE_SECTION_COUNT; section++) {
        assert_true(metric_get(&metrics->section_bits[section]) > 0);
        section_bits += metric_get(&metrics->section_bits[section]);
    }
    assert_int_equal(section_bits, metric_get(&metrics->snapshot_bytes.sum) * 8);
    assert_true(metric_get(&metrics->deltas[DELTA_SOURCE_PRODUCED]) > 0);
    assert_true(metric_get(&metrics->deltas[DELTA_SOURCE_COPIED]) > 0);
    assert_true(metric_get(&metrics->snapshots_without_baseline) >= 8);
    assert_true(metric_get(&metrics->snapshots_without_baseline) < metric_get(&metrics->snapshots));
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_ACCEPTED]) > 300);
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_DUPLICATE]) > 300);
    destroy_fixture(fixture);
}

// Players whose inputs arrive in time, late, early, twice and not at all, some with impossible
// views: the metrics are the sums of their queues' counts.
static void the_metrics_equal_the_counts_of_the_input_queues(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4, 50, 1);
    const SimMetrics *metrics = &fixture->metrics->sim;
    for (uint32_t i = 0; i < 4; i++) {
        join(fixture, i);
    }
    tick(fixture);
    for (uint32_t i = 0; i < 120; i++) {
        for (uint32_t player = 0; player < 4; player++) {
            const Session *session = &fixture->match.sessions.sessions[player];
            static const int32_t AHEAD[] = {2, -3, INPUT_AHEAD_TICKS + 5, 2, 1};
            InputMessage message = {
                .newest_tick = fixture->match.sim.world.tick + (uint32_t)AHEAD[(i + player) % 5],
                .count = 1 + player,
                .send_time_ms = (uint16_t)(fixture->ticks * 16),
                .has_snapshot = player % 2 == 0 && session->replica.sent_count > 0,
                .snapshot_sequence = (uint16_t)(session->replica.next_sequence - 1),
                .view_tick_q8 = i << 8};
            for (uint32_t again = 0; again < 1 + i % 2; again++) {
                assert_true(sim_queues_push_input(fixture->queues, peer_of(player),
                                                  START_TIME + fixture->ticks * TICK_NS, &message));
            }
        }
        tick(fixture);
        InputCounts sum = {0};
        for (uint32_t player = 0; player < 4; player++) {
            const InputCounts *counts = &fixture->match.sessions.sessions[player].inputs.counts;
            sum.accepted += counts->accepted;
            sum.duplicate += counts->duplicate;
            sum.late += counts->late;
            sum.early += counts->early;
            sum.starved += counts->starved;
            sum.unlikely += counts->unlikely;
        }
        assert_int_equal(metric_get(&metrics->inputs[INPUT_RESULT_ACCEPTED]), sum.accepted);
        assert_int_equal(metric_get(&metrics->inputs[INPUT_RESULT_DUPLICATE]), sum.duplicate);
        assert_int_equal(metric_get(&metrics->inputs[INPUT_RESULT_LATE]), sum.late);
        assert_int_equal(metric_get(&metrics->inputs[INPUT_RESULT_EARLY]), sum.early);
        assert_int_equal(metric_get(&metrics->input_starved), sum.starved);
        assert_int_equal(metric_get(&metrics->input_views_unlikely), sum.unlikely);
    }
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_ACCEPTED]) > 100);
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_DUPLICATE]) > 100);
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_LATE]) > 30);
    assert_true(metric_get(&metrics->inputs[INPUT_RESULT_EARLY]) > 30);
    assert_true(metric_get(&metrics->input_starved) > 30);
    assert_true(metric_get(&metrics->input_views_unlikely) > 30);
    destroy_fixture(fixture);
}

static void a_full_queue_loses_snapshots_and_delays_welcomes(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2, 10, 1);
    join(fixture, 0);
    tick(fixture);
    join(fixture, 1);
    const uint64_t due_ns = START_TIME + fixture->ticks * TICK_NS;
    fill_queue(fixture);
    for (uint32_t i = 0; i < 3; i++) { // the net loop does not drain
        match_tick(&fixture->match, due_ns + i * TICK_NS, due_ns + i * TICK_NS);
    }
    assert_int_equal(atomic_load(&fixture->queues->refused[QUEUE_REFUSED_SNAPSHOT]), 1);
    assert_true(atomic_load(&fixture->queues->refused[QUEUE_REFUSED_MESSAGE]) >= 3);
    fixture->ticks += 3;
    const uint32_t welcomes = fixture->welcomes;
    tick(fixture); // makes room
    tick(fixture);
    assert_int_equal(fixture->welcomes, welcomes + 1);
    destroy_fixture(fixture);
}

static void a_steady_tick_allocates_nothing(void **state) {
    (void)state;
    if (!allocation_count_works()) {
        skip();
    }
    Fixture *fixture = create_fixture(60, 2000, 2);
    for (uint32_t i = 0; i < 60; i++) {
        join(fixture, i);
    }
    for (int i = 0; i < 60; i++) {
        tick(fixture);
    }
    const uint64_t before = allocation_count();
    for (int i = 0; i < 120; i++) {
        for (uint32_t player = 0; player < 60; player++) {
            push_input(
                fixture, player,
                (ShipInput){.aim = (uint16_t)(player * 999),
                            .buttons = INPUT_UP | INPUT_RIGHT | INPUT_PULSE | INPUT_MISSILE});
        }
        tick(fixture);
    }
    assert_int_equal(allocation_count() - before, 0);
    assert_true(metric_get(&fixture->metrics->sim.entity_updates) > 10000);
    destroy_fixture(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_is_welcomed_and_gets_its_share_of_snapshots),
        cmocka_unit_test(snapshots_of_different_players_are_spread_over_the_ticks),
        cmocka_unit_test(a_full_match_refuses_joins),
        cmocka_unit_test(a_leave_and_a_join_in_one_tick_share_an_index),
        cmocka_unit_test(inputs_move_the_ship_and_are_acknowledged),
        cmocka_unit_test(names_are_sent_when_their_ships_come_into_view),
        cmocka_unit_test(the_metrics_equal_the_counts_of_the_input_queues),
        cmocka_unit_test(a_full_queue_loses_snapshots_and_delays_welcomes),
        cmocka_unit_test(a_verify_detail_waits_for_room_in_the_queue),
        cmocka_unit_test(the_wait_for_a_ship_outlives_the_connection),
        cmocka_unit_test(the_allowance_to_chat_outlives_the_connection),
        cmocka_unit_test(a_verify_request_of_a_player_who_left_is_dropped),
        cmocka_unit_test(encoding_and_input_queues_are_counted),
        cmocka_unit_test(a_steady_tick_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
