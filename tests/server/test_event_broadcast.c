// SPDX-License-Identifier: MIT
#include "server/sim/event_broadcast.h"

#include <string.h>

#include "server/allocation_count.h"
#include "support.h"
#include "wire/reason.h"

#define PLAYERS  40
#define INTERVAL 15

// A world without a sim: ships do not move, and the tests add the deaths.
typedef struct Fixture {
    EventBroadcast broadcast;
    SessionTable sessions;
    World world;
    EventBatch batch; // the last one received
    uint32_t messages[PLAYERS];
    uint32_t received[PLAYERS][EVENT_TYPE_COUNT];
    bool is_blocked[PLAYERS]; // its queue is full
    Scores scores[PLAYERS];
    uint32_t in_view[PLAYERS][4]; // other players
    uint32_t in_view_count[PLAYERS];
} Fixture;

static const EventPlayer *player_of(const Fixture *fixture, uint32_t index) {
    return name_table_player(&fixture->sessions.names, index);
}

static Session *join(Fixture *fixture, const char *name) {
    char clean[PLAYER_NAME_BYTES + 1] = {0};
    memcpy(clean, name, strlen(name));
    Session *session = session_open(&fixture->sessions, 0, 0x10000 + fixture->sessions.count, clean,
                                    fixture->world.tick + 1);
    assert_non_null(session);
    session->state = SESSION_PLAYING;
    event_broadcast_open(&fixture->broadcast, session->index);
    event_broadcast_join(&fixture->broadcast, fixture->world.tick + 1,
                         player_of(fixture, session->index));
    return session;
}

static Fixture *create_fixture(uint32_t players) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_true(event_broadcast_create(&fixture->broadcast, PLAYERS, 60));
    assert_true(session_table_create(&fixture->sessions, PLAYERS, 1));
    fixture->world.ships = calloc(PLAYERS, sizeof(Ship));
    assert_non_null(fixture->world.ships);
    for (uint32_t i = 0; i < players; i++) {
        char name[PLAYER_NAME_BYTES + 1];
        snprintf(name, sizeof name, "P%u", i);
        join(fixture, name);
    }
    return fixture;
}

static void destroy_fixture(Fixture *fixture) {
    event_broadcast_destroy(&fixture->broadcast);
    session_table_destroy(&fixture->sessions);
    free(fixture->world.ships);
    free(fixture);
}

static void receive(Fixture *fixture, uint32_t player, const uint8_t *data, size_t size) {
    EventBatch *batch = &fixture->batch;
    assert_true(event_batch_read(data, size, batch));
    assert_int_equal(batch->tick, fixture->world.tick);
    fixture->messages[player]++;
    for (uint32_t i = 0; i < batch->count; i++) {
        fixture->received[player][batch->events[i].type]++;
    }
    if (batch->has_scores) {
        fixture->scores[player] = batch->scores;
    }
}

static void tick(Fixture *fixture) {
    fixture->world.tick++;
    event_broadcast_tick(&fixture->broadcast, &fixture->world, &fixture->sessions);
    for (uint32_t i = 0; i < fixture->sessions.high_water; i++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        Session *session = &fixture->sessions.sessions[i];
        if (session->state != SESSION_PLAYING) {
            continue;
        }
        session->replica.names.unsent_count = fixture->in_view_count[i];
        memcpy(session->replica.names.unsent, fixture->in_view[i], sizeof fixture->in_view[i]);
        const size_t size =
            event_broadcast_write(&fixture->broadcast, session, fixture->world.tick, buffer);
        if (size > 0 && !fixture->is_blocked[i]) {
            event_broadcast_confirm(&fixture->broadcast, session);
            receive(fixture, i, buffer, size);
        }
    }
    death_list_clear(&fixture->world.deaths);
}

static void run(Fixture *fixture, uint32_t ticks) {
    for (uint32_t i = 0; i < ticks; i++) {
        tick(fixture);
    }
}

static void forget(Fixture *fixture) {
    memset(fixture->messages, 0, sizeof fixture->messages);
    memset(fixture->received, 0, sizeof fixture->received);
}

static void kill(Fixture *fixture, uint32_t victim, uint32_t killer) {
    death_list_add(&fixture->world.deaths, (Death){victim, killer, DEATH_PULSE});
}

