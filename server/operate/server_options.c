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

#define FIELD(name) offsetof(ServerConfig, name)

static const Option SERVER_ROWS[] = {
    {"config", 0, OPTION_TEXT, NULL, FIELD(config_file), NULL, 0, 0, "FILE", NULL,
     "Read options from this INI file"},
    {"check-config", 0, OPTION_FLAG, NULL, FIELD(is_check), NULL, 0, 0, NULL, NULL,
     "Check the configuration and exit"},
    {"dump-config", 0, OPTION_FLAG, NULL, FIELD(is_dump), NULL, 0, 0, NULL, NULL,
     "Print the configuration as an INI file and exit"},
    {"bind", 0, OPTION_TEXT, "server", FIELD(bind_address), "0.0.0.0", 0, 0, "ADDR", NULL,
     "Address to listen on: of one family as 192.0.2.1, ::1, fe80::1%eth0, all of IPv4 as 0.0.0.0, "
     "all of both as ::"},
    {"ipv6-only", 0, OPTION_FLAG, "server", FIELD(is_ipv6_only), NULL, 0, 0, NULL, NULL,
     "Let :: stand for IPv6 alone"},
    {"port", 0, OPTION_COUNT, "server", FIELD(port), SERVER_PORT_DEFAULT, 0, 65535, "N", NULL,
     "UDP port; 0 lets the system choose"},
    {"max-clients", 0, OPTION_COUNT, "server", FIELD(max_clients), "1024", 1, CLIENTS_MAX, "N",
     NULL, "Players at a time"},
    {"net-threads", 0, OPTION_COUNT, "server", FIELD(net_threads), "1", 1, NET_LOOPS_MAX, "N", NULL,
     "Network threads, sharing the port"},
    {"workers", 0, OPTION_COUNT, "server", FIELD(workers), "0", 0, WORKERS_MAX, "N", NULL,
     "Threads that run a tick; 0 means one per processor"},
    {"drain-timeout", 0, OPTION_DURATION, "server", FIELD(drain_timeout_ns), "1s", 0,
     TRANSPORT_GOODBYE_TIMEOUT_MS / 1000.0, "T", NULL,
     "How long players have to acknowledge the goodbye when the server ends"},
    {"arena", 0, OPTION_TEXT, "game", FIELD(arena_file), NULL, 0, 0, "FILE", NULL,
     "Arena to play in, instead of an open one that grows with its drones"},
    {"drones", 0, OPTION_OPTIONAL_COUNT, "game", FIELD(drones), NULL, 0, ARENA_DRONES_MAX, "N",
     NULL, "Drones kept in the arena [as the arena says, else 2000]"},
    {"seed", 0, OPTION_OPTIONAL_COUNT, "game", FIELD(seed), NULL, 0, 0, "N", NULL,
     "Seed of everything random [as the arena says, else 1]"},
    {"tick-rate", 0, OPTION_COUNT, "game", FIELD(tick_rate_hz), "60", 1, TICK_RATE_MAX_HZ, "HZ",
     NULL,
     "Simulation steps per second; the rules are per tick, so other rates play faster or slower"},
    {"snapshot-rate", 0, OPTION_COUNT, "game", FIELD(snapshot_rate_hz), "20", 5, TICK_RATE_MAX_HZ,
     "HZ", NULL, "Snapshots per second and player; divides the tick rate"},
    {"budget", 0, OPTION_COUNT, "game", FIELD(budget_bytes), "1100", 200, PAYLOAD_BYTES_MAX,
     "BYTES", NULL, "Largest snapshot"},
    {"verify-interval", 0, OPTION_COUNT, "game", FIELD(verify_interval), "8", 0, 1000, "N", NULL,
     "Checksum in one of N snapshots of a client that asks for them; 0 means none"},
    {"http-bind", 0, OPTION_TEXT, "http", FIELD(http_bind), "127.0.0.1", 0, 0, "ADDR", NULL,
     "Address for /metrics, /livez, /readyz and /status.json, in numbers as for --bind"},
    {"http-port", 0, OPTION_COUNT, "http", FIELD(http_port), "0", 0, 65535, "N", NULL,
     "TCP port for them; 0 turns them off"},
    {"log-level", 0, OPTION_CHOICE, "log", FIELD(log_level), "info", 0, 0, "LEVEL",
     "error|warn|info|debug", "Least important lines to log"},
    {"log-format", 0, OPTION_CHOICE, "log", FIELD(log_format), "text", 0, 0, "FORMAT", "text|json",
     "Log for people or for machines"},
    {"first-tick", 0, OPTION_COUNT, NULL, FIELD(first_tick), NULL, 0, UINT32_MAX, "N", NULL,
     "The world's first tick, to try what a long uptime brings: ticks wrap at 4294967296"},
    {"ticks", 0, OPTION_COUNT, NULL, FIELD(tick_limit), NULL, 0, 1e12, "N", NULL,
     "Exit after this many ticks; 0 means never"},
    {"unpaced", 0, OPTION_FLAG, NULL, FIELD(is_unpaced), NULL, 0, 0, NULL, NULL,
     "With --ticks: run them as fast as they go, without a network"},
    {"hash", 0, OPTION_FLAG, NULL, FIELD(prints_hash), NULL, 0, 0, NULL, NULL,
     "Print the hash of the world at exit"},
};

// ------------------------------------------------------------------ addresses

// NULL, or why the text is no address of this machine's, as far as that can be told without it.
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

static bool check_value(const Option *option, const char *text, char *problem,
                        size_t problem_size) {
    const bool is_bind = strcmp(option->name, "bind") == 0;
    if (!is_bind && strcmp(option->name, "http-bind") != 0) {
        return true;
    }
    const char *what = find_bad_address(text, is_bind);
    if (what != NULL) {
        snprintf(problem, problem_size, "'%s' is no address to listen on: %s", text, what);
    }
    return what == NULL;
}

const OptionTable SERVER_OPTIONS = {
    .program = "tickstorm-server",
    .summary = "the server of a Tickstorm match",
    .usage = "[OPTION]...",
    .rows = SERVER_ROWS,
    .count = sizeof SERVER_ROWS / sizeof SERVER_ROWS[0],
    .check = check_value,
    .epilog =
        "Signals:\n"
        "SIGINT, SIGTERM\tSend the players away and exit; a second one exits at once\n"
        "SIGHUP\tRead --config again: [log] and drain-timeout apply at once, the log says what "
        "else changed and needs a restart\n"
        "Exit codes:\n"
        "0\tEnded as asked\n"
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

// ------------------------------------------------------------------ how the options fit together

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
