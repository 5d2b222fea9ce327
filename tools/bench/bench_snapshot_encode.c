// SPDX-License-Identifier: MIT
// bench_snapshot_encode.c -- the cost of one client's snapshot: interest, then encoding, on one
// core.
//
// The replication of the server (server/replication/replication.h), with one worker: a third of the
// clients is due in each tick. All clients have acknowledged the snapshot before, or ("late") the
// fourth before it, as at a round trip of 200 ms. The clients of "verify" have requested checksums.
// In the spread arenas a screen shows about a hundred entities; in the crowd all are within 1,200
// units of the centre. Times are CPU time of the thread, so that other processes disturb little.
// Encoding includes the send schedule, and clearing and filling the cache of shared deltas.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "server/replication/replication.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "tools/bench/bench_cases.h"
#include "wire/snapshot.h"

#define SEED              7
#define DRONES            20000
#define CROWD_SIDE_UNITS  12000
#define CROWD_SPAWN_UNITS 1200
#define CROWD_NESTS       24
#define INTERVAL_TICKS    3
#define WARM_UP_ROUNDS    20
#define LATE_SNAPSHOTS    4

typedef struct Scene {
    const char *name;
    uint32_t client_count;
    bool is_crowd;
    uint32_t late_snapshots;  // how many more have left when a snapshot is acknowledged
    uint32_t verify_interval; // one in this many has a checksum; 0: none
} Scene;

// Per client and round, except for the first and the last two.
typedef enum Figure {
    FIGURE_INTEREST,
    FIGURE_ENCODE,
    FIGURE_BOTH,
    FIGURE_ALL_CLIENTS,
    FIGURE_ENTITIES,
    FIGURE_SIZE,
    FIGURE_HIT_RATE,
    FIGURE_PRODUCED,
    FIGURE_COUNT,
} Figure;

static const char *const figures[FIGURE_COUNT][2] = {
    {"interest", "ns/client"},     {"encode", "ns/client"},   {"both", "ns/client"},
    {"all_clients", "ms"},         {"entities", "/snapshot"}, {"size", "bytes/snapshot"},
    {"deltas_copied", "% of all"}, {"deltas_made", "/tick"},
};

typedef struct Stage {
    const Scene *scene;
    Sim sim;
    SessionTable sessions;
    Replication replication;
    ShipInput *inputs;
    ReplicationCounts before; // the last round
    // Of the last round.
    uint64_t interest_ns;
    uint64_t encode_ns;
    uint64_t entities;
    uint64_t bytes;
} Stage;

static bool create_stage(Stage *stage, const Scene *scene) {
    ArenaFile file = {.spec = {.name = "bench", .seed = SEED}};
    if (scene->is_crowd) {
        file.spec.side_units = CROWD_SIDE_UNITS;
        file.spec.spawn_radius_units = CROWD_SPAWN_UNITS;
        file.spec.nest_count = CROWD_NESTS;
        file.has_nests = true;
    }
    arena_file_resolve(&file, DRONES, scene->client_count);
    const SimConfig config = {.arena = file.spec,
                              .seed = SEED,
                              .drone_count = DRONES,
                              .ship_capacity = scene->client_count,
                              .worker_count = 1};
    memset(stage, 0, sizeof *stage);
    stage->scene = scene;
    stage->inputs = calloc(scene->client_count, sizeof *stage->inputs);
    if (stage->inputs == NULL || !sim_create(&stage->sim, &config) ||
        !session_table_create(&stage->sessions, scene->client_count, 1)) {
        return false;
    }
    const ReplicationConfig replication = {.interval_ticks = INTERVAL_TICKS,
                                           .budget_bytes = PAYLOAD_BYTES_MAX,
                                           .verify_interval = scene->verify_interval,
                                           .worker_count = 1,
                                           .clock_ns = clock_thread_cpu_ns,
                                           .world = &stage->sim.world,
                                           .history = &stage->sim.history,
                                           .replicas = stage->sessions.replicas,
                                           .replica_capacity = scene->client_count};
    return replication_create(&stage->replication, &replication);
}

static void destroy_stage(Stage *stage) {
    replication_destroy(&stage->replication);
    session_table_destroy(&stage->sessions);
    sim_destroy(&stage->sim);
    free(stage->inputs);
}

static void join_all(Stage *stage) {
    const char name[PLAYER_NAME_BYTES + 1] = "Bench";
    for (uint32_t i = 0; i < stage->scene->client_count; i++) {
        const SimCommand join = {SIM_JOIN, i, 0};
        // Handles of the peers of two loops; nothing looks them up here.
        Session *session =
            session_open(&stage->sessions, 0, 0x10000 + i % SESSION_PEER_SLOTS, name, 1);
        session_welcome(&stage->sessions, session);
        session->replica.wants_verify = stage->scene->verify_interval > 0;
        if (i % 100 == 0) {
            sim_tick(&stage->sim, &(SimInputs){.commands = &join, .command_count = 1});
        } else {
            world_join(&stage->sim.world, i);
        }
    }
}

