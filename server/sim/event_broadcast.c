// SPDX-License-Identifier: MIT
#include "server/sim/event_broadcast.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/serial.h"
#include "base/thread_role.h"
#include "wire/snapshot.h"

static_assert(BROADCAST_KILLS_MAX % 64 == 0, "the bits of wanted kills fill their words");
static_assert(BROADCAST_BLOCK_EVENTS < EVENTS_BATCH_MAX, "a batch has room for kills besides");
// Type, tick and count, the longest scores, a full block, and a kill with the shortest names.
static_assert(6 + SCORES_BYTES_MAX + BROADCAST_BLOCK_BITS / 8 + 16 <= PAYLOAD_BYTES_MAX,
              "a block fits into a message beside the scores");
static_assert(BROADCAST_AGE_MAX_TICKS + TICK_RATE_MAX_HZ / BROADCAST_PERIODS_PER_S <=
                  EVENT_AGE_TICKS,
              "an event can wait for its block, and the block for a session's turn");

// ------------------------------------------------------------------ creation

static bool create_queue(BroadcastQueue *queue, uint32_t capacity) {
    queue->capacity = capacity;
    queue->events = calloc(capacity, sizeof *queue->events);
    return queue->events != NULL;
}

bool event_broadcast_create(EventBroadcast *broadcast, uint32_t capacity, uint32_t tick_rate_hz) {
    memset(broadcast, 0, sizeof *broadcast);
    broadcast->capacity = capacity;
    broadcast->interval_ticks =
        tick_rate_hz > BROADCAST_PERIODS_PER_S ? tick_rate_hz / BROADCAST_PERIODS_PER_S : 1;
    broadcast->scores_interval_ticks = tick_rate_hz;
    broadcast->listeners = calloc(capacity, sizeof *broadcast->listeners);
    const bool has_chats = create_queue(&broadcast->chats, BROADCAST_CHATS_MAX);
    const bool has_moves = create_queue(&broadcast->moves, BROADCAST_MOVES_MAX);
    if (broadcast->listeners == NULL || !has_chats || !has_moves) {
        event_broadcast_destroy(broadcast);
        return false;
    }
    return true;
}

void event_broadcast_destroy(EventBroadcast *broadcast) {
    free(broadcast->chats.events);
    free(broadcast->moves.events);
    free(broadcast->listeners);
    memset(broadcast, 0, sizeof *broadcast);
}

// Removes these kills from the listener's list of wanted ones.
static void strike_kills(EventBroadcast *broadcast, BroadcastListener *listener,
                         const uint64_t kills[BROADCAST_KILL_WORDS]) {
    for (uint32_t i = 0; i < BROADCAST_KILL_WORDS; i++) {
        uint64_t struck = listener->wanted[i] & kills[i];
        listener->wanted[i] &= ~struck;
        for (; struck != 0; struck &= struck - 1) {
            broadcast->kill_waits[i * 64 + (uint32_t)__builtin_ctzll(struck)]--;
        }
    }
}

static void want_kill(EventBroadcast *broadcast, BroadcastListener *listener, uint32_t place) {
    listener->wanted[place / 64] |= 1ull << place % 64;
    broadcast->kill_waits[place]++;
}

void event_broadcast_open(EventBroadcast *broadcast, uint32_t index) {
    ASSERT_SIM_THREAD();
    // Drops the kills that the previous player at this index still waited for.
    strike_kills(broadcast, &broadcast->listeners[index], broadcast->listeners[index].wanted);
    broadcast->listeners[index] = (BroadcastListener){.sent_period = broadcast->period};
}

// ------------------------------------------------------------------ events for all sessions

static void hear(EventBroadcast *broadcast, BroadcastQueue *queue, const Event *event) {
    broadcast->events[event->type]++;
    if (queue->count == queue->capacity) {
        broadcast->dropped[event->type]++;
        return;
    }
    BroadcastEvent *entry = &queue->events[(queue->first + queue->count++) % queue->capacity];
    entry->tick = event->tick;
    entry->type = event->type;
    event_encode(&entry->bits, event);
}

void event_broadcast_join(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player) {
    ASSERT_SIM_THREAD();
    const Event event = {.tick = tick, .type = EVENT_JOIN, .player = *player};
    hear(broadcast, &broadcast->moves, &event);
}

void event_broadcast_leave(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                           uint32_t reason) {
    ASSERT_SIM_THREAD();
    const Event event = {.tick = tick, .type = EVENT_LEAVE, .player = *player, .reason = reason};
    hear(broadcast, &broadcast->moves, &event);
}