static void every_player_receives_a_join_once_within_two_periods(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(8);
    run(fixture, 2 * INTERVAL);
    forget(fixture);
    join(fixture, "Visitor");
    run(fixture, 2 * INTERVAL);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(fixture->received[i][EVENT_JOIN], 1);
        assert_true(fixture->messages[i] <= 2); // the scores may come separately
    }
    assert_string_equal(fixture->batch.events[0].player.name, "Visitor");
    run(fixture, 4 * INTERVAL);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(fixture->received[i][EVENT_JOIN], 1);
    }
    assert_int_equal(fixture->broadcast.events[EVENT_JOIN], 9);
    destroy_fixture(fixture);
}

static void many_joins_share_a_message(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4);
    run(fixture, 4 * INTERVAL);
    forget(fixture);
    for (uint32_t i = 0; i < 30; i++) {
        join(fixture, "Visitor");
        tick(fixture);
    }
    run(fixture, 3 * INTERVAL);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(fixture->received[i][EVENT_JOIN], 30);
        assert_true(fixture->messages[i] <= 5);
    }
    destroy_fixture(fixture);
}

static void a_leave_carries_the_name_and_the_reason(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(3);
    run(fixture, 2 * INTERVAL);
    Session *session = &fixture->sessions.sessions[2];
    event_broadcast_leave(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, 2),
                          REASON_TIMED_OUT);
    session_close(&fixture->sessions, session);
    // The next player at the index is not mistaken for the one who left.
    join(fixture, "Heir");
    const uint32_t left_tick = fixture->world.tick + 1;
    while (fixture->received[1][EVENT_LEAVE] == 0) {
        tick(fixture);
    }
    const Event *leave = &fixture->batch.events[0];
    assert_int_equal(leave->type, EVENT_LEAVE);
    assert_int_equal(leave->tick, left_tick);
    assert_int_equal(leave->player.index, 2);
    assert_string_equal(leave->player.name, "P2");
    assert_int_equal(leave->reason, REASON_TIMED_OUT);
    destroy_fixture(fixture);
}

static void kills_reach_the_involved_at_once_and_watchers_within_a_period(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4);
    Ship *ships = fixture->world.ships;
    ships[1].motion.x = 5000 * UNIT; // the killer is far away
    ships[2].motion.x = 500 * UNIT;
    ships[3].motion.y = 2000 * UNIT;
    run(fixture, 2 * INTERVAL);
    for (uint32_t phase = 0; phase < INTERVAL; phase++) {
        forget(fixture);
        kill(fixture, 0, 1);
        tick(fixture);
        assert_int_equal(fixture->received[0][EVENT_KILL], 1);
        assert_int_equal(fixture->received[1][EVENT_KILL], 1);
        run(fixture, 2 * INTERVAL);
        assert_int_equal(fixture->received[0][EVENT_KILL], 1);
        assert_int_equal(fixture->received[1][EVENT_KILL], 1);
        assert_int_equal(fixture->received[2][EVENT_KILL], 1);
        assert_int_equal(fixture->received[3][EVENT_KILL], 0);
        tick(fixture);
    }
    assert_int_equal(fixture->broadcast.dropped[EVENT_KILL], 0);
    destroy_fixture(fixture);
}

static void a_kill_carries_victim_killer_and_cause(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(4);
    run(fixture, 2 * INTERVAL);
    kill(fixture, 2, 1);
    tick(fixture);
    const Event *event = &fixture->batch.events[0];
    assert_int_equal(event->type, EVENT_KILL);
    assert_int_equal(event->player.index, 2);
    assert_string_equal(event->player.name, "P2");
    assert_true(event->has_killer);
    assert_int_equal(event->killer.index, 1);
    assert_string_equal(event->killer.name, "P1");
    assert_int_equal(event->cause, DEATH_PULSE);
    run(fixture, 2 * INTERVAL);
    kill(fixture, 3, DEATH_BY_NOBODY);
    tick(fixture);
    assert_int_equal(fixture->batch.events[0].player.index, 3);
    assert_false(fixture->batch.events[0].has_killer);
    destroy_fixture(fixture);
}

static void many_kills_cost_a_watcher_four_messages_a_second(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(PLAYERS);
    run(fixture, 4 * INTERVAL);
    forget(fixture);
    const uint32_t seconds = 5;
    for (uint32_t i = 0; i < seconds * 60; i++) {
        kill(fixture, 1 + i % 3, 4 + i % 2);
        tick(fixture);
    }
    run(fixture, 2 * INTERVAL);
    for (uint32_t i = 6; i < PLAYERS; i++) {
        assert_int_equal(fixture->received[i][EVENT_KILL], seconds * 60);
        assert_true(fixture->messages[i] <= 4 * seconds + 3);
    }
    assert_int_equal(fixture->broadcast.dropped[EVENT_KILL], 0);
    destroy_fixture(fixture);
}

