// SPDX-License-Identifier: MIT
#include "tools/swarm/swarm_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tools/swarm/swarm.h"

#define BOTS_PER_THREAD 1000 // as many sockets as libuv takes from one epoll_wait

#define FIELD(name) offsetof(SwarmOptions, name)

static const Option rows[] = {
    {"connect", 0, OPTION_TEXT, "bots", FIELD(connect), NULL, 0, 0, "HOST:PORT", NULL,
     "The server to load (required)"},
    {"bots", 'c', OPTION_COUNT, "bots", FIELD(bots), "10", 1, SWARM_BOTS_MAX, "N", NULL,
     "How many bots"},
    {"duration", 'd', OPTION_DURATION, "bots", FIELD(duration_ns), "30s", 0.1, 604800, "T", NULL,
     "How long, from the start of the ramp"},
    {"spawn-rate", 'r', OPTION_RATE, "bots", FIELD(spawn_rate_hz), "200/s", 0.01, 100000, "N/s",
     NULL, "How many bots connect per second"},
    {"behaviour", 0, OPTION_TEXT, "bots", FIELD(behaviour), "wander=6,hunt=3,idle=1", 0, 0,
     "NAME=WEIGHT,...", NULL, "What the bots do: see below"},
    {"input-rate", 0, OPTION_RATE, "bots", FIELD(input_rate_hz), "20", 1, 240, "HZ", NULL,
     "Input packets per second and bot"},
    {"seed", 0, OPTION_COUNT, "bots", FIELD(seed), "1", 0, 0, "N", NULL,
     "Makes the bots' choices repeatable"},
    {"threads", 0, OPTION_COUNT, "bots", FIELD(threads), "0", 0, SWARM_THREADS_MAX, "N", NULL,
     "Threads; 0: one for every 1,000 bots, at most one a core"},
    {"stage", 0, OPTION_LIST, NULL, FIELD(stage_texts), NULL, 0, 0, "T:N", NULL,
     "Go to N bots within T, evenly; repeatable, instead of bots, duration and spawn rate"},
    {"warmup", 0, OPTION_DURATION, "bots", FIELD(warmup_ns), "0", 0, 604800, "T", NULL,
     "Leave the first T out of what is measured"},
    {"connect-timeout", 0, OPTION_DURATION, "bots", FIELD(connect_timeout_ns), "10s", 0.1, 3600,
     "T", NULL, "How long a bot may take to get into the game"},
    {"latency", 0, OPTION_DURATION, "bots", FIELD(latency_ns), "0", 0, 10, "T", NULL,
     "Delays every datagram, each way"},
    {"jitter", 0, OPTION_DURATION, "bots", FIELD(jitter_ns), "0", 0, 10, "T", NULL,
     "Delays it by up to so much more, each way"},
    {"loss", 0, OPTION_PERCENT, "bots", FIELD(loss_percent), "0", 0, 100, "P%", NULL,
     "Datagrams that get lost, each way"},
    {"dup", 0, OPTION_PERCENT, "bots", FIELD(duplicate_percent), "0", 0, 100, "P%", NULL,
     "Datagrams that arrive twice, each way"},
    {"reorder", 0, OPTION_PERCENT, "bots", FIELD(reorder_percent), "0", 0, 100, "P%", NULL,
     "Datagrams that are overtaken, each way"},
    {"verify", 0, OPTION_FLAG, "bots", FIELD(wants_verify), NULL, 0, 0, NULL, NULL,
     "Have the server check every snapshot's reconstruction"},
    {"threshold", 0, OPTION_LIST, NULL, FIELD(threshold_texts), NULL, 0, 0, "EXPR", NULL,
     "Fail the run unless it holds, as 'snapshot_gap_ms p(99)<100'; repeatable"},
    {"abort-on-fail", 0, OPTION_FLAG, "bots", FIELD(aborts_on_fail), NULL, 0, 0, NULL, NULL,
     "End the run as soon as a threshold cannot hold any more"},
    {"abort-grace", 0, OPTION_DURATION, "bots", FIELD(abort_grace_ns), "10s", 0, 604800, "T", NULL,
     "But not before T after the warm-up"},
    {"server-metrics", 0, OPTION_TEXT, "bots", FIELD(server_metrics), NULL, 0, 0, "URL", NULL,
     "Put the server's own figures beside ours, from its /metrics"},
    {"json", 0, OPTION_TEXT, "bots", FIELD(json), NULL, 0, 0, "FILE", NULL,
     "Write the report as JSON to FILE; - is standard output"},
    {"json-stream", 0, OPTION_TEXT, "bots", FIELD(json_stream), NULL, 0, 0, "FILE", NULL,
     "Write one JSON object a second to FILE; - is standard output"},
    {"hdr", 0, OPTION_LIST, NULL, FIELD(hdr), NULL, 0, 0, "[METRIC=]FILE", NULL,
     "Write a distribution in full, as HdrHistogram's plotter reads it; repeatable"},
    {"scenario", 0, OPTION_TEXT, NULL, FIELD(scenario), NULL, 0, 0, "FILE", NULL,
     "Read options from this INI file"},
    {"quiet", 'q', OPTION_FLAG, "bots", FIELD(is_quiet), NULL, 0, 0, NULL, NULL,
     "Show nothing before the summary"},
    {"no-color", 0, OPTION_FLAG, "bots", FIELD(has_no_color), NULL, 0, 0, NULL, NULL,
     "No colours (as the variable NO_COLOR)"},
};

