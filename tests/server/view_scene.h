// SPDX-License-Identifier: MIT
// view_scene.h -- a ticking world and one session that looks at it, for tests of interest and
//                 encoding.
//
// Threads: the calling thread.
#ifndef TICKSTORM_TESTS_SERVER_VIEW_SCENE_H
#define TICKSTORM_TESTS_SERVER_VIEW_SCENE_H

#include <stdint.h>

#include "server/encode.h"
#include "server/interest.h"
#include "server/sim.h"
#include "wire/snapshot.h"

typedef struct ViewScene {
    Sim sim;
    SessionTable sessions;
    Session *session; // player 0
    InterestScratch scratch;
    InterestWorld world;
    EncodeFrame frame;
    // What a client holds that reads what view_scene_decode() is called for.
    Roster rosters[ROSTER_RING]; // by sequence
    RosterSpace spaces[ROSTER_RING];
} ViewScene;

// drone_count drones in a square of side_units, and ship_count ships, the session's among them.
ViewScene *view_scene_create(uint32_t drone_count, uint32_t side_units, uint32_t ship_count);
void view_scene_destroy(ViewScene *scene);

// One tick of the world; the scene's view of it follows.
void view_scene_tick(ViewScene *scene);

// The session's ship jumps there (units).
void view_scene_move_ship(ViewScene *scene, int32_t x_units, int32_t y_units);

// Interest for where the ship is, and encoding of what it yields.
void view_scene_interest(ViewScene *scene);
void view_scene_encode(ViewScene *scene);

// What became of the last snapshot, decoded. Fails the test when it cannot be. A snapshot that is
// acknowledged must have been decoded.
void view_scene_decode(ViewScene *scene, Snapshot *snapshot);

#endif
