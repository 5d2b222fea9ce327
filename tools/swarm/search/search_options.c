// SPDX-License-Identifier: MIT
#include "tools/swarm/search/search_options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "tools/swarm/swarm_option_rows.h"

#define FIELD(name) offsetof(SearchOptions, name)

static_assert(offsetof(SearchOptions, run) == 0, "the rows of a run store into it");

static const Option rows[] = {
    SWARM_TARGET_ROWS,
    {"from", 0, OPTION_COUNT, "search", FIELD(first), "100", 1, SWARM_BOTS_MAX, "N", NULL,
     "How many bots to begin with"},
    {"max", 0, OPTION_COUNT, "search", FIELD(max), "20k", 1, SWARM_BOTS_MAX, "N", NULL,
     "Not to go beyond so many"},
    {"precision", 0, OPTION_PERCENT, "search", FIELD(precision_percent), "5", 0, 50, "P%", NULL,
     "How close to the truth the answer shall be"},
    {"duration", 'd', OPTION_DURATION, "search", FIELD(duration_ns), "10s", 1, 3600, "T", NULL,
     "How long each number of bots is measured"},
    {"settle", 0, OPTION_DURATION, "search", FIELD(settle_ns), "2s", 0, 600, "T", NULL,
     "How long all bots play before that"},
    {"cool-down", 0, OPTION_DURATION, "search", FIELD(cool_down_ns), "2s", 0, 600, "T", NULL,
     "Rest between two numbers"},
    {"json", 0, OPTION_TEXT, "search", FIELD(json), NULL, 0, 0, "FILE", NULL,
     "Write answer and evidence as JSON to FILE; - is standard output"},
    SWARM_RAMP_ROWS,
    SWARM_BOT_ROWS,
    SWARM_NETWORK_ROWS,
    SWARM_THRESHOLD_ROWS,
    SWARM_DISPLAY_ROWS,
    SWARM_FILE_ROWS,
};

// What a run may be asked and a search may not: it chooses the load, and writes files of its own.
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

// Without thresholds of the user's own: nobody dropped, everything understood, snapshots that come
// at half their rate or better, sends on time, and ticks that fit into theirs at 60 Hz.
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
    "Doubles the number of bots until the thresholds fail, tries a number that failed once more "
    "before believing it, and bisects between what held and what failed. Prints the number with "
    "its evidence: every run, and what decided it.\n"
    "\n"
    "Without --threshold a number holds when nobody is dropped, everything can be decoded, 99 % of "
    "the snapshots come within 100 ms of the one before, and no send is missed; with "
    "--server-metrics also when 99 % of the ticks take less than 16.6 ms and none is skipped. The "
    "server's figures make the answer steadier, and tell a slow server from a slow generator.\n"
    "\n"
    "Whatever the thresholds, a number does not hold when its run fails by itself: bots are kept "
    "out, dropped or hear nothing any more, or less than 90 % of the snapshots came that were due "
    "(see Verdict in tickstorm-bots --help).\n"
    "\n"
    "Of a scenario's file everything counts but its load and its output: those are the search's.\n"
    "Exit codes:\n"
    "0\tA number was found\n"
    "1\tThe server did not answer, or no longer; or a file could not be written\n"
    "2\tUsage\n"
    "99\tNot even one bot was held\n"
    "105\tInterrupted; what was found so far is printed\n";

const OptionTable SEARCH_OPTIONS = {
    .program = "tickstorm-bots search",
    .summary = "finds how many clients a server holds",
    .usage = "--connect HOST:PORT [OPTION]...",
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .epilog = epilog,
    .file_option = "scenario",
    .other_keys = run_only,
    .check = swarm_options_check,
};

static void append_thresholds(OptionList *list, const char *const *exprs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        list->items[list->count++] = exprs[i];
    }
}

static void use_default_thresholds(SearchOptions *options) {
    OptionList *list = &options->run.threshold_texts;
    options->has_default_thresholds = list->count == 0;
    if (options->has_default_thresholds) {
        append_thresholds(list, default_thresholds,
                          sizeof default_thresholds / sizeof *default_thresholds);
        if (options->run.server_metrics != NULL) {
            append_thresholds(list, default_server_thresholds,
                              sizeof default_server_thresholds / sizeof *default_server_thresholds);
        }
    }
}

OptionsResult search_options_parse(SearchOptions *options, int argc, char **argv) {
    memset(options, 0, sizeof *options);
    const OptionsResult result = options_parse(&SEARCH_OPTIONS, options, argc, argv, NULL);
    if (result != OPTIONS_RUN) {
        return result;
    }
    if (options->max < options->first) {
        log_print_line("%s: --max is below --from", SEARCH_OPTIONS.program);
        return OPTIONS_ERROR;
    }
    use_default_thresholds(options);
    return swarm_options_resolve(&options->run, SEARCH_OPTIONS.program) ? OPTIONS_RUN
                                                                        : OPTIONS_ERROR;
}

void search_options_set_bots(SearchOptions *options, uint32_t bots, uint32_t cpu_count) {
    SwarmOptions *run = &options->run;
    const uint64_t ramp_ns = (uint64_t)(bots / run->spawn_rate_hz * (double)NS_PER_S);
    const LoadShape shape = {
        .stages = {{ramp_ns, bots}, {options->settle_ns + options->duration_ns, bots}},
        .count = 2,
    };
    run->bots = bots;
    run->warmup_ns = ramp_ns + options->settle_ns;
    run->duration_ns = load_shape_duration_ns(&shape);
    swarm_options_set_shape(run, &shape, cpu_count);
}
