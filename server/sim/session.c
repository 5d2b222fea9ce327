// SPDX-License-Identifier: MIT
#include "server/sim/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/page_memory.h"

bool session_table_create(SessionTable *table, uint32_t capacity, uint32_t loop_count) {
    assert(capacity > 0 && capacity <= CLIENTS_MAX);
    assert(loop_count > 0 && loop_count <= NET_LOOPS_MAX);
    memset(table, 0, sizeof *table);
    table->capacity = capacity;
    table->loop_count = loop_count;
    table->sessions = page_memory_allocate(capacity * sizeof *table->sessions);
    const bool has_open = slot_set_create(&table->open, capacity);
    const bool has_joining = slot_set_create(&table->joining, capacity);
    const bool has_names = name_table_create(&table->names, capacity);
    bool is_complete = table->sessions != NULL && has_names && has_open && has_joining;
    for (uint32_t i = 0; i < loop_count; i++) {
        table->by_peer[i] = calloc(SESSION_PEER_SLOTS, sizeof *table->by_peer[i]);
        is_complete = is_complete && table->by_peer[i] != NULL;
    }
    if (!is_complete) {
        session_table_destroy(table);
    }
    return is_complete;
}

void session_table_destroy(SessionTable *table) {
    for (uint32_t i = 0; i < NET_LOOPS_MAX; i++) {
        free(table->by_peer[i]);
    }
    name_table_destroy(&table->names);
    slot_set_destroy(&table->open);
    slot_set_destroy(&table->joining);
    page_memory_free(table->sessions, table->capacity * sizeof *table->sessions);
    memset(table, 0, sizeof *table);
}

static uint32_t *peer_entry(const SessionTable *table, uint32_t loop, PeerHandle peer) {
    assert(loop < table->loop_count && (peer & 0xffff) < SESSION_PEER_SLOTS);
    return &table->by_peer[loop][peer & 0xffff];
}

static void note_counts(SessionTable *table) {
    table->count = table->open.count;
    table->high_water = table->open.end;
}

Session *session_open(SessionTable *table, uint32_t loop, PeerHandle peer, const char *name,
                      uint32_t tick) {
    const uint32_t index = slot_set_acquire(&table->open);
    if (index == SLOT_NONE) {
        return NULL;
    }
    Session *session = &table->sessions[index];
    session->state = SESSION_JOINING;
    slot_set_acquire_at(&table->joining, index);
    session->index = index;
    session->loop = loop;
    session->peer = peer;
    name_table_set(&table->names, index, name);
    name_sync_open(&session->names, &table->names, index);
    input_queue_reset(&session->inputs, tick);
    session->next_sequence = 0;
    session->sent_count = 0;
    session->acked_bits = 0;
    session->token_bytes = 0;
    send_rate_reset(&session->send_rate);
    session->view_tiers = UINT8_MAX; // all; interest narrows it in a crowd
    session->has_ages = false;
    session->has_verify_request = false;
    baseline_ring_reset(&session->baseline_sets);
    session->wants_verify = false;
    session->snapshot_size = 0;
    note_counts(table);
    *peer_entry(table, loop, peer) = index + 1;
    return session;
}

void session_close(SessionTable *table, Session *session) {
    assert(session->state != SESSION_FREE);
    *peer_entry(table, session->loop, session->peer) = 0;
    if (slot_set_has(&table->joining, session->index)) {
        slot_set_release(&table->joining, session->index);
    }
    session->state = SESSION_FREE;
    slot_set_release(&table->open, session->index);
    note_counts(table);
}

void session_welcome(SessionTable *table, Session *session) {
    assert(session->state == SESSION_JOINING);
    slot_set_release(&table->joining, session->index);
    session->state = SESSION_PLAYING;
}

Session *session_find(const SessionTable *table, uint32_t loop, PeerHandle peer) {
    const uint32_t entry = *peer_entry(table, loop, peer);
    if (entry == 0) {
        return NULL;
    }
    // The entry is cleared with its session, so a mismatch is a handle kept too long.
    Session *session = &table->sessions[entry - 1];
    return session->peer == peer ? session : NULL;
}

// Lines of the session's beginning, of the rosters' places, and of a roster's first entries; the
// processor foresees the rest.
#define PREFETCH_HEAD_BYTES  256
#define PREFETCH_ENTRY_BYTES 256

static void prefetch_bytes(const void *first, size_t bytes) {
    for (size_t at = 0; at < bytes; at += CACHE_LINE_BYTES) {
        __builtin_prefetch((const uint8_t *)first + at);
    }
}

void session_prefetch(const Session *session) {
    prefetch_bytes(session, PREFETCH_HEAD_BYTES);
    prefetch_bytes(&session->baseline_sets, offsetof(BaselineRing, entries));
}

void session_prefetch_baseline(Session *session, uint32_t entry_limit) {
    BaselineSet baseline;
    if (session_find_baseline(session, entry_limit, &baseline) > 0) {
        prefetch_bytes(baseline.entries, PREFETCH_ENTRY_BYTES);
    }
}

void session_snapshot_sent(Session *session) {
    session->next_sequence++;
    session->sent_count++;
    session->acked_bits <<= 1;
}

uint8_t session_find_baseline(Session *session, uint32_t entry_limit, BaselineSet *baseline) {
    uint32_t acked = (uint32_t)session->acked_bits & ((1u << SNAPSHOT_BASELINE_MAX) - 1);
    for (; acked != 0; acked &= acked - 1) {
        const uint32_t back = (uint32_t)__builtin_ctz(acked) + 1;
        const uint16_t sequence = (uint16_t)(session->next_sequence - back);
        if (baseline_ring_find(&session->baseline_sets, sequence, baseline) &&
            baseline->count <= entry_limit) {
            return (uint8_t)back;
        }
    }
    *baseline = (BaselineSet){0};
    return 0;
}

// How many snapshots before the newest; numbers ahead of that wrap to 2^15 and more.
static uint32_t age_of(const Session *session, uint16_t sequence) {
    return (uint16_t)(session->next_sequence - 1 - sequence);
}

bool session_has_sent(const Session *session, uint16_t sequence) {
    const uint32_t age = age_of(session, sequence);
    return age < 0x8000 && age < session->sent_count;
}

uint32_t session_snapshot_tick(const Session *session, uint16_t sequence) {
    const uint32_t age = age_of(session, sequence);
    const uint16_t known =
        age < BASELINE_SETS_MAX ? sequence : (uint16_t)(session->next_sequence - BASELINE_SETS_MAX);
    return session->baseline_sets.spans[known % BASELINE_SETS_MAX].tick;
}

void session_acknowledge(Session *session, uint16_t sequence, uint32_t bits) {
    // Age 0 is the snapshot sent last; sequences ahead of it wrap to ages above any that counts.
    const uint32_t age = age_of(session, sequence);
    if (age < 64) {
        session->acked_bits |= 1ull << age;
    }
    if (age < 63) {
        session->acked_bits |= (uint64_t)bits << (age + 1);
    }
    if (session->sent_count < 64) { // bits for what was before the first one
        session->acked_bits &= (1ull << session->sent_count) - 1;
    }
}

VerifyRequestVerdict session_open_verify_request(Session *session, uint16_t sequence) {
    if (!session_has_sent(session, sequence)) {
        return VERIFY_REQUEST_UNKNOWN;
    }
    if (session->has_verify_request) {
        return VERIFY_REQUEST_BUSY;
    }
    session->has_verify_request = true;
    session->verify_sequence = sequence;
    session->verify_next_entry = 0;
    return VERIFY_REQUEST_OPEN;
}
