// SPDX-License-Identifier: MIT
#include "server/replication/replication.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// ------------------------------------------------------------------ creation

static bool create_workers(Replication *replication, uint32_t slot_count) {
    const uint32_t count = replication->worker_count;
    replication->workers = aligned_alloc(CACHE_LINE_BYTES, count * sizeof *replication->workers);
    if (replication->workers == NULL) {
        return false;
    }
    memset(replication->workers, 0, count * sizeof *replication->workers);
    bool is_complete = true;
    for (uint32_t i = 0; i < count; i++) {
        is_complete =
            interest_scratch_create(&replication->workers[i].scratch, slot_count) && is_complete;
    }
    return is_complete;
}

bool replication_create(Replication *replication, const ReplicationConfig *config, const Sim *sim,
                        SessionTable *sessions) {
    assert(config->budget_bytes >= SNAPSHOT_HEADER_BYTES_MAX &&
           config->budget_bytes <= PAYLOAD_BYTES_MAX);
    const uint32_t slot_count = world_slot_count(&sim->world);
    *replication = (Replication){.config = *config,
                                 .sim = sim,
                                 .sessions = sessions,
                                 .entry_limit = encode_entry_limit(config->budget_bytes),
                                 .worker_count = pool_worker_count(sim->pool)};
    const bool has_deltas =
        delta_cache_create(&replication->deltas, slot_count, config->interval_ticks);
    const bool has_due =
        send_schedule_create(&replication->due, sessions->capacity, config->interval_ticks,
                             send_rate_step(config->snapshot_rate_hz), sim->grid);
    if (!create_workers(replication, slot_count) || !has_deltas || !has_due) {
        replication_destroy(replication);
        return false;
    }
    return true;
}

void replication_destroy(Replication *replication) {
    for (uint32_t i = 0; replication->workers != NULL && i < replication->worker_count; i++) {
        interest_scratch_destroy(&replication->workers[i].scratch);
    }
    free(replication->workers);
    delta_cache_destroy(&replication->deltas);
    send_schedule_destroy(&replication->due);
    memset(replication, 0, sizeof *replication);
}

// ------------------------------------------------------------------ a piece

// Sessions lie far apart, so the memory of the next ones is on its way while one is looked after:
// of the next in the piece what it will refer to, of its counterpart in the next piece what comes
// before that.
static void replicate_task(void *context, uint32_t piece, uint32_t worker_index) {
    const Replication *replication = context;
    ReplicationWorker *worker = &replication->workers[worker_index];
    Session *sessions = replication->sessions->sessions;
    const Ship *ships = replication->sim->world.ships;
    const uint32_t first = piece * REPLICATION_PIECE_SESSIONS;
    const uint32_t *due = replication->due.indices + first;
    const uint32_t left = replication->due.count - first;
    const uint32_t count = left < REPLICATION_PIECE_SESSIONS ? left : REPLICATION_PIECE_SESSIONS;
    const uint64_t start_ns = replication->config.clock_ns();
    for (uint32_t i = 0; i < count; i++) {
        if (i + 1 < count) {
            session_prefetch_baseline(&sessions[due[i + 1]], replication->entry_limit);
        }
        if (REPLICATION_PIECE_SESSIONS + i < left) {
            session_prefetch(&sessions[due[REPLICATION_PIECE_SESSIONS + i]]);
        }
        const Motion *motion = &ships[due[i]].motion;
        interest_update(&sessions[due[i]], &replication->world, motion->x >> RECORD_SHIFT,
                        motion->y >> RECORD_SHIFT, &worker->scratch, &worker->views[i]);
        name_sync_note_view(&sessions[due[i]].names, replication->world.ranges, &worker->views[i]);
    }
    const uint64_t middle_ns = replication->config.clock_ns();
    for (uint32_t i = 0; i < count; i++) {
        encode_snapshot(&sessions[due[i]], &worker->views[i], &replication->frame, &ships[due[i]],
                        &worker->encode);
    }
    const uint64_t end_ns = replication->config.clock_ns();
    worker->interest_ns += middle_ns - start_ns;
    worker->encode_ns += end_ns - middle_ns;
}

// ------------------------------------------------------------------ a tick

// Nobody's deltas of the last tick are left.
static void renew_deltas(Replication *replication) {
    const Sim *sim = replication->sim;
    DeltaCache *deltas = &replication->deltas;
    for (uint32_t i = 0; i < replication->worker_count; i++) {
        delta_cache_collect_use(deltas, &replication->workers[i].encode.cache);
    }
    delta_cache_begin(deltas, &sim->history, &sim->world.ranges, sim->world.tick);
    pool_run(sim->pool, delta_cache_prepare_task, deltas, delta_cache_pieces(deltas));
}

void replication_run(Replication *replication, uint64_t now_ns, uint64_t last_tick_ns) {
    const Sim *sim = replication->sim;
    const World *world = &sim->world;
    replication->frame = (EncodeFrame){.cache = &replication->deltas,
                                       .history = &sim->history,
                                       .ranges = &world->ranges,
                                       .tick = world->tick,
                                       .budget_bytes = replication->config.budget_bytes,
                                       .verify_interval = replication->config.verify_interval,
                                       .now_ns = now_ns,
                                       .last_tick_ns = last_tick_ns,
                                       .client_count = replication->sessions->count};
    const uint64_t start_ns = replication->config.clock_ns();
    send_schedule_choose(&replication->due, replication->sessions, world);
    if (replication->due.count == 0) {
        return;
    }
    renew_deltas(replication);
    replication->prepare_ns += replication->config.clock_ns() - start_ns;
    replication->world = (InterestWorld){replication->deltas.records, sim->grid, &world->ranges,
                                         world->tick, replication->entry_limit};
    pool_run(sim->pool, replicate_task, replication,
             (replication->due.count + REPLICATION_PIECE_SESSIONS - 1) /
                 REPLICATION_PIECE_SESSIONS);
}

// ------------------------------------------------------------------ what it took

ReplicationTimes replication_collect_times(Replication *replication) {
    ReplicationTimes times = {.prepare_ns = replication->prepare_ns};
    replication->prepare_ns = 0;
    for (uint32_t i = 0; i < replication->worker_count; i++) {
        ReplicationWorker *worker = &replication->workers[i];
        times.interest_ns += worker->interest_ns;
        times.encode_ns += worker->encode_ns;
        worker->interest_ns = 0;
        worker->encode_ns = 0;
    }
    return times;
}

ReplicationCounts replication_count(const Replication *replication) {
    ReplicationCounts counts = {.made_ahead = delta_cache_made_ahead(&replication->deltas),
                                .throttled = replication->due.throttled};
    for (uint32_t i = 0; i < replication->worker_count; i++) {
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
