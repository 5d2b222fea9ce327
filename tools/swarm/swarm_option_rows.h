// SPDX-License-Identifier: MIT
// swarm_option_rows.h -- the rows that the options of a run and of a search have in common.
//
// Flow:    these rows -> the table of swarm_options.c and that of search_options.c
//
// Both tables fill in a SwarmOptions: a SearchOptions begins with one.
#ifndef TICKSTORM_SWARM_SWARM_OPTION_ROWS_H
#define TICKSTORM_SWARM_SWARM_OPTION_ROWS_H

#include <stddef.h>

#include "base/options.h"
#include "tools/swarm/load/swarm.h"
#include "tools/swarm/swarm_options.h"

#define SWARM_FIELD(name) offsetof(SwarmOptions, name)

#define SWARM_TARGET_ROWS                                                                          \
    {"connect",                                                                                    \
     0,                                                                                            \
     OPTION_TEXT,                                                                                  \
     "target",                                                                                     \
     SWARM_FIELD(connect),                                                                         \
     NULL,                                                                                         \
     0,                                                                                            \
     0,                                                                                            \
     "HOST:PORT",                                                                                  \
     NULL,                                                                                         \
     "The server to load, as NAME:PORT or [IPV6]:PORT (required)"},                                \
    {                                                                                              \
        "server-metrics", 0, OPTION_TEXT, "target", SWARM_FIELD(server_metrics), NULL, 0, 0,       \
            "URL", NULL, "Put the server's own figures beside ours, from its /metrics"             \
    }

#define SWARM_RAMP_ROWS                                                                            \
    {"spawn-rate", 'r',    OPTION_RATE, "load", SWARM_FIELD(spawn_rate_hz),        "200/s",        \
     0.01,         100000, "N/s",       NULL,   "How many bots connect per second"},               \
        {"threads",                                                                                \
         0,                                                                                        \
         OPTION_COUNT,                                                                             \
         "load",                                                                                   \
         SWARM_FIELD(threads),                                                                     \
         "0",                                                                                      \
         0,                                                                                        \
         SWARM_THREADS_MAX,                                                                        \
         "N",                                                                                      \
         NULL,                                                                                     \
         "Threads; 0: one for every 500 bots, at most one a core"},                                \
    {                                                                                              \
        "epoll", 0, OPTION_FLAG, "load", SWARM_FIELD(wants_epoll), NULL, 0, 0, NULL, NULL,         \
            "Wait for sockets by epoll even where io_uring is there"                               \
    }

#define SWARM_BOT_ROWS                                                                             \
    {"behaviour",                                                                                  \
     0,                                                                                            \
     OPTION_TEXT,                                                                                  \
     "bots",                                                                                       \
     SWARM_FIELD(behaviour),                                                                       \
     "wander=6,hunt=3,idle=1",                                                                     \
     0,                                                                                            \
     0,                                                                                            \
     "NAME=WEIGHT,...",                                                                            \
     NULL,                                                                                         \
     "What the bots do: see below"},                                                               \
        {"input-rate",                                                                             \
         0,                                                                                        \
         OPTION_RATE,                                                                              \
         "bots",                                                                                   \
         SWARM_FIELD(input_rate_hz),                                                               \
         "20",                                                                                     \
         1,                                                                                        \
         240,                                                                                      \
         "HZ",                                                                                     \
         NULL,                                                                                     \
         "Input packets per second and bot"},                                                      \
        {"seed",                                                                                   \
         0,                                                                                        \
         OPTION_COUNT,                                                                             \
         "bots",                                                                                   \
         SWARM_FIELD(seed),                                                                        \
         "1",                                                                                      \
         0,                                                                                        \
         0,                                                                                        \
         "N",                                                                                      \
         NULL,                                                                                     \
         "Makes the bots' choices repeatable"},                                                    \
        {"connect-timeout",                                                                        \
         0,                                                                                        \
         OPTION_DURATION,                                                                          \
         "bots",                                                                                   \
         SWARM_FIELD(connect_timeout_ns),                                                          \
         "10s",                                                                                    \
         0.1,                                                                                      \
         3600,                                                                                     \
         "T",                                                                                      \
         NULL,                                                                                     \
         "How long a bot may take to get into the game"},                                          \
    {                                                                                              \
        "verify", 0, OPTION_FLAG, "bots", SWARM_FIELD(wants_verify), NULL, 0, 0, NULL, NULL,       \
            "Check reconstructions against the server's checksums"                                 \
    }

#define SWARM_NETWORK_ROWS                                                                         \
    {"latency",                                                                                    \
     0,                                                                                            \
     OPTION_DURATION,                                                                              \
     "network",                                                                                    \
     SWARM_FIELD(latency_ns),                                                                      \
     "0",                                                                                          \
     0,                                                                                            \
     10,                                                                                           \
     "T",                                                                                          \
     NULL,                                                                                         \
     "Delay every datagram, each way"},                                                            \
        {"jitter",                                                                                 \
         0,                                                                                        \
         OPTION_DURATION,                                                                          \
         "network",                                                                                \
         SWARM_FIELD(jitter_ns),                                                                   \
         "0",                                                                                      \
         0,                                                                                        \
         10,                                                                                       \
         "T",                                                                                      \
         NULL,                                                                                     \
         "Delay it by up to so much more, each way"},                                              \
        {"loss", 0,   OPTION_PERCENT, "network", SWARM_FIELD(loss_percent),          "0",          \
         0,      100, "P%",           NULL,      "Datagrams that get lost, each way"},             \
        {"dup", 0,   OPTION_PERCENT, "network", SWARM_FIELD(duplicate_percent),         "0",       \
         0,     100, "P%",           NULL,      "Datagrams that arrive twice, each way"},          \
    {                                                                                              \
        "reorder", 0, OPTION_PERCENT, "network", SWARM_FIELD(reorder_percent), "0", 0, 100, "P%",  \
            NULL, "Datagrams that are overtaken, each way"                                         \
    }

#define SWARM_THRESHOLD_ROWS                                                                       \
    {                                                                                              \
        "threshold", 0, OPTION_LIST, "thresholds", SWARM_FIELD(threshold_texts), NULL, 0, 0,       \
            "EXPR", NULL, "Fail the run unless it holds, as 'snapshot_gap_ms p(99)<100'"           \
    }

#define SWARM_DISPLAY_ROWS                                                                         \
    {"quiet",                                                                                      \
     'q',                                                                                          \
     OPTION_FLAG,                                                                                  \
     "output",                                                                                     \
     SWARM_FIELD(is_quiet),                                                                        \
     NULL,                                                                                         \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL,                                                                                         \
     "Show nothing before the summary"},                                                           \
    {                                                                                              \
        "no-color", 0, OPTION_FLAG, "output", SWARM_FIELD(has_no_color), NULL, 0, 0, NULL, NULL,   \
            "No colours (as the variable NO_COLOR)"                                                \
    }

#define SWARM_FILE_ROWS                                                                            \
    {                                                                                              \
        "scenario", 0, OPTION_TEXT, NULL, SWARM_FIELD(scenario), NULL, 0, 0, "FILE", NULL,         \
            "Read options from this INI file: [load] with bots = 500 is --bots 500"                \
    }

#endif