void event_broadcast_say(EventBroadcast *broadcast, uint32_t tick, const EventPlayer *player,
                         const char *text) {
    ASSERT_SIM_THREAD();
    Event event = {.tick = tick, .type = EVENT_CHAT, .player = *player};
    memcpy(event.text, text, strnlen(text, CHAT_TEXT_BYTES));
    hear(broadcast, &broadcast->chats, &event);
}

// ------------------------------------------------------------------ kills

// The place for the next kill. It may hold an old kill: listeners that still wait for that one lose
// it. Usually no listener waits, and they are not scanned.
static uint32_t acquire_kill_place(EventBroadcast *broadcast) {
    const uint32_t place = broadcast->next_kill;
    const uint64_t bit = 1ull << place % 64;
    broadcast->dropped[EVENT_KILL] += broadcast->kill_waits[place] > 0;
    for (uint32_t i = 0; i < broadcast->capacity && broadcast->kill_waits[place] > 0; i++) {
        uint64_t *word = &broadcast->listeners[i].wanted[place / 64];
        broadcast->kill_waits[place] -= (*word & bit) != 0;
        *word &= ~bit;
    }
    broadcast->next_kill = (place + 1) % BROADCAST_KILLS_MAX;
    return place;
}

// Decides by distance instead of by the sessions' views: a distance takes a few instructions, and
// the views were made from the same positions.
static bool is_in_sight(const Motion *eye, const Motion *body) {
    const int32_t half_width = (VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS) * UNIT;
    const int32_t half_height = (VIEW_HALF_HEIGHT_UNITS + VIEW_MARGIN_UNITS) * UNIT;
    return abs(eye->x - body->x) <= half_width && abs(eye->y - body->y) <= half_height;
}

static void record_death(EventBroadcast *broadcast, const World *world,
                         const SessionTable *sessions, const Death *death) {
    Event event = {.tick = world->tick,
                   .type = EVENT_KILL,
                   .player = *name_table_player(&sessions->names, death->victim),
                   .cause = death->cause,
                   .has_killer = death->killer != DEATH_BY_NOBODY};
    if (event.has_killer) {
        event.killer = *name_table_player(&sessions->names, death->killer);
    }
    const uint32_t place = acquire_kill_place(broadcast);
    broadcast->events[EVENT_KILL]++;
    broadcast->kills[place].tick = event.tick;
    broadcast->kills[place].type = EVENT_KILL;
    event_encode(&broadcast->kills[place].bits, &event);
    const Motion *body = &world->ships[death->victim].motion;
    const SlotSet *open = &sessions->open;
    for (uint32_t i = slot_set_next(open, 0); i != SLOT_NONE; i = slot_set_next(open, i + 1)) {
        const bool is_involved = i == death->victim || i == death->killer;
        if (is_involved || is_in_sight(&world->ships[i].motion, body)) {
            want_kill(broadcast, &broadcast->listeners[i], place);
            broadcast->listeners[i].is_involved |= is_involved;
        }
    }
}

static void record_deaths(EventBroadcast *broadcast, const World *world,
                          const SessionTable *sessions) {
    for (uint32_t i = 0; i < world->deaths.count; i++) {
        record_death(broadcast, world, sessions, &world->deaths.deaths[i]);
    }
    broadcast->events[EVENT_KILL] += world->deaths.unlisted;
    broadcast->dropped[EVENT_KILL] += world->deaths.unlisted;
}

// ------------------------------------------------------------------ scores

// Inserts a player into the best so far; of equal scores, the lower index comes first.
static void rank(uint32_t best[SCORES_MAX], uint32_t *count, const Ship *ships, uint32_t player) {
    uint32_t at = *count;
    while (at > 0 && ships[best[at - 1]].score < ships[player].score) {
        at--;
    }
    if (at == SCORES_MAX) {
        return;
    }
    *count += *count < SCORES_MAX;
    memmove(best + at + 1, best + at, (*count - 1 - at) * sizeof *best);
    best[at] = player;
}

