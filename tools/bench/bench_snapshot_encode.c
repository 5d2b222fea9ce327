// SPDX-License-Identifier: MIT
// bench_snapshot_encode.c -- what one client's snapshot costs: interest, then encoding, on one
// core.
//
// Every client is due once per round of three ticks, as in the server, and has acknowledged the
// snapshot before. Times are CPU time of the thread, so that whatever else runs disturbs little.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "server/encode.h"
#include "server/interest.h"
#include "server/sim.h"
#include "tools/bench/bench_cases.h"
#include "wire/snapshot.h"

#define SEED           7
#define DRONES         20000
#define INTERVAL_TICKS 3
#define WARM_UP_ROUNDS 20

typedef struct Stage {
    Sim sim;
    SessionTable sessions;
    InterestScratch scratch;
    ShipInput *inputs;
    uint32_t client_count;
    // Of the last round.
    uint64_t interest_ns;
    uint64_t encode_ns;
    uint64_t entities;
    uint64_t bytes;
} Stage;

static bool create_stage(Stage *stage, uint32_t client_count) {
    ArenaFile file = {.spec = {.name = "bench", .seed = SEED}};
    arena_file_resolve(&file, DRONES, client_count);
    const SimConfig config = {file.spec, SEED, DRONES, client_count, 1};
    memset(stage, 0, sizeof *stage);
    stage->client_count = client_count;
    stage->inputs = calloc(client_count, sizeof *stage->inputs);
    return stage->inputs != NULL && sim_create(&stage->sim, &config) &&
           session_table_create(&stage->sessions, client_count, 1) &&
           interest_scratch_create(&stage->scratch, world_slot_count(&stage->sim.world));
}

static void destroy_stage(Stage *stage) {
    interest_scratch_destroy(&stage->scratch);
    session_table_destroy(&stage->sessions);
    sim_destroy(&stage->sim);
    free(stage->inputs);
}

static void join_all(Stage *stage) {
    const char name[PLAYER_NAME_BYTES + 1] = "Bench";
    for (uint32_t i = 0; i < stage->client_count; i++) {
        const SimCommand join = {SIM_JOIN, i};
        // Handles of two loops' worth of peers; nobody looks them up here.
        session_open(&stage->sessions, 0, 0x10000 + i % SESSION_PEER_SLOTS, name, 1);
        if (i % 100 == 0) {
            sim_tick(&stage->sim, &(SimInputs){.commands = &join, .command_count = 1});
        } else {
            world_join(&stage->sim.world, i);
        }
    }
}

// Ships fly straight on for a second or so, then turn.
static void steer(Stage *stage) {
    for (uint32_t i = 0; i < stage->client_count; i++) {
        const uint64_t draw = rng_hash(SEED, (stage->sim.world.tick + i) / 64, i, 1);
        stage->inputs[i] = (ShipInput){
            .aim = (uint16_t)(draw >> 8),
            .buttons = (uint8_t)(draw & (INPUT_UP | INPUT_DOWN | INPUT_LEFT | INPUT_RIGHT))};
    }
}

static void replicate(Stage *stage) {
    const World *world = &stage->sim.world;
    const EntityRecord *records = history_at(&stage->sim.history, world->tick);
    const InterestWorld look = {records, stage->sim.grid, &world->ranges, world->tick,
                                VIEW_ENTRIES_MAX};
    const EncodeFrame frame = {.records = records,
                               .history = &stage->sim.history,
                               .ranges = &world->ranges,
                               .tick = world->tick,
                               .budget_bytes = PAYLOAD_BYTES_MAX,
                               .client_count = stage->client_count};
    for (uint32_t first = 0; first < stage->client_count; first += 8) {
        const uint32_t last = first + 8 < stage->client_count ? first + 8 : stage->client_count;
        const uint64_t start_ns = clock_thread_cpu_ns();
        for (uint32_t i = first; i < last; i++) {
            const Motion *motion = &world->ships[i].motion;
            interest_update(&stage->sessions.sessions[i], &look, motion->x >> RECORD_SHIFT,
                            motion->y >> RECORD_SHIFT, &stage->scratch);
        }
        const uint64_t middle_ns = clock_thread_cpu_ns();
        for (uint32_t i = first; i < last; i++) {
            encode_snapshot(&stage->sessions.sessions[i], &frame, &world->ships[i]);
        }
        stage->encode_ns += clock_thread_cpu_ns() - middle_ns;
        stage->interest_ns += middle_ns - start_ns;
    }
}

static void run_round(Stage *stage) {
    for (uint32_t i = 0; i < INTERVAL_TICKS; i++) {
        steer(stage);
        sim_tick(&stage->sim, &(SimInputs){.ship_inputs = stage->inputs});
    }
    stage->interest_ns = 0;
    stage->encode_ns = 0;
    stage->entities = 0;
    stage->bytes = 0;
    replicate(stage);
    for (uint32_t i = 0; i < stage->client_count; i++) {
        Session *session = &stage->sessions.sessions[i];
        session_acknowledge(session, (uint16_t)(session->next_sequence - 1), 0);
        stage->entities += session->snapshot_entities;
        stage->bytes += session->snapshot_size;
    }
}

static void run_size(Bench *bench, uint32_t client_count) {
    static Stage stage;
    static double samples[5][BENCH_REPETITIONS_MAX];
    static const char *const figures[5][2] = {{"interest", "ns/client"},
                                              {"encode", "ns/client"},
                                              {"both", "ns/client"},
                                              {"entities", "/snapshot"},
                                              {"size", "bytes/snapshot"}};
    char name[64];
    if (!create_stage(&stage, client_count)) {
        snprintf(name, sizeof name, "snapshot_encode/%u", client_count);
        bench_fail(bench, name, "not enough memory");
        destroy_stage(&stage);
        return;
    }
    join_all(&stage);
    for (uint32_t i = 0; i < WARM_UP_ROUNDS + bench->repetitions; i++) {
        run_round(&stage);
        if (i >= WARM_UP_ROUNDS) {
            const uint32_t k = i - WARM_UP_ROUNDS;
            const double clients = client_count;
            samples[0][k] = (double)stage.interest_ns / clients;
            samples[1][k] = (double)stage.encode_ns / clients;
            samples[2][k] = samples[0][k] + samples[1][k];
            samples[3][k] = (double)stage.entities / clients;
            samples[4][k] = (double)stage.bytes / clients;
        }
    }
    for (size_t figure = 0; figure < 5; figure++) {
        snprintf(name, sizeof name, "snapshot_encode/%u/%s", client_count, figures[figure][0]);
        bench_record(bench, name, figures[figure][1], samples[figure], bench->repetitions);
    }
    destroy_stage(&stage);
}

void bench_snapshot_encode(Bench *bench) {
    static const uint32_t sizes[] = {250, 500, 1000, 2000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        run_size(bench, sizes[i]);
    }
}
