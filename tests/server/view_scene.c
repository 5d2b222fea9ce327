// SPDX-License-Identifier: MIT
#include "server/view_scene.h"

#include <string.h>

#include "support.h"

static void look(ViewScene *scene) {
    const World *world = &scene->sim.world;
    scene->world.records = history_at(&scene->sim.history, world->tick);
    scene->world.tick = world->tick;
    scene->frame.tick = world->tick;
    delta_cache_collect_use(&scene->deltas, &scene->worker.cache);
    delta_cache_begin(&scene->deltas, &scene->sim.history, &world->ranges, world->tick);
    for (uint32_t i = 0; i < delta_cache_pieces(&scene->deltas); i++) {
        delta_cache_prepare_task(&scene->deltas, i, 0);
    }
}

void view_scene_set_budget(ViewScene *scene, uint32_t budget_bytes) {
    scene->frame.budget_bytes = budget_bytes;
    scene->world.entry_limit = encode_entry_limit(budget_bytes);
}

ViewScene *view_scene_create(uint32_t drone_count, uint32_t side_units, uint32_t ship_count) {
    ViewScene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    ArenaFile file = {.spec = {.name = "view", .side_units = side_units, .seed = 11}};
    arena_file_resolve(&file, drone_count, ship_count);
    file.spec.asteroid_count = 0;
    const SimConfig config = {.arena = file.spec,
                              .seed = 11,
                              .drone_count = drone_count,
                              .ship_capacity = ship_count,
                              .worker_count = 1};
    assert_true(sim_create(&scene->sim, &config));
    assert_true(session_table_create(&scene->sessions, ship_count, 1));
    assert_true(interest_scratch_create(&scene->scratch, world_slot_count(&scene->sim.world)));
    const char name[PLAYER_NAME_BYTES + 1] = "Viewer";
    scene->replica = &session_open(&scene->sessions, 0, 0x10001, name, 1)->replica;
    scene->world.grid = scene->sim.grid;
    scene->world.ranges = &scene->sim.world.ranges;
    // A snapshot in each tick is as good as one in each third.
    assert_true(delta_cache_create(&scene->deltas, world_slot_count(&scene->sim.world), 1));
    scene->frame = (EncodeFrame){.cache = &scene->deltas,
                                 .history = &scene->sim.history,
                                 .ranges = &scene->sim.world.ranges,
                                 .client_count = ship_count};
    view_scene_set_budget(scene, PAYLOAD_BYTES_MAX);
    SimCommand *joins = calloc(ship_count, sizeof *joins);
    assert_non_null(joins);
    for (uint32_t i = 0; i < ship_count; i++) {
        joins[i] = (SimCommand){SIM_JOIN, i, 0};
    }
    sim_tick(&scene->sim, &(SimInputs){.commands = joins, .command_count = ship_count});
    free(joins);
    look(scene);
    return scene;
}

void view_scene_destroy(ViewScene *scene) {
    delta_cache_destroy(&scene->deltas);
    interest_scratch_destroy(&scene->scratch);
    session_table_destroy(&scene->sessions);
    sim_destroy(&scene->sim);
    free(scene);
}

void view_scene_tick(ViewScene *scene) {
    sim_tick(&scene->sim, NULL);
    look(scene);
}

void view_scene_move_ship(ViewScene *scene, int32_t x_units, int32_t y_units) {
    Motion *motion = &scene->sim.world.ships[0].motion;
    motion->x = x_units * UNIT;
    motion->y = y_units * UNIT;
    if (scene->sim.world.generations[0] != 0) {
        scene->sim.world.motions[0] = *motion; // a ship without life has none
    }
    scene->sim.world.has_ship_bands = false;
}

void view_scene_interest(ViewScene *scene) {
    const Motion *motion = &scene->sim.world.ships[0].motion;
    interest_update(scene->replica, &scene->world, motion->x >> RECORD_SHIFT,
                    motion->y >> RECORD_SHIFT, &scene->scratch, &scene->view);
}

void view_scene_encode(ViewScene *scene) {
    encode_snapshot(scene->replica, &scene->view, &scene->frame, &scene->sim.world.ships[0],
                    &scene->worker);
}

void view_scene_decode(ViewScene *scene, Snapshot *snapshot) {
    SnapshotReader reader;
    SnapshotHeader *header = &snapshot->header;
    assert_true(snapshot_open(&reader, scene->replica->snapshot, scene->replica->snapshot_size,
                              &scene->sim.world.ranges, header));
    const uint32_t at = header->sequence % BASELINE_SETS_MAX;
    const uint32_t from = (uint32_t)(header->sequence - header->baseline) % BASELINE_SETS_MAX;
    const BaselineSet none = {0};
    BaselineSet *baseline_set = &scene->baseline_sets[at];
    baseline_set->entries = scene->spaces[at].entries;
    baseline_set->records = scene->spaces[at].records;
    assert_true(snapshot_read(&reader, header->baseline == 0 ? &none : &scene->baseline_sets[from],
                              snapshot, baseline_set));
    if (header->has_checksum) {
        assert_int_equal(snapshot->checksum, baseline_set_checksum(baseline_set));
    }
}

uint16_t view_scene_say(ViewScene *scene, Snapshot *snapshot) {
    view_scene_interest(scene);
    view_scene_encode(scene);
    view_scene_decode(scene, snapshot);
    return snapshot->header.sequence;
}

void view_scene_send(ViewScene *scene, Snapshot *snapshot) {
    replica_state_acknowledge(scene->replica, view_scene_say(scene, snapshot), 0);
}

bool view_scene_is_staying(const ViewScene *scene, uint32_t slot) {
    const BaselineSet *baseline = &scene->view.baseline;
    for (uint32_t i = 0; i < baseline->count; i++) {
        if (baseline->entries[i].slot == slot) {
            return scene->view.stays[i] != 0;
        }
    }
    return false;
}

bool view_scene_is_enter(const ViewScene *scene, uint32_t slot) {
    for (uint32_t i = 0; i < scene->view.enter_count; i++) {
        if (scene->view.enters[i] == slot) {
            return true;
        }
    }
    return false;
}
