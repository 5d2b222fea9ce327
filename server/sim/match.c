// SPDX-License-Identifier: MIT
#include "server/sim/match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/leaky_bucket.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "server/replication/encode.h"
#include "wire/message.h"
#include "wire/reason.h"

static_assert(PHASE_INTEREST == (int)SIM_PHASE_COUNT, "the sim's phases come first");

// ------------------------------------------------------------------ creation

bool match_create(Match *match, const MatchConfig *config) {
    ASSERT_SIM_THREAD();
    assert(config->tick_rate_hz % config->snapshot_rate_hz == 0);
    const uint32_t capacity = config->sim.ship_capacity;
    memset(match, 0, sizeof *match);
    match->config = *config;
    match->snapshot_interval_ticks = config->tick_rate_hz / config->snapshot_rate_hz;
    match->tick_ns = NS_PER_S / config->tick_rate_hz;
    if (!sim_create(&match->sim, &config->sim)) {
        return false;
    }
    // In one tick, players can leave and others join at the same index, more than once.
    match->command_capacity = 4 * capacity;
    match->commands = calloc(match->command_capacity, sizeof *match->commands);
    match->ship_inputs = calloc(capacity, sizeof *match->ship_inputs);
    match->rewinds = calloc(capacity, sizeof *match->rewinds);
    const bool has_sessions = session_table_create(&match->sessions, capacity, config->loop_count);
    const ReplicationConfig replication = {.interval_ticks = match->snapshot_interval_ticks,
                                           .snapshot_rate_hz = config->snapshot_rate_hz,
                                           .budget_bytes = config->budget_bytes,
                                           .verify_interval = config->verify_interval,
                                           .worker_count = config->sim.worker_count,
                                           .clock_ns = clock_now_ns,
                                           .world = &match->sim.world,
                                           .history = &match->sim.history,
                                           .replicas = match->sessions.replicas,
                                           .replica_capacity = capacity};
    const bool has_replication = replication_create(&match->replication, &replication);
    const bool has_broadcast =
        event_broadcast_create(&match->broadcast, capacity, config->tick_rate_hz);
    const bool has_departures = departures_create(&match->departures, capacity) &&
                                departures_create(&match->chats, capacity);
    if (!has_sessions || !has_replication || !has_broadcast || !has_departures ||
        match->commands == NULL || match->ship_inputs == NULL || match->rewinds == NULL) {
        match_destroy(match);
        return false;
    }
    return true;
}

void match_destroy(Match *match) {
    ASSERT_SIM_THREAD();
    departures_destroy(&match->departures);
    departures_destroy(&match->chats);
    event_broadcast_destroy(&match->broadcast);
    replication_destroy(&match->replication);
    session_table_destroy(&match->sessions);
    free(match->rewinds);
    free(match->ship_inputs);
    free(match->commands);
    sim_destroy(&match->sim);
    memset(match, 0, sizeof *match);
}

// ------------------------------------------------------------------ consume_records

static bool push_command(Match *match, SimCommand command) {
    if (match->command_count == match->command_capacity) {
        return false;
    }
    match->commands[match->command_count++] = command;
    return true;
}

static void refuse_join(Match *match, uint32_t loop, PeerHandle peer, Reason reason) {
    // When the queue is full, the join times out in the net loop.
    (void)sim_queues_push_kick(&match->config.queues[loop], peer, reason);
}

// Reconnecting brings a new ship no sooner than dying does: a player who joins from an address
// range with a departure inherits its wait.
static uint32_t claim_wait(Match *match, uint64_t range) {
    const uint64_t until = departures_claim(&match->departures, range, match->tick_count);
    return until > match->tick_count ? (uint32_t)(until - match->tick_count) : 0;
}

// A player may leave in the tick in which it joined, before it has a ship: then the wait of its
// join counts again.
static void note_departure(Match *match, const Session *session) {
    const uint32_t wait = session->join_tick == match->sim.world.tick + 1
                              ? session->wait_ticks
                              : ship_return_ticks(&match->sim.world.ships[session->index]);
    departures_note(&match->departures, session->range, match->tick_count + wait,
                    match->tick_count);
    departures_note(&match->chats, session->range, session->chat_due_ns, match->due_ns);
}

