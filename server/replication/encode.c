// SPDX-License-Identifier: MIT
#include "server/replication/encode.h"

#include <assert.h>
#include <string.h>

#include "base/thread_role.h"
#include "server/replication/known_update.h"
#include "wire/fields.h"
#include "wire/snapshot.h"

// Room of a snapshot per entity in view: its mark in each snapshot (3 bits, REMOVE 5), and an
// eighth of its full state (75 bits). So even a crowd whose deltas have become useless is sent
// within eight snapshots, besides the entities that enter.
#define ENTRY_BITS 16

uint32_t encode_entry_limit(uint32_t budget_bytes) {
    const uint32_t limit = (budget_bytes - SNAPSHOT_HEADER_BYTES_MAX) * 8 / ENTRY_BITS;
    return limit < BASELINE_ENTRIES_MAX ? limit : BASELINE_ENTRIES_MAX;
}

// ------------------------------------------------------------------ header

static uint16_t to_q4_us(uint64_t ns) {
    const uint64_t units = ns / 16000;
    return (uint16_t)(units < UINT16_MAX ? units : UINT16_MAX);
}

// A checksum costs more than the rest of a snapshot: every state in the set is looked up again. So
// clients may request checksums, and the server chooses how many there are. The first snapshot has
// one; after that the clients take turns.
static bool has_checksum(const ReplicaState *state, const EncodeFrame *frame) {
    const uint32_t turn = state->next_sequence + state->index;
    return state->wants_verify && (frame->verify_interval == 0 || state->sent_count == 0 ||
                                   turn % frame->verify_interval == 0);
}

static SnapshotHeader make_header(const ReplicaState *state, const InterestView *view,
                                  const EncodeFrame *frame, const Ship *own) {
    const InputEcho *echo = &state->input_echo;
    SnapshotHeader header = {
        .tick = frame->tick,
        .sequence = state->next_sequence,
        .baseline = view->baseline_back,
        .has_checksum = has_checksum(state, frame),
        .tick_us_q4 = to_q4_us(frame->last_tick_ns),
        .client_count =
            (uint16_t)(frame->client_count < UINT16_MAX ? frame->client_count : UINT16_MAX),
        .center_x = view->center_x,
        .center_y = view->center_y,
        .own = *own,
    };
    if (echo->has_input) {
        header.has_input = true;
        header.input_tick = echo->newest_tick;
        header.input_margin_q4 = echo->margin_q4;
        header.echo_time_ms = echo->send_time_ms;
        header.echo_hold_us_q4 = to_q4_us(frame->now_ns - echo->received_ns);
        header.starved_count = echo->starved_count;
    }
    return header;
}

// ------------------------------------------------------------------ one client's snapshot

// The arguments that the functions below share.
typedef struct Job {
    ReplicaState *state;
    const InterestView *view;
    const EncodeFrame *frame;
    EncodeWorker *worker;
    SnapshotWriter writer;
} Job;

static void begin(Job *job, const SnapshotHeader *header) {
    const InterestView *view = job->view;
    const SnapshotSpace space = {
        .bytes = job->state->snapshot,
        .capacity = job->state->token_bytes,
        .entries = baseline_ring_begin(&job->state->baselines, header->sequence,
                                       view->staying_count + view->enter_count,
                                       view->baseline_back > 0 ? &view->baseline : NULL)};
    snapshot_begin(&job->writer, &space, job->frame->ranges, header, &view->baseline);
}

static KnownUpdateSource update_source(const Job *job) {
    return (KnownUpdateSource){
        .cache = job->frame->cache, .writer = &job->writer, .use = &job->worker->cache};
}

static bool add_enter(Job *job, uint32_t slot, const DeltaBits *full_state) {
    const uint16_t generation = job->frame->cache->records[slot].generation;
    return snapshot_add_enter(&job->writer, slot, generation, full_state);
}

// ------------------------------------------------------------------ everything fits

// The words are read in an order that the processor cannot predict.
#define PREFETCH_ENTRIES 12

// Adds an entry whose update is not a word of the cache. stays: the entity is still in view, and
// `made` is its update.
static void add_made(SnapshotWriter *writer, bool stays, const KnownUpdate *made) {
    if (!stays) {
        snapshot_add_remove(writer);
    } else if (made->is_full) {
        snapshot_add_full(writer, &made->bits);
    } else {
        snapshot_add_delta(writer, &made->bits);
    }
}