static void more_kills_than_are_kept_are_counted_as_dropped(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(3);
    run(fixture, 2 * INTERVAL);
    forget(fixture);
    fixture->is_blocked[2] = true;
    for (uint32_t i = 0; i < BROADCAST_KILLS_MAX + 10; i++) {
        kill(fixture, 0, 1);
        tick(fixture);
    }
    assert_int_equal(fixture->broadcast.dropped[EVENT_KILL], 10);
    fixture->is_blocked[2] = false;
    run(fixture, 3 * INTERVAL);
    assert_int_equal(fixture->received[2][EVENT_KILL], BROADCAST_KILLS_MAX);
    assert_int_equal(fixture->received[0][EVENT_KILL], BROADCAST_KILLS_MAX + 10);
    destroy_fixture(fixture);
}

static void a_new_player_at_a_used_index_gets_no_kills_of_the_old_one(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(3);
    run(fixture, 2 * INTERVAL);
    fixture->is_blocked[2] = true;
    kill(fixture, 0, 1);
    tick(fixture);
    session_close(&fixture->sessions, &fixture->sessions.sessions[2]);
    fixture->is_blocked[2] = false;
    assert_int_equal(join(fixture, "Next")->index, 2);
    forget(fixture);
    for (uint32_t i = 0; i < BROADCAST_KILLS_MAX + 10; i++) {
        kill(fixture, 0, 1);
        tick(fixture);
    }
    run(fixture, 2 * INTERVAL);
    assert_int_equal(fixture->received[2][EVENT_KILL], BROADCAST_KILLS_MAX + 10);
    assert_int_equal(fixture->broadcast.dropped[EVENT_KILL], 0);
    for (uint32_t i = 0; i < BROADCAST_KILLS_MAX; i++) {
        assert_int_equal(fixture->broadcast.kill_waits[i], 0);
    }
    destroy_fixture(fixture);
}

static void more_deaths_than_a_tick_lists_are_counted_as_dropped(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2);
    for (uint32_t i = 0; i < DEATHS_MAX + 5; i++) {
        kill(fixture, 0, DEATH_BY_NOBODY);
    }
    tick(fixture);
    assert_int_equal(fixture->broadcast.events[EVENT_KILL], DEATHS_MAX + 5);
    assert_int_equal(fixture->broadcast.dropped[EVENT_KILL], 5);
    destroy_fixture(fixture);
}

static void chat_goes_before_joins_and_in_order(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2);
    run(fixture, 2 * INTERVAL);
    forget(fixture);
    for (uint32_t i = 0; i < 100; i++) {
        event_broadcast_join(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, 1));
    }
    for (uint32_t i = 0; i < 5; i++) {
        char text[CHAT_TEXT_BYTES + 1] = {0};
        snprintf(text, sizeof text, "line %u", i);
        event_broadcast_say(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, 1),
                            text);
    }
    while (fixture->received[0][EVENT_CHAT] == 0) {
        tick(fixture);
    }
    assert_int_equal(fixture->received[0][EVENT_CHAT], 5);
    for (uint32_t i = 0; i < 5; i++) {
        char text[CHAT_TEXT_BYTES + 1];
        snprintf(text, sizeof text, "line %u", i);
        assert_int_equal(fixture->batch.events[i].type, EVENT_CHAT);
        assert_string_equal(fixture->batch.events[i].text, text);
    }
    run(fixture, 3 * INTERVAL);
    assert_int_equal(fixture->received[0][EVENT_JOIN], 100);
    destroy_fixture(fixture);
}