static const char epilog[] =
    "Behaviours: wander (fly about, shoot now and then), hunt (go after the nearest drone or\n"
    "ship), crowd (everybody to the arena's centre), idle (be there), churn (leave and come "
    "back).\n"
    "\n"
    "The duration counts from the start of the ramp: -c 1000 -r 200/s -d 30s has all bots in the\n"
    "game for the last 25 s. Sends follow a fixed schedule and latencies are measured from it.\n"
    "Progress goes to standard error, the summary to standard output (to standard error with\n"
    "--json -). An interrupt ends the run and prints the summary; a second one leaves at once.\n"
    "\n"
    "Latency, jitter, loss, dup and reorder put a bad network between each bot and the server,\n"
    "drawn from the seed. They hold for each way: --latency 80ms --jitter 30ms delays datagrams "
    "by\n"
    "80 to 110 ms, evenly spread, and makes a round trip 190 ms longer on average. Datagrams stay\n"
    "in order but for those to be overtaken, which wait for latency + jitter once more. The "
    "report\n"
    "says what came of it, and how much later than asked this program woke up to pass them on.\n"
    "\n"
    "Exit codes: 0 all well; 1 the run failed: a bot did not get in, was dropped, or met a "
    "message\n"
    "that it could not decode; 2 usage; 105 interrupted.\n";

static const OptionTable table = {
    .program = "tickstorm-bots",
    .summary = "loads a Tickstorm server with bots and says how it held",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .epilog = epilog,
};

static uint32_t choose_threads(const SwarmOptions *options, uint32_t cpu_count) {
    uint64_t wanted = options->threads;
    if (wanted == 0) {
        wanted = (options->bots + BOTS_PER_THREAD - 1) / BOTS_PER_THREAD;
        wanted = wanted < cpu_count ? wanted : cpu_count;
        wanted = wanted < SWARM_THREADS_MAX ? wanted : SWARM_THREADS_MAX;
    }
    return (uint32_t)(wanted < options->bots ? wanted : options->bots);
}

static void make_impairment(SwarmOptions *options) {
    options->impairment = (ImpairConfig){
        .latency_ns = options->latency_ns,
        .jitter_ns = options->jitter_ns,
        .loss = options->loss_percent / 100,
        .duplicate = options->duplicate_percent / 100,
        .reorder = options->reorder_percent / 100,
    };
    options->is_impaired = options->latency_ns > 0 || options->jitter_ns > 0 ||
                           options->loss_percent > 0 || options->duplicate_percent > 0 ||
                           options->reorder_percent > 0;
}

OptionsResult swarm_options_parse(SwarmOptions *options, int argc, char **argv,
                                  uint32_t cpu_count) {
    char error[160];
    memset(options, 0, sizeof *options);
    const OptionsResult result = options_parse(&table, options, argc, argv, NULL);
    if (result != OPTIONS_RUN) {
        return result;
    }
    if (options->connect == NULL) {
        fprintf(stderr, "%s: --connect HOST:PORT is required (try --help)\n", table.program);
        return OPTIONS_ERROR;
    }
    if (!parse_host_port(options->connect, options->host, sizeof options->host, &options->port)) {
        fprintf(stderr, "%s: --connect: '%s' is not HOST:PORT\n", table.program, options->connect);
        return OPTIONS_ERROR;
    }
    if (!behaviour_mix_parse(options->behaviour, &options->mix, error, sizeof error)) {
        fprintf(stderr, "%s: --behaviour: %s\n", table.program, error);
        return OPTIONS_ERROR;
    }
    make_impairment(options);
    options->thread_count = choose_threads(options, cpu_count);
    return OPTIONS_RUN;
}
