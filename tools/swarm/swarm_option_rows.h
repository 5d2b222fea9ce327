// SPDX-License-Identifier: MIT
// swarm_option_rows.h -- the rows that the options of a run and of a search have in common, and the
//                        fields of a RunSpec that follow from their values.
//
// Flow:    these rows -> the table of swarm_options.c and that of search_options.c -> options_parse
//          -> swarm_option_rows_resolve, swarm_option_rows_set_shape
// Threads: main(), before other threads start.
// Errors:  reported in one line on stderr.
//
// Both tables store into a RunSpec: a SearchOptions begins with one.
#ifndef TICKSTORM_SWARM_SWARM_OPTION_ROWS_H
#define TICKSTORM_SWARM_SWARM_OPTION_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "net/net_address.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/run_spec.h"

// Two ways to shape the load exclude each other: bots, duration and spawn rate, or stages.
#define SWARM_PLAIN_SIDE  OPTION_SIDE_A
#define SWARM_STAGED_SIDE OPTION_SIDE_B

#define SWARM_TARGET_ROWS                                                                          \
    OPTION_ROW_TEXT(RunSpec, server, .name = "connect", .section = "target",                       \
                    .value_name = "HOST:PORT", .check = net_address_check_server,                  \
                    .help = "The server to load, as NAME:PORT or [IPV6]:PORT (required)"),         \
        OPTION_ROW_TEXT(RunSpec, server_metrics, .name = "server-metrics", .section = "target",    \
                        .value_name = "URL",                                                       \
                        .help = "Put the server's own figures beside ours, from its /metrics")

#define SWARM_RAMP_ROWS                                                                            \
    OPTION_ROW_RATE(RunSpec, given.spawn_rate_hz, .name = "spawn-rate", .short_name = 'r',         \
                    .side = SWARM_PLAIN_SIDE, .section = "load", .default_value = "200/s",         \
                    .min = 0.01, .max = 100000, .value_name = "N/s",                               \
                    .help = "How many bots connect per second"),                                   \
        OPTION_ROW_COUNT(RunSpec, given.threads, .name = "threads", .section = "load",             \
                         .default_value = "0", .max = SWARM_THREADS_MAX, .value_name = "N",        \
                         .help = "Threads; 0: one for every 500 bots, at most one a core"),        \
        OPTION_ROW_FLAG(RunSpec, load.wants_epoll, .name = "epoll", .section = "load",             \
                        .help = "Wait for sockets by epoll even where io_uring is there")

#define SWARM_BOT_ROWS                                                                             \
    OPTION_ROW_TEXT(RunSpec, behaviours, .name = "behaviour", .section = "bots",                   \
                    .default_value = "wander=6,hunt=3,idle=1", .value_name = "NAME=WEIGHT,...",    \
                    .check = swarm_option_rows_check_behaviour,                                    \
                    .help = "What the bots do: see below"),                                        \
        OPTION_ROW_RATE(RunSpec, load.input_rate_hz, .name = "input-rate", .section = "bots",      \
                        .default_value = "20", .min = 1, .max = 240, .value_name = "HZ",           \
                        .help = "Input packets per second and bot"),                               \
        OPTION_ROW_COUNT(RunSpec, load.seed, .name = "seed", .section = "bots",                    \
                         .default_value = "1", .value_name = "N",                                  \
                         .help = "Makes the bots' choices repeatable"),                            \
        OPTION_ROW_DURATION(RunSpec, load.connect_timeout_ns, .name = "connect-timeout",           \
                            .section = "bots", .default_value = "10s", .min = 0.1, .max = 3600,    \
                            .value_name = "T",                                                     \
                            .help = "How long a bot may take to get into the game"),               \
        OPTION_ROW_FLAG(RunSpec, load.wants_verify, .name = "verify", .section = "bots",           \
                        .help = "Check reconstructions against the server's checksums")

#define SWARM_NETWORK_ROWS                                                                         \
    OPTION_ROW_DURATION(RunSpec, load.impairment.latency_ns, .name = "latency",                    \
                        .section = "network", .default_value = "0", .max = 10, .value_name = "T",  \
                        .help = "Delay every datagram, each way"),                                 \
        OPTION_ROW_DURATION(RunSpec, load.impairment.jitter_ns, .name = "jitter",                  \
                            .section = "network", .default_value = "0", .max = 10,                 \
                            .value_name = "T",                                                     \
                            .help = "Delay it by up to so much more, each way"),                   \
        OPTION_ROW_PERCENT(RunSpec, given.loss_percent, .name = "loss", .section = "network",      \
                           .default_value = "0", .max = 100, .value_name = "P%",                   \
                           .help = "Datagrams that get lost, each way"),                           \
        OPTION_ROW_PERCENT(RunSpec, given.duplicate_percent, .name = "dup", .section = "network",  \
                           .default_value = "0", .max = 100, .value_name = "P%",                   \
                           .help = "Datagrams that arrive twice, each way"),                       \
        OPTION_ROW_PERCENT(RunSpec, given.reorder_percent, .name = "reorder",                      \
                           .section = "network", .default_value = "0", .max = 100,                 \
                           .value_name = "P%", .help = "Datagrams that are overtaken, each way")

#define SWARM_THRESHOLD_ROWS                                                                       \
    OPTION_ROW_LIST(RunSpec, given.thresholds, .name = "threshold", .section = "thresholds",       \
                    .value_name = "EXPR", .check = swarm_option_rows_check_threshold,              \
                    .help = "Fail the run unless it holds, as 'snapshot_gap_ms p(99)<100'")

#define SWARM_DISPLAY_ROWS                                                                         \
    OPTION_ROW_FLAG(RunSpec, is_quiet, .name = "quiet", .short_name = 'q', .section = "output",    \
                    .help = "Show nothing before the summary"),                                    \
        OPTION_ROW_FLAG(RunSpec, has_no_color, .name = "no-color", .section = "output",            \
                        .help = "No colours (as the variable NO_COLOR)")

#define SWARM_FILE_ROWS                                                                            \
    OPTION_ROW_TEXT(RunSpec, given.scenario, .name = "scenario", .value_name = "FILE",             \
                    .names_options_file = true,                                                    \
                    .help =                                                                        \
                        "Read options from this INI file: [load] with bots = 500 is --bots 500")

// The checks of values that the rows name.
bool swarm_option_rows_check_behaviour(const char *text, char *problem, size_t problem_size);
bool swarm_option_rows_check_threshold(const char *text, char *problem, size_t problem_size);

// Computes the fields that follow from the given options, except the shape and the threads. False:
// reported.
bool swarm_option_rows_resolve(RunSpec *spec, const char *program);

// Replaces the shape, and the number of threads that follows from it.
void swarm_option_rows_set_shape(RunSpec *spec, const LoadShape *shape, uint32_t cpu_count);

#endif
