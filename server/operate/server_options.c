// SPDX-License-Identifier: MIT
#include "server/operate/server_options.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text_file.h"
#include "base/text_lines.h"
#include "net/net_address.h"
#include "net/net_resolve.h"
#include "net/transport.h"

// ------------------------------------------------------------------ addresses

// NULL, or why the text cannot be an address of this machine.
static const char *find_bad_address(const char *text, bool may_be_name) {
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    const char *problem = net_address_split(text, host, &port);
    if (problem != NULL) {
        return problem;
    }
    if (port != 0) {
        return "the port has an option of its own";
    }
    NetAddress own[NET_RESOLVE_MAX];
    if (may_be_name ? net_resolve_own(host, own) > 0 : net_address_parse(host, 0, &own[0])) {
        return NULL;
    }
    problem = net_address_problem(host);
    return problem != NULL ? problem
           : may_be_name   ? "neither an address nor a known name"
                           : "not an address";
}

static bool check_listen_address(const char *text, bool may_be_name, char *problem,
                                 size_t problem_size) {
    const char *what = find_bad_address(text, may_be_name);
    if (what != NULL) {
        snprintf(problem, problem_size, "'%s' is no address to listen on: %s", text, what);
    }
    return what == NULL;
}

static bool check_bind(const char *text, char *problem, size_t problem_size) {
    return check_listen_address(text, true, problem, problem_size);
}

static bool check_http_bind(const char *text, char *problem, size_t problem_size) {
    return check_listen_address(text, false, problem, problem_size);
}

// ------------------------------------------------------------------ the table

