// SPDX-License-Identifier: MIT
// bench_bytes_per_update.c -- how many bytes an entity's update takes, on several networks, and how
//                             many bytes it would take with a range coder.
//
// The world is the scene "battle": 1,000 ships shoot among 20,000 drones. Some of the
// ships belong to clients, whose views and datagrams are made by the server's own code. A client
// has a round trip of 100 ms: a snapshot travels for 3 ticks; an input packet with the
// acknowledgements leaves in every third tick and travels for 3 ticks. Each packet is lost
// independently. Several networks are simulated at once, on the same world.
//
// An update is a state of this tick in a datagram: a changed state, one exactly as predicted, or a
// full state. The identity of a known entity costs nothing; that of an entering one counts in its
// bits. Skipped entities (SKIP) and removals are not updates, but their bits count.
//
// The range coder codes the same numbers of known entities, with a context for every bit that gains
// from one. It starts each datagram from the model learned before the measurement, as it must where
// datagrams are lost, and is not charged for finding the numbers. It saves 6 % (7.0 instead of 7.5
// bits) and takes 70 ns for each entity and client. A word of a prefix code is made once for all
// clients (20 ns) and copied in 5 ns: the range coder saves less than a byte for every microsecond.
// Hence the prefix codes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "server/replication/encode.h"
#include "server/replication/interest.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "tools/bench/bench_cases.h"
#include "tools/bench/range_model.h"
#include "tools/scenes/world_scene.h"
#include "wire/fields.h"

#define SEED           7
#define CLIENTS        128
#define INTERVAL_TICKS 3
#define FLIGHT_TICKS   3 // half a round trip of 100 ms
#define JOIN_TICKS     100
#define WARM_UP_TICKS  300 // flocks form, fights begin
#define SETTLE_ROUNDS  20  // views fill, the range coder learns
#define LANES          3
#define SENT_RING      64
#define SMALL_BITS     2

// ------------------------------------------------------------------ the network

typedef struct Sent {
    uint32_t tick;
    bool arrives;
} Sent;

typedef struct Link {
    Rng rng;
    Sent sent[SENT_RING]; // by sequence
} Link;

// One client's snapshots and acknowledgements; the phase differs between clients.
static void acknowledge(Link *link, ReplicaState *replica, uint32_t tick, double loss) {
    const uint32_t left_tick = tick - FLIGHT_TICKS; // tick at which the input packet left
    if ((left_tick + replica->index / INTERVAL_TICKS) % INTERVAL_TICKS != 0 ||
        rng_unit(&link->rng) < loss) {
        return;
    }
    const uint32_t count =
        replica->next_sequence < SENT_RING ? replica->next_sequence : SENT_RING - 1;
    uint16_t newest = 0;
    uint32_t bits = 0;
    bool has_any = false;
    for (uint32_t back = 1; back <= count; back++) {
        const uint16_t sequence = (uint16_t)(replica->next_sequence - back);
        const Sent *sent = &link->sent[sequence % SENT_RING];
        if (!sent->arrives || sent->tick + FLIGHT_TICKS > left_tick) {
            continue;
        }
        const uint32_t before = (uint32_t)(newest - sequence);
        if (!has_any) {
            newest = sequence;
            has_any = true;
        } else if (before <= 32) {
            bits |= 1u << (before - 1);
        }
    }
    if (has_any) {
        replica_state_acknowledge(replica, newest, bits);
    }
}

// ------------------------------------------------------------------ a lane: one network

typedef struct Tally {
    uint64_t updates[ENTITY_KIND_COUNT]; // of known entities
    uint64_t bits[ENTITY_KIND_COUNT];
    uint64_t fulls;
    uint64_t marks; // SKIP, REMOVE
    uint64_t small; // updates of SMALL_BITS at most
    uint64_t enters;
    uint64_t enter_bits;
    uint64_t known_bits;
    uint64_t bytes; // of the datagrams, headers included
    uint64_t snapshots;
} Tally;

