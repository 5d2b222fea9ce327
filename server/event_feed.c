// SPDX-License-Identifier: MIT
#include "server/event_feed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/serial.h"
#include "wire/snapshot.h"

static_assert(FEED_KILLS_MAX % 64 == 0, "a listener's wishes are whole words");
static_assert(FEED_BLOCK_EVENTS < EVENTS_BATCH_MAX, "a batch has room for kills besides");
// Type, tick and count, the longest scores, a whole block, and the shortest names in a kill.
static_assert(6 + SCORES_BYTES_MAX + FEED_BLOCK_BITS / 8 + 16 <= PAYLOAD_BYTES_MAX,
              "a block fits into a message beside the scores");
static_assert(FEED_AGE_MAX_TICKS + TICK_RATE_MAX_HZ / FEED_PERIODS_PER_S <= EVENT_AGE_TICKS,
              "an event can wait for its block, and the block for a session's turn");

// ------------------------------------------------------------------ creation

static bool create_queue(FeedQueue *queue, uint32_t capacity) {
    queue->capacity = capacity;
    queue->events = calloc(capacity, sizeof *queue->events);
    return queue->events != NULL;
}

bool event_feed_create(EventFeed *feed, uint32_t capacity, uint32_t tick_rate_hz) {
    memset(feed, 0, sizeof *feed);
    feed->capacity = capacity;
    feed->interval_ticks =
        tick_rate_hz > FEED_PERIODS_PER_S ? tick_rate_hz / FEED_PERIODS_PER_S : 1;
    feed->scores_interval_ticks = tick_rate_hz;
    feed->listeners = calloc(capacity, sizeof *feed->listeners);
    const bool has_chats = create_queue(&feed->chats, FEED_CHATS_MAX);
    const bool has_moves = create_queue(&feed->moves, FEED_MOVES_MAX);
    if (feed->listeners == NULL || !has_chats || !has_moves) {
        event_feed_destroy(feed);
        return false;
    }
    return true;
}

void event_feed_destroy(EventFeed *feed) {
    free(feed->chats.events);
    free(feed->moves.events);
    free(feed->listeners);
    memset(feed, 0, sizeof *feed);
}

// Takes these kills, of those that it wants, off the listener's list.
static void strike_kills(EventFeed *feed, FeedListener *listener,
                         const uint64_t kills[FEED_KILL_WORDS]) {
    for (uint32_t i = 0; i < FEED_KILL_WORDS; i++) {
        uint64_t struck = listener->wanted[i] & kills[i];
        listener->wanted[i] &= ~struck;
        for (; struck != 0; struck &= struck - 1) {
            feed->kill_waits[i * 64 + (uint32_t)__builtin_ctzll(struck)]--;
        }
    }
}

static void want_kill(EventFeed *feed, FeedListener *listener, uint32_t place) {
    listener->wanted[place / 64] |= 1ull << place % 64;
    feed->kill_waits[place]++;
}

void event_feed_open(EventFeed *feed, uint32_t index) {
    // Kills that the player before this one still waited for.
    strike_kills(feed, &feed->listeners[index], feed->listeners[index].wanted);
    feed->listeners[index] = (FeedListener){.told_period = feed->period};
}

// ------------------------------------------------------------------ hearing

static EventPlayer player_of(const Session *session) {
    EventPlayer player = {.index = session->index};
    memcpy(player.name, session->name, sizeof player.name);
    return player;
}

static void hear(EventFeed *feed, FeedQueue *queue, const Event *event) {
    feed->heard[event->type]++;
    if (queue->count == queue->capacity) {
        feed->dropped[event->type]++;
        return;
    }
    FeedEvent *entry = &queue->events[(queue->first + queue->count++) % queue->capacity];
    entry->tick = event->tick;
    entry->type = event->type;
    event_encode(&entry->bits, event);
}

void event_feed_join(EventFeed *feed, uint32_t tick, const Session *session) {
    const Event event = {.tick = tick, .type = EVENT_JOIN, .player = player_of(session)};
    hear(feed, &feed->moves, &event);
}

void event_feed_leave(EventFeed *feed, uint32_t tick, const Session *session, uint32_t reason) {
    const Event event = {
        .tick = tick, .type = EVENT_LEAVE, .player = player_of(session), .reason = reason};
    hear(feed, &feed->moves, &event);
}

void event_feed_say(EventFeed *feed, uint32_t tick, const Session *session, const char *text) {
    Event event = {.tick = tick, .type = EVENT_CHAT, .player = player_of(session)};
    memcpy(event.text, text, strnlen(text, CHAT_TEXT_BYTES));
    hear(feed, &feed->chats, &event);
}

// ------------------------------------------------------------------ kills

