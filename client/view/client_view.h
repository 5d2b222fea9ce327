// SPDX-License-Identifier: MIT
// client_view.h -- the state that a window needs beside the Client and a bot does not: samples of
//                  the other entities, events until they are shown, players' names, the smoothing
//                  of the own ship.
//
// Flow:    ClientObserver.on_snapshot -> client_view_on_snapshot;
//          ClientObserver.on_events -> client_view_on_events
//          after each client_poll: client_view_next_event until it returns NULL
//          each frame: view_build (view.h)
// Threads: the client's thread (asserted).
// Memory:  allocated by client_view_create(), one view for each connection; nothing is allocated
//          while playing.
#ifndef TICKSTORM_CLIENT_VIEW_CLIENT_VIEW_H
#define TICKSTORM_CLIENT_VIEW_CLIENT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/client.h"
#include "client/view/entity_table.h"
#include "client/view/event_log.h"
#include "client/view/own_ship.h"

// All zero: empty; names, scores and the own death may be read.
typedef struct ClientView {
    const Client *client;                 // constant after client_view_create
    EntityTable table;                    // without the own ship
    OwnShip own_ship;                     // how it is shown
    EventLog events;                      // not shown yet
    uint64_t events_dropped;              // arrived when the log was full
    char (*names)[PLAYER_NAME_BYTES + 1]; // CLIENTS_MAX, by player index; empty: not known
} ClientView;

// A view that follows this client, which must stay where it is until the view is destroyed. False
// when memory is short.
bool client_view_create(ClientView *view, const Client *client);
void client_view_destroy(ClientView *view);

// The client has accepted a snapshot.
void client_view_on_snapshot(ClientView *view, uint64_t now_ns);

// The client has received events.
void client_view_on_events(ClientView *view, const EventBatch *batch);

// The next event whose tick is shown by now, or NULL; always NULL before CLIENT_PLAYING. Valid
// until the next call that changes the view.
const Event *client_view_next_event(ClientView *view, uint64_t now_ns);

// The best players' scores as of the tick that is shown.
const Scores *client_view_scores(const ClientView *view);

// How the own ship died, while it waits to respawn; NULL when that is not known (yet).
const Event *client_view_own_death(const ClientView *view);

// The name of a player, or "" when it is not known.
const char *client_view_player_name(const ClientView *view, uint32_t player_index);

#endif