static void handle_join(Match *match, uint32_t loop, const QueueJoin *join) {
    if (match->command_count == match->command_capacity) {
        refuse_join(match, loop, join->head.peer, REASON_SERVER_BUSY);
        return;
    }
    Session *session = session_open(&match->sessions, loop, join->head.peer, join->name,
                                    match->sim.world.tick + 1);
    if (session == NULL) {
        refuse_join(match, loop, join->head.peer, REASON_SERVER_FULL);
        return;
    }
    session->replica.wants_verify = join->wants_verify && !match->config.ignores_verify;
    session->range = join->range;
    session->join_tick = match->sim.world.tick + 1;
    session->wait_ticks = claim_wait(match, join->range);
    session->chat_due_ns = departures_claim(&match->chats, join->range, match->due_ns);
    (void)push_command(match, (SimCommand){SIM_JOIN, session->index, session->wait_ticks});
    event_broadcast_open(&match->broadcast, session->index);
    const EventPlayer *player = name_table_player(&match->sessions.names, session->index);
    event_broadcast_join(&match->broadcast, match->sim.world.tick + 1, player);
    LOG_DEBUG("sim", "player %u '%s' joined", player->index, player->name);
}

// False when the leave has to wait for the next tick.
static bool handle_leave(Match *match, uint32_t loop, const QueueLeave *leave) {
    Session *session = session_find(&match->sessions, loop, leave->head.peer);
    if (session == NULL) {
        return true; // its join was refused
    }
    if (!push_command(match, (SimCommand){SIM_LEAVE, session->index, 0})) {
        return false;
    }
    const EventPlayer *player = name_table_player(&match->sessions.names, session->index);
    LOG_DEBUG("sim", "player %u '%s' left", player->index, player->name);
    note_departure(match, session);
    event_broadcast_leave(&match->broadcast, match->sim.world.tick + 1, player, leave->reason);
    session_close(&match->sessions, session);
    return true;
}

static void handle_chat_record(Match *match, uint32_t loop, const QueueChat *chat) {
    Session *session = session_find(&match->sessions, loop, chat->head.peer);
    if (session == NULL) {
        return;
    }
    // The net loop limits the chat of this connection, but not of the player's earlier ones, which
    // may have been on any loop. One line more than there, since the net loop's clock is finer.
    if (!leaky_bucket_consume(&session->chat_due_ns, match->due_ns, CHAT_PERIOD_NS,
                              CHAT_BURST + 1)) {
        match->broadcast.dropped[EVENT_CHAT]++;
    } else {
        event_broadcast_say(&match->broadcast, match->sim.world.tick + 1,
                            name_table_player(&match->sessions.names, session->index), chat->text);
    }
}

// No client of ours names a snapshot that was never sent to it. When the queue is full, this
// offence is not counted.
static void report_unsent(Match *match, const Session *session) {
    (void)sim_queues_push_offence(&match->config.queues[session->loop], session->peer,
                                  MESSAGE_REJECT_UNSENT);
}

static void accept_verify_request(Match *match, uint32_t loop, const QueueVerifyRequest *request) {
    Session *session = session_find(&match->sessions, loop, request->head.peer);
    if (session == NULL) {
        return;
    }
    Metric *verify_requests = match->config.metrics->sim.verify_requests;
    switch (replica_state_open_verify_request(&session->replica, request->sequence)) {
    case VERIFY_REQUEST_OPEN:
        match->has_verify_requests = true; // counted with its answer
        break;
    case VERIFY_REQUEST_BUSY:
        metric_add(&verify_requests[VERIFY_RESULT_BUSY], 1);
        break;
    case VERIFY_REQUEST_UNKNOWN:
        metric_add(&verify_requests[VERIFY_RESULT_UNKNOWN], 1);
        report_unsent(match, session);
        break;
    }
}

static void count_inputs(SimMetrics *metrics, const InputCounts *before, const InputCounts *now) {
    metric_add(&metrics->inputs[INPUT_RESULT_LATE], now->late - before->late);
    metric_add(&metrics->inputs[INPUT_RESULT_ACCEPTED], now->accepted - before->accepted);
    metric_add(&metrics->inputs[INPUT_RESULT_DUPLICATE], now->duplicate - before->duplicate);
    metric_add(&metrics->inputs[INPUT_RESULT_EARLY], now->early - before->early);
    metric_add(&metrics->input_views_unlikely, now->unlikely - before->unlikely);
}

