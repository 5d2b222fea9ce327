// SPDX-License-Identifier: MIT
// virtual_game.h -- a server and real clients that play on it, on one thread in virtual time.
//
// Flow:    virtual_game_create -> virtual_game_add ... -> virtual_game_play_ms -> _destroy
// Threads: the calling thread.
// Units:   virtual time; a step is a millisecond.
#ifndef TICKSTORM_TESTS_SERVER_VIRTUAL_GAME_H
#define TICKSTORM_TESTS_SERVER_VIRTUAL_GAME_H

#include <stdbool.h>
#include <stdint.h>

#include "client/view/client_view.h"
#include "server/virtual_server.h"

#define GAME_PLAYERS_MAX 40

// Callbacks on a player's game. Each may be NULL.
typedef struct GameWatcher {
    void *user;
    void (*on_snapshot)(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns);
    void (*on_verify_difference)(void *user, uint16_t sequence, VerifyDifference difference);
    void (*on_event)(void *user, const Event *event, uint64_t now_ns); // when it is shown
} GameWatcher;

typedef struct GamePlayer {
    Client client;
    ClientView view;
    GameWatcher watcher;
    uint64_t next_input_ns;
    uint32_t most_entities; // that its view has held
} GamePlayer;

// A player's action at that time. It depends on nothing else, so games can be repeated.
typedef ShipInput (*GameSteer)(uint32_t player, uint64_t now_ns);

typedef struct VirtualGame {
    VirtualServer *server;
    GameSteer steer; // may be changed while playing
    GamePlayer players[GAME_PLAYERS_MAX];
    uint32_t player_count;
} VirtualGame;

// Group set-up for cmocka: the transport's once-per-process part.
int virtual_game_set_up(void **state);

VirtualGame *virtual_game_create(const VirtualServerConfig *config, GameSteer steer);
// Closes all clients first.
void virtual_game_destroy(VirtualGame *game);

// "Pilot N", N counting from 0, starts to connect. watcher may be NULL.
GamePlayer *virtual_game_add(VirtualGame *game, bool wants_verify, const GameWatcher *watcher);
void virtual_game_add_many(VirtualGame *game, uint32_t count, bool wants_verify);
// The player who was added last leaves.
void virtual_game_remove(VirtualGame *game);

// Lets a millisecond pass for the server, then for every client: it polls, steps and, each 50 ms,
// sends its inputs.
void virtual_game_advance(VirtualGame *game);
void virtual_game_play_ms(VirtualGame *game, uint32_t ms);

// Steering for peaceful games: no action.
ShipInput virtual_game_idle(uint32_t player, uint64_t now_ns);
// Curves, and a shot now and then.
ShipInput virtual_game_roam(uint32_t player, uint64_t now_ns);

#endif
