// SPDX-License-Identifier: MIT
// test_validate.c -- every check of a match finds the fault that is planted for it, says where, and
//                    ends a program that checks in every tick.
#include "thread_rules.h"

#include "base/clock.h"
#include "server/sim/match.h"

#define PLAYERS    8
#define DRONES     3000
#define TICK_NS    (NS_PER_S / 60)
#define PEER_OF(i) (0x10000u + (i))

typedef struct Game {
    SimQueues queues;
    Metrics *metrics;
    Match match;
    uint64_t now_ns;
} Game;

static Game g_game;

static void drain(void) {
    while (sim_queues_peek(&g_game.queues.to_net) != NULL) {
        spsc_queue_pop(&g_game.queues.to_net);
    }
}

static void tick(void) {
    g_game.now_ns += TICK_NS;
    match_tick(&g_game.match, g_game.now_ns, g_game.now_ns);
}

// Everybody has every snapshot that was sent.
static void acknowledge_all(void) {
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const ReplicaState *state = &g_game.match.sessions.sessions[i].replica;
        InputMessage input = {.newest_tick = g_game.match.sim.world.tick + 3, .count = 1};
        if (state->sent_count > 0) {
            input.has_snapshot = true;
            input.snapshot_sequence = (uint16_t)(state->next_sequence - 1);
            input.snapshot_bits = UINT32_MAX;
            input.view_tick_q8 = g_game.match.sim.world.tick << 8;
        }
        assert_true(sim_queues_push_input(&g_game.queues, PEER_OF(i), g_game.now_ns, &input));
    }
}

static int set_up(void **state) {
    (void)state;
    g_game.now_ns = NS_PER_S;
    g_game.metrics = metrics_create(60, 1, 1);
    ArenaFile file = {.spec = {.name = "validate", .seed = 5}};
    arena_file_resolve(&file, DRONES, PLAYERS);
    const MatchConfig config = {.sim = {.arena = file.spec,
                                        .seed = 5,
                                        .drone_count = DRONES,
                                        .ship_capacity = PLAYERS,
                                        .worker_count = 1},
                                .tick_rate_hz = 60,
                                .snapshot_rate_hz = 20,
                                .budget_bytes = 600,
                                .loop_count = 1,
                                .queues = &g_game.queues,
                                .metrics = g_game.metrics};
    if (g_game.metrics == NULL || !sim_queues_create(&g_game.queues, PLAYERS) ||
        !match_create(&g_game.match, &config)) {
        return -1;
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        char name[PLAYER_NAME_BYTES + 1] = "a";
        sim_queues_push_join(&g_game.queues, PEER_OF(i), i, name, false);
    }
    for (uint32_t i = 0; i < 60; i++) {
        tick();
        acknowledge_all();
        drain();
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    match_destroy(&g_game.match);
    sim_queues_destroy(&g_game.queues);
    metrics_destroy(g_game.metrics);
    return 0;
}

// ------------------------------------------------------------------ the faults

static Session *session(uint32_t index) {
    return &g_game.match.sessions.sessions[index];
}

// A set of client 2 that its next snapshot may be made against.
static BaselineSpan *held_span(void) {
    const ReplicaState *state = &session(2)->replica;
    BaselineSpan *span =
        &session(2)->replica.baselines.spans[(state->next_sequence - 1) % BASELINE_SETS_MAX];
    assert_true(span->is_held && span->count > 3);
    return span;
}

static BaselineEntry *held_entries(void) {
    return &session(2)->replica.baselines.entries[held_span()->first];
}

static void overlap_sets(void) {
    ReplicaState *state = &session(2)->replica;
    BaselineSpan *before = &state->baselines.spans[(state->next_sequence - 2) % BASELINE_SETS_MAX];
    assert_true(before->is_held);
    *before = *held_span();
    before->sequence--;
}

static void give_too_high_age(void) {
    session(2)->replica.has_ages = true;
    session(2)->replica.ages[1] = UINT8_MAX;
}

static void schedule_twice(void) {
    SendSchedule *due = &g_game.match.replication.due;
    due->count = 2;
    due->indices[0] = 4;
    due->indices[1] = 4;
}

#define FAULTS(X)                                                                                  \
    X(drone_health, g_game.match.sim.world.drones[7].health = 0,                                   \
      ", drone 7: a drone's health is out of range")                                               \
    X(slot_set, g_game.match.sim.world.slots[ENTITY_DRONE].end--,                                  \
      "the end of the used slots is wrong")                                                        \
    X(phase, g_game.match.sim.world.phase = WORLD_INTERACT, ": the tick is not over")              \
    X(history, g_game.match.sim.history.ticks[3]++, ", place 3: a tick of the history is not")     \
    X(session_state, session(1)->state = SESSION_JOINING,                                          \
      ", session 1: a session's state is not that of the sets")                                    \
    X(session_active, session(1)->replica.is_active = false,                                       \
      ", session 1: snapshots go to a session that does not play")                                 \
    X(session_index, session(1)->index = 2, ", session 1: a session has another's index")          \
    X(session_peer, session(1)->peer = PEER_OF(2), ", session 1: a session's peer leads to")       \
    X(session_count, g_game.match.sessions.count++, ": the count of sessions is wrong")            \
    X(peer_count, g_game.match.sessions.by_peer[0][77] = 3, ": the count of sessions is wrong")    \
    X(input_slot, session(3)->inputs.slots[5] = ((InputSlot){.tick = 6, .is_filled = true}),       \
      ", session 3: an input is not in its slot")                                                  \
    X(input_reach, session(3)->inputs.next_tick += 200, ", session 3: an input is out of the")     \
    X(input_margin, session(3)->inputs.margin_q4 = 3000, ", session 3: an input's margin is out")  \
    X(sequence, session(2)->replica.next_sequence++, ", client 2: the next sequence is not")       \
    X(acknowledged, session(2)->replica.acked_bits |= 1ull << 60,                                  \
      ", client 2: a snapshot is acknowledged that was never sent")                                \
    X(tokens, session(2)->replica.token_bytes = PAYLOAD_BYTES_MAX + 1,                             \
      ", client 2: the budget has grown beyond one datagram")                                      \
    X(names, session(2)->replica.names.unsent_count = NAME_SYNC_UNSENT_MAX + 1,                    \
      ", client 2: more names are unsent or known than there are")                                 \
    X(set_order, held_entries()[1].slot = held_entries()[2].slot,                                  \
      ", client 2: a baseline set is not sorted, or has a slot twice")                             \
    X(set_generation, held_entries()[1].generation = 0,                                            \
      ", client 2: a baseline set has an entry without a generation")                              \
    X(set_place, held_span()->sequence++, ", client 2: a baseline set is not in its place")        \
    X(set_end, held_span()->first = BASELINE_RING_ENTRIES - 1,                                     \
      ", client 2: a baseline set passes the end of the ring")                                     \
    X(sets_overlap, overlap_sets(), ", client 2: two baseline sets overlap")                       \
    X(ring_reach, session(2)->replica.baselines.given_up -= 60,                                    \
      ", client 2: a baseline ring reaches too far back")                                          \
    X(ages, give_too_high_age(), ", client 2: an entry's age is out of range")                     \
    X(schedule, schedule_twice(), ": the send schedule has a client twice, or one that left")      \
    X(scratch, g_game.match.replication.workers[0].scratch.followed_bits[2] = 1,                   \
      ", slot 128: a slot is marked between two views")                                            \
    X(kill_waits, g_game.match.broadcast.kill_waits[9]++,                                          \
      ", kill 9: the count of those who wait for a kill is wrong")                                 \
    X(event_queue, g_game.match.broadcast.moves.count = BROADCAST_MOVES_MAX + 1,                   \
      ": a queue of events is longer than its room")                                               \
    X(to_sim,                                                                                      \
      atomic_store(&g_game.queues.to_sim.head, atomic_load(&g_game.queues.to_sim.head) + 4),       \
      ", net loop 0: a queue")                                                                     \
    X(to_net, atomic_store(&g_game.queues.to_net.head, SIZE_MAX / 2),                              \
      ", net loop 0: a queue's cursors are further apart than its capacity")

typedef struct PlantedFault {
    const char *name;
    void (*check)(void);
    const char *text;
} PlantedFault;

static void check(void) {
    const uint32_t tick = g_game.match.sim.world.tick;
    fault_check(tick, sim_validate(&g_game.match.sim));
    fault_check(tick, match_validate(&g_game.match));
}

#define FAULT_CALL(name, plant, text)                                                              \
    static void check_##name(void) {                                                               \
        plant;                                                                                     \
        check();                                                                                   \
    }