static void push_input(Match *match, uint32_t loop, const QueueInput *record) {
    Session *session = session_find(&match->sessions, loop, record->head.peer);
    if (session == NULL) {
        return; // sent before its player left
    }
    const InputMessage *message = &record->message;
    if (message->has_snapshot &&
        !replica_state_has_sent(&session->replica, message->snapshot_sequence)) {
        report_unsent(match, session);
        return;
    }
    const InputCounts before = session->inputs.counts;
    InputArrival arrival = {.received_ns = record->received_ns,
                            .due_ns = match->due_ns,
                            .tick_ns = match->tick_ns,
                            .snapshot_interval_ticks = match->snapshot_interval_ticks};
    if (message->has_snapshot) {
        replica_state_acknowledge(&session->replica, message->snapshot_sequence,
                                  message->snapshot_bits);
        arrival.has_snapshot = true;
        arrival.snapshot_tick =
            replica_state_snapshot_tick(&session->replica, message->snapshot_sequence);
    }
    session_push_input(session, message, &arrival);
    count_inputs(&match->config.metrics->sim, &before, &session->inputs.counts);
}

static void consume_queue(Match *match, uint32_t loop) {
    SpscQueue *queue = &match->config.queues[loop].to_sim;
    for (const QueueRecord *record; (record = sim_queues_peek(queue)) != NULL;
         spsc_queue_pop(queue)) {
        switch (record->type) {
        case QUEUE_JOIN:
            handle_join(match, loop, (const QueueJoin *)(const void *)record);
            break;
        case QUEUE_LEAVE:
            if (!handle_leave(match, loop, (const QueueLeave *)(const void *)record)) {
                return; // stays in the queue, as do all records behind it
            }
            break;
        case QUEUE_INPUT:
            push_input(match, loop, (const QueueInput *)(const void *)record);
            break;
        case QUEUE_CHAT:
            handle_chat_record(match, loop, (const QueueChat *)(const void *)record);
            break;
        case QUEUE_VERIFY_REQUEST:
            accept_verify_request(match, loop, (const QueueVerifyRequest *)(const void *)record);
            break;
        case QUEUE_WELCOME:
        case QUEUE_RELIABLE:
        case QUEUE_SNAPSHOT:
        case QUEUE_OFFENCE:
        case QUEUE_KICK:
            assert(false && "a record for the other side");
        }
    }
}

static void consume_records(Match *match) {
    match->command_count = 0;
    for (uint32_t loop = 0; loop < match->config.loop_count; loop++) {
        consume_queue(match, loop);
    }
}

// ------------------------------------------------------------------ pop_inputs

static void pop_inputs(Match *match) {
    uint64_t starved = 0;
    for (uint32_t i = 0; i < match->sessions.high_water; i++) {
        Session *session = &match->sessions.sessions[i];
        if (session->state == SESSION_FREE) {
            continue;
        }
        const uint16_t before = session->inputs.starved_count;
        match->ship_inputs[i] = session_pop_input(session);
        match->rewinds[i] = session->inputs.rewind_q8;
        starved += (uint16_t)(session->inputs.starved_count - before);
    }
    metric_add(&match->config.metrics->sim.input_starved, starved);
}

// ------------------------------------------------------------------ replicate

static void replicate(Match *match, uint64_t now_ns) {
    Replication *replication = &match->replication;
    replication_begin(replication, &(ReplicationTick){.now_ns = now_ns,
                                                      .last_tick_ns = match->last_tick_ns,
                                                      .client_count = match->sessions.count,
                                                      .replica_end = match->sessions.high_water});
    pool_run(match->sim.pool, replication_prepare_task, replication,
             replication_prepare_pieces(replication));
    pool_run(match->sim.pool, replication_snapshot_task, replication,
             replication_snapshot_pieces(replication));
}

// ------------------------------------------------------------------ hand_over

static void welcome_session(Match *match, Session *session) {
    const World *world = &match->sim.world;
    const WelcomeMessage welcome = {
        .player_index = session->index,
        .tick = world->tick,
        .tick_rate_hz = match->config.tick_rate_hz,
        .snapshot_rate_hz = match->config.snapshot_rate_hz,
        .ranges = world->ranges,
        .arena = match->config.sim.arena,
    };
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = welcome_write(buffer, &welcome);
    // A full queue counts the refusal; the session tries again in the next tick.
    if (sim_queues_push_message(&match->config.queues[session->loop], QUEUE_WELCOME, session->peer,
                                buffer, size)) {
        session_welcome(&match->sessions, session);
    }
}

