// SPDX-License-Identifier: MIT test_fair_play.c -- a client that lies or reconnects gains nothing:
// a server in virtual time, on a
//                     network without delay.
#include <string.h>

#include "base/clock.h"
#include "game/tuning.h"
#include "net/memnet.h"
#include "server/raw_client.h"
#include "support.h"
#include "wire/event.h"
#include "wire/reason.h"
#include "wire/snapshot.h"

#define HONEST_TICKS 60
#define ATTACK_TICKS 240

// The snapshot that the attacker names in its i-th input, and the view that it claims.
typedef struct Claim {
    uint16_t sequence;
    uint32_t view_tick_q8;
    bool has_snapshot;
} Claim;
typedef Claim (*Attack)(const RawClient *client, uint32_t tick, uint32_t i);

static uint64_t rejects(const VirtualServer *server, MessageReject reject) {
    return metric_get(&server->metrics->net[0].messages_rejected[reject]);
}

static void send_claim(RawClient *client, uint32_t newest_tick, Claim claim) {
    const InputMessage input = {.has_snapshot = claim.has_snapshot,
                                .snapshot_sequence = claim.sequence,
                                .send_time_ms = (uint16_t)(newest_tick * 16),
                                .view_tick_q8 = claim.view_tick_q8,
                                .newest_tick = newest_tick,
                                .count = 1,
                                .inputs = {{.buttons = INPUT_PULSE}}};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_send(client, TRANSPORT_UNSEQUENCED, buffer, input_write(buffer, &input));
}

// Plays for so many ticks with an input in each, two ticks ahead; returns its longest rewind.
static uint32_t longest_rewind_q8(VirtualServer *server, RawClient *client, Attack attack,
                                  uint32_t ticks) {
    const World *world = &server->match.sim.world;
    uint32_t longest = 0;
    uint32_t sent = 0;
    for (uint32_t last = world->tick; sent < ticks && !client->is_ended;) {
        raw_client_advance_ms(server, client, 1);
        if (world->tick != last) {
            last = world->tick;
            send_claim(client, last + 2, attack(client, last, sent++));
        }
        longest = world->rewinds[0] > longest ? world->rewinds[0] : longest;
    }
    return longest;
}

// All of them claim a view that is 100 ticks old.
static Claim claim(uint32_t sequence, uint32_t tick) {
    return (Claim){(uint16_t)sequence, (tick - 100) * 256, true};
}

static Claim honestly(const RawClient *client, uint32_t tick, uint32_t i) {
    (void)i;
    return claim(client->newest_sequence, tick);
}

static Claim forty_back(const RawClient *client, uint32_t tick, uint32_t i) {
    (void)i;
    const uint32_t newest = client->newest_sequence;
    return claim(newest > 40 ? newest - 40 : 0, tick);
}

static Claim older_and_older(const RawClient *client, uint32_t tick, uint32_t i) {
    const uint32_t newest = client->newest_sequence;
    return claim(newest > 2 * i ? newest - 2 * i : 0, tick);
}

// The newest snapshot as soon as it arrives, then another one until the next arrives.
static Claim in_turn(const RawClient *client, uint32_t tick, uint32_t i) {
    const uint32_t newest = client->newest_sequence;
    const bool is_fresh = tick - client->newest_tick <= 1;
    return claim(is_fresh || newest < 5 + i % 40 ? newest : newest - 5 - i % 40, tick);
}

static Claim always_the_first(const RawClient *client, uint32_t tick, uint32_t i) {
    (void)client;
    (void)i;
    return claim(0, tick);
}

static Claim none_now_and_then(const RawClient *client, uint32_t tick, uint32_t i) {
    Claim made = claim(client->newest_sequence, tick);
    made.has_snapshot = i % 3 == 0;
    return made;
}

static Claim seen_in_the_future(const RawClient *client, uint32_t tick, uint32_t i) {
    Claim made = claim(client->newest_sequence, tick);
    made.view_tick_q8 = (tick + i * 37) * 256 + i;
    return made;
}

static Claim seen_ages_ago(const RawClient *client, uint32_t tick, uint32_t i) {
    Claim made = claim(client->newest_sequence, tick);
    made.view_tick_q8 = (tick << 8) - (i << 23) - 1;
    return made;
}

