// SPDX-License-Identifier: MIT
#include "client/view/view.h"

#include <string.h>

#include "game/tuning.h"

#define RADIANS_PER_TURN 6.28318530718

static_assert(ENTITY_TABLE_CAPACITY <= VIEW_ENTITIES_MAX, "all that is known can be shown");

static float clamp_share(float value) {
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static uint8_t own_status(const Ship *ship) {
    const bool has_fired = ship->pulse_cooldown_ticks > PULSE_COOLDOWN_TICKS - PULSE_FLASH_TICKS;
    return (uint8_t)((has_fired ? ENTITY_STATUS_FIRED : 0) |
                     (ship->shield_ticks > 0 ? ENTITY_STATUS_SHIELD : 0));
}

static void build_own(const ClientView *client_view, uint64_t now_ns, View *view) {
    const Client *client = client_view->client;
    OwnPose pose;
    const double input_tick = client_clock_input_tick(&client->clock, now_ns);
    view->has_own =
        own_ship_pose(&client_view->own_ship, &client->prediction, input_tick, now_ns, &pose);
    if (!view->has_own) {
        return;
    }
    const Ship *ship = prediction_ship(&client->prediction);
    view->own_ship = *ship;
    view->own_is_alive = ship_is_alive(ship);
    view->own = (ViewEntity){
        .slot = client->welcome.player_index,
        .kind = ENTITY_SHIP,
        .x = (float)pose.x,
        .y = (float)pose.y,
        .angle = (float)(pose.angle * RADIANS_PER_TURN),
        .health = clamp_share((float)ship->health / SHIP_HEALTH_MAX),
        .status = own_status(ship),
    };
    view->center_x = view->own.x;
    view->center_y = view->own.y;
}

static void build_others(const ClientView *client_view, View *view) {
    const EntityTable *table = &client_view->table;
    const SlotRanges *ranges = &client_view->client->welcome.ranges;
    for (uint32_t i = 0; i < table->count; i++) {
        const TrackedEntity *entity = &table->entities[i];
        EntityPose pose;
        if (!entity_pose_at(table, entity, view->tick, &pose)) {
            continue;
        }
        view->entities[view->entity_count++] = (ViewEntity){
            .slot = entity->slot,
            .kind = entity_kind_of_slot(ranges, entity->slot),
            .x = pose.x,
            .y = pose.y,
            .angle = pose.angle,
            .health = (float)(pose.status & ENTITY_STATUS_HEALTH) / ENTITY_HEALTH_MAX,
            .status = pose.status,
            .is_extrapolated = pose.is_extrapolated,
        };
    }
}

void view_build(const ClientView *client_view, uint64_t now_ns, View *view) {
    const Client *client = client_view->client;
    // The array is not cleared: most of its 36 KB stay unused.
    memset(view, 0, offsetof(View, entities));
    view->tick_rate_hz = (float)client->welcome.tick_rate_hz;
    view->tick = client_clock_shown_tick(&client->clock, now_ns);
    view->center_x = (float)client->latest.center_x / RECORD_UNIT;
    view->center_y = (float)client->latest.center_y / RECORD_UNIT;
    build_own(client_view, now_ns, view);
    build_others(client_view, view);
}
