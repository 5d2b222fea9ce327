// SPDX-License-Identifier: MIT
#include "server/encode.h"

#include <assert.h>
#include <string.h>

#include "wire/fields.h"
#include "wire/snapshot.h"

// Of the room of a snapshot, per entity in view: what its mark takes each time (3 bits, a REMOVE
// 5), and an eighth of what it takes to tell a state whole (75 bits). So even a crowd whose deltas
// have become useless is told in eight snapshots, besides newcomers.
#define ENTRY_BITS 16

const char *encode_section_name(EncodeSection section) {
    static const char *const names[ENCODE_SECTION_COUNT] = {"header", "known", "newcomers"};
    return names[section];
}

uint32_t encode_entry_limit(uint32_t budget_bytes) {
    const uint32_t limit = (budget_bytes - SNAPSHOT_HEADER_BYTES_MAX) * 8 / ENTRY_BITS;
    return limit < ROSTER_ENTRIES_MAX ? limit : ROSTER_ENTRIES_MAX;
}

// ------------------------------------------------------------------ header

static uint16_t to_q4_us(uint64_t ns) {
    const uint64_t units = ns / 16000;
    return (uint16_t)(units < UINT16_MAX ? units : UINT16_MAX);
}

// A checksum costs more than the rest of a snapshot: every state in the roster is looked up again.
// So clients may ask for checksums, and the server chooses how many there are. The first snapshot
// has one; after that the sessions take turns.
static bool has_checksum(const Session *session, const EncodeFrame *frame) {
    const uint32_t turn = session->next_sequence + session->index;
    return session->wants_verify && (frame->verify_interval == 0 || session->sent_count == 0 ||
                                     turn % frame->verify_interval == 0);
}

static SnapshotHeader make_header(const Session *session, const InterestView *view,
                                  const EncodeFrame *frame, const Ship *own) {
    const InputQueue *inputs = &session->inputs;
    SnapshotHeader header = {
        .tick = frame->tick,
        .sequence = session->next_sequence,
        .reference = view->reference_back,
        .has_checksum = has_checksum(session, frame),
        .tick_us_q4 = to_q4_us(frame->last_tick_ns),
        .client_count =
            (uint16_t)(frame->client_count < UINT16_MAX ? frame->client_count : UINT16_MAX),
        .center_x = view->center_x,
        .center_y = view->center_y,
        .own = *own,
    };
    if (inputs->has_input) {
        header.has_input = true;
        header.input_tick = inputs->newest_tick;
        header.input_margin_q4 = inputs->margin_q4;
        header.echo_time_ms = inputs->send_time_ms;
        header.echo_hold_us_q4 = to_q4_us(frame->now_ns - inputs->received_ns);
        header.starved_count = inputs->starved_count;
    }
    return header;
}

// ------------------------------------------------------------------ one session's snapshot

// What the functions below pass around.
typedef struct Job {
    Session *session;
    const InterestView *view;
    const EncodeFrame *frame;
    EncodeWorker *worker;
    SnapshotWriter writer;
    Roster roster; // behind the snapshot
} Job;

static void begin(Job *job, const SnapshotHeader *header) {
    const InterestView *view = job->view;
    snapshot_begin(&job->writer, job->session->snapshot, job->session->token_bytes,
                   job->frame->ranges, header);
    roster_ring_begin(&job->session->rosters, header->sequence, header->tick,
                      view->staying_count + view->newcomer_count,
                      view->reference_back > 0 ? &view->reference : NULL, &job->roster);
}

static void add_mark(Job *job, const RosterEntry *entry, DeltaSymbol symbol) {
    const DeltaBits bits =
        delta_mark(entity_kind_of_slot(job->frame->ranges, entry->slot),
                   roster_window(&job->view->reference, entry, job->frame->tick), symbol);
    snapshot_add(&job->writer, &bits);
}

static void add_whole(Job *job, const RosterEntry *entry, const DeltaBits *state) {
    snapshot_add_whole(&job->writer, entity_kind_of_slot(job->frame->ranges, entry->slot),
                       roster_window(&job->view->reference, entry, job->frame->tick), state);
}

static void add_newcomer(Job *job, uint32_t slot, const DeltaBits *state, bool *fits) {
    const uint16_t generation = job->frame->cache->records[slot].generation;
    if (snapshot_add_newcomer(&job->writer, slot, generation, state)) {
        roster_carry(&job->roster, slot, generation);
    } else {
        *fits = false;
    }
}

// ------------------------------------------------------------------ everything fits

