// SPDX-License-Identifier: MIT
#include "server/replication/replication.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"

// ------------------------------------------------------------------ creation

static bool create_workers(Replication *replication) {
    const uint32_t count = replication->config.worker_count;
    replication->workers = aligned_alloc(CACHE_LINE_BYTES, count * sizeof *replication->workers);
    if (replication->workers == NULL) {
        return false;
    }
    memset(replication->workers, 0, count * sizeof *replication->workers);
    const uint32_t slot_count = world_slot_count(replication->config.world);
    bool is_complete = true;
    for (uint32_t i = 0; i < count; i++) {
        is_complete =
            interest_scratch_create(&replication->workers[i].scratch, slot_count) && is_complete;
    }
    return is_complete;
}

bool replication_create(Replication *replication, const ReplicationConfig *config) {
    ASSERT_SIM_THREAD();
    assert(config->budget_bytes >= SNAPSHOT_HEADER_BYTES_MAX &&
           config->budget_bytes <= PAYLOAD_BYTES_MAX);
    *replication =
        (Replication){.config = *config, .entry_limit = encode_entry_limit(config->budget_bytes)};
    const bool has_deltas = delta_cache_create(
        &replication->deltas, world_slot_count(config->world), config->interval_ticks);
    const bool has_due =
        send_schedule_create(&replication->due, config->replica_capacity, config->interval_ticks,
                             send_rate_step(config->snapshot_rate_hz), &config->world->grid);
    if (!create_workers(replication) || !has_deltas || !has_due) {
        replication_destroy(replication);
        return false;
    }
    return true;
}

void replication_destroy(Replication *replication) {
    ASSERT_SIM_THREAD();
    for (uint32_t i = 0; replication->workers != NULL && i < replication->config.worker_count;
         i++) {
        interest_scratch_destroy(&replication->workers[i].scratch);
    }
    free(replication->workers);
    delta_cache_destroy(&replication->deltas);
    send_schedule_destroy(&replication->due);
    memset(replication, 0, sizeof *replication);
}

// ------------------------------------------------------------------ the beginning of a tick

void replication_begin(Replication *replication, const ReplicationTick *tick) {
    ASSERT_SIM_THREAD();
    const ReplicationConfig *config = &replication->config;
    const World *world = config->world;
    assert(world->phase == WORLD_BETWEEN_TICKS);
    DeltaCache *deltas = &replication->deltas;
    replication->frame = (EncodeFrame){.cache = deltas,
                                       .history = config->history,
                                       .ranges = &world->ranges,
                                       .tick = world->tick,
                                       .budget_bytes = config->budget_bytes,
                                       .verify_interval = config->verify_interval,
                                       .now_ns = tick->now_ns,
                                       .last_tick_ns = tick->last_tick_ns,
                                       .client_count = tick->client_count};
    send_schedule_choose(&replication->due, config->replicas, tick->replica_end, world);
    if (replication->due.count == 0) {
        return;
    }
    for (uint32_t i = 0; i < config->worker_count; i++) {
        delta_cache_collect_use(deltas, &replication->workers[i].encode.cache);
    }
    delta_cache_begin(deltas, config->history, &world->ranges, world->tick);
    replication->world = (InterestWorld){.records = deltas->records,
                                         .grid = &world->grid,
                                         .ranges = &world->ranges,
                                         .tick = world->tick,
                                         .entry_limit = replication->entry_limit};
}

// ------------------------------------------------------------------ the stages' pieces

uint32_t replication_prepare_pieces(const Replication *replication) {
    ASSERT_SIM_THREAD();
    return replication->due.count > 0 ? delta_cache_pieces(&replication->deltas) : 0;
}

void replication_prepare_task(void *context, uint32_t piece, uint32_t worker) {
    ASSERT_WORKER();
    Replication *replication = context;
    delta_cache_prepare_task(&replication->deltas, piece, worker);
}

uint32_t replication_snapshot_pieces(const Replication *replication) {
    ASSERT_SIM_THREAD();
    return (replication->due.count + REPLICATION_PIECE_CLIENTS - 1) / REPLICATION_PIECE_CLIENTS;
}

static void update_interest(const Replication *replication, uint32_t index,
                            ReplicationWorker *worker, InterestView *view) {
    ReplicaState *state = replication->config.replicas[index];
    const Motion *motion = &replication->config.world->ships[index].motion;
    interest_update(state, &replication->world, motion->x >> RECORD_SHIFT,
                    motion->y >> RECORD_SHIFT, &worker->scratch, view);
    name_sync_note_view(&state->names, replication->world.ranges, view);
}

