// SPDX-License-Identifier: MIT
// test_loopback.c -- a server and real clients in one process, in virtual time, on networks from
//                    perfect to bad.
#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "net/hostile.h"
#include "server/virtual_game.h"
#include "support.h"

#define PLAYERS 12

static VirtualGame *create_game(uint64_t seed, uint32_t drone_count,
                                const ImpairConfig *impairment) {
    const VirtualServerConfig config = {.seed = seed,
                                        .drone_count = drone_count,
                                        .ship_capacity = PLAYERS + 4,
                                        .worker_count = 1,
                                        .impairment = impairment};
    return virtual_game_create(&config, virtual_game_roam);
}

static void check_no_errors(const VirtualGame *game) {
    const NetMetrics *net = &game->server->metrics->net[0];
    for (uint32_t i = 0; i < MESSAGE_REJECT_COUNT; i++) {
        assert_int_equal(metric_get(&net->messages_rejected[i]), 0);
    }
    for (uint32_t i = 0; i < game->player_count; i++) {
        const Client *client = &game->players[i].client;
        if (client->state != CLIENT_PLAYING) {
            fail_msg("player %u: state %d, %s", i, (int)client->state, reason_name(client->reason));
        }
        assert_int_equal(client->stats.decode_errors, 0);
        assert_int_equal(client->stats.verify_mismatches, 0);
        assert_int_equal(client->stats.verify_checks, client->stats.snapshots_received);
    }
    assert_null(world_validate(&game->server->match.sim.world).what);
}

static void on_a_perfect_network_everything_arrives_and_predictions_hold(void **state) {
    (void)state;
    VirtualGame *game = create_game(7, 600, NULL);
    virtual_game_add_many(game, PLAYERS, true);
    virtual_game_play_ms(game, 10000);
    check_no_errors(game);
    for (int i = 0; i < PLAYERS; i++) {
        const ClientStats *stats = &game->players[i].client.stats;
        assert_in_range(stats->snapshots_received, 190, 202);
        assert_int_equal(stats->snapshots_lost, 0);
        assert_true(stats->prediction_checks > 150);
        // Bites and hits are not predicted; everything else is exact.
        assert_true(stats->prediction_corrections <= stats->prediction_checks / 20);
        assert_true(game->players[i].most_entities > 20);
    }
    virtual_game_destroy(game);
}

static const ImpairConfig BAD_NETWORK = {.latency_ns = 40 * NS_PER_MS,
                                         .jitter_ns = 20 * NS_PER_MS,
                                         .loss = 0.05,
                                         .duplicate = 0.02,
                                         .reorder = 0.02};

static void on_a_bad_network_the_game_goes_on(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int run = 0; run < 3; run++) {
        VirtualGame *game = create_game(rng_next(&rng), 600, NULL);
        virtual_game_add_many(game, PLAYERS, true);
        virtual_game_play_ms(game, 500);
        memnet_set_impairment(game->server->net, &BAD_NETWORK);
        virtual_game_play_ms(game, 2500);
        uint64_t starved = metric_get(&game->server->metrics->sim.input_starved);
        virtual_game_play_ms(game, 7000);
        starved = metric_get(&game->server->metrics->sim.input_starved) - starved;
        check_no_errors(game);
        uint64_t lost = 0;
        uint64_t checks = 0;
        uint64_t corrections = 0;
        for (int i = 0; i < PLAYERS; i++) {
            const ClientStats *stats = &game->players[i].client.stats;
            assert_true(stats->snapshots_received > 120);
            lost += stats->snapshots_lost;
            checks += stats->prediction_checks;
            corrections += stats->prediction_corrections;
        }
        // The next packets usually make up for lost input packets.
        assert_true(starved < PLAYERS * 7 * 60 / 10);
        assert_true(lost > 0);
        assert_true(corrections < checks / 4);
        virtual_game_destroy(game);
    }
}

// Compares every entity of a snapshot with the world's history at its tick.
typedef struct Judge {
    const VirtualServer *server;
    uint32_t seen;
} Judge;

