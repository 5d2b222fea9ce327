// SPDX-License-Identifier: MIT
#include "server/view_scene.h"

#include <string.h>

#include "support.h"

static void look(ViewScene *scene) {
    const World *world = &scene->sim.world;
    scene->world.records = history_at(&scene->sim.history, world->tick);
    scene->world.tick = world->tick;
    scene->frame.records = scene->world.records;
    scene->frame.tick = world->tick;
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
    scene->session = session_open(&scene->sessions, 0, 0x10001, name, 1);
    scene->world.grid = scene->sim.grid;
    scene->world.ranges = &scene->sim.world.ranges;
    scene->world.entry_limit = VIEW_ENTRIES_MAX;
    scene->frame = (EncodeFrame){.history = &scene->sim.history,
                                 .ranges = &scene->sim.world.ranges,
                                 .budget_bytes = PAYLOAD_BYTES_MAX,
                                 .client_count = ship_count};
    SimCommand *joins = calloc(ship_count, sizeof *joins);
    assert_non_null(joins);
    for (uint32_t i = 0; i < ship_count; i++) {
        joins[i] = (SimCommand){SIM_JOIN, i};
    }
    sim_tick(&scene->sim, &(SimInputs){.commands = joins, .command_count = ship_count});
    free(joins);
    look(scene);
    return scene;
}

void view_scene_destroy(ViewScene *scene) {
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
    scene->sim.world.motions[0] = *motion;
}

void view_scene_interest(ViewScene *scene) {
    const Motion *motion = &scene->sim.world.ships[0].motion;
    interest_update(scene->session, &scene->world, motion->x >> RECORD_SHIFT,
                    motion->y >> RECORD_SHIFT, &scene->scratch);
}

void view_scene_encode(ViewScene *scene) {
    encode_snapshot(scene->session, &scene->frame, &scene->sim.world.ships[0]);
}

void view_scene_decode(ViewScene *scene, Snapshot *snapshot) {
    SnapshotReader reader;
    SnapshotHeader *header = &snapshot->header;
    assert_true(snapshot_open(&reader, scene->session->snapshot, scene->session->snapshot_size,
                              &scene->sim.world.ranges, header));
    const uint32_t at = header->sequence % ROSTER_RING;
    const uint32_t from = (uint32_t)(header->sequence - header->reference) % ROSTER_RING;
    const Roster nobody = {0};
    Roster *roster = &scene->rosters[at];
    roster->entries = scene->spaces[at].entries;
    roster->records = scene->spaces[at].records;
    assert_true(snapshot_read(&reader, header->reference == 0 ? &nobody : &scene->rosters[from],
                              snapshot, roster));
    if (header->has_checksum) {
        assert_int_equal(snapshot->checksum, roster_checksum(roster));
    }
}