// Replica states lie far apart, so memory is prefetched while one client is encoded: the baseline
// of the next client in the piece, and the first part of the state of the same client's counterpart
// in the next piece.
void replication_snapshot_task(void *context, uint32_t piece, uint32_t worker_index) {
    ASSERT_WORKER();
    const Replication *replication = context;
    const ReplicationConfig *config = &replication->config;
    assert(config->world->phase == WORLD_BETWEEN_TICKS);
    ReplicationWorker *worker = &replication->workers[worker_index];
    const uint32_t first = piece * REPLICATION_PIECE_CLIENTS;
    const uint32_t *due = replication->due.indices + first;
    const uint32_t left = replication->due.count - first;
    const uint32_t count = left < REPLICATION_PIECE_CLIENTS ? left : REPLICATION_PIECE_CLIENTS;
    const uint64_t start_ns = config->clock_ns();
    for (uint32_t i = 0; i < count; i++) {
        if (i + 1 < count) {
            replica_state_prefetch_baseline(config->replicas[due[i + 1]], replication->entry_limit);
        }
        if (REPLICATION_PIECE_CLIENTS + i < left) {
            replica_state_prefetch(config->replicas[due[REPLICATION_PIECE_CLIENTS + i]]);
        }
        update_interest(replication, due[i], worker, &worker->views[i]);
    }
    const uint64_t middle_ns = config->clock_ns();
    for (uint32_t i = 0; i < count; i++) {
        encode_snapshot(config->replicas[due[i]], &worker->views[i], &replication->frame,
                        &config->world->ships[due[i]], &worker->encode);
    }
    const uint64_t end_ns = config->clock_ns();
    worker->interest_ns += middle_ns - start_ns;
    worker->encode_ns += end_ns - middle_ns;
}

// ------------------------------------------------------------------ times and counts

ReplicationTimes replication_collect_times(Replication *replication) {
    ASSERT_SIM_THREAD();
    ReplicationTimes times = {0};
    for (uint32_t i = 0; i < replication->config.worker_count; i++) {
        ReplicationWorker *worker = &replication->workers[i];
        times.interest_ns += worker->interest_ns;
        times.encode_ns += worker->encode_ns;
        worker->interest_ns = 0;
        worker->encode_ns = 0;
    }
    return times;
}

ReplicationCounts replication_count(const Replication *replication) {
    ASSERT_SIM_THREAD();
    ReplicationCounts counts = {.made_ahead = delta_cache_made_ahead(&replication->deltas),
                                .throttled = replication->due.throttled};
    for (uint32_t i = 0; i < replication->config.worker_count; i++) {
        const EncodeWorker *worker = &replication->workers[i].encode;
        counts.copied += worker->cache.copied;
        counts.produced += worker->cache.produced;
        counts.unshared += worker->cache.unshared;
        counts.limited += worker->limited;
        counts.without_baseline += worker->without_baseline;
        for (int section = 0; section < ENCODE_SECTION_COUNT; section++) {
            counts.section_bits[section] += worker->section_bits[section];
        }
    }
    return counts;
}

// ------------------------------------------------------------------ checks

static Fault check_schedule(const Replication *replication) {
    uint64_t seen[CLIENTS_MAX / 64 + 1] = {0};
    for (uint32_t i = 0; i < replication->due.count; i++) {
        const uint32_t index = replication->due.indices[i];
        const bool is_there = index < replication->config.replica_capacity &&
                              replication->config.replicas[index]->is_active;
        if (!is_there || (seen[index / 64] >> (index % 64) & 1) != 0) {
            return (Fault){"the send schedule has a client twice, or one that left", "client",
                           index};
        }
        seen[index / 64] |= 1ull << (index % 64);
    }
    return (Fault){0};
}

Fault replication_validate(const Replication *replication, uint32_t replica_end) {
    ASSERT_SIM_THREAD();
    Fault fault = check_schedule(replication);
    for (uint32_t i = 0; i < replication->config.worker_count && fault.what == NULL; i++) {
        fault = interest_scratch_validate(&replication->workers[i].scratch,
                                          world_slot_count(replication->config.world));
    }
    for (uint32_t i = 0; i < replica_end && fault.what == NULL; i++) {
        const ReplicaState *state = replication->config.replicas[i];
        if (state->is_active) {
            fault = replica_state_validate(state);
            fault = fault.what != NULL ? fault : priority_validate_ages(state);
            fault = fault.what != NULL ? (Fault){fault.what, "client", i} : fault;
        }
    }
    return fault;
}
