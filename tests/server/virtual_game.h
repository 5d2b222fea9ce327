// SPDX-License-Identifier: MIT
// virtual_game.h -- a whole server and real clients that play on it, on one thread in virtual time.
//
// Flow:    virtual_game_create -> virtual_game_add ... -> virtual_game_play_ms -> _destroy
// Threads: the calling thread.
// Units:   virtual time; a step is a millisecond.
#ifndef TICKSTORM_TESTS_SERVER_VIRTUAL_GAME_H
#define TICKSTORM_TESTS_SERVER_VIRTUAL_GAME_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/client.h"
#include "server/virtual_server.h"

#define GAME_PLAYERS_MAX 40

typedef struct GamePlayer {
    Client client;
    uint64_t next_input_ns;
    uint32_t most_entities; // that its table has held
} GamePlayer;

// What a player does at that time. It depends on nothing else, so games can be repeated.
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

// "Pilot N", N counting from 0, starts to connect. observer may be NULL.
GamePlayer *virtual_game_add(VirtualGame *game, bool wants_verify, const ClientObserver *observer);
void virtual_game_add_many(VirtualGame *game, uint32_t count, bool wants_verify);
// Whoever came last leaves.
void virtual_game_remove(VirtualGame *game);

// Lets a millisecond pass for the server, then for every client: it polls, steps and, each 50 ms,
// sends its inputs.
void virtual_game_advance(VirtualGame *game);
void virtual_game_play_ms(VirtualGame *game, uint32_t ms);

// Steering for peaceful games: nobody does anything.
ShipInput virtual_game_idle(uint32_t player, uint64_t now_ns);
// Everybody flies in curves and shoots now and then.
ShipInput virtual_game_roam(uint32_t player, uint64_t now_ns);

#endif