static void add_all_known(Job *job) {
    const BaselineSet *baseline = &job->view->baseline;
    const DeltaCache *cache = job->frame->cache;
    const KnownUpdateSource source = update_source(job);
    const uint32_t elapsed = job->frame->tick - baseline->tick;
    SnapshotRun run = snapshot_begin_run(&job->writer);
    uint32_t copied = 0;
    for (uint32_t i = 0; i < baseline->count; i++) {
        const uint32_t ahead = i + PREFETCH_ENTRIES < baseline->count ? i + PREFETCH_ENTRIES : i;
        const BaselineEntry *next = &baseline->entries[ahead];
        __builtin_prefetch((const void *)delta_cache_word(
            cache, next->slot, baseline_age_after(next->age, elapsed) % HISTORY_TICKS));
        const BaselineEntry *entry = &baseline->entries[i];
        const uint32_t age = baseline_age_after(entry->age, elapsed);
        const bool stays = job->view->stays[i] != 0;
        KnownUpdate made;
        const uint64_t word = stays ? known_update_find(&source, entry->slot, age, &made) : 0;
        if (word != 0) {
            snapshot_run_add(&run, delta_word_bits(word), delta_word_count(word));
            copied++;
        } else if (stays && !made.is_full && made.bits.count <= 64) {
            snapshot_run_add(&run, made.bits.words[0], made.bits.count);
        } else {
            snapshot_end_run(&job->writer, &run);
            add_made(&job->writer, stays, &made);
            snapshot_resume_run(&job->writer, &run);
        }
    }
    snapshot_end_run(&job->writer, &run);
    job->worker->cache.copied += copied;
    delta_cache_note_requested(cache, elapsed, baseline->count, &job->worker->cache);
}

// False when not everything fits: then the writer has to begin again.
static bool write_everything(Job *job) {
    add_all_known(job);
    if (job->writer.bits.has_overflowed ||
        job->writer.bits.bit_count + job->writer.reserved_bits > job->writer.bits.capacity_bits) {
        return false;
    }
    snapshot_begin_enters(&job->writer);
    for (uint32_t i = 0; i < job->view->enter_count; i++) {
        const uint32_t slot = job->view->enters[i];
        const EntityKind kind = entity_kind_of_slot(job->frame->ranges, slot);
        const DeltaBits full_state =
            snapshot_pack_full(&job->writer, kind, &job->frame->cache->records[slot]);
        if (!add_enter(job, slot, &full_state)) {
            return false;
        }
    }
    (void)snapshot_end_enters(&job->writer);
    return true;
}

// ------------------------------------------------------------------ not everything fits

static void write_known(Job *job, const Priority *priority) {
    for (uint32_t i = 0; i < job->view->baseline.count; i++) {
        const PriorityKnown *known = &priority->known[i];
        if (job->view->stays[i] == 0) {
            snapshot_add_remove(&job->writer);
        } else if (!known->is_sent) {
            snapshot_add_skip(&job->writer);
        } else if (known->is_full) {
            snapshot_add_full(&job->writer, &known->sent);
        } else {
            snapshot_add_delta(&job->writer, &known->sent);
        }
    }
}

static void write_chosen(Job *job) {
    Priority *priority = &job->worker->priority;
    const KnownUpdateSource source = update_source(job);
    priority_fill(priority, job->state, job->view, &source);
    const bool is_everything =
        priority_choose(priority, job->view, snapshot_room_bits(&job->writer));
    job->worker->limited += !is_everything;
    write_known(job, priority);
    snapshot_begin_enters(&job->writer);
    for (uint32_t i = 0; i < job->view->enter_count; i++) {
        if (priority->enters[i].is_sent) {
            const bool fits = add_enter(job, job->view->enters[i], &priority->enters[i].state);
            assert(fits && "what was chosen fits");
        }
    }
    assert(snapshot_room_bits(&job->writer) == priority->left_bits);
    priority_note_ages(priority, job->view, snapshot_end_enters(&job->writer), job->state);
    job->state->has_ages = !is_everything;
}

// ------------------------------------------------------------------ verification

// The state that the client should hold of an entry, as the client reads it. False: the state is
// too old.
static bool held_record(const EncodeFrame *frame, const BaselineEntry *entry,
                        uint32_t baseline_tick, EntityRecord *record) {
    const EntityRecord *records = history_at(frame->history, baseline_tick);
    if (entry->age >= DELTA_AGE_MAX || records == NULL) {
        return false;
    }
    *record = fields_record_as_read(entity_kind_of_slot(frame->ranges, entry->slot),
                                    &records[entry->slot]);
    return true;
}