// The place in the ring for the next kill. A listener that still waits for the kill which was there
// will never hear of it. Usually none waits, and the listeners are not scanned.
static uint32_t take_kill_place(EventFeed *feed) {
    const uint32_t place = feed->next_kill;
    const uint64_t bit = 1ull << place % 64;
    feed->dropped[EVENT_KILL] += feed->kill_waits[place] > 0;
    for (uint32_t i = 0; i < feed->capacity && feed->kill_waits[place] > 0; i++) {
        uint64_t *word = &feed->listeners[i].wanted[place / 64];
        feed->kill_waits[place] -= (*word & bit) != 0;
        *word &= ~bit;
    }
    feed->next_kill = (place + 1) % FEED_KILLS_MAX;
    return place;
}

// Distance instead of the sessions' views: it is a few instructions, and the ships' positions are
// what the views were made from.
static bool is_in_sight(const Motion *eye, const Motion *body) {
    const int32_t half_width = (VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS) * UNIT;
    const int32_t half_height = (VIEW_HALF_HEIGHT_UNITS + VIEW_MARGIN_UNITS) * UNIT;
    return abs(eye->x - body->x) <= half_width && abs(eye->y - body->y) <= half_height;
}

static void take_death(EventFeed *feed, const World *world, const SessionTable *sessions,
                       const Death *death) {
    Event event = {.tick = world->tick,
                   .type = EVENT_KILL,
                   .player = player_of(&sessions->sessions[death->victim]),
                   .cause = death->cause,
                   .has_killer = death->killer != DEATH_BY_NOBODY};
    if (event.has_killer) {
        event.killer = player_of(&sessions->sessions[death->killer]);
    }
    const uint32_t place = take_kill_place(feed);
    feed->heard[EVENT_KILL]++;
    feed->kills[place].tick = event.tick;
    feed->kills[place].type = EVENT_KILL;
    event_encode(&feed->kills[place].bits, &event);
    const Motion *body = &world->ships[death->victim].motion;
    const SlotSet *open = &sessions->open;
    for (uint32_t i = slot_set_next(open, 0); i != SLOT_NONE; i = slot_set_next(open, i + 1)) {
        const bool is_involved = i == death->victim || i == death->killer;
        if (is_involved || is_in_sight(&world->ships[i].motion, body)) {
            want_kill(feed, &feed->listeners[i], place);
            feed->listeners[i].is_urgent |= is_involved;
        }
    }
}

static void take_deaths(EventFeed *feed, const World *world, const SessionTable *sessions) {
    for (uint32_t i = 0; i < world->deaths.count; i++) {
        take_death(feed, world, sessions, &world->deaths.deaths[i]);
    }
    feed->heard[EVENT_KILL] += world->deaths.unlisted;
    feed->dropped[EVENT_KILL] += world->deaths.unlisted;
}

// ------------------------------------------------------------------ scores

