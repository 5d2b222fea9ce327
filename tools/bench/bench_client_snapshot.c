// SPDX-License-Identifier: MIT
// bench_client_snapshot.c -- the cost of a snapshot: written by the server's encoder, read and
// applied by a client.
//
// The clients take turns as the bots of one process do. With a thousand of them a client's memory
// has left the nearer caches when its turn comes; with ten it has not. Times are CPU time of the
// thread, so that other processes disturb little.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "client/core/baseline_pool.h"
#include "client/core/client_clock.h"
#include "client/core/prediction.h"
#include "tools/bench/bench_cases.h"
#include "wire/snapshot.h"

#define SEED           3
#define ENTITIES       100
#define INTERVAL_TICKS 3
#define INTERVAL_NS    (50 * NS_PER_MS)
#define FIRST_TICK     1000u
#define WARM_UP_ROUNDS 5

static const SlotRanges RANGES = {{0, 4000, 24000, 32000, 37000}};

typedef struct BenchClient {
    ClientClock clock;
    Prediction prediction;
    // The entities in view: as the server has them, and as the client held them after the last
    // snapshot.
    EntityRecord in_view[ENTITIES];
    BaselinePool baseline_sets;
    const BaselineSet *newest;
    uint16_t sequence;
    uint8_t datagram[PAYLOAD_BYTES_MAX];
    size_t size;
} BenchClient;

typedef struct Crowd {
    Arena arena;
    BenchClient *clients;
    uint32_t client_count;
    // Of the last round.
    uint64_t encode_ns, accept_ns;
    uint64_t entities;
} Crowd;

static const Ship SHIP = {
    .motion = {.x = 9000 * UNIT, .y = 9000 * UNIT}, .health = 100, .generation = 1};

static bool store(BenchClient *client, const BaselineSet *baseline_set) {
    client->newest = baseline_pool_store(&client->baseline_sets, baseline_set);
    return client->newest != NULL;
}

// A hundred entities of a world of 24,000, as a screen shows them.
static bool fill_view(BenchClient *client, Rng *rng) {
    BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    baseline_set_begin(&baseline_set, 0, FIRST_TICK - INTERVAL_TICKS);
    uint32_t slot = 0;
    for (uint32_t i = 0; i < ENTITIES; i++) {
        slot += 1 + rng_below(rng, RANGES.first[ENTITY_KIND_COUNT] / ENTITIES - 1);
        client->in_view[i] = (EntityRecord){
            .x = 9000 * RECORD_UNIT + rng_range(rng, -14000, 14000),
            .y = 9000 * RECORD_UNIT + rng_range(rng, -8000, 8000),
            .vx = (int16_t)(2 * rng_range(rng, -20, 20)),
            .vy = (int16_t)(2 * rng_range(rng, -20, 20)),
            .generation = (uint16_t)(1 + rng_below(rng, 16)),
            .status = ENTITY_HEALTH_MAX,
        };
        const EntityKind kind = entity_kind_of_slot(&RANGES, slot);
        space.records[i] = fields_record_as_read(kind, &client->in_view[i]);
        baseline_set_carry(&baseline_set, slot, client->in_view[i].generation);
    }
    return store(client, &baseline_set);
}

static bool create_crowd(Crowd *crowd, uint32_t client_count) {
    const ArenaSpec spec = {.seed = SEED,
                            .side_units = 18000,
                            .asteroid_count = 400,
                            .nest_count = 100,
                            .name = "bench"};
    Rng rng = rng_seeded(SEED);
    memset(crowd, 0, sizeof *crowd);
    crowd->client_count = client_count;
    crowd->clients = calloc(client_count, sizeof *crowd->clients);
    bool is_complete = crowd->clients != NULL && arena_create(&crowd->arena, &spec);
    for (uint32_t i = 0; i < client_count && is_complete; i++) {
        BenchClient *client = &crowd->clients[i];
        is_complete = fill_view(client, &rng);
        client_clock_init(&client->clock, 0, TICK_RATE_DEFAULT_HZ, SNAPSHOT_RATE_DEFAULT_HZ);
        prediction_reconcile(&client->prediction, &crowd->arena, FIRST_TICK, &SHIP);
    }
    return is_complete;
}

static void destroy_crowd(Crowd *crowd) {
    for (uint32_t i = 0; crowd->clients != NULL && i < crowd->client_count; i++) {
        baseline_pool_destroy(&crowd->clients[i].baseline_sets);
    }
    free(crowd->clients);
    arena_destroy(&crowd->arena);
}

