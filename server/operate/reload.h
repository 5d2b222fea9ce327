// SPDX-License-Identifier: MIT
// reload.h -- reads the configuration again while the server runs (SIGHUP).
//
// Flow:    command line -> options, file, environment -> checked as at start -> compared by key
// Threads: the main thread; the keys that it changes are nobody else's.
// Errors:  a configuration that is bad, or no longer readable, changes nothing; the log says why.
#ifndef TICKSTORM_SERVER_OPERATE_RELOAD_H
#define TICKSTORM_SERVER_OPERATE_RELOAD_H

#include "server/operate/server_options.h"

typedef struct ReloadResult {
    bool is_bad;            // everything stays as it was
    uint32_t applied_count; // keys that hold at once
    uint32_t restart_count; // keys that have changed and wait for a restart
} ReloadResult;

// Logs each key that differs, old and new value, and takes over those that can change live into
// *config: log-level, log-format, drain-timeout. Blocks for as long as the files take.
ReloadResult reload_config(ServerConfig *config, int argc, char **argv);

#endif
