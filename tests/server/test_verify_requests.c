// SPDX-License-Identifier: MIT
// test_verify_requests.c -- a client whose state differs from the server's learns which entity
//                           differs: a server and real clients in virtual time.
#include <string.h>

#include "base/clock.h"
#include "server/virtual_game.h"
#include "support.h"

typedef struct Judge {
    uint32_t answers;
    uint32_t named;         // of these
    VerifyDifference first; // that was named
} Judge;

static void note_difference(void *user, uint16_t sequence, VerifyDifference difference) {
    Judge *judge = user;
    (void)sequence;
    judge->answers++;
    if (difference.kind != VERIFY_SAME && judge->named++ == 0) {
        judge->first = difference;
    }
}

static const ImpairConfig BAD_NETWORK = {.latency_ns = 40 * NS_PER_MS,
                                         .jitter_ns = 20 * NS_PER_MS,
                                         .loss = 0.05,
                                         .duplicate = 0.02,
                                         .reorder = 0.02};

static VirtualGame *start_game(uint64_t seed, Judge *judge, const ImpairConfig *impairment) {
    const VirtualServerConfig config = {
        .seed = seed, .drone_count = 1500, .ship_capacity = 4, .worker_count = 1};
    VirtualGame *game = virtual_game_create(&config, virtual_game_roam);
    const GameWatcher watcher = {.user = judge, .on_verify_difference = note_difference};
    virtual_game_add(game, true, &watcher);
    virtual_game_add(game, true, NULL);
    virtual_game_play_ms(game, 1000);
    memnet_set_impairment(game->server->net, impairment);
    virtual_game_play_ms(game, 2000);
    assert_int_equal(game->players[0].client.state, CLIENT_PLAYING);
    assert_int_equal(game->players[0].client.stats.verify_mismatches, 0);
    return game;
}

// Moves an entity in every baseline set that the client may still use. Returns its slot.
static uint32_t corrupt(Client *client) {
    const BaselineSet *newest = baseline_pool_find(&client->baseline_sets, client->latest.sequence);
    assert_non_null(newest);
    assert_true(newest->count > 10);
    const uint32_t slot = newest->entries[newest->count / 2].slot;
    for (uint32_t i = 0; i < BASELINE_SETS_MAX; i++) {
        const BaselineSet *baseline_set =
            baseline_pool_find(&client->baseline_sets, (uint16_t)(client->latest.sequence - i));
        for (uint32_t j = 0; baseline_set != NULL && j < baseline_set->count; j++) {
            baseline_set->records[j].x += baseline_set->entries[j].slot == slot ? 16 : 0;
        }
    }
    return slot;
}

static uint64_t verify_requests(const VirtualGame *game, VerifyResult result) {
    return metric_get(&game->server->metrics->sim.verify_requests[result]);
}

// Whether an entity was named; if so, it was the right one.
static bool names_what_was_corrupted(const ImpairConfig *impairment, uint64_t seed) {
    Judge judge = {0};
    VirtualGame *game = start_game(seed, &judge, impairment);
    Client *client = &game->players[0].client;
    const uint32_t slot = corrupt(client);
    for (int ms = 0; ms < 2000 && judge.named == 0; ms++) {
        virtual_game_advance(game);
    }
    if (judge.named > 0) {
        assert_true(client->stats.verify_mismatches > 0);
        assert_int_equal(judge.first.kind, VERIFY_OTHER);
        assert_int_equal(judge.first.slot, slot);
    }
    // The other client's state is right, and no client has committed an offence.
    assert_int_equal(game->players[1].client.stats.verify_mismatches, 0);
    for (uint32_t i = 0; i < MESSAGE_REJECT_COUNT; i++) {
        assert_int_equal(metric_get(&game->server->metrics->net[0].messages_rejected[i]), 0);
    }
    assert_int_equal(client->stats.decode_errors, 0);
    virtual_game_destroy(game);
    return judge.named > 0;
}

static void the_first_entity_that_differs_is_named(void **state) {
    (void)state;
    assert_true(names_what_was_corrupted(NULL, 5));
}

// An entity that is sent as a full state, or leaves the view, with the next snapshot cannot be
// found to differ. A request that was lost and sent again may be about a baseline set that the
// server no longer keeps.
static void on_a_bad_network_too_the_first_entity_that_differs_is_named(void **state) {
    (void)state;
    enum { GAMES = 20 };
    Rng rng = test_rng();
    uint32_t named = 0;
    for (int i = 0; i < GAMES; i++) {
        named += names_what_was_corrupted(&BAD_NETWORK, rng_next(&rng));
    }
    // 294 of 300 games; at that rate, nine failures in twenty do not happen.
    assert_true(named >= GAMES - 8);
}

static void a_client_that_always_differs_stays_within_the_request_rate(void **state) {
    (void)state;
    Judge judge = {0};
    VirtualGame *game = start_game(6, &judge, NULL);
    Client *client = &game->players[0].client;
    const uint32_t seconds = 10;
    for (uint32_t ms = 0; ms < seconds * 1000; ms++) {
        if (ms % 50 == 0) {
            (void)corrupt(client);
        }
        virtual_game_advance(game);
    }
    const uint32_t most = seconds * (uint32_t)(NS_PER_S / VERIFY_PERIOD_NS);
    assert_int_equal(client->state, CLIENT_PLAYING);
    assert_true(client->stats.verify_mismatches > 100);
    assert_in_range(judge.answers, most * 3 / 4, most);
    assert_true(judge.named * 10 >= judge.answers * 9);
    assert_in_range(verify_requests(game, VERIFY_RESULT_ANSWERED), judge.answers,
                    judge.answers + 1);
    assert_int_equal(verify_requests(game, VERIFY_RESULT_BUSY), 0);
    assert_int_equal(verify_requests(game, VERIFY_RESULT_UNKNOWN), 0);
    for (uint32_t i = 0; i < MESSAGE_REJECT_COUNT; i++) {
        assert_int_equal(metric_get(&game->server->metrics->net[0].messages_rejected[i]), 0);
    }
    virtual_game_destroy(game);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_entity_that_differs_is_named),
        cmocka_unit_test(on_a_bad_network_too_the_first_entity_that_differs_is_named),
        cmocka_unit_test(a_client_that_always_differs_stays_within_the_request_rate),
    };
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