// A delta that the cache does not have, or has not as a word.
static void add_made(Job *job, const RosterEntry *entry, uint32_t age) {
    DeltaCache *cache = job->frame->cache;
    if (age < DELTA_AGE_MAX) {
        const DeltaBits bits = delta_cache_make(cache, entry->slot, age, &job->worker->cache);
        if (bits.count > 0) {
            snapshot_add(&job->writer, &bits);
            return;
        }
    }
    const EntityKind kind = entity_kind_of_slot(job->frame->ranges, entry->slot);
    const DeltaBits state = snapshot_pack_whole(&job->writer, kind, &cache->records[entry->slot]);
    add_whole(job, entry, &state);
}

// The words are read in no order that the processor could foresee.
#define PREFETCH_ENTRIES 12

static void add_all_known(Job *job) {
    const Roster *reference = &job->view->reference;
    const DeltaCache *cache = job->frame->cache;
    const uint32_t elapsed = job->frame->tick - reference->tick;
    RosterEntry *carried = job->roster.entries;
    uint32_t copied = 0;
    for (uint32_t i = 0; i < reference->count; i++) {
        const uint32_t ahead = i + PREFETCH_ENTRIES < reference->count ? i + PREFETCH_ENTRIES : i;
        const RosterEntry *next = &reference->entries[ahead];
        __builtin_prefetch((const void *)delta_cache_word(
            cache, next->slot, roster_age_after(next->age, elapsed) % HISTORY_TICKS));
        const RosterEntry *entry = &reference->entries[i];
        if (job->view->stays[i] == 0) {
            add_mark(job, entry, DELTA_REMOVE);
            continue;
        }
        const uint32_t age = roster_age_after(entry->age, elapsed);
        const uint64_t word = age < DELTA_AGE_MAX ? delta_cache_find(cache, entry->slot, age) : 0;
        if (word != 0) {
            bit_write_wide(&job->writer.bits, delta_word_bits(word), delta_word_count(word));
            copied++;
        } else {
            add_made(job, entry, age);
        }
        *carried++ = (RosterEntry){.slot = entry->slot, .generation = entry->generation};
    }
    job->roster.count = (uint16_t)(carried - job->roster.entries);
    job->worker->cache.copied += copied;
    delta_cache_note_asked(cache, elapsed, reference->count, &job->worker->cache);
}

// False when it does not fit: what was written is then worthless.
static bool write_everything(Job *job) {
    add_all_known(job);
    if (job->writer.bits.has_overflowed ||
        job->writer.bits.bit_count + job->writer.reserved_bits > job->writer.bits.capacity_bits) {
        return false;
    }
    const uint32_t known_count = job->roster.count;
    bool fits = true;
    snapshot_begin_newcomers(&job->writer);
    for (uint32_t i = 0; i < job->view->newcomer_count && fits; i++) {
        const uint32_t slot = job->view->newcomers[i];
        const EntityKind kind = entity_kind_of_slot(job->frame->ranges, slot);
        const DeltaBits state =
            snapshot_pack_whole(&job->writer, kind, &job->frame->cache->records[slot]);
        add_newcomer(job, slot, &state, &fits);
    }
    if (fits && job->view->newcomer_count > 0) {
        const bool is_free = roster_merge_newcomers(&job->roster, known_count);
        assert(is_free);
    }
    return fits;
}

// ------------------------------------------------------------------ not everything fits

static void write_known(Job *job, const Agenda *agenda) {
    const Roster *reference = &job->view->reference;
    for (uint32_t i = 0; i < reference->count; i++) {
        const RosterEntry *entry = &reference->entries[i];
        const AgendaKnown *known = &agenda->known[i];
        if (job->view->stays[i] == 0) {
            add_mark(job, entry, DELTA_REMOVE);
        } else if (!known->is_told) {
            add_mark(job, entry, DELTA_SKIP);
            roster_keep(&job->roster, entry, roster_window(reference, entry, job->frame->tick).age);
        } else {
            if (known->is_whole) {
                add_whole(job, entry, &known->told);
            } else {
                snapshot_add(&job->writer, &known->told);
            }
            roster_carry(&job->roster, entry->slot, entry->generation);
        }
    }
}

static void write_chosen(Job *job) {
    Agenda *agenda = &job->worker->agenda;
    agenda_fill(agenda, job->session, job->view, job->frame->cache, &job->writer,
                &job->worker->cache);
    const bool is_everything = agenda_choose(agenda, job->view, snapshot_room_bits(&job->writer));
    job->worker->limited += !is_everything;
    write_known(job, agenda);
    const uint32_t known_count = job->roster.count;
    bool fits = true;
    snapshot_begin_newcomers(&job->writer);
    for (uint32_t i = 0; i < job->view->newcomer_count; i++) {
        if (agenda->newcomers[i].is_told) {
            add_newcomer(job, job->view->newcomers[i], &agenda->newcomers[i].state, &fits);
        }
    }
    assert(fits && snapshot_room_bits(&job->writer) == agenda->left_bits);
    const bool is_free = roster_merge_newcomers(&job->roster, known_count);
    assert(is_free);
    agenda_note_waits(agenda, job->view, &job->roster, job->session);
    job->session->has_waits = !is_everything;
}