#define FAULT_ROW(name, plant, text) {#name, check_##name, text},

FAULTS(FAULT_CALL)

static void every_planted_fault_is_found_and_placed(void **state) {
    (void)state;
    static const PlantedFault faults[] = {FAULTS(FAULT_ROW)};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[1024];
        char wanted[16];
        thread_rules_abort_text(faults[i].check, THREAD_ANY, text, sizeof text);
        snprintf(wanted, sizeof wanted, "tick %u", g_game.match.sim.world.tick);
        if (strstr(text, wanted) != text || strstr(text, faults[i].text) == NULL) {
            fail_msg("%s: '%s'", faults[i].name, text);
        }
    }
}

static void a_game_without_a_fault_passes_every_tick(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 120; i++) {
        tick();
        check();
        if (i % 4 != 0) { // late acknowledgements: sets pile up in the ring
            acknowledge_all();
        }
        drain();
    }
}

// ------------------------------------------------------------------ every tick

static void tick_with_a_bad_drone(void) {
    g_game.match.sim.world.last_generations[g_game.match.sim.world.ranges.first[ENTITY_DRONE]]++;
    tick();
}

static void tick_with_a_bad_session(void) {
    g_game.match.sessions.by_peer[0][77] = 3;
    tick();
}

static void a_validating_build_ends_in_the_tick_of_the_fault(void **state) {
    (void)state;
    char text[1024];
    thread_rules_abort_text(tick_with_a_bad_drone, THREAD_ANY, text, sizeof text);
    assert_int_equal(strstr(text, "a generation is out of step") != NULL, VALIDATES);
    thread_rules_abort_text(tick_with_a_bad_session, THREAD_ANY, text, sizeof text);
    assert_int_equal(strstr(text, "the count of sessions is wrong") != NULL, VALIDATES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_planted_fault_is_found_and_placed),
        cmocka_unit_test(a_game_without_a_fault_passes_every_tick),
        cmocka_unit_test(a_validating_build_ends_in_the_tick_of_the_fault),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
