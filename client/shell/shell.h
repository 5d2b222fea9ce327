// SPDX-License-Identifier: MIT
// shell.h -- the graphical client: a window (or none) around a Client.
//
// Flow:    each frame: events -> client_poll -> input -> client_step, client_send_inputs ->
//          view_build -> picture -> present
// Threads: one, the caller's.
// Memory:  everything is allocated before the first frame.
#ifndef TICKSTORM_CLIENT_SHELL_SHELL_H
#define TICKSTORM_CLIENT_SHELL_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "net/impair.h"
#include "net/net_address.h"

typedef struct ShellConfig {
    char host[NET_HOST_BYTES];
    uint16_t port;
    char name[PLAYER_NAME_BYTES + 1];
    int width, height;
    bool is_fullscreen;
    bool is_headless;
    uint64_t frames;         // of the game, then the program ends; 0: no limit
    const char *screenshot;  // written at the end; NULL: none
    const char *script;      // NULL: none
    uint64_t seed;           // of stars and sparks, and of the impairment
    ImpairConfig impairment; // all zero: none
} ShellConfig;

typedef enum ShellResult {
    SHELL_OK = 0,
    SHELL_FAILED = 1, // reported on stderr, as is the next
    SHELL_BAD_SCRIPT = 2,
} ShellResult;

// Runs until the player leaves, the frames are over, the connection fails, or an interrupt comes
// (interrupt.h).
ShellResult shell_run(const ShellConfig *config);

#endif