// ------------------------------------------------------------------ verification

// The state that the client should hold of an entry, as it reads it. False when it is too old.
static bool held_record(const EncodeFrame *frame, const RosterEntry *entry, uint32_t base_tick,
                        EntityRecord *record) {
    const EntityRecord *records = history_at(frame->history, base_tick);
    if (entry->age >= DELTA_AGE_MAX || records == NULL) {
        return false;
    }
    *record = fields_record_as_read(entity_kind_of_slot(frame->ranges, entry->slot),
                                    &records[entry->slot]);
    return true;
}

static uint32_t checksum_of(const Roster *roster, const EncodeFrame *frame) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        const uint32_t base_tick = roster->tick - entry->age;
        EntityRecord record;
        if (held_record(frame, entry, base_tick, &record)) {
            sum += (uint32_t)roster_entry_mix(entry, base_tick, &record);
        }
    }
    return sum;
}

bool encode_verify_detail(Session *session, uint16_t sequence, const EncodeFrame *frame,
                          uint32_t *first, VerifyDetail *detail) {
    Roster roster;
    if (!roster_ring_find(&session->rosters, sequence, &roster)) {
        roster.count = 0;
    }
    if (*first > 0 && *first >= roster.count) {
        return false;
    }
    const uint32_t left = roster.count - *first;
    *detail = (VerifyDetail){.sequence = sequence,
                             .roster_count = roster.count,
                             .first = *first,
                             .count = left < VERIFY_ENTRIES_MAX ? left : VERIFY_ENTRIES_MAX};
    for (uint32_t i = 0; i < detail->count; i++) {
        const RosterEntry *entry = &roster.entries[*first + i];
        const uint32_t base_tick = roster.tick - entry->age;
        EntityRecord record;
        detail->entries[i].slot = entry->slot;
        detail->entries[i].is_known = held_record(frame, entry, base_tick, &record);
        if (detail->entries[i].is_known) {
            detail->entries[i].check = verify_entry_check(entry, base_tick, &record);
        }
    }
    *first += detail->count > 0 ? detail->count : 1;
    return true;
}

// ------------------------------------------------------------------ the whole

static void take_tokens(Session *session, uint32_t budget_bytes) {
    const uint32_t twice = 2 * budget_bytes;
    const uint32_t most = twice < PAYLOAD_BYTES_MAX ? twice : PAYLOAD_BYTES_MAX;
    const uint32_t tokens = session->token_bytes + budget_bytes;
    session->token_bytes = tokens < most ? tokens : most;
}

// What did not fit is asked for again and counts then; what it produced will be found.
static void forget_attempt(DeltaCacheUse *use, const DeltaCacheUse *before) {
    use->copied = before->copied - (use->produced - before->produced);
    use->unshared = before->unshared;
    memcpy(use->asked, before->asked, sizeof use->asked);
}

static uint32_t count_told(const Roster *roster) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        count += roster->entries[i].age == 0;
    }
    return count;
}

void encode_snapshot(Session *session, const InterestView *view, const EncodeFrame *frame,
                     const Ship *own, EncodeWorker *worker) {
    const SnapshotHeader header = make_header(session, view, frame, own);
    Job job = {.session = session, .view = view, .frame = frame, .worker = worker};
    take_tokens(session, frame->budget_bytes);
    begin(&job, &header);
    const size_t header_bits = job.writer.bits.bit_count;
    const DeltaCacheUse before = worker->cache;
    // Where the last one did not fit, neither will this one.
    if (session->has_waits || !write_everything(&job)) {
        forget_attempt(&worker->cache, &before);
        begin(&job, &header);
        write_chosen(&job);
    }
    const size_t newcomers_at = job.writer.count_position_bits;
    worker->section_bits[ENCODE_KNOWN] += newcomers_at - header_bits;
    worker->section_bits[ENCODE_NEWCOMERS] += job.writer.bits.bit_count - newcomers_at;
    worker->unreferenced += view->reference_back == 0;
    const size_t entity_bits = job.writer.bits.bit_count - header_bits;
    session->snapshot_entities = count_told(&job.roster);
    session->snapshot_size =
        snapshot_finish(&job.writer, header.has_checksum ? checksum_of(&job.roster, frame) : 0);
    assert(session->snapshot_size > 0 && session->snapshot_size <= session->token_bytes);
    worker->section_bits[ENCODE_HEADER] += session->snapshot_size * 8 - entity_bits;
    session->token_bytes -= (uint32_t)session->snapshot_size;
    roster_ring_commit(&session->rosters, &job.roster);
    session_snapshot_sent(session);
}
