// SPDX-License-Identifier: MIT
// bench_player_visit.c -- the sim thread's cost of a player's join and leave.
//
// All places but one are occupied, and the free place differs each time, so that the search for it
// takes longest. Messages and queues are not included: their cost does not depend on the number of
// players.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "game/world.h"
#include "server/sim/event_broadcast.h"
#include "server/sim/session.h"
#include "tools/bench/bench_cases.h"

#define SEED    7
#define DRONES  1000
#define VISITS  200  // per repetition
#define STRIDE  1237 // from one lobby to the next; prime
#define TICK_HZ 60

typedef struct Lobby {
    World world;
    SessionTable sessions;
    EventBroadcast broadcast;
    uint32_t players;
} Lobby;

static const char NAME[PLAYER_NAME_BYTES + 1] = "Bench";

static void come(Lobby *lobby, uint32_t number) {
    Session *session =
        session_open(&lobby->sessions, 0, 0x10000 + number % SESSION_PEER_SLOTS, NAME, 1);
    event_broadcast_open(&lobby->broadcast, session->index);
    event_broadcast_join(&lobby->broadcast, 1,
                         name_table_player(&lobby->sessions.names, session->index));
    world_join(&lobby->world, session->index);
}

static void go(Lobby *lobby, uint32_t index) {
    Session *session = &lobby->sessions.sessions[index];
    event_broadcast_leave(&lobby->broadcast, 1, name_table_player(&lobby->sessions.names, index),
                          1);
    world_leave(&lobby->world, index);
    session_close(&lobby->sessions, session);
}

static bool open_lobby(Lobby *lobby, uint32_t players) {
    ArenaFile file = {.spec = {.name = "bench", .seed = SEED}};
    arena_file_resolve(&file, DRONES, players);
    const WorldConfig config = {
        .arena = file.spec, .seed = SEED, .drone_count = DRONES, .ship_capacity = players};
    memset(lobby, 0, sizeof *lobby);
    lobby->players = players;
    return world_create(&lobby->world, &config) &&
           session_table_create(&lobby->sessions, players, 1) &&
           event_broadcast_create(&lobby->broadcast, players, TICK_HZ);
}

static void close_lobby(Lobby *lobby) {
    event_broadcast_destroy(&lobby->broadcast);
    session_table_destroy(&lobby->sessions);
    world_destroy(&lobby->world);
}

static void measure(Bench *bench, uint32_t players) {
    static Lobby lobby;
    double samples[BENCH_REPETITIONS_MAX];
    char name[64];
    snprintf(name, sizeof name, "player_visit/%u", players);
    if (!open_lobby(&lobby, players)) {
        bench_fail(bench, name, "not enough memory");
        close_lobby(&lobby);
        return;
    }
    for (uint32_t i = 0; i < players; i++) {
        come(&lobby, i);
    }
    uint32_t index = 0;
    for (uint32_t k = 0; k < bench->repetitions; k++) {
        const uint64_t start_ns = clock_thread_cpu_ns();
        for (uint32_t i = 0; i < VISITS; i++) {
            index = (index + STRIDE) % players;
            go(&lobby, index);
            come(&lobby, index);
        }
        samples[k] = (double)(clock_thread_cpu_ns() - start_ns) / VISITS;
    }
    bench_record(bench, name, "ns/visit", samples, bench->repetitions);
    close_lobby(&lobby);
}

void bench_player_visit(Bench *bench) {
    const uint32_t players[] = {500, 1000, 4000};
    for (size_t i = 0; i < sizeof players / sizeof *players; i++) {
        measure(bench, players[i]);
    }
}