static void judge_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)bytes;
    (void)now_ns;
    Judge *judge = user;
    const Sim *sim = &judge->server->match.sim;
    const EntityRecord *records = history_at(&sim->history, snapshot->header.tick);
    assert_non_null(records);
    for (uint32_t i = 0; i < snapshot->entity_count; i++) {
        const SnapshotEntity *entity = &snapshot->entities[i];
        const EntityKind kind = entity_kind_of_slot(&sim->world.ranges, entity->slot);
        const EntityRecord expected = fields_record_as_read(kind, &records[entity->slot]);
        assert_memory_equal(&entity->record, &expected, sizeof expected);
        judge->seen++;
    }
}

static void every_snapshot_equals_the_published_world_of_its_tick(void **state) {
    (void)state;
    VirtualGame *game = create_game(21, 800, &BAD_NETWORK);
    Judge judge = {.server = game->server};
    const GameWatcher watcher = {.user = &judge, .on_snapshot = judge_snapshot};
    for (int i = 0; i < 4; i++) {
        virtual_game_add(game, true, &watcher);
    }
    virtual_game_play_ms(game, 5000);
    check_no_errors(game);
    assert_true(judge.seen > 5000);
    virtual_game_destroy(game);
}

static void late_clients_join_a_game_in_progress(void **state) {
    (void)state;
    VirtualGame *game = create_game(5, 600, NULL);
    virtual_game_add(game, true, NULL);
    virtual_game_play_ms(game, 3000);
    const GamePlayer *late = virtual_game_add(game, true, NULL);
    virtual_game_play_ms(game, 500);
    assert_int_equal(late->client.state, CLIENT_PLAYING);
    assert_true(late->most_entities > 20);
    check_no_errors(game);
    virtual_game_destroy(game);
}

static void a_client_that_leaves_disappears_and_the_others_play_on(void **state) {
    (void)state;
    VirtualGame *game = create_game(6, 300, NULL);
    virtual_game_add_many(game, 2, true);
    virtual_game_play_ms(game, 1000);
    assert_int_equal(game->server->match.sessions.count, 2);
    virtual_game_remove(game);
    virtual_game_play_ms(game, 500);
    assert_int_equal(game->server->match.sessions.count, 1);
    assert_int_equal(metric_get(&game->server->metrics->net[0].disconnects[REASON_CLIENT_LEFT]), 1);
    check_no_errors(game);
    virtual_game_destroy(game);
}

// A disconnection is sent more than once, since its sender is gone afterwards. If all copies are
// lost, the ship stays until the time-out.
static void a_disconnection_arrives_on_a_bad_network_too(void **state) {
    (void)state;
    Rng rng = test_rng();
    VirtualServerConfig config = {.seed = rng_next(&rng),
                                  .drone_count = 50,
                                  .ship_capacity = GAME_PLAYERS_MAX,
                                  .worker_count = 1};
    VirtualGame *game = virtual_game_create(&config, virtual_game_idle);
    virtual_game_add_many(game, GAME_PLAYERS_MAX, false);
    virtual_game_play_ms(game, 1000);
    const ImpairConfig impairment = {.latency_ns = 40 * NS_PER_MS, .loss = 0.2};
    memnet_set_impairment(game->server->net, &impairment);
    virtual_game_play_ms(game, 3000);
    assert_int_equal(game->server->match.sessions.count, GAME_PLAYERS_MAX);
    while (game->player_count > 0) {
        virtual_game_remove(game);
    }
    virtual_game_play_ms(game, 1000);
    // Sent once, eight would be missing.
    assert_true(game->server->match.sessions.count <= 3);
    virtual_game_play_ms(game, 15000);
    assert_int_equal(game->server->match.sessions.count, 0);
    virtual_game_destroy(game);
}