typedef struct Lane {
    double loss;
    SessionTable sessions;
    Link links[CLIENTS];
    EncodeWorker worker;
    Tally tally; // of the round
} Lane;

#define CHANGES_MAX (CLIENTS * BASELINE_ENTRIES_MAX)

typedef struct Stage {
    const WorldScene *scene;
    Sim sim;
    DeltaCache deltas;
    InterestScratch scratch;
    InterestView view;
    ShipInput *inputs;
    Lane lanes[LANES];
    // The changes of known entities in the first lane's datagrams of the round.
    DeltaChange *changes;
    DeltaBits *change_bits;
    uint32_t change_count;
    uint32_t ends[CLIENTS]; // of datagrams, in changes
    uint32_t end_count;
    // For the range coder.
    RangeModel prior;
    uint8_t buffer[64 * 1024];
    const char *problem; // the check that failed; NULL: none
} Stage;

static void note_change(Stage *stage, const Lane *lane, const DeltaChange *change,
                        const DeltaBits *bits) {
    if (lane == &stage->lanes[0]) {
        stage->change_bits[stage->change_count] = *bits;
        stage->changes[stage->change_count++] = *change;
    }
}

// Counts the symbol that the newest snapshot sends for an entry of its baseline set; returns the
// entry's bits.
static uint32_t tally_entry(Stage *stage, Lane *lane, const BaselineEntry *old,
                            const BaselineEntry *entry) {
    const uint32_t tick = stage->sim.world.tick;
    const EntityKind kind = entity_kind_of_slot(&stage->sim.world.ranges, old->slot);
    const DeltaWindow window = baseline_window(&stage->view.baseline, old, tick);
    DeltaSymbol mark = DELTA_EXACT;
    DeltaBits bits = {0};
    DeltaChange change = {0};
    if (entry == NULL || entry->age != 0) {
        mark = entry == NULL ? DELTA_REMOVE : DELTA_SKIP;
        lane->tally.marks++;
    } else {
        const EntityRecord *baselines = delta_cache_baselines(&stage->deltas, window.age);
        const EntityRecord *record = &stage->deltas.records[old->slot];
        if (baselines != NULL) {
            const EntityRecord *baseline = &baselines[old->slot];
            bits = delta_encode(kind, window, baseline, record);
            change = delta_change_of(kind, window, baseline, record);
        }
        if (bits.count == 0) {
            mark = DELTA_FULL;
            lane->tally.fulls++;
        } else {
            lane->tally.updates[kind]++;
            lane->tally.bits[kind] += bits.count;
            lane->tally.small += bits.count <= SMALL_BITS;
        }
    }
    if (mark != DELTA_EXACT) {
        bits = delta_mark(kind, window, mark);
        change = (DeltaChange){.group = (uint8_t)(kind == ENTITY_DRONE  ? 1
                                                  : kind == ENTITY_SHIP ? RANGE_GROUP_SHIP
                                                                        : RANGE_GROUP_OTHERS),
                               .symbol = (uint8_t)mark};
    }
    note_change(stage, lane, &change, &bits);
    return bits.count;
}

// Counts the parts of the snapshot just made; the baseline sets before and after it show how each
// known entity was sent.
static void tally_snapshot(Stage *stage, Lane *lane, ReplicaState *replica,
                           const uint64_t section_bits[ENCODE_SECTION_COUNT]) {
    const BaselineSet *baseline = &stage->view.baseline;
    const uint32_t baseline_count = stage->view.baseline_back > 0 ? baseline->count : 0;
    BaselineSet baseline_set;
    if (!baseline_ring_find(&replica->baselines, (uint16_t)(replica->next_sequence - 1),
                            &baseline_set)) {
        stage->problem = "a snapshot left no baseline set";
        return;
    }
    Tally *tally = &lane->tally;
    const uint64_t fulls = tally->fulls;
    uint32_t bits = 0;
    uint32_t at = 0;
    uint32_t enters = 0;
    for (uint32_t i = 0; i < baseline_count; i++) {
        const BaselineEntry *old = &baseline->entries[i];
        for (; at < baseline_set.count && baseline_set.entries[at].slot < old->slot; at++) {
            enters++;
        }
        const bool is_there =
            at < baseline_set.count &&
            baseline_entry_id(&baseline_set.entries[at]) == baseline_entry_id(old);
        bits += tally_entry(stage, lane, old, is_there ? &baseline_set.entries[at] : NULL);
        at += is_there;
    }
    tally->enters += enters + baseline_set.count - at;
    tally->enter_bits += section_bits[ENCODE_ENTERS];
    tally->known_bits += section_bits[ENCODE_KNOWN];
    tally->bytes += replica->snapshot_size;
    tally->snapshots++;
    if (lane == &stage->lanes[0]) {
        stage->ends[stage->end_count++] = stage->change_count;
    }
    // Full states are not counted one by one; without any, the sum of the bits must match.
    if (fulls == tally->fulls && bits != section_bits[ENCODE_KNOWN]) {
        stage->problem = "a snapshot's bits do not add up";
    }
}