static void names_are_sent_once_with_the_sessions_turn(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(6);
    run(fixture, 4 * INTERVAL);
    forget(fixture);
    const Session *session = &fixture->sessions.sessions[4];
    fixture->in_view_count[4] = 3;
    memcpy(fixture->in_view[4], (const uint32_t[]){0, 2, 5}, 3 * sizeof(uint32_t));
    fixture->is_blocked[4] = true;
    run(fixture, INTERVAL);
    assert_false(name_sync_is_sent(&session->replica.names, 2));
    fixture->is_blocked[4] = false;
    run(fixture, 3 * INTERVAL);
    assert_int_equal(fixture->messages[4], 1);
    assert_int_equal(fixture->received[4][EVENT_NAME], 3);
    assert_int_equal(fixture->batch.events[1].player.index, 2);
    assert_string_equal(fixture->batch.events[1].player.name, "P2");
    assert_true(name_sync_is_sent(&session->replica.names, 0) &&
                name_sync_is_sent(&session->replica.names, 2) &&
                name_sync_is_sent(&session->replica.names, 5));
    assert_false(name_sync_is_sent(&session->replica.names, 1));
    assert_int_equal(fixture->messages[3], 0);
    destroy_fixture(fixture);
}

// Each of the players in view in turn is the one without a name.
static void a_single_missing_name_is_sent_at_any_position(void **state) {
    (void)state;
    for (uint32_t lacking = 0; lacking < 3; lacking++) {
        Fixture *fixture = create_fixture(5);
        run(fixture, 3 * INTERVAL);
        forget(fixture);
        for (uint32_t i = 0; i < 3; i++) {
            fixture->in_view[4][i] = i;
            if (i != lacking) {
                name_sync_mark_sent(&fixture->sessions.sessions[4].replica.names, i);
            }
        }
        fixture->in_view_count[4] = 3;
        run(fixture, 2 * INTERVAL);
        assert_int_equal(fixture->received[4][EVENT_NAME], 1);
        assert_true(name_sync_is_sent(&fixture->sessions.sessions[4].replica.names, lacking));
        destroy_fixture(fixture);
    }
}

static void an_event_is_sent_up_to_its_age_limit_and_dropped_one_tick_later(void **state) {
    (void)state;
    for (uint32_t age = BROADCAST_AGE_MAX_TICKS - 1; age <= BROADCAST_AGE_MAX_TICKS + 1; age++) {
        Fixture *fixture = create_fixture(2);
        run(fixture, 1000);
        while (fixture->world.tick - fixture->broadcast.period_start_tick != INTERVAL - 1) {
            tick(fixture);
        }
        forget(fixture);
        const uint32_t period_tick = fixture->world.tick + 1; // in which the next period begins
        event_broadcast_say(&fixture->broadcast, period_tick - age, player_of(fixture, 0), "old");
        run(fixture, 2 * INTERVAL);
        const bool is_too_old = age > BROADCAST_AGE_MAX_TICKS;
        assert_int_equal(fixture->received[1][EVENT_CHAT], !is_too_old);
        assert_int_equal(fixture->broadcast.dropped[EVENT_CHAT], is_too_old);
        destroy_fixture(fixture);
    }
}

static void full_queues_are_counted_by_type(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(1);
    run(fixture, 2 * INTERVAL);
    const EventPlayer *player = player_of(fixture, 0);
    for (uint32_t i = 0; i < BROADCAST_CHATS_MAX + 3; i++) {
        event_broadcast_say(&fixture->broadcast, fixture->world.tick + 1, player, "hello");
    }
    for (uint32_t i = 0; i < BROADCAST_MOVES_MAX + 7; i++) {
        event_broadcast_join(&fixture->broadcast, fixture->world.tick + 1, player);
    }
    assert_int_equal(fixture->broadcast.dropped[EVENT_CHAT], 3);
    assert_int_equal(fixture->broadcast.dropped[EVENT_JOIN], 7);
    destroy_fixture(fixture);
}

static void a_block_lost_to_a_full_queue_is_counted_as_dropped(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2);
    run(fixture, 3 * INTERVAL);
    fixture->is_blocked[1] = true;
    event_broadcast_say(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, 0), "hi");
    run(fixture, 3 * INTERVAL);
    assert_int_equal(fixture->received[0][EVENT_CHAT], 1);
    assert_int_equal(fixture->broadcast.dropped[EVENT_CHAT], 1);
    destroy_fixture(fixture);
}