static void a_shutdown_reaches_every_client_with_its_reason(void **state) {
    (void)state;
    VirtualGame *game = create_game(8, 300, &BAD_NETWORK);
    virtual_game_add_many(game, PLAYERS, true);
    virtual_game_play_ms(game, 3000);
    atomic_store(&game->server->is_draining, true);
    virtual_game_play_ms(game, 2000);
    for (int i = 0; i < PLAYERS; i++) {
        assert_int_equal(game->players[i].client.state, CLIENT_CLOSED);
        assert_int_equal(game->players[i].client.reason, REASON_SERVER_SHUTDOWN);
    }
    virtual_game_destroy(game);
}

// A few thousand hostile datagrams of every kind a second, from addresses that are no player's.
static void players_play_on_in_a_flood_of_hostile_datagrams(void **state) {
    (void)state;
    Rng rng = test_rng();
    VirtualGame *game = create_game(10, 300, NULL);
    Hostile hostile = hostile_seeded(rng_next(&rng));
    uint8_t *buffer = malloc(HOSTILE_BYTES_MAX);
    assert_non_null(buffer);
    virtual_game_add_many(game, 6, true);
    virtual_game_play_ms(game, 1000);
    for (int ms = 0; ms < 4000; ms++) {
        for (int i = 0; i < 5; i++) {
            const uint32_t host = htonl(0x0a000000u + rng_below(&rng, 64));
            const ImpairRoute route = {
                .from = net_address_from_ipv4(host, (uint16_t)rng_below(&rng, 2048)),
                .to = net_address_loopback(game->server->port)};
            memnet_inject(game->server->net, &route, buffer, hostile_make_any(&hostile, buffer));
        }
        virtual_game_play_ms(game, 1);
    }
    free(buffer);
    for (uint32_t i = 0; i < game->player_count; i++) {
        const Client *client = &game->players[i].client;
        assert_int_equal(client->state, CLIENT_PLAYING);
        assert_int_equal(client->stats.decode_errors, 0);
        assert_int_equal(client->stats.verify_mismatches, 0);
        assert_int_equal(client->stats.verify_checks, client->stats.snapshots_received);
        assert_int_equal(client->stats.snapshots_lost, 0);
        assert_true(client->stats.snapshots_received > 90);
    }
    uint64_t rejected = 0;
    for (uint32_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        rejected += metric_get(&game->server->metrics->net[0].datagrams_rejected[i]);
    }
    assert_true(rejected > 15000);
    assert_int_equal(game->server->match.sessions.count, 6);
    virtual_game_destroy(game);
}

static void send_rubbish(Client *client, Rng *rng) {
    uint8_t bytes[64];
    const uint32_t size = 1 + rng_below(rng, sizeof bytes);
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)rng_next(rng);
    }
    bytes[0] = MESSAGE_INPUT;
    const bool is_reliable = rng_chance(rng, 0.3);
    (void)transport_send(client->transport, transport_server_peer(client->transport),
                         is_reliable ? TRANSPORT_RELIABLE : TRANSPORT_UNSEQUENCED, bytes, size);
    transport_flush(client->transport);
}