static void serve_client(Stage *stage, Lane *lane, uint32_t i, const InterestWorld *look,
                         const EncodeFrame *frame) {
    const Ship *ship = &stage->sim.world.ships[i];
    ReplicaState *replica = lane->sessions.replicas[i];
    memset(lane->worker.section_bits, 0, sizeof lane->worker.section_bits);
    interest_update(replica, look, ship->motion.x >> RECORD_SHIFT, ship->motion.y >> RECORD_SHIFT,
                    &stage->scratch, &stage->view);
    const uint16_t sequence = replica->next_sequence;
    encode_snapshot(replica, &stage->view, frame, ship, &lane->worker);
    lane->links[i].sent[sequence % SENT_RING] =
        (Sent){stage->sim.world.tick, rng_unit(&lane->links[i].rng) >= lane->loss};
    tally_snapshot(stage, lane, replica, lane->worker.section_bits);
}

static void run_tick(Stage *stage) {
    const World *world = &stage->sim.world;
    world_scene_inputs(stage->scene, SEED, world->tick, stage->inputs);
    sim_tick(&stage->sim, &(SimInputs){.ship_inputs = stage->inputs});
    for (uint32_t k = 0; k < LANES; k++) {
        delta_cache_collect_use(&stage->deltas, &stage->lanes[k].worker.cache);
    }
    delta_cache_begin(&stage->deltas, &stage->sim.history, &world->ranges, world->tick);
    for (uint32_t i = 0; i < delta_cache_pieces(&stage->deltas); i++) {
        delta_cache_prepare_task(&stage->deltas, i, 0);
    }
    const InterestWorld look = {stage->deltas.records, stage->sim.grid, &world->ranges, world->tick,
                                encode_entry_limit(PAYLOAD_BYTES_MAX)};
    const EncodeFrame frame = {.cache = &stage->deltas,
                               .history = &stage->sim.history,
                               .ranges = &world->ranges,
                               .tick = world->tick,
                               .budget_bytes = PAYLOAD_BYTES_MAX,
                               .client_count = CLIENTS};
    for (uint32_t k = 0; k < LANES; k++) {
        Lane *lane = &stage->lanes[k];
        for (uint32_t i = 0; i < CLIENTS; i++) {
            acknowledge(&lane->links[i], lane->sessions.replicas[i], world->tick, lane->loss);
            if ((world->tick + i) % INTERVAL_TICKS == 0) {
                serve_client(stage, lane, i, &look, &frame);
            }
        }
    }
}

// Every client's next snapshot.
static void run_round(Stage *stage) {
    for (uint32_t k = 0; k < LANES; k++) {
        stage->lanes[k].tally = (Tally){0};
    }
    stage->change_count = 0;
    stage->end_count = 0;
    for (uint32_t i = 0; i < INTERVAL_TICKS; i++) {
        run_tick(stage);
    }
}

// ------------------------------------------------------------------ figures of the wire