// Ships fly straight on for a second or so, then turn.
static void steer(Stage *stage) {
    for (uint32_t i = 0; i < stage->scene->client_count; i++) {
        const uint64_t draw = rng_hash(SEED, (stage->sim.world.tick + i) / 64, i, 1);
        stage->inputs[i] = (ShipInput){
            .aim = (uint16_t)(draw >> 8),
            .buttons = (uint8_t)(draw & (INPUT_UP | INPUT_DOWN | INPUT_LEFT | INPUT_RIGHT))};
    }
}

static void acknowledge(Stage *stage) {
    const SendSchedule *due = &stage->replication.due;
    for (uint32_t k = 0; k < due->count; k++) {
        ReplicaState *replica = stage->sessions.replicas[due->indices[k]];
        const uint32_t late = stage->scene->late_snapshots;
        if (replica->next_sequence > late) {
            replica_state_acknowledge(replica, (uint16_t)(replica->next_sequence - 1 - late), 0);
        }
        stage->entities += replica->snapshot_entities;
        stage->bytes += replica->snapshot_size;
    }
}

// Work that all clients share counts as encoding.
static void replicate(Stage *stage) {
    Replication *replication = &stage->replication;
    const uint64_t start_ns = clock_thread_cpu_ns();
    replication_begin(replication, &(ReplicationTick){.client_count = stage->sessions.count,
                                                      .replica_end = stage->sessions.high_water});
    pool_run(stage->sim.pool, replication_prepare_task, replication,
             replication_prepare_pieces(replication));
    stage->encode_ns += clock_thread_cpu_ns() - start_ns;
    pool_run(stage->sim.pool, replication_snapshot_task, replication,
             replication_snapshot_pieces(replication));
    const ReplicationTimes times = replication_collect_times(replication);
    stage->interest_ns += times.interest_ns;
    stage->encode_ns += times.encode_ns;
    acknowledge(stage);
}

static void run_round(Stage *stage) {
    stage->interest_ns = 0;
    stage->encode_ns = 0;
    stage->entities = 0;
    stage->bytes = 0;
    stage->before = replication_count(&stage->replication);
    for (uint32_t i = 0; i < INTERVAL_TICKS; i++) {
        steer(stage);
        sim_tick(&stage->sim, &(SimInputs){.ship_inputs = stage->inputs});
        replicate(stage);
    }
}

static void collect_samples(const Stage *stage, double samples[][BENCH_REPETITIONS_MAX],
                            uint32_t k) {
    const double clients = stage->scene->client_count;
    const ReplicationCounts *before = &stage->before;
    const ReplicationCounts now = replication_count(&stage->replication);
    const uint64_t copied = now.copied - before->copied;
    const uint64_t made_on_demand =
        now.produced - before->produced + now.unshared - before->unshared;
    const uint64_t made = made_on_demand + now.made_ahead - before->made_ahead;
    const double asked = (double)(copied + made_on_demand);
    samples[FIGURE_INTEREST][k] = (double)stage->interest_ns / clients;
    samples[FIGURE_ENCODE][k] = (double)stage->encode_ns / clients;
    samples[FIGURE_BOTH][k] = samples[FIGURE_INTEREST][k] + samples[FIGURE_ENCODE][k];
    samples[FIGURE_ALL_CLIENTS][k] = samples[FIGURE_BOTH][k] * clients / NS_PER_MS;
    samples[FIGURE_ENTITIES][k] = (double)stage->entities / clients;
    samples[FIGURE_SIZE][k] = (double)stage->bytes / clients;
    samples[FIGURE_HIT_RATE][k] = asked > 0 ? 100.0 * (double)copied / asked : 0;
    samples[FIGURE_PRODUCED][k] = (double)made / INTERVAL_TICKS;
}

static void run_scene(Bench *bench, const Scene *scene) {
    static Stage stage;
    static double samples[FIGURE_COUNT][BENCH_REPETITIONS_MAX];
    char name[64];
    snprintf(name, sizeof name, "snapshot_encode/%s/%u", scene->name, scene->client_count);
    if (!create_stage(&stage, scene)) {
        bench_fail(bench, name, "not enough memory");
        destroy_stage(&stage);
        return;
    }
    join_all(&stage);
    for (uint32_t i = 0; i < WARM_UP_ROUNDS + bench->repetitions; i++) {
        run_round(&stage);
        if (i >= WARM_UP_ROUNDS) {
            collect_samples(&stage, samples, i - WARM_UP_ROUNDS);
        }
    }
    for (size_t figure = 0; figure < FIGURE_COUNT; figure++) {
        snprintf(name, sizeof name, "snapshot_encode/%s/%u/%s", scene->name, scene->client_count,
                 figures[figure][0]);
        bench_record(bench, name, figures[figure][1], samples[figure], bench->repetitions);
    }
    destroy_stage(&stage);
}

void bench_snapshot_encode(Bench *bench) {
    static const Scene scenes[] = {
        {"spread", 1000, false, 0, 0},      {"spread", 2000, false, 0, 0},
        {"spread", 4000, false, 0, 0},      {"verify_eighth", 1000, false, 0, 8},
        {"verify_each", 1000, false, 0, 1}, {"late", 4000, false, LATE_SNAPSHOTS, 0},
        {"crowd", 1000, true, 0, 0},        {"crowd", 2000, true, 0, 0},
        {"crowd", 4000, true, 0, 0},
    };
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        run_scene(bench, &scenes[i]);
    }
}