// One player sends 4,000 inputs a second, another a broken message every 20 ms.
static void a_misused_session_ends_and_no_other_is_affected(void **state) {
    (void)state;
    Rng rng = test_rng();
    const VirtualServerConfig config = {.seed = 14,
                                        .drone_count = 300,
                                        .ship_capacity = 8,
                                        .worker_count = 1,
                                        .has_datagram_limit = true};
    VirtualGame *game = virtual_game_create(&config, virtual_game_roam);
    const uint32_t honest = 6;
    virtual_game_add_many(game, honest + 2, true);
    virtual_game_play_ms(game, 2000);
    Client *spammer = &game->players[honest].client;
    Client *mumbler = &game->players[honest + 1].client;
    for (uint32_t ms = 0; ms < 10000; ms++) {
        const uint64_t now_ns = virtual_server_now_ns(game->server);
        for (int i = 0; i < 4; i++) {
            client_send_inputs(spammer, now_ns);
        }
        if (ms % 20 == 0 && mumbler->state == CLIENT_PLAYING) {
            send_rubbish(mumbler, &rng);
        }
        virtual_game_advance(game);
    }
    assert_int_equal(spammer->state, CLIENT_CLOSED);
    assert_int_equal(spammer->reason, REASON_INPUT_FLOOD);
    assert_int_equal(mumbler->state, CLIENT_CLOSED);
    assert_int_equal(mumbler->reason, REASON_PROTOCOL_ERROR);
    const NetMetrics *net = &game->server->metrics->net[0];
    assert_int_equal(metric_get(&net->disconnects[REASON_INPUT_FLOOD]), 1);
    assert_int_equal(metric_get(&net->disconnects[REASON_PROTOCOL_ERROR]), 1);
    assert_true(metric_get(&net->messages_rejected[MESSAGE_REJECT_INPUT_RATE]) > 300);
    assert_int_equal(metric_get(&net->messages_rejected[MESSAGE_REJECT_MALFORMED]) +
                         metric_get(&net->messages_rejected[MESSAGE_REJECT_UNEXPECTED]) +
                         metric_get(&net->messages_rejected[MESSAGE_REJECT_UNSENT]),
                     ENDPOINT_OFFENCES_MAX);
    assert_true(metric_get(&net->datagrams_rejected[TRANSPORT_REJECT_FLOOD]) > 1000);
    assert_int_equal(game->server->match.sessions.count, honest);
    for (uint32_t i = 0; i < honest; i++) {
        const ClientStats *stats = &game->players[i].client.stats;
        assert_int_equal(game->players[i].client.state, CLIENT_PLAYING);
        assert_true(stats->snapshots_received > 230);
        assert_int_equal(stats->snapshots_lost, 0);
        assert_int_equal(stats->decode_errors, 0);
        assert_int_equal(stats->verify_mismatches, 0);
        assert_true(game->server->match.sessions.sessions[i].inputs.counts.starved < 10);
    }
    virtual_game_destroy(game);
}

static void a_stall_of_the_sim_costs_no_connection(void **state) {
    (void)state;
    VirtualGame *game = create_game(9, 300, NULL);
    virtual_game_add_many(game, 4, true);
    virtual_game_play_ms(game, 2000);
    game->server->is_sim_stopped = true;
    virtual_game_play_ms(game, 9000);
    game->server->is_sim_stopped = false;
    virtual_game_play_ms(game, 3000);
    check_no_errors(game);
    virtual_game_destroy(game);
}

// The game is deterministic: one thread, virtual time, all random numbers from the seed.
static uint64_t play_and_hash(uint64_t seed) {
    VirtualGame *game = create_game(seed, 300, &BAD_NETWORK);
    virtual_game_add_many(game, 6, true);
    virtual_game_play_ms(game, 4000);
    uint64_t hash = sim_hash(&game->server->match.sim);
    for (int i = 0; i < 6; i++) {
        const ClientStats *stats = &game->players[i].client.stats;
        hash = rng_mix(hash ^ stats->snapshot_bytes) ^ stats->prediction_corrections;
    }
    virtual_game_destroy(game);
    return hash;
}

static void the_same_seed_plays_the_same_game(void **state) {
    (void)state;
    assert_true(play_and_hash(77) == play_and_hash(77));
    assert_true(play_and_hash(77) != play_and_hash(78));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_perfect_network_everything_arrives_and_predictions_hold),
        cmocka_unit_test(on_a_bad_network_the_game_goes_on),
        cmocka_unit_test(every_snapshot_equals_the_published_world_of_its_tick),
        cmocka_unit_test(late_clients_join_a_game_in_progress),
        cmocka_unit_test(a_client_that_leaves_disappears_and_the_others_play_on),
        cmocka_unit_test(a_disconnection_arrives_on_a_bad_network_too),
        cmocka_unit_test(a_shutdown_reaches_every_client_with_its_reason),
        cmocka_unit_test(players_play_on_in_a_flood_of_hostile_datagrams),
        cmocka_unit_test(a_misused_session_ends_and_no_other_is_affected),
        cmocka_unit_test(a_stall_of_the_sim_costs_no_connection),
        cmocka_unit_test(the_same_seed_plays_the_same_game),
    };
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