typedef enum Figure {
    FIGURE_ENTITY_BYTES,
    FIGURE_DATAGRAM_BYTES,
    FIGURE_SMALL,
    FIGURE_UPDATES,
    FIGURE_ENTERS,
    FIGURE_ENTER_SHARE,
    FIGURE_ENTER_BITS,
    FIGURE_MARKS,
    FIGURE_DRONE,
    FIGURE_SHIP,
    FIGURE_STILL,
    FIGURE_COUNT,
} Figure;

static const char *const figures[FIGURE_COUNT][2] = {
    [FIGURE_ENTITY_BYTES] = {"entities", "bytes/update"},
    [FIGURE_DATAGRAM_BYTES] = {"datagrams", "bytes/update"},
    [FIGURE_SMALL] = {"two_bits_at_most", "% of updates"},
    [FIGURE_UPDATES] = {"updates", "/snapshot"},
    [FIGURE_ENTERS] = {"enters", "/snapshot"},
    [FIGURE_ENTER_SHARE] = {"enters_share", "% of bits"},
    [FIGURE_ENTER_BITS] = {"enter", "bits/update"},
    [FIGURE_MARKS] = {"skipped_or_removed", "/snapshot"},
    [FIGURE_DRONE] = {"drone", "bits/update"},
    [FIGURE_SHIP] = {"ship", "bits/update"},
    [FIGURE_STILL] = {"missile_or_shard", "bits/update"},
};

static double ratio(uint64_t a, uint64_t b) {
    return b > 0 ? (double)a / (double)b : 0;
}

static void collect_figures(const Tally *tally, double samples[][BENCH_REPETITIONS_MAX],
                            uint32_t k) {
    uint64_t updates = tally->fulls + tally->enters;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        updates += tally->updates[kind];
    }
    const uint64_t bits = tally->known_bits + tally->enter_bits;
    samples[FIGURE_ENTITY_BYTES][k] = ratio(bits, updates) / 8;
    samples[FIGURE_DATAGRAM_BYTES][k] = ratio(tally->bytes, updates);
    samples[FIGURE_SMALL][k] = ratio(tally->small, updates) * 100;
    samples[FIGURE_UPDATES][k] = ratio(updates, tally->snapshots);
    samples[FIGURE_ENTERS][k] = ratio(tally->enters, tally->snapshots);
    samples[FIGURE_ENTER_SHARE][k] = ratio(tally->enter_bits, bits) * 100;
    samples[FIGURE_ENTER_BITS][k] = ratio(tally->enter_bits, tally->enters);
    samples[FIGURE_MARKS][k] = ratio(tally->marks, tally->snapshots);
    samples[FIGURE_DRONE][k] = ratio(tally->bits[ENTITY_DRONE], tally->updates[ENTITY_DRONE]);
    samples[FIGURE_SHIP][k] = ratio(tally->bits[ENTITY_SHIP], tally->updates[ENTITY_SHIP]);
    samples[FIGURE_STILL][k] = ratio(tally->bits[ENTITY_MISSILE] + tally->bits[ENTITY_SHARD],
                                     tally->updates[ENTITY_MISSILE] + tally->updates[ENTITY_SHARD]);
}

// ------------------------------------------------------------------ figures of the two coders

typedef enum CoderFigure {
    CODER_PREFIX_BITS,
    CODER_RANGE_BITS,
    CODER_PREFIX_MAKE,
    CODER_PREFIX_COPY,
    CODER_RANGE_TIME,
    CODER_SAVING,
    CODER_COUNT,
} CoderFigure;

static const char *const coder_figures[CODER_COUNT][2] = {
    [CODER_PREFIX_BITS] = {"prefix/size", "bits/known"},
    [CODER_RANGE_BITS] = {"range/size", "bits/known"},
    [CODER_PREFIX_MAKE] = {"prefix/make_once", "ns/known"},
    [CODER_PREFIX_COPY] = {"prefix/copy", "ns/known"},
    [CODER_RANGE_TIME] = {"range/encode", "ns/known"},
    [CODER_SAVING] = {"range/saving", "bytes/us"},
};