// Moves a record on by three ticks; a drone changes course in the ticks in which it steers.
static void fly(EntityRecord *record, uint32_t slot, uint32_t tick) {
    for (uint32_t t = tick - INTERVAL_TICKS; t < tick; t++) {
        if (entity_kind_of_slot(&RANGES, slot) == ENTITY_DRONE && ((slot ^ t) & 7) == 0) {
            const uint64_t draw = rng_hash(SEED, t, slot, 1);
            record->vx = (int16_t)(record->vx + 2 * ((int32_t)(draw & 7) - 3));
            record->vy = (int16_t)(record->vy + 2 * ((int32_t)(draw >> 8 & 7) - 3));
        }
        record->x += record->vx;
        record->y += record->vy;
    }
}

static void encode(BenchClient *client, uint32_t tick) {
    const BaselineSet *baseline = baseline_pool_find(&client->baseline_sets, client->sequence);
    const SnapshotHeader header = {.tick = tick,
                                   .sequence = (uint16_t)(client->sequence + 1),
                                   .baseline = 1,
                                   .own = SHIP,
                                   .center_x = SHIP.motion.x >> RECORD_SHIFT,
                                   .center_y = SHIP.motion.y >> RECORD_SHIFT};
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    const SnapshotSpace space = {client->datagram, sizeof client->datagram, entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &RANGES, &header, baseline);
    for (uint32_t i = 0; i < baseline->count; i++) {
        const BaselineEntry *entry = &baseline->entries[i];
        fly(&client->in_view[i], entry->slot, tick);
        const DeltaBits bits = delta_encode(entity_kind_of_slot(&RANGES, entry->slot),
                                            baseline_window(baseline, entry, tick),
                                            &baseline->records[i], &client->in_view[i]);
        snapshot_add_delta(&writer, &bits);
    }
    snapshot_begin_enters(&writer);
    client->size = snapshot_finish(&writer, 0);
}

// Applies a snapshot as client.c does without a view.
static void apply(BenchClient *client, const Arena *arena, const Snapshot *snapshot,
                  uint64_t now_ns) {
    const uint32_t tick = snapshot->header.tick;
    client_clock_on_snapshot(&client->clock, now_ns, tick);
    prediction_reconcile(&client->prediction, arena, tick, &snapshot->header.own);
}

static void run_round(Crowd *crowd, uint32_t round) {
    const uint32_t tick = FIRST_TICK + round * INTERVAL_TICKS;
    const uint64_t encode_start_ns = clock_thread_cpu_ns();
    for (uint32_t i = 0; i < crowd->client_count; i++) {
        encode(&crowd->clients[i], tick);
    }
    crowd->encode_ns = clock_thread_cpu_ns() - encode_start_ns;
    crowd->entities = 0;
    const uint64_t start_ns = clock_thread_cpu_ns();
    for (uint32_t i = 0; i < crowd->client_count; i++) {
        BenchClient *client = &crowd->clients[i];
        Snapshot snapshot;
        BaselineSpace space;
        BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
        SnapshotReader reader;
        if (!snapshot_open(&reader, client->datagram, client->size, &RANGES, &snapshot.header) ||
            !snapshot_read(&reader, baseline_pool_find(&client->baseline_sets, client->sequence),
                           &snapshot, &baseline_set) ||
            !store(client, &baseline_set)) {
            continue; // the count of entities will show it
        }
        client->sequence = snapshot.header.sequence;
        baseline_pool_release_before(&client->baseline_sets, client->sequence);
        apply(client, &crowd->arena, &snapshot, round * INTERVAL_NS);
        crowd->entities += snapshot.entity_count;
    }
    crowd->accept_ns = clock_thread_cpu_ns() - start_ns;
}

static void run_size(Bench *bench, uint32_t client_count) {
    static Crowd crowd;
    static double samples[3][BENCH_REPETITIONS_MAX];
    static const char *const figures[3][2] = {{"encode", "ns/entity"},
                                              {"accept", "ns/snapshot"},

                                              {"entities", "/snapshot"}};
    char name[64];
    if (!create_crowd(&crowd, client_count)) {
        snprintf(name, sizeof name, "client_snapshot/%u", client_count);
        bench_fail(bench, name, "not enough memory");
        destroy_crowd(&crowd);
        return;
    }
    for (uint32_t i = 0; i < WARM_UP_ROUNDS + bench->repetitions; i++) {
        run_round(&crowd, i);
        if (i >= WARM_UP_ROUNDS) {
            const uint32_t k = i - WARM_UP_ROUNDS;
            samples[0][k] = (double)crowd.encode_ns / (double)crowd.entities;
            samples[1][k] = (double)crowd.accept_ns / client_count;
            samples[2][k] = (double)crowd.entities / client_count;
        }
    }
    for (size_t figure = 0; figure < 3; figure++) {
        snprintf(name, sizeof name, "client_snapshot/%u/%s", client_count, figures[figure][0]);
        bench_record(bench, name, figures[figure][1], samples[figure], bench->repetitions);
    }
    destroy_crowd(&crowd);
}

void bench_client_snapshot(Bench *bench) {
    run_size(bench, 10);
    run_size(bench, 1000);
}