static void collect_scores(Scores *scores, const World *world, const SessionTable *sessions) {
    uint32_t best[SCORES_MAX];
    memset(scores, 0, sizeof *scores);
    const SlotSet *open = &sessions->open;
    for (uint32_t i = slot_set_next(open, 0); i != SLOT_NONE; i = slot_set_next(open, i + 1)) {
        rank(best, &scores->count, world->ships, i);
    }
    for (uint32_t i = 0; i < scores->count; i++) {
        const Ship *ship = &world->ships[best[i]];
        scores->rows[i] = (ScoreRow){.player = *name_table_player(&sessions->names, best[i]),
                                     .score = ship->score,
                                     .kills = ship->kills,
                                     .deaths = ship->deaths};
    }
}

static bool scores_equal(const Scores *a, const Scores *b) {
    bool is_equal = a->count == b->count;
    for (uint32_t i = 0; is_equal && i < a->count; i++) {
        const ScoreRow *x = &a->rows[i];
        const ScoreRow *y = &b->rows[i];
        is_equal = x->player.index == y->player.index && x->score == y->score &&
                   x->kills == y->kills && x->deaths == y->deaths &&
                   strcmp(x->player.name, y->player.name) == 0;
    }
    return is_equal;
}

static void update_scores(EventBroadcast *broadcast, const World *world,
                          const SessionTable *sessions) {
    Scores scores;
    collect_scores(&scores, world, sessions);
    if (!scores_equal(&scores, &broadcast->scores)) {
        broadcast->scores = scores;
        broadcast->scores_version++;
        scores_encode(&broadcast->scores_bits, &scores);
    }
    broadcast->scores_due_tick = world->tick + broadcast->scores_interval_ticks;
}

// ------------------------------------------------------------------ periods

// Counts the block of the period that ends as dropped, if a full queue kept it from any session.
static void count_missed(EventBroadcast *broadcast, const SessionTable *sessions) {
    bool is_missed = false;
    for (uint32_t i = 0; i < sessions->high_water && broadcast->block_count > 0; i++) {
        is_missed |= sessions->sessions[i].state == SESSION_PLAYING &&
                     broadcast->listeners[i].sent_period != broadcast->period;
    }
    for (uint32_t i = 0; i < broadcast->block_count && is_missed; i++) {
        broadcast->dropped[broadcast->block[i].type]++;
    }
}

// Moves events from a queue into the block while there is room.
static void fill_block(EventBroadcast *broadcast, BroadcastQueue *queue, uint32_t tick,
                       uint32_t *bits) {
    while (queue->count > 0) {
        const BroadcastEvent *event = &queue->events[queue->first];
        const bool is_old = tick - event->tick > BROADCAST_AGE_MAX_TICKS;
        if (is_old) {
            broadcast->dropped[event->type]++;
        } else if (broadcast->block_count < BROADCAST_BLOCK_EVENTS &&
                   *bits + EVENT_AGE_BITS + event->bits.bit_count <= BROADCAST_BLOCK_BITS) {
            *bits += EVENT_AGE_BITS + event->bits.bit_count;
            broadcast->block[broadcast->block_count++] = *event;
        } else {
            return;
        }
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
}

static void begin_period(EventBroadcast *broadcast, const World *world,
                         const SessionTable *sessions) {
    const bool is_first = broadcast->period == 0;
    count_missed(broadcast, sessions);
    broadcast->period++;
    broadcast->period_start_tick = world->tick;
    broadcast->block_count = 0;
    uint32_t bits = 0;
    fill_block(broadcast, &broadcast->chats, world->tick, &bits);
    fill_block(broadcast, &broadcast->moves, world->tick, &bits);
    if (is_first || serial_difference(world->tick, broadcast->scores_due_tick) >= 0) {
        update_scores(broadcast, world, sessions);
    }
}

void event_broadcast_tick(EventBroadcast *broadcast, const World *world,
                          const SessionTable *sessions) {
    ASSERT_SIM_THREAD();
    assert(sessions->capacity == broadcast->capacity && world->phase == WORLD_BETWEEN_TICKS);
    record_deaths(broadcast, world, sessions);
    if (broadcast->period == 0 ||
        world->tick - broadcast->period_start_tick >= broadcast->interval_ticks) {
        begin_period(broadcast, world, sessions);
    }
}

// ------------------------------------------------------------------ messages

static bool wants_kills(const BroadcastListener *listener) {
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < BROADCAST_KILL_WORDS; i++) {
        wanted |= listener->wanted[i];
    }
    return wanted != 0;
}