static void welcome_joined(Match *match) {
    const SlotSet *joining = &match->sessions.joining;
    for (uint32_t i = slot_set_next(joining, 0); i != SLOT_NONE;
         i = slot_set_next(joining, i + 1)) {
        welcome_session(match, &match->sessions.sessions[i]);
    }
}

static void send_events(Match *match) {
    SimMetrics *metrics = &match->config.metrics->sim;
    EventBroadcast *broadcast = &match->broadcast;
    const uint32_t tick = match->sim.world.tick;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (uint32_t i = 0; i < match->sessions.high_water; i++) {
        Session *session = &match->sessions.sessions[i];
        if (session->state != SESSION_PLAYING) {
            continue;
        }
        const size_t size = event_broadcast_write(broadcast, session, tick, buffer);
        // A full queue counts the refusal; the next tick tries again.
        if (size > 0 && sim_queues_push_message(&match->config.queues[session->loop],
                                                QUEUE_RELIABLE, session->peer, buffer, size)) {
            event_broadcast_confirm(broadcast, session);
            metric_add(&metrics->event_messages, 1);
            metric_add(&metrics->event_bytes, size);
        }
    }
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        metric_set(&metrics->events[type], broadcast->events[type]);
        metric_set(&metrics->events_dropped[type], broadcast->dropped[type]);
    }
    metric_set(&metrics->event_deliveries, broadcast->deliveries);
}

// Sends the answer as far as the queue has room for it. VERIFY_RESULT_BUSY: the next tick goes on
// where this one stopped.
static VerifyResult push_verify_details(Match *match, Session *session, const EncodeFrame *frame) {
    SimQueues *queues = &match->config.queues[session->loop];
    ReplicaState *state = &session->replica;
    BaselineSet baseline_set;
    const bool is_kept =
        baseline_ring_find(&state->baselines, state->verify_sequence, &baseline_set);
    if (!is_kept) {
        state->verify_next_entry = 0; // one empty detail ends the request
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    VerifyDetail detail;
    uint32_t first = state->verify_next_entry;
    while (encode_verify_detail(state, state->verify_sequence, frame, &first, &detail)) {
        const size_t size = verify_detail_write(buffer, &detail);
        if (!sim_queues_push_message(queues, QUEUE_RELIABLE, session->peer, buffer, size)) {
            return VERIFY_RESULT_BUSY;
        }
        state->verify_next_entry = first;
    }
    return is_kept ? VERIFY_RESULT_ANSWERED : VERIFY_RESULT_FORGOTTEN;
}

static void answer_verify_request(Match *match, Session *session, const EncodeFrame *frame) {
    const VerifyResult result = push_verify_details(match, session, frame);
    if (result != VERIFY_RESULT_BUSY) {
        session->replica.has_verify_request = false;
        metric_add(&match->config.metrics->sim.verify_requests[result], 1);
    }
}

// Requests are rare; without one, the sessions are not scanned.
static void answer_verify_requests(Match *match) {
    if (!match->has_verify_requests) {
        return;
    }
    match->has_verify_requests = false;
    for (uint32_t i = 0; i < match->sessions.high_water; i++) {
        Session *session = &match->sessions.sessions[i];
        if (session->state == SESSION_PLAYING && session->replica.has_verify_request) {
            answer_verify_request(match, session, &match->replication.frame);
            match->has_verify_requests |= session->replica.has_verify_request;
        }
    }
}

static void hand_over(Match *match) {
    SimMetrics *metrics = &match->config.metrics->sim;
    const SendSchedule *due = &match->replication.due;
    uint64_t updates = 0;
    for (uint32_t i = 0; i < due->count; i++) {
        const Session *session = &match->sessions.sessions[due->indices[i]];
        const ReplicaState *state = &session->replica;
        // A full queue counts the refusal; the snapshot is lost like one on the network.
        (void)sim_queues_push_message(&match->config.queues[session->loop], QUEUE_SNAPSHOT,
                                      session->peer, state->snapshot, state->snapshot_size);
        metric_histogram_record(&metrics->snapshot_bytes, &METRIC_SNAPSHOT_BOUNDS,
                                state->snapshot_size);
        updates += state->snapshot_entities;
    }
    metric_add(&metrics->snapshots, due->count);
    metric_add(&metrics->entity_updates, updates);
    welcome_joined(match);
    send_events(match);
    answer_verify_requests(match);
}

// ------------------------------------------------------------------ publish

static void publish_encoding(const Match *match) {
    SimMetrics *metrics = &match->config.metrics->sim;
    const ReplicationCounts counts = replication_count(&match->replication);
    metric_set(&metrics->deltas[DELTA_SOURCE_COPIED], counts.copied);
    metric_set(&metrics->deltas[DELTA_SOURCE_PRODUCED], counts.produced + counts.made_ahead);
    metric_set(&metrics->deltas[DELTA_SOURCE_UNSHARED], counts.unshared);
    metric_set(&metrics->snapshots_limited, counts.limited);
    metric_set(&metrics->snapshots_throttled, counts.throttled);
    metric_set(&metrics->snapshots_without_baseline, counts.without_baseline);
    for (int section = 0; section < ENCODE_SECTION_COUNT; section++) {
        metric_set(&metrics->section_bits[section], counts.section_bits[section]);
    }
}

// The two stages run interleaved on all workers: the elapsed time is divided in proportion to the
// time that the workers spent in each.
static void publish_replication_phases(Match *match, uint64_t elapsed_ns) {
    const ReplicationTimes times = replication_collect_times(&match->replication);
    const uint64_t worked_ns = times.interest_ns + times.encode_ns;
    const uint64_t interest_ns = worked_ns > 0 ? elapsed_ns * times.interest_ns / worked_ns : 0;
    SimMetrics *metrics = &match->config.metrics->sim;
    metric_add(&metrics->phase_ns[PHASE_INTEREST], interest_ns);
    metric_add(&metrics->phase_ns[PHASE_ENCODE], elapsed_ns - interest_ns);
}

static void publish_metrics(Match *match, uint64_t records_ns) {
    SimMetrics *metrics = &match->config.metrics->sim;
    metric_add(&metrics->phase_ns[PHASE_POP_INPUTS], records_ns);
    for (int phase = 0; phase < SIM_PHASE_COUNT; phase++) {
        metric_add(&metrics->phase_ns[phase], match->sim.phase_ns[phase]);
    }
    for (uint32_t i = 0; i < match->config.sim.worker_count; i++) {
        metric_set(&metrics->worker_busy_ns[i], pool_busy_ns(match->sim.pool, i));
        metric_set(&metrics->barrier_wait_ns[i], pool_wait_ns(match->sim.pool, i));
    }
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        metric_set(&metrics->entities[kind],
                   world_count_living(&match->sim.world, (EntityKind)kind));
    }
    publish_encoding(match);
    metric_set(&metrics->clients, match->sessions.count);
    metric_add(&metrics->ticks, 1);
}