// Codes the round's datagrams. Each starts with the model learned before, as it must where a
// datagram may be lost. learning: the model learns from all datagrams, slowly.
static size_t code_ranges(Stage *stage, bool learning) {
    static RangeModel model;
    size_t bytes = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < stage->end_count; i++) {
        RangeModelCoder coder = {.model = learning ? &stage->prior : &model,
                                 .rate = learning ? 7 : 5};
        if (!learning) {
            memcpy(&model, &stage->prior, sizeof model);
        }
        range_begin(&coder.range, stage->buffer);
        for (; at < stage->ends[i]; at++) {
            range_model_put(&coder, &stage->changes[at]);
        }
        bytes += range_finish(&coder.range);
    }
    return bytes;
}

static size_t copy_prefixes(Stage *stage) {
    size_t bytes = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < stage->end_count; i++) {
        BitWriter writer;
        bit_writer_init(&writer, stage->buffer, sizeof stage->buffer);
        for (; at < stage->ends[i]; at++) {
            const DeltaBits *bits = &stage->change_bits[at];
            bit_write_wide(&writer, bits->words[0], bits->count < 64 ? bits->count : 64);
            bit_write_wide(&writer, bits->words[1], bits->count > 64 ? bits->count - 64 : 0);
        }
        bytes += bit_writer_finish(&writer);
    }
    return bytes;
}

// Every drone's delta of three ticks, made once for all clients as the delta cache does.
static double time_making(const Stage *stage) {
    const SlotRanges *ranges = &stage->sim.world.ranges;
    const uint32_t tick = stage->sim.world.tick;
    const EntityRecord *baselines = delta_cache_baselines(&stage->deltas, INTERVAL_TICKS);
    uint64_t bits = 0;
    uint32_t count = 0;
    const uint64_t start_ns = clock_thread_cpu_ns();
    for (uint32_t slot = ranges->first[ENTITY_DRONE]; slot < ranges->first[ENTITY_MISSILE];
         slot++) {
        const EntityRecord *record = &stage->deltas.records[slot];
        if (record->generation != 0 && record->generation == baselines[slot].generation) {
            const DeltaWindow window = {.slot = slot, .tick = tick, .age = INTERVAL_TICKS};
            bits += delta_encode(ENTITY_DRONE, window, &baselines[slot], record).count;
            count++;
        }
    }
    const uint64_t elapsed_ns = clock_thread_cpu_ns() - start_ns;
    bench_keep(&bits);
    return ratio(elapsed_ns, count);
}

static void collect_coder_figures(Stage *stage, double samples[][BENCH_REPETITIONS_MAX],
                                  uint32_t k) {
    const uint64_t start_ns = clock_thread_cpu_ns();
    const size_t prefix_bytes = copy_prefixes(stage);
    const uint64_t middle_ns = clock_thread_cpu_ns();
    const size_t range_bytes = code_ranges(stage, false);
    const uint64_t end_ns = clock_thread_cpu_ns();
    const double copy_ns = ratio(middle_ns - start_ns, stage->change_count);
    const double range_ns = ratio(end_ns - middle_ns, stage->change_count);
    const double saved =
        ratio(prefix_bytes, stage->change_count) - ratio(range_bytes, stage->change_count);
    samples[CODER_PREFIX_BITS][k] = ratio(prefix_bytes * 8, stage->change_count);
    samples[CODER_RANGE_BITS][k] = ratio(range_bytes * 8, stage->change_count);
    samples[CODER_PREFIX_MAKE][k] = time_making(stage);
    samples[CODER_PREFIX_COPY][k] = copy_ns;
    samples[CODER_RANGE_TIME][k] = range_ns;
    samples[CODER_SAVING][k] = saved / (range_ns - copy_ns) * 1000;
}

// ------------------------------------------------------------------ the case