// Naming an unknown snapshot once turned 9.0 ticks into 19.7.
static void no_choice_of_snapshot_or_view_gains_rewind(void **state) {
    (void)state;
    const Attack attacks[] = {forty_back,        older_and_older,    in_turn,      always_the_first,
                              none_now_and_then, seen_in_the_future, seen_ages_ago};
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        VirtualServer *server = raw_client_server();
        RawClient client = raw_client_join(server);
        const uint32_t honest = longest_rewind_q8(server, &client, honestly, 150);
        // Two intervals of three ticks, two ticks early, and hardly any latency.
        assert_in_range(honest, 8 * 256, 10 * 256);
        const uint32_t won = longest_rewind_q8(server, &client, attacks[i], ATTACK_TICKS);
        if (won > honest) {
            fail_msg("attack %zu: %.2f ticks instead of %.2f", i, won / 256.0, honest / 256.0);
        }
        assert_false(client.is_ended);
        transport_close(client.transport);
        virtual_server_destroy(server);
    }
}

static Claim thousand_ahead(const RawClient *client, uint32_t tick, uint32_t i) {
    (void)i;
    return claim(client->newest_sequence + 1000u, tick);
}

static Claim before_the_first(const RawClient *client, uint32_t tick, uint32_t i) {
    (void)client;
    (void)i;
    return claim(65535, tick);
}

// Whether or not more have been sent in the meantime.
static Claim some_ahead(const RawClient *client, uint32_t tick, uint32_t i) {
    return claim(client->newest_sequence + 3 + i % 200, tick);
}

static void naming_a_snapshot_never_sent_is_an_offence_and_gains_nothing(void **state) {
    (void)state;
    const Attack attacks[] = {thousand_ahead, before_the_first, some_ahead};
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        VirtualServer *server = raw_client_server();
        RawClient client = raw_client_join(server);
        const uint32_t honest = longest_rewind_q8(server, &client, honestly, HONEST_TICKS);
        assert_true(longest_rewind_q8(server, &client, attacks[i], ATTACK_TICKS) <= honest);
        assert_true(client.is_ended);
        assert_int_equal(client.reason, REASON_PROTOCOL_ERROR);
        assert_int_equal(rejects(server, MESSAGE_REJECT_UNSENT), ENDPOINT_OFFENCES_MAX);
        raw_client_advance_ms(server, &client, 50);
        assert_int_equal(server->match.sessions.count, 0);
        transport_close(client.transport);
        virtual_server_destroy(server);
    }
}

