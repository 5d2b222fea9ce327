// SPDX-License-Identifier: MIT
// client_scene.h -- a client and a scene server over real ENet in the memory network.
//
// Flow:    scene_start -> scene_run_ms ... -> scene_stop
// Threads: one.
// Units:   virtual time; a step is 1 ms.
#ifndef TICKSTORM_TESTS_CLIENT_CLIENT_SCENE_H
#define TICKSTORM_TESTS_CLIENT_CLIENT_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/view/client_view.h"
#include "net/memnet.h"

#define TICK_HZ      60
#define DRONE_SLOT   20     // one drone flies a straight line
#define DRONE_SPEED  40     // 1/16 unit per tick
#define HISTORY_SIZE 131072 // ticks, 36 minutes

// Every message type, and one that does not exist.
#define GARBAGE_TYPES (MESSAGE_RECEIVE_REPORT + 2)

// The server's reaction to a hello.
typedef enum Script {
    SCRIPT_PLAY,
    SCRIPT_REFUSE,      // hangs up with REASON_SERVER_FULL
    SCRIPT_IGNORE,      // never answers
    SCRIPT_BAD_WELCOME, // with an invalid arena
    SCRIPT_WELCOME_ONLY,
} Script;

typedef struct FakeServer {
    Transport *transport;
    Script script;
    Arena arena;
    PeerHandle peer;
    HelloMessage hello;
    bool is_playing;
    bool is_mute;      // sends no snapshots
    uint32_t garbage;  // sends so many malformed messages with the next snapshot
    bool misremembers; // the drone's state that it sent
    uint32_t back;     // age of the baselines, whatever was acknowledged; 0: by acknowledgement
    uint32_t tick;
    uint16_t sequence;
    Ship ship;
    ShipInput inputs[HISTORY_SIZE];
    bool has_inputs[HISTORY_SIZE];
    ShipInput last_input;
    bool has_input;
    uint32_t newest_input;
    uint32_t view_tick_q8; // of the packet that brought it
    int16_t margin_q4;
    uint16_t echo_time_ms;
    uint64_t echo_received_ns;
    uint16_t starved;
    uint32_t acked_count;
    bool has_acked;
    uint16_t acked_sequence; // the newest
    BaselineSet baseline_sets[BASELINE_SETS_MAX];
    BaselineSpace spaces[BASELINE_SETS_MAX];
} FakeServer;

typedef struct Observed {
    uint32_t playing, snapshots, round_trips, checks;
    uint64_t round_trip_max_ns, round_trip_min_ns;
    double distance_max;
    uint32_t differences;
    VerifyDifference difference;
    uint32_t enters, changes;
} Observed;

typedef struct Scene {
    Memnet *net;
    FakeServer server;
    Client client;
    ClientView view;
    Observed observed;
    ShipInput input;
    uint64_t next_send_ns;
} Scene;

// Transports, for a group of tests.
int client_scene_initialize(void **state);
int client_scene_deinitialize(void **state);

// impairment: NULL for a perfect network.
Scene *scene_start(Script script, const ImpairConfig *impairment);
Scene *scene_start_seeded(uint64_t seed, Script script, const ImpairConfig *impairment);
void scene_stop(Scene *scene);
void scene_run_ms(Scene *scene, uint64_t duration_ms);

// The server alone, while the client is stopped or gone.
void server_run(FakeServer *server, uint64_t now_ns);
void server_poll(FakeServer *server, uint64_t now_ns);

// The server's tick, and how much of the next has passed.
double server_line(uint64_t now_ns);

// The drone at a tick. Every 200 ticks another one replaces it.
EntityRecord drone_at(const FakeServer *server, uint32_t tick);

#endif
