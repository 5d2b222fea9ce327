// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_group.h"

#include "base/clock.h"
#include "support.h"

#define BOTS   7u
#define GROUPS 3u

static Tally g_tally;
static bool g_can_add;

// A BotIo that moves nothing.
static bool add_nothing(BotIo *io, uint32_t bot, Transport *transport) {
    (void)io;
    (void)bot;
    (void)transport;
    return g_can_add;
}

typedef struct Fixture {
    LoadSpec spec;
    Behaviour behaviours[BOTS];
    SwarmPlan plan;
    BotIoMethods methods;
    BotIo io;
    BotGroup groups[GROUPS];
} Fixture;

// All bots are wanted in the first second, none afterwards.
static void create_fixture(Fixture *fixture, const char *address) {
    *fixture = (Fixture){
        .spec = {.port = 9, // discard: nobody listens there on loopback
                 .shape = {.stages = {{0, BOTS}, {NS_PER_S, BOTS}, {0, 0}}, .count = 3},
                 .thread_count = GROUPS,
                 .input_rate_hz = 20,
                 .connect_timeout_ns = NS_PER_S},
        .behaviours = {[1] = BEHAVIOUR_SPAM, [4] = BEHAVIOUR_SPAM},
        .methods = {.add = add_nothing},
    };
    fixture->io = (BotIo){.kind = BOT_IO_EPOLL, .methods = &fixture->methods};
    fixture->plan = (SwarmPlan){.spec = &fixture->spec,
                                .address = address,
                                .bot_count = BOTS,
                                .behaviours = fixture->behaviours,
                                .start_ns = clock_now_ns()};
    tally_reset(&g_tally);
    assert_int_equal(transport_initialize(), TRANSPORT_OK);
    for (uint32_t i = 0; i < GROUPS; i++) {
        assert_true(bot_group_init(&fixture->groups[i], &fixture->plan, i, &g_tally));
        fixture->groups[i].io = &fixture->io;
    }
}

static void destroy_fixture(Fixture *fixture) {
    for (uint32_t i = 0; i < GROUPS; i++) {
        bot_group_say_goodbye(&fixture->groups[i], fixture->plan.start_ns);
        bot_group_free(&fixture->groups[i]);
    }
    transport_deinitialize();
}

static void every_group_wants_its_share_of_the_target(void **state) {
    static const uint32_t shares[GROUPS] = {3, 2, 2};
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "127.0.0.1");
    for (uint32_t i = 0; i < GROUPS; i++) {
        BotGroup *group = &fixture.groups[i];
        assert_int_equal(group->count, shares[i]);
        bot_group_follow_shape(group, fixture.plan.start_ns);
        assert_int_equal(group->wanted, shares[i]);
        assert_int_equal(group->bots[1].index, i + GROUPS); // in the swarm
        bot_group_follow_shape(group, fixture.plan.start_ns + 2 * NS_PER_S);
        assert_int_equal(group->wanted, 0);
        assert_int_equal(group->due_ns[1], UINT64_MAX);
    }
    destroy_fixture(&fixture);
}

static void spammers_are_known_by_their_index_in_the_group(void **state) {
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "127.0.0.1");
    assert_int_equal(fixture.groups[0].spammer_count, 0);
    assert_int_equal(fixture.groups[1].spammer_count, 2); // bots 1 and 4
    assert_int_equal(fixture.groups[1].spammers[0], 0);
    assert_int_equal(fixture.groups[1].spammers[1], 1);
    destroy_fixture(&fixture);
}

static void a_wanted_bot_connects_and_is_polled_at_once(void **state) {
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "127.0.0.1");
    BotGroup *group = &fixture.groups[0];
    g_can_add = true;
    bot_group_follow_shape(group, fixture.plan.start_ns);
    bot_group_serve_due(group, fixture.plan.start_ns, UINT64_MAX);
    for (uint32_t i = 0; i < group->count; i++) {
        assert_int_equal(group->bots[i].state, BOT_CONNECTING);
        assert_true(group->due_ns[i] <= clock_now_ns());
    }
    assert_int_equal(group->open_error, TRANSPORT_OK);
    destroy_fixture(&fixture);
}

static void one_due_bot_is_served_even_without_time_left(void **state) {
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "127.0.0.1");
    BotGroup *group = &fixture.groups[0];
    g_can_add = true;
    bot_group_follow_shape(group, fixture.plan.start_ns);
    for (uint32_t i = 0; i < group->count; i++) {
        assert_int_equal(g_tally.attempted, i);
        bot_group_serve_due(group, fixture.plan.start_ns, 0);
    }
    assert_int_equal(g_tally.attempted, group->count);
    destroy_fixture(&fixture);
}

static void a_bot_whose_socket_cannot_be_watched_is_closed_and_reported(void **state) {
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "127.0.0.1");
    BotGroup *group = &fixture.groups[0];
    g_can_add = false;
    bot_group_follow_shape(group, fixture.plan.start_ns);
    bot_group_serve_due(group, fixture.plan.start_ns, 0);
    assert_int_equal(group->open_error, TRANSPORT_ERROR_RESOURCES);
    assert_int_equal(group->bots[0].state, BOT_ENDED);
    assert_int_equal(group->due_ns[0], UINT64_MAX);
    destroy_fixture(&fixture);
}

static void a_bot_without_a_socket_reports_why(void **state) {
    Fixture fixture;
    (void)state;
    create_fixture(&fixture, "300.0.0.1");
    BotGroup *group = &fixture.groups[0];
    bot_group_follow_shape(group, fixture.plan.start_ns);
    bot_group_serve_due(group, fixture.plan.start_ns, 0);
    assert_int_not_equal(group->open_error, TRANSPORT_OK);
    assert_int_equal(group->bots[0].state, BOT_ENDED);
    assert_int_equal(g_tally.attempted, 0);
    destroy_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_wants_its_share_of_the_target),
        cmocka_unit_test(spammers_are_known_by_their_index_in_the_group),
        cmocka_unit_test(a_wanted_bot_connects_and_is_polled_at_once),
        cmocka_unit_test(one_due_bot_is_served_even_without_time_left),
        cmocka_unit_test(a_bot_whose_socket_cannot_be_watched_is_closed_and_reported),
        cmocka_unit_test(a_bot_without_a_socket_reports_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