static void one_offence_is_counted_and_forgiven(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    (void)longest_rewind_q8(server, &client, honestly, HONEST_TICKS);
    const uint64_t accepted = metric_get(&server->metrics->sim.inputs[INPUT_RESULT_ACCEPTED]);
    (void)longest_rewind_q8(server, &client, thousand_ahead, 1);
    (void)longest_rewind_q8(server, &client, honestly, HONEST_TICKS);
    assert_false(client.is_ended);
    assert_int_equal(rejects(server, MESSAGE_REJECT_UNSENT), 1);
    // That input itself is dropped too.
    assert_in_range(metric_get(&server->metrics->sim.inputs[INPUT_RESULT_ACCEPTED]) - accepted,
                    HONEST_TICKS - 1, HONEST_TICKS);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void without_an_acknowledgement_the_latency_is_zero(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    Claim first = honestly(&client, server->match.sim.world.tick, 0);
    first.has_snapshot = false;
    send_claim(&client, server->match.sim.world.tick + 2, first);
    raw_client_advance_ms(server, &client, 60);
    assert_int_equal(server->match.sim.world.rewinds[0], 0);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

// ------------------------------------------------------------------ coming and going

static void leave(VirtualServer *server, RawClient *client) {
    transport_disconnect(client->transport, transport_server_peer(client->transport),
                         REASON_CLIENT_LEFT);
    raw_client_advance_ms(server, client, 20);
    transport_close(client->transport);
}

// Fires all its weapons with an input a tick.
static void fire_for(VirtualServer *server, RawClient *client, uint32_t ticks) {
    const World *world = &server->match.sim.world;
    for (uint32_t last = world->tick; ticks > 0;) {
        raw_client_advance_ms(server, client, 1);
        if (world->tick != last) {
            last = world->tick;
            ticks--;
            const InputMessage input = {
                .newest_tick = last + 2, .count = 1, .inputs = {{.buttons = INPUT_MISSILE}}};
            uint8_t buffer[PAYLOAD_BYTES_MAX];
            raw_client_send(client, TRANSPORT_UNSEQUENCED, buffer, input_write(buffer, &input));
        }
    }
}

static void reconnecting_gains_no_shots(void **state) {
    (void)state;
    const uint32_t ticks = 720;
    uint64_t launched[2];
    for (int reconnects = 0; reconnects < 2; reconnects++) {
        VirtualServer *server = raw_client_server();
        RawClient client = raw_client_join(server);
        const uint32_t end_tick = server->match.sim.world.tick + ticks;
        while (server->match.sim.world.tick < end_tick) {
            fire_for(server, &client, 12);
            if (reconnects) {
                leave(server, &client);
                assert_int_equal(world_count_living(&server->match.sim.world, ENTITY_MISSILE), 0);
                client = raw_client_join(server);
            }
        }
        launched[reconnects] = server->match.sim.world.counters.missiles_launched;
        assert_int_equal(server->match.sim.world.counters.missiles_refused, 0);
        assert_null(world_validate(&server->match.sim.world).what);
        transport_close(client.transport);
        virtual_server_destroy(server);
    }
    assert_true(launched[0] >= 10);
    assert_true(launched[1] <= launched[0] / 2);
}

static void a_reconnected_player_waits_as_one_who_died(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    assert_true(ship_is_alive(&server->match.sim.world.ships[0]));
    fire_for(server, &client, 3);
    leave(server, &client);
    client = raw_client_join(server);
    assert_true(client.is_welcomed);
    assert_false(ship_is_alive(&server->match.sim.world.ships[0]));
    raw_client_advance_ms(server, &client, 1000);
    assert_false(ship_is_alive(&client.own));
    assert_true(client.own.respawn_ticks > 0);
    // A second player does not wait: one has left, and one wait was claimed.
    RawClient other = raw_client_open(server);
    raw_client_advance_ms(server, &other, 50);
    raw_client_say_hello(&other);
    raw_client_advance_ms(server, &other, 100);
    assert_true(ship_is_alive(&server->match.sim.world.ships[1]));
    raw_client_poll(&client, virtual_server_now_ns(server));
    raw_client_advance_ms(server, &client, 1000);
    assert_true(ship_is_alive(&client.own));
    transport_close(client.transport);
    transport_close(other.transport);
    virtual_server_destroy(server);
}

static void a_join_and_leave_in_one_tick_does_not_shorten_the_wait(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    const uint32_t left_tick = server->match.sim.world.tick;
    leave(server, &client);
    for (int visit = 0; visit < 5; visit++) {
        client = raw_client_join(server);
        assert_true(server->match.sim.world.tick < left_tick + SHIP_RESPAWN_TICKS);
        assert_false(ship_is_alive(&server->match.sim.world.ships[0]));
        leave(server, &client);
    }
    client = raw_client_join(server);
    raw_client_advance_ms(server, &client, 2100);
    assert_true(ship_is_alive(&server->match.sim.world.ships[0]));
    transport_close(client.transport);
    virtual_server_destroy(server);
}

// Five lines at once and one every two seconds, however often it reconnects.
static void reconnecting_does_not_renew_the_chat_allowance(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    const uint64_t start_ns = virtual_server_now_ns(server);
    for (int visit = 0; visit < 20; visit++) {
        RawClient client = raw_client_join(server);
        for (int line = 0; line < 6; line++) {
            uint8_t buffer[PAYLOAD_BYTES_MAX];
            raw_client_send(&client, TRANSPORT_RELIABLE, buffer, chat_write(buffer, "buy this"));
        }
        raw_client_advance_ms(server, &client, 50);
        leave(server, &client);
    }
    const uint64_t periods = (virtual_server_now_ns(server) - start_ns) / CHAT_PERIOD_NS;
    assert_in_range(server->match.broadcast.events[EVENT_CHAT], CHAT_BURST,
                    CHAT_BURST + periods + 1);
    virtual_server_destroy(server);
}

static int set_up(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_choice_of_snapshot_or_view_gains_rewind),
        cmocka_unit_test(naming_a_snapshot_never_sent_is_an_offence_and_gains_nothing),
        cmocka_unit_test(one_offence_is_counted_and_forgiven),
        cmocka_unit_test(without_an_acknowledgement_the_latency_is_zero),
        cmocka_unit_test(reconnecting_gains_no_shots),
        cmocka_unit_test(a_reconnected_player_waits_as_one_who_died),
        cmocka_unit_test(a_join_and_leave_in_one_tick_does_not_shorten_the_wait),
        cmocka_unit_test(reconnecting_does_not_renew_the_chat_allowance),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