static uint32_t checksum_of(const BaselineSet *baseline_set, const EncodeFrame *frame) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        const uint32_t baseline_tick = baseline_set->tick - entry->age;
        EntityRecord record;
        if (held_record(frame, entry, baseline_tick, &record)) {
            sum += (uint32_t)baseline_entry_mix(entry, baseline_tick, &record);
        }
    }
    return sum;
}

bool encode_verify_detail(ReplicaState *state, uint16_t sequence, const EncodeFrame *frame,
                          uint32_t *first, VerifyDetail *detail) {
    ASSERT_SIM_THREAD();
    BaselineSet baseline_set;
    if (!baseline_ring_find(&state->baselines, sequence, &baseline_set)) {
        baseline_set.count = 0;
    }
    if (*first > 0 && *first >= baseline_set.count) {
        return false;
    }
    const uint32_t left = baseline_set.count - *first;
    *detail = (VerifyDetail){.sequence = sequence,
                             .baseline_set_count = baseline_set.count,
                             .first = *first,
                             .count = left < VERIFY_ENTRIES_MAX ? left : VERIFY_ENTRIES_MAX};
    for (uint32_t i = 0; i < detail->count; i++) {
        const BaselineEntry *entry = &baseline_set.entries[*first + i];
        const uint32_t baseline_tick = baseline_set.tick - entry->age;
        EntityRecord record;
        detail->entries[i].slot = entry->slot;
        detail->entries[i].is_known = held_record(frame, entry, baseline_tick, &record);
        if (detail->entries[i].is_known) {
            detail->entries[i].check = verify_entry_check(entry, baseline_tick, &record);
        }
    }
    *first += detail->count > 0 ? detail->count : 1;
    return true;
}

// ------------------------------------------------------------------ budget and result

static void add_tokens(ReplicaState *state, uint32_t budget_bytes) {
    const uint32_t twice = 2 * budget_bytes;
    const uint32_t most = twice < PAYLOAD_BYTES_MAX ? twice : PAYLOAD_BYTES_MAX;
    const uint32_t tokens = state->token_bytes + budget_bytes;
    state->token_bytes = tokens < most ? tokens : most;
}

// Deltas of the failed attempt are requested again, and are counted then. Deltas that the attempt
// produced will be found in the cache.
static void forget_attempt(DeltaCacheUse *use, const DeltaCacheUse *before) {
    use->copied = before->copied - (use->produced - before->produced);
    use->unshared = before->unshared;
    memcpy(use->requested, before->requested, sizeof use->requested);
}

static uint32_t count_sent(const BaselineSet *baseline_set) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        count += baseline_set->entries[i].age == 0;
    }
    return count;
}

void encode_snapshot(ReplicaState *state, const InterestView *view, const EncodeFrame *frame,
                     const Ship *own, EncodeWorker *worker) {
    ASSERT_WORKER();
    const SnapshotHeader header = make_header(state, view, frame, own);
    Job job = {.state = state, .view = view, .frame = frame, .worker = worker};
    add_tokens(state, frame->budget_bytes);
    begin(&job, &header);
    const size_t header_bits = job.writer.bits.bit_count;
    const DeltaCacheUse before = worker->cache;
    // If not everything fitted into the last snapshot, it will not fit now.
    if (state->has_ages || !write_everything(&job)) {
        forget_attempt(&worker->cache, &before);
        begin(&job, &header);
        write_chosen(&job);
    }
    const size_t enters_at = job.writer.count_position_bits;
    worker->section_bits[ENCODE_KNOWN] += enters_at - header_bits;
    worker->section_bits[ENCODE_ENTERS] += job.writer.bits.bit_count - enters_at;
    worker->without_baseline += view->baseline_back == 0;
    const size_t entity_bits = job.writer.bits.bit_count - header_bits;
    state->snapshot_entities = count_sent(&job.writer.set);
    state->snapshot_size =
        snapshot_finish(&job.writer, header.has_checksum ? checksum_of(&job.writer.set, frame) : 0);
    assert(state->snapshot_size > 0 && state->snapshot_size <= state->token_bytes);
    worker->section_bits[ENCODE_HEADER] += state->snapshot_size * 8 - entity_bits;
    state->token_bytes -= (uint32_t)state->snapshot_size;
    baseline_ring_commit(&state->baselines, &job.writer.set);
    replica_state_note_sent(state);
}