static bool create_stage(Stage *stage) {
    static const double losses[LANES] = {0, 0.02, 0.1};
    stage->scene = world_scene_find("battle");
    const WorldConfig world = world_scene_config(stage->scene, SEED);
    const SimConfig config = {.arena = world.arena,
                              .seed = world.seed,
                              .drone_count = world.drone_count,
                              .ship_capacity = world.ship_capacity,
                              .worker_count = 1};
    stage->inputs = calloc(world.ship_capacity, sizeof *stage->inputs);
    stage->changes = calloc(CHANGES_MAX, sizeof *stage->changes);
    stage->change_bits = calloc(CHANGES_MAX, sizeof *stage->change_bits);
    if (stage->inputs == NULL || stage->changes == NULL || stage->change_bits == NULL ||
        !sim_create(&stage->sim, &config) ||
        !delta_cache_create(&stage->deltas, world_slot_count(&stage->sim.world), INTERVAL_TICKS) ||
        !interest_scratch_create(&stage->scratch, world_slot_count(&stage->sim.world))) {
        return false;
    }
    for (uint32_t k = 0; k < LANES; k++) {
        Lane *lane = &stage->lanes[k];
        lane->loss = losses[k];
        if (!session_table_create(&lane->sessions, world.ship_capacity, 1)) {
            return false;
        }
        for (uint32_t i = 0; i < CLIENTS; i++) {
            const char name[PLAYER_NAME_BYTES + 1] = "Bench";
            session_open(&lane->sessions, 0, 0x10000 + i, name, 1);
            lane->links[i].rng = rng_seeded(SEED + k * CLIENTS + i);
        }
    }
    range_model_reset(&stage->prior);
    return true;
}

static void destroy_stage(Stage *stage) {
    for (uint32_t k = 0; k < LANES; k++) {
        session_table_destroy(&stage->lanes[k].sessions);
    }
    interest_scratch_destroy(&stage->scratch);
    delta_cache_destroy(&stage->deltas);
    sim_destroy(&stage->sim);
    free(stage->change_bits);
    free(stage->changes);
    free(stage->inputs);
    free(stage);
}

static void warm_up(Stage *stage) {
    const uint32_t ships = stage->scene->ship_count;
    uint32_t joined = 0;
    for (uint32_t i = 0; i < JOIN_TICKS + WARM_UP_TICKS; i++) {
        for (; joined < ships && joined <= i * ships / JOIN_TICKS; joined++) {
            world_join(&stage->sim.world, joined);
        }
        world_scene_inputs(stage->scene, SEED, stage->sim.world.tick, stage->inputs);
        sim_tick(&stage->sim, &(SimInputs){.ship_inputs = stage->inputs});
    }
    for (uint32_t i = 0; i < SETTLE_ROUNDS; i++) {
        run_round(stage);
        code_ranges(stage, true);
    }
}

static void report(Bench *bench, const char *prefix, const char *const names[][2], size_t count,
                   double samples[][BENCH_REPETITIONS_MAX]) {
    char name[64];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "bytes_per_update/%s/%s", prefix, names[i][0]);
        bench_record(bench, name, names[i][1], samples[i], bench->repetitions);
    }
}

void bench_bytes_per_update(Bench *bench) {
    static double samples[LANES][FIGURE_COUNT][BENCH_REPETITIONS_MAX];
    static double coder_samples[CODER_COUNT][BENCH_REPETITIONS_MAX];
    Stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL || !create_stage(stage)) {
        bench_fail(bench, "bytes_per_update", "not enough memory or threads");
    } else {
        warm_up(stage);
        for (uint32_t k = 0; k < bench->repetitions; k++) {
            run_round(stage);
            for (uint32_t i = 0; i < LANES; i++) {
                collect_figures(&stage->lanes[i].tally, samples[i], k);
            }
            collect_coder_figures(stage, coder_samples, k);
        }
        for (uint32_t i = 0; i < LANES; i++) {
            char lane[32];
            snprintf(lane, sizeof lane, "loss=%.0f%%", stage->lanes[i].loss * 100);
            report(bench, lane, figures, FIGURE_COUNT, samples[i]);
        }
        report(bench, "coder", coder_figures, CODER_COUNT, coder_samples);
        if (stage->problem != NULL) {
            bench_fail(bench, "bytes_per_update", stage->problem);
        }
    }
    if (stage != NULL) {
        destroy_stage(stage);
    }
}