static const Option SERVER_ROWS[] = {
    OPTION_ROW_TEXT(ServerConfig, config_file, .name = "config", .value_name = "FILE",
                    .names_options_file = true, .help = "Read options from this INI file"),
    OPTION_ROW_FLAG(ServerConfig, is_check, .name = "check-config",
                    .help = "Check the configuration and exit"),
    OPTION_ROW_FLAG(ServerConfig, is_dump, .name = "dump-config",
                    .help = "Print the configuration as an INI file and exit"),
    OPTION_ROW_TEXT(ServerConfig, bind_address, .name = "bind", .section = "server",
                    .default_value = "0.0.0.0", .value_name = "ADDR", .check = check_bind,
                    .help = "Address to listen on: of one family as 192.0.2.1, ::1, fe80::1%eth0, "
                            "all of IPv4 as 0.0.0.0, "
                            "all of both as ::"),
    OPTION_ROW_FLAG(ServerConfig, is_ipv6_only, .name = "ipv6-only", .section = "server",
                    .help = "Let :: stand for IPv6 alone"),
    OPTION_ROW_COUNT(ServerConfig, port, .name = "port", .section = "server",
                     .default_value = SERVER_PORT_DEFAULT, .max = 65535, .value_name = "N",
                     .help = "UDP port; 0 lets the system choose"),
    OPTION_ROW_COUNT(ServerConfig, max_clients, .name = "max-clients", .section = "server",
                     .default_value = "1024", .min = 1, .max = CLIENTS_MAX, .value_name = "N",
                     .help = "Players at a time"),
    OPTION_ROW_COUNT(ServerConfig, net_threads, .name = "net-threads", .section = "server",
                     .default_value = "1", .min = 1, .max = NET_LOOPS_MAX, .value_name = "N",
                     .help = "Network threads, sharing the port"),
    OPTION_ROW_COUNT(ServerConfig, workers, .name = "workers", .section = "server",
                     .default_value = "0", .max = WORKERS_MAX, .value_name = "N",
                     .help = "Threads that run a tick; 0 means one per processor"),
    OPTION_ROW_DURATION(
        ServerConfig, drain_timeout_ns, .name = "drain-timeout", .section = "server",
        .default_value = "1s", .max = TRANSPORT_GOODBYE_TIMEOUT_MS / 1000.0, .value_name = "T",
        .applies_while_running = true,
        .help = "How long players have to acknowledge the goodbye when the server ends"),
    OPTION_ROW_TEXT(ServerConfig, arena_file, .name = "arena", .section = "game",
                    .value_name = "FILE",
                    .help = "Arena to play in, instead of an open one that grows with its drones"),
    OPTION_ROW_OPTIONAL_COUNT(ServerConfig, drones, .name = "drones", .section = "game",
                              .max = ARENA_DRONES_MAX, .value_name = "N",
                              .help = "Drones kept in the arena [as the arena says, else 2000]"),
    OPTION_ROW_OPTIONAL_COUNT(ServerConfig, seed, .name = "seed", .section = "game",
                              .value_name = "N",
                              .help = "Seed of everything random [as the arena says, else 1]"),
    OPTION_ROW_COUNT(ServerConfig, tick_rate_hz, .name = "tick-rate", .section = "game",
                     .default_value = "60", .min = 1, .max = TICK_RATE_MAX_HZ, .value_name = "HZ",
                     .help = "Simulation steps per second; the rules are per tick, so other rates "
                             "play faster or slower"),
    OPTION_ROW_COUNT(ServerConfig, snapshot_rate_hz, .name = "snapshot-rate", .section = "game",
                     .default_value = "20", .min = 5, .max = TICK_RATE_MAX_HZ, .value_name = "HZ",
                     .help = "Snapshots per second and player; divides the tick rate"),
    OPTION_ROW_COUNT(ServerConfig, budget_bytes, .name = "budget", .section = "game",
                     .default_value = "1100", .min = 200, .max = PAYLOAD_BYTES_MAX,
                     .value_name = "BYTES", .help = "Largest snapshot"),
    OPTION_ROW_COUNT(
        ServerConfig, verify_interval, .name = "verify-interval", .section = "game",
        .default_value = "8", .max = 1000, .value_name = "N",
        .help = "Checksum in one of N snapshots of a client that asks for them; 0 means none"),
    OPTION_ROW_TEXT(
        ServerConfig, http_bind, .name = "http-bind", .section = "http",
        .default_value = "127.0.0.1", .value_name = "ADDR", .check = check_http_bind,
        .help = "Address for /metrics, /livez, /readyz and /status.json, in numbers as for --bind"),
    OPTION_ROW_COUNT(ServerConfig, http_port, .name = "http-port", .section = "http",
                     .default_value = "0", .max = 65535, .value_name = "N",
                     .help = "TCP port for them; 0 turns them off"),
    OPTION_ROW_CHOICE(ServerConfig, log_level, .name = "log-level", .section = "log",
                      .default_value = "info", .value_name = "LEVEL",
                      .choices = "error|warn|info|debug", .applies_while_running = true,
                      .help = "Least important lines to log"),
    OPTION_ROW_CHOICE(ServerConfig, log_format, .name = "log-format", .section = "log",
                      .default_value = "text", .value_name = "FORMAT", .choices = "text|json",
                      .applies_while_running = true, .help = "Log for people or for machines"),
    OPTION_ROW_COUNT(
        ServerConfig, first_tick, .name = "first-tick", .max = UINT32_MAX, .value_name = "N",
        .help = "The world's first tick, to simulate a long uptime: ticks wrap at 4294967296"),
    OPTION_ROW_COUNT(ServerConfig, tick_limit, .name = "ticks", .max = 1e12, .value_name = "N",
                     .help = "Exit after this many ticks; 0 means never"),
    OPTION_ROW_FLAG(ServerConfig, is_unpaced, .name = "unpaced",
                    .help = "With --ticks: run them as fast as they go, without a network"),
    OPTION_ROW_FLAG(ServerConfig, prints_hash, .name = "hash",
                    .help = "Print the hash of the world at exit"),
};

