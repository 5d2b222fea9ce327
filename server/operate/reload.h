// SPDX-License-Identifier: MIT
// reload.h -- reads the configuration again while the server runs (SIGHUP).
//
// Flow:    command line -> options, file, environment -> checked as at start -> compared row by row
// Threads: main thread; only it reads the fields that a reload changes.
// Errors:  a configuration that is bad, or no longer readable, changes nothing; the log says why.
#ifndef TICKSTORM_SERVER_OPERATE_RELOAD_H
#define TICKSTORM_SERVER_OPERATE_RELOAD_H

#include "server/operate/server_options.h"

typedef struct ReloadResult {
    bool is_bad;            // nothing has changed
    uint32_t applied_count; // changed rows that apply while running
    uint32_t restart_count; // changed rows that wait for a restart
} ReloadResult;

// Logs each row of SERVER_OPTIONS whose value differs, with its old and new value, and copies those
// marked applies_while_running into *config. Blocks while it reads the files.
ReloadResult reload_config(ServerConfig *config, int argc, char **argv);

#endif