static void the_best_ten_are_sent_in_order_and_only_when_they_change(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(PLAYERS);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        fixture->world.ships[i].score = i * 37 % 40;
        fixture->world.ships[i].kills = i;
    }
    run(fixture, 120);
    forget(fixture);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const Scores *scores = &fixture->scores[i];
        assert_int_equal(scores->count, SCORES_MAX);
        for (uint32_t k = 0; k < SCORES_MAX; k++) {
            assert_int_equal(scores->rows[k].score, 39 - k);
        }
    }
    run(fixture, 300);
    assert_int_equal(fixture->messages[5], 0);
    fixture->world.ships[0].score = 1000000;
    run(fixture, 90);
    assert_int_equal(fixture->scores[5].rows[0].player.index, 0);
    assert_int_equal(fixture->messages[5], 1);
    // A new player gets them though they have not changed.
    session_close(&fixture->sessions, &fixture->sessions.sessions[39]);
    memset(&fixture->scores[39], 0, sizeof(Scores));
    fixture->world.ships[39].score = 0;
    run(fixture, 90);
    join(fixture, "Late");
    run(fixture, 2 * INTERVAL);
    assert_int_equal(fixture->scores[39].count, SCORES_MAX);
    destroy_fixture(fixture);
}

static void scores_that_change_in_each_tick_are_collected_once_a_second(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2);
    uint32_t collected_tick = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < 600; i++) {
        fixture->world.ships[0].score++;
        const uint32_t version = fixture->broadcast.scores_version;
        tick(fixture);
        if (fixture->broadcast.scores_version != version) {
            assert_true(count == 0 || fixture->world.tick - collected_tick == 60);
            collected_tick = fixture->world.tick;
            count++;
        }
    }
    assert_int_equal(count, 10);
    destroy_fixture(fixture);
}

static void a_steady_broadcast_allocates_nothing(void **state) {
    (void)state;
    if (!allocation_count_works()) {
        skip();
    }
    Fixture *fixture = create_fixture(PLAYERS);
    run(fixture, 60);
    const uint64_t before = allocation_count();
    for (uint32_t i = 0; i < 300; i++) {
        kill(fixture, i % PLAYERS, DEATH_BY_NOBODY);
        event_broadcast_say(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, 0),
                            "again");
        tick(fixture);
    }
    assert_int_equal(allocation_count() - before, 0);
    destroy_fixture(fixture);
}

// For each set of sessions that miss the block; the empty set loses nothing.
static void a_block_that_several_sessions_missed_counts_once(void **state) {
    (void)state;
    for (uint32_t who = 0; who < 8; who++) { // as bits
        Fixture *fixture = create_fixture(3);
        run(fixture, 3 * INTERVAL);
        forget(fixture);
        for (uint32_t i = 0; i < 3; i++) {
            fixture->is_blocked[i] = (who >> i & 1) != 0;
        }
        for (uint32_t i = 0; i < 2; i++) {
            event_broadcast_say(&fixture->broadcast, fixture->world.tick + 1, player_of(fixture, i),
                                "hi");
        }
        run(fixture, 3 * INTERVAL);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(fixture->received[i][EVENT_CHAT], fixture->is_blocked[i] ? 0 : 2);
        }
        assert_int_equal(fixture->broadcast.dropped[EVENT_CHAT], who != 0 ? 2 : 0);
        destroy_fixture(fixture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_player_receives_a_join_once_within_two_periods),
        cmocka_unit_test(many_joins_share_a_message),
        cmocka_unit_test(a_leave_carries_the_name_and_the_reason),
        cmocka_unit_test(kills_reach_the_involved_at_once_and_watchers_within_a_period),
        cmocka_unit_test(a_kill_carries_victim_killer_and_cause),
        cmocka_unit_test(many_kills_cost_a_watcher_four_messages_a_second),
        cmocka_unit_test(more_kills_than_are_kept_are_counted_as_dropped),
        cmocka_unit_test(a_new_player_at_a_used_index_gets_no_kills_of_the_old_one),
        cmocka_unit_test(more_deaths_than_a_tick_lists_are_counted_as_dropped),
        cmocka_unit_test(chat_goes_before_joins_and_in_order),
        cmocka_unit_test(names_are_sent_once_with_the_sessions_turn),
        cmocka_unit_test(a_single_missing_name_is_sent_at_any_position),
        cmocka_unit_test(an_event_is_sent_up_to_its_age_limit_and_dropped_one_tick_later),
        cmocka_unit_test(full_queues_are_counted_by_type),
        cmocka_unit_test(a_block_lost_to_a_full_queue_is_counted_as_dropped),
        cmocka_unit_test(the_best_ten_are_sent_in_order_and_only_when_they_change),
        cmocka_unit_test(scores_that_change_in_each_tick_are_collected_once_a_second),
        cmocka_unit_test(a_steady_broadcast_allocates_nothing),
        cmocka_unit_test(a_block_that_several_sessions_missed_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
