// SPDX-License-Identifier: MIT
#include "server/sim/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/page_memory.h"
#include "base/thread_role.h"

bool session_table_create(SessionTable *table, uint32_t capacity, uint32_t loop_count) {
    ASSERT_SIM_THREAD();
    assert(capacity > 0 && capacity <= CLIENTS_MAX);
    assert(loop_count > 0 && loop_count <= NET_LOOPS_MAX);
    memset(table, 0, sizeof *table);
    table->capacity = capacity;
    table->loop_count = loop_count;
    table->sessions = page_memory_allocate(capacity * sizeof *table->sessions);
    table->replicas = calloc(capacity, sizeof *table->replicas);
    const bool has_open = slot_set_create(&table->open, capacity);
    const bool has_joining = slot_set_create(&table->joining, capacity);
    const bool has_names = name_table_create(&table->names, capacity);
    bool is_complete =
        table->sessions != NULL && table->replicas != NULL && has_names && has_open && has_joining;
    for (uint32_t i = 0; i < loop_count; i++) {
        table->by_peer[i] = calloc(SESSION_PEER_SLOTS, sizeof *table->by_peer[i]);
        is_complete = is_complete && table->by_peer[i] != NULL;
    }
    if (!is_complete) {
        session_table_destroy(table);
        return false;
    }
    for (uint32_t i = 0; i < capacity; i++) {
        table->replicas[i] = &table->sessions[i].replica;
    }
    return true;
}

void session_table_destroy(SessionTable *table) {
    ASSERT_SIM_THREAD();
    for (uint32_t i = 0; i < NET_LOOPS_MAX; i++) {
        free(table->by_peer[i]);
    }
    name_table_destroy(&table->names);
    slot_set_destroy(&table->open);
    slot_set_destroy(&table->joining);
    free(table->replicas);
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
    ASSERT_SIM_THREAD();
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
    input_queue_reset(&session->inputs, tick);
    replica_state_reset(&session->replica, index, &table->names);
    note_counts(table);
    *peer_entry(table, loop, peer) = index + 1;
    return session;
}

void session_close(SessionTable *table, Session *session) {
    ASSERT_SIM_THREAD();
    assert(session->state != SESSION_FREE);
    *peer_entry(table, session->loop, session->peer) = 0;
    if (slot_set_has(&table->joining, session->index)) {
        slot_set_release(&table->joining, session->index);
    }
    session->state = SESSION_FREE;
    session->replica.is_active = false;
    slot_set_release(&table->open, session->index);
    note_counts(table);
}

void session_welcome(SessionTable *table, Session *session) {
    ASSERT_SIM_THREAD();
    assert(session->state == SESSION_JOINING);
    slot_set_release(&table->joining, session->index);
    session->state = SESSION_PLAYING;
    session->replica.is_active = true;
}

Session *session_find(const SessionTable *table, uint32_t loop, PeerHandle peer) {
    ASSERT_SIM_THREAD();
    const uint32_t entry = *peer_entry(table, loop, peer);
    if (entry == 0) {
        return NULL;
    }
    // The entry is cleared with its session, so a mismatch is an outdated handle.
    Session *session = &table->sessions[entry - 1];
    return session->peer == peer ? session : NULL;
}

void session_push_input(Session *session, const InputMessage *message,
                        const InputArrival *arrival) {
    ASSERT_SIM_THREAD();
    InputQueue *inputs = &session->inputs;
    input_queue_push(inputs, message, arrival);
    session->replica.input_echo = (InputEcho){.received_ns = inputs->received_ns,
                                              .newest_tick = inputs->newest_tick,
                                              .send_time_ms = inputs->send_time_ms,
                                              .starved_count = inputs->starved_count,
                                              .margin_q4 = inputs->margin_q4,
                                              .has_input = inputs->has_input};
}

// Missing inputs are rare; without one, the echo's cache line is not touched.
ShipInput session_pop_input(Session *session) {
    ASSERT_SIM_THREAD();
    InputQueue *inputs = &session->inputs;
    const uint16_t before = inputs->starved_count;
    const ShipInput input = input_queue_pop(inputs);
    if (inputs->starved_count != before) {
        session->replica.input_echo.starved_count = inputs->starved_count;
    }
    return input;
}

// ------------------------------------------------------------------ checks

static const char *check_session(const SessionTable *table, uint32_t index) {
    const Session *session = &table->sessions[index];
    const bool is_open = session->state != SESSION_FREE;
    if (slot_set_has(&table->open, index) != is_open ||
        slot_set_has(&table->joining, index) != (session->state == SESSION_JOINING)) {
        return "a session's state is not that of the sets";
    }
    if (session->replica.is_active != (session->state == SESSION_PLAYING)) {
        return "snapshots go to a session that does not play, or not to one that does";
    }
    if (is_open && (session->index != index || session->replica.index != index)) {
        return "a session has another's index";
    }
    return is_open && *peer_entry(table, session->loop, session->peer) != index + 1
               ? "a session's peer leads to another"
               : NULL;
}

static uint32_t count_peers(const SessionTable *table) {
    uint32_t count = 0;
    for (uint32_t loop = 0; loop < table->loop_count; loop++) {
        for (uint32_t i = 0; i < SESSION_PEER_SLOTS; i++) {
            count += table->by_peer[loop][i] != 0;
        }
    }
    return count;
}

Fault session_table_validate(const SessionTable *table) {
    ASSERT_SIM_THREAD();
    Fault fault = slot_set_validate(&table->open);
    fault = fault.what != NULL ? fault : slot_set_validate(&table->joining);
    for (uint32_t i = 0; i < table->capacity && fault.what == NULL; i++) {
        const char *what = check_session(table, i);
        fault = what != NULL ? (Fault){what, "session", i} : fault;
    }
    for (uint32_t i = 0; i < table->high_water && fault.what == NULL; i++) {
        if (table->sessions[i].state != SESSION_FREE) {
            fault = input_queue_validate(&table->sessions[i].inputs);
            fault = fault.what != NULL ? (Fault){fault.what, "session", i} : fault;
        }
    }
    if (fault.what == NULL &&
        (table->count != table->open.count || table->high_water != table->open.end ||
         table->count != count_peers(table))) {
        fault = (Fault){.what = "the count of sessions is wrong"};
    }
    return fault;
}