Fault match_validate(const Match *match) {
    ASSERT_SIM_THREAD();
    Fault fault = session_table_validate(&match->sessions);
    fault = fault.what != NULL
                ? fault
                : replication_validate(&match->replication, match->sessions.high_water);
    fault = fault.what != NULL ? fault : event_broadcast_validate(&match->broadcast);
    for (uint32_t i = 0; i < match->config.loop_count && fault.what == NULL; i++) {
        fault = sim_queues_validate(&match->config.queues[i]);
        fault = fault.what != NULL ? (Fault){fault.what, "net loop", i} : fault;
    }
    return fault;
}

void match_tick(Match *match, uint64_t due_ns, uint64_t now_ns) {
    ASSERT_SIM_THREAD();
    match->due_ns = due_ns;
    match->tick_count++;
    const uint64_t start_ns = clock_now_ns();
    consume_records(match);
    pop_inputs(match);
    const uint64_t taken_ns = clock_now_ns();
    sim_tick(&match->sim, &(SimInputs){.commands = match->commands,
                                       .command_count = match->command_count,
                                       .ship_inputs = match->ship_inputs,
                                       .rewinds = match->rewinds});
    const uint64_t ticked_ns = clock_now_ns();
    event_broadcast_tick(&match->broadcast, &match->sim.world, &match->sessions);
    replicate(match, now_ns);
    const uint64_t replicated_ns = clock_now_ns();
    hand_over(match);
    const uint64_t handed_ns = clock_now_ns();
    metric_add(&match->config.metrics->sim.phase_ns[PHASE_HAND_OVER], handed_ns - replicated_ns);
    publish_replication_phases(match, replicated_ns - ticked_ns);
    publish_metrics(match, taken_ns - start_ns);
    if (VALIDATES) {
        fault_check(match->sim.world.tick, match_validate(match));
    }
}