// Sorts a player in among the best so far; of equals, the lower index leads.
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
        scores->rows[i] = (ScoreRow){.player = player_of(&sessions->sessions[best[i]]),
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

static void update_scores(EventFeed *feed, const World *world, const SessionTable *sessions) {
    Scores scores;
    collect_scores(&scores, world, sessions);
    if (!scores_equal(&scores, &feed->scores)) {
        feed->scores = scores;
        feed->scores_version++;
        scores_encode(&feed->scores_bits, &scores);
    }
    feed->scores_due_tick = world->tick + feed->scores_interval_ticks;
}

// ------------------------------------------------------------------ periods

// The block of the period that ends, as far as a ring that stayed full kept it from somebody.
static void count_missed(EventFeed *feed, const SessionTable *sessions) {
    bool is_missed = false;
    for (uint32_t i = 0; i < sessions->high_water && feed->block_count > 0; i++) {
        is_missed |= sessions->sessions[i].state == SESSION_PLAYING &&
                     feed->listeners[i].told_period != feed->period;
    }
    for (uint32_t i = 0; i < feed->block_count && is_missed; i++) {
        feed->dropped[feed->block[i].type]++;
    }
}

// Moves events from a queue into the block while there is room.
static void fill_block(EventFeed *feed, FeedQueue *queue, uint32_t tick, uint32_t *bits) {
    while (queue->count > 0) {
        const FeedEvent *event = &queue->events[queue->first];
        const bool is_old = tick - event->tick > FEED_AGE_MAX_TICKS;
        if (is_old) {
            feed->dropped[event->type]++;
        } else if (feed->block_count < FEED_BLOCK_EVENTS &&
                   *bits + EVENT_AGE_BITS + event->bits.bit_count <= FEED_BLOCK_BITS) {
            *bits += EVENT_AGE_BITS + event->bits.bit_count;
            feed->block[feed->block_count++] = *event;
        } else {
            return;
        }
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
}

static void begin_period(EventFeed *feed, const World *world, const SessionTable *sessions) {
    const bool is_first = feed->period == 0;
    count_missed(feed, sessions);
    feed->period++;
    feed->period_start_tick = world->tick;
    feed->block_count = 0;
    uint32_t bits = 0;
    fill_block(feed, &feed->chats, world->tick, &bits);
    fill_block(feed, &feed->moves, world->tick, &bits);
    if (is_first || serial_difference(world->tick, feed->scores_due_tick) >= 0) {
        update_scores(feed, world, sessions);
    }
}

void event_feed_tick(EventFeed *feed, const World *world, const SessionTable *sessions) {
    assert(sessions->capacity == feed->capacity);
    take_deaths(feed, world, sessions);
    if (feed->period == 0 || world->tick - feed->period_start_tick >= feed->interval_ticks) {
        begin_period(feed, world, sessions);
    }
}

// ------------------------------------------------------------------ telling

static bool wants_kills(const FeedListener *listener) {
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < FEED_KILL_WORDS; i++) {
        wanted |= listener->wanted[i];
    }
    return wanted != 0;
}

static bool lacks_names(const FeedTarget *target) {
    bool lacks = false;
    for (uint32_t i = 0; i < target->player_count; i++) {
        lacks |= !session_was_told(target->session, target->players[i]);
    }
    return lacks;
}

static bool is_due(const EventFeed *feed, const FeedTarget *target, uint32_t tick) {
    const uint32_t index = target->session->index;
    const FeedListener *listener = &feed->listeners[index];
    if (listener->is_urgent) {
        return true;
    }
    const bool has_turn = listener->told_period != feed->period &&
                          tick - feed->period_start_tick >= index % feed->interval_ticks;
    return has_turn && (wants_kills(listener) || feed->block_count > 0 ||
                        listener->scores_version != feed->scores_version || lacks_names(target));
}

static void add_block(EventFeed *feed, EventWriter *writer) {
    for (uint32_t i = 0; i < feed->block_count; i++) {
        const bool is_added = event_writer_add(writer, feed->block[i].tick, &feed->block[i].bits);
        assert(is_added && "a block fits");
    }
}

// The oldest first: those behind next_kill in the ring.
static void add_kills(EventFeed *feed, EventWriter *writer, const FeedListener *listener,
                      uint32_t tick) {
    for (uint32_t i = 0; i < FEED_KILLS_MAX; i++) {
        const uint32_t place = (feed->next_kill + i) % FEED_KILLS_MAX;
        const FeedEvent *kill = &feed->kills[place];
        if ((listener->wanted[place / 64] >> place % 64 & 1) == 0) {
            continue;
        }
        // Nobody waits that long unless the ring to its net loop stays full for seconds.
        if (tick - kill->tick > EVENT_AGE_TICKS) {
            feed->dropped[EVENT_KILL]++;
        } else if (!event_writer_add(writer, kill->tick, &kill->bits)) {
            return; // the rest comes with the next message
        }
        feed->written_kills[place / 64] |= 1ull << place % 64;
    }
}

// Names are last: a ship without one for a quarter of a second more is no loss.
static void add_names(EventFeed *feed, EventWriter *writer, const FeedTarget *target,
                      uint32_t tick) {
    for (feed->written_names = 0; feed->written_names < target->player_count;
         feed->written_names++) {
        const uint32_t player = target->players[feed->written_names];
        if (session_was_told(target->session, player)) {
            continue;
        }
        const Event event = {.tick = tick,
                             .type = EVENT_NAME,
                             .player = player_of(&target->sessions->sessions[player])};
        EventBits bits;
        event_encode(&bits, &event);
        if (!event_writer_add(writer, tick, &bits)) {
            return; // the rest comes with the next message
        }
    }
}

size_t event_feed_write(EventFeed *feed, const FeedTarget *target, uint32_t tick,
                        uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    const FeedListener *listener = &feed->listeners[target->session->index];
    if (!is_due(feed, target, tick)) {
        return 0;
    }
    const bool has_scores = listener->scores_version != feed->scores_version;
    EventWriter writer;
    event_writer_begin(&writer, buffer, tick, has_scores ? &feed->scores_bits : NULL);
    if (listener->told_period != feed->period) {
        add_block(feed, &writer);
    }
    memset(feed->written_kills, 0, sizeof feed->written_kills);
    if (wants_kills(listener)) {
        add_kills(feed, &writer, listener, tick);
    }
    feed->written_count = writer.count;
    add_names(feed, &writer, target, tick);
    return event_writer_finish(&writer);
}

void event_feed_confirm(EventFeed *feed, const FeedTarget *target) {
    FeedListener *listener = &feed->listeners[target->session->index];
    strike_kills(feed, listener, feed->written_kills);
    listener->is_urgent = listener->is_urgent && wants_kills(listener);
    listener->told_period = feed->period;
    listener->scores_version = feed->scores_version;
    feed->deliveries += feed->written_count;
    for (uint32_t i = 0; i < feed->written_names; i++) {
        feed->heard[EVENT_NAME] += !session_was_told(target->session, target->players[i]);
        session_mark_told(target->session, target->players[i]);
    }
}
