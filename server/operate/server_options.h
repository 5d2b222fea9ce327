// SPDX-License-Identifier: MIT
// server_options.h -- the options of an operator, and the checks of several options together.
//
// Flow:    options_parse(&SERVER_OPTIONS) -> ServerConfig -> server_config_resolve()
// Threads: the main thread; SIGHUP reads the options again while others run (reload.h).
#ifndef TICKSTORM_SERVER_OPERATE_SERVER_OPTIONS_H
#define TICKSTORM_SERVER_OPERATE_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "game/arena.h"

#define SERVER_PORT_DEFAULT   "7777"
#define SERVER_DRONES_DEFAULT 2000
#define SERVER_SEED_DEFAULT   1

typedef struct ServerConfig {
    // Fields of the option table.
    const char *config_file;
    bool is_check;
    bool is_dump;
    const char *bind_address;
    uint64_t port;
    uint64_t max_clients;
    const char *arena_file;
    OptionalCount drones; // not given: as the arena file says, else the default
    OptionalCount seed;   // the same
    uint64_t tick_rate_hz;
    uint64_t snapshot_rate_hz;
    uint64_t budget_bytes;
    uint64_t verify_interval; // 0: no checksums
    uint64_t workers;         // 0: one per processor
    uint64_t net_threads;
    uint64_t drain_timeout_ns;
    const char *http_bind;
    bool is_ipv6_only;
    uint64_t http_port;
    const char *log_level;
    const char *log_format;
    uint64_t first_tick; // below 2^32
    uint64_t tick_limit;
    bool is_unpaced;
    bool prints_hash;
    // Filled in by server_config_resolve().
    ArenaSpec arena;
} ServerConfig;

extern const OptionTable SERVER_OPTIONS;

typedef enum ServerConfigError {
    SERVER_CONFIG_OK,
    SERVER_CONFIG_BAD,        // no address, or options that contradict each other: exit 2
    SERVER_CONFIG_UNREADABLE, // an arena file that cannot be used: exit 1
} ServerConfigError;

// Reads the arena file, fills in values that were left open and checks the options together. On an
// error, `error` holds one line for people.
ServerConfigError server_config_resolve(ServerConfig *config, char *error, size_t error_size);

// Sets level and format of the log.
void server_config_apply_log(const ServerConfig *config);

#endif
