// SPDX-License-Identifier: MIT
#include "tools/swarm/search_options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "tools/swarm/swarm_option_rows.h"

static_assert(offsetof(SearchOptions, run) == 0, "the rows of a run store into it");

static const Option rows[] = {
    SWARM_TARGET_ROWS,
    OPTION_ROW_COUNT(SearchOptions, search.first, .name = "from", .section = "search",
                     .default_value = "100", .min = 1, .max = SWARM_BOTS_MAX, .value_name = "N",
                     .help = "How many bots to begin with"),
    OPTION_ROW_COUNT(SearchOptions, search.max, .name = "max", .section = "search",
                     .default_value = "20k", .min = 1, .max = SWARM_BOTS_MAX, .value_name = "N",
                     .help = "Not to go beyond so many"),
    OPTION_ROW_PERCENT(SearchOptions, search.precision_percent, .name = "precision",
                       .section = "search", .default_value = "5", .max = 50, .value_name = "P%",
                       .help = "How close to the truth the answer shall be"),
    OPTION_ROW_DURATION(SearchOptions, search.duration_ns, .name = "duration", .short_name = 'd',
                        .section = "search", .default_value = "10s", .min = 1, .max = 3600,
                        .value_name = "T", .help = "How long each number of bots is measured"),
    OPTION_ROW_DURATION(SearchOptions, search.settle_ns, .name = "settle", .section = "search",
                        .default_value = "2s", .max = 600, .value_name = "T",
                        .help = "How long all bots play before that"),
    OPTION_ROW_DURATION(SearchOptions, search.cool_down_ns, .name = "cool-down",
                        .section = "search", .default_value = "2s", .max = 600, .value_name = "T",
                        .help = "Rest between two numbers"),
    OPTION_ROW_TEXT(SearchOptions, json, .name = "json", .section = "search", .value_name = "FILE",
                    .help = "Write answer and evidence as JSON to FILE; - is standard output"),
    SWARM_RAMP_ROWS,
    SWARM_BOT_ROWS,
    SWARM_NETWORK_ROWS,
    SWARM_THRESHOLD_ROWS,
    SWARM_DISPLAY_ROWS,
    SWARM_FILE_ROWS,
};

// Options of a run that a search does not have: it chooses the load, and writes files of its own.
static const char *const run_only[] = {"load.bots",
                                       "load.duration",
                                       "load.stage",
                                       "load.warmup",
                                       "thresholds.abort-on-fail",
                                       "thresholds.abort-grace",
                                       "output.json",
                                       "output.json-stream",
                                       "output.hdr",
                                       NULL};

// When the user gives no thresholds: no bot is dropped, every snapshot is decoded, snapshots come
// at half their rate or better, sends are on time, and a tick fits into its time at 60 Hz.
static const char *const default_thresholds[] = {
    "connections.dropped==0",
    "snapshots.decode_errors==0",
    "snapshot_gap_ms p(99)<100",
    "generator.missed_sends==0",
};
static const char *const default_server_thresholds[] = {
    "server.tick_ms p(99)<16.6",
    "server.skipped==0",
};

static const char epilog[] =
    "Doubles the number of bots until the thresholds fail, retries a failed number once, and "
    "bisects between the numbers that held and those that failed. Prints the number with its "
    "evidence: every run, and the reason of its verdict.\n"
    "\n"
    "Without --threshold a number holds when no bot is dropped, all snapshots are decoded, 99 % of "
    "the snapshots come within 100 ms of the one before, and no send is missed; with "
    "--server-metrics also when 99 % of the ticks take less than 16.6 ms and none is skipped. The "
    "server's figures make the result steadier, and show which is slow, server or generator.\n"
    "\n"
    "With any thresholds, a number does not hold when its run fails by itself: bots are kept out, "
    "dropped or receive nothing any more, or less than 90 % of the due snapshots come "
    "(see Verdict in tickstorm-bots --help).\n"
    "\n"
    "Of a scenario's file everything counts but its load and its output: those are the search's.\n"
    "Exit codes:\n"
    "0\tA number was found\n"
    "1\tThe server did not answer, or no longer; or a file could not be written\n"
    "2\tUsage\n"
    "99\tNot even one bot was held\n"
    "105\tInterrupted; the result so far is printed\n";

const OptionTable SEARCH_OPTIONS = {
    .program = "tickstorm-bots search",
    .summary = "finds how many clients a server holds",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .epilog = epilog,
    .other_keys = run_only,
};

static void append_thresholds(OptionList *list, const char *const *exprs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        list->items[list->count++] = exprs[i];
    }
}

static void add_default_thresholds(RunSpec *run) {
    OptionList *list = &run->given.thresholds;
    append_thresholds(list, default_thresholds,
                      sizeof default_thresholds / sizeof *default_thresholds);
    if (run->server_metrics != NULL) {
        append_thresholds(list, default_server_thresholds,
                          sizeof default_server_thresholds / sizeof *default_server_thresholds);
    }
}

OptionsResult search_options_parse(SearchOptions *options, int argc, char **argv) {
    ASSERT_MAIN_THREAD();
    RunSpec *run = &options->run;
    SearchSpec *search = &options->search;
    memset(options, 0, sizeof *options);
    const OptionsResult result = options_parse(&SEARCH_OPTIONS, options, argc, argv, NULL);
    if (result != OPTIONS_RUN) {
        return result;
    }
    if (search->max < search->first) {
        log_print_line("%s: --max is below --from", SEARCH_OPTIONS.program);
        return OPTIONS_ERROR;
    }
    if (run->given.thresholds.count == 0) {
        add_default_thresholds(run);
    }
    if (!swarm_option_rows_resolve(run, SEARCH_OPTIONS.program)) {
        return OPTIONS_ERROR;
    }
    search->server = run->server;
    search->seed = run->load.seed;
    search->is_server_watched = run->server_metrics != NULL;
    search->thresholds = &run->thresholds;
    return OPTIONS_RUN;
}

void search_options_set_bots(SearchOptions *options, uint32_t bots, uint32_t cpu_count) {
    RunSpec *run = &options->run;
    const SearchSpec *search = &options->search;
    const uint64_t ramp_ns = (uint64_t)(bots / run->given.spawn_rate_hz * (double)NS_PER_S);
    const LoadShape shape = {
        .stages = {{ramp_ns, bots}, {search->settle_ns + search->duration_ns, bots}},
        .count = 2,
    };
    run->load.warmup_ns = ramp_ns + search->settle_ns;
    swarm_option_rows_set_shape(run, &shape, cpu_count);
}
