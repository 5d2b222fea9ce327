// SPDX-License-Identifier: MIT
#include "client/view/client_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/serial.h"
#include "game/tuning.h"

bool client_view_create(ClientView *view, const Client *client) {
    *view = (ClientView){.client = client};
    // Pages that no name is written to use no memory.
    view->names = calloc(CLIENTS_MAX, sizeof view->names[0]);
    const bool is_complete = entity_table_create(&view->table) && view->names != NULL;
    if (!is_complete) {
        client_view_destroy(view);
    }
    return is_complete;
}

void client_view_destroy(ClientView *view) {
    entity_table_destroy(&view->table);
    free(view->names);
    *view = (ClientView){0};
}

static void track_entity(ClientView *view, const BaselineEntry *entry, const EntityRecord *record,
                         uint32_t tick) {
    const WelcomeMessage *welcome = &view->client->welcome;
    if (entry->slot == welcome->player_index) {
        return;
    }
    const bool has_direction = record->vx != 0 || record->vy != 0 ||
                               entity_kind_of_slot(&welcome->ranges, entry->slot) == ENTITY_SHIP;
    entity_table_update(&view->table, entry->slot, record, tick - entry->age, has_direction);
}

// Updates the entities that the snapshot sent, and removes the entities that its baseline set no
// longer holds. A skipped entity stays as it is, unless the previous snapshot did not hold it: then
// its older state is back. That can happen when the server's baseline lies before the removal.
static void track_entities(ClientView *view, const BaselineSet *before,
                           const BaselineSet *baseline_set) {
    uint32_t next = 0; // of before
    const uint32_t before_count = before == NULL ? 0 : before->count;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        for (; next < before_count && before->entries[next].slot < entry->slot; next++) {
            entity_table_remove(&view->table, baseline_entry_id(&before->entries[next]),
                                baseline_set->tick);
        }
        const bool was_held = next < before_count && before->entries[next].slot == entry->slot &&
                              before->entries[next].generation == entry->generation;
        next += next < before_count && before->entries[next].slot == entry->slot;
        if (entry->age == 0 || !was_held) {
            track_entity(view, entry, &baseline_set->records[i], baseline_set->tick);
        }
    }
    for (; next < before_count; next++) {
        entity_table_remove(&view->table, baseline_entry_id(&before->entries[next]),
                            baseline_set->tick);
    }
}

void client_view_on_snapshot(ClientView *view, uint64_t now_ns) {
    ASSERT_OWNER(&view->client->owner);
    const Client *client = view->client;
    own_ship_on_reconciliation(&view->own_ship, &client->reconciliation, now_ns);
    const double shown_tick = client_clock_shown_tick(&client->clock, now_ns);
    view->table.tick_rate_hz = client->welcome.tick_rate_hz;
    entity_table_see(&view->table, shown_tick);
    track_entities(view, client->before, client->baseline_set);
    entity_table_expire(&view->table, shown_tick);
}

void client_view_on_events(ClientView *view, const EventBatch *batch) {
    ASSERT_OWNER(&view->client->owner);
    for (uint32_t i = 0; i < batch->count; i++) {
        const Event *event = &batch->events[i];
        if (event->type == EVENT_NAME && event->player.index < CLIENTS_MAX) {
            memcpy(view->names[event->player.index], event->player.name, sizeof event->player.name);
        }
    }
    view->events_dropped += event_log_append(&view->events, batch);
}

const Event *client_view_next_event(ClientView *view, uint64_t now_ns) {
    ASSERT_OWNER(&view->client->owner);
    const Client *client = view->client;
    if (client->state != CLIENT_PLAYING) {
        return NULL;
    }
    const double shown_tick = client_clock_shown_tick(&client->clock, now_ns);
    return event_log_next(&view->events, shown_tick, client->welcome.player_index);
}

const Scores *client_view_scores(const ClientView *view) {
    return &view->events.scores;
}

const Event *client_view_own_death(const ClientView *view) {
    if (!view->events.has_own_death) {
        return NULL;
    }
    const SnapshotHeader *latest = &view->client->latest;
    if (ship_is_alive(&latest->own)) {
        return NULL;
    }
    // The ship died when its respawn countdown began; an earlier death event is about an earlier
    // life.
    const Event *death = &view->events.own_death;
    const uint32_t slack_ticks = 2;
    const uint32_t respawn_tick = death->tick + SHIP_RESPAWN_TICKS + slack_ticks;
    const bool is_this_one =
        serial_difference(respawn_tick, latest->tick + latest->own.respawn_ticks) >= 0;
    return is_this_one ? death : NULL;
}

const char *client_view_player_name(const ClientView *view, uint32_t player_index) {
    return view->names != NULL && player_index < CLIENTS_MAX ? view->names[player_index] : "";
}
