// SPDX-License-Identifier: MIT
// test_crowd.c -- all players in one place: the server's datagrams, as seen on the wire.
#include <string.h>

#include "base/clock.h"
#include "server/virtual_game.h"
#include "support.h"

#define PLAYERS            40
#define BUDGET_BYTES_LEAST 200  // that the server's options allow
#define WIRE_BYTES_MAX     1200 // with the headers of IP and UDP
#define IP_UDP_BYTES       28

// ENet's commands, by number: their sizes without data, as in its protocol.h.
enum { COMMAND_RELIABLE = 6, COMMAND_FRAGMENT = 8, COMMAND_UNSEQUENCED = 9, COMMAND_COUNT = 13 };
static const uint8_t COMMAND_BYTES[COMMAND_COUNT] = {0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24};
#define COMMAND_UNRELIABLE_FRAGMENT 12
#define FLAG_UNSEQUENCED            0x40u
#define FLAG_SENT_TIME              0x8000u

// The contents of the server's datagrams.
typedef struct Wire {
    uint16_t server_port;
    size_t largest_bytes;
    size_t largest_snapshot_bytes;
    uint64_t snapshots;       // as unsequenced messages
    uint64_t other_snapshots; // as anything else
    uint64_t fragments;
} Wire;

static uint16_t read_u16(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

// The size of a command with its data.
static size_t look_at_command(Wire *wire, const uint8_t *bytes) {
    const uint32_t command = bytes[0] & 0xfu;
    assert_true(command > 0 && command < COMMAND_COUNT);
    const size_t head = COMMAND_BYTES[command];
    wire->fragments += command == COMMAND_FRAGMENT || command == COMMAND_UNRELIABLE_FRAGMENT;
    if (command != COMMAND_RELIABLE && command != COMMAND_UNSEQUENCED) {
        return head;
    }
    const size_t size = read_u16(bytes + head - 2);
    if (message_type(bytes + head, size) == MESSAGE_SNAPSHOT) {
        const bool is_unsequenced =
            command == COMMAND_UNSEQUENCED && (bytes[0] & FLAG_UNSEQUENCED) != 0;
        wire->snapshots += is_unsequenced;
        wire->other_snapshots += !is_unsequenced;
        if (size > wire->largest_snapshot_bytes) {
            wire->largest_snapshot_bytes = size;
        }
    }
    return head + size;
}

static void look_at_datagram(void *context, const ImpairRoute *route, const uint8_t *bytes,
                             size_t size) {
    Wire *wire = context;
    if (route->from.port != wire->server_port) {
        return;
    }
    if (size > wire->largest_bytes) {
        wire->largest_bytes = size;
    }
    size_t at = (read_u16(bytes) & FLAG_SENT_TIME) != 0 ? 4 : 2;
    while (at < size) {
        at += look_at_command(wire, bytes + at);
    }
    assert_int_equal(at, size);
}

// Compares the own ship in each snapshot with the world's.
typedef struct Judge {
    const VirtualServer *server;
    const Client *client;
    uint64_t snapshots;
    uint64_t compared;
    uint64_t bytes;
} Judge;

static void judge_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)now_ns;
    Judge *judge = user;
    judge->snapshots++;
    judge->bytes += bytes;
    const World *world = &judge->server->match.sim.world;
    if (world->tick == snapshot->header.tick) { // else the world has moved on
        const Ship *ship = &world->ships[judge->client->welcome.player_index];
        assert_int_equal(snapshot->header.own.motion.x, ship->motion.x);
        assert_int_equal(snapshot->header.own.motion.y, ship->motion.y);
        assert_int_equal(snapshot->header.own.health, ship->health);
        judge->compared++;
    }
}

static void play_in_a_crowd(uint32_t budget_bytes, Wire *wire) {
    const VirtualServerConfig config = {.seed = 12,
                                        .drone_count = 1500,
                                        .ship_capacity = PLAYERS,
                                        .worker_count = 1,
                                        .budget_bytes = budget_bytes,
                                        .side_units = 2000};
    VirtualGame *game = virtual_game_create(&config, virtual_game_roam);
    static Judge judges[PLAYERS];
    *wire = (Wire){.server_port = game->server->port};
    memnet_set_tap(game->server->net, look_at_datagram, wire);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        judges[i] = (Judge){.server = game->server};
        const GameWatcher watcher = {.user = &judges[i], .on_snapshot = judge_snapshot};
        judges[i].client = &virtual_game_add(game, true, &watcher)->client;
    }
    virtual_game_play_ms(game, 6000);
    const SimMetrics *metrics = &game->server->metrics->sim;
    assert_int_equal(wire->snapshots, metric_get(&metrics->snapshots));
    assert_int_equal(metric_get(&game->server->metrics->net[0].unexpected_reliable), 0);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const ClientStats *stats = &judges[i].client->stats;
        assert_int_equal(judges[i].client->state, CLIENT_PLAYING);
        assert_true(judges[i].snapshots > 100);
        assert_true(judges[i].compared * 10 > judges[i].snapshots * 9);
        assert_true(judges[i].bytes <= (judges[i].snapshots + 1) * budget_bytes);
        assert_int_equal(stats->decode_errors, 0);
        assert_int_equal(stats->verify_mismatches, 0);
    }
    memnet_set_tap(game->server->net, NULL, NULL);
    virtual_game_destroy(game);
}

static void no_snapshot_is_fragmented_or_made_reliable(void **state) {
    (void)state;
    Wire wire;
    play_in_a_crowd(PAYLOAD_BYTES_MAX, &wire);
    assert_int_equal(wire.fragments, 0);
    assert_int_equal(wire.other_snapshots, 0);
    assert_true(wire.largest_snapshot_bytes > PAYLOAD_BYTES_MAX * 3 / 4); // the crowd filled them
    print_message("largest datagram: %zu bytes\n", wire.largest_bytes);
    assert_true(wire.largest_bytes + IP_UDP_BYTES <= WIRE_BYTES_MAX);
}

static void with_the_smallest_budget_the_own_ship_is_in_every_snapshot(void **state) {
    (void)state;
    Wire wire;
    play_in_a_crowd(BUDGET_BYTES_LEAST, &wire);
    assert_int_equal(wire.fragments, 0);
    assert_int_equal(wire.other_snapshots, 0);
    assert_true(wire.largest_snapshot_bytes <= 2 * BUDGET_BYTES_LEAST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_snapshot_is_fragmented_or_made_reliable),
        cmocka_unit_test(with_the_smallest_budget_the_own_ship_is_in_every_snapshot),
    };
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
