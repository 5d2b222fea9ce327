// SPDX-License-Identifier: MIT
// view_scene.h -- a ticking world and one session that looks at it, for tests of interest and
//                 encoding.
//
// Threads: the calling thread.
#ifndef TICKSTORM_TESTS_SERVER_VIEW_SCENE_H
#define TICKSTORM_TESTS_SERVER_VIEW_SCENE_H

#include <stdint.h>

#include "server/replication/encode.h"
#include "server/replication/interest.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "wire/snapshot.h"

typedef struct ViewScene {
    Sim sim;
    SessionTable sessions;
    ReplicaState *replica; // of player 0
    InterestScratch scratch;
    InterestWorld world;
    InterestView view; // of the last view_scene_interest()
    DeltaCache deltas;
    EncodeFrame frame;
    EncodeWorker worker;
    // What a client holds that reads what view_scene_decode() is called for.
    BaselineSet baseline_sets[BASELINE_SETS_MAX]; // by sequence
    BaselineSpace spaces[BASELINE_SETS_MAX];
} ViewScene;

// drone_count drones in a square of side_units, and ship_count ships, the session's among them.
ViewScene *view_scene_create(uint32_t drone_count, uint32_t side_units, uint32_t ship_count);
void view_scene_destroy(ViewScene *scene);

// One tick of the world; the scene's view of it follows.
void view_scene_tick(ViewScene *scene);

// Budget per snapshot from now on, and what may be in view for that.
void view_scene_set_budget(ViewScene *scene, uint32_t budget_bytes);

// The session's ship jumps there (units).
void view_scene_move_ship(ViewScene *scene, int32_t x_units, int32_t y_units);

// Interest for where the ship is, and encoding of what it yields; each interest is for one
// encoding.
void view_scene_interest(ViewScene *scene);
void view_scene_encode(ViewScene *scene);

// Whether the last interest has the entity in view: as an entry of the baseline, or entering.
bool view_scene_is_staying(const ViewScene *scene, uint32_t slot);
bool view_scene_is_enter(const ViewScene *scene, uint32_t slot);
static inline bool view_scene_sees(const ViewScene *scene, uint32_t slot) {
    return view_scene_is_staying(scene, slot) || view_scene_is_enter(scene, slot);
}

// Interest, encoding, decoding; the snapshot's sequence.
uint16_t view_scene_say(ViewScene *scene, Snapshot *snapshot);
// The same, and the client acknowledges.
void view_scene_send(ViewScene *scene, Snapshot *snapshot);

// What became of the last snapshot, decoded. Fails the test when it cannot be. A snapshot that is
// acknowledged must have been decoded.
void view_scene_decode(ViewScene *scene, Snapshot *snapshot);

#endif