const OptionTable SERVER_OPTIONS = {
    .program = "tickstorm-server",
    .summary = "the server of a Tickstorm match",
    .usage = "[OPTION]...",
    .rows = SERVER_ROWS,
    .count = sizeof SERVER_ROWS / sizeof SERVER_ROWS[0],
    .epilog =
        "Signals:\n"
        "SIGINT, SIGTERM\tSend the players away and exit; a second one exits at once\n"
        "SIGHUP\tRead --config again: [log] and drain-timeout apply at once, the log lists the "
        "other changes, which need a restart\n"
        "Exit codes:\n"
        "0\tEnded as requested\n"
        "1\tFailed: the port is taken, the arena unreadable, the output cannot be written\n"
        "2\tBad options, or with --check-config an unreadable arena\n",
};

// ------------------------------------------------------------------ the arena

static bool read_arena(const char *path, ArenaFile *arena, char *error, size_t error_size) {
    TextFile file;
    char problem[200];
    int line = 0;
    if (!text_file_read(path, &file, problem, sizeof problem)) {
        snprintf(error, error_size, "cannot read arena '%s': %s", path, problem);
        return false;
    }
    const bool is_good =
        arena_file_parse(file.text, file.size, arena, problem, sizeof problem, &line);
    text_file_free(&file);
    if (!is_good) {
        snprintf(error, error_size, "%s:%d: %s", path, line, problem);
    }
    return is_good;
}

static void resolve_count(OptionalCount *count, uint64_t otherwise) {
    if (!count->is_given) {
        *count = (OptionalCount){.value = otherwise, .is_given = true};
    }
}

static bool resolve_arena(ServerConfig *config, char *error, size_t error_size) {
    ArenaFile file = {.spec.name = "open"};
    if (config->arena_file != NULL && !read_arena(config->arena_file, &file, error, error_size)) {
        return false;
    }
    resolve_count(&config->drones, file.has_drones ? file.drone_count : SERVER_DRONES_DEFAULT);
    resolve_count(&config->seed, file.has_seed ? file.spec.seed : SERVER_SEED_DEFAULT);
    file.spec.seed = config->seed.value;
    arena_file_resolve(&file, (uint32_t)config->drones.value, (uint32_t)config->max_clients);
    const char *problem = arena_spec_check(&file.spec);
    if (problem != NULL) {
        snprintf(error, error_size, "arena '%s': %s",
                 config->arena_file != NULL ? config->arena_file : "open", problem);
        return false;
    }
    config->arena = file.spec;
    return true;
}

// ------------------------------------------------------------------ options together

static const char *find_contradiction(const ServerConfig *config) {
    if (config->tick_rate_hz % config->snapshot_rate_hz != 0) {
        return "--snapshot-rate must divide --tick-rate";
    }
    if (config->max_clients > config->net_threads * NET_LOOP_CLIENTS_MAX) {
        return "--max-clients needs more --net-threads: one serves at most 4000 players";
    }
    if (config->is_unpaced && config->tick_limit == 0) {
        return "--unpaced needs --ticks";
    }
    if (config->http_port != 0 && config->is_unpaced) {
        return "--unpaced runs without a network, so there is no --http-port";
    }
    return NULL;
}

static ServerConfigError resolve(ServerConfig *config, char *error, size_t error_size) {
    const char *contradiction = find_contradiction(config);
    if (contradiction != NULL) {
        snprintf(error, error_size, "%s", contradiction);
        return SERVER_CONFIG_BAD;
    }
    if (config->workers == 0) {
        const unsigned processors = uv_available_parallelism();
        config->workers = processors < WORKERS_MAX ? processors : WORKERS_MAX;
    }
    return resolve_arena(config, error, error_size) ? SERVER_CONFIG_OK : SERVER_CONFIG_UNREADABLE;
}

ServerConfigError server_config_resolve(ServerConfig *config, char *error, size_t error_size) {
    error[0] = '\0';
    const ServerConfigError result = resolve(config, error, error_size);
    text_make_one_line(error);
    return result;
}

void server_config_apply_log(const ServerConfig *config) {
    LogLevel level = LOG_LEVEL_INFO;
    LogFormat format = LOG_FORMAT_TEXT;
    log_level_from_name(config->log_level, &level);
    log_format_from_name(config->log_format, &format);
    log_configure(level, format);
}