static bool is_due(const EventBroadcast *broadcast, const Session *session, uint32_t tick) {
    const uint32_t index = session->index;
    const BroadcastListener *listener = &broadcast->listeners[index];
    if (listener->is_involved) {
        return true;
    }
    const bool has_turn = listener->sent_period != broadcast->period &&
                          tick - broadcast->period_start_tick >= index % broadcast->interval_ticks;
    return has_turn && (wants_kills(listener) || broadcast->block_count > 0 ||
                        listener->scores_version != broadcast->scores_version ||
                        name_sync_is_pending(&session->replica.names));
}

static void add_block(EventBroadcast *broadcast, EventWriter *writer) {
    for (uint32_t i = 0; i < broadcast->block_count; i++) {
        const bool is_added =
            event_writer_add(writer, broadcast->block[i].tick, &broadcast->block[i].bits);
        assert(is_added && "a block fits");
    }
}

// Writes the oldest kills first: they lie behind next_kill.
static void add_kills(EventBroadcast *broadcast, EventWriter *writer,
                      const BroadcastListener *listener, uint32_t tick) {
    for (uint32_t i = 0; i < BROADCAST_KILLS_MAX; i++) {
        const uint32_t place = (broadcast->next_kill + i) % BROADCAST_KILLS_MAX;
        const BroadcastEvent *kill = &broadcast->kills[place];
        if ((listener->wanted[place / 64] >> place % 64 & 1) == 0) {
            continue;
        }
        // A kill waits that long only when the queue to the net loop stays full for seconds.
        if (tick - kill->tick > EVENT_AGE_TICKS) {
            broadcast->dropped[EVENT_KILL]++;
        } else if (!event_writer_add(writer, kill->tick, &kill->bits)) {
            return; // the rest comes with the next message
        }
        broadcast->written_kills[place / 64] |= 1ull << place % 64;
    }
}

size_t event_broadcast_write(EventBroadcast *broadcast, Session *session, uint32_t tick,
                             uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    ASSERT_SIM_THREAD();
    const BroadcastListener *listener = &broadcast->listeners[session->index];
    if (!is_due(broadcast, session, tick)) {
        return 0;
    }
    const bool has_scores = listener->scores_version != broadcast->scores_version;
    EventWriter writer;
    event_writer_begin(&writer, buffer, tick, has_scores ? &broadcast->scores_bits : NULL);
    if (listener->sent_period != broadcast->period) {
        add_block(broadcast, &writer);
    }
    memset(broadcast->written_kills, 0, sizeof broadcast->written_kills);
    if (wants_kills(listener)) {
        add_kills(broadcast, &writer, listener, tick);
    }
    broadcast->written_count = writer.count;
    // Names come last: a ship can do without a name for another quarter of a second.
    name_sync_write(&session->replica.names, &writer, tick);
    return event_writer_finish(&writer);
}

void event_broadcast_confirm(EventBroadcast *broadcast, Session *session) {
    ASSERT_SIM_THREAD();
    BroadcastListener *listener = &broadcast->listeners[session->index];
    strike_kills(broadcast, listener, broadcast->written_kills);
    listener->is_involved = listener->is_involved && wants_kills(listener);
    listener->sent_period = broadcast->period;
    listener->scores_version = broadcast->scores_version;
    broadcast->deliveries += broadcast->written_count;
    broadcast->events[EVENT_NAME] += name_sync_confirm(&session->replica.names);
}

// ------------------------------------------------------------------ checks

static bool is_queue_valid(const BroadcastQueue *queue) {
    return queue->count <= queue->capacity && queue->first < queue->capacity;
}

Fault event_broadcast_validate(const EventBroadcast *broadcast) {
    ASSERT_SIM_THREAD();
    uint32_t waits[BROADCAST_KILLS_MAX] = {0};
    if (!is_queue_valid(&broadcast->chats) || !is_queue_valid(&broadcast->moves) ||
        broadcast->block_count > BROADCAST_BLOCK_EVENTS) {
        return (Fault){.what = "a queue of events is longer than its room"};
    }
    for (uint32_t i = 0; i < broadcast->capacity; i++) {
        for (uint32_t word = 0; word < BROADCAST_KILL_WORDS; word++) {
            uint64_t bits = broadcast->listeners[i].wanted[word];
            for (; bits != 0; bits &= bits - 1) {
                waits[word * 64 + (uint32_t)__builtin_ctzll(bits)]++;
            }
        }
    }
    for (uint32_t i = 0; i < BROADCAST_KILLS_MAX; i++) {
        if (waits[i] != broadcast->kill_waits[i]) {
            return (Fault){"the count of those who wait for a kill is wrong", "kill", i};
        }
    }
    return (Fault){0};
}
